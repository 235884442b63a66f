/* Provenance files: which chart one is about. Its signature is not verified. */
#pragma once

#include "indexer/base/err.h"
#include "indexer/base/str.h"

/* ChartMuseum's idea of a .prov (chartmuseum.md §1.6): clear-signed, name: and version:.
 * PROVENANCE "invalid provenance file: <why>". Slices borrow from `text`; quotes are removed. File and
 * digest (64 lowercase hex digits) are empty when there is no files: section, which Helm always
 * writes and ChartMuseum does not ask for.                                                   */
NODISCARD enum err provenance_parse(struct str text, struct str *ret_name, struct str *ret_version,
                                    struct str *ret_file, struct str *ret_digest_hex,
                                    struct errinfo *e);

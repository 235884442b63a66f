/* Clear-signed text (RFC 4880 §7): whether it is exactly one, and nothing beside it.
 *
 * Programs disagree about what stands before, between and behind: one shows it, another takes it for
 * signed. So only this is taken:
 *
 *     -----BEGIN PGP SIGNED MESSAGE-----
 *     Hash: SHA512                           "Hash:" alone, any number of times
 *
 *     lines, a dash at the beginning of one escaped as "- "
 *     -----BEGIN PGP SIGNATURE-----
 *     at most CLEARTEXT_SIGNATURE_MAX_BYTES
 *     -----END PGP SIGNATURE-----
 *
 * and, after it, nothing but spaces and line ends. Lines end with LF or CR LF, the last one of the file with CR
 * or nothing, too.                                                                           */
#pragma once

#include "indexer/base/err.h"
#include "indexer/base/str.h"

#define CLEARTEXT_BEGIN "-----BEGIN PGP SIGNED MESSAGE-----"

/* *ret is `text` without what follows the last line. PROVENANCE: "invalid provenance file: <why>". */
NODISCARD enum err cleartext_check(struct str text, struct str *ret, struct errinfo *e);

/* The ways to install a version of a chart from this server (templates/install.html): with Helm, Flux,
 * Argo CD, Helmfile, Terraform, and as a dependency of another chart. A library chart has the last
 * one alone; a yanked version, which no index has, only those that take the address of an archive.
 * Release and namespace are fields that the script writes into the texts.                     */
#pragma once

#include "server/web/chart_frame.h"

struct install_view {
	struct str url;                  /* for helm repo add; of a registry oci://HOST/PATH, below which the chart is */
	struct str place;                /* the same without oci:// */
	bool oci;
	struct str alias;                /* what the commands call the repository; as name of an object too */
	struct str name, version;
	struct str archive;              /* the address of a yanked one's; empty: the index has the version */
	struct str release;              /* a release's name: small letters, digits and '-', at most 53 */
	struct str terraform;            /* the name as an identifier of Terraform */
	bool library, private;
};

/* What every page has people call a repository on their side: "stable", "team-a-stable". False: no
 * memory.                                                                                     */
NODISCARD bool install_alias(struct links *l, struct str repo, struct str *ret);
NODISCARD bool install_alias_of(struct arena *a, struct str repo, bool is_default, struct str *ret);

/* False: no memory. */
NODISCARD bool install_fill(const struct chart_frame *f, bool private, struct install_view *ret);

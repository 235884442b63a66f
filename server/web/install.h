/* The ways to install a version of a chart from this server (templates/install.html): with Helm, Flux,
 * Argo CD, Helmfile, Terraform, and as a dependency of another chart. A library chart has the last
 * one alone. Release and namespace are fields that the script writes into the texts.          */
#pragma once

#include "server/web/chart_frame.h"

struct install_view {
	struct str url;                  /* for helm repo add */
	struct str alias;                /* what the commands call the repository: "stable" */
	struct str name, version;
	struct str release;              /* a release's name: small letters, digits and '-', at most 53 */
	struct str resource;             /* the alias as name of a Kubernetes object */
	struct str terraform;            /* the name as an identifier of Terraform */
	bool library, private;
};

/* False: no memory. */
NODISCARD bool install_fill(const struct chart_frame *f, bool private, struct install_view *ret);

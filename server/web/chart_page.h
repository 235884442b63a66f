/* /packages/{repo}/{name}[/{version}]: what a chart is, how to install it, and its README. */
#pragma once

#include "indexer/document/annotations.h"
#include "indexer/document/images.h"
#include "indexer/document/kinds.h"
#include "indexer/document/markdown.h"
#include "indexer/hub/elsewhere.h"
#include "server/web/chart_brings.h"
#include "server/web/chart_network.h"
#include "server/web/install.h"
#include "server/web/trips_view.h"

/* What is made of an archive once, and kept with its contents. */
struct chart_reading {
	struct markdown readme;
	struct chart_annotations notes;
	struct chart_links links;
	struct chart_kinds kinds;
	struct brought_crd *crds;
	struct str examples;             /* of custom resources: YAML */
	struct annotated_person *people; /* of Chart.yaml and of the annotation, each once */
	size_t crd_count, example_count, person_count;
	struct str license;
};

struct keyword_link { struct str word, link; };   /* link: empty: the word is too long for one */

struct chart_view {
	struct chart_frame *f;
	bool has_readme;
	struct str readme_file;          /* a link to all of it */
	const struct chart_reading *read;
	struct chart_images images;      /* the certain ones first */
	size_t certain_images;
	struct install_view install;
	struct str category, category_link;
	struct str digest;               /* 64 hex digits */
	struct str archive, provenance;  /* links; the first may lead to an upstream; provenance: empty without one */
	struct mark verdict;             /* of the signature; what follows of one that was judged */
	struct str meaning, signer, fingerprint;
	const struct keyword_link *keywords;
	uint32_t pulls[HUB_PULL_DAYS];
	struct spark spark;
	uint64_t pulled, used_by;
	struct str used_by_link;
	struct str kube;                 /* "1.19 – 1.31", what kubeVersion means */
	struct brought_rights rights[RIGHTS_KINDS_MAX];
	size_t rights_count;
	struct str dangers[RBAC_DANGER_COUNT];
	size_t danger_count;
	struct chart_network network;
	struct trips_view trips;         /* the newest that brought something into its repository */
	struct elsewhere_line { struct hub_copy copy; struct str link; } *elsewhere;
	size_t elsewhere_count, elsewhere_more;
};

NODISCARD enum err chart_page(struct call *c, struct response *s, struct errinfo *e);

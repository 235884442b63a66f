/* What authors say about a chart in annotations, and what follows from it: category, license, links.
 *
 *     struct chart_annotations n;
 *     err = annotations_read(&arena, &chart.meta, &n, e);
 *     enum category category = chart_category(&chart.meta, &n);
 *
 * All 16 annotations of Artifact Hub (hub.md §1.3). Artifact Hub refuses a chart for one that is not
 * as it should be; here that one, or that entry of a list, is left out, and a warning says why.
 *
 * Texts borrow from the chart or live in the arena. The only error is NOMEM.                 */
#pragma once

#include "indexer/document/changelog.h"
#include "indexer/format/chart.h"
#include "indexer/format/node.h"

/* Artifact Hub's categories, with its numbers. */
#define CATEGORIES(X) \
	X(NONE, "", "") \
	X(AI, "ai-machine-learning", "AI / Machine learning") \
	X(DATABASE, "database", "Database") \
	X(DELIVERY, "integration-delivery", "Integration and delivery") \
	X(MONITORING, "monitoring-logging", "Monitoring and logging") \
	X(NETWORKING, "networking", "Networking") \
	X(SECURITY, "security", "Security") \
	X(STORAGE, "storage", "Storage") \
	X(STREAMING, "streaming-messaging", "Streaming and messaging")

enum category {
#define X(name, slug, title) CATEGORY_##name,
	CATEGORIES(X)
#undef X
	CATEGORY_COUNT
};

const char *category_slug(enum category c);              /* "" for none; static */
const char *category_title(enum category c);             /* "" for none; static */
bool category_of_slug(struct str slug, enum category *ret);      /* false: no slug of a category */

struct annotated_crd { struct str kind, version, name, display_name, description; };
struct annotated_image {
	struct str name, image;          /* name: empty where none is given */
	bool whitelisted;
	struct str *platforms;           /* "linux/amd64" */
	size_t platform_count;
};
struct annotated_link { struct str name, url; };         /* name: also a screenshot's title; or empty */
struct annotated_person { struct str name, email, url; };        /* one of them at least */

struct chart_annotations {
	struct str alternative_name, license,
	           operator_capabilities;        /* "seamless upgrades"; empty: not given */
	enum category category;
	bool category_is_given;                  /* as a slug or as skip-prediction, which is none */
	bool contains_security_updates, is_operator, prerelease;
	struct changelog_entry *changes;
	struct annotated_crd *crds;
	const struct node **crds_examples;       /* maps: custom resources */
	struct annotated_image *images;
	struct annotated_link *links, *screenshots;
	struct annotated_person *maintainers;
	struct str *recommendations;             /* URLs */
	struct str sign_key_fingerprint, sign_key_url;
	struct str *warnings;                    /* "artifacthub.io/links: entry 2 has no url" */
	size_t change_count, crd_count, crds_example_count, image_count, link_count,
	       screenshot_count, maintainer_count, recommendation_count, warning_count;
};

NODISCARD enum err annotations_read(struct arena *a, const struct chart_meta *m,
                                    struct chart_annotations *ret, struct errinfo *e);

/* The first of crds_examples, as many as fit into CRD_EXAMPLES_MAX_BYTES, as YAML documents. */
NODISCARD enum err annotations_examples(struct arena *a, const struct chart_annotations *n,
                                        struct str *ret, size_t *ret_count, struct errinfo *e);

/* As the annotation says, else what name and keywords suggest; none when nothing does, or when the
 * annotation says skip-prediction.                                                           */
enum category chart_category(const struct chart_meta *m, const struct chart_annotations *n);

/* An SPDX identifier or what the annotation says, else what the text of LICENSE is known to be; empty
 * when nobody knows. Borrows from the chart or is static.                                    */
struct str chart_license(const struct chart *c, const struct chart_annotations *n);
struct str license_of_text(struct str text);             /* "Apache-2.0"; static; empty: unknown */

/* http:, https: or mailto:, and something behind it: what an author wrote leads somewhere. */
bool link_is_address(struct str url);

/* The links of a chart's page: "home", each "source", and those of the annotation, which also renames
 * links to the same URL. The one that is called "support" stands apart. What is no address is left out. */
struct chart_links {
	struct annotated_link *links;            /* each with a name and a URL */
	size_t count;
	struct str support;              /* URL; empty: none */
};
NODISCARD enum err chart_links(struct arena *a, const struct chart_meta *m,
                               const struct chart_annotations *n, struct chart_links *ret,
                               struct errinfo *e);

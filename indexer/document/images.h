/* The container images that a chart may run.
 *
 *     struct chart_images x;
 *     err = images_read(&arena, &chart, &x, e);             what can be read without rendering
 *     err = images_read_all(&arena, &chart, &x, e);         and what rendering shows
 *
 * What an install with defaults uses is certain: what rendering shows, or somebody listed who rendered.
 * All else is possible: what an author lists in annotations and lock files; values, where a map of
 * registry, repository, tag and digest, or a text under a key like "image", is one by convention; what is
 * literal in templates; arguments that look like one. Those are images of a feature that is off by default,
 * too, which somebody across an air gap may want. Values are the defaults of the chart and of its subcharts.
 *
 * Each image is there once, by its text; the list is sorted by it. One that is certain stands for those
 * that are only possible and spell the same ("redis:7" and "docker.io/library/redis:7"). Texts live in the
 * arena or borrow from the chart. The only error is NOMEM.                                    */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/format/chart.h"

/* The most certain first. */
enum image_source {
	IMAGE_PUSHED,                    /* listed by who rendered it elsewhere */
	IMAGE_RENDERED,
	IMAGE_ANNOTATION,                /* or a lock file: Images.lock, images.lock, … */
	IMAGE_VALUES,
	IMAGE_TEMPLATE,                  /* literal in one */
	IMAGE_ARGUMENT                   /* of a rendered container, or another text of what is rendered */
};

struct chart_image {
	struct str image;                /* "docker.io/library/redis:7.2", "redis@sha256:…" */
	struct str where;                /* "artifacthub.io/images", "values.yaml:12 image.repository",
	                                    "templates/job.yaml:30",
	                                    "templates/job.yaml Job/x spec.containers[0].image" */
	struct str subchart;             /* names down to it, "redis" or "redis/common"; empty: the chart */
	enum image_source source;        /* of several places the most certain, then the first */
	bool certain;
	size_t places;                   /* how often it was found, from 1 */
};

struct chart_images {
	struct chart_image *images;
	size_t count;
	bool cut;                        /* there were more than CHART_IMAGES_MAX */
	bool pushed;                     /* what is certain is a list that was pushed (images_pushed.h) */
	struct str incomplete;           /* why some may be missing that are certain; empty: none is */
};

NODISCARD enum err images_read(struct arena *a, const struct chart *c, struct chart_images *ret,
                               struct errinfo *e);
struct rendered;                     /* template/render.h */
NODISCARD enum err images_read_rendered(struct arena *a, const struct chart *c, const struct rendered *x,
                                        struct chart_images *ret, struct errinfo *e);
struct defaults_rendered;            /* render_input.h */
NODISCARD enum err images_read_defaults(struct arena *a, const struct chart *c,
                                        const struct defaults_rendered *d, struct chart_images *ret,
                                        struct errinfo *e);
/* Renders with the defaults first. */
NODISCARD enum err images_read_all(struct arena *a, const struct chart *c, struct chart_images *ret,
                                   struct errinfo *e);
/* Of documents that were rendered elsewhere ("# Source: app/templates/svc.yaml" tells the file), or of a
 * plain list, one reference a line. All of them are IMAGE_PUSHED.                             */
NODISCARD enum err images_read_pushed(struct arena *a, struct str text, struct chart_images *ret,
                                      struct errinfo *e);

/* The same of many charts, as a bundle's list is: IMAGES_MANY_MAX. */
NODISCARD enum err images_read_many(struct arena *a, struct str text, struct chart_images *ret, struct errinfo *e);

/* The certain ones first, then by text. */
void images_sort_by_use(struct chart_images *x);

/* "pushed", "rendered", "annotation", "values", "template", "argument" */
const char *image_source_word(enum image_source s);

/* An image's text in its parts; all borrow. "x:5000/y:1@sha256:00" is "x:5000", "y", "1" and
 * "sha256:00". False: no reference of an image.                                             */
struct image_parts { struct str registry, repository, tag, digest; };   /* empty: not given */
bool image_split(struct str image, struct image_parts *ret);
/* With all that is meant but not said: "redis" has the registry "docker.io", the repository
 * "library/redis" and the tag "latest". Static or borrowed, but for the repository, which may live in
 * `b`. False: no reference.                                                                   */
bool image_split_normal(struct str image, struct sbuf *b, struct image_parts *ret);

/* The container images that a chart may run, as far as they can be read without executing it.
 *
 *     struct chart_images x;
 *     err = images_read(&arena, &chart, &x, e);
 *
 * Three places tell of images, and each is less certain than the one before: annotations, where an
 * author lists them; values, where a map of registry, repository, tag and digest, or a text under a
 * key like "image", is one by convention; and templates, where some are literal. Values are the
 * defaults of the chart and of its subcharts. Images that only rendering would show are missing, and
 * those of a subchart or a feature that is switched off are there.
 *
 * Each image is there once, by its text; the list is sorted by it. Texts live in the arena or borrow
 * from the chart. The only error is NOMEM.                                                    */
#pragma once

#include "indexer/format/chart.h"

enum image_source { IMAGE_ANNOTATION, IMAGE_VALUES, IMAGE_TEMPLATE };

struct chart_image {
	struct str image;                /* "docker.io/library/redis:7.2", "redis@sha256:…" */
	struct str where;                /* "artifacthub.io/images", "values.yaml:12 image.repository",
	                                    "templates/job.yaml:30" */
	struct str subchart;             /* names down to it, "redis" or "redis/common"; empty: the chart */
	enum image_source source;        /* of several places the most certain, then the first */
	size_t places;                   /* how often it was found, from 1 */
};

struct chart_images {
	struct chart_image *images;
	size_t count;
	bool cut;                        /* there were more than CHART_IMAGES_MAX */
};

NODISCARD enum err images_read(struct arena *a, const struct chart *c, struct chart_images *ret,
                               struct errinfo *e);

const char *image_source_word(enum image_source s);      /* "annotation", "values", "template" */

/* An image's text in its parts; all borrow. "x:5000/y:1@sha256:00" is "x:5000", "y", "1" and
 * "sha256:00". False: no reference of an image.                                             */
struct image_parts { struct str registry, repository, tag, digest; };   /* empty: not given */
bool image_split(struct str image, struct image_parts *ret);

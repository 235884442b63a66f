/* What the files that find images share. */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/document/chart_list.h"
#include "indexer/document/images.h"
#include "indexer/format/node.h"

struct found_image {
	struct chart_image image;
	size_t chart;                    /* where in the list of charts */
	uint32_t line;
};

/* Where values name an image, for who wants to change it. Borrows from the values' trees and the chart. */
struct image_setting {
	const struct str *keys;          /* from the outermost chart's values to the map that it is in */
	size_t key_count;
	bool in_list;                    /* Helm can only replace the whole of it */
	bool has_registry;               /* the map has a key "registry" */
	struct str name_key, name;       /* "repository", "x/y"; or "image", "quay.io/x/y:1" */
	struct str image, where;         /* as it was added */
	struct str normal;               /* the image as image_spell has it */
};
struct image_settings {
	struct arena *a;                 /* outlives the reading */
	struct image_setting *of;
	size_t count, room;
	bool global;                     /* some chart knows global.imageRegistry */
};

struct images_reader {
	struct arena *a;
	struct errinfo *e;
	struct chart_at *charts;
	size_t chart_count;
	struct found_image *found;
	size_t count, room;
	size_t steps;                    /* of walking what is rendered, so far */
	bool cut, many;                  /* many: up to IMAGES_MANY_MAX */
	struct image_settings *settings; /* NULL: not wanted */
};

struct image_place {
	enum image_source source;
	bool certain;
	size_t chart;                    /* where in the list of charts */
	struct str where;                /* borrowed for the call */
	uint32_t line;
};

/* Takes an image down that was found in a chart; what is no image is passed over. */
NODISCARD enum err images_add(struct images_reader *r, const struct image_place *at, struct str image);

/* With all that is meant, so that two spellings of one image are equal. In the arena; false: out of memory. */
NODISCARD bool image_spell(struct arena *a, struct str image, struct str *ret);

/* "image: x:1" on a line, also as the first key of a list's element. */
bool is_image_line(struct str line, struct str *ret);

/* image_parts.c: how values and objects write an image in its parts. */
bool image_key_ends(struct str key, struct str ending);          /* in any case: "initImage" */
bool image_is_key(struct str key);                               /* … with "image" or "images" */
extern const char *const image_name_keys[], *const image_tag_keys[], *const image_digest_keys[];
/* registry/repository:tag@digest; what is not given is left out. False: longer than any image. */
bool image_put(struct sbuf *b, const struct image_parts *p);
/* A reference with a tag or a digest. */
bool image_is_pinned(struct str text);

/* images_written.c: what a chart of the list says, by itself. */
NODISCARD enum err images_of_lists(struct images_reader *r, size_t chart);
NODISCARD enum err images_of_templates(struct images_reader *r, size_t chart);
/* images_values.c */
NODISCARD enum err images_of_values(struct images_reader *r);

/* images_laid.c: what a chart runs with these values upon its own (YAML, "{}" or a map). NOMEM, TOO_LARGE. */
NODISCARD enum err images_with_values(struct arena *a, const struct chart *c, struct str values,
                                      struct chart_images *ret, struct errinfo *e);

/* Why what was rendered is not all there is; in the arena. */
NODISCARD enum err images_incomplete(struct arena *a, const struct rendered *x, struct str *ret,
                                     struct errinfo *e);

/* A tree of YAML that is not trusted to be any; *ret is NULL when it is none. In the arena. NOMEM. */
NODISCARD enum err images_yaml(struct arena *a, struct str text, const struct node **ret,
                               struct errinfo *e);

/* Images in YAML that rendering gave: several documents, each for itself, so that one that is no YAML costs
 * only what stands in it beside lines of `image:`.                                            */
#pragma once

#include "indexer/document/images_parts.h"

struct rendered_text {
	enum image_source source;        /* RENDERED or PUSHED; what an argument says is ARGUMENT if RENDERED */
	size_t chart;                    /* in the reader's list */
	struct str file;                 /* empty: lines "# Source: …" tell it */
	struct str text;
};
NODISCARD enum err images_of_rendered(struct images_reader *r, const struct rendered_text *t);

/* What stands before the next line that begins with "---" and is no "-----BEGIN …". */
struct str rendered_next_document(struct str *rest, uint32_t *ret_lines);

/* One reference a line and nothing else, but for comments. */
bool images_are_listed(struct str text);
NODISCARD enum err images_of_plain_list(struct images_reader *r, struct str text);

/* ---- between images_rendered.c and images_object.c ---- */

struct image_finder {
	struct images_reader *r;
	const struct rendered_text *text;
	struct str file, kind, name;     /* of the object that is looked at */
	uint32_t before;                 /* lines before the document, or the text in one */
	unsigned inside;                 /* how many texts that hold YAML it is in */
	struct sbuf path, where;
};

/* For looking at so much. False: enough was looked at. */
NODISCARD bool image_take(struct image_finder *f, size_t steps);

/* Adds an image at the current path. */
NODISCARD enum err image_found(struct image_finder *f, struct str image, enum image_source source,
                               bool certain, uint32_t line);
/* YAML in a text, or words of it that can only be references. */
NODISCARD enum err image_in_text(struct image_finder *f, const struct node *text);

/* images_object.c: what a map, which stands below `key`, says by itself; true in *ret: of which one
 * key is done.                                                                                */
NODISCARD enum err images_of_parts(struct image_finder *f, const struct node *map, struct str key);
NODISCARD enum err images_of_key(struct image_finder *f, const struct node *map,
                                 const struct node_item *item, struct str key, bool *ret_done);
/* The same of an element of a list. */
NODISCARD enum err images_of_element(struct image_finder *f, const struct node *list,
                                     const struct node_item *item, struct str key, bool *ret_done);

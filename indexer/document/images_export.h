/* Lists of images in the form that those who carry them want.
 *
 *     struct sbuf b = sbuf_make(IMAGES_EXPORT_MAX_BYTES);
 *     err = images_export(&arena, charts, count, &(struct images_export){ .format = IMAGES_SKOPEO }, &b, e);
 *
 * Of several charts each image is there once. But for the plain list and JSON, names are in full
 * ("docker.io/library/redis:7"); a reference with a tag and a digest is carried by its digest.  */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/document/images.h"

enum images_format {
#define X(id, word) IMAGES_##id,
#include "indexer/document/images_format.def"
#undef X
};
/* Their words, with a space before each: " list skopeo". */
extern const char images_format_words[];
bool images_format_of_word(struct str word, enum images_format *ret);

struct images_of_chart { struct str name, version; struct chart_images found; };

struct images_export {
	enum images_format format;
	bool all;                        /* with those that are only possible */
	struct str registry;             /* that a script copies to; empty: it takes it as its argument */
};
/* NOMEM, also when `ret` is full. */
NODISCARD enum err images_export(struct arena *a, const struct images_of_chart *charts, size_t count,
                                 const struct images_export *o, struct sbuf *ret, struct errinfo *e);

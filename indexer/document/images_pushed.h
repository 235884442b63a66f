/* Lists of images that were pushed for a version: who rendered it says what it runs, and is believed.
 *
 * A list is text: one reference a line, each line ended, sorted and each once; IMAGES_PUSHED_MAX_BYTES. An
 * empty one says that the chart runs none.                                                     */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/document/images.h"

/* Of what helm template prints, or of a plain list. In the arena. INVALID: there is no image in it although
 * it is not empty, or a line of a list is no reference. TOO_LARGE: more than CHART_IMAGES_MAX, or than a list
 * takes. NOMEM.                                                                                */
NODISCARD enum err images_list_read(struct arena *a, struct str text, struct str *ret, struct errinfo *e);
/* What was read of such a text, or of nothing: INVALID when it is neither, and which line says so. */
NODISCARD enum err images_text_check(struct str text, const struct chart_images *found, struct errinfo *e);
bool images_list_is_good(struct str list);

/* What was read of a chart, with a list: what is in the list is certain and PUSHED, where it was found
 * stays; of the rest nothing is certain any more. NOMEM.                                        */
NODISCARD enum err images_with_list(struct arena *a, const struct chart_images *read, struct str list,
                                    struct chart_images *ret, struct errinfo *e);

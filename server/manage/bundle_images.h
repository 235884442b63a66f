/* images.txt of a bundle: for the command that makes one, and for the server that makes it for others. Always
 * the same of the same bytes, whoever makes it.                                               */
#pragma once

#include "indexer/bundle/create.h"
#include "indexer/hub/listed.h"

/* Adds what an install with defaults uses, one a line. `known` may be NULL: nothing is known. */
NODISCARD enum err bundle_put_images(struct listed *known, const struct bundle_images_of *x,
                                     struct sbuf *lines, struct errinfo *e);

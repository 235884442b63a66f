/* Icons that charts name elsewhere (`icon: https://…`): fetched once through the door, in the background,
 * kept below DATA/icons/ and served from here, so that no browser asks anybody else.
 *
 *     icons_look(i, url, private)     is it here? If it was never asked for, it is now
 *     icons_read(i, url, private, …)  its bytes
 *
 * What is no image (document/icon.h), too large, or does not come is remembered for ICONS_NONE_SECONDS.
 * The files are named by the SHA-256 of the URL; an empty one says that there is none. When there is
 * more than ICONS_MAX_BYTES or ICONS_MAX, the oldest go. Any thread.                           */
#pragma once

#include "indexer/fetch/outgoing.h"

struct icons;

struct icons_options {
	struct outgoing *outgoing;
	int data_fd;                     /* DATA; borrowed */
	uint64_t max_bytes;              /* 0: ICONS_MAX_BYTES */
	size_t max_count;                /* 0: ICONS_MAX */
};
NODISCARD enum err icons_open(const struct icons_options *o, struct icons **ret, struct errinfo *e);
/* After outgoing_stop: what waits ends soon. NULL is fine. */
void icons_close(struct icons *i);

/* An address that is asked for: http:// or https://. */
bool icon_is_elsewhere(struct str url);
/* Never blocks. `private`: addresses that are not public may be asked; what came so is kept apart. */
bool icons_look(struct icons *i, struct str url, bool private);
/* What is not here is asked for as by icons_look. NOT_FOUND, also where somebody removed the file; TOO_LARGE,
 * IO: it is not what was kept. NOMEM. Blocks for the disk. Caller frees *ret.                  */
NODISCARD enum err icons_read(struct icons *i, struct str url, bool private, char **ret,
                              size_t *ret_bytes, struct errinfo *e);
/* For tests: of images that are here. */
uint64_t icons_bytes(struct icons *i);

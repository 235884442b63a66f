/* Private to contents.c, which keeps what contents_read.c makes of archives. */
#pragma once

#include "indexer/hub/contents.h"
#include "indexer/hub/impl.h"

/* Contents with their names, digest and file alone; the file is open unless they are `absent`. */
NODISCARD enum err contents_look_up(struct hub *h, struct str repo, struct str name,
                                    struct str version, struct contents **ret,
                                    struct stored_file *ret_file, struct errinfo *e);
/* Reads, or fetches, the archive into them. */
NODISCARD enum err contents_fill(struct hub *h, struct contents *c, int fd, struct errinfo *e);
enum err contents_not_here(const struct contents *c, struct errinfo *e);         /* ABSENT */

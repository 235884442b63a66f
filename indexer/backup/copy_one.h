/* One file of a copy; internal to this folder. */
#pragma once

#include "indexer/backup/copy.h"

/* The charts folders of a repository: of the target (made), and of the sources where they exist. */
NODISCARD enum err copy_open_folders(struct copying *c, struct str repo, struct errinfo *e);
void copy_close_folders(struct copying *c);
/* DAMAGED: no source has the bytes, *why says what is wrong; *e is for all other errors, which are
 * of the target or of this process. Sets f->state, f->bytes and counts in c->report.         */
NODISCARD enum err copy_one(struct copying *c, struct copy_file *f, struct errinfo *why,
                            struct errinfo *e);

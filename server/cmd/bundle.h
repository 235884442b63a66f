/* chartlocker bundle: its verbs, one file each. */
#pragma once

#include "indexer/bundle/create.h"
#include "indexer/bundle/inventory.h"
#include "server/cmd/cmd.h"

/* As cmd_…; argv[0] is the program. */
int cmd_bundle_create(const struct command *self, int argc, char **argv);
int cmd_bundle_inventory(const struct command *self, int argc, char **argv);
int cmd_bundle_import(const struct command *self, int argc, char **argv);
int cmd_bundle_list(const struct command *self, int argc, char **argv);

/* ---- bundle_inventory.c ---- */
/* Of a data directory, beside a server; ret_signed (not NULL): it is, if a key is there. NOT_FOUND: no data
 * directory; REPO_NOT_FOUND.                                                                 */
NODISCARD enum err bundle_inventory_of(const char *data, const char *repo, struct sbuf *to,
                                       struct inventory_made *ret, bool *ret_signed, struct errinfo *e);

/* ---- bundle_from.c ---- */
struct wishes { struct arena *arena; struct bundle_wish *list; size_t count, capacity; };

/* As bundle_wish_of has them. */
NODISCARD enum err wishes_add_text(struct wishes *w, struct str text, struct errinfo *e);
/* What an umbrella, a lock, a list, or the YAML files of a directory want; "-": a list on standard input.
 * Errors begin with the path.                                                                */
NODISCARD enum err wishes_add_from(struct wishes *w, const char *path, struct errinfo *e);

/* ---- bundle_find.c ---- */
/* By its name alone: a tar, the list of its parts, or one of them. */
bool bundle_is_path(const char *path);
/* That, or a directory that is no chart's. */
bool bundle_is_place(const char *path);
/* The bundle of a file, of the list of its parts or of one of them; of a directory all that are there, by name: tars
 * of others are told of. Names are for bundle_reader_open, with the folder, which the caller closes, also
 * after an error; the list is in the arena. NOT_FOUND: there is none; INVALID: it is compressed.         */
NODISCARD enum err bundle_find(struct arena *a, const char *path, int *ret_dir, const char ***ret,
                               size_t *ret_count, struct errinfo *e);

/* chartlocker bundle: its verbs, one file each. */
#pragma once

#include "indexer/bundle/create.h"
#include "server/cmd/cmd.h"

/* As cmd_…; argv[0] is the program. */
int cmd_bundle_create(const struct command *self, int argc, char **argv);
int cmd_bundle_inventory(const struct command *self, int argc, char **argv);
int cmd_bundle_import(const struct command *self, int argc, char **argv);
int cmd_bundle_list(const struct command *self, int argc, char **argv);

/* ---- bundle_inventory.c ---- */
/* Of a data directory, beside a server; `signs`: with a key that is there. NOT_FOUND: no data directory;
 * REPO_NOT_FOUND.                                                                            */
NODISCARD enum err bundle_inventory_of(const char *data, const char *repo, bool signs, struct sbuf *to,
                                       struct errinfo *e);

/* ---- bundle_from.c ---- */
struct wishes { struct arena *arena; struct bundle_wish *list; size_t count, capacity; };

/* "redis* >=18": the pattern ends at the first space. */
NODISCARD enum err wishes_add_text(struct wishes *w, struct str text, struct errinfo *e);
/* What an umbrella, a lock, a list, or the YAML files of a directory want; "-": a list on standard input.
 * Errors begin with the path.                                                                */
NODISCARD enum err wishes_add_from(struct wishes *w, const char *path, struct errinfo *e);

/* Settings of a repository as a command line has them, into the body of a request; and out of an answer. */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/sbuf.h"
#include "indexer/format/node.h"
#include "server/cmd/verbs.h"

/* "key":"value", or null for an empty one, which gives the default back. INVALID: there is no such setting,
 * or it has no such value.                                                                    */
NODISCARD enum err put_setting(struct arena *a, struct sbuf *b, struct str key, struct str value,
                               struct errinfo *e);
/* Of KEY=VALUE. */
NODISCARD enum err put_setting_pair(struct arena *a, struct sbuf *b, const char *pair,
                                    struct errinfo *e);
/* Those of --set, and of a list that ends with NULL. */
NODISCARD enum err put_setting_pairs(struct arena *a, struct sbuf *b, const struct cmd_list *set, char **pairs,
                                     struct errinfo *e);

/* Rows of a table: what it is and has; then each setting, of a keyring its length. */
void put_repo_facts(struct sbuf *b, const struct node *repo);
void put_repo_settings(struct sbuf *b, const struct node *repo);
/* What became of it, in a line, and the settings that are not the default. */
void print_repo_changed(const struct verb_run *x, const struct node *repo);

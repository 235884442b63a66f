/* What `chartlocker ready` and `chartlocker outside` share: charts of this machine, of bundles and of a
 * catalog, each with what keeps it from working without a network.                            */
#pragma once

#include "indexer/document/readiness.h"
#include "server/cmd/ask.h"
#include "server/cmd/cmd.h"

struct ready {
	const struct command *self;
	const char *server, *data;
	struct cmd_list repos, inside;
	bool json;
	struct arena arena;
	struct remote *remote;           /* opened when it is needed first */
	struct sbuf list;                /* JSON objects of the API, with commas between them */
	const struct node *charts;       /* the same, read */
};
#define READY_OPTIONS(x) \
	{ "server", 's', CMD_TEXT, &(x)->server }, { "data", 'd', CMD_TEXT, &(x)->data }, \
	{ "repo", 'r', CMD_LIST, &(x)->repos }, { "inside", 'i', CMD_LIST, &(x)->inside }, \
	{ "json", 'j', CMD_FLAG, &(x)->json }

/* -1, or the exit status of what is wrong with the options. `all`: without words and --repo every repository
 * of the catalog is meant.                                                                    */
int ready_check(struct ready *x, char **words, size_t count, bool all);
/* Everything into x->charts. */
NODISCARD enum err ready_collect(struct ready *x, char **words, size_t count, struct errinfo *e);
void ready_done(struct ready *x);

/* What of the dependencies the catalog has, in the arena; NULL: no catalog was named. */
NODISCARD enum err ready_ask_sources(struct ready *x, struct arena *a, const struct chart *c,
                                     struct readiness_source **ret, struct errinfo *e);
/* Judges a chart that is not in the catalog and adds it to the list; `sources` as readiness_inside has them;
 * `images`: a list that was pushed, or NULL.                                                  */
NODISCARD enum err ready_add(struct ready *x, const struct chart *c, const char *path, uint64_t bytes,
                             const struct readiness_source *sources, const struct str *images,
                             struct errinfo *e);

/* ready_bundle.c: every archive of a bundle, or of those in a directory; dependencies are also looked for in it. */
NODISCARD enum err ready_add_bundle(struct ready *x, const char *path, struct errinfo *e);

/* ready_print.c */
NODISCARD enum err ready_print(const struct ready *x, bool why, struct errinfo *e);

/* What versions depend on and who depends on them, as JSON; answered by a worker. */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/hub/graph.h"
#include "server/route/app.h"

/* GET …/dependencies: the tree. */
NODISCARD enum err dependencies_tree(struct call *c, struct response *s, struct errinfo *e);
/* GET …/used-by?versions=all&limit=&after= */
NODISCARD enum err dependencies_users(struct call *c, struct response *s, struct errinfo *e);
/* GET …/outdated */
NODISCARD enum err dependencies_outdated(struct call *c, struct response *s, struct errinfo *e);
/* GET /api/v1/outdated?repo=: of all charts with dependencies. */
NODISCARD enum err dependencies_behind(struct call *c, struct response *s, struct errinfo *e);
/* POST {"dependencies":[…]} of a chart that is not here; with body_begin and body_take. */
NODISCARD enum err dependencies_of(struct call *c, struct response *s, struct errinfo *e);

/* ---- dependencies_json.c ---- */

/* From here on a tree is cut: what was written stays whole. */
#define DEPENDENCIES_CUT_BYTES (16u * MIB)
#define DEPENDENCIES_MAX_BYTES (64u * MIB)

void put_dependency_tree(struct sbuf *b, const struct hub_graph *g, const struct graph_tree *tree);
/* Without what follows on it. */
void put_dependency(struct sbuf *b, const struct graph_edge *x);
void put_outdated(struct sbuf *b, const struct graph_edge *x);
void put_behind(struct sbuf *b, const struct graph_behind *x);
void put_user(struct sbuf *b, const struct graph_user *x);

/* Dependencies as a drawing: the version at the left, what it needs to the right of it.
 *
 *     struct graph_drawing x;
 *     err = graph_drawing(&links, &arena, &graph, &x, e);
 *     err = drawing_svg(&arena, &x.drawing, &b, e);
 */
#pragma once

#include "indexer/hub/graph.h"
#include "server/web/drawing.h"
#include "server/web/links.h"

struct graph_drawing {
	struct drawing drawing;
	size_t more;                     /* dependencies that found no place in it */
};
/* Links lead to the dependencies of what is drawn. In the arena. */
NODISCARD enum err graph_drawing(struct links *l, struct arena *a, const struct hub_graph *g,
                                 struct graph_drawing *ret, struct errinfo *e);

/* The container images of a version: what was read of it and rendered, or what was pushed, which wins.
 *
 *     GET    /api/v1/charts/{repo~}/{name}/{version}/images[?format=&all]
 *     PUT    what helm template prints, or a list, one reference a line
 *     DELETE
 *     GET    /api/v1/repos/{repo}/images[?limit=&after=]      of every version in its index, a page at a time  */
#pragma once

#include "server/route/app.h"

NODISCARD enum err images_get(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err images_list(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err images_begin(struct call *c, struct errinfo *e);
NODISCARD enum err images_put(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err images_delete(struct call *c, struct response *s, struct errinfo *e);
void images_end(struct call *c);

/* Stylesheet, script, icon and logo (site.h). Their addresses have a hash of their content in them, so
 * that browsers keep them for good and never an old one for a new page.                      */
#pragma once

#include "server/route/app.h"

/* /static/{version}/{name}; another version is redirected to this one. */
NODISCARD enum err assets_get(struct call *c, struct response *s, struct errinfo *e);
/* /favicon.ico, which is SVG, as every browser takes it. */
NODISCARD enum err assets_favicon(struct call *c, struct response *s, struct errinfo *e);

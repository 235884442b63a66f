/* /packages/{repo}/{name}/{version}/file?path=: the bytes of a file in the chart. Images are sent as what
 * they are, with a policy under which an SVG runs nothing; everything else is plain text.     */
#pragma once

#include "server/route/app.h"

/* "image/png" by its ending; what is no image is plain text. */
const char *file_type(struct str path);
NODISCARD enum err file_get(struct call *c, struct response *s, struct errinfo *e);

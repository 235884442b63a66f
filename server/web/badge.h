/* Badges for READMEs and wikis: small pictures that say what is published, as SVG of our own.
 *
 *     /badge/{repo~}/{name}.svg           the version that is shown
 *     /badge/{repo~}/{name}/version.svg   the same
 *     /badge/{repo~}/{name}/app.svg       its appVersion
 *     /badge/{repo~}/{name}/signed.svg    what its signature is worth
 */
#pragma once

#include "server/route/app.h"

NODISCARD enum err badge_version(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err badge_app(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err badge_signed(struct call *c, struct response *s, struct errinfo *e);
/* By the last segment, "redis.svg". */
NODISCARD enum err badge_short(struct call *c, struct response *s, struct errinfo *e);

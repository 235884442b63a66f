/* The life of a version, beyond publishing and deleting it. */
#pragma once

#include "server/route/app.h"

/* GET …/versions?chart=&state=live,yanked&limit=&after= */
NODISCARD enum err versions_list(struct call *c, struct response *s, struct errinfo *e);
/* POST with {"chart","version","reason"}; with body_begin and body_take. */
NODISCARD enum err versions_yank(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err versions_unyank(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err versions_undelete(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err versions_purge(struct call *c, struct response *s, struct errinfo *e);
/* To a virtual repository; {"from"}: the member that it must come from. */
NODISCARD enum err versions_promote(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err versions_unpromote(struct call *c, struct response *s, struct errinfo *e);
void versions_end(struct call *c);

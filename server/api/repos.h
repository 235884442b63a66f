/* Repositories over the API: /api/v1/repos. */
#pragma once

#include "server/route/app.h"

/* [{"name","private","charts","versions","settings":{…}}…], those that the caller may read. */
NODISCARD enum err repos_list(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err repos_show(struct call *c, struct response *s, struct errinfo *e);
/* {"name":…, and any settings}: 201. */
NODISCARD enum err repos_create(struct call *c, struct response *s, struct errinfo *e);
/* Settings that change; null gives a default back. */
NODISCARD enum err repos_set(struct call *c, struct response *s, struct errinfo *e);
/* {"to":…} */
NODISCARD enum err repos_rename(struct call *c, struct response *s, struct errinfo *e);
/* ?confirm= has to be the name. */
NODISCARD enum err repos_delete(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err repos_purge(struct call *c, struct response *s, struct errinfo *e);
void repos_end(struct call *c);

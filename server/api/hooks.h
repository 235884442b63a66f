/* Webhooks over HTTP, as JSON. Every row of the route table has hooks_handle, which finds what is to be
 * done by the row's method and pattern. What is done is in server/manage/webhooks.h.         */
#pragma once

#include "server/route/route.h"

NODISCARD enum err hooks_handle(struct call *c, struct response *s, struct errinfo *e);

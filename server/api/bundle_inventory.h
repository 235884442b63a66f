/* Whether a bundle of a repository would bring anything, asked without an inventory, which may be long. */
#pragma once

#include "server/route/app.h"

/* {"repo":…,"trip":…,"sha256":…}: what the inventory of a side ends with which lacks nothing. */
NODISCARD enum err bundle_inventory_show(struct call *c, struct response *s, struct errinfo *e);

/* /styleguide: every component that pages are made of. */
#pragma once

#include "server/route/app.h"

NODISCARD enum err styleguide_page(struct call *c, struct response *s, struct errinfo *e);

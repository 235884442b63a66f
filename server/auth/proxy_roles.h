/* Single sign-on by a reverse proxy: it says who the user is and in which groups, and the settings
 * say which roles a group has.                                                               */
#pragma once

#include "server/auth/grant.h"

struct proxy_role { struct str group; struct grant grant; };

struct proxy {
	struct arena arena;
	const char *user_header, *groups_header;     /* NULL: none */
	struct proxy_role *roles;
	size_t count;
};

/* CONFIG for a line that is not GROUP=ROLE:REPO-GLOB. */
NODISCARD enum err proxy_init(struct proxy *p, const char *user_header, const char *groups_header,
                              const char *const *lines, size_t count, struct errinfo *e);
void proxy_done(struct proxy *p);
/* What the groups of a header, separated by commas, give; in the arena. */
NODISCARD enum err proxy_grants(const struct proxy *p, struct arena *a, struct str groups,
                                const struct grants **ret, struct errinfo *e);

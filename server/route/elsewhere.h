/* Pages that are asked for by nearly their address: with a slash at the end, with the repository
 * written as other addresses write it, without the version, or below a virtual repository, which has no
 * charts of its own: what it shows is at the member that keeps it, and its latest version by its number.
 *
 *     /search/                        /search
 *     /packages/team-a/stable/redis   /packages/team-a~stable/redis, also below /feed and /badge
 *     /repos/team-a~stable            /repos/team-a/stable
 *     /stable, /packages/stable       /repos/stable, in a browser alone
 *     /packages/stable/redis/values   /packages/stable/redis/latest/values, and the other tabs
 *     /packages/prod/redis/latest     /packages/stable/redis/1.2.3                                */
#pragma once

#include "server/route/route.h"

/* MOVED, with the page's own address in the request's arena. OK: it is asked for by that, or there is
 * none, or it is of a repository that the caller may not see. The caller must be known.      */
NODISCARD enum err elsewhere_check(struct call *c, const char **ret_to, struct errinfo *e);

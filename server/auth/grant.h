/* What a role line says, and nothing else: ROLE:REPO-GLOB[:CHART-GLOB].
 *
 *     pull:*                 every repository may be read
 *     push:team-*            charts may be published to what begins so; reading is another line
 *     push:stable:redis*     the same in stable, but only charts whose name begins so
 *     admin:stable           everything in stable
 *     admin:*                everything: the server's own administrator
 *
 * Globs are those of format/glob.h, in which '*' by itself is everything. What no line allows is
 * not allowed.                                                                               */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/sbuf.h"

/* One bit each; admin implies the others, push does not imply pull. */
enum role { ROLE_PULL = 1, ROLE_PUSH = 2, ROLE_DELETE = 4, ROLE_ADMIN = 8 };

struct grant {
	enum role role;
	struct str repo;                 /* a glob */
	struct str chart;                /* a glob, for push alone; empty: any chart */
};
struct grants { const struct grant *list; size_t count; };

/* One line each, empty ones are skipped; the texts are copied into the arena. INVALID tells the
 * line and what is wrong with it: also a chart glob without `chart_globs`, and more lines than
 * ROLES_MAX.                                                                                 */
NODISCARD enum err grants_parse(struct arena *a, struct str lines, bool chart_globs,
                                struct grants *ret, struct errinfo *e);
/* As lines again, each with its end; NULL is fine. */
void grants_put(const struct grants *g, struct sbuf *ret);
/* `chart` empty: to any chart of the repository at all, for what is asked before it is known. */
bool grants_allow(const struct grants *g, enum role role, struct str repo, struct str chart);
bool grants_allow_somewhere(const struct grants *g, enum role role);      /* in any repository there may be */
bool grants_manage(const struct grants *g);      /* holds admin:* */
bool grants_see_all(const struct grants *g);     /* holds pull:* or admin:* */
/* Whether everything that `narrower` allows is allowed by `wider`: nobody hands on more than he
 * has. In doubt it says no: each line has to be within one line of the other.                */
bool grants_cover(const struct grants *wider, const struct grants *narrower);

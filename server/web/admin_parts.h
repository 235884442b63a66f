/* What the pages of administration have in common (templates/admin_parts.html). */
#pragma once

#include "server/web/parts.h"

enum admin_tab { ADMIN_OVERVIEW, ADMIN_REPOS, ADMIN_EVENTS, ADMIN_USERS, ADMIN_HOOKS, ADMIN_TABS };

/* Of a page about a thing (a user, a repository), crumbs lead back to its list. */
struct admin_head {
	struct str title;
	struct crumb crumbs[2];
	size_t crumb_count;
	struct tab tabs[ADMIN_TABS];
	size_t tab_count;                /* 0: the reader does not manage the server */
};

/* Names the page as well: "Users · Administration", so that tabs and history tell a thing from its
 * settings. thing: empty: it is the page of a tab. After page_init.                          */
struct admin_head admin_head(struct page *p, enum admin_tab now, struct str thing);

/* An event of the log, as a row of a table. */
struct event_line {
	uint64_t seq;
	int64_t at_ns, now_ns;
	struct str kind, who;            /* who: a name, else the id in the log */
	struct str repo, repo_link;      /* repo: its name of today; the link is empty when it is gone */
	struct str chart, version, link; /* link: empty: there is no page of it */
	struct str note;                 /* "to stable", the reason of a deletion */
	bool gone;                       /* the repository was deleted */
};

/* Those that are asked for; empty texts: any. */
struct event_filter {
	struct str repo;                 /* by its name of today */
	struct str kind;
	struct str person;               /* a user's or token's name, or an id in the log */
	uint64_t before;                 /* seq; UINT64_MAX: from the newest */
	unsigned limit;
};

struct event_lines {
	const struct event_line *list;   /* the newest first */
	size_t count;
	uint64_t next;                   /* `before` for those that follow; 0: there are none */
	bool cut;                        /* EVENTS_LOOKED_AT_MAX were looked at and there are more */
};

/* In the arena of the request; everything, whoever asks. May block. */
NODISCARD enum err event_lines(struct call *c, struct links *l, const struct event_filter *f,
                               struct event_lines *ret, struct errinfo *e);

/* What the pages of administration have in common (templates/admin_parts.html). */
#pragma once

#include "server/web/parts.h"

/* "Users · Administration", so that tabs and history tell a thing from its settings. */
static inline void admin_name(struct page *p, struct str what)
{
	p->nav = NAV_ADMIN;
	p->title = str_c(arena_printf(&p->c->r->arena, "%.*s · Administration", STR_ARG(what)));
}

enum admin_tab { ADMIN_OVERVIEW, ADMIN_REPOS, ADMIN_EVENTS, ADMIN_USERS, ADMIN_HOOKS };

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

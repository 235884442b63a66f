/* /admin: how the server is; /admin/events: what happened. For who manages the server. */
#pragma once

#include "server/web/admin_parts.h"

struct fact {
	const char *name;
	struct str value;
	struct str link;                 /* empty: none */
};
#define FACTS_MAX 10
struct fact_group {
	const char *title;
	struct fact facts[FACTS_MAX];
	size_t count;
};

/* What somebody should do something about. */
struct trouble {
	const char *word, *kind;
	struct str text, link;           /* link: to the page that tells more; empty: none does */
	const char *page;                /* what that is called */
};
#define TROUBLES_MAX 14
#define FACT_GROUPS 6

struct admin_view {
	struct admin_head head;
	struct trouble troubles[TROUBLES_MAX];
	size_t trouble_count;
	struct fact_group groups[FACT_GROUPS];
	size_t group_count;
	struct event_lines events;
};

NODISCARD enum err admin_page(struct call *c, struct response *s, struct errinfo *e);

struct event_choice { struct str name; bool chosen; };

struct admin_events_view {
	struct admin_head head;
	struct event_filter filter;
	struct event_lines events;
	const struct event_choice *repos, *kinds;
	size_t repo_count, kind_count;
	struct str newest, older;        /* links; empty: one is there, there are none */
};

NODISCARD enum err admin_events_page(struct call *c, struct response *s, struct errinfo *e);

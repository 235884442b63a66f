/* What a virtual repository shows, on its page: its members and rules, its charts and which member each is
 * from, what it does not show yet, and the names that several members have. Members that the reader may
 * not see are not named.                                                                      */
#pragma once

#include "indexer/ingest/virtual.h"
#include "server/web/parts.h"

#define VIRTUAL_ROWS 100u            /* of a page */
#define VIRTUAL_CONFLICTS 100u       /* the API has all of them */
#define VIRTUAL_PROMOTED 100u        /* the log has all of them */

struct virtual_member { struct str name, link; int64_t stale_ns; };
struct virtual_rule { const char *sentence; struct str value; };
struct virtual_chart { struct str name, version, link, member; };        /* link, member: empty where unseen */

/* A version that somebody promoted, and which is shown whatever the rules say. */
struct virtual_promoted {
	struct str chart, version, reason;
	uint64_t event;
	int64_t at_ns;
};

struct virtual_claim_line {          /* those of one name stand below each other */
	struct str chart;                /* or the file that two of them would have */
	struct str member, link;
	const char *kind, *verdict;
	uint64_t versions;
	bool wins;
};

struct virtual_view {
	int64_t stale_ns;                /* as the header Warning says it of the index; 0: all are fresh */
	struct virtual_waiting waiting;  /* for its cool-down; the next one is linked: */
	struct str waiting_link;
	struct str *unverified;          /* repositories of which it shows nothing, for want of keys */
	size_t unverified_count;
	bool all_unverified;             /* it has no others */
	int64_t now_ns;
	struct virtual_member *members;  /* the first that has a name first */
	size_t member_count;
	struct virtual_rule *rules;
	size_t rule_count;
	struct virtual_chart *charts;
	size_t chart_count;
	struct pager pager;              /* of the charts */
	struct virtual_promoted *promoted;
	size_t promoted_count, promoted_more;
	struct virtual_claim_line *claims;
	size_t claim_count;
	size_t conflicts;                /* names, also those that are not shown */
};

/* In the arena. `number`: the page of its charts. REPO_NOT_FOUND; INVALID: it is no virtual one. Blocks. */
NODISCARD enum err virtual_view_fill(struct call *c, struct arena *a, struct links *l, uint64_t number,
                                     struct virtual_view *ret, struct errinfo *e);

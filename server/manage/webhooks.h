/* Webhooks, read and changed: what the API and the pages have in common.
 *
 *     webhooks_set(c, &(struct webhook_fields){ .name = name, .paused = &yes }, e)
 *
 * All of it may block, because the writer is waited for: on a thread of app->people; webhooks_test
 * waits for a stranger, on one of hooks_pool. A change stands in the audit log. What is wrong with a
 * field begins with its name, "url: …". Texts of rows live in the arena that is handed over.  */
#pragma once

#include "indexer/hook/hook.h"
#include "server/route/app.h"

/* ---- reading ---- */

NODISCARD enum err webhooks_rows(struct call *c, struct arena *a, struct hook_row **ret,
                                 size_t *ret_count, struct errinfo *e);       /* by name */
/* NOT_FOUND. */
NODISCARD enum err webhooks_row(struct call *c, struct arena *a, struct str name,
                                struct hook_row *ret, struct errinfo *e);
/* By state. */
NODISCARD enum err webhooks_counts(struct call *c, int64_t hook_id, uint64_t ret[DELIVERY_STATES],
                                   struct errinfo *e);
/* "works", "failing", "resting", "paused", "new"; static. */
const char *webhook_state(const struct hook_row *row);
/* What may be shown of its address: without the query, and of who knows it may write there, the host
 * alone.                                                                                     */
NODISCARD enum err webhook_shown_url(struct arena *a, const struct hook_row *row, struct str *ret,
                                     struct errinfo *e);
const char *delivery_state_word(enum delivery_state state);      /* "waiting"; static */

struct webhook_delivery { struct delivery_row row; struct str kind, repo, chart, version; };
struct webhook_deliveries {
	int64_t hook_id;
	int64_t before;                  /* ids below this one */
	int state;                       /* -1: any */
	unsigned limit;
	struct webhook_delivery *list;   /* the newest first */
	size_t count;
};
NODISCARD enum err webhooks_deliveries(struct call *c, struct arena *a, struct webhook_deliveries *d,
                                       struct errinfo *e);

/* ---- changing ---- */

struct webhook_fields {              /* NULL: what it was, or the default */
	struct str name;
	const struct str *url, *format, *repos, *charts, *kinds, *headers, *secret;
	const bool *allow_private, *paused;
};
#define WEBHOOK_FORMAT "cloudevents"
/* All but those that come in thousands (`many` in indexer/store/event_kind.c). */
#define WEBHOOK_KINDS "publish\noverwrite\nprov\nprov.delete\nimages\nimages.delete\nyank\nunyank\n" \
	"delete\nundelete\npurge\npromote\nunpromote\nrelease\ndrift\nupstream.fork\nupstream.frozen\nrepo.*"
/* ret->secret is shown this once; without one in the fields it is made, unless the address is the secret.
 * Of events from now on. NAME_EXISTS.                                                        */
NODISCARD enum err webhooks_add(struct call *c, struct arena *a, const struct webhook_fields *x,
                                struct hook_row *ret, struct errinfo *e);
/* NOT_FOUND. A secret is set by webhooks_rotate alone; what is shown nowhere goes to no other server. */
NODISCARD enum err webhooks_set(struct call *c, const struct webhook_fields *x, struct errinfo *e);
NODISCARD enum err webhooks_remove(struct call *c, struct str name, struct errinfo *e);
/* Another secret, made unless it is given; the one before signs as well for so many seconds. */
NODISCARD enum err webhooks_rotate(struct call *c, struct arena *a, struct str name,
                                   struct str secret, uint64_t keep_seconds, struct hook_row *ret,
                                   struct errinfo *e);
/* By its id, as it came: sent again, whatever became of it, also where the hook rests. NOT_FOUND. */
NODISCARD enum err webhooks_resend(struct call *c, struct str id, struct errinfo *e);
/* One that was delivered ends the hook's rest. */
NODISCARD enum err webhooks_test(struct call *c, struct arena *a, struct str name,
                                 struct hook_outcome *ret, struct errinfo *e);

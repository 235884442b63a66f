/* Bundles that other servers ask for (chartlocker mirror): made on threads of their own into DATA/outgoing/,
 * and fetched from there as often as a broken connection makes it necessary.
 *
 * Equal requests at one state of the log lead to one bundle, because equal bundles have equal seals
 * (bundle/create.h). Shown to who may read each repository that is in it; where the server has users, to
 * those who signed in, because a bundle costs disk. What the caller may not read is not looked into. */
#pragma once

#include "indexer/format/node.h"
#include "indexer/ingest/lineage.h"
#include "server/route/app.h"

struct makers;

NODISCARD enum err makers_new(struct makers **ret, struct errinfo *e);
/* What is being made is given up, so that its requests are answered. */
void makers_stop(struct makers *m);              /* NULL is fine */
void makers_free(struct makers *m);              /* NULL is fine; before ingest is closed */
bool makers_make(struct makers *m, const struct sha256 *id);     /* it is being made now */

/* Whether the caller may have bundles at all: UNAUTHORIZED, DENIED. */
NODISCARD enum err bundles_permit(struct call *c, struct errinfo *e);
/* `about` (bundle/kept.h) is the maker's actor, a space, whose share of the room it takes (bundle_share.h), a newline
 * and the object. Of one that an older version made both are the actor.                      */
void bundle_whose(struct str about, struct str *ret_actor, struct str *ret_owner);
void bundle_put_about(struct sbuf *b, struct str about, const char *state);

/* Who is told of a bundle that is kept. */
struct bundle_seer {
	const struct call *call;
	const struct lineage *lineage;   /* NULL: names mean what they meant when it was made */
	const struct node *told;         /* the object of `about` */
	uint64_t after;                  /* the first event that is not in it */
};
/* Fills `told` and `after`. INVALID, NOMEM. */
NODISCARD enum err bundle_told(struct bundle_seer *x, struct arena *a, struct str about, struct errinfo *e);
/* The repository that had the name then has it still, and may be read. */
bool bundle_sees(const struct bundle_seer *x, struct str repo);
/* Leaves out of `about` what is missing of others; in the arena. NOMEM. */
NODISCARD enum err bundle_seen_about(const struct bundle_seer *x, struct arena *a, struct str *about,
                                     struct errinfo *e);

/* POST ?repo=R[&select=PATTERN RANGE]…[&closure][&dry_run]; body: the inventory, or nothing. */
NODISCARD enum err bundles_begin(struct call *c, struct errinfo *e);
NODISCARD enum err bundles_take(struct call *c, struct str piece, struct errinfo *e);
void bundles_end(struct call *c);
NODISCARD enum err bundles_post(struct call *c, struct response *s, struct errinfo *e);

/* ---- bundle_fetch.c ---- */
NODISCARD enum err bundles_list(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err bundles_get(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err bundles_delete(struct call *c, struct response *s, struct errinfo *e);
/* Those that nobody asked for in BUNDLES_KEPT_SECONDS go, and what a crash left half made. */
void bundles_sweep(const struct app *app);

/* Private to bundle_make.c, bundle_answer.c and bundle_room.c: a bundle while it is made. */
#pragma once

#include <pthread.h>

#include "indexer/base/limits.h"
#include "indexer/base/pool.h"
#include "indexer/bundle/create.h"
#include "server/api/bundle_make.h"
#include "server/manage/bundle_images.h"

struct make;

struct makers {
	struct pool *pool;
	atomic_bool stop;
	atomic_uint asked;               /* requests, from their first byte to the end of the work */
	pthread_mutex_t lock;            /* of `making`, and of what is kept while somebody makes room */
	struct make *making[BUNDLES_MAKERS];    /* NULL: a free place */
};

struct make {
	struct pool_job job;
	const struct app *app;
	struct call *call;               /* NULL: it was answered */
	struct arena arena;
	struct sbuf inventory;
	struct bundle_create create;
	struct sbuf missing;             /* JSON */
	struct listed *known;            /* images of versions */
	struct str actor, owner;         /* whose share of the room it takes */
	struct sha256 id;
	uint64_t bytes;                  /* that it will have; with a place, as is `id` */
	bool answered_by_seal;           /* nothing is to be made */
	int place;                       /* in `making`; -1: none */
};

/* ---- bundle_room.c ---- */

/* Under the lock: of those that are being made. */
bool makers_have(struct makers *m, const struct sha256 *id);
/* Under the lock: a folder for it, and room. DISK_FULL, QUOTA, TOO_LARGE. */
NODISCARD enum err make_take_place(struct make *x, const struct bundle_created *r, struct errinfo *e);
/* Nothing of it is left, unless it is whole. Without a place: nothing to do. */
void make_leave_place(struct make *x, bool is_whole);

/* ---- bundle_answer.c ---- */

/* Who has a share of the room: a person, whichever of his tokens he comes with, or an address where there are no
 * people. Without spaces; in the arena. NOMEM.                                                */
NODISCARD enum err make_owner(const struct call *c, struct arena *a, struct str *ret, struct errinfo *e);
/* What is kept of it, for bundle_put_about. */
void make_put_about(struct sbuf *b, const struct make *x, const struct bundle_created *r);
void make_note_missing(void *x, struct str repo, struct str what, const char *why);
/* Answers the request, which is gone then. `id` NULL: of a bundle without an address, because it is not made. */
NODISCARD enum err make_reply(struct make *x, int status, struct str about, const char *state,
                              const struct sha256 *id, struct errinfo *e);

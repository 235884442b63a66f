/* chartlocker mirror: what its files share.
 *
 *     mirror.c           the command: which repositories, round by round
 *     mirror_ask.c       what the other server says and makes
 *     mirror_fetch.c     the bytes of a bundle, as often as the connection breaks
 *     mirror_arriving.c  DATA/arriving/<repo>/: how far the last one came
 *     mirror_window.c    times of the day                                                     */
#pragma once

#include "indexer/bundle/import.h"
#include "indexer/bundle/reuse.h"
#include "indexer/fetch/outgoing.h"
#include "indexer/fetch/url.h"
#include "indexer/format/node.h"
#include "server/cmd/authorization.h"
#include "server/cmd/bundle_import.h"
#include "server/cmd/cmd.h"
#include "server/cmd/mirror_window.h"

struct mirror {
	const struct command *self;
	const char *data;
	struct cmd_list repos, select;
	bool closure, dry_run, json;
	struct mirror_windows windows;
	struct pace pace;
	struct arena arena;              /* of address and credentials */
	struct url_server server;
	struct authorization by;
	struct outgoing *outgoing;
	struct outgoing_access access;
	int place;                       /* DATA/arriving, locked; -1: not yet */
	struct import_report report;
	uint64_t conflicts;
};

/* Waits until a window is open; tells once. DRAINING. */
NODISCARD enum err mirror_wait_open(struct mirror *x, struct errinfo *e);
/* Then what *e says is over. DRAINING. */
NODISCARD enum err mirror_pause(struct mirror *x, uint64_t seconds, struct errinfo *e);

/* ---- mirror_ask.c ---- */

/* UPSTREAM, with what to do, where it is no Chartlocker; else why it does not answer now. */
NODISCARD enum err mirror_greet(struct mirror *x, struct errinfo *e);

/* Names of those that the caller may read and that have charts of their own; in the arena. */
NODISCARD enum err mirror_repos(struct mirror *x, struct arena *a, const char ***ret, size_t *ret_count,
                                struct errinfo *e);

struct mirror_offer {                /* what there is to fetch; in the arena */
	bool is_current;                 /* nothing: the last trip is here */
	struct sha256 id;
	const char *file;                /* "stable-0-57.tar" */
	uint64_t bytes;
	struct bundle_head head;         /* repo, parent.event, own.event, at_ns; not verified */
	uint64_t versions, deleted;
	const struct node *missing;      /* the list of what could not be carried; NULL: it was not asked */
	struct str text;                 /* the whole answer: a JSON object */
};
/* "?repo=stable&closure": what a bundle is asked for with; in the arena; NULL: out of memory. */
const char *mirror_query(struct mirror *x, struct arena *a, const char *repo);
NODISCARD enum err mirror_ask(struct mirror *x, struct arena *a, const char *repo, struct mirror_offer *ret,
                              struct errinfo *e);
/* "https://h/api/v1/bundles/<id>"; in the arena; NULL: out of memory. */
const char *mirror_bundle_url(struct mirror *x, struct arena *a, const struct sha256 *id);
/* It is here: the other side need not keep it. What comes of it does not matter. */
void mirror_thank(struct mirror *x, const struct sha256 *id);
/* Of an answer that is none. */
NODISCARD enum err mirror_answer_error(struct mirror *x, struct arena *a, const struct outgoing_answer *answer,
                                       struct errinfo *e);

/* ---- mirror_arriving.c ---- */
struct mirror_arriving {
	int dir;                         /* DATA/arriving/<repo> */
	const char *path;                /* of the tar, for import; in the arena */
	const char *file;                /* NULL: nothing has begun */
	struct sha256 id;
	uint64_t bytes;                  /* that it has when it is whole */
	uint64_t have;                   /* that are here */
};
/* What was begun with the same server and question; of anything else nothing is left. */
NODISCARD enum err arriving_open(struct mirror *x, struct arena *a, const char *repo,
                                 struct mirror_arriving *ret, struct errinfo *e);
#define ARRIVING_EARLIER "earlier.tar"       /* as far as another one came, whose files may be in this one */

/* Of the same bundle all that came counts. DISK_FULL: it would have no room. */
NODISCARD enum err arriving_begin(struct mirror *x, struct arena *a, const char *repo,
                                  const struct mirror_offer *o, struct mirror_arriving *r,
                                  struct errinfo *e);
NODISCARD enum err arriving_drop(struct mirror *x, const char *repo, struct mirror_arriving *r,
                                 struct errinfo *e);
void arriving_close(struct mirror_arriving *r);

/* ---- mirror_fetch.c ---- */
/* All of it, or: NOT_FOUND: the server does not have it any more; SIGNATURE, INVALID and CORRUPT: its head says
 * that it will not be taken; else what r->have tells is here and is gone on with.             */
NODISCARD enum err mirror_fetch(struct mirror *x, struct mirror_arriving *r, struct errinfo *e);

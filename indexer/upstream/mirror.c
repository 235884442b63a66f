/* What is to be here and is not: every archive that a mirror takes, and provenance files that did not come with
 * their archives, or are to be looked at again. It is wanted some at a time, unless this server cannot take any
 * or the upstream asks for a pause, is paused, or has no more room here, which ends it. What failed is told in
 * one sentence, with the commonest reason; which versions are not to be had for good, the catalog has
 * (fetch_keep.c).                                                                              */
#include <stdio.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/ingest/lookup.h"
#include "indexer/upstream/fetch.h"

struct missing {
	struct arena arena;
	bool archives;                   /* they are wanted */
	struct str *files;
	size_t count, capacity;
};

static bool is_missing(const struct remote_row *row, bool held)
{
	return !held && row->state == REMOTE_TAKEN && !row->gone_ns;
}

static bool lacks_prov(const struct remote_row *row, bool held)
{
	return held && row->state == REMOTE_TAKEN && str_starts(row->unfetched, STR(UNFETCHED_PROV));
}

static enum err add_missing(void *ctx, const struct remote_row *row, bool held, struct errinfo *e)
{
	struct missing *m = ctx;
	bool archive = m->archives && is_missing(row, held), prov = lacks_prov(row, held);
	if (!archive && !prov)
		return OK;
	struct str *list = arena_room(&m->arena, m->files, m->count, &m->capacity, sizeof *list);
	const char *file = arena_printf(&m->arena, "%.*s-%.*s.tgz%s", STR_ARG(row->chart),
	                                STR_ARG(row->version), prov ? ".prov" : "");
	if (!list || !file)
		return ERR(e, NOMEM, "archives");
	m->files = list;
	list[m->count++] = str_c(file);
	return OK;
}

#define REASONS_MAX 16u              /* that are told apart */

struct reason { uint64_t count; char text[ERR_DETAIL_MAX_BYTES]; };

/* What could not be had of one kind. */
struct tally { uint64_t failed; struct reason reasons[REASONS_MAX]; };

struct window {
	pthread_mutex_t lock;
	pthread_cond_t room;
	size_t running;
	uint64_t done, fetched;          /* fetched: archives */
	uint64_t beyond;                 /* that there was no room for */
	struct tally archives, provs;
	struct errinfo here;             /* what kept one from being taken here, if it has a code */
	struct errinfo end;              /* why the others are not asked for, if it has a code */
	struct follow *follow;
	bool was_paused;                 /* somebody wants it all the same */
};

static void add_failed(struct tally *t, struct str why, uint64_t count)
{
	struct reason *r = t->reasons;
	t->failed += count;
	while (r < t->reasons + REASONS_MAX && r->count && !str_eq_c(why, r->text))
		r++;
	if (r == t->reasons + REASONS_MAX)
		return;
	r->count += count;
	(void)snprintf(r->text, sizeof r->text, "%.*s", STR_ARG(why));
}

static bool is_prov(struct str file) { return str_ends(file, STR(".prov")); }

/* With the lock. A version that went meanwhile is not wanted any more. */
static void count_archive(struct window *x, const struct upstream_want *w)
{
	x->fetched += !w->err;
	if (w->err == ERR_QUOTA && !x->end.code)
		(void)ERR(&x->end, QUOTA, "there is no room for more, as its max_bytes says");
	if (w->err == ERR_QUOTA)
		x->beyond++;
	else if (w->err && w->err != ERR_NOT_FOUND)
		add_failed(&x->archives, str_c(err_public_text(&w->error)), 1);
}

/* Of provenance files the catalog has what failed, also of those that came with their archives. */
static void one_is_done(struct upstream_want *w)
{
	struct window *x = w->ctx;
	(void)pthread_mutex_lock(&x->lock);
	x->running--;
	if (!is_prov(w->file))
		count_archive(x, w);
	if (fetch_failed_here(w->err) && !x->here.code)
		x->here = w->error;
	atomic_store(&x->follow->done, ++x->done);
	(void)pthread_cond_signal(&x->room);
	(void)pthread_mutex_unlock(&x->lock);
}

/* Until no more than that run. */
static void wait_for_room(struct window *x, size_t most)
{
	(void)pthread_mutex_lock(&x->lock);
	while (x->running > most)
		(void)pthread_cond_wait(&x->room, &x->lock);
	(void)pthread_mutex_unlock(&x->lock);
}

/* A place for another one. False: there is no use in that. */
static bool enter(struct window *x)
{
	struct follow *f = x->follow;
	wait_for_room(x, UPSTREAM_FETCHES_MAX - 1);
	if (follow_is_over(f))
		return false;
	(void)pthread_mutex_lock(&x->lock);
	bool goes_on = !x->here.code && !x->end.code && !fetch_pause(f, &f->source, &x->end) &&
	               (x->was_paused || !fetch_may(f->of, str_c(f->repo), &x->end));
	x->running += goes_on;
	(void)pthread_mutex_unlock(&x->lock);
	return goes_on;
}

/* ---- what is told of it ---- */

struct counting { struct window *window; uint64_t listed; };

static enum err count_told(void *ctx, const struct remote_row *row, bool held, struct errinfo *e)
{
	struct counting *n = ctx;
	(void)e;
	n->listed += row->unfetched.n && row->state == REMOTE_TAKEN && !row->gone_ns;
	if (lacks_prov(row, held))
		add_failed(&n->window->provs, str_from(row->unfetched, strlen(UNFETCHED_PROV)), 1);
	return OK;
}

static void put_tally(struct sbuf *b, const struct tally *t, const char *what)
{
	const struct reason *most = t->reasons;
	if (!t->failed)
		return;
	for (size_t i = 1; i < REASONS_MAX; i++)
		if (t->reasons[i].count > most->count)
			most = &t->reasons[i];
	sbuf_printf(b, "%s%llu of its %s could not be had", b->n ? "; " : "", (unsigned long long)t->failed, what);
	if (most->count < t->failed)
		sbuf_printf(b, ", %llu of them", (unsigned long long)most->count);
	sbuf_printf(b, ": %s", most->text);
}

static enum err tell(struct window *x, struct arena *a, struct upstream_report *ret, struct errinfo *e)
{
	const char *repo = x->follow->repo;
	struct counting n = { .window = x };
	AUTO_SBUF struct sbuf b = sbuf_make(4 * KIB);
	enum err err = ingest_remotes(x->follow->of->ingest, str_c(repo), (struct str){ 0 }, count_told, &n, e);
	ret->failed = x->archives.failed + x->provs.failed;
	if (err || !ret->failed)
		return err;
	put_tally(&b, &x->archives, "archives");
	put_tally(&b, &x->provs, "provenance files");
	if (n.listed && n.listed < ret->failed)
		sbuf_printf(&b, "; for %llu see: chartlocker upstream skipped %s", (unsigned long long)n.listed, repo);
	else if (n.listed)
		sbuf_printf(&b, "; see: chartlocker upstream skipped %s", repo);
	return sbuf_ok(&b) && arena_str(a, sbuf_str(&b), &ret->missing) ? OK : ERR(e, NOMEM, "archives");
}

/* ---- all of it ---- */

/* What was not asked for, and what was asked for in vain. */
static void add_beyond(struct window *x, const struct str *files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		x->beyond += !is_prov(files[i]);
	if (x->end.code && x->beyond)
		add_failed(&x->archives, str_c(err_public_text(&x->end)), x->beyond);
}

static enum err fetch_all(struct window *x, const struct missing *m, struct upstream_want *wants, struct arena *a,
                          struct upstream_report *ret, struct errinfo *e)
{
	struct follow *f = x->follow;
	size_t i = 0;
	atomic_store(&f->total, m->count);
	for (; i < m->count && enter(x); i++) {
		wants[i] = (struct upstream_want){ .repo = str_c(f->repo), .file = m->files[i],
		                                   .again = is_prov(m->files[i]), .done = one_is_done, .ctx = x };
		fetch_want(f->of, &wants[i]);
	}
	wait_for_room(x, 0);
	add_beyond(x, m->files + i, m->count - i);
	ret->fetched = x->fetched;
	ret->failed = x->archives.failed;
	if (!x->here.code)
		return tell(x, a, ret, e);
	*e = x->here;
	return x->here.code;
}

enum err fetch_missing(struct follow *f, const struct repo_settings *s, struct arena *a,
                       struct upstream_report *ret, struct errinfo *e)
{
	struct missing m = { .archives = upstream_mode(s) == UPSTREAM_MIRROR };
	struct window x = { .lock = PTHREAD_MUTEX_INITIALIZER, .room = PTHREAD_COND_INITIALIZER,
	                    .follow = f, .was_paused = s->paused };
	enum err err = ingest_remotes(f->of->ingest, str_c(f->repo), (struct str){ 0 }, add_missing, &m, e);
	struct upstream_want *wants = err ? NULL : arena_array(&m.arena, m.count + 1, sizeof *wants);
	if (!err && !wants)
		err = ERR(e, NOMEM, "archives");
	if (!err && m.count)
		err = fetch_all(&x, &m, wants, a, ret, e);
	arena_done(&m.arena);
	return err;
}

/* The queue of the audit log, and the thread that writes it. */
#include "server/route/audit.h"

#include <stdlib.h>

#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/base/sbuf.h"
#include "indexer/base/thread.h"
#include "indexer/store/accounts.h"

#define INTERVAL_NS NS_PER_SECOND

struct entry {
	struct entry *next;
	struct audit_row row;            /* its texts stand right behind it */
};

struct audit {
	struct ingest *ingest;
	struct thread thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct entry *first, **last;
	unsigned count;
	int64_t credit_ns;               /* of strangers: the time up to which their rows are taken */
	bool ending;
	atomic_uint_fast64_t dropped;
};

/* ---- in ---- */

static void copy(char **at, struct str *text)
{
	memcpy(*at, text->p, text->n);
	text->p = *at;
	*at += text->n;
}

static struct entry *entry_new(const struct audit_row *row)
{
	struct entry *x = malloc(sizeof *x + row->actor.n + row->name.n + row->remote.n +
	                         row->request.n + row->action.n + row->object.n + row->verdict.n);
	if (!x)
		return NULL;
	*x = (struct entry){ .row = *row };
	char *at = (char *)(x + 1);
	struct str *texts[] = { &x->row.actor, &x->row.name, &x->row.remote, &x->row.request,
	                        &x->row.action, &x->row.object, &x->row.verdict };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i]->n)
			copy(&at, texts[i]);
	return x;
}

/* Under the lock. A bucket that holds AUDIT_QUEUE_MAX rows, as the time at which it was empty. */
static bool take_credit(struct audit *a)
{
	const int64_t price_ns = NS_PER_SECOND / AUDIT_STRANGERS_PER_SECOND;
	int64_t now_ns = clock_monotonic();
	if (a->credit_ns < now_ns - price_ns * AUDIT_QUEUE_MAX)
		a->credit_ns = now_ns - price_ns * AUDIT_QUEUE_MAX;
	if (a->credit_ns + price_ns > now_ns)
		return false;
	a->credit_ns += price_ns;
	return true;
}

static void push(struct audit *a, const struct audit_row *row, bool stranger)
{
	struct entry *x = entry_new(row);
	(void)pthread_mutex_lock(&a->lock);
	if (x && !a->ending && a->count < AUDIT_QUEUE_MAX && (!stranger || take_credit(a))) {
		*a->last = x;
		a->last = &x->next;
		a->count++;
		x = NULL;
		(void)pthread_cond_signal(&a->wake);
	} else {
		atomic_fetch_add(&a->dropped, 1);
	}
	(void)pthread_mutex_unlock(&a->lock);
	free(x);
}

uint64_t audit_dropped(const struct audit *a) { return a ? atomic_load(&a->dropped) : 0; }

/* ---- out ---- */

struct flush { struct change change; struct entry *list; };

static enum err write_rows(struct change *c, struct catalog *catalog, struct errinfo *e)
{
	enum err err = OK;
	for (struct entry *x = ((struct flush *)c)->list; x && !err; x = x->next)
		err = catalog_audit_append(catalog, &x->row, e);
	return err;
}

static void free_rows(struct entry *x)
{
	for (struct entry *next; x; x = next) {
		next = x->next;
		free(x);
	}
}

static struct entry *take_all(struct audit *a, unsigned *ret_count)
{
	(void)pthread_mutex_lock(&a->lock);
	struct entry *list = a->first;
	*ret_count = a->count;
	a->first = NULL;
	a->last = &a->first;
	a->count = 0;
	(void)pthread_mutex_unlock(&a->lock);
	return list;
}

static void flush(struct audit *a)
{
	unsigned count;
	struct flush f = { .list = take_all(a, &count) };
	if (!count)
		return;
	change_init(&f.change, CHANGE_CALL);
	f.change.call = write_rows;
	if (ingest_apply(a->ingest, &f.change)) {
		atomic_fetch_add(&a->dropped, count);
		LOG(LOG_WARN, "audit.dropped", KV("rows", (int64_t)count),
		    KV("detail", (const char *)f.change.error.detail));
	}
	change_done(&f.change);
	free_rows(f.list);
}

/* Until something waits, and then until INTERVAL_NS after the last time. False: it is the end. */
static bool wait_for_rows(struct audit *a, int64_t until_ns)
{
	struct timespec t = { until_ns / NS_PER_SECOND, until_ns % NS_PER_SECOND };
	(void)pthread_mutex_lock(&a->lock);
	while (!a->ending && !a->count)
		(void)pthread_cond_wait(&a->wake, &a->lock);
	while (!a->ending && clock_monotonic() < until_ns)
		(void)pthread_cond_clockwait(&a->wake, &a->lock, CLOCK_MONOTONIC, &t);
	bool ending = a->ending;
	(void)pthread_mutex_unlock(&a->lock);
	return !ending;
}

static void *audit_main(void *arg)
{
	struct audit *a = arg;
	int64_t until_ns = 0;
	while (wait_for_rows(a, until_ns)) {
		until_ns = clock_monotonic() + INTERVAL_NS;
		flush(a);
	}
	return NULL;
}

/* ---- life ---- */

enum err audit_start(struct ingest *g, struct audit **ret, struct errinfo *e)
{
	struct audit *a = calloc(1, sizeof *a);
	if (!a)
		return ERR(e, NOMEM, "audit log");
	a->ingest = g;
	a->last = &a->first;
	(void)pthread_mutex_init(&a->lock, NULL);
	(void)pthread_cond_init(&a->wake, NULL);
	enum err err = thread_start(&a->thread, "audit", audit_main, a, e);
	if (err)
		audit_free(a);
	else
		*ret = a;
	return err;
}

void audit_stop(struct audit *a)
{
	if (!a)
		return;
	(void)pthread_mutex_lock(&a->lock);
	a->ending = true;
	(void)pthread_cond_signal(&a->wake);
	(void)pthread_mutex_unlock(&a->lock);
	thread_join(&a->thread);
	flush(a);
}

void audit_free(struct audit *a)
{
	if (!a)
		return;
	free_rows(a->first);
	(void)pthread_cond_destroy(&a->wake);
	(void)pthread_mutex_destroy(&a->lock);
	free(a);
}

/* ---- what a request was ---- */

/* Its change knows best; else its address does, as it came, without the query. */
static void put_object(const struct call *c, struct sbuf *b)
{
	if (c->change)
		change_object(c->change, b);
	else if (c->note.object.n)
		sbuf_put(b, c->note.object);
	else
		sbuf_put(b, str_first(c->r->path, AUDIT_OBJECT_MAX_BYTES / 2));
}

/* Told already, or nothing was to be changed: read, asked with dry_run, redirected, given up. */
static bool is_uneventful(const struct call *c, int status)
{
	const struct route *route = c->route;
	if (!route || !route->action || c->note.written)
		return true;
	if (c->r->err)
		return c->r->err == ERR_RENAMED;
	return query_is_on(&c->query, "dry_run") || status < 200 || status >= 300;
}

void audit_change_of(const struct call *c, const struct change *change)
{
	struct audit *a = c->app->audit;
	struct sbuf b = sbuf_make(AUDIT_OBJECT_MAX_BYTES);
	if (!a || change->dry_run || change->note->written)
		return;
	change_object(change, &b);
	const struct audit_row row = {
		.at_ns = clock_wall(), .actor = c->caller.actor, .name = c->caller.name,
		.remote = c->r->remote, .request = str_c(c->r->id), .action = str_c(c->route->action),
		.object = sbuf_str(&b), .verdict = change->err ? str_c(err_code(change->err)) : STR("ok"),
	};
	push(a, &row, c->caller.kind == CALLER_ANONYMOUS);
	sbuf_done(&b);
}

void audit_call(const struct call *c, bool known, int status)
{
	struct audit *a = c->app->audit;
	struct sbuf b = sbuf_make(AUDIT_OBJECT_MAX_BYTES);
	if (!a || (known && is_uneventful(c, status)))
		return;
	put_object(c, &b);
	const struct audit_row row = {
		.at_ns = clock_wall(), .actor = c->caller.actor.n ? c->caller.actor : STR("anonymous"),
		.name = c->caller.name, .remote = c->r->remote, .request = str_c(c->r->id),
		.action = known ? str_c(c->route->action) : STR("sign-in"), .object = sbuf_str(&b),
		.verdict = c->r->err ? str_c(err_code(c->r->err)) : STR("ok"),
	};
	push(a, &row, !known || c->caller.kind == CALLER_ANONYMOUS);
	sbuf_done(&b);
}

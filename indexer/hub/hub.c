/* Opening, and what everybody asks for. */
#include "indexer/hub/hub.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/document/annotations.h"
#include "indexer/format/semver.h"
#include "indexer/hub/impl.h"

enum err hub_open(const struct hub_options *o, struct hub **ret, struct errinfo *e)
{
	struct hub *h = calloc(1, sizeof *h);
	if (!h)
		return ERR(e, NOMEM, "catalog of charts");
	h->options = *o;
	h->ingest = o->ingest;
	(void)pthread_mutex_init(&h->opening, NULL);
	(void)pthread_mutex_init(&h->lock, NULL);
	(void)pthread_cond_init(&h->wake, NULL);
	(void)pthread_cond_init(&h->caught_up, NULL);
	enum err err = table_open(&h->table, e);
	if (!err)
		err = uses_open(o, &h->table.uses, e);
	if (!err)
		err = contents_open(&h->contents, e);
	if (!err)
		err = follow_start(h, e);
	if (err)
		hub_close(h);
	else
		*ret = h;
	return err;
}

static void close_readers(struct hub_reader *list)
{
	while (list) {
		struct hub_reader *r = list;
		list = r->next;
		catalog_close(r->search);
		free(r);
	}
}

void hub_close(struct hub *h)
{
	if (!h)
		return;
	follow_stop(h);
	close_readers(h->readers);
	while (h->looks) {
		struct hub_look *x = h->looks;
		h->looks = x->next;
		free(x);
	}
	catalog_close(h->writer);
	table_close(&h->table);
	contents_close(h->contents);
	(void)pthread_cond_destroy(&h->caught_up);
	(void)pthread_cond_destroy(&h->wake);
	(void)pthread_mutex_destroy(&h->lock);
	(void)pthread_mutex_destroy(&h->opening);
	free(h);
}

/* ---- connections that only read ---- */

#define FOUND_BY_READER "search.db is damaged: a reader has met it"
#define MISSED_BY_READER "search.db was removed: a reader has missed it"

bool hub_drop(struct hub *h, const char *why)
{
	int64_t now = clock_monotonic();
	(void)pthread_mutex_lock(&h->lock);
	bool due = !h->dropped_ns || now > h->dropped_ns + HUB_DROP_SECONDS * NS_PER_SECOND;
	if (due) {
		h->dropped_ns = now;
		h->remake = true;
		(void)pthread_cond_signal(&h->wake);
	}
	(void)pthread_mutex_unlock(&h->lock);
	if (due)
		LOG(LOG_WARN, "catalog.dropped", KV("reason", why));
	return due;
}

/* Who begins has not made it yet. */
static bool has_begun(struct hub *h)
{
	(void)pthread_mutex_lock(&h->lock);
	bool begun = h->event != 0;
	(void)pthread_mutex_unlock(&h->lock);
	return begun;
}

static enum err open_reader(struct hub *h, struct hub_reader **ret, struct errinfo *e)
{
	struct hub_reader *r = calloc(1, sizeof *r);
	if (!r)
		return ERR(e, NOMEM, "reader");
	(void)pthread_mutex_lock(&h->opening);
	r->file = h->file;
	enum err err = search_open_reader(ingest_datadir(h->ingest), &r->search, e);
	(void)pthread_mutex_unlock(&h->opening);
	if (err)
		free(r);
	else
		*ret = r;
	if (err == ERR_CORRUPT || (err == ERR_NOT_FOUND && has_begun(h)))
		(void)hub_drop(h, err == ERR_CORRUPT ? FOUND_BY_READER : MISSED_BY_READER);
	return err_recode(err, ERR_NOT_FOUND, ERR_CORRUPT, e);
}

enum err hub_reader_take(struct hub *h, struct hub_reader **ret, struct errinfo *e)
{
	(void)pthread_mutex_lock(&h->lock);
	struct hub_reader *r = h->readers;
	if (r)
		h->readers = r->next;
	(void)pthread_mutex_unlock(&h->lock);
	if (!r)
		return open_reader(h, ret, e);
	*ret = r;
	return OK;
}

void hub_reader_give(struct hub *h, struct hub_reader *r)
{
	bool damaged = catalog_is_damaged(r->search);
	(void)pthread_mutex_lock(&h->lock);
	bool old = r->file != h->file, keeps = !old && !damaged;
	r->next = keeps ? h->readers : NULL;
	if (keeps)
		h->readers = r;
	(void)pthread_mutex_unlock(&h->lock);
	if (!keeps)
		close_readers(r);
	if (damaged && !old)
		(void)hub_drop(h, FOUND_BY_READER);
}

enum err hub_new_file(struct hub *h, struct errinfo *e)
{
	struct datadir *d = ingest_datadir(h->ingest);
	(void)pthread_mutex_lock(&h->opening);
	(void)pthread_mutex_lock(&h->lock);
	struct hub_reader *idle = h->readers;
	h->readers = NULL;
	h->file++;
	(void)pthread_mutex_unlock(&h->lock);
	close_readers(idle);
	catalog_close(h->writer);
	h->writer = NULL;
	enum err err = search_remove(d, e);
	if (!err)
		err = search_open_writer(d, &h->writer, e);
	(void)pthread_mutex_unlock(&h->opening);
	return err;
}

/* ---- following ---- */

void hub_wake(struct hub *h, uint64_t last_event)
{
	(void)pthread_mutex_lock(&h->lock);
	if (last_event > h->wanted)
		h->wanted = last_event;
	(void)pthread_cond_signal(&h->wake);
	(void)pthread_mutex_unlock(&h->lock);
}

void hub_look_at(struct hub *h, struct str repo, struct str chart)
{
	struct hub_look *x = malloc(sizeof *x + repo.n + chart.n);
	(void)pthread_mutex_lock(&h->lock);
	h->looks_asked++;
	if (x && h->look_count < HUB_LOOKS_MAX) {
		char *text = (char *)(x + 1);
		memcpy(text, repo.p, repo.n);
		memcpy(text + repo.n, chart.p, chart.n);
		*x = (struct hub_look){ h->looks, str_make(text, repo.n), str_make(text + repo.n, chart.n) };
		h->looks = x;
		h->look_count++;
		x = NULL;
	} else {
		h->look_at_all = true;
	}
	(void)pthread_cond_signal(&h->wake);
	(void)pthread_mutex_unlock(&h->lock);
	free(x);
}

void hub_remake(struct hub *h)
{
	(void)pthread_mutex_lock(&h->lock);
	h->remake = true;
	(void)pthread_cond_signal(&h->wake);
	(void)pthread_mutex_unlock(&h->lock);
}

/* With the lock. */
static bool is_there(const struct hub *h, uint64_t event, uint64_t looks)
{
	return h->event >= event && h->looks_done >= looks;
}

bool hub_wait(struct hub *h, uint64_t event, unsigned ms)
{
	int64_t until = clock_monotonic() + (int64_t)ms * NS_PER_MS;
	struct timespec at = { until / NS_PER_SECOND, until % NS_PER_SECOND };
	(void)pthread_mutex_lock(&h->lock);
	if (!event)
		event = h->wanted;
	uint64_t looks = h->looks_asked;
	h->waiting++;
	if (!is_there(h, event, looks))
		(void)pthread_cond_signal(&h->wake);
	while (!is_there(h, event, looks) && event <= h->event + HUB_WAIT_EVENTS && !h->stopped &&
	       !h->ending &&
	       pthread_cond_clockwait(&h->caught_up, &h->lock, CLOCK_MONOTONIC, &at) == 0)
		;
	bool there = is_there(h, event, looks);
	h->waiting--;
	(void)pthread_mutex_unlock(&h->lock);
	return there;
}

enum err hub_wait_purged(struct hub *h, uint64_t event, struct errinfo *e)
{
	if (hub_wait(h, event, HUB_PURGE_WAIT_MS) && !atomic_load(&h->sweep_ns))
		return OK;
	return ERR(e, BUSY, "it is out of the repository, but search.db may have some of it for a minute or two; "
	           "purge it again to see whether it is gone");
}

/* With the lock. */
static uint64_t behind(const struct hub *h)
{
	return h->wanted > h->event ? h->wanted - h->event : 0;
}

bool hub_is_incomplete(struct hub *h)
{
	(void)pthread_mutex_lock(&h->lock);
	bool incomplete = behind(h) > (h->event ? HUB_BEHIND_EVENTS : 0) || h->remake;
	(void)pthread_mutex_unlock(&h->lock);
	return incomplete;
}

void hub_stats(struct hub *h, struct hub_stats *ret)
{
	struct hub_stats s = { .generation = atomic_load(&h->table.generation),
	                       .searches = atomic_load(&h->searches), .search_ns = atomic_load(&h->search_ns) };
	(void)pthread_rwlock_rdlock(&h->table.lock);
	s.charts = h->table.count;
	for (size_t at = 0; at < s.charts; at = charts_next_repo(h->table.charts, s.charts, at))
		s.repositories++;
	(void)pthread_rwlock_unlock(&h->table.lock);
	(void)pthread_mutex_lock(&h->lock);
	s.event = h->event;
	s.behind = behind(h);
	s.unread = h->unread;
	s.stopped = h->stopped;
	(void)pthread_mutex_unlock(&h->lock);
	*ret = s;
}

/* ---- charts and versions ---- */

struct hub_chart *hub_chart_get(struct hub *h, struct str repo, struct str name)
{
	(void)pthread_rwlock_rdlock(&h->table.lock);
	struct hub_chart *c = table_at(&h->table, repo, name);
	if (c)
		(void)chart_ref(c);
	(void)pthread_rwlock_unlock(&h->table.lock);
	return c;
}

uint64_t hub_used_by(struct hub *h, struct str repo, struct str name, const struct hub_viewer *v)
{
	(void)pthread_rwlock_rdlock(&h->table.lock);
	const struct hub_chart *c = table_at(&h->table, repo, name);
	uint64_t count = c ? uses_count(h->table.uses, c, v) : 0;
	(void)pthread_rwlock_unlock(&h->table.lock);
	return count;
}

/* Few say so by annotation, and only their lines are read: some charts say of every version that it is none. A
 * line that cannot be read says nothing.                                                       */
bool hub_is_prerelease(const struct rope_version *v)
{
	AUTO_ARENA struct arena a = { 0 };
	static const struct str annotation = STR("\"artifacthub.io/prerelease\""), no = STR(":\"false\"");
	struct index_entry entry;
	struct errinfo ignored = { 0 };
	struct semver version;
	if (semver_parse(v->version, &version) && version.pre.n)
		return true;
	const char *said = memmem(v->line.p, v->line.n, annotation.p, annotation.n);
	return said && !str_starts(str_from(v->line, (size_t)(said - v->line.p) + annotation.n), no) &&
	       !index_entry_read(&a, v->line, &entry, &ignored) && chart_is_prerelease(&entry.meta);
}

size_t hub_shown(const struct rope_version *list, size_t count)
{
	struct semver v;
	for (size_t i = 0; i < count; i++)
		if (semver_parse(list[i].version, &v) && !hub_is_prerelease(&list[i]))
			return i;
	return 0;
}

enum err hub_versions(struct hub *h, struct arena *a, struct str repo, struct str name,
                      struct hub_versions *ret, struct errinfo *e)
{
	struct hub_versions v = { .snapshot = ingest_snapshot(h->ingest, repo) };
	if (!v.snapshot)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(repo));
	enum err err = rope_chart(a, v.snapshot->json, name, &v.list, &v.count, e);
	if (!err && !v.count)
		err = ERR(e, NOT_FOUND, "there is no chart \"%.*s\" in %.*s", STR_ARG(name), STR_ARG(repo));
	if (err)
		snapshot_unref(v.snapshot);
	else
		*ret = v;
	return err;
}

void hub_versions_done(struct hub_versions *v)
{
	snapshot_unref(v->snapshot);
	*v = (struct hub_versions){ 0 };
}

/* With the lock: whether the viewer sees it is asked once a repository. */
static enum err collect(struct hub_table *t, struct arena *a, const struct hub_viewer *v,
                        struct str repo, struct hub_charts *to, struct errinfo *e)
{
	size_t first = repo.n ? charts_find(t->charts, t->count, repo, STR("")) : 0, end = t->count;
	if (repo.n && first < end)
		end = str_eq(t->charts[first]->repo, repo) ? charts_next_repo(t->charts, end, first) : first;
	to->list = arena_array(a, end - first + 1, sizeof(void *));
	if (!to->list)
		return ERR(e, NOMEM, "list of charts");
	for (size_t at = first, next; at < end; at = next) {
		next = charts_next_repo(t->charts, end, at);
		bool sees = hub_sees(v, t->charts[at]->repo);
		for (size_t i = at; i < next && sees; i++)
			to->list[to->count++] = chart_ref(t->charts[i]);
	}
	return OK;
}

enum err hub_charts(struct hub *h, struct arena *a, const struct hub_viewer *v, struct str repo,
                    struct hub_charts *ret, struct errinfo *e)
{
	struct hub_charts found = { 0 };
	(void)pthread_rwlock_rdlock(&h->table.lock);
	enum err err = collect(&h->table, a, v, repo, &found, e);
	(void)pthread_rwlock_unlock(&h->table.lock);
	if (!err)
		*ret = found;
	return err;
}

enum err hub_deprecated(struct hub *h, struct arena *a, const struct hub_viewer *v, struct str name,
                        size_t limit, struct hub_charts *ret, struct errinfo *e)
{
	struct hub_charts found = { .list = arena_array(a, limit + 1, sizeof(void *)) };
	struct hub_table *t = &h->table;
	struct str joined;
	if (!found.list)
		return ERR(e, NOMEM, "list of charts");
	enum err err = name_joined(a, name, &joined, e);
	if (err)
		return err;
	(void)pthread_rwlock_rdlock(&t->lock);
	for (size_t i = 0; i < t->row_count && found.count < limit && joined.n; i++) {
		const struct hub_row *row = &t->rows[i];
		if (row->chart && row->deprecated && str_eq(row->chart->joined, joined) &&
		    hub_sees(v, row->chart->repo))
			found.list[found.count++] = chart_ref(row->chart);
	}
	(void)pthread_rwlock_unlock(&t->lock);
	*ret = found;
	return OK;
}

void hub_charts_done(struct hub_charts *c)
{
	for (size_t i = 0; i < c->count; i++)
		hub_chart_unref(c->list[i]);
	*c = (struct hub_charts){ 0 };
}

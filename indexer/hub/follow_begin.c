/* Where the follower begins: at the event that search.db says it has. Without such a place (a new
 * search.db, one of another log) it looks at all versions of all repositories instead.        */
#include "indexer/base/auto.h"
#include "indexer/base/log.h"
#include "indexer/hub/follow.h"

#define BATCH_CHARTS 32u             /* of a repository that is looked at as a whole */

/* ---- from the beginning ---- */

static enum err look_at_repos(struct hub *h, struct arena *a, struct str **ret, size_t *ret_count,
                              struct errinfo *e)
{
	struct repo_info *infos;
	struct str *kept, *all;
	size_t info_count, kept_count;
	enum err err = ingest_repos(h->ingest, a, &infos, &info_count, e);
	if (!err)
		err = search_repos(h->writer, a, &kept, &kept_count, e);
	if (err)
		return err;
	all = arena_array(a, info_count + kept_count + 1, sizeof *all);
	if (!all)
		return ERR(e, NOMEM, "repositories");
	for (size_t i = 0; i < info_count; i++)
		all[i] = infos[i].name;
	if (kept_count)
		memcpy(all + info_count, kept, kept_count * sizeof *kept);
	*ret = all;
	*ret_count = info_count + kept_count;
	return OK;
}

static bool is_ending(struct hub *h)
{
	(void)pthread_mutex_lock(&h->lock);
	bool ending = h->ending;
	(void)pthread_mutex_unlock(&h->lock);
	return ending;
}

enum err follow_look_at(struct hub *h, struct str repo, const struct str *names, size_t count,
                        struct errinfo *e)
{
	struct sync s = { .h = h };
	enum err err = catalog_begin(h->writer, e);
	if (err)
		return err;
	for (size_t i = 0; i < count && !err; i++)
		err = sync_whole_chart(&s, repo, names[i], e);
	return follow_end(h, &s, err, e);
}

enum err follow_look_over(struct hub *h, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str *repos;
	size_t count = 0;
	enum err err = look_at_repos(h, &a, &repos, &count, e);
	for (size_t i = 0; !err && i < count; i++) {
		AUTO_ARENA struct arena names_arena = { 0 };
		struct str *names;
		size_t n;
		err = sync_names(h, &names_arena, repos[i], &names, &n, e);
		for (size_t at = 0; !err && at < n && !is_ending(h); at += BATCH_CHARTS)
			err = follow_look_at(h, repos[i], names + at,
			                     n - at < BATCH_CHARTS ? n - at : BATCH_CHARTS, e);
	}
	return err;
}

static enum err look_at_all(struct hub *h, uint64_t event, const char *leaf, struct errinfo *e)
{
	enum err err = follow_look_over(h, e);
	if (err || is_ending(h))
		return err;
	err = catalog_begin(h->writer, e);
	if (!err)
		err = follow_note_place(h, event, leaf, e);
	if (!err)
		err = catalog_commit(h->writer, e);
	if (err)
		catalog_rollback(h->writer);
	return err;
}

/* ---- where to begin ---- */

struct place {
	uint64_t event;
	char leaf[SHA256_HEX_BYTES + 1];
};

/* The event itself, or the last one with 0. */
static enum err read_place(void *ctx, struct catalog *c, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct place *p = ctx;
	struct event ev = { 0 };
	uint64_t at = p->event;
	enum err err = at ? OK : catalog_log_size(c, &at, e);
	if (!err)
		err = catalog_event(c, &a, at, &ev, e);
	p->event = ev.seq;
	sha256_hex(&ev.leaf, p->leaf);
	return err;
}

static bool kept_place(struct hub *h, struct arena *a, struct place *ret)
{
	struct errinfo ignored = { 0 };
	struct str event, leaf, reader;
	struct place there = { 0 };
	if (catalog_meta_get(h->writer, a, "reader", &reader, &ignored) ||
	    !str_eq_c(reader, EXTRACT_VERSION) ||
	    catalog_meta_get(h->writer, a, "event", &event, &ignored) ||
	    catalog_meta_get(h->writer, a, "leaf", &leaf, &ignored) ||
	    !str_to_u64(event, &there.event) || !there.event)
		return false;
	*ret = there;
	return !ingest_read(h->ingest, read_place, ret, &ignored) && ret->event == there.event &&
	       str_eq_c(leaf, ret->leaf);
}

static enum err load_chart(void *ctx, const struct search_chart *row, struct errinfo *e)
{
	struct hub_table *t = ctx;
	struct hub_chart *c;
	enum err err = chart_new(row, &c, e);
	return err ? err : table_put(t, c, e);
}

static enum err open_file(struct hub *h, struct errinfo *e)
{
	struct datadir *d = ingest_datadir(h->ingest);
	enum err err = search_open_writer(d, &h->writer, e);
	if (err != ERR_CORRUPT && err != ERR_NEWER)
		return err;
	LOG(LOG_WARN, "catalog.dropped", KV("reason", e->detail));
	return hub_new_file(h, e);
}

enum err follow_begin_anew(struct hub *h, struct errinfo *e)
{
	table_clear(&h->table);
	contents_clear(h->contents);
	enum err err = hub_new_file(h, e);
	return err ? err : catalog_meta_set(h->writer, "reader", STR(EXTRACT_VERSION), e);
}

enum err follow_begin(struct hub *h, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct place place = { 0 }, end = { 0 };
	struct str reader;
	struct errinfo ignored = { 0 };
	enum err err = h->writer ? OK : open_file(h, e);
	if (err)
		return err;
	if (kept_place(h, &a, &place) && !search_charts_each(h->writer, load_chart, &h->table, e)) {
		struct sync none = { .h = h };
		return follow_arrive(h, &none, place.event, e);
	}
	bool goes_on = !catalog_meta_get(h->writer, &a, "reader", &reader, &ignored) &&
	               str_eq_c(reader, EXTRACT_VERSION) &&
	               catalog_meta_get(h->writer, &a, "event", &reader, &ignored) == ERR_NOT_FOUND &&
	               !search_charts_each(h->writer, load_chart, &h->table, e);
	if (!goes_on && (err = follow_begin_anew(h, e)))
		return err;
	/* Not the log's end: what is committed right now is not visible yet. */
	(void)pthread_mutex_lock(&h->lock);
	end.event = h->wanted;
	(void)pthread_mutex_unlock(&h->lock);
	if (end.event)
		err = ingest_read(h->ingest, read_place, &end, e);
	if (!err)
		err = table_settings(&h->table, &h->options, e);
	if (!err && end.event)
		err = look_at_all(h, end.event, end.leaf, e);
	if (!err && !is_ending(h)) {
		struct sync none = { .h = h };
		err = follow_arrive(h, &none, end.event, e);
	}
	return err;
}

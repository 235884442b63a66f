/* What was collected of an index, to the writer: in parts, since everybody who publishes waits for each. */
#include "indexer/upstream/impl.h"

static enum err submit(struct reading *r, struct upstream_change *u, struct errinfo *e)
{
	struct change c;
	change_init(&c, CHANGE_UPSTREAM);
	c.repo = r->repo;
	c.actor = STR("upstream");
	u->settings = r->settings;
	c.upstream = u;
	c.source = r->source;
	enum err err = ingest_apply(r->ingest, &c);
	if (err)
		*e = c.error;
	r->added += err ? 0 : c.result.added;
	r->changed += err ? 0 : c.result.changed;
	r->gone += err ? 0 : c.result.gone;
	r->drifted += err ? 0 : c.result.drifted;
	change_done(&c);
	if (r->stored)
		atomic_fetch_add(r->stored, u->count);
	for (size_t i = 0; i < u->count && !err; i++)
		if (u->entries[i].news != UPSTREAM_GONE)
			known_stored(&r->known, &u->entries[i].remote);
	return err;
}

/* Whole charts, so that none is shown by half; one of which more changes than others can be made to wait
 * for comes in parts, in the order of the index.                                               */
static size_t chunk_end(const struct reading *r, size_t from)
{
	size_t end = from + UPSTREAM_CHUNK_VERSIONS, most = from + UPSTREAM_CHUNK_VERSIONS_MAX;
	if (end >= r->count)
		return r->count;
	while (end < r->count && end < most &&
	       str_eq(r->entries[end].remote.chart, r->entries[end - 1].remote.chart))
		end++;
	return end;
}

enum err reading_store(struct reading *r, struct upstream_change *last, struct errinfo *e)
{
	enum err err = OK;
	size_t from = 0, end = 0;
	for (; !err && (end = chunk_end(r, from)) < r->count; from = end) {
		struct upstream_change u = { .entries = r->entries + from, .count = end - from };
		err = submit(r, &u, e);
	}
	last->entries = r->entries ? r->entries + from : NULL;
	last->count = r->count - from;
	if (!err && (last->count || last->row || last->has_skipped))
		err = submit(r, last, e);
	reading_forget(r);
	return err;
}

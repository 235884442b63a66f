/* Start-up of the virtual repositories: their indexes are made from their members', whole, and say what
 * they said before.                                                                           */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/ingest/virtual_impl.h"

#define KEY_BYTES 48

/* Of a fact in the catalog: the event that its index stands at, which may be a member's. */
static void make_key(int64_t repo_id, char ret[KEY_BYTES])
{
	(void)snprintf(ret, KEY_BYTES, "virtual:%lld", (long long)repo_id);
}

enum err virtual_remember(struct catalog *c, int64_t repo_id, uint64_t event, struct errinfo *e)
{
	char key[KEY_BYTES], number[24];
	make_key(repo_id, key);
	(void)snprintf(number, sizeof number, "%llu", (unsigned long long)event);
	return catalog_meta_set(c, key, str_c(number), e);
}

static void take_newer(struct event *to, const struct snapshot *s)
{
	if (s->event > to->seq)
		*to = (struct event){ .seq = s->event, .at_ns = s->generated_ns, .leaf = s->leaf };
}

/* The one that is remembered; where none is (rows that were made anew), the newest of all that it follows
 * from. Begins with the last one of its own, which a fact about an older one cannot be behind. */
enum err virtual_last_event(struct catalog *c, const struct planned *v, struct event *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	char key[KEY_BYTES];
	struct str text;
	uint64_t seq = 0;
	struct event last, remembered = { 0 };
	enum err err = catalog_last_event(c, &a, str_c(v->repo->name), &last, e);
	if (err)
		return err;
	make_key(v->repo->id, key);
	err = catalog_meta_get(c, &a, key, &text, e);
	if (!err && str_to_u64(text, &seq) && seq > last.seq)
		err = catalog_event(c, &a, seq, &remembered, e);
	if (remembered.seq)
		last = remembered;
	if (err && err != ERR_NOT_FOUND)
		return err;
	for (size_t i = 0; err && i < v->member_count; i++)
		if (v->members[i])
			take_newer(&last, planned_snapshot(v->members[i]));
	*ret = (struct event){ .seq = last.seq, .at_ns = last.at_ns, .leaf = last.leaf };
	return OK;
}

enum err virtual_clock(struct catalog *c, const struct planned *v, int64_t *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct event ev;
	enum err err = catalog_clock_event(c, &a, str_c(v->repo->name), &ev, e);
	if (err && err != ERR_NOT_FOUND)
		return err;
	*ret = err ? 0 : ev.at_ns;
	return OK;
}

static enum err load(struct ingest *g, struct planned *v, struct errinfo *e)
{
	struct repository *r = v->repo;
	struct event last;
	struct rope *json, *yaml;
	struct snapshot *s;
	int64_t due_ns = INT64_MAX;
	enum err err = virtual_clock(g->catalog, v, &r->clock_ns, e);
	if (!err)
		err = virtual_last_event(g->catalog, v, &last, e);
	if (!err)
		err = virtual_left_out(v, &r->left_out, e);
	if (!err)
		err = virtual_ropes(g->plan, v, g->catalog, r->clock_ns, last.at_ns,
		                    settings_want_yaml(g, v->settings), &json, &yaml, &due_ns, e);
	if (err)
		return err;
	tell_server(g, json, yaml);
	err = snapshot_new(json, yaml, settings_ref(v->settings), &last, &r->left_out, &s, e);
	if (err)
		return err;
	atomic_store(&r->release_ns, due_ns);
	repository_swap(r, s);
	return OK;
}

enum err virtual_load(struct ingest *g, struct errinfo *e)
{
	enum err err = virtual_plan_new(g, &g->plan, e);
	for (size_t i = 0; !err && i < g->plan->count; i++)
		err = load(g, g->plan->order[i], e);
	return err;
}

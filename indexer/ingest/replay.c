/* One row of a table for each kind of event that concerns a version. */
#include "indexer/ingest/replay.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/format/node.h"

static uint32_t bucket_of(struct str repo, struct str file)
{
	return (uint32_t)(str_hash(file, str_hash(repo, STR_HASH_START)) % REPLAY_BUCKETS);
}

struct replayed *replay_find(const struct replay *p, struct str repo, struct str file)
{
	struct replayed *v = p->bucket[bucket_of(repo, file)];
	while (v && !(str_eq(v->repo, repo) && str_eq(v->file, file)))
		v = v->next;
	return v;
}

void replay_done(struct replay *p) { arena_done(&p->arena); }

static struct replayed *add(struct replay *p, const struct event *ev, struct str file)
{
	struct replayed *v = ARENA_NEW(&p->arena, struct replayed);
	if (!v || !arena_str(&p->arena, ev->repo, &v->repo) || !arena_str(&p->arena, ev->chart, &v->chart) ||
	    !arena_str(&p->arena, ev->version, &v->version) || !arena_str(&p->arena, file, &v->file))
		return NULL;
	uint32_t b = bucket_of(v->repo, v->file);
	v->next = p->bucket[b];
	p->bucket[b] = v;
	*p->last = v;
	p->last = &v->following;
	p->versions++;
	return v;
}

/* What each kind does to its version. */
static const struct kind { const char *name; bool makes, lives, prov, no_prov; } kinds[] = {
	{ "publish",     .makes = true, .lives = true },
	{ "import",      .makes = true, .lives = true },
	{ "overwrite",   .makes = true, .lives = true },
	{ "undelete",    .makes = true, .lives = true },
	{ "delete",      .no_prov = true },
	{ "prov",        .lives = true, .prov = true },
	{ "prov.delete", .lives = true, .no_prov = true },
};

static const struct kind *find_kind(struct str name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (str_eq_c(name, kinds[i].name))
			return &kinds[i];
	return NULL;
}

static enum err nonsense(const struct event *ev, const char *why, struct errinfo *e)
{
	return ERR(e, CORRUPT, "event %llu (%.*s): %s", (unsigned long long)ev->seq, STR_ARG(ev->kind), why);
}

/* "bytes" and "created" of a publish. */
static enum err take_publish(struct replayed *v, const struct event *ev, const struct node *detail, struct errinfo *e)
{
	if (!sha256_parse(ev->digest, &v->digest))
		return nonsense(ev, "no digest", e);
	if (!str_to_u64(node_text(node_get(detail, "bytes")), &v->bytes) ||
	    !clock_parse(node_text(node_get(detail, "created")), &v->created_ns))
		return nonsense(ev, "its detail has no bytes or created", e);
	v->event = ev->seq;
	v->has_prov = false;
	return OK;
}

static enum err take_event(struct replay *p, const struct event *ev, const struct kind *kind,
                           const struct node *detail, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	const char *made = arena_printf(&a, "%.*s-%.*s.tgz", STR_ARG(ev->chart), STR_ARG(ev->version));
	if (!made)
		return ERR(e, NOMEM, "log");
	struct str file = str_c(made);
	struct replayed *v = replay_find(p, ev->repo, file);
	if (!v && !kind->makes)
		return nonsense(ev, "there was no such version", e);
	if (!v)
		v = add(p, ev, file);
	if (!v)
		return ERR(e, NOMEM, "log");
	enum err err = kind->makes ? take_publish(v, ev, detail, e) : OK;
	v->live = kind->lives;
	if (kind->prov) {
		v->has_prov = true;
		if (!sha256_parse(ev->digest, &v->prov_digest))
			err = nonsense(ev, "no digest", e);
	} else if (kind->no_prov) {
		v->has_prov = false;
	}
	return err;
}

static enum err each(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct replay *p = ctx;
	AUTO_ARENA struct arena a = { 0 };
	const struct node *detail = NULL;
	const struct kind *kind = find_kind(ev->kind);
	p->events++;
	if (!kind)
		return OK;
	enum err err = json_read(&a, ev->detail, "detail", &detail, e);
	return err ? nonsense(ev, "its detail is not JSON", e) : take_event(p, ev, kind, detail, e);
}

enum err replay_log(struct catalog *c, struct replay *ret, struct errinfo *e)
{
	*ret = (struct replay){ .last = NULL };
	ret->last = &ret->first;
	return catalog_events_each(c, 0, each, ret, e);
}

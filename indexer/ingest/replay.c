/* What each kind of event does to its version: store/event_kind.c has the table. */
#include "indexer/ingest/replay.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/format/node.h"
#include "indexer/store/event_kind.h"

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

static enum err nonsense(const struct event *ev, const char *why, struct errinfo *e)
{
	return ERR(e, CORRUPT, "event %llu (%.*s): %s", (unsigned long long)ev->seq, STR_ARG(ev->kind), why);
}

/* A list is of the bytes that there were. */
static void take_digest(struct replayed *v, const struct sha256 *digest)
{
	v->has_images = v->has_images && sha256_eq(&v->digest, digest);
	v->digest = *digest;
}

static enum err take_images(struct replay *p, struct replayed *v, const struct node *detail, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(IMAGES_PUSHED_MAX_BYTES);
	const struct node *list = node_get(detail, "images");
	for (const struct node_item *i = list && list->kind == NODE_LIST ? list->items : NULL; i; i = i->next) {
		sbuf_put(&b, node_text(i->value));
		sbuf_putc(&b, '\n');
	}
	v->has_images = true;
	return sbuf_ok(&b) && arena_str(&p->arena, sbuf_str(&b), &v->images) ? OK : ERR(e, NOMEM, "log");
}

/* "bytes" and "created" of a publish. */
static enum err take_publish(struct replayed *v, const struct event *ev, const struct node *detail, struct errinfo *e)
{
	struct sha256 digest;
	if (!sha256_parse(ev->digest, &digest))
		return nonsense(ev, "no digest", e);
	take_digest(v, &digest);
	if (!str_to_u64(node_text(node_get(detail, "bytes")), &v->bytes) ||
	    !clock_parse(node_text(node_get(detail, "created")), &v->created_ns))
		return nonsense(ev, "its detail has no bytes or created", e);
	v->event = v->shown_from = ev->seq;
	v->live = true;
	v->has_prov = v->yanked = false;
	v->deleted_event = 0;
	return OK;
}

static void end_showing(struct replayed *v)
{
	v->shown_from = 0;
	v->yanked = false;
}

static enum err take_yank(struct replay *p, struct replayed *v, const struct node *detail,
                          struct errinfo *e)
{
	end_showing(v);
	v->yanked = true;
	return arena_str(&p->arena, node_text(node_get(detail, "reason")), &v->yank_reason)
	       ? OK : ERR(e, NOMEM, "log");
}

/* Quotes within a text are escaped: what looks like the key is the key. */
struct str replay_last_member(struct str detail, struct str key)
{
	const char *at = detail.n ? memmem(detail.p, detail.n, key.p, key.n) : NULL;
	struct str rest = at ? str_from(detail, (size_t)(at - detail.p) + key.n) : (struct str){ 0 };
	return str_first(rest, rest.n ? rest.n - 1 : 0);
}

static enum err take_prov(struct replay *p, struct replayed *v, const struct event *ev,
                          struct errinfo *e)
{
	v->has_prov = true;
	if (!arena_str(&p->arena, replay_last_member(ev->detail, STR("\"signature\":")), &v->signature))
		return ERR(e, NOMEM, "log");
	return sha256_parse(ev->digest, &v->prov_digest) ? OK : nonsense(ev, "no digest", e);
}

static enum err take_line(struct replay *p, struct replayed *v, const struct event *ev,
                          const struct node *detail, bool adds, struct errinfo *e)
{
	struct sha256 digest = { 0 };
	if ((ev->digest.n && !sha256_parse(ev->digest, &digest)) ||
	    !clock_parse(node_text(node_get(detail, "created")), &v->created_ns))
		return nonsense(ev, "its digest or its time is none", e);
	take_digest(v, &digest);
	if (adds) {
		v->event = v->event ? v->event : ev->seq;        /* who comes back was here first then */
		v->has_prov = false;
	}
	v->shown_from = ev->seq;
	v->live = v->remote = true;
	v->yanked = false;
	v->deleted_event = 0;
	return arena_str(&p->arena, node_text(node_get(detail, "line")), &v->line)
	       ? OK : ERR(e, NOMEM, "log");
}

static enum err take_leaving(struct replay *p, struct replayed *v, const struct event *ev,
                             const struct node *detail, struct errinfo *e)
{
	struct str how = node_text(node_get(detail, "left"));
	if (str_eq(how, STR("kept")))
		return OK;
	v->shown_from = 0;
	v->live = v->yanked = str_eq(how, STR("yanked"));
	v->deleted_event = v->live ? 0 : ev->seq;
	return arena_str(&p->arena, v->live ? node_text(node_get(detail, "why")) : (struct str){ 0 },
	                 &v->yank_reason) ? OK : ERR(e, NOMEM, "log");
}

static enum err take_kind(struct replay *p, struct replayed *v, const struct event *ev,
                          const struct event_kind *kind, const struct node *detail, struct errinfo *e)
{
	if (kind->does & MAKES)
		return take_publish(v, ev, detail, e);
	if (kind->does & (LINE_ADDED | LINE_CHANGED))
		return take_line(p, v, ev, detail, kind->does & LINE_ADDED, e);
	if (kind->does & LINE_GONE)
		return take_leaving(p, v, ev, detail, e);
	if (kind->does & YANKS)
		return take_yank(p, v, detail, e);
	if (kind->does & PROV)
		return take_prov(p, v, ev, e);
	if (kind->does & IMAGES)
		return take_images(p, v, detail, e);
	v->has_images = v->has_images && !(kind->does & (NO_IMAGES | PURGES));
	if (kind->does & DELETES) {
		v->purged = kind->does & PURGES;
		v->was_yanked = v->yanked && !v->purged;
		v->live = false;
		end_showing(v);
		v->deleted_event = ev->seq;
	}
	if (kind->does & UNYANKS) {
		v->yanked = false;
		v->shown_from = ev->seq;
	}
	v->has_prov = v->has_prov && !(kind->does & NO_PROV);
	return OK;
}

static enum err take_event(struct replay *p, const struct event *ev, const struct event_kind *kind,
                           const struct node *detail, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	const char *made = arena_printf(&a, "%.*s-%.*s.tgz", STR_ARG(ev->chart), STR_ARG(ev->version));
	if (!made)
		return ERR(e, NOMEM, "log");
	struct str file = str_c(made);
	struct replayed *v = replay_find(p, ev->repo, file);
	if (!v && !(kind->does & (MAKES | LINE_ADDED)))
		return nonsense(ev, "there was no such version", e);
	if (!v)
		v = add(p, ev, file);
	if (!v)
		return ERR(e, NOMEM, "log");
	v->last_event = ev->seq;
	return take_kind(p, v, ev, kind, detail, e);
}

/* ---- repositories ---- */

static void unhash(struct replay *p, struct replayed *v)
{
	struct replayed **at = &p->bucket[bucket_of(v->repo, v->file)];
	while (*at != v)
		at = &(*at)->next;
	*at = v->next;
}

/* Everything of a repository goes: under another name, or for good (`to` empty). */
static enum err move_all(struct replay *p, struct str from, struct str to, struct errinfo *e)
{
	struct str name = { 0 };
	if (to.n && !arena_str(&p->arena, to, &name))
		return ERR(e, NOMEM, "log");
	for (struct replayed **at = &p->first; *at;) {
		struct replayed *v = *at;
		if (!str_eq(v->repo, from)) {
			at = &v->following;
			continue;
		}
		unhash(p, v);
		if (!name.n) {
			*at = v->following;
			p->versions--;
			continue;
		}
		v->repo = name;
		uint32_t b = bucket_of(v->repo, v->file);
		v->next = p->bucket[b];
		p->bucket[b] = v;
		at = &v->following;
	}
	p->last = &p->first;
	while (*p->last)
		p->last = &(*p->last)->following;
	return OK;
}

static enum err take_repo(struct replay *p, const struct event *ev, const struct node *detail,
                          struct errinfo *e)
{
	struct str from = node_text(node_get(detail, "from"));
	if (str_eq_c(ev->kind, "repo.create") && from.n)
		return move_all(p, from, ev->repo, e);
	if (str_eq_c(ev->kind, "repo.delete"))
		return move_all(p, ev->repo, (struct str){ 0 }, e);
	return OK;
}

static enum err each(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct replay *p = ctx;
	AUTO_ARENA struct arena a = { 0 };
	const struct node *detail = NULL;
	const struct event_kind *kind = event_kind_find(ev->kind);
	p->events++;
	bool of_version = kind && kind->does;
	if (!of_version && !str_starts(ev->kind, STR("repo.")))
		return OK;
	enum err err = json_read(&a, ev->detail, "detail", &detail, e);
	if (err)
		return err == ERR_NOMEM ? err : nonsense(ev, "its detail is not JSON", e);
	return of_version ? take_event(p, ev, kind, detail, e) : take_repo(p, ev, detail, e);
}

enum err replay_log(struct catalog *c, struct replay *ret, struct errinfo *e)
{
	*ret = (struct replay){ .last = NULL };
	ret->last = &ret->first;
	return catalog_events_each(c, 0, each, ret, e);
}

/* ---- comparing ---- */

static bool agrees_on_images(const struct replayed *v, const struct version_row *row)
{
	return v->has_images == row->has_images && (!v->has_images || str_eq(v->images, row->images));
}

static bool agrees_on_prov(const struct replayed *v, const struct version_row *row)
{
	if (!v->has_prov || !row->has_prov)
		return v->has_prov == row->has_prov;
	return sha256_eq(&v->prov_digest, &row->prov_digest) && str_eq(v->signature, row->signature);
}

bool replay_agrees(const struct replayed *v, const struct version_row *row)
{
	bool live = row->state != VERSION_DELETED;
	if (live != v->live || !sha256_eq(&row->digest, &v->digest) || row->purged != v->purged ||
	    !str_eq(row->chart, v->chart) || !str_eq(row->version, v->version) || !agrees_on_images(v, row))
		return false;
	if (live && v->remote && (!str_eq(row->line, v->line) || row->state == VERSION_DAMAGED))
		return false;
	return !live || (row->event == v->event && (v->remote || row->bytes == v->bytes) &&
	                 row->created_ns == v->created_ns && row->shown_from == v->shown_from &&
	                 row->yanked == v->yanked && agrees_on_prov(v, row) &&
	                 (!v->yanked || str_eq(row->yank_reason, v->yank_reason)));
}

enum err replay_agrees_on_settings(struct catalog *c, const struct repo_row *row, bool *ret,
                                   struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct event ev = { .detail = { 0 } };
	enum err err = catalog_settings_event(c, &a, row->name, &ev, e);
	if (err && err != ERR_NOT_FOUND)
		return err;
	struct str said = replay_last_member(ev.detail, STR("\"settings\":"));
	*ret = str_eq(row->settings, said.n ? said : STR("{}"));
	return OK;
}

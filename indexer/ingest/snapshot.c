/* What readers hold: ropes and settings of one moment, reference-counted. */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/format/keyring.h"
#include "indexer/ingest/ingest_impl.h"

void toggle_left_out(struct sha256 *left_out, const struct sha256 *digest)
{
	for (size_t i = 0; i < SHA256_BYTES; i++)
		left_out->bytes[i] ^= digest->bytes[i];
}

enum err empty_ropes(bool yaml, struct rope **ret_json, struct rope **ret_yaml, struct errinfo *e)
{
	enum err err = rope_empty(ROPE_JSON, 0, ret_json, e);
	return err || !yaml ? err : rope_empty(ROPE_YAML, 0, ret_yaml, e);
}

void tell_server(const struct ingest *g, struct rope *json, struct rope *yaml)
{
	rope_tell_server(json, g->options.server_info);
	if (yaml)
		rope_tell_server(yaml, g->options.server_info);
}

/* ---- settings ---- */

static enum err fill_settings(struct settings *s, const struct settings *base, struct str json,
                              struct errinfo *e)
{
	AUTO_SBUF struct sbuf text = sbuf_make(REPO_SETTINGS_MAX_BYTES);
	repo_settings_default(&s->values);
	enum err err = base ? repo_settings_merge(&s->arena, base->json, &s->values, e) : OK;
	if (!err && base && !base->values.keyring.n)
		s->values.keyring = STR("");     /* what settings_stored left out does not come back */
	if (!err && json.n)
		err = repo_settings_merge(&s->arena, json, &s->values, e);
	if (!err)
		err = repo_settings_check(&s->values, e);
	if (err)
		return err;
	repo_settings_json(&text, &s->values);
	if (!sbuf_ok(&text) || !arena_str(&s->arena, sbuf_str(&text), &s->json))
		return ERR(e, NOMEM, "settings");
	return OK;
}

enum err settings_new(const struct settings *base, struct str json, struct settings **ret,
                      struct errinfo *e)
{
	struct settings *s = calloc(1, sizeof *s);
	if (!s)
		return ERR(e, NOMEM, "settings");
	s->refs = 1;
	enum err err = fill_settings(s, base, json, e);
	if (err)
		settings_unref(s);
	else
		*ret = s;
	return err;
}

enum err settings_stored(struct str json, struct settings **ret, struct errinfo *e)
{
	struct settings *s = NULL;
	bool public = true;
	enum err err = settings_new(NULL, json, &s, e);
	if (!err && s->values.keyring.n)
		err = keyring_is_public(s->values.keyring, &public, e);
	if (err) {
		settings_unref(s);
		return err;
	}
	if (!public)
		s->values.keyring = STR("");
	*ret = s;
	return OK;
}

struct settings *settings_ref(struct settings *s)
{
	(void)__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
	return s;
}

void settings_unref(struct settings *s)
{
	if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	arena_done(&s->arena);
	free(s);
}

bool settings_want_yaml(const struct ingest *g, const struct settings *s)
{
	struct str format = s->values.index_format;
	return str_eq(format, STR("default")) ? g->options.yaml : str_eq(format, STR("yaml"));
}

/* ---- snapshots ---- */

enum err snapshot_new(struct rope *json, struct rope *yaml, struct settings *settings,
                      const struct event *last, const struct sha256 *left_out,
                      struct snapshot **ret, struct errinfo *e)
{
	struct { struct sha256 leaf, left_out; } about = { last->leaf, *left_out };
	struct snapshot *s = calloc(1, sizeof *s);
	enum err err = s ? OK : ERR(e, NOMEM, "snapshot");
	if (!err)
		err = sha256_of(str_make(&about, sizeof about), &s->identity, e);
	if (err) {
		free(s);
		rope_unref(json);
		rope_unref(yaml);
		settings_unref(settings);
		return err;
	}
	s->json = json;
	s->yaml = yaml;
	s->own_settings = settings;
	s->settings = &settings->values;
	s->event = last->seq;
	s->leaf = last->leaf;
	s->generated_ns = last->at_ns;
	s->damaged = memcmp(left_out, &(struct sha256){ 0 }, sizeof *left_out) != 0;
	s->refs = 1;
	*ret = s;
	return OK;
}

void snapshot_unref(struct snapshot *s)
{
	if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	rope_unref(s->json);
	rope_unref(s->yaml);
	settings_unref(s->own_settings);
	free(s);
}

struct ingest_source repository_source(const struct repository *r, const struct repo_settings *s)
{
	return (struct ingest_source){ r->id, str_hash(s->upstream, STR_HASH_START) };
}

bool ingest_source_eq(const struct ingest_source *a, const struct ingest_source *b)
{
	return a->repo_id == b->repo_id && a->address == b->address;
}

struct snapshot *repository_snapshot(struct repository *r)
{
	(void)pthread_mutex_lock(&r->lock);
	struct snapshot *s = r->now;
	if (s)
		(void)__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
	(void)pthread_mutex_unlock(&r->lock);
	return s;
}

void repository_empty(struct repository *r)
{
	const struct snapshot *now = r->now;
	const struct event last = { .seq = now->event, .leaf = now->leaf, .at_ns = now->generated_ns };
	struct rope *json = NULL, *yaml = NULL;
	struct snapshot *s;
	if (empty_ropes(now->yaml != NULL, &json, &yaml, NULL))
		rope_unref(json);
	else if (!snapshot_new(json, yaml, settings_ref(now->own_settings), &last, &r->left_out, &s, NULL))
		repository_swap(r, s);
}

enum repo_kind repository_kind(struct repository *r)
{
	struct snapshot *s = repository_snapshot(r);
	enum repo_kind kind = s ? repo_kind(s->settings) : REPO_HOSTED;
	snapshot_unref(s);
	return kind;
}

static enum visibility visibility_of(const struct snapshot *s)
{
	if (s->event == 0)                   /* being made */
		return REPO_ABSENT;
	return s->settings->private ? REPO_PRIVATE : REPO_PUBLIC;
}

void repository_swap(struct repository *r, struct snapshot *s)
{
	(void)pthread_mutex_lock(&r->lock);
	struct snapshot *old = r->now;
	r->now = s;
	(void)pthread_mutex_unlock(&r->lock);
	atomic_store(&r->visibility, visibility_of(s));
	snapshot_unref(old);
}

/* An archive, from the disk or from its upstream, into a chart. */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/hub/contents_parts.h"
#include "indexer/ingest/versions.h"

void contents_unref(struct contents *c)
{
	if (!c || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	chart_scratch_done(&c->scratch);
	arena_done(&c->made_arena);
	arena_done(&c->arena);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}

static enum err name_file(struct contents *c, struct str repo, struct str name, struct str version,
                          struct errinfo *e)
{
	struct chart_meta m = { .name = name, .version = version };
	if (!arena_str(&c->arena, repo, &c->repo) || !arena_str(&c->arena, name, &c->name) ||
	    !arena_str(&c->arena, version, &c->version))
		return ERR(e, NOMEM, "contents");
	c->says_name = c->name;
	c->says_version = c->version;
	struct errinfo why = { 0 };
	enum err err = chart_file_name(&c->arena, &m, &c->file, &why);
	if (err == ERR_METADATA)
		return ERR(e, NOT_FOUND, "there is no such version");
	return err ? err_set(e, err, "%s", why.detail) : OK;
}

static enum err new_contents(struct str repo, struct str name, struct str version,
                             struct contents **ret, struct errinfo *e)
{
	struct contents *c = calloc(1, sizeof *c);
	if (!c)
		return ERR(e, NOMEM, "contents");
	c->refs = 1;
	(void)pthread_mutex_init(&c->lock, NULL);
	enum err err = name_file(c, repo, name, version, e);
	if (err)
		contents_unref(c);
	else
		*ret = c;
	return err;
}

static enum err verify(struct hub *h, struct contents *c, struct str packed, struct errinfo *e)
{
	struct sha256 have;
	enum err err = sha256_of(packed, &have, e);
	if (err || sha256_eq(&have, &c->digest))
		return err;
	ingest_report_damage(h->ingest, c->repo, c->file);
	return ERR(e, DAMAGED, "%.*s is damaged", STR_ARG(c->file));
}

/* Of a version that was looked for by its file's name: it may be another one's. */
static bool is_other(const struct contents *c)
{
	return !str_eq(c->chart.meta.name, c->says_name) || !str_eq(c->chart.meta.version, c->says_version);
}

static enum err tell_other(const struct contents *c, struct errinfo *e)
{
	if (!c->of_upstream)
		return ERR(e, NOT_FOUND, "there is no such version");
	return ERR(e, UPSTREAM, "upstream chart rejected: Chart.yaml says %.*s %.*s, the upstream's index says "
	           "%.*s %.*s", STR_ARG(c->chart.meta.name), STR_ARG(c->chart.meta.version),
	           STR_ARG(c->says_name), STR_ARG(c->says_version));
}

static enum err unpack(struct contents *c, struct str packed, struct errinfo *e)
{
	enum err err = chart_read(&c->arena, &c->scratch, packed, &c->chart, e);
	if (!err && is_other(c))
		err = tell_other(c, e);
	free(c->scratch.good_values);        /* of no use to anybody any more */
	c->scratch.good_values = NULL;
	c->packed_bytes = packed.n;
	c->unpacked_bytes = c->scratch.inflated.capacity;
	c->cost = c->arena.used + c->scratch.inflated.capacity + sizeof *c;
	return err;
}

/* ---- what is at an upstream ---- */

static bool is_of_upstream(struct hub *h, struct str repo)
{
	struct snapshot *s = ingest_snapshot(h->ingest, repo);
	bool is = s && repo_kind(s->settings) == REPO_UPSTREAM;
	snapshot_unref(s);
	return is;
}

/* The row knows the file, whatever the chart inside calls itself. */
static enum err name_upstream_file(struct hub *h, struct contents *c, struct str repo,
                                   struct str name, struct str version, struct errinfo *e)
{
	struct version_row row;
	enum err err = ingest_version(h->ingest, &c->arena, repo, name, version, &row, e);
	if (err)
		return err;
	if (row.state == VERSION_DELETED)
		return ERR(e, NOT_FOUND, "there is no such version");
	c->of_upstream = true;
	c->says_name = index_line_text(row.line, "name");
	c->says_version = index_line_text(row.line, "version");
	c->absent = row.absent;
	c->file = row.file;
	c->digest = row.digest;
	c->promised = !sha256_eq(&row.digest, &(struct sha256){ 0 });
	return c->promised ? OK : sha256_of(row.line, &c->digest, e);
}

enum err contents_not_here(const struct contents *c, struct errinfo *e)
{
	return ERR(e, ABSENT, "%.*s is at the upstream alone", STR_ARG(c->file));
}

static enum err fetch(struct hub *h, const struct contents *c, char **ret, size_t *ret_bytes,
                      struct errinfo *e)
{
	const struct hub_options *o = &h->options;
	if (!o->fetch)
		return contents_not_here(c, e);
	bool room = atomic_fetch_add(&h->fetching, 1) < HUB_FETCHES_MAX;
	enum err err = room ? o->fetch(o->fetch_ctx, c->repo, c->file, ret, ret_bytes, e)
	                    : ERR(e, BUSY, "other charts are being fetched from their upstreams right now");
	atomic_fetch_sub(&h->fetching, 1);
	return err;
}

static enum err verify_fetched(const struct contents *c, struct str packed, struct errinfo *e)
{
	struct sha256 have;
	enum err err = sha256_of(packed, &have, e);
	if (err || !c->promised || sha256_eq(&have, &c->digest))
		return err;
	return ERR(e, DIGEST, "the upstream sent other bytes than its index promises for %.*s",
	           STR_ARG(c->file));
}

enum err contents_of_line(struct str repo, struct str name, const struct rope_version *v,
                          struct contents **ret, struct errinfo *e)
{
	struct index_entry entry;
	struct str line;
	struct contents *c;
	enum err err = new_contents(repo, name, v->version, &c, e);
	if (err)
		return err;
	err = arena_str(&c->arena, v->line, &line) ? index_entry_read(&c->arena, line, &entry, e)
	                                           : ERR(e, NOMEM, "contents");
	if (err) {
		contents_unref(c);
		return err;
	}
	c->chart.meta = entry.meta;
	c->chart.meta.name = c->name;
	c->absent = true;
	*ret = c;
	return OK;
}

/* ---- a version ---- */

enum err contents_fill(struct hub *h, struct contents *c, int fd, struct errinfo *e)
{
	AUTO_FREE char *packed = NULL;
	size_t bytes = 0;
	enum err err = c->absent ? fetch(h, c, &packed, &bytes, e)
	                         : fs_read_fd(fd, CHART_UNPACKED_MAX_BYTES, &packed, &bytes, e);
	if (!err)
		err = c->absent ? verify_fetched(c, str_make(packed, bytes), e)
		                : verify(h, c, str_make(packed, bytes), e);
	return err ? err : unpack(c, str_make(packed, bytes), e);
}

static enum err look_up_file(struct hub *h, struct contents *c, struct stored_file *ret_file,
                             struct errinfo *e)
{
	enum err err = ingest_file(h->ingest, c->repo, c->file, ret_file, e);
	if (err == ERR_DAMAGED)
		ingest_report_damage(h->ingest, c->repo, c->file);
	if (!err)
		c->digest = ret_file->digest;
	return err;
}

/* An entry with its names, and the file it would be of. */
enum err contents_look_up(struct hub *h, struct str repo, struct str name, struct str version,
                        struct contents **ret, struct stored_file *ret_file, struct errinfo *e)
{
	struct contents *c;
	enum err err = new_contents(repo, name, version, &c, e);
	if (err)
		return err;
	if (is_of_upstream(h, repo))
		err = name_upstream_file(h, c, repo, name, version, e);
	if (!err && !c->absent)
		err = look_up_file(h, c, ret_file, e);
	if (err)
		contents_unref(c);
	else
		*ret = c;
	return err;
}

enum err contents_read(struct hub *h, struct str repo, struct str name, struct str version,
                       struct contents **ret, struct errinfo *e)
{
	struct contents *c;
	struct stored_file file = { .fd = -1 };
	enum err err = contents_look_up(h, repo, name, version, &c, &file, e);
	if (err)
		return err;
	err = c->absent ? contents_not_here(c, e) : contents_fill(h, c, file.fd, e);
	auto_close(&file.fd);
	if (err)
		contents_unref(c);
	else
		*ret = c;
	return err;
}

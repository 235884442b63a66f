/* What is let into a virtual repository: promoted by hand, with a reason, or because its cool-down ended.
 * Each is an event of the virtual repository. A promotion is of bytes: other bytes under the same version
 * are not promoted.                                                                           */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/ingest/virtual_impl.h"

/* ---- by hand ---- */

static enum err name_promoted(struct change *c)
{
	const char *file = arena_printf(&c->arena, "%.*s-%.*s.tgz", STR_ARG(c->chart), STR_ARG(c->version));
	c->result.name = c->chart;
	c->result.version = c->version;
	c->result.file = str_c(file);
	return file ? OK : ERR(&c->error, NOMEM, "names");
}

static enum err find_owner(struct batch *b, struct repository *r, struct change *c, struct walk *w,
                           struct planned **ret)
{
	struct virtual_plan *plan;
	enum err err = batch_plan(b, &plan, &c->error);
	if (err)
		return err;
	struct planned *v = virtual_plan_find(plan, r);
	walk_begin(w, plan, b->g->catalog, &b->arena, c->chart);
	err = walk_claim(w, v, &c->error);
	if (err)
		return err;
	if (!v->owner)
		return ERR(&c->error, NOT_FOUND, "no member of \"%s\" has a chart %.*s that may stand there",
		           r->name, STR_ARG(c->chart));
	const struct repository *from = c->member.n ? repository_meant(b->g, c->member) : NULL;
	const struct planned *source = walk_source(v->owner);
	if (c->member.n && from != v->owner->repo && (!source || from != source->repo))
		return ERR(&c->error, INVALID, "the chart %.*s of \"%s\" does not come from \"%.*s\"",
		           STR_ARG(c->chart), r->name, STR_ARG(c->member));
	*ret = v->owner;
	return OK;
}

/* NOT_FOUND. */
static enum err find_promotion(struct batch *b, struct repository *r, struct change *c,
                               struct release_row *ret)
{
	struct release_row *rows;
	size_t count;
	enum err err = catalog_releases(b->g->catalog, &b->arena, r->id, c->chart, &rows, &count, &c->error);
	for (size_t i = 0; i < count && !err; i++)
		if (str_eq(rows[i].version, c->version)) {
			*ret = rows[i];
			return OK;
		}
	return err ? err : ERR(&c->error, NOT_FOUND, "%.*s %.*s was not promoted to \"%s\"",
	                       STR_ARG(c->chart), STR_ARG(c->version), r->name);
}

static enum err log_by_hand(struct batch *b, struct repository *r, struct change *c, const char *kind,
                            const struct sha256 *digest)
{
	struct str detail = batch_reason(b, c);
	if (!detail.n)
		return ERR(&c->error, NOMEM, "event");
	sha256_hex(digest, c->result.digest);
	return batch_log(b, c, r, kind, c->result.digest, detail);
}

static enum err promote(struct batch *b, struct repository *r, struct change *c, struct release_row *row)
{
	enum err err = log_by_hand(b, r, c, "promote", &row->digest);
	row->event = c->result.event;
	return err ? err : catalog_release_put(b->g->catalog, r->id, row, &c->error);
}

enum err apply_promote(struct batch *b, struct repository *r, struct change *c)
{
	struct walk w;
	struct planned *owner;
	struct rope_version version;
	struct release_row was, row = { .chart = c->chart, .version = c->version };
	enum err err = name_promoted(c);
	if (!err)
		err = find_owner(b, r, c, &w, &owner);
	if (!err && !rope_version(planned_rope(owner), c->chart, c->version, &version))
		err = ERR(&c->error, NOT_FOUND, "the member that has this name has no %.*s %.*s", STR_ARG(c->chart),
		          STR_ARG(c->version));
	if (err)
		return err;
	if (!index_line_digest(version.line, &row.digest))
		return ERR(&c->error, INVALID, "nobody knows the bytes of %.*s %.*s yet: its upstream's index promises "
		           "no digest; pull it from there once, then promote what came",
		           STR_ARG(c->chart), STR_ARG(c->version));
	err = find_promotion(b, r, c, &was);
	c->result.existing = !err && sha256_eq(&was.digest, &row.digest);
	if (err && err != ERR_NOT_FOUND)
		return err;
	if (c->result.existing || c->dry_run)
		return OK;
	err = promote(b, r, c, &row);
	b->failed |= err != OK;
	return err;
}

enum err apply_unpromote(struct batch *b, struct repository *r, struct change *c)
{
	struct release_row was;
	enum err err = name_promoted(c);
	if (!err)
		err = find_promotion(b, r, c, &was);
	if (err || c->dry_run)
		return err;
	err = log_by_hand(b, r, c, "unpromote", &was.digest);
	if (!err)
		err = catalog_release_remove(b->g->catalog, r->id, c->chart, c->version, &c->error);
	b->failed |= err != OK;
	return err;
}

/* ---- by time ---- */

/* Done when the batch knows what the members have. */
enum err apply_release(struct batch *b, struct repository *r, struct change *c)
{
	struct batch_repo *br = batch_repo(b, r);
	b->failed |= !br;
	if (!br)
		return ERR(&c->error, NOMEM, "batch");
	br->releases = c;
	c->result.added = 0;
	return OK;
}

static bool has_version(const struct rope_version *list, size_t count, struct str version)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(list[i].version, version))
			return true;
	return false;
}

static enum err log_release(struct batch *b, struct repository *r, struct change *c, struct str chart,
                            const struct rope_version *version)
{
	struct sha256 digest;
	char hex[SHA256_HEX_BYTES + 1] = "";
	if (index_line_digest(version->line, &digest))
		sha256_hex(&digest, hex);
	c->result.name = chart;
	c->result.version = version->version;
	c->result.added++;
	return batch_log(b, c, r, "release", hex, STR("{}"));
}

static enum err log_chart(struct batch *b, struct walk *w, struct planned *v, int64_t now_ns)
{
	struct change *c = v->repo->batch->releases;
	struct rope_version *was, *is;
	size_t was_count, is_count = 0;
	int64_t due_ns = INT64_MAX;
	enum err err = virtual_chart(w, v, v->repo->clock_ns, &was, &was_count, &due_ns, &c->error);
	if (!err && due_ns <= now_ns)
		err = virtual_chart(w, v, now_ns, &is, &is_count, &due_ns, &c->error);
	for (size_t i = 0; i < is_count && !err; i++)
		if (!has_version(was, was_count, is[i].version))
			err = log_release(b, v->repo, c, w->chart, &is[i]);
	return err;
}

enum err virtual_log_releases(struct batch *b, struct planned *v, struct errinfo *e)
{
	AUTO_ARENA struct arena names_arena = { 0 };
	struct str *names;
	size_t count = 0;
	struct batch_repo *br = v->repo->batch;
	struct change *c = br->releases;
	struct virtual_plan *plan;
	int64_t now_ns = clock_wall();
	enum err err = batch_plan(b, &plan, &c->error);
	if (!err)
		err = virtual_names(&names_arena, v, &names, &count, &c->error);
	for (size_t i = 0; i < count && !err; i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct walk w;
		walk_begin(&w, plan, b->g->catalog, &a, names[i]);
		err = log_chart(b, &w, v, now_ns);
	}
	c->result.name = c->result.version = (struct str){ 0 };
	if (err)
		return err_set(e, err, "%s", c->error.detail);
	if (c->result.added)
		br->clock_ns = br->last.at_ns;
	return OK;
}

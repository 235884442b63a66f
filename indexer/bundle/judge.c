/* What becomes of the versions of a staged bundle: told beforehand, and done. */
#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/lines.h"
#include "indexer/bundle/stage_impl.h"
#include "indexer/format/repo_settings_judge.h"

enum err bundle_staged_each(const struct bundle_staged *s, bundle_visit_version *each, void *ctx,
                            struct errinfo *e)
{
	struct lines l;
	bool end = false;
	enum err err = lines_open(s->dir, &s->versions, BUNDLE_VERSIONS, BUNDLE_VERSION_LINE_MAX_BYTES, &l, e);
	if (err)
		return err;
	while (!err && !end) {
		AUTO_ARENA struct arena a = { 0 };
		struct str line;
		struct bundle_version v;
		err = lines_next(&l, &line, &end, e);
		if (!err && !end)
			err = bundle_version_parse(&a, line, &v, e);
		if (!err && !end)
			err = each(ctx, &v, e);
	}
	lines_close(&l);
	return err;
}

/* ---- the report ---- */

struct judging {
	const struct bundle_staged *s;
	const struct staged_repo *repo;
	struct repo_usage *usage;        /* of each repository, with what was judged so far */
	bundle_judged *each;
	void *ctx;
	struct bundle_report report;
};

static void find_repo(struct judging *j, struct str name)
{
	if (j->repo && str_eq(j->repo->name, name))
		return;
	for (size_t i = 0; i < j->s->repo_count; i++)
		if (str_eq(j->s->repos[i].name, name))
			j->repo = &j->s->repos[i];
}

/* What the writer refuses by a repository's settings is refused before anything is taken. */
static enum err check_rules(const struct judging *j, const struct bundle_version *i,
                            const struct bundle_verdict *v, struct errinfo *e)
{
	struct repo_usage *usage = &j->usage[j->repo - j->s->repos];
	bool comes = v->fate == FATE_ADDED || v->fate == FATE_REPLACED;
	usage->versions += (uint64_t)v->versions;
	usage->bytes += (uint64_t)v->bytes;
	if (v->puts && j->repo->signed_only && (i->has_prov ? !signature_says(i->signature, "good") : comes))
		return ERR(e, SIGNATURE, "%.*s has no good provenance file, and \"%.*s\" takes signed charts alone "
		           "here: chartlocker repo set %.*s provenance=check", STR_ARG(i->file), STR_ARG(i->repo),
		           STR_ARG(i->repo));
	return comes ? quota_check(i->repo, *usage, j->repo->most, e) : OK;
}

static enum err judge_version(void *ctx, const struct bundle_version *v, struct errinfo *e)
{
	struct judging *j = ctx;
	struct bundle_verdict verdict;
	find_repo(j, v->repo);
	enum err err = bundle_judge_item(j->s->catalog, j->repo->id, j->repo->overwrite, v, &verdict, e);
	if (!err)
		err = check_rules(j, v, &verdict, e);
	if (err)
		return err;
	j->report.versions++;
	j->report.fates[verdict.fate]++;
	if (j->each)
		j->each(j->ctx, v, &verdict);
	return OK;
}

enum err bundle_judge(const struct bundle_staged *s, bundle_judged *each, void *ctx,
                      struct bundle_report *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct judging j = { .s = s, .each = each, .ctx = ctx };
	j.usage = arena_array(&a, s->repo_count, sizeof *j.usage);
	enum err err = j.usage ? OK : ERR(e, NOMEM, "repositories");
	for (size_t i = 0; i < s->repo_count && !err; i++)
		err = s->repos[i].id ? catalog_usage(s->catalog, s->repos[i].id, &j.usage[i], e) : OK;
	if (!err)
		err = bundle_staged_each(s, judge_version, &j, e);
	if (!err)
		*ret = j.report;
	return err;
}

/* ---- taking ---- */

static enum err each_version(void *staged, bundle_visit_version *visit, void *ctx, struct errinfo *e)
{
	return bundle_staged_each(staged, visit, ctx, e);
}

/* Dependencies name it by the addresses that it has outside, unless they are none. */
static enum err first_settings(struct arena *a, struct str known_as, struct str *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(REPO_SETTINGS_MAX_BYTES);
	struct repo_settings settings;
	*ret = (struct str){ 0 };
	if (!known_as.n)
		return OK;
	repo_settings_default(&settings);
	sbuf_putc(&b, '{');
	json_text(&b, "known_as", known_as);
	sbuf_putc(&b, '}');
	if (!sbuf_ok(&b) || repo_settings_merge(a, sbuf_str(&b), &settings, NULL) ||
	    repo_settings_judge(a, STR(""), NULL, &settings, NULL))
		return OK;
	return arena_str(a, sbuf_str(&b), ret) ? OK : ERR(e, NOMEM, "settings");
}

static enum err name_signers(struct arena *a, const struct bundle_staged *s, struct str *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(BUNDLE_SIGNATURES_MAX_BYTES);
	for (size_t i = 0; i < s->signer_count; i++)
		sbuf_printf(&b, "%s%.*s", i ? " " : "", STR_ARG(s->signers[i].key.name));
	return sbuf_ok(&b) && arena_str(a, sbuf_str(&b), ret) ? OK : ERR(e, NOMEM, "bundle");
}

static struct trip_row trip_of(const struct bundle_staged *s, const struct staged_repo *r,
                               struct str signers)
{
	const struct bundle_head *h = &s->head;
	return (struct trip_row){
		.bundle = h->repo, .event = h->own.event, .leaf = h->own.leaf, .root = h->root,
		.edge = r == s->repos ? s->edge : (struct str){ 0 }, .instance = h->instance,
		.parent = h->parent.event, .at_ns = h->at_ns, .filter = h->filter, .signers = signers,
		.manifest = h->manifest, .versions = r->versions, .bytes = r->bytes,
	};
}

static enum err fill_repos(struct arena *a, const struct bundle_staged *s, struct bundle_repo **ret,
                           struct errinfo *e)
{
	struct bundle_repo *repos = arena_array(a, s->repo_count, sizeof *repos);
	struct str signers;
	enum err err = repos ? name_signers(a, s, &signers, e) : ERR(e, NOMEM, "bundle");
	for (size_t i = 0; i < s->repo_count && !err; i++) {
		repos[i].name = s->repos[i].name;
		repos[i].trip = trip_of(s, &s->repos[i], signers);
		err = first_settings(a, s->repos[i].known_as, &repos[i].settings, e);
	}
	if (!err)
		*ret = repos;
	return err;
}

enum err bundle_take(const struct bundle_staged *s, struct ingest *g, struct str actor,
                     struct audit_note *note, struct bundle_report *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct bundle_repo *repos;
	struct change c;
	enum err err = fill_repos(&a, s, &repos, e);
	if (err)
		return err;
	struct bundle_change x = {
		.each = each_version, .ctx = (void *)(uintptr_t)s, .staged = s->dir, .items = s->head.versions,
		.repos = repos, .repo_count = s->repo_count,
		.parent_leaf = s->head.parent.leaf, .force_older = s->force_older,
	};
	change_init(&c, CHANGE_BUNDLE);
	c.repo = s->head.repo;
	c.settings = repos[0].settings;
	c.actor = actor;
	c.note = note;
	c.create_repo = true;
	c.bundle = &x;
	err = ingest_apply(g, &c);
	if (err && e)
		*e = c.error;
	change_done(&c);
	bundle_change_done(&x);
	if (err)
		return err;
	*ret = (struct bundle_report){ .versions = s->head.versions };
	memcpy(ret->fates, x.fates, sizeof x.fates);
	return OK;
}

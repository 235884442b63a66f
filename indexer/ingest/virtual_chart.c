/* The versions of one chart in a virtual repository: those of the member that has the name, but for what
 * the rules leave out and what is cooling down. What somebody promoted is there whatever they say. */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/ingest/versions.h"
#include "indexer/ingest/virtual_impl.h"

struct judging {
	struct walk *w;
	const struct planned *v;
	const struct planned *source;    /* whose rows the versions are of */
	int64_t clock_ns, cooldown_ns;
	int64_t *due_ns;
	struct selection_version *judged;
	bool *cooling;
	int64_t *until_ns;
	struct release_row *promoted;
	size_t promoted_count;
	struct errinfo *e;
};

/* ---- since when this server knows it ---- */

static enum err event_time(struct catalog *c, struct arena *a, uint64_t seq, int64_t *ret, struct errinfo *e)
{
	struct event ev;
	enum err err = catalog_event(c, a, seq, &ev, e);
	if (!err)
		*ret = ev.seq ? ev.at_ns : INT64_MIN;
	return err;
}

static enum err first_seen(struct judging *x, struct arena *a, const struct version_row *row, int64_t *ret)
{
	struct remote_row remote;
	enum err err = x->source->kind == REPO_UPSTREAM
	               ? catalog_remote(x->w->catalog, a, row->repo_id, row->chart, row->version, &remote, x->e)
	               : ERR_NOT_FOUND;
	if (!err)
		*ret = remote.seen_ns;
	return err == ERR_NOT_FOUND ? event_time(x->w->catalog, a, row->event, ret, x->e) : err;
}

/* ---- one version ---- */

/* It counts from when the bytes were seen; of a version without a digest that is still to come. */
static enum err judge_cooldown(struct judging *x, struct arena *a, const struct version_row *row, size_t i)
{
	static const struct sha256 unpinned;
	int64_t seen_ns;
	x->cooling[i] = x->source && x->source->kind == REPO_UPSTREAM && sha256_eq(&row->digest, &unpinned);
	if (x->cooling[i]) {
		x->w->unpinned++;
		return OK;
	}
	enum err err = first_seen(x, a, row, &seen_ns);
	if (err)
		return err;
	int64_t until_ns = seen_ns < 0 ? seen_ns : seen_ns + x->cooldown_ns;
	x->until_ns[i] = until_ns;
	x->cooling[i] = until_ns > x->clock_ns;
	if (x->cooling[i] && until_ns < *x->due_ns)
		*x->due_ns = until_ns;
	return OK;
}

/* Of a line that an older program took as it was nobody knows what it says. */
static enum err judge_entry(struct judging *x, struct arena *a, struct str line, bool verified,
                            size_t i)
{
	struct index_entry entry;
	enum err err = index_entry_read(a, line, &entry, x->e);
	if (err == ERR_METADATA) {
		x->judged[i].verdict = SELECTION_UNREADABLE;
		return OK;
	}
	return err ? err : selection_judge(x->v->selection, x->w->chart, &entry, verified,
	                                   &x->judged[i].verdict, x->e);
}

static enum err judge_version(struct judging *x, const struct rope_version *version, size_t i)
{
	AUTO_ARENA struct arena a = { 0 };
	struct version_row row = { 0 };
	const struct repo_settings *s = &x->v->settings->values;
	bool verified = false;
	enum err err = OK;
	if (x->source && (s->take_signed || x->cooldown_ns)) {
		err = catalog_version(x->w->catalog, &a, x->source->repo->id, x->w->chart, version->version,
		                      &row, x->e);
		verified = !err && repo_verifies(&x->source->settings->values) &&
		           verdict_is_verified(version_verdict(&a, &row));
	}
	x->judged[i] = (struct selection_version){ .version = version->version };
	if (!err && x->v->judges_entries)
		err = judge_entry(x, &a, version->line, verified, i);
	if (!err && x->cooldown_ns && x->judged[i].verdict == SELECTION_TAKEN)
		err = judge_cooldown(x, &a, &row, i);
	return err;
}

/* ---- together ---- */

/* The same bytes that somebody said yes to. */
static bool is_promoted(const struct judging *x, const struct rope_version *version)
{
	struct sha256 digest;
	bool known = index_line_digest(version->line, &digest);
	for (size_t i = 0; i < x->promoted_count && known; i++)
		if (str_eq(x->promoted[i].version, version->version))
			return sha256_eq(&x->promoted[i].digest, &digest);
	return false;
}

/* What cools down does not count as one of the newest. */
static void trim(struct judging *x, struct selection_version *fit, size_t *place, size_t count)
{
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
		if (!x->cooling[i]) {
			place[n] = i;
			fit[n++] = x->judged[i];
		}
	selection_trim(x->v->selection, fit, n);
	for (size_t i = 0; i < n; i++)
		x->judged[place[i]] = fit[i];
}

static enum err judge_all(struct judging *x, struct rope_version *versions, size_t *count)
{
	size_t n = *count, kept = 0;
	struct arena *a = x->w->arena;
	struct selection_version *fit = arena_array(a, n + 1, sizeof *fit);
	size_t *place = arena_array(a, n + 1, sizeof *place);
	x->judged = arena_array(a, n + 1, sizeof *x->judged);
	x->cooling = arena_array(a, n + 1, sizeof *x->cooling);
	x->until_ns = arena_array(a, n + 1, sizeof *x->until_ns);
	if (!fit || !place || !x->judged || !x->cooling || !x->until_ns)
		return ERR(x->e, NOMEM, "versions");
	enum err err = catalog_releases(x->w->catalog, a, x->v->repo->id, x->w->chart, &x->promoted,
	                                &x->promoted_count, x->e);
	bool named = selection_takes_name(x->v->selection, x->w->chart);
	for (size_t i = 0; i < n && !err; i++) {
		x->judged[i] = (struct selection_version){ .verdict = SELECTION_NAME };
		err = named ? judge_version(x, &versions[i], i) : OK;
	}
	if (err)
		return err;
	trim(x, fit, place, n);
	for (size_t i = 0; i < n; i++)
		if ((x->judged[i].verdict == SELECTION_TAKEN && !x->cooling[i]) || is_promoted(x, &versions[i])) {
			x->until_ns[kept] = x->until_ns[i];
			versions[kept++] = versions[i];
		}
	*count = kept;
	x->w->until_ns = x->cooldown_ns ? x->until_ns : NULL;
	return OK;
}

bool virtual_takes_all(const struct planned *v, struct str chart)
{
	return !v->judges_entries && !v->settings->values.cooldown_days &&
	       selection_takes_name(v->selection, chart);
}

enum err virtual_chart(struct walk *w, struct planned *v, int64_t clock_ns, struct rope_version **ret,
                       size_t *ret_count, int64_t *due_ns, struct errinfo *e)
{
	const struct repo_settings *s = &v->settings->values;
	struct judging x = { .w = w, .v = v, .clock_ns = clock_ns, .due_ns = due_ns, .e = e,
	                     .cooldown_ns = (int64_t)s->cooldown_days * NS_PER_DAY };
	enum err err = walk_claim(w, v, e);
	*ret_count = 0;
	w->until_ns = NULL;
	w->unpinned = 0;
	if (err || !v->owner)
		return err;
	err = rope_chart(w->arena, planned_rope(v->owner), w->chart, ret, ret_count, e);
	if (!err && !virtual_takes_all(v, w->chart)) {
		x.source = walk_source(v->owner);
		err = judge_all(&x, *ret, ret_count);
	}
	for (size_t i = 0; i < *ret_count && !err; i++)
		(*ret)[i].member = v->owner_at;
	return err ? err : virtual_files(w, v, *ret, ret_count, e);
}

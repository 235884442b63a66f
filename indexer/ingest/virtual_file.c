/* Names of files in a virtual repository. No repository gives one to two charts, but two members may: "kafka"
 * 3-1.0.0 and "kafka-3" 1.0.0 are both kafka-3-1.0.0.tgz. One of them has it, and the other is not in the
 * index: what is hosted here goes before what is not, then the order of the members counts. What rules leave
 * out has its file name all the same: it may be promoted.                                     */
#include "indexer/base/auto.h"
#include "indexer/format/semver.h"
#include "indexer/ingest/virtual_impl.h"

#define STEM_BYTES CHART_FILE_NAME_MAX_BYTES

bool file_split(struct str stem, size_t *at, struct str *ret_chart, struct str *ret_version)
{
	for (size_t i = *at + 1; i + 1 < stem.n; i++)
		if (stem.p[i] == '-') {
			*at = i;
			*ret_chart = str_first(stem, i);
			*ret_version = str_from(stem, i + 1);
			return true;
		}
	return false;
}

/* Empty: no file can have its name. */
static struct str put_stem(char to[STEM_BYTES], struct str chart, struct str version)
{
	size_t n = chart.n + 1 + version.n;
	if (n > STEM_BYTES)
		return (struct str){ 0 };
	memcpy(to, chart.p, chart.n);
	to[chart.n] = '-';
	memcpy(to + chart.n + 1, version.p, version.n);
	return str_make(to, n);
}

/* Any of them: each may be another member's. */
static bool is_in_member(const struct planned *v, struct str chart, struct str version)
{
	struct rope_version found;
	for (size_t i = 0; i < v->member_count; i++)
		if (v->members[i] && rope_version(planned_rope(v->members[i]), chart, version, &found))
			return true;
	return false;
}

/* Few versions look like a part of a name and a version, so members are seldom asked. */
static bool next_rival(const struct planned *v, struct str stem, struct str chart, size_t *at, struct str *ret_chart,
                       struct str *ret_version)
{
	struct semver parsed;
	while (file_split(stem, at, ret_chart, ret_version))
		if (*at != chart.n && semver_parse(*ret_version, &parsed) && is_in_member(v, *ret_chart, *ret_version))
			return true;
	return false;
}

enum err virtual_rivals(const struct planned *v, struct str chart, struct str version, virtual_visit_rival *each,
                        void *ctx, struct errinfo *e)
{
	char stem[STEM_BYTES];
	struct str other_chart, other_version, text = put_stem(stem, chart, version);
	enum err err = OK;
	for (size_t at = 0; !err && next_rival(v, text, chart, &at, &other_chart, &other_version);)
		err = each(ctx, other_chart, other_version, e);
	return err;
}

/* ---- which one has it ---- */

struct contest {
	struct walk *w;
	struct planned *v;
	const struct planned *owner;     /* of the chart that is judged */
	size_t owner_at;
	bool hosted, moved, lost;        /* moved: the plan is where another walk left it */
};

/* After a walk for the other chart. */
static bool goes_before(const struct contest *x)
{
	const struct planned *v = x->v;
	if (v->owner == x->owner)
		return false;
	return v->hosted != x->hosted ? v->hosted : v->owner_at < x->owner_at;
}

static enum err judge_rival(void *ctx, struct str chart, struct str version, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct contest *x = ctx;
	struct planned *v = x->v;
	struct walk other;
	struct rope_version found;
	if (x->lost)
		return OK;
	x->moved = true;
	walk_begin(&other, x->w->plan, x->w->catalog, &a, chart);
	enum err err = walk_claim(&other, v, e);
	if (err || !v->owner || !goes_before(x) || !rope_version(planned_rope(v->owner), chart, version, &found))
		return err;
	x->lost = true;
	if (x->w->taken++)
		return OK;
	x->w->taker = v->owner_at;
	x->w->taker_hosted = v->hosted;
	return arena_str(x->w->arena, chart, &x->w->taker_chart) && arena_str(x->w->arena, version, &x->w->taker_version)
	       ? OK : ERR(e, NOMEM, "file names");
}

enum err virtual_files(struct walk *w, struct planned *v, struct rope_version *versions, size_t *count,
                       struct errinfo *e)
{
	struct contest x = { .w = w, .v = v, .owner = v->owner, .owner_at = v->owner_at, .hosted = v->hosted };
	size_t kept = 0;
	enum err err = OK;
	w->taken = 0;
	for (size_t i = 0; i < *count && !err; i++) {
		x.lost = false;
		err = virtual_rivals(v, w->chart, versions[i].version, judge_rival, &x, e);
		if (x.lost)
			continue;
		if (w->until_ns)
			w->until_ns[kept] = w->until_ns[i];
		versions[kept++] = versions[i];
	}
	*count = kept;
	if (err || !x.moved)
		return err;
	w->plan->walks++;
	return walk_claim(w, v, e);
}

/* The rules, and what of a chart's needs is not inside. */
#include "indexer/document/readiness.h"

#include <stdlib.h>

#include "indexer/format/glob.h"

static const struct readiness_rule rules[READY_CODES] = {
#define X(name, word, severity, kind, title, advice) \
	[READY_IS_##name] = { word, READY_##severity, OUTSIDE_##kind, title, advice },
#include "indexer/document/readiness.def"
#undef X
};
const struct readiness_rule *readiness_rule(enum readiness_code c) { return &rules[c]; }

const char *readiness_severity_word(enum readiness_severity s)
{
	static const char *const words[] = { "fine", "info", "warning", "error" };
	return words[s];
}

static const char *const kinds[OUTSIDE_KINDS] = {
	"nothing", "dependency", "schema", "image", "icon", "download",
};

const char *outside_kind_word(enum outside_kind k) { return kinds[k]; }

bool outside_kind_of_word(struct str word, enum outside_kind *ret)
{
	for (unsigned i = OUTSIDE_NOTHING + 1; i < OUTSIDE_KINDS; i++)
		if (str_eq_c(word, kinds[i])) {
			*ret = (enum outside_kind)i;
			return true;
		}
	return false;
}

static bool is_inside(const struct readiness_inside *in, struct str host)
{
	for (size_t i = 0; i < in->host_count; i++)
		if (glob_match(in->hosts[i], host))
			return true;
	return false;
}

/* ---- dependencies ---- */

/* Helm asks there alone, whatever else is known by that address. */
static bool is_of_registry(const struct readiness_inside *in, const struct chart_dependency *d, struct str host)
{
	return str_starts(str_trim(d->repository), STR("oci://")) && host.n && !is_inside(in, host);
}

/* Read as MISSING when charts/ does not have it, else as HOST. False: it is fine. */
static bool judge_dependency(const struct readiness_inside *in, const struct chart_dependency *d,
                             struct readiness_finding *f)
{
	const struct readiness_source *s = in->sources ? &in->sources[f->dependency - 1] : NULL;
	if (f->code == READY_IS_HOST)
		return !(s && s->repo.n) && f->host.n && !is_inside(in, f->host);
	if (s && s->version.n && is_of_registry(in, d, f->host)) {
		f->code = READY_IS_REGISTRY;
		return true;
	}
	if (s && s->version.n) {
		f->code = READY_IS_UNPACKED;
		f->host = STR("");
	}
	f->why = s ? s->why : STR("");
	return true;
}

/* Here, or in charts/. */
static bool is_deprecated(const struct readiness_inside *in, const struct chart *c, size_t dependency)
{
	bool is = in->sources && in->sources[dependency - 1].deprecated;
	for (size_t i = 0; i < c->subchart_count && !is; i++)
		is = c->subcharts[i].meta.deprecated &&
		     str_eq(c->subcharts[i].meta.name, c->meta.dependencies[dependency - 1].name);
	return is;
}

/* ---- the judgement ---- */

static int by_severity(const void *left, const void *right)
{
	const struct readiness_finding *a = left, *b = right;
	int order = (int)rules[b->code].severity - (int)rules[a->code].severity;
	if (!order)
		order = (int)a->code - (int)b->code;
	if (!order)
		order = str_cmp(a->subchart, b->subchart);
	if (!order)
		order = str_cmp(a->what, b->what);
	return order ? order : str_cmp(a->where, b->where);
}

static int by_host(const void *left, const void *right)
{
	const struct readiness_finding *a = left, *b = right;
	int order = (int)rules[a->code].kind - (int)rules[b->code].kind;
	if (!order)
		order = str_cmp(a->tool, b->tool);
	if (!order)
		order = str_cmp(a->host, b->host);
	return order ? order : by_severity(a, b);
}

static void add(struct readiness *r, const struct readiness_finding *f)
{
	r->findings[r->count++] = *f;
	r->counts[rules[f->code].severity]++;
}

static void judge_one(const struct readiness_inside *in, const struct chart *c, struct readiness_finding f,
                      struct readiness *r)
{
	const struct readiness_rule *rule = &rules[f.code];
	const struct chart_dependency *d = f.dependency ? &c->meta.dependencies[f.dependency - 1] : NULL;
	bool asks = rule->kind != OUTSIDE_NOTHING;
	struct str asked = f.tool.n ? f.tool : f.host;
	if (d && is_deprecated(in, c, f.dependency))
		add(r, &(struct readiness_finding){ .code = READY_IS_DEPRECATED, .what = f.what, .where = f.where,
		                                    .dependency = f.dependency });
	if (d ? !judge_dependency(in, d, &f)
	      : asks && rule->kind != OUTSIDE_IMAGE && is_inside(in, asked))
		return;
	rule = &rules[f.code];
	if (rule->severity != READY_FINE)
		add(r, &f);
	if (asks && (f.host.n || f.tool.n) && !is_inside(in, asked))
		r->outside[r->outside_count++] = f;
}

enum err readiness_judge(struct arena *a, const struct readiness_needs *n,
                         const struct readiness_inside *inside, struct readiness *ret, struct errinfo *e)
{
	struct readiness r = { .cut = n->cut, .findings = arena_array(a, 2 * n->count + 1, sizeof *r.findings),
	                       .outside = arena_array(a, n->count + 1, sizeof *r.outside) };
	if (!r.findings || !r.outside)
		return ERR(e, NOMEM, "readiness");
	for (size_t i = 0; i < n->count; i++)
		judge_one(inside, n->chart, n->list[i], &r);
	qsort(r.findings, r.count, sizeof *r.findings, by_severity);
	qsort(r.outside, r.outside_count, sizeof *r.outside, by_host);
	*ret = r;
	return OK;
}

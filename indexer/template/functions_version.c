/* sprig's functions of versions, which are Masterminds' semver: format/semver.h reads them as it does. */
#include "indexer/template/sprig.h"

#include "indexer/base/limits.h"
#include "indexer/format/semver.h"

struct version {
	struct tmpl_object object;
	struct semver semver;
};

static void put_version(struct sbuf *b, const struct semver *v)
{
	sbuf_u64(b, v->major);
	sbuf_putc(b, '.');
	sbuf_u64(b, v->minor);
	sbuf_putc(b, '.');
	sbuf_u64(b, v->patch);
	if (v->pre.n) {
		sbuf_putc(b, '-');
		sbuf_put(b, v->pre);
	}
	if (v->meta.n) {
		sbuf_putc(b, '+');
		sbuf_put(b, v->meta);
	}
}

static void print_version(struct sbuf *b, const struct tmpl_object *o)
{
	put_version(b, &((const struct version *)o)->semver);
}

static bool version_member(struct tmpl_run *r, const struct tmpl_object *o, struct str name,
                           const struct tmpl_value *v, size_t count, struct tmpl_value *ret);

static const struct tmpl_object_type version_type = {
	.name = "*semver.Version", .member = version_member, .print = print_version,
};

static bool new_version(struct tmpl_run *r, const struct semver *semver, struct tmpl_value *ret)
{
	struct version *v = ARENA_NEW(r->a, struct version);
	if (!v)
		return tmpl_no_memory(r);
	*v = (struct version){ { &version_type }, *semver };
	*ret = (struct tmpl_value){ .kind = TMPL_OBJECT, .object = &v->object };
	return true;
}

/* The text as it would be written now. */
static bool as_text(struct tmpl_run *r, const struct semver *v, struct str *ret)
{
	struct sbuf b = sbuf_make(CHART_VERSION_MAX_BYTES * 2);
	put_version(&b, v);
	bool kept = tmpl_keep(r, &b, ret);
	sbuf_done(&b);
	return kept;
}

/* A version with a prerelease goes on to the patch it has already. */
static bool increase(struct tmpl_run *r, const struct semver *from, char part, struct tmpl_value *ret)
{
	struct semver v = *from;
	bool patch = part == 'p';
	v.major += part == 'M';
	v.minor = part == 'M' ? 0 : v.minor + (part == 'm');
	v.patch = patch ? v.patch + !v.pre.n : 0;
	v.pre = v.meta = STR("");
	return as_text(r, &v, &v.text) && new_version(r, &v, ret);
}

static bool compared(struct tmpl_run *r, const struct semver *a, struct str how,
                     const struct tmpl_value *v, struct tmpl_value *ret)
{
	const struct tmpl_object *other;
	if (!sprig_object(r, v, &version_type, &other))
		return false;
	int order = semver_cmp(a, &((const struct version *)other)->semver);
	if (str_eq(how, STR("Compare")))
		*ret = tmpl_int((order > 0) - (order < 0));
	else if (str_eq(how, STR("LessThan")))
		*ret = tmpl_bool(order < 0);
	else if (str_eq(how, STR("GreaterThan")))
		*ret = tmpl_bool(order > 0);
	else if (str_eq(how, STR("LessThanEqual")))
		*ret = tmpl_bool(order <= 0);
	else if (str_eq(how, STR("GreaterThanEqual")))
		*ret = tmpl_bool(order >= 0);
	else
		*ret = tmpl_bool(order == 0);
	return true;
}

static struct tmpl_value part_value(uint64_t n) { return tmpl_int64((int64_t)n); }

static bool version_of_one(struct tmpl_run *r, const struct version *o, struct str name,
                           struct tmpl_value *ret)
{
	const struct semver *s = &o->semver;
	struct str text;
	if (str_eq(name, STR("Major")))
		return tmpl_answer(ret, part_value(s->major));
	if (str_eq(name, STR("Minor")))
		return tmpl_answer(ret, part_value(s->minor));
	if (str_eq(name, STR("Patch")))
		return tmpl_answer(ret, part_value(s->patch));
	if (str_eq(name, STR("Prerelease")))
		return tmpl_answer(ret, tmpl_text(s->pre));
	if (str_eq(name, STR("Metadata")))
		return tmpl_answer(ret, tmpl_text(s->meta));
	if (str_eq(name, STR("Original")))
		return tmpl_answer(ret, tmpl_text(s->text));
	if (str_eq(name, STR("String")))
		return as_text(r, s, &text) && tmpl_answer(ret, tmpl_text(text));
	if (str_eq(name, STR("IncMajor")))
		return increase(r, s, 'M', ret);
	if (str_eq(name, STR("IncMinor")))
		return increase(r, s, 'm', ret);
	if (str_eq(name, STR("IncPatch")))
		return increase(r, s, 'p', ret);
	return tmpl_no_field(r, &o->object, name);
}

static bool version_member(struct tmpl_run *r, const struct tmpl_object *o, struct str name,
                           const struct tmpl_value *v, size_t count, struct tmpl_value *ret)
{
	static const char *const pairs[] = { "Compare", "Equal", "LessThan", "GreaterThan", "LessThanEqual",
	                                     "GreaterThanEqual" };
	const struct version *version = (const struct version *)o;
	size_t wanted = 0;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		wanted |= str_eq_c(name, pairs[i]);
	if (!tmpl_want_count(r, name, wanted, count))
		return false;
	return wanted ? compared(r, &version->semver, name, v, ret) : version_of_one(r, version, name, ret);
}

static bool parse(struct tmpl_run *r, const struct tmpl_value *v, struct semver *ret)
{
	struct str text;
	if (!tmpl_want_text(r, v, &text))
		return false;
	return semver_parse(text, ret) || tmpl_fail(r, ERR_METADATA, "invalid semantic version");
}

TMPL_CALL(call_semver)
{
	struct semver semver;
	return parse(r, v, &semver) && new_version(r, &semver, ret);
}

/* A constraint of many bytes is read with as many steps. */
TMPL_CALL(call_compare)
{
	struct str text;
	struct semver semver;
	struct semver_range *range;
	struct errinfo e;
	if (!tmpl_want_text(r, v, &text) || !tmpl_take(r, 1 + text.n / 8))
		return false;
	enum err err = semver_range_parse(r->a, text, &range, &e);
	if (err == ERR_NOMEM)
		return tmpl_no_memory(r);
	if (err)
		return tmpl_fail(r, ERR_METADATA, "%s", e.detail);
	return parse(r, &v[1], &semver) && tmpl_answer(ret, tmpl_bool(semver_range_has(range, &semver)));
}

const struct tmpl_function tmpl_functions_version[] = {
	{ "semver", 1, 1, call_semver },
	{ "semverCompare", 2, 2, call_compare },
};
const size_t tmpl_functions_version_count =
	sizeof tmpl_functions_version / sizeof *tmpl_functions_version;

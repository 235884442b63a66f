/* See query_field.h. */
#include "indexer/hub/query_field.h"

#include "indexer/base/clock.h"

static bool read_text(int64_t now_ns, struct str value, struct query_term *t)
{
	(void)now_ns;
	t->value = value;
	return true;
}

static bool read_app(int64_t now_ns, struct str value, struct query_term *t)
{
	(void)now_ns;
	t->value = value.p[0] == 'v' ? str_from(value, 1) : value;
	return t->value.n;
}

static bool read_kube(int64_t now_ns, struct str value, struct query_term *t)
{
	(void)now_ns;
	uint64_t major, minor;
	struct str rest = value.p[0] == 'v' ? str_from(value, 1) : value;
	struct str first = str_cut(&rest, '.', NULL), second = str_cut(&rest, '.', NULL);
	if (!str_to_u64(first, &major) || major != 1 || !str_to_u64(second, &minor) ||
	    minor >= KUBE_MINORS)
		return false;
	t->number = (unsigned)minor;
	return true;
}

static const struct flag { const char *name; enum query_flag flag; } is_flags[] = {
	{ "signed", FLAG_SIGNED }, { "deprecated", FLAG_DEPRECATED }, { "prerelease", FLAG_PRERELEASE },
	{ "library", FLAG_LIBRARY }, { "application", FLAG_APPLICATION },
	{ "hosted", FLAG_HOSTED }, { "cached", FLAG_CACHED }, { "remote", FLAG_REMOTE },
	{ "upstream", FLAG_REMOTE },         /* as its mark says */
}, has_flags[] = {
	{ "schema", FLAG_SCHEMA }, { "crds", FLAG_CRDS }, { "readme", FLAG_README },
	{ "changelog", FLAG_CHANGELOG },
};

static bool read_flag(const struct flag *flags, size_t count, struct str value, struct query_term *t)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq_nocase(value, str_c(flags[i].name))) {
			t->flag = flags[i].flag;
			return true;
		}
	return false;
}

static bool read_is(int64_t now_ns, struct str value, struct query_term *t)
{
	(void)now_ns;
	return read_flag(is_flags, sizeof is_flags / sizeof *is_flags, value, t);
}

static bool read_type(int64_t now_ns, struct str value, struct query_term *t)
{
	return read_is(now_ns, value, t) && (t->flag == FLAG_LIBRARY || t->flag == FLAG_APPLICATION);
}

static bool read_has(int64_t now_ns, struct str value, struct query_term *t)
{
	(void)now_ns;
	return read_flag(has_flags, sizeof has_flags / sizeof *has_flags, value, t);
}

static struct str read_order(struct str *value)
{
	static const struct str orders[] = { STR(">="), STR("<="), STR(">"), STR("<"), STR("=") };
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
		if (str_starts(*value, orders[i])) {
			*value = str_from(*value, orders[i].n);
			return orders[i];
		}
	return STR("");
}

static bool read_age(int64_t now_ns, struct str value, int64_t *ret)
{
	static const struct { char unit; uint64_t days; } units[] = { { 'd', 1 }, { 'm', 30 }, { 'y', 365 } };
	uint64_t count;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (value.n > 1 && value.p[value.n - 1] == units[i].unit &&
		    str_to_u64(str_first(value, value.n - 1), &count) && count <= 100 * 365) {
			uint64_t days = count * units[i].days;
			*ret = now_ns - (int64_t)(days < 100 * 365 ? days : 100 * 365) * NS_PER_DAY;
			return true;
		}
	return false;
}

static bool read_day(struct str value, int64_t *ret)
{
	char text[] = "2026-01-01T00:00:00Z";
	if (value.n != 10)
		return false;
	memcpy(text, value.p, value.n);
	return clock_parse(str_c(text), ret);
}

/* An age is a moment, a date is a whole day. */
static bool read_updated(int64_t now_ns, struct str value, struct query_term *t)
{
	int64_t begin, end;
	struct str order = read_order(&value);
	bool age = read_age(now_ns, value, &begin);
	if (!age && !read_day(value, &begin))
		return false;
	if (__builtin_add_overflow(begin, age ? 0 : NS_PER_DAY, &end))
		end = INT64_MAX;
	t->from_ns = INT64_MIN;
	t->until_ns = INT64_MAX;
	if (str_starts(order, STR(">")))
		t->from_ns = order.n == 1 ? end : begin;
	else if (str_starts(order, STR("<")))
		t->until_ns = order.n == 1 ? begin : end;
	else
		t->from_ns = begin, t->until_ns = age ? INT64_MAX : end;
	return true;
}

static const struct query_field fields[] = {
	{ "name",       QUERY_WORDS,    COLUMNS_NAME, NULL },
	{ "keyword",    QUERY_WORDS,    COLUMN_BIT(COLUMN_KEYWORDS), NULL },
	{ "maintainer", QUERY_WORDS,    COLUMN_BIT(COLUMN_PEOPLE), NULL },
	{ "image",      QUERY_WORDS,    COLUMN_BIT(COLUMN_IMAGES), NULL },
	{ "depends",    QUERY_WORDS,    COLUMN_BIT(COLUMN_USES), NULL },
	{ "repo",       QUERY_REPO,     0, read_text },
	{ "license",    QUERY_LICENSE,  0, read_text },
	{ "category",   QUERY_CATEGORY, 0, read_text },
	{ "app",        QUERY_APP,      0, read_app },
	{ "kube",       QUERY_KUBE,     0, read_kube },
	{ "type",       QUERY_FLAG,     0, read_type },
	{ "is",         QUERY_FLAG,     0, read_is },
	{ "has",        QUERY_FLAG,     0, read_has },
	{ "updated",    QUERY_UPDATED,  0, read_updated },
};

const struct query_field *query_field_find(struct str name)
{
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (str_eq_nocase(name, str_c(fields[i].name)))
			return &fields[i];
	return NULL;
}

bool repo_name_means(struct str repo, struct str typed)
{
	if (repo.n != typed.n)
		return false;
	for (size_t i = 0; i < repo.n; i++) {
		struct str letter = typed.p[i] == '~' ? STR("/") : str_first(str_from(typed, i), 1);
		if (!str_eq_nocase(letter, str_first(str_from(repo, i), 1)))
			return false;
	}
	return true;
}

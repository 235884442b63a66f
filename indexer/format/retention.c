/* The rules one after the other: the first that keeps a version names itself. */
#include "indexer/format/retention.h"

#include "indexer/base/clock.h"
#include "indexer/format/semver.h"

const char *retention_word(enum retention_verdict v)
{
	static const char *const words[] = {
#define X(name, word) word,
		RETENTION_VERDICTS(X)
#undef X
	};
	return words[v];
}

/* Versions of the same minor version stand together, because the order is by precedence. */
static bool is_same_minor(struct str a, struct str b)
{
	struct semver x, y;
	return semver_parse(a, &x) && semver_parse(b, &y) && semver_same_minor(&x, &y);
}

static bool is_within(int64_t then_ns, int64_t now_ns, uint64_t days)
{
	return days && then_ns >= now_ns - (int64_t)days * NS_PER_DAY;
}

/* `newer`, `newer_in_minor`: how many that are not yanked. */
static enum retention_verdict judge(const struct repo_settings *s, int64_t now_ns,
                                    const struct retention_version *v, uint64_t newer, uint64_t newer_in_minor)
{
	if (!s->keep_last && !s->keep_per_minor && !s->keep_days)
		return RETENTION_NO_RULES;
	if (newer < s->keep_last)
		return RETENTION_LAST;
	if (newer_in_minor < s->keep_per_minor)
		return RETENTION_PER_MINOR;
	if (is_within(v->created_ns, now_ns, s->keep_days))
		return RETENTION_DAYS;
	if (v->pulled_day && is_within((v->pulled_day + 1) * NS_PER_DAY, now_ns, s->keep_pulled_days))
		return RETENTION_PULLED;
	return v->used ? RETENTION_USED : v->promoted ? RETENTION_PROMOTED
	       : v->undeleted ? RETENTION_UNDELETED : RETENTION_TAKEN;
}

void retention_judge(const struct repo_settings *s, int64_t now_ns, struct retention_version *v,
                     size_t count)
{
	uint64_t newer = 0, in_minor = 0;
	for (size_t i = 0; i < count; i++) {
		if (i && !is_same_minor(v[i - 1].version, v[i].version))
			in_minor = 0;
		v[i].verdict = judge(s, now_ns, &v[i], newer, in_minor);
		newer += !v[i].yanked;
		in_minor += !v[i].yanked;
	}
}

void retention_rules(const struct repo_settings *s, struct sbuf *b)
{
	const struct { const char *name; uint64_t value; } rules[] = {
		{ "keep_last", s->keep_last }, { "keep_per_minor", s->keep_per_minor },
		{ "keep_days", s->keep_days },
	};
	bool more = false;
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		if (!rules[i].value)
			continue;
		sbuf_printf(b, "%s%s=%llu", more ? ", " : "", rules[i].name,
		            (unsigned long long)rules[i].value);
		more = true;
	}
}

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

/* Whether fewer than `most` versions of the same minor version are newer: no more are looked at, and
 * they stand together, because the order is by precedence.                                   */
static bool is_new_in_minor(const struct retention_version *v, size_t at, uint64_t most)
{
	struct semver self, other;
	uint64_t newer = 0;
	if (!semver_parse(v[at].version, &self))
		return most > 0;
	for (size_t i = at; newer < most && i-- > 0; newer++)
		if (!semver_parse(v[i].version, &other) || !semver_same_minor(&self, &other))
			break;
	return newer < most;
}

static bool is_within(int64_t then_ns, int64_t now_ns, uint64_t days)
{
	return days && then_ns >= now_ns - (int64_t)days * NS_PER_DAY;
}

static enum retention_verdict judge(const struct repo_settings *s, int64_t now_ns,
                                    const struct retention_version *v, size_t at)
{
	if (!s->keep_last && !s->keep_per_minor && !s->keep_days)
		return RETENTION_NO_RULES;
	if (at < s->keep_last)
		return RETENTION_LAST;
	if (is_new_in_minor(v, at, s->keep_per_minor))
		return RETENTION_PER_MINOR;
	if (is_within(v[at].created_ns, now_ns, s->keep_days))
		return RETENTION_DAYS;
	if (v[at].pulled_day && is_within((v[at].pulled_day + 1) * NS_PER_DAY, now_ns,
	                                  s->keep_pulled_days))
		return RETENTION_PULLED;
	return v[at].used ? RETENTION_USED : RETENTION_TAKEN;
}

void retention_judge(const struct repo_settings *s, int64_t now_ns, struct retention_version *v,
                     size_t count)
{
	for (size_t i = 0; i < count; i++)
		v[i].verdict = judge(s, now_ns, v, i);
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

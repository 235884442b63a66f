/* A constraint for a later version, in the hand it was written in.
 *
 * Every bound keeps its operator, its spaces, and which parts of the version it names. Whatever comes
 * out is read again and must admit the version: so what was not thought of here is left alone.  */
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/semver_scan.h"

struct written {                     /* one bound, as it stands there */
	struct str space, op, gap, version;
	struct semver_scan scan;
	struct semver at;                /* parts that are not given or wild are 0 */
	unsigned given;                  /* how many parts are numbers */
};

static struct str take(struct str *s, const char *set)
{
	size_t n = 0;
	while (n < s->n && s->p[n] && strchr(set, s->p[n]))
		n++;
	struct str taken = str_first(*s, n);
	*s = str_from(*s, n);
	return taken;
}

static bool is_number(struct str part)
{
	uint64_t n;
	return str_to_u64(part, &n);
}

static bool read_bound(struct str *s, struct written *ret)
{
	ret->space = take(s, " \t,");
	ret->op = take(s, "!=<>~^");
	ret->gap = take(s, " \t");
	size_t n = semver_scan(*s, &ret->scan);
	if (!n)
		return false;
	ret->version = str_first(*s, n);
	*s = str_from(*s, n);
	struct semver_scan numbers = { .has_v = ret->scan.has_v, .pre = ret->scan.pre };
	while (ret->given < SEMVER_PARTS && is_number(ret->scan.part[ret->given])) {
		numbers.part[ret->given] = ret->scan.part[ret->given];
		ret->given++;
	}
	return semver_from_scan(&numbers, ret->version, &ret->at);
}

static void put_version(struct sbuf *b, const struct written *w, const struct semver *v)
{
	const uint64_t numbers[SEMVER_PARTS] = { v->major, v->minor, v->patch };
	sbuf_puts(b, w->scan.has_v ? "v" : "");
	for (unsigned i = 0; i < SEMVER_PARTS && w->scan.part[i].n; i++) {
		sbuf_puts(b, i ? "." : "");
		if (i < w->given)
			sbuf_u64(b, numbers[i]);
		else
			sbuf_put(b, w->scan.part[i]);
	}
	struct str pre = str_eq(w->scan.pre, STR("0")) ? w->scan.pre : v->pre;
	if (pre.n && w->given == SEMVER_PARTS) {
		sbuf_putc(b, '-');
		sbuf_put(b, pre);
	}
	if (w->scan.meta.n && v->meta.n) {
		sbuf_putc(b, '+');
		sbuf_put(b, v->meta);
	}
}

/* "<2.0.0" after ">=1.2.3" means below the next major version, "<1.3.0" below the next minor one. */
static bool next_of(const struct semver *low, const struct semver *high, const struct semver *v,
                    struct semver *ret)
{
	if (high->patch || high->pre.n)
		return false;
	*ret = (struct semver){ .major = v->major + 1 };
	if (high->major == low->major + 1 && !high->minor)
		return true;
	*ret = (struct semver){ .major = v->major, .minor = v->minor + 1 };
	return high->major == low->major && high->minor == low->minor + 1;
}

static bool put_bound(struct sbuf *b, const struct written *w, const struct written *low,
                      const struct semver *v)
{
	struct semver upper;
	sbuf_put(b, w->space);
	sbuf_put(b, w->op);
	sbuf_put(b, w->gap);
	if (str_eq(w->op, STR("!="))) {
		sbuf_put(b, w->version);
		return true;
	}
	if (!str_eq(w->op, STR("<"))) {
		put_version(b, w, v);
		return !str_starts(w->op, STR("<")) && w->given;
	}
	if (!low || !next_of(&low->at, &w->at, v, &upper))
		return false;
	put_version(b, w, &upper);
	return true;
}

static bool put_range(struct sbuf *b, struct str range, const struct semver *v)
{
	struct written w = { 0 }, first = { 0 };
	for (unsigned i = 0; range.n; i++) {
		w = (struct written){ 0 };
		if (!read_bound(&range, &w) || !put_bound(b, &w, i ? &first : NULL, v))
			return false;
		if (!i)
			first = w;
	}
	return true;
}

bool semver_range_follow(struct arena *a, struct str range, const struct semver *v, struct str *ret)
{
	AUTO_SBUF struct sbuf b = sbuf_make(2 * SEMVER_RANGE_MAX_BYTES);
	struct semver_range *now;
	struct errinfo ignored = { 0 };
	size_t end = range.n;
	while (end && range.p[end - 1] == ' ')
		end--;
	if (!put_range(&b, str_first(range, end), v) || !sbuf_ok(&b) ||
	    semver_range_parse(a, sbuf_str(&b), &now, &ignored) || !semver_range_has(now, v))
		return false;
	return arena_str(a, sbuf_str(&b), ret);
}

/* Constraints as Masterminds/semver reads and checks them, with its quirks: charts depend on them.
 *
 * A hyphen range is first rewritten as text, before the text is split at "||". The digits of a
 * part may contain '|', so "1||2 - 3" is one such range whose lower end is "1||2" and means
 * ">=1 || 2, <=3". A constraint with a part missing or written 'x' is "dirty"; what that means
 * differs from operator to operator, and each check below says it for one.                   */
#include "indexer/base/limits.h"
#include "indexer/format/semver_scan.h"

struct bound {
	bool (*admits)(const struct bound *b, const struct semver *v);
	struct semver at;
	bool dirty, minor_dirty, patch_dirty;    /* dirty alone: the major part is 'x' */
	struct bound *next;
};

struct semver_range {                        /* one group of bounds that must all hold */
	struct bound *bounds;
	bool has_pre;                        /* some bound has a pre-release: all admit them */
	struct semver_range *next;           /* "||" */
};

static bool admits_greater(const struct bound *b, const struct semver *v)
{
	if (!b->dirty || v->major != b->at.major)
		return semver_cmp(v, &b->at) > 0;
	if (b->minor_dirty)
		return false;
	return b->patch_dirty ? v->minor > b->at.minor : semver_cmp(v, &b->at) > 0;
}

static bool admits_less(const struct bound *b, const struct semver *v)
{
	return semver_cmp(v, &b->at) < 0;
}

static bool admits_at_least(const struct bound *b, const struct semver *v)
{
	return semver_cmp(v, &b->at) >= 0;
}

static bool admits_at_most(const struct bound *b, const struct semver *v)
{
	if (!b->dirty)
		return semver_cmp(v, &b->at) <= 0;
	if (v->major != b->at.major)
		return v->major < b->at.major;
	return b->minor_dirty || v->minor <= b->at.minor;
}

/* "~0.0.0" admits every release, because it looks the same as "~*". */
static bool admits_tilde(const struct bound *b, const struct semver *v)
{
	if (semver_cmp(v, &b->at) < 0)
		return false;
	if (!b->at.major && !b->at.minor && !b->at.patch && !b->minor_dirty && !b->patch_dirty)
		return true;
	return v->major == b->at.major && (b->minor_dirty || v->minor == b->at.minor);
}

static bool admits_equal(const struct bound *b, const struct semver *v)
{
	return b->dirty ? admits_tilde(b, v) : semver_cmp(v, &b->at) == 0;
}

static bool admits_not_equal(const struct bound *b, const struct semver *v)
{
	if (!b->dirty)
		return semver_cmp(v, &b->at) != 0;
	if (v->major != b->at.major)
		return true;
	if (b->minor_dirty)
		return false;
	if (v->minor != b->at.minor)
		return true;
	return b->patch_dirty ? !str_eq(v->pre, b->at.pre) : semver_cmp(v, &b->at) != 0;
}

/* The leftmost part that is not 0 must stay; "^*" is the same as "^0.0.0". */
static bool admits_caret(const struct bound *b, const struct semver *v)
{
	if (semver_cmp(v, &b->at) < 0 || v->major != b->at.major)
		return false;
	if (b->at.major || b->minor_dirty)
		return true;
	if (v->minor != b->at.minor)
		return false;
	return b->at.minor || b->patch_dirty || v->patch == b->at.patch;
}

/* An operator stands before those that are its beginning. */
static const struct operator {
	const char *text;
	bool (*admits)(const struct bound *b, const struct semver *v);
} operators[] = {
	{ "!=", admits_not_equal }, { ">=", admits_at_least }, { "=>", admits_at_least },
	{ "<=", admits_at_most },   { "=<", admits_at_most },  { "~>", admits_tilde },
	{ "=", admits_equal },      { ">", admits_greater },   { "<", admits_less },
	{ "~", admits_tilde },      { "^", admits_caret },     { "", admits_equal },
};

static const struct operator *take_operator(struct str *s)
{
	const struct operator *op = operators;
	while (!str_starts(*s, str_c(op->text)))
		op++;
	*s = str_from(*s, strlen(op->text));
	return op;
}

static size_t spaces(struct str s)
{
	size_t n = 0;
	while (n < s.n && memchr(" \t\n\f\r", s.p[n], 5))
		n++;
	return n;
}

/* Length of "A - B" with the spaces around it at the front of `s`, 0 if there is none. */
static size_t hyphen_length(struct str s, struct str *ret_low, struct str *ret_high)
{
	struct semver_scan unused;
	size_t low = spaces(s), low_n = semver_scan(str_from(s, low), &unused);
	size_t dash = low + low_n + spaces(str_from(s, low + low_n));
	if (!low_n || dash == low + low_n || dash >= s.n || s.p[dash] != '-')
		return 0;
	size_t high = dash + 1 + spaces(str_from(s, dash + 1));
	size_t high_n = semver_scan(str_from(s, high), &unused);
	if (!high_n || high == dash + 1)
		return 0;
	*ret_low = str_make(s.p + low, low_n);
	*ret_high = str_make(s.p + high, high_n);
	return high + high_n + spaces(str_from(s, high + high_n));
}

static void put(struct str *to, char *buffer, struct str s)
{
	memcpy(buffer + to->n, s.p, s.n);
	to->n += s.n;
}

/* Every "A - B " becomes ">= A, <= B ", which makes five bytes at most six longer. */
static bool rewrite_hyphens(struct arena *a, struct str s, struct str *ret)
{
	char *buffer = arena_array(a, s.n + 1, 3);
	struct str out = str_make(buffer, 0), low, high;
	if (!buffer)
		return false;
	while (s.n) {
		size_t n = hyphen_length(s, &low, &high);
		if (n) {
			put(&out, buffer, STR(">= "));
			put(&out, buffer, low);
			put(&out, buffer, STR(", <= "));
			put(&out, buffer, high);
			put(&out, buffer, STR(" "));
		} else {
			put(&out, buffer, str_first(s, 1));
			n = 1;
		}
		s = str_from(s, n);
	}
	*ret = out;
	return true;
}

static bool is_wild(struct str part)
{
	return !part.n || str_eq_c(part, "x") || str_eq_c(part, "X") || str_eq_c(part, "*");
}

/* From the first wild part on everything is ignored, even what would be no number. What is left
 * is a version of its own for Masterminds, with the limit of one.                            */
static bool bound_set(struct bound *b, struct semver_scan *scan, struct str text)
{
	size_t known = 0, bytes = scan->pre.n ? 1 + scan->pre.n : 0;
	while (known < SEMVER_PARTS && !is_wild(scan->part[known]))
		bytes += 1 + scan->part[known++].n;
	b->dirty = known < SEMVER_PARTS;
	b->minor_dirty = known == 1;
	b->patch_dirty = known == 2;
	for (size_t i = known; i < SEMVER_PARTS; i++, bytes += 2)
		scan->part[i] = (struct str){ NULL, 0 };
	if ((b->dirty ? bytes - 1 : text.n) > CHART_VERSION_MAX_BYTES)
		return false;
	return semver_from_scan(scan, text, &b->at);
}

/* One bound and the spaces around it, pulled from the front of *s. */
static bool take_bound(struct str *s, struct bound *ret)
{
	struct semver_scan scan;
	*s = str_from(*s, spaces(*s));
	ret->admits = take_operator(s)->admits;
	*s = str_from(*s, spaces(*s));
	size_t n = semver_scan(*s, &scan);
	if (!n || !bound_set(ret, &scan, str_first(*s, n)))
		return false;
	*s = str_from(*s, n);
	return true;
}

static enum err improper(struct errinfo *e, struct str group)
{
	return ERR(e, INVALID, "improper constraint: \"%.*s\"", STR_ARG(group));
}

/* Bounds are parted by spaces or by one comma. */
static enum err parse_group(struct arena *a, struct str text, struct semver_range *ret,
                            struct errinfo *e)
{
	struct str rest = text;
	struct bound **last = &ret->bounds;
	for (;;) {
		struct bound *b = *last = ARENA_NEW(a, struct bound);
		if (!b)
			return ERR(e, NOMEM, "constraint");
		if (!take_bound(&rest, b))
			return improper(e, text);
		ret->has_pre |= b->at.pre.n > 0;
		last = &b->next;
		size_t gap = spaces(rest);
		rest = str_from(rest, gap);
		if (!rest.n)
			return OK;
		bool comma = rest.p[0] == ',';
		if (!comma && !gap)
			return improper(e, text);
		rest = str_from(rest, comma);
	}
}

static struct str cut_group(struct str *s, bool *ret_more)
{
	const char *bars = s->n ? memmem(s->p, s->n, "||", 2) : NULL;
	struct str group = bars ? str_make(s->p, (size_t)(bars - s->p)) : *s;
	*ret_more = bars != NULL;
	*s = str_from(*s, group.n + 2);
	return group;
}

enum err semver_range_parse(struct arena *a, struct str text, struct semver_range **ret,
                            struct errinfo *e)
{
	struct semver_range *groups = NULL, **last = &groups;
	unsigned count = 0;
	bool more = true;
	if (text.n > SEMVER_RANGE_MAX_BYTES)
		return ERR(e, INVALID, "constraint string is too long (max %u bytes)",
		           SEMVER_RANGE_MAX_BYTES);
	if (!rewrite_hyphens(a, text, &text))
		return ERR(e, NOMEM, "constraint");
	while (more) {
		if (++count > SEMVER_RANGE_GROUPS_MAX)
			return ERR(e, INVALID, "too many constraint groups (max %u)",
			           SEMVER_RANGE_GROUPS_MAX);
		if (!(*last = ARENA_NEW(a, struct semver_range)))
			return ERR(e, NOMEM, "constraint");
		enum err err = parse_group(a, cut_group(&text, &more), *last, e);
		if (err)
			return err;
		last = &(*last)->next;
	}
	*ret = groups;
	return OK;
}

static bool group_has(const struct semver_range *group, const struct semver *v)
{
	if (v->pre.n && !group->has_pre)
		return false;
	for (const struct bound *b = group->bounds; b; b = b->next)
		if (!b->admits(b, v))
			return false;
	return true;
}

bool semver_range_has(const struct semver_range *r, const struct semver *v)
{
	for (; r; r = r->next)
		if (group_has(r, v))
			return true;
	return false;
}

/* What a bound says of patches changes at its own and behind it alone. */
bool semver_range_has_patch(const struct semver_range *r, const struct semver *v, uint64_t patches)
{
	struct semver one = *v;
	one.patch = 0;
	if (patches && semver_range_has(r, &one))
		return true;
	for (const struct semver_range *group = r; group; group = group->next)
		for (const struct bound *b = group->bounds; b; b = b->next)
			for (uint64_t more = 0; more < 2; more++) {
				one.patch = b->at.patch + more;
				if (one.patch < patches && group_has(group, &one))
					return true;
			}
	return false;
}

static bool begins_with(const struct bound *b)
{
	return b->admits == admits_at_least || b->admits == admits_tilde || b->admits == admits_equal ||
	       b->admits == admits_caret;
}

bool semver_range_lowest(const struct semver_range *r, struct semver *ret)
{
	const struct semver *low = NULL;
	for (const struct bound *b = r->bounds; b; b = b->next)
		if (begins_with(b) && (!low || semver_cmp(low, &b->at) < 0))
			low = &b->at;
	if (!low || r->next || !group_has(r, low))
		return false;
	*ret = *low;
	return true;
}

bool semver_range_admits(const struct semver_range *r, struct str version)
{
	struct semver v;
	return semver_parse(version, &v) && semver_range_has(r, &v);
}

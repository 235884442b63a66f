/* Versions, and the order of versions. Constraints are in semver_range.c.
 *
 * Loose and strict forms are scanned by the same routine, which constraints use as well; that is
 * why it lets 'x', '*' and (as Masterminds does) '|' pass as digits. Whoever wants a number
 * converts the part and thereby refuses them.                                                */
#include "indexer/format/semver.h"

#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"
#include "indexer/format/semver_scan.h"

static bool is_id_char(char c)
{
	return ascii_is_alnum(c) || c == '-';
}

static bool is_part_char(char c)
{
	return ascii_is_digit(c) || c == 'x' || c == 'X' || c == '*' || c == '|';
}

static size_t run_length(struct str s, size_t at, bool (*belongs)(char))
{
	size_t end = at;
	while (end < s.n && belongs(s.p[end]))
		end++;
	return end - at;
}

/* Length of the dot-separated identifiers at `at`; a dot without a successor does not belong. */
static size_t ids_length(struct str s, size_t at)
{
	size_t end = at + run_length(s, at, is_id_char);
	while (end > at && end < s.n && s.p[end] == '.') {
		size_t n = run_length(s, end + 1, is_id_char);
		if (!n)
			break;
		end += 1 + n;
	}
	return end - at;
}

/* "-alpha.1" or "+build.5": the identifiers after `sign`, and *at behind them. */
static struct str scan_ids(struct str s, char sign, size_t *at)
{
	size_t n = *at < s.n && s.p[*at] == sign ? ids_length(s, *at + 1) : 0;
	struct str ids = n ? str_make(s.p + *at + 1, n) : (struct str){ NULL, 0 };
	*at += n ? n + 1 : 0;
	return ids;
}

size_t semver_scan(struct str s, struct semver_scan *ret)
{
	struct semver_scan found = { .has_v = s.n && s.p[0] == 'v' };
	size_t at = found.has_v ? 1 : 0;
	for (size_t i = 0; i < SEMVER_PARTS; i++) {
		size_t dot = i && at < s.n && s.p[at] == '.' ? 1 : 0;
		size_t n = i && !dot ? 0 : run_length(s, at + dot, is_part_char);
		if (!n)
			break;
		found.part[i] = str_make(s.p + at + dot, n);
		at += dot + n;
	}
	if (!found.part[0].n)
		return 0;
	found.pre = scan_ids(s, '-', &at);
	found.meta = scan_ids(s, '+', &at);
	*ret = found;
	return at;
}

static bool is_number(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

static bool has_leading_zero(struct str s) { return s.n > 1 && s.p[0] == '0'; }

static bool pre_is_valid(struct str pre)
{
	while (pre.n) {
		struct str id = str_cut(&pre, '.', NULL);
		if (is_number(id) && has_leading_zero(id))
			return false;
	}
	return true;
}

static bool part_to_u64(struct str part, uint64_t *ret)
{
	*ret = 0;
	return !part.n || str_to_u64(part, ret);
}

bool semver_from_scan(const struct semver_scan *scan, struct str text, struct semver *ret)
{
	struct semver v = { .pre = scan->pre, .meta = scan->meta, .text = text };
	if (!part_to_u64(scan->part[0], &v.major) || !part_to_u64(scan->part[1], &v.minor) ||
	    !part_to_u64(scan->part[2], &v.patch) || !pre_is_valid(scan->pre))
		return false;
	*ret = v;
	return true;
}

static bool scan_whole(struct str text, struct semver_scan *ret)
{
	return text.n && text.n <= CHART_VERSION_MAX_BYTES && semver_scan(text, ret) == text.n;
}

bool semver_parse(struct str text, struct semver *ret)
{
	struct semver_scan scan;
	return scan_whole(text, &scan) && semver_from_scan(&scan, text, ret);
}

bool semver_parse_strict(struct str text, struct semver *ret)
{
	struct semver_scan scan;
	if (!scan_whole(text, &scan) || scan.has_v || !scan.part[2].n)
		return false;
	for (size_t i = 0; i < SEMVER_PARTS; i++)
		if (has_leading_zero(scan.part[i]))
			return false;
	return semver_from_scan(&scan, text, ret);
}

static int u64_cmp(uint64_t a, uint64_t b) { return (a > b) - (a < b); }

/* Numbers come before words, and digits that do not fit 64 bits count as a word. */
static int id_cmp(struct str a, struct str b)
{
	uint64_t number_a, number_b;
	bool a_is_number = str_to_u64(a, &number_a), b_is_number = str_to_u64(b, &number_b);
	if (a_is_number && b_is_number)
		return u64_cmp(number_a, number_b);
	return a_is_number != b_is_number ? b_is_number - a_is_number : str_cmp(a, b);
}

static int pre_cmp(struct str a, struct str b)
{
	if (!a.n || !b.n)
		return (a.n == 0) - (b.n == 0);      /* a release comes after its pre-releases */
	while (a.n && b.n) {
		struct str id_a = str_cut(&a, '.', NULL), id_b = str_cut(&b, '.', NULL);
		int order = id_cmp(id_a, id_b);
		if (order)
			return order;
	}
	return (a.n > 0) - (b.n > 0);
}

int semver_cmp(const struct semver *a, const struct semver *b)
{
	int order = u64_cmp(a->major, b->major);
	if (!order)
		order = u64_cmp(a->minor, b->minor);
	if (!order)
		order = u64_cmp(a->patch, b->patch);
	return order ? order : pre_cmp(a->pre, b->pre);
}

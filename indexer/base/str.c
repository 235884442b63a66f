/* The few slice operations that do not fit on one line. */
#include "indexer/base/str.h"

#include "indexer/base/ascii.h"

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;
	return order ? order : (a.n > b.n) - (a.n < b.n);
}

int str_order(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

bool str_has_nocase(struct str s, struct str part)
{
	for (size_t i = 0; i + part.n <= s.n; i++)
		if (str_eq_nocase(str_make(s.p + i, part.n), part))
			return true;
	return false;
}

bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq(str_first(s, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq(str_make(s.p + (s.n - suffix.n), suffix.n), suffix);
}

bool str_has_controls(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return true;
	return false;
}

struct str str_base_name(struct str path)
{
	const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
	return slash ? str_from(path, (size_t)(slash - path.p) + 1) : path;
}

uint64_t str_hash(struct str s, uint64_t start)
{
	for (size_t i = 0; i < s.n; i++)
		start = (start ^ (unsigned char)s.p[i]) * 1099511628211u;
	return start;
}

bool str_has(struct str s, char c)
{
	return s.n && memchr(s.p, c, s.n);
}

bool str_is_one_of(struct str s, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq_c(s, words[i]))
			return true;
	return false;
}

struct str str_trim(struct str s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = str_from(s, 1);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

struct str str_fit(struct str s, size_t max_bytes)
{
	if (s.n <= max_bytes)
		return s;
	while (max_bytes && ((unsigned char)s.p[max_bytes] & 0xc0) == 0x80)
		max_bytes--;
	return str_first(s, max_bytes);
}

struct str str_cut(struct str *s, char sep, bool *ret_found)
{
	const char *at = s->n ? memchr(s->p, sep, s->n) : NULL;
	struct str before = at ? str_make(s->p, (size_t)(at - s->p)) : *s;
	*s = at ? str_make(at + 1, s->n - before.n - 1) : (struct str){ NULL, 0 };
	if (ret_found)
		*ret_found = at != NULL;
	return before;
}

struct str str_cut_line(struct str *s)
{
	struct str line = str_cut(s, '\n', NULL);
	line.n -= line.n && line.p[line.n - 1] == '\r';
	return line;
}

int hex_digit_value(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool str_to_u64(struct str s, uint64_t *ret)
{
	uint64_t value = 0;
	if (!s.n)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(s.p[i] - '0'), &value))
			return false;
	}
	*ret = value;
	return true;
}

bool str_percent(struct str s, char *ret)
{
	int high = s.n > 2 && s.p[0] == '%' ? hex_digit_value(s.p[1]) : -1;
	int low = high < 0 ? -1 : hex_digit_value(s.p[2]);
	if (low >= 0)
		*ret = (char)(high << 4 | low);
	return low >= 0;
}

/* Length of the well-formed sequence at p, 0 if there is none (Unicode 15, table 3-7). */
static size_t utf8_length(const unsigned char *p, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t length;
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		length = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		length = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		length = 4;
	else
		return 0;
	if (length > n)
		return 0;
	if (p[0] == 0xe0) low = 0xa0;
	if (p[0] == 0xed) high = 0x9f;
	if (p[0] == 0xf0) low = 0x90;
	if (p[0] == 0xf4) high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

bool str_is_utf8(struct str s)
{
	for (size_t i = 0; i < s.n;) {
		size_t length = utf8_length((const unsigned char *)s.p + i, s.n - i);
		if (!length)
			return false;
		i += length;
	}
	return true;
}

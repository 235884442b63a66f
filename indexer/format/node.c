/* Trees of scalars, lists and maps: access, and what a plain scalar means.
 *
 * Helm turns YAML into JSON with go-yaml v2 before it looks at a field, and a number that lands in
 * a string field is printed by strconv.FormatFloat(x, 'g', -1, 32). So "1.10" becomes "1.1" and
 * 16777217.0 becomes "1.6777216e+07": that is what `helm repo index` shows, hence what we show. */
#include "indexer/format/node.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"

static const struct node_item *find(const struct node *map, struct str key, bool (*same)(struct str, struct str))
{
	if (!map || map->kind != NODE_MAP)
		return NULL;
	const struct node_item *item = map->items;
	while (item && !same(item->key, key))
		item = item->next;
	return item;
}

const struct node *node_find(const struct node *map, struct str key)
{
	const struct node_item *item = find(map, key, str_eq);
	return item ? item->value : NULL;
}

const struct node *node_get(const struct node *map, const char *key)
{
	return node_find(map, str_c(key));
}

const struct node *node_get_nocase(const struct node *map, const char *key)
{
	const struct node_item *item = find(map, str_c(key), str_eq);
	if (!item)
		item = find(map, str_c(key), str_eq_nocase);
	return item ? item->value : NULL;
}

struct str node_text(const struct node *n)
{
	return n && n->kind == NODE_SCALAR ? n->text : (struct str){ NULL, 0 };
}

/* ---- what a plain scalar means ---- */

struct meaning {
	enum node_type type;
	bool negative;                   /* NODE_INT: sign and magnitude; NODE_BOOL: magnitude 1 or 0 */
	uint64_t magnitude;
	double number;                   /* NODE_FLOAT */
};

static const struct word {
	const char *text;
	enum node_type type;
	uint64_t magnitude;
	double number;
} words[] = {
	{ "", NODE_NULL, 0, 0 },       { "~", NODE_NULL, 0, 0 },     { "null", NODE_NULL, 0, 0 },
	{ "Null", NODE_NULL, 0, 0 },   { "NULL", NODE_NULL, 0, 0 },
	{ "y", NODE_BOOL, 1, 0 },      { "Y", NODE_BOOL, 1, 0 },     { "yes", NODE_BOOL, 1, 0 },
	{ "Yes", NODE_BOOL, 1, 0 },    { "YES", NODE_BOOL, 1, 0 },   { "true", NODE_BOOL, 1, 0 },
	{ "True", NODE_BOOL, 1, 0 },   { "TRUE", NODE_BOOL, 1, 0 },  { "on", NODE_BOOL, 1, 0 },
	{ "On", NODE_BOOL, 1, 0 },     { "ON", NODE_BOOL, 1, 0 },
	{ "n", NODE_BOOL, 0, 0 },      { "N", NODE_BOOL, 0, 0 },     { "no", NODE_BOOL, 0, 0 },
	{ "No", NODE_BOOL, 0, 0 },     { "NO", NODE_BOOL, 0, 0 },    { "false", NODE_BOOL, 0, 0 },
	{ "False", NODE_BOOL, 0, 0 },  { "FALSE", NODE_BOOL, 0, 0 }, { "off", NODE_BOOL, 0, 0 },
	{ "Off", NODE_BOOL, 0, 0 },    { "OFF", NODE_BOOL, 0, 0 },
	{ ".nan", NODE_FLOAT, 0, NAN },       { ".NaN", NODE_FLOAT, 0, NAN },
	{ ".NAN", NODE_FLOAT, 0, NAN },       { ".inf", NODE_FLOAT, 0, INFINITY },
	{ ".Inf", NODE_FLOAT, 0, INFINITY },  { ".INF", NODE_FLOAT, 0, INFINITY },
	{ "+.inf", NODE_FLOAT, 0, INFINITY }, { "+.Inf", NODE_FLOAT, 0, INFINITY },
	{ "+.INF", NODE_FLOAT, 0, INFINITY }, { "-.inf", NODE_FLOAT, 0, -INFINITY },
	{ "-.Inf", NODE_FLOAT, 0, -INFINITY },{ "-.INF", NODE_FLOAT, 0, -INFINITY },
};

static const struct word *find_word(struct str text)
{
	if (text.n > 5 || (text.n && !strchr("~nNyYtTfFoO.+-", text.p[0])))
		return NULL;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if ((!text.n || words[i].text[0] == text.p[0]) && str_eq_c(text, words[i].text))
			return &words[i];
	return NULL;
}

static size_t skip_digits(struct str s, size_t at)
{
	while (at < s.n && ascii_is_digit(s.p[at]))
		at++;
	return at;
}

/* [0-9]{min,max} and then `after` (0: the end or anything); moves *at behind it. */
static bool take_part(struct str s, size_t *at, size_t min, size_t max, char after)
{
	size_t end = skip_digits(s, *at), digits = end - *at;
	if (digits < min || digits > max || (after && (end == s.n || s.p[end] != after)))
		return false;
	*at = end + (after != 0);
	return true;
}

static bool take_zone(struct str s, size_t *at)
{
	if (*at < s.n && s.p[*at] == 'Z') {
		(*at)++;
		return true;
	}
	if (*at >= s.n || (s.p[*at] != '+' && s.p[*at] != '-'))
		return false;
	(*at)++;
	return take_part(s, at, 2, 2, ':') && take_part(s, at, 2, 2, 0);
}

/* By shape only: a thirteenth month is still called a date, which changes no string. */
static bool is_timestamp(struct str s)
{
	size_t at = 0;
	if (!take_part(s, &at, 4, 4, '-') || !take_part(s, &at, 1, 2, '-') ||
	    !take_part(s, &at, 1, 2, 0))
		return false;
	if (at == s.n)
		return true;
	char separator = s.p[at++];
	if (separator != 'T' && separator != 't' && separator != ' ')
		return false;
	for (int colons = 2; colons >= 0; colons--)
		if (!take_part(s, &at, 1, 2, colons ? ':' : 0))
			return false;
	if (at < s.n && s.p[at] == '.') {
		at++;
		if (!take_part(s, &at, 1, s.n, 0))
			return false;
	}
	return (separator == ' ' || take_zone(s, &at)) && at == s.n;
}

/* The number without its underscores, NUL-terminated; false when it does not fit. */
static bool without_underscores(struct str text, char ret[YAML_NUMBER_MAX_BYTES], size_t *ret_n)
{
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '_')
			continue;
		if (n == YAML_NUMBER_MAX_BYTES - 1)
			return false;
		ret[n++] = text.p[i];
	}
	ret[n] = '\0';
	*ret_n = n;
	return true;
}

static unsigned base_of(struct str *s)
{
	if (!s->n || s->p[0] != '0')
		return 10;
	char letter = s->n > 2 ? ascii_lower(s->p[1]) : '0';
	unsigned base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
	*s = str_from(*s, letter == 'x' || letter == 'b' || letter == 'o' ? 2 : 1);
	return base;
}

/* strconv.ParseInt(s, 0, 64), else strconv.ParseUint(s, 0, 64). */
static bool parse_int(struct str s, struct meaning *ret)
{
	bool sign = s.n && (s.p[0] == '+' || s.p[0] == '-');
	bool negative = sign && s.p[0] == '-';
	uint64_t value = 0;
	if (sign)
		s = str_from(s, 1);
	if (!s.n)
		return false;
	unsigned base = base_of(&s);
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned)hex_digit_value(s.p[i]);        /* none is larger than any base */
		if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	uint64_t max = negative ? (uint64_t)INT64_MAX + 1 : sign ? INT64_MAX : UINT64_MAX;
	if (value > max)
		return false;
	*ret = (struct meaning){ .type = NODE_INT, .negative = negative && value, .magnitude = value };
	return true;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool has_float_shape(struct str s)
{
	size_t at = s.n && (s.p[0] == '+' || s.p[0] == '-');
	size_t whole = skip_digits(s, at) - at, fraction = 0;
	at += whole;
	if (at < s.n && s.p[at] == '.') {
		fraction = skip_digits(s, at + 1) - (at + 1);
		at += 1 + fraction;
	}
	if (!whole && !fraction)
		return false;
	if (at < s.n && ascii_lower(s.p[at]) == 'e') {
		at++;
		at += at < s.n && (s.p[at] == '+' || s.p[at] == '-');
		size_t end = skip_digits(s, at);
		if (end == at)
			return false;
		at = end;
	}
	return at == s.n;
}

static bool parse_float(const char *text, size_t n, struct meaning *ret)
{
	if (!has_float_shape(str_make(text, n)))
		return false;
	double number = strtod(text, NULL);      /* the program never leaves the C locale */
	if (isinf(number))
		return false;
	*ret = (struct meaning){ .type = NODE_FLOAT, .number = number };
	return true;
}

/* strconv.ParseFloat, which reads what begins with a dot, wants digits around an underscore. */
static bool underscores_fit(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '_' && (i + 1 == s.n || !ascii_is_digit(s.p[i - 1]) || !ascii_is_digit(s.p[i + 1])))
			return false;
	return true;
}

/* Where go-yaml expects a number at all, by the first character. */
static bool parse_number(struct str text, struct meaning *ret)
{
	char digits[YAML_NUMBER_MAX_BYTES];
	size_t n;
	if (!text.n || !(ascii_is_digit(text.p[0]) || strchr("+-.", text.p[0])))
		return false;
	if (!without_underscores(text, digits, &n) || (text.p[0] == '.' && !underscores_fit(text)))
		return false;
	return parse_int(str_make(digits, n), ret) || parse_float(digits, n, ret);
}

static bool is_typed(const struct node *n)
{
	return n->kind == NODE_SCALAR && (n->plain || n->tag.n) && !str_eq_c(n->tag, "!!str");
}

static struct meaning meaning_of(const struct node *n)
{
	struct meaning m = { .type = NODE_STRING };
	if (!is_typed(n) || n->text.n > YAML_NUMBER_MAX_BYTES)       /* of one text aliases may make a million */
		return m;
	const struct word *word = find_word(n->text);
	if (word)
		return (struct meaning){ .type = word->type, .magnitude = word->magnitude,
		                         .number = word->number };
	if (is_timestamp(n->text))
		m.type = NODE_TIMESTAMP;
	else if (parse_number(n->text, &m) && m.type == NODE_INT && str_eq_c(n->tag, "!!float"))
		m = (struct meaning){ .type = NODE_FLOAT,
		                      .number = (m.negative ? -1. : 1.) * (double)m.magnitude };
	return m;
}

enum node_type node_type(const struct node *scalar)
{
	return scalar ? meaning_of(scalar).type : NODE_NULL;
}

/* Asked of every key and value of values.yaml: the first letter tells of nearly all. */
static bool may_be(struct str text, const char *letters) { return !text.n || strchr(letters, text.p[0]); }

bool node_is_null(const struct node *n)
{
	const struct word *word = n && may_be(n->text, "~nN") && is_typed(n) ? find_word(n->text) : NULL;
	return !n || (word && word->type == NODE_NULL);
}

bool node_is_finite(const struct node *scalar)
{
	const struct word *word = may_be(scalar->text, ".+-") && is_typed(scalar) ? find_word(scalar->text) : NULL;
	return !word || word->type != NODE_FLOAT;
}

bool node_bool(const struct node *n, bool *ret)
{
	if (!n)
		return false;
	struct meaning m = meaning_of(n);
	if (m.type == NODE_BOOL)
		*ret = m.magnitude;
	return m.type == NODE_BOOL;
}

bool node_number(const struct node *n, double *ret)
{
	if (!n)
		return false;
	struct meaning m = meaning_of(n);
	if (m.type == NODE_INT)
		*ret = (m.negative ? -1. : 1.) * (double)m.magnitude;
	else if (m.type == NODE_FLOAT)
		*ret = m.number;
	return m.type == NODE_INT || m.type == NODE_FLOAT;
}

/* ---- as a string ---- */

void node_number_text(double number, char ret[NODE_NUMBER_BYTES])
{
	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(ret, NODE_NUMBER_BYTES, "%.*g", digits, number);
		if (strtod(ret, NULL) == number)
			break;
	}
}

/* The fewest digits that give the same 32-bit float again: "-d.ddde±dd" in `ret`. */
static int shortest(float number, char ret[32])
{
	for (int digits = 0;; digits++) {
		(void)snprintf(ret, 32, "%.*e", digits, (double)number);
		if (digits == 8 || strtof(ret, NULL) == number)
			return digits;
	}
}

/* strconv.FormatFloat(number, 'g', -1, 32) */
static void format_float(double wide, char ret[64])
{
	float number = (float)wide;
	if (isnan(number) || isinf(number)) {
		(void)snprintf(ret, 64, "%s", isnan(number) ? "NaN" : number > 0 ? "+Inf" : "-Inf");
		return;
	}
	char scientific[32];
	int digits = shortest(number, scientific);
	int exponent = (int)strtol(strchr(scientific, 'e') + 1, NULL, 10);
	if (exponent < -4 || exponent >= 6)
		(void)snprintf(ret, 64, "%s", scientific);
	else
		(void)snprintf(ret, 64, "%.*f", digits > exponent ? digits - exponent : 0, (double)number);
}

bool node_coerce_string(struct arena *a, const struct node *scalar, struct str *ret)
{
	char text[64];
	if (!scalar) {
		*ret = (struct str){ NULL, 0 };
		return true;
	}
	if (scalar->kind != NODE_SCALAR)
		return false;
	struct meaning m = meaning_of(scalar);
	switch (m.type) {
	case NODE_NULL:
		*ret = (struct str){ NULL, 0 };
		return true;
	case NODE_STRING: case NODE_TIMESTAMP:
		*ret = scalar->text;
		return true;
	case NODE_BOOL:
		*ret = m.magnitude ? STR("true") : STR("false");
		return true;
	case NODE_INT:
		(void)snprintf(text, sizeof text, "%s%llu", m.negative ? "-" : "",
		               (unsigned long long)m.magnitude);
		break;
	case NODE_FLOAT:
		format_float(m.number, text);
		break;
	}
	return arena_str(a, str_c(text), ret);
}

bool node_key_string(struct arena *a, const struct node_item *item, struct str *ret)
{
	struct node key = { .kind = NODE_SCALAR, .plain = item->key_plain, .text = item->key };
	if (!item->key_plain || node_is_null(&key)) {
		*ret = item->key;
		return true;
	}
	if (!node_coerce_string(a, &key, ret))
		return false;
	if (str_eq_c(*ret, "+Inf"))
		*ret = STR(".inf");
	else if (str_eq_c(*ret, "-Inf"))
		*ret = STR("-.inf");
	else if (str_eq_c(*ret, "NaN"))
		*ret = STR(".nan");
	return true;
}

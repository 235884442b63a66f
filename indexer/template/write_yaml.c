/* Values as sigs.k8s.io/yaml writes them: through JSON, so that 1000000 stays a whole number, by go-yaml,
 * whose order of keys takes the numbers in them for numbers. Pretty ones as go-yaml 3 does by itself: a number
 * is what it is in Go. Objects of Helm's (.Chart) have the names of JSON there too, not Go's in small letters. */
#include "indexer/template/functions.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/base64.h"
#include "indexer/base/limits.h"
#include "indexer/base/utf8.h"
#include "indexer/format/yaml_write.h"
#include "indexer/template/form.h"
#include "indexer/template/write.h"

struct writer {
	struct tmpl_run *r;
	struct yaml_writer *to;
	const char *problem;
	bool pretty;
	bool failed;                     /* memory was */
};

static bool put(struct writer *w, const struct tmpl_value *v, unsigned depth);

/* ---- the order of keys ---- */

static bool is_digit(uint32_t c) { return c >= '0' && c <= '9'; }

static int64_t number_at(struct str s, uint64_t seed, size_t *ret_digits)
{
	size_t i = 0;
	for (; i < s.n && is_digit((unsigned char)s.p[i]); i++)
		seed = seed * 10 + (uint64_t)(s.p[i] - '0');
	*ret_digits = i;
	return (int64_t)seed;
}

/* Of two texts from where they differ on. A zero within a number is a digit of it like others. */
static int differ(struct str a, struct str b, bool in_number)
{
	struct str rest_a = a, rest_b = b;
	uint32_t x = utf8_next(&rest_a), y = utf8_next(&rest_b);
	bool letter_x = rune_is_letter(x), letter_y = rune_is_letter(y);
	if (letter_x != letter_y)
		return letter_y ? -1 : 1;
	if (letter_x)
		return x < y ? -1 : 1;
	uint64_t seed = in_number && (x == '0' || y == '0');
	size_t digits_a, digits_b;
	int64_t number_a = number_at(a, seed, &digits_a), number_b = number_at(b, seed, &digits_b);
	if (number_a != number_b)
		return number_a < number_b ? -1 : 1;
	if (digits_a != digits_b)
		return digits_a < digits_b ? -1 : 1;
	return x < y ? -1 : 1;
}

static int natural(struct str a, struct str b)
{
	bool in_number = false;
	while (a.n && b.n) {
		struct str before_a = a, before_b = b;
		uint32_t x = utf8_next(&a), y = utf8_next(&b);
		if (x != y)
			return differ(before_a, before_b, in_number);
		in_number = is_digit(x) && (in_number || x != '0');
	}
	return a.n ? 1 : b.n ? -1 : 0;
}

static int by_key(const void *a, const void *b)
{
	const struct tmpl_entry *const *x = a, *const *y = b;
	return natural((*x)->key, (*y)->key);
}

/* ---- scalars ---- */

/* What JSON can say and a reader of YAML refuses. */
static bool is_readable(uint32_t c)
{
	return c < 0x7f || c == 0x85 || (c >= 0xa0 && c != 0xfffe && c != 0xffff);
}

/* Bytes that are no UTF-8 are replaced, as JSON does it. */
static void put_text(struct writer *w, struct str s)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	for (struct str rest = s; rest.n;)
		if (!is_readable(utf8_next(&rest)) && !w->pretty)
			w->problem = "yaml: control characters are not allowed";
	if (!str_is_utf8(s)) {
		for (struct str rest = s; rest.n && sbuf_ok(&b);)
			rune_put(&b, utf8_next(&rest));
		s = sbuf_str(&b);
		w->failed |= b.failed;
	}
	yaml_write_scalar(w->to, s, yaml_style_of(s));
}

/* JSON's digits, read again: what fits into 64 bits is an integer. */
static void put_number(struct writer *w, double v)
{
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	if (w->pretty)
		form_float(&b, v, 'g', -1);
	else
		write_json_number(&b, v);
	if (!sbuf_ok(&b)) {
		w->failed = true;
		return;
	}
	bool whole = w->pretty || !strpbrk(b.p, ".e");
	errno = 0;
	if (whole && !w->pretty)
		(void)(b.p[0] == '-' ? (uint64_t)strtoll(b.p, NULL, 10) : strtoull(b.p, NULL, 10));
	if (!whole || errno) {
		sbuf_reset(&b);
		form_float(&b, v, 'g', -1);
	} else if (!w->pretty && str_eq(sbuf_str(&b), STR("-0"))) {
		sbuf_reset(&b);
		sbuf_putc(&b, '0');
	}
	yaml_write_scalar(w->to, sbuf_str(&b), YAML_PLAIN);
}

static void put_integer(struct writer *w, int64_t v)
{
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	sbuf_printf(&b, "%lld", (long long)v);
	w->failed |= b.failed;
	yaml_write_scalar(w->to, sbuf_str(&b), YAML_PLAIN);
}

static void put_bytes(struct writer *w, struct str s)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	base64_put(&b, s);
	w->failed |= b.failed;
	put_text(w, sbuf_str(&b));
}

/* ---- lists and maps ---- */

static bool put_list(struct writer *w, const struct tmpl_list *l, unsigned depth)
{
	bool fine = true;
	if (!l->items && !w->pretty) {       /* []string of no matches */
		yaml_write_scalar(w->to, STR("null"), YAML_PLAIN);
		return true;
	}
	yaml_write_list(w->to);
	for (size_t i = 0; i < l->count && fine; i++)
		fine = put(w, l->items + i, depth + 1);
	yaml_write_end_list(w->to);
	return fine;
}

static bool put_map(struct writer *w, const struct tmpl_map *m, unsigned depth)
{
	size_t count = m ? m->count : 0;
	const struct tmpl_entry **sorted = malloc((count + 1) * sizeof *sorted);
	bool fine = true;
	if (!sorted)
		return tmpl_no_memory(w->r);
	for (size_t i = 0; i < count; i++)
		sorted[i] = m->entries + i;
	qsort(sorted, count, sizeof(const struct tmpl_entry *), by_key);
	yaml_write_map(w->to);
	for (size_t i = 0; i < count && fine; i++) {
		put_text(w, sorted[i]->key);
		fine = put(w, &sorted[i]->value, depth + 1);
	}
	yaml_write_end_map(w->to);
	free(sorted);
	return fine;
}

static bool put(struct writer *w, const struct tmpl_value *v, unsigned depth)
{
	const struct tmpl_map *map;
	if (depth > TMPL_VALUE_DEPTH_MAX)
		w->problem = "json: unsupported value: encountered a cycle via map[string]interface {}";
	else if (v->kind == TMPL_FLOAT && !isfinite(v->number))
		w->problem = "json: unsupported value: no finite number";
	if (w->problem)
		return true;
	if (!tmpl_take(w->r, w->pretty ? 4 : 1))     /* it takes as much longer */
		return false;
	switch (v->kind) {
	case TMPL_NIL:    yaml_write_scalar(w->to, STR("null"), YAML_PLAIN); return true;
	case TMPL_BOOL:   yaml_write_scalar(w->to, v->boolean ? STR("true") : STR("false"), YAML_PLAIN); return true;
	case TMPL_INT:    put_integer(w, v->integer); return true;
	case TMPL_FLOAT:  put_number(w, v->number); return true;
	case TMPL_STRING: (v->go == TMPL_GO_BYTES ? put_bytes : put_text)(w, v->text); return true;
	case TMPL_LIST:   return put_list(w, &v->list, depth);
	default:          return tmpl_map_of(w->r, v, &map) && put_map(w, map, depth);
	}
}

bool tmpl_write_yaml(struct tmpl_run *r, struct sbuf *b, const struct tmpl_value *v, bool pretty,
                     const char **ret_problem)
{
	struct writer w = { .r = r, .pretty = pretty,
	                    .to = pretty ? yaml_writer_new_indented(b) : yaml_writer_new(b) };
	bool fine = put(&w, v, 0);
	bool written = yaml_writer_finish(w.to) && !w.failed;
	bool full = !sbuf_ok(b) && b->n >= b->limit / 2;
	*ret_problem = w.problem;
	if (fine && !w.problem && !written)
		return tmpl_fail(r, full ? ERR_TOO_LARGE : ERR_NOMEM, "a value as YAML");
	return fine;
}

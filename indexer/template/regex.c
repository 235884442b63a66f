/* The only user of PCRE2. */
#include "indexer/template/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/template/regex_syntax.h"

/* PCRE2's match limit counts anew at each place of the text where a match may begin, and no characters that one
 * item runs over. So it calls us before each item (PCRE2_AUTO_CALLOUT), and we count both.           */
#define STEPS_A_FUEL   8u
#define BYTES_A_STEP   16u           /* that an item ran over, or went back by */
#define REPEATS_A_STEP 64u           /* of "a{1000}": what fails within them is not told */
#define GROUPS_A_STEP  4u            /* they are copied where a match may go back to */
#define LETTERS_A_STEP 16u           /* of an item: a class of many ranges */

struct regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
	struct tmpl_run *run;            /* of regex_find */
	uint64_t weight;                 /* steps of one item */
	uint64_t steps;                  /* that no fuel was taken for yet */
	size_t at, item;                 /* in the text, at the item before; its letters */
};

void regex_free(struct regex *x)
{
	if (!x)
		return;
	pcre2_match_context_free(x->limits);
	pcre2_match_data_free(x->data);
	pcre2_code_free(x->code);
	free(x);
}

/* "$" is the end of the text alone, and "." is all but "\n", whatever the library was built for. */
static pcre2_code *compile(struct str pattern, int *ret_error)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	size_t offset;
	*ret_error = PCRE2_ERROR_NOMEMORY;
	if (!context)
		return NULL;
	(void)pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	(void)pcre2_set_parens_nest_limit(context, TMPL_REGEX_NESTING_MAX);
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)(pattern.n ? pattern.p : ""), pattern.n,
	                                 PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY |
	                                 PCRE2_NEVER_BACKSLASH_C | PCRE2_DUPNAMES | PCRE2_AUTO_CALLOUT, ret_error,
	                                 &offset, context);
	pcre2_compile_context_free(context);
	return code;
}

static struct regex *no_memory(struct tmpl_run *r, const char **ret_problem)
{
	*ret_problem = "out of memory";
	(void)tmpl_no_memory(r);
	return NULL;
}

/* Before an item: negative ends the search. */
static int count(pcre2_callout_block *c, void *arg)
{
	struct regex *x = arg;
	size_t item = c->next_item_length > x->item ? c->next_item_length : x->item;
	size_t moved = c->current_position > x->at ? c->current_position - x->at : x->at - c->current_position;
	x->steps += (x->weight + moved / BYTES_A_STEP) * (1 + item / LETTERS_A_STEP);
	x->at = c->current_position;
	x->item = c->next_item_length;
	if (x->steps < STEPS_A_FUEL)
		return 0;
	bool taken = tmpl_take(x->run, x->steps / STEPS_A_FUEL);
	x->steps %= STEPS_A_FUEL;
	return taken ? 0 : PCRE2_ERROR_CALLOUT;
}

/* What a search may take. */
static bool limit(struct regex *x, unsigned most_repeated)
{
	uint32_t groups = 0;
	x->data = pcre2_match_data_create_from_pattern(x->code, NULL);
	x->limits = pcre2_match_context_create(NULL);
	if (!x->data || !x->limits || pcre2_pattern_info(x->code, PCRE2_INFO_CAPTURECOUNT, &groups))
		return false;
	x->weight = 1 + most_repeated / REPEATS_A_STEP + groups / GROUPS_A_STEP;
	return pcre2_set_match_limit(x->limits, TMPL_REGEX_STEPS_MAX) == 0 &&
	       pcre2_set_depth_limit(x->limits, TMPL_REGEX_DEPTH_MAX) == 0 &&
	       pcre2_set_heap_limit(x->limits, TMPL_REGEX_HEAP_KIB) == 0 &&
	       pcre2_set_callout(x->limits, count, x) == 0;
}

struct regex *regex_new(struct tmpl_run *r, struct str pattern, const char **ret_problem)
{
	AUTO_SBUF struct sbuf b = sbuf_make(2 * TMPL_REGEX_MAX_BYTES);
	char text[200] = "";
	int error;
	if (pattern.n > TMPL_REGEX_MAX_BYTES || !str_is_utf8(pattern)) {
		*ret_problem = pattern.n > TMPL_REGEX_MAX_BYTES ? "expression too large" : "invalid UTF-8";
		return NULL;
	}
	unsigned most_repeated = 0;
	if (!regex_translate(&b, pattern, &most_repeated, ret_problem))
		return NULL;
	if (!sbuf_ok(&b) && b.n >= b.limit / 2) {
		*ret_problem = "expression too large";
		return NULL;
	}
	struct regex *x = sbuf_ok(&b) ? calloc(1, sizeof *x) : NULL;
	if (!x)
		return no_memory(r, ret_problem);
	x->code = compile(sbuf_str(&b), &error);
	if (!x->code) {
		if (error == PCRE2_ERROR_MISSING_CLOSING_PARENTHESIS)
			(void)stpcpy(text, "missing closing )");
		else
			(void)pcre2_get_error_message(error, (PCRE2_UCHAR *)text, sizeof text);
		regex_free(x);
		bool full = error == PCRE2_ERROR_NOMEMORY || error == PCRE2_ERROR_HEAP_FAILED;
		*ret_problem = full ? NULL : arena_dup(r->a, str_c(text));
		return *ret_problem ? NULL : no_memory(r, ret_problem);
	}
	if (limit(x, most_repeated))
		return x;
	regex_free(x);
	return no_memory(r, ret_problem);
}

enum regex_found regex_find(struct tmpl_run *r, struct regex *x, struct str s, size_t at, size_t *ret_from,
                            size_t *ret_to)
{
	if (!tmpl_take(r, 1 + (s.n - at) / 256))
		return REGEX_FAILED;
	x->run = r;
	x->at = at;
	int n = pcre2_match(x->code, (PCRE2_SPTR)(s.n ? s.p : ""), s.n, at, 0, x->data, x->limits);
	if (n == PCRE2_ERROR_NOMATCH)
		return REGEX_NONE;
	if (n < 0) {
		(void)tmpl_fail(r, ERR_TOO_LARGE, "a regular expression takes too many steps");
		return REGEX_FAILED;
	}
	const size_t *found = pcre2_get_ovector_pointer(x->data);
	*ret_from = found[0];
	*ret_to = found[1];
	return REGEX_FOUND;
}

static struct str numbered(const struct regex *x, struct str s, uint32_t number)
{
	const size_t *found = pcre2_get_ovector_pointer(x->data);
	if (number >= pcre2_get_ovector_count(x->data) || found[2 * number] == PCRE2_UNSET)
		return STR("");
	return str_first(str_from(s, found[2 * number]), found[2 * number + 1] - found[2 * number]);
}

struct str regex_group(struct regex *x, struct str s, struct str name)
{
	uint64_t number;
	PCRE2_SPTR table;
	uint32_t entries, bytes;
	if (str_to_u64(name, &number))
		return number < UINT32_MAX ? numbered(x, s, (uint32_t)number) : STR("");
	if (pcre2_pattern_info(x->code, PCRE2_INFO_NAMETABLE, &table) ||
	    pcre2_pattern_info(x->code, PCRE2_INFO_NAMECOUNT, &entries) ||
	    pcre2_pattern_info(x->code, PCRE2_INFO_NAMEENTRYSIZE, &bytes))
		return STR("");
	for (uint32_t i = 0; i < entries; i++, table += bytes)
		if (str_eq_c(name, (const char *)table + 2))
			return numbered(x, s, (uint32_t)table[0] << 8 | table[1]);
	return STR("");
}

/* What a schema says of a value, in words: the first of its parts that speaks decides, and what is
 * sure comes before what is not.                                                            */
#include "indexer/base/auto.h"
#include "indexer/document/schema_check.h"
#include "indexer/document/value_text.h"

static const struct node *first_of(const struct schema_place *at, const char *keyword, bool sure)
{
	for (size_t i = 0; i < at->count; i++) {
		bool counts = sure ? at->of[i].sure : !at->of[i].sure;
		const struct node *n = counts ? node_get(at->of[i].schema, keyword) : NULL;
		if (n)
			return n;
	}
	return NULL;
}

static const struct node *first(const struct schema_place *at, const char *keyword, bool sure_only)
{
	const struct node *n = first_of(at, keyword, true);
	return n || sure_only ? n : first_of(at, keyword, false);
}

/* ---- type ---- */

/* Whether `word` is among the words before it. */
static bool is_said(struct str said, struct str word)
{
	for (;;) {
		const char *at = said.n ? memmem(said.p, said.n, " or ", 4) : NULL;
		struct str one = at ? str_first(said, (size_t)(at - said.p)) : said;
		if (str_eq(one, word))
			return true;
		if (!at)
			return false;
		said = str_from(said, one.n + 4);
	}
}

/* Types of the alternatives, each once. */
static void put_alternatives(const struct schema_place *at, struct sbuf *b)
{
	for (size_t i = 0; i < at->count; i++) {
		const struct node *types = node_get(at->of[i].schema, "type");
		AUTO_SBUF struct sbuf one = sbuf_make(MIB);
		if (!types)
			continue;
		schema_put_types(types, &one);
		b->failed |= one.failed;
		if (is_said(sbuf_str(b), sbuf_str(&one)))
			continue;
		sbuf_puts(b, b->n ? " or " : "");
		sbuf_put(b, sbuf_str(&one));
	}
}

static void put_type(const struct schema_place *at, struct sbuf *b)
{
	const struct node *types = first(at, "type", true);
	if (types)
		schema_put_types(types, b);
	else
		put_alternatives(at, b);
}

/* ---- constraints ---- */

typedef void phrase(struct arena *a, const struct node *arg, struct sbuf *b);

static void one_of(struct arena *a, const struct node *arg, struct sbuf *b)
{
	sbuf_puts(b, "one of: ");
	schema_put_values(a, arg, b);
}

static void always(struct arena *a, const struct node *arg, struct sbuf *b)
{
	sbuf_puts(b, "always ");
	(void)value_flow(a, arg, SCHEMA_TEXT_MAX_BYTES, b);
}

static void multiple(struct arena *a, const struct node *arg, struct sbuf *b)
{
	(void)a;
	sbuf_printf(b, "multiple of %.*s", STR_ARG(str_fit(arg->text, 40)));
}

static void pattern(struct arena *a, const struct node *arg, struct sbuf *b)
{
	(void)a;
	sbuf_puts(b, "pattern ");
	sbuf_put(b, str_fit(arg->text, SCHEMA_TEXT_MAX_BYTES));
}

static void format(struct arena *a, const struct node *arg, struct sbuf *b)
{
	(void)a;
	sbuf_puts(b, "format ");
	sbuf_put(b, str_fit(arg->text, SCHEMA_TEXT_MAX_BYTES));
}

static void unique(struct arena *a, const struct node *arg, struct sbuf *b)
{
	bool yes = false;
	(void)a;
	if (node_bool(arg, &yes) && yes)
		sbuf_puts(b, "no element twice");
}

static void closed(struct arena *a, const struct node *arg, struct sbuf *b)
{
	bool open = true;
	(void)a;
	if (node_bool(arg, &open) && !open)
		sbuf_puts(b, "no other keys");
}

static void elements(struct arena *a, const struct node *arg, struct sbuf *b)
{
	const struct node *types = node_get(arg, "type");
	(void)a;
	if (!types)
		return;
	sbuf_puts(b, "elements: ");
	schema_put_types(types, b);
}

static const struct {
	const char *keyword;
	unsigned says;
	phrase *put;
} phrases[] = {
	{ "enum",                 SCHEMA_LIST,   one_of },
	{ "const",                SCHEMA_ANY,    always },
	{ "multipleOf",           SCHEMA_SCALAR, multiple },
	{ "pattern",              SCHEMA_SCALAR, pattern },
	{ "format",               SCHEMA_SCALAR, format },
	{ "uniqueItems",          SCHEMA_SCALAR, unique },
	{ "items",                SCHEMA_MAP,    elements },
	{ "additionalProperties", SCHEMA_SCALAR, closed },
};

/* A phrase is put between begin and end; end takes the comma back where it was empty. */
static size_t begin(struct sbuf *b)
{
	size_t before = b->n;
	sbuf_puts(b, before ? ", " : "");
	return before;
}

static void end(struct sbuf *b, size_t before)
{
	if (b->n == before + (before ? 2 : 0))
		b->n = before;
}

static void put_limits(const struct schema_place *at, struct sbuf *b)
{
	for (size_t i = 0; i < at->count; i++)
		for (const struct schema_limit *limit = schema_limits; limit->name; limit++) {
			const struct node *schema = at->of[i].schema, *arg = node_get(schema, limit->name);
			double number;
			if (!at->of[i].sure || !node_number(arg, &number))
				continue;
			bool strict = schema_limit_is_strict(limit, schema);
			(void)begin(b);
			sbuf_puts(b, !strict ? limit->before : limit->upper ? "< " : "> ");
			sbuf_put(b, arg->text);
			sbuf_puts(b, limit->after);
		}
}

static void put_constraints(struct arena *a, const struct schema_place *at, struct sbuf *b)
{
	put_limits(at, b);
	for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
		const struct node *arg = first(at, phrases[i].keyword, true);
		if (!arg || !(phrases[i].says & (1u << arg->kind)))
			continue;
		size_t before = begin(b);
		phrases[i].put(a, arg, b);
		end(b, before);
	}
}

/* ---- all of it ---- */

static bool keep(struct arena *a, struct sbuf *b, struct str *ret)
{
	struct str whole = sbuf_str(b), text = str_fit(whole, SCHEMA_TEXT_MAX_BYTES - 3);
	if (!sbuf_ok(b))
		return false;
	if (text.n == whole.n)
		return arena_str(a, whole, ret);
	char *cut = arena_printf(a, "%.*s…", STR_ARG(text));
	*ret = str_c(cut);
	return cut;
}

static bool describe(struct arena *a, const struct schema_place *at, struct schema_about *about)
{
	AUTO_SBUF struct sbuf b = sbuf_make(SIZE_MAX / 2);
	bool yes = false;
	put_type(at, &b);
	if (!keep(a, &b, &about->type))
		return false;
	sbuf_reset(&b);
	put_constraints(a, at, &b);
	if (!keep(a, &b, &about->constraints))
		return false;
	sbuf_reset(&b);
	const struct node *text = first(at, "description", false) ?: first(at, "title", false);
	sbuf_put(&b, str_trim(str_fit(node_text(text), 2 * SCHEMA_TEXT_MAX_BYTES)));
	if (!keep(a, &b, &about->text))
		return false;
	about->standard = first(at, "default", false);
	about->deprecated = node_bool(first(at, "deprecated", true), &yes) && yes;
	return true;
}

enum err schema_describe(struct arena *a, const struct schema_place *at, struct schema_about *ret,
                         struct errinfo *e)
{
	struct schema_about about = { .deprecated = false };
	if (!describe(a, at, &about))
		return ERR(e, NOMEM, "values.schema.json");
	*ret = about;
	return OK;
}

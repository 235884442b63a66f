/* See html_check.h. */
#include "tests/lib/html_check.h"

#include <stdlib.h>

#define DEPTH_MAX 100                  /* MARKDOWN_DEPTH_MAX, and what scrolls around tables */
#define IDS_MAX 1100
#define ATTRIBUTES_MAX 8

/* What an element is as others see it. */
enum { PHRASE = 1, LINK = 2, LEAF = 4, BLOCK = 8, DETAILS = 16, SUMMARY = 32, LIST = 64, ITEM = 128,
       TERMS = 256, TERM = 512, TABLE = 1024, GROUP = 2048, ROW = 4096, CELL = 8192, VOID = 16384 };
#define FLOW (PHRASE | LINK | LEAF | BLOCK | DETAILS | LIST | TERMS | TABLE)

static const struct element {
	const char *name;
	unsigned is, holds;                /* holds 0: nothing, no text either */
	const char *attributes;            /* " name=VALUES" or " name"; VALUES: a|b, or a kind below */
} elements[] = {
	{ "a", LINK, FLOW, " class=anchor|image-link href=LINK rel=nofollow_noopener_noreferrer title=ANY aria-label=ANY" },
	{ "b", PHRASE, FLOW, "" }, { "i", PHRASE, FLOW, "" }, { "em", PHRASE, FLOW, "" },
	{ "strong", PHRASE, FLOW, "" }, { "code", PHRASE, FLOW, "" }, { "span", PHRASE, FLOW, "" },
	{ "sub", PHRASE, FLOW, "" }, { "sup", PHRASE, FLOW, "" }, { "kbd", PHRASE, FLOW, "" },
	{ "del", PHRASE, FLOW, "" }, { "ins", PHRASE, FLOW, "" },
	{ "br", PHRASE | VOID, 0, "" }, { "hr", BLOCK | VOID, 0, "" },
	{ "img", PHRASE | VOID, 0, " src=IMAGE alt=ANY title=ANY width=NUMBER height=NUMBER loading=lazy" },
	{ "input", PHRASE | VOID, 0, " type=checkbox disabled checked aria-label=Done|To_do" },
	{ "p", LEAF, PHRASE | LINK, " class=alert-title" },
	{ "h2", LEAF, PHRASE | LINK, " class=left|center|right" },
	{ "h3", LEAF, PHRASE | LINK, " class=left|center|right" },
	{ "h4", LEAF, PHRASE | LINK, " class=left|center|right" },
	{ "h5", LEAF, PHRASE | LINK, " class=left|center|right" },
	{ "h6", LEAF, PHRASE | LINK, " class=left|center|right" },
	{ "div", BLOCK, FLOW, " class=left|center|right|scroll|alert_alert-note|alert_alert-tip|"
	  "alert_alert-important|alert_alert-warning|alert_alert-caution tabindex=0" },
	{ "pre", BLOCK, FLOW, " class=code data-lang=LANGUAGE tabindex=0" },
	{ "blockquote", BLOCK, FLOW, "" },
	{ "details", DETAILS, FLOW | SUMMARY, " open" }, { "summary", SUMMARY, FLOW, "" },
	{ "ul", LIST, ITEM, "" }, { "ol", LIST, ITEM, " start=NUMBER" }, { "li", ITEM, FLOW, " class=task" },
	{ "dl", TERMS, TERM, "" }, { "dt", TERM, FLOW, "" }, { "dd", TERM, FLOW, "" },
	{ "table", TABLE, GROUP | ROW, " class=left|center|right" },
	{ "thead", GROUP, ROW, "" }, { "tbody", GROUP, ROW, "" },
	{ "tr", ROW, CELL, " class=left|center|right" },
	{ "td", CELL, FLOW, " class=left|center|right colspan=NUMBER rowspan=NUMBER" },
	{ "th", CELL, FLOW, " class=left|center|right colspan=NUMBER rowspan=NUMBER" },
};

struct check {
	struct str all, rest, local;
	const struct element *open[DEPTH_MAX];
	size_t depth;
	struct str ids[IDS_MAX], fragments[IDS_MAX * 32];
	size_t id_count, fragment_count;
};

static bool has_only(struct str s, const char *characters)
{
	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || !strchr(characters, s.p[i]))
			return false;
	return s.n;
}

/* Nothing that could end what it stands in; "&" begins one of the five. */
static const char *check_escaped(struct str s)
{
	static const char *const entities[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };
	for (size_t i = 0; i < s.n; i++) {
		bool known = s.p[i] != '&';
		for (size_t k = 0; k < sizeof entities / sizeof *entities; k++)
			known |= str_starts(str_from(s, i), str_c(entities[k]));
		if (!known)
			return "an & that is not escaped";
		if (strchr("<>\"'", s.p[i]))
			return "a character that is not escaped";
	}
	return NULL;
}

static bool is_foreign(struct str s)
{
	struct str host = str_starts(s, STR("https://")) ? str_from(s, 8)
	                : str_starts(s, STR("http://")) ? str_from(s, 7) : str_from(s, s.n);
	return host.n && host.p[0] != '/' && host.p[0] != '\\';
}

static bool is_link(struct check *c, struct str s)
{
	if (str_eq_c(s, "#"))
		return true;
	if (s.n && s.p[0] == '#') {
		if (c->fragment_count < sizeof c->fragments / sizeof *c->fragments)
			c->fragments[c->fragment_count++] = str_from(s, 1);
		return true;
	}
	bool printable = true;
	for (size_t i = 0; i < s.n; i++)
		printable &= s.p[i] > ' ' && s.p[i] < 0x7f;
	return (printable && (is_foreign(s) || str_starts(s, STR("mailto:")))) ||
	       (c->local.n && str_starts(s, c->local));
}

static bool is_id(struct check *c, struct str s)
{
	for (size_t i = 0; i < c->id_count; i++)
		if (str_eq(c->ids[i], s))
			return false;
	if (c->id_count == IDS_MAX || !str_starts(s, STR("h-")) || str_has(s, ' '))
		return false;
	c->ids[c->id_count++] = s;
	return true;
}

static bool is_one_of(struct str values, struct str value)
{
	while (values.n) {
		struct str one = str_cut(&values, '|', NULL);
		bool same = one.n == value.n;
		for (size_t i = 0; same && i < one.n; i++)
			same = one.p[i] == value.p[i] || (one.p[i] == '_' && value.p[i] == ' ');
		if (same)
			return true;
	}
	return false;
}

static bool is_value(struct check *c, struct str kind, struct str value)
{
	if (str_eq_c(kind, "ANY"))
		return true;
	if (str_eq_c(kind, "LINK"))
		return is_link(c, value);
	if (str_eq_c(kind, "IMAGE"))
		return c->local.n && str_starts(value, c->local);
	if (str_eq_c(kind, "NUMBER"))
		return has_only(value, "0123456789") && value.n < 10;
	if (str_eq_c(kind, "LANGUAGE"))
		return has_only(value, "abcdefghijklmnopqrstuvwxyz0123456789+-#._");
	return is_one_of(kind, value);
}

/* `attribute` is allowed with this value; one without a value has p == NULL. */
static bool is_allowed(struct check *c, const struct element *e, struct str attribute, struct str value)
{
	if (str_eq_c(attribute, "id") && e->holds)           /* of whatever is no void element */
		return value.p && is_id(c, value);
	struct str rest = str_c(e->attributes);
	while (rest.n) {
		struct str kind = str_cut(&rest, ' ', NULL);
		bool with_value;
		struct str name = str_cut(&kind, '=', &with_value);
		if (name.n && str_eq(name, attribute))
			return with_value == (value.p != NULL) && (!with_value || is_value(c, kind, value));
	}
	return false;
}

static const char *check_attributes(struct check *c, const struct element *e)
{
	struct str seen[ATTRIBUTES_MAX];
	size_t count = 0;
	while (c->rest.n && c->rest.p[0] == ' ') {
		struct str name = str_from(c->rest, 1), value = { NULL, 0 };
		size_t n = 0;
		while (n < name.n && strchr("abcdefghijklmnopqrstuvwxyz-", name.p[n]))
			n++;
		c->rest = str_from(name, n);
		name = str_first(name, n);
		if (str_starts(c->rest, STR("=\""))) {
			bool closed;
			c->rest = str_from(c->rest, 2);
			value = str_cut(&c->rest, '"', &closed);
			if (!closed || check_escaped(value))
				return "a value that is not in quotes or not escaped";
			value.p = value.p ? value.p : "";
		}
		for (size_t i = 0; i < count; i++)
			if (str_eq(seen[i], name))
				return "an attribute twice";
		if (count == ATTRIBUTES_MAX || !is_allowed(c, e, name, value))
			return "an attribute or a value that is not allowed";
		seen[count++] = name;
	}
	if (!c->rest.n || c->rest.p[0] != '>')
		return "a tag that does not end";
	c->rest = str_from(c->rest, 1);
	return NULL;
}

static const struct element *take_name(struct check *c)
{
	size_t n = 0;
	while (n < c->rest.n && strchr("abcdefghijklmnopqrstuvwxyz0123456789", c->rest.p[n]))
		n++;
	struct str name = str_first(c->rest, n);
	c->rest = str_from(c->rest, n);
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
		if (str_eq_c(name, elements[i].name))
			return &elements[i];
	return NULL;
}

static const char *check_place(const struct check *c, const struct element *e)
{
	const struct element *parent = c->depth ? c->open[c->depth - 1] : NULL;
	unsigned is = e->is & ~(unsigned)VOID;
	if (!((parent ? parent->holds : FLOW) & is))
		return "an element that may not stand here";
	for (size_t i = 0; i < c->depth; i++) {
		if (c->open[i]->is & e->is & LINK)
			return "a link in a link";
		/* A browser ends the paragraph, whatever stands between. */
		if ((c->open[i]->is & LEAF) && !(is & (PHRASE | LINK)))
			for (size_t k = i; k <= c->depth; k++)
				if (k == c->depth || (c->open[k]->is & (CELL | BLOCK | ITEM)))
					return "a block in a paragraph";
	}
	return NULL;
}

static const char *check_end(struct check *c)
{
	c->rest = str_from(c->rest, 2);
	const struct element *e = take_name(c);
	if (!c->rest.n || c->rest.p[0] != '>')
		return "an end tag that does not end";
	c->rest = str_from(c->rest, 1);
	if (!e || !c->depth || c->open[c->depth - 1] != e)
		return "an end tag of something else";
	c->depth--;
	return NULL;
}

static const char *check_start(struct check *c)
{
	c->rest = str_from(c->rest, 1);
	const struct element *e = take_name(c);
	if (!e)
		return "an element that is not allowed";
	const char *wrong = check_place(c, e);
	wrong = wrong ? wrong : check_attributes(c, e);
	if (wrong || (e->is & VOID))
		return wrong;
	if (c->depth == DEPTH_MAX)
		return "too deep";
	c->open[c->depth++] = e;
	return NULL;
}

static const char *check_text(struct check *c)
{
	const struct element *parent = c->depth ? c->open[c->depth - 1] : NULL;
	const char *end = memchr(c->rest.p, '<', c->rest.n);
	struct str text = str_first(c->rest, end ? (size_t)(end - c->rest.p) : c->rest.n);
	const char *wrong = check_escaped(text);
	if (!wrong && parent && !(parent->holds & PHRASE) && !has_only(text, " \t\n"))
		wrong = "text that may not stand here";
	c->rest = str_from(c->rest, text.n);
	return wrong;
}

static const char *check_fragments(const struct check *c)
{
	for (size_t i = 0; i < c->fragment_count; i++) {
		bool found = false;
		for (size_t k = 0; k < c->id_count && !found; k++)
			found = str_eq(c->ids[k], c->fragments[i]);
		if (!found)
			return "a link to a heading that is not there";
	}
	return NULL;
}

static const char *check_bytes(struct str s)
{
	if (!str_is_utf8(s))
		return "not UTF-8";
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] < 0x20 && !strchr("\t\n\r", s.p[i])) || !s.p[i])
			return "a control character";
	return NULL;
}

const char *html_check(struct str html, struct str local, size_t *ret_at)
{
	struct check *c = calloc(1, sizeof *c);
	if (!c)
		abort();
	c->all = c->rest = html;
	c->local = local;
	const char *wrong = check_bytes(html);
	*ret_at = 0;
	while (!wrong && c->rest.n) {
		*ret_at = html.n - c->rest.n;
		wrong = c->rest.p[0] != '<' ? check_text(c)
		      : str_starts(c->rest, STR("</")) ? check_end(c) : check_start(c);
	}
	if (!wrong && c->depth)
		wrong = "an element that is not ended";
	wrong = wrong ? wrong : check_fragments(c);
	free(c);
	return wrong;
}

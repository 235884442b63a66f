/* Elements are a path of names, so that two contexts compare as text. Only what pages here need is
 * known: attributes in double quotes, every element closed, neither scripts nor styles in a page. */
#include "context.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define ONE_VALUE "a URL is one value: make it with a function of server/web/links.h"

typedef const char *const words[];

static words voids = { "area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track",
                       "wbr", NULL };
static words no_elements = { "style", "iframe", "object", "embed", "base", "frame", "applet", NULL };
static words no_attributes = { "style", "srcdoc", "srcset", "http-equiv", NULL };
static words urls = { "href", "src", "action", "formaction", "poster", "cite", "ping", "data",
                      "background", "manifest", "xlink:href", NULL };
static words text_only = { "title", "textarea", "script", NULL };
static words kept = { "pre", "textarea", NULL };     /* white space counts */

static bool is_one_of(const char *word, const char *const *list)
{
	while (*list && strcmp(*list, word) != 0)
		list++;
	return *list;
}

static void append(char word[WORD_MAX], char c)
{
	size_t n = strlen(word);
	if (n + 1 < WORD_MAX) {
		word[n] = (char)tolower((unsigned char)c);
		word[n + 1] = '\0';
	}
}

void context_start(struct context *x)
{
	*x = (struct context){ .open = "/" };
}

bool context_is_same(const struct context *a, const struct context *b)
{
	return a->where == b->where && a->valued == b->valued && a->json == b->json &&
	       (*a->value == '#') == (*b->value == '#') && !strcmp(a->open, b->open) &&
	       !strcmp(a->tag, b->tag) && !strcmp(a->attribute, b->attribute);
}

/* ---- elements ---- */

static const char *innermost(const struct context *x, char ret[WORD_MAX])
{
	size_t n = strlen(x->open), from = n - 1;
	while (from && x->open[from - 1] != '/')
		from--;
	snprintf(ret, WORD_MAX, "%.*s", (int)(n - 1 - from), x->open + from);
	return ret;
}

static bool is_inside(const struct context *x, const char *name)
{
	char part[WORD_MAX + 2];
	snprintf(part, sizeof part, "/%s/", name);
	return strstr(x->open, part);
}

bool context_keeps_space(const struct context *x)
{
	for (const char *const *name = kept; *name; name++)
		if (is_inside(x, *name))
			return true;
	return false;
}

static void open_element(struct context *x)
{
	char parent[WORD_MAX];
	size_t n = strlen(x->open);
	if (is_one_of(x->tag, no_elements))
		fail("<%s> has no place in a page", x->tag);
	if (is_one_of(innermost(x, parent), text_only))
		fail("<%s> in <%s>, which holds text alone", x->tag, parent);
	if (is_one_of(x->tag, voids))
		return;
	if (x->slash && !is_inside(x, "svg"))
		fail("a slash does not close <%s>: write </%s>", x->tag, x->tag);
	if (x->slash)
		return;
	if (n + strlen(x->tag) + 2 > sizeof x->open)
		fail("elements are nested too deeply");
	snprintf(x->open + n, sizeof x->open - n, "%s/", x->tag);
}

static void close_element(struct context *x)
{
	char name[WORD_MAX];
	if (strcmp(innermost(x, name), x->tag) != 0)
		fail("</%s>, but open is %s", x->tag, x->open);
	x->open[strlen(x->open) - strlen(name) - 1] = '\0';
	x->json = false;
}

static void end_tag(struct context *x)
{
	if (x->closing)
		close_element(x);
	else
		open_element(x);
	x->where = TEXT;
	x->closing = x->slash = false;
	*x->tag = *x->attribute = *x->value = '\0';
}

/* ---- attributes ---- */

static void end_name(struct context *x)
{
	if (!strncmp(x->attribute, "on", 2) || is_one_of(x->attribute, no_attributes))
		fail("%s= has no place in a page", x->attribute);
	*x->value = '\0';
	x->valued = false;
}

static void end_value(struct context *x)
{
	bool literal = is_one_of(x->attribute, urls) && !x->valued;
	if (literal && *x->value != '#' && strncmp(x->value, "https://", 8) != 0)
		fail("%s=\"%s\": make it with a function of server/web/links.h", x->attribute, x->value);
	if (!strcmp(x->tag, "script") && !strcmp(x->value, "application/ld+json"))
		x->json = true;
	x->where = IN_TAG;
	*x->attribute = *x->value = '\0';
	x->valued = false;
}

static void see_value(struct context *x, char c)
{
	if (c == '"')
		end_value(x);
	else if (x->valued && *x->value != '#')
		fail(ONE_VALUE);
	else
		append(x->value, c);
}

/* ---- text and tags ---- */

static void see_text(struct context *x, char c, const char *next)
{
	char in[WORD_MAX];
	if (c != '<' && !isspace((unsigned char)c) && !strcmp(innermost(x, in), "script"))
		fail("a script stands in static/");
	if (c != '<')
		return;
	if (next[0] == '!' && next[1] == '-')
		fail("write a comment as {{# … }}");
	if (next[0] != '!' && next[0] != '/' && !isalpha((unsigned char)next[0]))
		fail("write &lt; for a < that begins no tag");
	x->where = next[0] == '!' ? DECLARATION : TAG_NAME;
}

static void see_tag_end(struct context *x, char c)
{
	if (x->where == ATTRIBUTE)
		end_name(x);
	if (c == '>')
		end_tag(x);
	else if (c != '/')
		x->where = GAP;
	else if (x->where == TAG_NAME && !*x->tag)
		x->closing = true;
	else
		x->slash = true;
}

static void see_tag(struct context *x, char c)
{
	if (c == '>' || c == '/' || isspace((unsigned char)c)) {
		see_tag_end(x, c);
	} else if (x->where == ATTRIBUTE && c == '=') {
		end_name(x);
		x->where = BEFORE_VALUE;
	} else if (x->where == IN_TAG) {
		fail("a space has to come before an attribute");
	} else if (strchr("\"'<=", c)) {
		fail("%c has no place in a tag", c);
	} else if (x->where == TAG_NAME) {
		append(x->tag, c);
	} else {
		if (x->where == GAP)
			*x->attribute = '\0';
		x->where = ATTRIBUTE;
		append(x->attribute, c);
	}
}

void context_see(struct context *x, char c, const char *next)
{
	switch (x->where) {
	case TEXT:
		see_text(x, c, next);
		break;
	case VALUE:
		see_value(x, c);
		break;
	case DECLARATION:
		x->where = c == '>' ? TEXT : DECLARATION;
		break;
	case BEFORE_VALUE:
		if (c != '"')
			fail("the value of %s= has to stand in double quotes", x->attribute);
		x->where = VALUE;
		break;
	default:
		see_tag(x, c);
	}
}

void context_break(struct context *x)
{
	if (x->where == ATTRIBUTE)
		end_name(x);
	if (x->where == ATTRIBUTE || x->where == TAG_NAME) {
		*x->attribute = '\0';
		x->where = IN_TAG;
	}
}

/* ---- values ---- */

static const char *escaper_in_text(const struct context *x)
{
	char in[WORD_MAX];
	if (x->json)
		return "out_json";
	if (!strcmp(innermost(x, in), "script"))
		fail("a value has no place in a script");
	return is_one_of(in, text_only) ? "out_attr" : "out_text";
}

const char *context_escaper(struct context *x)
{
	if (x->where == TEXT)
		return escaper_in_text(x);
	if (x->where != VALUE)
		fail("in a tag, a value stands within the double quotes of an attribute alone");
	if (!is_one_of(x->attribute, urls) || *x->value == '#')
		return "out_attr";
	if (*x->value || x->valued)
		fail(ONE_VALUE);
	x->valued = true;
	return "out_url";
}

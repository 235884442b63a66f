/* A tokenizer that is stricter than a browser: no "<" stands in a tag, not in quotes either. So
 * each byte is looked at a few times at most, and no two tags can be taken for one.            */
#include "indexer/document/tags.h"

#include <stdlib.h>

#include "indexer/base/ascii.h"

#define NAME_MAX_BYTES 10u

#define A(attribute) (1u << TAG_##attribute)
#define SHOWN(name, kind, attributes) \
	{ #name, TAG_SHOWN, MARKUP_##kind, #name, "</" #name ">", (attributes) | A(ID) }
#define SHOWN_AS(name, start, end, kind, attributes) \
	{ #name, TAG_SHOWN, MARKUP_##kind, start, "</" end ">", (attributes) | A(ID) }
#define LEFT_OUT(name) { #name, TAG_LEFT_OUT, MARKUP_PHRASE, NULL, NULL, 0 }
#define LINES_OUT(name) { #name, TAG_LEFT_OUT, MARKUP_BLOCK, NULL, NULL, 0 }
#define DROPPED(name) { #name, TAG_DROPPED, MARKUP_PHRASE, NULL, NULL, 0 }

static const struct tag tags[] = {        /* by name */
	SHOWN(a, LINK, A(HREF) | A(TITLE) | A(NAME)),
	LEFT_OUT(abbr), LINES_OUT(address), DROPPED(applet), LEFT_OUT(area), LINES_OUT(article),
	LINES_OUT(aside), DROPPED(audio),
	SHOWN(b, PHRASE, 0),
	LEFT_OUT(base), LEFT_OUT(bdi), LEFT_OUT(bdo), LEFT_OUT(big), LEFT_OUT(blink),
	SHOWN(blockquote, BLOCK, 0),
	LINES_OUT(body),
	{ "br", TAG_VOID, MARKUP_PHRASE, "br", NULL, 0 },
	LEFT_OUT(button), DROPPED(canvas), LINES_OUT(caption),
	SHOWN_AS(center, "div class=\"center\"", "div", BLOCK, 0),
	LEFT_OUT(cite),
	SHOWN(code, PHRASE, 0),
	LEFT_OUT(col), LEFT_OUT(colgroup), LEFT_OUT(data), DROPPED(datalist),
	SHOWN(dd, TERM, 0), SHOWN(del, PHRASE, 0), SHOWN(details, DETAILS, A(OPEN)),
	LEFT_OUT(dfn), LINES_OUT(dialog),
	SHOWN(div, BLOCK, A(ALIGN)), SHOWN(dl, TERMS, 0), SHOWN(dt, TERM, 0), SHOWN(em, PHRASE, 0),
	LEFT_OUT(embed), LINES_OUT(fieldset), LINES_OUT(figcaption), LINES_OUT(figure), LEFT_OUT(font),
	LINES_OUT(footer), LINES_OUT(form), LEFT_OUT(frame), DROPPED(frameset),
	SHOWN_AS(h1, "h2", "h2", PARAGRAPH, A(ALIGN)), SHOWN_AS(h2, "h3", "h3", PARAGRAPH, A(ALIGN)),
	SHOWN_AS(h3, "h4", "h4", PARAGRAPH, A(ALIGN)), SHOWN_AS(h4, "h5", "h5", PARAGRAPH, A(ALIGN)),
	SHOWN_AS(h5, "h6", "h6", PARAGRAPH, A(ALIGN)), SHOWN_AS(h6, "h6", "h6", PARAGRAPH, A(ALIGN)),
	DROPPED(head), LINES_OUT(header), LINES_OUT(hgroup),
	{ "hr", TAG_VOID, MARKUP_BLOCK, "hr", NULL, 0 },
	LINES_OUT(html),
	SHOWN(i, PHRASE, 0),
	DROPPED(iframe),
	{ "img", TAG_IMAGE, MARKUP_PHRASE, NULL, NULL,
	  A(SRC) | A(ALT) | A(TITLE) | A(WIDTH) | A(HEIGHT) },
	LEFT_OUT(input), SHOWN(ins, PHRASE, 0),
	SHOWN(kbd, PHRASE, 0),
	LEFT_OUT(label), LINES_OUT(legend),
	SHOWN(li, ITEM, 0),
	LEFT_OUT(link), LINES_OUT(main), LEFT_OUT(map), LEFT_OUT(mark), LEFT_OUT(marquee),
	DROPPED(math), LINES_OUT(menu), LEFT_OUT(meta), LEFT_OUT(meter), LINES_OUT(nav), LEFT_OUT(nobr),
	DROPPED(noembed), DROPPED(noframes), DROPPED(noscript), DROPPED(object),
	SHOWN(ol, LIST, 0),
	DROPPED(optgroup), DROPPED(option), LEFT_OUT(output),
	SHOWN(p, PARAGRAPH, A(ALIGN)),
	LEFT_OUT(param), LEFT_OUT(picture), DROPPED(plaintext), DROPPED(portal),
	SHOWN_AS(pre, "pre class=\"code\" tabindex=\"0\"", "pre", BLOCK, 0),
	LEFT_OUT(progress), LEFT_OUT(q), LEFT_OUT(rp), LEFT_OUT(rt), LEFT_OUT(ruby),
	SHOWN_AS(s, "del", "del", PHRASE, 0),
	LEFT_OUT(samp), DROPPED(script), LINES_OUT(search), LINES_OUT(section), DROPPED(select),
	LEFT_OUT(slot), LEFT_OUT(small), LEFT_OUT(source),
	SHOWN(span, PHRASE, 0), SHOWN_AS(strike, "del", "del", PHRASE, 0), SHOWN(strong, PHRASE, 0),
	DROPPED(style),
	SHOWN(sub, PHRASE, 0), SHOWN(summary, SUMMARY, 0), SHOWN(sup, PHRASE, 0),
	DROPPED(svg),
	SHOWN_AS(table, "div class=\"scroll\" tabindex=\"0\"><table", "table></div", TABLE, A(ALIGN)),
	SHOWN(tbody, GROUP, 0),
	SHOWN(td, CELL, A(ALIGN) | A(COLSPAN) | A(ROWSPAN)),
	DROPPED(template), DROPPED(textarea), LEFT_OUT(tfoot),
	SHOWN(th, CELL, A(ALIGN) | A(COLSPAN) | A(ROWSPAN)),
	SHOWN(thead, GROUP, 0),
	LEFT_OUT(time), DROPPED(title),
	SHOWN(tr, ROW, A(ALIGN)),
	LEFT_OUT(track), SHOWN_AS(tt, "code", "code", PHRASE, 0),
	LEFT_OUT(u),
	SHOWN(ul, LIST, 0),
	LEFT_OUT(var), DROPPED(video), LEFT_OUT(wbr), DROPPED(xmp),
};

static const char *const attribute_names[TAG_ATTRIBUTES] = {
	"href", "src", "alt", "title", "align", "width", "height", "open", "colspan", "rowspan",
	"id", "name",
};

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

static struct str skip_space(struct str s)
{
	while (s.n && is_space(s.p[0]))
		s = str_from(s, 1);
	return s;
}

/* What stands before the first of these characters. */
static struct str until(struct str s, const char *ends)
{
	size_t n = 0;
	while (n < s.n && !strchr(ends, s.p[n]))
		n++;
	return str_first(s, n);
}

static int compare(const void *key, const void *row)
{
	return strcmp(key, ((const struct tag *)row)->name);
}

static const struct tag *find(struct str name)
{
	char lower[NAME_MAX_BYTES + 1] = "";
	if (name.n > NAME_MAX_BYTES)
		return NULL;
	for (size_t i = 0; i < name.n; i++)
		lower[i] = ascii_lower(name.p[i]);
	return bsearch(lower, tags, sizeof tags / sizeof *tags, sizeof *tags, compare);
}

/* Takes one off, with its value; false at the end or at what is none. */
static bool next_attribute(struct str *rest, struct str *ret_name, struct str *ret_value)
{
	*rest = skip_space(*rest);
	while (rest->n && rest->p[0] == '/')
		*rest = skip_space(str_from(*rest, 1));
	*ret_name = until(*rest, " \t\n\r\f/>=<\"'`");
	if (!ret_name->n)
		return false;
	*ret_value = str_make("", 0);
	*rest = str_from(*rest, ret_name->n);
	struct str after = skip_space(*rest);
	if (!after.n || after.p[0] != '=')
		return true;
	*rest = skip_space(str_from(after, 1));
	char quote = rest->n ? rest->p[0] : '\0';
	if (quote != '"' && quote != '\'') {
		*ret_value = until(*rest, " \t\n\r\f><\"'`=");
		*rest = str_from(*rest, ret_value->n);
		return ret_value->n > 0;
	}
	*rest = str_from(*rest, 1);
	*ret_value = until(*rest, quote == '"' ? "\"<" : "'<");
	bool closed = ret_value->n < rest->n && rest->p[ret_value->n] == quote;
	*rest = str_from(*rest, ret_value->n + 1);
	return closed;
}

void tags_attributes(const struct tag_piece *piece, struct str ret[TAG_ATTRIBUTES])
{
	struct str rest = piece->attributes, name, value;
	memset(ret, 0, TAG_ATTRIBUTES * sizeof *ret);
	while (next_attribute(&rest, &name, &value))
		for (size_t i = 0; i < TAG_ATTRIBUTES; i++)
			if ((piece->tag->attributes & 1u << i) && !ret[i].p &&
			    str_eq_nocase(name, str_c(attribute_names[i])))
				ret[i] = value;
}

/* s begins with "<": what kind of markup it is. *ret_bytes: of all of it; 0: it is text. */
static struct tag_piece read_tag(struct str s, size_t *ret_bytes)
{
	bool end = s.n > 1 && s.p[1] == '/';
	struct str rest = str_from(s, end ? 2 : 1), name, value;
	struct tag_piece piece = { .kind = end ? TAG_END : TAG_START };
	*ret_bytes = 0;
	if (!rest.n || !ascii_is_letter(rest.p[0]))
		return piece;
	name = until(rest, " \t\n\r\f/><\"'=`");
	piece.tag = find(name);
	if (!piece.tag)
		return piece;
	piece.attributes = rest = str_from(rest, name.n);
	while (next_attribute(&rest, &name, &value))
		;
	if (!rest.n || rest.p[0] != '>')
		return piece;
	piece.attributes.n -= rest.n;
	*ret_bytes = s.n - rest.n + 1;
	return piece;
}

static struct str after(struct str s, const char *what)
{
	const char *at = s.n ? memmem(s.p, s.n, what, strlen(what)) : NULL;
	return at ? str_from(s, (size_t)(at - s.p) + strlen(what)) : str_from(s, s.n);
}

/* Comments and the like; what is not closed goes on to the end. */
static bool skip_hidden(struct str *s)
{
	static const struct { struct str begin; const char *end; } hidden[] = {
		{ { "<!--", 4 }, "-->" }, { { "<![CDATA[", 9 }, "]]>" },
		{ { "<!", 2 }, ">" }, { { "<?", 2 }, "?>" },
	};
	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
		if (str_starts(*s, hidden[i].begin)) {
			bool empty = str_starts(*s, STR("<!-->")) || str_starts(*s, STR("<!--->"));
			*s = after(*s, empty ? ">" : hidden[i].end);
			return true;
		}
	return false;
}

bool tags_next(struct str *rest, struct tag_piece *ret)
{
	size_t bytes = 0;
	while (rest->n && skip_hidden(rest))
		;
	if (!rest->n)
		return false;
	if (rest->p[0] == '<')
		*ret = read_tag(*rest, &bytes);
	if (!bytes) {
		const char *next = rest->n > 1 ? memchr(rest->p + 1, '<', rest->n - 1) : NULL;
		bytes = next ? (size_t)(next - rest->p) : rest->n;
		*ret = (struct tag_piece){ .kind = TAG_TEXT, .text = str_first(*rest, bytes) };
	}
	*rest = str_from(*rest, bytes);
	return true;
}

bool tags_skip(struct str *rest, const struct tag *tag)
{
	size_t n = strlen(tag->name);
	while (rest->n) {
		const char *at = memmem(rest->p, rest->n, "</", 2);
		if (!at)
			break;
		*rest = str_from(*rest, (size_t)(at - rest->p) + 2);
		bool ends = rest->n > n && str_eq_nocase(str_first(*rest, n), str_c(tag->name)) &&
		            strchr(" \t\n\r\f/>", rest->p[n]);
		if (ends) {
			*rest = after(*rest, ">");
			return true;
		}
	}
	*rest = str_make("", 0);
	return false;
}

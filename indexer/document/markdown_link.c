/* What leads out of a document, and how it is written: an allow-list. An address is decoded,
 * judged as bytes, and written anew from what was judged, so there is nothing for a browser to
 * understand otherwise. Whatever has a colon where a scheme could end, and is not http, https or
 * mailto, leads nowhere.                                                                       */
#include "indexer/base/ascii.h"
#include "indexer/document/markdown_parts.h"

static struct str trim(struct str s)
{
	while (s.n && strchr(" \t\r\n", s.p[0]))
		s = str_from(s, 1);
	while (s.n && strchr(" \t\r\n", s.p[s.n - 1]))
		s.n--;
	return s;
}

static size_t span_to(struct str s, const char *ends)
{
	size_t n = 0;
	while (n < s.n && !strchr(ends, s.p[n]))
		n++;
	return n;
}

/* What has a meaning in an address stays, the rest is percent-encoded. */
static void put_address(struct sbuf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (ascii_is_alnum(s.p[i]) || strchr("-._~:/?#[]@!$&'()*+,;=%", s.p[i]))
			sbuf_putc(b, s.p[i]);
		else
			sbuf_printf(b, "%%%02X", (unsigned char)s.p[i]);
}

/* False: it makes no text. */
static bool put_decoded(struct sbuf *b, struct str s)
{
	size_t begin = b->n;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		i += str_percent(str_from(s, i), &c) ? 2 : 0;
		sbuf_putc(b, c);
	}
	struct str decoded = str_from(sbuf_str(b), begin);
	return sbuf_ok(b) && str_is_utf8(decoded) && !str_has_controls(decoded);
}

/* A host follows the slashes: browsers take a third one, or backslashes, for nothing. */
static enum link_kind find_foreign(struct link_finder *f, const char *scheme, struct str rest)
{
	if (!str_starts(rest, STR("//")) || rest.n < 3 || !(ascii_is_alnum(rest.p[2]) || rest.p[2] == '['))
		return LINK_NOWHERE;
	sbuf_puts(&f->to, scheme);
	put_address(&f->to, rest);
	return LINK_FOREIGN;
}

static enum link_kind find_scheme(struct link_finder *f, struct str scheme, struct str rest, bool image)
{
	if (str_eq_nocase(scheme, STR("https")))
		return find_foreign(f, "https:", rest);
	if (str_eq_nocase(scheme, STR("http")))
		return find_foreign(f, "http:", rest);
	if (image || !rest.n || !str_eq_nocase(scheme, STR("mailto")))
		return LINK_NOWHERE;
	sbuf_puts(&f->to, "mailto:");
	put_address(&f->to, rest);
	return LINK_FOREIGN;
}

/* "#" and "#top" are the top of the page, for browsers too. */
static enum link_kind find_here(struct link_finder *f, struct str fragment)
{
	struct str id = STR("");
	if (fragment.n && put_decoded(&f->decoded, fragment))
		id = markdown_outline_find(f->outline, sbuf_str(&f->decoded), &f->to);
	f->to.n = 0;
	if (!id.n && fragment.n && !str_eq_nocase(fragment, STR("top")))
		return LINK_NOWHERE;
	sbuf_putc(&f->to, '#');
	sbuf_put(&f->to, id);
	return LINK_HERE;
}

/* "./a//b/../c" → "a/c"; false: it leads out of the folder, or is the folder. */
static bool put_path(struct sbuf *b, struct str path)
{
	while (path.n) {
		struct str segment = str_cut(&path, '/', NULL);
		if (!segment.n || str_eq_c(segment, "."))
			continue;
		if (str_eq_c(segment, "..")) {
			if (!b->n)
				return false;
			while (b->n && b->p[--b->n] != '/')
				;
			continue;
		}
		if (b->n)
			sbuf_putc(b, '/');
		sbuf_put(b, segment);
	}
	return sbuf_ok(b) && b->n;
}

/* "L12" of "L12-L14": the pages of files have such places, and no others. */
static struct str first_line(struct str fragment)
{
	size_t n = 1;
	if (!fragment.n || fragment.p[0] != 'L')
		return STR("");
	while (n < fragment.n && ascii_is_digit(fragment.p[n]))
		n++;
	return n > 1 ? str_first(fragment, n) : STR("");
}

static bool is_self(const struct link_finder *f)
{
	return f->options->name.n && str_eq(sbuf_str(&f->to), f->options->name);
}

static enum link_kind find_file(struct link_finder *f, struct str address, bool image)
{
	struct str found = { NULL, 0 }, fragment = address;
	(void)str_cut(&fragment, '#', NULL);
	bool text = put_decoded(&f->decoded, str_first(address, span_to(address, "?#")));
	if (f->options->resolve && text && !str_has(sbuf_str(&f->decoded), '\\') &&
	    put_path(&f->to, sbuf_str(&f->decoded))) {
		if (!image && fragment.n && is_self(f)) {
			f->decoded.n = 0;
			return find_here(f, fragment);
		}
		found = f->options->resolve(f->options->ctx, f->arena, sbuf_str(&f->to), image);
	}
	f->to.n = 0;
	if (!found.n || found.n > MARKDOWN_LINK_MAX_BYTES)
		return LINK_NOWHERE;
	sbuf_put(&f->to, found);
	if (!image && first_line(fragment).n) {
		sbuf_putc(&f->to, '#');
		sbuf_put(&f->to, first_line(fragment));
	}
	return LINK_HERE;
}

/* `address` with its entities decoded; the answer is in f->to until the next one. NOWHERE after
 * MARKDOWN_LINKS_MAX of them.                                                                */
static enum link_kind find_link(struct link_finder *f, struct str address, bool image)
{
	address = trim(address);
	f->to.n = f->decoded.n = 0;
	if (!address.n || address.n > MARKDOWN_LINK_MAX_BYTES || str_has_controls(address) ||
	    f->links == MARKDOWN_LINKS_MAX)
		return LINK_NOWHERE;
	f->links++;
	if (address.p[0] == '#')
		return image ? LINK_NOWHERE : find_here(f, str_from(address, 1));
	if (str_starts(address, STR("//")))
		return find_foreign(f, "https:", address);
	size_t scheme = span_to(address, ":/?#");
	if (scheme < address.n && address.p[scheme] == ':')
		return find_scheme(f, str_first(address, scheme), str_from(address, scheme + 1), image);
	return find_file(f, address, image);
}

/* ---- writing ---- */

static void put_attribute(struct sbuf *b, const char *name, struct str value)
{
	sbuf_printf(b, " %s=\"", name);
	html_escape(b, value);
	sbuf_putc(b, '"');
}

static void put_title(struct sbuf *b, struct str title)
{
	if (title.n)
		put_attribute(b, "title", str_fit(title, MARKDOWN_TITLE_MAX_BYTES));
}

static void put_link(struct render *r, enum link_kind kind, const char *start, struct str title)
{
	struct sbuf *b = &r->m.out;
	sbuf_puts(b, start);
	put_attribute(b, "href", sbuf_str(&r->links.to));
	if (kind == LINK_FOREIGN)
		sbuf_puts(b, " rel=\"nofollow noopener noreferrer\"");
	put_title(b, title);
	sbuf_putc(b, '>');
}

void markdown_link(struct render *r, struct str address, struct str title, const char *name)
{
	enum link_kind kind = LINK_NOWHERE;
	bool placed = markup_place(&r->m, MARKUP_LINK);
	if (placed)
		kind = find_link(&r->links, address, false);
	else
		(void)markup_place(&r->m, MARKUP_PHRASE);    /* its text is text */
	if (kind)
		put_link(r, kind, "<a", title);
	if (!r->m.full)
		markup_push(&r->m, MARKUP_LINK, name, kind ? "</a>" : "");
}

static void put_image(struct render *r, const struct image *i)
{
	struct sbuf *b = &r->m.out;
	sbuf_puts(b, "<img");
	put_attribute(b, "src", sbuf_str(&r->links.to));
	put_attribute(b, "alt", str_fit(i->alt, MARKDOWN_TITLE_MAX_BYTES));
	put_title(b, i->title);
	if (i->width)
		sbuf_printf(b, " width=\"%u\"", i->width);
	if (i->height)
		sbuf_printf(b, " height=\"%u\"", i->height);
	sbuf_puts(b, " loading=\"lazy\">");
}

/* A link has to have a name. */
static struct str words_for(const struct image *i, bool needed)
{
	struct str alt = str_fit(i->alt, MARKDOWN_TITLE_MAX_BYTES);
	return str_trim(alt).n || !needed ? alt : STR("image");
}

void markdown_image(struct render *r, const struct image *i)
{
	enum link_kind kind = find_link(&r->links, i->address, true);
	bool in_link = markup_in_link(&r->m);
	if (!markup_place(&r->m, MARKUP_PHRASE))
		return;
	if (kind == LINK_HERE) {
		put_image(r, i);
	} else if (kind == LINK_FOREIGN && !in_link) {
		put_link(r, kind, "<a class=\"image-link\"", i->title);
		html_escape(&r->m.out, words_for(i, true));
		sbuf_puts(&r->m.out, "</a>");
	} else {
		html_escape(&r->m.out, words_for(i, in_link));
	}
}

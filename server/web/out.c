/* One escaper per context. */
#include "server/web/out.h"

#include "indexer/document/annotations.h"

void out_html(struct sbuf *b, struct html x) { sbuf_put(b, x.text); }

void out_linked(struct sbuf *b, struct linked x)
{
	html_linked(b, x.text);
}

void out_outward(struct sbuf *b, struct outward x)
{
	bool leads = link_is_address(x.url);
	if (leads) {
		sbuf_puts(b, "<a href=\"");
		out_url_str(b, x.url);
		sbuf_puts(b, "\" rel=\"nofollow noopener noreferrer\">");
	}
	html_escape(b, x.text.n ? x.text : x.url);
	if (leads)
		sbuf_puts(b, "</a>");
}

void out_wrapped(struct sbuf *b, struct wrapped x)
{
	static const char ends[] = "/:@";
	for (size_t i = 0, from = 0; i < x.text.n; i++) {
		bool last = i + 1 == x.text.n;
		bool ends_here = memchr(ends, x.text.p[i], sizeof ends - 1) &&
		                 !(last || memchr(ends, x.text.p[i + 1], sizeof ends - 1));
		if (!last && !ends_here)
			continue;
		html_escape(b, str_make(x.text.p + from, i + 1 - from));
		if (ends_here)
			sbuf_puts(b, "<wbr>");
		from = i + 1;
	}
}

void out_attr_str(struct sbuf *b, struct str x) { html_escape(b, x); }
void out_attr_text(struct sbuf *b, const char *x) { html_escape(b, str_c(x)); }
void out_attr_word(struct sbuf *b, struct word x) { html_escape(b, str_c(x.text)); }
void out_u64(struct sbuf *b, uint64_t x) { sbuf_u64(b, x); }

void out_i64(struct sbuf *b, int64_t x)
{
	if (x < 0)
		sbuf_putc(b, '-');
	sbuf_u64(b, x < 0 ? -(uint64_t)x : (uint64_t)x);
}

/* ---- URLs ---- */

/* Blanks and control characters are encoded before a browser sees them, so it finds no scheme that
 * is not found here.                                                                          */
static bool scheme_is_harmless(struct str url)
{
	static const struct str harmless[] = {
		{ "http", 4 }, { "https", 5 }, { "mailto", 6 },
	};
	size_t n = 0;
	while (n < url.n && (!url.p[n] || !strchr(":/?#", url.p[n])))
		n++;
	if (n == url.n || url.p[n] != ':')
		return true;
	for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
		if (str_eq_nocase(str_first(url, n), harmless[i]))
			return true;
	return false;
}

static bool needs_percent(unsigned char c)
{
	return c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}", c);
}

void out_url_str(struct sbuf *b, struct str x)
{
	if (!scheme_is_harmless(x)) {
		sbuf_putc(b, '#');
		return;
	}
	for (size_t i = 0; i < x.n; i++) {
		unsigned char c = (unsigned char)x.p[i];
		if (needs_percent(c))
			sbuf_printf(b, "%%%02X", c);
		else if (c == '&' || c == '\'')
			html_escape(b, str_make(x.p + i, 1));
		else
			sbuf_putc(b, x.p[i]);
	}
}

void out_url_text(struct sbuf *b, const char *x) { out_url_str(b, str_c(x)); }

/* ---- JSON ---- */

/* Outside of strings JSON has none of these, and in them it may be written so. */
void out_json_str(struct sbuf *b, struct str x)
{
	for (size_t i = 0; i < x.n; i++)
		if (strchr("<>&", x.p[i]) && x.p[i])
			sbuf_printf(b, "\\u%04x", (unsigned)x.p[i]);
		else
			sbuf_putc(b, x.p[i]);
}

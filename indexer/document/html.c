/* Runs of what stands for itself are copied whole; most text is one run. What is not UTF-8 is
 * replaced here, once for all: a browser that guesses must find nothing to guess.              */
#include "indexer/document/html.h"

#include "indexer/base/utf8.h"

/* Nearly all of what is written. */
static bool is_plain(char c)
{
	return c >= ' ' && c < 0x7f && c != '&' && c != '<' && c != '>' && c != '"' && c != '\'';
}

/* What stands for the character; NULL: it stands for itself. */
static const char *instead_of(uint32_t c)
{
	switch (c) {
	case '&':  return "&amp;";
	case '<':  return "&lt;";
	case '>':  return "&gt;";
	case '"':  return "&quot;";
	case '\'': return "&#39;";
	case '\t': case '\n': case '\r': return NULL;
	case UTF8_REPLACEMENT: return "\xef\xbf\xbd";
	default:   return c < 0x20 || c == 0x7f ? "" : NULL;
	}
}

void html_escape(struct sbuf *b, struct str s)
{
	struct str run = s;
	while (s.n) {
		if (is_plain(s.p[0])) {
			s = str_make(s.p + 1, s.n - 1);
			continue;
		}
		struct str at = s;
		const char *other = instead_of(utf8_next(&s));
		if (!other)
			continue;
		sbuf_put(b, str_first(run, run.n - at.n));
		sbuf_puts(b, other);
		run = s;
	}
	sbuf_put(b, run);
}

/* ---- addresses in it ---- */

static bool ends_address(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f || memchr("<>\"'`|\\^{}", c, 11);
}

/* The address that the text begins with, without what belongs to the sentence around it; empty: none. */
static struct str address(struct str s)
{
	size_t n = str_starts(s, STR("https://")) ? 8 : str_starts(s, STR("http://")) ? 7 : 0;
	size_t least = n;
	while (n && n < s.n && !ends_address(s.p[n]))
		n++;
	bool opens = n && memchr(s.p, '(', n);
	while (n > least && (memchr(".,;:!?]*_", s.p[n - 1], 9) || (s.p[n - 1] == ')' && !opens)))
		n--;
	return str_first(s, n > least ? n : 0);
}

void html_linked(struct sbuf *b, struct str s)
{
	struct str run = s;
	for (const char *h; s.n && (h = memmem(s.p, s.n, "http", 4));) {
		s = str_from(s, (size_t)(h - s.p));
		struct str url = address(s);
		if (!url.n) {
			s = str_from(s, 4);
			continue;
		}
		html_escape(b, str_first(run, run.n - s.n));
		sbuf_puts(b, "<a href=\"");
		html_escape(b, url);
		sbuf_puts(b, "\" rel=\"nofollow noopener noreferrer\">");
		html_escape(b, url);
		sbuf_puts(b, "</a>");
		run = s = str_from(s, url.n);
	}
	html_escape(b, run);
}

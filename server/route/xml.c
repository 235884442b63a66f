/* See xml.h. */
#include "server/route/xml.h"

#include <string.h>

#include "indexer/base/clock.h"
#include "indexer/document/html.h"

/* U+FFFE and U+FFFF are in UTF-8, but in no XML document. */
static size_t before_nonchar(struct str s)
{
	for (size_t i = 0; i + 2 < s.n; i++)
		if (!memcmp(s.p + i, "\xef\xbf\xbe", 3) || !memcmp(s.p + i, "\xef\xbf\xbf", 3))
			return i;
	return s.n;
}

void xml_text(struct sbuf *b, struct str s)
{
	while (s.n) {
		size_t n = before_nonchar(s);
		html_escape(b, str_first(s, n));
		s = str_from(s, n + 3);
	}
}

void xml_element(struct sbuf *b, const char *name, struct str text)
{
	sbuf_printf(b, "<%s>", name);
	xml_text(b, text);
	sbuf_printf(b, "</%s>\n", name);
}

void xml_time(struct sbuf *b, const char *name, int64_t wall_ns)
{
	char text[RFC3339_MAX_BYTES];
	xml_element(b, name, str_make(text, clock_format(wall_ns, text)));
}

/* Coloured source: spans are whole in every line, and without them it is the line, escaped. The first
 * byte says the language.                                                                    */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/document/highlight.h"
#include "tests/lib/span_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	AUTO_ARENA struct arena a = { 0 };
	struct highlighted h;
	if (!n)
		return 0;
	struct str text = str_make(bytes + 1, n - 1), rest = str_without_mark(text);
	enum highlight_language language = bytes[0] & 3;
	REQUIRE(highlight(&a, text, language, &h, NULL) == OK);
	REQUIRE(!h.cut);
	for (size_t i = 0; i < h.count; i++) {
		AUTO_SBUF struct sbuf plain = sbuf_make(MIB), escaped = sbuf_make(MIB);
		REQUIRE(rest.n);
		struct str line = str_cut(&rest, '\n', NULL);
		line.n -= line.n && line.p[line.n - 1] == '\r';
		html_escape(&escaped, line);
		REQUIRE(html_without_spans(h.lines[i], &plain));
		REQUIRE(sbuf_ok(&plain) && str_eq(sbuf_str(&plain), sbuf_str(&escaped)));
	}
	REQUIRE(!rest.n);
	return 0;
}

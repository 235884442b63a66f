/* A pattern, a newline, a text: the answer is that of the plainest matcher there is. */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/format/glob.h"

#define PLAIN_MAX_BYTES 10u            /* the plain matcher takes exponential time */

static bool plain(struct str p, struct str t)
{
	if (!p.n)
		return !t.n;
	if (p.p[0] == '*') {
		bool anything = p.n > 1 && p.p[1] == '*';
		return plain(str_from(p, anything ? 2 : 1), t) ||
		       (t.n && (anything || t.p[0] != '/') && plain(p, str_from(t, 1)));
	}
	return t.n && (p.p[0] == '?' ? t.p[0] != '/' : p.p[0] == t.p[0]) &&
	       plain(str_from(p, 1), str_from(t, 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct str text = str_make(bytes, n), pattern = str_cut(&text, '\n', NULL);
	bool matches = glob_match(pattern, text);
	(void)glob_check(pattern, NULL);
	if (pattern.n <= PLAIN_MAX_BYTES && text.n <= 2 * PLAIN_MAX_BYTES && !str_eq_c(pattern, "*"))
		REQUIRE(matches == plain(pattern, text));
	return 0;
}

/* Prints fixture.html of a view that was made by somebody hostile. */
#include "templates.h"

#include <stdio.h>

#define EVIL "\"><script>alert('1')</script>&amp;\xff\x01 javascript:x"

int main(void)
{
	static const struct row rows[] = {
		{ { "<i>", 3 }, -1, "javascript:alert(1)" }, { { "b", 1 }, 2, "/b?c&d" },
	};
	struct view v = {
		.title = STR("<title>"), .evil = STR(EVIL), .link = STR("/x y"),
		.json = STR("{\"a\":\"</script><!--\"}"), .markup = { STR("<em>ours</em>") },
		.rows = rows, .row_count = 2, .on = true, .number = 3,
	};
	struct sbuf b = sbuf_make(1 << 16);
	html_page(&b, &v);
	bool written = sbuf_ok(&b) && fwrite(b.p, 1, b.n, stdout) == b.n;
	sbuf_done(&b);
	return !written;
}

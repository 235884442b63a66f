/* Differences: done to the old text they give the new one. A record separator parts the two. */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/document/diff.h"
#include "tests/lib/diff_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf applied = sbuf_make(4 * MIB);
	struct str new = str_make(bytes, n), old = str_cut(&new, '\x1e', NULL);
	struct diff d;
	REQUIRE(diff_texts(&a, old, new, (uint32_t)(n % 5), &d, NULL) == OK);
	REQUIRE(d.binary == (memchr(bytes, 0, n) != NULL));
	if (d.binary || d.cut) {
		REQUIRE(!d.hunk_count);
		return 0;
	}
	REQUIRE(!d.hunk_count == str_eq(old, new));
	REQUIRE(diff_apply(&d, old, &applied) && str_eq(sbuf_str(&applied), new));
	return 0;
}

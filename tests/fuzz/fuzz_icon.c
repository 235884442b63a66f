/* Icons: a data: URL, or the bytes of a file, is an image of a known kind or none. */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/document/icon.h"

static void try_icon(struct arena *a, struct str url, struct str file)
{
	struct tar_member member = { STR("icon"), file };
	struct chart chart = { .meta.icon = url, .members = { &member, 1 } };
	struct chart_icon icon;
	if (icon_read(a, &chart, &icon, NULL))
		return;
	REQUIRE(str_starts(str_c(icon.type), STR("image/")));
	REQUIRE(icon.bytes.n > 0 && icon.bytes.n <= ICON_MAX_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct arena a = { 0 };
	struct str data = str_make(bytes, n);
	try_icon(&a, data, (struct str){ 0 });
	try_icon(&a, STR("icon"), data);
	arena_done(&a);
	return 0;
}

/* Whose kept bundles give way for another one: a row for each case. */
#include "table.h"
#include "indexer/base/clock.h"
#include "server/api/bundle_share.h"

#define NOW ((int64_t)10000 * 3600 * NS_PER_SECOND)
#define GIB (UINT64_C(1024) * MIB)
#define MUCH 100000u                 /* GiB that are free */
#define RUNS 6u

/* Bundles of one owner, GiB each, all asked for as long ago; of them the last `go` give way. "*b": they are being made,
 * for b.                                                                                     */
struct run { const char *owner; unsigned count, gib, hours, go; };

static const struct row {
	const char *name;
	struct run runs[RUNS];           /* the ones that were used last come first */
	const char *owner;               /* of the fresh one */
	unsigned gib, free_gib;
	bool no_room;
} rows[] = {
	{ "there is room", { { "b", 30, 1, 0, 0 }, { "a", 1, 1, 99, 0 } }, "b", 1, MUCH, false },
	{ "who has too many loses his own", { { "b", 31, 1, 0, 1 }, { "a", 1, 1, 0, 0 } }, "b", 1, MUCH, false },
	{ "also where others' are older", { { "b", 31, 1, 0, 1 }, { "a", 1, 1, 160, 0 } }, "b", 1, MUCH, false },
	{ "and where others have too much, too", { { "b", 22, 1, 0, 1 }, { "a", 10, 1, 9, 0 } }, "b", 1, MUCH, false },
	{ "others have too many", { { "b", 31, 1, 0, 1 }, { "a", 1, 1, 9, 0 } }, "a", 1, MUCH, false },
	{ "a third has too many", { { "b", 9, 1, 0, 1 }, { "c", 15, 1, 9, 0 }, { "a", 8, 1, 9, 0 } }, "b", 1, MUCH, false },
	{ "who has his share keeps it", { { "a", 8, 1, 0, 0 }, { "b", 8, 1, 0, 0 }, { "c", 8, 1, 0, 0 }, { "d", 8, 1, 0, 0 } },
	  "e", 1, MUCH, true },
	{ "and has no more", { { "a", 8, 1, 0, 0 }, { "b", 8, 1, 0, 0 }, { "c", 8, 1, 0, 0 }, { "d", 8, 1, 9, 1 } },
	  "d", 1, MUCH, false },
	{ "for a day", { { "a", 8, 1, 0, 0 }, { "b", 8, 1, 0, 0 }, { "c", 8, 1, 0, 0 }, { "d", 8, 1, 25, 1 } },
	  "e", 1, MUCH, false },
	{ "what is made stays", { { "*b", 1, 1, 0, 0 }, { "b", 30, 1, 0, 1 }, { "*b", 1, 1, 9, 0 } },
	  "b", 1, MUCH, false },
	{ "and counts", { { "*b", 2, 120, 0, 0 }, { "b", 2, 4, 9, 2 } }, "b", 16, MUCH, false },
	{ "nobody's go first", { { "", 2, 0, 0, 1 }, { "b", 30, 1, 9, 0 } }, "b", 1, MUCH, false },
	{ "too many bytes", { { "b", 4, 60, 0, 1 }, { "a", 1, 16, 99, 0 } }, "b", 60, MUCH, false },
	{ "of one that is large, all go", { { "b", 6, 20, 0, 6 }, { "a", 1, 60, 9, 0 } }, "b", 190, MUCH, false },
	{ "a large one is its owner's", { { "a", 1, 200, 9, 0 } }, "b", 60, MUCH, true },
	{ "as is the one he asked for last", { { "a", 2, 100, 9, 1 } }, "b", 60, MUCH, false },
	{ "for a day, too", { { "a", 1, 200, 25, 1 } }, "b", 60, MUCH, false },
	{ "the disk is small", { { "b", 7, 10, 0, 4 }, { "a", 1, 10, 9, 0 } }, "b", 10, 2, false },
	{ "others have most of it", { { "b", 8, 10, 0, 4 } }, "a", 10, 2, false },
	{ "somebody has one that takes most of it", { { "a", 1, 80, 9, 0 } }, "b", 10, 2, true },
	{ "there is nothing to go", { { NULL, 0, 0, 0, 0 } }, "a", 10, 39, true },
};

static size_t put_run(struct share *list, const struct run *run)
{
	bool is_made = *run->owner == '*';
	for (size_t i = 0; i < run->count; i++)
		list[i] = (struct share){ .owner = str_c(run->owner + is_made), .bytes = run->gib * GIB, .stays = is_made,
		                          .used_ns = NOW - (int64_t)run->hours * 3600 * NS_PER_SECOND };
	return run->count;
}

static void who_gives_way(void **state)
{
	const struct row *row = *state;
	const struct share fresh = { .owner = str_c(row->owner), .bytes = row->gib * GIB, .used_ns = NOW };
	struct share list[2 * BUNDLES_KEPT_MAX], *one = list;
	size_t count = 0;
	for (size_t i = 0; i < RUNS && row->runs[i].owner; i++)
		count += put_run(list + count, &row->runs[i]);
	assert_int_equal(shares_fit(list, count, &fresh, row->free_gib * GIB), !row->no_room);
	for (size_t i = 0; i < RUNS && row->runs[i].owner && !row->no_room; i++)
		for (size_t k = 0; k < row->runs[i].count; k++, one++)
			if (one->goes != (k + row->runs[i].go >= row->runs[i].count))
				fail_msg("run %zu, bundle %zu: %s", i, k, one->goes ? "goes" : "stays");
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("bundles", who_gives_way, rows);
}

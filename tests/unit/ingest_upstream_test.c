/* What an upstream says of a version, against what is here of it: each state against each word. */
#include "ingest_upstream_fixture.h"

struct up_case { const char *before, *step, *story, *events; };

static uint64_t newest(struct fixture *f)
{
	return tell_events(f, 0, NULL);
}

static bool check_case(const struct up_case *t)
{
	char story[STORY_BYTES];
	AUTO_SBUF struct sbuf events = sbuf_make(KIB);
	struct fixture *f = fixture_new();
	open_ingest(f);
	make_upstream(f);
	up_steps(f, t->before);
	uint64_t since = newest(f);
	up_steps(f, t->step);
	tell_up(f, story);
	(void)tell_events(f, since, &events);
	bool good = strcmp(story, t->story) == 0 && str_eq(sbuf_str(&events), str_c(t->events));
	if (!good)
		print_error("%s | %s\n   got: %s |%.*s\n  want: %s |%s\n", t->before, t->step, story,
		            STR_ARG(sbuf_str(&events)), t->story, t->events);
	if (fsck_problems(f)) {
		print_error("%s | %s: fsck finds problems\n", t->before, t->step);
		good = false;
	}
	reopen(f);                           /* a start finds the same */
	tell_up(f, story);
	good &= strcmp(story, t->story) == 0;
	if (strcmp(story, t->story) != 0)
		print_error("%s | %s: after a start: %s\n", t->before, t->step, story);
	fixture_free(f);
	return good;
}

static void check_cases(const struct up_case *table, size_t count)
{
	bool good = true;
	for (size_t i = 0; i < count; i++)
		good &= check_case(&table[i]);
	assert_true(good);
}

#define ADD " +upstream.add"
#define CHANGED " +upstream.change"
#define GONE " +upstream.gone"
#define DRIFT " +drift"

static void nothing_is_known_of_it(void **state)
{
	static const struct up_case table[] = {
		{ "", "says A",    "-: absent A, taken, shown A",   ADD },
		{ "", "says -",    "-: absent ?, taken, shown -",   ADD },
		{ "", "refuses A", "-: -, refused",                 "" },
		{ "", "omits A",   "-: -, left out",                "" },
		{ "", "leaves",    "-: -",                          "" },
		{ "", "gone",      "-: -",                          "" },
		{ "", "!keep A",   "-: -",                          "" },
		{ "", "!accept",   "-: -",                          "" },
		{ "omits A", "says A", "-: absent A, taken, shown A", ADD },
		{ "omits A", "gone",   "-: -",                      "" },
		{ "omits A", "stays",  "-: -, left out",            "" },
		{ "refuses A", "says B", "-: absent B, taken, shown B", ADD },
	};
	(void)state;
	check_cases(table, ROWS(table));
}

static void its_archive_is_not_here(void **state)
{
	static const struct up_case table[] = {
		{ "says A", "says A",     "-: absent A, taken, shown A",         "" },
		{ "says A", "says A new", "-: absent A, taken, shown A new",     CHANGED },
		{ "says A", "says B",     "-: absent A, taken drift B, shown A", DRIFT },
		{ "says A", "says -",     "-: absent A, taken, shown A",         "" },
		{ "says -", "says A",     "-: absent A, taken, shown A",         CHANGED },
		{ "says A", "twice BA",   "-: absent A, taken drift B, shown A", DRIFT },
		{ "says A", "twice AB",   "-: absent A, taken drift B, shown A", DRIFT },
		{ "says A", "refuses A",  "-: deleted A, refused gone",          GONE },
		{ "says A", "ignores A",  "-: deleted A, left out gone",         GONE },
		{ "says A", "omits A",    "-: deleted A, left out",              GONE },
		{ "says A", "leaves",     "-: deleted A, left out",              GONE },
		{ "says A", "stays",      "-: absent A, taken, shown A",         "" },
		{ "says A", "gone",       "-: deleted A, taken gone",            GONE },
		{ "says A", "keep A",     "A: here A, taken, shown A",           "" },
		{ "says A", "!keep B",    "-: absent A, taken, shown A",         "" },
		{ "says A", "!keep T",    "-: absent A, taken, shown A",         "" },
		{ "says -", "keep B",     "B: here B, taken, shown B",           CHANGED },
		{ "says -", "!keep T",    "-: absent ?, taken, shown -",         "" },
		{ "says A", "!accept",    "-: absent A, taken, shown A",         "" },
	};
	(void)state;
	check_cases(table, ROWS(table));
}

static void its_archive_is_here(void **state)
{
	static const struct up_case table[] = {
		{ "says A; keep A", "says A",     "A: here A, taken, shown A",         "" },
		{ "says A; keep A", "says A new", "A: here A, taken, shown A new",     CHANGED },
		{ "says A; keep A", "says B",     "A: here A, taken drift B, shown A", DRIFT },
		{ "says A; keep A", "says -",     "A: here A, taken, shown A",         "" },
		{ "says A; keep A", "twice AB",   "A: here A, taken drift B, shown A", DRIFT },
		{ "says A; keep A", "refuses A",  "A: here A, refused gone, shown A",  GONE },
		{ "says A; keep A", "ignores A",  "A: here A, left out gone, shown A", GONE },
		{ "says A; keep A", "omits A",    "A: here A yanked, left out",        GONE },
		{ "says A; keep A", "leaves",     "A: here A yanked, left out",        GONE },
		{ "says A; keep A", "gone",       "A: here A, taken gone, shown A",    GONE },
		{ "says A; keep A", "keep A",     "A: here A, taken, shown A",         "" },
		{ "says A; keep A", "!keep B",    "A: here A, taken, shown A",         "" },
		{ "says A; keep A", "!accept",    "A: here A, taken, shown A",         "" },
		/* pinned by the first bytes */
		{ "says -; keep A", "says -",     "A: here A, taken, shown A",         "" },
		{ "says -; keep A", "says - new", "A: here A, taken, shown A new",     CHANGED },
		{ "says -; keep A", "says B",     "A: here A, taken drift B, shown A", DRIFT },
		{ "says -; keep A", "twice AB",   "A: here A, taken drift B, shown A", DRIFT },
	};
	(void)state;
	check_cases(table, ROWS(table));
}

static void it_comes_back(void **state)
{
	static const struct up_case table[] = {
		{ "says A; gone", "says A",           "-: absent A, taken, shown A",       ADD },
		{ "says A; gone", "says B",           "-: absent A, taken drift B, shown A", ADD DRIFT },
		{ "says A; gone", "says B new",       "-: absent A, taken drift B, shown A", ADD DRIFT },
		{ "says A; gone", "says -",           "-: absent A, taken, shown A",       ADD },
		{ "says A; gone; says -; gone", "says B", "-: absent A, taken drift B, shown A", ADD DRIFT },
		{ "says A; gone", "twice AB",         "-: absent A, taken drift B, shown A", ADD DRIFT },
		{ "says A; leaves", "says B",         "-: absent A, taken drift B, shown A", ADD DRIFT },
		{ "says A; refuses B", "says B",      "-: absent A, taken drift B, shown A", ADD DRIFT },
		{ "says A; says B; gone", "says B",   "-: absent A, taken drift B, shown A", ADD },
		{ "says A; says B; omits B", "says B", "-: absent A, taken drift B, shown A", ADD },
		{ "says A; keep A; refuses A", "says A", "A: here A, taken, shown A",      "" },
		{ "says A; keep A; refuses A", "refuses A", "A: here A, refused gone, shown A", "" },
		{ "says A; keep A; refuses A", "gone", "A: here A, taken gone, shown A",   "" },
		{ "says A; keep A; refuses A", "omits A", "A: here A yanked, left out",    GONE },
		{ "says A; gone", "gone",             "-: deleted A, taken gone",          "" },
		{ "says A; leaves", "says A",         "-: absent A, taken, shown A",       ADD },
		{ "says A; leaves", "leaves",         "-: deleted A, left out",            "" },
		{ "says A; keep A; gone", "says A",   "A: here A, taken, shown A",         "" },
		{ "says A; keep A; gone", "says B",   "A: here A, taken drift B, shown A", DRIFT },
		{ "says A; keep A; gone", "gone",     "A: here A, taken gone, shown A",    "" },
		{ "says A; keep A; leaves", "says A", "A: here A, taken, shown A",         CHANGED },
		{ "says A; keep A; leaves", "leaves", "A: here A yanked, left out",        "" },
		{ "says A; keep A; leaves", "gone",   "A: here A yanked, taken gone",      GONE },
		{ "says A; keep A; leaves; gone", "says A", "A: here A, taken, shown A",   CHANGED },
	};
	(void)state;
	check_cases(table, ROWS(table));
}

static void a_person_deleted_it(void **state)
{
	static const struct up_case table[] = {
		{ "says A; keep A; delete", "says A",       "-: deleted A, refused",  "" },
		{ "says A; keep A; delete", "says B",       "-: deleted A, refused",  "" },
		{ "says A; keep A; delete", "!keep A",      "-: deleted A, taken",    "" },
		{ "says A; keep A; delete; says A", "says A", "-: deleted A, refused", "" },
		{ "says A; delete", "says A",               "-: deleted A, refused",  "" },
		{ "says A; keep A; delete", "gone",         "-: deleted A, taken gone", "" },
		{ "says A; keep A; delete; gone", "says A", "-: deleted A, refused",  "" },
		{ "says A; keep A; delete; leaves", "says A", "-: deleted A, refused", "" },
	};
	(void)state;
	check_cases(table, ROWS(table));
}

static void other_bytes_are_told_once_and_accepted(void **state)
{
	static const struct up_case table[] = {
		{ "says A; keep A; says B", "says B", "A: here A, taken drift B, shown A",   "" },
		{ "says A; keep A; says B", "says A", "A: here A, taken, shown A",           "" },
		{ "says A; keep A; says B; says A", "says B", "A: here A, taken drift B, shown A", DRIFT },
		{ "says A; keep A; says B", "accept", "A: absent B, taken, shown B",         CHANGED },
		{ "says A; says B",         "accept", "-: absent B, taken, shown B",         CHANGED },
		{ "says A; keep A; says B; accept", "keep B", "B: here B, taken, shown B, quarantine 1", "" },
		{ "says A; keep A; says B; accept", "says B", "A: absent B, taken, shown B", "" },
		{ "says A; keep A; says B; accept", "says A", "A: absent B, taken drift A, shown B", DRIFT },
		{ "says A; keep A; says B; accept", "!accept", "A: absent B, taken, shown B", "" },
		{ "says A; keep A; says B; gone", "!accept", "A: here A, taken gone drift B, shown A", "" },
		{ "says A; keep A; says B; leaves", "!accept", "A: here A yanked, left out drift B", "" },
		{ "says A; keep A; says B; delete", "!accept", "-: deleted A, taken drift B", "" },
	};
	(void)state;
	check_cases(table, ROWS(table));
}

static int64_t seen_ns(struct fixture *f)
{
	AUTO_ARENA struct arena a = { 0 };
	struct reader *reader = NULL;
	struct remote_row remote;
	assert_ok(f, reader_take(f->g, &reader, &f->e));
	assert_ok(f, catalog_remote(reader->catalog, &a, repository_find(f->g, UP)->id, UP_NAME, UP_VERSION,
	                            &remote, &f->e));
	reader_give(f->g, reader);
	return remote.seen_ns;
}

static void the_time_counts_from_the_bytes(void **state)
{
	static const struct { const char *before, *step; bool anew; } table[] = {
		{ "says A",       "says A new",        false },
		{ "says A",       "says B",            false },      /* A is what is served */
		{ "says A",       "gone; says A",      false },
		{ "says A",       "gone; says B",      false },
		{ "says A",       "says B; accept",    true },
		{ "omits A",      "says A",            false },
		{ "omits A",      "says B",            true },
		{ "refuses A",    "says B",            true },
		{ "says -",       "says A",            true },
		{ "says -",       "says -",            false },
		{ "says -",       "gone; says -",      true },
		{ "says -",       "gone; says A",      true },
		{ "omits -",      "says A",            true },
		{ "says -",       "keep A",            true },
		{ "says A",       "keep A",            false },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		struct fixture *f = fixture_new();
		open_ingest(f);
		make_upstream(f);
		up_steps(f, table[i].before);
		int64_t was = seen_ns(f);
		up_steps(f, table[i].step);
		if ((seen_ns(f) > was) != table[i].anew)
			fail_msg("%s | %s", table[i].before, table[i].step);
		fixture_free(f);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_of_it),
		cmocka_unit_test(its_archive_is_not_here),
		cmocka_unit_test(its_archive_is_here),
		cmocka_unit_test(it_comes_back),
		cmocka_unit_test(a_person_deleted_it),
		cmocka_unit_test(other_bytes_are_told_once_and_accepted),
		cmocka_unit_test(the_time_counts_from_the_bytes),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Every allocation of reading an index as it comes fails once: NOMEM, nothing is told, nothing leaks. */
#include "index_stream_fixture.h"

#include "tests/lib/nomem.h"

static bool known_second(void *ctx, struct str chart, const struct sha256 *hash)
{
	(void)ctx, (void)hash;
	return str_eq(chart, STR("known"));
}

static enum err any_entry(void *ctx, struct str chart, const struct index_entry *entry,
                          const struct sha256 *hash, struct errinfo *e)
{
	(void)ctx, (void)chart, (void)entry, (void)hash, (void)e;
	return OK;
}

static enum err any_skipped(void *ctx, struct str chart, struct str version, uint32_t line,
                            const char *why, struct errinfo *e)
{
	(void)ctx, (void)chart, (void)version, (void)line, (void)why, (void)e;
	return OK;
}

static void every_allocation_fails_once(void **state)
{
	(void)state;
	static const struct { const char *text; unsigned versions, skipped; } rows[] = {
		{ "apiVersion: v1\nserverInfo: {a: [1, 2.5]}\nx: &x {a: b, on: c}\nentries:\n"
		  "  1.10:\n  - {name: a, version: 1.0.0, digest: 5, annotations: {<<: *x}, urls: [a],"
		  " maintainers: [{name: a}], dependencies: [{name: b, tags: [c], import-values: [d]}]}\n"
		  "  - {name: a, version: 1.0.0, name: b}\n  - {name: a, version: 5}\n"
		  "  known:\n  - &v {name: a, version: 1.0.0}\n  more: [*v, ~]\n", 3, 3 },
		{ "{\"serverInfo\":{\"a\":[1]},\"generated\":\"x\",\"entries\":{\"a\":[{\"name\":\"a\","
		  "\"version\":\"1.0.0\",\"keywords\":[\"a\"]},{\"a\":1,\"a\":2},null],\"known\":[{}]}}", 2, 2 },
		{ "{\"entries\":{\"a\":[{\"name\":\"a\",\"version\":\"1.0.0\"},]}}", 1, 0 },
	};
	const struct index_stream_handler handler = { NULL, known_second, any_entry, any_skipped, NULL };
	for (size_t i = 0; i < ROWS(rows); i++)
		for (long n = 0, live = nomem_live();; n++) {
			struct reading r = { .text = str_c(rows[i].text) };
			struct index_stream_summary s = { .versions = 77 };
			struct errinfo e;
			nomem_arm(n);
			enum err err = index_stream_read(reading_read, reading_rewind, &r, "i", &handler, &s, &e);
			bool failed = nomem_disarm();
			assert_int_equal(nomem_live(), live);
			assert_int_equal(err, failed ? ERR_NOMEM : OK);
			assert_int_equal(s.versions, failed ? 77 : rows[i].versions);
			if (failed)
				continue;
			assert_int_equal(s.skipped, rows[i].skipped);
			assert_true(n > 4);
			break;
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_allocation_fails_once) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What versions say of themselves: which of them count between two, and every allocation that fails. */
#include "buffer.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/hub/comparing.h"
#include "nomem_arena.h"

#define LINE(version, annotations) \
	"{\"annotations\":{" annotations "},\"apiVersion\":\"v2\",\"name\":\"x\",\"version\":\"" version "\"}"
#define SAYS(text) "\"artifacthub.io/changes\":\"" text "\""

/* The newest first, as an index has them. */
static struct rope_version list[] = {
#define V(version, annotations) { { version, sizeof version - 1 }, \
	{ LINE(version, annotations), sizeof LINE(version, annotations) - 1 }, 0, 0 }
	V("3.0.0", SAYS("- three")), V("2.0.0", SAYS("- kind: fixed\\n  description: two\\n- more")),
	V("2.0.0-rc.1", SAYS("- candidate")), V("1.2.0", SAYS("{no list")), V("1.1.0", "\"other\":\"x\""),
	{ { "1.0.5", 5 }, { "{\"artifacthub.io/changes\"", 24 }, 0, 0 }, V("1.0.0+b", SAYS("- one and more")),
	V("1.0.0", SAYS("- one")), V("zero", SAYS("- none")),
#undef V
};
static const struct hub_versions versions = { .list = list, .count = ROWS(list) };

static struct errinfo error;

static void put_log(struct sbuf *b, const struct changelog *log)
{
	for (size_t i = 0; i < log->count; i++) {
		const struct changelog_release *r = &log->releases[i];
		sbuf_printf(b, "%s%.*s:", i ? " " : "", STR_ARG(r->version));
		for (size_t k = 0; k < r->entry_count; k++)
			sbuf_printf(b, "%s%.*s", k ? "," : "", STR_ARG(r->entries[k].text));
	}
}

struct row { const char *name, *one, *other, *wanted; };

static const struct row rows[] = {
	{ "up", "1.0.0", "2.0.0", "2.0.0:two,more 2.0.0-rc.1:candidate" },
	{ "down", "2.0.0", "1.0.0", "2.0.0:two,more 2.0.0-rc.1:candidate" },
	{ "to a pre-release", "1.1.0", "2.0.0-rc.1", "2.0.0-rc.1:candidate" },
	{ "from a pre-release", "2.0.0-rc.1", "2.0.0", "2.0.0:two,more" },
	{ "versions that are not there", "1.5.0", "9", "3.0.0:three 2.0.0:two,more 2.0.0-rc.1:candidate" },
	{ "the same", "2.0.0", "2.0.0", "" },
	{ "the same but for its metadata", "1.0.0", "1.0.0+b", "" },
	{ "nothing is said", "1.0.0", "1.2.0", "" },
	{ "no version", "zero", "2.0.0", "" },
	{ "to no version", "1.0.0", "zero", "" },
	{ "all up to one", "", "2.0.0-rc.1", "2.0.0-rc.1:candidate 1.0.0+b:one and more 1.0.0:one" },
	{ "all up to the first", "", "1.0.0", "1.0.0+b:one and more 1.0.0:one" },
	{ "all up to nothing", "", "", "" },
};

static void t_notes(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct changelog log;
	assert_int_equal(hub_notes(&a, &versions, str_c(row->one), str_c(row->other), &log, &error), OK);
	put_log(&b, &log);
	assert_buffer(&b, row->wanted);
	assert_false(log.cut);
}

/* So many that not all are read. */
static void too_many(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct changelog log;
	for (size_t count = RELEASES_SHOWN_MAX - 1; count <= RELEASES_SHOWN_MAX + 1; count++) {
		struct rope_version *many = arena_array(&a, count, sizeof *many);
		for (size_t i = 0; i < count; i++)
			many[i] = (struct rope_version){
				.version = str_c(arena_printf(&a, "1.0.%zu", count - i)),
				.line = str_c(arena_printf(&a, LINE("1.0.%zu", SAYS("- x")), count - i)) };
		const struct hub_versions v = { .list = many, .count = count };
		assert_int_equal(hub_notes(&a, &v, STR("1.0.0"), STR("2.0.0"), &log, &error), OK);
		assert_int_equal(log.count, count < RELEASES_SHOWN_MAX ? count : RELEASES_SHOWN_MAX);
		assert_int_equal(log.cut, count > RELEASES_SHOWN_MAX);
		assert_true(str_eq(log.releases[0].version, many[0].version));
	}
}

static enum err read_notes(struct arena *a, const void *row, struct errinfo *e)
{
	struct changelog log = { 0 };
	(void)row;
	enum err err = hub_notes(a, &versions, STR(""), STR("3.0.0"), &log, e);
	assert_int_equal(log.count, err ? 0 : 5);
	return err;
}

static void without_memory(void **state)
{
	(void)state;
	each_allocation_fails(read_notes, NULL);
	each_room_is_too_small(read_notes, NULL, OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(too_many), cmocka_unit_test(without_memory) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return failed + RUN_TABLE("notes", t_notes, rows);
}

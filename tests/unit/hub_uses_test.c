/* Who depends on whom: a table of charts in memory, and what is told of it after each change.
 *
 *     +main/a x@https://h/stable y@@main      is there (again), and depends on these
 *     -main/a                                 is gone
 */
#include "indexer/hub/uses.h"

#include "indexer/base/json.h"

#include "ingest_fixture.h"

#define TOLD_BYTES 400

static const char *const addresses[] = { "https://h" };

struct catalog_of_charts { struct fixture *f; struct hub_options o; struct hub_table table; };

static void open_table(struct catalog_of_charts *x, struct fixture *f)
{
	open_ingest(f);
	set_repo(f, "stable", "{\"known_as\":\"https://elsewhere\"}");
	set_repo(f, "secret", "{\"private\":true}");
	*x = (struct catalog_of_charts){ .f = f, .o = { .ingest = f->g, .addresses = addresses,
	                                                .address_count = ROWS(addresses) } };
	assert_ok(f, table_open(&x->table, &f->e));
	assert_ok(f, uses_open(&x->o, &x->table.uses, &f->e));
}

/* "x@https://h/stable" */
static void put_dependency(struct sbuf *b, struct str word)
{
	struct str name = str_cut(&word, '@', NULL);
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "name", name);
	json_text(b, "version", STR("^1"));
	json_text(b, "repository", word);
	sbuf_putc(b, '}');
}

static void put_chart(struct catalog_of_charts *x, struct str repo, struct str name, struct str words)
{
	static int64_t id;
	struct hub_chart *c;
	AUTO_SBUF struct sbuf line = sbuf_make(MIB);
	sbuf_puts(&line, "{\"apiVersion\":\"v2\",\"created\":\"2026-01-01T00:00:00Z\",\"dependencies\":[");
	while (words.n)
		put_dependency(&line, str_cut(&words, ' ', NULL));
	sbuf_puts(&line, "],\"digest\":\"\"");
	json_text(&line, "name", name);
	sbuf_puts(&line, ",\"urls\":[\"x.tgz\"],\"version\":\"1.0.0\"}");
	const struct search_chart row = { .id = ++id, .repo = repo, .name = name,
	                                  .line = sbuf_str(&line), .facts = STR("{}") };
	assert_ok(x->f, chart_new(&row, &c, &x->f->e));
	assert_ok(x->f, table_put(&x->table, c, &x->f->e));
}

static void do_steps_of_charts(struct catalog_of_charts *x, const char *steps)
{
	struct str rest = str_c(steps);
	while (rest.n) {
		struct str step = str_trim(str_cut(&rest, ';', NULL));
		bool put = str_starts(step, STR("+"));
		struct str words = str_from(step, 1), repo, name = str_cut(&words, ' ', NULL);
		repo = str_cut(&name, '/', NULL);
		if (put && name.n)
			put_chart(x, repo, name, words);
		else
			table_remove(&x->table, repo, name);
	}
}

static bool sees(void *hidden, struct str repo) { return !str_eq_c(repo, hidden); }

/* "stable/x 2 (1): main/a secret/b": how many users, how many for who may not see secret. */
static void tell(struct catalog_of_charts *x, char ret[TOLD_BYTES])
{
	char hidden[] = "secret";
	size_t n = 0;
	const struct hub_viewer stranger = { sees, hidden };
	ret[0] = '\0';
	for (size_t i = 0; i < x->table.count; i++) {
		const struct hub_chart *c = x->table.charts[i];
		const struct use_target *t = uses_find(x->table.uses, c->repo, c->name);
		if (!t)
			continue;
		assert_int_equal(uses_count(x->table.uses, c, NULL), t->count);
		n += (size_t)snprintf(ret + n, TOLD_BYTES - n, "%s%.*s/%.*s %zu (%d):", n ? "; " : "",
		                      STR_ARG(c->repo), STR_ARG(c->name), t->count,
		                      (int)uses_count(x->table.uses, c, &stranger));
		for (size_t k = 0; k < t->count; k++)
			n += (size_t)snprintf(ret + n, TOLD_BYTES - n, " %.*s/%.*s", STR_ARG(t->users[k]->repo),
			                      STR_ARG(t->users[k]->name));
	}
}

#define X "+stable/x; "

static const struct row { const char *name, *steps, *told; } rows[] = {
	{ "nobody", X, "" },
	{ "one", X "+main/a x@https://h/stable", "stable/x 1 (1): main/a" },
	{ "the user first", "+main/a x@https://h/stable; " X, "stable/x 1 (1): main/a" },
	{ "in order", X "+secret/b x@https://h/stable; +main/c x@@stable; +main/a x@https://elsewhere/",
	  "stable/x 3 (2): main/a main/c secret/b" },
	{ "one that does so twice", X "+main/a x@https://h/stable x@https://elsewhere x@@stable",
	  "stable/x 1 (1): main/a" },
	{ "of two", X "+main/y; +main/a x@@stable y@https://h", "main/y 1 (1): main/a; "
	  "stable/x 1 (1): main/a" },
	{ "from elsewhere", X "+main/a x@https://other x@ x@file://./charts/x", "" },
	{ "beside it", X "+stable/a x@file://../x; +main/a x@file://../x", "stable/x 1 (1): stable/a" },
	{ "itself", "+stable/x x@https://h/stable", "" },
	{ "gone", X "+main/a x@@stable; -main/a", "" },
	{ "one of two gone", X "+main/a x@@stable; +main/b x@@stable; -main/a", "stable/x 1 (1): main/b" },
	{ "of another now", X "+stable/y; +main/a x@@stable; +main/a y@@stable", "stable/y 1 (1): main/a" },
	{ "the same again", X "+main/a x@@stable x@@stable; +main/a x@@stable", "stable/x 1 (1): main/a" },
	{ "hidden", X "+secret/a x@@stable; +secret/b x@@stable", "stable/x 2 (0): secret/a secret/b" },
};

static void t_table(void **state)
{
	const struct row *row = *state;
	char told[TOLD_BYTES];
	struct fixture *f = fixture_new();
	struct catalog_of_charts x;
	open_table(&x, f);
	do_steps_of_charts(&x, row->steps);
	tell(&x, told);
	table_close(&x.table);
	fixture_free(f);
	assert_string_equal(told, row->told);
}

static void t_other_settings(void **state)
{
	struct fixture *f = *state;
	struct catalog_of_charts x;
	char told[TOLD_BYTES];
	open_table(&x, f);
	do_steps_of_charts(&x, "+main/x; +stable/x; +stable/a x@https://new; +stable/b x@https://elsewhere");
	tell(&x, told);
	assert_string_equal(told, "stable/x 1 (1): stable/b");
	set_repo(f, "stable", "{\"known_as\":null}");
	set_repo(f, "main", "{\"known_as\":\"https://new\"}");
	do_steps_of_charts(&x, "-main/x");       /* what is removed was put by the old ones */
	assert_ok(f, table_settings(&x.table, &x.o, &f->e));
	do_steps_of_charts(&x, "+main/x");
	tell(&x, told);
	assert_string_equal(told, "main/x 1 (1): stable/a");
	table_close(&x.table);
}

/* More targets than there are buckets at first, each with a user that leaves again. */
static void t_many(void **state)
{
	enum { COUNT = 3000 };
	struct fixture *f = *state;
	struct catalog_of_charts x;
	char step[64];
	open_table(&x, f);
	for (int i = 0; i < COUNT; i++) {
		(void)snprintf(step, sizeof step, "+main/a%d x%d@@stable all@@stable", i, i);
		do_steps_of_charts(&x, step);
	}
	assert_int_equal(uses_find(x.table.uses, STR("stable"), STR("all"))->count, COUNT);
	for (int i = 0; i < COUNT; i++) {
		(void)snprintf(step, sizeof step, "x%d", i);
		assert_non_null(uses_find(x.table.uses, STR("stable"), str_c(step)));
		(void)snprintf(step, sizeof step, "-main/a%d", i);
		do_steps_of_charts(&x, step);
	}
	assert_null(uses_find(x.table.uses, STR("stable"), STR("all")));
	table_close(&x.table);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { TEST(t_other_settings), TEST(t_many) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("users", t_table, rows) +
	       cmocka_run_group_tests_name("users of charts", tests, NULL, NULL);
}

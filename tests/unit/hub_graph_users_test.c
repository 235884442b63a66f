/* Who depends on a chart, page by page, and how far charts are behind. */
#include "indexer/hub/graph.h"

#include "hub_charts.h"

#define TOLD_BYTES 2048

/* ---- users ---- */

/* "main/a 1.0.0 ^1 +-": accepts the version, but not the newest. */
static void tell_users(const struct graph_users *u, char ret[TOLD_BYTES])
{
	AUTO_SBUF struct sbuf b = sbuf_make(TOLD_BYTES - 1);
	sbuf_printf(&b, "%d use %.*s\n", (int)u->charts, STR_ARG(u->version));
	for (size_t i = 0; i < u->count; i++) {
		const struct graph_user *x = &u->list[i];
		sbuf_printf(&b, "%.*s/%.*s %.*s %.*s %s%s", STR_ARG(x->repo), STR_ARG(x->name),
		            STR_ARG(x->version), STR_ARG(x->range), x->accepts ? "+" : "-",
		            x->accepts_newest ? "+" : "-");
		if (x->alias.n)
			sbuf_printf(&b, " as %.*s", STR_ARG(x->alias));
		if (x->locked.n)
			sbuf_printf(&b, " locked %.*s", STR_ARG(x->locked));
		sbuf_putc(&b, '\n');
	}
	sbuf_puts(&b, u->more ? "more\n" : "");
	assert_true(sbuf_ok(&b));
	(void)snprintf(ret, TOLD_BYTES, "%s", b.p);
}

#define X "main/x 1.0.0 \n main/x 1.5.0 \n main/x 2.0.0 \n "

static const struct row {
	const char *name, *charts, *version;
	bool all, stranger;
	const char *told;
} rows[] = {
	{ "nobody", X, "1.0.0", false, false, "0 use 1.0.0\n" },
	{ "ranges", X "p/a 1.0.0 x=^1@https://h \n p/b 1.0.0 x=2@https://h \n p/c 1.0.0 x=*@https://h", "1.5.0",
	  false, false, "3 use 1.5.0\n"
	  "p/a 1.0.0 ^1 +-\np/b 1.0.0 2 -+\np/c 1.0.0 * ++\n" },
	{ "the version that is shown", X "p/a 1.0.0 x=^1@https://h \n p/a 1.1.0 x=^2@https://h", "latest",
	  false, false, "1 use 2.0.0\np/a 1.1.0 ^2 ++\n" },
	{ "all versions", X "p/a 1.0.0 x=^1@https://h,locked=1.0.0 \n p/a 1.1.0 x=^2@https://h \n p/b 1.0.0 x=1@@p",
	  "1.0.0", true, false, "1 use 1.0.0\n"
	  "p/a 1.0.0 ^1 +- locked 1.0.0\np/a 1.1.0 ^2 -+\n" },
	{ "twice", X "p/a 1.0.0 x=^1@https://h,alias=one x=^2@https://h,alias=two", "1.0.0", false, false,
	  "1 use 1.0.0\np/a 1.0.0 ^1 +- as one\np/a 1.0.0 ^2 -+ as two\n" },
	{ "ranges that are none", X "p/a 1.0.0 x=latest@https://h \n p/b 1.0.0 x=@https://h", "1.0.0", false, false,
	  "2 use 1.0.0\np/a 1.0.0 latest --\np/b 1.0.0  --\n" },
	{ "what a stranger sees", X "p/a 1.0.0 x=^1@https://h \n secret/a 1.0.0 x=^1@https://h \n z/a 1.0.0 x=^1@https://h",
	  "1.0.0", false, true, "2 use 1.0.0\np/a 1.0.0 ^1 +-\nz/a 1.0.0 ^1 +-\n" },
	{ "what a stranger sees of all versions",
	  X "p/a 1.0.0 x=^1@https://h \n secret/a 1.0.0 x=^1@https://h \n secret/b 1.0.0 x=^1@https://h \n z/a 1.0.0 x=^1@https://h",
	  "1.0.0", true, true, "2 use 1.0.0\np/a 1.0.0 ^1 +-\nz/a 1.0.0 ^1 +-\n" },
	{ "a chart of that name elsewhere", X "p/x 1.0.0 \n p/a 1.0.0 x=^1@https://h/p \n q/a 1.0.0 x=1@https://other",
	  "1.0.0", true, false, "0 use 1.0.0\n" },
	{ "itself", "main/x 1.0.0 \n main/x 1.1.0 x=^1@https://h", "1.0.0", true, false,
	  "0 use 1.0.0\n" },
};

static void t_users(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct graph_users users;
	char told[TOLD_BYTES];
	struct charts *x = charts_open();
	set_repo(x->f, "secret", "{\"private\":true}");
	charts_publish(x, row->charts);
	const struct graph_ask ask = { .viewer = row->stranger ? &stranger : NULL };
	const struct graph_users_ask u = { .repo = STR("main"), .name = STR("x"), .limit = 100,
	                                   .version = str_c(row->version), .all_versions = row->all };
	assert_ok(x->f, hub_users(x->hub, &a, &ask, &u, &users, &x->f->e));
	tell_users(&users, told);
	charts_close(x);
	assert_string_equal(told, row->told);
}

enum { USERS = 23, SEEN = 15 };

/* Every page but the last is full; together they are in order and hold no secret. */
static void read_pages(struct charts *x, bool all_versions, unsigned limit)
{
	AUTO_ARENA struct arena a = { 0 };
	struct graph_users users;
	struct graph_user last = { 0 };
	const struct graph_ask ask = { .viewer = &stranger };
	size_t seen = 0;
	do {
		const struct graph_users_ask u = { .repo = STR("main"), .name = STR("x"), .limit = limit,
		                                   .version = STR("1.0.0"), .all_versions = all_versions,
		                                   .after = last };
		assert_ok(x->f, hub_users(x->hub, &a, &ask, &u, &users, &x->f->e));
		assert_int_equal(users.charts, SEEN);
		assert_true(users.more ? users.count == limit : users.count <= limit);
		for (size_t i = 0; i < users.count; i++) {
			const struct graph_user *now = &users.list[i];
			int order = str_cmp(last.repo, now->repo);
			assert_true((order ? order : str_cmp(last.name, now->name)) < 0);
			assert_false(str_eq(now->repo, STR("secret")));
			last = *now;
		}
		seen += users.count;
		last = users.last;
		assert_false(users.more && str_eq(last.repo, STR("secret")));
	} while (users.more);
	assert_int_equal(seen, SEEN);
}

static void t_pages(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf lines = sbuf_make(MIB);
	struct charts *x = charts_open();
	set_repo(x->f, "secret", "{\"private\":true}");
	sbuf_puts(&lines, X);
	for (int i = 0; i < USERS; i++)
		sbuf_printf(&lines, "%s/a%02d 1.0.0 x=^1@https://h\n", i % 3 ? i % 2 ? "p" : "z" : "secret", i);
	charts_publish(x, lines.p);
	for (unsigned limit = 1; limit < USERS; limit++) {
		read_pages(x, false, limit);
		read_pages(x, true, limit);
	}
	charts_close(x);
}

/* Who uses it a hundred times makes no page a hundred times as long. */
static void t_pages_of_who_uses_it_often(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct graph_users users = { .more = true };
	const struct graph_ask ask = { .viewer = &stranger };
	struct charts *x = charts_open();
	size_t seen = 0;
	charts_publish(x, X "p/a 1.0.0 x=^1@https://h,alias=a x=^1@https://h,alias=b x=^1@https://h,alias=c \n "
	                  "p/b 1.0.0 x=^1@https://h,alias=a x=^1@https://h,alias=b x=^1@https://h,alias=c \n "
	                  "p/c 1.0.0 x=^1@https://h,alias=a x=^1@https://h,alias=b x=^1@https://h,alias=c");
	for (struct graph_user last = { 0 }; users.more; last = users.last) {
		const struct graph_users_ask u = { .repo = STR("main"), .name = STR("x"), .limit = 2,
		                                   .version = STR("1.0.0"), .after = last };
		assert_ok(x->f, hub_users(x->hub, &a, &ask, &u, &users, &x->f->e));
		assert_int_equal(users.count, 3);
		seen += users.count;
	}
	assert_int_equal(seen, 9);
	charts_close(x);
}

static void t_what_is_not_there(void **state)
{
	(void)state;
	static const struct { const char *repo, *name, *version; enum err err; } none[] = {
		{ "main", "x", "9.0.0", ERR_NOT_FOUND }, { "main", "y", "latest", ERR_NOT_FOUND },
		{ "main", "y", "1.0.0", ERR_NOT_FOUND }, { "secret", "x", "1.0.0", ERR_REPO_NOT_FOUND },
		{ "nowhere", "x", "", ERR_REPO_NOT_FOUND }, { "main", "x", "1.5.0", OK },
	};
	AUTO_ARENA struct arena a = { 0 };
	struct graph_users users;
	const struct graph_ask ask = { .viewer = &stranger };
	struct charts *x = charts_open();
	set_repo(x->f, "secret", "{\"private\":true}");
	charts_publish(x, X "secret/x 1.0.0");
	charts_yank(x, "main", "x-1.5.0.tgz");
	for (size_t i = 0; i < ROWS(none); i++) {
		const struct graph_users_ask u = { .repo = str_c(none[i].repo), .name = str_c(none[i].name),
		                                   .version = str_c(none[i].version), .limit = 1 };
		assert_int_equal(hub_users(x->hub, &a, &ask, &u, &users, &x->f->e), none[i].err);
	}
	charts_close(x);
}

/* ---- what is out of date ---- */

static void tell_outdated(struct charts *x, struct arena *a, const struct graph_version *v,
                          char ret[TOLD_BYTES])
{
	const struct graph_edge **list;
	size_t count, n = 0;
	assert_ok(x->f, graph_outdated(a, v, &list, &count, &x->f->e));
	ret[0] = '\0';
	for (size_t i = 0; i < count; i++)
		n += (size_t)snprintf(ret + n, TOLD_BYTES - n, "%s%.*s %.*s → %.*s %s%s", i ? ", " : "",
		                      STR_ARG(list[i]->name), STR_ARG(list[i]->current),
		                      STR_ARG(list[i]->newest), upgrade_names[list[i]->kind],
		                      list[i]->admitted ? "" : "!");
}

static const char out_of_date[] =
	X "main/y 1.0.0 \n main/y 1.0.1 \n main/z 0.1.0 \n main/z 0.2.0 \n"
	"main/a 1.0.0 y=^1@https://h,locked=1.0.0 x=^1@https://h,locked=1.0.0 z=~0.1@https://h q=1@https://other \n"
	"main/b 1.0.0 y=^1@https://h \n main/c 1.0.0";

static void t_outdated(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct graph_version v;
	struct graph_behind *list;
	size_t count;
	char told[TOLD_BYTES];
	struct charts *x = charts_open();
	charts_publish(x, out_of_date);
	assert_ok(x->f, hub_dependencies(x->hub, &a, NULL, STR("main"), STR("a"), STR(""), &v, &x->f->e));
	assert_int_equal(v.edge_count, 4);
	tell_outdated(x, &a, &v, told);
	assert_string_equal(told, "x 1.0.0 → 2.0.0 major!, z 0.1.0 → 0.2.0 minor!, y 1.0.0 → 1.0.1 patch");
	const struct graph_edge *of_x = &v.edges[1];
	assert_true(str_eq(of_x->step[UPGRADE_MINOR], STR("1.5.0")));
	assert_int_equal(of_x->step[UPGRADE_PATCH].n, 0);
	assert_ok(x->f, hub_behind(x->hub, &a, NULL, STR("main"), &list, &count, &x->f->e));
	assert_int_equal(count, 2);
	assert_true(str_eq(list[0].name, STR("a")) && str_eq(list[1].name, STR("b")));
	assert_memory_equal(list[0].count, ((size_t[]){ 1, 1, 1, 1 }), sizeof list[0].count);
	assert_memory_equal(list[1].count, ((size_t[]){ 1, 0, 0, 0 }), sizeof list[1].count);
	assert_int_equal(list[0].missing, 1);
	charts_close(x);
}

static void t_of_a_chart_elsewhere(void **state)
{
	(void)state;
	static const struct graph_wanted list[] = {
		{ .name = STR("x"), .range = STR("^1"), .repository = STR("https://h"), .locked = STR("1.0.0") },
		{ .name = STR("y"), .range = STR("1"), .repository = STR("file://../y") },
		{ .name = STR("y"), .range = STR("1"), .repository = STR("@stable"), .alias = STR("s"),
		  .locked = STR("1.0.0"), .locked_repository = STR("https://h") },
	};
	AUTO_ARENA struct arena a = { 0 };
	struct graph_version v;
	char told[TOLD_BYTES];
	struct charts *x = charts_open();
	charts_publish(x, out_of_date);
	assert_ok(x->f, hub_dependencies_of(x->hub, &a, NULL, STR(""), list, ROWS(list), &v, &x->f->e));
	tell_outdated(x, &a, &v, told);
	assert_string_equal(told, "x 1.0.0 → 2.0.0 major!, y 1.0.0 → 1.0.1 patch");
	assert_true(v.edges[1].missing.n > 0);
	charts_close(x);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_pages), cmocka_unit_test(t_pages_of_who_uses_it_often), cmocka_unit_test(t_what_is_not_there),
		cmocka_unit_test(t_outdated), cmocka_unit_test(t_of_a_chart_elsewhere),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("users", t_users, rows) +
	       cmocka_run_group_tests_name("users and what is behind", tests, NULL, NULL);
}

/* Webhooks and their deliveries as rows. */
#include "store_fixture.h"

#include "indexer/store/hooks.h"

static int64_t add_hook(struct fixture *f, const char *name)
{
	struct hook_row row = {
		.name = str_c(name), .url = STR("https://x.example/a"), .format = STR("plain"),
		.repos = STR("*"), .charts = STR("a*"), .kinds = STR("publish\nrepo.*"), .secret = STR("one"),
		.headers = STR("X-A: b"), .allow_private = true, .created_ns = 7, .done_event = 3 };
	assert_ok(f, catalog_hook_put(f->c, &row, &f->e));
	return row.id;
}

static void begin(struct fixture *f)
{
	open_all(f);
	assert_ok(f, catalog_begin(f->c, &f->e));
}

/* Everything of a row, so that no column is mixed up with another. */
static void put_hooks(struct fixture *f, struct sbuf *b)
{
	AUTO_ARENA struct arena a = { 0 };
	struct hook_row *rows;
	size_t count;
	assert_ok(f, catalog_hooks(f->c, &a, &rows, &count, &f->e));
	sbuf_reset(b);
	for (size_t i = 0; i < count; i++) {
		const struct hook_row *r = &rows[i];
		sbuf_printf(b, "%.*s %.*s %.*s %.*s %.*s %.*s %.*s/%.*s until %d, %.*s, %d%d, %d, done %d; %d since %d,"
		            " %d, %d\n", STR_ARG(r->name), STR_ARG(r->url), STR_ARG(r->format), STR_ARG(r->repos),
		            STR_ARG(r->charts), STR_ARG(r->kinds), STR_ARG(r->secret), STR_ARG(r->old_secret),
		            (int)r->old_until_ns, STR_ARG(r->headers), r->allow_private, r->paused,
		            (int)r->created_ns, (int)r->done_event, (int)r->failures, (int)r->failing_ns,
		            (int)r->rest_ns, (int)r->worked_ns);
	}
}

static void t_hooks_are_kept(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(4096);
	begin(f);
	int64_t id = add_hook(f, "zoo");
	struct hook_row other = { .id = id, .url = STR("u"), .format = STR("slack"), .repos = STR("r"),
	                          .charts = STR("c"), .kinds = STR("k"), .secret = STR("two"),
	                          .old_secret = STR("one"), .old_until_ns = 9, .paused = true };
	(void)add_hook(f, "ant");
	put_hooks(f, &b);
	assert_string_equal(b.p,
		"ant https://x.example/a plain * a* publish\nrepo.* one/ until 0, X-A: b, 10, 7, done 3;"
		" 0 since 0, 0, 0\n"
		"zoo https://x.example/a plain * a* publish\nrepo.* one/ until 0, X-A: b, 10, 7, done 3;"
		" 0 since 0, 0, 0\n");
	assert_ok(f, catalog_hook_put(f->c, &other, &f->e));
	assert_ok(f, catalog_hook_done(f->c, id, 4, &f->e));
	other.failures = 5;
	other.failing_ns = 6;
	other.rest_ns = 7;
	other.worked_ns = 8;
	assert_ok(f, catalog_hook_health(f->c, &other, &f->e));
	assert_ok(f, catalog_hook_remove(f->c, id + 1, &f->e));
	put_hooks(f, &b);
	assert_string_equal(b.p, "zoo u slack r c k two/one until 9, , 01, 7, done 4; 5 since 6, 7, 8\n");
	assert_ok(f, catalog_commit(f->c, &f->e));
}

static void t_names_are_taken_once(void **state)
{
	struct fixture *f = *state;
	begin(f);
	struct hook_row same = { .name = STR("a") };
	int64_t id = add_hook(f, "a");
	assert_int_equal(ERR_EXISTS, catalog_hook_put(f->c, &same, &f->e));
	assert_ok(f, catalog_hook_remove(f->c, id, &f->e));
	assert_int_equal(ERR_NOT_FOUND, catalog_hook_remove(f->c, id, &f->e));
	same.id = id;
	assert_int_equal(ERR_NOT_FOUND, catalog_hook_put(f->c, &same, &f->e));
	assert_true(add_hook(f, "a") > id);
}

static void put_deliveries(struct fixture *f, int64_t hook, int state, struct sbuf *b)
{
	AUTO_ARENA struct arena a = { 0 };
	struct delivery_row *rows;
	size_t count;
	assert_ok(f, catalog_deliveries(f->c, &a, hook, INT64_MAX, state, 100, &rows, &count, &f->e));
	sbuf_reset(b);
	for (size_t i = 0; i < count; i++) {
		const struct delivery_row *d = &rows[i];
		sbuf_printf(b, "%d:%d %d tries, %d %d %d %d, %d %.*s %.*s\n", (int)d->event, d->state,
		            (int)d->attempts, (int)d->created_ns, (int)d->next_ns, (int)d->until_ns,
		            (int)d->tried_ns, d->status, STR_ARG(d->error), STR_ARG(d->answer));
	}
}

static struct delivery_row next(struct fixture *f, struct arena *a, int64_t hook)
{
	struct delivery_row d;
	assert_ok(f, catalog_delivery_next(f->c, a, hook, &d, &f->e));
	return d;
}

static void t_deliveries(void **state)
{
	struct fixture *f = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(4096);
	AUTO_ARENA struct arena a = { 0 };
	uint64_t counts[3], gone;
	begin(f);
	int64_t id = add_hook(f, "a"), other = add_hook(f, "b");
	for (unsigned event = 4; event < 8; event++)
		assert_ok(f, catalog_delivery_add(f->c, id, event, 10, 100, &f->e));
	assert_ok(f, catalog_delivery_add(f->c, id, 5, 11, 101, &f->e));          /* is there */
	assert_ok(f, catalog_delivery_add(f->c, other + 1, 5, 11, 101, &f->e));   /* no such hook */
	struct delivery_row d = next(f, &a, id);
	assert_int_equal(d.event, 4);
	d = (struct delivery_row){ .id = d.id, .state = DELIVERY_DONE, .attempts = 1, .next_ns = 20,
	                           .until_ns = 30, .tried_ns = 40, .status = 204, .answer = STR("yes") };
	assert_ok(f, catalog_delivery_put(f->c, &d, &f->e));
	d = next(f, &a, id);
	d.attempts = 2;
	d.next_ns = 50;
	d.error = STR("no");
	assert_ok(f, catalog_delivery_put(f->c, &d, &f->e));
	assert_int_equal(next(f, &a, id).event, 6);
	put_deliveries(f, id, -1, &b);
	assert_string_equal(b.p, "7:0 0 tries, 10 10 100 0, 0  \n6:0 0 tries, 10 10 100 0, 0  \n"
	                         "5:0 2 tries, 10 50 100 0, 0 no \n4:1 1 tries, 10 20 30 40, 204  yes\n");
	put_deliveries(f, id, DELIVERY_DONE, &b);
	assert_string_equal(b.p, "4:1 1 tries, 10 20 30 40, 204  yes\n");
	assert_ok(f, catalog_delivery_counts(f->c, id, counts, &f->e));
	assert_int_equal(counts[0] * 100 + counts[1] * 10 + counts[2], 310);
	assert_ok(f, catalog_deliveries_expire(f->c, id, 100, &gone, &f->e));
	assert_int_equal(gone, 0);
	assert_int_equal(next(f, &a, id).event, 6);
	assert_ok(f, catalog_deliveries_expire(f->c, id, 101, &gone, &f->e));
	assert_int_equal(gone, 3);
	assert_ok(f, catalog_delivery_counts(f->c, id, counts, &f->e));
	assert_int_equal(counts[0] * 100 + counts[1] * 10 + counts[2], 13);
	assert_int_equal(ERR_NOT_FOUND, catalog_delivery_next(f->c, &a, id, &d, &f->e));
	assert_ok(f, catalog_deliveries_trim(f->c, id, 4, &f->e));
	assert_ok(f, catalog_deliveries_trim(f->c, id, 2, &f->e));
	put_deliveries(f, id, -1, &b);
	assert_string_equal(b.p, "7:2 0 tries, 10 10 100 0, 0  \n6:2 0 tries, 10 10 100 0, 0  \n");
	assert_ok(f, catalog_hook_remove(f->c, id, &f->e));
	put_deliveries(f, id, -1, &b);
	assert_int_equal(b.n, 0);
	assert_ok(f, catalog_commit(f->c, &f->e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(t_hooks_are_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(t_names_are_taken_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(t_deliveries, set_up, tear_down),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

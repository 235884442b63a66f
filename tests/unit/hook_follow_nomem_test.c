/* Every allocation on the way from an event to its delivery fails once, the writer's too: the event is
 * sent at the next look all the same, in one delivery.                                        */
#include "ingest_fixture.h"

#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/hook/impl.h"
#include "tests/lib/nomem.h"

#define MOMENT_NS NS_PER_SECOND
#define PATIENCE_NS (20 * NS_PER_SECOND)

static struct outgoing *outgoing;

/* Another hook that was not told of the last event; nobody listens at its address. */
struct renewing { struct change change; int64_t id; uint64_t last; };

static enum err renew(struct change *c, struct catalog *catalog, struct errinfo *e)
{
	struct renewing *x = (struct renewing *)c;
	struct hook_row row = {
		.name = STR("hook"), .url = STR("http://127.0.0.1:9/"), .format = STR("plain"), .repos = STR("*"),
		.charts = STR("*"), .kinds = STR("*"), .secret = STR("12345678"), .allow_private = true,
		.done_event = x->last - 1,
	};
	enum err err = x->id ? catalog_hook_remove(catalog, x->id, e) : OK;
	if (!err)
		err = catalog_hook_put(catalog, &row, e);
	x->id = row.id;
	return err;
}

struct looking { int64_t hook; struct arena arena; struct delivery_row *rows; size_t count; };

static enum err look(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct looking *x = ctx;
	return catalog_deliveries(c, &x->arena, x->hook, INT64_MAX, -1, 10, &x->rows, &x->count, e);
}

static bool is_tried(struct fixture *f, const struct renewing *x)
{
	struct looking l = { .hook = x->id };
	assert_ok(f, ingest_read(f->g, look, &l, &f->e));
	assert_in_range(l.count, 0, 1);
	bool is = l.count && l.rows->attempts;
	if (is)
		assert_int_equal(l.rows->event, x->last);
	arena_done(&l.arena);
	return is;
}

/* As if the time were over that it waits after a failure of its own. */
static void hold_no_more(struct hooks *h)
{
	(void)pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < ROWS(h->lanes); i++)
		h->lanes[i].held_ns = 0;
	(void)pthread_mutex_unlock(&h->lock);
	hooks_changed(h);
}

static void let_it_try(struct hooks *h)
{
	int64_t until = clock_monotonic() + MOMENT_NS;
	while (!atomic_load(&h->failed) && clock_monotonic() < until)
		(void)usleep(1000);
	(void)usleep(5000);                  /* and note it */
}

static bool fail_one(struct fixture *f, struct renewing *x, long n)
{
	const struct hooks_options o = { .ingest = f->g, .outgoing = outgoing, .public_url = "" };
	struct hooks *h;
	change_init(&x->change, CHANGE_CALL);
	x->change.call = renew;
	assert_ok(f, apply_change(f, &x->change));
	assert_ok(f, hooks_new(&o, &h, &f->e));
	assert_ok(f, hooks_start(h, &f->e));
	nomem_arm(n);
	hooks_wake(h, x->last);
	let_it_try(h);
	bool failed = nomem_disarm();
	int64_t until = clock_monotonic() + PATIENCE_NS;
	while (!is_tried(f, x)) {
		if (clock_monotonic() > until)
			fail_msg("allocation %ld: it was never sent", n);
		hold_no_more(h);
		(void)usleep(2000);
	}
	hooks_stop(h);
	hooks_free(h);
	return failed;
}

static void t_each_allocation(void **state)
{
	struct renewing x = { .id = 0 };
	struct fixture *f = fixture_new();
	long n;
	(void)state;
	open_ingest(f);
	do_steps(f, "publish A");
	x.last = ingest_last_event(f->g);
	for (n = 0; fail_one(f, &x, n); n += getenv("LONG") ? 1 : 1 + n / 16)
		;
	print_message("# %ld allocations\n", n);
	assert_in_range(n, 4, 1000);
	fixture_free(f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(t_each_allocation) };
	struct errinfo e;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	log_setup(-1, LOG_TEXT, LOG_ERROR);
	if (outgoing_new(&outgoing, &e))
		return 1;
	int failed = cmocka_run_group_tests_name("hook_follow_nomem", tests, NULL, NULL);
	outgoing_free(outgoing);
	return failed;
}

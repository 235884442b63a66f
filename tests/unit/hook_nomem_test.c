/* Every allocation of a webhook's body and headers fails once, of what it is set to and of sending one:
 * then there is none, never half of one.                                                      */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/hook/impl.h"
#include "tests/lib/nomem.h"

static const struct event event = {
	.seq = 7, .at_ns = 1772702364000000000, .actor = { "u3", 2 }, .repo = { "team-a/stable", 13 },
	.kind = { "delete", 6 }, .chart = { "redis", 5 }, .version = { "1.0.0+x", 7 },
	.digest = { "ab", 2 }, .detail = { "{\"reason\":\"<a> & b\"}", 20 },
};
static const struct hook_message message = {
	.id = { "evt_1", 5 }, .event = &event, .public_url = { "https://x.example.org", 21 },
};

struct row { const char *name; };
static const struct row rows[] = {
	{ "cloudevents" }, { "plain" }, { "flux" }, { "harbor" }, { "slack" }, { "teams" },
};

static void t_body(void **state)
{
	const struct row *row = *state;
	const struct hook_format *f = hook_format_find(str_c(row->name));
	AUTO_SBUF struct sbuf whole = sbuf_make(HOOK_BODY_MAX_BYTES);
	f->body(&whole, &message);
	assert_true(sbuf_ok(&whole));
	for (long n = 0;; n++) {
		struct sbuf b = sbuf_make(HOOK_BODY_MAX_BYTES);
		long live = nomem_live();
		nomem_arm(n);
		f->body(&b, &message);
		bool failed = nomem_disarm();
		assert_int_equal(sbuf_ok(&b), !failed);
		if (!failed)
			assert_string_equal(b.p, whole.p);
		sbuf_done(&b);
		assert_int_equal(nomem_live(), live);
		if (!failed)
			break;
	}
}

static void t_sign(void **state)
{
	const struct row *row = *state;
	const struct hook_secrets secrets = { STR("12345678"), STR("whsec_MTIzNDU2Nzg=") };
	for (long n = 0;; n++) {
		struct arena a = { 0 };
		struct hook_lines lines;
		struct errinfo e = { 0 };
		long live = nomem_live();
		nomem_arm(n);
		enum err err = hook_sign(&a, hook_format_find(str_c(row->name)), &secrets, message.id, event.at_ns,
		                         STR("{}"), &lines, &e);
		bool failed = nomem_disarm();
		arena_done(&a);
		assert_int_equal(err, failed ? ERR_NOMEM : OK);
		assert_int_equal(nomem_live(), live);
		if (!failed)
			break;
	}
}

/* ---- one that is set up, and sent where nobody listens ---- */

static struct outgoing *outgoing;

static enum err check(struct hooks *h, struct arena *a, struct hook_row *row, struct errinfo *e)
{
	row->url = STR("https://x.example.org:8443/hook");
	return hook_check(h, a, row, e);
}

static enum err ping(struct hooks *h, struct arena *a, struct hook_row *row, struct errinfo *e)
{
	struct hook_outcome o;
	row->url = STR("http://127.0.0.1:9/hook");
	h->tests = 0;
	enum err err = hooks_ping(h, a, row, &o, e);
	if (!err)
		assert_true(!o.delivered && !o.status && o.error.n);
	return err;
}

static const struct act { const char *name; enum err (*run)(struct hooks *, struct arena *, struct hook_row *,
                                                            struct errinfo *); } acts[] = {
	{ "check", check }, { "ping", ping },
};

static bool fail_one(const struct act *act, long n)
{
	const struct hooks_options o = { .outgoing = outgoing, .public_url = "https://x.example.org" };
	struct hook_row row = {
		.name = STR("x"), .format = STR("plain"), .repos = STR("*"), .charts = STR("a*"), .kinds = STR("publish\nyank"),
		.secret = STR("12345678"), .headers = STR("X-Key: a\nX-Other: b"), .allow_private = true,
	};
	struct hooks *h = NULL;
	struct arena a = { 0 };
	struct errinfo e = { 0 };
	long live = nomem_live();
	nomem_arm(n);
	enum err err = hooks_new(&o, &h, &e);
	if (!err) {
		err = act->run(h, &a, &row, &e);
		hooks_free(h);
	}
	bool failed = nomem_disarm();
	arena_done(&a);
	assert_int_equal(nomem_live(), live);
	assert_int_equal(err, failed ? ERR_NOMEM : OK);
	return failed;
}

static void t_act(void **state)
{
	long n;
	for (n = 0; fail_one(*state, n); n++)
		;
	assert_in_range(n, 3, 1000);
}

int main(void)
{
	struct errinfo e;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (outgoing_new(&outgoing, &e))
		return 1;
	int failed = RUN_TABLE("body", t_body, rows) + RUN_TABLE("sign", t_sign, rows) +
	             RUN_TABLE("hook", t_act, acts);
	outgoing_free(outgoing);
	return failed;
}

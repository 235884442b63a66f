/* Every allocation of opening an issuer and of asking it for certificates fails once: an error, nothing
 * leaks, and what was not made is made by the next one who asks.                                    */
#include "server/http/issuer.h"

#include "folder.h"
#include "indexer/base/authority.h"
#include "indexer/base/clock.h"
#include "tests/lib/nomem.h"

#define NOW (INT64_C(1772701964) * NS_PER_SECOND)
#define LATER (NOW + ISSUED_DAYS * NS_PER_DAY)
#define HOST STR("charts.jetstack.io")

static int dir;
static bool any_host(void *ctx, struct str host) { (void)ctx, (void)host; return true; }

static enum err get(struct issuer *s, int64_t now_ns, struct errinfo *e)
{
	struct sbuf chain = sbuf_make(MIB), key = sbuf_make(MIB);
	enum err err = issuer_get(s, HOST, now_ns, &chain, &key, e);
	assert_true(err || (chain.n && key.n));
	sbuf_done(&chain);
	sbuf_done(&key);
	return err;
}

/* A first one, the same again, and its renewal. */
static enum err use(struct issuer *s, struct errinfo *e)
{
	enum err err = get(s, NOW, e);
	if (!err)
		err = get(s, NOW, e);
	return err ? err : get(s, LATER, e);
}

static bool fail_one(long n)
{
	const struct http_shadow o = { .answers_for = any_host, .dir = dir, .cert = "ca.crt", .key = "ca.key",
	                               .refused_mode = AUTHORITY_OWNER };
	struct issuer *s = NULL;
	struct errinfo e = { 0 };
	long live = nomem_live();
	nomem_arm(n);
	enum err err = issuer_open(&o, &s, &e);
	if (!err)
		err = use(s, &e);
	bool failed = nomem_disarm();
	assert_int_equal(err, failed ? ERR_NOMEM : OK);
	if (s)
		assert_int_equal(use(s, &e), OK);
	issuer_close(s);
	assert_int_equal(nomem_live(), live);
	return failed;
}

static void t_each_allocation(void **state)
{
	long n;
	(void)state;
	for (n = 0; fail_one(n); n++)
		;
	assert_in_range(n, 8, 1000);
}

static int make_authority(void **state)
{
	static char root[FOLDER_BYTES];
	struct errinfo e = { 0 };
	struct authority *ca;
	const struct authority_wish w = { .name = STR("Test"), .now_ns = NOW,
	                                  .until_ns = NOW + 3650 * NS_PER_DAY };
	make_folder(root);
	*state = root;
	dir = open(root, O_RDONLY | O_DIRECTORY);
	if (dir < 0 || authority_new(&w, &ca, &e) || authority_save(ca, dir, "ca.crt", "ca.key", &e))
		return -1;
	authority_free(ca);
	return 0;
}

static int remove_authority(void **state)
{
	remove_tree(*state);
	return close(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(t_each_allocation) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_authority, remove_authority);
}

/* Chart.lock: digests that Helm wrote, and the file. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/lock.h"

#define MARIADB "- name: mariadb\n  version: \">0.0.0\"\n  repository: http://127.0.0.1:18999\n"
#define NAMED(repository) "- name: mariadb\n  version: \">0.0.0\"\n  repository: " repository "\n"
#define LOCKED "- name: mariadb\n  repository: http://127.0.0.1:18999\n  version: 7.2.0\n"

/* Dependencies, what they were locked to, and what `helm dependency update` (3.22.0 and 4.3.1) says
 * of them; the first row is the vector of clients.md §3.3.                                   */
static const struct { const char *dependencies, *locked, *digest; } digests[] = {
	{ "- name: alpine\n  version: 0.1.0\n  repository: http://localhost:8879/charts\n",
	  "- name: alpine\n  version: 0.1.0\n  repository: http://localhost:8879/charts\n",
	  "fb239e836325c5fa14b29d1540a13b7d3ba13151b67fe719f820e0ef6d66aaaf" },
	{ "- name: hello-web\n  alias: frontend\n  version: ^2.0.0\n"
	  "  repository: file://../hello-web-2.0.0\n"
	  "- name: hello-db\n  alias: database\n  version: \">=1.0.0 <2.0.0\"\n"
	  "  repository: file://../hello-db\n  condition: database.enabled\n",
	  "- name: hello-web\n  repository: file://../hello-web-2.0.0\n  version: 2.0.0\n"
	  "- name: hello-db\n  repository: file://../hello-db\n  version: 1.2.0\n",
	  "a612766d8150a0dfc5eea2f827cc9582219e1f8bd719054c364a1449c87f2f99" },
	{ MARIADB, LOCKED, "293cef0513980e93e79e760b372e0c4f3354419af18eb19affaf08d98aeaee8a" },
	{ MARIADB "  tags: [a, \"b\"]\n", LOCKED,
	  "d93c6c605cb95fe1e1dee074c6f1e396d62d92160f9cea6469c658e28c4b6e13" },
	{ MARIADB "  tags: [a, \"b<c\"]\n", LOCKED,
	  "e510f6f5817ae0bd3f132dfdbf69d2ec451822387b8c11e56dccaa5124a85781" },
	{ MARIADB "  import-values: [data]\n", LOCKED,
	  "216cd349ba23d3de11cc819fef02ce714beef8f21f7c34216f87cbb244a39a0c" },
	{ MARIADB "  import-values: [{child: x, parent: z}]\n", LOCKED,
	  "5c59ec002cc18a5683a72ed8ed93e30799e01592dfa4677c81a875419a3f45a5" },
	{ MARIADB "  import-values: [{parent: z}]\n", LOCKED,
	  "b9521c363f5e79bc1a3af6be955e0c06465db4940b21368ec7db9989714e1e85" },
	{ MARIADB "  import-values: [{child: q}]\n", LOCKED,
	  "52045b547f29de3a7fafea44e004673e9f93fe9f9a3c1f4083374d36dace3ac0" },
	{ MARIADB "  alias: xx\n", LOCKED,
	  "ca915a7be1aa7a90f73737d8672d3b7107243f5346abefae5312a6dda5d2aee6" },
	{ MARIADB "  enabled: true\n", LOCKED,
	  "0e76a6df0e44d497b61d36e101c8e48d67c48e4f288e23b4e79cd0ce3f9b14e6" },
	{ MARIADB "  condition: a.b\n", LOCKED,
	  "b8ea2a2fa8e5a5d3741a91940fa76b0b4e33de7f2d0adbd1bc65a0596366cca9" },
};

/* A chart of Chart.yaml and a lock with this digest. */
static struct chart load(struct arena *a, const char *api, const char *dependencies,
                         const char *locked, const char *digest)
{
	bool v1 = str_eq_c(str_c(api), "v1");
	const char *metadata = arena_printf(a, "apiVersion: %s\nname: x\nversion: 1.0.0\n%s%s", api,
	                                    v1 ? "" : "dependencies:\n", v1 ? "" : dependencies);
	const char *wishes = arena_printf(a, "dependencies:\n%s", dependencies);
	const char *lock = arena_printf(a, "dependencies:\n%sdigest: sha256:%s\n", locked, digest);
	assert_true(metadata && wishes && lock);
	const struct tar_member files[] = {
		{ STR("Chart.yaml"), str_c(metadata) },
		{ v1 ? STR("requirements.lock") : STR("Chart.lock"), str_c(lock) },
		{ STR("requirements.yaml"), str_c(wishes) },
	};
	struct chart c;
	struct errinfo e = { 0 };
	if (chart_load(a, files, v1 ? 3 : 2, &c, &e))
		fail_msg("%s", e.detail);
	return c;
}

static void digest_is_helms(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(digests); i++)
		for (int v1 = 0; v1 <= 1; v1++) {
			AUTO_ARENA struct arena a = { 0 };
			char digest[LOCK_DIGEST_BYTES + 1];
			enum lock_state lock;
			struct chart c = load(&a, v1 ? "v1" : "v2", digests[i].dependencies,
			                      digests[i].locked, digests[i].digest);
			assert_int_equal(lock_digest(&c.meta, c.locked, c.locked_count, digest, NULL), OK);
			assert_string_equal(digest + 7, digests[i].digest);
			assert_int_equal(lock_check(&c, &lock, NULL), OK);
			assert_int_equal(lock, LOCK_IN_SYNC);
		}
}

static void lock_states(void **state)
{
	(void)state;
	/* SHA-256 of {"dependencies":[…]}, which Helm 2 wrote: only good in a requirements.lock. */
	static const char old[] = "989b54bc925bb0fe3b3f5ba85c7e62059ac3976cd874baec22a63faf362b91b1";
	static const char new[] = "293cef0513980e93e79e760b372e0c4f3354419af18eb19affaf08d98aeaee8a";
	static const struct {
		const char *api, *dependencies, *locked, *digest;
		enum lock_state state;
	} table[] = {
		{ "v2", MARIADB, LOCKED, new, LOCK_IN_SYNC },
		{ "v2", MARIADB "  alias: b\n", LOCKED, new, LOCK_OUT_OF_SYNC },
		{ "v2", MARIADB, "", new, LOCK_OUT_OF_SYNC },
		{ "v2", MARIADB, LOCKED, "none", LOCK_OUT_OF_SYNC },
		{ "v1", MARIADB, LOCKED, old, LOCK_IN_SYNC },
		{ "v2", MARIADB, LOCKED, old, LOCK_OUT_OF_SYNC },
		/* A name of a repository stood for the address in the lock. */
		{ "v2", NAMED("\"@x\""), LOCKED, new, LOCK_IN_SYNC },
		{ "v1", NAMED("alias:x"), LOCKED, new, LOCK_IN_SYNC },
		{ "v2", NAMED("\"@x\""), "", new, LOCK_OUT_OF_SYNC },
		{ "v2", NAMED("http://other"), LOCKED, new, LOCK_OUT_OF_SYNC },
	};
	for (size_t i = 0; i < ROWS(table); i++) {
		AUTO_ARENA struct arena a = { 0 };
		enum lock_state got;
		struct chart c = load(&a, table[i].api, table[i].dependencies, table[i].locked, table[i].digest);
		assert_int_equal(lock_check(&c, &got, NULL), OK);
		assert_int_equal(got, table[i].state);
	}
	struct chart without = { 0 };
	enum lock_state got;
	assert_int_equal(lock_check(&without, &got, NULL), OK);
	assert_int_equal(got, LOCK_NONE);
}

static void file_is_helms(void **state)
{
	(void)state;
	const struct chart_lock_entry locked[] = {
		{ STR("redis"), STR("17.0.1"), STR("https://charts.example.org") },
		{ STR("true"), STR("1.10"), STR("") },
		{ STR("a: b"), STR("1:30"), STR("x#y") },
	};
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	lock_write(&b, locked, 3, "sha256:ab", STR("2026-03-05T09:12:44Z"));
	assert_true(sbuf_ok(&b));
	assert_string_equal(b.p, "dependencies:\n"
	                    "- name: redis\n  repository: https://charts.example.org\n  version: 17.0.1\n"
	                    "- name: \"true\"\n  repository: \"\"\n  version: \"1.10\"\n"
	                    "- name: \"a: b\"\n  repository: \"x#y\"\n  version: \"1:30\"\n"
	                    "digest: sha256:ab\ngenerated: \"2026-03-05T09:12:44Z\"\n");
	sbuf_reset(&b);
	lock_write(&b, NULL, 0, "sha256:ab", STR("2026-03-05T09:12:44Z"));
	assert_string_equal(b.p, "dependencies: []\ndigest: sha256:ab\n"
	                    "generated: \"2026-03-05T09:12:44Z\"\n");
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest_is_helms),
		cmocka_unit_test(lock_states),
		cmocka_unit_test(file_is_helms),
	};
	return cmocka_run_group_tests_name("Chart.lock", tests, NULL, NULL);
}

/* Lists of repositories that other programs keep: which upstreams they become, and what is told. */
#include "buffer.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/cmd/upstream_file.h"

#define HELM(entries) "apiVersion: \"\"\ngenerated: \"0001-01-01T00:00:00Z\"\nrepositories:\n" entries
#define A "- {name: a, url: \"https://a.example\"}\n"

/* "NAME URL MAINTAINERS REFUSED" a line; then the notes. */
static const struct { const char *text, *list, *notes; } lists[] = {
	{ HELM(A), "a https://a.example\n", "" },
	{ HELM(""), "", "" },
	{ "repositories: []\n", "", "" },
	{ HELM(A A), "a https://a.example\na-2 https://a.example\n", "\"a\" is called a-2 here\n" },
	{ HELM("- {name: A, url: \"https://x\"}\n" A "- {name: a-2, url: \"https://y\"}\n"),
	  "a https://x\na-2 https://a.example\na-2-3 https://y\n",
	  "\"A\" is called a here\n\"a\" is called a-2 here\n\"a-2\" is called a-2-3 here\n" },
	{ HELM("- {name: \"Team A/Charts\", url: \"https://x\"}\n"), "team-a-charts https://x\n",
	  "\"Team A/Charts\" is called team-a-charts here\n" },
	{ HELM("- {name: _x, url: \"https://x\"}\n- {name: \"---\", url: \"https://x\"}\n"),
	  "x https://x\nupstream https://x\n", "\"_x\" is called x here\n\"---\" is called upstream here\n" },
	{ HELM("- {name: api, url: \"https://x\"}\n"), "api-1 https://x\n", "\"api\" is called api-1 here\n" },
	{ HELM("- {name: o, url: \"oci://r.example/x\"}\n"), "o oci://r.example/x\n", "" },
	{ HELM("- {name: n}\n"), "n  ! it has no url\n", "" },
	{ HELM("- {url: \"https://x\"}\n- text\n" A), "a https://a.example\n",
	  "line 4: name and url are expected; passed by\nline 5: name and url are expected; passed by\n" },
	{ HELM("- {name: a, url: \"https://a.example\", username: u, password: canary}\n"), "a https://a.example\n",
	  "a has credentials in the list: declare them in the section credentials of the settings file, and name "
	  "them with --credentials\n" },
	{ HELM("- {name: a, url: \"https://a.example\", username: \"\", certFile: \"\", caFile: \"\", "
	       "insecure_skip_tls_verify: false, pass_credentials_all: false}\n"), "a https://a.example\n", "" },
	{ HELM("- {name: a, url: \"https://a.example\", insecure_skip_tls_verify: true}\n"), "a https://a.example\n",
	  "a skips the check of certificates: here they are always checked; declare its authority as ca in the "
	  "section credentials of the settings file\n" },
	{ HELM("- {name: a, url: \"https://a.example\", pass_credentials_all: true}\n"), "a https://a.example\n",
	  "a sends credentials to every host: here they go to their origin alone\n" },
	{ "repositories:\n- name: hub\n  url: https://h.example\n  maintainers:\n  - {name: A B, email: a@b}\n"
	  "  - {name: C}\n  - {email: d@e}\n  - {}\n", "hub https://h.example A B <a@b>|C|<d@e>\n", "" },
	{ "sync:\n  repos:\n  - {name: one, url: \"https://one.example\"}\n", "one https://one.example\n", "" },
};

static void put_list(struct sbuf *b, const struct listed_upstream *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		sbuf_printf(b, "%.*s %.*s", STR_ARG(list[i].name), STR_ARG(list[i].url));
		for (size_t c = 0; c < list[i].maintainers.n; c++) {
			sbuf_puts(b, c ? "" : " ");
			sbuf_putc(b, list[i].maintainers.p[c] == '\n' ? '|' : list[i].maintainers.p[c]);
		}
		if (list[i].refused.n)
			sbuf_printf(b, " ! %.*s", STR_ARG(list[i].refused));
		sbuf_putc(b, '\n');
	}
}

static void what_lists_become(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(lists); i++) {
		AUTO_ARENA struct arena a = { 0 };
		AUTO_SBUF struct sbuf notes = sbuf_make(4 * KIB), text = sbuf_make(4 * KIB);
		struct listed_upstream *list = NULL;
		struct errinfo e = { 0 };
		size_t count = 0;
		if (upstream_file_read(&a, str_c(lists[i].text), "list", &list, &count, &notes, &e))
			fail_msg("%s: %s", lists[i].text, e.detail);
		put_list(&text, list, count);
		assert_buffer(&text, lists[i].list);
		assert_buffer(&notes, lists[i].notes);
	}
}

/* What is wrong with an address is told, and its password is not. */
static void an_address_with_a_password(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf notes = sbuf_make(4 * KIB);
	struct listed_upstream *list = NULL;
	struct errinfo e = { 0 };
	size_t count = 0;
	assert_int_equal(upstream_file_read(&a, STR(HELM("- {name: a, url: \"https://u:canary@a.example\"}\n")),
	                                    "list", &list, &count, &notes, &e), OK);
	assert_int_equal(count, 1);
	assert_true(list[0].refused.n > 0);
	assert_null(memmem(list[0].refused.p, list[0].refused.n, "canary", 6));
	assert_int_equal(notes.n, 0);
}

static const struct { const char *text, *wrong; } no_lists[] = {
	{ "", "list has neither a list \"repositories\" nor \"sync: repos\"" },
	{ "- a\n", "list has neither a list \"repositories\" nor \"sync: repos\"" },
	{ "repositories: {a: b}\n", "list has neither a list \"repositories\" nor \"sync: repos\"" },
	{ "sync: []\n", "list has neither a list \"repositories\" nor \"sync: repos\"" },
};

static void what_is_no_list(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(no_lists); i++) {
		AUTO_ARENA struct arena a = { 0 };
		AUTO_SBUF struct sbuf notes = sbuf_make(4 * KIB);
		struct listed_upstream *list = NULL;
		struct errinfo e = { 0 };
		size_t count = 7;
		assert_int_equal(upstream_file_read(&a, str_c(no_lists[i].text), "list", &list, &count, &notes, &e),
		                 ERR_METADATA);
		assert_string_equal(e.detail, no_lists[i].wrong);
		assert_int_equal(count, 7);
	}
}

static void too_many(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf notes = sbuf_make(MIB), text = sbuf_make(MIB);
	struct listed_upstream *list = NULL;
	struct errinfo e = { 0 };
	size_t count = 0;
	sbuf_puts(&text, "repositories:\n");
	for (unsigned i = 0; i < IMPORTED_UPSTREAMS_MAX; i++)
		sbuf_puts(&text, A);
	assert_int_equal(upstream_file_read(&a, sbuf_str(&text), "list", &list, &count, &notes, &e), OK);
	assert_int_equal(count, IMPORTED_UPSTREAMS_MAX);
	sbuf_puts(&text, A);
	assert_int_equal(upstream_file_read(&a, sbuf_str(&text), "list", &list, &count, &notes, &e),
	                 ERR_METADATA);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lists_become),
		cmocka_unit_test(an_address_with_a_password),
		cmocka_unit_test(what_is_no_list),
		cmocka_unit_test(too_many),
	};
	return cmocka_run_group_tests_name("lists of upstreams", tests, NULL, NULL);
}

/* Where Helm looks for an index and for charts (clients.md §1.6). */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/fetch/outgoing.h"
#include "indexer/fetch/url.h"

static const struct { const char *base, *ref, *url; } joins[] = {
	{ "http://h", "index.yaml", "http://h/index.yaml" },
	{ "http://h/", "index.yaml", "http://h/index.yaml" },
	{ "http://h:8879", "index.yaml", "http://h:8879/index.yaml" },
	{ "http://h/charts/", "nginx-0.2.0.tgz", "http://h/charts/nginx-0.2.0.tgz" },
	{ "http://h/charts-x", "nginx-0.2.0.tgz", "http://h/charts-x/nginx-0.2.0.tgz" },
	{ "http://h/charts/", "/nginx-0.2.0.tgz", "http://h/nginx-0.2.0.tgz" },
	{ "http://h/charts", "../t/n.tgz", "http://h/t/n.tgz" },
	{ "http://h/charts%2fx", "n.tgz", "http://h/charts%2fx/n.tgz" },
	{ "http://h/charts?with=q", "index.yaml", "http://h/charts/index.yaml?with=q" },
	{ "http://h/charts?with=q", "n.tgz", "http://h/charts/n.tgz?with=q" },
	{ "http://h/charts?with=q", "/n.tgz", "http://h/n.tgz?with=q" },
	{ "http://h/charts", "n.tgz?sig=1", "http://h/charts/n.tgz" },
	{ "http://h/charts", "n-1.0.0+b.tgz", "http://h/charts/n-1.0.0+b.tgz" },
	{ "http://h/charts", "https://cdn/x.tgz?sig=1", "https://cdn/x.tgz?sig=1" },
	{ "http://h/charts", "//cdn/x.tgz", "http://cdn/x.tgz" },
	{ "http://h/charts", "get/https://cdn/x.tgz", "http://h/charts/get/https://cdn/x.tgz" },
	{ "http://h/charts?with=q", "x.tgz?from=https://cdn/x.tgz", "http://h/charts/x.tgz?with=q" },
	{ "http://h/charts", "HTTPS://cdn/x.tgz", "HTTPS://cdn/x.tgz" },
	{ "http://h", "ftp://h/x.tgz", NULL },
	{ "http://h", "file:///x.tgz", NULL },
	{ "ftp://h", "x.tgz", NULL },
	{ "", "x.tgz", NULL },
	{ "http://", "x.tgz", NULL },
};

static void joins_as_helm_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(joins); i++) {
		AUTO_ARENA struct arena a = { 0 };
		const char *url = "untouched";
		struct errinfo e = { 0 };
		enum err err = url_join(&a, joins[i].base, joins[i].ref, &url, &e);
		if (joins[i].url && err)
			fail_msg("%s and %s: %s", joins[i].base, joins[i].ref, e.detail);
		if (!joins[i].url)
			assert_int_equal(err, ERR_INVALID);
		assert_string_equal(url, joins[i].url ? joins[i].url : "untouched");
	}
}

static const struct { const char *text, *url, *user, *password; bool exposed; } servers[] = {
	{ "http://127.0.0.1:8879", "http://127.0.0.1:8879", NULL, NULL, false },
	{ "http://127.0.0.1:8879///", "http://127.0.0.1:8879", NULL, NULL, false },
	{ "https://Charts.Example.ORG:443/Team/", "https://charts.example.org/Team", NULL, NULL, false },
	{ "http://h:80/a/../b/./c", "http://h/b/c", NULL, NULL, true },
	{ "https://h:80", "https://h:80", NULL, NULL, false },
	{ "https://alice:p%40ss%20w@h/x", "https://h/x", "alice", "p@ss w", false },
	{ "https://clk_x@h", "https://h", "clk_x", NULL, false },
	{ "https://a@b:secret@h", NULL, NULL, NULL, false },
	{ "http://localhost", "http://localhost", NULL, NULL, false },
	{ "http://x.localhost", "http://x.localhost", NULL, NULL, false },
	{ "http://[::1]:1", "http://[::1]:1", NULL, NULL, false },
	{ "http://[::2]:1", "http://[::2]:1", NULL, NULL, true },
	{ "http://127.1.2.3", "http://127.1.2.3", NULL, NULL, false },
	{ "http://127.0.0.1.h", "http://127.0.0.1.h", NULL, NULL, true },
	{ "http://localhost.h", "http://localhost.h", NULL, NULL, true },
	{ "http://128.0.0.1", "http://128.0.0.1", NULL, NULL, true },
	{ "", NULL, NULL, NULL, false }, { "h", NULL, NULL, NULL, false },
	{ "h:8879", NULL, NULL, NULL, false }, { "ftp://secret@h", NULL, NULL, NULL, false },
	{ "http://", NULL, NULL, NULL, false }, { "http:///h", NULL, NULL, NULL, false },
	{ "http://:80", NULL, NULL, NULL, false }, { "http://secret@", NULL, NULL, NULL, false },
	{ "http://secret@h?q", NULL, NULL, NULL, false }, { "http://h#f", NULL, NULL, NULL, false },
	{ "http://h\\secret", NULL, NULL, NULL, false }, { "http://h secret", NULL, NULL, NULL, false },
	{ "http://h\r\nsecret", NULL, NULL, NULL, false },
	{ "http://h:secret", NULL, NULL, NULL, false },
	{ "http://secret%00x@h", NULL, NULL, NULL, false },
	{ "file:///secret", NULL, NULL, NULL, false },
};

static void assert_text(const char *got, const char *want)
{
	assert_int_equal(got != NULL, want != NULL);
	if (want)
		assert_string_equal(got, want);
}

static void reads_servers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(servers); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct url_server s = { 0 };
		struct errinfo e = { 0 };
		enum err err = url_server_read(&a, servers[i].text, &s, &e);
		if ((err == OK) != (servers[i].url != NULL))
			fail_msg("%s: %s", servers[i].text, e.detail);
		assert_null(strstr(e.detail, "secret"));
		assert_text(s.url, servers[i].url);
		assert_text(s.user, servers[i].user);
		assert_text(s.password, servers[i].password);
		assert_int_equal(s.exposed, servers[i].exposed);
	}
}

static const struct { const char *url, *server; bool below; } places[] = {
	{ "https://h/a", "https://h", true }, { "https://h", "https://h", true },
	{ "https://h:443/a/b?c=d", "https://h/a", true }, { "https://H/a/", "https://h/a", true },
	{ "https://h/a/./b", "https://h/a", true }, { "https://h/b/../a/c", "https://h/a", true },
	{ "http://h/a", "https://h/a", false }, { "https://h:444/a", "https://h/a", false },
	{ "https://h.x/a", "https://h", false }, { "https://hx", "https://h", false },
	{ "https://h:4430", "https://h:443", false }, { "https://h/ab", "https://h/a", false },
	{ "https://h/A", "https://h/a", false }, { "https://h", "https://h/a", false },
	{ "https://h/a/../b", "https://h/a", false }, { "https://h/a/%2E%2e/b", "https://h/a", false },
	{ "https://h/a%2fb", "https://h", false }, { "https://h/a%5C..", "https://h/a", false },
	{ "https://h/a\\..\\b", "https://h/a", false }, { "https://x@h/a", "https://h/a", false },
	{ "https://h@x/a", "https://h", false }, { "https://h#@x/a", "https://h", true },
	{ "https://h?@x/a", "https://h", true }, { "ftp://h/a", "ftp://h", false },
	{ "https:///h/a", "https://h", true }, { "https://x/h", "", false }, { "", "https://h", false },
};

static void knows_what_is_below(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(places); i++) {
		AUTO_ARENA struct arena a = { 0 };
		if (url_is_below(&a, places[i].url, places[i].server) != places[i].below)
			fail_msg("%s below %s", places[i].url, places[i].server);
	}
}

static const struct { const char *url, *host; enum host_place place; } hosts[] = {
	{ "https://h.example", "h.example", HOST_NAMED }, { "http://h:80", "h", HOST_NAMED },
	{ "https://localhost:5000", "localhost", HOST_HERE }, { "https://a.localhost", "a.localhost", HOST_HERE },
	{ "https://notlocalhost", "notlocalhost", HOST_NAMED }, { "https://127.9.9.9", "127.9.9.9", HOST_HERE },
	{ "https://[::1]:5000", "::1", HOST_HERE }, { "https://10.0.0.1", "10.0.0.1", HOST_PRIVATE },
	{ "https://[fd00::1]", "fd00::1", HOST_PRIVATE },
	{ "https://169.254.169.254", "169.254.169.254", HOST_PRIVATE },
	{ "https://93.184.216.34", "93.184.216.34", HOST_PUBLIC },
	{ "https://[2606:2800::1]/a:b", "2606:2800::1", HOST_PUBLIC },
	{ "oci://[2606:2800::2]:5000/a/b:1.0.0", "2606:2800::2", HOST_PUBLIC },
	{ "oci://h:5000/a", "h", HOST_NAMED }, { "no URL", "", HOST_NAMED }, { "", "", HOST_NAMED },
};

static void hosts_by_where_they_are(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(hosts); i++) {
		struct str host = url_host(str_c(hosts[i].url));
		if (!str_eq_c(host, hosts[i].host) || outgoing_host_place(host) != hosts[i].place)
			fail_msg("%s: %.*s %d", hosts[i].url, STR_ARG(host), (int)outgoing_host_place(host));
	}
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins_as_helm_does), cmocka_unit_test(reads_servers),
		cmocka_unit_test(knows_what_is_below), cmocka_unit_test(hosts_by_where_they_are),
	};
	return cmocka_run_group_tests_name("URLs", tests, NULL, NULL);
}

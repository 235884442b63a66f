/* What the door thinks of addresses and URLs, before anything is sent (trust.md §6 H). */
#include "table.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/fetch/outgoing.h"

/* ---- T-SSRF-01: binary addresses ---- */

static const struct { const char *text; enum outgoing_address is; } addresses[] = {
	{ "8.8.8.8", ADDRESS_PUBLIC }, { "1.1.1.1", ADDRESS_PUBLIC }, { "223.255.255.255", ADDRESS_PUBLIC },
	{ "0.0.0.0", ADDRESS_NEVER }, { "0.255.255.255", ADDRESS_NEVER },
	{ "9.255.255.255", ADDRESS_PUBLIC }, { "10.0.0.0", ADDRESS_PRIVATE },
	{ "10.255.255.255", ADDRESS_PRIVATE }, { "11.0.0.0", ADDRESS_PUBLIC },
	{ "100.63.255.255", ADDRESS_PUBLIC }, { "100.64.0.1", ADDRESS_PRIVATE },
	{ "100.127.255.255", ADDRESS_PRIVATE }, { "100.128.0.0", ADDRESS_PUBLIC },
	{ "100.100.100.200", ADDRESS_NEVER }, { "100.100.100.201", ADDRESS_PRIVATE },
	{ "126.255.255.255", ADDRESS_PUBLIC }, { "127.0.0.1", ADDRESS_PRIVATE },
	{ "127.255.255.255", ADDRESS_PRIVATE }, { "128.0.0.0", ADDRESS_PUBLIC },
	{ "168.63.129.16", ADDRESS_NEVER }, { "168.63.129.17", ADDRESS_PUBLIC },
	{ "169.253.255.255", ADDRESS_PUBLIC }, { "169.254.0.0", ADDRESS_NEVER },
	{ "169.254.169.254", ADDRESS_NEVER }, { "169.254.170.2", ADDRESS_NEVER },
	{ "169.255.0.0", ADDRESS_PUBLIC },
	{ "172.15.255.255", ADDRESS_PUBLIC }, { "172.16.0.0", ADDRESS_PRIVATE },
	{ "172.31.255.255", ADDRESS_PRIVATE }, { "172.32.0.0", ADDRESS_PUBLIC },
	{ "192.0.0.8", ADDRESS_NEVER }, { "192.0.0.192", ADDRESS_NEVER }, { "192.0.1.0", ADDRESS_PUBLIC },
	{ "192.0.2.1", ADDRESS_NEVER }, { "192.88.99.1", ADDRESS_NEVER },
	{ "192.167.255.255", ADDRESS_PUBLIC }, { "192.168.0.1", ADDRESS_PRIVATE },
	{ "192.169.0.0", ADDRESS_PUBLIC }, { "198.17.255.255", ADDRESS_PUBLIC },
	{ "198.18.0.0", ADDRESS_PRIVATE }, { "198.19.255.255", ADDRESS_PRIVATE },
	{ "198.20.0.0", ADDRESS_PUBLIC }, { "198.51.100.1", ADDRESS_NEVER },
	{ "203.0.113.255", ADDRESS_NEVER }, { "224.0.0.1", ADDRESS_NEVER },
	{ "239.255.255.255", ADDRESS_NEVER }, { "240.0.0.0", ADDRESS_NEVER },
	{ "255.255.255.255", ADDRESS_NEVER },

	{ "2606:4700:4700::1111", ADDRESS_PUBLIC }, { "2000::", ADDRESS_PUBLIC },
	{ "3ffe::1", ADDRESS_PUBLIC }, { "::", ADDRESS_NEVER }, { "::1", ADDRESS_PRIVATE },
	{ "::2", ADDRESS_NEVER }, { "::127.0.0.1", ADDRESS_NEVER }, { "::8.8.8.8", ADDRESS_NEVER },
	{ "100::1", ADDRESS_NEVER }, { "1fff::", ADDRESS_NEVER }, { "4000::", ADDRESS_NEVER },
	{ "2001:db8::1", ADDRESS_NEVER }, { "2001:10::1", ADDRESS_NEVER }, { "2001:200::1", ADDRESS_PUBLIC },
	{ "3fff::1", ADDRESS_NEVER }, { "3fff:1000::", ADDRESS_PUBLIC }, { "5f00::1", ADDRESS_NEVER },
	{ "fbff::1", ADDRESS_NEVER }, { "fc00::1", ADDRESS_PRIVATE },
	{ "fdff:ffff::1", ADDRESS_PRIVATE }, { "fd00:ec2::254", ADDRESS_NEVER },
	{ "fd20:ce::254", ADDRESS_NEVER }, { "fe00::1", ADDRESS_NEVER }, { "fe80::1", ADDRESS_NEVER },
	{ "febf::1", ADDRESS_NEVER }, { "fec0::1", ADDRESS_NEVER }, { "ff02::1", ADDRESS_NEVER },

	{ "::ffff:8.8.8.8", ADDRESS_PUBLIC }, { "::ffff:127.0.0.1", ADDRESS_PRIVATE },
	{ "::ffff:7f00:1", ADDRESS_PRIVATE }, { "::ffff:169.254.169.254", ADDRESS_NEVER },
	{ "::ffff:0:10.0.0.1", ADDRESS_PRIVATE }, { "::ffff:0:0.0.0.0", ADDRESS_NEVER },
	{ "64:ff9b::8.8.8.8", ADDRESS_PUBLIC }, { "64:ff9b::7f00:1", ADDRESS_PRIVATE },
	{ "64:ff9b::a9fe:a9fe", ADDRESS_NEVER }, { "64:ff9b:1::7f00:1", ADDRESS_NEVER },
	{ "2002:808:808::1", ADDRESS_PUBLIC }, { "2002:7f00:1::", ADDRESS_PRIVATE },
	{ "2002:a9fe:a9fe::1", ADDRESS_NEVER }, { "2002:c0a8:1::", ADDRESS_PRIVATE },
	/* Teredo: server 8.8.8.8 and client 8.8.4.4; then one of them another */
	{ "2001:0:808:808::f7f7:fbfb", ADDRESS_PUBLIC }, { "2001:0:7f00:1::f7f7:fbfb", ADDRESS_PRIVATE },
	{ "2001:0:808:808::80ff:fffe", ADDRESS_PRIVATE }, { "2001:0:808:808::5601:5601", ADDRESS_NEVER },
};

static enum outgoing_address classify(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return outgoing_classify((struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return outgoing_classify((struct sockaddr *)&v6);
}

static void t_ssrf_01_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(addresses); i++)
		if (classify(addresses[i].text) != addresses[i].is)
			fail_msg("%s is %d", addresses[i].text, classify(addresses[i].text));
	struct sockaddr_un other = { .sun_family = AF_UNIX };
	assert_int_equal(outgoing_classify((struct sockaddr *)&other), ADDRESS_NEVER);
}

/* ---- T-SSRF-01: the same addresses in URLs, refused before anything is looked up ---- */

static const struct { const char *host; enum outgoing_address is; } hosts[] = {
	{ "127.0.0.1", ADDRESS_PRIVATE }, { "2130706433", ADDRESS_PRIVATE }, { "0x7f.1", ADDRESS_PRIVATE },
	{ "0177.0.0.1", ADDRESS_PRIVATE }, { "127.1", ADDRESS_PRIVATE }, { "0X7F000001", ADDRESS_PRIVATE },
	{ "127.0.0.1.", ADDRESS_PRIVATE }, { "%31%32%37.0.0.1", ADDRESS_PRIVATE },
	{ "localhost", ADDRESS_PRIVATE }, { "LOCALHOST", ADDRESS_PRIVATE }, { "localhost.", ADDRESS_PRIVATE },
	{ "a.localhost", ADDRESS_PRIVATE }, { "[::1]", ADDRESS_PRIVATE },
	{ "[0:0:0:0:0:0:0:1]", ADDRESS_PRIVATE }, { "[::ffff:127.0.0.1]", ADDRESS_PRIVATE },
	{ "[fc00::1]", ADDRESS_PRIVATE }, { "[64:ff9b::7f00:1]", ADDRESS_PRIVATE },
	{ "100.64.0.1", ADDRESS_PRIVATE }, { "10.1.2.3", ADDRESS_PRIVATE }, { "0300.0xa8.1", ADDRESS_PRIVATE },
	{ "0.0.0.0", ADDRESS_NEVER }, { "0", ADDRESS_NEVER }, { "[::]", ADDRESS_NEVER },
	{ "169.254.169.254", ADDRESS_NEVER }, { "2852039166", ADDRESS_NEVER },
	{ "metadata.google.internal", ADDRESS_NEVER }, { "Metadata.Google.Internal.", ADDRESS_NEVER },
	{ "[fe80::1]", ADDRESS_NEVER }, { "[::ffff:a9fe:a9fe]", ADDRESS_NEVER },
};

static struct outgoing *door;

static enum err ask(const char *url, const struct outgoing_access *access, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct outgoing_answer answer = { .status = -1 };
	struct outgoing_request q = { .method = "GET", .url = url, .access = access, .fd = -1,
		                          .max_bytes = 1000, .seconds = 10 };
	enum err err = outgoing_do(door, &a, &q, &answer, e);
	assert_int_equal(answer.status, -1);      /* nobody listens there */
	return err;
}

static void check_host(const char *host, enum outgoing_address is, const struct outgoing_access *access)
{
	char url[200];
	struct errinfo e = { 0 };
	bool may = is == ADDRESS_PRIVATE && access && access->allow_private;
	(void)snprintf(url, sizeof url, "http://%s:65533/x?secret", host);
	enum err err = ask(url, access, &e);
	if (err != (may ? ERR_UPSTREAM : ERR_ADDRESS))
		fail_msg("%s: %s", host, e.detail);
	assert_null(strstr(e.detail, "secret"));
	if (!may)
		assert_non_null(strstr(e.detail, ": address not allowed"));
}

static void t_ssrf_01_hosts(void **state)
{
	const struct outgoing_access proxy = { .proxy = "http://127.0.0.1:1" };
	const struct outgoing_access intranet = { .allow_private = true, .proxy = "http://127.0.0.1:1" };
	(void)state;
	for (size_t i = 0; i < ROWS(hosts); i++) {
		check_host(hosts[i].host, hosts[i].is, NULL);
		check_host(hosts[i].host, hosts[i].is, &proxy);
		check_host(hosts[i].host, hosts[i].is, &intranet);
	}
	const struct outgoing_access direct = { .allow_private = true };
	check_host("127.0.0.1", ADDRESS_PRIVATE, &direct);
	check_host("169.254.169.254", ADDRESS_NEVER, &direct);
}

/* ---- T-SSRF-03, T-SSRF-04, T-FED-14, T-FED-20: URLs ---- */

static const struct { const char *text, *url, *origin; } urls[] = {
	{ "https://charts.example.org", "https://charts.example.org/", "https://charts.example.org" },
	{ "HTTPS://Charts.Example.ORG:443/Team/", "https://charts.example.org/Team/",
	  "https://charts.example.org" },
	{ "http://h:80/a/../b/./c?q=1&r=%2f#f", "http://h/b/c?q=1&r=%2f", "http://h" },
	{ "http://h:443", "http://h:443/", "http://h:443" },
	{ "https://h:80", "https://h:80/", "https://h:80" },
	{ "https://h:8443/x", "https://h:8443/x", "https://h:8443" },
	{ "https://h:", "https://h/", "https://h" }, { "https://h:00443", "https://h/", "https://h" },
	{ "https://h?q", "https://h/?q", "https://h" }, { "https://h#f", "https://h/", "https://h" },
	{ "https://evil#@good", "https://evil/", "https://evil" },
	{ "https://evil?@good", "https://evil/?@good", "https://evil" },
	{ "https://evil/@good", "https://evil/@good", "https://evil" },
	{ "https://docker.io.", "https://docker.io/", "https://docker.io" },
	{ "https://DOCKER.IO", "https://docker.io/", "https://docker.io" },
	{ "https://xn--mnchen-3ya.de", "https://xn--mnchen-3ya.de/", "https://xn--mnchen-3ya.de" },
	{ "https://a_b.c-d.e1", "https://a_b.c-d.e1/", "https://a_b.c-d.e1" },
	{ "http://2130706433/", "http://127.0.0.1/", "http://127.0.0.1" },
	{ "http://0177.1/", "http://127.0.0.1/", "http://127.0.0.1" },
	{ "http://[0:0::1]:8080/x", "http://[::1]:8080/x", "http://[::1]:8080" },
	{ "http://[::FFFF:127.0.0.1]", "http://[::ffff:127.0.0.1]/", "http://[::ffff:127.0.0.1]" },
	{ "https://h/a b", "https://h/a%20b", "https://h" },
	{ "https://h/ü", "https://h/%c3%bc", "https://h" },
	{ "https://h/x-1.0.0+b.tgz", "https://h/x-1.0.0+b.tgz", "https://h" },
	{ "https://h/a%2Fb", "https://h/a%2Fb", "https://h" },
	{ "https://h//a", "https://h//a", "https://h" },
	{ "https://h:65535", "https://h:65535/", "https://h:65535" },

	{ "", NULL, NULL }, { "h", NULL, NULL }, { "//h", NULL, NULL }, { "h:8080", NULL, NULL },
	{ "https:", NULL, NULL }, { "https:/h", NULL, NULL }, { "https:h", NULL, NULL },
	{ "https://", NULL, NULL }, { "https:///h", NULL, NULL }, { "https://:80", NULL, NULL },
	{ "https://?q", NULL, NULL }, { " https://h", NULL, NULL },
	{ "file:///etc/passwd", NULL, NULL }, { "ftp://h/", NULL, NULL }, { "gopher://h/", NULL, NULL },
	{ "dict://h/", NULL, NULL }, { "smb://h/", NULL, NULL }, { "ldap://h", NULL, NULL },
	{ "oci://h/x", NULL, NULL }, { "javascript:alert(1)", NULL, NULL }, { "httpx://h", NULL, NULL },
	{ "https://secret@h", NULL, NULL }, { "https://u:secret@h/", NULL, NULL },
	{ "https://@h", NULL, NULL }, { "https://:@h", NULL, NULL }, { "https://good%40evil/", NULL, NULL },
	{ "https://secret@h@i", NULL, NULL }, { "https://h\\@evil", NULL, NULL },
	{ "https://h/a\\b", NULL, NULL }, { "https://h/a\tb", NULL, NULL }, { "https://h/a\nb", NULL, NULL },
	{ "https://h\r\nX: y", NULL, NULL }, { "https://h/\x7f", NULL, NULL }, { "https://h /", NULL, NULL },
	{ "https://münchen.de", NULL, NULL }, { "http://127。0。0。1", NULL, NULL },
	{ "https://h%00x", NULL, NULL }, { "https://h..", NULL, NULL }, { "https://.", NULL, NULL },
	{ "https://.h", NULL, NULL }, { "https://a..b", NULL, NULL }, { "https://h~", NULL, NULL },
	{ "https://h:0", NULL, NULL }, { "https://h:22", NULL, NULL }, { "https://h:25", NULL, NULL },
	{ "https://h:1023", NULL, NULL }, { "https://h:65536", NULL, NULL }, { "https://h:99999", NULL, NULL },
	{ "https://h:x", NULL, NULL }, { "https://h:-1", NULL, NULL }, { "https://h:80:80", NULL, NULL },
	{ "http://256.1.1.1", NULL, NULL }, { "http://1.2.3.4.5", NULL, NULL }, { "http://08.1.1.1", NULL, NULL },
	{ "http://4294967296", NULL, NULL }, { "http://0x7f000001.", NULL, NULL }, { "http://a.0x1", NULL, NULL },
	{ "http://[::1", NULL, NULL }, { "http://[::g]", NULL, NULL }, { "http://[fe80::1%25eth0]", NULL, NULL },
	{ "http://[v1.x]", NULL, NULL },
};

static void t_ssrf_03_t_ssrf_04_urls(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(urls); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct errinfo e = { 0 };
		const char *url = "untouched", *origin = "untouched", *again;
		enum err want = urls[i].url ? OK : ERR_ADDRESS;
		if (outgoing_url(&a, urls[i].text, &url, &e) != want)
			fail_msg("%s: %s", urls[i].text, want ? url : e.detail);
		assert_int_equal(outgoing_origin(&a, urls[i].text, &origin, &e), want);
		assert_null(strstr(e.detail, "secret"));
		assert_string_equal(url, urls[i].url ? urls[i].url : "untouched");
		assert_string_equal(origin, urls[i].origin ? urls[i].origin : "untouched");
		if (want)
			assert_int_equal(ask(urls[i].text, NULL, &e), ERR_ADDRESS);
		else
			assert_true(!outgoing_url(&a, url, &again, &e) && !strcmp(again, url));
	}
}

static void t_ssrf_04_long_url(void **state)
{
	AUTO_ARENA struct arena a = { 0 };
	char text[OUTGOING_URL_MAX_BYTES + 2];
	const char *url = NULL;
	struct errinfo e = { 0 };
	(void)state;
	memset(text, 'x', sizeof text);
	memcpy(text, "https://h/", 10);
	text[OUTGOING_URL_MAX_BYTES + 1] = '\0';
	assert_int_equal(outgoing_url(&a, text, &url, &e), ERR_ADDRESS);
	assert_string_equal(e.detail, "a URL of more than 8192 bytes");
	text[OUTGOING_URL_MAX_BYTES] = '\0';
	assert_int_equal(outgoing_url(&a, text, &url, &e), OK);
	assert_string_equal(url, text);
}

/* ---- T-SSRF-07: whether two URLs have one origin ---- */

static const struct { const char *one, *other; bool same; } origins[] = {
	{ "https://docker.io", "https://DOCKER.IO:443/x", true },
	{ "https://docker.io", "https://docker.io.", true },
	{ "https://docker.io", "https://evildocker.io", false },
	{ "https://docker.io", "https://docker.io.evil", false },
	{ "https://docker.io", "https://x.docker.io", false }, { "https://docker.io", "http://docker.io", false },
	{ "https://docker.io", "http://docker.io:443", false }, { "https://h", "https://h:8443", false },
	{ "http://127.0.0.1", "http://2130706433", true }, { "http://[::1]", "http://[0::1]", true },
};

static void t_ssrf_07_origins(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(origins); i++) {
		AUTO_ARENA struct arena a = { 0 };
		const char *one, *other;
		assert_int_equal(outgoing_origin(&a, origins[i].one, &one, NULL), OK);
		assert_int_equal(outgoing_origin(&a, origins[i].other, &other, NULL), OK);
		if (!strcmp(one, other) != origins[i].same)
			fail_msg("%s and %s", origins[i].one, origins[i].other);
	}
}

static int setup(void **state)
{
	(void)state;
	return outgoing_new(&door, NULL) ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	outgoing_free(door);
	outgoing_free(NULL);
	return 0;
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_ssrf_01_addresses), cmocka_unit_test(t_ssrf_01_hosts),
		cmocka_unit_test(t_ssrf_03_t_ssrf_04_urls), cmocka_unit_test(t_ssrf_04_long_url),
		cmocka_unit_test(t_ssrf_07_origins),
	};
	return cmocka_run_group_tests_name("outgoing addresses", tests, setup, teardown);
}

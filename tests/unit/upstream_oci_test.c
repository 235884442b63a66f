/* Addresses, tags, challenges and links of OCI registries, as they are read (T-FED-12, T-FED-20, T-OCI-02, T-OCI-03). */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/upstream/oci_parts.h"

#define HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define A127 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* `read`: host, name, chart, tag and whether there is a digest; NULL: refused. */
static const struct { const char *text, *read; } addresses[] = {
	{ "oci://h/demo:1.0.0", "h demo demo 1.0.0 0" },
	{ "oci://h/demo", "h demo demo - 0" },
	{ "oci://h/demo/", "h demo demo - 0" },
	{ "OCI://H.Example:443/a/b/demo", "h.example a/b/demo demo - 0" },
	{ "oci://h:5000/a/demo:1.0.0_b", "h:5000 a/demo demo 1.0.0_b 0" },
	{ "oci://h:80/demo", "h:80 demo demo - 0" },
	{ "oci://[::1]:5000/demo", "[::1]:5000 demo demo - 0" },
	{ "oci://h./demo", "h demo demo - 0" },
	{ "oci://docker.io/a/demo", "registry-1.docker.io a/demo demo - 0" },
	{ "oci://h/a.b/c_d/e__f/g---h/1", "h a.b/c_d/e__f/g---h/1 1 - 0" },
	{ "oci://h/demo@sha256:" HEX, "h demo demo - 1" },
	{ "oci://h/demo:1.0.0@sha256:" HEX, "h demo demo 1.0.0 1" },
	{ "oci://h/demo:" A127 "a", "h demo demo " A127 "a 0" },
	{ "oci://h/demo:" A127 "aa", NULL }, { "oci://h/" A127 "/" A127, "h " A127 "/" A127 " " A127 " - 0" },
	{ "oci://h/" A127 "/" A127 "a", NULL },
	{ "", NULL }, { "oci://", NULL }, { "oci:///demo", NULL }, { "oci://h", NULL }, { "oci://h/", NULL },
	{ "oci:/h/demo", NULL }, { "https://h/demo", NULL }, { "h/demo", NULL }, { "oci://h//demo", NULL },
	{ "oci://h/demo//", NULL }, { "oci://h/demo/:1.0.0", NULL }, { "oci://h/Demo", NULL },
	{ "oci://h/../demo", NULL }, { "oci://h/a/./demo", NULL }, { "oci://h/-demo", NULL },
	{ "oci://h/demo-", NULL }, { "oci://h/a..b", NULL }, { "oci://h/a___b", NULL }, { "oci://h/a._b", NULL },
	{ "oci://h/a%2fb", NULL }, { "oci://h/a b", NULL }, { "oci://h/demo?x", NULL }, { "oci://h/demo#x", NULL },
	{ "oci://h?x/demo", NULL }, { "oci://h#x/demo", NULL }, { "oci://u:p@h/demo", NULL },
	{ "oci://u@h/demo", NULL }, { "oci://h\\x/demo", NULL }, { "oci://h:x/demo", NULL },
	{ "oci://h:0/demo", NULL }, { "oci://h:22/demo", NULL }, { "oci://h:99999/demo", NULL },
	{ "oci://0x7f.1/demo", "127.0.0.1 demo demo - 0" }, { "oci://2130706433/demo", "127.0.0.1 demo demo - 0" },
	{ "oci://h/demo:", NULL },
	{ "oci://h/_catalog", NULL }, { "oci://h/a/_b", NULL }, { "oci://h/demo:1.0.0-\xc3\xa4", NULL },
	{ "oci://h/demo@md5:d41d8cd98f00b204e9800998ecf8427e", NULL }, { "oci://h/demo@sha256:../../x", NULL },
	{ "oci://h/demo:.1", NULL }, { "oci://h/demo:1:2", NULL }, { "oci://h/demo:1/2", NULL },
	{ "oci://h/demo:1+2", NULL }, { "oci://h/demo@", NULL }, { "oci://h/demo@sha256:00", NULL },
	{ "oci://h/demo@sha512:" HEX HEX, NULL }, { "oci://h/demo@sha256:" HEX "0", NULL },
	{ "oci://h/demo@sha256:E3B0C44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", NULL },
};

static void t_fed_20_t_oci_02_t_oci_03_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(addresses); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct oci_ref r;
		struct errinfo e = { 0 };
		enum err err = oci_ref_read(&a, addresses[i].text, &r, &e);
		if (!addresses[i].read) {
			if (err != ERR_INVALID && err != ERR_ADDRESS)
				fail_msg("%s is taken", addresses[i].text);
			continue;
		}
		if (err)
			fail_msg("%s: %s", addresses[i].text, e.detail);
		assert_string_equal(arena_printf(&a, "%s %s %s %s %d", r.host, r.name, r.chart, r.tag ? r.tag : "-",
		                                 r.has_digest), addresses[i].read);
	}
}

static void addresses_by_their_scheme(void **state)
{
	(void)state;
	assert_true(oci_is_address(STR("oci://")));
	assert_true(oci_is_address(STR("OCI://h/x")));
	assert_false(oci_is_address(STR("oci:/")));
	assert_false(oci_is_address(STR("https://oci://h")));
	assert_false(oci_is_address((struct str){ NULL, 0 }));
}

/* Both ways; NULL: not that way. */
static const struct { const char *version, *tag; bool back; } tags[] = {
	{ "1.2.3", "1.2.3", true }, { "1.2.3+b.1", "1.2.3_b.1", true }, { "1.2.3-rc.1+b", "1.2.3-rc.1_b", true },
	{ "v1.2.3", "v1.2.3", false }, { "1.2", "1.2", false }, { "latest", "latest", false },
	{ "1.2.3 x", NULL, false }, { "1/2", NULL, false }, { "", NULL, false }, { "-1", NULL, false },
};

static void versions_are_tags(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(tags); i++) {
		AUTO_ARENA struct arena a = { 0 };
		const char *tag = NULL;
		struct str version;
		enum err err = oci_tag(&a, str_c(tags[i].version), &tag, NULL);
		if (!tags[i].tag) {
			assert_int_equal(err, ERR_INVALID);
			continue;
		}
		assert_int_equal(err, OK);
		assert_string_equal(tag, tags[i].tag);
		assert_int_equal(oci_tag_version(&a, str_c(tag), &version), tags[i].back);
		if (tags[i].back)
			assert_true(str_eq_c(version, tags[i].version));
	}
}

/* `read`: basic, bearer, realm|service|scope; NULL: refused. */
static const struct { const char *text, *read; } challenges[] = {
	{ "", "00 ||" }, { " , ,", "00 ||" }, { "Basic", "10 ||" }, { "basic realm=\"x\"", "10 ||" },
	{ "Bearer", "01 ||" }, { "Bearer realm=\"https://h/t\"", "01 https://h/t||" },
	{ "Bearer realm=x,service=y,scope=z", "01 x|y|z" },
	{ "Bearer REALM = \"a,b=\\\"c\\\\\" , x=\"y\"", "01 a,b=\"c\\||" },
	{ "Bearer realm=\"\"", "01 ||" },
	{ "Basic realm=\"b\", Bearer realm=\"t\"", "11 t||" },
	{ "Bearer realm=\"t\", Basic realm=\"b\",service=\"s\"", "11 t||" },
	{ "Negotiate a==, Bearer realm=t", "01 t||" }, { "Negotiate, Bearer realm=t", "01 t||" },
	{ "Newest a=b, c=d, Bearer realm=t", "01 t||" }, { "Bearer ,realm=t", "01 t||" },
	{ "Bearer a/b+c=", "01 ||" },
	{ "Bearer realm=\"a", NULL }, { "Bearer realm=\"a\\", NULL }, { "Bearer realm=\"a\\\"", NULL },
	{ "Bearer realm=\"a\nb\"", NULL }, { "Bearer realm=\"a\"b", NULL }, { "Bearer realm=t service=s", NULL },
	{ "Bearer realm=t, realm=t", NULL }, { "Bearer realm=t, Bearer", NULL }, { "Basic, basic", NULL },
	{ "Bearer a b", NULL }, { "Bearer a b=c", NULL }, { "realm=t", NULL }, { "=", NULL }, { "\"", NULL },
	{ "Bearer\trealm=t", NULL }, { "Bearer a=,b", "01 ||" }, { "Bearer a=b,c=", NULL },
	{ "Bearer realm=https://h/t", NULL },
};

static void t_fed_12_challenges(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(challenges); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct oci_challenge c;
		struct errinfo e = { 0 };
		enum err err = oci_challenge_read(&a, str_c(challenges[i].text), &c, &e);
		if (!challenges[i].read) {
			if (err != ERR_INVALID)
				fail_msg("%s is taken", challenges[i].text);
			continue;
		}
		if (err)
			fail_msg("%s: %s", challenges[i].text, e.detail);
		const char *read = arena_printf(&a, "%d%d %.*s|%.*s|%.*s", c.basic, c.bearer, STR_ARG(c.realm),
		                                STR_ARG(c.service), STR_ARG(c.scope));
		if (strcmp(read, challenges[i].read) != 0)
			fail_msg("%s: %s", challenges[i].text, read);
	}
}

/* `next`: NULL: there is none; "": refused. */
static const struct { const char *link, *next; } links[] = {
	{ "", NULL }, { "</v2/x>", NULL }, { "</v2/x>; rel=\"prev\"", NULL },
	{ "</v2/x?last=a&n=1>; rel=\"next\"", "https://h:5000/v2/x?last=a&n=1" },
	{ "</v2/x>;rel=next", "https://h:5000/v2/x" }, { "</v2/x>; title=\"a\"; REL=Next", "https://h:5000/v2/x" },
	{ "</a>; rel=prev, </v2/x>; rel=next", "https://h:5000/v2/x" },
	{ "<https://H:5000/v2/x>; rel=next", "https://h:5000/v2/x" },
	{ "<https://h/v2/x>; rel=next", "" }, { "<http://h:5000/v2/x>; rel=next", "" },
	{ "<//h:5000/v2/x>; rel=next", "" }, { "<v2/x>; rel=next", "" }, { "<?last=a>; rel=next", "" },
	{ "<https://h:5000@evil/x>; rel=next", "" }, { "<https://u@h:5000/x>; rel=next", "" },
	{ "<>; rel=next", "" }, { "</v2/x; rel=next", "" }, { "x", "" },
};

static void t_fed_04_links(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(links); i++) {
		AUTO_ARENA struct arena a = { 0 };
		const char *next = "untouched", *want = links[i].next;
		enum err err = oci_next_page(&a, "https://h:5000", str_c(links[i].link), &next, NULL);
		bool is_refused = want && !want[0];
		if ((err == ERR_UPSTREAM) != is_refused || (is_refused && strcmp(next, "untouched") != 0))
			fail_msg("%s: %d", links[i].link, (int)err);
		if (!is_refused && (want ? !next || strcmp(next, want) != 0 : next != NULL))
			fail_msg("%s: %s", links[i].link, next ? next : "none");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_fed_20_t_oci_02_t_oci_03_addresses),
		cmocka_unit_test(addresses_by_their_scheme),
		cmocka_unit_test(versions_are_tags),
		cmocka_unit_test(t_fed_12_challenges),
		cmocka_unit_test(t_fed_04_links),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("upstream_oci", tests, NULL, NULL);
}

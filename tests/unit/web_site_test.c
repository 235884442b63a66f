/* What settings make of the pages: colours that can be read, a logo, the version of all files. */
#include "table.h"

#include "indexer/base/auto.h"
#include "server/web/colour.h"
#include "server/web/site.h"

extern const char site_css[];

static struct site *made(struct site_options o)
{
	struct site *s = NULL;
	assert_int_equal(site_new(&o, &s, NULL), OK);
	return s;
}

static void t_usual(void **state)
{
	(void)state;
	struct site *s = made((struct site_options){ 0 });
	assert_true(str_eq_c(s->name, "Chartlocker"));
	assert_int_equal(s->message.n, 0);
	assert_false(s->has_logo);
	assert_true(str_eq_c(site_asset(s, STR("site.css"))->bytes, site_css));
	struct asset *icon = site_asset(s, STR("favicon.svg")), *css = site_asset(s, STR("site.css"));
	assert_true(site_packed(s, css).n > 0 && site_packed(s, css).n < css->bytes.n / 2);
	assert_ptr_equal(site_packed(s, css).p, site_packed(s, css).p);
	assert_true(site_packed(s, icon).n < icon->bytes.n);
	assert_null(site_asset(s, STR("logo")));
	assert_null(site_asset(s, STR("")));
	assert_int_equal(strlen(s->version), 12);
	site_free(s);
	site_free(NULL);
}

static void t_colours(void **state)
{
	(void)state;
	struct site *usual = made((struct site_options){ .accent = "#1F5F8B" });
	struct site *ours = made((struct site_options){ .accent = "#7a3c91", .name = "Charts of ours" });
	struct str css = site_asset(ours, STR("site.css"))->bytes;
	assert_true(str_eq_c(site_asset(usual, STR("site.css"))->bytes, site_css));
	assert_true(str_ends(css, STR("}\n:root{--accent:light-dark(#7a3c91,#7db8e0);"
	                              "--accent-soft:light-dark(#ede5ed,#212a34);}\n")));
	assert_true(str_eq_c(ours->name, "Charts of ours"));
	assert_string_not_equal(usual->version, ours->version);
	site_free(usual);
	site_free(ours);
}

/* The papers that site.c computes with are those of the stylesheet. */
static void t_palette(void **state)
{
	(void)state;
	static const char *const rules[] = {
		"--paper: light-dark(#fdfcfa, #14171c);", "--soft: light-dark(#f5f3ee, #1c2027);",
		"--accent-ink: light-dark(#ffffff, #0f1820);", "--accent: light-dark(#1f5f8b, #7db8e0);",
	};
	for (size_t i = 0; i < ROWS(rules); i++)
		if (!strstr(site_css, rules[i]))
			fail_msg("static/site.css has no %s: change server/web/site.c with it", rules[i]);
}

static void t_refused(void **state)
{
	(void)state;
	static const struct { bool dark; const char *value, *why; } rows[] = {
		{ false, "", NULL }, { true, "", NULL }, { false, "#1f5f8b", NULL }, { true, "#7DB8E0", NULL },
		{ false, "blue", "\"blue\" is not a colour like #1f5f8b" },
		{ false, "#12345", "\"#12345\" is not a colour like #1f5f8b" },
		{ false, "#1f5f8g", "\"#1f5f8g\" is not a colour like #1f5f8b" },
		{ false, "#1f5f8b;", "\"#1f5f8b;\" is not a colour like #1f5f8b" },
		{ false, "\x10\x11" "1f5f8", "\"\x10\x11" "1f5f8\" is not a colour like #1f5f8b" },
		{ false, "#ffee00", "#ffee00 cannot be read on the page in the light theme: the contrast is "
		                    "1.17, 4.5 is needed" },
		{ true, "#1f5f8b", "#1f5f8b cannot be read on the page in the dark theme: the contrast is "
		                   "2.62, 4.5 is needed" },
		{ false, "#6b7078", "#6b7078 cannot be read on a box in the light theme: the contrast is 4.49, "
		                    "4.5 is needed" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct errinfo e = { 0 };
		enum err err = rows[i].dark ? site_check_accent_dark(rows[i].value, &e)
		                            : site_check_accent(rows[i].value, &e);
		struct errinfo why = { 0 };
		assert_int_equal(err, rows[i].why ? ERR_CONFIG : OK);
		if (rows[i].why) {
			(void)ERR(&why, CONFIG, "%s", rows[i].why);
			assert_string_equal(e.detail, why.detail);
		}
	}
	assert_true(colour_contrast((struct colour){ 0, 0, 0 }, (struct colour){ 255, 255, 255 }) > 20.9);
}

static void t_logo(void **state)
{
	(void)state;
	static const struct { const char *bytes, *type; } rows[] = {
		{ "<svg/>", "image/svg+xml" }, { "\x89PNG\r\n\x1a\n", "image/png" },
		{ "\xff\xd8\xff\xe0", "image/jpeg" }, { "GIF89a", NULL }, { "", NULL },
	};
	char path[] = P_tmpdir "/logo-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t n = strlen(rows[i].bytes);
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, rows[i].bytes, n, 0), n);
		struct site_options o = { .logo = path };
		struct site *s = NULL;
		assert_int_equal(site_new(&o, &s, NULL), rows[i].type ? OK : ERR_CONFIG);
		if (s) {
			assert_string_equal(site_asset(s, STR("logo"))->type, rows[i].type);
			assert_true(str_eq_c(site_asset(s, STR("logo"))->bytes, rows[i].bytes));
		}
		site_free(s);
	}
	assert_int_equal(close(fd) | unlink(path), 0);
	struct site *s = NULL;
	assert_int_not_equal(site_new(&(struct site_options){ .logo = path }, &s, NULL), OK);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_usual), cmocka_unit_test(t_colours), cmocka_unit_test(t_palette),
		cmocka_unit_test(t_refused), cmocka_unit_test(t_logo),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

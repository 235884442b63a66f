/* Addresses of repositories in the form in which they are compared. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/format/address.h"

struct row { const char *text, *form; };         /* form NULL: no address */

static const struct row forms[] = {
	{ "https://charts.example.org/stable", "charts.example.org /stable" },
	{ "http://charts.example.org/stable/", "charts.example.org /stable" },
	{ "HTTPS://Charts.Example.ORG//stable//index.yaml", "charts.example.org /stable" },
	{ "https://charts.example.org/Stable", "charts.example.org /Stable" },
	{ "https://charts.example.org", "charts.example.org /" },
	{ "https://charts.example.org./index.json", "charts.example.org /" },
	{ "https://user:secret@charts.example.org/a?b=c#d", "charts.example.org /a" },
	{ "https://charts.example.org:443/a", "charts.example.org /a" },
	{ "http://charts.example.org:80/a", "charts.example.org /a" },
	{ "http://charts.example.org:443/a", "charts.example.org:443 /a" },
	{ "https://charts.example.org:8443/a", "charts.example.org:8443 /a" },
	{ "oci://ghcr.io/org/charts", "oci ghcr.io /org/charts" },
	{ "http://127.0.0.1:8879/x", "localhost:8879 /x" },
	{ "http://[::1]:8879/x", "localhost:8879 /x" },
	{ "localhost:8879", "localhost:8879 /" },
	{ "charts.example.org/a", "charts.example.org /a" },
	{ "", NULL }, { "https://", NULL }, { "https:///a", NULL }, { "s3://bucket/a", NULL },
	{ "file://../a", NULL }, { "https://a b/c", NULL }, { "https://.", NULL },
};

static void form(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct address p;
	enum err err = address_read(&a, str_c(row->text), &p, NULL);
	assert_int_equal(err, row->form ? OK : ERR_INVALID);
	if (!err)
		assert_string_equal(arena_printf(&a, "%s%.*s /%.*s", p.oci ? "oci " : "", STR_ARG(p.host),
		                                 STR_ARG(p.path)), row->form);
}

static void order(void **state)
{
	AUTO_ARENA struct arena a = { 0 };
	struct address p[ROWS(forms)];
	size_t count = 0;
	(void)state;
	for (size_t i = 0; i < ROWS(forms); i++)
		count += address_read(&a, str_c(forms[i].text), &p[count], NULL) == OK;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++) {
			bool same = strcmp(forms[i].form, forms[j].form) == 0;
			assert_int_equal(address_cmp(&p[i], &p[j]) == 0, same);
			assert_int_equal(address_cmp(&p[i], &p[j]) < 0, address_cmp(&p[j], &p[i]) > 0);
		}
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(order) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("format_address", form, forms);
	return failed + cmocka_run_group_tests_name("format_address: order", tests, NULL, NULL);
}

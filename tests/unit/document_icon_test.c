/* The icon that a chart brings along: what Chart.yaml says, and what it is worth. */
#include <string.h>

#include "table.h"
#include "indexer/base/auto.h"
#include "indexer/document/icon.h"

#define PNG "\x89PNG\r\n\x1a\n"
#define SVG "<svg xmlns='http://www.w3.org/2000/svg'/>"

static struct tar_member files[] = {
	{ { "icon.png", 8 }, { PNG "x", 9 } },       { { "img/i.svg", 9 }, { SVG, sizeof SVG - 1 } },
	{ { "page.png", 8 }, { "<html>", 6 } },      { { "empty", 5 }, { NULL, 0 } },
};

struct row { const char *name, *icon, *type, *bytes; };

static const struct row rows[] = {
	{ "none", "", NULL, NULL },
	{ "elsewhere", "https://example.org/i.png", NULL, NULL },
	{ "a file", "icon.png", "image/png", PNG "x" },
	{ "a file from here", "./icon.png", "image/png", PNG "x" },
	{ "a file further down", "img/i.svg", "image/svg+xml", SVG },
	{ "no such file", "other.png", NULL, NULL },
	{ "a file that is no image", "page.png", NULL, NULL },
	{ "an empty file", "empty", NULL, NULL },
	{ "above the chart", "../icon.png", NULL, NULL },
	{ "Base64", "data:image/png;base64,iVBORw0KGgo=", "image/png", PNG },
	{ "Base64 in lines", "data:image/png;base64,iVBO\n  Rw0K\r\n Ggo=", "image/png", PNG },
	{ "the bytes say what it is", "data:text/html;base64,iVBORw0KGgo=", "image/png", PNG },
	{ "Base64 without its end", "data:image/png;base64,iVBORw0KGgo", NULL, NULL },
	{ "no Base64", "data:image/png;base64,<>", NULL, NULL },
	{ "percent", "data:image/svg+xml,%3Csvg%20a=%27%%2%27/%3E", "image/svg+xml", "<svg a='%%2'/>" },
	{ "as it is", "data:image/svg+xml;utf8,<svg/>", "image/svg+xml", "<svg/>" },
	{ "no comma", "data:image/png;base64", NULL, NULL },
	{ "nothing", "data:,", NULL, NULL },
	{ "HTML", "data:text/html,<html><svg/>", NULL, NULL },
	{ "JPEG", "data:;base64,/9j/4A==", "image/jpeg", "\xff\xd8\xff\xe0" },
	{ "GIF", "data:,GIF89a", "image/gif", "GIF89a" },
	{ "WebP", "data:,RIFF1234WEBPVP8 ", "image/webp", "RIFF1234WEBPVP8 " },
	{ "SVG behind a declaration and comments",
	  "data:,\xef\xbb\xbf<?xml version='1.0'?>\n<!-- > --><!DOCTYPE svg> <svg/>", "image/svg+xml",
	  "\xef\xbb\xbf<?xml version='1.0'?>\n<!-- > --><!DOCTYPE svg> <svg/>" },
	{ "SVG behind its entities", "data:,<!DOCTYPE svg PUBLIC 'a' 'b' [\n<!ENTITY c 'd'>\n] >\n<svg/>",
	  "image/svg+xml", NULL },
	{ "entities without their end", "data:,<!DOCTYPE svg [<!ENTITY c 'd'> <svg/>", NULL, NULL },
	{ "a comment without its end", "data:,<!-- <svg/>", NULL, NULL },
};

static void t_icon(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct chart chart = { .meta.icon = str_c(row->icon), .members = { files, ROWS(files) } };
	struct chart_icon icon = { .type = "unset" };
	struct errinfo e = { 0 };
	enum err err = icon_read(&a, &chart, &icon, &e);
	assert_int_equal(err, row->type ? OK : ERR_NOT_FOUND);
	assert_string_equal(icon.type, row->type ? row->type : "unset");
	if (row->bytes && !str_eq_c(icon.bytes, row->bytes))
		fail_msg("%.*s", STR_ARG(icon.bytes));
}

/* As large as it may be, and a byte more. */
static void t_size(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		AUTO_ARENA struct arena a = { 0 };
		AUTO_SBUF struct sbuf url = sbuf_make(2 * ICON_MAX_BYTES);
		struct chart_icon icon;
		struct errinfo e = { 0 };
		sbuf_puts(&url, "data:,GIF89a");
		while (url.n < STR("data:,").n + ICON_MAX_BYTES + more)
			sbuf_putc(&url, 'x');
		struct chart chart = { .meta.icon = sbuf_str(&url) };
		assert_int_equal(icon_read(&a, &chart, &icon, &e), more ? ERR_NOT_FOUND : OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t_size) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return failed + RUN_TABLE("icon", t_icon, rows);
}

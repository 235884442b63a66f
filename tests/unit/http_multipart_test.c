/* T-UP-04: forms. The transcript of a form's events must be the same at whatever place the input
 * is split, and equal to the table's.                                                        */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/http/message.h"

#define B "\r\n--XX\r\n"
#define FIRST "--XX\r\n"
#define END "\r\n--XX--"
#define CD "Content-Disposition: form-data; "
#define PART(params, data) CD params "\r\n\r\n" data

/* ---- events as text: "<chart*:" name, '*' with a file name; data; ">" ---- */

static enum err on_part(void *ctx, struct str name, bool has_filename, struct errinfo *e)
{
	(void)e;
	sbuf_printf(ctx, "<%.*s%s:", STR_ARG(name), has_filename ? "*" : "");
	return OK;
}

static enum err on_data(void *ctx, struct str piece, struct errinfo *e)
{
	(void)e;
	assert_true(piece.n > 0);
	sbuf_put(ctx, piece);
	return OK;
}

static enum err on_end(void *ctx, struct errinfo *e)
{
	(void)e;
	sbuf_putc(ctx, '>');
	return OK;
}

static const struct multipart_events events = { on_part, on_data, on_end };

static enum err feed_split(struct str form, size_t split, size_t step, struct sbuf *ret,
                           struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct multipart *m = NULL;
	enum err code = multipart_new(&a, STR("multipart/form-data; boundary=XX"), &events, ret, &m, e);
	sbuf_reset(ret);
	sbuf_puts(ret, "");
	if (!code)
		code = multipart_feed(m, str_first(form, split), e);
	for (struct str rest = str_from(form, split); rest.n && !code; rest = str_from(rest, step))
		code = multipart_feed(m, str_first(rest, step), e);
	return code ? code : multipart_end(m, e);
}

static void check(struct str form, const char *wanted, size_t split, size_t step)
{
	AUTO_SBUF struct sbuf got = sbuf_make(MIB);
	struct errinfo e = { 0 };
	enum err code = feed_split(form, split, step, &got, &e);
	if (code != (wanted ? OK : ERR_INVALID) ||
	    (wanted && !str_eq_c(sbuf_str(&got), wanted)))
		fail_msg("%.*s\nsplit at %zu, then %zu: %s %.*s", STR_ARG(form), split, step, e.detail,
		         STR_ARG(sbuf_str(&got)));
}

static void check_everywhere(struct str form, const char *wanted)
{
	for (size_t split = 0; split <= form.n; split++)
		check(form, wanted, split, form.n + 1);
	check(form, wanted, 0, 1);
	check(form, wanted, 1, 2);
	check(form, wanted, 0, 3);
}

static void t_up_04_forms(void **state)
{
	(void)state;
	static const struct { const char *form, *wanted; } rows[] = {     /* NULL: refused */
		{ FIRST PART("name=\"chart\"; filename=\"x.tgz\"", "data") END, "<chart*:data>" },
		{ FIRST PART("name=chart; filename=x.tgz", "data") END "\r\n", "<chart*:data>" },
		{ FIRST PART("name=\"a\"", "1") B PART("name=\"b\"", "2") END, "<a:1><b:2>" },
		{ FIRST PART("name=\"prov\"; filename=\"p\"", "1") B PART("name=\"chart\"; filename=\"c\"", "2") END,
		  "<prov*:1><chart*:2>" },
		{ FIRST PART("name=\"chart\"", "1") B PART("name=\"chart\"", "2") END, "<chart:1><chart:2>" },
		{ "preamble\r\n--XY\r\n--XX\r\n" PART("name=a", "x") END "epilogue" B "--XX", "<a:x>" },
		{ FIRST PART("name=a", "") END, "<a:>" },
		{ FIRST PART("name=a", "\r\n") END, "<a:\r\n>" },
		{ FIRST PART("name=a", "\r\n\r\n-\r\n--\r\n--X\r\n--Xx\r\r\n--x") END, "<a:\r\n\r\n-\r\n--\r\n--X\r\n--Xx\r\r\n--x>" },
		{ FIRST PART("name=a", "x--XX--XX\r--XX\n--XX") END, "<a:x--XX--XX\r--XX\n--XX>" },
		{ FIRST PART("name=a", "x\r\r\r\n-\r") END, "<a:x\r\r\r\n-\r>" },
		{ "--XX \t\r\n" PART("name=a", "x") END, "<a:x>" },
		{ FIRST "content-type: text/x\r\nCONTENT-DISPOSITION:form-data;NAME=a\r\n\r\nx" END, "<a:x>" },
		{ FIRST "Content-Transfer-Encoding: binary\r\n" PART("name=a", "x") END, "<a:x>" },
		{ FIRST "X-Unknown: 1\r\n" PART("name=unknown", "x") END, "<unknown:x>" },
		{ FIRST PART("name=\"a\\\"b\\\\c\"", "x") END, "<a\"b\\c:x>" },
		{ FIRST PART("name=a; filename=\"../../x\"", "x") END, "<a*:x>" },
		{ FIRST PART("name=a; filename*=UTF-8''x", "x") END, "<a*:x>" },
		{ FIRST PART("name=\"\"", "x") END, "<:x>" },
		{ "--XX--", "" }, { "--XX--\r\n", "" },
		{ FIRST "Content-Type: multipart/mixed; boundary=YY\r\n" PART("name=a", "--YY\r\n") END, "<a:--YY\r\n>" },
		/* refused */
		{ "", NULL }, { "x", NULL }, { "--XX", NULL }, { "--XX-", NULL }, { "--XX\r\n", NULL },
		{ FIRST PART("name=a", "data"), NULL },
		{ FIRST PART("name=a", "data\r\n--XX"), NULL }, { FIRST PART("name=a", "data\r\n--XX-"), NULL },
		{ "--XX\nContent-Disposition: form-data; name=a\n\nx\n--XX--\n", NULL },
		{ FIRST "Content-Disposition: form-data; name=a\n\nx" END, NULL },
		{ FIRST "Content-Disposition: form-data; name=a\rx" END, NULL },
		{ FIRST "\r\nx" END, NULL }, { FIRST "Content-Type: x\r\n\r\nx" END, NULL },
		{ FIRST PART("filename=x", "x") END, NULL }, { FIRST PART("name=a; name=b", "x") END, NULL },
		{ FIRST CD "name=a\r\n" PART("name=b", "x") END, NULL },
		{ FIRST "Content-Disposition: attachment; name=a\r\n\r\nx" END, NULL },
		{ FIRST "Content-Disposition: form-data; name=a\r\n ; filename=x\r\n\r\nx" END, NULL },
		{ FIRST PART("name=\"a", "x") END, NULL }, { FIRST PART("name=a b", "x") END, NULL },
		{ FIRST PART("name=", "x") END, NULL }, { FIRST PART("name=; filename=x", "x") END, NULL },
		{ FIRST PART("name", "x") END, NULL }, { FIRST PART("=a", "x") END, NULL },
		{ FIRST "no colon\r\n" PART("name=a", "x") END, NULL },
		{ FIRST "Bad Name: x\r\n" PART("name=a", "x") END, NULL },
		{ FIRST "Content-Transfer-Encoding: base64\r\n" PART("name=a", "x") END, NULL },
		{ FIRST PART("name=a", "x") "\r\n--XXY\r\n" END, NULL },
		{ FIRST PART("name=a", "x") "\r\n--XX-x" END, NULL },
		{ FIRST PART("name=a\x01", "x") END, NULL },
	};
	for (size_t i = 0; i < ROWS(rows); i++)
		check_everywhere(str_c(rows[i].form), rows[i].wanted);
	check_everywhere(STR(FIRST CD "name=\"a\0b\"\r\n\r\nx" END), NULL);
}

struct naming { struct multipart *m; struct sbuf names; };

static enum err on_named(void *ctx, struct str name, bool has_filename, struct errinfo *e)
{
	struct naming *x = ctx;
	(void)name;
	(void)has_filename;
	(void)e;
	sbuf_printf(&x->names, "[%.*s]", STR_ARG(multipart_filename(x->m)));
	return OK;
}

static enum err ignore_data(void *ctx, struct str piece, struct errinfo *e)
{
	(void)ctx;
	(void)piece;
	(void)e;
	return OK;
}

static enum err ignore_end(void *ctx, struct errinfo *e)
{
	(void)ctx;
	(void)e;
	return OK;
}

static void file_names(void **state)
{
	(void)state;
	static const struct multipart_events naming = { on_named, ignore_data, ignore_end };
	AUTO_ARENA struct arena a = { 0 };
	struct naming x = { .names = sbuf_make(KIB) };
	const struct str form = STR(FIRST PART("name=a; filename=x.tgz", "1") B PART("name=a", "2")
	                            B PART("filename=\"a\\\"b\"; name=a", "3")
	                            B PART("name=a; filename=\"\"", "4")
	                            B PART("name=a; filename*=UTF-8''x", "5") END);
	assert_int_equal(multipart_new(&a, STR("multipart/form-data; boundary=XX"), &naming, &x, &x.m,
	                               NULL), OK);
	assert_int_equal(multipart_feed(x.m, form, NULL), OK);
	assert_true(str_eq_c(sbuf_str(&x.names), "[x.tgz][][a\"b][][]"));
	sbuf_done(&x.names);
}

static void t_up_04_bytes_pass_unchanged(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf form = sbuf_make(MIB), wanted = sbuf_make(MIB), got = sbuf_make(MIB);
	struct errinfo e;
	uint32_t x = 1;
	sbuf_puts(&form, FIRST PART("name=a", ""));
	sbuf_puts(&wanted, "<a:");
	for (int i = 0; i < 20000; i++) {
		x = x * 1664525u + 1013904223u;
		char c = i % 3 ? "\r\n-X"[x >> 30] : (char)(x >> 24);
		sbuf_putc(&wanted, c);
	}
	sbuf_put(&form, str_from(sbuf_str(&wanted), 3));
	sbuf_puts(&form, END);
	sbuf_puts(&wanted, ">");
	for (size_t step = 1; step < 5000; step = step * 2 + 1) {
		assert_int_equal(feed_split(sbuf_str(&form), 0, step, &got, &e), OK);
		assert_true(str_eq(sbuf_str(&got), sbuf_str(&wanted)));
	}
}

static void t_up_04_content_types(void **state)
{
	(void)state;
	static const struct { const char *type; enum err wanted; } rows[] = {
		{ "multipart/form-data; boundary=XX", OK },
		{ "Multipart/Form-Data;charset=utf-8;Boundary=\"X X'()+_,-./:=?\"", OK },
		{ "multipart/form-data; boundary=123456789012345678901234567890123456789012345678901234567890"
		  "1234567890", OK },
		{ "", ERR_MEDIA_TYPE }, { "application/gzip", ERR_MEDIA_TYPE },
		{ "multipart/mixed; boundary=XX", ERR_MEDIA_TYPE },
		{ "multipart/form-data", ERR_INVALID }, { "multipart/form-data; boundary=", ERR_INVALID },
		{ "multipart/form-data; boundary=\"\"", ERR_INVALID },
		{ "multipart/form-data; boundary=\"X \"", ERR_INVALID },
		{ "multipart/form-data; boundary=\"XX", ERR_INVALID },
		{ "multipart/form-data; boundary=X X", ERR_INVALID },
		{ "multipart/form-data; boundary=\"X\\\"X\"", ERR_INVALID },
		{ "multipart/form-data; boundary=X*", ERR_INVALID },
		{ "multipart/form-data; boundary=X; boundary=Y", ERR_INVALID },
		{ "multipart/form-data; boundary=123456789012345678901234567890123456789012345678901234567890"
		  "12345678901", ERR_INVALID },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct multipart *m = NULL;
		if (multipart_new(&a, str_c(rows[i].type), &events, NULL, &m, NULL) != rows[i].wanted)
			fail_msg("%s", rows[i].type);
		assert_int_equal(m != NULL, rows[i].wanted == OK);
	}
	struct arena tight = { .limit = 1 };
	struct multipart *m;
	assert_int_equal(multipart_new(&tight, str_c(rows[0].type), &events, NULL, &m, NULL), ERR_NOMEM);
}

static enum err feed_repeated(const char *begin, const char *unit, size_t n, const char *end)
{
	AUTO_SBUF struct sbuf form = sbuf_make(4 * MIB), got = sbuf_make(4 * MIB);
	struct errinfo e;
	sbuf_puts(&form, begin);
	for (size_t i = 0; i < n; i++)
		sbuf_puts(&form, unit);
	sbuf_puts(&form, end);
	return feed_split(sbuf_str(&form), 0, 1000, &got, &e);
}

static void t_up_04_limits(void **state)
{
	(void)state;
	static const struct { const char *begin, *unit; size_t n; const char *end; enum err wanted; } rows[] = {
		{ "", FIRST PART("name=a", "x\r\n"), MULTIPART_PARTS_MAX, "--XX--", OK },
		{ "", FIRST PART("name=a", "x\r\n"), MULTIPART_PARTS_MAX + 1, "--XX--", ERR_INVALID },
		{ "", FIRST PART("name=a", "x\r\n"), 10000, "--XX--", ERR_INVALID },
		{ "", "p", MULTIPART_PREAMBLE_MAX_BYTES - 2, B PART("name=a", "x") END, OK },
		{ "", "p", MULTIPART_PREAMBLE_MAX_BYTES + 1, B PART("name=a", "x") END, ERR_INVALID },
		{ "", "p", MIB, B PART("name=a", "x") END, ERR_INVALID },
		{ FIRST PART("name=a", "x") END, "e", MULTIPART_PREAMBLE_MAX_BYTES + 1, "", ERR_INVALID },
		{ FIRST "X: ", "h", MULTIPART_HEADER_MAX_BYTES - 100, "\r\n" PART("name=a", "x") END, OK },
		{ FIRST "X: ", "h", MULTIPART_HEADER_MAX_BYTES, "\r\n" PART("name=a", "x") END, ERR_INVALID },
		{ FIRST, "X: hhhhhhhhhhhhhhhh\r\n", 4000, PART("name=a", "x") END, ERR_INVALID },
	};
	for (size_t i = 0; i < ROWS(rows); i++)
		if (feed_repeated(rows[i].begin, rows[i].unit, rows[i].n, rows[i].end) != rows[i].wanted)
			fail_msg("row %zu", i);
}

/* ---- callbacks that fail ---- */

static enum err fail_part(void *ctx, struct str name, bool has_filename, struct errinfo *e)
{
	(void)name;
	(void)has_filename;
	return ++*(int *)ctx == 1 ? ERR(e, DISK_FULL, "part") : OK;
}

static enum err count_data(void *ctx, struct str piece, struct errinfo *e)
{
	(void)piece;
	(void)e;
	++*(int *)ctx;
	return OK;
}

static enum err count_end(void *ctx, struct errinfo *e)
{
	(void)e;
	++*(int *)ctx;
	return OK;
}

static void nothing_follows_a_failure(void **state)
{
	(void)state;
	static const struct multipart_events failing = { fail_part, count_data, count_end };
	AUTO_ARENA struct arena a = { 0 };
	struct multipart *m;
	struct str form = STR(FIRST PART("name=a", "x") B PART("name=b", "x") END);
	int calls = 0;
	assert_int_equal(multipart_new(&a, STR("multipart/form-data; boundary=XX"), &failing, &calls,
	                               &m, NULL), OK);
	assert_int_equal(multipart_feed(m, form, NULL), ERR_DISK_FULL);
	assert_int_equal(multipart_feed(m, form, NULL), ERR_INVALID);
	assert_int_equal(multipart_end(m, NULL), ERR_INVALID);
	assert_int_equal(calls, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_up_04_forms),
		cmocka_unit_test(file_names),
		cmocka_unit_test(t_up_04_bytes_pass_unchanged),
		cmocka_unit_test(t_up_04_content_types),
		cmocka_unit_test(t_up_04_limits),
		cmocka_unit_test(nothing_follows_a_failure),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

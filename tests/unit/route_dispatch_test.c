/* The dispatcher: what a row says is enforced before its handler runs, and errors become answers. */
#include "route_fixture.h"
#include "server/route/app.h"

#define HERE "127.0.0.1:8879"
#define JSON_TYPE "application/json; charset=utf-8"
#define IMMUTABLE "public, max-age=31536000, immutable"

/* ---- handlers ---- */

static unsigned ended;

static enum err say_fine(struct call *c, struct response *s, struct errinfo *e)
{
	return respond_json(c, 200, STR("{}"), s, e);
}

static enum err say_not_modified(struct call *c, struct response *s, struct errinfo *e)
{
	(void)c, (void)e;
	*s = (struct response){ .status = 304 };
	return OK;
}

static enum err say_unsatisfiable(struct call *c, struct response *s, struct errinfo *e)
{
	(void)c, (void)e;
	*s = (struct response){ .status = 416 };
	return OK;
}

static enum err refuse(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	call_error_field(c, "digest", "a\"b");
	return ERR(e, EXISTS, "chart \"x\" exists");
}

static enum err break_down(struct call *c, struct response *s, struct errinfo *e)
{
	(void)c, (void)s;
	return ERR(e, IO, "/secret/path: Input/output error");
}

static enum err think(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s, (void)e;
	return call_later(c);
}

static enum err begin(struct call *c, struct errinfo *e)
{
	(void)e;
	c->data = c;
	return OK;
}

static enum err body(struct call *c, struct str piece, struct errinfo *e)
{
	(void)c;
	return str_eq_c(piece, "bad") ? ERR(e, ARCHIVE, "bad") : OK;
}

static void end(struct call *c) { ended += c->data == c; }

#define ROW(method, address, how, who, manner, store) \
	{ .methods = method, .pattern = address, .handle = how, .may = who, .dialect = manner, \
	  .cache = store }

static const struct route table[] = {
	ROW(HTTP_GET, "/fine", say_fine, MAY_READ, DIALECT_CHARTMUSEUM, CACHE_REVALIDATE),
	ROW(HTTP_GET, "/kept", say_fine, MAY_READ, DIALECT_CHARTMUSEUM, CACHE_IMMUTABLE),
	ROW(HTTP_GET, "/same", say_not_modified, MAY_READ, DIALECT_CHARTMUSEUM, CACHE_IMMUTABLE),
	ROW(HTTP_GET, "/range", say_unsatisfiable, MAY_READ, DIALECT_CHARTMUSEUM, CACHE_IMMUTABLE),
	ROW(HTTP_GET, "/open", say_fine, MAY_ANYONE, DIALECT_PROBLEM, CACHE_NEVER),
	ROW(HTTP_GET, "/refuse", refuse, MAY_READ, DIALECT_CHARTMUSEUM, CACHE_IMMUTABLE),
	ROW(HTTP_GET, "/problem", refuse, MAY_READ, DIALECT_PROBLEM, CACHE_NEVER),
	ROW(HTTP_GET, "/page", refuse, MAY_READ, DIALECT_PAGE, CACHE_REVALIDATE),
	ROW(HTTP_GET, "/fail", break_down, MAY_READ, DIALECT_CHARTMUSEUM, CACHE_REVALIDATE),
	ROW(HTTP_GET, "/think", think, MAY_READ, DIALECT_CHARTMUSEUM, CACHE_REVALIDATE),
	ROW(HTTP_DELETE, "/fine", say_fine, MAY_DELETE, DIALECT_CHARTMUSEUM, CACHE_NEVER),
	{ .methods = HTTP_PUT | HTTP_POST, .pattern = "/fine", .handle = say_fine, .begin = begin,
	  .body = body, .end = end,
	  .may = MAY_PUBLISH, .dialect = DIALECT_CHARTMUSEUM, .cache = CACHE_NEVER },
	ROW(HTTP_GET, "/{repo?}/x", say_fine, MAY_READ, DIALECT_CHARTMUSEUM, CACHE_NEVER),
	ROW(HTTP_POST, "/control/x", say_fine, MAY_CONTROL, DIALECT_PROBLEM, CACHE_NEVER),
	{ .pattern = NULL },
};
enum { ROUTES = ROWS(table) };

/* ---- one request ---- */

static struct route_count counts[ROUTES];
static atomic_bool draining;
static struct app app;

static void prepare(void)
{
	memset(counts, 0, sizeof counts);
	ended = 0;
	atomic_store(&draining, false);
	/* Only whether there is one is asked here. */
	app = (struct app){ .ingest = (struct ingest *)(uintptr_t)&app, .routes = table,
	                    .counts = counts,
	                    .default_repo = "main", .upload_max_bytes = 77, .draining = &draining };
}

static struct fake_request request(enum http_method method, const char *path)
{
	return (struct fake_request){
		.r = { .method = method, .method_name = "X", .path = str_c(path), .id = "id",
		       .loopback = true, .listen = STR(HERE), .app = &app },
		.headers = { { "Host", HERE } },
	};
}

static void run(struct fake_request *f)
{
	route_http_app.begin(&f->r);
	if (!f->answers)
		route_http_app.handle(&f->r);
}

static void finish(struct fake_request *f)
{
	route_http_app.end(&f->r, f->answer.status, 5);
	arena_done(&f->r.arena);
}

static const char *header(const struct fake_request *f, const char *name)
{
	for (size_t i = 0; i < f->answer.header_count; i++)
		if (strcmp(f->answer.headers[i].name, name) == 0)
			return f->answer.headers[i].value;
	return "";
}

/* ---- */

static void t_http_answers(void **state)
{
	static const struct {
		enum http_method method;
		const char *path;
		int status;
		const char *type, *cache, *allow, *body;
	} rows[] = {
		{ HTTP_GET, "/fine", 200, JSON_TYPE, "no-cache", "", "{}" },
		{ HTTP_HEAD, "/fine", 200, JSON_TYPE, "no-cache", "", "{}" },
		{ HTTP_PUT, "/fine", 200, JSON_TYPE, "no-store", "", "{}" },
		{ HTTP_DELETE, "/fine", 200, JSON_TYPE, "no-store", "", "{}" },
		{ HTTP_GET, "/kept", 200, JSON_TYPE, IMMUTABLE, "", "{}" },
		{ HTTP_GET, "/same", 304, NULL, IMMUTABLE, "", "" },
		{ HTTP_GET, "/range", 416, NULL, "no-store", "", "" },
		{ HTTP_GET, "/open", 200, JSON_TYPE, "no-store", "", "{}" },
		{ HTTP_GET, "/refuse", 409, JSON_TYPE, "no-store", "",
		  "{\"error\":\"chart \\\"x\\\" exists\",\"code\":\"version_exists\",\"request_id\":\"id\",\"digest\":\"a\\\"b\"}" },
		{ HTTP_GET, "/problem", 409, "application/problem+json", "no-store", "",
		  "{\"type\":\"about:blank\",\"title\":\"This version exists already with other bytes.\",\"status\":409,"
		  "\"detail\":\"chart \\\"x\\\" exists\",\"code\":\"version_exists\",\"request_id\":\"id\",\"digest\":\"a\\\"b\"}" },
		{ HTTP_GET, "/page", 409, "text/plain; charset=utf-8", "no-store", "",
		  "409 This version exists already with other bytes.\nchart \"x\" exists\nrequest id: id\n" },
		{ HTTP_GET, "/fail", 500, JSON_TYPE, "no-store", "",
		  "{\"error\":\"The storage reported an error; the server's log has the details.\","
		  "\"code\":\"storage_error\",\"request_id\":\"id\"}" },
		{ HTTP_GET, "/none", 404, JSON_TYPE, "no-store", "",
		  "{\"error\":\"not found\",\"code\":\"not_found\",\"request_id\":\"id\"}" },
		{ HTTP_GET, "/Team/x", 404, JSON_TYPE, "no-store", "",
		  "{\"error\":\"repository \\\"Team\\\": a segment is 1 to 63 of a-z, 0-9, '.', '_' and '-', and begins "
		  "with a letter or a digit\",\"code\":\"not_found\",\"request_id\":\"id\"}" },
		{ HTTP_GET, "/a/b/c/x", 404, JSON_TYPE, "no-store", "",
		  "{\"error\":\"repository \\\"a/b/c\\\": more than two segments\",\"code\":\"not_found\","
		  "\"request_id\":\"id\"}" },
		{ HTTP_POST, "/Team/x", 404, JSON_TYPE, "no-store", "",
		  "{\"error\":\"not found\",\"code\":\"not_found\",\"request_id\":\"id\"}" },
		{ HTTP_PATCH, "/fine", 405, JSON_TYPE, "no-store", "GET, HEAD, POST, PUT, DELETE",
		  "{\"error\":\"this address takes GET, HEAD, POST, PUT, DELETE\",\"code\":\"method_not_allowed\",\"request_id\":\"id\"}" },
		{ HTTP_OPTIONS, "/open", 405, JSON_TYPE, "no-store", "GET, HEAD",
		  "{\"error\":\"this address takes GET, HEAD\",\"code\":\"method_not_allowed\",\"request_id\":\"id\"}" },
		{ HTTP_POST, "/control/x", 404, JSON_TYPE, "no-store", "",
		  "{\"error\":\"not found\",\"code\":\"not_found\",\"request_id\":\"id\"}" },
		{ HTTP_GET, "/%00", 400, JSON_TYPE, "no-store", "",
		  "{\"error\":\"\\\"%00\\\" in the address: control character\",\"code\":\"invalid_request\",\"request_id\":\"id\"}" },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		prepare();
		struct fake_request f = request(rows[i].method, rows[i].path);
		run(&f);
		assert_int_equal(f.answers, 1);
		assert_int_equal(f.answer.status, rows[i].status);
		assert_int_equal(!f.answer.content_type, !rows[i].type);
		if (rows[i].type)
			assert_string_equal(f.answer.content_type, rows[i].type);
		assert_string_equal(header(&f, "Cache-Control"), rows[i].cache);
		assert_string_equal(header(&f, "Allow"), rows[i].allow);
		assert_string_equal(header(&f, "X-Content-Type-Options"), "nosniff");
		assert_string_equal(header(&f, "Retry-After"), "");
		if (!str_eq_c(f.answer.bytes, rows[i].body))
			fail_msg("%.*s", STR_ARG(f.answer.bytes));
		finish(&f);
	}
}

/* Overwriting makes that nothing is immutable. */
static void t_http_overwriting_is_not_cached(void **state)
{
	(void)state;
	prepare();
	app.overwrite = true;
	struct fake_request f = request(HTTP_GET, "/kept");
	run(&f);
	assert_string_equal(header(&f, "Cache-Control"), "no-cache");
	finish(&f);
}

/* Who may not, is refused before the body is asked for. */
static void t_http_permission_comes_first(void **state)
{
	static const struct {
		const char *name;
		bool write, draining, starting, stranger;
		int status;
		const char *code;
	} rows[] = {
		{ "reading while draining", false, true, false, true, 200, NULL },
		{ "reading from elsewhere", false, false, false, true, 200, NULL },
		{ "writing", true, false, false, false, 200, NULL },
		{ "writing while draining", true, true, false, false, 503, "shutting_down" },
		{ "writing from elsewhere", true, false, false, true, 403, "writes_refused" },
		{ "reading at the start", false, false, true, false, 503, "busy" },
		{ "writing at the start", true, false, true, false, 503, "busy" },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		prepare();
		struct fake_request f = request(rows[i].write ? HTTP_PUT : HTTP_GET, "/fine");
		f.r.loopback = !rows[i].stranger;
		atomic_store(&draining, rows[i].draining);
		if (rows[i].starting)
			app.ingest = NULL;
		run(&f);
		assert_int_equal(f.answer.status, rows[i].status);
		assert_string_equal(header(&f, "Retry-After"), rows[i].status == 503 ? "2" : "");
		assert_int_equal(f.r.body.write != NULL, rows[i].write && !rows[i].code);
		if (rows[i].code)
			assert_non_null(memmem(f.answer.bytes.p, f.answer.bytes.n, rows[i].code,
			                       strlen(rows[i].code)));
		finish(&f);
		assert_int_equal(ended, rows[i].write && !rows[i].code);
	}
	prepare();
	app.ingest = NULL;
	struct fake_request f = request(HTTP_GET, "/open");
	run(&f);
	assert_int_equal(f.answer.status, 200);
	finish(&f);
}

static void t_http_control_rows_have_their_socket(void **state)
{
	(void)state;
	prepare();
	struct fake_request f = request(HTTP_POST, "/control/x");
	f.r.control = true;
	run(&f);
	assert_int_equal(f.answer.status, 200);
	finish(&f);
}

static void t_up_body_goes_to_its_row(void **state)
{
	struct errinfo e = { 0 };
	struct response s;
	(void)state;
	prepare();
	struct fake_request f = request(HTTP_POST, "/fine");
	route_http_app.begin(&f.r);
	assert_int_equal(f.answers, 0);
	assert_int_equal(f.r.body.limit, 77);
	assert_int_equal(f.r.body.write(&f.r, STR("good"), &e), OK);
	assert_int_equal(f.r.body.write(&f.r, STR("bad"), &e), ERR_ARCHIVE);
	route_http_app.error(&f.r, &e, &s);
	assert_int_equal(s.status, 400);
	assert_true(str_eq_c(s.bytes,
	                     "{\"error\":\"bad\",\"code\":\"archive_refused\",\"request_id\":\"id\"}"));
	finish(&f);
	assert_int_equal(ended, 1);
	/* A row without `begin` takes no body. */
	f = request(HTTP_GET, "/fine");
	route_http_app.begin(&f.r);
	assert_null(f.r.body.write);
	route_http_app.handle(&f.r);
	finish(&f);
}

static void t_http_answer_comes_later(void **state)
{
	struct response s = { .status = 202 };
	struct errinfo e = { 0 };
	(void)state;
	prepare();
	for (int fails = 0; fails < 2; fails++) {
		struct fake_request f = request(HTTP_GET, "/think");
		run(&f);
		assert_int_equal(f.answers, 0);
		(void)ERR(&e, DAMAGED, "x");
		if (fails)
			call_fail(f.r.app_data, &e);
		else
			call_reply(f.r.app_data, &s);
		assert_int_equal(f.answers, 1);
		assert_int_equal(f.answer.status, fails ? 503 : 202);
		finish(&f);
	}
}

/* A head that http refused itself never met a row, and is counted all the same. */
static void t_http_counts(void **state)
{
	static const struct { enum http_method method; const char *path; size_t row, class; } rows[] = {
		{ HTTP_GET, "/fine", 0, 1 }, { HTTP_HEAD, "/fine", 0, 1 }, { HTTP_GET, "/same", 2, 2 },
		{ HTTP_GET, "/refuse", 5, 3 }, { HTTP_GET, "/fail", 8, 4 },
		{ HTTP_GET, "/none", ROUTES - 1, 3 },
		{ HTTP_PATCH, "/fine", ROUTES - 1, 3 },
	};
	struct errinfo e = { 0 };
	struct response s;
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		prepare();
		struct fake_request f = request(rows[i].method, rows[i].path);
		run(&f);
		finish(&f);
		assert_int_equal(counts[rows[i].row].by_class[rows[i].class], 1);
		assert_int_equal(counts[rows[i].row].bytes, 5);
	}
	prepare();
	struct fake_request f = request((enum http_method)0, "/");
	(void)ERR(&e, HEADERS, "too many");
	route_http_app.error(&f.r, &e, &s);
	assert_int_equal(s.status, 431);
	f.answer.status = s.status;
	finish(&f);
	assert_int_equal(counts[ROUTES - 1].by_class[3], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_http_answers),
		cmocka_unit_test(t_http_overwriting_is_not_cached),
		cmocka_unit_test(t_http_permission_comes_first),
		cmocka_unit_test(t_http_control_rows_have_their_socket),
		cmocka_unit_test(t_up_body_goes_to_its_row),
		cmocka_unit_test(t_http_answer_comes_later),
		cmocka_unit_test(t_http_counts),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

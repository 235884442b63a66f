/* The dispatcher: what a row says is enforced before its handler runs, and errors become answers.
 * Long because its rows are asked of one table of routes. */
#include "route_fixture.h"
#include "indexer/base/log.h"
#include "indexer/format/name.h"
#include "indexer/ingest/ingest.h"
#include "server/route/app.h"
#include "server/auth/slowed.h"
#include "server/route/audit.h"
#include "server/route/member_page.h"
#include "server/route/rate.h"

#define HERE "127.0.0.1:8879"
#define JSON_TYPE "application/json; charset=utf-8"
#define PROBLEM_TYPE "application/problem+json"
#define IMMUTABLE "public, max-age=31536000, immutable"

/* ---- who asks, and what he may ---- */

/* What is asked of server/auth, answered by a table: the roles that the caller has in a repository. */
struct fake_auth {
	enum caller_kind kind;
	unsigned roles;                  /* of enum role; ROLE_ADMIN stands for itself alone here */
	const char *chart;               /* the only one he may push; NULL: any */
	bool manages, people, ambient;
	enum err refused;                /* of auth_identify */
	unsigned waits;                  /* how often a password has to be hashed first */
};
static struct fake_auth who;
static enum visibility visibility;

enum err auth_identify(struct auth *a, struct request *r, bool open, struct caller *ret,
                       struct sign_in **wait, struct errinfo *e)
{
	(void)a, (void)open;
	*wait = who.waits ? (struct sign_in *)(uintptr_t)&who : NULL;
	if (who.waits) {
		who.waits--;
		http_hold(r);
		return OK;
	}
	ret->kind = who.kind;
	ret->ambient = who.ambient;
	return who.refused ? (enum err)(err_set(e, who.refused, "wrong")) : OK;
}

bool auth_may(struct auth *a, const struct caller *c, enum role role, struct str repo,
              struct str chart)
{
	(void)a, (void)c, (void)repo;
	return (who.roles & role) && (!chart.n || !who.chart || str_eq_c(chart, who.chart));
}

bool auth_manages(struct auth *a, const struct caller *c) { return (void)a, (void)c, who.manages; }

bool auth_has_people(struct auth *a) { return (void)a, who.people; }

enum visibility ingest_visibility(struct ingest *g, struct str repo)
{
	return (void)g, (void)repo, visibility;
}

enum err ingest_check_name(struct ingest *g, struct str repo, struct errinfo *e)
{
	(void)g;
	return repo_name_check(repo, e);
}

/* What a repository says of it is tests/wire/test_downloads.py's to ask. */
struct snapshot *ingest_snapshot(struct ingest *g, struct str repo) { return (void)g, (void)repo, NULL; }

struct str ingest_renamed(struct ingest *g, struct str repo)
{
	return (void)g, (void)repo, (struct str){ 0 };
}

/* There are no virtual repositories here: tests/wire/test_views.py has some. */
bool member_page(struct call *c, struct path *p) { return (void)c, (void)p, false; }

/* What the audit log is told is tests/wire/test_audit.py's to ask. */
void audit_call(const struct call *c, bool known, int status)
{
	(void)c, (void)known, (void)status;
}

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

static enum err fill_up(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	c->r->arena.limit = 1;
	return ERR(e, NOMEM, "answer");
}

/* As what is fetched for who looks at a chart. */
static enum err ask_often(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	while (!rate_of_fetches(c, e))
		;
	return e->code;
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
	ROW(HTTP_GET, "/often", ask_often, MAY_READ, DIALECT_CHARTMUSEUM, CACHE_REVALIDATE),
	ROW(HTTP_GET, "/think", think, MAY_READ, DIALECT_CHARTMUSEUM, CACHE_REVALIDATE),
	ROW(HTTP_DELETE, "/fine", say_fine, MAY_DELETE, DIALECT_CHARTMUSEUM, CACHE_NEVER),
	{ .methods = HTTP_PUT | HTTP_POST, .pattern = "/fine", .handle = say_fine, .begin = begin,
	  .body = body, .end = end,
	  .may = MAY_PUBLISH, .dialect = DIALECT_CHARTMUSEUM, .cache = CACHE_NEVER },
	ROW(HTTP_GET, "/{repo?}/x", say_fine, MAY_READ, DIALECT_CHARTMUSEUM, CACHE_NEVER),
	ROW(HTTP_POST, "/manage", say_fine, MAY_MANAGE, DIALECT_PROBLEM, CACHE_NEVER),
	ROW(HTTP_POST, "/{repo?}/manage", say_fine, MAY_MANAGE, DIALECT_PROBLEM, CACHE_NEVER),
	ROW(HTTP_POST, "/{repo?}/settings", say_fine, MAY_ADMIN, DIALECT_PROBLEM, CACHE_NEVER),
	ROW(HTTP_PUT, "/{repo?}/x", say_fine, MAY_PUBLISH, DIALECT_CHARTMUSEUM, CACHE_NEVER),
	ROW(HTTP_DELETE, "/{repo?}/x", say_fine, MAY_DELETE, DIALECT_CHARTMUSEUM, CACHE_NEVER),
	ROW(HTTP_POST, "/control/x", say_fine, MAY_CONTROL, DIALECT_PROBLEM, CACHE_NEVER),
	ROW(HTTP_GET, "/forgotten", say_fine, 0, DIALECT_CHARTMUSEUM, CACHE_NEVER),
	ROW(HTTP_GET, "/full", fill_up, MAY_READ, DIALECT_CHARTMUSEUM, CACHE_NEVER),
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
	who = (struct fake_auth){ .kind = CALLER_LOCAL, .roles = 15, .manages = true };
	visibility = REPO_PUBLIC;
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
		       .local = true, .listen = STR(HERE), .app = &app },
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
	if (f->answer.release)
		f->answer.release(f->answer.release_ctx);
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
		{ HTTP_GET, "/forgotten", 403, JSON_TYPE, "no-store", "",
		  "{\"error\":\"nobody may do this\",\"code\":\"not_allowed\",\"request_id\":\"id\"}\n" },
		{ HTTP_GET, "/refuse", 409, JSON_TYPE, "no-store", "",
		  "{\"error\":\"chart \\\"x\\\" exists\",\"code\":\"version_exists\",\"request_id\":\"id\",\"digest\":\"a\\\"b\"}\n" },
		{ HTTP_GET, "/problem", 409, PROBLEM_TYPE, "no-store", "",
		  "{\"type\":\"about:blank\",\"title\":\"This version exists already with other bytes.\",\"status\":409,"
		  "\"error\":\"chart \\\"x\\\" exists\",\"detail\":\"chart \\\"x\\\" exists\",\"code\":\"version_exists\",\"request_id\":\"id\",\"digest\":\"a\\\"b\"}\n" },
		{ HTTP_GET, "/page", 409, "text/plain; charset=utf-8", "no-store", "",
		  "409 This version exists already with other bytes.\nchart \"x\" exists\nrequest id: id\n" },
		{ HTTP_GET, "/fail", 500, JSON_TYPE, "no-store", "",
		  "{\"error\":\"The storage reported an error; the server's log has the details.\","
		  "\"code\":\"storage_error\",\"request_id\":\"id\"}\n" },
		{ HTTP_GET, "/none", 404, JSON_TYPE, "no-store", "",
		  "{\"error\":\"not found\",\"code\":\"not_found\",\"request_id\":\"id\"}\n" },
		{ HTTP_GET, "/api/v1/none", 404, PROBLEM_TYPE, "no-store", "",
		  "{\"type\":\"about:blank\",\"title\":\"There is nothing here by that name.\",\"status\":404,"
		  "\"error\":\"not found\",\"detail\":\"not found\",\"code\":\"not_found\",\"request_id\":\"id\"}\n" },
		{ HTTP_GET, "/api/v1none", 404, JSON_TYPE, "no-store", "",
		  "{\"error\":\"not found\",\"code\":\"not_found\",\"request_id\":\"id\"}\n" },
		{ HTTP_GET, "/Team/x", 404, JSON_TYPE, "no-store", "",
		  "{\"error\":\"repository \\\"Team\\\": a segment is 1 to 63 of a-z, 0-9, '.', '_' and '-', and begins "
		  "with a letter or a digit\",\"code\":\"not_found\",\"request_id\":\"id\"}\n" },
		{ HTTP_GET, "/a/b/c/x", 404, JSON_TYPE, "no-store", "",
		  "{\"error\":\"repository \\\"a/b/c\\\": more than two segments\",\"code\":\"not_found\","
		  "\"request_id\":\"id\"}\n" },
		{ HTTP_POST, "/Team/x", 404, JSON_TYPE, "no-store", "",
		  "{\"error\":\"not found\",\"code\":\"not_found\",\"request_id\":\"id\"}\n" },
		{ HTTP_PATCH, "/fine", 405, JSON_TYPE, "no-store", "GET, HEAD, POST, PUT, DELETE",
		  "{\"error\":\"this address takes GET, HEAD, POST, PUT, DELETE\",\"code\":\"method_not_allowed\",\"request_id\":\"id\"}\n" },
		{ HTTP_OPTIONS, "/open", 405, JSON_TYPE, "no-store", "GET, HEAD",
		  "{\"error\":\"this address takes GET, HEAD\",\"code\":\"method_not_allowed\",\"request_id\":\"id\"}\n" },
		{ HTTP_POST, "/control/x", 404, JSON_TYPE, "no-store", "",
		  "{\"error\":\"not found\",\"code\":\"not_found\",\"request_id\":\"id\"}\n" },
		{ HTTP_GET, "/%00", 400, JSON_TYPE, "no-store", "",
		  "{\"error\":\"\\\"%00\\\" in the address: control character\",\"code\":\"invalid_request\",\"request_id\":\"id\"}\n" },
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
		f.r.local = !rows[i].stranger;
		if (rows[i].stranger)
			who = (struct fake_auth){ .kind = CALLER_ANONYMOUS };
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

static void an_error_needs_no_room_of_the_request(void **state)
{
	(void)state;
	prepare();
	struct fake_request f = request(HTTP_GET, "/full");
	run(&f);
	assert_int_equal(f.answer.status, 503);
	if (!str_eq_c(f.answer.bytes, "{\"error\":\"The server has no memory left for this; try again in a moment.\","
	                              "\"code\":\"out_of_memory\",\"request_id\":\"id\"}\n"))
		fail_msg("%.*s", STR_ARG(f.answer.bytes));
	finish(&f);
}

/* Whoever asks before the catalog is loaded finds nothing wrong: a busy worker later is another thing. */
static void starting_is_no_error_in_the_log(void **state)
{
	FILE *out = tmpfile();
	char line[512];
	(void)state;
	assert_non_null(out);
	log_setup(fileno(out), LOG_TEXT, LOG_INFO);
	prepare();
	app.ingest = NULL;
	struct fake_request f = request(HTTP_GET, "/problem");
	run(&f);
	assert_string_equal(f.answer.content_type, PROBLEM_TYPE);
	finish(&f);
	log_setup(2, LOG_TEXT, LOG_INFO);
	rewind(out);
	assert_non_null(fgets(line, sizeof line, out));
	assert_non_null(strstr(line, " WARN request.failed "));
	assert_non_null(strstr(line, "code=busy"));
	(void)fclose(out);
}

/* ---- who may what ---- */

struct permission_row {
	const char *name;
	struct fake_auth who;
	enum visibility visibility;
	enum http_method method;
	const char *path;
	int status;
	const char *cache;               /* NULL: no-store */
};

#define NOBODY { .kind = CALLER_ANONYMOUS, .people = true }
#define USER(has) { .kind = CALLER_USER, .people = true, .roles = has }

static const struct permission_row permission_rows[] = {
	{ "public, nobody", NOBODY, REPO_PUBLIC, HTTP_GET, "/kept", 200, IMMUTABLE },
	{ "public, a user", USER(ROLE_PULL), REPO_PUBLIC, HTTP_GET, "/kept", 200, IMMUTABLE },
	{ "private, nobody", NOBODY, REPO_PRIVATE, HTTP_GET, "/a/x", 404, NULL },
	{ "absent, nobody", NOBODY, REPO_ABSENT, HTTP_GET, "/a/x", 404, NULL },
	{ "private, a reader", USER(ROLE_PULL), REPO_PRIVATE, HTTP_GET, "/kept", 200,
	  "private, max-age=31536000, immutable" },
	{ "private index, a reader", USER(ROLE_PULL), REPO_PRIVATE, HTTP_GET, "/fine", 200,
	  "private, no-cache" },
	{ "private, no reader", USER(ROLE_PUSH), REPO_PRIVATE, HTTP_GET, "/a/x", 404, NULL },
	{ "push to public, nobody", NOBODY, REPO_PUBLIC, HTTP_PUT, "/a/x", 401, NULL },
	{ "push to private, nobody", NOBODY, REPO_PRIVATE, HTTP_PUT, "/a/x", 404, NULL },
	{ "push to absent, nobody", NOBODY, REPO_ABSENT, HTTP_PUT, "/a/x", 404, NULL },
	{ "push to public, a reader", USER(ROLE_PULL), REPO_PUBLIC, HTTP_PUT, "/a/x", 403, NULL },
	{ "push to private, a reader", USER(ROLE_PULL), REPO_PRIVATE, HTTP_PUT, "/a/x", 403, NULL },
	{ "push to private, a deleter", USER(ROLE_DELETE), REPO_PRIVATE, HTTP_PUT, "/a/x", 404, NULL },
	{ "push to private", USER(ROLE_PUSH), REPO_PRIVATE, HTTP_PUT, "/a/x", 200, NULL },
	{ "push to absent", USER(ROLE_PUSH), REPO_ABSENT, HTTP_PUT, "/a/x", 200, NULL },
	{ "delete, a pusher", USER(ROLE_PUSH), REPO_PUBLIC, HTTP_DELETE, "/a/x", 403, NULL },
	{ "delete", USER(ROLE_DELETE), REPO_PRIVATE, HTTP_DELETE, "/a/x", 200, NULL },
	{ "settings, a pusher", USER(ROLE_PUSH | ROLE_PULL), REPO_PUBLIC, HTTP_POST, "/a/settings", 403, NULL },
	{ "settings", USER(ROLE_ADMIN), REPO_PRIVATE, HTTP_POST, "/a/settings", 200, NULL },
	{ "manage, nobody", NOBODY, REPO_PUBLIC, HTTP_POST, "/manage", 401, NULL },
	{ "manage, a repository's administrator", USER(ROLE_ADMIN), REPO_PUBLIC, HTTP_POST, "/manage", 403, NULL },
	{ "manage", { .kind = CALLER_USER, .people = true, .manages = true }, REPO_PUBLIC, HTTP_POST, "/manage", 200, NULL },
	{ "wrong, where all may", { .refused = ERR_UNAUTHORIZED }, REPO_PUBLIC, HTTP_GET, "/open", 401, NULL },
	{ "wrong, where nothing is", { .refused = ERR_UNAUTHORIZED }, REPO_PUBLIC, HTTP_GET, "/nothing", 401, NULL },
	{ "malformed", { .refused = ERR_INVALID }, REPO_PUBLIC, HTTP_GET, "/open", 400, NULL },
	{ "too fast", { .refused = ERR_TOO_MANY }, REPO_PUBLIC, HTTP_GET, "/open", 429, NULL },
};

static void t_auth_05_permissions(void **state)
{
	const struct permission_row *row = *state;
	prepare();
	who = row->who;
	visibility = row->visibility;
	struct fake_request f = request(row->method, row->path);
	run(&f);
	assert_int_equal(f.answer.status, row->status);
	assert_string_equal(header(&f, "WWW-Authenticate"),
	                    row->status == 401 ? "Basic realm=\"chartlocker\"" : "");
	assert_string_equal(header(&f, "Retry-After"), row->status == 429 ? "30" : "");
	assert_string_equal(header(&f, "Cache-Control"), row->cache ? row->cache : "no-store");
	bool is_private = row->cache && strstr(row->cache, "private");
	if (row->method == HTTP_GET)
		assert_string_equal(header(&f, "Vary"), is_private ? "Authorization" : "");
	finish(&f);
}

/* Who administers the repository is told that this takes more. */
static void t_auth_what_a_refusal_asks_for(void **state)
{
	static const struct { const char *path, *detail; } rows[] = {
		{ "/a/manage", "this takes the role admin:*" },
		{ "/a/settings", "your roles do not let you administer repository \\\"a\\\"" },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		prepare();
		who = (struct fake_auth)USER(i ? ROLE_PULL : ROLE_ADMIN | ROLE_PULL);
		struct fake_request f = request(HTTP_POST, rows[i].path);
		run(&f);
		assert_int_equal(f.answer.status, 403);
		if (!memmem(f.answer.bytes.p, f.answer.bytes.n, rows[i].detail, strlen(rows[i].detail)))
			fail_msg("%.*s", STR_ARG(f.answer.bytes));
		finish(&f);
	}
}

static void t_http_asked_too_often(void **state)
{
	(void)state;
	prepare();
	who = (struct fake_auth){ .kind = CALLER_ANONYMOUS };
	app.reads_per_second = app.reads_burst = 1;
	assert_int_equal(slowed_new(&app.asked, NULL), OK);
	struct fake_request f = request(HTTP_GET, "/often");
	f.r.remote = STR("192.0.2.1");
	run(&f);
	assert_int_equal(f.answer.status, 429);
	assert_string_equal(header(&f, "Retry-After"), "1");
	finish(&f);
	slowed_free(app.asked);
}

/* A private repository is not told from one that is not there, whoever asks and for what. */
static void t_auth_07_private_is_as_absent(void **state)
{
	static const struct { enum http_method method; const char *path; } rows[] = {
		{ HTTP_GET, "/a/x" }, { HTTP_PUT, "/a/x" }, { HTTP_DELETE, "/a/x" },
		{ HTTP_POST, "/a/settings" },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (int user = 0; user < 2; user++) {
			struct fake_request f[2];
			for (int absent = 0; absent < 2; absent++) {
				prepare();
				who = (struct fake_auth){ .people = true,
				                          .kind = user ? CALLER_USER : CALLER_ANONYMOUS };
				visibility = absent ? REPO_ABSENT : REPO_PRIVATE;
				f[absent] = request(rows[i].method, rows[i].path);
				run(&f[absent]);
			}
			assert_int_equal(f[0].answer.status, 404);
			assert_int_equal(f[1].answer.status, 404);
			assert_true(str_eq(f[0].answer.bytes, f[1].answer.bytes));
			assert_int_equal(f[0].answer.header_count, f[1].answer.header_count);
			for (size_t k = 0; k < f[0].answer.header_count; k++) {
				assert_string_equal(f[0].answer.headers[k].name, f[1].answer.headers[k].name);
				assert_string_equal(f[0].answer.headers[k].value, f[1].answer.headers[k].value);
			}
			finish(&f[0]);
			finish(&f[1]);
		}
}

/* The chart's real name is judged in the writer's transaction, and so is a right that was lost. */
static void t_up_10_rights_are_asked_again(void **state)
{
	static const struct { const char *name, *chart, *only; unsigned roles; enum err err; } rows[] = {
		{ "may", "redis", NULL, ROLE_PUSH, OK },
		{ "this one", "redis", "redis", ROLE_PUSH, OK },
		{ "another one", "nginx", "redis", ROLE_PUSH | ROLE_PULL, ERR_DENIED },
		{ "no name", "", "redis", ROLE_PUSH | ROLE_PULL, ERR_DENIED },
		{ "lost", "redis", NULL, ROLE_PULL, ERR_DENIED },
		{ "all lost", "redis", NULL, 0, ERR_REPO_NOT_FOUND },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct errinfo e = { 0 };
		prepare();
		who = (struct fake_auth){ .kind = CALLER_TOKEN, .people = true, .roles = ROLE_PUSH };
		visibility = REPO_PRIVATE;
		struct fake_request f = request(HTTP_PUT, "/a/x");
		run(&f);
		assert_int_equal(f.answer.status, 200);
		struct change change = { .repo = STR("a"), .ctx = f.r.app_data,
		                         .result.name = str_c(rows[i].chart) };
		who.roles = rows[i].roles;
		who.chart = rows[i].only;
		assert_int_equal(call_allows(&change, &e), rows[i].err);
		finish(&f);
	}
}

/* Another site's page cannot use a login that the browser keeps. */
static void t_auth_other_sites_do_not_write(void **state)
{
	static const struct { const char *site; bool ambient; int status; } rows[] = {
		{ "cross-site", true, 403 }, { "same-site", true, 403 }, { "same-origin", true, 200 },
		{ "none", true, 200 }, { NULL, true, 200 }, { "cross-site", false, 200 },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		prepare();
		who = (struct fake_auth){ .kind = CALLER_USER, .people = true, .roles = ROLE_PUSH,
		                          .ambient = rows[i].ambient };
		struct fake_request f = request(HTTP_PUT, "/a/x");
		f.headers[1].name = rows[i].site ? "Sec-Fetch-Site" : NULL;
		f.headers[1].value = rows[i].site;
		run(&f);
		assert_int_equal(f.answer.status, rows[i].status);
		finish(&f);
	}
}

static void t_auth_waits_for_a_password(void **state)
{
	(void)state;
	for (unsigned wrong = 0; wrong < 2; wrong++) {
		prepare();
		who = (struct fake_auth){ .kind = CALLER_USER, .people = true, .roles = ROLE_PUSH,
		                          .waits = 1, .refused = wrong ? ERR_UNAUTHORIZED : OK };
		struct fake_request f = request(HTTP_POST, "/fine");
		route_http_app.begin(&f.r);
		assert_int_equal(f.holds, 1);
		assert_int_equal(f.answers, 0);
		assert_null(f.r.body.write);
		route_http_app.resumed(&f.r);
		assert_int_equal(f.answers, wrong);
		assert_int_equal(f.r.body.write != NULL, !wrong);
		finish(&f);
	}
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
	                     "{\"error\":\"bad\",\"code\":\"archive_refused\",\"request_id\":\"id\"}\n"));
	s.release(s.release_ctx);
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
		cmocka_unit_test(an_error_needs_no_room_of_the_request),
		cmocka_unit_test(starting_is_no_error_in_the_log),
		cmocka_unit_test(t_auth_what_a_refusal_asks_for),
		cmocka_unit_test(t_http_asked_too_often),
		cmocka_unit_test(t_auth_07_private_is_as_absent),
		cmocka_unit_test(t_up_10_rights_are_asked_again),
		cmocka_unit_test(t_auth_other_sites_do_not_write),
		cmocka_unit_test(t_auth_waits_for_a_password),
		cmocka_unit_test(t_http_control_rows_have_their_socket),
		cmocka_unit_test(t_up_body_goes_to_its_row),
		cmocka_unit_test(t_http_answer_comes_later),
		cmocka_unit_test(t_http_counts),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("t_auth_05_permissions", t_auth_05_permissions, permission_rows);
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}

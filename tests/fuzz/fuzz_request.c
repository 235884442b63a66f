/* The head of a request from arbitrary bytes: the first line is the address, the next ones are
 * values of headers, in the order of `head` below.
 *
 * What must hold: the segments of a path that is accepted are harmless and the path written from
 * them is the same path; a route gets only names that passed their check; what is sent of an
 * entity lies within it; a date that is read is written the same.                            */
#include "fuzz.h"

#include "indexer/format/name.h"
#include "server/route/app.h"
#include "server/routes.h"

static const struct app app = { .routes = routes, .default_repo = "main" };

static void check_same_path(struct arena *a, const struct path *path)
{
	AUTO_SBUF struct sbuf b = sbuf_make(HTTP_URI_MAX_BYTES);
	struct path again;
	for (size_t i = 0; i < path->count; i++) {
		sbuf_putc(&b, '/');
		url_segment_encode(&b, path->segment[i]);
	}
	if (!sbuf_ok(&b))
		return;                          /* longer than an address may be */
	REQUIRE(http_path_parse(a, sbuf_str(&b), &again, NULL) == OK && again.count == path->count);
	REQUIRE(again.trailing_slash == path->trailing_slash);
	for (size_t i = 0; i < path->count; i++)
		REQUIRE(str_eq(again.segment[i], path->segment[i]));
}

static void check_route(const struct path *path, enum http_method method)
{
	struct request r = { .method = method };
	struct call c = { .r = &r, .app = &app };
	unsigned allowed;
	const struct route *route = route_find(&app, &c, path, method, &allowed);
	if (route) {
		REQUIRE(allowed & (method == HTTP_HEAD ? HTTP_GET : method));
		REQUIRE(!c.repo.p || repo_name_check(c.repo, NULL) == OK);
		REQUIRE(!str_has(c.name, '/') && !str_has(c.version, '/') && !str_has(c.file, '/'));
	}
	arena_done(&r.arena);
}

static void check_path(struct arena *a, struct str raw)
{
	struct path path;
	struct errinfo e = { 0 };
	if (http_path_parse(a, raw, &path, &e) != OK) {
		REQUIRE(e.code == ERR_INVALID || e.code == ERR_URI_TOO_LONG);
		return;
	}
	REQUIRE(path.count && path.count <= HTTP_SEGMENTS_MAX);
	for (size_t i = 0; i < path.count; i++) {
		struct str s = path.segment[i];
		REQUIRE((s.n || i + 1 == path.count) && str_is_utf8(s));
		REQUIRE(!str_has(s, '/') && !str_has(s, '\0') && !str_eq_c(s, "..") && !str_eq_c(s, "."));
	}
	check_same_path(a, &path);
	for (unsigned method = HTTP_GET; method <= HTTP_OPTIONS; method *= 2)
		check_route(&path, (enum http_method)method);
}

static void check_query(struct arena *a, struct str raw)
{
	struct query query;
	if (http_query_parse(a, raw, &query, NULL) != OK)
		return;
	REQUIRE(query.count <= HTTP_QUERY_PARAMS_MAX);
	for (size_t i = 0; i < query.count; i++)
		REQUIRE(str_is_utf8(query.params[i].name) && str_is_utf8(query.params[i].value));
}

static void check_conditions(const struct conditions *c, uint64_t bytes)
{
	const struct entity entity = { STR("\"etag\""), 784111777000000000, bytes, true };
	struct verdict v;
	http_evaluate(&entity, c, &v);
	REQUIRE(v.status == 200 || v.status == 206 || v.status == 304 || v.status == 412 ||
	        v.status == 416);
	REQUIRE(v.offset <= bytes && v.length <= bytes - v.offset);
	REQUIRE(v.status != 206 || v.length);
	REQUIRE(v.status != 200 || v.length == bytes);
}

static void check_date(struct str text)
{
	char again[HTTP_DATE_BYTES];
	int64_t ns;
	if (!http_date_parse(text, &ns))
		return;
	http_date(ns, again);
	REQUIRE(str_eq_c(text, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena a = { 0 };
	struct conditions c = { 0 };
	struct str accept = { 0 }, host = { 0 };
	struct str *const head[] = { &host, &accept, &c.range, &c.if_range, &c.if_none_match,
		                     &c.if_modified_since, &c.if_match };
	struct str lines = str_make(data, size), query = str_cut(&lines, '\n', NULL);
	struct str path = str_cut(&query, '?', NULL);
	for (size_t i = 0; i < sizeof head / sizeof *head; i++)
		*head[i] = str_cut(&lines, '\n', NULL);
	check_path(&a, path);
	check_query(&a, query);
	check_conditions(&c, 0);
	check_conditions(&c, 1000);
	check_date(c.if_modified_since);
	REQUIRE(!http_host_is_valid(host) || (host.n && str_is_utf8(host)));
	(void)http_accepts_gzip(accept);
	return 0;
}

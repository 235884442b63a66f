/* What a request line and its headers hold, from arbitrary bytes. Input: lines, the first is the
 * path, then the query, the conditions in the order of struct conditions, Accept-Encoding, Host.  */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/http/message.h"

#define REQUIRE(condition) do { if (!(condition)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_path(struct str raw)
{
	AUTO_ARENA struct arena a = { .limit = REQUEST_ARENA_MAX_BYTES };
	struct path path = { .count = SIZE_MAX };
	enum err code = http_path_parse(&a, raw, &path, NULL);
	REQUIRE(code == OK || code == ERR_INVALID || code == ERR_URI_TOO_LONG);
	REQUIRE((code == OK) == (path.count != SIZE_MAX));
	if (code)
		return;
	REQUIRE(path.count && path.count <= HTTP_SEGMENTS_MAX);
	for (size_t i = 0; i < path.count; i++) {
		struct str s = path.segment[i];
		REQUIRE(s.n || (i + 1 == path.count && path.trailing_slash));
		REQUIRE(!str_has(s, '/') && !str_has(s, '\0') && !str_eq_c(s, "..") && str_is_utf8(s));
	}
}

static void check_query(struct str raw)
{
	AUTO_ARENA struct arena a = { .limit = REQUEST_ARENA_MAX_BYTES };
	struct query q = { .count = SIZE_MAX };
	enum err code = http_query_parse(&a, raw, &q, NULL);
	REQUIRE(code == OK || code == ERR_INVALID || code == ERR_URI_TOO_LONG);
	REQUIRE((code == OK) == (q.count != SIZE_MAX));
	for (size_t i = 0; !code && i < q.count; i++)
		REQUIRE(q.params[i].has_value || !q.params[i].value.n);
}

static void check_verdict(const struct entity *en, const struct conditions *c)
{
	struct verdict v;
	http_evaluate(en, c, &v);
	switch (v.status) {
	case 200:
		REQUIRE(v.offset == 0 && v.length == en->bytes);
		break;
	case 206:
		REQUIRE(en->ranges && c->range.n && v.length && v.length <= en->bytes);
		REQUIRE(v.offset <= en->bytes - v.length);
		break;
	case 416:
		REQUIRE(en->ranges && c->range.n && !v.length);
		break;
	case 304:
		REQUIRE((c->if_none_match.n || c->if_modified_since.n) && !v.length);
		break;
	default:
		REQUIRE(v.status == 412 && c->if_match.n && !v.length);
	}
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
	struct str rest = str_make(data, size);
	const struct entity entities[] = {
		{ STR("\"a\""), INT64_C(784111777000000000), 100, true },
		{ STR("\"a\""), 0, UINT64_MAX, true }, { { 0 }, 1, 0, true }, { STR("\"b\""), 1, 5, false },
	};
	check_path(str_cut(&rest, '\n', NULL));
	check_query(str_cut(&rest, '\n', NULL));
	struct conditions c;
	c.if_none_match = str_cut(&rest, '\n', NULL);
	c.if_modified_since = str_cut(&rest, '\n', NULL);
	c.if_match = str_cut(&rest, '\n', NULL);
	c.if_range = str_cut(&rest, '\n', NULL);
	c.range = str_cut(&rest, '\n', NULL);
	for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
		check_verdict(&entities[i], &c);
	check_date(c.if_modified_since);
	(void)http_accepts_gzip(str_cut(&rest, '\n', NULL));
	(void)http_host_is_valid(rest);
	return 0;
}

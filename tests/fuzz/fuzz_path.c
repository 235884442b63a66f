/* Percent-decoding of segments and query values, and names, from arbitrary bytes.
 *
 * What a decoder lets pass must be harmless as a path segment and must come back unchanged from
 * its encoded form; what is refused must leave the result alone.                             */
#include "fuzz.h"

#include "indexer/format/name.h"

static void check_plain(struct str text)
{
	REQUIRE(str_is_utf8(text));
	for (size_t i = 0; i < text.n; i++)
		REQUIRE((unsigned char)text.p[i] >= 0x20 && text.p[i] != 0x7f);
}

static void check_round_trip(struct arena *a, struct str text)
{
	AUTO_SBUF struct sbuf b = sbuf_make(SIZE_MAX / 2);
	struct str again = { 0 };
	url_segment_encode(&b, text);
	REQUIRE(sbuf_ok(&b));
	REQUIRE(url_segment_decode(a, sbuf_str(&b), &again, NULL) == OK);
	REQUIRE(str_eq(text, again));
}

typedef enum err decoder(struct arena *a, struct str raw, struct str *ret, struct errinfo *e);

static bool decodes(decoder *decode, struct arena *a, struct str raw, struct str *ret_text)
{
	struct errinfo e = { 0 };
	*ret_text = STR("untouched");
	if (decode(a, raw, ret_text, &e) != OK) {
		REQUIRE(e.code == ERR_INVALID && str_eq_c(*ret_text, "untouched"));
		return false;
	}
	check_plain(*ret_text);
	REQUIRE(ret_text->n <= raw.n);
	return true;
}

static void check_segment(struct arena *a, struct str raw)
{
	struct str text;
	if (!decodes(url_segment_decode, a, raw, &text))
		return;
	REQUIRE(!str_has(text, '/') && !str_has(text, '\\'));
	REQUIRE(!str_eq_c(text, ".") && !str_eq_c(text, ".."));
	check_round_trip(a, text);
}

/* A name that is accepted needs no decoding: it is its own encoded form. */
static void check_names(struct arena *a, struct str raw)
{
	struct str text = { 0 };
	if (chart_file_name_is_safe(raw)) {
		check_segment(a, raw);
		REQUIRE(url_segment_decode(a, raw, &text, NULL) == OK && str_eq(text, raw));
	}
	if (repo_name_check(raw, NULL) != OK)
		return;
	for (struct str rest = raw; rest.n;) {
		struct str segment = str_cut(&rest, '/', NULL);
		REQUIRE(repo_segment_is_valid(segment));
		REQUIRE(url_segment_decode(a, segment, &text, NULL) == OK && str_eq(text, segment));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str raw = str_make(data, size), text;
	check_segment(&a, raw);
	(void)decodes(url_query_decode, &a, raw, &text);
	REQUIRE(url_text_decode(&a, raw, &text, NULL) == OK && text.n <= 3 * raw.n);
	check_plain(text);
	check_names(&a, raw);
	return 0;
}

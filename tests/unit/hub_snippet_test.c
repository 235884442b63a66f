/* Snippets: which piece of a text shows why it was found. Matches stand in [] here. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/hub/snippet.h"

#define TEN "a1 a2 a3 a4 a5 a6 a7 a8 a9 a0 "
#define MORE "b1 b2 b3 b4 b5 b6 b7 b8 b9 b0 "

static const struct row { const char *name, *query, *text, *snippet; } rows[] = {
	{ "nothing", "redis", "", "" },
	{ "not in it", "redis", "a chart for postgres", "" },
	{ "all of a short text", "redis ", "A chart for Redis.", "A chart for [Redis]" },
	{ "at the front", "redis ", "Redis (in memory)", "[Redis] (in memory" },
	{ "twice", "redis ", "redis, REDIS; redisx", "[redis], [REDIS]; redisx" },
	{ "a beginning", "red", "redis or blue", "[redis] or blue" },
	{ "its plural", "broker ", "many brokers", "many [brokers]" },
	{ "white space", "redis ", "a\n\n  redis\t\x01 b", "a [redis] b" },
	{ "the start of more", "redis ", "redis " TEN MORE TEN,
	  "[redis] a1 a2 a3 a4 a5 a6 a7 a8 a9 a0 b1 b2 b3 b4 b5 b6 b7 b8 b9 b0 a1 a2 a3 …" },
	{ "the middle", "redis ", TEN "redis " TEN MORE,
	  "… a5 a6 a7 a8 a9 a0 [redis] a1 a2 a3 a4 a5 a6 a7 a8 a9 a0 b1 b2 b3 b4 b5 b6 b7 …" },
	{ "the end", "redis ", TEN "redis", "… a5 a6 a7 a8 a9 a0 [redis]" },
	{ "where most words are", "redis cluster ", "redis " TEN MORE "x redis cluster y",
	  "… b6 b7 b8 b9 b0 x [redis] [cluster] y" },
	{ "both, apart", "redis cluster ", "redis " TEN "cluster", "[redis] a1 a2 a3 a4 a5 a6 a7 a8 a9 a0 [cluster]" },
	{ "a name in one word", "cert-manager ", "the certmanager chart", "the [certmanager] chart" },
	{ "a phrase", "\"message queue\"", "a message queue", "a [message] [queue]" },
	{ "either", "drupal or joomla ", "has joomla", "has [joomla]" },
	{ "not what is excluded, or a field", "redis -cluster name:chart", "redis chart cluster",
	  "[redis] chart cluster" },
	{ "not what every chart has", "helm redis ", "helm redis", "helm [redis]" },
	{ "accents", "cafe ", "au Caf\xc3\xa9!", "au [Caf\xc3\xa9]" },
	{ "bytes that are no text", "redis ", "\xff\xfe redis \xff", "[redis]" },
	{ "a run without end", "redis ", "redis ======================================================="
	  "======================================================= end",
	  "[redis] ======================================================================================"
	  "=============… end" },
};

static const char *with_brackets(struct str piece, char *told, size_t size)
{
	(void)snprintf(told, size, "%.*s", STR_ARG(piece));
	for (size_t i = 0; told[i]; i++)
		told[i] = told[i] == 2 ? '[' : told[i] == 3 ? ']' : told[i];
	return told;
}

static void t_snippet(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct query q;
	struct snippet_words *words;
	struct str piece;
	char told[1000];
	assert_int_equal(query_read(&a, str_c(row->query), 0, &q, NULL), OK);
	assert_int_equal(snippet_words_of(&a, &q, &words, NULL), OK);
	assert_int_equal(snippet_make(&a, words, str_c(row->text), &piece, NULL), OK);
	assert_string_equal(with_brackets(piece, told, sizeof told), row->snippet);
}

static void t_mark(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct query q;
	struct snippet_words *words;
	struct str text;
	assert_int_equal(query_read(&a, STR("redis clu"), 0, &q, NULL), OK);
	assert_int_equal(snippet_words_of(&a, &q, &words, NULL), OK);
	assert_int_equal(snippet_mark(&a, words, STR("(Redis, \x02 in a cluster!)"), &text, NULL), OK);
	assert_true(str_eq(text, STR("(\x02Redis\x03, in a \x02" "cluster\x03!)")));
	assert_int_equal(snippet_mark(&a, words, STR(""), &text, NULL), OK);
	assert_int_equal(text.n, 0);
}

static const struct left_row { const char *name, *query, *row, *text, *snippet; } left_rows[] = {
	{ "none", "redis cluster ", "Redis-cluster", "redis, cluster", "" },
	{ "one of two", "redis argo ", "redis", "redis, argo, argo-cd", "redis, [argo], [argo]-cd" },
	{ "all", "redis argo ", "", "redis, argo", "[redis], [argo]" },
	{ "not in the text either", "redis argo ", "redis", "redis", "" },
	{ "no words", "", "redis", "redis", "" },
	{ "the beginning of a word", "mon", "a monitor", "money", "" },
};

static void t_left(void **state)
{
	const struct left_row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	const struct str texts[] = { STR("a chart"), str_c(row->row) };
	struct query q;
	struct snippet_words *words, *left;
	struct str piece = STR("");
	char told[100];
	assert_int_equal(query_read(&a, str_c(row->query), 0, &q, NULL), OK);
	assert_int_equal(snippet_words_of(&a, &q, &words, NULL), OK);
	assert_int_equal(snippet_words_left(&a, words, texts, 2, &left, NULL), OK);
	if (left)
		assert_int_equal(snippet_make(&a, left, str_c(row->text), &piece, NULL), OK);
	assert_string_equal(with_brackets(piece, told, sizeof told), row->snippet);
}

/* As long as they come: one word, and as many words as there is room for. */
static void t_long_text(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	static char text[SEARCH_README_MAX_BYTES];
	struct query q;
	struct snippet_words *words;
	struct str piece;
	memset(text, 'x', sizeof text);
	assert_int_equal(query_read(&a, STR("x"), 0, &q, NULL), OK);
	assert_int_equal(snippet_words_of(&a, &q, &words, NULL), OK);
	assert_int_equal(snippet_make(&a, words, str_make(text, sizeof text), &piece, NULL), OK);
	assert_true(piece.n > 0 && piece.n < 200);
	for (size_t i = 1; i < sizeof text; i += 2)
		text[i] = ' ';
	assert_int_equal(snippet_make(&a, words, str_make(text, sizeof text), &piece, NULL), OK);
	assert_int_equal(piece.n, SNIPPET_WORDS * 3 + SNIPPET_WORDS - 1 + sizeof " …" - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t_long_text), cmocka_unit_test(t_mark) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += RUN_TABLE("snippet", t_snippet, rows);
	return failed + RUN_TABLE("left", t_left, left_rows);
}

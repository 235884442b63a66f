/* Distances of words, beside the whole table of them, and which of several names is meant. */
#include "table.h"

#include "indexer/hub/nearest.h"
#include "indexer/hub/word.h"

struct row { const char *name, *typed, *word; unsigned max, whole, beginning; };

static const struct row rows[] = {
	{ "the same", "redis", "redis", 2, 0, 0 },
	{ "nothing", "", "", 2, 0, 0 },
	{ "one more", "grafanna", "grafana", 2, 1, 1 },
	{ "one less", "rabitmq", "rabbitmq", 2, 1, 1 },
	{ "another", "mysq1", "mysql", 1, 1, 1 },
	{ "swapped", "longhron", "longhorn", 2, 1, 1 },
	{ "swapped at the front", "ergis", "regis", 1, 1, 1 },
	{ "swapped at the end", "mariabd", "mariadb", 2, 1, 1 },
	{ "two", "promethus", "prometheuss", 2, 2, 1 },
	{ "too many", "abcdef", "uvwxyz", 2, 3, 3 },
	{ "too long", "redis", "redis-sentinel", 2, 3, 0 },
	{ "only the beginning", "postgers", "postgresql", 2, 3, 1 },
	{ "too short", "postgresql", "post", 2, 3, 3 },
	{ "no edits", "redis", "redid", 0, 1, 1 },
};

static void t_distance(void **state)
{
	const struct row *row = *state;
	assert_int_equal(nearest_distance(str_c(row->typed), str_c(row->word), row->max, false), row->whole);
	assert_int_equal(nearest_distance(str_c(row->typed), str_c(row->word), row->max, true),
	                 row->beginning);
}

/* By the definition. */
static unsigned distance(const char *a, size_t n, const char *b, size_t m)
{
	if (!n || !m)
		return (unsigned)(n + m);
	unsigned best = distance(a + 1, n - 1, b + 1, m - 1) + (*a != *b);
	unsigned left = distance(a + 1, n - 1, b, m) + 1, right = distance(a, n, b + 1, m - 1) + 1;
	best = left < best ? left : best;
	best = right < best ? right : best;
	if (n > 1 && m > 1 && a[0] == b[1] && a[1] == b[0]) {
		unsigned swapped = distance(a + 2, n - 2, b + 2, m - 2) + 1;
		best = swapped < best ? swapped : best;
	}
	return best;
}

static void t_definition(void **state)
{
	(void)state;
	unsigned seed = 7;
	for (unsigned round = 0; round < 3000; round++) {
		char a[6], b[6];
		size_t n = (seed = seed * 1103515245 + 12345) >> 16 & 3, m = n + (seed >> 20 & 1) + (seed >> 21 & 1);
		for (size_t i = 0; i < sizeof a; i++) {
			a[i] = (char)('a' + (seed = seed * 1103515245 + 12345) / 65536 % 3);
			b[i] = (char)('a' + (seed = seed * 1103515245 + 12345) / 65536 % 3);
		}
		unsigned want = distance(a, n, b, m), least = 9;
		for (size_t k = 0; k <= m; k++) {
			unsigned d = distance(a, n, b, k);
			least = d < least ? d : least;
		}
		for (unsigned max = 0; max < 4; max++) {
			assert_int_equal(nearest_distance(str_make(a, n), str_make(b, m), max, false),
			                 want < max ? want : want > max ? max + 1 : max);
			assert_int_equal(nearest_distance(str_make(a, n), str_make(b, m), max, true),
			                 least < max ? least : least > max ? max + 1 : max);
		}
	}
}

/* Names in the order of their kinds. */
static const struct meant { const char *name, *typed, *names, *best; } meant[] = {
	{ "the nearest", "longhron", "longshore longhorn", "longhorn" },
	{ "none", "longhron", "redis mysql", "" },
	{ "too short", "rs", "rds", "" },
	{ "one edit in a short word", "rdis", "redis", "redis" },
	{ "two in a short word", "rids", "redis", "" },
	{ "whole before beginnings", "mariadv", "mariadbs mariadb", "mariadb" },
	{ "a beginning", "postgers", "postgresql", "postgresql" },
	{ "no beginning of a short word", "grx", "grafana", "" },
	{ "the same first letter", "bedis", "redis bedit", "bedit" },
	{ "the shorter one", "abcdefg", "abcdxgg abcdxg", "abcdxg" },
	{ "the better kind", "abcdefg", "abcdefx abcdefy", "abcdefx" },
	{ "the alphabet", "abcdefg", "abcdefy", "abcdefy" },
};

static void t_meant(void **state)
{
	const struct meant *row = *state;
	struct nearest n = nearest_of(str_c(row->typed), true);
	struct str rest = str_c(row->names);
	for (unsigned kind = 0; rest.n; kind++) {
		struct str word = str_cut(&rest, ' ', NULL);
		if (nearest_may_be(&n, word.n, word_letters(word)) && nearest_is(&n, word))
			nearest_offer(&n, word, word, kind / 2);
	}
	assert_true(str_eq_c(n.best, row->best));
}

static void t_long_words(void **state)
{
	(void)state;
	char text[3 * SEARCH_WORD_MAX_BYTES];
	memset(text, 'x', sizeof text);
	struct str most = str_make(text, SEARCH_WORD_MAX_BYTES), more = str_make(text, sizeof text);
	assert_int_equal(nearest_distance(most, most, 2, true), 0);
	assert_int_equal(nearest_distance(most, more, 2, true), 3);
	assert_int_equal(nearest_distance(more, more, 2, false), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t_definition), cmocka_unit_test(t_long_words) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += RUN_TABLE("distance", t_distance, rows);
	return failed + RUN_TABLE("meant", t_meant, meant);
}

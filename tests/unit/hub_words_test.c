/* The words of charts that come and go: their order, and who has them, beside what the charts say. */
#include "hub_fixture.h"

#include "indexer/hub/words.h"

#define CHARTS 300
#define ROUNDS 3000

static unsigned seed = 3;
static unsigned any(unsigned n) { return (seed = seed * 1103515245 + 12345) / 65536 % n; }

static void put_word(char *to, size_t room)
{
	size_t n = 1 + any(12);
	for (size_t i = 0; i < n && i + 1 < room; i++)
		to[i] = "abcde123"[any(i < 2 ? 3 : 8)];
	to[n < room ? n : room - 1] = '\0';
}

static struct hub_chart *any_chart(unsigned number)
{
	char name[40], keywords[100], text[100], a[16], b[16], c[16];
	put_word(a, sizeof a);
	put_word(b, sizeof b);
	put_word(c, sizeof c);
	(void)snprintf(name, sizeof name, "main/%s-%u", a, number);
	(void)snprintf(keywords, sizeof keywords, "%s %s,%s,%s", a, b, c, c);
	(void)snprintf(text, sizeof text, "%s %s %s %s", c, a, b, c);
	const struct chart_row row = { name, .keywords = keywords, .description = text };
	return make_chart(&row, number);
}

/* In order, each word once, with as many uses in names and keywords as it says. */
static size_t check_words(const struct words *w)
{
	struct word_cursor at = words_from(w, STR(""));
	struct str before = STR("");
	size_t words = 0, uses = 0, count;
	for (const struct word *word; (word = words_next(w, &at)); before = word->text, words++) {
		unsigned named = 0;
		assert_true(str_cmp(before, word->text) < 0 && word->count);
		for (uint32_t i = 0; i < word->count; i++) {
			named += word_column_is_named(word_use_column(word->uses[i]));
			for (uint32_t k = 0; k < i; k++)
				assert_int_not_equal(word->uses[i], word->uses[k]);
		}
		assert_int_equal(named, word->named);
		uses += word->count;
	}
	const struct word *all = words_all(w, &count);
	for (size_t i = 0; i < count; i++)
		words -= all[i].count > 0;
	assert_int_equal(words, 0);
	return uses;
}

static bool has_use(const struct word *word, uint32_t use)
{
	for (uint32_t i = 0; i < word->count; i++)
		if (word->uses[i] == use)
			return true;
	return false;
}

/* Every word of every chart says so, and no word says more. */
static void check_charts(const struct hub_table *t)
{
	size_t count, uses = 0;
	const struct word *all = words_all(t->words, &count);
	for (size_t i = 0; i < t->count; i++) {
		const struct hub_words *w = t->charts[i]->words;
		for (size_t k = 0; k < w->count; k++) {
			bool again = false;
			for (size_t m = 0; m < k && !again; m++)
				again = w->list[m].word == w->list[k].word && w->list[m].column == w->list[k].column;
			uses += !again;
			assert_true(has_use(&all[w->list[k].word],
			                    (uint32_t)t->charts[i]->id << WORD_COLUMN_BITS | w->list[k].column));
		}
	}
	assert_int_equal(check_words(t->words), uses);
}

static void t_coming_and_going(void **state)
{
	(void)state;
	struct hub_table t = { 0 };
	struct hub_chart *there[CHARTS] = { NULL };
	struct errinfo e = { 0 };
	assert_int_equal(table_open(&t, &e), OK);
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned at = any(CHARTS);
		if (there[at]) {
			table_remove(&t, there[at]->repo, there[at]->name);
			hub_chart_unref(there[at]);
			there[at] = NULL;
		} else {
			there[at] = chart_ref(any_chart(at));
			assert_int_equal(table_put(&t, there[at], &e), OK);
		}
		if (round % 500 == 0)
			check_charts(&t);
	}
	check_charts(&t);
	for (unsigned i = 0; i < CHARTS; i++)
		hub_chart_unref(there[i]);
	table_clear(&t);
	assert_int_equal(check_words(t.words), 0);
	table_close(&t);
}

struct row { const char *name, *chart, *words; };

/* Words in their order, with their columns: n name, j joined, p part, a another name, k keyword,
 * d description, m maintainer, r repository.                                                */
static const struct row rows[] = {
	{ "a word", "x/redis", "redis nj, x r" },
	{ "three", "x/kube-state-metrics", "kube n, kubestatemetrics j, metrics n, state n, statemetrics p, x r" },
	{ "twice the same", "x/a-a", "a n, aa j, x r" },
	{ "capitals", "x/Redis_HA", "ha n, redis n, redisha j, x r" },
};

static void t_columns(void **state)
{
	const struct row *row = *state;
	struct hub_table t;
	char told[400] = "";
	size_t n = 0;
	const struct chart_row chart = { .name = row->chart };
	fill_table(&t, &chart, 1);
	struct word_cursor at = words_from(t.words, STR(""));
	for (const struct word *word; (word = words_next(t.words, &at));) {
		n += (size_t)snprintf(told + n, sizeof told - n, "%s%.*s ", n ? ", " : "", STR_ARG(word->text));
		for (uint32_t i = 0; i < word->count; i++)
			told[n++] = "njakdmruigp"[word_use_column(word->uses[i])];
	}
	table_close(&t);
	assert_string_equal(told, row->words);
}

static void t_from(void **state)
{
	(void)state;
	struct hub_table t;
	static const struct chart_row charts[] = { { .name = "x/beta" }, { .name = "x/delta" } };
	fill_table(&t, charts, ROWS(charts));
	static const struct { const char *from, *first; } wanted[] = {
		{ "", "beta" }, { "a", "beta" }, { "beta", "beta" }, { "betaa", "delta" }, { "e", "x" }, { "y", "" },
	};
	for (size_t i = 0; i < ROWS(wanted); i++) {
		struct word_cursor at = words_from(t.words, str_c(wanted[i].from));
		const struct word *word = words_next(t.words, &at);
		assert_true(word ? str_eq_c(word->text, wanted[i].first) : !*wanted[i].first);
	}
	table_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t_coming_and_going), cmocka_unit_test(t_from) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return failed + RUN_TABLE("columns", t_columns, rows);
}

/* Queries: whatever is typed becomes terms within their limits, and nothing of it is syntax. What
 * follows the first line is a text that it is shown in.                                       */
#include "fuzz.h"

#include "indexer/hub/query.h"
#include "indexer/hub/snippet.h"
#include "indexer/hub/word.h"

#define NOW INT64_C(1795219200000000000)

static void check_within(struct str piece, struct str text)
{
	REQUIRE(!piece.n || (piece.p >= text.p && piece.p + piece.n <= text.p + text.n));
}

static void check_terms(const struct query *q, struct str text)
{
	const char *after = text.p;
	size_t words = 0;
	for (size_t i = 0; i < q->count; i++) {
		const struct query_term *t = &q->terms[i];
		check_within(t->typed, text);
		REQUIRE(t->typed.p >= after);
		after = t->typed.p + t->typed.n;
		words += t->kind == QUERY_WORDS ? t->word_count : 1;
		REQUIRE((t->kind == QUERY_WORDS) == (t->word_count > 0));
		for (size_t j = 0; j < t->word_count; j++) {
			char again[SEARCH_WORD_MAX_BYTES];
			struct str word = t->words[j];
			size_t n = word_next(&word, again);
			REQUIRE(n == t->words[j].n && memcmp(again, t->words[j].p, n) == 0 && !word.n);
		}
	}
	REQUIRE(words <= SEARCH_TERMS_MAX && (!q->count || !q->terms[q->count - 1].or_next));
	for (size_t i = 0; i < q->note_count; i++)
		check_within(q->notes[i], text);
}

/* Outside of quotes there are our own words alone, and every bracket is closed. */
static void check_expression(struct str text)
{
	static const struct str ours[] = {
		STR(" AND "), STR(" OR "), STR(" + "), STR("*"), STR("("), STR(")"),
	};
	size_t open = 0;
	while (text.n) {
		size_t which = 0;
		if (text.p[0] == '"') {
			bool closed;
			text = str_from(text, 1);
			REQUIRE(str_cut(&text, '"', &closed).n && closed);
			continue;
		}
		while (which < sizeof ours / sizeof *ours && !str_starts(text, ours[which]))
			which++;
		REQUIRE(which < sizeof ours / sizeof *ours);
		open += ours[which].p[0] == '(';
		REQUIRE(ours[which].p[0] != ')' || open--);
		text = str_from(text, ours[which].n);
	}
	REQUIRE(!open);
}

/* Marks are ours, in pairs, and white space is single blanks. */
static void check_snippet(struct arena *a, const struct query *q, struct str text)
{
	struct snippet_words *words;
	struct str piece;
	bool marked = false;
	REQUIRE(snippet_words_of(a, q, &words, NULL) == OK);
	REQUIRE(snippet_make(a, words, text, &piece, NULL) == OK);
	for (size_t i = 0; i < piece.n; i++) {
		char c = piece.p[i];
		REQUIRE((unsigned char)c >= ' ' || (c == '\x02' && !marked) || (c == '\x03' && marked));
		REQUIRE(c != ' ' || !i || piece.p[i - 1] != ' ');
		marked = c == '\x02' || (marked && c != '\x03');
	}
	REQUIRE(!marked && (!piece.n || memchr(piece.p, 2, piece.n)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(64 * KIB);
	AUTO_SBUF struct sbuf phrases = sbuf_make(64 * KIB);
	struct query q;
	struct str rest = str_make(bytes, n), text = str_cut(&rest, '\n', NULL);
	REQUIRE(query_read(&a, text, NOW, &q, NULL) == OK);
	check_terms(&q, text);
	query_expression(&q, false, &b);
	query_expression(&q, true, &phrases);
	REQUIRE(sbuf_ok(&b) && sbuf_ok(&phrases));
	check_expression(sbuf_str(&b));
	check_expression(sbuf_str(&phrases));
	check_snippet(&a, &q, rest);
	return 0;
}

/* A query in the language of FTS5, of which nothing comes from the query but quoted strings. */
#include "indexer/hub/query.h"

size_t query_other_number(struct str word, char ret[SEARCH_WORD_MAX_BYTES + 1])
{
	static const struct str kept[] = { STR("ss"), STR("us"), STR("is") };
	size_t n = word.n;
	if (n < 4 || n >= SEARCH_WORD_MAX_BYTES || word.p[n - 1] < 'a' || word.p[n - 1] > 'z')
		return 0;
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (str_ends(word, kept[i]))
			return 0;
	memcpy(ret, word.p, n);
	if (str_ends(word, STR("ies"))) {
		ret[n - 3] = 'y';
		return n - 2;
	}
	if (word.p[n - 1] == 's')
		return n - 1;
	if (word.p[n - 1] == 'y' && !strchr("aeiou", word.p[n - 2]) && n + 2 <= SEARCH_WORD_MAX_BYTES) {
		memcpy(ret + n - 1, "ies", 3);
		return n + 2;
	}
	ret[n] = 's';
	return n + 1;
}

static void put_string(struct sbuf *b, struct str word, bool prefix)
{
	sbuf_putc(b, '"');
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] == '"')
			sbuf_putc(b, '"');
		sbuf_putc(b, word.p[i]);
	}
	sbuf_puts(b, prefix || word.n == SEARCH_WORD_MAX_BYTES ? "\"*" : "\"");
}

static void put_joined(struct sbuf *b, struct str joined, bool prefix)
{
	sbuf_puts(b, " OR ");
	put_string(b, joined, prefix);
}

static void put_word(struct sbuf *b, struct str word, bool prefix)
{
	char other[SEARCH_WORD_MAX_BYTES + 1];
	size_t n = query_other_number(word, other);
	if (!n || (prefix && str_starts(str_make(other, n), word))) {
		put_string(b, word, prefix);     /* a beginning finds it too */
		return;
	}
	sbuf_putc(b, '(');
	put_string(b, word, prefix);
	sbuf_puts(b, " OR ");
	put_string(b, str_make(other, n), false);
	sbuf_putc(b, ')');
}

static void put_phrase(struct sbuf *b, const struct query_term *t)
{
	for (size_t i = 0; i < t->word_count; i++) {
		sbuf_puts(b, i ? " + " : "");
		put_string(b, t->words[i], false);
	}
}

static void put_term(struct sbuf *b, const struct query_term *t)
{
	if (t->phrase) {
		put_phrase(b, t);
		return;
	}
	sbuf_puts(b, t->word_count > 1 ? "((" : "");
	for (size_t i = 0; i < t->word_count; i++) {
		sbuf_puts(b, i ? " AND " : "");
		put_word(b, t->words[i], t->prefix && i + 1 == t->word_count);
	}
	if (t->word_count == 1)
		return;
	sbuf_putc(b, ')');
	put_joined(b, t->joined, t->prefix);
	sbuf_putc(b, ')');
}

/* Beyond ASCII FTS5 sees more that separates words than word.h does: signs, and vowels of some scripts. There
 * a word may be several, which only the index of places takes. */
static bool is_plain(struct str word)
{
	for (size_t i = 0; i < word.n; i++)
		if ((unsigned char)word.p[i] >= 0x80)
			return false;
	return true;
}

static bool is_phrase(const struct query_term *t)
{
	return (t->phrase && t->word_count > 1) || !is_plain(t->joined);
}

/* All the words may be one name that is written in one. */
static bool may_be_one_name(const struct query *q)
{
	size_t terms = 0;
	for (size_t i = 0; i < q->count; i++) {
		const struct query_term *t = &q->terms[i];
		if (query_is_name(t) && (!query_is_indexed(t) || t->phrase || is_phrase(t)))
			return false;
		terms += query_is_name(t);
	}
	return terms > 1 && q->joined.n;
}

/* Of the terms from `at` on that `or` joins. */
static bool has_phrase(const struct query *q, size_t at)
{
	while (!is_phrase(&q->terms[at]) && q->terms[at].or_next)
		at++;
	return is_phrase(&q->terms[at]);
}

static bool is_asked(const struct query_term *t) { return query_is_indexed(t) && !t->optional; }

void query_expression(const struct query *q, bool phrases, struct sbuf *b)
{
	bool whole = !phrases && may_be_one_name(q), prefix = false;
	size_t put = 0;
	for (size_t i = 0, end; i < q->count; i = end) {
		for (end = i + 1; q->terms[end - 1].or_next; end++)
			;
		prefix = query_is_name(&q->terms[end - 1]) ? q->terms[end - 1].prefix : prefix;
		if (!is_asked(&q->terms[i]) || has_phrase(q, i) != phrases)
			continue;
		sbuf_puts(b, put++ ? " AND (" : whole ? "((" : "(");
		for (; i < end; i++) {
			put_term(b, &q->terms[i]);
			sbuf_puts(b, q->terms[i].or_next ? " OR " : ")");
		}
	}
	if (put && whole) {
		sbuf_putc(b, ')');
		put_joined(b, q->joined, prefix);
	}
}

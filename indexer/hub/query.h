/* What a person typed, as terms. Pure: nothing is looked up, and no text is an error.
 *
 *     redis ha             both words; the last one also as a beginning, until a space follows it
 *     "message queue"      a phrase
 *     -operator            not in name, keywords or description; -"a phrase", -repo:stable
 *     drupal or joomla     either; between words, or between fields
 *     name: keyword: maintainer: image: depends:     words of that column; quotes for several
 *     repo: license: category:                       the whole of it, in any case
 *     type:library         or application
 *     app:1.2              the version of the application, or its beginning: 1.2.7
 *     kube:1.31            works there
 *     is:signed is:deprecated is:prerelease is:library
 *     is:hosted is:cached is:remote is:upstream      here; an upstream's, with its archive here; without it
 *     has:schema has:crds has:readme has:changelog
 *     updated:>2026-01-01  also >= < <= and =, and an age: 30d, 6m, 1y; an age alone: since then
 *
 * What looks like a field and is none, or has a value that is none, is words, and noted. Words that
 * nearly every chart has ("helm", "chart", "the") need not be there when others are asked for.
 * A text is read up to SEARCH_TEXT_MAX_BYTES and SEARCH_TERMS_MAX words.                     */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/limits.h"
#include "indexer/base/sbuf.h"

/* Where words stand in a chart, the best place first. */
enum column {
	COLUMN_NAME, COLUMN_JOINED, COLUMN_ALTERNATIVE, COLUMN_KEYWORDS, COLUMN_DESCRIPTION,
	COLUMN_PEOPLE, COLUMN_REPO, COLUMN_USES, COLUMN_IMAGES, COLUMN_KINDS,
	COLUMN_PART,                     /* a name from one of its words on; for suggestions alone */
	COLUMN_COUNT
};
#define COLUMN_BIT(column) (1u << (column))
#define COLUMNS_ANY   (COLUMN_BIT(COLUMN_PART) - 1u)
#define COLUMNS_NAME  (COLUMN_BIT(COLUMN_NAME) | COLUMN_BIT(COLUMN_JOINED) | COLUMN_BIT(COLUMN_ALTERNATIVE))
#define COLUMNS_ABOUT (COLUMNS_NAME | COLUMN_BIT(COLUMN_KEYWORDS) | COLUMN_BIT(COLUMN_DESCRIPTION))

enum query_kind {
	QUERY_WORDS,                     /* in `columns`; in any of them, also in README and values */
	QUERY_REPO, QUERY_LICENSE, QUERY_CATEGORY, QUERY_APP,   /* `value` */
	QUERY_KUBE,                      /* `number`: the minor */
	QUERY_FLAG,                      /* `flag` */
	QUERY_UPDATED                    /* created from `from_ns` on, before `until_ns` */
};
enum query_flag {
	FLAG_SIGNED, FLAG_DEPRECATED, FLAG_PRERELEASE, FLAG_LIBRARY, FLAG_APPLICATION, FLAG_SCHEMA,
	FLAG_CRDS, FLAG_README, FLAG_CHANGELOG, FLAG_HOSTED, FLAG_CACHED, FLAG_REMOTE
};

struct query_term {
	enum query_kind kind;
	bool negated;
	bool or_next;                    /* or what the next term says; both are words, or neither is */
	bool phrase;                     /* the words in a row */
	bool prefix;                     /* the last word may go on */
	bool optional;
	unsigned columns;                /* of words: bits */
	struct str typed;                /* its piece of the text, without sign, field and quotes */
	struct str *words;
	size_t word_count;
	struct str joined;               /* the words without a space */
	struct str value;
	unsigned number;
	enum query_flag flag;
	int64_t from_ns, until_ns;
};

struct query {
	struct query_term *terms;
	size_t count;
	/* The words that a name could be, in a row: all, and without the optional ones. Empty: an `or`
	 * is among them, or there are none.                                                       */
	struct str joined, core;
	struct str *notes;               /* pieces of the text that were not understood, or not read */
	size_t note_count;
};

/* Words are in the arena, pieces of the text borrow from it. NOMEM. */
NODISCARD enum err query_read(struct arena *a, struct str text, int64_t now_ns, struct query *ret,
                              struct errinfo *e);

/* "Team-A~stable" as in addresses, or "team-a/stable", means the repository team-a/stable. */
bool repo_name_means(struct str repo, struct str typed);

/* Words that are looked for in all columns, which takes the index. */
static inline bool query_is_indexed(const struct query_term *t)
{
	return t->kind == QUERY_WORDS && t->columns == COLUMNS_ANY && !t->negated;
}
/* Words that could be a name, or a part of one. */
static inline bool query_is_name(const struct query_term *t)
{
	return t->kind == QUERY_WORDS && !t->negated &&
	       (t->columns == COLUMNS_ANY || t->columns == COLUMNS_NAME);
}
/* What FTS5 has to match: of the words, or, with `phrases`, of what has phrases in it, or words beyond ASCII,
 * which FTS5 may take for phrases; both have to. Every word is a quoted string. Empty: nothing is asked of
 * that index.                                                                                */
void query_expression(const struct query *q, bool phrases, struct sbuf *b);

/* The other number of a word, "brokers" of "broker"; 0: it has none. */
size_t query_other_number(struct str word, char ret[SEARCH_WORD_MAX_BYTES + 1]);

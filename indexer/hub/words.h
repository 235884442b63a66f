/* Private to hub/: the words of all charts but those of READMEs and values, in order, each with the
 * charts that have it and where. So a search costs what it finds and not what there is.
 *
 *     struct word_cursor at = words_from(w, STR("prom"));
 *     for (const struct word *word; (word = words_next(w, &at)) && str_starts(word->text, …);)
 *         for each of word->uses: word_use_chart(), word_use_column()
 *
 * Names stand there in words, as a whole (COLUMN_JOINED), and from each of their words on
 * (COLUMN_PART); keywords and other names of several words also as a whole. All with the table's
 * lock.                                                                                      */
#pragma once

#include "indexer/hub/impl.h"
#include "indexer/hub/query.h"

#define WORD_COLUMN_BITS 4u
#define WORD_CHARTS_MAX (UINT32_C(1) << (32 - WORD_COLUMN_BITS))     /* ids of charts are below */

struct word {
	struct str text;
	uint64_t key;                    /* word.h */
	uint32_t letters;
	uint32_t count, capacity;        /* 0 uses: the place is free */
	uint32_t named;                  /* of them in names and keywords: what somebody may have meant */
	uint32_t *uses;                  /* in no order, each once */
};
static inline uint32_t word_use_chart(uint32_t use) { return use >> WORD_COLUMN_BITS; }
static inline enum column word_use_column(uint32_t use)
{
	return (enum column)(use & ((1u << WORD_COLUMN_BITS) - 1));
}

static inline bool word_column_is_named(enum column c) { return c <= COLUMN_KEYWORDS; }

/* Of a chart, in the order of its columns and of its text. */
struct hub_words {
	size_t count;
	struct hub_word {
		uint32_t word;               /* its place among all of them */
		uint8_t column;
		bool first;                  /* of a name, a keyword, a description … */
	} list[];
};

/* From the first word on that is not before `text`. */
struct word_cursor { size_t chunk, at; };
struct word_cursor words_from(const struct words *w, struct str text);
const struct word *words_next(const struct words *w, struct word_cursor *at);   /* NULL: the end */
/* The places of all of them, in no order; those without uses are none. */
const struct word *words_all(const struct words *w, size_t *ret_count);

/* Private to ranking: rank_words.c finds the words of a query, rank.c judges charts by them. */
#pragma once

#include "indexer/hub/rank.h"
#include "indexer/hub/words.h"

/* Steps of where the worst word stands. */
enum place { PLACE_TEXT, PLACE_OTHER, PLACE_DESCRIPTION, PLACE_KEYWORD, PLACE_NAME, PLACE_BEGINNING,
             PLACE_EXACT };
#define PLACE_MAX PLACE_NAME         /* of one word */

/* Of every chart, by its id: 0, or where the best match is, and whether it is a whole word. */
typedef uint8_t mark;
#define MARK(place, whole) (mark)((place) * 2u + ((whole) ? 1u : 0u))
#define MARK_PLACE(m) ((enum place)((m) / 2u))

#define FORMS 2u                     /* either number of a word */

struct wanted_word {
	mark *marks;
	const struct word *forms[FORMS]; /* whole; NULL: nobody has it */
};

struct wanted_term {
	const struct query_term *query;
	struct wanted_word *words;
	mark *joined;                    /* of the whole term as a name; NULL: its one word tells */
};

struct ranker {
	struct arena *arena;
	const struct hub_table *table;
	const struct query *query;
	const struct views *views;
	struct wanted_term *terms;
	mark *names;                     /* PLACE_EXACT or PLACE_BEGINNING, of all words of a name */
	struct str repo, name;           /* typed as "stable/redis"; empty: nothing was */
	bool name_begins;                /* there the text ends, so it may be the beginning of one */
	bool conditions;                 /* there are terms that the index of words knows nothing of */
	int32_t today;
};

/* Where the chart has the term: the worst of its words, unless the name is all of them in one. */
mark ranker_find(const struct ranker *r, const struct wanted_term *t, uint32_t id);

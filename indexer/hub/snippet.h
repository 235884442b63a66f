/* The piece of a long text that shows why it was found. Pure.
 *
 *     snippet_words_of(&a, &query, &words, e);
 *     snippet_make(&a, &words, readme, &piece, e);
 */
#pragma once

#include "indexer/hub/query.h"

struct snippet_words;

/* The words of a query that are looked for in texts. In the arena; borrows the query. */
NODISCARD enum err snippet_words_of(struct arena *a, const struct query *q,
                                    struct snippet_words **ret, struct errinfo *e);

/* Those of them that none of the texts has; NULL: there are none. In the arena. */
NODISCARD enum err snippet_words_left(struct arena *a, const struct snippet_words *w, const struct str *texts,
                                      size_t count, struct snippet_words **ret, struct errinfo *e);

/* Whether the text has one of them. */
bool snippet_has(const struct snippet_words *w, struct str text);

/* SNIPPET_WORDS words of the text with as many different ones of the query as there are together, which
 * stand between \x02 and \x03; white space is one blank, "…" where it goes on. Empty: it has none.
 * In the arena.                                                                              */
NODISCARD enum err snippet_make(struct arena *a, const struct snippet_words *w, struct str text,
                                struct str *ret, struct errinfo *e);

/* The whole of a short text, with marks in the same way. In the arena. */
NODISCARD enum err snippet_mark(struct arena *a, const struct snippet_words *w, struct str text,
                                struct str *ret, struct errinfo *e);

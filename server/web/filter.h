/* The field above a long table that leaves the rows with all of its words: ?q=, which the page's
 * script answers while one types, as far as the rows are on the page.
 *
 *     struct filter filter = filter_of(c);
 *     if (filter_takes(&filter, (struct str[]){ row->path, row->comment }, 2)) …
 *     page->next = link_paged(l, link_filtered(l, self, filter.text), 2);
 */
#pragma once

#include "server/route/app.h"

#define FILTER_WORDS_MAX 16              /* what comes behind them is not looked for */

struct filter {
	struct str text;                 /* as it was typed; empty: everything passes */
	struct str words[FILTER_WORDS_MAX];
	size_t count;
};

struct filter filter_of(const struct call *c);   /* borrows the request's query */
/* Each word is in one of the texts, in capitals or not. */
bool filter_takes(const struct filter *f, const struct str *texts, size_t count);

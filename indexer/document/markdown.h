/* Markdown of strangers (README.md, CHANGELOG.md, notes) as markup that may stand in a page, and
 * as words.
 *
 *     struct markdown_options o = { .resolve = file_address, .ctx = &chart };
 *     struct markdown m;
 *     enum err err = markdown_render(a, chart.readme, &o, &m, e);
 *
 * GitHub's flavour, with alerts, and with the same subset of raw HTML. What comes out is balanced and
 * made of a fixed set of elements and attributes, links to http, https, mailto and to this server
 * alone, and makes no request to another host: a remote image is a link. Headings are one level
 * lower than they were written, because a page has its own <h1>. Ids, of headings and of what an
 * author's tag is called, begin with "h-", and each is there once.
 *
 * Time and memory are linear in the text, whatever it is; limits.h has the limits. Equal text gives
 * equal markup.                                                                              */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/document/html.h"

struct markdown_options {
	/* What a relative link or image leads to, in arena `a`; an empty answer: to nothing, and the
	 * link is its text then, the image its alt text. `path` is a name as in chart.members, from
	 * the document's own folder: decoded, without "." and "..", query and fragment, not empty; of
	 * the fragment a line ("#L3") is added to the answer. Links that leave the folder, to other
	 * hosts or within the document are not asked for. NULL: no relative link leads anywhere.  */
	struct str (*resolve)(void *ctx, struct arena *a, struct str path, bool image);
	void *ctx;
	/* Of the document itself, as in chart.members: a link to a heading of it stays on the page. */
	struct str name;
};

struct markdown_heading {
	unsigned level;              /* as rendered: 2 … 6 */
	struct str id, text;         /* "h-usage": href="#h-usage"; the words alone, not escaped */
};

struct markdown {
	struct html body;
	struct markdown_heading *headings;
	size_t heading_count;
	bool cut;                    /* a limit was reached: only the beginning is there, or not all of it */
};

/* Everything in the arena. Fails with NOMEM only. */
NODISCARD enum err markdown_render(struct arena *a, struct str text,
                                   const struct markdown_options *o, struct markdown *ret,
                                   struct errinfo *e);

/* One line of it, an entry of a list, as markup that may stand within a line: emphasis, code and links to
 * other hosts. What is more than a line (a heading, a list) is its words. In the arena. NOMEM. */
NODISCARD enum err markdown_line(struct arena *a, struct str text, struct html *ret,
                                 struct errinfo *e);

/* The words alone, for search and snippets, one line for each block, a row of a table being one: no
 * markup, tags, addresses or badges; code stays. Ends where the limit of `to` does, which is no
 * failure; without memory `to` has failed.                                                   */
void markdown_plain(struct str text, struct sbuf *to);

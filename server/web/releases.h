/* Releases of a changelog as a page lists them (templates/changelog.html). */
#pragma once

#include "indexer/document/changelog.h"
#include "indexer/document/markdown.h"
#include "server/web/links.h"

struct release_entry {
	const char *word, *kind;         /* "security", "bad": a mark; word empty: none */
	struct html text;                /* a line */
	const struct changelog_link *links;
	size_t link_count;
};

struct release {
	struct str version;
	struct str date;                 /* as the changelog says; empty: it does not */
	int64_t published_ns;            /* here; 0: it is not here */
	bool security;                   /* artifacthub.io/containsSecurityUpdates */
	struct str link;                 /* to the page of that version; empty: it is not here */
	const struct release_entry *entries;
	size_t count;
};

struct release_list {
	struct release *list;
	size_t count;
	bool cut;                        /* RELEASES_SHOWN_MAX, ENTRIES_SHOWN_MAX, or it was cut before */
};

/* In the order of the log. NOMEM. */
NODISCARD enum err releases_fill(struct arena *a, const struct changelog *log,
                                 struct release_list *ret, struct errinfo *e);

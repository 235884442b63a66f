/* Searching: what a person typed, and the filters he chose, become charts in the right order.
 *
 * The text (query.h) is words, "phrases", -exclusions, `or`, and fields (repo:stable,
 * is:signed, kube:1.31, updated:>2026-01-01); it is never an error and never FTS5 syntax. Charts
 * that match come from search.db, everything else from memory: filters, ranking (rank.h), and
 * facets (facet.h), each of which is counted with all the others applied.                    */
#pragma once

#include "indexer/hub/hub.h"

enum hub_facet {
	FACET_REPO, FACET_CATEGORY, FACET_KEYWORD, FACET_LICENSE, FACET_TYPE, FACET_MAINTAINER,
	FACET_KUBE,                      /* "1.31": works on it */
	FACET_SIGNED, FACET_SCHEMA, FACET_CRDS, FACET_DEPRECATED, FACET_PRERELEASE,    /* "true", "false" */
	FACET_ORIGIN,                    /* hub_origin_word */
	FACET_COUNT
};
extern const char *const hub_facet_names[FACET_COUNT];   /* "repo", …: parameters of every address */

enum hub_sort {                      /* sort.def has them all */
#define X(id, word, label, key) SORT_##id,
#include "indexer/hub/sort.def"
#undef X
	SORT_COUNT
};
extern const char *const hub_sort_names[SORT_COUNT], *const hub_sort_labels[SORT_COUNT];
extern const char hub_sort_words[];      /* the names, with a space before each */

struct hub_filter { enum hub_facet facet; struct str value; };   /* of one facet: any; of several: all */

struct hub_search {
	struct str text;                 /* at most SEARCH_TEXT_MAX_BYTES of it are read */
	const struct hub_filter *filters;
	size_t filter_count;
	enum hub_sort sort;
	size_t offset, limit;            /* limit 0: all */
	bool facets;                     /* count them */
	bool snippets;                   /* say where it was found, if the row does not show that */
	int64_t now_ns;                  /* wall clock, for what is recent */
};

enum hub_where { IN_NAME, IN_METADATA, IN_TEXT };        /* IN_TEXT: README or values alone have it */

struct hub_hit {
	struct hub_chart *chart;         /* of the result's references */
	uint64_t used_by;                /* charts that the viewer sees */
	struct str found_in;             /* "README", "values", "keywords" …; empty: in what the row shows anyway */
	enum hub_where where;            /* the worst place of a word */
	struct str snippet;              /* matching words between \x02 and \x03 */
	struct str description;          /* with marks too; empty: nothing was marked */
};

struct hub_facet_value { struct str value; uint64_t count; bool chosen; };
struct hub_facet_list {
	struct hub_facet_value *values;  /* chosen ones first, then by count, then by name */
	size_t count;
	size_t more;                     /* values that are not listed */
};

struct hub_result {
	struct hub_hit *hits;
	size_t count;
	uint64_t total;                  /* of all pages */
	bool cut;                        /* there are more than could be looked at */
	bool incomplete;                 /* the catalog is being made: more than HUB_BEHIND_EVENTS wait */
	struct hub_facet_list facets[FACET_COUNT];
	struct str did_you_mean;         /* a name to search instead; empty: none */
	bool corrected;                  /* nothing was found, and these are the hits of did_you_mean */
	struct str *notes;               /* what of the text was not understood: `updated:>soon` */
	size_t note_count;
};

/* Everything but the references is in the arena. Blocks for some milliseconds, at most
 * SEARCH_DEADLINE_MS. Text that cannot be searched finds nothing; errors are the program's.  */
NODISCARD enum err hub_search(struct hub *h, struct arena *a, const struct hub_viewer *v,
                              const struct hub_search *s, struct hub_result *ret,
                              struct errinfo *e);
void hub_result_done(struct hub_result *r);      /* gives the references back; NULL is fine */

/* Names that begin with, or hold, what was typed so far; the best first, one a name and repository. Of
 * "team/stable/red" those of that repository alone, if it has any.                            */
struct hub_suggestion { struct hub_chart *chart; };
struct hub_suggestions { struct hub_suggestion *list; size_t count; };
NODISCARD enum err hub_suggest(struct hub *h, struct arena *a, const struct hub_viewer *v,
                               struct str typed, size_t limit, struct hub_suggestions *ret,
                               struct errinfo *e);
void hub_suggestions_done(struct hub_suggestions *s);

/* Names nearest to one that is not there, for a 404: at most `limit`. */
NODISCARD enum err hub_near(struct hub *h, struct arena *a, const struct hub_viewer *v,
                            struct str name, size_t limit, struct hub_suggestions *ret,
                            struct errinfo *e);

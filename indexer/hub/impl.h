/* Private to hub/: what the follower, the searches and the readers share. */
#pragma once

#include "indexer/base/thread.h"
#include "indexer/document/images.h"
#include "indexer/hub/contents.h"
#include "indexer/hub/search.h"
#include "indexer/store/search.h"

struct facets;                       /* facet.c */
struct words;                        /* words.c */
struct uses;                         /* uses.c */
struct contents_cache;               /* contents.c */

/* What every search looks at of a chart, close together: charts themselves are all over the memory. */
#define ROW_FACETS 24u
struct hub_row {
	struct hub_chart *chart;         /* NULL: there is none */
	uint64_t use_key;                /* uses_key */
	_Atomic uint32_t pulls;          /* at most UINT32_MAX */
	int32_t created_day;             /* INT32_MIN: unknown */
	uint16_t name_bytes;             /* joined */
	uint16_t facet_count;
	bool deprecated, prerelease, signed_well, hosted;
	uint32_t facets[ROW_FACETS];     /* all of chart->facets, if that many */
};
static inline const uint32_t *row_facets(const struct hub_row *r)
{
	return r->facet_count <= ROW_FACETS ? r->facets : r->chart->facets;
}

/* The charts in memory, in the order of their names; changed by the follower alone, under `lock`
 * for writing, and read under it for as long as a search takes. Who writes goes before who wants to
 * read, or readers without a pause would keep news out; so nobody takes it twice.            */
struct hub_table {
	pthread_rwlock_t lock;
	struct hub_chart **charts;       /* by repository, then by name */
	size_t count, capacity;
	struct hub_row *rows;            /* by the charts' ids */
	size_t row_count;
	struct words *words;
	struct facets *facets;
	struct uses *uses;
	atomic_uint_fast64_t generation;
};

struct hub {
	struct hub_options options;
	struct ingest *ingest;
	struct catalog *writer;          /* search.db; the follower's */
	struct hub_table table;
	struct contents_cache *contents;

	pthread_mutex_t opening;         /* search.db is removed and made with it, and opened for reading */
	pthread_mutex_t lock;            /* the readers' connections, and what the follower waits for */
	pthread_cond_t wake, caught_up;
	struct hub_reader *readers;
	uint64_t file;                   /* counts the search.db there were: connections to older ones go */
	uint64_t wanted, event;          /* the log's last event; up to which this is true */
	uint64_t round;                  /* counts what the follower finished */
	bool ending, stopped;
	unsigned waiting;                /* threads in hub_wait */
	bool remake;                     /* search.db is to be made anew … */
	int64_t dropped_ns;              /* … because it is damaged: when that was found last; monotonic */
	struct hub_look *looks;          /* charts to look at again */
	uint64_t looks_asked, looks_done;        /* how often was asked, and how much of it is done */
	size_t look_count;
	bool look_at_all;
	uint64_t unread;
	atomic_uint fetching;            /* archives that come from upstreams for who looks at them */
	atomic_uint_fast64_t searches, search_ns;
	bool unrendered;                 /* the follower's: there may be versions to be rendered */
	char turn[REPO_NAME_MAX_BYTES + 1];      /* the follower's: the repository of which they are rendered … */
	int64_t turn_ns;                 /* … and for how long still */
	int64_t pulls_counted_ns;        /* the follower's; monotonic */
	_Atomic int64_t sweep_ns;        /* the follower's: from when on it sweeps after a purge; 0: it has */
	struct thread follower;
};

/* ---- follow.c ---- */
NODISCARD enum err follow_start(struct hub *h, struct errinfo *e);
void follow_stop(struct hub *h);

/* ---- hub.c ---- */
struct hub_reader { struct hub_reader *next; struct catalog *search; uint64_t file; };
/* CORRUPT: search.db is damaged or gone, and is made again. */
NODISCARD enum err hub_reader_take(struct hub *h, struct hub_reader **ret, struct errinfo *e);
void hub_reader_give(struct hub *h, struct hub_reader *r);
bool hub_is_incomplete(struct hub *h);           /* charts are missing that a search should find */
/* search.db is damaged: it is made again, unless that was done just now. False: it was. */
bool hub_drop(struct hub *h, const char *why);
/* Instead of the search.db that there is, an empty one; only the follower. */
NODISCARD enum err hub_new_file(struct hub *h, struct errinfo *e);
struct hub_look { struct hub_look *next; struct str repo, chart; };      /* with its texts, one malloc */

/* ---- table.c ---- */
NODISCARD enum err table_open(struct hub_table *t, struct errinfo *e);
void table_close(struct hub_table *t);
/* Instead of the one with that repository and name, if any; takes the reference over. */
NODISCARD enum err table_put(struct hub_table *t, struct hub_chart *c, struct errinfo *e);
void table_remove(struct hub_table *t, struct str repo, struct str name);
void table_clear(struct hub_table *t);
/* After repositories or their settings changed: who depends on whom is told by them. */
NODISCARD enum err table_settings(struct hub_table *t, const struct hub_options *o,
                                  struct errinfo *e);
/* With the lock, of a list by repository, then by name, as t->charts is. The place of the first one that is
 * not before (repo, name); of the first one behind `at` that is of another repository.        */
size_t charts_find(struct hub_chart *const *list, size_t count, struct str repo, struct str name);
size_t charts_next_repo(struct hub_chart *const *list, size_t count, size_t at);
struct hub_chart *table_at(const struct hub_table *t, struct str repo, struct str name);   /* or NULL */
/* How often charts were downloaded, in the order of `charts`; others were not. Takes the lock. */
struct chart_pulls { struct str repo, name; uint64_t count; };
void table_set_pulls(struct hub_table *t, const struct chart_pulls *list, size_t count);

/* ---- chart.c ---- */
/* From a row of search.db, or one that is about to be one. */
NODISCARD enum err chart_new(const struct search_chart *row, struct hub_chart **ret,
                             struct errinfo *e);
struct hub_chart *chart_ref(struct hub_chart *c);
/* ASCII lower case, without separators: "certmanager". In the arena. */
NODISCARD enum err name_joined(struct arena *a, struct str name, struct str *ret,
                               struct errinfo *e);

/* ---- extract.c ---- */

/* Raised when the same archive gives other rows: search.db is then made anew. */
#define EXTRACT_VERSION "11"

/* What search.db keeps of a chart, from its archive (NULL: it could not be read, or is not here) and
 * index line.                                                                                 */
struct extract {
	struct search_text text;
	struct str facts;
};
struct extract_from {
	struct str repo, name;           /* entry->meta.name is what the archive calls itself */
	enum hub_origin origin;
	const struct index_entry *entry;
	const struct contents *contents; /* NULL: the archive could not be read */
	struct str signature;            /* word of the provenance verdict */
	const struct chart_images *images;       /* NULL: what can be read without rendering */
};
NODISCARD enum err extract_chart(struct arena *a, const struct extract_from *x, struct extract *ret,
                                 struct errinfo *e);
/* The dependencies of a version, with lock and vendored charts. */
NODISCARD enum err extract_edges(struct arena *a, const struct index_entry *entry,
                                 const struct contents *c, struct search_edge **ret,
                                 size_t *ret_count, struct errinfo *e);

/* ---- images_kept.c ---- */
/* A list of images as search.db keeps it, and back: texts and certainty. */
void images_keep(struct sbuf *b, const struct chart_images *x);
NODISCARD enum err images_kept(struct arena *a, struct str kept, struct chart_images *ret,
                               struct errinfo *e);

/* ---- contents.c ---- */
NODISCARD enum err contents_open(struct contents_cache **ret, struct errinfo *e);
void contents_close(struct contents_cache *k);
void contents_clear(struct contents_cache *k);
/* Read now, for the follower: not looked for and not kept. */
NODISCARD enum err contents_read(struct hub *h, struct str repo, struct str name,
                                 struct str version, struct contents **ret, struct errinfo *e);

/* ---- facet.c: called with the table's lock for writing ---- */
NODISCARD enum err facets_open(struct facets **ret, struct errinfo *e);
void facets_close(struct facets *f);
/* Fills c->facets. */
NODISCARD enum err facets_put(struct facets *f, struct hub_chart *c, struct errinfo *e);
void facets_remove(struct facets *f, const struct hub_chart *c);

/* ---- words.c: called with the table's lock for writing ---- */
NODISCARD enum err words_open(struct words **ret, struct errinfo *e);
void words_close(struct words *w);               /* NULL is fine */
/* Fills c->words. */
NODISCARD enum err words_put(struct words *w, struct hub_chart *c, struct errinfo *e);
void words_remove(struct words *w, const struct hub_chart *c);

/* ---- uses.c: who depends on whom, of the versions that are shown; with the lock for writing ---- */
NODISCARD enum err uses_open(const struct hub_options *o, struct uses **ret, struct errinfo *e);
void uses_close(struct uses *u);
NODISCARD enum err uses_put(struct uses *u, struct hub_chart *c, struct errinfo *e);
void uses_remove(struct uses *u, struct hub_chart *c);
/* Of all of them again, after repositories or their settings changed. */
NODISCARD enum err uses_again(struct uses *u, const struct hub_options *o,
                              struct hub_chart *const *charts, size_t count, struct errinfo *e);
/* With the lock: how many charts that the viewer sees depend on this one. */
uint64_t uses_count(const struct uses *u, const struct hub_chart *c, const struct hub_viewer *v);
/* The same, quicker, with a key that was made before, and with the same viewer as he sees what has charts:
 * no virtual repository is asked for there.                                                   */
uint64_t uses_key(const struct uses *u, const struct hub_chart *c);
uint64_t uses_count_of(const struct uses *u, uint64_t key, const struct hub_chart *c,
                       const struct hub_viewer *v, const struct hub_viewer *of_charts);

/* The catalog of charts: what people and programs find, read and compare.
 *
 *     ingest      ── event ─►  follow.c   a thread of its own reads what changed: the index line,
 *                                         the archive, and writes rows of search.db
 *                              table.c    the charts in memory, for ranking, facets, suggestions
 *     search.h    words and filters → charts
 *     graph.h     what a chart depends on, and who depends on it
 *     contents.h  what is in a version
 *
 * All of it is a projection: it runs behind the log by the time of a small transaction, and who
 * must see his own change asks hub_wait first. A search.db that is damaged, of another schema or
 * of another log is dropped and made again while the server serves.
 *
 * A chart is shown by one version of its: the newest stable one, else the newest pre-release.
 * Who may see a repository is asked for every answer (`struct hub_viewer`), never remembered.  */
#pragma once

#include <stdatomic.h>

#include "indexer/base/hash.h"
#include "indexer/base/limits.h"
#include "indexer/format/index.h"
#include "indexer/ingest/versions.h"

struct hub;

struct hub_options {
	struct ingest *ingest;
	/* What this server is known by: "https://charts.example.org", or a listener, "127.0.0.1:8879". A
	 * dependency's repository below one of them is ours. They outlive the hub.                */
	const char *const *addresses;
	size_t address_count;
	const char *default_repo;        /* the one at "/"; NULL: "main". It outlives the hub */
	/* The bytes of an upstream's archive that is not here, for who looks at a chart; blocks, and the
	 * caller frees them. At most HUB_FETCHES_MAX at a time. NULL: nobody fetches.            */
	enum err (*fetch)(void *ctx, struct str repo, struct str file, char **ret, size_t *ret_bytes,
	                  struct errinfo *e);
	void *fetch_ctx;
};

/* Loads what search.db has and starts to follow the log from there. */
NODISCARD enum err hub_open(const struct hub_options *o, struct hub **ret, struct errinfo *e);
void hub_close(struct hub *h);                   /* before ingest_close; NULL is fine */
/* From ingest_options.committed. */
void hub_wake(struct hub *h, uint64_t last_event);
/* From ingest_options.index_changed. */
void hub_look_at(struct hub *h, struct str repo, struct str chart);
/* Drops search.db, and makes it and the charts in memory again from the index and the archives, while
 * the server serves what is there so far. Does not wait for it.                              */
void hub_remake(struct hub *h);
/* Until the catalog of charts has what event `event` changed, 0: the last one that is known; at most
 * `ms`, and not at all while more than HUB_WAIT_EVENTS wait. False: it has not. Blocks. */
bool hub_wait(struct hub *h, uint64_t event, unsigned ms);
/* The same of the purge that was this event, for HUB_PURGE_WAIT_MS. BUSY: something of it may be left in search.db,
 * of which a reader was in the way or which is behind; it is removed by itself.               */
NODISCARD enum err hub_wait_purged(struct hub *h, uint64_t event, struct errinfo *e);

struct hub_stats {
	uint64_t charts, repositories;   /* of everybody */
	uint64_t event, behind;          /* up to which event it is true; events that wait */
	uint64_t generation;             /* moves with every change of what is shown */
	uint64_t unread;                 /* archives and index lines that could not be read */
	bool stopped;                    /* search.db cannot be written; tried again now and then */
	uint64_t searches, search_ns;    /* since the start; all they took together */
};
void hub_stats(struct hub *h, struct hub_stats *ret);

/* ---- who looks ---- */
struct hub_viewer {
	bool (*sees)(void *ctx, struct str repo);    /* NULL: everything */
	void *ctx;
};
static inline bool hub_sees(const struct hub_viewer *v, struct str repo)
{
	return !v || !v->sees || v->sees(v->ctx, repo);
}

/* ---- a chart as it is shown ---- */
struct hub_dependency { struct str name, range, repository; };

/* Where the archive of a version is. CACHED, REMOTE: of an upstream. */
#define HUB_ORIGINS(X) X(HOSTED, "hosted") X(CACHED, "cached") X(REMOTE, "remote")
enum hub_origin {
#define X(name, word) ORIGIN_##name,
	HUB_ORIGINS(X)
#undef X
	ORIGIN_COUNT
};
const char *hub_origin_word(enum hub_origin origin);             /* "hosted"; static */

/* Immutable and reference-counted; slices live as long as the reference. */
struct hub_chart {
	int64_t id;                      /* of its row, and of its words */
	struct str repo, name;
	struct index_entry entry;        /* of the shown version: metadata, created, digest, urls */
	struct str joined;               /* the name in lower case without separators: "certmanager" */
	struct str alternative;          /* artifacthub.io/alternativeName */
	struct str license, category;    /* an SPDX id; a slug of Artifact Hub; empty: unknown */
	struct str signature;            /* word of the provenance verdict: "good", "unknown_key"; a file
	                                    that nobody judged: "unchecked"; empty: no provenance file */
	uint64_t bytes;                  /* of the archive */
	bool prerelease, library, has_schema, has_crds, has_readme, has_changelog;
	bool has_icon;                   /* in its archive: an image that this server can show */
	bool read;                       /* the archive could be read: facts are known */
	enum hub_origin origin;          /* REMOTE: what is known is what the index says */
	uint64_t kube;                   /* which minors kubeVersion admits; all without one */
	struct str *images, *kinds;      /* image references; its custom resources: "Widget widgets.acme.io" */
	struct str *people;              /* maintainers of the annotation, besides Chart.yaml's */
	size_t image_count, kind_count, person_count;
	struct hub_dependency *dependencies;
	size_t dependency_count;
	_Atomic uint64_t pulls;          /* of all its versions, the last 30 days */

	/* hub's own */
	atomic_uint refs;
	struct hub_words *words;         /* words.c's */
	uint32_t *facets;                /* facet.c's */
	size_t facet_count;
	struct chart_uses *uses;         /* uses.c's */
};
/* A reference, or NULL. */
struct hub_chart *hub_chart_get(struct hub *h, struct str repo, struct str name);
void hub_chart_unref(struct hub_chart *c);       /* NULL is fine */
/* The minors that a kubeVersion admits; all of them for an empty one, none for one that is no range. */
uint64_t hub_kube_minors(struct str range);
/* The same in words: "1.19 – 1.29, 1.31", "1.36 and newer", "none that is known"; or that it is no range. */
void hub_kube_put(struct sbuf *b, struct str range);
/* How many charts that the viewer sees depend on this one, by the versions that are shown. */
uint64_t hub_used_by(struct hub *h, struct str repo, struct str name, const struct hub_viewer *v);

/* All versions of a chart that are in the index, the newest first. Slices live as long as the
 * snapshot, which the caller gives back. NOT_FOUND, REPO_NOT_FOUND.                           */
struct hub_versions {
	struct snapshot *snapshot;
	struct rope_version *list;
	size_t count;
};
NODISCARD enum err hub_versions(struct hub *h, struct arena *a, struct str repo, struct str name,
                                struct hub_versions *ret, struct errinfo *e);
void hub_versions_done(struct hub_versions *v);
/* By its version, or because its annotation says so. */
bool hub_is_prerelease(const struct rope_version *v);
/* The one of them that is shown when none is asked for. */
size_t hub_shown(const struct rope_version *list, size_t count);

/* Charts of a repository that the viewer sees, by name, as references; all repositories with an empty
 * name. hub_charts_done gives them back.                                                     */
struct hub_charts { struct hub_chart **list; size_t count; };
NODISCARD enum err hub_charts(struct hub *h, struct arena *a, const struct hub_viewer *v,
                              struct str repo, struct hub_charts *ret, struct errinfo *e);
/* The deprecated ones that are called so, whatever its case and separators; at most `limit`. */
NODISCARD enum err hub_deprecated(struct hub *h, struct arena *a, const struct hub_viewer *v,
                                  struct str name, size_t limit, struct hub_charts *ret,
                                  struct errinfo *e);
void hub_charts_done(struct hub_charts *c);

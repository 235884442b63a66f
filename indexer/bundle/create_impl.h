/* Private to bundle_create: what is known of the versions while a bundle is made.
 *
 * Each version is held in about 130 bytes; its row, with the line of the index, is read again where it
 * is needed.
 *
 *     create.c        the whole, and its order
 *     create_rows.c   repositories, and their versions
 *     select.c        the bundle's own repository is read, and its rules say what is taken
 *     closure.c       what that depends on, from other repositories here
 *     delta.c         of all that: what is told, and which files have to be carried; what the other side
 *                     had selected then: delta_then.c
 *     create_put.c    versions.jsonl, log.jsonl, the indexes
 *     create_write.c  manifest, head and signatures, the tar                                  */
#pragma once

#include "indexer/base/fs.h"
#include "indexer/bundle/create.h"
#include "indexer/bundle/history.h"
#include "indexer/bundle/inventory.h"
#include "indexer/format/index.h"
#include "indexer/format/places.h"
#include "indexer/format/repo_settings.h"
#include "indexer/ingest/lineage.h"
#include "indexer/store/catalog.h"

#define BUNDLE_RULE_NONE UINT32_MAX

struct item_prov { struct sha256 digest; uint64_t bytes; };

struct item {                        /* a version */
	struct source *source;
	struct item *next;               /* of the same hash */
	struct item_prov *prov;          /* NULL: it has none */
	int64_t id, created_ns;
	uint64_t bytes;
	struct sha256 digest;
	uint32_t rule;                   /* which one takes it; BUNDLE_RULE_NONE: none */
	uint16_t chart_bytes, version_bytes;
	bool deleted : 1, damaged : 1, yanked : 1, absent : 1;
	bool renamed : 1;                /* of an upstream, whose index has it under another name than its own */
	bool told : 1;                   /* versions.jsonl has it */
	bool listed : 1;                 /* its images are in the lines of struct making */
	bool carried : 1, carries_prov : 1;      /* its files are in it */
	bool changed : 1, came : 1, prov_came : 1;       /* by an event since the parent */
	char text[];                     /* its file, which is "<chart>-<version>.tgz" */
};
struct str item_chart(const struct item *i);
struct str item_version(const struct item *i);
struct str item_file(const struct item *i);

struct source {                      /* a repository here */
	struct repo_row row;
	struct repo_settings settings;
	enum repo_kind kind;
	struct item **items;             /* by name, the newest version first */
	size_t count, capacity;
	struct str *charts;              /* those that were read; not of the bundle's own */
	size_t chart_count, chart_capacity;
	bool included;                   /* something of it is in the bundle */
	bool is_own;
};

struct wish {
	struct str pattern, text;        /* text: as people wrote it */
	struct semver_range *range;      /* NULL: any version */
	const struct bundle_wish *asked;
	bool leaves_out, elsewhere, matched;
	struct str had;                  /* NEWEST: of which chart there is one already */
};

struct need;                         /* closure.c */

/* Of images.txt. */
struct image_lines {
	struct sbuf text;
	size_t enough;                   /* bytes at which those that are there twice go */
};

#define ITEM_BUCKETS 65536u

struct making {
	const struct bundle_create *o;
	struct arena *arena;
	uint64_t at;                     /* rows as they were after this event; 0: as they are */
	struct making *then;             /* what was selected at the parent; NULL: nobody has to know */
	struct item **buckets;
	bool among;                      /* versions are judged against others, too */
	bool verified_alone;             /* … by verdicts on their provenance files */
	bool own_was_set;                /* the own repository has other settings since the parent */
	struct datadir *data;
	struct catalog *catalog;
	struct lineage lineage;          /* not of `then` */
	struct source *sources;          /* by name */
	size_t source_count;
	struct source *own;
	struct alias_row *aliases;
	size_t alias_count;
	struct wish *wishes;
	size_t wish_count;
	struct bundle_rule *rules;       /* one of each wish, or of everything, and of dependencies */
	size_t rule_count;
	struct item **taken;             /* live ones, in the order in which they were found */
	size_t taken_count, taken_capacity;
	struct image_lines images;
	struct places *places;
	struct virtual_stored *virtual;  /* while dependencies are looked for; NULL: nobody asked yet */
	struct need **needs;
	struct inventory inventory;
	bool has_inventory;
	struct bundle_created *ret;
};

/* Why something that is wanted is not in the bundle. */
void making_missing(struct making *m, struct str repo, struct str what, const char *why);
struct source *making_source(struct making *m, struct str name);  /* also by a name it had; NULL: none */
/* Which an event is of: the name may have been another one's then. NULL: none of these. */
struct source *making_source_of(struct making *m, const struct event *ev);
/* A row that is not there yet; its texts are copied. */
NODISCARD enum err source_add(struct making *m, struct source *s, const struct version_row *row,
                              struct errinfo *e);
NODISCARD enum err source_sort(struct source *s, struct errinfo *e);
/* Behind the last version of the chart that `first` is of; they are sorted. */
size_t source_chart_end(const struct source *s, size_t first);
struct item *making_find(const struct making *m, const struct source *s, struct str chart,
                         struct str version);
/* All of a repository; or, of one that is not the bundle's own, no more than the chart that is asked for. */
NODISCARD enum err source_read(struct making *m, struct source *s, struct errinfo *e);
NODISCARD enum err source_read_chart(struct making *m, struct source *s, struct str chart, struct errinfo *e);
NODISCARD enum err making_new(struct making *m, struct errinfo *e);      /* the lists of repositories */
/* Its row, as it was at m->at. In the arena. */
NODISCARD enum err item_row(const struct making *m, const struct item *i, struct arena *a,
                            struct version_row *ret, struct errinfo *e);
/* From there on it is in the bundle, if it is to be had. */
NODISCARD enum err making_take(struct making *m, struct item *i, uint32_t rule, struct errinfo *e);
/* Of what is needed, and of what ended that was needed. */
static inline uint32_t rule_of_dependencies(const struct making *m) { return (uint32_t)m->wish_count + 1; }

/* Reads the wishes and what is taken of the own repository. */
NODISCARD enum err select_own(struct making *m, struct errinfo *e);
/* Dependencies of what is taken, and wishes for other repositories. */
NODISCARD enum err closure_is_elsewhere(struct making *m, struct str repository, bool *ret,
                                        struct errinfo *e);
NODISCARD enum err closure_take(struct making *m, struct errinfo *e);
/* Fills head.parent, and `told` and `carried` of all. */
NODISCARD enum err delta_judge(struct making *m, struct errinfo *e);
/* What was selected at the parent, where that is not told by each version itself (delta_then.c). */
NODISCARD enum err then_read(struct making *m, uint64_t parent, struct errinfo *e);
bool then_had(const struct making *m, const struct item *i);
/* The selection as one line. */
NODISCARD enum err select_filter(struct making *m, struct str *ret, struct errinfo *e);

/* A member of the bundle that is written first and hashed on the way: to a file without a name. */
struct spool {
	struct fs_tmp file;
	struct sha256_stream *hash;
	struct sbuf waiting;
	uint64_t bytes;
	struct sha256 digest;            /* after spool_end */
};
NODISCARD enum err spool_new(struct making *m, struct spool *ret, struct errinfo *e);
/* Text goes to `waiting`, which this empties when it is large. */
NODISCARD enum err spool_flush(struct spool *s, struct errinfo *e);
NODISCARD enum err spool_end(struct spool *s, struct errinfo *e);
void spool_done(struct spool *s);    /* zeroes are fine */

/* Lines were added to images->text (create.c). */
NODISCARD enum err image_lines_added(struct image_lines *images, struct errinfo *e);

/* Begin `to`, write it and end it. put_versions: and the lists of images that were pushed. */
NODISCARD enum err put_versions(struct making *m, struct spool *to, struct errinfo *e);
NODISCARD enum err put_index(struct making *m, struct source *s, struct spool *to, struct errinfo *e);
NODISCARD enum err put_log(struct making *m, struct spool *to, struct errinfo *e);

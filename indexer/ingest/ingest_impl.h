/* Private to ingest/: the state that the writer, the workers and the readers share. */
#pragma once

#include <stdatomic.h>

#include "indexer/base/thread.h"
#include "indexer/ingest/ingest.h"
#include "indexer/store/catalog.h"

/* One repository. `now` is swapped by the writer and read by everyone, both under `lock`; the
 * rest is the writer's or constant.                                                          */
#define REPOSITORY_BUCKETS 1024u

struct repository {
	struct repository *next;         /* list grows at its head; nothing is ever removed */
	struct repository *next_alike;   /* in by_name */
	_Atomic int64_t id;              /* 0: being made, or could not be */
	char name[REPO_NAME_MAX_BYTES + 1];
	int charts_fd;                   /* the number is constant until it is gone, the folder is not */
	unsigned users;                  /* of it, besides the writer; under the lock */
	pthread_mutex_t lock;
	struct snapshot *now;
	struct virtual_report *report;   /* of a virtual one, as it was told last; NULL: it was not */
	struct sha256 left_out;          /* XOR of the digests of damaged versions: part of identity */
	struct batch_repo *batch;        /* the writer's: what this batch does to it */
	atomic_bool gone;                /* renamed or deleted: not found any more */
	_Atomic(struct repository *) renamed_to; /* of one that is gone */
	_Atomic enum visibility visibility;      /* of the snapshot; ABSENT: being made */
	atomic_bool index_dirty;         /* repos/<repo>/index.yaml is older than the snapshot */
	int64_t clock_ns;                /* the writer's, of a virtual one: what cooled down by then is shown */
	_Atomic int64_t release_ns;      /* when the next cool-down of a virtual one ends; INT64_MAX: none */
};

struct ingest {
	struct ingest_options options;
	struct datadir *dir;
	struct catalog *catalog;         /* the writer's connection */
	struct pool *pool, *readers_pool;        /* who reads does not wait for who syncs */
	_Atomic(struct repository *) repositories, by_name[REPOSITORY_BUCKETS];

	pthread_mutex_t lock;            /* the queue, the readers, draining */
	pthread_cond_t wake, idle;
	struct change *first, **last;    /* judged, waiting for the writer */
	size_t queued, pending;          /* pending: submitted and not yet answered */
	size_t bulk_pending;             /* of these: bulk changes still with the workers */
	bool draining, ending;
	struct reader *readers;          /* idle read-only connections */
	struct scratch *scratches;       /* idle inflate buffers */

	struct thread writer, flusher;
	pthread_cond_t flush_wake;
	pthread_mutex_t flush_lock;      /* one writes index files at a time */
	struct views *views;             /* view.c */
	struct virtual_plan *plan;       /* the writer's: virtual_impl.h */
	char server_info[ROPE_SERVER_INFO_MAX_BYTES];    /* options.server_info may point to it: as_served */
	bool index_form_is_new;          /* index files were written otherwise */
	atomic_bool stopped;             /* an outcome is unknown: no more changes */
	struct errinfo why_stopped;      /* constant from then on */
	atomic_bool left_behind;         /* files and folders that should have gone: the next start looks for them */
	atomic_bool unpurged;            /* something may be left of what was purged */
	atomic_int storage;              /* enum err: why it takes no writes; space.c */
	atomic_int reserve;              /* a file without a name that holds space; -1: none; space.c */
	atomic_uint_fast64_t free_bytes, total_bytes;    /* of the filesystem, a moment ago */
	atomic_uint_fast64_t shown;      /* the newest event that the snapshots show */
#define X(name) atomic_uint_fast64_t name;
	INGEST_COUNTS(X)
#undef X
};

/* ---- repository.c ---- */
struct repository *repository_find(struct ingest *g, struct str name);
/* What a name that no repository has any more became; NULL: nothing, or it is in use. */
struct repository *repository_renamed(struct ingest *g, struct str name);
/* Of that name, or the one that had it: what a member of a virtual repository means. NULL: none. */
struct repository *repository_meant(struct ingest *g, struct str name);
/* There is one of that name, or was; of those that went before the start, where the name is reserved by now. */
bool repository_was(struct ingest *g, struct str name);
NODISCARD enum err repository_add_old_names(struct ingest *g, struct errinfo *e);
/* Neither gone nor still being made. */
bool repository_is_shown(struct repository *r);
/* A name that a repository had: found by ingest_renamed alone. */
NODISCARD enum err repository_add_alias(struct ingest *g, struct str name, struct repository *to,
                                        struct errinfo *e);
/* `folder`: whose charts folder it has, its own name but where that could not be moved yet. */
NODISCARD enum err repository_add(struct ingest *g, int64_t id, struct str name, struct str folder,
                                  struct repository **ret, struct errinfo *e);
/* BUSY: the folder of this name holds the charts of one that was called so, and could not be moved. */
NODISCARD enum err repository_has_place(struct ingest *g, struct str name, struct errinfo *e);
/* The same folder under another name; nothing is found by it before it gets an id. */
NODISCARD enum err repository_add_renamed(struct ingest *g, struct repository *old,
                                          struct str name, struct repository **ret,
                                          struct errinfo *e);
void repository_free(struct repository *r);
/* Whoever is not the writer uses the folder in between: the descriptor of one that is gone is closed when nobody does,
 * and there is none for who comes later. False: it is closed.                                 */
bool repository_enter(struct repository *r);
void repository_leave(struct repository *r);
/* One that is gone: what it holds goes. */
void repository_close(struct repository *r);
/* Somebody removed the charts folder. */
bool repository_is_homeless(const struct repository *r);
/* The folder made again, durably, behind the same descriptor: readers use it meanwhile. */
NODISCARD enum err repository_rehouse(struct ingest *g, struct repository *r, struct errinfo *e);
/* The settings of a repository, shared by its snapshots. */
struct settings {
	unsigned refs;
	struct arena arena;
	struct repo_settings values;
	struct str json;                 /* canonical */
};
/* From JSON on top of `base` (NULL: the defaults). */
NODISCARD enum err settings_new(const struct settings *base, struct str json,
                                struct settings **ret, struct errinfo *e);
/* Of the log or a row, which may be older than the rules of today: a keyring that may not be shown (keyring.h) is
 * missing in `values`, and in `json` of what is made on top of it.                           */
NODISCARD enum err settings_stored(struct str json, struct settings **ret, struct errinfo *e);
struct settings *settings_ref(struct settings *s);
void settings_unref(struct settings *s);         /* NULL is fine */
bool settings_want_yaml(const struct ingest *g, const struct settings *s);

/* A snapshot around ropes and settings that are taken over (NULL is fine for a YAML rope that is
 * not kept), also on error.                                                                  */
NODISCARD enum err snapshot_new(struct rope *json, struct rope *yaml, struct settings *settings,
                                const struct event *last, const struct sha256 *left_out,
                                struct snapshot **ret, struct errinfo *e);
/* Whether the log knows a repository that has no row. */
NODISCARD enum err repository_is_lost(struct ingest *g, struct catalog *catalog, struct str name,
                                      bool *ret, struct errinfo *e);
/* Adds a damaged version's digest to repository.left_out, or takes it back. */
void toggle_left_out(struct sha256 *left_out, const struct sha256 *digest);
/* What all indexes say of the server, before anybody else has them; `yaml` may be NULL. */
void tell_server(const struct ingest *g, struct rope *json, struct rope *yaml);
/* An empty index; *ret_yaml stays NULL unless `yaml`. */
NODISCARD enum err empty_ropes(bool yaml, struct rope **ret_json, struct rope **ret_yaml,
                               struct errinfo *e);
struct snapshot *repository_snapshot(struct repository *r);      /* a new reference */
struct snapshot *repository_shown(struct repository *r);         /* the same; NULL: it is not shown, or no more */
/* Of one that is gone: its index goes from memory, as far as there is memory for another one. */
void repository_empty(struct repository *r);
struct ingest_source repository_source(const struct repository *r, const struct repo_settings *s);
enum repo_kind repository_kind(struct repository *r);            /* as readers see it */
void repository_swap(struct repository *r, struct snapshot *s);  /* takes s over */

/* ---- load.c: start-up ---- */
/* Reads all repositories and versions; with `check`, compares the files with the rows first
 * (after an unclean end): files without a row go to quarantine, rows without a file are damaged. */
NODISCARD enum err load_repositories(struct ingest *g, bool check, struct errinfo *e);

/* ---- stored.c: a chart that is stored ---- */
#define PROV_NAME_BYTES (CHART_FILE_NAME_MAX_BYTES + 8)
void prov_file_name(struct str file, char ret[PROV_NAME_BYTES]);          /* "<file>.prov" */
/* The caller frees *ret_data. NOT_FOUND: no such regular file; DAMAGED: other bytes, or they
 * cannot be read; another error: there was no memory or descriptor to look.                  */
NODISCARD enum err stored_read(struct repository *r, const char *file,
                               const struct sha256 *digest,
                               char **ret_data, size_t *ret_bytes, struct errinfo *e);
NODISCARD enum err stored_is_whole(struct repository *r, const char *file,
                                   const struct sha256 *digest, bool *ret, struct errinfo *e);
/* The index line that an archive makes, in arena `a`; of the row, names, file, digest and created
 * count. METADATA: another chart is in it.                                                   */
NODISCARD enum err stored_line(struct ingest *g, struct arena *a, struct str tgz,
                               const struct version_row *row, struct str *ret, struct errinfo *e);

/* ---- judge.c: the worker's part ---- */
NODISCARD enum err judge(struct ingest *g, struct change *c);
/* A stranger's file in c->tgz makes room for a copy of it, which is not durable yet. */
NODISCARD enum err copy_source(struct ingest *g, struct change *c);

/* ---- writer.c ---- */
void *writer_main(void *ingest);
bool writer_has_work(const struct ingest *g);                    /* under g->lock */
void ingest_finish(struct ingest *g, struct change *c);          /* counts and calls done */
bool ingest_is_draining(struct ingest *g);
/* No more changes, until the program is started again; any thread. The second: why, if so. */
void ingest_stop(struct ingest *g, const struct errinfo *e);
NODISCARD enum err ingest_stopped(const struct ingest *g, struct errinfo *e);

/* ---- index_file.c ---- */
void *flusher_main(void *ingest);

/* What the options say of index files is kept for who opens the directory as_served, or was kept. */
NODISCARD enum err index_form_settle(struct ingest *g, struct errinfo *e);
/* Writes those that are older than what is served, where they are written at all; what fails is told in the log, and
 * stays to be done.                                                                          */
void flush_index_files(struct ingest *g);
/* Writes or removes what static web servers see, right now; nothing may change meanwhile. */
NODISCARD enum err flush_now(struct ingest *g, struct errinfo *e);

/* ---- index_unread.c ---- */
/* The text of the index of `s`, whose lines are not held. */
NODISCARD enum err index_unread_write(struct ingest *g, const struct repository *r, const struct snapshot *s,
                                    int fd, struct errinfo *e);

/* ---- signature.c: the worker's part ---- */
/* What c->prov is worth, where the repository asks: against its keyring, for this chart. */
NODISCARD enum err signature_check(struct ingest *g, struct change *c,
                                   const struct chart_meta *chart);
/* The same for a provenance file that comes alone: its chart is stored. */
NODISCARD enum err signature_check_stored(struct ingest *g, struct change *c);

/* ---- undelete.c ---- */
/* Opens what the deletion kept, so that it is judged like an upload; leaves c->tgz alone where there is
 * nothing to bring back, which is the writer's to say.                                       */
NODISCARD enum err undelete_open(struct ingest *g, struct change *c);
/* The verdict when that has other bytes. */
NODISCARD enum err undelete_damaged(struct change *c);
/* How a file of a deleted version goes: with `keep` for a while, unless names return or the disk is
 * full. A crash may have left one, so start-up does it too.                                  */
/* What cannot be moved or removed is in nobody's way: it is told, and tried again at the next start. Of READ_ONLY and
 * DISK_FULL makes OK.                                                                         */
NODISCARD enum err leave_behind(struct ingest *g, struct str repo, const char *file, enum err err,
                                struct errinfo *e);
NODISCARD enum err end_deleted_file(struct ingest *g, struct repository *r, const char *file,
                                    uint64_t event, bool keep, struct errinfo *e);

/* ---- purge.c ---- */
/* What is left of all purged versions goes: files, lines, free pages. Idempotent; noted in the
 * catalog until it is done, and told when it is not. On the writer's thread, or before it runs. */
NODISCARD enum err purge_clean(struct ingest *g, struct errinfo *e);
/* The same for what a crash left, or could not go then; CORRUPT alone is an error. */
NODISCARD enum err purge_resume(struct ingest *g, struct errinfo *e);
/* purge_repo.c: the part of it that is about deleted repositories. */
struct lineage;
NODISCARD enum err purge_clean_repositories(struct ingest *g, const struct lineage *lineage,
                                            struct errinfo *e);

/* ---- space.c ---- */
void space_check(struct ingest *g);
/* Gives the reserve to a change that makes room. False: there is none. */
bool space_release(struct ingest *g);

/* ---- view.c ---- */
NODISCARD enum err views_new(struct views **ret, struct errinfo *e);
void views_free(struct views *v);                /* NULL is fine */
/* After a purge: what was shown may be shown no more. */
void views_forget(struct views *v, const struct repository *r);

/* ---- reader connections ---- */
struct reader { struct reader *next; struct catalog *catalog; };
NODISCARD enum err reader_take(struct ingest *g, struct reader **ret, struct errinfo *e);
void reader_give(struct ingest *g, struct reader *r);
/* The version that a reader finds under the name of its archive. NOT_FOUND. */
NODISCARD enum err reader_row(struct ingest *g, const struct repository *r, struct arena *a,
                              struct str chart_file, struct version_row *ret, struct errinfo *e);

/* ---- unchanged.c ---- */
/* Sets c->unchanged or c->differs where the version is there; NOMEM. */
NODISCARD enum err unchanged_judge(struct ingest *g, struct change *c, const struct chart *came);

/* ---- what a thread keeps from one archive to the next ---- */
struct scratch { struct scratch *next; struct chart_scratch chart; };
struct scratch *scratch_take(struct ingest *g);                  /* NULL: out of memory */
void scratch_give(struct ingest *g, struct scratch *s);

/* Private to the writer: what one transaction does.
 *
 *     catalog_begin
 *     apply            each change, in the order they came: a verdict, or files, row and event
 *     batch_snapshots  the next indexes are ready
 *     batch_sync       the new names are durable
 *     catalog_commit
 *     finish_replace   each change: replacements take their names
 *     batch_swap       readers see it
 *     finish_remove    each change: files of deleted versions go
 *     batch_done
 */
#pragma once

#include "indexer/ingest/ingest_impl.h"
#include "indexer/ingest/upstream_change.h"

#define WAITING_NAME_BYTES (SHA256_HEX_BYTES + 8)

struct batch_repo {                  /* what a batch does to one repository */
	struct repository *repo;
	struct rope_edit *json, *yaml;
	struct rope *json_base, *yaml_base;      /* edited instead of the current ropes */
	struct settings *settings;       /* new ones */
	bool no_yaml;                    /* index.yaml is JSON from now on */
	struct snapshot *next;
	struct event last;               /* last.seq 0: nothing happened */
	struct sha256 left_out;
	bool sync;                       /* its charts folder has new names */
	bool borrowed;                   /* a renamed repository: nothing to be kept if this fails */
	struct changed_chart *charts;    /* in its index; what virtual repositories look at again */
	bool all_charts;                 /* or they look at all of it */
	bool ends;                       /* renamed or deleted */
	struct repository *becomes;      /* renamed */
	int64_t clock_ns;                /* of a virtual one: its new clock; 0: as before */
	int64_t release_ns;              /* … and when its next cool-down ends then; 0: as before */
	struct change *releases;         /* a RELEASE of a virtual one */
	struct batch_repo *following;
};

struct changed_chart { struct changed_chart *following; struct str name, version; };

struct index_change { struct index_change *following; struct str repo, chart; };   /* without an event */

struct batch {
	struct ingest *g;
	struct arena arena;
	struct batch_repo *repos;
	struct unfinished *unfinished;   /* files that are renamed or removed after the commit */
	bool sync_all;                   /* a bulk change is in it: one syncfs for the whole batch */
	bool repos_changed;
	bool alone;                      /* one change is all that is in it */
	bool failed;                     /* something was half written: nothing may be committed */
	uint64_t last_event;
	uint64_t events;                 /* what a commit adds to the counters of ingest */
	int64_t damaged;
	struct index_change *index_changes;
	uint64_t structure;              /* counts what changes which repositories there are, and their settings */
	uint64_t planned;                /* the count that `plan` was made for */
	struct virtual_plan *plan;       /* NULL: that of ingest still is right */
};

/* ---- apply.c, apply_….c, rebuild.c: one change ---- */
/* A verdict (EXISTS, NOT_FOUND, …) is returned before anything was written; any error after that
 * sets b->failed. So does a change of a file that waits for the commit already: it comes alone. */
NODISCARD enum err apply(struct batch *b, struct change *c);
NODISCARD enum err apply_publish(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_prov(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_rebuild(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_delete(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_yank(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_unyank(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_images(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_undelete(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_purge(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_damaged(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_stray(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_prov_lost(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_repo(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_repo_set(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_repo_rename(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_repo_delete(struct batch *b, struct repository *r, struct change *c);
/* ---- apply_bundle.c, finish_bundle.c ---- */
NODISCARD enum err apply_bundle(struct batch *b, struct repository *r, struct change *c);
/* A name in the repository's folder leads to the staged file of this digest. */
bool bundle_is_staged(const struct bundle_change *x, const char *hex, const struct repository *r,
                      const char *file);
NODISCARD enum err bundle_replace(struct batch *b, struct change *c, struct errinfo *e);
NODISCARD enum err bundle_finish(struct batch *b, struct change *c, struct errinfo *e);
NODISCARD enum err bundle_undo(struct batch *b, struct change *c, struct errinfo *e);
/* ---- apply_upstream.c ---- */
NODISCARD enum err apply_upstream(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_keep(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_accept(struct batch *b, struct repository *r, struct change *c);
/* ---- apply_release.c ---- */
NODISCARD enum err apply_promote(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_unpromote(struct batch *b, struct repository *r, struct change *c);
NODISCARD enum err apply_release(struct batch *b, struct repository *r, struct change *c);
/* Of a name, whether a repository has it or not. */
NODISCARD enum err apply_repo_purge(struct batch *b, struct change *c);
/* With the row and the event; `known`: for rebuild, where the log has it already and says its
 * settings.                                                                                  */
NODISCARD enum err make_repository(struct batch *b, struct change *c, bool known,
                                   struct repository **ret);
/* What the log says it was set to; one that it made without settings has the defaults. NOT_FOUND. */
NODISCARD enum err logged_settings(struct batch *b, struct str repo, struct settings **ret,
                                   struct errinfo *e);
/* REPO_NOT_FOUND: a repository of this name ended, or one that handed its settings down to it. It may
 * have been private, and what a push makes would be public.                                  */
NODISCARD enum err check_push_makes(struct batch *b, struct change *c);
/* The event with the change's reason, and the row; out of the index. */
NODISCARD enum err write_yank(struct batch *b, struct repository *r, struct change *c, struct version_row *row);
/* Sets result.name, version and file to a row's. */
NODISCARD enum err name_version(struct change *c, const struct version_row *row);
/* The version that c->file names, deleted or not; its names and digest go to the result. */
NODISCARD enum err find_version(struct batch *b, struct repository *r, struct change *c,
                                struct version_row *ret);

/* The same of one that is not deleted. NOT_FOUND. */
NODISCARD enum err find_present(struct batch *b, struct repository *r, struct change *c,
                                struct version_row *ret);

/* ---- purge.c ---- */
/* Notes in the catalog that there is something to clean. */
NODISCARD enum err purge_note(struct batch *b, struct change *c);

/* ---- apply_audit.c ---- */
/* The row of a change that has a note and has changed something. */
NODISCARD enum err audit_change(struct batch *b, struct change *c);
/* Nothing of it was committed. */
void audit_forget(struct change *c);

/* ---- apply_rules.c: what the repository asks for ---- */
/* SIGNATURE: it requires signed charts and this one has no good signature, now or (`same` bytes)
 * since it was published.                                                                    */
NODISCARD enum err rules_signature(const struct repository *r, struct change *c,
                                   const struct version_row *row, bool same);
/* QUOTA; `replaced` makes room, NULL: nothing is. */
NODISCARD enum err rules_quota(struct batch *b, const struct repository *r, struct change *c,
                               const struct version_row *replaced);

/* ---- batch.c: the steps of a change ---- */
struct batch_repo *batch_repo(struct batch *b, struct repository *r);    /* NULL: out of memory */
void batch_repo_reset(struct batch_repo *br);                    /* forgets what is to change */
void batch_done(struct batch *b);

/* detail: canonical JSON; empty: there was no memory for it, which is the error then. */
NODISCARD enum err batch_log(struct batch *b, struct change *c, struct repository *r,
                             const char *kind, const char *digest, struct str detail);
/* The same of what no index shows: its `generated` stays. */
NODISCARD enum err batch_log_beside(struct batch *b, struct change *c, struct repository *r,
                                    const char *kind, const char *digest, struct str detail);
/* Of a repository that is gone: no index shows it. */
NODISCARD enum err batch_log_gone(struct batch *b, struct change *c, const char *kind);
/* {"reason":…,"trip":…} of what the change has of them; in the batch's arena. Empty: out of memory. */
struct str batch_reason(struct batch *b, const struct change *c);
/* Into the index and out of it; what is yanked is never shown. */
NODISCARD enum err batch_show(struct batch *b, struct repository *r, const struct version_row *row,
                              struct errinfo *e);
NODISCARD enum err batch_hide(struct batch *b, struct repository *r, const struct version_row *row,
                              struct errinfo *e);
/* The same of a line that has no row. */
NODISCARD enum err batch_put_line(struct batch *b, struct repository *r, const struct index_item *item,
                                  struct errinfo *e);
NODISCARD enum err batch_remove_line(struct batch *b, struct repository *r, const struct index_item *item,
                                     struct errinfo *e);
/* The versions left out of the index are part of its identity: a repository without them is
 * another index, though the log is the same. Only after another step for this repository.    */
void batch_toggle_left_out(struct batch *b, struct repository *r, const struct version_row *row);
/* No more left out if it was, before its digest or state changes; the same condition. */
void batch_undamage(struct batch *b, struct repository *r, const struct version_row *row);
/* Its versions in the index change, and there is no event: ingest_options.index_changed. */
NODISCARD enum err batch_note_index(struct batch *b, const struct repository *r, struct str chart,
                                    struct errinfo *e);
/* Gives a temporary file its name. What has it goes to quarantine as what `why` says: "orphan" for
 * a leftover without a row, "damaged" where it should have had these bytes. A folder that was
 * removed is made again: what is published now has a place, what was in it stays damaged.    */
NODISCARD enum err batch_place(struct batch *b, struct repository *r, struct fs_tmp *t,
                               const char *name, const char *why, struct errinfo *e);
/* The charts folder has a new name, so it is to be made durable. */
NODISCARD enum err batch_note_name(struct batch *b, struct repository *r, struct change *c);
/* The line that a stored file makes, in the batch's arena; *ret stays as it is when the file is
 * not what the row says.                                                                     */
NODISCARD enum err batch_render(struct batch *b, struct repository *r,
                                const struct version_row *row, struct str *ret, struct errinfo *e);

/* ".<digest>.new" */
void waiting_name(const struct sha256 *digest, char ret[WAITING_NAME_BYTES]);

/* ---- batch.c: the end ---- */
/* What was changed in an index so far is held there, and not a second time: for long batches. */
NODISCARD enum err batch_fold(struct batch_repo *br, struct errinfo *e);
NODISCARD enum err batch_snapshots(struct batch *b, struct errinfo *e);
/* What readers will see of one repository. */
NODISCARD enum err batch_snapshot(struct batch *b, struct batch_repo *br, struct errinfo *e);
NODISCARD enum err batch_sync(struct batch *b, struct errinfo *e);
void batch_swap(struct batch *b);
/* Whoever follows the log, when names and folders are what they will be, too. */
void batch_tell(struct batch *b);

/* What the repository is set to, also by this batch. */
const struct repo_settings *batch_settings(const struct repository *r);

/* ---- finish.c: after the commit, or instead of it ---- */
NODISCARD enum err finish_replace(struct batch *b, struct change *c, struct errinfo *e);
NODISCARD enum err finish_remove(struct batch *b, struct change *c, struct errinfo *e);
bool change_removes(const struct change *c);     /* files go after the commit */
/* A file of a deleted version, or the provenance file of a replaced one, of an event. */
NODISCARD enum err finish_file(struct ingest *g, struct repository *r, const char *file, uint64_t event,
                               bool keep, struct errinfo *e);
/* A replacement takes the name of the file. */
NODISCARD enum err finish_rename(struct batch *b, struct repository *r, const struct sha256 *digest,
                                 const char *file, struct errinfo *e);
bool change_moves(const struct change *c);       /* the repository itself does */
/* Names that c made go away; on an error one may have stayed. */
NODISCARD enum err finish_undo(struct batch *b, struct change *c, struct errinfo *e);

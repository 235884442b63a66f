/* Private to stage….c and judge….c: a bundle while it is in DATA/incoming/. */
#pragma once

#include "indexer/base/fs.h"
#include "indexer/bundle/import.h"

#define STAGED_COMPLETE "complete"   /* a file that says: all of it is here and durable */

struct staged_member { uint64_t path; struct sha256 digest; bool used; };       /* path: its hash */

struct staged_repo {
	struct str name;
	int64_t id;                      /* 0: it is not here yet */
	bool overwrite, signed_only;     /* its settings here */
	struct repo_usage most;          /* its quota here */
	bool has_index;
	struct sha256 index;
	struct str known_as;             /* its addresses outside; may be empty */
	uint64_t versions, bytes;
};

struct bundle_staged {
	struct arena arena;
	struct datadir *data;
	struct catalog *catalog;
	int dir;                         /* incoming/<manifest> */
	bool dry_run, force_older;
	bool made;                       /* nothing was there before */
	struct bundle_head head;
	struct bundle_key *signers;
	size_t signer_count;
	struct fs_tmp manifest;          /* a file with its text; fd -1: none yet */
	struct staged_member *members;   /* charts and provenance files, by the hash of their paths */
	size_t member_count, member_room;
	struct sha256 versions, log;
	struct staged_repo *repos;       /* its own first */
	size_t repo_count, repo_room;
	struct str edge;                 /* of the log at own.event, as a trip has it */
};

/* ---- stage.c ---- */
/* A file of this name in the folder, whole or not there; durable when all of it is made so. */
NODISCARD enum err staged_write(const struct bundle_staged *s, const char *name, struct str text,
                                struct errinfo *e);

/* ---- stage_resume.c: what a broken import left ---- */
/* Whether a file of a bundle is in the folder, with these bytes (what is damaged goes), or its archive in a
 * repository here.                                                                            */
NODISCARD enum err staged_has(const struct bundle_staged *s, struct str path, const struct sha256 *digest,
                              bool *ret, struct errinfo *e);
struct resume {
	int marks;                       /* -1: closed */
	size_t files;                    /* members behind the manifest that were passed over */
	uint64_t bytes;                  /* what they hold */
};
/* Behind the manifest: passes over the members that were compared before, if they are still there and the
 * files of the medium are those that they were read from.                                     */
NODISCARD enum err resume_begin(const struct bundle_staged *s, struct bundle_reader *r, struct resume *ret,
                                struct errinfo *e);
/* All up to this byte of the bundle is compared, and `bytes` of its files. */
void resume_note(struct resume *x, uint64_t end, uint64_t bytes);
void resume_end(struct resume *x);

/* ---- stage_head.c ---- */
/* The first two members: BUNDLE and BUNDLE.sig. */
NODISCARD enum err staged_texts(struct bundle_reader *r, struct sbuf *head, struct sbuf *signatures,
                                struct errinfo *e);
/* The texts of BUNDLE and BUNDLE.sig: verified, parsed into s, which has them in its arena. */
NODISCARD enum err staged_head(struct bundle_staged *s, const struct bundle_stage *o, struct str text,
                               struct str signatures, struct errinfo *e);
/* INVALID with what bundle_stands says. */
NODISCARD enum err staged_fits(const struct bundle_staged *s, bool force_older, struct errinfo *e);

/* ---- stage_manifest.c ---- */
/* Reads s->manifest. `each` is called for every line, in order. CORRUPT. */
typedef enum err staged_each_member(void *ctx, struct str path, const struct sha256 *digest,
                                    struct errinfo *e);
NODISCARD enum err staged_manifest(struct bundle_staged *s, struct errinfo *e);
NODISCARD enum err staged_members(const struct bundle_staged *s, staged_each_member *each, void *ctx,
                                  struct errinfo *e);
struct staged_member *staged_member(const struct bundle_staged *s, struct str path);     /* or NULL */
/* The repository, which is added where it is a new one. CORRUPT: too many. */
NODISCARD enum err staged_repo(struct bundle_staged *s, struct str name, struct staged_repo **ret,
                               struct errinfo *e);
/* "charts/x.tgz", "deps/a~b/charts/x.tgz": whose file it is, and its name; false: it is something else. */
bool staged_chart_path(const struct bundle_staged *s, struct arena *a, struct str path, struct str *ret_repo,
                       struct str *ret_file);

/* ---- stage_check.c, stage_log.c: what it says of itself ---- */
NODISCARD enum err staged_check(struct bundle_staged *s, struct errinfo *e);
NODISCARD enum err staged_check_log(struct bundle_staged *s, struct errinfo *e);

/* ---- stage_full.c ---- */
/* Sets DISK_FULL: "… bytes are needed <what>, and … are free". */
void staged_is_full(const struct bundle_staged *s, uint64_t needed, const char *what, struct errinfo *e);

/* Virtual repositories: what readers, the API and the hourly work ask of them. How they are made is in
 * virtual_impl.h. Functions that read the catalog may block.                                  */
#pragma once

#include "indexer/format/ownership.h"
#include "indexer/ingest/ingest.h"

/* The repository that keeps a file of the virtual one: NOT_FOUND unless that version is in its index,
 * with the very line that the member has. Of a repository that has charts of its own, itself. No
 * database is asked. *ret_member lives as long as g. REPO_NOT_FOUND.                          */
NODISCARD enum err ingest_virtual_file(struct ingest *g, struct str repo, struct str file,
                                       struct str *ret_member, struct errinfo *e);

/* The member whose chart it is in the virtual one: NOT_FOUND unless its index shows a version of it. No database is
 * asked. *ret_member lives as long as g.                                                      */
NODISCARD enum err ingest_virtual_owner(struct ingest *g, struct str repo, struct str chart,
                                        struct str *ret_member, struct errinfo *e);

/* A name that several members have, or that no member may have; or the name of a file that two charts have. */
struct virtual_claim {
	struct str member;               /* as the settings name it */
	struct str repo;                 /* what it is called now */
	struct str chart;                /* that it has there */
	enum repo_kind kind;
	bool private;
	enum ownership_verdict verdict;
	uint64_t versions;               /* in the member's index, 0: all are yanked or damaged; of a chart that lost
	                                    its file: those that are left out for that           */
};
struct virtual_conflict {
	struct str chart;                /* the one that lost it, where it is about a file: */
	struct str file;                 /* empty: it is about the name; of several the first */
	struct virtual_claim *claims;    /* in the order of the members */
	size_t count;
	ssize_t winner;                  /* its place among them; -1: none */
};
/* What of one repository waits for the cool-down of the virtual one. */
struct virtual_waiting {
	struct str repo;                 /* that keeps it */
	uint64_t versions;
	struct str chart, version;       /* of these, the one that appears next, at next_ns */
	int64_t next_ns;
	uint64_t unpinned;               /* not among them: their time begins when their bytes are known */
};
/* By name; nothing of it changes. Names of repositories live as long as g. */
struct virtual_report {
	struct virtual_conflict *list;
	size_t count;
	struct virtual_waiting *waiting;
	size_t waiting_count;
};
/* Kept until a repository that it is of changes: making one asks every member for every name. INVALID: it
 * is no virtual repository. REPO_NOT_FOUND.                                                   */
NODISCARD enum err ingest_conflicts(struct ingest *g, struct str repo, struct virtual_report **ret,
                                    struct errinfo *e);
void virtual_report_unref(struct virtual_report *r);     /* NULL is fine */
/* Members by whose name there is no repository (yet); in the arena. */
NODISCARD enum err ingest_absent_members(struct ingest *g, struct arena *a, struct str repo,
                                         struct str **ret, size_t *ret_count, struct errinfo *e);

/* Of what a virtual repository is made of, however far below, the repositories in which no signature is
 * verified: it shows nothing of them, if it has take_signed. In the arena. *ret_all: there are no others.
 * INVALID: it is no virtual repository. REPO_NOT_FOUND.                                       */
NODISCARD enum err ingest_unverified(struct ingest *g, struct arena *a, struct str repo, struct str **ret,
                                     size_t *ret_count, bool *ret_all, struct errinfo *e);

/* Virtual repositories in which a cool-down has ended; each takes a CHANGE_RELEASE. */
NODISCARD enum err ingest_due_releases(struct ingest *g, struct arena *a, int64_t now_ns,
                                       struct str **ret, size_t *ret_count, struct errinfo *e);

/* The same of a catalog that is open without a server's memory: what a virtual repository shows of one chart, and
 * which repository keeps that. `at`: of the versions that were there after this event, by the rules of now; 0: as
 * it is. One thread; the catalog outlives it. That two charts make the name of one file is not looked for. */
struct virtual_stored;
NODISCARD enum err virtual_stored_open(struct catalog *c, uint64_t at, struct virtual_stored **ret,
                                       struct errinfo *e);
void virtual_stored_close(struct virtual_stored *x);     /* NULL is fine */
/* Versions in the arena, the newest first; `repo` lives as long as x. None: it shows nothing of it. */
struct virtual_shown { struct str repo; struct str *versions; size_t count; };
NODISCARD enum err virtual_stored_chart(struct virtual_stored *x, struct arena *a, struct str repo,
                                        struct str chart, struct virtual_shown *ret, struct errinfo *e);

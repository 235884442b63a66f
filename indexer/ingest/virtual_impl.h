/* Private to ingest/: how the index of a virtual repository follows from those of its members.
 *
 *     plan     which repositories there are to it, members before who has them; made anew when a
 *              repository is made, set, renamed or deleted
 *     walk     one chart's name, asked of every repository of a plan at most once
 *     update   the writer's: before the snapshots of a batch are shown, the charts that changed in a
 *              member are judged again, and what differs is put into the virtual index
 *
 * A virtual repository has no version rows. Its index is its members' lines, which ownership.h and
 * selection.h let through, but for those whose cool-down lasts; its clock is the time of the last event
 * of its own that made, set or released something, so that the index follows from log and rows. The
 * last event of its snapshot is the newest one of the batch that changed it; the catalog remembers
 * which that was, so that index and ETag are the same after a restart.                        */
#pragma once

#include "indexer/format/ownership.h"
#include "indexer/format/selection.h"
#include "indexer/ingest/batch.h"
#include "indexer/ingest/virtual.h"

/* One repository of a plan. */
struct planned {
	struct planned *next;
	struct repository *repo;
	struct settings *settings;       /* a reference */
	struct snapshot *held;           /* a reader's plan: what it shows, a reference */
	enum repo_kind kind;
	/* Of a virtual one. */
	struct ownership *ownership;     /* NULL: its settings make no sense, and it shows nothing */
	struct selection *selection;
	bool judges_entries;             /* there are rules beyond the chart's name */
	struct planned **members;        /* as ownership_members; NULL: there is none by that name */
	uint64_t *joined;                /* since which event each is one; NULL: nobody asked yet */
	size_t member_count;
	unsigned below, above;           /* for virtual_check; `below` is 0 of what is not virtual */
	bool open;                       /* while its members are looked for */
	/* What the last walk found. */
	uint64_t walk, kept;             /* its numbers; `kept`: what no index shows was looked for, too */
	bool has, hosted;                /* it has the name, and that is of a hosted one */
	struct planned *owner;           /* of a virtual one: the member that wins the name, */
	uint8_t owner_at;                /* which is at this place among them: what its lines have (rope.h) */
	struct planned *reserver;        /* or no member does, for this private repository has it */
	uint64_t noted;                  /* as walk, of what looks for changes */
};

struct virtual_plan {
	struct arena arena;
	struct planned *first;
	struct planned **order;          /* the virtual ones, members before who has them */
	size_t count;
	uint64_t walks;
	bool reading;                    /* a reader's: of the snapshots that it holds */
};

/* ---- virtual_plan.c ---- */
/* Of all virtual repositories, as they are after the batch's changes so far; by the writer alone, or
 * before it runs.                                                                             */
NODISCARD enum err virtual_plan_new(struct ingest *g, struct virtual_plan **ret, struct errinfo *e);
/* Of one and what it is made of, as readers see it. */
NODISCARD enum err virtual_plan_read(struct ingest *g, struct repository *r,
                                     struct virtual_plan **ret, struct errinfo *e);
void virtual_plan_free(struct virtual_plan *p);          /* NULL is fine */
struct planned *virtual_plan_find(const struct virtual_plan *p, const struct repository *r);
/* The plan of a batch as it is now; borrowed. */
NODISCARD enum err batch_plan(struct batch *b, struct virtual_plan **ret, struct errinfo *e);

/* A repository as it is going to be: its name, what it is now (NULL: nothing), its settings. INVALID: it
 * would have itself as a member, however far below, or there were more than VIRTUAL_DEPTH_MAX on a way. */
struct virtual_next { struct str name; const struct repository *repo; const struct repo_settings *settings; };
NODISCARD enum err virtual_check(struct batch *b, const struct virtual_next *of, struct errinfo *e);

/* ---- virtual_name.c ---- */
struct walk {
	struct virtual_plan *plan;
	struct catalog *catalog;
	struct arena *arena;
	struct str chart;
	/* Of the versions that virtual_chart gave last: */
	int64_t *until_ns;               /* when the cool-down of each ends, 0: it has none; NULL: of none */
	size_t unpinned;                 /* how many it left out because nobody knows their bytes */
	/* Of the versions that virtual_files left out: how many, and of the first who has its file. */
	size_t taken, taker;
	bool taker_hosted;
	struct str taker_chart, taker_version;
};
/* What p shows: of the batch, or now; borrowed. */
const struct snapshot *planned_snapshot(const struct planned *p);
struct rope *planned_rope(const struct planned *p);
void walk_begin(struct walk *w, struct virtual_plan *plan, struct catalog *c, struct arena *a,
                struct str chart);
/* Sets p->has, hosted and owner. A hosted repository has a name also when all its versions are yanked,
 * damaged or deleted: an upstream does not get it then.                                       */
NODISCARD enum err walk_claim(struct walk *w, struct planned *p, struct errinfo *e);
/* The members of v that have the name, with verdicts; at most v->member_count. *ret_winner: -1 for none. */
NODISCARD enum err walk_candidates(struct walk *w, struct planned *v,
                                   struct ownership_candidate **ret, size_t *ret_count,
                                   ssize_t *ret_winner, struct errinfo *e);
/* All names that the members of v have, sorted; borrowed from their ropes. */
NODISCARD enum err virtual_names(struct arena *a, const struct planned *v, struct str **ret,
                                 size_t *ret_count, struct errinfo *e);

/* ---- virtual_since.c ---- */
/* Since which event member i of v has the name there: it is one, and has it; a name that an upstream had in
 * its first index counts as if it had always had it. From the log, so that it is the same after a restart
 * and a rebuild. After walk_claim of that member.                                              */
NODISCARD enum err walk_since(struct walk *w, struct planned *v, size_t i, uint64_t *ret,
                              struct errinfo *e);

/* What is to be said of member i, an upstream that has the name from this batch on, by its rows and not yet
 * by its index.                                                                               */
NODISCARD enum err walk_newcomer(struct walk *w, struct planned *v, size_t i,
                                 enum ownership_verdict *ret, struct errinfo *e);
/* The repository that has the rows of what p shows under the name; after walk_claim of p. NULL: none. */
struct planned *walk_source(const struct planned *p);

/* ---- virtual_chart.c ---- */
/* The versions of w->chart in v, the newest first, in w->arena; lines borrow from the member's index. What
 * is cooling down shows from *due_ns on, which is lowered to the earliest such moment.        */
NODISCARD enum err virtual_chart(struct walk *w, struct planned *v, int64_t clock_ns,
                                 struct rope_version **ret, size_t *ret_count, int64_t *due_ns,
                                 struct errinfo *e);
/* It shows every version that the owner of the name does. */
bool virtual_takes_all(const struct planned *v, struct str chart);

/* ---- virtual_file.c ---- */
/* "kafka-3-1.0.0" as a chart and a version, in each way that it can be read; *at is 0 at first. */
bool file_split(struct str stem, size_t *at, struct str *ret_chart, struct str *ret_version);
/* Charts that a member of v has, and whose file has the same name. Borrowed during the call. */
typedef enum err virtual_visit_rival(void *ctx, struct str chart, struct str version, struct errinfo *e);
NODISCARD enum err virtual_rivals(const struct planned *v, struct str chart, struct str version,
                                  virtual_visit_rival *each, void *ctx, struct errinfo *e);
/* Of w->chart, whose owner v has, leaves out the versions whose file is another chart's; w->until_ns goes along. */
NODISCARD enum err virtual_files(struct walk *w, struct planned *v, struct rope_version *versions, size_t *count,
                                 struct errinfo *e);

/* ---- virtual_waiting.c ---- */
/* Adds to *list, in `to`, what of the chart waits for the cool-down of v, of a reader's plan. */
NODISCARD enum err virtual_waiting_note(struct arena *to, struct virtual_waiting **list, size_t *count,
                                        size_t *capacity, struct walk *w, struct planned *v,
                                        struct errinfo *e);

/* ---- virtual_update.c ---- */
NODISCARD enum err virtual_update(struct batch *b, struct errinfo *e);
/* Everything v shows; *ret_yaml is NULL unless `yaml`. */
NODISCARD enum err virtual_ropes(struct virtual_plan *plan, struct planned *v, struct catalog *c,
                                 int64_t clock_ns, int64_t generated_ns, bool yaml,
                                 struct rope **ret_json, struct rope **ret_yaml, int64_t *due_ns,
                                 struct errinfo *e);
/* What is left out of its members' indexes, as part of the identity of its own. */
NODISCARD enum err virtual_left_out(const struct planned *v, struct sha256 *ret, struct errinfo *e);

/* ---- virtual_load.c ---- */
/* Start-up: after all other repositories. */
NODISCARD enum err virtual_load(struct ingest *g, struct errinfo *e);
NODISCARD enum err virtual_remember(struct catalog *c, int64_t repo_id, uint64_t event,
                                    struct errinfo *e);
/* What the index of v stands at, as the catalog has it: seq, at_ns and leaf alone. */
NODISCARD enum err virtual_last_event(struct catalog *c, const struct planned *v, struct event *ret,
                                      struct errinfo *e);
/* What cooled down by then is shown. 0: nothing. */
NODISCARD enum err virtual_clock(struct catalog *c, const struct planned *v, int64_t *ret,
                                 struct errinfo *e);

/* ---- apply_release.c ---- */
/* Logs what appears in v with the clock at its next moment. */
NODISCARD enum err virtual_log_releases(struct batch *b, struct planned *v, struct errinfo *e);

/* Making a bundle out of a data directory, beside a running server: nothing is changed, and no event says
 * that it was made.                                                                          */
#pragma once

#include <stdatomic.h>

#include "indexer/bundle/members.h"
#include "indexer/store/datadir.h"

/* What people say of versions that are wanted: the rules are those of an upstream's take_… settings. Of
 * several wishes the last one that speaks of a version decides; nothing but "!x" begins with everything. */
struct bundle_wish {
	struct str pattern;              /* of names, as take_charts has them; "!x" leaves out */
	struct str range;                /* of versions; empty: any */
	struct str repository;           /* where a dependency says that it is; empty: in the bundle's own */
	bool newest;                     /* the newest of them alone, as Helm would take it: of any, a released one */
};
/* As people write one: "redis* >=18", the pattern ends at the first space or tab. Borrows. */
struct bundle_wish bundle_wish_of(struct str text);

struct bundle_selection {
	const struct bundle_wish *wishes;        /* none: everything */
	size_t wish_count;
	struct str settings;             /* JSON object of take_… settings; empty: none */
	bool closure;                    /* with what dependencies need, from any repository here */
};

struct bundle_created;

struct bundle_images_of {            /* a version whose images are wanted */
	struct str repo, chart, version;
	const struct sha256 *digest;
	int archive;                     /* open */
	uint64_t done, of;               /* versions before it, and in all */
};

struct bundle_create {
	const char *data;
	struct str repo;
	struct bundle_selection selection;
	bool has_parent;                 /* a delta from this event on (0: a whole one) */
	uint64_t parent;
	struct str inventory;            /* text of one: a delta to what it lists; empty: none */
	/* Lines for images.txt, of a version that nobody pushed a list for: always the same of the same bytes.
	 * NULL: without that member.                                                            */
	enum err (*images)(void *ctx, const struct bundle_images_of *x, struct sbuf *lines, struct errinfo *e);
	bool dry_run;
	bool only_news;                  /* a delta that tells of nothing new is not written */
	const struct str *repos;         /* those that may be looked into; NULL: all */
	size_t repo_count;
	/* Once it is known which bundle it will be, before its first byte: an error ends it. May set `dir` of
	 * this struct. After a file went meanwhile it is called again, of another bundle. May be NULL. */
	enum err (*sealed)(void *ctx, const struct bundle_created *r, struct errinfo *e);
	const atomic_bool *stop;         /* looked at between members: DRAINING. May be NULL */
	int dir, fd;                     /* where to, as in struct bundle_target */
	uint64_t part_bytes;
	/* A version that is wanted and cannot be had, a dependency that nothing here satisfies. May be NULL. */
	void (*missing)(void *ctx, struct str repo, struct str what, const char *why);
	/* An archive that is gone or has other bytes than its row says, or that was just replaced: it is to be
	 * judged again, or every bundle with it fails. May be NULL.                             */
	void (*damaged)(void *ctx, struct str repo, struct str file);
	/* Once it is known how much it is; then as it goes. May be NULL. */
	void (*total)(void *ctx, uint64_t files, uint64_t bytes);
	void (*progress)(void *ctx, uint64_t files, uint64_t bytes);
	void *ctx;
};

struct catalog;
/* A data directory is its log, and a log is known by its first event: a restored backup goes on with it. In the
 * arena.                                                                                     */
NODISCARD enum err bundle_instance(struct catalog *c, struct arena *a, struct str *ret, struct errinfo *e);
/* What `missing` is told, as an element of a JSON list. */
void bundle_missing_put(struct sbuf *b, struct str repo, struct str what, struct str why);

struct bundle_rule { struct str rule; uint64_t versions, bytes; };       /* what each rule brings */

struct bundle_created {
	struct bundle_head head;         /* in the arena */
	struct sha256 seal;              /* of head and signatures: equal ones are equal bytes */
	const char *file;                /* its name; parts have this one with .001 … behind it */
	uint64_t parts, total_bytes;     /* of the tar */
	uint64_t added, yanked, deleted; /* versions told of */
	bool is_left_out;                /* `only_news`, and there is none */
	uint64_t missing;                /* what `missing` was called for */
	struct str *repos;               /* those whose versions are in it, its own first */
	size_t repo_count;
	struct bundle_rule *rules;
	size_t rule_count;
};
/* NOT_FOUND: no such repository, no key to sign with; INVALID: the selection, a parent that the log does not
 * have, an inventory of another repository; DAMAGED: a stored file is, or is gone (it is named, and nothing is
 * left of the bundle).                                                                        */
NODISCARD enum err bundle_create(struct arena *a, const struct bundle_create *o, struct bundle_created *ret,
                                 struct errinfo *e);

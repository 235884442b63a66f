/* What `chartlocker inspect` found out, for the two ways to show it. */
#pragma once

#include "indexer/base/hash.h"
#include "indexer/format/helm_lint.h"
#include "indexer/format/lock.h"

struct inspection {
	const char *path;
	bool directory;                  /* without size and digest */
	struct errinfo refused;          /* code OK: accepted */
	size_t bytes;
	char digest[SHA256_HEX_BYTES + 1];
	struct chart chart;              /* what follows: of an accepted one */
	struct str file_name;            /* under which it would be stored */
	enum lock_state lock;
	struct lint_report lint;
};

/* What became of a dependency. One of several on the same chart gets the version that fits it. */
struct inspect_dependency {
	struct str locked;               /* the version; empty: not in the lock */
	struct str locked_repository;    /* likewise: its address, also where Chart.yaml has a name for it */
	const struct chart *subchart;    /* in charts/; NULL: there is none */
};
/* d is one of c->meta.dependencies. */
struct inspect_dependency inspect_dependency(const struct chart *c,
                                             const struct chart_dependency *d);
const char *inspect_lock_name(enum lock_state state);    /* "none", "in sync", "out of sync" */

/* The files of a chart that have a meaning of their own, those that are there. */
struct inspect_file { const char *name; bool there; };
#define INSPECT_FILES 6
void inspect_files(const struct chart *c, struct inspect_file ret[INSPECT_FILES]);

NODISCARD enum err inspect_text(const struct inspection *i, struct errinfo *e);
NODISCARD enum err inspect_json(const struct inspection *i, struct errinfo *e);

/* Private to sync.c and sync_images.c: one chart that is compared with the index. */
#pragma once

#include "indexer/hub/sync.h"

struct work {
	struct sync *s;
	struct arena arena;
	struct str repo, name;
	struct snapshot *snapshot;
	struct rope_version *list;       /* in the index, the newest first */
	const struct rope_version **by_text;     /* the same, sorted by str_cmp */
	size_t count, shown;
	bool upstream;
	struct str *absent;              /* versions whose archive is not here, sorted */
	size_t absent_count;
	struct str tried;                /* the version whose archive was read last, or could not be */
	struct contents *contents;       /* that one; NULL: it could not be */
	struct errinfo *e;
};
/* An error leaves something to be closed. */
NODISCARD enum err sync_open(struct work *w);
void sync_close(struct work *w);
const struct rope_version *sync_find(const struct work *w, struct str version);  /* NULL: it is not shown */
/* Into w->contents, which stay NULL when it cannot be read; an error is one of the program. */
NODISCARD enum err sync_read_archive(struct work *w, const struct rope_version *version);
/* What rows are read from: the archive of this digest, or the index line alone. */
NODISCARD enum err sync_source_of(struct work *w, const struct rope_version *version, struct sha256 *ret);
/* The row of the version that is shown, and the chart in memory. */
NODISCARD enum err sync_put_chart(struct work *w);

/* ---- sync_images.c ---- */
/* What neither the archive nor the index line says of a version: its signature and its images. */
NODISCARD enum err sync_describe(struct work *w, struct str version, struct extract_from *from);

/* How it is with an upstream, on its repository's page: its state and history, what it promises otherwise
 * by now, what is gone there, what of its index cannot be taken; and buttons for its administrator. */
#pragma once

#include "indexer/format/publisher.h"
#include "indexer/upstream/upstream.h"
#include "server/web/form.h"
#include "server/web/parts.h"

#define UPSTREAM_ROWS 50u            /* of each list; the API has all of them */

#define UPSTREAM_MODES 3
extern const struct choice upstream_modes[UPSTREAM_MODES];       /* by enum upstream_mode */

struct upstream_line {               /* a version that is not as it was */
	struct str chart, version, link;
	struct str here, there;          /* digests, of drift; empty: none was promised */
	int64_t since_ns;
	bool held;
};

struct upstream_view {
	struct str url, mode;
	const char *state, *mark;        /* mark: how it is coloured */
	const char *phase;
	bool busy, held, forked;         /* something runs; a refresh waits for an operator; for this */
	struct upstream_status status;
	struct publisher publisher;      /* as its artifacthub-repo.yml says */
	bool verified, people;           /* people: the reader is shown addresses of others */
	struct upstream_line *drift, *gone;
	size_t drift_count, gone_count, gone_total;
	struct unpinned_row *unpinned;
	size_t unpinned_count;
	struct upstream_run_row *runs;
	size_t run_count;
	struct skipped_row *skipped, *unfetched;
	size_t skipped_count, unfetched_count, unfetched_total;
	struct str all_drift, all_gone, all_skipped;     /* links to the API, which has all of them */
	struct str refresh, accept;      /* where forms go; empty: not for this reader */
	struct form_code code;
	int64_t now_ns;
};

/* In the arena. REPO_NOT_FOUND; INVALID: it is no upstream. May block. */
NODISCARD enum err upstream_view_fill(struct call *c, struct arena *a, struct links *l,
                                      struct upstream_view *ret, struct errinfo *e);

/* "Stale since …" of a chart's page; empty: it is not, or its repository is no upstream. */
NODISCARD enum err upstream_banner(const struct call *c, struct arena *a, struct str repo,
                                   struct str *ret, struct errinfo *e);

/* ---- forms (upstream_forms.c) ---- */
NODISCARD enum err upstream_refresh_form(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err upstream_accept_form(struct call *c, struct response *s, struct errinfo *e);

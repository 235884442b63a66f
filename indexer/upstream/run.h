/* One refresh while it runs: refresh.c begins it and reads, refresh_end.c tells what became of it. */
#pragma once

#include "indexer/upstream/impl.h"

struct run {
	struct follow *f;
	struct arena *arena;             /* of the report */
	struct str chart;                /* of one of our own kind; empty: the whole index */
	const struct upstream_refresh_options *o;
	struct upstream_report *report;
	struct snapshot *snapshot;
	const struct repo_settings *settings;
	struct outgoing_access access;
	struct selection *selection;
	struct publisher publisher;      /* of row.publisher */
	struct sha256 rules;             /* of what the settings and the publisher make of an index */
	struct upstream_row row;         /* as it was, then as it is */
	bool has_held_drop;              /* it is held, for the loss of … */
	struct sha256 held_drop;         /* … these: reading.drop */
	struct fs_tmp body;
	int64_t began_ns;
	bool unchanged, is_peer;
	bool froze;                      /* it is frozen, and was not when it answered last */
	bool first;                      /* nothing was known of it */
	struct peer peer;
	struct outgoing_answer answer;
	struct reading reading;
};

bool run_is_oci(const struct run *x);
void follow_phase(struct follow *f, enum upstream_phase phase);

/* ---- frozen.c ---- */
/* At that moment it had had nothing new for longer than frozen_days. */
bool upstream_stood_still(const struct upstream_row *row, const struct repo_settings *s, int64_t at_ns);
/* An index made then is older than the one that row tells of. */
bool upstream_is_older(const struct upstream_row *row, struct str generated);

/* ---- publisher.c ---- */
/* What is known of it, from x->row. NOMEM. */
NODISCARD enum err publisher_load(struct run *x, struct errinfo *e);
/* Asks again. Where that fails, or brings what cannot be read, what was known stays. NOMEM. */
NODISCARD enum err publisher_ask(struct run *x, bool *ret_changed, struct errinfo *e);

/* ---- refresh_end.c ---- */
/* What was collected, and how it ended. */
NODISCARD enum err run_store(struct run *x, enum err outcome, struct errinfo *why, struct errinfo *e);
/* Of one that was stored and went well: that archives are missing. */
NODISCARD enum err run_store_missing(struct run *x, struct errinfo *e);
/* What each rule took or left out of what was read; 0 bytes. */
void run_fill_rules(struct run *x);
void run_fill_report(struct run *x);
/* The texts of the row are the reading's and the error's. */
NODISCARD enum err run_keep_texts(struct run *x, struct errinfo *e);

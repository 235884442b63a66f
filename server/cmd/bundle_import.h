/* chartlocker bundle import: what its files share. */
#pragma once

#include "indexer/bundle/import.h"
#include "server/cmd/cmd.h"

#define EXIT_CONFLICTS 3             /* nothing was taken of one: versions are here with other bytes */

struct import_report;

/* Of a file, a directory or "-", by the server that runs on `data`, else by itself. *ret_conflicts: how many
 * were refused for that.                                                                      */
NODISCARD enum err import_bundles(const char *data, const char *path, bool force_older,
                                  struct import_report *report, uint64_t *ret_conflicts,
                                  struct errinfo *e);

/* ---- bundle_import_name.c ---- */
/* Whether an entry of `dir` is a bundle, or says that there should be one; tars of others are told of. */
bool import_is_bundle(int dir, const char *entry);
/* By gzip or zstd, as no bundle is. */
bool import_is_compressed(int dir, const char *name);
/* The bundle's name: without what the list of its parts, or one of them, has behind it. Borrows. */
struct str import_name(const char *entry);

/* ---- bundle_import_report.c ---- */
struct import_report {
	bool json, dry_run;
	uint64_t bundles;
	struct sbuf text;                /* JSON of all bundles */
	struct sbuf items;               /* of this one: rows of a table, or JSON */
	uint64_t listed;
};
void import_report_init(struct import_report *r, bool json, bool dry_run);
void import_report_done(struct import_report *r);
/* Of one that is passed over; a pipe's head is not known (NULL). */
void import_report_passed(struct import_report *r, const char *file, const struct bundle_head *h,
                          const char *why);
/* bundle_judged; ctx: the report. */
void import_report_item(void *ctx, const struct bundle_version *v, const struct bundle_verdict *verdict);
void import_report_bundle(struct import_report *r, const char *file, const struct bundle_staged *s,
                          const struct bundle_report *of);
NODISCARD enum err import_report_end(struct import_report *r, struct errinfo *e);

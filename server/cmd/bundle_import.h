/* chartlocker bundle import: what its files share. */
#pragma once

#include "indexer/bundle/import.h"
#include "indexer/format/node.h"
#include "server/cmd/cmd.h"

struct import_report;

/* Of a file, a directory or "-", by the server that runs on `data`, else by itself. *ret_conflicts: how many
 * were refused for that.                                                                      */
NODISCARD enum err import_bundles(const char *data, const char *path, bool force_older,
                                  struct import_report *report, uint64_t *ret_conflicts,
                                  struct errinfo *e);

/* ---- bundle_import_report.c ---- */
struct import_report {
	bool json, dry_run;
	uint64_t bundles;
	struct sbuf text;                /* JSON of all bundles */
	struct sbuf items;               /* of this one: rows of a table, or JSON */
	bool tells_missing;              /* JSON has a list of what the other side left out */
	struct sbuf missing;             /* … its elements */
	uint64_t listed;
};
void import_report_init(struct import_report *r, bool json, bool dry_run);
void import_report_done(struct import_report *r);
/* Of one that is passed over; a pipe's head is not known (NULL). */
void import_report_passed(struct import_report *r, const char *file, const struct bundle_head *h,
                          const char *why);
/* Of a mirror: a list of what could not be carried, as bundle create tells it; NULL is fine. */
void import_report_missing(struct import_report *r, const struct node *list);
/* bundle_judged; ctx: the report. */
void import_report_item(void *ctx, const struct bundle_version *v, const struct bundle_verdict *verdict);
void import_report_bundle(struct import_report *r, const char *file, const struct bundle_staged *s,
                          const struct bundle_report *of);
NODISCARD enum err import_report_end(struct import_report *r, struct errinfo *e);

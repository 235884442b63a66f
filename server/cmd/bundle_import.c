/* chartlocker bundle import: reads bundles by itself, also where a server runs; the server is asked to
 * switch, and without one it is done here.                                                    */
#include "server/cmd/bundle_import.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/store/search.h"
#include "server/cmd/audited.h"
#include "server/cmd/bundle.h"
#include "server/cmd/control.h"
#include "server/cmd/local.h"
#include "server/cmd/reader.h"

struct found {
	const char *name;
	struct bundle_head head;
	bool passed, told;               /* it did not fit in its turn; that was said */
	enum bundle_standing standing;
	struct errinfo why;              /* unless it fits */
};

struct import {
	const char *data;
	bool dry_run, force_older;
	struct arena arena;
	struct control *control;         /* the running server; NULL: ingest does it */
	struct ingest *ingest;
	struct datadir *dir;
	struct catalog *catalog;
	struct reader reader;            /* beside a server */
	int from;                        /* the folder of the bundles; -1: standard input */
	struct found *found;
	size_t count;
	struct progress *progress;
	struct import_report *report;
	uint64_t taken, conflicts;
	bool damaged;                    /* why it failed */
};

/* ---- the data directory ---- */

static enum err open_here(struct import *x, struct errinfo *e)
{
	enum err err = local_open(x->data, (struct ingest_options){ .create = true, .unread = true }, &x->ingest, e);
	if (err)
		return err;
	x->dir = ingest_datadir(x->ingest);
	return catalog_open_reader(x->dir, &x->catalog, e);
}

static enum err reach_server(struct import *x, struct errinfo *e)
{
	enum err err = owner_check(x->data, e);
	if (err)
		return err;
	err = control_open(x->data, &x->control, e);
	if (err == ERR_NOT_FOUND)
		return open_here(x, e);
	if (!err)
		err = reader_open(x->data, &x->reader, e);
	x->dir = x->reader.dir;
	x->catalog = x->reader.catalog;
	return err;
}

static void disconnect(struct import *x)
{
	if (x->ingest)
		catalog_close(x->catalog);
	ingest_close(x->ingest);
	reader_close(&x->reader);
	control_close(x->control);
}

/* ---- one bundle ---- */

static void begin_progress(void *ctx, uint64_t files, uint64_t bytes)
{
	struct import *x = ctx;
	x->progress = progress_new("reading", files, bytes);
}

static void show_progress(void *ctx, uint64_t files, uint64_t bytes)
{
	progress_add(((struct import *)ctx)->progress, files, bytes);
}

static struct bundle_stage stage_of(struct import *x, const char *name)
{
	return (struct bundle_stage){
		.data = x->dir, .catalog = x->catalog, .dir = x->from, .fd = STDIN_FILENO, .name = name,
		.now_ns = clock_wall(), .force_older = x->force_older, .dry_run = x->dry_run,
		.total = begin_progress, .progress = show_progress, .ctx = x,
	};
}

static enum err ask_server(struct import *x, const struct bundle_head *h, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	char hex[SHA256_HEX_BYTES + 1];
	struct fetch_response answer;
	sha256_hex(&h->manifest, hex);
	const char *target = arena_printf(&a, "/control/bundle?manifest=%s%s", hex,
	                                  x->force_older ? "&force_older" : "");
	return target ? control_post(x->control, &a, target, &answer, e)
	              : ERR(e, NOMEM, "request");
}

static enum err take(struct import *x, const struct bundle_staged *s, struct errinfo *e)
{
	struct audit_note note = audited_note("bundle");
	struct bundle_report report;
	if (x->control)
		return ask_server(x, bundle_staged_head(s), e);
	enum err err = bundle_take(s, x->ingest, AUDITED_ACTOR, &note, &report, e);
	if (!err && report.fates[FATE_PURGED])       /* the next start of a server makes it again */
		err = search_remove(x->dir, e);
	return err;
}

static enum err judge_and_take(struct import *x, const char *name, const struct bundle_staged *s,
                               struct errinfo *e)
{
	struct bundle_report report;
	enum err err = bundle_judge(s, import_report_item, x->report, &report, e);
	bool refused = !err && report.fates[FATE_REFUSED];
	if (!err && !refused && !x->dry_run)
		err = take(x, s, e);
	if (err == ERR_DISK_FULL)
		bundle_staged_is_full(s, e);
	if (err)
		return err;
	import_report_bundle(x->report, name, s, &report);
	x->conflicts += refused;
	x->taken += !refused;
	if (x->dry_run)
		return OK;
	return bundle_unstage(x->dir, &bundle_staged_head(s)->manifest, e);
}

/* An error of the bundle of this name. */
static enum err blame(struct import *x, const char *name, enum err err, struct errinfo *e)
{
	if (err && !str_starts(str_c(e->detail), str_c(name)))
		err_prefix(e, "%s", name);
	x->damaged |= err == ERR_CORRUPT;
	return err;
}

/* EXISTS: it is here already, and right. */
static enum err read_bundle(struct import *x, const char *name, struct bundle_staged **ret, struct errinfo *e)
{
	const struct bundle_stage o = stage_of(x, name);
	enum err err = bundle_stage(&o, ret, e);
	progress_done(x->progress);
	x->progress = NULL;
	return err;
}

static enum err import_one(struct import *x, const char *name, struct errinfo *e)
{
	struct bundle_staged *s = NULL;
	enum err err = read_bundle(x, name, &s, e);
	if (err == ERR_EXISTS) {
		import_report_passed(x->report, name, NULL, e->detail);
		return OK;
	}
	if (!err)
		err = judge_and_take(x, name, s, e);
	bundle_staged_free(s);
	return blame(x, name, err, e);
}

/* ---- several ---- */

static enum err peek(struct import *x, struct found *f, struct errinfo *e)
{
	const struct bundle_stage o = stage_of(x, f->name);
	return blame(x, f->name, bundle_peek(&x->arena, &o, &f->head, &f->standing, &f->why, e), e);
}

static int by_trip(const void *left, const void *right)
{
	const struct found *a = left, *b = right;
	int order = str_cmp(a->head.repo, b->head.repo);
	if (order)
		return order;
	if (a->head.own.event != b->head.own.event)
		return a->head.own.event < b->head.own.event ? -1 : 1;
	return (a->head.parent.event > b->head.parent.event) - (a->head.parent.event < b->head.parent.event);
}

static void name_parent(const struct import *x, struct found *of)
{
	for (const struct found *p = x->found; p < x->found + x->count; p++)
		if (str_eq(p->head.repo, of->head.repo) && p->head.own.event == of->head.parent.event)
			(void)ERR(&of->why, INVALID, "it follows %s, and is judged once that is here", p->name);
}

static void tell_passed(struct import *x, struct found *f)
{
	import_report_passed(x->report, f->name, &f->head, f->why.detail);
	f->told = true;
}

/* By its turn: what came before it may have been what it needs, or would have been. */
static enum err import_in_turn(struct import *x, struct found *f, struct errinfo *e)
{
	enum err err = peek(x, f, e);
	if (err)
		return err;
	bool forced = x->force_older && (f->standing == STANDING_HERE || f->standing == STANDING_OLDER);
	if (f->standing == STANDING_FITS || forced)
		return import_one(x, f->name, e);
	if (x->dry_run && f->standing == STANDING_NEEDS)
		name_parent(x, f);
	f->passed = true;
	if (x->report->json || x->dry_run || f->standing == STANDING_HERE)
		tell_passed(x, f);
	return OK;
}

/* An older one is nothing to worry about next to the one that is here. */
static bool has_newer(const struct import *x, const struct found *of)
{
	for (size_t i = 0; i < x->count; i++)
		if (x->found[i].standing == STANDING_HERE && str_eq(x->found[i].head.repo, of->head.repo))
			return true;
	return false;
}

/* Of those that were passed over, the first one that is wanted still; or that is a replay. */
static enum err judge_passed(struct import *x, struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; i < x->count && !err; i++)
		err = bundle_stands(x->catalog, &x->found[i].head, &x->found[i].standing, &x->found[i].why, e);
	for (size_t i = 0; i < x->count && !err; i++) {
		struct found *f = &x->found[i];
		if (!f->passed || f->standing == STANDING_HERE ||
		    (f->standing == STANDING_OLDER && has_newer(x, f)))
			continue;
		*e = f->why;
		err_prefix(e, "%s", f->name);
		err = e->code;
		f->told = true;              /* as the error, and once */
	}
	return err;
}

/* Where nothing was new, it can be told at least that what was brought is not damaged. */
static enum err compare_here(struct import *x, struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; i < x->count && !err; i++) {
		struct bundle_staged *s = NULL;
		if (x->found[i].standing != STANDING_HERE)
			continue;
		err = read_bundle(x, x->found[i].name, &s, e);
		bundle_staged_free(s);
		err = err == ERR_EXISTS ? OK : blame(x, x->found[i].name, err, e);
	}
	return err;
}

static enum err import_all(struct import *x, struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; i < x->count && !err; i++)
		err = peek(x, &x->found[i], e);
	if (!err && x->count)
		qsort(x->found, x->count, sizeof *x->found, by_trip);
	for (size_t i = 0; i < x->count && !err; i++)
		err = import_in_turn(x, &x->found[i], e);
	bool told = x->conflicts || (x->dry_run && x->taken);
	if (!err && !told)
		err = judge_passed(x, e);
	for (size_t i = 0; i < x->count; i++)
		if (x->found[i].passed && !x->found[i].told)
			tell_passed(x, &x->found[i]);
	return err || told || x->taken ? err : compare_here(x, e);
}

/* ---- where they are ---- */

static enum err find(struct import *x, const char *path, struct errinfo *e)
{
	const char **names;
	enum err err = bundle_find(&x->arena, path, &x->from, &names, &x->count, e);
	x->found = err ? NULL : arena_array(&x->arena, x->count, sizeof *x->found);
	if (!err && !x->found)
		err = ERR(e, NOMEM, "bundles");
	if (err) {
		x->count = 0;
		err_prefix(e, "%s", path);
	}
	for (size_t i = 0; i < x->count; i++)
		x->found[i].name = names[i];
	return err;
}

/* ---- the command ---- */

static enum err run(struct import *x, const char *path, struct errinfo *e)
{
	bool piped = strcmp(path, "-") == 0;
	enum err err = piped ? OK : find(x, path, e);
	if (!err)
		err = reach_server(x, e);
	if (err)
		return err;
	err = piped ? import_one(x, "standard input", e) : import_all(x, e);
	/* All else is done by then, and the next import tries again. */
	if (!err && !x->dry_run)
		(void)!bundle_waiting_sweep(x->dir, x->catalog, clock_wall(), NULL);
	return err;
}

/* Not of the data directory, which a corrupt file is a sign of elsewhere. */
static enum err told_damaged(struct errinfo *e)
{
	const struct errinfo was = *e;
	return err_set(e, ERR_INVALID, "%s. Nothing of it was taken: carry what is damaged or missing again, and "
	               "import once more", was.detail);
}

enum err import_bundles(const char *data, const char *path, bool force_older, struct import_report *report,
                        uint64_t *ret_conflicts, struct errinfo *e)
{
	struct import x = { .data = data, .from = -1, .dry_run = report->dry_run, .force_older = force_older,
	                    .report = report };
	enum err err = run(&x, path, e);
	disconnect(&x);
	if (x.from >= 0)
		(void)close(x.from);
	arena_done(&x.arena);
	*ret_conflicts = x.conflicts;
	return err && x.damaged ? told_damaged(e) : err;
}

int cmd_bundle_import(const struct command *self, int argc, char **argv)
{
	const char *data = cmd_data();
	bool json = false, dry_run = false, force_older = false;
	struct import_report report;
	uint64_t conflicts = 0;
	struct errinfo e = { 0 }, broken = { 0 };
	const struct cmd_option options[] = {
		{ "data", 'd', CMD_TEXT, &data }, { "dry-run", 'n', CMD_FLAG, &dry_run },
		{ "force-older", 0, CMD_FLAG, &force_older }, { "json", 'j', CMD_FLAG, &json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = cmd_arguments(self, argc, argv, 1, 1, "a bundle, a directory with bundles, or - for "
		                       "standard input is expected");
	if (status >= 0)
		return status;
	import_report_init(&report, json, dry_run);
	enum err err = import_bundles(data, argv[optind], force_older, &report, &conflicts, &e);
	if (import_report_end(&report, &broken) && !err) {
		e = broken;
		err = e.code;
	}
	import_report_done(&report);
	if (err)
		return cmd_failed(self, &e);
	return conflicts ? EXIT_CONFLICTS : EXIT_DONE;
}

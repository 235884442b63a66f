/* chartlocker mirror: another Chartlocker's repositories, by its bundles, over whatever link there is. A bundle
 * is fetched by itself, and taken in as bundle import does: verified whole, then all at once. */
#include "server/cmd/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/base/value.h"
#include "indexer/format/name.h"
#include "server/cmd/control.h"
#include "server/cmd/local.h"

#define PLACE "arriving"
#define PLACE_MODE 0700
#define RATE_MIN_BYTES 4096              /* a server ends what is fetched more slowly than 1 KiB a second */

/* ---- the data directory ---- */

/* So that there is one to compare a bundle with. */
static enum err make_data(struct mirror *x, struct errinfo *e)
{
	struct control *control = NULL;
	struct ingest *ingest = NULL;
	enum err err = owner_check(x->data, e);
	if (!err)
		err = control_open(x->data, &control, e);
	control_close(control);
	if (err != ERR_NOT_FOUND)
		return err;
	err = local_open(x->data, (struct ingest_options){ .create = true }, &ingest, e);
	ingest_close(ingest);
	return err;
}

static enum err open_place(struct mirror *x, struct errinfo *e)
{
	AUTO_FD int data = -1;
	enum err err = fs_open_dir(AT_FDCWD, x->data, &data, e);
	if (!err)
		err = fs_mkdirs(data, PLACE, PLACE_MODE, e);
	if (!err)
		err = fs_open_dir(data, PLACE, &x->place, e);
	if (err || flock(x->place, LOCK_EX | LOCK_NB) == 0)
		return err;
	return errno == EWOULDBLOCK ? ERR(e, BUSY, "another chartlocker mirror works on %s", x->data)
	                            : ERR_SYS(e, "lock " PLACE);
}

/* ---- a repository ---- */

/* What is wrong with the bundle itself is so the next time, too. */
static bool is_useless(enum err err)
{
	return err == ERR_CORRUPT || err == ERR_DIGEST || err == ERR_INVALID;
}

/* What was refused stays, and is judged again by the next command: here somebody may have settled it. */
static enum err take_in(struct mirror *x, const char *repo, struct mirror_arriving *r, struct errinfo *e)
{
	uint64_t conflicts = 0;
	const struct sha256 id = r->id;
	enum err err = import_bundles(x->data, r->path, false, &x->report, &conflicts, e);
	x->conflicts += conflicts;
	if (err || conflicts)
		return err;
	mirror_thank(x, &id);
	return arriving_drop(x, repo, r, e);
}

static enum err fetch_and_take(struct mirror *x, const char *repo, struct mirror_arriving *r,
                               struct errinfo *e)
{
	struct errinfo none;
	enum err err = mirror_fetch(x, r, e);
	if (!err)
		err = take_in(x, repo, r, e);
	if (!is_useless(err))
		return err;
	fprintf(stderr, "%s: what came is of no use and goes; the next time it is fetched anew\n", repo);
	(void)!arriving_drop(x, repo, r, &none);
	return err;
}

/* What an earlier command began; it may have become useless meanwhile, which is no reason to fail. */
static enum err go_on(struct mirror *x, const char *repo, struct mirror_arriving *r, struct errinfo *e)
{
	struct errinfo why = { 0 };
	enum err err = fetch_and_take(x, repo, r, &why);
	if (!err)
		return OK;
	if (err == ERR_NOT_FOUND)            /* equal ones are equal bytes: it may be made again */
		return OK;
	if (err != ERR_SIGNATURE && !is_useless(err))
		return err_set(e, err, "%s", why.detail);
	fprintf(stderr, "%s: what was begun earlier is given up: %s\n", repo, cmd_reason(&why));
	return r->dir >= 0 ? arriving_drop(x, repo, r, e) : OK;
}

static void tell_plan(struct mirror *x, const char *repo, const struct mirror_offer *o)
{
	if (x->json) {
		json_next(&x->report.text);
		sbuf_put(&x->report.text, o->text);
	} else {
		printf("%s: would come: %s, trip %llu, versions %llu (deleted %llu), bytes %llu\n", repo, o->file,
		       (unsigned long long)o->head.own.event, (unsigned long long)o->versions,
		       (unsigned long long)o->deleted, (unsigned long long)o->bytes);
	}
}

static void tell_current(struct mirror *x, const char *repo, const struct bundle_head *head)
{
	AUTO_ARENA struct arena a = { 0 };
	const char *why = arena_printf(&a, "nothing is new: trip %llu is here", (unsigned long long)head->own.event);
	import_report_passed(&x->report, repo, head, why ? why : "nothing is new");
}

/* Of what was gone on with: else nothing of it would be here. */
static bool was_refused(const struct mirror_arriving *r) { return r->file && r->have == r->bytes; }

static enum err bring(struct mirror *x, struct arena *a, const char *repo, struct mirror_arriving *r,
                      struct errinfo *e)
{
	struct mirror_offer o;
	enum err err = r->file && !x->dry_run ? go_on(x, repo, r, e) : OK;
	if (!err)
		err = mirror_ask(x, a, repo, &o, e);
	if (err)
		return err;
	import_report_missing(&x->report, o.missing);
	if (o.is_current || x->dry_run) {
		o.is_current ? tell_current(x, repo, &o.head) : tell_plan(x, repo, &o);
		return o.is_current && r->dir >= 0 && !x->dry_run ? arriving_drop(x, repo, r, e) : OK;
	}
	if (was_refused(r) && sha256_eq(&r->id, &o.id))
		return OK;
	err = arriving_begin(x, a, repo, &o, r, e);
	return err ? err : fetch_and_take(x, repo, r, e);
}

static enum err mirror_one(struct mirror *x, const char *repo, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct mirror_arriving r = { .dir = -1 };
	enum err err = arriving_open(x, &a, repo, &r, e);
	if (!err)
		err = bring(x, &a, repo, &r, e);
	arriving_close(&r);
	if (err && !str_starts(str_c(e->detail), str_c(repo)))
		err_prefix(e, "%s", repo);
	return err;
}

/* ---- a round ---- */

static enum err check_wanted(const struct mirror *x, const char *const *list, size_t count,
                             struct errinfo *e)
{
	for (size_t i = 0; i < x->repos.count; i++) {
		bool found = false;
		for (size_t k = 0; k < count; k++)
			found |= !strcmp(x->repos.item[i], list[k]);
		if (!found)
			return ERR(e, REPO_NOT_FOUND, "%s has no repository \"%s\" of its own charts, or you may not read "
			           "it", x->server.url, x->repos.item[i]);
	}
	return count ? OK : ERR(e, NOT_FOUND, "%s has no repository that you may read", x->server.url);
}

/* One that fails does not keep the others away; the last one's error is what the command says. */
static enum err mirror_all(struct mirror *x, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	const char **list = NULL;
	size_t count = 0;
	struct errinfo why = { 0 };
	enum err err = mirror_wait_open(x, e);
	if (!err)
		err = mirror_greet(x, e);
	if (!err)
		err = mirror_repos(x, &a, &list, &count, e);
	if (!err)
		err = check_wanted(x, list, count, e);
	for (size_t i = 0; i < count && !err; i++) {
		if (!cmd_list_admits(&x->repos, str_c(list[i])))
			continue;
		if (why.code)
			(void)cmd_failed(x->self, &why);
		struct errinfo now = { 0 };
		if (mirror_one(x, list[i], &now))
			why = now;
	}
	if (!err && why.code) {
		*e = why;
		err = why.code;
	}
	return err;
}

static int run_round(struct mirror *x)
{
	struct errinfo e = { 0 }, broken = { 0 };
	x->conflicts = 0;
	import_report_init(&x->report, x->json, false);
	x->report.tells_missing = true;
	enum err err = mirror_all(x, &e);
	enum err told = import_report_end(&x->report, &broken);
	import_report_done(&x->report);
	if (!err && told)
		e = broken;
	if (err || told)
		return cmd_failed(x->self, &e);
	return x->conflicts ? EXIT_CONFLICTS : EXIT_DONE;
}

/* ---- the command ---- */

static enum err open_all(struct mirror *x, bool token_stdin, struct errinfo *e)
{
	enum err err = authorization_find(&x->arena, &x->server, token_stdin, &x->by, e);
	if (!err)
		err = outgoing_new(&x->outgoing, e);
	x->access.allow_private = true;      /* whoever types an address means it */
	x->access.header = x->by.header;
	if (!err)
		err = outgoing_origin(&x->arena, x->server.url, &x->access.origin, e);
	if (!err)
		err = make_data(x, e);
	return err ? err : open_place(x, e);
}

static int run(struct mirror *x, bool token_stdin, uint64_t every)
{
	struct errinfo e = { 0 };
	int status;
	if (open_all(x, token_stdin, &e))
		return cmd_failed(x->self, &e);
	do {
		int64_t next = clock_monotonic() + (int64_t)every * NS_PER_SECOND;
		status = run_round(x);
		(void)fflush(stdout);
		if (every && !outgoing_pause(x->outgoing, next))
			break;
	} while (every);
	return status;
}

struct asked { const char *rate, *every; struct cmd_list windows; bool once, token_stdin; uint64_t seconds; };

/* -1: fine. */
static int check(struct mirror *x, struct asked *o, int argc, char **argv)
{
	struct errinfo e = { 0 };
	int status = cmd_arguments(x->self, argc, argv, 1, 1, "the server's address is expected");
	if (status >= 0)
		return status;
	if (url_server_read(&x->arena, argv[optind], &x->server, &e))
		return cmd_misused(x->self, "%s", cmd_reason(&e));
	for (size_t i = 0; i < x->repos.count; i++)
		if (repo_old_name_check(str_c(x->repos.item[i]), &e))
			return cmd_misused(x->self, "--repo: %s", e.detail);
	for (size_t i = 0; i < o->windows.count; i++)
		if (mirror_window_add(&x->windows, str_c(o->windows.item[i]), &e))
			return cmd_misused(x->self, "%s", e.detail);
	if (o->rate && (!value_bytes_si(str_c(o->rate), &x->pace.rate) || x->pace.rate < RATE_MIN_BYTES))
		return cmd_misused(x->self, "--rate %s: bytes a second are expected, such as 2M, and at least %d",
		                   o->rate, RATE_MIN_BYTES);
	if (o->every && (!value_seconds(str_c(o->every), &o->seconds) || !o->seconds || o->seconds > 366 * 86400))
		return cmd_misused(x->self, "--every %s: a time is expected, such as 30m or 1h", o->every);
	if (o->every && (o->once || x->dry_run))
		return cmd_misused(x->self, "--every goes on and on: leave out --%s", o->once ? "once" : "dry-run");
	return -1;
}

int cmd_mirror(const struct command *self, int argc, char **argv)
{
	struct mirror x = { .self = self, .data = cmd_data(), .place = -1 };
	struct asked o = { .rate = NULL };
	const struct cmd_option options[] = {
		{ "to", 't', CMD_TEXT, &x.data }, { "data", 'd', CMD_TEXT, &x.data },
		{ "repo", 'r', CMD_LIST, &x.repos }, { "select", 0, CMD_LIST, &x.select },
		{ "closure", 0, CMD_FLAG, &x.closure }, { "rate", 0, CMD_TEXT, &o.rate },
		{ "window", 'w', CMD_LIST, &o.windows }, { "every", 0, CMD_TEXT, &o.every },
		{ "once", 0, CMD_FLAG, &o.once }, { "token-stdin", 0, CMD_FLAG, &o.token_stdin },
		{ "ca", 0, CMD_TEXT, &x.access.ca }, { "dry-run", 'n', CMD_FLAG, &x.dry_run },
		{ "json", 'j', CMD_FLAG, &x.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = check(&x, &o, argc, argv);
	if (status < 0)
		status = run(&x, o.token_stdin, o.seconds);
	outgoing_free(x.outgoing);
	if (x.place >= 0)
		(void)close(x.place);
	arena_done(&x.arena);
	return status;
}

/* chartlocker scrub: reads beside the server, which then takes damaged versions out of the index;
 * without a server that is done here.                                                        */
#include <stdio.h>
#include <time.h>

#include "indexer/backup/scrub.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/ingest/ingest.h"
#include "server/cmd/audited.h"
#include "server/cmd/cmd.h"
#include "server/cmd/control.h"
#include "server/cmd/local.h"
#include "server/cmd/reader.h"
#include "server/config.h"
#include "server/route/address.h"

struct damaged { struct str repo, file, text; struct damaged *next; };

struct job {
	const struct command *self;
	const char *data;
	bool json;
	uint64_t rate;
	struct scrub_report report;
	struct arena arena;
	struct damaged *first, **last;
	struct progress *progress;
};

static bool sleep_until(void *ctx, int64_t until_ns)
{
	struct timespec t = { until_ns / NS_PER_SECOND, until_ns % NS_PER_SECOND };
	(void)ctx;
	while (clock_monotonic() < until_ns)
		(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
	return true;
}

static void note(void *ctx, struct str repo, struct str file, const char *text)
{
	struct job *j = ctx;
	struct damaged *d = ARENA_NEW(&j->arena, struct damaged);
	if (!j->json)
		progress_say(j->progress, "damaged: %.*s/%.*s: %s", STR_ARG(repo), STR_ARG(file), text);
	if (!d || !arena_str(&j->arena, repo, &d->repo) || !arena_str(&j->arena, file, &d->file) ||
	    !arena_str(&j->arena, str_c(text), &d->text))
		return;                      /* it is counted, and found again */
	*j->last = d;
	j->last = &d->next;
}

static void show_progress(void *ctx, uint64_t files, uint64_t bytes)
{
	progress_add(((struct job *)ctx)->progress, files, bytes);
}

static enum err read_all(struct job *j, struct errinfo *e)
{
	struct reader r;
	struct scrub_options o = { .rate = j->rate, .sleep_until = sleep_until, .problem = note,
	                           .progress = show_progress, .ctx = j };
	enum err err = reader_open(j->data, &r, e);
	o.dir = r.dir;
	o.catalog = r.catalog;
	j->progress = progress_new("reading", 0, 0);
	if (!err)
		err = scrub(&o, &j->report, e);
	progress_done(j->progress);
	reader_close(&r);
	return err;
}

/* ---- what becomes of damaged versions ---- */

static bool is_chart(const struct damaged *d) { return str_ends(d->file, STR(".tgz")); }

static enum err tell_damage(struct job *j, struct control *k, struct errinfo *e)
{
	enum err err = OK;
	for (const struct damaged *d = j->first; d && !err; d = d->next) {
		AUTO_ARENA struct arena a = { 0 };
		AUTO_SBUF struct sbuf target = sbuf_make(4 * KIB);
		struct fetch_response answer;
		if (!is_chart(d))
			continue;
		sbuf_puts(&target, "/control/damage?repo=");
		address_encode(&target, d->repo);
		sbuf_puts(&target, "&file=");
		address_encode(&target, d->file);
		err = sbuf_ok(&target) ? control_post(k, &a, target.p, &answer, e)
		                       : ERR(e, NOMEM, "request");
	}
	return err;
}

static enum err tell_server(struct job *j, struct control *k, struct errinfo *e)
{
	struct fetch_response answer;
	const struct scrub_report *r = &j->report;
	const char *target = arena_printf(
		&j->arena, "/control/scrubbed?files=%llu&bytes=%llu&problems=%llu",
		(unsigned long long)r->files, (unsigned long long)r->bytes,
		(unsigned long long)r->problems);
	enum err err = tell_damage(j, k, e);
	if (err)
		return err;
	return target ? control_post(k, &j->arena, target, &answer, e)
	              : ERR(e, NOMEM, "request");
}

static enum err mark_here(struct job *j, struct errinfo *e)
{
	struct ingest *g;
	if (!j->first)
		return OK;
	enum err err = local_open(j->data, (struct ingest_options){ 0 }, &g, e);
	if (err)
		return err;
	for (const struct damaged *d = j->first; d; d = d->next)
		if (is_chart(d)) {
			ingest_report_damage(g, d->repo, d->file);
			audited(g, "damage", "/control/damage", OK);
		}
	audited(g, "scrub", "/control/scrubbed", OK);
	ingest_close(g);
	return OK;
}

static enum err act(struct job *j, struct errinfo *e)
{
	struct control *k;
	enum err err = control_open(j->data, &k, e);
	if (err == ERR_NOT_FOUND)
		return mark_here(j, e);
	if (err)
		return err;
	err = tell_server(j, k, e);
	control_close(k);
	return err;
}

/* ---- the report ---- */

static enum err print_json(const struct job *j, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MAINTAIN_REPORT_MAX_BYTES);
	sbuf_putc(&b, '{');
	json_number(&b, "files", j->report.files);
	json_number(&b, "bytes", j->report.bytes);
	json_number(&b, "problem_count", j->report.problems);
	json_key(&b, "problems");
	sbuf_putc(&b, '[');
	for (const struct damaged *d = j->first; d; d = d->next) {
		json_next(&b);
		sbuf_putc(&b, '{');
		json_text(&b, "repo", d->repo);
		json_text(&b, "file", d->file);
		json_text(&b, "text", d->text);
		sbuf_putc(&b, '}');
	}
	sbuf_puts(&b, "]}\n");
	return print_output(&b, e);
}

static void print_text(const struct job *j)
{
	printf("read: files %llu, bytes %llu\n", (unsigned long long)j->report.files,
	       (unsigned long long)j->report.bytes);
	if (!j->report.problems)
		printf("all is well\n");
	else
		printf("damaged: %llu; publish the same bytes again, pull again what an upstream has, "
		       "or look with chartlocker fsck\n",
		       (unsigned long long)j->report.problems);
}

static int run(struct job *j)
{
	struct errinfo e = { 0 };
	j->last = &j->first;
	enum err err = read_all(j, &e);
	if (!err && j->json)
		err = print_json(j, &e);
	else if (!err)
		print_text(j);
	if (!err)
		err = act(j, &e);
	arena_done(&j->arena);
	if (err)
		return cmd_failed(j->self, &e);
	return j->report.problems ? EXIT_FAILED : EXIT_DONE;
}

/* The setting's own rules and default. */
static int take_rate(struct job *j, const char *rate)
{
	struct config c = { 0 };
	struct errinfo e = { 0 };
	enum err err = config_defaults(&c, &e);
	if (!err && rate)
		err = config_set(&c, CONFIG_ID_scrub_rate, rate, "--rate", &e);
	j->rate = c.scrub_rate;
	config_done(&c);
	return err ? cmd_misused(j->self, "%s", e.detail) : -1;
}

int cmd_scrub(const struct command *self, int argc, char **argv)
{
	struct job j = { .self = self, .data = cmd_data() };
	const char *rate = NULL;
	const struct cmd_option options[] = {
		{ "data", 'd', CMD_TEXT, &j.data }, { "rate", 0, CMD_TEXT, &rate },
		{ "json", 'j', CMD_FLAG, &j.json }, { 0 },
	};
	int status = cmd_options_alone(self, argc, argv, options);
	if (status < 0)
		status = take_rate(&j, rate);
	return status < 0 ? run(&j) : status;
}

/* The scrubber has a thread, and a connection to the catalog, of its own: at its pace it may take
 * days, and nothing else may wait for it.                                                    */
#include "server/api/upkeep.h"

#include <stdlib.h>

#include "indexer/backup/noted.h"
#include "indexer/backup/scrub.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/base/ticker.h"
#include "indexer/format/name.h"

#define FIRST_SCRUB_SECONDS 60

struct scrubber {
	const struct app *app;
	int64_t interval_ns;
	uint64_t rate;
	struct ticker ticker;
};

/* False when the program ends. */
static bool sleep_until(void *ctx, int64_t until_ns)
{
	return ticker_sleep(&((struct scrubber *)ctx)->ticker, until_ns);
}

static void report(void *ctx, struct str repo, struct str file, const char *text)
{
	struct scrubber *s = ctx;
	LOG(LOG_ERROR, "scrub.damaged", KV("repo", repo), KV("file", file), KV("detail", text));
	if (str_ends(file, STR(".tgz")))
		ingest_report_damage(s->app->ingest, repo, file);
}

static void progress(void *ctx, uint64_t files, uint64_t bytes)
{
	struct upkeep *u = ((struct scrubber *)ctx)->app->upkeep;
	atomic_fetch_add(&u->scrub_files, files);
	atomic_fetch_add(&u->scrub_bytes, bytes);
}

static void scrub_once(struct scrubber *s)
{
	struct upkeep *u = s->app->upkeep;
	struct scrub_report r = { 0 };
	struct errinfo e = { 0 };
	struct scrub_options o = { .dir = ingest_datadir(s->app->ingest), .rate = s->rate,
	                           .sleep_until = sleep_until, .problem = report,
	                           .progress = progress, .ctx = s };
	enum err err = catalog_open_reader(o.dir, &o.catalog, &e);
	if (!err)
		err = scrub(&o, &r, &e);
	catalog_close(o.catalog);
	if (err == ERR_DRAINING)
		return;
	if (err) {
		LOG(LOG_ERROR, "scrub.failed", KV("code", err_code(err)), KV("detail", (const char *)e.detail));
		return;
	}
	atomic_store(&u->scrub_problems, r.problems);
	atomic_store(&u->scrub_ns, (uint64_t)clock_wall());
	LOG(LOG_INFO, "scrub.done", KV("files", (int64_t)r.files), KV("bytes", (int64_t)r.bytes),
	    KV("problems", (int64_t)r.problems));
}

static void *scrubber_main(void *scrubber)
{
	struct scrubber *s = scrubber;
	int64_t first_ns = FIRST_SCRUB_SECONDS * NS_PER_SECOND;
	int64_t next_ns = clock_monotonic() + (s->interval_ns < first_ns ? s->interval_ns : first_ns);
	while (sleep_until(s, next_ns)) {
		int64_t began_ns = clock_monotonic();
		scrub_once(s);
		next_ns = began_ns + s->interval_ns;
	}
	return NULL;
}

enum err scrubber_start(const struct app *app, uint64_t interval_seconds, uint64_t rate,
                        struct scrubber **ret, struct errinfo *e)
{
	struct scrubber *s = calloc(1, sizeof *s);
	if (!s)
		return ERR(e, NOMEM, "scrubber");
	s->app = app;
	s->interval_ns = (int64_t)interval_seconds * NS_PER_SECOND;
	s->rate = rate;
	enum err err = ticker_start(&s->ticker, "scrubber", scrubber_main, s, e);
	if (err)
		free(s);
	else
		*ret = s;
	return err;
}

void scrubber_stop(struct scrubber *s)
{
	if (!s)
		return;
	ticker_stop(&s->ticker);
	free(s);
}

void upkeep_begin(struct upkeep *u, int data)
{
	struct backup_noted n = { 0 };
	struct errinfo e = { 0 };
	enum err err = backup_noted(data, &n, &e);
	if (err && err != ERR_NOT_FOUND)
		LOG(LOG_WARN, "backup.not_known", KV("detail", e.detail));
	if (err)
		return;
	atomic_store(&u->backup_events, n.events);
	atomic_store(&u->backup_ns, (uint64_t)n.at_ns);
}

/* ---- over the control socket ---- */

static enum err noted(struct call *c, struct response *s, struct errinfo *e)
{
	return respond_json(c, 200, STR("{\"noted\":true}\n"), s, e);
}

static enum err number(const struct call *c, const char *name, uint64_t *ret, struct errinfo *e)
{
	return str_to_u64(query_text(&c->query, name), ret) ? OK : ERR(e, INVALID, "%s is no number", name);
}

enum err control_damage(struct call *c, struct response *s, struct errinfo *e)
{
	struct str repo = query_text(&c->query, "repo"), file = query_text(&c->query, "file");
	enum err err = repo_old_name_check(repo, e);
	if (err)
		return err;
	if (!chart_file_name_is_safe(file) || !str_ends(file, STR(".tgz")))
		return ERR(e, INVALID, "file is not the name of a chart archive");
	ingest_report_damage(c->app->ingest, repo, file);
	return noted(c, s, e);
}

enum err control_scrubbed(struct call *c, struct response *s, struct errinfo *e)
{
	struct upkeep *u = c->app->upkeep;
	uint64_t files, bytes, problems;
	enum err err = number(c, "files", &files, e);
	if (!err)
		err = number(c, "bytes", &bytes, e);
	if (!err)
		err = number(c, "problems", &problems, e);
	if (err)
		return err;
	atomic_fetch_add(&u->scrub_files, files);
	atomic_fetch_add(&u->scrub_bytes, bytes);
	atomic_store(&u->scrub_problems, problems);
	atomic_store(&u->scrub_ns, (uint64_t)clock_wall());
	return noted(c, s, e);
}

enum err control_backed_up(struct call *c, struct response *s, struct errinfo *e)
{
	struct upkeep *u = c->app->upkeep;
	uint64_t events;
	enum err err = number(c, "events", &events, e);
	if (err)
		return err;
	atomic_store(&u->backup_events, events);
	atomic_store(&u->backup_ns, (uint64_t)clock_wall());
	return noted(c, s, e);
}

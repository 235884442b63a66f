/* The thread that works while nobody asks: downloads, quarantine, retention. Intervals are of the
 * monotonic clock; what is old enough to go, the wall clock says.                            */
#include "server/api/chores.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/base/ticker.h"
#include "indexer/ingest/pulls.h"
#include "indexer/ingest/retain.h"
#include "indexer/ingest/virtual.h"
#include "indexer/store/accounts.h"
#include "server/api/bundle_make.h"

#define PULLS_EVERY_SECONDS 10
#define RELEASE_EVERY_SECONDS 60

struct chores {
	const struct app *app;
	struct ticker ticker;
	struct clock_watch clock;
};

static void failed(const char *what, const struct errinfo *e)
{
	LOG(LOG_WARN, "chore.failed", KV("what", what), KV("code", err_code(e->code)),
	    KV("detail", (const char *)e->detail));
}

static void write_pulls(const struct app *app)
{
	struct errinfo e = { 0 };
	if (pulls_flush(app->pulls, app->ingest, &e))
		failed("download counts", &e);
}

static void sweep(const struct app *app)
{
	struct errinfo e = { 0 };
	uint64_t removed = 0;
	if (atomic_load(&app->read_only))
		return;
	if (ingest_sweep(app->ingest, &removed, &e))
		failed("deleted versions", &e);
	if (removed)
		LOG(LOG_INFO, "sweep.done", KV("files", (int64_t)removed));
}

/* What has cooled down appears. */
static void release(const struct app *app)
{
	AUTO_ARENA struct arena a = { 0 };
	struct errinfo e = { 0 };
	struct str *repos;
	size_t count = 0;
	if (atomic_load(&app->read_only))
		return;
	if (ingest_due_releases(app->ingest, &a, clock_wall(), &repos, &count, &e))
		failed("releases", &e);
	for (size_t i = 0; i < count; i++) {
		struct change c;
		change_init(&c, CHANGE_RELEASE);
		c.repo = repos[i];
		c.actor = STR("system");
		if (ingest_apply(app->ingest, &c))
			failed("releases", &c.error);
		else if (c.result.added)
			LOG(LOG_INFO, "release.done", KV("repo", repos[i]), KV("versions", (int64_t)c.result.added));
		change_done(&c);
	}
}

struct trimming { struct change change; int64_t before_ns; };

static enum err write_trim(struct change *c, struct catalog *catalog, struct errinfo *e)
{
	return catalog_audit_trim(catalog, ((struct trimming *)c)->before_ns, e);
}

static void trim_audit(const struct app *app)
{
	uint64_t seconds = atomic_load(&app->audit_keep);
	struct trimming t;
	if (!seconds)
		return;
	t.before_ns = clock_wall() - (int64_t)seconds * NS_PER_SECOND;
	change_init(&t.change, CHANGE_CALL);
	t.change.call = write_trim;
	if (ingest_apply(app->ingest, &t.change))
		failed("audit log", &t.change.error);
	change_done(&t.change);
}

static void retain_one(const struct app *app, struct str repo)
{
	AUTO_ARENA struct arena a = { 0 };
	struct retention_plan plan;
	struct audit_note note = { .action = STR("retention") };
	struct errinfo e = { 0 };
	if (retention_plan(app->ingest, &a, repo, &plan, &e)) {
		failed("retention", &e);
		return;
	}
	retention_apply(app->ingest, repo, STR("system"), &note, &plan);
	if (plan.taken)
		LOG(LOG_INFO, "retention.done", KV("repo", repo), KV("taken", (int64_t)plan.taken));
}

static void retain(const struct app *app)
{
	AUTO_ARENA struct arena a = { 0 };
	struct repo_info *list;
	size_t count = 0;
	struct errinfo e = { 0 };
	if (atomic_load(&app->read_only))
		return;
	if (ingest_repos(app->ingest, &a, &list, &count, &e))
		failed("retention", &e);
	for (size_t i = 0; i < count; i++)
		retain_one(app, list[i].name);
}

/* In the order of the table; the first time one interval after the start. */
static const struct chore {
	void (*run)(const struct app *app);
	int64_t every_seconds;
	bool by_age;                     /* what is old goes: not while the clock has just jumped */
} chores[] = {
	{ write_pulls, PULLS_EVERY_SECONDS, false },
	{ sweep, 3600, true },
	{ bundles_sweep, 3600, true },
	{ retain, 86400, true },
	{ trim_audit, 86400, true },
};
#define CHORES (sizeof chores / sizeof *chores)

/* What was let in stays in, and what was taken away is gone: not by a clock that is ahead for a moment. */
static bool look_at_clock(struct chores *c, int64_t now_ns)
{
	int64_t since_ns = c->clock.since_ns;
	bool is_steady = clock_is_steady(&c->clock, clock_wall(), now_ns);
	if (!is_steady && since_ns != c->clock.since_ns)
		LOG(LOG_WARN, "clock.jumped", KV("detail", "no cool-down ends, and nothing goes for its age, until it "
		    "has been steady for a while"));
	return is_steady;
}

static void release_when_due(struct chores *c, int64_t now_ns, int64_t *done_ns)
{
	if (now_ns - *done_ns < RELEASE_EVERY_SECONDS * NS_PER_SECOND)
		return;
	*done_ns = now_ns;
	release(c->app);
}

static void *chores_main(void *arg)
{
	struct chores *c = arg;
	int64_t done_ns[CHORES], released_ns = INT64_MIN / 2;
	for (size_t i = 0; i < CHORES; i++)
		done_ns[i] = clock_monotonic();
	bool is_steady = look_at_clock(c, clock_monotonic());
	if (is_steady)
		release_when_due(c, clock_monotonic(), &released_ns);    /* what cooled down while nobody served */
	while (ticker_sleep(&c->ticker, clock_monotonic() + PULLS_EVERY_SECONDS * NS_PER_SECOND)) {
		is_steady = look_at_clock(c, clock_monotonic());
		if (is_steady)
			release_when_due(c, clock_monotonic(), &released_ns);
		for (size_t i = 0; i < CHORES; i++) {
			int64_t now_ns = clock_monotonic();
			if (now_ns - done_ns[i] < chores[i].every_seconds * NS_PER_SECOND ||
			    (chores[i].by_age && !is_steady))
				continue;
			done_ns[i] = now_ns;
			chores[i].run(c->app);
		}
	}
	return NULL;
}

enum err chores_start(const struct app *app, struct chores **ret, struct errinfo *e)
{
	struct chores *c = calloc(1, sizeof *c);
	if (!c)
		return ERR(e, NOMEM, "chores");
	c->app = app;
	if (!ticker_start(&c->ticker, chores_main, c, "chores")) {
		free(c);
		return ERR(e, NOMEM, "cannot start a thread for chores (memory or threads are limited)");
	}
	*ret = c;
	return OK;
}

void chores_stop(struct chores *c)
{
	if (!c)
		return;
	ticker_stop(&c->ticker);
	write_pulls(c->app);
	free(c);
}

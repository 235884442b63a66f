/* The thread that works while nobody asks. Intervals are of the monotonic clock; what is old enough, the wall
 * clock says.                                                                                */
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
#define FIRST_SECONDS 3600           /* after the start at the latest, so that a server that is restarted every day
                                        does what is done once a day, too */

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

/* Else who could not be read once, for want of a descriptor, would be nobody until somebody changes people. */
static void read_people(const struct app *app) { auth_retry(app->auth, app->ingest); }

static void sweep(const struct app *app)
{
	struct errinfo e = { 0 };
	uint64_t removed = 0;
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
	if (ingest_repos(app->ingest, &a, &list, &count, &e))
		failed("retention", &e);
	for (size_t i = 0; i < count; i++)
		retain_one(app, list[i].name);
}

/* In the order of the table. */
static const struct chore {
	void (*run)(const struct app *app);
	int64_t every_seconds;
	bool by_age;                     /* what time did: not while the clock has just jumped, or read_only is set */
	bool at_start;                   /* too, for what came due while nobody served; else one interval or
	                                    FIRST_SECONDS later */
} chores[] = {
	{ release, RELEASE_EVERY_SECONDS, true, true },
	{ write_pulls, PULLS_EVERY_SECONDS, false, false },
	{ read_people, PULLS_EVERY_SECONDS, false, false },
	{ sweep, 3600, true, false },
	{ bundles_sweep, 3600, true, false },
	{ retain, 86400, true, false },
	{ trim_audit, 86400, true, false },
};
#define CHORES (sizeof chores / sizeof *chores)

struct chores {
	const struct app *app;
	struct ticker ticker;
	struct clock_watch clock;
	int64_t due_ns[CHORES];
};

/* What was let in stays in, and what was taken away is gone: not by a clock that is ahead for a moment. */
static bool is_steady(struct chores *c)
{
	int64_t since_ns = c->clock.since_ns;
	bool steady = clock_is_steady(&c->clock, clock_wall(), clock_monotonic());
	if (!steady && since_ns != c->clock.since_ns)
		LOG(LOG_WARN, "clock.jumped", KV("detail", "no cool-down ends, and nothing goes for its age, until it "
		    "has been steady for a while"));
	return steady;
}

static void run_due(struct chores *c)
{
	for (size_t i = 0; i < CHORES; i++) {
		bool may_age = is_steady(c) && !atomic_load(&c->app->read_only);     /* the one before may have taken long */
		int64_t now_ns = clock_monotonic();
		if (now_ns < c->due_ns[i] || (chores[i].by_age && !may_age))
			continue;
		c->due_ns[i] = now_ns + chores[i].every_seconds * NS_PER_SECOND;
		chores[i].run(c->app);
	}
}

static int64_t first_seconds(const struct chore *c)
{
	return c->at_start ? 0 : c->every_seconds < FIRST_SECONDS ? c->every_seconds : FIRST_SECONDS;
}

static void *chores_main(void *arg)
{
	struct chores *c = arg;
	for (size_t i = 0; i < CHORES; i++)
		c->due_ns[i] = clock_monotonic() + first_seconds(&chores[i]) * NS_PER_SECOND;
	do
		run_due(c);
	while (ticker_sleep(&c->ticker, clock_monotonic() + PULLS_EVERY_SECONDS * NS_PER_SECOND));
	return NULL;
}

enum err chores_start(const struct app *app, struct chores **ret, struct errinfo *e)
{
	struct chores *c = calloc(1, sizeof *c);
	if (!c)
		return ERR(e, NOMEM, "chores");
	c->app = app;
	enum err err = ticker_start(&c->ticker, "chores", chores_main, c, e);
	if (err)
		free(c);
	else
		*ret = c;
	return err;
}

void chores_stop(struct chores *c)
{
	if (!c)
		return;
	ticker_stop(&c->ticker);
	write_pulls(c->app);
	free(c);
}

/* Which upstream is due: a thread that sleeps until one is, and gives it to the pool. */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/ingest/lookup.h"
#include "indexer/upstream/impl.h"

#define MINUTE_NS (60 * NS_PER_SECOND)
#define AGAIN_NS MINUTE_NS           /* until what could not be read is looked at again */
#define SLEEP_NS MINUTE_NS           /* at most */

/* Up to a tenth more or less, so that many servers do not ask at once. */
static int64_t with_jitter(int64_t ns)
{
	uint32_t dice = 0;
	if (!random_bytes(&dice, sizeof dice))
		return ns;
	return ns - ns / 10 + (int64_t)((double)dice / UINT32_MAX * (double)ns / 5);
}

int64_t upstream_interval_ns(uint64_t refresh_minutes)
{
	return refresh_minutes ? with_jitter((int64_t)refresh_minutes * MINUTE_NS) : 0;
}

/* One minute, two, four … up to some hours, or to the pause of a healthy one that is asked more seldom. */
int64_t upstream_backoff_ns(uint64_t failures, uint64_t refresh_minutes)
{
	uint64_t minutes = failures > 10 ? 1024 : 1ull << (failures ? failures - 1 : 0);
	uint64_t most = refresh_minutes > UPSTREAM_BACKOFF_MAX_MINUTES ? refresh_minutes
	                                                               : UPSTREAM_BACKOFF_MAX_MINUTES;
	return with_jitter((int64_t)(minutes < most ? minutes : most) * MINUTE_NS);
}

int64_t upstream_due_ns(int64_t wall_ns)
{
	int64_t in = wall_ns - clock_wall();
	return wall_ns ? clock_monotonic() + (in > 0 ? in : 0) : 0;
}

static bool is_asked(const struct upstreams *u, const struct repo_settings *s)
{
	return !s->paused && !u->options.by_hand && s->refresh_minutes;
}

int64_t upstream_next_ns(const struct upstreams *u, const struct repo_settings *s,
                         const struct upstream_row *row, enum err err)
{
	int64_t next_ns = upstream_due_ns(row->next_ns), again_ns = clock_monotonic() + AGAIN_NS;
	return err && is_asked(u, s) && next_ns < again_ns ? again_ns : next_ns;
}

static void run_job(struct pool_job *job)
{
	struct follow *f = (struct follow *)((char *)job - offsetof(struct follow, job));
	struct upstream_refresh_options usual = { .queued = true };
	AUTO_ARENA struct arena a = { 0 };
	struct upstream_report report;
	struct errinfo e = { 0 };
	(void)pthread_mutex_lock(&f->of->lock);
	f->queued = false;
	usual.whole = f->whole;
	f->whole = false;
	(void)pthread_mutex_unlock(&f->of->lock);
	if (upstreams_refresh(f->of, &a, str_c(f->repo), &usual, &report, &e))
		LOG(LOG_DEBUG, "upstream.refresh", KV("repo", (const char *)f->repo),
		    KV("reason", (const char *)e.detail));
	upstreams_leave(f->of, str_c(f->repo));
}

/* With the lock. */
static void queue_refresh(struct follow *f)
{
	struct errinfo e;
	if (f->queued || f->of->stopping)
		return;
	f->job.run = run_job;
	if (upstreams_enter(f->of, str_c(f->repo), &f->job, &e)) {
		f->next_ns = clock_monotonic() + AGAIN_NS;
		return;
	}
	f->queued = f->wanted = true;
	f->next_ns = 0;                      /* set again when it is over */
	if (!f->busy)
		atomic_store(&f->phase, UPSTREAM_WAITING);
}

static enum err refresh_soon(struct upstreams *u, struct str repo, bool whole, struct errinfo *e)
{
	struct follow *f;
	enum err err = follow_open(u, repo, &f, e);
	if (err)
		return err;
	(void)pthread_mutex_lock(&u->lock);
	f->whole |= whole;
	queue_refresh(f);
	(void)pthread_mutex_unlock(&u->lock);
	return OK;
}

enum err upstreams_refresh_soon(struct upstreams *u, struct str repo, struct errinfo *e)
{
	return refresh_soon(u, repo, false, e);
}

void refresh_whole_soon(struct upstreams *u, struct str repo)
{
	struct errinfo e = { 0 };
	if (refresh_soon(u, repo, true, &e))
		LOG(LOG_WARN, "upstream.refresh", KV("repo", repo), KV("reason", (const char *)e.detail));
}

/* When it is due, from what the catalog remembers. */
static int64_t due(const struct upstreams *u, const struct upstream_row *row, enum err err,
                   const struct repo_settings *s)
{
	if (!is_asked(u, s))
		return 0;
	if (err)
		return clock_wall() + (err == ERR_NOT_FOUND ? 0 : AGAIN_NS);
	bool backs_off = row->failures && s->refresh_minutes < UPSTREAM_BACKOFF_MAX_MINUTES;
	uint64_t most = backs_off ? UPSTREAM_BACKOFF_MAX_MINUTES : s->refresh_minutes;
	int64_t latest = clock_wall() + 2 * (int64_t)most * MINUTE_NS;
	bool set_shorter = row->next_ns > latest;        /* or the clock went back */
	return row->next_ns && !set_shorter ? row->next_ns : clock_wall();
}

/* False: there is no memory to follow it. */
static bool look_at_one(struct upstreams *u, struct str repo)
{
	AUTO_ARENA struct arena a = { 0 };
	struct snapshot *s;
	struct upstream_row row;
	struct errinfo ignored;
	if (upstream_settings(u, repo, &s, &ignored))
		return true;
	enum err err = ingest_upstream_row(u->ingest, &a, repo, &row, &ignored);
	int64_t next = upstream_due_ns(due(u, &row, err, s->settings));
	bool ours = next && !err && str_eq_c(row.software, SOFTWARE_OURS);
	snapshot_unref(s);
	struct follow *f = follow_of(u, repo);
	if (!f)
		return false;
	int64_t stale = err ? 0 : upstream_stale_ns(&row);
	(void)pthread_mutex_lock(&u->lock);
	if (!f->busy) {                      /* else it says so itself, when it is over */
		f->next_ns = ours && !f->greeted ? clock_monotonic() : next;
		f->stale_ns = err && err != ERR_NOT_FOUND ? f->stale_ns : stale;
	}
	f->publisher_known = false;          /* it may have another address */
	f->greeted = true;
	(void)pthread_mutex_unlock(&u->lock);
	return true;
}

bool scheduler_look(struct upstreams *u)
{
	AUTO_ARENA struct arena a = { 0 };
	struct repo_info *list;
	size_t count = 0;
	struct errinfo ignored;
	bool well = true;
	if (ingest_repos(u->ingest, &a, &list, &count, &ignored))
		return false;
	(void)pthread_mutex_lock(&u->lock);
	for (struct follow *f = u->list; f; f = f->next)
		f->next_ns = 0;
	(void)pthread_mutex_unlock(&u->lock);
	for (size_t i = 0; i < count; i++)
		well &= look_at_one(u, list[i].name);
	return well;
}

/* With the lock: gives what is due, and tells when the next one is. */
static int64_t give_due(struct upstreams *u)
{
	int64_t now = clock_monotonic(), next = now + SLEEP_NS;
	for (struct follow *f = u->list; f; f = f->next) {
		if (!f->next_ns || f->queued)
			continue;
		if (f->next_ns <= now)
			queue_refresh(f);
		else if (f->next_ns < next)
			next = f->next_ns;
	}
	return next;
}

void *scheduler_main(void *arg)
{
	struct upstreams *u = arg;
	int64_t again_ns = INT64_MAX;
	(void)pthread_mutex_lock(&u->lock);
	while (!u->stopping) {
		if (!u->looked || clock_monotonic() >= again_ns) {
			u->looked = true;
			(void)pthread_mutex_unlock(&u->lock);
			again_ns = scheduler_look(u) ? INT64_MAX : clock_monotonic() + AGAIN_NS;
			(void)pthread_mutex_lock(&u->lock);
			continue;
		}
		int64_t next = give_due(u);
		struct timespec until = { next / NS_PER_SECOND, next % NS_PER_SECOND };
		(void)pthread_cond_clockwait(&u->wake, &u->lock, CLOCK_MONOTONIC, &until);
	}
	(void)pthread_mutex_unlock(&u->lock);
	return NULL;
}

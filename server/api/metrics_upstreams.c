/* See metrics_upstreams.h. One row of a table for each metric, of every upstream one sample. */
#include "server/api/metrics_upstreams.h"

#include "indexer/base/auto.h"
#include "indexer/base/array.h"
#include "indexer/base/clock.h"
#include "indexer/upstream/upstream.h"
#include "server/api/metric.h"

struct upstream_figures {
	struct str repo;
	struct upstream_status status;
	uint64_t served;                 /* versions in the index here */
	uint64_t age, unchanged;         /* seconds since a refresh succeeded, and since one brought something */
	uint64_t oldest_behind;          /* seconds since the first of those that are behind was seen */
};

static const struct metric metrics[] = {
#define M(name, type, field, help) \
	{ name, type, help, offsetof(struct upstream_figures, field) }
	M("chartlocker_upstream_versions", "gauge", served,
	  "Versions of an upstream in its index here."),
	M("chartlocker_upstream_index_versions", "gauge", status.row.versions,
	  "Versions in the index of an upstream's server."),
	M("chartlocker_upstream_skipped", "gauge", status.row.skipped,
	  "Entries of an upstream's index that cannot be taken."),
	M("chartlocker_upstream_held", "gauge", status.held,
	  "Versions of an upstream whose archive is here."),
	M("chartlocker_upstream_drifted", "gauge", status.drifted,
	  "Versions of which an upstream promises other bytes by now."),
	M("chartlocker_upstream_gone", "gauge", status.gone,
	  "Versions that are not in an upstream's index any more."),
	M("chartlocker_upstream_unpinned", "gauge", status.unpinned,
	  "Versions of an upstream that have no digest yet."),
	M("chartlocker_upstream_behind", "gauge", status.behind,
	  "Versions of a mirrored upstream whose archives are still to come."),
	M("chartlocker_upstream_oldest_behind_seconds", "gauge", oldest_behind,
	  "Time since the oldest of them was first seen; 0: there is none."),
	M("chartlocker_upstream_age_seconds", "gauge", age,
	  "Time since an upstream was last asked with success; 0: never."),
	M("chartlocker_upstream_changed_seconds", "gauge", unchanged,
	  "Time since an upstream last had something new; 0: never."),
	M("chartlocker_upstream_failures", "gauge", status.row.failures,
	  "Refreshes of an upstream that failed in a row."),
	M("chartlocker_upstream_refreshes_total", "counter", status.refreshes,
	  "Refreshes of an upstream since the start."),
	M("chartlocker_upstream_failures_total", "counter", status.refreshes_failed,
	  "Those of them that failed or are held."),
	M("chartlocker_upstream_fetched_total", "counter", status.fetched,
	  "Archives that were fetched from an upstream."),
	M("chartlocker_upstream_fetch_failures_total", "counter", status.fetches_failed,
	  "Archives that could not be fetched."),
	M("chartlocker_upstream_followed", "gauge", status.followed,
	  "1 while an upstream is followed by its log, else 0."),
	M("chartlocker_upstream_forks_total", "counter", status.forks,
	  "Times that an upstream's log was not the one that it was."),
#undef M
};

static void put_states(struct sbuf *b, const struct upstream_figures *list, size_t count)
{
	metric_head(b, "chartlocker_upstream_state", "gauge", "1 for the state that an upstream is in, else 0.");
	for (size_t i = 0; i < count; i++)
		for (int s = 0; s < UPSTREAM_STATE_COUNT; s++)
			sbuf_printf(b, "chartlocker_upstream_state{repo=\"%.*s\",state=\"%s\"} %d\n",
			            STR_ARG(list[i].repo), upstream_state_word((enum upstream_state)s),
			            list[i].status.row.state == (enum upstream_state)s);
}

static void put_all(struct sbuf *b, const struct upstream_figures *list, size_t count)
{
	put_states(b, list, count);
	for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
		metric_head(b, metrics[m].name, metrics[m].type, metrics[m].help);
		for (size_t i = 0; i < count; i++)
			sbuf_printf(b, "%s{repo=\"%.*s\"} %llu\n", metrics[m].name, STR_ARG(list[i].repo),
			            metric_number(&metrics[m], &list[i]));
	}
}

static uint64_t seconds_since(int64_t ns)
{
	int64_t age = ns ? clock_wall() - ns : 0;
	return age > 0 ? (uint64_t)(age / NS_PER_SECOND) : 0;
}

static bool ask(const struct app *app, struct arena *a, struct str repo, struct upstream_figures *ret)
{
	struct snapshot *s = ingest_snapshot(app->ingest, repo);
	bool is = s && repo_kind(s->settings) == REPO_UPSTREAM;
	*ret = (struct upstream_figures){ .repo = repo, .served = is ? rope_versions(s->json) : 0 };
	snapshot_unref(s);
	if (!is || upstreams_status(app->upstreams, a, repo, &ret->status, NULL))
		return false;
	ret->age = seconds_since(ret->status.row.fresh_ns);
	ret->oldest_behind = seconds_since(ret->status.oldest_behind_ns);
	ret->unchanged = seconds_since(ret->status.row.changed_ns);
	return true;
}

void put_upstream_metrics(struct sbuf *b, const struct app *app)
{
	AUTO_ARENA struct arena a = { 0 };
	struct repo_info *repos;
	struct upstream_figures *list = NULL;
	size_t repo_count = 0, count = 0, capacity = 0;
	if (ingest_repos(app->ingest, &a, &repos, &repo_count, NULL))
		return;
	for (size_t i = 0; i < repo_count; i++) {
		struct upstream_figures *room = arena_room(&a, list, count, &capacity, sizeof *list);
		if (!room)
			return;
		list = room;
		count += ask(app, &a, repos[i].name, &list[count]);
	}
	put_all(b, list, count);
}

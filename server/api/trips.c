/* See trips.h. A repository that never came in a bundle has no trip, and nothing is told of it. */
#include "server/api/trips.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/ingest/lookup.h"
#include "server/api/metric.h"
#include "server/route/members.h"

#define TRIPS_MAX 10000u             /* of one answer */
#define TRIPS_MAX_BYTES (16u * MIB)

void put_trip(struct sbuf *b, struct str repo, const struct trip_row *t)
{
	sbuf_putc(b, '{');
	json_text(b, "repo", repo);
	json_text(b, "bundle", t->bundle);
	json_number(b, "trip", t->event);
	json_number(b, "parent", t->parent);
	json_time(b, "as_of", t->at_ns);
	json_text(b, "signed_by", t->signers);
	json_time(b, "imported", t->imported_ns);
	json_text(b, "filter", t->filter);
	json_text(b, "instance", t->instance);
	json_number(b, "versions", t->versions);
	json_number(b, "bytes", t->bytes);
	sbuf_putc(b, '}');
}

enum err put_newest_trip(const struct call *c, struct sbuf *b, struct str repo, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct trip_row *trips;
	size_t count;
	enum err err = call_trips(c, &a, repo, 1, &trips, &count, e);
	if (err || !count)
		return err;
	json_key(b, "trip");
	put_trip(b, repo, trips);
	return OK;
}

static void put_metric(struct sbuf *b, const char *name, struct str repo, uint64_t value)
{
	sbuf_printf(b, "%s{repo=\"%.*s\"} %llu\n", name, STR_ARG(repo), (unsigned long long)value);
}

void put_trip_metrics(struct sbuf *b, const struct app *app)
{
	static const char of[] = "chartlocker_trip_event", at[] = "chartlocker_trip_timestamp_seconds";
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf times = sbuf_make(TRIPS_MAX_BYTES);
	struct repo_info *repos;
	struct trip_row *trip;
	size_t count = 0, found;
	if (ingest_repos(app->ingest, &a, &repos, &count, NULL))
		return;
	metric_head(b, of, "gauge", "Number of the last bundle that was brought into a repository.");
	metric_head(&times, at, "gauge", "Time of the last event that it knows, in seconds since 1970.");
	for (size_t i = 0; i < count; i++) {
		AUTO_ARENA struct arena row = { 0 };
		if (ingest_trips(app->ingest, &row, repos[i].name, 1, &trip, &found, NULL) || !found)
			continue;
		put_metric(b, of, repos[i].name, trip->event);
		put_metric(&times, at, repos[i].name, (uint64_t)(trip->at_ns / NS_PER_SECOND));
	}
	sbuf_put(b, sbuf_str(&times));
}

static enum err list(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(TRIPS_MAX_BYTES);
	struct trip_row *trips;
	size_t count = 0;
	enum err err = call_trips(c, &a, c->repo, TRIPS_MAX, &trips, &count, e);
	sbuf_puts(&b, "{\"trips\":[");
	for (size_t i = 0; i < count; i++) {
		json_next(&b);
		put_trip(&b, c->repo, &trips[i]);
	}
	sbuf_puts(&b, "]}\n");
	return err ? err : respond_buffer(JSON_TYPE, &b, s, e);
}

enum err trips_list(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), list, e);
}

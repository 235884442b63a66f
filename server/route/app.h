/* What the handlers share: made once by serve, constant afterwards but for the atomics. */
#pragma once

#include <stdatomic.h>

#include "indexer/base/lanes.h"
#include "indexer/ingest/ingest.h"
#include "server/route/route.h"

struct chart_cache;
struct site;
struct hub;
struct upstreams;
struct hooks;
struct icons;
struct http_server;
struct upkeep;
struct signing_key;
struct pulls;
struct texts;
struct slowed;
struct watch;
struct audit;
struct makers;

#define STATUS_CLASSES 5             /* 1xx … 5xx */

struct route_count {                 /* per row of the route table, for /metrics */
	atomic_uint_fast64_t by_class[STATUS_CLASSES];
	atomic_uint_fast64_t ns, bytes;
};

struct app {
	_Atomic(struct ingest *) ingest;         /* NULL until the first index can be served */
	_Atomic(struct hub *) hub;       /* the catalog of charts; there when ingest is */
	_Atomic(struct upstreams *) upstreams;   /* indexer/upstream/upstream.h; there when ingest is */
	const char *instance;            /* what this server says in Via; NULL: nothing yet */
	_Atomic(struct hooks *) hooks;   /* indexer/hook/hook.h; there when ingest is */
	_Atomic(struct icons *) icons;   /* indexer/icon/icons.h; NULL: none are fetched */
	bool icons_of_all;               /* of hosted charts too */
	struct auth *auth;
	struct pool *maintenance;        /* one thread for work that takes long */
	struct pool *lookers;            /* answers that may wait for an upstream: route/look.h */
	struct pool *people;             /* one thread that hashes new passwords and waits for writes */
	struct pool *patient;            /* PATIENT_THREADS that wait for others, for as long as a caller does … */
	struct lanes *patience;          /* … for the same one, by its name */
	struct chart_cache *cache;
	struct makers *makers;           /* api/bundle_make.h */
	struct upkeep *upkeep;           /* manage/figures.h */
	struct pulls *pulls;             /* ingest/pulls.h */
	struct watch *watch;             /* api/events.h */
	_Atomic(struct audit *) audit;   /* route/audit.h; NULL while the server starts */
	_Atomic uint64_t audit_keep;     /* seconds; 0: for good */
	struct signing_key *log_key;     /* signs checkpoints */
	const char *log_name;            /* whose log it is: the origin of a checkpoint */
	struct texts *texts;             /* route/texts.h */
	struct slowed *asked;            /* auth/slowed.h: what costly rows were asked for */
	_Atomic(struct http_server *) http;      /* NULL until http_open returned */
	const struct route *routes;      /* ends with a row without a pattern */
	struct route_count *counts;      /* as many, and one for what matched nothing */
	struct site *site;               /* web/site.h */
	const char *default_repo;
	bool overwrite;
	bool closed;                     /* nobody reads without signing in */
	const char *base_path;           /* "/charts"; NULL or empty: none */
	struct shadow *shadow;           /* route/shadow.h; NULL: no other hosts are answered for */
	const char *const *cors;         /* origins whose pages may read */
	size_t cors_count;
	/* ChartMuseum's ways, and what its flags turn off. */
	bool chartmuseum;                /* names return; an unknown repository is an empty one */
	bool anonymous_push;             /* from anywhere: nobody set credentials */
	bool overwrite_always;
	bool no_api, no_deletes, no_metrics;     /* those addresses are not there */
	const char *chart_field, *prov_field;    /* of a form, besides "chart" and "prov" */
	/* Renders an error as a page; NULL or false: it becomes a line of text. */
	bool (*error_page)(struct call *c, const struct errinfo *e, struct response *s);
	const char *server_info;         /* what the index says of the server; NULL: nothing */
	/* These change on SIGHUP. */
	atomic_bool read_only;           /* changes get 503 */
	_Atomic uint64_t hsts_seconds;   /* 0: Strict-Transport-Security is not said */
	_Atomic uint64_t upload_max_bytes;
	atomic_uint uploads_max;         /* at a time; more get 503 */
	atomic_uint reads_per_second, reads_burst;       /* of costly rows, from one address; 0: no limit */
	atomic_bool create_on_push;
	atomic_bool access_log;
	int64_t started_ns;              /* wall clock */
	atomic_bool *draining;
	atomic_uint *uploads;            /* running now */
};

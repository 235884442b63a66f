/* One archive, or provenance file, on its way from an upstream. Private to this folder.
 *
 *     struct fetch_run x = { .u = u, .repo = repo, .file = file, .body.fd = -1 };
 *     err = fetch_bytes(&x, e);            … x.body, x.digest
 *     fetch_end(&x);
 */
#pragma once

#include "indexer/ingest/lookup.h"
#include "indexer/upstream/impl.h"

struct fetch_run {
	struct upstreams *u;
	struct str repo, file, via;
	struct arena arena;
	bool prov;                       /* it is a provenance file */
	bool was_asked;                  /* the upstream was */
	bool is_at_fault;                /* the version is: its archive is not given, or not what it should be */
	int status;                      /* of the answer that asked for a pause, … */
	uint64_t retry_after;            /* … of so many seconds; 0: none did */
	struct ingest_source source;     /* what `repo` was when this began */
	struct snapshot *snapshot;
	struct outgoing_access access;
	struct remote_version version;
	struct fs_tmp body;
	struct sha256 digest;            /* of an archive */
};

/* UPSTREAM: it cannot be had, or has not the digest that the index promises. NOT_FOUND. A provenance file
 * that is here is read here.                                                                   */
NODISCARD enum err fetch_bytes(struct fetch_run *x, struct errinfo *e);
void fetch_end(struct fetch_run *x);
/* UPSTREAM: it answered one of its archives with Retry-After, and that is not over; none is asked for. What
 * is kept in memory is asked once more after a start.                                          */
NODISCARD enum err fetch_pause(struct follow *f, const struct ingest_source *source, struct errinfo *e);
/* The cause is this machine or this server: another address, or the upstream, would not help. */
bool fetch_failed_here(enum err err);
#define FETCH_HOST_BYTES 256u
/* Whom it would be asked from, cut to what fits; empty: nobody, or nobody knows. */
void fetch_host(struct upstreams *u, struct str repo, struct str file, char ret[FETCH_HOST_BYTES]);
/* The whole way. `via`: as in struct upstream_want. */
NODISCARD enum err fetch_and_keep(struct upstreams *u, struct str repo, struct str file, struct str via,
                                  struct errinfo *e);

/* Charts in OCI registries: what `helm pull oci://…` does (clients.md §5.3, §5.4), by the one door.
 *
 *     oci_open(&options, "oci://ghcr.io/org/charts/demo:1.2.3", &o, e)
 *     oci_pull(o, a, &pull, &chart, e)             an archive into a file, its provenance into memory
 *     oci_versions(o, a, &versions, &count, e)     which there are: each tag that is a version
 *     oci_index_read(o, &handler, &summary, e)     all of them, as if they stood in an index
 *     oci_close(o)
 *
 * One struct oci is one repository of one registry, that is one chart, and belongs to one thread; it
 * keeps the registry's token. What a registry says is believed in no case: a manifest has the digest
 * that was asked for, a layer the digest and size that the manifest says.
 *
 * Credentials go to the registry only if it is access.origin ("oci://host:port" is fine there), and
 * only when it asks for them. Where it sends us for a token they come along if that is the same host,
 * or a place that belongs to it (access.token_origin); any other place is asked as nobody.
 *
 * Errors: INVALID: no such address. NOT_FOUND: the registry has no such tag, digest or repository.
 * METADATA: what it has is no chart, or an improper one. DIGEST: bytes that are not what was promised.
 * TOO_LARGE, ADDRESS, UPSTREAM, DRAINING: as outgoing_do; UPSTREAM also for every other status.  */
#pragma once

#include "indexer/fetch/outgoing.h"
#include "indexer/format/index_stream.h"

struct oci;

/* Borrowed until oci_close. */
struct oci_options {
	struct outgoing *outgoing;
	const struct outgoing_access *access;        /* NULL: public addresses, nothing along */
	/* Not https but http. Without it http is tried where https fails, access.allow_private is set and the
	 * host is localhost or an address that is not public; credentials then go to this machine alone. */
	bool plain_http;
};

/* Begins with oci:// */
bool oci_is_address(struct str address);
/* "https://host:port" of the registry, in the arena; says what is wrong with an address, as oci_open. */
NODISCARD enum err oci_registry(struct arena *a, const char *address, const char **ret,
                                struct errinfo *e);
/* `address`: oci://HOST[:PORT]/NAME[:TAG][@sha256:DIGEST]; copied. Asks nobody. */
NODISCARD enum err oci_open(const struct oci_options *options, const char *address, struct oci **ret,
                            struct errinfo *e);
void oci_close(struct oci *o);           /* NULL is fine */
/* Of the last answer; 0: none came. */
int oci_status(const struct oci *o);
/* How long the registry wants to be left alone, said with the last answer; 0: it did not say. */
uint64_t oci_retry_after(const struct oci *o);
/* UPSTREAM: oci_index_read left versions out because the registry wants to be left alone (429), and how
 * many of how many. OK: it did not.                                                            */
NODISCARD enum err oci_unread(const struct oci *o, struct errinfo *e);

struct oci_pull {
	struct str version;              /* where the address has neither tag nor digest */
	int fd;                          /* for the archive; -1: it is not asked for */
	uint64_t max_bytes;              /* of the archive */
	bool provenance;                 /* fetch it, where there is one */
	bool (*progress)(void *ctx, uint64_t bytes, uint64_t total);         /* as in outgoing_request */
	void *progress_ctx;
};

struct oci_chart {
	struct sha256 manifest;          /* the digest of the manifest: what `helm pull` prints */
	struct sha256 digest;            /* of the archive */
	uint64_t bytes;                  /* of the archive */
	struct str created;              /* the manifest's annotation, as written; empty: none. In the arena */
	bool has_provenance;
	struct str provenance;           /* in the arena */
};
NODISCARD enum err oci_pull(struct oci *o, struct arena *a, const struct oci_pull *q,
                            struct oci_chart *ret, struct errinfo *e);

/* The newest first, with '+' where a tag has '_'. Tags that are no strict semantic versions (signatures,
 * "latest") are passed by, as Helm does. In the arena.                                        */
NODISCARD enum err oci_versions(struct oci *o, struct arena *a, struct str **ret, size_t *ret_count,
                                struct errinfo *e);

/* Every version as an index would list it: the chart is the last segment of the repository's name, the
 * hash is the digest of the manifest, the URL an oci:// address with the tag. A version that is known costs
 * one request for its manifest, a new one two more. Skipped with the reason: a tag that is gone meanwhile
 * or is no chart, and a chart whose own name or version is another one. A registry that wants to be left alone
 * is, up to OCI_WAIT_SECONDS in all; what is to be read then is for another time: oci_unread. Any other
 * error ends it.                                                                               */
NODISCARD enum err oci_index_read(struct oci *o, const struct index_stream_handler *handler,
                                  struct index_stream_summary *ret, struct errinfo *e);

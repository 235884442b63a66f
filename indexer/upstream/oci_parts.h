/* What the files of the OCI client share; nobody else includes it.
 *
 *     oci.c             opening; a pull
 *     oci_tags.c        which versions there are
 *     oci_index.c       versions as entries of an index
 *     oci_get.c         manifests and layers, checked
 *     oci_ask.c         one request to the registry: http or https, its challenge, its status
 *     oci_token.c       what becomes of a challenge
 *     oci_challenge.c   WWW-Authenticate, read                      (pure)
 *     oci_manifest.c    a manifest, read                            (pure)
 *     oci_name.c        addresses, names, tags                      (pure)                   */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/format/node.h"
#include "indexer/upstream/oci.h"

/* ---- addresses ---- */

struct oci_ref {                         /* texts in the arena */
	const char *host;                /* lower case, with the port unless it is that of https */
	const char *name;                /* "org/charts/demo" */
	const char *chart;               /* its last segment */
	const char *tag;                 /* NULL: none */
	bool has_digest;
	struct sha256 digest;
};
NODISCARD enum err oci_ref_read(struct arena *a, const char *text, struct oci_ref *ret,
                                struct errinfo *e);
/* A version as a tag, '_' for '+'; INVALID for what cannot be one. In the arena. */
NODISCARD enum err oci_tag(struct arena *a, struct str version, const char **ret, struct errinfo *e);
/* The other way; false unless it is a strict semantic version then, and *ret NULL without memory. */
NODISCARD bool oci_tag_version(struct arena *a, struct str tag, struct str *ret);
bool oci_digest_read(struct str text, struct sha256 *ret);       /* "sha256:…" alone */

/* ---- challenges ---- */

struct oci_challenge {                   /* texts in the arena, empty where there is none */
	bool basic, bearer;
	struct str realm, service, scope;        /* of bearer */
};
/* INVALID: not readable, or the same scheme or parameter twice. Other schemes are passed by. */
NODISCARD enum err oci_challenge_read(struct arena *a, struct str header, struct oci_challenge *ret,
                                      struct errinfo *e);

/* ---- manifests ---- */

struct oci_layer { struct sha256 digest; uint64_t bytes; };
struct oci_manifest {
	struct oci_layer config, chart, provenance;
	bool has_provenance;
	struct str created;              /* in the arena */
};
/* METADATA: not the manifest of a chart, and why. */
NODISCARD enum err oci_manifest_read(struct arena *a, struct str body, struct str content_type,
                                     struct oci_manifest *ret, struct errinfo *e);
/* A registry's JSON, which must be an object of not too many parts; METADATA. */
NODISCARD enum err oci_json(struct arena *a, struct str body, const char *name,
                            const struct node **ret, struct errinfo *e);

/* ---- requests ---- */

struct oci {
	struct oci_options options;
	struct outgoing *outgoing;
	struct outgoing_access declared; /* what the options say */
	/* What declared.origin is: an origin, or the host of an oci:// address; and declared.token_origin, as one. */
	const char *credentials_origin, *credentials_host, *token_origin;
	struct outgoing_access now;      /* what goes along at present */
	struct oci_ref ref;
	const char *origin;              /* of the registry, as it is asked */
	const char *fallback;            /* with http, while it may still come to that; NULL: never */
	bool is_own;                     /* the credentials are for this registry */
	int status;                      /* of the last answer; 0: none came */
	uint64_t retry_after;
	bool is_busy;                    /* the last answer said so */
	size_t listed, unread;           /* versions, by oci_index_read */
	struct arena kept, token;
};

struct oci_request {
	const char *method;
	const char *url;                 /* NULL: path */
	const char *path;                /* below /v2/NAME/ */
	const char *accept;              /* a header line; NULL: none */
	uint64_t max_bytes;
	int fd;                          /* -1: the body goes to the arena */
	unsigned seconds;
	bool (*progress)(void *ctx, uint64_t bytes, uint64_t total);
	void *progress_ctx;
};
/* Who is asked, and with what: at oci_open, and when http takes the place of https. Borrows `origin`. */
void oci_settle(struct oci *o, const char *origin);
/* An answer that says: not now. */
bool oci_wants_rest(const struct outgoing_answer *answer);
/* OK: the answer was 200. */
NODISCARD enum err oci_ask(struct oci *o, struct arena *a, const struct oci_request *q,
                           struct outgoing_answer *ret, struct errinfo *e);
/* Changes o->now so that the next request answers the challenge. */
NODISCARD enum err oci_authorize(struct oci *o, struct str challenge, struct errinfo *e);

void oci_forget_token(struct oci *o);

/* `reference`: a tag, or NULL for `digest`. *ret_digest: of the manifest. */
NODISCARD enum err oci_manifest_get(struct oci *o, struct arena *a, const char *reference,
                                    const struct sha256 *digest, struct oci_manifest *ret,
                                    struct sha256 *ret_digest, struct errinfo *e);
/* What the tag stands for, if the registry says so without sending it. */
NODISCARD enum err oci_manifest_head(struct oci *o, struct arena *a, const char *tag,
                                     struct sha256 *ret, bool *ret_told, struct errinfo *e);
/* A layer with the size and digest that it must have; into q->fd, or *ret (may be NULL then). */
NODISCARD enum err oci_blob_get(struct oci *o, struct arena *a, const struct oci_layer *layer,
                                const struct oci_request *q, struct str *ret, struct errinfo *e);

/* What Link says of the next page, absolute; NULL: none. UPSTREAM: it leads elsewhere, or is improper. */
NODISCARD enum err oci_next_page(struct arena *a, const char *origin, struct str link, const char **ret,
                                 struct errinfo *e);

/* What a registry has, checked: manifests against their digest, layers against their manifest. */
#include "indexer/upstream/oci_parts.h"

#include "indexer/base/limits.h"

#define MANIFEST_ACCEPT "Accept: application/vnd.oci.image.manifest.v1+json, " \
	"application/vnd.docker.distribution.manifest.v2+json, " \
	"application/vnd.oci.image.index.v1+json, " \
	"application/vnd.docker.distribution.manifest.list.v2+json"

static bool read_told(const struct outgoing_answer *answer, struct sha256 *ret)
{
	return oci_digest_read(outgoing_header(answer, "Docker-Content-Digest"), ret);
}

static enum err check_digest(const struct oci *o, const struct outgoing_answer *answer,
                             const struct sha256 *wanted, struct errinfo *e)
{
	struct sha256 told;
	if (read_told(answer, &told) && !sha256_eq(&told, &answer->digest))
		return ERR(e, DIGEST, "%s sent a manifest with another digest than it says", o->origin);
	if (wanted && !sha256_eq(wanted, &answer->digest))
		return ERR(e, DIGEST, "%s sent a manifest with another digest than was asked for", o->origin);
	return OK;
}

enum err oci_manifest_get(struct oci *o, struct arena *a, const char *reference,
                          const struct sha256 *digest, struct oci_manifest *ret,
                          struct sha256 *ret_digest, struct errinfo *e)
{
	char hex[SHA256_HEX_BYTES + 1] = "";
	struct outgoing_answer answer;
	if (!reference)
		sha256_hex(digest, hex);
	struct oci_request q = {
		.method = "GET", .accept = MANIFEST_ACCEPT, .max_bytes = OCI_MANIFEST_MAX_BYTES, .fd = -1,
		.seconds = OCI_ANSWER_SECONDS,
		.path = arena_printf(a, "manifests/%s%s", reference ? reference : "sha256:", hex),
	};
	if (!q.path)
		return ERR(e, NOMEM, "URL");
	enum err err = oci_ask(o, a, &q, &answer, e);
	if (!err)
		err = check_digest(o, &answer, reference ? NULL : digest, e);
	if (!err)
		err = oci_manifest_read(a, answer.body, answer.content_type, ret, e);
	if (!err)
		*ret_digest = answer.digest;
	return err;
}

enum err oci_manifest_head(struct oci *o, struct arena *a, const char *tag, struct sha256 *ret,
                           bool *ret_told, struct errinfo *e)
{
	struct outgoing_answer answer;
	struct oci_request q = {
		.method = "HEAD", .accept = MANIFEST_ACCEPT, .fd = -1, .seconds = OCI_ANSWER_SECONDS,
		.path = arena_printf(a, "manifests/%s", tag),
	};
	if (!q.path)
		return ERR(e, NOMEM, "URL");
	enum err err = oci_ask(o, a, &q, &answer, e);
	if (!err)
		*ret_told = read_told(&answer, ret);
	return err;
}

enum err oci_blob_get(struct oci *o, struct arena *a, const struct oci_layer *layer,
                      const struct oci_request *q, struct str *ret, struct errinfo *e)
{
	char hex[SHA256_HEX_BYTES + 1];
	struct outgoing_answer answer;
	struct oci_request blob = *q;
	if (layer->bytes > q->max_bytes)
		return ERR(e, TOO_LARGE, "a layer of %llu bytes; %llu are taken",
		           (unsigned long long)layer->bytes, (unsigned long long)q->max_bytes);
	sha256_hex(&layer->digest, hex);
	blob.method = "GET";
	blob.max_bytes = layer->bytes;
	blob.path = arena_printf(a, "blobs/sha256:%s", hex);
	if (!blob.path)
		return ERR(e, NOMEM, "URL");
	enum err err = oci_ask(o, a, &blob, &answer, e);
	if (err)
		return err;
	if (answer.bytes != layer->bytes || !sha256_eq(&answer.digest, &layer->digest))
		return ERR(e, DIGEST, "%s sent other bytes than its manifest says", o->origin);
	if (ret)
		*ret = answer.body;
	return OK;
}

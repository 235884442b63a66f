/* Opening a repository of a registry, and a pull of one version from it. */
#include "indexer/upstream/oci_parts.h"

#include <stdlib.h>

#include "indexer/base/limits.h"
#include "indexer/fetch/url.h"

/* What cannot be read is for no registry. */
static enum err read_origin(struct oci *o, const char *said, const char **ret, struct errinfo *e)
{
	enum err err = said ? outgoing_origin(&o->kept, said, ret, e) : OK;
	return err == ERR_NOMEM ? err : OK;
}

static enum err read_declared(struct oci *o, struct errinfo *e)
{
	const char *said = o->declared.origin;
	struct oci_ref ref;
	enum err err = read_origin(o, o->declared.token_origin, &o->token_origin, e);
	if (err || !said || !oci_is_address(str_c(said)))
		return err ? err : read_origin(o, said, &o->credentials_origin, e);
	/* A name of any repository there, so that one grammar reads it. */
	const char *address = arena_printf(&o->kept, "%s%s", said, strchr(said + 6, '/') ? "" : "/x");
	if (!address)
		return ERR(e, NOMEM, "registry");
	err = oci_ref_read(&o->kept, address, &ref, e);
	if (!err)
		o->credentials_host = ref.host;
	return err == ERR_NOMEM ? err : OK;
}

/* http: because somebody said so, or because nobody is between us and a host like that. */
static enum err choose_origin(struct oci *o, struct errinfo *e)
{
	const char *secure, *plain, *said = o->credentials_origin;
	const char *plain_text = arena_printf(&o->kept, "http://%s", o->ref.host);
	const char *secure_text = arena_printf(&o->kept, "https://%s", o->ref.host);
	if (!plain_text || !secure_text)
		return ERR(e, NOMEM, "registry");
	enum err err = outgoing_origin(&o->kept, secure_text, &secure, e);
	if (!err)
		err = outgoing_origin(&o->kept, plain_text, &plain, e);
	if (err)
		return err;
	bool is_said = o->options.plain_http || (said && !strcmp(said, plain));
	enum host_place place = outgoing_host_place(url_host(str_c(secure)));
	if (!is_said && o->declared.allow_private && (place == HOST_HERE || place == HOST_PRIVATE))
		o->fallback = plain;
	oci_settle(o, is_said ? plain : secure);
	return OK;
}

enum err oci_open(const struct oci_options *options, const char *address, struct oci **ret,
                  struct errinfo *e)
{
	struct oci *o = calloc(1, sizeof *o);
	if (!o)
		return ERR(e, NOMEM, "registry");
	o->options = *options;
	o->outgoing = options->outgoing;
	if (options->access)
		o->declared = *options->access;
	enum err err = oci_ref_read(&o->kept, address, &o->ref, e);
	if (!err)
		err = read_declared(o, e);
	if (!err)
		err = choose_origin(o, e);
	if (err)
		oci_close(o);
	else
		*ret = o;
	return err;
}

void oci_close(struct oci *o)
{
	if (!o)
		return;
	oci_forget_token(o);
	arena_done(&o->kept);
	free(o);
}

int oci_status(const struct oci *o) { return o->status; }

uint64_t oci_retry_after(const struct oci *o) { return o->retry_after; }

enum err oci_unread(const struct oci *o, struct errinfo *e)
{
	if (!o->unread)
		return OK;
	return ERR(e, UPSTREAM, "%s takes no more requests for now: %zu of its %zu versions are still to be "
	           "read", o->origin, o->unread, o->listed);
}

/* ---- a pull ---- */

static enum err get_manifest(struct oci *o, struct arena *a, struct str version,
                             struct oci_manifest *ret, struct sha256 *ret_digest, struct errinfo *e)
{
	const char *tag = o->ref.tag;
	if (o->ref.has_digest)
		return oci_manifest_get(o, a, NULL, &o->ref.digest, ret, ret_digest, e);
	if (!tag && !version.n)
		return ERR(e, INVALID, "the address names no version");
	enum err err = tag ? OK : oci_tag(a, version, &tag, e);
	return err ? err : oci_manifest_get(o, a, tag, NULL, ret, ret_digest, e);
}

enum err oci_pull(struct oci *o, struct arena *a, const struct oci_pull *q, struct oci_chart *ret,
                  struct errinfo *e)
{
	struct oci_manifest m;
	struct oci_chart chart = { .bytes = 0 };
	enum err err = get_manifest(o, a, q->version, &m, &chart.manifest, e);
	if (err)
		return err;
	chart.digest = m.chart.digest;
	chart.bytes = m.chart.bytes;
	chart.created = m.created;
	chart.has_provenance = m.has_provenance;
	if (q->provenance && m.has_provenance)
		err = oci_blob_get(o, a, &m.provenance,
		                   &(struct oci_request){ .fd = -1, .max_bytes = PROVENANCE_MAX_BYTES,
		                                          .seconds = OCI_ANSWER_SECONDS },
		                   &chart.provenance, e);
	if (!err && q->fd >= 0)
		err = oci_blob_get(o, a, &m.chart,
		                   &(struct oci_request){
			                   .fd = q->fd, .progress = q->progress, .progress_ctx = q->progress_ctx,
			                   .max_bytes = q->max_bytes },
		                   NULL, e);
	if (!err)
		*ret = chart;
	return err;
}

/* The bytes of an archive, from the first address of the index that has them. */
#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/fetch/url.h"
#include "indexer/format/name.h"
#include "indexer/upstream/fetch.h"
#include "indexer/upstream/oci.h"

/* The addresses of a version, until one is of use. */
static enum err each_url(struct fetch_run *x, enum err (*each)(struct fetch_run *x, struct str url,
                                                               struct errinfo *e),
                         struct errinfo *e)
{
	const struct node *list = NULL;
	enum err err = json_read(&x->arena, x->version.remote.urls, "urls", &list, e);
	if (err)
		return err;
	err = ERR(e, UPSTREAM, "the upstream's index has no address for it");
	const struct node_item *i = list ? list->items : NULL;
	for (; i && err && !fetch_failed_here(err); i = i->next)
		err = each(x, node_text(i->value), e);
	return err;
}

/* Of an archive, or of the provenance file beside it; in the arena. */
static const char *address(const struct fetch_run *x, struct arena *a, struct str url)
{
	bool has_query;
	struct str query = url, path = str_cut(&query, '?', &has_query);
	return arena_printf(a, "%.*s%s%s%.*s", STR_ARG(path), x->prov ? ".prov" : "", has_query ? "?" : "",
	                    STR_ARG(query));
}

static enum err check_digest(struct fetch_run *x, struct errinfo *e)
{
	bool promised = x->version.remote.has_digest && !x->prov;
	if (!promised || sha256_eq(&x->digest, &x->version.row.digest))
		return OK;
	x->is_at_fault = true;
	return ERR(e, UPSTREAM, "the upstream sent other bytes than its index promises");
}

/* What is refused stays so, unless somebody does something about it: a storage says 403 of what it has not. */
static bool may_pass(int status)
{
	return status < 400 || status == 408 || status == 425 || status == 429 || status >= 500;
}

static void note_answer(struct fetch_run *x, int status, uint64_t retry_after)
{
	x->is_at_fault = !may_pass(status);
	if ((status != 429 && status != 503) || retry_after <= x->retry_after)
		return;
	x->status = status;
	x->retry_after = retry_after;
}

static enum err get_oci(struct fetch_run *x, struct str text, struct errinfo *e)
{
	const struct oci_options o = { .outgoing = x->u->options.outgoing, .access = &x->access };
	struct oci_pull pull = { .version = x->version.row.version, .fd = x->prov ? -1 : x->body.fd,
	                         .max_bytes = CHART_UNPACKED_MAX_BYTES, .provenance = x->prov };
	struct oci_chart chart;
	struct oci *oci;
	const char *place = arena_dup(&x->arena, text);
	enum err err = place ? oci_open(&o, place, &oci, e) : ERR(e, NOMEM, "address");
	if (err)
		return err;
	err = oci_pull(oci, &x->arena, &pull, &chart, e);
	note_answer(x, oci_status(oci), err ? oci_retry_after(oci) : 0);
	oci_close(oci);
	if (!err && x->prov && !chart.has_provenance)
		return ERR(e, NOT_FOUND, "the upstream has no provenance file for it");
	if (err || x->prov)
		return err ? err : fs_pwrite(x->body.fd, chart.provenance, 0, e);
	x->digest = chart.digest;
	return check_digest(x, e);
}

/* A storage that shows nobody what it has says 403 of what it has not, if it gives the archive. */
static bool has_no_prov(const struct fetch_run *x, int status)
{
	return x->prov && (status == 404 || status == 410 || (status == 403 && !x->version.row.absent));
}

static enum err get_http(struct fetch_run *x, struct str text, struct errinfo *e)
{
	const char *url = address(x, &x->arena, text);
	const char *via = arena_printf(&x->arena, "Via: %.*s%s1.1 chartlocker-%s", STR_ARG(x->via),
	                               x->via.n ? ", " : "", x->u->options.instance);
	if (!url || !via)
		return ERR(e, NOMEM, "address");
	struct outgoing_request q = {
		.method = "GET", .url = url, .access = &x->access, .fd = x->body.fd,
		.headers = { via }, .header_count = 1,
		.max_bytes = x->prov ? PROVENANCE_MAX_BYTES : CHART_UNPACKED_MAX_BYTES,
	};
	struct outgoing_answer answer;
	enum err err = outgoing_do(x->u->options.outgoing, &x->arena, &q, &answer, e);
	if (err)
		return err;
	if (has_no_prov(x, answer.status))
		return ERR(e, NOT_FOUND, "the upstream has no provenance file for it");
	if (answer.status == 508)
		return ERR(e, LOOP, "the upstream was asked for it in a circle");
	note_answer(x, answer.status, answer.retry_after);
	if (answer.status != 200)
		return ERR(e, UPSTREAM, "the upstream answered %d", answer.status);
	x->digest = answer.digest;
	return check_digest(x, e);
}

/* What is wrong with the upstream's answer is not wrong with what we were asked. */
static bool is_theirs(const struct fetch_run *x, enum err err)
{
	return err == ERR_DIGEST || err == ERR_METADATA || err == ERR_TOO_LARGE || err == ERR_ADDRESS ||
	       err == ERR_INVALID || (err == ERR_NOT_FOUND && !x->prov);
}

static enum err get(struct fetch_run *x, struct str url, struct errinfo *e)
{
	x->was_asked = true;
	x->is_at_fault = false;          /* the last address has the last word */
	enum err err = oci_is_address(url) ? get_oci(x, url, e) : get_http(x, url, e);
	if (!is_theirs(x, err))
		return err;
	x->is_at_fault = err != ERR_ADDRESS;
	e->code = ERR_UPSTREAM;
	return ERR_UPSTREAM;
}

static enum err find(struct fetch_run *x, struct errinfo *e)
{
	struct str archive = chart_file_archive(x->file, &x->prov);
	x->source = ingest_source(x->u->ingest, x->repo);
	enum err err = upstream_settings(x->u, x->repo, &x->snapshot, e);
	if (!err)
		err = upstream_access(x->u, &x->arena, x->snapshot->settings, &x->access, e);
	if (!err)
		err = ingest_remote_version(x->u->ingest, &x->arena, x->repo, archive, &x->version, e);
	if (!err && x->version.row.state == VERSION_DELETED)
		err = ERR(e, NOT_FOUND, "there is no %.*s", STR_ARG(x->file));
	return err;
}

/* ---- pauses that it asks for ---- */

enum err fetch_pause(struct follow *f, const struct ingest_source *source, struct errinfo *e)
{
	enum err err = OK;
	(void)pthread_mutex_lock(&f->of->lock);
	if (f->pause_until_ns > clock_monotonic() && ingest_source_eq(&f->pause_of, source))
		err = ERR(e, UPSTREAM, "%s", f->pause_why);
	(void)pthread_mutex_unlock(&f->of->lock);
	return err;
}

/* The same words for all that wait for its end. */
static void begin_pause(struct follow *f, const struct fetch_run *x)
{
	char until[RFC3339_MAX_BYTES];
	uint64_t most = UPSTREAM_BACKOFF_MAX_MINUTES * 60, asked = x->retry_after < most ? x->retry_after : most;
	size_t n = clock_format((clock_wall() / NS_PER_SECOND + (int64_t)asked) * NS_PER_SECOND, until);
	(void)pthread_mutex_lock(&f->of->lock);
	f->pause_until_ns = clock_monotonic() + (int64_t)asked * NS_PER_SECOND;
	f->pause_of = x->source;
	(void)snprintf(f->pause_why, sizeof f->pause_why, "the upstream answered %d; its archives are let alone until "
	               "%.*s, as it asked for (Retry-After)", x->status, (int)n, until);
	(void)pthread_mutex_unlock(&f->of->lock);
}

/* ---- the bytes ---- */

static enum err read_here(struct upstreams *u, struct str repo, struct str file, char **ret,
                          size_t *ret_bytes, struct errinfo *e)
{
	struct stored_file f;
	struct sha256 have;
	AUTO_FREE char *data = NULL;
	size_t bytes = 0;
	enum err err = ingest_file(u->ingest, repo, file, &f, e);
	if (err)
		return err;
	AUTO_FD int fd = f.fd;
	err = fs_read_fd(fd, CHART_UNPACKED_MAX_BYTES, &data, &bytes, e);
	if (!err)
		err = sha256_of(str_make(data, bytes), &have, e);
	if (!err && !sha256_eq(&have, &f.digest))
		err = ERR(e, DAMAGED, "the stored file has other bytes");
	if (err)
		return err;
	*ret = data;
	*ret_bytes = bytes;
	data = NULL;
	return OK;
}

/* A provenance file that is here is looked at again, under the keyring of today. False: it is to be asked for. */
static bool take_stored(struct fetch_run *x)
{
	AUTO_FREE char *text = NULL;
	size_t bytes;
	struct errinfo ignored;
	return x->prov && x->version.row.has_prov && !read_here(x->u, x->repo, x->file, &text, &bytes, &ignored) &&
	       !fs_pwrite(x->body.fd, str_make(text, bytes), 0, &ignored);
}

enum err fetch_bytes(struct fetch_run *x, struct errinfo *e)
{
	struct follow *f = follow_of(x->u, x->repo);
	enum err err = f ? find(x, e) : ERR(e, NOMEM, "upstream");
	if (!err)
		err = datadir_tmp(ingest_datadir(x->u->ingest), &x->body, e);
	if (err || take_stored(x))
		return err;
	err = fetch_pause(f, &x->source, e);
	if (!err)
		err = each_url(x, get, e);
	if (err && x->retry_after)
		begin_pause(f, x);
	return err;
}

void fetch_end(struct fetch_run *x)
{
	fs_tmp_close(&x->body);
	snapshot_unref(x->snapshot);
	arena_done(&x->arena);
}

static enum err first_url(struct fetch_run *x, struct str url, struct errinfo *e)
{
	x->file = url;
	(void)e;
	return OK;
}

/* As it is written there: who writes it in two ways has twice the places. */
void fetch_host(struct upstreams *u, struct str repo, struct str file, char ret[FETCH_HOST_BYTES])
{
	struct fetch_run x = { .u = u, .repo = repo, .file = file, .body.fd = -1 };
	struct errinfo ignored;
	*ret = '\0';
	if (!find(&x, &ignored) && !each_url(&x, first_url, &ignored)) {
		struct str host = url_host(x.file);
		(void)snprintf(ret, FETCH_HOST_BYTES, "%.*s", STR_ARG(host));
	}
	fetch_end(&x);
}

/* ---- for who looks ---- */

static enum err read_there(struct upstreams *u, struct str repo, struct str file, char **ret,
                           size_t *ret_bytes, struct errinfo *e)
{
	struct fetch_run x = { .u = u, .repo = repo, .file = file, .body.fd = -1 };
	enum err err = fetch_may(u, repo, e);
	if (!err)
		err = fetch_bytes(&x, e);
	if (!err)
		err = fs_read_fd(x.body.fd, CHART_UNPACKED_MAX_BYTES, ret, ret_bytes, e);
	fetch_end(&x);
	return err;
}

/* Who looks holds a thread, of which there are few: none is for who would only wait with it. */
enum err upstreams_read(struct upstreams *u, struct str repo, struct str file, char **ret,
                        size_t *ret_bytes, struct errinfo *e)
{
	char host[FETCH_HOST_BYTES];
	enum err err = read_here(u, repo, file, ret, ret_bytes, e);
	if (err != ERR_ABSENT)
		return err;
	err = ERR(e, BUSY, "other charts of this upstream are being fetched right now");
	if (!lane_try(u->looks, repo))
		return err;
	fetch_host(u, repo, file, host);
	if (lane_try(u->looked_at, str_c(host))) {
		err = read_there(u, repo, file, ret, ret_bytes, e);
		lane_leave(u->looked_at, str_c(host));
	}
	lane_leave(u->looks, repo);
	return err;
}

enum err upstreams_origin(struct upstreams *u, struct arena *a, struct str repo, struct str file,
                          struct str *ret, struct errinfo *e)
{
	struct fetch_run x = { .u = u, .repo = repo, .file = file, .body.fd = -1 };
	enum err err = find(&x, e);
	if (!err)
		err = each_url(&x, first_url, e);
	const char *url = err ? NULL : address(&x, a, x.file);
	if (!err && !url)
		err = ERR(e, NOMEM, "address");
	if (!err)
		*ret = str_c(url);
	fetch_end(&x);
	return err;
}

/* A repository of a registry as an index with one chart: each tag a version. What a version is stands in
 * the configuration of its manifest, which is the metadata of Chart.yaml; the manifest's digest tells
 * whether anything of it changed.                                                            */
#include "indexer/upstream/oci_parts.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"

struct reading {
	struct oci *o;
	const struct index_stream_handler *handler;
	struct index_stream_summary summary;
	struct str chart;
	bool is_ended;                   /* by the handler */
};

/* Helm leaves out what is wrong in one of these ways, and so do we; NULL: nothing is. */
static const char *why_skipped(const struct index_entry *entry, struct str chart, struct str version)
{
	if (!str_eq(entry->meta.name, chart))
		return "the chart in it has another name";
	if (!str_eq(entry->meta.version, version))
		return "the chart in it has another version";
	return chart_why_skipped(&entry->meta);
}

static enum err skip(struct reading *r, struct str version, const char *why, struct errinfo *e)
{
	r->summary.skipped++;
	enum err err = r->handler->skipped(r->handler->ctx, r->chart, version, 0, why, e);
	r->is_ended = err != OK;
	return err;
}

/* As Helm reads it: it takes less than RFC 3339 allows, and leaves nothing of an index with another time. */
static bool put_created(struct arena *a, struct str text, struct index_entry *ret)
{
	char now[RFC3339_MAX_BYTES];
	ret->created = STR("");
	ret->created_ns = INT64_MIN;
	if (!clock_parse(text, &ret->created_ns))
		return true;
	if (!clock_is_json_time(text))
		text = str_make(now, clock_format(ret->created_ns, now));
	return arena_str(a, text, &ret->created);
}

/* What the manifest and not the metadata says. */
static enum err complete(struct reading *r, struct arena *a, const char *tag,
                         const struct oci_manifest *m, struct index_entry *entry, struct errinfo *e)
{
	char hex[SHA256_HEX_BYTES + 1];
	sha256_hex(&m->chart.digest, hex);
	entry->urls = ARENA_NEW(a, struct str);
	if (!entry->urls || !arena_str(a, str_c(hex), &entry->digest) || !put_created(a, m->created, entry))
		return ERR(e, NOMEM, "entry");
	*entry->urls = str_c(arena_printf(a, "oci://%s/%s:%s", r->o->ref.host, r->o->ref.name, tag));
	if (!entry->urls->p)
		return ERR(e, NOMEM, "entry");
	entry->url_count = 1;
	entry->removed = false;
	if (!entry->meta.api_version.n)
		entry->meta.api_version = STR("v1");
	return OK;
}

static enum err read_entry(struct reading *r, struct arena *a, const char *tag,
                           const struct oci_manifest *m, struct index_entry *ret, struct errinfo *e)
{
	struct str config;
	const struct node *root;
	struct oci_request q = { .fd = -1, .max_bytes = OCI_CONFIG_MAX_BYTES, .seconds = OCI_ANSWER_SECONDS };
	enum err err = oci_blob_get(r->o, a, &m->config, &q, &config, e);
	if (!err)
		err = oci_json(a, config, "configuration", &root, e);
	if (!err)
		err = index_entry_read(a, config, ret, e);
	r->summary.bytes += err ? 0 : config.n;
	return err ? err : complete(r, a, tag, m, ret, e);
}

/* A manifest of which the handler has not said that it knows it. */
static enum err read_new(struct reading *r, struct arena *a, struct str version, const char *tag,
                         const struct oci_manifest *m, const struct sha256 *hash, struct errinfo *e)
{
	struct index_entry entry;
	enum err err = read_entry(r, a, tag, m, &entry, e);
	if (err)
		return err;
	const char *why = why_skipped(&entry, r->chart, version);
	if (why)
		return skip(r, version, why, e);
	r->summary.versions++;
	err = r->handler->entry(r->handler->ctx, r->chart, &entry, hash, e);
	r->is_ended = err != OK;
	return err;
}

static bool is_known(struct reading *r, const struct sha256 *hash)
{
	bool known = r->handler->known(r->handler->ctx, r->chart, hash);
	r->summary.versions += known;
	return known;
}

static enum err read_version(struct reading *r, struct arena *a, struct str version, struct errinfo *e)
{
	const char *tag;
	bool told = false;
	struct sha256 hash;
	struct oci_manifest m;
	enum err err = oci_tag(a, version, &tag, e);
	if (!err)
		err = oci_manifest_head(r->o, a, tag, &hash, &told, e);
	if (err == ERR_UPSTREAM && !r->o->is_busy)   /* some do not take HEAD */
		err = OK;
	if (err || (told && is_known(r, &hash)))
		return err;
	err = oci_manifest_get(r->o, a, told ? NULL : tag, &hash, &m, &hash, e);
	if (err || (!told && is_known(r, &hash)))
		return err;
	return read_new(r, a, version, tag, &m, &hash, e);
}

/* What is wrong with one version, and says nothing of the others. */
static bool is_of_one(enum err err)
{
	return err == ERR_METADATA || err == ERR_NOT_FOUND || err == ERR_DIGEST || err == ERR_TOO_LARGE;
}

/* Whether it was waited for as long as the registry wants. */
static bool wait_for(struct oci *o, int64_t *left_ns)
{
	int64_t ns = (int64_t)(o->retry_after ? o->retry_after : 1) * NS_PER_SECOND;
	if (ns > *left_ns)
		return false;
	*left_ns -= ns;
	outgoing_pause(o->outgoing, clock_monotonic() + ns);
	return true;                         /* or the server ends, which the next request tells */
}

/* One version after the other, until the registry takes no more requests. */
static enum err read_versions(struct reading *r, const struct str *versions, size_t count,
                              struct errinfo *e)
{
	int64_t left_ns = OCI_WAIT_SECONDS * NS_PER_SECOND;
	size_t i = 0;
	enum err err = OK;
	while (i < count && !err) {
		AUTO_ARENA struct arena a = { 0 };
		struct errinfo why = { 0 };
		err = read_version(r, &a, versions[i], &why);
		if (err && !r->is_ended && r->o->is_busy) {
			err = OK;
			if (wait_for(r->o, &left_ns))
				continue;
			r->o->unread = count - i;
			break;
		}
		if (!r->is_ended && is_of_one(err))
			err = skip(r, versions[i], err_public_text(&why), e);
		else if (err && e)
			*e = why;
		i++;
	}
	return err;
}

enum err oci_index_read(struct oci *o, const struct index_stream_handler *handler,
                        struct index_stream_summary *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena list = { 0 };
	struct str *versions;
	size_t count;
	struct reading r = { .o = o, .handler = handler, .chart = str_c(o->ref.chart) };
	enum err err = oci_versions(o, &list, &versions, &count, e);
	if (err)
		return err;
	o->listed = count;
	o->unread = 0;
	err = read_versions(&r, versions, count, e);
	if (err)
		return err;
	r.summary.json = true;
	r.summary.charts = r.summary.versions > 0;
	*ret = r.summary;
	return OK;
}

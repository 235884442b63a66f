/* One entry of an upstream's index as it would be here: taken, left out or refused, and the line of
 * our index. Addresses are resolved against the upstream's own, by the rules of Helm, and kept
 * whole; nothing is ever made of a file's name.                                               */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/fetch/url.h"
#include "indexer/format/name.h"
#include "indexer/upstream/impl.h"
#include "indexer/upstream/oci.h"

struct judging {
	struct reading *r;
	struct arena *arena;
	const struct index_entry *entry;
	struct str chart;
	struct str urls[UPSTREAM_URLS_MAX];
	size_t url_count;
	const char *wrong;               /* why it is refused; NULL: it is not */
	const char *no_url;              /* what is wrong with an address that was passed by */
};

/* Of a registry as it is written: what kind of a name it has is seen when it is asked. */
static enum err read_url(const struct judging *j, const char *text, const char **ret, struct errinfo *e)
{
	const char *joined;
	if (oci_is_address(str_c(text))) {
		struct str rest = str_from(str_c(text), STR("oci://").n);
		if (strlen(text) > OUTGOING_URL_MAX_BYTES || str_has(str_cut(&rest, '/', NULL), '@'))
			return ERR(e, ADDRESS, "too long, or with a user, who would be published");
		*ret = text;
		return OK;
	}
	enum err err = url_join(j->arena, j->r->base, text, &joined, e);
	return err ? err : outgoing_url(j->arena, joined, ret, e);
}

static enum err read_origin(struct arena *a, const char *url, const char **ret, struct errinfo *e)
{
	return oci_is_address(str_c(url)) ? oci_registry(a, url, ret, e) : outgoing_origin(a, url, ret, e);
}

static enum err is_elsewhere(const struct judging *j, const char *url, bool *ret, struct errinfo *e)
{
	const char *here, *there;
	enum err err = read_origin(j->arena, j->r->base, &here, e);
	if (!err)
		err = read_origin(j->arena, url, &there, e);
	if (!err)
		*ret = strcmp(here, there) != 0;
	return err;
}

/* NOMEM alone is an error; what is no address is passed by. */
static enum err add_url(struct judging *j, struct str text, struct errinfo *e)
{
	const char *copy = arena_dup(j->arena, text), *url;
	bool elsewhere = false;
	struct errinfo why = { 0 };
	enum err err = copy ? read_url(j, copy, &url, &why) : ERR(&why, NOMEM, "address");
	if (!err && str_eq(j->r->settings->other_hosts, STR("refuse")))
		err = is_elsewhere(j, url, &elsewhere, &why);
	if (err == ERR_NOMEM)
		return ERR(e, NOMEM, "addresses");
	if (err || elsewhere) {
		j->no_url = err ? "its address is none that may be asked"
		                : "its archive is on another host, which other_hosts refuses";
		return OK;
	}
	j->urls[j->url_count++] = str_c(url);
	if (!*j->r->first_url && strlen(url) < sizeof j->r->first_url)
		memcpy(j->r->first_url, url, strlen(url) + 1);
	return OK;
}

static enum err add_urls(struct judging *j, struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; i < j->entry->url_count && j->url_count < UPSTREAM_URLS_MAX && !err; i++)
		err = add_url(j, j->entry->urls[i], e);
	if (!j->url_count && !j->wrong)
		j->wrong = j->no_url ? j->no_url : "it has no address";
	return err;
}

static void judge_digest(struct judging *j, struct remote_row *remote)
{
	struct str text = j->entry->digest;
	if (str_starts(text, STR("sha256:")))
		text = str_from(text, STR("sha256:").n);
	remote->has_digest = text.n && sha256_parse(text, &remote->digest);
	if (text.n && !remote->has_digest)
		j->wrong = "its digest is no SHA-256";
	else if (!text.n && str_eq(j->r->settings->missing_digest, STR("refuse")))
		j->wrong = "it has no digest, which missing_digest refuses";
}

static enum err name_file(struct judging *j, struct upstream_entry *ret, struct errinfo *e)
{
	const struct chart_meta *m = &j->entry->meta;
	const char *file = arena_printf(j->arena, "%.*s-%.*s.tgz", STR_ARG(j->chart), STR_ARG(m->version));
	struct errinfo ignored;
	if (!file)
		return ERR(e, NOMEM, "file name");
	ret->file = str_c(file);
	if (chart_name_check(j->chart, &ignored) || !chart_file_name_is_safe(ret->file) ||
	    ret->file.n > CHART_FILE_NAME_MAX_BYTES)
		j->wrong = "no file here can have its name and version";
	return OK;
}

static enum err write_urls(struct judging *j, struct str *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	sbuf_putc(&b, '[');
	for (size_t i = 0; i < j->url_count; i++) {
		json_next(&b);
		json_canonical(&b, j->urls[i]);
	}
	sbuf_putc(&b, ']');
	return sbuf_ok(&b) && arena_str(j->arena, sbuf_str(&b), ret) ? OK : ERR(e, NOMEM, "addresses");
}

/* Where charts are said to be here, the address is ours. */
static enum err write_line(struct judging *j, struct upstream_entry *ret, struct errinfo *e)
{
	struct index_entry entry = *j->entry;
	char digest[SHA256_HEX_BYTES + 1];
	AUTO_SBUF struct sbuf line = sbuf_make(UPSTREAM_LINE_MAX_BYTES), path = sbuf_make(KIB);
	struct str here;
	if (!sbuf_reserve(&line, line.limit) || !sbuf_reserve(&path, path.limit))
		return ERR(e, NOMEM, "index line");      /* what fails from here on is too large */
	sbuf_puts(&path, "charts/");
	url_segment_encode(&path, ret->file);
	here = sbuf_str(&path);
	bool is_here = upstream_links_here(j->r->settings);
	entry.urls = is_here ? &here : j->urls;
	entry.url_count = is_here ? 1 : j->url_count;
	sha256_hex(&ret->remote.digest, digest);
	entry.digest = ret->remote.has_digest ? str_c(digest) : (struct str){ 0 };
	if (!clock_is_json_time(entry.created))
		entry.created = STR("");         /* for one of these Helm leaves the whole index */
	index_entry_line(&line, &entry);
	if (!sbuf_ok(&line) || !sbuf_ok(&path)) {
		j->wrong = "its entry is too large";
		return OK;
	}
	return arena_str(j->arena, sbuf_str(&line), &ret->line) ? OK : ERR(e, NOMEM, "index line");
}

enum err entry_judge(struct reading *r, struct arena *a, struct str chart,
                     const struct index_entry *entry, const struct sha256 *hash,
                     struct upstream_entry *ret, enum selection_verdict *ret_verdict,
                     struct errinfo *e)
{
	struct judging j = { .r = r, .arena = a, .entry = entry, .chart = chart };
	enum selection_verdict verdict;
	*ret = (struct upstream_entry){ .news = UPSTREAM_SAYS };
	ret->remote.hash = *hash;
	ret->remote.created_ns = entry->created_ns == INT64_MIN ? 0 : entry->created_ns;
	enum err err = selection_judge(r->selection, chart, entry, true, &verdict, e);
	if (!err)
		err = name_file(&j, ret, e);
	if (!err)
		err = add_urls(&j, e);
	if (!err && !j.wrong)
		judge_digest(&j, &ret->remote);
	if (!err)
		err = write_urls(&j, &ret->remote.urls, e);
	if (!err && !j.wrong)
		err = write_line(&j, ret, e);
	if (err)
		return err;
	if (!arena_str(a, chart, &ret->remote.chart) ||
	    !arena_str(a, entry->meta.version, &ret->remote.version))
		return ERR(e, NOMEM, "names");
	ret->remote.state = verdict != SELECTION_TAKEN ? REMOTE_LEFT_OUT
	                    : j.wrong ? REMOTE_REFUSED : REMOTE_TAKEN;
	ret->remote.why = verdict != SELECTION_TAKEN ? str_c(selection_word(verdict)) : str_c(j.wrong);
	*ret_verdict = verdict;
	return OK;
}

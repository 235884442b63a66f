/* What a bundle tells of a version: a line of JSON, the one that RFC 8785 has for it. */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/bundle.h"
#include "indexer/document/images_pushed.h"
#include "indexer/format/name.h"
#include "indexer/format/node.h"

static const char *const states[] = {
	[BUNDLE_LIVE] = "live", [BUNDLE_YANKED] = "yanked", [BUNDLE_DELETED] = "deleted",
	[BUNDLE_PURGED] = "purged",
};
#define STATES (sizeof states / sizeof *states)

static void put_digest(struct sbuf *b, const char *key, const struct sha256 *digest)
{
	char hex[SHA256_HEX_BYTES + 1];
	sha256_hex(digest, hex);
	json_text(b, key, str_c(hex));
}

static void put_images(struct sbuf *b, struct str lines)
{
	json_key(b, "images");
	sbuf_putc(b, '[');
	while (lines.n) {
		json_next(b);
		json_canonical(b, str_cut(&lines, '\n', NULL));
	}
	sbuf_putc(b, ']');
}

/* The keys are sorted. A time is text: nanoseconds are more than a number of JSON holds. */
void bundle_version_put(struct sbuf *b, const struct bundle_version *v)
{
	char created[RFC3339_MAX_BYTES];
	size_t n = clock_format(v->created_ns, created);
	sbuf_putc(b, '{');
	json_number(b, "bytes", v->bytes);
	json_canonical_text(b, "chart", v->chart);
	json_text(b, "created", str_make(created, n));
	put_digest(b, "digest", &v->digest);
	json_number(b, "event", v->event);
	json_canonical_text(b, "file", v->file);
	if (v->has_images)
		put_images(b, v->images);
	json_canonical_text(b, "known_as", v->known_as);
	json_canonical_text(b, "line", v->line);
	json_canonical_text(b, "origin", v->origin);
	if (v->has_prov)
		put_digest(b, "prov", &v->prov_digest);
	json_canonical_text(b, "reason", v->reason);
	json_canonical_text(b, "repo", v->repo);
	json_canonical_text(b, "signature", v->signature);
	json_text(b, "state", str_c(states[v->state]));
	json_canonical_text(b, "version", v->version);
	sbuf_puts(b, "}\n");
}

static struct str field(const struct node *n, const char *key) { return node_text(node_get(n, key)); }

static bool state_of(struct str word, enum bundle_version_state *ret)
{
	for (size_t i = 0; i < STATES; i++)
		if (str_eq_c(word, states[i])) {
			*ret = (enum bundle_version_state)i;
			return true;
		}
	return false;
}

static bool read_images(struct arena *a, const struct node *list, struct bundle_version *v)
{
	AUTO_SBUF struct sbuf b = sbuf_make(IMAGES_PUSHED_MAX_BYTES + 1);
	v->has_images = list != NULL;
	if (!list)
		return true;
	for (const struct node_item *i = list->kind == NODE_LIST ? list->items : NULL; i; i = i->next) {
		sbuf_put(&b, node_text(i->value));
		sbuf_putc(&b, '\n');
	}
	return list->kind == NODE_LIST && sbuf_ok(&b) && arena_str(a, sbuf_str(&b), &v->images);
}

/* The first key whose value cannot be; NULL: there is none. */
static const char *fill(struct arena *a, const struct node *n, struct bundle_version *v)
{
	const struct node *prov = node_get(n, "prov");
	*v = (struct bundle_version){
		.repo = field(n, "repo"), .chart = field(n, "chart"), .version = field(n, "version"),
		.file = field(n, "file"), .signature = field(n, "signature"), .reason = field(n, "reason"),
		.origin = field(n, "origin"), .known_as = field(n, "known_as"), .line = field(n, "line"),
		.has_prov = prov != NULL,
	};
	if (!str_to_u64(field(n, "bytes"), &v->bytes))
		return "bytes";
	if (!clock_parse(field(n, "created"), &v->created_ns))
		return "created";
	if (!sha256_parse(field(n, "digest"), &v->digest))
		return "digest";
	if (!str_to_u64(field(n, "event"), &v->event))
		return "event";
	if (prov && !sha256_parse(node_text(prov), &v->prov_digest))
		return "prov";
	if (!read_images(a, node_get(n, "images"), v))
		return "images";
	return state_of(field(n, "state"), &v->state) ? NULL : "state";
}

static const char *fault(const struct bundle_version *v)
{
	bool is_prov, gone = bundle_version_is_gone(v);
	if (repo_old_name_check(v->repo, NULL) != OK)
		return "repo";
	if (!v->chart.n || v->chart.n > CHART_NAME_MAX_BYTES)
		return "chart";
	if (!v->version.n || v->version.n > CHART_VERSION_MAX_BYTES)
		return "version";
	(void)chart_file_archive(v->file, &is_prov);
	if (!chart_file_name_is_safe(v->file) || !chart_file_name_is_known(v->file) || is_prov ||
	    v->file.n > CHART_FILE_NAME_MAX_BYTES)
		return "file";
	if (!v->event)
		return "event";
	if (gone ? v->bytes != 0 : v->bytes == 0)
		return "bytes";
	if (gone == (v->line.n > 0) || v->line.n > INDEX_LINE_MAX_BYTES)
		return "line";
	if (v->has_images && (gone || !images_list_is_good(v->images)))
		return "images";
	return gone && v->has_prov ? "prov" : NULL;
}

enum err bundle_version_parse(struct arena *a, struct str line, struct bundle_version *ret,
                              struct errinfo *e)
{
	AUTO_SBUF struct sbuf again = sbuf_make(2 * BUNDLE_VERSION_LINE_MAX_BYTES);
	const struct node *root = NULL;
	struct bundle_version v;
	if (line.n > BUNDLE_VERSION_LINE_MAX_BYTES)
		return ERR(e, CORRUPT, BUNDLE_VERSIONS ": a line has more than %u bytes",
		           BUNDLE_VERSION_LINE_MAX_BYTES);
	enum err err = json_read(a, line, BUNDLE_VERSIONS, &root, e);
	if (err)
		return err == ERR_NOMEM ? err : ERR(e, CORRUPT, BUNDLE_VERSIONS ": a line is not JSON");
	const char *wrong = fill(a, root, &v) ?: fault(&v);
	if (wrong)
		return ERR(e, CORRUPT, BUNDLE_VERSIONS ": %.*s %.*s: \"%s\" is not what can stand there",
		           STR_ARG(str_first(v.chart, 64)), STR_ARG(str_first(v.version, 64)), wrong);
	bundle_version_put(&again, &v);
	if (!sbuf_ok(&again))
		return ERR(e, NOMEM, "a line of " BUNDLE_VERSIONS);
	if (!str_eq(line, str_first(sbuf_str(&again), line.n)) || again.n - line.n > 1)
		return ERR(e, CORRUPT, BUNDLE_VERSIONS ": %.*s %.*s: not written as it should be",
		           STR_ARG(str_first(v.chart, 64)), STR_ARG(str_first(v.version, 64)));
	*ret = v;
	return OK;
}

/* Which versions a repository has: its tags, page by page, as long as the pages stay where they are. */
#include "indexer/upstream/oci_parts.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"

/* ---- pages ---- */

/* The parameters of a link have rel="next" among them (RFC 8288, as registries write it). */
static bool is_next(struct str parameters)
{
	while (parameters.n) {
		struct str value = str_cut(&parameters, ';', NULL);
		struct str name = str_trim(str_cut(&value, '=', NULL));
		value = str_trim(value);
		if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
			value = str_make(value.p + 1, value.n - 2);
		if (str_eq_nocase(name, STR("rel")) && str_eq_nocase(value, STR("next")))
			return true;
	}
	return false;
}

static enum err join(struct arena *a, const char *origin, struct str target, const char **ret,
                     struct errinfo *e)
{
	const char *other;
	bool is_path = target.n && target.p[0] == '/' && !str_starts(target, STR("//"));
	const char *url = arena_printf(a, "%s%.*s", is_path ? origin : "", STR_ARG(target));
	if (!url)
		return ERR(e, NOMEM, "URL");
	enum err err = outgoing_url(a, url, &url, NULL) ?: outgoing_origin(a, url, &other, NULL);
	if (err == ERR_NOMEM)
		return ERR(e, NOMEM, "URL");
	if (err || strcmp(other, origin) != 0)
		return ERR(e, UPSTREAM, "%s: the next page of its tags would be elsewhere", origin);
	*ret = url;
	return OK;
}

enum err oci_next_page(struct arena *a, const char *origin, struct str link, const char **ret,
                       struct errinfo *e)
{
	const char *next = NULL;
	enum err err = OK;
	while (!next && !err && (link = str_trim(link)).n) {
		bool closed;
		struct str target, parameters;
		if (link.p[0] != '<')
			return ERR(e, UPSTREAM, "%s: an improper Link", origin);
		link = str_from(link, 1);
		target = str_cut(&link, '>', &closed);
		parameters = str_cut(&link, ',', NULL);
		if (!closed)
			return ERR(e, UPSTREAM, "%s: an improper Link", origin);
		if (is_next(parameters))
			err = join(a, origin, target, &next, e);
	}
	if (!err)
		*ret = next;
	return err;
}

/* ---- versions ---- */

struct listing {
	struct arena *a;                 /* where versions go */
	struct str *versions;
	size_t count, capacity;
};

static enum err add(struct listing *l, struct str tag, struct errinfo *e)
{
	struct str version;
	struct str *versions;
	if (!oci_tag_version(l->a, tag, &version))
		return version.p ? OK : ERR(e, NOMEM, "tags");
	if (l->count == OCI_VERSIONS_MAX)
		return ERR(e, TOO_LARGE, "more than %u tags that are versions", OCI_VERSIONS_MAX);
	versions = arena_room(l->a, l->versions, l->count, &l->capacity, sizeof *versions);
	if (!versions)
		return ERR(e, NOMEM, "tags");
	l->versions = versions;
	l->versions[l->count++] = version;
	return OK;
}

static enum err read_page(struct listing *l, struct arena *scratch, struct str body, struct errinfo *e)
{
	const struct node *root, *tags;
	enum err err = oci_json(scratch, body, "tags", &root, e);
	if (err)
		return err;
	tags = node_get(root, "tags");
	if (node_is_null(tags))
		return OK;
	if (tags->kind != NODE_LIST)
		return ERR(e, METADATA, "tags: \"tags\" must be a list");
	for (const struct node_item *i = tags->items; i && !err; i = i->next)
		err = add(l, node_text(i->value), e);
	return err;
}

static enum err get_page(struct oci *o, struct listing *l, const char **url, struct arena *next,
                         struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct outgoing_answer answer;
	struct oci_request q = {
		.method = "GET", .url = *url, .path = "tags/list", .fd = -1,
		.max_bytes = OCI_TAGS_PAGE_MAX_BYTES, .seconds = OCI_ANSWER_SECONDS,
	};
	enum err err = oci_ask(o, &scratch, &q, &answer, e);
	if (!err)
		err = read_page(l, &scratch, answer.body, e);
	return err ? err : oci_next_page(next, o->origin, answer.link, url, e);
}

static int compare(const void *left, const void *right)
{
	const struct str *a = left, *b = right;
	return index_key_cmp(&(struct index_key){ *a, INT64_MIN }, &(struct index_key){ *b, INT64_MIN });
}

/* A page may say again what one before it said. */
static void arrange(struct listing *l)
{
	size_t kept = 0;
	if (l->count)
		qsort(l->versions, l->count, sizeof *l->versions, compare);
	for (size_t i = 0; i < l->count; i++)
		if (!kept || !str_eq(l->versions[kept - 1], l->versions[i]))
			l->versions[kept++] = l->versions[i];
	l->count = kept;
}

enum err oci_versions(struct oci *o, struct arena *a, struct str **ret, size_t *ret_count,
                      struct errinfo *e)
{
	AUTO_ARENA struct arena pages = { 0 };
	struct listing l = { .a = a };
	const char *url = NULL, *mark = NULL;    /* what no later page may lead back to */
	int64_t end = clock_monotonic() + OCI_TAGS_SECONDS * NS_PER_SECOND;
	for (unsigned page = 0; page == 0 || url; page++) {
		if (page == OCI_TAGS_PAGES_MAX || clock_monotonic() > end)
			return ERR(e, TOO_LARGE, "%s: its list of tags does not end", o->origin);
		enum err err = get_page(o, &l, &url, &pages, e);
		if (err)
			return err;
		if (url && mark && !strcmp(url, mark))
			return ERR(e, UPSTREAM, "%s: its list of tags goes in a circle", o->origin);
		if (!(page & (page + 1)))                /* ever further apart: a circle of any length is met */
			mark = url;
	}
	arrange(&l);
	*ret = l.versions;
	*ret_count = l.count;
	return OK;
}

/* See redirect.h. */
#include "server/artifacthub/redirect.h"

#include "indexer/base/auto.h"
#include "indexer/document/annotations.h"
#include "indexer/format/name.h"
#include "server/route/address.h"
#include "server/route/outside.h"

/* How many segments stand before the repository. */
static size_t prefix_of(const struct path *path)
{
	return str_eq(path->segment[0], STR("charts")) ? 1 : 2;
}

static void put_address(const struct call *c, const struct path *path, struct sbuf *b)
{
	sbuf_put(b, address_base(c));
	sbuf_puts(b, "/packages");
	for (size_t i = prefix_of(path); i < path->count; i++)
		address_segment(b, path->segment[i]);
	if (c->r->query.n)
		sbuf_putc(b, '?');
	sbuf_put(b, c->r->query);
}

static enum err lead_to(struct call *c, const struct sbuf *address, struct response *s,
                        struct errinfo *e)
{
	const char *to = sbuf_ok(address) ? arena_dup(&c->r->arena, sbuf_str(address)) : NULL;
	if (!to)
		return ERR(e, NOMEM, "answer");
	*s = (struct response){ .status = 301 };
	response_header(s, "Location", to);
	return OK;
}

/* A file below /charts that is not there is no chart's page. */
static bool is_file(const struct path *path)
{
	return chart_file_name_is_known(path->segment[path->count - 1 - path->trailing_slash]);
}

enum err redirect_package(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(3 * HTTP_URI_MAX_BYTES);
	struct path path;
	enum err err = http_path_parse(&c->r->arena, outside_path(c->app, c->r->path), &path, e);
	if (err)
		return err;
	if (is_file(&path))
		return ERR(e, NOT_FOUND, "not found");
	put_address(c, &path, &b);
	return lead_to(c, &b, s, e);
}

/* ---- a search ---- */

/* "2" is "database"; what is none of theirs is left out. */
static struct str category_of_id(struct call *c, struct str text)
{
	uint64_t id;
	(void)c;
	return str_to_u64(text, &id) && id < CATEGORY_COUNT ? str_c(category_slug((enum category)id))
	                                                    : (struct str){ 0 };
}

static struct str sort_of(struct call *c, struct str text)
{
	(void)c;
	return str_eq(text, STR("last_updated")) ? STR("released") : (struct str){ 0 };
}

/* "team-a~stable", as these APIs name it, is "team-a/stable". */
static struct str repo_of(struct call *c, struct str text) { return str_c(address_repo_of(&c->r->arena, text)); }

enum err redirect_search(struct call *c, struct response *s, struct errinfo *e)
{
	static const struct { const char *theirs, *ours; struct str (*value)(struct call *, struct str theirs); } params[] = {
		{ "ts_query_web", "q", NULL }, { "repo", "repo", repo_of }, { "license", "license", NULL },
		{ "category", "category", category_of_id }, { "sort", "sort", sort_of },
	};
	AUTO_SBUF struct sbuf b = sbuf_make(3 * HTTP_URI_MAX_BYTES);
	char before = '?';
	sbuf_put(&b, address_base(c));
	sbuf_puts(&b, "/search");
	for (size_t i = 0; i < c->query.count; i++)
		for (size_t k = 0; k < sizeof params / sizeof *params; k++) {
			struct str value = c->query.params[i].value;
			if (!str_eq_c(c->query.params[i].name, params[k].theirs))
				continue;
			value = params[k].value ? params[k].value(c, value) : value;
			if (!value.n)
				continue;
			sbuf_printf(&b, "%c%s=", before, params[k].ours);
			address_encode(&b, value);
			before = '&';
		}
	return lead_to(c, &b, s, e);
}

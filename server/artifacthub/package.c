/* See package.h. */
#include "server/artifacthub/package.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/upstream/upstream.h"
#include "server/route/logo.h"

#define KIND_HELM 0

/* ---- facts ---- */

void package_of_chart(const struct app *app, const struct hub_chart *c, struct package *ret)
{
	*ret = (struct package){ .repo = c->repo, .entry = &c->entry, .license = c->license,
	                         .has_icon = logo_is_here(app, c), .has_schema = c->has_schema,
	                         .is_signed = verdict_is_signed(c->signature) };
	(void)category_of_slug(c->category, &ret->category);
}

struct str package_address_name(struct answer *x, struct str name)
{
	char *copy = arena_dup(&x->arena, name);
	for (size_t i = 0; copy && i < name.n; i++)
		copy[i] = copy[i] == ' ' ? '-' : copy[i] >= 'A' && copy[i] <= 'Z' ? (char)(copy[i] | 0x20) : copy[i];
	return str_c(copy);
}

bool package_bool(struct str text, bool *ret)
{
	static const struct { const char *text; bool is; } table[] = {
		{ "1", true }, { "t", true }, { "T", true }, { "true", true }, { "TRUE", true },
		{ "True", true }, { "0", false }, { "f", false }, { "F", false }, { "false", false },
		{ "FALSE", false }, { "False", false },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_eq_c(text, table[i].text)) {
			*ret = table[i].is;
			return true;
		}
	return false;
}

bool package_says(const struct chart_meta *m, const char *annotation)
{
	bool is = false;
	return package_bool(annotation_get(m, annotation), &is) && is;
}

bool package_is_operator(const struct chart_meta *m)
{
	return package_says(m, "artifacthub.io/operator") ||
	       (m->name.n && memmem(m->name.p, m->name.n, "operator", STR("operator").n));
}

/* ---- members ---- */

void package_put_text(struct answer *x, const char *key, struct str text)
{
	if (text.n)
		json_text(&x->b, key, text);
}

void package_put_id(struct answer *x, const char *key, enum id_kind kind, struct str repo,
                    struct str name)
{
	json_key(&x->b, key);
	sbuf_putc(&x->b, '"');
	id_put(&x->b, &x->ids, kind, repo, name, (struct str){ 0 });
	sbuf_putc(&x->b, '"');
}

void package_put_seconds(struct answer *x, const char *key, int64_t wall_ns)
{
	json_number(&x->b, key, wall_ns > 0 ? (uint64_t)(wall_ns / NS_PER_SECOND) : 0);
}

/* A team's repositories, "team-a/stable", are those of an organization. */
static void put_owner(struct answer *x, struct str repo)
{
	bool two;
	struct str team = str_cut(&repo, '/', &two);
	if (two) {
		json_text(&x->b, "organization_name", team);
		json_text(&x->b, "organization_display_name", team);
	}
}

void package_put_repo(struct answer *x, struct str repo, enum package_shape shape)
{
	struct sbuf *b = &x->b;
	package_put_id(x, "repository_id", ID_REPOSITORY, repo, (struct str){ 0 });
	json_number(b, "kind", KIND_HELM);
	json_text(b, "name", answer_repo(x, repo));
	json_text(b, "display_name", repo);
	json_key(b, "url");
	answer_repo_url(x, repo);
	if (shape != PACKAGE_HIT)
		json_bool(b, "private", ingest_visibility(x->call->app->ingest, repo) == REPO_PRIVATE);
	json_bool(b, "verified_publisher", upstreams_is_verified(x->call->app->upstreams, repo));
	json_bool(b, "official", false);
	json_bool(b, "cncf", false);
	json_bool(b, "scanner_disabled", false);
	put_owner(x, repo);
}

static void put_signatures(struct answer *x, const struct package *p)
{
	json_bool(&x->b, "signed", p->is_signed);
	if (p->is_signed)
		json_texts(&x->b, "signatures", &STR("prov"), 1);
}

void package_put(struct answer *x, const struct package *p, enum package_shape shape)
{
	struct sbuf *b = &x->b;
	const struct chart_meta *m = &p->entry->meta;
	package_put_id(x, "package_id", ID_PACKAGE, p->repo, m->name);
	json_text(b, "name", m->name);
	json_text(b, "normalized_name", package_address_name(x, m->name));
	if (shape != PACKAGE_SUMMARY && p->category)
		json_number(b, "category", p->category);
	if (p->has_icon)
		package_put_id(x, "logo_image_id", ID_IMAGE, p->repo, m->name);
	if (shape != PACKAGE_WHOLE)
		json_number(b, "stars", 0);
	json_bool(b, "official", false);
	json_bool(b, "cncf", false);
	package_put_text(x, "description", m->description);
	json_text(b, "version", m->version);
	package_put_text(x, "app_version", m->app_version);
	package_put_text(x, "license", p->license);
	json_bool(b, "deprecated", m->deprecated);
	if (shape != PACKAGE_SUMMARY)
		json_bool(b, "has_values_schema", p->has_schema);
	put_signatures(x, p);
	json_bool(b, "all_containers_images_whitelisted", false);
	json_number(b, "production_organizations_count", 0);
	package_put_seconds(x, "ts", p->entry->created_ns);
	json_key(b, "repository");
	sbuf_putc(b, '{');
	package_put_repo(x, p->repo, shape);
	sbuf_putc(b, '}');
}

static void put_link(struct sbuf *b, struct str name, struct str url)
{
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "name", name);
	json_text(b, "url", url);
	sbuf_putc(b, '}');
}

enum err package_put_links(struct answer *x, const struct chart_meta *m,
                           const struct chart_annotations *notes, struct errinfo *e)
{
	struct chart_links l;
	enum err err = chart_links(&x->arena, m, notes, &l, e);
	if (err)
		return err;
	json_key(&x->b, "links");
	sbuf_putc(&x->b, '[');
	for (size_t i = 0; i < l.count; i++)
		if (!str_eq(l.links[i].url, m->home))
			put_link(&x->b, l.links[i].name, l.links[i].url);
	if (l.support.n)
		put_link(&x->b, STR("support"), l.support);
	sbuf_putc(&x->b, ']');
	return OK;
}

/* ---- finding one ---- */

static enum err not_found(struct errinfo *e) { return ERR(e, NOT_FOUND, "package not found"); }

typedef bool package_match(struct answer *x, const struct hub_chart *c, struct str wanted, int kind);

static enum err find(struct answer *x, struct str repo, package_match *is, struct str wanted,
                     int kind, struct hub_chart **ret, struct errinfo *e)
{
	struct hub_charts all = { 0 };
	struct hub_chart *found = NULL;
	enum err err = hub_charts(x->hub, &x->arena, &x->viewer, repo, &all, e);
	for (size_t i = 0; !err && i < all.count && !found; i++)
		if (is(x, all.list[i], wanted, kind))
			found = hub_chart_get(x->hub, all.list[i]->repo, all.list[i]->name);
	hub_charts_done(&all);
	if (err || !found)
		return err ? err : not_found(e);
	*ret = found;
	return OK;
}

static bool has_address(struct answer *x, const struct hub_chart *c, struct str wanted, int kind)
{
	(void)kind;
	return c->name.n == wanted.n && str_eq(package_address_name(x, c->name), wanted);
}

static bool has_id(struct answer *x, const struct hub_chart *c, struct str wanted, int kind)
{
	return id_is(wanted, &x->ids, (enum id_kind)kind, c->repo, c->name, (struct str){ 0 });
}

enum err package_find(struct answer *x, struct str repo, struct str name, struct hub_chart **ret,
                      struct errinfo *e)
{
	struct hub_chart *found = hub_chart_get(x->hub, repo, name);
	if (!found)
		return find(x, repo, has_address, name, 0, ret, e);
	*ret = found;
	return OK;
}

enum err package_find_id(struct answer *x, enum id_kind kind, struct str id, struct hub_chart **ret,
                         struct errinfo *e)
{
	if (!id_is_valid(id))
		return ERR(e, INVALID, "invalid input: invalid package id");
	return find(x, (struct str){ 0 }, has_id, id, (int)kind, ret, e);
}

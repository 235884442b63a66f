/* A version of a chart as JSON: what is not known is left out, a list is always there. */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/format/semver.h"
#include "indexer/hub/readings.h"
#include "server/api/charts_catalog.h"
#include "server/api/json_parts.h"
#include "server/route/address.h"
#include "server/route/repo_origin.h"

struct facts {
	const struct chart *chart;       /* of the index line alone, where the archive cannot be read */
	struct chart_annotations notes;
	struct chart_links links;
	struct chart_images images;
	struct chart_kinds kinds;
};

/* ---- who and what ---- */

static void put_origin(struct sbuf *b, const struct call *c, const struct chart_version *v)
{
	AUTO_ARENA struct arena a = { 0 };
	struct repo_origin from;
	json_text(b, "origin", str_c(hub_origin_word(v->origin)));
	if (repo_origin_of(c, &a, v->repo, &from))
		put_known(b, "upstream", from.upstream);
	else
		b->failed = true;
}

/* What its upstream says otherwise by now. */
static void put_upstream_says(struct sbuf *b, const struct chart_version *v)
{
	char there[SHA256_HEX_BYTES + 1];
	put_since(b, "gone_since", v->gone_ns);
	put_known(b, "taken_back", v->taken_back);
	put_since(b, "drift_since", v->drift_ns);
	known_digest(&v->drift, there);
	put_known(b, "upstream_digest", str_c(there));
}

static void put_names(struct sbuf *b, const struct call *c, const struct chart_version *v)
{
	const struct chart_meta *m = &v->entry.meta;
	json_text(b, "repo", v->repo);
	json_text(b, "name", v->name);
	json_text(b, "version", v->version);
	put_known(b, "newer", v->newer);
	json_text(b, "app_version", m->app_version);
	json_text(b, "description", m->description);
	put_origin(b, c, v);
	json_text(b, "type", str_eq(m->type, STR("library")) ? m->type : STR("application"));
	json_bool(b, "deprecated", m->deprecated);
	json_bool(b, "prerelease", chart_is_prerelease(m));
	json_bool(b, "yanked", v->row.yanked);
	if (v->row.yanked)
		json_text(b, "yank_reason", v->row.yank_reason);
	put_upstream_says(b, v);
	json_number(b, "versions", v->versions.count);
}

static void put_archive(struct sbuf *b, const struct chart_version *v)
{
	put_time(b, "created", v->row.created_ns);
	put_digest(b, "digest", &v->row.digest);
	json_bool(b, "unpinned", sha256_eq(&v->row.digest, &(struct sha256){ 0 }));
	json_number(b, "bytes", v->row.bytes);
	if (v->contents)
		json_number(b, "unpacked_bytes", v->contents->unpacked_bytes);
	put_known(b, "problem", v->unreadable);
	json_bool(b, "damaged", v->row.state == VERSION_DAMAGED);
	json_bool(b, "provenance", v->row.has_prov);
	if (v->row.signature.n) {
		json_key(b, "signature");
		sbuf_put(b, v->row.signature);
	}
}

static void put_people(struct sbuf *b, const struct chart_meta *m)
{
	list_begin(b, "maintainers");
	for (size_t i = 0; i < m->maintainer_count; i++) {
		element_begin(b);
		json_text(b, "name", m->maintainers[i].name);
		put_known(b, "email", m->maintainers[i].email);
		put_known(b, "url", m->maintainers[i].url);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

static void put_links(struct sbuf *b, const struct facts *f)
{
	list_begin(b, "links");
	for (size_t i = 0; i < f->links.count; i++) {
		element_begin(b);
		json_text(b, "name", f->links.links[i].name);
		json_text(b, "url", f->links.links[i].url);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
	put_known(b, "support", f->links.support);
}

/* What kubeVersion admits; `newer`: also what comes after the newest minor that is known. */
static void put_kubernetes(struct sbuf *b, struct str range)
{
	uint64_t minors = hub_kube_minors(range);
	object_begin(b, "kubernetes");
	json_text(b, "range", range);
	list_begin(b, "minors");
	for (unsigned i = 0; i <= KUBE_NEWEST_MINOR; i++) {
		if (!(minors >> i & 1))
			continue;
		json_next(b);
		sbuf_printf(b, "\"1.%u\"", i);
	}
	sbuf_putc(b, ']');
	json_bool(b, "newer", minors >> (KUBE_NEWEST_MINOR + 1) & 1);
	sbuf_putc(b, '}');
}

static void put_annotations(struct sbuf *b, const struct chart_meta *m)
{
	object_begin(b, "annotations");
	for (size_t i = 0; i < m->annotation_count; i++) {
		json_next(b);
		sbuf_json(b, m->annotations[i].key);
		sbuf_putc(b, ':');
		sbuf_json(b, m->annotations[i].value);
	}
	sbuf_putc(b, '}');
}

static void put_dependencies(struct sbuf *b, const struct chart_meta *m)
{
	list_begin(b, "dependencies");
	for (size_t i = 0; i < m->dependency_count; i++) {
		const struct chart_dependency *d = &m->dependencies[i];
		element_begin(b);
		json_text(b, "name", d->name);
		json_text(b, "range", d->version);
		json_text(b, "repository", d->repository);
		put_known(b, "alias", d->alias);
		put_known(b, "condition", d->condition);
		json_texts(b, "tags", d->tags, d->tag_count);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

static void put_metadata(struct sbuf *b, const struct chart_version *v, const struct facts *f)
{
	const struct chart_meta *m = &v->entry.meta;
	enum category category = chart_category(m, &f->notes);
	put_known(b, "license", chart_license(f->chart, &f->notes));
	put_known(b, "category", str_c(category_slug(category)));
	json_texts(b, "keywords", m->keywords, m->keyword_count);
	put_known(b, "home", m->home);
	json_texts(b, "sources", m->sources, m->source_count);
	if (!str_starts(m->icon, STR("data:")))
		put_known(b, "icon", m->icon);
	put_people(b, m);
	put_links(b, f);
	put_kubernetes(b, m->kube_version);
	put_annotations(b, m);
	put_dependencies(b, m);
	put_changes(b, "changes", f->notes.changes, f->notes.change_count);
}

/* ---- what is in it ---- */

static void put_images(struct sbuf *b, const struct chart_images *x)
{
	list_begin(b, "images");
	for (size_t i = 0; i < x->count; i++) {
		element_begin(b);
		put_image(b, &x->images[i]);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

static int by_kind(const void *a, const void *b)
{
	const struct chart_kind *x = *(const struct chart_kind *const *)a;
	const struct chart_kind *y = *(const struct chart_kind *const *)b;
	int order = str_cmp(x->kind, y->kind);
	return order ? order : str_cmp(x->api_version, y->api_version);
}

/* Each once, with the number of places it stands at. */
static enum err put_kinds(struct sbuf *b, struct arena *a, const struct chart_kinds *x,
                          struct errinfo *e)
{
	const struct chart_kind **all = arena_array(a, x->kind_count + 1, sizeof(void *));
	if (!all)
		return ERR(e, NOMEM, "chart");
	for (size_t i = 0; i < x->kind_count; i++)
		all[i] = &x->kinds[i];
	qsort(all, x->kind_count, sizeof(void *), by_kind);
	list_begin(b, "kinds");
	for (size_t i = 0, next; i < x->kind_count; i = next) {
		for (next = i + 1; next < x->kind_count && !by_kind(&all[i], &all[next]);)
			next++;
		element_begin(b);
		json_text(b, "kind", all[i]->kind);
		put_known(b, "api_version", all[i]->api_version);
		json_number(b, "places", next - i);
		put_known(b, "removed_in", all[i]->removed_in);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
	return OK;
}

static void put_crds(struct sbuf *b, const struct chart_kinds *x)
{
	list_begin(b, "crds");
	for (size_t i = 0; i < x->crd_count; i++) {
		element_begin(b);
		put_crd(b, &x->crds[i]);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

static void put_rights(struct sbuf *b, const struct chart_kinds *x)
{
	list_begin(b, "rights");
	for (size_t i = 0; i < x->rule_count; i++) {
		element_begin(b);
		put_rule(b, &x->rules[i]);
		sbuf_putc(b, '}');
	}
	for (size_t i = 0; i < x->binding_count; i++) {
		element_begin(b);
		put_binding(b, &x->bindings[i]);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

static void put_files(struct sbuf *b, const struct chart *c)
{
	object_begin(b, "files");
	json_bool(b, "readme", c->readme.p);
	json_bool(b, "values", c->values.p);
	json_bool(b, "schema", c->schema.p);
	json_bool(b, "changelog", c->changelog.p);
	json_bool(b, "license", c->license.p);
	json_number(b, "templates", c->template_count);
	json_number(b, "crds", c->crd_count);
	sbuf_putc(b, '}');
}

static enum err put_contents(struct sbuf *b, struct arena *a, const struct facts *f,
                             struct errinfo *e)
{
	put_images(b, &f->images);
	enum err err = put_kinds(b, a, &f->kinds, e);
	put_crds(b, &f->kinds);
	put_rights(b, &f->kinds);
	put_files(b, f->chart);
	json_bool(b, "cut", f->images.cut || f->kinds.cut);
	return err;
}

/* ---- all of it ---- */

static void put_counts(struct sbuf *b, const struct chart_counts *counts)
{
	uint64_t pulls = 0;
	list_begin(b, "pulls_by_day");
	for (size_t i = 0; i < HUB_PULL_DAYS; i++) {
		json_next(b);
		sbuf_u64(b, counts->pulls[i]);
		pulls += counts->pulls[i];
	}
	sbuf_putc(b, ']');
	json_number(b, "recent_pulls", pulls);
	json_number(b, "used_by", counts->used_by);
}

/* Charts of the same name: whether they have this version, and the same bytes. */
static void put_elsewhere(struct sbuf *b, const struct hub_copies *x)
{
	list_begin(b, "elsewhere");
	for (size_t i = 0; i < x->count; i++) {
		const struct hub_copy *copy = &x->list[i];
		element_begin(b);
		json_text(b, "repo", copy->repo);
		json_text(b, "origin", str_c(hub_origin_word(copy->origin)));
		json_text(b, "shown", copy->shown);
		json_bool(b, "has_version", copy->has_version);
		if (copy->has_version)
			json_text(b, "bytes", str_c(hub_sameness_word(copy->sameness)));
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

/* Those that are known: see address.h. */
/* The archive is where the index leads, which may be at an upstream. */
static void put_urls(struct sbuf *b, const struct call *c, const struct chart_version *v)
{
	AUTO_SBUF struct sbuf page = sbuf_make(HTTP_URI_MAX_BYTES), repo = sbuf_make(HTTP_URI_MAX_BYTES);
	AUTO_SBUF struct sbuf archive = sbuf_make(2 * HTTP_URI_MAX_BYTES);
	address_of_chart(c, v->repo, v->name, v->version, &page);
	origin_of_repo(c, v->repo, &repo);
	address_of_archive(c, v->repo, v->row.file, &archive);
	put_known(b, "page", sbuf_str(&page));
	put_known(b, "repository", sbuf_str(&repo));
	put_known(b, "archive", v->entry.url_count && index_url_is_absolute(v->entry.urls[0]) ? v->entry.urls[0]
	                                                                                    : sbuf_str(&archive));
	if (v->row.has_prov && archive.n) {
		sbuf_puts(&archive, ".prov");
		put_known(b, "provenance", sbuf_str(&archive));
	}
	b->failed |= page.failed || repo.failed || archive.failed;
}

static enum err read_facts(struct facts *f, const struct chart_version *v, struct arena *a,
                           struct errinfo *e)
{
	enum err err = annotations_read(a, &f->chart->meta, &f->notes, e);
	if (!err)
		err = chart_links(a, &f->chart->meta, &f->notes, &f->links, e);
	return err || !v->contents ? err : contents_brings(v->hub, a, v->contents, &f->images, &f->kinds, e);
}

enum err put_chart(struct sbuf *b, const struct call *c, struct arena *a,
                   const struct chart_version *v, const struct chart_counts *counts,
                   struct errinfo *e)
{
	const struct chart line = { .meta = v->entry.meta };
	struct facts f = { .chart = v->contents ? &v->contents->chart : &line };
	enum err err = read_facts(&f, v, a, e);
	if (err)
		return err;
	sbuf_putc(b, '{');
	put_names(b, c, v);
	put_archive(b, v);
	put_metadata(b, v, &f);
	err = put_contents(b, a, &f, e);
	put_counts(b, counts);
	put_elsewhere(b, &counts->elsewhere);
	object_begin(b, "urls");
	put_urls(b, c, v);
	sbuf_puts(b, "}}\n");
	return err;
}

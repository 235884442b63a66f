/* See package_whole.h. */
#include "server/artifacthub/package_whole.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/format/node_json.h"
#include "indexer/hub/readings.h"
#include "indexer/ingest/versions.h"
#include "server/route/logo.h"

struct whole {
	struct answer *x;
	struct sbuf *b;
	const struct hub_chart *shown;
	const struct hub_versions *versions;
	struct contents *contents;
	struct index_entry entry;        /* of this version */
	struct chart_annotations notes;
	struct chart_images images;
	struct chart_kinds kinds;
	struct package package;
};

static void begin_list(struct whole *w, const char *key)
{
	json_key(w->b, key);
	sbuf_putc(w->b, '[');
}

static void begin_one(struct whole *w)
{
	json_next(w->b);
	sbuf_putc(w->b, '{');
}

/* ---- lists of small objects ---- */

static void put_person(struct whole *w, struct str name, struct str email)
{
	begin_one(w);
	json_text(w->b, "name", name.n ? name : email);
	json_text(w->b, "email", email);
	sbuf_putc(w->b, '}');
}

/* Who the annotation calls otherwise than Chart.yaml, or NULL. */
static const struct annotated_person *renamed(const struct whole *w, struct str email)
{
	for (size_t i = 0; email.n && i < w->notes.maintainer_count; i++)
		if (str_eq(w->notes.maintainers[i].email, email))
			return &w->notes.maintainers[i];
	return NULL;
}

static bool is_in_chart(const struct whole *w, struct str email)
{
	const struct chart_meta *m = &w->entry.meta;
	for (size_t i = 0; email.n && i < m->maintainer_count; i++)
		if (str_eq(m->maintainers[i].email, email))
			return true;
	return false;
}

static void put_people(struct whole *w)
{
	const struct chart_meta *m = &w->entry.meta;
	begin_list(w, "maintainers");
	for (size_t i = 0; i < m->maintainer_count; i++) {
		const struct annotated_person *other = renamed(w, m->maintainers[i].email);
		put_person(w, other ? other->name : m->maintainers[i].name, m->maintainers[i].email);
	}
	for (size_t i = 0; i < w->notes.maintainer_count; i++)
		if (!is_in_chart(w, w->notes.maintainers[i].email))
			put_person(w, w->notes.maintainers[i].name, w->notes.maintainers[i].email);
	sbuf_putc(w->b, ']');
}

static void put_screenshots(struct whole *w)
{
	begin_list(w, "screenshots");
	for (size_t i = 0; i < w->notes.screenshot_count; i++) {
		begin_one(w);
		json_text(w->b, "title", w->notes.screenshots[i].name);
		json_text(w->b, "url", w->notes.screenshots[i].url);
		sbuf_putc(w->b, '}');
	}
	sbuf_putc(w->b, ']');
}

static void put_recommendations(struct whole *w)
{
	begin_list(w, "recommendations");
	for (size_t i = 0; i < w->notes.recommendation_count; i++) {
		begin_one(w);
		json_text(w->b, "url", w->notes.recommendations[i]);
		sbuf_putc(w->b, '}');
	}
	sbuf_putc(w->b, ']');
}

void package_put_changes(struct answer *x, const struct changelog_entry *list, size_t count)
{
	struct sbuf *b = &x->b;
	json_key(b, "changes");
	sbuf_putc(b, '[');
	for (size_t i = 0; i < count; i++) {
		json_next(b);
		sbuf_putc(b, '{');
		package_put_text(x, "kind", str_c(changelog_kind_word(list[i].kind)));
		json_text(b, "description", list[i].text);
		for (size_t k = 0; k < list[i].link_count; k++) {
			if (k == 0)
				sbuf_puts(b, ",\"links\":[");
			json_next(b);
			sbuf_putc(b, '{');
			json_text(b, "name", list[i].links[k].name);
			json_text(b, "url", list[i].links[k].url);
			sbuf_puts(b, k + 1 == list[i].link_count ? "}]" : "}");
		}
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

/* ---- images ---- */

static const struct annotated_image *annotated(const struct whole *w, struct str image)
{
	for (size_t i = 0; i < w->notes.image_count; i++)
		if (str_eq(w->notes.images[i].image, image))
			return &w->notes.images[i];
	return NULL;
}

/* A pushed list is the whole of it, then an author's, then what an install with defaults runs. */
static bool is_listed(const struct whole *w, const struct chart_image *x, const struct annotated_image *a)
{
	return w->notes.image_count && !w->images.pushed ? a != NULL : x->certain;
}

static void put_images(struct whole *w)
{
	begin_list(w, "containers_images");
	for (size_t i = 0; i < w->images.count; i++) {
		const struct annotated_image *a = annotated(w, w->images.images[i].image);
		if (!is_listed(w, &w->images.images[i], a))
			continue;
		begin_one(w);
		if (a)
			package_put_text(w->x, "name", a->name);
		json_text(w->b, "image", w->images.images[i].image);
		json_bool(w->b, "whitelisted", a && a->whitelisted);
		json_texts(w->b, "platforms", a ? a->platforms : NULL, a ? a->platform_count : 0);
		sbuf_putc(w->b, '}');
	}
	sbuf_putc(w->b, ']');
}

/* ---- custom resources ---- */

static void put_crd(struct whole *w, struct str kind, struct str version, struct str name,
                    struct str display_name, struct str description)
{
	begin_one(w);
	json_text(w->b, "kind", kind);
	json_text(w->b, "version", version);
	json_text(w->b, "name", name);
	json_text(w->b, "displayName", display_name);
	json_text(w->b, "description", description);
	sbuf_putc(w->b, '}');
}

static void put_found_crd(struct whole *w, const struct chart_crd *crd)
{
	const char *name = arena_printf(&w->x->arena, "%.*s.%.*s", STR_ARG(crd->plural), STR_ARG(crd->group));
	put_crd(w, crd->kind, crd_stored_version(crd), str_c(name), crd->kind, (struct str){ 0 });
}

/* What the author says of them, else what the archive has. */
static void put_crds(struct whole *w)
{
	begin_list(w, "crds");
	for (size_t i = 0; i < w->notes.crd_count; i++) {
		const struct annotated_crd *c = &w->notes.crds[i];
		put_crd(w, c->kind, c->version, c->name, c->display_name, c->description);
	}
	for (size_t i = 0; !w->notes.crd_count && i < w->kinds.crd_count; i++)
		put_found_crd(w, &w->kinds.crds[i]);
	sbuf_putc(w->b, ']');
}

static enum err put_crd_examples(struct whole *w, struct errinfo *e)
{
	enum err err = OK;
	begin_list(w, "crds_examples");
	for (size_t i = 0; i < w->notes.crds_example_count && !err; i++) {
		json_next(w->b);
		err = node_json(&w->x->arena, w->notes.crds_examples[i], w->b, e);
	}
	sbuf_putc(w->b, ']');
	return err;
}

/* ---- versions ---- */

static int newest_first(const void *a, const void *b)
{
	int64_t x = ((const struct rope_version *)a)->created_ns;
	int64_t y = ((const struct rope_version *)b)->created_ns;
	return (x < y) - (x > y);
}

static bool security_updates(const struct chart_meta *m)
{
	return package_says(m, "artifacthub.io/containsSecurityUpdates");
}

/* What is read of a line is many times as long, and goes before the next one comes. */
static enum err put_version(struct whole *w, struct str line, bool *ret_changes, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct index_entry one;
	enum err err = index_entry_read(&a, line, &one, e);
	if (err)
		return err;
	begin_one(w);
	json_text(w->b, "version", one.meta.version);
	package_put_text(w->x, "app_version", one.meta.app_version);
	json_bool(w->b, "contains_security_updates", security_updates(&one.meta));
	json_bool(w->b, "prerelease", chart_is_prerelease(&one.meta));
	package_put_seconds(w->x, "ts", one.created_ns);
	sbuf_putc(w->b, '}');
	*ret_changes |= annotation_get(&one.meta, "artifacthub.io/changes").n > 0;
	return OK;
}

/* Newest first by time, as Artifact Hub has them; *ret_changes: one of them says what changed. */
static enum err put_versions(struct whole *w, bool *ret_changes, struct errinfo *e)
{
	size_t count = w->versions->count;
	struct rope_version *list = arena_array(&w->x->arena, count, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "versions");
	memcpy(list, w->versions->list, count * sizeof *list);
	qsort(list, count, sizeof *list, newest_first);
	begin_list(w, "available_versions");
	enum err err = OK;
	for (size_t i = 0; i < count && !err; i++)
		err = put_version(w, list[i].line, ret_changes, e);
	sbuf_putc(w->b, ']');
	return err;
}

/* ---- what Chart.yaml says ---- */

static void put_dependencies(struct whole *w)
{
	const struct chart_meta *m = &w->entry.meta;
	begin_list(w, "dependencies");
	for (size_t i = 0; i < m->dependency_count; i++) {
		begin_one(w);
		json_text(w->b, "name", m->dependencies[i].name);
		json_text(w->b, "version", m->dependencies[i].version);
		json_text(w->b, "repository", m->dependencies[i].repository);
		sbuf_putc(w->b, '}');
	}
	sbuf_putc(w->b, ']');
}

static void put_data(struct whole *w)
{
	const struct chart_meta *m = &w->entry.meta;
	json_key(w->b, "data");
	sbuf_putc(w->b, '{');
	json_text(w->b, "apiVersion", m->api_version);
	package_put_text(w->x, "type", m->type);
	package_put_text(w->x, "kubeVersion", m->kube_version);
	put_dependencies(w);
	sbuf_putc(w->b, '}');
}

static void put_sign_key(struct whole *w)
{
	if (!w->notes.sign_key_url.n && !w->notes.sign_key_fingerprint.n)
		return;
	json_key(w->b, "sign_key");
	sbuf_putc(w->b, '{');
	json_text(w->b, "fingerprint", w->notes.sign_key_fingerprint);
	json_text(w->b, "url", w->notes.sign_key_url);
	sbuf_putc(w->b, '}');
}

static void put_archive(struct whole *w)
{
	package_put_text(w->x, "digest", w->entry.digest);
	if (w->entry.url_count) {
		json_key(w->b, "content_url");
		answer_url(w->x, w->package.repo, w->entry.urls[0]);
	}
}

/* ---- all of it ---- */

static enum err read_archive(struct whole *w, struct errinfo *e)
{
	struct arena *a = &w->x->arena;
	enum err err = annotations_read(a, &w->entry.meta, &w->notes, e);
	return err ? err : contents_brings(w->x->call->app->hub, a, w->contents, &w->images, &w->kinds, e);
}

static enum err describe(struct whole *w, struct errinfo *e)
{
	struct version_row row;
	const struct chart *chart = &w->contents->chart;
	enum err err = ingest_version(w->x->call->app->ingest, &w->x->arena, w->shown->repo,
	                              w->shown->name, w->entry.meta.version, &row, e);
	w->package = (struct package){ .repo = w->shown->repo, .entry = &w->entry,
	                               .license = chart_license(chart, &w->notes),
	                               .category = chart_category(&w->entry.meta, &w->notes),
	                               .has_icon = logo_is_here(w->x->call->app, w->shown), .has_schema = chart->schema.n > 0,
	                               .is_signed = !err && verdict_is_signed(version_verdict(&w->x->arena, &row)) };
	return err;
}

static void put_notes(struct whole *w)
{
	struct sbuf *b = w->b;
	json_bool(b, "is_operator", package_is_operator(&w->entry.meta));
	package_put_text(w->x, "capabilities", w->notes.operator_capabilities);
	json_bool(b, "contains_security_updates", w->notes.contains_security_updates);
	json_bool(b, "prerelease", chart_is_prerelease(&w->entry.meta));
	package_put_changes(w->x, w->notes.changes, w->notes.change_count);
	put_recommendations(w);
	put_screenshots(w);
	put_sign_key(w);
}

static enum err put(struct whole *w, struct errinfo *e)
{
	struct sbuf *b = w->b;
	const struct chart_meta *m = &w->entry.meta;
	bool changes = w->contents->chart.changelog.n > 0;
	package_put(w->x, &w->package, PACKAGE_WHOLE);
	json_texts(b, "keywords", m->keywords, m->keyword_count);
	package_put_text(w->x, "home_url", m->home);
	package_put_text(w->x, "readme", w->contents->chart.readme);
	put_people(w);
	put_data(w);
	put_archive(w);
	put_notes(w);
	put_images(w);
	put_crds(w);
	enum err err = package_put_links(w->x, m, &w->notes, e);
	if (!err)
		err = put_crd_examples(w, e);
	if (!err)
		err = put_versions(w, &changes, e);
	json_bool(b, "has_changelog", changes);
	sbuf_puts(b, ",\"stats\":{\"subscriptions\":0,\"webhooks\":0}");
	return err;
}

enum err package_put_whole(struct answer *x, const struct hub_chart *shown,
                           const struct hub_versions *versions, size_t at,
                           struct contents *contents, struct errinfo *e)
{
	struct whole w = { .x = x, .b = &x->b, .shown = shown, .versions = versions,
	                   .contents = contents };
	enum err err = index_entry_read(&x->arena, versions->list[at].line, &w.entry, e);
	w.entry.meta.name = shown->name;
	if (!err)
		err = read_archive(&w, e);
	if (!err)
		err = describe(&w, e);
	if (err)
		return err;
	sbuf_putc(&x->b, '{');
	err = put(&w, e);
	sbuf_puts(&x->b, "}\n");
	return err;
}

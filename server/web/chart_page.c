/* See chart_page.h. */
#include "server/web/chart_page.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/format/node.h"
#include "indexer/ingest/versions.h"
#include "server/route/viewer.h"
#include "server/web/file_link.h"

/* ---- facts ---- */

static enum err read_contents(struct chart_view *v, struct arena *a, struct errinfo *e)
{
	const struct chart_frame *f = v->f;
	static const struct chart none;
	const struct chart *c = f->contents ? &f->contents->chart : &none;
	enum err err = annotations_read(a, &f->entry.meta, &v->notes, e);
	if (!err)
		err = chart_links(a, &f->entry.meta, &v->notes, &v->links, e);
	if (!err && f->contents)
		err = images_read(a, c, &v->images, e);
	if (!err && f->contents)
		err = kinds_read(a, c, &v->kinds, e);
	v->license = chart_license(c, &v->notes);
	return err;
}

static enum err render_readme(struct chart_view *v, struct arena *a, struct errinfo *e)
{
	const struct chart_frame *f = v->f;
	struct file_links links = { f->page.links, f };
	const struct markdown_options o = { file_link_of, &links };
	v->has_readme = f->contents && str_trim(f->contents->chart.readme).n;
	return v->has_readme ? markdown_render(a, f->contents->chart.readme, &o, &v->readme, e) : OK;
}

static void take_signature(struct chart_view *v, struct arena *a)
{
	const struct node *judged = NULL;
	struct errinfo ignored = { 0 };
	const struct version_row *row = &v->f->row;
	if (!row->has_prov)
		return;
	v->provenance = link_provenance(v->f->page.links, v->f->repo, v->f->name, v->f->version);
	v->verdict = STR("not checked");
	if (!row->signature.n || json_read(a, row->signature, "signature", &judged, &ignored))
		return;
	v->verdict = node_text(node_get(judged, "verdict"));
	v->signer = node_text(node_get(judged, "user_id"));
	v->fingerprint = node_text(node_get(judged, "fingerprint"));
	v->verdict_good = str_eq(v->verdict, STR("good"));
}

static void take_pulls(struct chart_view *v, const struct call *c)
{
	struct errinfo ignored = { 0 };
	const struct chart_frame *f = v->f;
	if (ingest_pulls_by_day(c->app->ingest, f->repo, f->name, STR(""), v->pulls, HUB_PULL_DAYS,
	                        &ignored))
		return;
	for (size_t i = 0; i < HUB_PULL_DAYS; i++)
		v->pulled += v->pulls[i];
	v->spark = (struct spark){ v->pulls, HUB_PULL_DAYS };
}

static bool put_keywords(struct chart_view *v, struct arena *a)
{
	const struct chart_meta *m = &v->f->entry.meta;
	struct keyword_link *list = arena_array(a, m->keyword_count + 1, sizeof *list);
	for (size_t i = 0; list && i < m->keyword_count; i++) {
		struct link_param param = { "keyword", m->keywords[i] };
		list[i] = (struct keyword_link){ m->keywords[i], link_search(v->f->page.links, &param, 1) };
	}
	v->keywords = list;
	return list;
}

/* The minors that the range admits, as spans: "1.19 – 1.31, 1.33". */
static bool put_kube(struct chart_view *v, struct arena *a)
{
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	uint64_t minors = hub_kube_minors(v->f->entry.meta.kube_version);
	if (!v->f->entry.meta.kube_version.n || minors == UINT64_MAX)
		return true;
	for (unsigned i = 0; i <= KUBE_NEWEST_MINOR; i++) {
		unsigned from = i;
		if (!(minors >> i & 1))
			continue;
		while (i < KUBE_NEWEST_MINOR && minors >> (i + 1) & 1)
			i++;
		sbuf_printf(&b, "%s1.%u", b.n ? ", " : "", from);
		if (i == KUBE_NEWEST_MINOR)
			sbuf_puts(&b, " and newer");
		else if (i > from)
			sbuf_printf(&b, " – 1.%u", i);
	}
	return sbuf_ok(&b) && arena_str(a, b.n ? sbuf_str(&b) : STR("none that is known"), &v->kube);
}

static void put_dangers(struct chart_view *v)
{
	uint32_t dangers = 0;
	for (size_t i = 0; i < v->kinds.rule_count; i++)
		dangers |= v->kinds.rules[i].dangers;
	for (unsigned i = 0; i < RBAC_DANGER_COUNT; i++)
		if (dangers >> i & 1)
			v->dangers[v->danger_count++] = str_c(rbac_danger_sentence((enum rbac_danger)i));
}

static enum err fill(struct chart_view *v, struct call *c, struct arena *a, struct errinfo *e)
{
	const struct chart_frame *f = v->f;
	struct links *l = f->page.links;
	char hex[SHA256_HEX_BYTES + 1];
	const struct hub_viewer viewer = call_viewer(c);
	enum category category = chart_category(&f->entry.meta, &v->notes);
	struct link_param by_category = { "category", str_c(category_slug(category)) };
	sha256_hex(&f->row.digest, hex);
	v->archive = link_archive(l, f->repo, f->name, f->version);
	v->category = str_c(category_title(category));
	v->category_link = link_search(l, &by_category, 1);
	v->used_by = hub_used_by(f->hub, f->repo, f->name, &viewer);
	v->used_by_link = link_chart_part(l, f->repo, f->name, f->version, "dependencies");
	take_signature(v, a);
	take_pulls(v, c);
	put_dangers(v);
	bool private = ingest_visibility(c->app->ingest, f->repo) == REPO_PRIVATE;
	return arena_str(a, str_c(hex), &v->digest) && put_keywords(v, a) && put_kube(v, a) &&
	       install_fill(f, private, &v->install) ? OK : ERR(e, NOMEM, "page");
}

static enum err render(struct call *c, struct chart_frame *f, struct sbuf *body, struct errinfo *e)
{
	struct chart_view *v = ARENA_NEW(&f->arena, struct chart_view);
	if (!v)
		return ERR(e, NOMEM, "page");
	v->f = f;
	enum err err = read_contents(v, &f->arena, e);
	if (!err)
		err = render_readme(v, &f->arena, e);
	if (!err)
		err = fill(v, c, &f->arena, e);
	if (!err)
		html_chart_body(body, &f->page, v);
	return err;
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	return frame_page(c, TAB_README, render, s, e);
}

enum err chart_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), answer, e);
}

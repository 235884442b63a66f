/* See chart_page.h. */
#include "server/web/chart_page.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/format/node.h"
#include "indexer/format/provenance.h"
#include "indexer/hub/readings.h"
#include "indexer/ingest/downloads.h"
#include "indexer/ingest/versions.h"
#include "server/route/look.h"
#include "server/route/viewer.h"
#include "server/web/file_link.h"
#include "server/web/json_ld.h"
#include "server/web/row.h"

/* ---- facts ---- */

static enum err render_readme(struct chart_reading *r, const struct chart_frame *f,
                              struct arena *a, struct errinfo *e)
{
	struct file_links links = { f->page.links, f };
	const struct chart *c = f->contents ? &f->contents->chart : NULL;
	const struct markdown_options o = { file_link_of, &links, c ? file_name_of(c, c->readme) : STR("") };
	return c ? markdown_render(a, c->readme, &o, &r->readme, e) : OK;
}

static bool is_same(const struct annotated_person *said, const struct chart_maintainer *m)
{
	return said->email.n && m->email.n ? str_eq_nocase(said->email, m->email) :
	       said->name.n && str_eq(said->name, m->name);
}

static bool is_listed(const struct annotated_person *said, const struct chart_meta *m)
{
	for (size_t i = 0; i < m->maintainer_count; i++)
		if (is_same(said, &m->maintainers[i]))
			return true;
	return false;
}

static enum err put_people(struct chart_reading *r, const struct chart_meta *m, struct arena *a,
                           struct errinfo *e)
{
	size_t said = r->notes.maintainer_count;
	said = said < PEOPLE_SAID_MAX ? said : PEOPLE_SAID_MAX;
	r->people = arena_array(a, m->maintainer_count + said + 1, sizeof *r->people);
	if (!r->people)
		return ERR(e, NOMEM, "maintainers");
	for (size_t i = 0; i < m->maintainer_count; i++) {
		const struct chart_maintainer *one = &m->maintainers[i];
		r->people[r->person_count++] = (struct annotated_person){ one->name, one->email, one->url };
	}
	for (size_t i = 0; i < said; i++)
		if (!is_listed(&r->notes.maintainers[i], m))
			r->people[r->person_count++] = r->notes.maintainers[i];
	return OK;
}

static enum err read_archive(struct chart_reading *r, const struct chart *c, struct arena *a,
                             struct errinfo *e)
{
	enum err err = annotations_read(a, &c->meta, &r->notes, e);
	if (!err)
		err = chart_links(a, &c->meta, &r->notes, &r->links, e);
	if (!err)
		err = kinds_read(a, c, &r->kinds, e);
	if (!err)
		err = put_people(r, &c->meta, a, e);
	if (!err)
		err = brought_crds(a, &r->kinds, &r->notes, &r->crds, &r->crd_count, e);
	if (!err)
		err = annotations_examples(a, &r->notes, &r->examples, &r->example_count, e);
	r->license = chart_license(c, &r->notes);
	return err;
}

static enum err make_reading(const struct contents *c, void *frame, struct arena *a, void **ret,
                             struct errinfo *e)
{
	const struct chart_frame *f = frame;
	struct chart_reading *r = ARENA_NEW(a, struct chart_reading);
	if (!r)
		return ERR(e, NOMEM, "page");
	enum err err = read_archive(r, &c->chart, a, e);
	if (!err)
		err = render_readme(r, f, a, e);
	if (!err)
		*ret = r;
	return err;
}

static enum err take_images(struct chart_view *v, struct chart_frame *f, struct errinfo *e)
{
	struct chart_kinds ignored;
	enum err err = contents_brings(f->hub, &f->arena, f->contents, &v->images, &ignored, e);
	while (!err && v->certain_images < v->images.count && v->images.images[v->certain_images].certain)
		v->certain_images++;
	return err;
}

/* Without its archive the index line still tells some of it. */
static enum err take_reading(struct chart_view *v, struct chart_frame *f, struct errinfo *e)
{
	const struct chart only_line = { .meta = f->entry.meta };
	void *made = NULL;
	if (f->contents) {
		enum err err = contents_made(f->hub, f->contents, PART_CHART, make_reading, f, &made, e);
		v->read = made;
		v->has_readme = !err && v->read->readme.body.text.n;
		v->readme_file = link_chart_file(f->page.links, f->repo, f->name, f->version, "file",
		                                 file_name_of(&f->contents->chart, f->contents->chart.readme));
		return err ? err : take_images(v, f, e);
	}
	struct chart_reading *r = ARENA_NEW(&f->arena, struct chart_reading);
	v->read = r;
	enum err err = r ? read_archive(r, &only_line, &f->arena, e) : ERR(e, NOMEM, "page");
	return err ? err : images_read(&f->arena, &only_line, &v->images, e);
}

static struct str meaning_of(struct str verdict)
{
	static const struct { const char *word, *sentence; } all[] = {
#define X(name, word, sentence) { word, sentence },
		PROVENANCE_VERDICTS(X)
		OPENPGP_VERDICTS(X)
#undef X
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (str_eq_c(verdict, all[i].word))
			return str_c(all[i].sentence);
	return (struct str){ 0 };
}

static void take_signature(struct chart_view *v, struct arena *a)
{
	const struct node *judged = NULL;
	struct errinfo ignored = { 0 };
	const struct version_row *row = &v->f->row;
	if (!row->has_prov)
		return;
	v->provenance = link_provenance(v->f->page.links, v->f->repo, v->f->name, v->f->version);
	v->verdict = signature_mark(version_verdict(a, row));
	if (!row->signature.n || json_read(a, row->signature, "signature", &judged, &ignored))
		return;
	v->meaning = meaning_of(node_text(node_get(judged, "verdict")));
	v->signer = node_text(node_get(judged, "signer"));
	v->fingerprint = node_text(node_get(judged, "fingerprint"));
}

static void take_pulls(struct chart_view *v, const struct call *c)
{
	struct errinfo ignored = { 0 };
	const struct chart_frame *f = v->f;
	if (ingest_downloads_by_day(c->app->ingest, f->repo, f->name, v->pulls, HUB_PULL_DAYS, &ignored))
		return;
	v->spark = (struct spark){ v->pulls, HUB_PULL_DAYS };
	for (size_t i = 0; i < HUB_PULL_DAYS; i++)
		v->pulled += v->pulls[i];
}

static bool put_keywords(struct chart_view *v, struct arena *a)
{
	const struct chart_meta *m = &v->f->entry.meta;
	struct keyword_link *list = arena_array(a, m->keyword_count + 1, sizeof *list);
	for (size_t i = 0; list && i < m->keyword_count; i++) {
		struct link_param param = { "keyword", m->keywords[i] };
		list[i].word = m->keywords[i];
		if (m->keywords[i].n <= LINK_TEXT_MAX_BYTES)
			list[i].link = link_search(v->f->page.links, &param, 1);
	}
	v->keywords = list;
	return list;
}

/* The minors that the range admits, as spans: "1.19 – 1.31, 1.33". */
static bool put_kube(struct chart_view *v, struct arena *a)
{
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	struct str range = v->f->entry.meta.kube_version;
	if (hub_kube_minors(range) == UINT64_MAX)
		return true;
	hub_kube_put(&b, range);
	return sbuf_ok(&b) && arena_str(a, sbuf_str(&b), &v->kube);
}

static void put_dangers(struct chart_view *v)
{
	uint32_t dangers = 0;
	for (size_t i = 0; i < v->read->kinds.rule_count; i++)
		dangers |= v->read->kinds.rules[i].dangers;
	for (unsigned i = 0; i < RBAC_DANGER_COUNT; i++)
		if (dangers >> i & 1)
			v->dangers[v->danger_count++] = str_c(rbac_danger_sentence((enum rbac_danger)i));
}

static enum err put_elsewhere(struct chart_view *v, const struct hub_viewer *viewer, struct arena *a,
                              struct errinfo *e)
{
	struct hub_copies copies;
	const struct chart_frame *f = v->f;
	enum err err = hub_elsewhere(f->hub, a, viewer, f->repo, f->name, f->version, v->digest, &copies, e);
	v->elsewhere = err ? NULL : arena_array(a, copies.count + 1, sizeof *v->elsewhere);
	if (err || !v->elsewhere)
		return err ? err : ERR(e, NOMEM, "page");
	for (size_t i = 0; i < copies.count; i++) {
		const struct hub_copy *copy = &copies.list[i];
		v->elsewhere[i] = (struct elsewhere_line){ *copy, link_chart(f->page.links, copy->repo, f->name,
			copy->has_version ? f->version : STR("")) };
	}
	v->elsewhere_count = copies.count;
	v->elsewhere_more = copies.more;
	return OK;
}

static enum err fill(struct chart_view *v, struct call *c, struct arena *a, struct errinfo *e)
{
	const struct chart_frame *f = v->f;
	struct links *l = f->page.links;
	char hex[SHA256_HEX_BYTES + 1];
	const struct hub_viewer viewer = call_viewer(c);
	enum category category = chart_category(&f->entry.meta, &v->read->notes);
	struct link_param by_category = { "category", str_c(category_slug(category)) };
	hex[0] = '\0';
	if (!sha256_eq(&f->row.digest, &(struct sha256){ 0 }))
		sha256_hex(&f->row.digest, hex);
	v->archive = f->row.absent ? link_archive_of(l, f->repo, &f->entry)
	                           : link_archive(l, f->repo, f->name, f->version);
	v->category = str_c(category_title(category));
	v->category_link = link_search(l, &by_category, 1);
	v->used_by = hub_used_by(f->hub, f->repo, f->name, &viewer);
	v->used_by_link = link_chart_part(l, f->repo, f->name, f->version, "dependencies");
	take_signature(v, a);
	take_pulls(v, c);
	put_dangers(v);
	bool private = ingest_visibility(c->app->ingest, f->repo) == REPO_PRIVATE;
	return arena_str(a, str_c(hex), &v->digest) && put_keywords(v, a) && put_kube(v, a) &&
	       brought_rights(v->f, &v->read->kinds, v->rights, &v->rights_count) &&
	       install_fill(f, private, &v->install) ? put_elsewhere(v, &viewer, a, e)
	                                             : ERR(e, NOMEM, "page");
}

static enum err render(struct call *c, struct chart_frame *f, struct sbuf *body, struct errinfo *e)
{
	struct chart_view *v = ARENA_NEW(&f->arena, struct chart_view);
	if (!v)
		return ERR(e, NOMEM, "page");
	v->f = f;
	enum err err = take_reading(v, f, e);
	if (!err)
		err = fill(v, c, &f->arena, e);
	if (!err)
		err = trips_view_fill(c, &f->arena, f->repo, 1, &v->trips, e);
	if (!err && f->contents)
		network_fill(c, v->f, &v->network);
	if (!err)
		err = json_ld_of_chart(f, v->read, e);
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
	return call_work(c, call_lookers(c), answer, e);
}

/* Artifact Hub's search: its parameters become a search of ours. What it filters by and we do not (organizations,
 * verified publishers, operators, capabilities) is looked at in the hits, which are then all asked for. */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/hub/search.h"
#include "indexer/upstream/upstream.h"
#include "server/artifacthub/artifacthub.h"
#include "server/artifacthub/package.h"
#include "server/artifacthub/page.h"
#include "server/route/address.h"

#define LICENSES_SHOWN 10u
#define CAPABILITIES_MAX 5u

static const char *const capabilities[CAPABILITIES_MAX] = {
	"basic install", "seamless upgrades", "full lifecycle", "deep insights", "auto pilot",
};

struct wanted {
	struct hub_search search;
	struct hub_filter *filters;      /* search.filters */
	struct page page;
	bool facets, operators, verified;
	bool nothing;                    /* asks for what nobody here has: official packages */
	struct str *orgs, *capabilities;
	size_t org_count, capability_count;
};

/* ---- parameters ---- */

static enum err take_flag(const struct query *q, const char *name, const char *called, bool *ret,
                          struct errinfo *e)
{
	struct str text = query_text(q, name);
	if (text.n && !package_bool(text, ret))
		return ERR(e, INVALID, "invalid input: invalid %s: %.*s", called, STR_ARG(str_first(text, 100)));
	return OK;
}

static enum err take_flags(struct call *c, struct wanted *w, struct errinfo *e)
{
	bool official = false, cncf = false, deprecated = false;
	const struct { const char *name, *called; bool *to; } table[] = {
		{ "facets", "facets", &w->facets },      { "verified_publisher", "verified publisher", &w->verified },
		{ "official", "official", &official },   { "cncf", "cncf", &cncf },
		{ "operators", "operators", &w->operators }, { "deprecated", "deprecated", &deprecated },
	};
	enum err err = OK;
	for (size_t i = 0; i < sizeof table / sizeof *table && !err; i++)
		err = take_flag(&c->query, table[i].name, table[i].called, table[i].to, e);
	w->nothing |= official || cncf;
	if (!deprecated)
		w->filters[w->search.filter_count++] = (struct hub_filter){ FACET_DEPRECATED, STR("false") };
	return err;
}

static enum err take_number(const char *called, struct str text, uint64_t *ret, struct errinfo *e)
{
	if (str_to_u64(text, ret))
		return OK;
	return ERR(e, INVALID, "invalid input: invalid %s: %.*s", called, STR_ARG(str_first(text, 100)));
}

static enum err take_category(struct wanted *w, struct str text, struct errinfo *e)
{
	uint64_t id;
	enum err err = take_number("category", text, &id, e);
	if (err)
		return err;
	struct str slug = id < CATEGORY_COUNT ? str_c(category_slug((enum category)id)) : STR("");
	w->filters[w->search.filter_count++] = (struct hub_filter){
		FACET_CATEGORY, slug.n ? slug : STR("none of them") };
	return OK;
}

static enum err take_repo(struct call *c, struct wanted *w, struct str text, struct errinfo *e)
{
	const char *name = address_repo_of(&c->r->arena, text);
	if (!name)
		return ERR(e, NOMEM, "search");
	if (!*name)
		return ERR(e, INVALID, "invalid input: invalid repository name");
	w->filters[w->search.filter_count++] = (struct hub_filter){ FACET_REPO, str_c(name) };
	return OK;
}

struct kinds { bool asked, helm; bool users; };

/* Parameters that may stand more than once. */
static enum err take_param(struct call *c, struct wanted *w, const struct query_param *p,
                           struct kinds *kinds, struct errinfo *e)
{
	uint64_t kind;
	enum err err = OK;
	if (str_eq(p->name, STR("kind"))) {
		err = take_number("kind", p->value, &kind, e);
		kinds->asked = true;
		kinds->helm |= !err && kind == 0;
	} else if (str_eq(p->name, STR("category"))) {
		err = take_category(w, p->value, e);
	} else if (str_eq(p->name, STR("repo"))) {
		err = take_repo(c, w, p->value, e);
	} else if (str_eq(p->name, STR("license"))) {
		w->filters[w->search.filter_count++] = (struct hub_filter){ FACET_LICENSE, p->value };
	} else if (str_eq(p->name, STR("capabilities"))) {
		w->capabilities[w->capability_count++] = p->value;
	} else if (str_eq(p->name, STR("org"))) {
		w->orgs[w->org_count++] = p->value;
		err = p->value.n ? OK : ERR(e, INVALID, "invalid input: invalid organization name");
	} else if (str_eq(p->name, STR("user"))) {
		kinds->users = true;
		err = p->value.n ? OK : ERR(e, INVALID, "invalid input: invalid user alias");
	}
	return err;
}

static enum err take_params(struct call *c, struct wanted *w, struct errinfo *e)
{
	struct kinds kinds = { 0 };
	enum err err = OK;
	for (size_t i = 0; i < c->query.count && !err; i++)
		err = take_param(c, w, &c->query.params[i], &kinds, e);
	w->nothing |= (kinds.asked && !kinds.helm) || (kinds.users && !w->org_count);
	return err;
}

static enum err take_sort(struct call *c, struct wanted *w, struct errinfo *e)
{
	static const struct { const char *name; enum hub_sort sort; } table[] = {
		{ "", SORT_RELEVANCE }, { "relevance", SORT_RELEVANCE },
		{ "stars", SORT_RELEVANCE },             /* nobody has any: what comes next decides */
		{ "last_updated", SORT_RELEASED },
	};
	struct str name = query_text(&c->query, "sort");
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_eq_c(name, table[i].name)) {
			w->search.sort = table[i].sort;
			return OK;
		}
	return ERR(e, INVALID, "invalid input: invalid sort (relevance|stars|last_updated)");
}

/* The operators of to_tsquery, a & !b | c:*, as a person would type them. */
static void put_plain(struct sbuf *b, struct str query)
{
	for (size_t i = 0; i < query.n; i++) {
		char c = query.p[i];
		if (c == '|')
			sbuf_puts(b, " or ");
		else if (c == '!')
			sbuf_puts(b, " -");
		else
			sbuf_putc(b, memchr("&():*'<>\\", c, 9) ? ' ' : c);
	}
}

static enum err take_text(struct call *c, struct wanted *w, struct sbuf *b, struct errinfo *e)
{
	sbuf_put(b, query_text(&c->query, "ts_query_web"));
	sbuf_putc(b, ' ');
	put_plain(b, query_text(&c->query, "ts_query"));
	w->search.text = str_trim(sbuf_str(b));
	return sbuf_ok(b) ? OK : ERR(e, NOMEM, "search");
}

static enum err take_wanted(struct call *c, struct wanted *w, struct sbuf *text, struct errinfo *e)
{
	struct arena *a = &c->r->arena;
	size_t count = c->query.count + 1;
	*w = (struct wanted){ .filters = arena_array(a, count, sizeof *w->filters),
	                      .orgs = arena_array(a, count, sizeof *w->orgs),
	                      .capabilities = arena_array(a, count, sizeof *w->capabilities) };
	if (!w->filters || !w->orgs || !w->capabilities)
		return ERR(e, NOMEM, "search");
	enum err err = page_take(c, &w->page, e);
	if (!err)
		err = take_flags(c, w, e);
	if (!err)
		err = take_params(c, w, e);
	if (!err)
		err = take_sort(c, w, e);
	if (!err)
		err = take_text(c, w, text, e);
	w->search.filters = w->filters;
	w->search.facets = w->facets;
	w->search.now_ns = clock_wall();
	return err;
}

/* ---- hits ---- */

static struct str capability_of(const struct hub_chart *c)
{
	return annotation_get(&c->entry.meta, "artifacthub.io/operatorCapabilities");
}

static bool is_of_orgs(const struct wanted *w, struct str repo)
{
	bool two;
	struct str team = str_cut(&repo, '/', &two);
	for (size_t i = 0; i < w->org_count; i++)
		if (two && str_eq(w->orgs[i], team))
			return true;
	return w->org_count == 0;
}

static bool has_capability(const struct wanted *w, const struct hub_chart *c)
{
	for (size_t i = 0; i < w->capability_count; i++)
		if (str_eq_nocase(w->capabilities[i], capability_of(c)))
			return true;
	return w->capability_count == 0;
}

struct found {
	struct hub_result result;
	const struct hub_chart **list;   /* those that are wanted, of all pages or of this one */
	size_t count, total;
	size_t by_capability[CAPABILITIES_MAX];
};

static void count_capability(struct found *f, const struct hub_chart *c)
{
	struct str of = capability_of(c);
	for (size_t i = 0; of.n && i < CAPABILITIES_MAX; i++)
		f->by_capability[i] += str_eq_nocase(of, str_c(capabilities[i]));
}

static bool looks_at_hits(const struct wanted *w)
{
	return w->facets || w->operators || w->verified || w->org_count || w->capability_count;
}

static bool is_wanted(const struct app *app, const struct wanted *w, const struct hub_chart *c)
{
	return (!w->operators || package_is_operator(&c->entry.meta)) && is_of_orgs(w, c->repo) &&
	       (!w->verified || upstreams_is_verified(app->upstreams, c->repo));
}

/* Leaves those that shall be seen, and of them this page. */
static void pick(const struct app *app, const struct wanted *w, struct found *f)
{
	size_t n = 0;
	for (size_t i = 0; i < f->result.count; i++) {
		const struct hub_chart *c = f->result.hits[i].chart;
		if (!is_wanted(app, w, c))
			continue;
		count_capability(f, c);
		if (has_capability(w, c))
			f->list[n++] = c;
	}
	bool all = looks_at_hits(w);
	size_t from = all ? page_from(&w->page, n) : 0, to = all ? page_to(&w->page, n) : n;
	f->total = all ? n : (size_t)f->result.total;
	f->list += from;
	f->count = to - from;
}

static enum err find(struct answer *x, struct wanted *w, struct found *ret, struct errinfo *e)
{
	struct hub_search s = w->search;
	struct found f = { 0 };
	if (!looks_at_hits(w)) {
		s.offset = w->page.offset;
		s.limit = w->page.limit;
	}
	enum err err = w->nothing ? OK : hub_search(x->hub, &x->arena, &x->viewer, &s, &f.result, e);
	if (err)
		return err;
	if (f.result.corrected)          /* it asks for what it says */
		f.result.total = 0;
	f.list = arena_array(&x->arena, f.result.count + 1, sizeof *f.list);
	if (!f.list) {
		hub_result_done(&f.result);
		return ERR(e, NOMEM, "search");
	}
	if (!f.result.corrected)
		pick(x->call->app, w, &f);
	*ret = f;
	return OK;
}

/* ---- facets ---- */

static void begin_facet(struct sbuf *b, const char *title, const char *key)
{
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "title", str_c(title));
	json_text(b, "filter_key", str_c(key));
	json_key(b, "options");
	sbuf_putc(b, '[');
}

static void put_option(struct sbuf *b, struct str id, struct str name, uint64_t total)
{
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "id", id);
	json_text(b, "name", name);
	json_number(b, "total", total);
	sbuf_putc(b, '}');
}

static void put_kinds(struct sbuf *b, const struct found *f)
{
	begin_facet(b, "Kind", "kind");
	if (f->total) {
		sbuf_puts(b, "{\"id\":0,\"name\":\"Helm charts\"");
		json_number(b, "total", f->total);
		sbuf_putc(b, '}');
	}
	sbuf_puts(b, "]}");
}

/* The table of categories is in the order of their titles. */
static void put_categories(struct sbuf *b, const struct hub_facet_list *list)
{
	begin_facet(b, "Category", "category");
	for (unsigned id = 1; id < CATEGORY_COUNT; id++)
		for (size_t i = 0; i < list->count; i++) {
			if (!str_eq_c(list->values[i].value, category_slug((enum category)id)))
				continue;
			json_next(b);
			sbuf_putc(b, '{');
			json_number(b, "id", id);
			json_text(b, "name", str_c(category_title((enum category)id)));
			json_number(b, "total", list->values[i].count);
			sbuf_putc(b, '}');
		}
	sbuf_puts(b, "]}");
}

static void put_licenses(struct sbuf *b, const struct hub_facet_list *list)
{
	begin_facet(b, "License", "license");
	for (size_t i = 0; i < list->count && i < LICENSES_SHOWN; i++)
		put_option(b, list->values[i].value, list->values[i].value, list->values[i].count);
	sbuf_puts(b, "]}");
}

static void put_facets(struct sbuf *b, const struct found *f)
{
	json_key(b, "facets");
	sbuf_putc(b, '[');
	put_kinds(b, f);
	put_categories(b, &f->result.facets[FACET_CATEGORY]);
	put_licenses(b, &f->result.facets[FACET_LICENSE]);
	begin_facet(b, "Operator capabilities", "capabilities");
	for (size_t i = 0; i < CAPABILITIES_MAX; i++)
		if (f->by_capability[i])
			put_option(b, str_c(capabilities[i]), str_c(capabilities[i]), f->by_capability[i]);
	sbuf_puts(b, "]}]");
}

/* ---- the answer ---- */

static void put_hits(struct answer *x, const struct found *f)
{
	json_key(&x->b, "packages");
	sbuf_putc(&x->b, '[');
	for (size_t i = 0; i < f->count; i++) {
		struct package p;
		package_of_chart(x->call->app, f->list[i], &p);
		json_next(&x->b);
		sbuf_putc(&x->b, '{');
		package_put(x, &p, PACKAGE_HIT);
		sbuf_putc(&x->b, '}');
	}
	sbuf_putc(&x->b, ']');
}

static enum err search(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ANSWER struct answer x;
	AUTO_SBUF struct sbuf text = sbuf_make(2 * HTTP_URI_MAX_BYTES);
	struct wanted w;
	struct found f = { 0 };
	enum err err = answer_open(c, &x, e);
	if (!err)
		err = take_wanted(c, &w, &text, e);
	if (!err)
		err = find(&x, &w, &f, e);
	if (err)
		return err;
	sbuf_putc(&x.b, '{');
	put_hits(&x, &f);
	if (w.facets)
		put_facets(&x.b, &f);
	sbuf_puts(&x.b, "}\n");
	hub_result_done(&f.result);
	return page_send(&x, f.total, s, e);
}

enum err packages_search(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), search, e);
}

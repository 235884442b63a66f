/* The dependencies of charts that are published into a data directory: whole trees are compared.
 *
 *     x ^1: main 1.2.0                    the range gives that version of main/x
 *       y ~2: in the archive 2.0.0        indented: what follows
 *     z 1.0: missing: …                   and where else there is one
 */
#include "indexer/hub/graph.h"

#include "hub_charts.h"

#define TOLD_BYTES 8192

/* ---- telling ---- */

static void tell_version(struct sbuf *b, const struct graph_version *v)
{
	if (v->repo.n)
		sbuf_printf(b, "%.*s/", STR_ARG(v->repo));
	sbuf_printf(b, "%.*s %.*s", STR_ARG(v->name), STR_ARG(v->version));
}

static void tell_edge(struct sbuf *b, const struct graph_edge *x)
{
	sbuf_printf(b, "%.*s %.*s:", STR_ARG(x->name), STR_ARG(x->range));
	if (x->resolved.n)
		sbuf_printf(b, " %.*s %.*s", STR_ARG(x->repo), STR_ARG(x->resolved));
	if (x->missing.n)
		sbuf_printf(b, " missing: %.*s", STR_ARG(x->missing));
	for (size_t i = 0; i < x->elsewhere_count; i++)
		sbuf_printf(b, "%s%.*s", i ? ", " : "; one is in ", STR_ARG(x->elsewhere[i]));
	if (x->elsewhere_more)
		sbuf_printf(b, " and %zu more", x->elsewhere_more);
	if (x->vendored.n)
		sbuf_printf(b, " in the archive %.*s", STR_ARG(x->vendored));
	if (x->locked.n)
		sbuf_printf(b, " locked %.*s", STR_ARG(x->locked));
	if (x->alias.n)
		sbuf_printf(b, " as %.*s", STR_ARG(x->alias));
	if (x->condition.n)
		sbuf_printf(b, " if %.*s", STR_ARG(x->condition));
	if (x->tags.n)
		sbuf_printf(b, " tags %.*s", STR_ARG(x->tags));
	if (x->imports.n)
		sbuf_printf(b, " imports %.*s", STR_ARG(x->imports));
	if (x->kind)
		sbuf_printf(b, " %s to %.*s%s", upgrade_names[x->kind], STR_ARG(x->newest),
		            x->admitted ? "" : "!");
}

static void tell_nodes(struct sbuf *b, const struct graph_node *n)
{
	for (; n; n = n->next) {
		sbuf_printf(b, "%*s", (int)(2 * (n->depth - 1)), "");
		tell_edge(b, n->edge);
		sbuf_puts(b, n->cycle ? " cycle" : "");
		sbuf_puts(b, n->cut ? " cut" : "");
		sbuf_putc(b, '\n');
		tell_nodes(b, n->first);
	}
}

static void tell_findings(struct sbuf *b, const struct hub_graph *g)
{
	for (size_t i = 0; i < g->cycle_count; i++) {
		sbuf_printf(b, "cycle of %zu:", g->cycles[i].length);
		for (size_t k = 0; k < g->cycles[i].count; k++) {
			sbuf_putc(b, ' ');
			tell_version(b, g->cycles[i].versions[k]);
			sbuf_puts(b, k + 1 < g->cycles[i].count ? "," : "");
		}
		sbuf_putc(b, '\n');
	}
	for (size_t i = 0; i < g->conflict_count; i++) {
		const struct graph_conflict *k = &g->conflicts[i];
		sbuf_printf(b, "conflict %.*s/%.*s:", STR_ARG(k->repo), STR_ARG(k->name));
		for (size_t n = 0; n < k->count; n++)
			sbuf_printf(b, " %.*s=%.*s,", STR_ARG(k->edges[n]->range), STR_ARG(k->edges[n]->resolved));
		sbuf_printf(b, " %s%.*s\n", k->common.n ? "all of them " : "none of all",
		            STR_ARG(k->common));
	}
}

static void tell(struct charts *x, struct arena *a, const struct hub_graph *g, char ret[TOLD_BYTES])
{
	struct graph_tree tree;
	AUTO_SBUF struct sbuf b = sbuf_make(TOLD_BYTES - 1);
	assert_ok(x->f, graph_tree(a, g, &tree, &x->f->e));
	tell_nodes(&b, tree.first);
	tell_findings(&b, g);
	sbuf_puts(&b, g->cut || tree.cut ? "cut\n" : "");
	assert_true(sbuf_ok(&b));
	(void)snprintf(ret, TOLD_BYTES, "%s", b.n ? b.p : "");
}

/* ---- trees ---- */

static const struct row { const char *name, *charts, *root, *told; } rows[] = {
	{ "nothing", "main/a 1.0.0", "a", "" },
	{ "the newest that the range admits",
	  "main/x 1.0.0 \n main/x 1.2.0 \n main/x 2.0.0 \n main/x 1.3.0-rc.1 \n main/a 1.0.0 x=^1@https://h",
	  "a", "x ^1: main 1.2.0 major to 2.0.0!\n" },
	{ "a pre-release where the range has one",
	  "main/x 1.0.0 \n main/x 1.3.0-rc.1 \n main/a 1.0.0 x=^1-0@https://h", "a",
	  "x ^1-0: main 1.3.0-rc.1\n" },
	{ "what the lock and the archive have",
	  "main/x 1.0.0 \n main/x 1.2.0 \n main/x 1.1.5 \n"
	  "main/a 1.0.0 x=^1@https://h,locked=1.1.0,vendored=1.0.0 \n"
	  "main/b 1.0.0 x=^1@https://h,vendored=1.0.0 y=1@https://elsewhere,vendored=1.0.0", "a",
	  "x ^1: main 1.2.0 in the archive 1.0.0 locked 1.1.0 minor to 1.2.0\n" },
	{ "conditions, tags, aliases",
	  "main/x 1.0.0 \n main/a 1.0.0 x=1@https://h,alias=one,condition=one.enabled "
	  "x=1@https://h,alias=two,tags=back+front", "a",
	  "x 1: main 1.0.0 as one if one.enabled\nx 1: main 1.0.0 as two tags back,front\n" },
	{ "what follows",
	  "main/z 1.0.0 \n main/y 1.0.0 z=1@https://h \n main/x 1.0.0 y=1@https://h z=1@https://h \n"
	  "main/a 1.0.0 x=1@https://h", "a",
	  "x 1: main 1.0.0\n  y 1: main 1.0.0\n    z 1: main 1.0.0\n  z 1: main 1.0.0\n" },
	{ "the version that is shown",
	  "main/x 1.0.0 \n main/a 1.0.0 x=1@https://h \n main/a 2.0.0-rc.1", "a", "x 1: main 1.0.0\n" },
	{ "the version that is asked for",
	  "main/x 1.0.0 \n main/a 1.0.0 x=1@https://h \n main/a 2.0.0", "a 1.0.0", "x 1: main 1.0.0\n" },
	/* missing */
	{ "an address that nobody knows", "main/a 1.0.0 x=1@https://elsewhere", "a",
	  "x 1: missing: no repository here is known as https://elsewhere\n" },
	{ "and where else there is one",
	  "main/x 3.0.0 \n p/x 1.0.0 \n q/x 1.0.0 \n r/x 1.0.0 \n s/x 1.0.0 \n"
	  "main/a 1.0.0 x=1@https://elsewhere", "a",
	  "x 1: missing: no repository here is known as https://elsewhere; one is in main, p, q and 2 more\n" },
	{ "no such repository", "main/a 1.0.0 x=1@https://h/none", "a",
	  "x 1: missing: there is no repository \"none\" here\n" },
	{ "no such chart", "p/y 1.0.0 \n main/a 1.0.0 x=1@https://h/p", "a",
	  "x 1: missing: p has no chart x\n" },
	{ "no such version", "main/x 1.0.0 \n main/a 1.0.0 x=^2@https://h", "a",
	  "x ^2: missing: no version of x in main satisfies \"^2\"\n" },
	{ "no such version, but elsewhere", "main/x 1.0.0 \n p/x 2.0.0 \n main/a 1.0.0 x=^2@https://h", "a",
	  "x ^2: missing: no version of x in main satisfies \"^2\"; one is in p\n" },
	{ "a pre-release alone", "main/x 1.0.0 \n main/x 2.0.0-rc.1 \n main/a 1.0.0 x=^2@https://h x=^3@https://h,alias=y",
	  "a", "x ^2: missing: no version of x in main satisfies \"^2\": only the pre-release 2.0.0-rc.1 is there\n"
	  "x ^3: missing: no version of x in main satisfies \"^3\" as y\n" },
	{ "no range", "main/x 1.0.0 \n main/a 1.0.0 x=latest@https://h", "a",
	  "x latest: missing: \"latest\" is no range of versions\n" },
	{ "no repository", "main/a 1.0.0 x=1@", "a",
	  "x 1: missing: it names no repository and is not in charts/\n" },
	{ "a file", "main/a 1.0.0 x=1@file://./charts/x y=1@file://../y", "a",
	  "x 1: missing: it is not in charts/\n"
	  "y 1: missing: file://../y: it is neither in charts/ nor in the chart's repository\n" },
	{ "a name", "p/x 1.0.0 \n main/a 1.0.0 x=1@@p z=1@alias:q w=1@@p,locked=1.0.0,lock=https://h/none", "a",
	  "x 1: p 1.0.0\n"
	  "z 1: missing: no lock says what alias:q stands for, and no repository here has that name\n"
	  "w 1: missing: there is no repository \"none\" here locked 1.0.0\n" },
	/* a virtual repository */
	{ "who has the name there", "q/x 2.0.0 \n p/x 1.0.0 \n main/a 1.0.0 x=>=1@@all", "a", "x >=1: p 1.0.0\n" },
	{ "by its address", "q/x 2.0.0 \n p/x 1.0.0 \n main/a 1.0.0 x=>=1@https://h/all", "a", "x >=1: p 1.0.0\n" },
	{ "the versions that it shows", "q/x 2.0.0 \n p/x 1.0.0 \n p/x 1.5.0 \n p/x 2.0.0 \n main/a 1.0.0 x=>=1@@view "
	  "x=2@@view,alias=x2 x=1@https://h/p,alias=x1", "a",
	  "x >=1: p 1.5.0\nx 2: missing: no version of x in view satisfies \"2\"; one is in q as x2\n"
	  "x 1: p 1.5.0 as x1 major to 2.0.0!\n" },
	{ "none of another member", "q/x 2.0.0 \n p/x 1.0.0 \n main/a 1.0.0 x=2@@all", "a",
	  "x 2: missing: no version of x in all satisfies \"2\"; one is in q\n" },
	{ "no chart that it does not show", "q/y 1.0.0 \n main/a 1.0.0 y=1@@view", "a",
	  "y 1: missing: view has no chart y; one is in q\n" },
	/* in the archive */
	{ "part of the archive", "main/a 1.0.0 x=1@,vendored=1.2.0 y=1@file://charts/y,vendored=1.0.0", "a",
	  "x 1: in the archive 1.2.0\ny 1: in the archive 1.0.0\n" },
	{ "of elsewhere", "main/a 1.0.0 x=1@https://elsewhere,vendored=1.2.0", "a",
	  "x 1: missing: no repository here is known as https://elsewhere in the archive 1.2.0\n" },
	{ "beside it", "p/x 1.0.0 y=1@ \n p/a 1.0.0 x=1@file://../x", "p/a",
	  "x 1: p 1.0.0\n  y 1: missing: it names no repository and is not in charts/\n" },
	{ "beside it, and in the archive", "p/x 1.0.0 y=1@ \n p/x 1.1.0 \n"
	  "p/a 1.0.0 x=1@file://../x,vendored=1.0.0", "p/a",
	  "x 1: p 1.1.0 in the archive 1.0.0 minor to 1.1.0\n" },
	/* cycles */
	{ "itself", "main/a 1.0.0 a=1@https://h", "a", "a 1: main 1.0.0 cycle\ncycle of 1: main/a 1.0.0\n" },
	{ "a cycle",
	  "main/a 1.0.0 b=1@https://h \n main/b 1.0.0 c=1@https://h \n main/c 1.0.0 a=1@https://h", "a",
	  "b 1: main 1.0.0\n  c 1: main 1.0.0\n    a 1: main 1.0.0 cycle\n"
	  "cycle of 3: main/a 1.0.0, main/b 1.0.0, main/c 1.0.0\n" },
	{ "by another version",
	  "main/a 1.0.0 \n main/b 1.0.0 a=1@https://h \n main/a 2.0.0 b=1@https://h", "a",
	  "b 1: main 1.0.0\n  a 1: main 1.0.0 major to 2.0.0! cycle\n"
	  "cycle of 2: main/a 2.0.0, main/b 1.0.0\n" },
	{ "not from the beginning",
	  "main/a 1.0.0 b=1@https://h \n main/b 1.0.0 c=1@https://h \n main/c 1.0.0 b=1@https://h", "a",
	  "b 1: main 1.0.0\n  c 1: main 1.0.0\n    b 1: main 1.0.0 cycle\n"
	  "cycle of 2: main/b 1.0.0, main/c 1.0.0\n" },
	{ "one name in two repositories is no cycle",
	  "p/a 1.0.0 \n main/b 1.0.0 a=1@https://h/p \n main/a 1.0.0 b=1@https://h", "a",
	  "b 1: main 1.0.0\n  a 1: p 1.0.0\n" },
	/* conflicts */
	{ "two versions", "main/x 1.0.0 \n main/x 1.5.0 \n main/b 1.0.0 x=~1.0.0@https://h \n"
	  "main/a 1.0.0 b=1@https://h x=^1@https://h", "a",
	  "b 1: main 1.0.0\n  x ~1.0.0: main 1.0.0 minor to 1.5.0!\nx ^1: main 1.5.0\n"
	  "conflict main/x: ^1=1.5.0, ~1.0.0=1.0.0, all of them 1.0.0\n" },
	{ "no version for both", "main/x 1.0.0 \n main/x 2.0.0 \n main/b 1.0.0 x=1@https://h \n"
	  "main/a 1.0.0 b=1@https://h x=2@https://h", "a",
	  "b 1: main 1.0.0\n  x 1: main 1.0.0 major to 2.0.0!\nx 2: main 2.0.0\n"
	  "conflict main/x: 2=2.0.0, 1=1.0.0, none of all\n" },
	{ "two ranges, one version", "main/x 1.0.0 \n main/a 1.0.0 x=1@https://h x=^1.0.0@https://h,alias=other", "a",
	  "x 1: main 1.0.0\nx ^1.0.0: main 1.0.0 as other\n" },
	/* what a stranger sees */
	{ "a private repository", "secret/x 1.0.0 \n main/a 1.0.0 x=1@https://h/secret", "a !",
	  "x 1: missing: there is no repository \"secret\" here\n" },
	{ "known as", "secret/x 1.0.0 \n main/a 1.0.0 x=1@https://private.example", "a !",
	  "x 1: missing: no repository here is known as https://private.example\n" },
	{ "what somebody else sees", "secret/x 1.0.0 \n main/a 1.0.0 x=1@https://private.example", "a",
	  "x 1: secret 1.0.0\n" },
	{ "a name of a private one", "secret/x 1.0.0 \n main/a 1.0.0 x=1@@secret", "a !",
	  "x 1: missing: no lock says what @secret stands for, and no repository here has that name\n" },
};

static void ask_for(struct charts *x, const char *root, struct arena *a, struct hub_graph *ret)
{
	struct str rest = str_c(root), place = str_cut(&rest, ' ', NULL), repo = STR("main");
	bool is_stranger = str_eq(rest, STR("!"));
	const struct graph_ask ask = { .viewer = is_stranger ? &stranger : NULL };
	if (str_has(place, '/'))
		repo = str_cut(&place, '/', NULL);
	assert_ok(x->f, hub_graph(x->hub, a, &ask, repo, place, is_stranger ? STR("latest") : rest, ret,
	                          &x->f->e));
}

static void t_tree(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct hub_graph g;
	char told[TOLD_BYTES];
	struct charts *x = charts_open();
	set_repo(x->f, "secret", "{\"private\":true,\"known_as\":\"https://private.example\"}");
	set_repo(x->f, "all", "{\"members\":\"q p\",\"pins\":\"x=p\"}");
	set_repo(x->f, "view", "{\"members\":\"all\",\"take_versions\":\"<2\",\"take_charts\":\"x\"}");
	charts_publish(x, row->charts);
	ask_for(x, row->root, &a, &g);
	tell(x, &a, &g, told);
	charts_close(x);
	assert_string_equal(told, row->told);
}

/* ---- what lines cannot say ---- */

static void t_archive_in_archive(void **state)
{
	(void)state;
	static const struct chart_files files = { {
		{ "charts/x/Chart.yaml", "apiVersion: v2\nname: x\nversion: 1.0.0\ndependencies:\n"
		  "- {name: 'y', version: ^1, repository: 'https://elsewhere'}\n"
		  "- {name: z, version: ^1, repository: 'https://h'}\n"
		  "- {name: w, version: '1', repository: ''}\n" },
		{ "charts/x/charts/y/Chart.yaml", "apiVersion: v2\nname: 'y'\nversion: 1.1.0\n" },
		{ "charts/u/Chart.yaml", "apiVersion: v2\nname: u\nversion: 0.1.0\n" },
	} };
	AUTO_ARENA struct arena a = { 0 };
	struct hub_graph g;
	char told[TOLD_BYTES];
	struct charts *x = charts_open();
	charts_publish(x, "main/z 1.0.0 q=1@ \n main/z 1.5.0 r=1@");
	charts_publish_with(x, STR("main/a 1.0.0 x=1@"), &files);
	charts_follow(x);
	ask_for(x, "a", &a, &g);
	tell(x, &a, &g, told);
	charts_close(x);
	assert_string_equal(told,
		"x 1: in the archive 1.0.0\n"
		"  y ^1: missing: no repository here is known as https://elsewhere in the archive 1.1.0\n"
		"  z ^1: main 1.5.0\n"
		"    r 1: missing: it names no repository and is not in charts/\n"
		"  w 1: missing: it names no repository and is not in charts/\n"
		"u 0.1.0: in the archive 0.1.0\n");
}

static void t_other_versions_of_the_root(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct hub_graph g;
	char told[TOLD_BYTES];
	struct charts *x = charts_open();
	charts_publish(x, "main/x 1.0.0 \n main/a 1.0.0 x=1@https://h \n main/a 2.0.0");
	charts_yank(x, "main", "a-1.0.0.tgz");
	ask_for(x, "a 1.0.0", &a, &g);           /* yanked: nobody chooses it, who has it wants to know */
	tell(x, &a, &g, told);
	assert_string_equal(told, "x 1: main 1.0.0\n");
	static const struct { const char *repo, *name, *version; enum err err; } none[] = {
		{ "main", "a", "3.0.0", ERR_NOT_FOUND }, { "main", "b", "latest", ERR_NOT_FOUND },
		{ "main", "b", "1.0.0", ERR_NOT_FOUND }, { "nowhere", "a", "1.0.0", ERR_REPO_NOT_FOUND },
		{ "main", "a", "01.0.0", ERR_NOT_FOUND }, { "main", "", "", ERR_NOT_FOUND },
	};
	for (size_t i = 0; i < ROWS(none); i++)
		assert_int_equal(hub_graph(x->hub, &a, NULL, str_c(none[i].repo), str_c(none[i].name),
		                           str_c(none[i].version), &g, &x->f->e), none[i].err);
	const struct graph_ask ask = { .viewer = &stranger };
	charts_publish(x, "secret/a 1.0.0");
	assert_err(x->f, REPO_NOT_FOUND, hub_graph(x->hub, &a, &ask, STR("secret"), STR("a"), STR(""), &g,
	                                           &x->f->e));
	charts_close(x);
}

static void t_yanked(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct hub_graph g;
	char told[TOLD_BYTES];
	struct charts *x = charts_open();
	charts_publish(x, "main/x 1.0.0 \n main/x 2.0.0 \n main/x 2.1.0 \n main/y 1.0.0 \n main/a 1.0.0 x=2@https://h "
	               "x=^3@https://h,alias=x3 x=1@https://h,alias=x1 y=1@https://h y=2@https://h,alias=y2");
	charts_yank(x, "main", "x-2.0.0.tgz");
	charts_yank_for(x, "main", "x-2.1.0.tgz", "it loses data");
	charts_yank(x, "main", "y-1.0.0.tgz");
	ask_for(x, "a", &a, &g);
	tell(x, &a, &g, told);
	assert_true(g.versions[0]->edges[0].yanked);
	assert_false(g.versions[0]->edges[1].yanked);
	assert_err(x->f, NOT_FOUND, hub_graph(x->hub, &a, NULL, STR("main"), STR("y"), STR("latest"), &g, &x->f->e));
	assert_string_equal(x->f->e.detail, "all versions of y in main were yanked");
	charts_close(x);
	assert_string_equal(told,
		"x 2: missing: main/x 2.1.0 was yanked: it loses data\n"
		"x ^3: missing: no version of x in main satisfies \"^3\" as x3\n"
		"x 1: main 1.0.0 as x1\n"
		"y 1: missing: main/y 1.0.0 was yanked\n"
		"y 2: missing: all versions of y in main were yanked as y2\n");
}

/* Helm takes what the lock names, by semver, and nothing else; what is packed it need not ask for. */
static void t_locked_and_gone(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct hub_graph g;
	char told[TOLD_BYTES];
	struct charts *x = charts_open();
	charts_publish(x, "main/x 1.0.0 \n main/x 1.1.0 \n main/x 1.2.0+b.1 \n main/a 1.0.0 x=1@https://h,locked=1.1.0 "
	               "x=1@https://h,locked=0.9.0,alias=x2 x=1@https://h,locked=v1.2.0,alias=x3 "
	               "y=1@https://h,locked=1.1.0,vendored=1.1.0 \n main/y 1.0.0");
	charts_yank_for(x, "main", "x-1.1.0.tgz", "cve");
	ask_for(x, "a", &a, &g);
	tell(x, &a, &g, told);
	assert_int_equal(g.missing, 2);
	assert_true(g.versions[0]->edges[0].yanked);
	assert_false(g.versions[0]->edges[1].yanked);
	charts_close(x);
	assert_string_equal(told,
		"x 1: main 1.2.0+b.1 missing: the lock names 1.1.0, which was yanked: cve locked 1.1.0 minor to 1.2.0+b.1\n"
		"x 1: main 1.2.0+b.1 missing: the lock names 0.9.0, which is not in main locked 0.9.0 as x2 major to 1.2.0+b.1\n"
		"x 1: main 1.2.0+b.1 locked v1.2.0 as x3\n"
		"y 1: main 1.0.0 in the archive 1.1.0 locked 1.1.0\n");
}

/* The catalog of charts is behind: archives are read instead. */
static void t_rows_that_are_not_there(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct hub_graph g;
	char told[TOLD_BYTES];
	struct charts *x = charts_open();
	x->woken = NULL;
	charts_publish_with(x, STR("main/x 1.0.0 y=1@,vendored=1.0.0"), NULL);
	charts_publish_with(x, STR("main/a 1.0.0 x=1@https://h,locked=1.0.0"), NULL);
	ask_for(x, "a", &a, &g);
	tell(x, &a, &g, told);
	assert_string_equal(told, "x 1: main 1.0.0 locked 1.0.0\n  y 1: in the archive 1.0.0\n");
	charts_close(x);
}

/* 2^30 paths, 60 edges. */
static void t_diamonds(void **state)
{
	(void)state;
	enum { DEPTH = 30 };
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf lines = sbuf_make(MIB);
	struct hub_graph g;
	struct graph_tree tree;
	struct charts *x = charts_open();
	for (int i = 0; i < DEPTH; i++)
		sbuf_printf(&lines, "main/l%d 1.0.0 l%d=1@https://h,alias=p l%d=1@https://h,alias=q\n", i, i + 1,
		            i + 1);
	sbuf_printf(&lines, "main/l%d 1.0.0\n", DEPTH);
	charts_publish(x, lines.p);
	ask_for(x, "l0", &a, &g);
	assert_int_equal(g.count, DEPTH + 1);
	assert_false(g.cut);
	assert_int_equal(g.cycle_count + g.conflict_count + g.missing, 0);
	assert_ok(x->f, graph_tree(&a, &g, &tree, &x->f->e));
	assert_int_equal(tree.count, GRAPH_NODES_MAX);
	assert_true(tree.cut);
	charts_close(x);
}

static void publish_ring(struct charts *x, int count)
{
	AUTO_SBUF struct sbuf lines = sbuf_make(MIB);
	for (int i = 0; i < count; i++)
		sbuf_printf(&lines, "main/r%d 1.0.0 r%d=1@https://h\n", i, (i + 1) % count);
	charts_publish(x, lines.p);
}

static void t_rings(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct hub_graph g;
	struct graph_tree tree;
	struct charts *x = charts_open();
	publish_ring(x, GRAPH_DEPTH_MAX);
	ask_for(x, "r0", &a, &g);
	assert_int_equal(g.cycle_count, 1);
	assert_int_equal(g.cycles[0].length, GRAPH_DEPTH_MAX);
	assert_int_equal(g.cycles[0].count, GRAPH_NAMES_MAX);
	assert_false(g.cut);
	assert_ok(x->f, graph_tree(&a, &g, &tree, &x->f->e));
	assert_int_equal(tree.count, GRAPH_DEPTH_MAX);
	assert_false(tree.cut);
	charts_close(x);
}

static void t_a_ring_that_is_cut(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct hub_graph g;
	struct graph_tree tree;
	struct charts *x = charts_open();
	publish_ring(x, 3 * GRAPH_DEPTH_MAX);
	ask_for(x, "r0", &a, &g);
	assert_int_equal(g.count, GRAPH_DEPTH_MAX + 1);
	assert_true(g.cut);
	assert_ok(x->f, graph_tree(&a, &g, &tree, &x->f->e));
	assert_int_equal(tree.count, GRAPH_DEPTH_MAX);
	assert_true(tree.cut);
	charts_close(x);
}

/* As many edges as a graph may have, on two floors; what comes first is there. */
static void t_too_many(void **state)
{
	(void)state;
	enum { WIDTH = 110 };
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf lines = sbuf_make(16 * MIB);
	struct hub_graph g;
	struct graph_tree tree;
	struct charts *x = charts_open();
	sbuf_puts(&lines, "main/top 1.0.0");
	for (int i = 0; i < WIDTH; i++)
		sbuf_printf(&lines, " m%d=1@https://h", i);
	for (int i = 0; i < WIDTH; i++) {
		sbuf_printf(&lines, "\nmain/m%d 1.0.0", i);
		for (int k = 0; k < WIDTH; k++)
			sbuf_printf(&lines, " x%d=1@https://elsewhere", k);
	}
	charts_publish(x, lines.p);
	ask_for(x, "top", &a, &g);
	assert_true(g.cut);
	assert_int_equal(g.missing, GRAPH_EDGES_MAX - WIDTH);
	assert_ok(x->f, graph_tree(&a, &g, &tree, &x->f->e));
	assert_int_equal(tree.count, GRAPH_NODES_MAX);
	assert_true(tree.cut);
	for (const struct graph_node *n = tree.first; n; n = n->next)
		assert_true(n->edge->resolved.n > 0);
	charts_close(x);
}

/* ---- one more name of this server ---- */

static void t_own_address(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct hub_graph g;
	struct charts *x = charts_open();
	const struct graph_ask ask = { .own = STR("http://charts.internal:8080/base") };
	charts_publish(x, "main/x 1.0.0 \n main/a 1.0.0 x=1@https://charts.internal:8080/base/main");
	assert_ok(x->f, hub_graph(x->hub, &a, NULL, STR("main"), STR("a"), STR(""), &g, &x->f->e));
	assert_int_equal(g.missing, 1);
	assert_ok(x->f, hub_graph(x->hub, &a, &ask, STR("main"), STR("a"), STR(""), &g, &x->f->e));
	assert_int_equal(g.missing, 0);
	charts_close(x);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_archive_in_archive), cmocka_unit_test(t_other_versions_of_the_root),
		cmocka_unit_test(t_yanked), cmocka_unit_test(t_locked_and_gone),
		cmocka_unit_test(t_rows_that_are_not_there), cmocka_unit_test(t_diamonds),
		cmocka_unit_test(t_rings), cmocka_unit_test(t_a_ring_that_is_cut),
		cmocka_unit_test(t_too_many), cmocka_unit_test(t_own_address),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("dependencies", t_tree, rows) +
	       cmocka_run_group_tests_name("graphs of dependencies", tests, NULL, NULL);
}

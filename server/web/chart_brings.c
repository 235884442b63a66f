/* See chart_brings.h. */
#include "server/web/chart_brings.h"

#include "indexer/base/limits.h"
#include "server/web/file_link.h"

/* ---- custom resources ---- */

/* "issuers" and "cert-manager.io" of "issuers.cert-manager.io". */
static bool is_named(const struct chart_crd *c, struct str name)
{
	struct str plural = str_cut(&name, '.', NULL);
	return str_eq(plural, c->plural) && str_eq(name, c->group);
}

static bool is_about(const struct annotated_crd *said, const struct chart_crd *c)
{
	return said->name.n ? is_named(c, said->name) : str_eq(said->kind, c->kind);
}

static void add_words(struct brought_crd *to, const struct annotated_crd *said)
{
	to->title = said->display_name;
	to->description = said->description;
}

static struct brought_crd only_said(const struct annotated_crd *said)
{
	struct str group = said->name, plural = str_cut(&group, '.', NULL);
	struct brought_crd made = { .kind = said->kind.n ? said->kind : plural, .group = group,
	                            .version = said->version };
	add_words(&made, said);
	return made;
}

enum err brought_crds(struct arena *a, const struct chart_kinds *k, const struct chart_annotations *n,
                      struct brought_crd **ret, size_t *ret_count, struct errinfo *e)
{
	size_t said = n->crd_count < CRDS_SAID_MAX ? n->crd_count : CRDS_SAID_MAX, count = k->crd_count;
	struct brought_crd *list = arena_array(a, k->crd_count + said + 1, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "custom resources");
	for (size_t i = 0; i < k->crd_count; i++)
		list[i] = (struct brought_crd){ .kind = k->crds[i].kind, .group = k->crds[i].group,
		                                .version = crd_stored_version(&k->crds[i]) };
	for (size_t j = 0; j < said; j++) {
		bool found = false;
		for (size_t i = 0; i < k->crd_count; i++)
			if (is_about(&n->crds[j], &k->crds[i])) {
				add_words(&list[i], &n->crds[j]);
				found = true;
			}
		if (!found)
			list[count++] = only_said(&n->crds[j]);
	}
	*ret = list;
	*ret_count = count;
	return OK;
}

/* ---- rights ---- */

/* In the archive: "charts/redis/templates/role.yaml". NULL: no memory, or there is none. */
static const char *file_path(struct arena *a, const struct chart *c, const struct kind_place *at)
{
	struct str names = at->subchart;
	const char *folder = "";
	while (names.n && folder) {
		c = chart_subchart(c, str_cut(&names, '/', NULL));
		folder = c ? arena_printf(a, "%s%.*s/", folder, STR_ARG(c->path)) : NULL;
	}
	return folder ? arena_printf(a, "%s%.*s", folder, STR_ARG(at->file)) : NULL;
}

static bool put_place(struct chart_frame *f, const struct kind_place *at, struct brought_place *ret)
{
	struct arena *a = &f->arena;
	struct links *l = f->page.links;
	const char *path = f->contents ? file_path(a, &f->contents->chart, at) : NULL;
	const char *text = arena_printf(a, "%.*s%s%.*s:%u", STR_ARG(at->subchart), at->subchart.n ? ": " : "",
	                                STR_ARG(at->file), at->line);
	*ret = (struct brought_place){ .text = str_c(text) };
	if (path && file_is_there(&f->contents->chart, str_c(path))) {
		struct str file = link_chart_file(l, f->repo, f->name, f->version, "templates", str_c(path));
		ret->link = link_place(l, file, str_c(arena_printf(a, "L%u", at->line)));
	}
	return text;
}

/* A document that may become one of two versions is listed twice. */
static bool is_same_place(const struct kind_place *a, const struct kind_place *b)
{
	return a->line == b->line && str_eq(a->file, b->file) && str_eq(a->subchart, b->subchart);
}

static bool put_rights(struct chart_frame *f, const struct chart_kinds *k, struct brought_rights *r)
{
	const struct kind_place *before = NULL;
	for (size_t i = 0; i < k->kind_count; i++) {
		const struct kind_place *at = &k->kinds[i].at;
		if (!str_eq_c(k->kinds[i].kind, r->kind) || (before && is_same_place(before, at)))
			continue;
		before = at;
		if (r->count++ < BROUGHT_PLACES_MAX && !put_place(f, at, &r->places[r->place_count++]))
			return false;
	}
	return true;
}

bool brought_rights(struct chart_frame *f, const struct chart_kinds *k,
                    struct brought_rights ret[RIGHTS_KINDS_MAX], size_t *ret_count)
{
	static const char *const kinds[RIGHTS_KINDS_MAX] = {
		"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "ServiceAccount",
	};
	size_t count = 0;
	for (size_t i = 0; i < RIGHTS_KINDS_MAX; i++) {
		struct brought_rights r = { .kind = kinds[i] };
		if (!put_rights(f, k, &r))
			return false;
		if (r.count)
			ret[count++] = r;
	}
	*ret_count = count;
	return true;
}

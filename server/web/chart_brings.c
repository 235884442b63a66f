/* See chart_brings.h. */
#include "server/web/chart_brings.h"

#include "indexer/base/limits.h"

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

static struct str served_version(const struct chart_crd *c)
{
	for (size_t i = 0; i < c->version_count; i++)
		if (c->versions[i].storage)
			return c->versions[i].name;
	return c->version_count ? c->versions[0].name : STR("");
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
		                                .version = served_version(&k->crds[i]) };
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

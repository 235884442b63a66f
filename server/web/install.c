/* See install.h. */
#include "server/web/install.h"

#include "indexer/upstream/oci.h"

#define RELEASE_NAME_MAX_BYTES 53u        /* Helm's */
#define REPO_ALIAS "charts"          /* of the default repository, whose name says nothing */

/* Small letters, digits, and `join` for the rest; begins with a letter and ends with none of `join`. */
static bool plain_name(struct arena *a, struct str name, char join, size_t max, struct str *ret)
{
	char *to = arena_alloc(a, name.n + 2);
	size_t n = 0;
	if (!to)
		return false;
	if (name.n && name.p[0] >= '0' && name.p[0] <= '9')
		to[n++] = 'c';
	for (size_t i = 0; i < name.n && n < max; i++) {
		char c = name.p[i];
		bool small = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (c >= 'A' && c <= 'Z')
			to[n++] = (char)(c | 0x20);
		else if (small)
			to[n++] = c;
		else if (n && to[n - 1] != join)
			to[n++] = join;
	}
	while (n && to[n - 1] == join)
		n--;
	*ret = str_make(to, n);
	return true;
}

bool install_alias_of(struct arena *a, struct str repo, bool is_default, struct str *ret)
{
	return plain_name(a, is_default ? STR(REPO_ALIAS) : repo, '-', RELEASE_NAME_MAX_BYTES, ret);
}

bool install_alias(struct links *l, struct str repo, struct str *ret)
{
	return install_alias_of(l->a, repo, str_eq(repo, l->default_repo), ret);
}

/* The address of an upstream that is a registry is that of its chart. */
static void put_place(struct install_view *v, const struct chart_frame *f)
{
	struct str chart = str_base_name(f->from.upstream);
	v->place = v->url = f->from.links_here ? link_helm_repo(f->page.links, f->repo) : f->from.upstream;
	v->oci = oci_is_address(v->url);
	if (!v->oci)
		return;
	v->url = str_first(v->url, v->url.n - chart.n - 1);
	v->place = str_from(v->url, STR("oci://").n);
}

bool install_fill(const struct chart_frame *f, bool private, struct install_view *ret)
{
	struct arena *a = (struct arena *)&f->arena;
	struct links *l = f->page.links;
	*ret = (struct install_view){
		.name = f->name, .version = f->version,
		.library = str_eq(f->entry.meta.type, STR("library")), .private = private,
	};
	put_place(ret, f);
	if (f->row.yanked)
		ret->archive = link_archive_of(l, f->repo, &f->entry);
	return install_alias(l, f->repo, &ret->alias) &&
	       plain_name(a, f->name, '-', RELEASE_NAME_MAX_BYTES, &ret->release) &&
	       plain_name(a, f->name, '_', RELEASE_NAME_MAX_BYTES, &ret->terraform);
}

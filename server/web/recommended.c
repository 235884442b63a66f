/* See recommended.h. */
#include "server/web/recommended.h"

#include "server/route/address.h"

static bool take_segment(struct str *rest, struct str *ret)
{
	*ret = str_cut(rest, '/', NULL);
	return ret->n > 0;
}

/* "https://artifacthub.io/packages/helm/REPO/NAME", or such a page of ours, which has no "helm". */
static bool read_package(struct str url, struct str *ret_repo, struct str *ret_name)
{
	struct str rest = str_cut(&url, '?', NULL), segment;
	rest = str_cut(&rest, '#', NULL);
	do {
		if (!rest.n)
			return false;
		segment = str_cut(&rest, '/', NULL);
	} while (!str_eq(segment, STR("packages")));
	if (!take_segment(&rest, ret_repo))
		return false;
	if (str_eq(*ret_repo, STR("helm")) && !take_segment(&rest, ret_repo))
		return false;
	return take_segment(&rest, ret_name);
}

static bool is_here(struct hub *h, const struct hub_viewer *v, struct str repo, struct str name)
{
	struct hub_chart *c = hub_sees(v, repo) ? hub_chart_get(h, repo, name) : NULL;
	hub_chart_unref(c);
	return c != NULL;
}

static bool fill(struct arena *a, struct links *l, struct hub *h, const struct hub_viewer *v,
                 struct str url, struct recommended *ret)
{
	struct str repo, name;
	if (!arena_str(a, url, &url))
		return false;
	struct str there = link_is_address(url) ? url : STR("");
	*ret = (struct recommended){ url, there, STR("") };
	if (!read_package(url, &repo, &name))
		return true;
	const char *ours = address_repo_of(a, repo);
	if (!ours)
		return false;
	*ret = (struct recommended){ name, there, link_host(there) };
	if (is_here(h, v, str_c(ours), name))
		*ret = (struct recommended){ name, link_chart(l, str_c(ours), name, STR("")), STR("") };
	return true;
}

bool recommended_fill(struct arena *a, struct links *l, struct hub *h, const struct hub_viewer *v,
                      const struct chart_annotations *notes, size_t max, struct recommended *ret,
                      size_t *ret_count)
{
	size_t count = notes->recommendation_count < max ? notes->recommendation_count : max;
	for (size_t i = 0; i < count; i++)
		if (!fill(a, l, h, v, notes->recommendations[i], &ret[i]))
			return false;
	*ret_count = count;
	return true;
}

/* What a bundle's file is called, and the folders in it that are named after repositories. */
#include <stdio.h>

#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/bundle.h"
#include "indexer/format/name.h"

#define FILTER_NAME_BYTES 8            /* hexadecimal digits of a selection's hash */

/* A repository's name as one segment. */
static char *one_segment(struct arena *a, struct str repo)
{
	char *name = arena_dup(a, repo), *slash = name ? strchr(name, '/') : NULL;
	if (slash)
		*slash = '~';
	return name;
}

char *bundle_file_name(struct arena *a, const struct bundle_head *h)
{
	char *repo = one_segment(a, h->repo), part[FILTER_NAME_BYTES + 2] = "", hex[SHA256_HEX_BYTES + 1];
	struct sha256 hash;
	if (!repo || sha256_of(h->filter, &hash, NULL))
		return NULL;
	sha256_hex(&hash, hex);
	if (h->filter.n)
		(void)snprintf(part, sizeof part, "-%.*s", FILTER_NAME_BYTES, hex);
	return arena_printf(a, "%s-%llu-%llu%s.tar", repo, (unsigned long long)h->parent.event,
	                    (unsigned long long)h->own.event, part);
}

/* Without "-0459bdc7", of a selection. */
static size_t without_selection(struct str name, size_t n)
{
	size_t from = n > FILTER_NAME_BYTES ? n - FILTER_NAME_BYTES : 0;
	if (!from || name.p[from - 1] != '-')
		return n;
	for (size_t i = from; i < n; i++)
		if (!memchr("0123456789abcdef", name.p[i], 16))
			return n;
	return from - 1;
}

static bool is_trip_name(struct str name, size_t n)
{
	for (int i = 0; i < 2; i++) {
		size_t end = n;
		while (n && ascii_is_digit(name.p[n - 1]))
			n--;
		if (n == end || !n || name.p[--n] != '-')
			return false;
	}
	return n;
}

bool bundle_is_file_name(struct str name)
{
	size_t n = name.n - STR(".tar").n;
	return str_ends(name, STR(".tar")) &&
	       (is_trip_name(name, n) || is_trip_name(name, without_selection(name, n)));
}

char *bundle_deps_folder(struct arena *a, struct str repo)
{
	char *name = one_segment(a, repo);
	return name ? arena_printf(a, BUNDLE_DEPS "%s/", name) : NULL;
}

bool bundle_deps_repo(struct arena *a, struct str path, struct str *ret_repo, struct str *ret_rest)
{
	bool slash;
	if (!str_starts(path, STR(BUNDLE_DEPS)))
		return false;
	struct str rest = str_from(path, sizeof BUNDLE_DEPS - 1), repo = str_cut(&rest, '/', &slash);
	char *name = slash ? arena_dup(a, repo) : NULL, *tilde = name ? strchr(name, '~') : NULL;
	if (tilde)
		*tilde = '/';
	if (!name || repo_old_name_check(str_c(name), NULL) != OK)
		return false;
	*ret_repo = str_c(name);
	*ret_rest = rest;
	return true;
}

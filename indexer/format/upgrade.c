/* See upgrade.h. Versions are in order, so the first that fits is the newest. */
#include "indexer/format/upgrade.h"

const char *const upgrade_names[UPGRADE_KINDS] = { "none", "patch", "minor", "major" };

bool upgrade_kind_read(struct str name, enum upgrade_kind *ret)
{
	for (enum upgrade_kind k = UPGRADE_PATCH; k < UPGRADE_KINDS; k++)
		if (str_eq_c(name, upgrade_names[k])) {
			*ret = k;
			return true;
		}
	return false;
}

static enum upgrade_kind step(const struct semver *from, const struct semver *to)
{
	if (semver_cmp(to, from) <= 0)
		return UPGRADE_NONE;
	if (to->major != from->major)
		return UPGRADE_MAJOR;
	return to->minor != from->minor ? UPGRADE_MINOR : UPGRADE_PATCH;
}

static bool is_pre(const struct upgrade_offer *from, size_t i)
{
	return from->versions[i].pre.n || (from->prerelease && from->prerelease[i]);
}

static bool counts(const struct upgrade_offer *from, size_t i, bool pre)
{
	return from->versions[i].text.n && (pre || !is_pre(from, i));
}

static const struct semver *first(const struct upgrade_offer *from, bool pre)
{
	for (size_t i = 0; i < from->count; i++)
		if (counts(from, i, pre))
			return &from->versions[i];
	return NULL;
}

static bool uses_pre(const struct upgrade_offer *from, const struct semver *current)
{
	for (size_t i = 0; i < from->count; i++)
		if (from->versions[i].text.n && is_pre(from, i) && semver_cmp(&from->versions[i], current) == 0)
			return true;
	return current->pre.n;
}

static void find_steps(const struct upgrade_offer *from, const struct semver *current, bool pre,
                       struct upgrade *to)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct semver *v = &from->versions[i];
		enum upgrade_kind kind = counts(from, i, pre) ? step(current, v) : UPGRADE_NONE;
		for (enum upgrade_kind k = kind; kind && k < UPGRADE_KINDS; k++)
			if (!to->to[k])
				to->to[k] = v;
		if (to->to[UPGRADE_PATCH] || (v->text.n && semver_cmp(v, current) <= 0))
			break;
	}
	for (enum upgrade_kind k = UPGRADE_PATCH; k < UPGRADE_KINDS && !to->kind; k++)
		if (to->to[k] == to->to[UPGRADE_MAJOR] && to->to[k])
			to->kind = k;
}

void upgrade_find(const struct upgrade_offer *from, struct str current, const struct semver_range *range,
                  struct upgrade *ret)
{
	struct semver now;
	struct upgrade found = { .newest = first(from, false) };
	bool known = semver_parse(current, &now);
	bool pre = !found.newest || (known && semver_cmp(found.newest, &now) <= 0 && uses_pre(from, &now));
	if (pre)
		found.newest = first(from, true);
	if (known)
		find_steps(from, &now, pre, &found);
	found.admitted = found.newest && range && semver_range_has(range, found.newest);
	*ret = found;
}

/* ---- in words ---- */

#define WRITTEN_SHOWN 200            /* bytes of a range in a sentence */

/* The first that the range would admit, were it a release. */
static const struct semver *prerelease_meant(const struct semver_range *range, const struct semver *versions,
                                             size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct semver release = versions[i];
		release.pre = (struct str){ 0 };
		if (versions[i].text.n && versions[i].pre.n && semver_range_has(range, &release))
			return &versions[i];
	}
	return NULL;
}

const char *upgrade_unmet(struct arena *a, struct str name, struct str place, struct str written,
                          const struct semver_range *range, const struct semver *versions, size_t count)
{
	written = str_first(written, WRITTEN_SHOWN);
	const struct semver *pre = range ? prerelease_meant(range, versions, count) : NULL;
	if (!range)
		return arena_printf(a, "\"%.*s\" is no range of versions", STR_ARG(written));
	return arena_printf(a, "no version of %.*s in %.*s satisfies \"%.*s\"%s%.*s%s", STR_ARG(name), STR_ARG(place),
	                    STR_ARG(written), pre ? ": only the pre-release " : "",
	                    STR_ARG(pre ? pre->text : STR("")), pre ? " is there" : "");
}

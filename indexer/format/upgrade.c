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

static bool counts(const struct semver *v, bool pre) { return v->text.n && (pre || !v->pre.n); }

static const struct semver *first(const struct semver *versions, size_t count, bool pre)
{
	for (size_t i = 0; i < count; i++)
		if (counts(&versions[i], pre))
			return &versions[i];
	return NULL;
}

static void find_steps(const struct semver *versions, size_t count, const struct semver *current,
                       bool pre, struct upgrade *to)
{
	for (size_t i = 0; i < count; i++) {
		enum upgrade_kind kind = counts(&versions[i], pre) ? step(current, &versions[i]) : UPGRADE_NONE;
		for (enum upgrade_kind k = kind; kind && k < UPGRADE_KINDS; k++)
			if (!to->to[k])
				to->to[k] = &versions[i];
		if (to->to[UPGRADE_PATCH] || (versions[i].text.n && semver_cmp(&versions[i], current) <= 0))
			break;
	}
	for (enum upgrade_kind k = UPGRADE_PATCH; k < UPGRADE_KINDS && !to->kind; k++)
		if (to->to[k] == to->to[UPGRADE_MAJOR] && to->to[k])
			to->kind = k;
}

void upgrade_find(const struct semver *versions, size_t count, struct str current,
                  const struct semver_range *range, struct upgrade *ret)
{
	struct semver now;
	struct upgrade found = { .newest = first(versions, count, false) };
	bool known = semver_parse(current, &now);
	bool pre = !found.newest || (known && now.pre.n && semver_cmp(found.newest, &now) <= 0);
	if (pre)
		found.newest = first(versions, count, true);
	if (known)
		find_steps(versions, count, &now, pre, &found);
	found.admitted = found.newest && range && semver_range_has(range, found.newest);
	*ret = found;
}

/* See bundle_share.h. At most BUNDLES_KEPT_MAX are kept, so that sums are simply made anew for each question. */
#include "server/api/bundle_share.h"

#include "indexer/base/clock.h"

struct room {
	struct share *list;
	size_t count;
	const struct share *fresh;
	uint64_t free_bytes;             /* when those are gone that go */
	uint64_t share_bytes;
};

struct sum { size_t count; uint64_t bytes; };

/* With the fresh one. `owner` NULL: of all. */
static struct sum sum_of(const struct room *r, const struct str *owner)
{
	bool is_his = !owner || str_eq(r->fresh->owner, *owner);
	struct sum s = { is_his, is_his ? r->fresh->bytes : 0 };
	for (size_t i = 0; i < r->count; i++)
		if (!r->list[i].goes && (!owner || str_eq(r->list[i].owner, *owner))) {
			s.count++;
			s.bytes += r->list[i].bytes;
		}
	return s;
}

static bool fits(const struct room *r)
{
	struct sum all = sum_of(r, NULL);
	return all.count <= BUNDLES_KEPT_MAX && all.bytes <= BUNDLES_KEPT_MAX_BYTES &&
	       r->fresh->bytes <= r->free_bytes / BUNDLES_FREE_SHARE / BUNDLES_MAKERS;
}

/* ---- who gives way ---- */

static bool has_too_much(const struct room *r, struct str owner)
{
	struct sum his = sum_of(r, &owner);
	return his.count > BUNDLES_SHARE_MAX || his.bytes > r->share_bytes;
}

static bool is_nobodys(const struct room *r, const struct share *s)
{
	(void)r;
	return !s->owner.n;
}

static bool is_own_beyond(const struct room *r, const struct share *s)
{
	return str_eq(s->owner, r->fresh->owner) && has_too_much(r, s->owner);
}

/* However large it is, the one that he asked for last is his: he may be in the middle of it. */
static bool is_beyond(const struct room *r, const struct share *s)
{
	bool has_later = false;
	for (const struct share *later = r->list; later < s; later++)
		has_later |= str_eq(later->owner, s->owner);
	return has_later && has_too_much(r, s->owner);
}

static bool is_idle(const struct room *r, const struct share *s)
{
	return s->used_ns < r->fresh->used_ns - BUNDLES_IDLE_SECONDS * NS_PER_SECOND;
}

static bool (*const order[])(const struct room *r, const struct share *s) = {
	is_nobodys, is_own_beyond, is_beyond, is_idle,
};

bool shares_fit(struct share *list, size_t count, const struct share *fresh, uint64_t free_bytes)
{
	struct room r = { list, count, fresh, free_bytes, BUNDLES_SHARE_MAX_BYTES };
	uint64_t disk = (sum_of(&r, NULL).bytes - fresh->bytes + free_bytes) / BUNDLES_FREE_SHARE / BUNDLES_SHARES;
	if (disk < r.share_bytes)
		r.share_bytes = disk;
	for (size_t kind = 0; kind < sizeof order / sizeof *order; kind++)
		for (size_t i = count; i-- > 0 && !fits(&r);) {
			if (list[i].stays || list[i].goes || !order[kind](&r, &list[i]))
				continue;
			list[i].goes = true;
			r.free_bytes += list[i].bytes;
		}
	return fits(&r);
}

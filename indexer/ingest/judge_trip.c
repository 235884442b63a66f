/* Whether a bundle's trip is the one that is expected: by the rows alone, so it is the same when it is staged
 * and for the writer, before whom another one may have come.                                 */
#include "indexer/base/auto.h"
#include "indexer/ingest/bundle_change.h"

static enum err stands(enum bundle_standing is, enum bundle_standing *ret)
{
	*ret = is;
	return OK;
}

/* Nothing came under this name. What did under another may be the same repository before it was renamed. */
static enum err needs_first(struct catalog *c, struct arena *a, const struct trip_row *trip,
                            const struct sha256 *leaf, struct errinfo *why, struct errinfo *e)
{
	const struct trip_row parent = { .instance = trip->instance, .event = trip->parent, .leaf = *leaf };
	unsigned long long event = trip->parent;
	struct trip_row same;
	enum err err = catalog_trip_like(c, a, &parent, &same, e);
	if (err && err != ERR_NOT_FOUND)
		return err;
	if (err)
		(void)ERR(why, INVALID, "needs trip %llu, has 0: carry that one too, or make a whole one, without "
		          "--parent and --inventory", event);
	else
		(void)ERR(why, INVALID, "needs trip %llu, has 0; it came here as \"%.*s\": if that was renamed there, "
		          "rename it here too: chartlocker repo rename %.*s %.*s", event, STR_ARG(same.bundle),
		          STR_ARG(same.bundle), STR_ARG(trip->bundle));
	return OK;
}

/* Of the parent: this bundle tells what changed since then. */
static enum err find_parent(struct catalog *c, struct arena *a, const struct trip_row *trip,
                            const struct sha256 *leaf, uint64_t last, enum bundle_standing *ret,
                            struct errinfo *why, struct errinfo *e)
{
	struct trip_row parent;
	if (!trip->parent)
		return stands(STANDING_FITS, ret);
	enum err err = catalog_trip(c, a, trip->bundle, trip->parent, &parent, e);
	if (!err && sha256_eq(&parent.leaf, leaf))
		return stands(STANDING_FITS, ret);
	if (!err) {
		(void)ERR(why, INVALID, "its trip %llu is not the one that came here: the log there was changed",
		          (unsigned long long)trip->parent);
		return stands(STANDING_OTHER, ret);
	}
	if (err != ERR_NOT_FOUND)
		return err;
	err = OK;
	if (!last)
		err = needs_first(c, a, trip, leaf, why, e);
	else if (trip->parent < last)
		(void)ERR(why, INVALID, "it tells what came after event %llu, and no trip that is here ended there: "
		          "make it with --parent %llu", (unsigned long long)trip->parent, (unsigned long long)last);
	else
		(void)ERR(why, INVALID, "needs trip %llu, has %llu: carry that one too, or make it with --parent "
		          "%llu", (unsigned long long)trip->parent, (unsigned long long)last,
		          (unsigned long long)last);
	return err ? err : stands(STANDING_NEEDS, ret);
}

static enum err compare_last(struct catalog *c, struct arena *a, const struct trip_row *trip,
                             const struct sha256 *leaf, const struct trip_row *last,
                             enum bundle_standing *ret, struct errinfo *why, struct errinfo *e)
{
	struct trip_row same;
	unsigned long long own = trip->event, has = last->event;
	if (!str_eq(trip->instance, last->instance)) {
		(void)ERR(why, INVALID, "it is of another place: trips of \"%.*s\" came from %.*s, and this one is "
		          "from %.*s; to have both, rename the repository here", STR_ARG(trip->bundle),
		          STR_ARG(last->instance), STR_ARG(trip->instance));
		return stands(STANDING_OTHER, ret);
	}
	enum err err = catalog_trip(c, a, trip->bundle, trip->event, &same, e);
	if (err && err != ERR_NOT_FOUND)
		return err;
	if (!err && !sha256_eq(&same.leaf, &trip->leaf)) {
		(void)ERR(why, INVALID, "trip %llu is here, and was another one: the log there was changed", own);
		return stands(STANDING_OTHER, ret);
	}
	/* Made with an inventory when nothing was new there, it has what is missing here. */
	if (!err && own == has && trip->parent < own && str_eq(same.filter, trip->filter)) {
		(void)ERR(why, INVALID, "trip %llu is here already", own);
		return stands(STANDING_HERE, ret);
	}
	if (own < has) {
		(void)ERR(why, INVALID, "trip %llu is older than what is here, which is trip %llu (--force-older "
		          "takes it)", own, has);
		return stands(STANDING_OLDER, ret);
	}
	return find_parent(c, a, trip, leaf, last->event, ret, why, e);
}

enum err bundle_judge_trip(struct catalog *c, struct arena *a, const struct trip_row *trip,
                           const struct sha256 *parent, enum bundle_standing *ret, struct errinfo *why,
                           struct errinfo *e)
{
	struct trip_row last;
	enum err err = catalog_trip_last(c, a, trip->bundle, &last, e);
	if (err == ERR_NOT_FOUND)
		return find_parent(c, a, trip, parent, 0, ret, why, e);
	return err ? err : compare_last(c, a, trip, parent, &last, ret, why, e);
}

enum err bundle_trip_fits(struct catalog *c, const struct trip_row *trip, const struct sha256 *parent,
                          bool force_older, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	enum bundle_standing standing;
	struct errinfo why = { 0 };
	enum err err = bundle_judge_trip(c, &a, trip, parent, &standing, &why, e);
	if (!err && force_older && (standing == STANDING_HERE || standing == STANDING_OLDER))
		err = find_parent(c, &a, trip, parent, 0, &standing, &why, e);
	if (err || standing == STANDING_FITS)
		return err;
	return err_set(e, why.code, "%s", why.detail);
}

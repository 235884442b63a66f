/* CHANGE_BUNDLE: all versions of a staged bundle, of one repository and of those that came for its sake,
 * in one transaction.
 *
 * The writer looks at the trip again, for another one may have come since it was staged. Then it walks the
 * items; each becomes what an upload, a yank, a deletion or a purge would be. It is judged again by the rows
 * as they are then: an item that is refused takes the whole bundle back. Files are linked from the folder
 * where they are staged under their digests, which are trusted: whoever staged them has compared them. */
#pragma once

#include "indexer/ingest/bundle_version.h"
#include "indexer/ingest/ingest.h"
#include "indexer/store/catalog.h"
#include "indexer/store/trips.h"

/* What becomes of an item. KEPT: it is here as it should be. REPLACED: it is here with other bytes, and the
 * repository's setting overwrite lets them go. LEFT: it is to be had there, and was deleted or yanked here, by
 * somebody of this side. RESERVED: its name is, of something that was gone before it ever came. REFUSED:
 * nothing of the bundle is taken.                                                             */
enum bundle_fate {
	FATE_KEPT, FATE_ADDED, FATE_REPLACED, FATE_RESTORED, FATE_CHANGED, FATE_YANKED, FATE_SHOWN, FATE_REMOVED,
	FATE_PURGED, FATE_LEFT_DELETED, FATE_LEFT_YANKED, FATE_RESERVED, FATE_REFUSED,
	FATE_COUNT
};
const char *bundle_fate_word(enum bundle_fate fate);     /* "left_deleted"; static */

struct bundle_verdict {
	enum bundle_fate fate;
	bool puts;                       /* its archive is needed */
	bool yanks, shows, removes, purges, lists;      /* steps after that */
	int64_t versions, bytes;         /* by how much the repository grows */
	struct errinfo why;              /* REFUSED */
};
/* By the rows alone. `repo_id` 0: there is no such repository yet; `overwrite`: its setting. */
NODISCARD enum err bundle_judge_item(struct catalog *c, int64_t repo_id, bool overwrite,
                                     const struct bundle_version *item, struct bundle_verdict *ret,
                                     struct errinfo *e);

/* Whether it was deleted or purged here, and not by a trip: then it stays so, and its files are not wanted. */
NODISCARD enum err bundle_stays_deleted(struct catalog *c, const struct version_row *row, bool *ret,
                                        struct errinfo *e);

/* The writer asks these as well. Whether a stored verdict is this word. */
bool signature_says(struct str signature, const char *word);
/* QUOTA: a repository that would hold so much may hold less (0: any). */
NODISCARD enum err quota_check(struct str repo, struct repo_usage would, struct repo_usage most,
                               struct errinfo *e);

/* How a trip stands to what is here. HERE: it is the last one, of the same selection, and brings events. */
enum bundle_standing { STANDING_FITS, STANDING_HERE, STANDING_OLDER, STANDING_NEEDS, STANDING_OTHER };
/* Of trip's bundle, instance, event, leaf and parent; `parent` is that event's leaf. *why says what is wrong,
 * unless it fits.                                                                             */
NODISCARD enum err bundle_judge_trip(struct catalog *c, struct arena *a, const struct trip_row *trip,
                                     const struct sha256 *parent, enum bundle_standing *ret,
                                     struct errinfo *why, struct errinfo *e);
/* INVALID with that. `force_older`: it may be here, or older. */
NODISCARD enum err bundle_trip_fits(struct catalog *c, const struct trip_row *trip,
                                    const struct sha256 *parent, bool force_older, struct errinfo *e);

struct bundle_repo {                 /* a repository of it, the bundle's own one first */
	struct str name;
	struct str settings;             /* known_as alone: when it has to be made, or is known by nothing; a
	                                    JSON object; may be empty */
	struct trip_row trip;
};

/* Of a version that is removed or purged (both STEP_NONE), or was replaced. */
struct bundle_end {
	struct bundle_end *following;
	struct repository *repo;
	uint64_t event;
	enum change_step step, prov_step;        /* STEP_REPLACES: the file waits to be renamed */
	struct sha256 digest, prov_digest;
	bool purged;                     /* nothing of it is kept */
	char file[];
};

struct bundle_change {
	/* Calls `visit` for every item, always in the same order: one repository after the other. May be
	 * asked several times.                                                               */
	enum err (*each)(void *ctx, bundle_visit_version *visit, void *visit_ctx, struct errinfo *e);
	void *ctx;
	int staged;                      /* the folder with the files */
	uint64_t items;                  /* how many there are */
	struct sha256 parent_leaf;       /* of the event that repos[0].trip.parent is */
	bool force_older;                /* that trip may be here, or older */
	const struct bundle_repo *repos;
	size_t repo_count;

	uint64_t fates[FATE_COUNT];      /* the outcome */

	/* The writer's own: what is left to do after the commit. */
	struct arena arena;
	struct bundle_end *ends;
};
void bundle_change_done(struct bundle_change *x);

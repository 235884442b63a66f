/* What a bundle tells of a version: a line of its versions.jsonl (bundle/bundle.h). An item of the change that
 * takes it in (bundle_change.h).                                                              */
#pragma once

#include <stdint.h>

#include "indexer/base/hash.h"
#include "indexer/base/str.h"

/* From DELETED on it is gone. */
enum bundle_version_state { BUNDLE_LIVE, BUNDLE_YANKED, BUNDLE_DELETED, BUNDLE_PURGED };

struct bundle_version {
	struct str repo, chart, version, file;   /* checked names */
	enum bundle_version_state state;
	struct sha256 digest;
	uint64_t bytes;                  /* gone: 0 */
	int64_t created_ns;
	uint64_t event;                  /* of its publish */
	bool has_prov;
	struct sha256 prov_digest;
	struct str signature;            /* canonical JSON of the provenance verdict there; may be empty */
	struct str reason;               /* YANKED or gone; may be empty */
	struct str origin;               /* URL of the upstream it came from; may be empty */
	struct str known_as;             /* addresses of its repository outside, as the setting has them; the
	                                    first line of a repository alone has it; may be empty */
	struct str line;                 /* its line in the index, JSON; gone: empty */
	bool has_images;
	struct str images;               /* a pushed list of images, as in struct version_row */
};

static inline bool bundle_version_is_gone(const struct bundle_version *v)
{
	return v->state >= BUNDLE_DELETED;
}

/* Borrowed during the call. */
typedef enum err bundle_visit_version(void *ctx, const struct bundle_version *v, struct errinfo *e);

/* A version of a chart that an address names, with all that the catalog knows of it: for its pages and
 * for the API alike.
 *
 *     AUTO_CHART_VERSION struct chart_version v = { 0 };
 *     err = chart_version_open(c, &arena, c->version, &v, e);
 *     … v.entry.meta, v.contents->chart …
 *
 * The address names no version, "latest" or one that is in the index or was yanked; NOT_FOUND says
 * which ones are near. Only for answers of a worker: opening may read an archive.             */
#pragma once

#include "indexer/hub/contents.h"
#include "indexer/store/catalog.h"
#include "server/route/app.h"

struct chart_version {
	struct hub *hub;
	struct str repo, name, version;
	bool shown;                      /* no version was asked for: it is the one that is shown, of a page also
	                                    the newest yanked one where there is no other      */
	struct hub_versions versions;    /* in the index, the newest first; maybe none */
	size_t position;                 /* of this one; versions.count: it is yanked */
	struct version_row row;
	struct index_entry entry;
	struct contents *contents;       /* NULL: its archive cannot be read, for this reason: */
	struct str unreadable;
	struct str newer;                /* a stable version that is newer; empty: none */
	enum hub_origin origin;
	int64_t gone_ns;                 /* since when its upstream has it no more; 0: it has, or is none */
	struct str taken_back;           /* it has, but this is why it is not taken any more; or empty */
	int64_t drift_ns;                /* since when its upstream promises other bytes; 0: it does not */
	struct sha256 drift;             /* these; row.digest are the first ones */
};

/* Of the repository and the chart of the call, of a virtual one the member's (member_of). Texts are in the arena
 * or borrow from what done gives back. NOT_FOUND, REPO_NOT_FOUND.                                                            */
NODISCARD enum err chart_version_open(struct call *c, struct arena *a, struct str version,
                                      struct chart_version *ret, struct errinfo *e);
void chart_version_done(struct chart_version *v);        /* also of a zeroed one */
#define AUTO_CHART_VERSION __attribute__((cleanup(chart_version_done)))

/* ---- {any} at the end of an address ---- */

NODISCARD enum err address_end(struct call *c, struct str *ret, struct errinfo *e);
/* "A...B" there. NOT_FOUND: it is something else. */
struct version_pair { struct str from, to; };
NODISCARD enum err address_pair(struct call *c, struct version_pair *ret, struct errinfo *e);

/* ---- all versions ---- */

/* One that can be downloaded: in the index, yanked, or damaged while it was in the index. */
struct chart_line {
	struct str version, line;        /* line: of the index */
	struct str reason;               /* why it was yanked */
	struct sha256 digest;
	int64_t created_ns, gone_ns, drift_ns;       /* the last two: as above */
	uint64_t bytes, pulls;           /* pulls: of all days */
	struct str verdict;              /* version_verdict */
	bool has_provenance, yanked, damaged;
};
struct chart_lines { struct chart_line *list; size_t count; };

/* The newest first, in the order of the index. In the arena. REPO_NOT_FOUND; none is no error. */
NODISCARD enum err chart_lines_read(struct call *c, struct arena *a, struct str repo, struct str name,
                                    struct chart_lines *ret, struct errinfo *e);
/* <0 when a comes first. */
int chart_line_cmp(const struct chart_line *a, const struct chart_line *b);

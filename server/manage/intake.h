/* A chart on its way into a repository: its bytes become an unnamed file while they are hashed, a
 * provenance file is small and stays in memory; both become one change. For the API and for pages.
 *
 *     intake_slot_take     one of uploads.max, for a request
 *     intake_init
 *     intake_chart         what comes now is the archive; or
 *     intake_prov          … the provenance file
 *     intake_take          for each piece of it
 *     intake_change        fills x->change, which the caller submits (ingest_submit)
 *     intake_done
 *     intake_slot_free     before the answer goes out: who has it may send the next upload at once
 */
#pragma once

#include "server/route/app.h"

struct intake {
	struct change change;
	struct fs_tmp tmp;
	struct sha256_stream *hash;
	uint64_t bytes;                  /* of the archive */
	struct sbuf prov;
	enum intake_part { INTAKE_NONE, INTAKE_CHART, INTAKE_PROV } part;        /* what comes now */
	bool has_chart, has_prov;
};

/* BUSY: as many uploads run as may. *slot says whether there is one to be given back. */
NODISCARD enum err intake_slot_take(const struct app *app, bool *slot, struct errinfo *e);
void intake_slot_free(const struct app *app, bool *slot);

void intake_init(struct intake *x);
NODISCARD enum err intake_chart(struct intake *x, const struct app *app, struct errinfo *e);
void intake_prov(struct intake *x);
/* Pieces of what is neither are dropped. TOO_LARGE: the provenance file. */
NODISCARD enum err intake_take(struct intake *x, struct str piece, struct errinfo *e);
/* A change of c->repo, which has taken the file over: what is there, checked for being something.
 * ARCHIVE, PROVENANCE.                                                                       */
NODISCARD enum err intake_change(struct call *c, struct intake *x, struct errinfo *e);
void intake_done(struct intake *x);

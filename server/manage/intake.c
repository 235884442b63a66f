/* See intake.h. The name in the archive decides where it is stored, never the client's. */
#include "server/manage/intake.h"

/* ---- slots ---- */

void intake_slot_free(const struct app *app, bool *slot)
{
	if (*slot)
		atomic_fetch_sub(app->uploads, 1);
	*slot = false;
}

enum err intake_slot_take(const struct app *app, bool *slot, struct errinfo *e)
{
	*slot = true;
	if (atomic_fetch_add(app->uploads, 1) < app->uploads_max)
		return OK;
	intake_slot_free(app, slot);
	return ERR(e, BUSY, "%u uploads are running; try again in a moment", app->uploads_max);
}

/* ---- receiving ---- */

void intake_init(struct intake *x)
{
	*x = (struct intake){ .tmp.fd = -1, .prov = sbuf_make(PROVENANCE_MAX_BYTES) };
	change_init(&x->change, CHANGE_PUBLISH);
}

enum err intake_chart(struct intake *x, const struct app *app, struct errinfo *e)
{
	x->part = INTAKE_CHART;
	x->has_chart = true;
	x->hash = sha256_new();
	if (!x->hash)
		return ERR(e, NOMEM, "hash");
	return datadir_tmp(ingest_datadir(app->ingest), &x->tmp, e);
}

void intake_prov(struct intake *x)
{
	x->part = INTAKE_PROV;
	x->has_prov = true;
}

enum err intake_take(struct intake *x, struct str piece, struct errinfo *e)
{
	if (x->part == INTAKE_CHART) {
		if (!sha256_add(x->hash, piece))
			return ERR(e, NOMEM, "hash");
		enum err err = fs_pwrite(x->tmp.fd, piece, x->bytes, e);
		x->bytes += piece.n;
		return err;
	}
	if (x->part == INTAKE_PROV) {
		if (x->prov.n + piece.n > PROVENANCE_MAX_BYTES)
			return ERR(e, TOO_LARGE, "the provenance file is larger than %u bytes",
			           PROVENANCE_MAX_BYTES);
		sbuf_put(&x->prov, piece);
		return sbuf_ok(&x->prov) ? OK : ERR(e, NOMEM, "provenance file");
	}
	return OK;
}

void intake_done(struct intake *x)
{
	fs_tmp_close(&x->tmp);
	sha256_free(x->hash);
	sbuf_done(&x->prov);
	change_done(&x->change);
}

/* ---- what it becomes ---- */

enum err intake_change(struct call *c, struct intake *x, struct errinfo *e)
{
	struct change *change = &x->change;
	change->kind = x->has_chart ? CHANGE_PUBLISH : CHANGE_PROV;
	if (x->has_chart && !x->bytes)
		return ERR(e, ARCHIVE, "EOF: the upload is empty");
	if (x->has_prov && !x->prov.n)
		return ERR(e, PROVENANCE, "invalid provenance file: it is empty");
	if (x->has_chart && !sha256_end(x->hash, &change->received))
		return ERR(e, NOMEM, "hash");
	change->has_received = x->has_chart;
	change->repo = c->repo;
	change->tgz = x->tmp;
	x->tmp.fd = -1;
	change->prov = sbuf_str(&x->prov);
	change->force = c->app->overwrite_always;
	change->create_repo = c->app->create_on_push;
	call_change(c, change);
	return OK;
}

/* The audit log's row of a change, in the change's own transaction: nothing happens without its row,
 * and no row tells what did not happen.                                                       */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/ingest/batch.h"
#include "indexer/store/accounts.h"

void change_object(const struct change *c, struct sbuf *to)
{
	struct str file = c->result.file.n ? c->result.file : c->file.n ? c->file : c->expect_file;
	sbuf_put(to, c->repo);
	if (c->kind == CHANGE_REPO_RENAME) {
		sbuf_puts(to, " to ");
		sbuf_put(to, c->to);
	}
	if (!file.n)
		return;
	sbuf_putc(to, '/');
	sbuf_put(to, file);
}

enum err audit_change(struct batch *b, struct change *c)
{
	struct audit_note *note = c->note;
	AUTO_SBUF struct sbuf object = sbuf_make(AUDIT_OBJECT_MAX_BYTES);
	if (!note || c->dry_run || c->result.existing)
		return OK;
	if (note->object.n)
		sbuf_put(&object, note->object);
	else
		change_object(c, &object);
	if (!sbuf_ok(&object))
		return ERR(&c->error, NOMEM, "audit log");
	struct audit_row row = {
		.at_ns = clock_wall(), .actor = c->actor.n ? c->actor : STR("anonymous"),
		.name = note->name, .remote = note->remote, .request = note->request,
		.action = note->action, .object = sbuf_str(&object), .verdict = STR("ok"),
		.event = c->result.event,
	};
	enum err err = catalog_audit_append(b->g->catalog, &row, &c->error);
	atomic_store(&note->written, !err);
	return err;
}

void audit_forget(struct change *c)
{
	if (c->note)
		atomic_store(&c->note->written, false);
}

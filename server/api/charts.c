/* DELETE of a version. As in ChartMuseum it goes by file name: "<name>-<version>.tgz" decides, so
 * mychart2-0.1.0-SNAPSHOT/1 deletes version 0.1.0-SNAPSHOT-1 of mychart2.                     */
#include "server/api/charts.h"

#include "server/api/upload.h"

static void deleted(struct change *change) { answer_change(change->ctx, change, 200); }

void charts_delete_end(struct call *c)
{
	if (c->data)
		change_done(c->data);
}

enum err charts_delete(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	struct change *change = ARENA_NEW(&c->r->arena, struct change);
	const char *file = arena_printf(&c->r->arena, "%.*s-%.*s.tgz", STR_ARG(c->name),
	                                STR_ARG(c->version));
	if (!change || !file)
		return ERR(e, NOMEM, "request");
	change_init(change, CHANGE_DELETE);
	change->repo = c->repo;
	change->file = str_c(file);
	change->dry_run = query_is_on(&c->query, "dry_run");
	change->done = deleted;
	call_change(c, change);
	c->data = change;
	enum err later = call_later(c);
	ingest_submit(c->app->ingest, change);
	return later;
}

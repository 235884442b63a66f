/* Rows of the audit log: appended, read in their order, and gone when they are too old. */
#include <sqlite3.h>

#include "indexer/store/accounts.h"
#include "indexer/store/sql.h"

enum err catalog_audit_append(struct catalog *c, struct audit_row *row, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_AUDIT_INSERT);
	sql_bind_int(&q, "@at", row->at_ns);
	sql_bind_text(&q, "@actor", row->actor);
	sql_bind_text(&q, "@name", row->name);
	sql_bind_text(&q, "@remote", row->remote);
	sql_bind_text(&q, "@request", row->request);
	sql_bind_text(&q, "@action", row->action);
	sql_bind_text(&q, "@object", row->object);
	sql_bind_text(&q, "@verdict", row->verdict);
	sql_bind_int(&q, "@event", (int64_t)row->event);
	enum err err = sql_run(&q, e);
	if (!err)
		row->id = sqlite3_last_insert_rowid(c->db);
	return err;
}

enum err catalog_audit_each(struct catalog *c, int64_t since, uint64_t max,
                            catalog_visit_audit *each, void *ctx, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_AUDIT_SINCE);
	sql_bind_int(&q, "@since", since);
	sql_bind_most(&q, "@max", max);
	enum err err = OK;
	while (sql_next(&q, &err, e)) {
		const struct audit_row row = {
			.id = sql_int(&q, 0), .at_ns = sql_int(&q, 1), .actor = sql_text(&q, 2),
			.name = sql_text(&q, 3), .remote = sql_text(&q, 4), .request = sql_text(&q, 5),
			.action = sql_text(&q, 6), .object = sql_text(&q, 7), .verdict = sql_text(&q, 8),
			.event = (uint64_t)sql_int(&q, 9),
		};
		err = each(ctx, &row, e);
	}
	return err;
}

enum err catalog_audit_trim(struct catalog *c, int64_t before_ns, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_AUDIT_TRIM);
	sql_bind_int(&q, "@before", before_ns);
	return sql_run(&q, e);
}

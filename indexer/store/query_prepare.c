/* The rules that a statement must keep to be prepared. */
#include "indexer/store/queries.h"

#include <sqlite3.h>
#include <string.h>

#include "indexer/store/sql.h"

static const char *broken_rule(struct sqlite3_stmt *st, const struct query_text *text,
                               const char *rest)
{
	if (!st)
		return "is empty";
	if (rest[strspn(rest, " \t\n;")])
		return "is followed by other text";
	if ((sqlite3_stmt_readonly(st) != 0) != (text->kind == QUERY_READ))
		return "reads or writes against its mark";
	for (int i = 1; i <= sqlite3_bind_parameter_count(st); i++) {
		const char *name = sqlite3_bind_parameter_name(st, i);
		if (!name || name[0] != '@')
			return "has a parameter without a name";
	}
	return NULL;
}

enum err query_error(struct sqlite3 *db, int rc, struct errinfo *e)
{
	if (rc == SQLITE_ERROR)
		return ERR(e, CORRUPT, "%s does not have the tables it should: %s", sql_file(db),
		           sqlite3_errmsg(db));
	return sql_error(db, rc, e);
}

enum err query_prepare(struct sqlite3 *db, const struct query_text *text,
                       struct sqlite3_stmt **ret, struct errinfo *e)
{
	const char *rest = NULL;
	*ret = NULL;
	int rc = sqlite3_prepare_v3(db, text->sql, -1, SQLITE_PREPARE_PERSISTENT, ret, &rest);
	if (rc)
		return query_error(db, rc, e);
	const char *rule = broken_rule(*ret, text, rest);
	if (!rule)
		return OK;
	(void)sqlite3_finalize(*ret);
	*ret = NULL;
	return ERR(e, BUG, "statement %s: %.200s", rule, text->sql);
}

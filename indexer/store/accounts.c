/* Rows of people and their tokens; audit.c has the audit log. */
#include "indexer/store/accounts.h"

#include <sqlite3.h>

#include "indexer/store/sql.h"

/* ---- accounts ---- */

static enum err account_read(const struct sql *q, struct arena *a, void *row, struct errinfo *e)
{
	struct account_row *ret = row;
	*ret = (struct account_row){
		.id = sql_int(q, 0), .disabled = sql_int(q, 4) != 0, .declared = sql_int(q, 5) != 0,
		.created_ns = sql_int(q, 6),
	};
	if (!arena_str(a, sql_text(q, 1), &ret->name) ||
	    !arena_str(a, sql_text(q, 2), &ret->password) ||
	    !arena_str(a, sql_text(q, 3), &ret->roles))
		return ERR(e, NOMEM, "accounts");
	return OK;
}

static const struct sql_list accounts = {
	QUERY_ACCOUNTS, "accounts", sizeof(struct account_row), account_read,
};

enum err catalog_accounts(struct catalog *c, struct arena *a, struct account_row **ret,
                          size_t *ret_count, struct errinfo *e)
{
	void *rows;
	enum err err = sql_list(c, &accounts, a, &rows, ret_count, e);
	if (!err)
		*ret = rows;
	return err;
}

/* Runs an insert or an update. *ret_id becomes the new row's where it was 0. */
static enum err put(struct sql *q, int64_t *ret_id, struct str name, const char *what,
                    struct errinfo *e)
{
	enum err err = sql_run(q, e);
	if (err && sqlite3_extended_errcode(q->c->db) == SQLITE_CONSTRAINT_UNIQUE)
		return ERR(e, EXISTS, "there is a %s \"%.*s\" already", what, STR_ARG(name));
	if (err && sqlite3_extended_errcode(q->c->db) == SQLITE_CONSTRAINT_FOREIGNKEY)
		return ERR(e, NOT_FOUND, "the account of %s \"%.*s\" does not exist", what, STR_ARG(name));
	if (!err && *ret_id && sqlite3_changes(q->c->db) == 0)
		return ERR(e, NOT_FOUND, "there is no %s \"%.*s\"", what, STR_ARG(name));
	if (!err && !*ret_id)
		*ret_id = sqlite3_last_insert_rowid(q->c->db);
	return err;
}

enum err catalog_account_put(struct catalog *c, struct account_row *row, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, row->id ? QUERY_ACCOUNT_UPDATE : QUERY_ACCOUNT_INSERT);
	if (row->id) {
		sql_bind_int(&q, "@id", row->id);
	} else {
		sql_bind_text(&q, "@name", row->name);
		sql_bind_int(&q, "@created", row->created_ns);
	}
	sql_bind_text(&q, "@password", row->password);
	sql_bind_text(&q, "@roles", row->roles);
	sql_bind_int(&q, "@disabled", row->disabled);
	sql_bind_int(&q, "@declared", row->declared);
	return put(&q, &row->id, row->name, "user", e);
}

/* Of the row with an id; `what` it is says the error. */
static enum err run_on(struct sql *q, int64_t id, const char *what, struct errinfo *e)
{
	sql_bind_int(q, "@id", id);
	enum err err = sql_run(q, e);
	if (!err && sqlite3_changes(q->c->db) == 0)
		return ERR(e, NOT_FOUND, "there is no such %s", what);
	return err;
}

enum err catalog_account_remove(struct catalog *c, int64_t id, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_ACCOUNT_REMOVE);
	return run_on(&q, id, "user", e);
}

/* ---- tokens ---- */

static enum err token_read(const struct sql *q, struct arena *a, void *row, struct errinfo *e)
{
	struct token_row *ret = row;
	*ret = (struct token_row){
		.id = sql_int(q, 0), .account_id = sql_int(q, 3), .declared = sql_int(q, 5) != 0,
		.created_ns = sql_int(q, 6), .expires_ns = sql_int(q, 7), .last_used_ns = sql_int(q, 8),
	};
	if (!arena_str(a, sql_text(q, 1), &ret->name) || !arena_str(a, sql_text(q, 4), &ret->roles))
		return ERR(e, NOMEM, "tokens");
	return sql_hash(q, 2, &ret->digest, e);
}

static const struct sql_list tokens = {
	QUERY_TOKENS, "tokens", sizeof(struct token_row), token_read,
};

enum err catalog_tokens(struct catalog *c, struct arena *a, struct token_row **ret,
                        size_t *ret_count, struct errinfo *e)
{
	void *rows;
	enum err err = sql_list(c, &tokens, a, &rows, ret_count, e);
	if (!err)
		*ret = rows;
	return err;
}

enum err catalog_token_put(struct catalog *c, struct token_row *row, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, row->id ? QUERY_TOKEN_UPDATE : QUERY_TOKEN_INSERT);
	if (row->id) {
		sql_bind_int(&q, "@id", row->id);
	} else {
		sql_bind_text(&q, "@name", row->name);
		sql_bind_int(&q, "@created", row->created_ns);
	}
	sql_bind_hash(&q, "@digest", &row->digest);
	sql_bind_int(&q, "@account", row->account_id);
	sql_bind_text(&q, "@roles", row->roles);
	sql_bind_int(&q, "@declared", row->declared);
	sql_bind_int(&q, "@expires", row->expires_ns);
	sql_bind_int(&q, "@used", row->last_used_ns);
	return put(&q, &row->id, row->name, "token", e);
}

enum err catalog_token_remove(struct catalog *c, int64_t id, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_TOKEN_REMOVE);
	return run_on(&q, id, "token", e);
}

enum err catalog_token_used(struct catalog *c, int64_t id, int64_t at_ns, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_TOKEN_USED);
	sql_bind_int(&q, "@at", at_ns);
	return run_on(&q, id, "token", e);
}

enum err catalog_people_ever(struct catalog *c, bool *ret, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_PEOPLE_EVER);
	return sql_step(&q, ret, e);
}

/* People, tokens and the audit log as rows. */
#include "buffer.h"
#include "store_fixture.h"

#include "indexer/store/accounts.h"

static void begin(struct fixture *f)
{
	open_all(f);
	assert_ok(f, catalog_begin(f->c, &f->e));
}

static int64_t add_account(struct fixture *f, const char *name)
{
	struct account_row row = { .name = str_c(name), .password = STR("scrypt$1"),
	                           .roles = STR("pull:*\npush:a"), .created_ns = 7 };
	assert_ok(f, catalog_account_put(f->c, &row, &f->e));
	return row.id;
}

static enum err put_token(struct fixture *f, const char *name, int64_t account, int64_t *ret_id)
{
	struct token_row row = { .name = str_c(name), .account_id = account, .roles = STR("push:a:b*"),
	                         .created_ns = 8, .expires_ns = 9 };
	enum err err = sha256_of(str_c(name), &row.digest, &f->e);
	if (!err)
		err = catalog_token_put(f->c, &row, &f->e);
	*ret_id = row.id;
	return err;
}

static int64_t add_token(struct fixture *f, const char *name, int64_t account)
{
	int64_t id;
	assert_ok(f, put_token(f, name, account, &id));
	return id;
}

static size_t accounts(struct fixture *f, struct arena *a, struct account_row **ret)
{
	size_t count = 99;
	assert_ok(f, catalog_accounts(f->c, a, ret, &count, &f->e));
	return count;
}

static size_t tokens(struct fixture *f, struct arena *a, struct token_row **ret)
{
	size_t count = 99;
	assert_ok(f, catalog_tokens(f->c, a, ret, &count, &f->e));
	return count;
}

static void assert_text(struct str got, const char *wanted)
{
	if (!str_eq_c(got, wanted))
		fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(got), wanted);
}

static void t_accounts_are_kept(void **state)
{
	struct fixture *f = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct account_row *rows;
	begin(f);
	int64_t bob = add_account(f, "bob"), alice = add_account(f, "alice");
	assert_int_equal(accounts(f, &a, &rows), 2);
	assert_text(rows[0].name, "alice");
	assert_text(rows[1].name, "bob");
	assert_int_equal(rows[0].id, alice);
	assert_int_equal(rows[1].id, bob);
	assert_text(rows[1].roles, "pull:*\npush:a");
	assert_text(rows[1].password, "scrypt$1");
	assert_int_equal(rows[1].created_ns, 7);
	assert_false(rows[1].disabled || rows[1].declared);

	rows[1].roles = STR("");
	rows[1].password = STR("");
	rows[1].disabled = rows[1].declared = true;
	rows[1].created_ns = 1000;
	assert_ok(f, catalog_account_put(f->c, &rows[1], &f->e));
	assert_int_equal(accounts(f, &a, &rows), 2);
	assert_text(rows[1].roles, "");
	assert_text(rows[1].password, "");
	assert_true(rows[1].disabled && rows[1].declared);
	assert_int_equal(rows[1].created_ns, 7);
}

static void t_names_are_taken_once(void **state)
{
	struct fixture *f = *state;
	struct account_row row = { .name = STR("alice") };
	int64_t id;
	begin(f);
	(void)add_account(f, "alice");
	assert_err(f, EXISTS, catalog_account_put(f->c, &row, &f->e));
	assert_int_equal(row.id, 0);
	assert_non_null(strstr(f->e.detail, "alice"));
	(void)add_token(f, "ci", 0);
	assert_err(f, EXISTS, put_token(f, "ci", 0, &id));
}

/* The log names people by their ids. */
static void t_ids_are_never_used_twice(void **state)
{
	struct fixture *f = *state;
	begin(f);
	bool ever = true;
	assert_ok(f, catalog_people_ever(f->c, &ever, &f->e));
	assert_false(ever);
	int64_t first = add_account(f, "alice"), token = add_token(f, "ci", 0);
	assert_ok(f, catalog_account_remove(f->c, first, &f->e));
	assert_ok(f, catalog_token_remove(f->c, token, &f->e));
	assert_ok(f, catalog_people_ever(f->c, &ever, &f->e));
	assert_true(ever);
	assert_true(add_account(f, "alice") > first);
	assert_true(add_token(f, "ci", 0) > token);
}

static void t_what_is_not_there(void **state)
{
	struct fixture *f = *state;
	struct account_row account = { .id = 9, .name = STR("x") };
	struct token_row token = { .id = 9, .name = STR("x") };
	int64_t id;
	begin(f);
	assert_err(f, NOT_FOUND, catalog_account_put(f->c, &account, &f->e));
	assert_err(f, NOT_FOUND, catalog_token_put(f->c, &token, &f->e));
	assert_err(f, NOT_FOUND, catalog_account_remove(f->c, 9, &f->e));
	assert_err(f, NOT_FOUND, catalog_token_remove(f->c, 9, &f->e));
	assert_err(f, NOT_FOUND, catalog_token_used(f->c, 9, 1, &f->e));
	assert_err(f, NOT_FOUND, put_token(f, "ci", 9, &id));
}

static void t_tokens_are_kept_and_go_with_their_account(void **state)
{
	struct fixture *f = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct token_row *rows;
	struct sha256 digest;
	begin(f);
	int64_t alice = add_account(f, "alice");
	int64_t hers = add_token(f, "hers", alice), free_one = add_token(f, "free", 0);
	assert_ok(f, catalog_token_used(f->c, hers, 50, &f->e));
	assert_ok(f, catalog_token_used(f->c, hers, 40, &f->e));
	assert_int_equal(tokens(f, &a, &rows), 2);
	assert_text(rows[1].name, "hers");
	assert_text(rows[1].roles, "push:a:b*");
	assert_int_equal(rows[1].account_id, alice);
	assert_int_equal(rows[1].created_ns, 8);
	assert_int_equal(rows[1].expires_ns, 9);
	assert_int_equal(rows[1].last_used_ns, 50);
	assert_ok(f, sha256_of(STR("hers"), &digest, &f->e));
	assert_true(sha256_eq(&rows[1].digest, &digest));
	assert_int_equal(rows[0].account_id, 0);
	assert_int_equal(rows[0].last_used_ns, 0);

	rows[1].roles = STR("pull:*");
	rows[1].expires_ns = 0;
	assert_ok(f, catalog_token_put(f->c, &rows[1], &f->e));
	assert_int_equal(tokens(f, &a, &rows), 2);
	assert_text(rows[1].roles, "pull:*");
	assert_int_equal(rows[1].expires_ns, 0);

	assert_ok(f, catalog_account_remove(f->c, alice, &f->e));
	assert_int_equal(tokens(f, &a, &rows), 1);
	assert_int_equal(rows[0].id, free_one);
}

static void t_nothing_is_written_without_a_transaction(void **state)
{
	struct fixture *f = *state;
	struct account_row account = { .name = STR("x") };
	struct audit_row audit = { .at_ns = 1 };
	int64_t id;
	open_all(f);
	assert_err(f, BUG, catalog_account_put(f->c, &account, &f->e));
	assert_err(f, BUG, put_token(f, "x", 0, &id));
	assert_err(f, BUG, catalog_account_remove(f->c, 1, &f->e));
	assert_err(f, BUG, catalog_token_remove(f->c, 1, &f->e));
	assert_err(f, BUG, catalog_token_used(f->c, 1, 1, &f->e));
	assert_err(f, BUG, catalog_audit_append(f->c, &audit, &f->e));
	assert_err(f, BUG, catalog_audit_trim(f->c, 1, &f->e));
}

/* ---- the audit log ---- */

static void append(struct fixture *f, int64_t at_ns, const char *action)
{
	struct audit_row row = { .at_ns = at_ns, .actor = STR("u3"), .name = STR("alice"),
	                         .remote = STR("::1"), .request = STR("r-1"), .action = str_c(action),
	                         .object = STR("user bob"), .verdict = STR("ok"), .event = 5 };
	assert_ok(f, catalog_audit_append(f->c, &row, &f->e));
	assert_true(row.id > 0);
}

static enum err collect(void *ctx, const struct audit_row *row, struct errinfo *e)
{
	(void)e;
	sbuf_printf(ctx, "%lld %lld %.*s %.*s %.*s %.*s %.*s %.*s %.*s %llu\n", (long long)row->id,
	            (long long)row->at_ns, STR_ARG(row->actor), STR_ARG(row->name),
	            STR_ARG(row->remote), STR_ARG(row->request), STR_ARG(row->action),
	            STR_ARG(row->object), STR_ARG(row->verdict), (unsigned long long)row->event);
	return OK;
}

static void assert_audit(struct fixture *f, int64_t since, uint64_t max, const char *wanted)
{
	AUTO_SBUF struct sbuf got = sbuf_make(4096);
	assert_ok(f, catalog_audit_each(f->c, since, max, collect, &got, &f->e));
	assert_buffer(&got, wanted);
}

#define ROW(id, at, action) id " " at " u3 alice ::1 r-1 " action " user bob ok 5\n"

static void t_audit_is_read_in_order_and_trimmed(void **state)
{
	struct fixture *f = *state;
	begin(f);
	append(f, 30, "a");
	append(f, 10, "b");
	append(f, 20, "c");
	assert_audit(f, 0, 9, ROW("1", "30", "a") ROW("2", "10", "b") ROW("3", "20", "c"));
	assert_audit(f, 1, 1, ROW("2", "10", "b"));
	assert_audit(f, 3, UINT64_MAX, "");
	assert_ok(f, catalog_audit_trim(f->c, 20, &f->e));
	assert_audit(f, 0, 9, ROW("1", "30", "a") ROW("3", "20", "c"));
	assert_ok(f, catalog_audit_trim(f->c, 31, &f->e));
	append(f, 40, "d");
	assert_audit(f, 0, 9, ROW("4", "40", "d"));
}

static void t_audit_is_never_edited(void **state)
{
	struct fixture *f = *state;
	begin(f);
	append(f, 30, "a");
	assert_ok(f, catalog_commit(f->c, &f->e));
	run_sql(f->data, "UPDATE audit SET name = 'mallory'", SQLITE_CONSTRAINT);
	assert_audit(f, 0, 9, ROW("1", "30", "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(t_accounts_are_kept),
		TEST(t_names_are_taken_once),
		TEST(t_ids_are_never_used_twice),
		TEST(t_what_is_not_there),
		TEST(t_tokens_are_kept_and_go_with_their_account),
		TEST(t_nothing_is_written_without_a_transaction),
		TEST(t_audit_is_read_in_order_and_trimmed),
		TEST(t_audit_is_never_edited),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* --basic-auth-user and --basic-auth-pass as an account. The flags are its password's home: each start
 * writes it anew. Its roles are made once, so an administrator may change them.              */
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/secret.h"
#include "indexer/ingest/ingest.h"
#include "indexer/store/accounts.h"
#include "server/cmd/chartmuseum.h"

#define ROLES "pull:*\npush:*\ndelete:*"

struct account_change {
	struct change change;            /* first */
	struct account_row row;          /* for a new one */
};

/* Whether it is a new one is only known here, before the audit log has its row. */
static enum err put(struct change *change, struct catalog *catalog, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct account_row row = ((struct account_change *)change)->row, *list;
	size_t count;
	enum err err = catalog_accounts(catalog, &a, &list, &count, e);
	for (size_t i = 0; i < count && !err; i++)
		if (str_eq(list[i].name, row.name)) {
			list[i].password = row.password;
			change->note->action = STR("user.password");
			return catalog_account_put(catalog, &list[i], e);
		}
	return err ? err : catalog_account_put(catalog, &row, e);
}

enum err cm_put_account(struct ingest *g, const struct cm_credentials *k, struct errinfo *e)
{
	char hash[PASSWORD_HASH_BYTES];
	AUTO_ARENA struct arena a = { 0 };
	struct account_change x;
	const char *object = arena_printf(&a, "user %s", k->user);
	struct audit_note note = { .name = STR("chartmuseum"), .action = STR("user.add"),
	                           .object = str_c(object) };
	enum err err = object ? password_hash(str_c(k->password), hash, e) : ERR(e, NOMEM, "account");
	if (err)
		return err;
	change_init(&x.change, CHANGE_CALL);
	x.change.call = put;
	x.change.actor = STR("admin");
	x.change.note = &note;
	x.row = (struct account_row){ .name = str_c(k->user), .password = str_c(hash),
	                              .roles = STR(ROLES), .created_ns = clock_wall() };
	err = ingest_apply(g, &x.change);
	if (err && e)
		*e = x.change.error;
	change_done(&x.change);
	return err;
}

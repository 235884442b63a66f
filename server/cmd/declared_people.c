/* People and tokens of the settings file. The same walk tells the differences and, with a transaction,
 * makes them.                                                                                 */
#include "server/cmd/declared_people.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/secret.h"
#include "server/people/people.h"
#include "server/cmd/reader.h"
#include "server/cmd/service.h"

struct declaring {
	struct change change;            /* first */
	const struct declared_people *d;
	struct sbuf *told;
	struct arena arena;              /* of the last run */
	struct people p;
	struct catalog *catalog;         /* to write to; NULL: only tell */
	char (*hashes)[PASSWORD_HASH_BYTES];     /* of users; empty: as it is in the catalog */
};

/* ---- passwords, which take long ---- */

static enum err hash_one(const struct declared_user *u, const struct people *p,
                         char ret[PASSWORD_HASH_BYTES], struct errinfo *e)
{
	const struct account_row *row = people_by_name(p, u->name);
	bool same = false;
	ret[0] = '\0';
	if (!u->password.n)
		return OK;
	if (row && row->password.n && password_verify(u->password, row->password, &same, NULL))
		same = false;                /* what cannot be read is made anew */
	return same ? OK : password_hash(u->password, ret, e);
}

static enum err hash_all(struct declaring *x, struct arena *a, const struct people *p,
                         struct errinfo *e)
{
	enum err err = OK;
	x->hashes = arena_array(a, x->d->user_count + 1, sizeof *x->hashes);
	if (!x->hashes)
		return ERR(e, NOMEM, "passwords");
	for (size_t i = 0; i < x->d->user_count && !err; i++) {
		err = hash_one(&x->d->users[i], p, x->hashes[i], e);
		service_alive();             /* many of them take longer than a service manager waits */
	}
	return err;
}

/* ---- telling ---- */

static enum err tell(struct declaring *x, const char *sign, const char *what, struct str name,
                     const char *action, const struct sbuf *details, struct errinfo *e)
{
	AUTO_SBUF struct sbuf object = sbuf_make(AUDIT_OBJECT_MAX_BYTES);
	sbuf_printf(x->told, "%s %s %.*s", sign, what, STR_ARG(name));
	if (details)
		sbuf_put(x->told, sbuf_str(details));
	sbuf_putc(x->told, '\n');
	if (!x->catalog)
		return OK;
	sbuf_printf(&object, "%s %.*s", what, STR_ARG(name));
	struct audit_row row = {
		.at_ns = clock_wall(), .actor = STR("config"), .name = STR("settings"),
		.action = str_c(action), .object = sbuf_str(&object), .verdict = STR("ok"),
	};
	return sbuf_ok(&object) ? catalog_audit_append(x->catalog, &row, e) : ERR(e, NOMEM, "audit log");
}

static void put_roles(struct sbuf *b, struct str lines)
{
	while (lines.n) {
		sbuf_putc(b, ' ');
		sbuf_put(b, str_cut(&lines, '\n', NULL));
	}
}

static void put_if(struct sbuf *b, bool differs, const char *word)
{
	if (!differs)
		return;
	sbuf_puts(b, b->n ? ", " : " ");
	sbuf_puts(b, word);
}

/* Never of a secret. The values may be lines; an empty one is called `none`. */
static void put_change(struct sbuf *b, const char *word, struct str before, struct str after,
                       const char *none)
{
	put_if(b, true, word);
	put_roles(b, before.n ? before : str_c(none));
	sbuf_puts(b, " →");
	put_roles(b, after.n ? after : str_c(none));
}

static void put_expires(struct sbuf *b, int64_t before_ns, int64_t after_ns)
{
	char before[RFC3339_MAX_BYTES] = "", after[RFC3339_MAX_BYTES] = "";
	size_t n = before_ns ? clock_format(before_ns, before) : 0;
	size_t m = after_ns ? clock_format(after_ns, after) : 0;
	put_change(b, "expires", str_make(before, n), str_make(after, m), "never");
}

/* ---- users ---- */

static struct str password_of(const struct declaring *x, size_t i, const struct account_row *row)
{
	if (!x->d->users[i].password.n)
		return (struct str){ 0 };
	return x->hashes[i][0] ? str_c(x->hashes[i]) : row->password;
}

static enum err declare_user(struct declaring *x, size_t i, struct errinfo *e)
{
	const struct declared_user *u = &x->d->users[i];
	AUTO_SBUF struct sbuf details = sbuf_make(API_BODY_MAX_BYTES);
	struct account_row *old = people_by_name(&x->p, u->name);
	struct account_row row = old ? *old : (struct account_row){ .name = u->name,
	                                                            .created_ns = clock_wall() };
	row.password = password_of(x, i, &row);
	row.roles = u->roles;
	row.disabled = u->disabled;
	row.declared = true;
	if (!old)
		put_roles(&details, u->roles);
	else {
		put_if(&details, !old->declared, "taken over: it was made by hand");
		if (!str_eq(old->roles, row.roles))
			put_change(&details, "roles", old->roles, row.roles, "none");
		put_if(&details, !str_eq(old->password, row.password), "password");
		put_if(&details, old->disabled != row.disabled, row.disabled ? "disabled" : "enabled");
	}
	if (old && !details.n)
		return OK;
	enum err err = tell(x, old ? "~" : "+", "user", u->name, old ? "user.set" : "user.add", &details,
	                    e);
	return err || !x->catalog ? err : catalog_account_put(x->catalog, &row, e);
}

static bool declares_user(const struct declared_people *d, struct str name)
{
	for (size_t i = 0; i < d->user_count; i++)
		if (str_eq(d->users[i].name, name))
			return true;
	return false;
}

static enum err remove_users(struct declaring *x, struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; i < x->p.account_count && !err; i++) {
		const struct account_row *row = &x->p.accounts[i];
		if (!row->declared || declares_user(x->d, row->name))
			continue;
		err = tell(x, "-", "user", row->name, "user.remove", NULL, e);
		if (!err && x->catalog)
			err = catalog_account_remove(x->catalog, row->id, e);
	}
	return err;
}

/* ---- tokens ---- */

static struct token_row *token_by_name(const struct people *p, struct str name)
{
	for (size_t i = 0; i < p->token_count; i++)
		if (str_eq(p->tokens[i].name, name))
			return &p->tokens[i];
	return NULL;
}

static struct str owner_name(const struct people *p, const struct token_row *row)
{
	const struct account_row *owner = row ? people_by_id(p, row->account_id) : NULL;
	return owner ? owner->name : (struct str){ 0 };
}

/* 0: nobody's, or somebody's who is only going to be. Who is going to be no more is nobody. */
static enum err owner_of(const struct declaring *x, const struct declared_token *t, int64_t *ret,
                         struct errinfo *e)
{
	const struct account_row *row = people_by_name(&x->p, t->user);
	*ret = row ? row->id : 0;
	if (!t->user.n || (row && !row->declared) || declares_user(x->d, t->user))
		return OK;
	return ERR(e, CONFIG, "token \"%.*s\": there is no user \"%.*s\"", STR_ARG(t->name),
	           STR_ARG(t->user));
}

/* Where the one of that name stands in the settings file; their number: nowhere. */
static size_t place_of(const struct declared_people *d, struct str name)
{
	size_t k = 0;
	while (k < d->token_count && !str_eq(d->tokens[k].name, name))
		k++;
	return k;
}

/* Another one that has the text and keeps it: those that are declared no more are gone by now, and those that stand
 * before this one have their own.                                                              */
static const struct token_row *same_text(const struct declaring *x, size_t at)
{
	const struct declared_token *t = &x->d->tokens[at];
	for (size_t i = 0; i < x->p.token_count; i++) {
		const struct token_row *row = &x->p.tokens[i];
		if (!sha256_eq(&row->digest, &t->digest) || str_eq(row->name, t->name))
			continue;
		size_t k = place_of(x->d, row->name);
		bool goes = row->declared && k == x->d->token_count;
		if (!goes && k >= at)
			return row;
	}
	return NULL;
}

static enum err check_text(const struct declaring *x, size_t at, struct errinfo *e)
{
	const struct token_row *other = same_text(x, at);
	if (!other)
		return OK;
	return ERR(e, CONFIG, "token \"%.*s\": the text in its token_file is that of another token, with the ID %lld; "
	           "give each a text of its own, or end that one: chartlocker token revoke %lld",
	           STR_ARG(x->d->tokens[at].name), (long long)other->id, (long long)other->id);
}

static enum err declare_token(struct declaring *x, size_t at, struct errinfo *e)
{
	const struct declared_token *t = &x->d->tokens[at];
	AUTO_SBUF struct sbuf details = sbuf_make(API_BODY_MAX_BYTES);
	struct token_row *old = token_by_name(&x->p, t->name);
	struct token_row row = old ? *old : (struct token_row){ .name = t->name,
	                                                        .created_ns = clock_wall() };
	struct str owner = owner_name(&x->p, old);
	row.digest = t->digest;
	row.roles = t->roles;
	row.expires_ns = t->expires_ns;
	row.declared = true;
	enum err err = owner_of(x, t, &row.account_id, e);
	if (!err)
		err = check_text(x, at, e);
	if (!old)
		put_roles(&details, t->roles);
	else {
		put_if(&details, !old->declared, "taken over: it was made by hand");
		put_if(&details, !sha256_eq(&old->digest, &row.digest), "token");
		if (!str_eq(old->roles, row.roles))
			put_change(&details, "roles", old->roles, row.roles, "none");
		if (!str_eq(owner, t->user))
			put_change(&details, "user", owner, t->user, "nobody");
		if (old->expires_ns != row.expires_ns)
			put_expires(&details, old->expires_ns, row.expires_ns);
	}
	if (err || (old && !details.n))
		return err;
	err = tell(x, old ? "~" : "+", "token", t->name, old ? "token.set" : "token.create", &details, e);
	return err || !x->catalog ? err : catalog_token_put(x->catalog, &row, e);
}

static enum err remove_tokens(struct declaring *x, struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; i < x->p.token_count && !err; i++) {
		const struct token_row *row = &x->p.tokens[i];
		if (!row->declared || place_of(x->d, row->name) < x->d->token_count)
			continue;
		err = tell(x, "-", "token", row->name, "token.revoke", NULL, e);
		if (!err && x->catalog)
			err = catalog_token_remove(x->catalog, row->id, e);
	}
	return err;
}

/* ---- all of it ---- */

/* Without a catalog there is nobody. */
static enum err load_people(struct catalog *c, struct arena *a, struct people *ret,
                            struct errinfo *e)
{
	*ret = (struct people){ 0 };
	return c ? people_load(c, a, ret, e) : OK;
}

/* Tokens go first, because another may have the same text now; who goes is last, so that what was
 * his and is another's now stays. New people have ids once they are read again.               */
static enum err walk(struct declaring *x, struct catalog *c, struct errinfo *e)
{
	sbuf_reset(x->told);
	enum err err = load_people(c, &x->arena, &x->p, e);
	if (!err)
		err = remove_tokens(x, e);
	for (size_t i = 0; i < x->d->user_count && !err; i++)
		err = declare_user(x, i, e);
	if (!err)
		err = load_people(c, &x->arena, &x->p, e);
	for (size_t i = 0; i < x->d->token_count && !err; i++)
		err = declare_token(x, i, e);
	if (!err)
		err = remove_users(x, e);
	arena_done(&x->arena);
	return err || sbuf_ok(x->told) ? err : ERR(e, NOMEM, "differences");
}

static enum err write_all(struct change *change, struct catalog *c, struct errinfo *e)
{
	struct declaring *x = (struct declaring *)change;
	x->catalog = c;
	return walk(x, c, e);
}

static enum err compare(struct declaring *x, struct catalog *c, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct people p;
	enum err err = load_people(c, &a, &p, e);
	if (!err)
		err = hash_all(x, &a, &p, e);
	return err ? err : walk(x, c, e);
}

enum err declared_people_compare(const char *data, struct declared_people *d, struct sbuf *told,
                                 struct errinfo *e)
{
	struct declaring x = { .d = d, .told = told };
	struct reader r;
	enum err err = reader_open(data, &r, e);
	if (!err || err == ERR_NOT_FOUND)
		err = compare(&x, r.catalog, e);
	reader_close(&r);
	return err;
}

struct before { struct arena *arena; struct people *people; };

static enum err load(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct before *b = ctx;
	return people_load(c, b->arena, b->people, e);
}

enum err declared_people_apply(struct ingest *g, struct declared_people *d, struct sbuf *told, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct declaring x = { .d = d, .told = told };
	struct people p;
	struct before b = { &a, &p };
	enum err err = ingest_read(g, load, &b, e);
	if (!err)
		err = hash_all(&x, &a, &p, e);
	if (err)
		return err;
	change_init(&x.change, CHANGE_CALL);
	x.change.call = write_all;
	err = ingest_apply(g, &x.change);
	if (err)
		*e = x.change.error;
	change_done(&x.change);
	return err;
}

/* Accounts and tokens in memory. */
#include <stdlib.h>

#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/store/accounts.h"
#include "server/auth/impl.h"

/* ---- order ---- */

static int cmp_i64(int64_t a, int64_t b) { return (a > b) - (a < b); }

static int by_account_id(const void *a, const void *b)
{
	return cmp_i64(((const struct account *)a)->id, ((const struct account *)b)->id);
}

static int by_account_name(const void *a, const void *b)
{
	return str_cmp((*(struct account *const *)a)->name, (*(struct account *const *)b)->name);
}

static int by_digest(const void *a, const void *b)
{
	return memcmp(&((const struct token *)a)->digest, &((const struct token *)b)->digest,
	              SHA256_BYTES);
}

static int by_token_id(const void *a, const void *b)
{
	return cmp_i64((*(struct token *const *)a)->id, (*(struct token *const *)b)->id);
}

/* ---- reading ---- */

uint64_t auth_generation(struct str stored) { return str_hash(stored, STR_HASH_START); }

/* Roles that cannot be read allow nothing; one bad row must not keep everybody out. */
static struct grants grants_of(struct arena *a, struct str roles, bool chart_globs, struct str name)
{
	struct grants g = { 0 };
	struct errinfo e;
	if (grants_parse(a, roles, chart_globs, &g, &e))
		LOG(LOG_WARN, "auth.roles_unreadable", KV("name", name), KV("detail", (const char *)e.detail));
	return g;
}

static enum err read_accounts(struct people *p, struct catalog *c, struct errinfo *e)
{
	struct account_row *rows;
	enum err err = catalog_accounts(c, &p->arena, &rows, &p->account_count, e);
	if (err)
		return err;
	p->accounts = arena_array(&p->arena, p->account_count, sizeof *p->accounts);
	p->by_name = arena_array(&p->arena, p->account_count, sizeof *p->by_name);
	if (p->account_count && (!p->accounts || !p->by_name))
		return ERR(e, NOMEM, "accounts");
	for (size_t i = 0; i < p->account_count; i++) {
		const struct account_row *row = &rows[i];
		struct account *x = &p->accounts[i];
		*x = (struct account){ row->id, row->name, row->password,
		                       grants_of(&p->arena, row->roles, false, row->name), row->disabled,
		                       auth_generation(row->password) };
		p->managed |= !x->disabled && grants_manage(&x->grants);
	}
	if (p->account_count)
		qsort(p->accounts, p->account_count, sizeof *p->accounts, by_account_id);
	for (size_t i = 0; i < p->account_count; i++)
		p->by_name[i] = &p->accounts[i];
	if (p->account_count)
		qsort(p->by_name, p->account_count, sizeof *p->by_name, by_account_name);
	return OK;
}

static void take_token(struct people *p, const struct token_row *row, struct token *x)
{
	x->id = row->id;
	x->account_id = row->account_id;
	x->name = row->name;
	x->digest = row->digest;
	x->grants = grants_of(&p->arena, row->roles, true, row->name);
	x->expires_ns = row->expires_ns;
	atomic_init(&x->sent_ns, row->last_used_ns);
	atomic_init(&x->written_ns, row->last_used_ns);
	atomic_init(&x->used_ns, row->last_used_ns);
}

static enum err read_tokens(struct people *p, struct catalog *c, struct errinfo *e)
{
	struct token_row *rows;
	enum err err = catalog_tokens(c, &p->arena, &rows, &p->token_count, e);
	if (err)
		return err;
	p->tokens = arena_array(&p->arena, p->token_count, sizeof *p->tokens);
	p->by_id = arena_array(&p->arena, p->token_count, sizeof *p->by_id);
	if (p->token_count && (!p->tokens || !p->by_id))
		return ERR(e, NOMEM, "tokens");
	for (size_t i = 0; i < p->token_count; i++)
		take_token(p, &rows[i], &p->tokens[i]);
	if (p->token_count)
		qsort(p->tokens, p->token_count, sizeof *p->tokens, by_digest);
	for (size_t i = 0; i < p->token_count; i++)
		p->by_id[i] = &p->tokens[i];
	if (p->token_count)
		qsort(p->by_id, p->token_count, sizeof *p->by_id, by_token_id);
	return OK;
}

void people_free(struct people *p)
{
	if (!p)
		return;
	arena_done(&p->arena);
	free(p);
}

enum err people_read(struct catalog *c, struct people **ret, struct errinfo *e)
{
	struct people *p = calloc(1, sizeof *p);
	if (!p)
		return ERR(e, NOMEM, "accounts");
	enum err err = read_accounts(p, c, e);
	if (!err)
		err = read_tokens(p, c, e);
	if (!err)
		err = catalog_people_ever(c, &p->ever, e);
	if (err)
		people_free(p);
	else
		*ret = p;
	return err;
}

/* ---- asking ---- */

const struct account *people_account(const struct people *p, int64_t id)
{
	struct account key = { .id = id };
	const struct account *x = !p->account_count ? NULL :
		bsearch(&key, p->accounts, p->account_count, sizeof *p->accounts, by_account_id);
	return x && !x->disabled ? x : NULL;
}

const struct account *people_find(const struct people *p, struct str name)
{
	struct account key = { .name = name }, *at = &key;
	struct account **x = !p->account_count ? NULL :
		bsearch(&at, p->by_name, p->account_count, sizeof *p->by_name, by_account_name);
	return x ? *x : NULL;
}

static struct token *usable(const struct people *p, struct token *t)
{
	if (!t || (t->expires_ns && t->expires_ns <= clock_wall()))
		return NULL;
	return t->account_id && !people_account(p, t->account_id) ? NULL : t;
}

struct token *people_token(const struct people *p, int64_t id)
{
	struct token key = { .id = id }, *at = &key;
	struct token **x = !p->token_count ? NULL :
		bsearch(&at, p->by_id, p->token_count, sizeof *p->by_id, by_token_id);
	return usable(p, x ? *x : NULL);
}

struct token *people_token_of(const struct people *p, const struct sha256 *digest)
{
	struct token key = { .digest = *digest };
	return usable(p, !p->token_count ? NULL :
	              bsearch(&key, p->tokens, p->token_count, sizeof *p->tokens, by_digest));
}

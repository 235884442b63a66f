/* The life of a struct auth, and what a caller may. */
#include "server/auth/auth.h"

#include <stdlib.h>

#include "indexer/base/log.h"
#include "indexer/store/catalog.h"
#include "server/auth/impl.h"

/* ---- life ---- */

enum err auth_new(const struct auth_options *o, struct auth **ret, struct errinfo *e)
{
	struct auth *a = calloc(1, sizeof *a);
	if (!a)
		return ERR(e, NOMEM, "accounts");
	(void)pthread_rwlock_init(&a->lock, NULL);
	(void)pthread_mutex_init(&a->loading, NULL);
	(void)pthread_mutex_init(&a->waiting_lock, NULL);
	sign_in_init(a);
	enum err err = proxy_init(&a->proxy, o->proxy_user_header, o->proxy_groups_header,
	                          o->proxy_roles, o->proxy_role_count, e);
	if (!err)
		err = remembered_new(&a->remembered, e);
	if (!err)
		err = slowed_new(&a->slowed, e);
	if (!err)
		err = sessions_new(&a->sessions, e);
	if (!err)
		err = pool_new(AUTH_HASH_THREADS, "passwords", &a->hashes, e);
	if (err)
		auth_free(a);
	else
		*ret = a;
	return err;
}

void auth_free(struct auth *a)
{
	if (!a)
		return;
	pool_free(a->hashes);
	sessions_free(a->sessions);
	slowed_free(a->slowed);
	remembered_free(a->remembered);
	proxy_done(&a->proxy);
	people_free(a->people);
	(void)pthread_mutex_destroy(&a->waiting_lock);
	(void)pthread_mutex_destroy(&a->loading);
	(void)pthread_rwlock_destroy(&a->lock);
	free(a);
}

enum err auth_start(struct auth *a, struct ingest *g, struct errinfo *e)
{
	a->ingest = g;
	return auth_refresh(a, g, e);
}

/* ---- reading ---- */

/* Uses that the catalog has not heard of yet. */
static void keep_uses(struct people *fresh, const struct people *old)
{
	for (size_t i = 0; old && i < old->token_count; i++) {
		struct token *t = people_token(fresh, old->tokens[i].id);
		int64_t used = atomic_load(&old->tokens[i].used_ns);
		if (t && used > atomic_load(&t->used_ns))
			atomic_store(&t->used_ns, used);
	}
}

/* Also of an account that is disabled for a moment alone. */
static bool keeps_session(const struct session_who *who, const void *ctx)
{
	const struct people *p = ctx;
	if (who->setup)
		return true;
	if (who->token)
		return people_token(p, who->token) != NULL;
	const struct account *x = people_account(p, who->account);
	return x && x->generation == who->generation;
}

static bool is_empty(const struct people *p) { return !p->account_count && !p->token_count; }

static void swap(struct auth *a, struct people *fresh)
{
	(void)pthread_rwlock_wrlock(&a->lock);
	struct people *old = a->people;
	if (fresh && is_empty(fresh) && old && !is_empty(old))
		LOG(LOG_WARN, "auth.nobody_left", KV("detail", "there are no users any more, and nobody may "
		    "change anything; go on with chartlocker user add on this machine"));
	if (fresh) {
		keep_uses(fresh, old);
		sessions_sweep(a->sessions, keeps_session, fresh);
	}
	a->people = fresh;
	if (fresh && fresh->managed)
		setup_end(&a->setup);
	(void)pthread_rwlock_unlock(&a->lock);
	people_free(old);
}

static enum err load(struct auth *a, struct catalog *c, struct errinfo *e)
{
	struct people *fresh = NULL;
	enum err err = people_read(c, &fresh, e);
	swap(a, fresh);
	return err;
}

enum err auth_load(struct auth *a, struct catalog *c, struct errinfo *e)
{
	(void)pthread_mutex_lock(&a->loading);
	enum err err = load(a, c, e);
	(void)pthread_mutex_unlock(&a->loading);
	return err;
}

enum err auth_refresh(struct auth *a, struct ingest *g, struct errinfo *e)
{
	struct catalog *c = NULL;
	(void)pthread_mutex_lock(&a->loading);
	enum err err = catalog_open_reader(ingest_datadir(g), &c, e);
	if (err)
		swap(a, NULL);
	else
		err = load(a, c, e);
	catalog_close(c);
	(void)pthread_mutex_unlock(&a->loading);
	if (err)
		LOG(LOG_ERROR, "auth.not_read", KV("detail", e ? (const char *)e->detail : ""));
	return err;
}

void auth_retry(struct auth *a, struct ingest *g)
{
	struct errinfo e = { 0 };
	(void)pthread_rwlock_rdlock(&a->lock);
	bool is_read = a->people;
	(void)pthread_rwlock_unlock(&a->lock);
	if (!is_read && !auth_refresh(a, g, &e))
		LOG(LOG_INFO, "auth.read_again", KV("detail", "users and tokens may sign in again"));
}

/* ---- questions ---- */

enum question { Q_ALLOW, Q_SOMEWHERE, Q_MANAGE, Q_SEE_ALL, Q_COVER };

struct asked {
	enum question question;
	enum role role;
	struct str repo, chart;
	const struct grants *narrower;
};

static bool ask(const struct grants *g, const struct asked *q)
{
	switch (q->question) {
	case Q_ALLOW:   return grants_allow(g, q->role, q->repo, q->chart);
	case Q_SOMEWHERE: return grants_allow_somewhere(g, q->role);
	case Q_MANAGE:  return grants_manage(g);
	case Q_SEE_ALL: return grants_see_all(g);
	case Q_COVER:   return grants_cover(g, q->narrower);
	}
	return false;
}

static bool ask_user(const struct people *p, const struct caller *who, const struct asked *q)
{
	const struct account *x = people_account(p, who->account_id);
	return x && (ask(&x->grants, q) || (who->proxy && ask(who->proxy, q)));
}

/* A token of somebody never allows more than he may himself. */
static bool ask_token(const struct people *p, const struct caller *who, const struct asked *q)
{
	const struct token *t = people_token(p, who->token_id);
	const struct account *owner = t && t->account_id ? people_account(p, t->account_id) : NULL;
	return t && ask(&t->grants, q) && (!t->account_id || (owner && ask(&owner->grants, q)));
}

static bool ask_open(const struct asked *q)
{
	bool asks_role = q->question == Q_ALLOW || q->question == Q_SOMEWHERE;
	return q->question == Q_SEE_ALL || (asks_role && q->role != ROLE_ADMIN);
}

/* Who removes the last user, by mistake or in the settings file, does not open the server. */
static bool is_open(const struct people *p) { return is_empty(p) && !p->ever; }

static bool ask_people(const struct auth *a, const struct caller *who, const struct asked *q)
{
	const struct people *p = a->people;
	switch (who->kind) {
	case CALLER_USER:  return p && ask_user(p, who, q);
	case CALLER_TOKEN: return p && ask_token(p, who, q);
	case CALLER_PROXY: return ask(who->proxy, q);
	case CALLER_SETUP: return setup_is_valid(&a->setup);
	case CALLER_LOCAL: return p && is_open(p);
	case CALLER_OPEN:  return p && is_open(p) && ask_open(q);
	case CALLER_CONTROL: return true;
	case CALLER_ANONYMOUS: break;
	}
	return false;
}

static bool ask_all(struct auth *a, const struct caller *who, struct asked q)
{
	(void)pthread_rwlock_rdlock(&a->lock);
	bool yes = ask_people(a, who, &q);
	(void)pthread_rwlock_unlock(&a->lock);
	return yes;
}

bool auth_may(struct auth *a, const struct caller *who, enum role role, struct str repo,
              struct str chart)
{
	return ask_all(a, who, (struct asked){ Q_ALLOW, role, repo, chart, NULL });
}

bool auth_may_somewhere(struct auth *a, const struct caller *who, enum role role)
{
	return ask_all(a, who, (struct asked){ .question = Q_SOMEWHERE, .role = role });
}

bool auth_manages(struct auth *a, const struct caller *who)
{
	return ask_all(a, who, (struct asked){ .question = Q_MANAGE });
}

bool auth_sees_all(struct auth *a, const struct caller *who)
{
	return ask_all(a, who, (struct asked){ .question = Q_SEE_ALL });
}

bool auth_covers(struct auth *a, const struct caller *who, const struct grants *g)
{
	return ask_all(a, who, (struct asked){ .question = Q_COVER, .narrower = g });
}

bool auth_stands_for_user(struct auth *a, const struct caller *who)
{
	(void)pthread_rwlock_rdlock(&a->lock);
	const struct people *p = a->people;
	const struct token *t = p && who->kind == CALLER_TOKEN ? people_token(p, who->token_id) : NULL;
	const struct account *owner = t ? people_account(p, t->account_id) : NULL;
	bool yes = who->kind == CALLER_USER || (owner && grants_cover(&t->grants, &owner->grants));
	(void)pthread_rwlock_unlock(&a->lock);
	return yes;
}

bool auth_is_deserted(struct auth *a)
{
	(void)pthread_rwlock_rdlock(&a->lock);
	bool none = a->people && is_empty(a->people) && a->people->ever;
	(void)pthread_rwlock_unlock(&a->lock);
	return none;
}

bool auth_has_people(struct auth *a)
{
	(void)pthread_rwlock_rdlock(&a->lock);
	bool some = !a->people || !is_open(a->people);
	(void)pthread_rwlock_unlock(&a->lock);
	return some;
}

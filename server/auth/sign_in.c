/* Signing in by password. The hash is made on a thread of its own, with the request held. Requests
 * with the same credentials wait for one hash: a client that sends twenty at once costs one, and
 * is not taken for somebody who tries passwords out.
 *
 * Who waits is served in rounds, in which each address has one hash, and no address has more than a
 * few places: however many passwords one of them sends, the others hardly notice.            */
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/base/pool.h"
#include "indexer/base/secret.h"
#include "server/auth/impl.h"

struct sign_in {
	struct auth *auth;
	struct request *request;         /* whose arena this is in */
	sign_in_done *done;              /* NULL: the request is held */
	struct str name, password, stored;
	struct sha256 key;
	uint64_t place;                  /* the address it comes from */
	uint64_t round;                  /* in which it is hashed */
	bool running;
	struct sign_in *next;            /* in auth->waiting */
	struct sign_in *followers;       /* the same credentials */
	/* The verdict. */
	int64_t account;
	uint64_t generation;
	enum err err;
	struct errinfo error;
};

#define WRONG "the user or the password is not right"

enum err caller_user(struct request *r, const struct account *who, struct caller *ret,
                     struct errinfo *e)
{
	char *actor = arena_printf(&r->arena, "u%lld", (long long)who->id);
	if (!actor || !arena_str(&r->arena, who->name, &ret->name))
		return ERR(e, NOMEM, "request");
	ret->kind = CALLER_USER;
	ret->account_id = who->id;
	ret->generation = who->generation;
	ret->actor = str_c(actor);
	return OK;
}

/* The account a verdict speaks of, if it is still as it was then. */
static enum err become(struct auth *a, struct request *r, int64_t account, uint64_t generation,
                       struct caller *ret, struct errinfo *e)
{
	enum err err;
	(void)pthread_rwlock_rdlock(&a->lock);
	const struct account *who = a->people ? people_account(a->people, account) : NULL;
	if (!a->people)
		err = ERR(e, BUSY, AUTH_NOT_READ);
	else if (!who || who->generation != generation)
		err = ERR(e, UNAUTHORIZED, WRONG);
	else
		err = caller_user(r, who, ret, e);
	(void)pthread_rwlock_unlock(&a->lock);
	return err;
}

/* ---- on a thread of the pool ---- */

static void verify(struct sign_in *s)
{
	struct auth *a = s->auth;
	bool matches = false;
	s->err = password_verify(s->password, s->stored, &matches, &s->error);
	if (s->err == ERR_INVALID)
		LOG(LOG_ERROR, "auth.password_unreadable", KV("user", s->name));
	if (s->err == ERR_INVALID || (!s->err && !matches))
		s->err = ERR(&s->error, UNAUTHORIZED, WRONG);
	if (s->err)
		return;
	remembered_put(a->remembered, &s->key, s->account, s->generation);
	slowed_forgive(a->slowed, s->request->remote, s->name, clock_monotonic());
}

static void wipe(struct sign_in *s)
{
	secret_wipe((void *)(uintptr_t)s->password.p, s->password.n);
}

/* Takes it from the list; from then on nobody follows. */
static void unlist(struct sign_in *s)
{
	struct auth *a = s->auth;
	(void)pthread_mutex_lock(&a->waiting_lock);
	struct sign_in **at = &a->waiting;
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	a->waiting_count--;
	(void)pthread_mutex_unlock(&a->waiting_lock);
}

/* It may be gone when this returns. */
static void wake(struct sign_in *s)
{
	if (s->done)
		s->done(s->request, s);
	else
		http_resume(s->request);
}

static void tell(struct sign_in *s)
{
	wipe(s);
	for (struct sign_in *f = s->followers, *next; f; f = next) {
		next = f->next;              /* f goes away with its request */
		wipe(f);
		f->account = s->account;
		f->generation = s->generation;
		f->err = s->err;
		f->error = s->error;
		wake(f);
	}
	wake(s);
}

/* The first of the earliest round, or NULL, and then this thread has nothing to do. */
static struct sign_in *take(struct hasher *h)
{
	struct auth *a = h->auth;
	struct sign_in *first = NULL;
	(void)pthread_mutex_lock(&a->waiting_lock);
	for (struct sign_in *s = a->waiting; s; s = s->next)
		if (!s->running && (!first || s->round < first->round))
			first = s;
	if (first) {
		first->running = true;
		a->round = first->round;
	}
	h->busy = first != NULL;
	(void)pthread_mutex_unlock(&a->waiting_lock);
	return first;
}

static void run(struct pool_job *job)
{
	struct sign_in *s;
	while ((s = take((struct hasher *)job))) {
		verify(s);
		unlist(s);
		tell(s);
	}
}

void sign_in_init(struct auth *a)
{
	for (size_t i = 0; i < AUTH_HASH_THREADS; i++)
		a->hashers[i] = (struct hasher){ .job.run = run, .auth = a };
}

/* ---- on the request's thread ---- */

static bool follow(struct auth *a, struct sign_in *s)
{
	struct sign_in *leader = a->waiting;
	while (leader && !sha256_eq(&leader->key, &s->key))
		leader = leader->next;
	if (!leader)
		return false;
	s->next = leader->followers;
	leader->followers = s;
	return true;
}

/* How many wait from there already, and the round after theirs. */
static unsigned count_from(const struct auth *a, uint64_t place, uint64_t *ret_round)
{
	unsigned n = 0;
	*ret_round = a->round;
	for (const struct sign_in *s = a->waiting; s; s = s->next)
		if (s->place == place) {
			n++;
			if (s->round >= *ret_round)
				*ret_round = s->round + 1;
		}
	return n;
}

/* With waiting_lock. */
static void append(struct auth *a, struct sign_in *s)
{
	struct sign_in **at = &a->waiting;
	while (*at)
		at = &(*at)->next;
	*at = s;
	a->waiting_count++;
	for (size_t i = 0; i < AUTH_HASH_THREADS; i++)
		if (!a->hashers[i].busy) {
			a->hashers[i].busy = true;
			pool_give(a->hashes, &a->hashers[i].job);
			return;
		}
}

/* With waiting_lock. */
static enum err queue(struct auth *a, struct sign_in *s, struct errinfo *e)
{
	struct str from = s->request->remote;
	if (follow(a, s))
		return OK;
	s->place = slowed_place(a->slowed, from);
	if (count_from(a, s->place, &s->round) >= AUTH_HASHES_PER_ADDRESS_MAX ||
	    a->waiting_count >= AUTH_HASHES_WAITING_MAX)
		return ERR(e, TOO_MANY, "too many passwords are being checked; try again in a moment, or "
		           "use a token");
	if (!slowed_take(a->slowed, from, s->name, clock_monotonic()))
		return ERR(e, TOO_MANY, "too many logins failed; try again in %u seconds",
		           LOGIN_RETRY_SECONDS);
	append(a, s);
	return OK;
}

/* What the password has to match; nothing for a user who does not exist. */
static enum err look_up(struct auth *a, struct sign_in *s, struct errinfo *e)
{
	enum err err = OK;
	(void)pthread_rwlock_rdlock(&a->lock);
	const struct account *who = a->people ? people_find(a->people, s->name) : NULL;
	if (!a->people)
		err = ERR(e, BUSY, AUTH_NOT_READ);
	else if (who && !who->disabled) {
		s->account = who->id;
		s->generation = who->generation;
		if (!arena_str(&s->request->arena, who->password, &s->stored))
			err = ERR(e, NOMEM, "request");
	}
	(void)pthread_rwlock_unlock(&a->lock);
	return err;
}

static enum err hold(struct auth *a, struct sign_in *s, struct errinfo *e)
{
	enum err err = look_up(a, s, e);
	if (err)
		return err;
	(void)pthread_mutex_lock(&a->waiting_lock);
	err = queue(a, s, e);
	if (!err && !s->done)
		http_hold(s->request);       /* before a thread can take it */
	(void)pthread_mutex_unlock(&a->waiting_lock);
	return err;
}

bool sign_in_is_known(struct auth *a, struct request *r, struct str header, struct caller *ret)
{
	struct sha256 key;
	int64_t account;
	uint64_t generation;
	return !remembered_key(a->remembered, header, r->remote, &key, NULL) &&
	       remembered_find(a->remembered, &key, &account, &generation) &&
	       !become(a, r, account, generation, ret, NULL);
}

enum err sign_in_begin(struct auth *a, struct request *r, struct str header, struct str name,
                       struct str password, sign_in_done *done, struct sign_in **wait,
                       struct errinfo *e)
{
	struct sign_in *s = ARENA_NEW(&r->arena, struct sign_in);
	if (!s)
		return ERR(e, NOMEM, "request");
	*s = (struct sign_in){ .auth = a, .request = r, .name = name, .password = password,
	                       .done = done };
	enum err err = remembered_key(a->remembered, header, r->remote, &s->key, e);
	if (!err)
		err = hold(a, s, e);
	if (!err)
		*wait = s;
	return err;
}

enum err sign_in_end(struct auth *a, struct request *r, struct sign_in *s, struct caller *ret,
                     struct errinfo *e)
{
	if (!s->err)
		return become(a, r, s->account, s->generation, ret, e);
	if (s->account)
		ret->name = s->name;         /* for the audit log: no other is told there */
	*e = s->error;
	return s->err;
}

/* One's own password: who knows the current one sets another. It is judged as signing in is, by the
 * same threads, and failures count as failed logins do: a session that was left open in a browser is no
 * way to try passwords out.                                                                  */
#include "server/people/people.h"

struct own_password {
	struct str password;
	call_answer *answer;
	uint64_t generation;             /* of the current one */
	enum err err;                    /* what came of checking it */
	struct errinfo error;
};

static void wipe(struct str s) { secret_wipe((void *)(uintptr_t)s.p, s.n); }

/* ---- the current one ---- */

static enum err judge(const struct call *c, enum err verdict, const struct caller *who,
                      struct errinfo *e)
{
	bool is_own = who->kind == CALLER_USER && who->account_id == c->caller.account_id;
	if (verdict == ERR_UNAUTHORIZED || (!verdict && !is_own))
		return ERR(e, DENIED, "current: this is not your password");
	return verdict;
}

static void hashed(struct request *r, struct sign_in *x)
{
	struct call *c = r->app_data;
	struct own_password *w = c->state;
	struct caller who;
	struct errinfo e;
	w->err = auth_signed_in(c->app->auth, r, x, &who, &w->error);
	w->err = judge(c, w->err, &who, &w->error);
	w->generation = who.generation;
	if (call_work(c, c->app->people, w->answer, &e))
		call_fail(c, &e);
}

static enum err check(struct call *c, struct str current, struct str password,
                      uint64_t *ret_generation, bool *ret_waits, struct errinfo *e)
{
	struct caller who = { 0 };
	if (c->caller.kind != CALLER_USER)
		return ERR(e, DENIED, "only who signed in with user and password can set another password");
	enum err err = people_password_check(password, c->caller.name, e);
	if (err) {
		err_prefix(e, "password");
		return err;
	}
	err = auth_sign_in(c->app->auth, c->r, c->caller.name, current, hashed, &who, ret_waits, e);
	*ret_generation = who.generation;
	return *ret_waits ? err : judge(c, err, &who, e);
}

enum err own_password_begin(struct call *c, struct str current, struct str password,
                            call_answer *answer, struct errinfo *e)
{
	struct own_password *w = ARENA_NEW(&c->r->arena, struct own_password);
	struct errinfo error = { 0 };
	uint64_t generation = 0;
	bool waits = false;
	if (!w)
		return ERR(e, NOMEM, "request");
	*w = (struct own_password){ .password = password, .answer = answer };
	c->state = w;
	c->later = true;                     /* `hashed` may come before `check` is back */
	enum err err = check(c, current, password, &generation, &waits, &error);
	if (waits)
		return OK;
	wipe(current);
	w->err = err;
	w->error = error;
	w->generation = generation;
	return call_work(c, c->app->people, answer, e);
}

/* ---- the new one ---- */

enum err own_password_set(struct call *c, struct errinfo *e)
{
	struct own_password *w = c->state;
	struct user_fields x = { .name = c->caller.name, .password = &w->password,
	                         .generation = w->generation, .ret_generation = &c->caller.generation };
	enum err err = w->err;
	if (err)
		*e = w->error;
	else
		err = users_set(c, &x, e);
	wipe(w->password);
	return err;
}

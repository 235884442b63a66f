/* See serve_credentials.h. */
#include "server/cmd/serve_credentials.h"

enum err serve_credentials_set(struct serve_credentials *x,
                               const struct declared_credentials *fresh, struct errinfo *e)
{
	struct arena arena = { 0 };
	struct declared_credentials copy;
	enum err err = config_copy_credentials(&arena, fresh, &copy, e);
	if (err) {
		arena_done(&arena);
		return err;
	}
	(void)pthread_mutex_lock(&x->lock);
	struct arena old = x->arena;
	x->arena = arena;
	x->declared = copy;
	(void)pthread_mutex_unlock(&x->lock);
	arena_done(&old);
	return OK;
}

enum err serve_credentials_get(void *serve_credentials, struct arena *a, struct str name,
                               struct outgoing_access *ret, struct errinfo *e)
{
	struct serve_credentials *x = serve_credentials;
	(void)pthread_mutex_lock(&x->lock);
	enum err err = config_credential_access(a, &x->declared, name, ret, e);
	(void)pthread_mutex_unlock(&x->lock);
	return err;
}

void serve_credentials_done(struct serve_credentials *x)
{
	arena_done(&x->arena);
	x->declared = (struct declared_credentials){ 0 };
}

/* The one place that starts threads, so that each has a name and a limit that is met is told in one way. */
#include "indexer/base/thread.h"

enum err thread_start(struct thread *t, const char *name, void *(*run)(void *ctx), void *ctx,
                      struct errinfo *e)
{
	if (pthread_create(&t->id, NULL, run, ctx) != 0)
		return ERR(e, NOMEM, "cannot start a thread for the %s (memory or threads are limited)", name);
	(void)pthread_setname_np(t->id, name);
	t->runs = true;
	return OK;
}

void thread_join(struct thread *t)
{
	if (t->runs)
		(void)pthread_join(t->id, NULL);
	t->runs = false;
}

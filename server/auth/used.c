/* When a token was last used, to the hour. The first use within an hour sends one change to the
 * writer, which takes along every token that was used since the last one.                     */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/clock.h"
#include "indexer/store/accounts.h"
#include "server/auth/impl.h"

struct use { int64_t id, at_ns; };

/* Not under the lock: the writer may be slow. */
static enum err gather(struct auth *a, struct arena *to, struct use **ret, size_t *ret_count,
                       struct errinfo *e)
{
	enum err err = OK;
	size_t capacity = 0;
	*ret = NULL;
	*ret_count = 0;
	atomic_store(&a->used_is_due, false);
	(void)pthread_rwlock_rdlock(&a->lock);
	for (size_t i = 0; !err && a->people && i < a->people->token_count; i++) {
		struct token *t = &a->people->tokens[i];
		int64_t at = atomic_load(&t->used_ns);
		if (at <= atomic_load(&t->written_ns))
			continue;
		atomic_store(&t->sent_ns, at);
		struct use *room = arena_room(to, *ret, *ret_count, &capacity, sizeof **ret);
		if (!room)
			err = ERR(e, NOMEM, "uses of tokens");
		else
			(*ret = room)[(*ret_count)++] = (struct use){ t->id, at };
	}
	(void)pthread_rwlock_unlock(&a->lock);
	return err;
}

static enum err write_uses(struct change *c, struct catalog *catalog, struct errinfo *e)
{
	struct use *uses;
	size_t count;
	enum err err = gather(c->ctx, &c->arena, &uses, &count, e);
	for (size_t i = 0; !err && i < count; i++) {
		err = catalog_token_used(catalog, uses[i].id, uses[i].at_ns, e);
		if (err == ERR_NOT_FOUND)                /* revoked meanwhile */
			err = OK;
	}
	return err;
}

static void written(struct change *c)
{
	struct auth *a = c->ctx;
	bool ok = !c->err;
	(void)pthread_rwlock_rdlock(&a->lock);
	for (size_t i = 0; ok && a->people && i < a->people->token_count; i++) {
		struct token *t = &a->people->tokens[i];
		atomic_store(&t->written_ns, atomic_load(&t->sent_ns));
	}
	(void)pthread_rwlock_unlock(&a->lock);
	change_done(c);
	atomic_store(&a->used_is_under_way, false);
	if (ok)
		used_flush(a);               /* what was used meanwhile; else at the next use */
}

void used_note(struct auth *a, struct token *t)
{
	int64_t hour = clock_wall() / NS_PER_HOUR * NS_PER_HOUR;
	if (atomic_load(&t->used_ns) >= hour)
		return;
	atomic_store(&t->used_ns, hour);
	atomic_store(&a->used_is_due, true);
}

void used_flush(struct auth *a)
{
	if (!a->ingest || !atomic_load(&a->used_is_due) ||
	    atomic_exchange(&a->used_is_under_way, true))
		return;
	change_init(&a->used, CHANGE_CALL);
	a->used.call = write_uses;
	a->used.done = written;
	a->used.ctx = a;
	ingest_submit(a->ingest, &a->used);
}

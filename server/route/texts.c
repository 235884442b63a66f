/* Long answers: counted, and the last whole lists kept. */
#include "server/route/texts.h"

#include <pthread.h>
#include <stdlib.h>

struct texts {
	pthread_mutex_t lock;
	struct text *kept[TEXTS_KEPT];
	unsigned next;                   /* the slot that is given up next */
	size_t bytes;                    /* of all texts there are */
};

enum err texts_new(struct texts **ret, struct errinfo *e)
{
	struct texts *t = calloc(1, sizeof *t);
	if (!t)
		return ERR(e, NOMEM, "answers");
	(void)pthread_mutex_init(&t->lock, NULL);
	*ret = t;
	return OK;
}

/* With the lock. */
static void drop(struct text *x)
{
	if (!x || --x->refs)
		return;
	x->owner->bytes -= x->bytes.n;
	free(x->memory);
	free(x);
}

void texts_free(struct texts *t)
{
	if (!t)
		return;
	for (unsigned i = 0; i < TEXTS_KEPT; i++)
		drop(t->kept[i]);
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
}

void text_unref(void *text)
{
	struct text *x = text;
	if (!x)
		return;
	struct texts *t = x->owner;
	(void)pthread_mutex_lock(&t->lock);
	drop(x);
	(void)pthread_mutex_unlock(&t->lock);
}

/* ---- keeping ---- */

/* With the lock. */
static struct text **slot_of(struct texts *t, struct str repo)
{
	for (unsigned i = 0; i < TEXTS_KEPT; i++)
		if (t->kept[i] && str_eq_c(repo, t->kept[i]->repo))
			return &t->kept[i];
	return NULL;
}

struct text *texts_find(struct texts *t, const struct snapshot *s, struct str repo)
{
	(void)pthread_mutex_lock(&t->lock);
	struct text **slot = slot_of(t, repo), *found = NULL;
	if (slot && sha256_eq(&(*slot)->identity, &s->identity))
		found = *slot;
	if (found)
		found->refs++;
	(void)pthread_mutex_unlock(&t->lock);
	return found;
}

/* With the lock. */
static void keep(struct texts *t, struct text *x)
{
	struct text **slot = slot_of(t, str_c(x->repo));
	if (!slot)
		slot = &t->kept[t->next++ % TEXTS_KEPT];
	drop(*slot);
	*slot = x;
	x->refs++;
}

/* With the lock: room for `bytes`, if need be at the cost of what is kept. */
static bool make_room(struct texts *t, size_t bytes)
{
	for (unsigned i = 0; i < TEXTS_KEPT && t->bytes + bytes > TEXTS_MAX_BYTES; i++) {
		drop(t->kept[i]);
		t->kept[i] = NULL;
	}
	return t->bytes + bytes <= TEXTS_MAX_BYTES;
}

enum err texts_hold(struct texts *t, struct sbuf *from, const struct snapshot *s, struct str repo,
                    struct text **ret, struct errinfo *e)
{
	struct text *x = sbuf_ok(from) ? calloc(1, sizeof *x) : NULL;
	if (!x || repo.n >= sizeof x->repo) {
		free(x);
		return ERR(e, NOMEM, "answer");
	}
	*x = (struct text){ .owner = t, .refs = 1 };
	(void)pthread_mutex_lock(&t->lock);
	bool fits = make_room(t, from->n);
	if (fits) {
		x->bytes.n = from->n;
		x->bytes.p = x->memory = sbuf_take(from);
		t->bytes += x->bytes.n;
		if (s) {
			x->identity = s->identity;
			memcpy(x->repo, repo.p, repo.n);
			keep(t, x);
		}
	}
	(void)pthread_mutex_unlock(&t->lock);
	if (!fits) {
		free(x);
		return ERR(e, BUSY, "long lists are being read by others; try again in a moment");
	}
	*ret = x;
	return OK;
}

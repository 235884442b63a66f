/* Answering for other hosts. A repository that is known as https://grafana.github.io/helm-charts answers
 * what is asked with Host grafana.github.io below /helm-charts/ as if it were asked below its own name,
 * only for reading: its index, and its archives and provenance files whatever folder they were in.
 *
 * Such a host has nothing else: whoever asks there for another repository means another one than this
 * server may have by that name. The host of public_url stays the server's own.
 *
 *     shadow_new → shadow_turn for each request, by any thread; shadow_changed when settings did     */
#pragma once

#include "indexer/format/places.h"
#include "server/route/route.h"

struct shadow;

struct shadow_options {
	/* Adds what repositories are known as; called by the thread of a request, must not block. */
	enum err (*read)(void *ctx, struct arena *a, struct places *p, struct errinfo *e);
	void *ctx;
	const char *own;                 /* public_url; may be empty */
};

NODISCARD enum err shadow_new(const struct shadow_options *o, struct shadow **ret, struct errinfo *e);
void shadow_free(struct shadow *s);              /* NULL is fine */
/* What `read` would tell may be another thing now. Never blocks; NULL is fine. */
void shadow_changed(struct shadow *s);

/* Sets c->shadowed, where the request's host is one of them. */
void shadow_note(struct call *c);

/* Turns the request's path into that of the repository, when that is set and it is known who asks: one that
 * the caller may not read is not there. NOT_FOUND, METHOD: nothing else is there. NOMEM.    */
NODISCARD enum err shadow_turn(struct call *c, struct errinfo *e);

/* Whether the host, be a port after it or not, is one that is answered for, at whatever port; by any thread.
 * Never this machine, and nothing as long as the catalog is being loaded. `app`: a struct app, for
 * http_shadow.                                                                               */
bool shadow_answers_for(void *app, struct str host);

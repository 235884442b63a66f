/* What the answers of this folder share: the catalog as the caller sees it, and a buffer.
 *
 *     AUTO_ANSWER struct answer x;
 *     enum err err = answer_open(c, &x, e);
 *     …
 *     return answer_send(&x, JSON_TYPE, s, e);
 *
 * Only on a worker: opening waits for what was acknowledged before the request.               */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/sbuf.h"
#include "server/route/ids.h"
#include "server/route/viewer.h"

struct answer {
	struct call *call;
	struct hub *hub;
	struct hub_viewer viewer;
	struct arena arena;
	struct sbuf b;
	struct ids ids;
	struct str address;              /* of this server: "https://charts.example.org/hub" */
};

NODISCARD enum err answer_open(struct call *c, struct answer *ret, struct errinfo *e);
/* Takes the buffer. */
NODISCARD enum err answer_send(struct answer *x, const char *type, struct response *s,
                               struct errinfo *e);
void answer_done(struct answer *x);
#define AUTO_ANSWER __attribute__((cleanup(answer_done)))

/* "team-a~stable": a repository in one segment, as these APIs address and name it. In the arena;
 * empty when there is no memory.                                                             */
struct str answer_repo(struct answer *x, struct str repo);
/* A member of an object: {"name", "url"}. */
void answer_put_repo(struct answer *x, const char *key, struct str repo);
/* A JSON value: what `helm repo add` takes for it, an upstream's own address where the index leads there. */
void answer_repo_url(struct answer *x, struct str repo);
/* A JSON value: where a file of the index is, which stands there relative to the repository. */
void answer_url(struct answer *x, struct str repo, struct str url);

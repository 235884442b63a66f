/* The administrator's API on behalf of a command: asked of the server that runs on a data directory,
 * or, when none does, of one that this process runs for as long as it takes and that nobody else
 * can reach. So what a command does, the API can do, and there is one way to do it.           */
#pragma once

#include "indexer/base/arena.h"

struct admin;

/* A data directory that is not there is NOT_FOUND; with `make` it is made, and that is told on standard error. Waits
 * some seconds for another command that runs a server there, and for a server that is starting. LOCKED: somebody has
 * it open and does not listen.                                                               */
NODISCARD enum err admin_open(const char *data, bool make, struct admin **ret, struct errinfo *e);
void admin_close(struct admin *d);               /* NULL is fine */
/* Until the catalog of charts is complete, where this process makes it: after an import that takes a
 * while, which is told. A server that runs is not waited for.                                */
void admin_catch_up(struct admin *d);
/* `json` may be empty. The answer is in the arena; one that is an error becomes *e. A GET is asked again where the
 * server was another command's, and ended with it.                                            */
struct fetch_response;
NODISCARD enum err admin_ask(struct admin *d, struct arena *a, const char *method,
                             const char *target, struct str json, struct fetch_response *ret,
                             struct errinfo *e);

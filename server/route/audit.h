/* What the audit log is told of requests.
 *
 * A change writes its row in its own transaction, by the note that call_change gives it. What never
 * came that far — refused requests, logins that failed — and what changes nothing in the catalog
 * waits in a queue that is written at most once a second, so that who is refused a thousand times a
 * second costs one small commit. The queue has an end, and those who are nobody in particular get
 * AUDIT_STRANGERS_PER_SECOND rows: what finds no room is counted and gone.                     */
#pragma once

#include "server/route/app.h"

struct audit;

NODISCARD enum err audit_start(struct ingest *g, struct audit **ret, struct errinfo *e);
/* Writes what waits; nothing is written any more. Before ingest_drain. NULL is fine. */
void audit_stop(struct audit *a);
void audit_free(struct audit *a);                /* after http_close; NULL is fine */
uint64_t audit_dropped(const struct audit *a);   /* NULL is fine: 0 */

/* One of several changes of a request, each with a note of its own: tells what it came to unless the
 * change has. Any thread.                                                                     */
void audit_change_of(const struct call *c, const struct change *change);
/* When a request ends: tells the log of it unless a change of its own has. `known` is false for
 * credentials that were refused. Any thread.                                                  */
void audit_call(const struct call *c, bool known, int status);

/* Makes the people and tokens of a catalog those that the settings file declares.
 *
 * What was declared before and is no more goes. What was made by hand is never touched, but for a
 * name that is declared now: it is taken over.                                                */
#pragma once

#include "indexer/ingest/ingest.h"
#include "server/config_people.h"

/* One transaction, with rows in the audit log; *told gets a line for each difference, "+ user alice
 * pull:*". Each declared password costs a quarter of a second. Whoever keeps people in memory reads
 * them anew after it. CONFIG: a token of a user that does not exist, or with another one's text.                           */
NODISCARD enum err declared_people_apply(struct ingest *g, struct declared_people *d, struct sbuf *told,
                                 struct errinfo *e);
/* The same lines, and nothing done: `data` is only read, and may be served meanwhile. Where there is
 * no directory, all are added.                                                               */
NODISCARD enum err declared_people_compare(const char *data, struct declared_people *d,
                                           struct sbuf *told, struct errinfo *e);

/* Makes the people and tokens of a catalog those that the settings file declares.
 *
 * What was declared before and is no more goes. What was made by hand is never touched, but for a
 * name that is declared now: it is taken over.                                                */
#pragma once

#include "indexer/ingest/ingest.h"
#include "server/config_declared.h"

struct catalog;

/* One transaction, with rows in the audit log; *told gets a line for each difference, "+ user alice
 * pull:*". Each declared password costs a quarter of a second. Whoever keeps people in memory reads
 * them anew after it. CONFIG: a token of a user that does not exist.                           */
NODISCARD enum err declare_apply(struct ingest *g, struct declared *d, struct sbuf *told,
                                 struct errinfo *e);
/* The same lines, and nothing done. */
NODISCARD enum err declare_compare(struct catalog *c, struct declared *d, struct sbuf *told,
                                   struct errinfo *e);

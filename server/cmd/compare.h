/* `chartlocker compare`: what it asks or reads, and how it tells it. */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/format/node.h"

/* What the API answers, of two archives or chart directories on this machine. */
NODISCARD enum err compare_here(const char *from, const char *to, bool diffs, struct sbuf *ret,
                                struct errinfo *e);
/* For people. NOMEM. */
NODISCARD enum err compare_print(const struct node *comparison, struct errinfo *e);

/* `chartlocker show`: the two halves of it. */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/format/node.h"

/* The facts of a chart, as the API tells them, for people. */
void show_facts(struct sbuf *table, const struct node *chart);

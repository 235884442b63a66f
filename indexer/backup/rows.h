/* The rows of a catalog that follow from its log, compared with it; internal to this folder. */
#pragma once

#include "indexer/backup/backup.h"
#include "indexer/store/catalog.h"

/* Tells every row that is not what the log says through o->problem, and counts them. What an index
 * line says follows from the chart, which is not read here.                                  */
NODISCARD enum err rows_check(struct catalog *c, const struct backup_options *o,
                              uint64_t *ret_problems, struct errinfo *e);

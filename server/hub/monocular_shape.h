/* Charts and versions as Monocular's clients read them: JSON objects. */
#pragma once

#include "indexer/format/index.h"
#include "server/hub/answer.h"

void monocular_put_chart(struct answer *x, struct str repo, const struct index_entry *shown);
void monocular_put_version(struct answer *x, struct str repo, const struct index_entry *version,
                           const struct index_entry *shown);

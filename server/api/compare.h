/* What changed between two versions of a chart, as JSON: for GET …/compare/A...B and for the command
 * that compares archives without a server.                                                   */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/document/compare.h"
#include "server/route/route.h"

/* GET …/compare/{any}?diff */
NODISCARD enum err compare_get(struct call *c, struct response *s, struct errinfo *e);

#define COMPARE_ANSWER_MAX_BYTES (64u * MIB)

/* ---- compare_json.c ---- */

/* Who is compared: "repo" is left out when it is empty. `diffs`: the lines of files that changed, as
 * many as the page shows.                                                                    */
struct compare_asked { struct str repo, name; bool diffs; };
NODISCARD enum err put_comparison(struct sbuf *b, struct arena *a, const struct compare_asked *asked,
                                  const struct comparison *c, struct errinfo *e);

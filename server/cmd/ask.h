/* What commands share that ask the catalog of charts: how a chart is named on the command line, the address
 * of what is asked, and fields of the answer as coloured cells.                               */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/sbuf.h"
#include "indexer/format/node.h"
#include "server/cmd/colour.h"
#include "server/cmd/remote.h"

struct asked_chart {
	struct str repo, name, version;  /* version empty: the one that is shown */
	bool anywhere;                   /* no repository was named: repo is the default one */
};

/* "[REPO/]NAME[@VERSION]"; borrows. INVALID. */
NODISCARD enum err asked_chart_read(const char *text, struct asked_chart *ret, struct errinfo *e);
/* Where no repository was named and a search shows no such chart in the default one: the one that has
 * it. INVALID: several have. In the arena.                                                    */
NODISCARD enum err asked_chart_find(struct remote *r, struct arena *a, struct asked_chart *x,
                                    struct errinfo *e);
/* By its letters alone: "/x", "./x", "x.tgz", there or not. */
bool asked_is_path(const char *word);
/* Whether a word of a command line means something on this machine: "-", such a path, and where no catalog
 * was named (`asks` is false) whatever is there.                                              */
bool asked_is_here(const char *word, bool asks);
/* "/api/v1/charts/team-a~stable/name" */
void put_chart_target(struct sbuf *b, const struct asked_chart *x);
/* The same with the version, or "latest". */
void put_version_target(struct sbuf *b, const struct asked_chart *x);

/* GET of such a target. INVALID: it has no room, because the name is too long. */
NODISCARD enum err ask_target(struct remote *r, struct arena *a, const struct sbuf *target,
                              struct remote_answer *ret, struct errinfo *e);

/* A list in pages: each is GET, checked as answer_list does, and visited. In `keep`; NULL: each page goes when
 * it was visited. `target` becomes that of the last page.                                    */
typedef enum err ask_page(void *ctx, const struct node *list, struct str text, struct errinfo *e);
NODISCARD enum err ask_pages(struct remote *r, struct arena *keep, struct sbuf *target, const char *key,
                             ask_page *visit, void *ctx, struct errinfo *e);

/* What to do next, on standard error, where nothing has that name. */
void asked_chart_hint(const struct asked_chart *x, const struct errinfo *e);

/* ---- answers ---- */

/* The JSON text of a server, without what stands around it. */
struct str answer_text(struct str text);
/* That, as one line or more: --json. */
void answer_print(struct str text);
/* The elements of such a list, added to another one. */
void put_elements(struct sbuf *b, const struct node *list, struct str text);

/* An object that has this key, in the arena. UPSTREAM: it is none, and what came instead. Its texts may go to a
 * terminal, here and below: json_read_shown.                                                 */
NODISCARD enum err answer_read(struct arena *a, struct str text, const char *key,
                               const struct node **ret, struct errinfo *e);
/* A list, maybe empty, of objects that have it. */
NODISCARD enum err answer_list(struct arena *a, struct str text, const char *key,
                               const struct node **ret, struct errinfo *e);

/* By what it says: such a list where `says` is "[]name", else such an object; of a dry run because it says that it
 * was one.                                                                                   */
NODISCARD enum err answer_believe(struct arena *a, struct str text, const char *says, bool dry_run,
                                  const struct node **ret, struct errinfo *e);

struct str field_text(const struct node *map, const char *key);      /* empty: null, or not there */
bool field_is_true(const struct node *map, const char *key);
uint64_t field_number(const struct node *map, const char *key);      /* 0: none */
const struct node_item *field_items(const struct node *map, const char *key);    /* of a list; NULL: none */
/* "repo/name" of an object, in a cell; the name alone where it says no repository. */
void put_chart_name(struct sbuf *b, const struct node *chart);
/* A time of JSON to the second, in a cell; "-": none. */
void put_time_cell(struct sbuf *b, struct str time);
/* A cell, as put_cell, in a colour. */
void put_coloured(struct sbuf *b, enum colour c, struct str text);

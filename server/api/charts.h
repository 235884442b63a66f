/* ChartMuseum's API: the charts of a repository as JSON. Everything but `delete` reads, and answers
 * from a worker. Statuses and texts are those of chartmuseum.md §1.                          */
#pragma once

#include "server/route/app.h"

struct response;

NODISCARD enum err charts_list(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err charts_of_name(struct call *c, struct response *s, struct errinfo *e);
/* The newest version that {version} names: its text, "latest", or a constraint. */
NODISCARD enum err charts_version(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err charts_values(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err charts_templates(struct call *c, struct response *s, struct errinfo *e);

NODISCARD enum err charts_delete(struct call *c, struct response *s, struct errinfo *e);
void charts_delete_end(struct call *c);

/* What clients of ChartMuseum's compare with (chartmuseum.md §1.6): "file already exists", "chart already exists",
 * "invalid provenance file". What is wrong follows in fields of its own (detail, digest, stored_digest). */
#pragma once

#include "server/route/app.h"

/* Says it of `err` in `e`, where it is one of a provenance file; returns it. */
enum err chartmuseum_prov(struct call *c, enum err err, struct errinfo *e);
/* Says it of a publish that failed. */
void chartmuseum_publish(struct call *c, struct change *change, bool multipart);

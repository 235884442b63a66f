/* Monocular's API, which Helm's own hub had: `helm search hub --endpoint URL` asks for /charts/search.
 *
 * Shapes are those of hub.md §3.1, all scalars strings. A chart stands there with the version that is
 * shown of it, deprecated ones too; `created` is left out where it is unknown, because Helm stops
 * reading at a time that is none. Everything answers from a worker.                          */
#pragma once

#include "server/route/app.h"

/* /charts and /charts/{repo~}: ?page and ?size, ?showDuplicates; or ?name, ?version and ?appversion */
NODISCARD enum err monocular_list(struct call *c, struct response *s, struct errinfo *e);
/* ?q as in /api/v1/search; none: all charts */
NODISCARD enum err monocular_search(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err monocular_chart(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err monocular_versions(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err monocular_version(struct call *c, struct response *s, struct errinfo *e);

/* Files of a version, and the icon that a chart brings along. */
NODISCARD enum err monocular_readme(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err monocular_values(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err monocular_schema(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err monocular_logo(struct call *c, struct response *s, struct errinfo *e);

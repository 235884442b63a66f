/* What machines ask a site for: where its pages are, what not to read, how to search it. */
#pragma once

#include "server/route/app.h"

/* The pages of public repositories, whoever asks; with more than SITEMAP_URLS_MAX an index of such
 * files, which are at ?page=1 and so on.                                                     */
NODISCARD enum err machines_sitemap(struct call *c, struct response *s, struct errinfo *e);
/* Everything but the API; nothing where strangers see nothing. */
NODISCARD enum err machines_robots(struct call *c, struct response *s, struct errinfo *e);
/* For the search box of a browser (OpenSearch 1.1). */
NODISCARD enum err machines_opensearch(struct call *c, struct response *s, struct errinfo *e);

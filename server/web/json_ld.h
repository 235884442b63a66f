/* What search engines read of a page (schema.org): the chart as a SoftwareApplication, and the site
 * with its search. For page.json_ld, in the arena of the page; the template escapes it once more for
 * where it stands.                                                                           */
#pragma once

#include "server/web/chart_page.h"

NODISCARD enum err json_ld_of_chart(struct chart_frame *f, const struct chart_reading *r,
                                    struct errinfo *e);
NODISCARD enum err json_ld_of_site(struct page *p, struct arena *a, struct errinfo *e);

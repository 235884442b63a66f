/* Where the relative links of a document lead that is in a chart: to the page of that file, and images
 * to the file itself. For markdown_options.resolve.                                          */
#pragma once

#include "server/web/chart_frame.h"

bool file_is_there(const struct chart *c, struct str path);
/* How the file is spelt there that has these bytes, c->readme for one; empty: none has. */
struct str file_name_of(const struct chart *c, struct str data);

struct file_links { struct links *l; const struct chart_frame *f; };
struct str file_link_of(void *file_links, struct arena *a, struct str path, bool image);

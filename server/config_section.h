/* Values of the settings file, and a section of it that is a list of maps. What is wrong in one is told in
 * lines "FILE:LINE: SECTION: …".                                                             */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/format/node.h"

/* What stands there; ~ and null, without quotes, are nothing, as no text at all is. */
static inline struct str config_text(const struct node *value)
{
	return node_is_null(value) ? (struct str){ 0 } : node_text(value);
}

struct config_section { const char *name, *file; struct sbuf *problems; };

void config_complain(const struct config_section *s, uint32_t line, const struct errinfo *e);
/* `each` for every map, until something else stands there, of which is told what was expected. */
void config_each(const struct config_section *s, const struct node *section, const char *expected,
                 void (*each)(void *ctx, const struct node *map), void *ctx);

/* A section of the settings file that is a list of maps. What is wrong in it is told in lines
 * "FILE:LINE: SECTION: …".                                                                   */
#pragma once

#include "indexer/base/sbuf.h"

struct node;
struct config_section { const char *name, *file; struct sbuf *problems; };

void config_complain(const struct config_section *s, uint32_t line, const struct errinfo *e);
/* `each` for every map, until something else stands there, of which is told what was expected. */
void config_each(const struct config_section *s, const struct node *section, const char *expected,
                 void (*each)(void *ctx, const struct node *map), void *ctx);

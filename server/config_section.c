/* See config_section.h. */
#include "server/config_section.h"

void config_complain(const struct config_section *s, uint32_t line, const struct errinfo *e)
{
	sbuf_printf(s->problems, "%s:%u: %s: %s\n", s->file, line, s->name, e->detail);
}

void config_each(const struct config_section *s, const struct node *section, const char *expected,
                 void (*each)(void *ctx, const struct node *map), void *ctx)
{
	struct errinfo e = { 0 };
	if (section->kind != NODE_LIST && !node_is_null(section)) {
		(void)ERR(&e, CONFIG, "a list is expected");
		config_complain(s, section->line, &e);
	}
	for (const struct node_item *i = section->items; i && !e.code; i = i->next)
		if (i->value->kind == NODE_MAP) {
			each(ctx, i->value);
		} else {
			(void)ERR(&e, CONFIG, "%s", expected);
			config_complain(s, i->value->line, &e);
		}
}

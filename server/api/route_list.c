/* Makes JSON of the route table. */
#include "server/api/route_list.h"

#include "indexer/base/auto.h"
#include "server/api/json_parts.h"

#define ROUTE_LIST_MAX_BYTES (1u * MIB)

static const char *const permissions[] = {
	[MAY_ANYONE] = "anyone", [MAY_ASK] = "ask", [MAY_SELF] = "self", [MAY_READ] = "read", [MAY_PUBLISH] = "publish",
	[MAY_DELETE] = "delete", [MAY_ADMIN] = "admin", [MAY_MANAGE] = "manage",
	[MAY_CONTROL] = "control",
};
static const char *const dialects[] = {
	[DIALECT_CHARTMUSEUM] = "chartmuseum", [DIALECT_PROBLEM] = "problem", [DIALECT_PAGE] = "page",
	[DIALECT_MONOCULAR] = "monocular", [DIALECT_HUB] = "hub",
};

static void put_row(struct sbuf *b, const struct route *row)
{
	char methods[ROUTE_METHODS_BYTES];
	route_methods(row->methods, methods);
	element_begin(b);
	json_text(b, "methods", str_c(methods));
	json_text(b, "pattern", str_c(row->pattern));
	json_text(b, "permission", str_c(permissions[row->may]));
	json_text(b, "dialect", str_c(dialects[row->dialect]));
	json_bool(b, "body", row->begin != NULL);
	json_bool(b, "dry_run", row->dry_run);
	json_text(b, "action", str_c(row->action ?: ""));
	json_text(b, "summary", str_c(row->summary));
	sbuf_putc(b, '}');
}

enum err control_routes(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(ROUTE_LIST_MAX_BYTES);
	sbuf_putc(&b, '[');
	for (const struct route *row = c->app->routes; row->pattern; row++)
		put_row(&b, row);
	sbuf_puts(&b, "]\n");
	return respond_buffer(JSON_TYPE, &b, s, e);
}

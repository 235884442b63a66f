/* What an error says in each dialect. */
#include "server/route/error_text.h"

#include "indexer/base/json.h"
#include "server/route/app.h"

static void put_text(struct sbuf *b, const struct request *r, const struct errinfo *e)
{
	sbuf_printf(b, "%d %s\n%s\nrequest id: %s\n", err_http_status(e->code),
	            err_sentence(e->code), err_public_text(e), r->id);
}

/* As others have it, whose clients know these fields and no more. */
static void put_foreign(struct sbuf *b, enum dialect dialect, const struct errinfo *e)
{
	bool registry = dialect == DIALECT_REGISTRY;
	sbuf_puts(b, registry ? "{\"errors\":[{" : "{");
	if (registry)
		json_text(b, "code", e->code == ERR_NOT_FOUND ? STR("UNSUPPORTED") : STR("DENIED"));
	if (dialect == DIALECT_MONOCULAR)
		json_number(b, "code", (uint64_t)err_http_status(e->code));
	json_text(b, "message", str_c(err_public_text(e)));
	sbuf_puts(b, registry ? "}]}\n" : "}\n");
}

/* Every answer of ours has "error": who reads one need not know which address answers how. */
static void put_json(struct sbuf *b, enum dialect dialect, const struct request *r, const struct errinfo *e,
                     const struct error_field *fields, size_t count)
{
	struct str text = str_c(err_public_text(e));
	const struct app *app = r->app;
	bool museums = e->code == ERR_UNAUTHORIZED && app->chartmuseum;          /* its clients' word */
	sbuf_putc(b, '{');
	if (dialect == DIALECT_PROBLEM) {
		json_text(b, "type", STR("about:blank"));
		json_text(b, "title", str_c(err_sentence(e->code)));
		json_number(b, "status", (uint64_t)err_http_status(e->code));
	}
	json_text(b, "error", museums ? STR("unauthorized") : text);
	if (museums || dialect == DIALECT_PROBLEM)
		json_text(b, "detail", text);
	json_text(b, "code", str_c(err_code(e->code)));
	json_text(b, "request_id", str_c(r->id));
	for (size_t i = 0; i < count; i++)
		json_text(b, fields[i].name, str_c(fields[i].value));
	sbuf_puts(b, "}\n");
}

void error_text(struct sbuf *b, enum dialect dialect, const struct request *r, const struct errinfo *e,
                const struct error_field *fields, size_t count)
{
	if (dialect == DIALECT_PAGE)
		put_text(b, r, e);
	else if (dialect >= DIALECT_MONOCULAR)
		put_foreign(b, dialect, e);
	else
		put_json(b, dialect, r, e, fields, count);
}

const char *error_type(enum dialect dialect)
{
	switch (dialect) {
	case DIALECT_PAGE:    return "text/plain; charset=utf-8";
	case DIALECT_PROBLEM: return "application/problem+json";
	default:              return JSON_TYPE;
	}
}

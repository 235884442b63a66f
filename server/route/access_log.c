/* The fields of a line of the access log. */
#include "server/route/access_log.h"

#include "server/route/app.h"

void access_log(struct request *r, enum log_level level, int status, uint64_t bytes, int64_t ns)
{
	const struct app *app = r->app;
	if (!app->access_log)
		return;
	LOG(level, "access", KV("id", (const char *)r->id), KV("peer", r->remote),
	    KV("method", r->method_name), KV("path", r->path), KV("status", status),
	    KV("bytes", (int64_t)bytes), KV("us", ns / 1000),
	    KV("agent", request_header(r, "User-Agent")),
	    KV("code", r->err ? err_code(r->err) : "-"));
}

/* See remote.h. Both ways are HTTP, and both answer alike. */
#include "server/cmd/remote.h"

#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/limits.h"
#include "indexer/fetch/fetch.h"
#include "indexer/fetch/url.h"
#include "server/cmd/admin.h"
#include "server/cmd/authorization.h"
#include "server/cmd/cmd.h"
#include "server/cmd/control.h"

struct remote {
	struct arena arena;              /* of address and credentials */
	struct url_server server;
	struct authorization by;
	struct fetch *fetch;             /* NULL: `admin` is asked */
	struct admin *admin;
	bool told;                       /* that a repository was renamed */
};

static enum err open_server(struct remote *r, const char *server, struct errinfo *e)
{
	enum err err = url_server_read(&r->arena, server, &r->server, e);
	if (err)
		err_prefix(e, "--server");
	if (!err)
		err = authorization_find(&r->arena, &r->server, false, &r->by, e);
	return err ? err : fetch_new(&r->fetch, e);
}

static enum err open_data(struct remote *r, const char *data, bool make, struct errinfo *e)
{
	if (!make && access(data, F_OK) != 0)
		return ERR(e, NOT_FOUND, "there is no data directory %s; name one with --data, or a server with "
		           "--server", data);
	return admin_open(data, make, &r->admin, e);
}

static enum err open_either(const char *server, const char *data, bool make, struct remote **ret,
                            struct errinfo *e)
{
	struct remote *r = calloc(1, sizeof *r);
	if (!r)
		return ERR(e, NOMEM, "command");
	enum err err = server ? open_server(r, server, e) : open_data(r, data ? data : cmd_data(), make, e);
	if (err)
		remote_close(r);
	else
		*ret = r;
	return err;
}

enum err remote_open(const char *server, const char *data, struct remote **ret, struct errinfo *e)
{
	return open_either(server, data, false, ret, e);
}

enum err remote_open_new(const char *server, const char *data, struct remote **ret, struct errinfo *e)
{
	return open_either(server, data, true, ret, e);
}

void remote_close(struct remote *r)
{
	if (!r)
		return;
	fetch_free(r->fetch);
	admin_close(r->admin);
	arena_done(&r->arena);
	free(r);
}

void remote_catch_up(struct remote *r)
{
	if (r->admin)
		admin_catch_up(r->admin);
}

/* Not even the address is there: below a repository there is no API. */
static bool is_below_repo(const char *url, enum err err, const struct errinfo *e)
{
	const char *host = strstr(url, "://");
	return err == ERR_NOT_FOUND && !strcmp(err_public_text(e), "not found") && host &&
	       strchr(host + 3, '/');
}

static enum err ask_server(struct remote *r, struct arena *a, const char *method,
                           const char *target, struct str json, struct fetch_response *ret,
                           struct errinfo *e)
{
	struct fetch_request q = { .method = method, .body = json, .timeout_seconds = FETCH_ANSWER_SECONDS,
	                           .response_max_bytes = CONTROL_ANSWER_MAX_BYTES };
	q.url = arena_printf(a, "%s%s", r->server.url, target);
	if (!q.url)
		return ERR(e, NOMEM, "request");
	if (r->by.header)
		q.headers[q.header_count++] = r->by.header;
	if (json.n)
		q.headers[q.header_count++] = "Content-Type: application/json";
	enum err err = fetch_do(r->fetch, a, &q, ret, e);
	if (!err)
		err = answer_error(a, ret, e);
	if (err && is_below_repo(r->server.url, err, e))
		return ERR(e, NOT_FOUND, "%s is no address of a server; --server takes the server's own, without "
		           "a repository", r->server.url);
	if (err)
		authorization_hint(&r->by, &r->server, err);
	return err;
}

/* http://h/base/api/v1/…: from "/api/" on, whatever the server calls itself. NULL: it is not of the API. */
static const char *target_of(struct arena *a, struct str address)
{
	static const char before[] = "/api/v1/";
	const char *at = address.n ? memmem(address.p, address.n, before, sizeof before - 1) : NULL;
	return at ? arena_dup(a, str_make(at, (size_t)(address.p + address.n - at))) : NULL;
}

/* <http://h/base/api/v1/…?after=…>; rel="next" */
static const char *next_of(struct arena *a, struct str link)
{
	struct str address = str_cut(&link, '>', NULL);
	bool next = str_starts(address, STR("<")) && str_ends(str_trim(link), STR("rel=\"next\""));
	return next ? target_of(a, address) : NULL;
}

static enum err ask(struct remote *r, struct arena *a, const char *method, const char *target,
                    struct str json, struct fetch_response *ret, struct errinfo *e)
{
	return r->fetch ? ask_server(r, a, method, target, json, ret, e)
	                : admin_ask(r->admin, a, method, target, json, ret, e);
}

enum err remote_call(struct remote *r, struct arena *a, const char *method, const char *target,
                     struct str json, struct remote_answer *ret, struct errinfo *e)
{
	struct fetch_response answer = { 0 };
	struct errinfo why = { 0 };
	enum err err = ask(r, a, method, target, json, &answer, &why);
	const char *there = err == ERR_RENAMED && !strcmp(method, "GET") ? target_of(a, answer.location) : NULL;
	if (there) {
		if (!r->told)
			cmd_tell("%s", why.detail);
		r->told = true;
		err = ask(r, a, method, there, json, &answer, &why);
	}
	if (err && e)
		*e = why;
	if (!err)
		*ret = (struct remote_answer){ answer.body, next_of(a, answer.link) };
	return err;
}

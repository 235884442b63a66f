/* See file.h. */
#include "server/web/file.h"

#include "indexer/base/auto.h"
#include "indexer/hub/readings.h"
#include "server/route/look.h"
#include "server/route/viewer.h"

const char *file_type(struct str path)
{
	static const struct { const char *ending, *type; } table[] = {
		{ ".png", "image/png" }, { ".jpg", "image/jpeg" }, { ".jpeg", "image/jpeg" },
		{ ".gif", "image/gif" }, { ".webp", "image/webp" }, { ".svg", "image/svg+xml" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct str ending = str_c(table[i].ending);
		if (path.n > ending.n && str_eq_nocase(str_from(path, path.n - ending.n), ending))
			return table[i].type;
	}
	return "text/plain; charset=utf-8";
}

static const struct tar_member *find(const struct tar_listing *m, struct str path)
{
	for (size_t i = 0; i < m->count; i++)
		if (str_eq(m->members[i].name, path))
			return &m->members[i];
	return NULL;
}

static void release(void *contents) { contents_unref(contents); }

/* The bytes stay in the contents, which stay until they are sent. */
static enum err send(struct hub *h, struct contents *x, struct str path, struct response *s,
                     struct errinfo *e)
{
	const struct tar_listing *files;
	enum err err = contents_files(h, x, &files, e);
	const struct tar_member *m = err ? NULL : find(files, path);
	if (err)
		return err;
	if (!m)
		return ERR(e, NOT_FOUND, "%.*s %.*s holds no file %.*s", STR_ARG(x->name),
		           STR_ARG(x->version), STR_ARG(str_first(path, 200)));
	*s = (struct response){ .status = 200, .content_type = file_type(m->name), .payload = HTTP_BYTES,
	                        .bytes = m->data, .release = release, .release_ctx = x };
	response_header(s, "X-Content-Type-Options", "nosniff");
	response_header(s, "Content-Security-Policy", PICTURE_POLICY "; frame-ancestors 'none'");
	return OK;
}

/* Of the version that is shown. */
static enum err get_latest(struct call *c, struct hub *h, struct contents **ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct hub_versions v;
	enum err err = hub_versions(h, &a, c->repo, c->name, &v, e);
	if (err)
		return err;
	err = !v.count ? ERR(e, NOT_FOUND, "%.*s has no versions", STR_ARG(c->name)) :
	      call_contents(c, h, c->repo, c->name, v.list[hub_shown(v.list, v.count)].version, ret, e);
	hub_versions_done(&v);
	return err;
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	struct hub *h = call_hub(c);
	struct contents *x;
	enum err err = str_eq(c->version, STR("latest")) ? get_latest(c, h, &x, e) :
	               call_contents(c, h, c->repo, c->name, c->version, &x, e);
	if (err)
		return err;
	err = send(h, x, query_text(&c->query, "path"), s, e);
	if (err)
		contents_unref(x);
	return err;
}

enum err file_get(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, call_lookers(c), answer, e);
}

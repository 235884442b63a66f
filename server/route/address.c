/* See address.h. Host was judged with the head (http/check.c), so it is a name and nothing more. */
#include "server/route/address.h"

#include "indexer/base/ascii.h"
#include "indexer/base/auto.h"
#include "server/route/app.h"
#include "server/route/outside.h"

/* Of a checked URL: how much of it is "https://host". */
static size_t origin_bytes(struct str url)
{
	struct str rest = url;
	bool more;
	(void)str_cut(&rest, ':', NULL);
	rest = str_from(rest, STR("//").n);
	(void)str_cut(&rest, '/', &more);
	return more ? url.n - rest.n - 1 : url.n;
}

static struct str without_slash(struct str path)
{
	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	return path;
}

/* The first listener that is no Unix socket; one of all addresses is called by a name that leads to it from here. */
static void put_listener(const struct http_server *http, struct sbuf *b)
{
	static const struct str wild[] = { STR("0.0.0.0:"), STR("[::]:") };
	size_t i = 0;
	while (http && http_address(http, i) && str_starts(str_c(http_address(http, i)), STR("unix:")))
		i++;
	if (!http || !http_address(http, i))
		return;
	struct str address = str_c(http_address(http, i));
	sbuf_puts(b, http_is_tls(http, i) ? "https://" : "http://");
	for (size_t k = 0; k < sizeof wild / sizeof *wild; k++)
		if (str_starts(address, wild[k])) {
			sbuf_puts(b, "localhost:");
			address = str_from(address, wild[k].n);
		}
	sbuf_put(b, address);
}

void address_origin(const struct call *c, struct sbuf *b)
{
	const struct request *r = c->r;
	if (r->public_url.n)
		sbuf_put(b, str_first(r->public_url, origin_bytes(r->public_url)));
	else if (r->control)
		put_listener(c->app->http, b);
	else
		sbuf_printf(b, "%s://%.*s", r->tls ? "https" : "http",
		            STR_ARG(r->host.n ? r->host : r->listen));
}

struct str address_base(const struct call *c)
{
	struct str base = str_c(c->app->base_path), url = c->r->public_url;
	if (base.n || !url.n)
		return base;
	return without_slash(str_from(url, origin_bytes(url)));
}

static bool put_address(const struct call *c, struct sbuf *b)
{
	size_t before = b->n;
	address_origin(c, b);
	bool is_known = b->n > before;
	if (is_known)
		sbuf_put(b, address_base(c));
	return is_known;
}

void address_of(const struct call *c, struct sbuf *b) { (void)put_address(c, b); }

void address_of_repo(const struct call *c, struct str repo, struct sbuf *b)
{
	if (put_address(c, b))
		address_helm(b, repo, str_c(c->app->default_repo));
}

void address_of_archive(const struct call *c, struct str repo, struct str file, struct sbuf *b)
{
	size_t before = b->n;
	address_of_repo(c, repo, b);
	if (b->n == before)
		return;
	sbuf_puts(b, "/charts");
	address_segment(b, file);
}

void address_of_chart(const struct call *c, struct str repo, struct str name, struct str version,
                      struct sbuf *b)
{
	if (!put_address(c, b))
		return;
	sbuf_puts(b, "/packages");
	address_joined(b, repo);
	address_segment(b, name);
	address_segment(b, version);
}

/* ---- parts of a path ---- */

void address_encode(struct sbuf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool plain = ascii_is_alnum(c) || (c && strchr("-._~", c));
		if (plain)
			sbuf_putc(b, c);
		else
			sbuf_printf(b, "%%%02X", (unsigned char)c);
	}
}

void address_segment(struct sbuf *b, struct str segment)
{
	if (!segment.n)
		return;
	sbuf_putc(b, '/');
	address_encode(b, segment);
}

void address_joined(struct sbuf *b, struct str repo)
{
	bool two;
	address_segment(b, str_cut(&repo, '/', &two));
	if (two) {
		sbuf_putc(b, '~');
		address_encode(b, repo);
	}
}

static char *with(struct arena *a, struct str name, char between, char instead)
{
	char *copy = arena_dup(a, name), *at = copy ? strchr(copy, between) : NULL;
	if (at)
		*at = instead;
	return copy;
}

char *address_segment_of(struct arena *a, struct str repo) { return with(a, repo, '/', '~'); }

char *address_repo_of(struct arena *a, struct str segment) { return with(a, segment, '~', '/'); }

void address_helm(struct sbuf *b, struct str repo, struct str default_repo)
{
	if (str_eq(repo, default_repo))
		return;
	address_segment(b, str_cut(&repo, '/', NULL));
	address_segment(b, repo);
}

/* ---- the next page ---- */

/* As it came, but for what would end the <…> that it stands in. */
static void put_raw(struct sbuf *b, struct str raw)
{
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];
		if (c > ' ' && c < 0x7f && !strchr("<>\"", c))
			sbuf_putc(b, c);
		else
			sbuf_printf(b, "%%%02X", (unsigned char)c);
	}
}

/* It comes first, because of parameters of one name the first counts. */
enum err address_next(struct call *c, struct str after, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(4 * HTTP_URI_MAX_BYTES);
	struct str rest = c->r->query;
	sbuf_putc(&b, '<');
	address_of(c, &b);
	put_raw(&b, outside_path(c->app, c->r->path));
	sbuf_puts(&b, "?after=");
	address_encode(&b, after);
	while (rest.n) {
		struct str param = str_cut(&rest, '&', NULL);
		if (!param.n || str_starts(param, STR("after=")))
			continue;
		sbuf_putc(&b, '&');
		put_raw(&b, param);
	}
	sbuf_puts(&b, ">; rel=\"next\"");
	c->next = sbuf_ok(&b) ? arena_dup(&c->r->arena, sbuf_str(&b)) : NULL;
	return c->next ? OK : ERR(e, NOMEM, "answer");
}

enum err address_next_number(struct call *c, uint64_t after, struct errinfo *e)
{
	const char *text = arena_printf(&c->r->arena, "%llu", (unsigned long long)after);
	return text ? address_next(c, str_c(text), e) : ERR(e, NOMEM, "answer");
}

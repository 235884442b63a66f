/* See address.h. */
#include "indexer/format/address.h"

#include "indexer/base/ascii.h"

static const struct scheme { const char *text; bool oci; } schemes[] = {
	{ "https://", false }, { "http://", false }, { "oci://", true },
};

static bool is_local(struct str host)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq_c(host, names[i]))
			return true;
	return false;
}

/* Where the port begins, with its colon; that of an IPv6 address stands behind the bracket. */
static size_t port_at(struct str host)
{
	const char *bracket = host.n ? memrchr(host.p, ']', host.n) : NULL;
	size_t from = bracket ? (size_t)(bracket - host.p) : 0;
	const char *colon = host.n ? memchr(host.p + from, ':', host.n - from) : NULL;
	return colon ? (size_t)(colon - host.p) : host.n;
}

static bool is_usual_port(struct str port, const struct scheme *s)
{
	bool http = str_eq(port, STR(":80")), https = str_eq(port, STR(":443"));
	if (!s)
		return http || https || str_eq(port, STR(":"));
	return str_eq(port, STR(":")) || (str_eq_c(str_c(s->text), "http://") ? http : https);
}

static enum err no_address(struct errinfo *e) { return ERR(e, INVALID, "this is no address"); }

static enum err read_host(struct arena *a, struct str host, const struct scheme *s, struct str *ret,
                          struct errinfo *e)
{
	char *to = arena_dup(a, host);
	if (!to)
		return ERR(e, NOMEM, "address");
	for (size_t i = 0; i < host.n; i++) {
		if (to[i] >= 0 && to[i] <= ' ')
			return no_address(e);
		to[i] = ascii_lower(to[i]);
	}
	struct str name = str_first(str_make(to, host.n), port_at(host));
	struct str port = str_from(str_make(to, host.n), name.n);
	if (is_usual_port(port, s))
		port = (struct str){ 0 };
	while (str_ends(name, STR(".")))
		name.n--;
	if (!name.n)
		return no_address(e);
	const char *text = arena_printf(a, "%.*s%.*s", STR_ARG(is_local(name) ? STR("localhost") : name),
	                                STR_ARG(port));
	*ret = str_c(text);
	return text ? OK : ERR(e, NOMEM, "address");
}

static enum err read_path(struct arena *a, struct str path, struct str *ret, struct errinfo *e)
{
	static const struct str files[] = { STR("/"), STR("/index.yaml"), STR("/index.json") };
	char *to = arena_alloc(a, path.n + 1);
	size_t n = 0;
	if (!to)
		return ERR(e, NOMEM, "address");
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] != '/' || (n && to[n - 1] != '/'))
			to[n++] = path.p[i];
	struct str s = str_make(to, n);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (str_ends(s, files[i]) || str_eq(s, str_from(files[i], 1)))
			s.n -= s.n < files[i].n ? s.n : files[i].n;
	*ret = s;
	return OK;
}

enum err address_read(struct arena *a, struct str text, struct address *ret, struct errinfo *e)
{
	const struct scheme *s = NULL;
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes && !s; i++)
		if (str_eq_nocase(str_first(text, strlen(schemes[i].text)), str_c(schemes[i].text)))
			s = &schemes[i];
	if (!s && memmem(text.p ?: "", text.n, "://", 3))
		return no_address(e);
	struct str rest = s ? str_from(text, strlen(s->text)) : text;
	rest = str_cut(&rest, '?', NULL);
	rest = str_cut(&rest, '#', NULL);
	struct address found = { .oci = s && s->oci };
	struct str host = str_cut(&rest, '/', NULL);
	const char *at = host.n ? memrchr(host.p, '@', host.n) : NULL;
	if (at)
		host = str_from(host, (size_t)(at - host.p) + 1);
	enum err err = host.n ? read_host(a, host, s, &found.host, e) : no_address(e);
	if (!err)
		err = read_path(a, rest, &found.path, e);
	if (!err)
		*ret = found;
	return err;
}

int address_cmp(const struct address *a, const struct address *b)
{
	int order = (int)a->oci - (int)b->oci;
	if (!order)
		order = str_cmp(a->host, b->host);
	return order ? order : str_cmp(a->path, b->path);
}

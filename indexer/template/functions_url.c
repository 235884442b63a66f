/* urlParse and urlJoin: addresses and their parts, as Go's net/url takes them apart. */
#include "indexer/template/functions.h"

#include "indexer/base/ascii.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"

struct parts { struct str all, scheme, host, path, query, opaque, fragment, userinfo; };

static bool wrong(struct tmpl_run *r, struct str all, const char *why, struct str what)
{
	return tmpl_fail(r, ERR_METADATA, "unable to parse url: parse \"%.*s\": %s%s%.*s%s%s", STR_ARG(all), why,
	                 what.n ? " \"" : "", STR_ARG(what), what.n ? "\"" : "",
	                 what.n && what.p[0] == ':' ? " after host" : "");
}

/* "%2F" is "/". Into the arena. */
static bool unescape(struct tmpl_run *r, struct str all, struct str *s)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	if (!str_has(*s, '%'))
		return true;
	for (size_t i = 0; i < s->n; i++) {
		if (s->p[i] != '%') {
			sbuf_putc(&b, s->p[i]);
			continue;
		}
		bool fits = i + 2 < s->n;
		int high = fits ? hex_digit_value(s->p[i + 1]) : -1, low = fits ? hex_digit_value(s->p[i + 2]) : -1;
		if (high < 0 || low < 0)
			return wrong(r, all, "invalid URL escape", str_first(str_from(*s, i), 3));
		sbuf_putc(&b, (char)(high << 4 | low));
		i += 2;
	}
	return tmpl_keep(r, &b, s);
}

/* False: it begins with ':'. Without one, *rest is as it was. */
static bool take_scheme(struct str *rest, struct str *ret)
{
	*ret = STR("");
	for (size_t i = 0; i < rest->n; i++) {
		char c = rest->p[i];
		if (c == ':') {
			*ret = str_first(*rest, i);
			*rest = str_from(*rest, i + 1);
			return i > 0;
		}
		if (!ascii_is_letter(c) && (i == 0 || !(ascii_is_digit(c) || c == '+' || c == '-' || c == '.')))
			return true;
	}
	return true;
}

/* A host's port; *ret_valid: it is none but digits. */
static struct str port_of(struct str host, bool *ret_valid)
{
	const char *bracket = host.n && host.p[0] == '[' ? memrchr(host.p, ']', host.n) : NULL;
	struct str after = bracket ? str_from(host, (size_t)(bracket - host.p) + 1) : host;
	const char *colon = after.n ? memrchr(after.p, ':', after.n) : NULL;
	struct str port = colon ? str_from(after, (size_t)(colon - after.p)) : STR("");
	*ret_valid = !bracket || !after.n || after.p[0] == ':';
	for (size_t i = 1; i < port.n; i++)
		*ret_valid = *ret_valid && ascii_is_digit(port.p[i]);
	return port;
}

static bool take_authority(struct tmpl_run *r, struct str authority, struct parts *p)
{
	const char *at = authority.n ? memrchr(authority.p, '@', authority.n) : NULL;
	bool valid;
	p->host = at ? str_from(authority, (size_t)(at - authority.p) + 1) : authority;
	p->userinfo = at ? str_first(authority, (size_t)(at - authority.p)) : STR("");
	struct str port = port_of(p->host, &valid);
	if (!valid)
		return wrong(r, p->all, "invalid port", port);
	return unescape(r, p->all, &p->host);
}

static bool parse(struct tmpl_run *r, struct str rest, struct parts *p)
{
	bool found;
	p->all = rest;
	if (str_has_controls(rest))
		return wrong(r, p->all, "net/url: invalid control character in URL", STR(""));
	struct str before = str_cut(&rest, '#', &found);
	p->fragment = rest;
	rest = before;
	if (!take_scheme(&rest, &p->scheme))
		return wrong(r, p->all, "missing protocol scheme", STR(""));
	before = str_cut(&rest, '?', &found);
	p->query = rest;
	rest = before;
	if (p->scheme.n && !str_starts(rest, STR("/"))) {
		p->opaque = rest;
		return unescape(r, p->all, &p->fragment);
	}
	struct str first = rest;
	first = str_cut(&first, '/', NULL);
	if (str_has(first, ':'))
		return wrong(r, p->all, "first path segment in URL cannot contain colon", STR(""));
	if (str_starts(rest, STR("//")) && (p->scheme.n || !str_starts(rest, STR("///")))) {
		struct str authority = str_from(rest, 2), path = authority;
		authority = str_cut(&path, '/', &found);
		rest = str_from(rest, 2 + authority.n);
		if (!take_authority(r, authority, p))
			return false;
	}
	p->path = rest;
	return unescape(r, p->all, &p->path) && unescape(r, p->all, &p->fragment);
}

static bool lower(struct tmpl_run *r, struct str *s)
{
	char *copy = arena_dup(r->a, *s);
	for (size_t i = 0; copy && i < s->n; i++)
		copy[i] = ascii_lower(copy[i]);
	s->p = copy;
	return copy || tmpl_no_memory(r);
}

static struct str hostname_of(struct str host)
{
	bool valid;
	struct str port = port_of(host, &valid), name = str_first(host, host.n - port.n);
	bool brackets = name.n > 1 && name.p[0] == '[' && name.p[name.n - 1] == ']';
	return brackets ? str_make(name.p + 1, name.n - 2) : name;
}

TMPL_CALL(call_url_parse)
{
	struct parts p = { 0 };
	struct str s;
	struct tmpl_map *m = tmpl_map_new(r->a);
	if (!tmpl_want_text(r, v, &s) || !parse(r, s, &p) || !lower(r, &p.scheme))
		return false;
	const struct { struct str key, value; } rows[] = {
		{ STR("scheme"), p.scheme }, { STR("host"), p.host }, { STR("hostname"), hostname_of(p.host) },
		{ STR("path"), p.path }, { STR("query"), p.query }, { STR("opaque"), p.opaque },
		{ STR("fragment"), p.fragment }, { STR("userinfo"), p.userinfo },
	};
	for (size_t i = 0; m && i < sizeof rows / sizeof *rows; i++)
		if (!tmpl_map_set(r->a, m, rows[i].key, tmpl_text(rows[i].value)))
			m = NULL;
	return m ? tmpl_answer(ret, tmpl_map_value(m)) : tmpl_no_memory(r);
}

/* ---- joining ---- */

static void escape(struct sbuf *b, struct str s, const char *fine)
{
	for (size_t i = 0; i < s.n && sbuf_ok(b); i++) {
		char c = s.p[i];
		if (ascii_is_alnum(c) || (c && (strchr("-_.~", c) || strchr(fine, c))))
			sbuf_putc(b, c);
		else
			sbuf_printf(b, "%%%02X", (unsigned)(unsigned char)c);
	}
}

static bool member(struct tmpl_run *r, const struct tmpl_map *m, const char *key, struct str *ret)
{
	const struct tmpl_value *v = tmpl_map_get(m, str_c(key));
	*ret = v && v->kind == TMPL_STRING ? v->text : STR("");
	if (v && v->kind != TMPL_STRING)
		return tmpl_fail(r, ERR_METADATA, "unable to parse %s key, must be of type string, but %s found", key,
		                 tmpl_kind_name(v));
	return tmpl_take(r, ret->n / 32);
}

static void put_authority(struct sbuf *b, const struct parts *p)
{
	bool any = p->scheme.n || p->host.n || p->userinfo.n;
	if (any && (p->host.n || p->path.n || p->userinfo.n))
		sbuf_puts(b, "//");
	if (p->userinfo.n) {
		sbuf_put(b, p->userinfo);
		sbuf_putc(b, '@');
	}
	escape(b, p->host, "!$&'()*+,;=:[]<>\"");
}

static void put_path(struct sbuf *b, const struct parts *p)
{
	struct str first = p->path;
	if (p->path.n && p->path.p[0] != '/' && p->host.n)
		sbuf_putc(b, '/');
	first = str_cut(&first, '/', NULL);
	if (!b->n && str_has(first, ':'))
		sbuf_puts(b, "./");
	escape(b, p->path, str_eq(p->path, STR("*")) ? "*" : "$&+,/:;=@");
}

TMPL_CALL(call_url_join)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct parts p = { 0 };
	struct tmpl_map *m;
	if (!tmpl_want_map(r, v, &m) || !member(r, m, "scheme", &p.scheme) || !member(r, m, "host", &p.host) ||
	    !member(r, m, "path", &p.path) || !member(r, m, "query", &p.query) ||
	    !member(r, m, "opaque", &p.opaque) || !member(r, m, "fragment", &p.fragment) ||
	    !member(r, m, "userinfo", &p.userinfo))
		return false;
	sbuf_put(&b, p.scheme);
	if (p.scheme.n)
		sbuf_putc(&b, ':');
	if (p.opaque.n) {
		sbuf_put(&b, p.opaque);
	} else {
		put_authority(&b, &p);
		put_path(&b, &p);
	}
	if (p.query.n)
		sbuf_putc(&b, '?');
	sbuf_put(&b, p.query);
	if (p.fragment.n)
		sbuf_putc(&b, '#');
	escape(&b, p.fragment, "!$&()*+,/:;=?@");
	return tmpl_answer_kept(r, &b, ret);
}

const struct tmpl_function tmpl_functions_url[] = {
	{ "urlParse", 1, 1, call_url_parse }, { "urlJoin", 1, 1, call_url_join },
};
const size_t tmpl_functions_url_count = sizeof tmpl_functions_url / sizeof *tmpl_functions_url;

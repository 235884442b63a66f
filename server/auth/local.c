/* While there are no people: a loopback address is enough, a detour is not. */
#include "server/auth/auth.h"

static struct str port_of(struct str address)
{
	size_t i = address.n;
	while (i > 0 && address.p[i - 1] != ':' && address.p[i - 1] != ']')
		i--;
	return i > 0 && address.p[i - 1] == ':' ? str_from(address, i) : (struct str){ 0 };
}

static struct str name_of(struct str address)
{
	struct str port = port_of(address);
	return port.n ? str_first(address, address.n - port.n - 1) : address;
}

bool auth_names_listener(struct str host, struct str listen, bool tls)
{
	static const char *const names[] = { "127.0.0.1", "localhost", "[::1]" };
	struct str name = name_of(host), port = port_of(host);
	if (!str_eq(port.n ? port : tls ? STR("443") : STR("80"), port_of(listen)))
		return false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq_nocase(name, str_c(names[i])))
			return true;
	return str_eq_nocase(name, name_of(listen));
}

static const char *scheme_of(const struct request *r) { return r->tls ? "https://" : "http://"; }

/* public_url is none of ours here: who comes by that name comes from elsewhere, through a proxy. */
static bool origin_is_ours(const struct request *r)
{
	struct str origin = request_header(r, "Origin"), scheme = str_c(scheme_of(r));
	return str_starts(origin, scheme) &&
	       auth_names_listener(str_from(origin, scheme.n), r->listen, r->tls);
}

#define BY_PROXY "writing without users is refused through a proxy (%s header)"

enum err auth_is_local(const struct request *r, struct errinfo *e)
{
	static const char *const through[] = { "Forwarded", "Via", "X-Real-IP" };
	if (!r->local)
		return ERR(e, FORBIDDEN, "writing is refused on %.*s because there are no users; make one with "
		           "chartlocker user add on the server itself", STR_ARG(r->listen));
	for (size_t i = 0; i < sizeof through / sizeof *through; i++)
		if (request_has_header(r, through[i]))
			return ERR(e, FORBIDDEN, BY_PROXY, through[i]);
	if (request_has_header_prefix(r, "X-Forwarded-"))
		return ERR(e, FORBIDDEN, BY_PROXY, "X-Forwarded-*");
	struct str host = request_header(r, "Host");
	if (!auth_names_listener(host, r->listen, r->tls))
		return ERR(e, FORBIDDEN, "writing without users is refused for host \"%.*s\"; use "
		           "%s%.*s", STR_ARG(host), scheme_of(r), STR_ARG(r->listen));
	struct str site = request_header(r, "Sec-Fetch-Site");
	bool foreign = site.n && !str_eq(site, STR("same-origin")) && !str_eq(site, STR("none"));
	if (foreign || (request_has_header(r, "Origin") && !origin_is_ours(r)))
		return ERR(e, FORBIDDEN, "writing without users is refused from another origin");
	return OK;
}

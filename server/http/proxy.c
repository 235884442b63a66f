/* Who the client is when a reverse proxy stands in between.
 *
 * Only what a trusted proxy says counts. A list of addresses is read from its end, because only
 * the end was written by the proxy: each entry that is a trusted proxy itself vouches for the one
 * before it, and the first that is none is the client. `Forwarded` counts where there is no
 * X-Forwarded-* header: a proxy that writes the one may let a client's other one pass.        */
#include "server/http/internal.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/http/message.h"

#define V4_IN_V6_BITS 96u
#define FORWARDED_LINES_MAX 16u
#define OWN_V4_BITS_MIN 8u           /* 10.0.0.0/8 */
#define OWN_V6_BITS_MIN 7u           /* fc00::/7 */

/* ---- addresses ---- */

static const unsigned char v4_prefix[12] = { [10] = 0xff, [11] = 0xff };

bool http_ip_is_v4(const struct http_ip *ip)
{
	return ip->known && memcmp(ip->bytes, v4_prefix, sizeof v4_prefix) == 0;
}

static bool parse_plain(struct str text, struct http_ip *ret, bool *ret_v4)
{
	char copy[INET6_ADDRSTRLEN];
	if (!text.n || text.n >= sizeof copy || memchr(text.p, '\0', text.n))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	memcpy(ret->bytes, v4_prefix, sizeof v4_prefix);
	*ret_v4 = inet_pton(AF_INET, copy, ret->bytes + sizeof v4_prefix) == 1;
	return *ret_v4 || inet_pton(AF_INET6, copy, ret->bytes) == 1;
}

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80" */
static bool parse_ip(struct str text, struct http_ip *ret)
{
	bool v4, bracketed = text.n && text.p[0] == '[';
	if (parse_plain(text, ret, &v4))
		return true;
	if (bracketed)
		text = str_from(text, 1);
	struct str host = str_cut(&text, bracketed ? ']' : ':', NULL);
	return parse_plain(host, ret, &v4) && v4 != bracketed;
}

void http_ip_text(const struct http_ip *ip, char ret[HTTP_IP_TEXT_BYTES])
{
	bool v4 = http_ip_is_v4(ip);
	if (!ip->known || !inet_ntop(v4 ? AF_INET : AF_INET6, ip->bytes + (v4 ? sizeof v4_prefix : 0), ret,
	                             HTTP_IP_TEXT_BYTES))
		(void)snprintf(ret, HTTP_IP_TEXT_BYTES, "unix");
}

void http_ip_of(const struct sockaddr *a, struct http_ip *ret)
{
	*ret = (struct http_ip){ .known = false };
	if (a && a->sa_family == AF_INET) {
		ret->known = true;
		memcpy(ret->bytes, v4_prefix, sizeof v4_prefix);
		memcpy(ret->bytes + sizeof v4_prefix, &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
	} else if (a && a->sa_family == AF_INET6) {
		ret->known = true;
		memcpy(ret->bytes, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, 16);
	}
}

/* ---- the list of trusted networks ---- */

static bool parse_network(struct str text, struct http_network *ret)
{
	struct http_ip ip;
	bool v4, has_bits;
	uint64_t bits;
	struct str address = str_cut(&text, '/', &has_bits);
	*ret = (struct http_network){ .is_unix = str_eq_c(address, "unix") && !has_bits };
	if (ret->is_unix)
		return true;
	if (!parse_plain(address, &ip, &v4))
		return false;
	memcpy(ret->bytes, ip.bytes, sizeof ret->bytes);
	if (!has_bits)
		bits = v4 ? 32 : 128;
	else if (!str_to_u64(text, &bits) || bits > (v4 ? 32 : 128))
		return false;
	ret->bits = (unsigned)bits + (v4 ? V4_IN_V6_BITS : 0);
	return true;
}

enum err http_network_check(const char *text, struct errinfo *e)
{
	struct http_network n;
	if (parse_network(str_c(text), &n))
		return OK;
	return ERR(e, CONFIG, "\"%s\" is neither an address, nor ADDRESS/BITS, nor \"unix\"", text);
}

enum err http_trust(struct http_server *s, const struct http_options *o, struct errinfo *e)
{
	s->trusted = calloc(o->trusted_count ? o->trusted_count : 1, sizeof *s->trusted);
	if (!s->trusted)
		return ERR(e, NOMEM, "trusted proxies");
	for (size_t i = 0; i < o->trusted_count; i++)
		if (!parse_network(str_c(o->trusted_proxies[i]), &s->trusted[s->trusted_count++]))
			return http_network_check(o->trusted_proxies[i], e);
	return OK;
}

static bool matches(const struct http_network *n, const struct http_ip *ip)
{
	if (n->is_unix || !ip->known)
		return n->is_unix && !ip->known;
	unsigned whole = n->bits / 8, rest = n->bits % 8;
	if (memcmp(n->bytes, ip->bytes, whole) != 0)
		return false;
	return !rest || (n->bytes[whole] ^ ip->bytes[whole]) >> (8 - rest) == 0;
}

/* Of IPv6 also one with all of IPv4 in it. */
bool http_network_has_strangers(const char *text)
{
	struct http_ip v4 = { .known = true };
	struct http_network n;
	if (!parse_network(str_c(text), &n) || n.is_unix)
		return false;
	memcpy(v4.bytes, v4_prefix, sizeof v4_prefix);
	bool is_v4 = !memcmp(n.bytes, v4_prefix, sizeof v4_prefix) || matches(&n, &v4);
	return n.bits < (is_v4 ? V4_IN_V6_BITS + OWN_V4_BITS_MIN : OWN_V6_BITS_MIN);
}

bool http_is_trusted(const struct http_server *s, const struct http_ip *ip)
{
	for (size_t i = 0; i < s->trusted_count; i++)
		if (matches(&s->trusted[i], ip))
			return true;
	return false;
}

/* ---- what the proxy says ---- */

/* A header may stand several times, which means the same as one with all the items. */
struct lines {
	const char *name;
	struct str line[FORWARDED_LINES_MAX];
	size_t count;
};

static enum MHD_Result take_line(void *cls, enum MHD_ValueKind kind, const char *name, size_t n,
                                 const char *value, size_t value_n)
{
	struct lines *l = cls;
	(void)kind;
	if (!str_eq_nocase(str_make(name, n), str_c(l->name)))
		return MHD_YES;
	if (l->count == FORWARDED_LINES_MAX) {       /* nobody honest: keep the last ones */
		memmove(l->line, l->line + 1, sizeof l->line - sizeof *l->line);
		l->count--;
	}
	l->line[l->count++] = str_make(value, value_n);
	return MHD_YES;
}

static void read_lines(const struct http_connection *c, const char *name, struct lines *ret)
{
	*ret = (struct lines){ .name = name };
	(void)MHD_get_connection_values_n(c->mhd, MHD_HEADER_KIND, take_line, ret);
}

/* Takes the last item off. False: there is none left. */
static bool last_item(struct lines *l, struct str *ret)
{
	if (!l->count)
		return false;
	struct str *line = &l->line[l->count - 1];
	const char *comma = line->n ? memrchr(line->p, ',', line->n) : NULL;
	size_t at = comma ? (size_t)(comma - line->p) : 0;
	*ret = str_trim(str_from(*line, comma ? at + 1 : 0));
	if (comma)
		*line = str_first(*line, at);
	else
		l->count--;
	return true;
}

/* `name` of one element of Forwarded: for=192.0.2.1;proto=https */
static struct str element_value(struct str element, const char *name)
{
	struct str key, value;
	bool quoted;
	while (http_param_next(&element, &key, &value, &quoted))
		if (str_eq_nocase(key, str_c(name)))
			return value;
	return (struct str){ 0 };
}

/* `param`: of Forwarded; NULL: the item is the address. */
static void find_remote(struct http_connection *c, struct lines *l, const char *param)
{
	struct request *r = &c->request;
	struct str item;
	for (size_t i = 0; i < HTTP_FORWARDED_MAX && last_item(l, &item); i++) {
		struct http_ip ip = { .known = true };
		if (!parse_ip(param ? element_value(item, param) : item, &ip))
			return;
		char text[HTTP_IP_TEXT_BYTES];
		http_ip_text(&ip, text);
		if (!arena_str(&r->arena, str_c(text), &r->remote))
			return;
		if (!http_is_trusted(c->listener->server, &ip))
			return;
	}
}

static void take_scheme(struct request *r, struct str proto)
{
	if (str_eq_nocase(proto, STR("https")) || str_eq_nocase(proto, STR("http")))
		r->tls = proto.n == 5;
}

static void take_host(struct request *r, struct str host)
{
	if (http_host_is_valid(host))
		r->host = host;
}

static struct str last_of(const struct http_connection *c, const char *name)
{
	struct lines l;
	struct str item;
	read_lines(c, name, &l);
	return last_item(&l, &item) ? item : (struct str){ 0 };
}

void http_believe_proxy(struct http_connection *c)
{
	struct request *r = &c->request;
	struct lines l;
	if (!c->is_proxy)
		return;
	if (request_has_header_prefix(r, "X-Forwarded-")) {
		read_lines(c, "X-Forwarded-For", &l);
		find_remote(c, &l, NULL);
		take_scheme(r, last_of(c, "X-Forwarded-Proto"));
		take_host(r, last_of(c, "X-Forwarded-Host"));
		r->proxied = true;
	} else if (request_has_header(r, "Forwarded")) {
		struct str element = last_of(c, "Forwarded");
		read_lines(c, "Forwarded", &l);
		find_remote(c, &l, "for");
		take_scheme(r, element_value(element, "proto"));
		take_host(r, element_value(element, "host"));
		r->proxied = true;
	}
}

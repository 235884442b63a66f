/* How many connections an address has. Addresses are hashed into a fixed table, so that counting
 * costs nothing and cannot grow; two that meet in one place are counted as one, which nobody can
 * bring about on purpose because the hash begins with a random number. An IPv6 client has a whole
 * /64. Proxies that are trusted, Unix sockets and this machine itself have no limit.          */
#include "server/http/internal.h"

#include <netinet/in.h>
#include <stdlib.h>

#define V6_NETWORK_BYTES 8

static bool is_here(const struct http_ip *ip)
{
	struct in6_addr v6;
	if (http_ip_is_v4(ip))
		return ip->bytes[12] == IN_LOOPBACKNET;
	memcpy(&v6, ip->bytes, sizeof v6);
	return IN6_IS_ADDR_LOOPBACK(&v6);
}

static atomic_uint *counter(const struct http_server *s, const struct http_ip *ip)
{
	struct str of = http_ip_is_v4(ip) ? str_make(ip->bytes + 12, 4)
	                                  : str_make(ip->bytes, V6_NETWORK_BYTES);
	return &s->peers[str_hash(of, s->id_seed[0]) % HTTP_PEERS];
}

static bool is_counted(const struct http_server *s, const struct http_ip *ip)
{
	return s->peers && ip->known && (s->limit_loopback || !is_here(ip)) && !http_is_trusted(s, ip);
}

bool http_count_peers(struct http_server *s, unsigned limit)
{
	s->connections_per_address = limit;
	s->peers = limit ? calloc(HTTP_PEERS, sizeof *s->peers) : NULL;
	return s->peers || !limit;
}

bool http_peer_comes(struct http_connection *c)
{
	struct http_server *s = c->listener->server;
	c->is_counted = !c->listener->control && is_counted(s, &c->ip);
	return !c->is_counted ||
	       atomic_fetch_add(counter(s, &c->ip), 1) < s->connections_per_address;
}

void http_peer_goes(struct http_connection *c)
{
	if (c->is_counted)
		atomic_fetch_sub(counter(c->listener->server, &c->ip), 1);
}

/* Listening sockets. Addresses are numeric, so that starting never waits for a name server and
 * what is bound is what is written. unix.c and inherit.c have the other kinds.               */
#include "server/http/internal.h"

#include <errno.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define UNIX STR("unix:")
#define TLS STR(HTTP_TLS_PREFIX)
#define PLAIN STR(HTTP_PLAIN_PREFIX)

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un un;
	char end[sizeof(struct sockaddr_un) + 1];
};

static bool split(struct str text, char host[INET6_ADDRSTRLEN], bool *ret_v6, uint16_t *ret_port)
{
	const char *colon = text.n ? memrchr(text.p, ':', text.n) : NULL;
	uint64_t port;
	if (!colon)
		return false;
	struct str name = str_first(text, (size_t)(colon - text.p));
	if (!str_to_u64(str_from(text, name.n + 1), &port) || port > UINT16_MAX)
		return false;
	*ret_v6 = name.n >= 2 && name.p[0] == '[' && name.p[name.n - 1] == ']';
	if (*ret_v6)
		name = str_make(name.p + 1, name.n - 2);
	if (!name.n || name.n >= INET6_ADDRSTRLEN)
		return false;
	memcpy(host, name.p, name.n);
	host[name.n] = '\0';
	*ret_port = (uint16_t)port;
	return true;
}

static bool parse(const char *text, union address *ret, socklen_t *ret_bytes)
{
	char host[INET6_ADDRSTRLEN];
	bool v6;
	uint16_t port;
	memset(ret, 0, sizeof *ret);
	if (!split(str_c(text), host, &v6, &port))
		return false;
	if (v6) {
		ret->v6.sin6_family = AF_INET6;
		ret->v6.sin6_port = htons(port);
		*ret_bytes = sizeof ret->v6;
		return inet_pton(AF_INET6, host, &ret->v6.sin6_addr) == 1;
	}
	ret->v4.sin_family = AF_INET;
	ret->v4.sin_port = htons(port);
	*ret_bytes = sizeof ret->v4;
	return inet_pton(AF_INET, host, &ret->v4.sin_addr) == 1;
}

static bool is_loopback(const union address *a)
{
	if (a->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
	return ntohl(a->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

static void name(const union address *a, char *ret, size_t n)
{
	char host[INET6_ADDRSTRLEN] = "";
	if (a->any.sa_family == AF_INET6) {
		(void)inet_ntop(AF_INET6, &a->v6.sin6_addr, host, sizeof host);
		(void)snprintf(ret, n, "[%s]:%u", host, ntohs(a->v6.sin6_port));
	} else if (a->any.sa_family == AF_INET) {
		(void)inet_ntop(AF_INET, &a->v4.sin_addr, host, sizeof host);
		(void)snprintf(ret, n, "%s:%u", host, ntohs(a->v4.sin_port));
	} else {
		(void)snprintf(ret, n, "unix:%s", a->un.sun_path);
	}
}

enum err http_describe(struct http_listener *l, struct errinfo *e)
{
	union address a = { 0 };
	socklen_t bytes = sizeof a - 1;              /* so that a path ends */
	if (getsockname(l->fd, &a.any, &bytes) != 0)
		return ERR_SYS(e, "address of a listener");
	l->tcp = a.any.sa_family == AF_INET || a.any.sa_family == AF_INET6;
	l->loopback = l->tcp && is_loopback(&a);
	name(&a, l->address, sizeof l->address);
	return OK;
}

static bool bind_and_listen(int fd, union address *a, socklen_t bytes)
{
	int on = 1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
		return false;
	if (a->any.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0)
		return false;
	return bind(fd, &a->any, bytes) == 0 && listen(fd, HTTP_BACKLOG) == 0;
}

const char *http_plain_address(const char *address)
{
	return address + (str_starts(str_c(address), TLS) ? TLS.n : str_starts(str_c(address), PLAIN) ? PLAIN.n : 0);
}

enum err http_address_check(const char *address, struct errinfo *e)
{
	union address a;
	socklen_t bytes;
	struct str entry = str_c(address);
	if (parse(http_plain_address(address), &a, &bytes) || http_is_inherited(entry))
		return OK;
	if (str_starts(entry, UNIX) && http_unix_path_is_valid(str_from(entry, UNIX.n)))
		return OK;
	return ERR(e, CONFIG, "listen address \"%s\" is not ADDR:PORT or [ADDR]:PORT with a numeric "
	           "address, tls:ADDR:PORT, plain:ADDR:PORT, unix:/PATH (below 108 bytes), systemd, or "
	           "systemd:NAME", address);
}

static bool same_or_any(const union address *a, const union address *b)
{
	if (a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family == AF_INET6)
		return IN6_ARE_ADDR_EQUAL(&a->v6.sin6_addr, &b->v6.sin6_addr) ||
		       IN6_IS_ADDR_UNSPECIFIED(&a->v6.sin6_addr) || IN6_IS_ADDR_UNSPECIFIED(&b->v6.sin6_addr);
	in_addr_t one = a->v4.sin_addr.s_addr, other = b->v4.sin_addr.s_addr;
	return one == other || one == INADDR_ANY || other == INADDR_ANY;
}

static uint16_t port_of(const union address *a)
{
	return a->any.sa_family == AF_INET6 ? a->v6.sin6_port : a->v4.sin_port;
}

bool http_addresses_clash(const char *one, const char *other)
{
	union address a, b;
	socklen_t bytes;
	if (!parse(http_plain_address(one), &a, &bytes) || !parse(http_plain_address(other), &b, &bytes))
		return !strcmp(one, other);
	return port_of(&a) && port_of(&a) == port_of(&b) && same_or_any(&a, &b);
}

/* By errno, what to do about it. */
static enum err not_bound(const char *address, struct errinfo *e)
{
	if (errno == EADDRINUSE)
		return ERR(e, IO, "listen on %s: another program listens there; end it, or choose another address "
		           "(--listen)", address);
	if (errno == EADDRNOTAVAIL)
		return ERR(e, IO, "listen on %s: this machine does not have that address", address);
	if (errno == EACCES)
		return ERR(e, IO, "listen on %s: a port below 1024 takes a right; let systemd open it (listen: "
		           "systemd), or choose another one", address);
	return ERR_SYS(e, "listen on %s", address);
}

static enum err listen_tcp(struct http_listener *l, const char *address, struct errinfo *e)
{
	union address a;
	socklen_t bytes;
	if (!parse(http_plain_address(address), &a, &bytes))
		return http_address_check(address, e);
	l->says_tls = str_starts(str_c(address), TLS);
	l->says_plain = str_starts(str_c(address), PLAIN);
	l->fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return ERR_SYS(e, "socket for %s", address);
	if (!bind_and_listen(l->fd, &a, bytes)) {
		enum err code = not_bound(address, e);
		(void)close(l->fd);
		l->fd = -1;
		return code;
	}
	return http_describe(l, e);
}

size_t http_listener_count(const struct http_options *o)
{
	size_t n = 0;
	for (size_t i = 0; i < o->listen_count; i++) {
		struct str entry = str_c(o->listen[i]);
		n += http_is_inherited(entry) ? http_count_inherited(entry) : 1;
	}
	return n;
}

enum err http_listen(struct http_server *s, const struct http_options *o, struct errinfo *e)
{
	struct http_listener *l = s->listeners;
	enum err err = OK;
	for (size_t i = 0; i < o->listen_count && !err; i++) {
		struct str entry = str_c(o->listen[i]);
		size_t n = http_is_inherited(entry) ? http_count_inherited(entry) : 1;
		err = http_address_check(o->listen[i], e);
		if (err)
			return err;
		if (http_is_inherited(entry))
			err = http_listen_inherited(l, entry, e);
		else if (str_starts(entry, UNIX))
			err = http_listen_unix(l, o->listen[i] + UNIX.n, o->unix_mode ? o->unix_mode : 0660, e);
		else
			err = listen_tcp(l, o->listen[i], e);
		l += n;
	}
	return err;
}

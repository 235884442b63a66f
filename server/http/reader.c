/* Readers that starve. What a client has acknowledged and what waits for it in the socket, the
 * kernel knows; so an answer that is still being made costs nobody anything, and it does not matter
 * whether sendfile, a copy or TLS sends it. Unix sockets have local clients, and libmicrohttpd's
 * idle timeout is enough for them.                                                           */
#include "server/http/internal.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "indexer/base/clock.h"

static bool look(const struct http_connection *c, uint64_t *ret_acknowledged)
{
	struct tcp_info info = { 0 };
	socklen_t n = sizeof info;
	int waiting = 0;
	if (!c->listener->tcp || ioctl(c->fd, SIOCOUTQ, &waiting) != 0 || !waiting ||
	    getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &n) != 0)
		return false;
	*ret_acknowledged = info.tcpi_bytes_acked;
	return true;
}

bool http_reader_is_slow(const struct http_server *s, struct http_connection *c, int64_t since,
                         int64_t now)
{
	if (c->reader_phase_ns != since) {           /* another answer */
		c->reader_phase_ns = since;
		c->reader_ns = 0;
	}
	uint64_t acknowledged, before = c->reader_bytes;
	int64_t window = now - c->reader_ns;
	bool begins = !c->reader_ns;
	if (!begins && window < s->send_window_ns)
		return false;
	bool waits = look(c, &acknowledged);
	c->reader_ns = waits ? now : 0;
	c->reader_bytes = waits ? acknowledged : 0;
	if (begins || !waits)
		return false;
	return (acknowledged - before) * 1000 <
	       (uint64_t)(window / NS_PER_MS) * HTTP_SEND_MIN_BYTES_PER_SECOND;
}

/* Plain HTTP on a port that speaks TLS: who asks is told so, in plain HTTP, where GnuTLS would hear no
 * handshake and close without a word. It reads through this file, which looks at the first byte.  */
#include "server/http/internal.h"

#include <sys/socket.h>

#include "indexer/base/clock.h"

#define TLS_HANDSHAKE 0x16

static void answer_plainly(struct http_connection *c)
{
	const struct response s = {
		.status = err_http_status(ERR_INVALID),
		.content_type = "text/plain; charset=utf-8",
		.payload = HTTP_BYTES,
		.bytes = STR("This is plain HTTP, and only HTTPS is spoken here: the address has to begin with https://\n"),
	};
	if (!http_phase_move(c, PHASE_HEAD, PHASE_LINGER, clock_monotonic()))
		return;
	http_send_raw(c, &s);
	(void)shutdown(c->fd, SHUT_WR);      /* nothing of GnuTLS's behind it */
	c->lingers = true;
}

ssize_t http_read_tls(void *connection, void *to, size_t n)
{
	struct http_connection *c = connection;
	unsigned char first;
	if (!c->speaks_tls && !c->lingers && recv(c->fd, &first, 1, MSG_PEEK) == 1) {
		c->speaks_tls = first == TLS_HANDSHAKE;
		if (first >= 'A' && first <= 'Z')
			answer_plainly(c);
	}
	return c->lingers && !c->speaks_tls ? 0 : recv(c->fd, to, n, 0);
}

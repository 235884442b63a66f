/* From settings to the options of the listeners. */
#include "server/cmd/network.h"

#include <string.h>

void network_options(const struct config *c, struct http_options *o)
{
	static const char *const words[] = { [HTTP_CLIENT_NONE] = "none",
		[HTTP_CLIENT_OPTIONAL] = "optional", [HTTP_CLIENT_REQUIRE] = "require" };
	o->listen = c->listen.item;
	o->listen_count = c->listen.count;
	(void)config_mode(c->unix_mode, &o->unix_mode);
	o->trusted_proxies = c->trusted_proxies.item;
	o->trusted_count = c->trusted_proxies.count;
	o->public_url = c->public_url;
	o->connections_max = (unsigned)c->http_connections_max;
	o->connections_per_address = (unsigned)c->http_connections_per_address;
	if (!*c->tls_cert)
		return;
	o->tls = (struct http_tls){ .cert = c->tls_cert, .key = c->tls_key,
	                            .client_ca = c->tls_client_ca };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strcmp(c->tls_client_auth, words[i]))
			o->tls.client_auth = (enum http_client_auth)i;
}

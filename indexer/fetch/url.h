/* URLs of a repository as Helm puts them together (clients.md §1.6). */
#pragma once

#include "indexer/base/arena.h"

/* Where `ref` ("index.yaml", "charts/x-1.0.0.tgz") is for a repository at `base`: relative to it as
 * to a folder, with the base's query; an absolute `ref` is returned as it is. INVALID when either
 * is not a URL, or the result is neither http nor https. In the arena.                       */
NODISCARD enum err url_join(struct arena *a, const char *base, const char *ref, const char **ret,
                            struct errinfo *e);

/* The host of a URL of any scheme, as it is written: without port and brackets; empty: none. Borrowed. */
struct str url_host(struct str url);

/* A server as somebody names it on a command line; all in the arena. */
struct url_server {
	const char *url;                 /* lower case, no user, no default port, no slash at the end */
	const char *user, *password;     /* what stood before the '@', decoded; NULL: nothing did */
	bool exposed;                    /* http to another machine: whoever is between reads along */
};
/* INVALID for anything but http(s)://[USER[:PASSWORD]@]HOST[:PORT][/PATH]. The detail does not
 * repeat the text: it may hold a password.                                                   */
NODISCARD enum err url_server_read(struct arena *a, const char *text, struct url_server *ret,
                                   struct errinfo *e);
/* Whether `url` is `server` (the url of a url_server) or, segment by segment, below it: same
 * scheme, host and port. False for a URL with a user, and for a path that may mean another one
 * to the server than to us.                                                                  */
bool url_is_below(struct arena *a, const char *url, const char *server);

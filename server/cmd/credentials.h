/* What `chartlocker login` keeps: a token per server, in credentials.json below
 * $XDG_CONFIG_HOME/chartlocker, else ~/.config/chartlocker.
 *
 * The file is the user's alone (0600, in a directory made 0700), and one that others may read is
 * refused whenever it is read. It is replaced as a whole, under a lock of its directory, so two
 * commands at a time lose nothing. A token is for its server alone: see credentials_for. Texts
 * are in the arena, and not wiped: a command ends right after.                               */
#pragma once

#include <stdint.h>

#include "indexer/base/arena.h"

struct credential {
	const char *url;                 /* of a url_server */
	const char *user, *token;
	const char *expires;             /* RFC 3339; empty: never */
	uint64_t id;                     /* the server's number for the token; 0: unknown */
	bool made;                       /* by login, so that logout revokes it */
};

struct credentials { struct credential *list; size_t count; };

/* CONFIG: no home directory. */
NODISCARD enum err credentials_path(struct arena *a, const char **ret, struct errinfo *e);
/* Nothing where there is no file, nor a home. CONFIG, with what to type, for one that others may
 * read or that is none.                                                                      */
NODISCARD enum err credentials_read(struct arena *a, struct credentials *ret, struct errinfo *e);
/* What stands under that very address; NULL: nothing. */
const struct credential *credentials_at(const struct credentials *all, const char *url);
/* What is for a request to `url`: kept for the same scheme, host and port, and for a path that it
 * is below; the longest one. NULL: nothing.                                                  */
const struct credential *credentials_for(const struct credentials *all, struct arena *a,
                                         const char *url);
/* In the place of what stands under its address. */
NODISCARD enum err credentials_put(struct arena *a, const struct credential *c,
                                   struct errinfo *e);
NODISCARD enum err credentials_drop(struct arena *a, const char *url, struct errinfo *e);

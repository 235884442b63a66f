/* How often an address may do what costs much.
 *
 * Failed logins, so that passwords are not tried out: per account and address, and per address,
 * never per account alone, because then a stranger could lock its owner out.
 *
 * An attempt takes one of LOGIN_FAILURES_MAX and of LOGIN_ADDRESS_FAILURES_MAX before its password
 * is hashed, and gives it back when the password was right. Within LOGIN_WINDOW_SECONDS all come
 * back by themselves. Of IPv6 addresses the first 64 bits count. Bounded: of AUTH_SLOWED_MAX
 * places, those that were emptied longest ago are used anew. Thread-safe.                     */
#pragma once

#include <netinet/in.h>

#include "indexer/base/err.h"
#include "indexer/base/limits.h"
#include "indexer/base/str.h"

#define LOGIN_RETRY_SECONDS (LOGIN_WINDOW_SECONDS / LOGIN_FAILURES_MAX)
#define LOGIN_RETRY_TEXT "30"    /* Retry-After */
_Static_assert(LOGIN_RETRY_SECONDS == 30, "LOGIN_RETRY_TEXT");

/* slowed_ask: whatever costs much, in tables of their own. */
#define ASK_RETRY_TEXT "1"

/* What counts as one address: of IPv6 its network, "2001:db8:0:1::", in `room`; others as they are. */
struct str slowed_network(struct str address, char room[INET6_ADDRSTRLEN]);

struct slowed;

NODISCARD enum err slowed_new(struct slowed **ret, struct errinfo *e);
void slowed_free(struct slowed *s);              /* NULL is fine */
/* At monotonic time `now_ns`; false: too fast, nothing was taken. */
NODISCARD bool slowed_take(struct slowed *s, struct str address, struct str account,
                           int64_t now_ns);
/* One of `per_second` requests, not 0, of which `burst` may come at once; false: too fast. */
NODISCARD bool slowed_ask(struct slowed *s, struct str address, unsigned per_second, unsigned burst,
                          int64_t now_ns);
/* How often slowed_ask said no. */
uint64_t slowed_refused(const struct slowed *s);
/* The same number for what counts as one address. */
uint64_t slowed_place(const struct slowed *s, struct str address);
/* The password was right: the account's failures from here are forgotten. */
void slowed_forgive(struct slowed *s, struct str address, struct str account, int64_t now_ns);

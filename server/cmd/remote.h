/* The API of a server that a command reads from: one at an address (--server), or the one of a data
 * directory (--data), which this process runs for as long as it takes where nobody else does.
 *
 *     const char *server = NULL, *data = NULL;         options, which exclude each other
 *     err = remote_open(server, data, &r, e);
 *     err = remote_call(r, &arena, "GET", "/api/v1/…", body, &answer, e);
 *     remote_close(r);
 */
#pragma once

#include "indexer/base/arena.h"

struct remote;

/* `server` NULL: the data directory, of which NULL is cmd_data(). One that is not there is not made:
 * NOT_FOUND. Credentials: those of the address, CHARTLOCKER_TOKEN, or what login keeps.       */
NODISCARD enum err remote_open(const char *server, const char *data, struct remote **ret,
                               struct errinfo *e);
/* For what makes something: a data directory that is not there is made, too. */
NODISCARD enum err remote_open_new(const char *server, const char *data, struct remote **ret,
                                   struct errinfo *e);
void remote_close(struct remote *r);             /* NULL is fine */

/* For what is asked of all charts: see admin_catch_up. */
void remote_catch_up(struct remote *r);

struct remote_answer {
	struct str text;
	const char *next;                /* target of the next page, by the header Link; NULL: there is none */
};
/* `json` may be empty. A GET of a repository that was renamed goes on under its name of now, and says so on standard
 * error; a change does not: RENAMED. In the arena; an answer that is an error becomes *e, and what to do next is told
 * on standard error where that is to sign in.                                                */
NODISCARD enum err remote_call(struct remote *r, struct arena *a, const char *method,
                               const char *target, struct str json, struct remote_answer *ret,
                               struct errinfo *e);

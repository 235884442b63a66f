/* Whom a command's requests are from: the Authorization header line, and where it came from. */
#pragma once

#include "indexer/base/arena.h"

#define SECRET_BYTES 1026                        /* a password or a token, with its NUL */

struct url_server;

struct authorization {
	const char *header;              /* "Authorization: …", in the arena; NULL: nobody's */
	const char *from;                /* "CHARTLOCKER_TOKEN"; for messages; NULL: nowhere */
};

NODISCARD enum err authorization_basic(struct arena *a, const char *user, const char *password,
                                       const char **ret_header, struct errinfo *e);
/* INVALID, without its text, for what is not a token. `from` is for that message. */
NODISCARD enum err authorization_token(struct arena *a, const char *token, const char *from,
                                       const char **ret_header, struct errinfo *e);
/* In this order: the user in the address, a token on standard input, CHARTLOCKER_TOKEN, what login
 * keeps for the address.                                                                     */
NODISCARD enum err authorization_find(struct arena *a, const struct url_server *to,
                                      bool token_stdin, struct authorization *ret,
                                      struct errinfo *e);
/* What login keeps for the address of a request; *ret_header may be NULL. */
NODISCARD enum err authorization_kept(struct arena *a, const char *url, const char **ret_header,
                                      struct errinfo *e);
/* What to do next after that error, on standard error; nothing where it is about something else. */
void authorization_hint(const struct authorization *by, const struct url_server *to, enum err err);

/* A line of standard input without its end. On a terminal `prompt` is shown on standard error,
 * and what is typed is not, unless `echo`. INVALID: nothing came, or too much. Whoever called
 * wipes it.                                                                                  */
NODISCARD enum err secret_line(const char *prompt, bool echo, char ret[SECRET_BYTES],
                               struct errinfo *e);

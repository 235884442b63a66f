/* The Authorization header, as text. */
#pragma once

#include "indexer/base/arena.h"

/* Basic: a token may stand as the password, with any user name, or as the user name alone. */
struct credentials {
	struct str token;                /* a well-formed one, else empty */
	struct str name, password;       /* without a token: of Basic */
};

/* INVALID: no such header can be right; UNAUTHORIZED: another scheme, or nothing to check. Texts
 * are in the arena or borrowed from `header`.                                                */
NODISCARD enum err credentials_parse(struct arena *a, struct str header, struct credentials *ret,
                                     struct errinfo *e);
/* Whether Basic can send it as a password, and it is not taken for a token then. */
bool credentials_can_be_password(struct str text);

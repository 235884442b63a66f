/* What requests to upstreams take along, as the settings file declares it:
 *
 *     credentials:
 *       - name: team                              # the setting `credentials` of an upstream names it
 *         origin: https://charts.example.org      # sent there and nowhere else
 *         token_origin: https://auth.example.org  # but to who gives tokens for that registry
 *         username: robot
 *         password_file: /run/secrets/team        # or password_env: TEAM_PASSWORD
 *       - name: other
 *         origin: https://other.example.org
 *         bearer_file: /run/secrets/other         # or bearer_env
 *       - name: gate
 *         origin: https://gate.example.org
 *         header: X-Api-Key
 *         header_file: /run/secrets/gate          # or header_env: the value
 *         certificate: client.pem                 # PEM files: of the client, its key, and the
 *         key: client-key.pem                     #  authorities instead of the system's
 *         ca: ca.pem
 *         proxy: http://proxy.example.org:3128
 *
 * Secrets stand in files of their own, which others may not read, or in the environment. They are read
 * when they are used, so a new one counts at once.                                             */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/sbuf.h"
#include "indexer/fetch/outgoing.h"

/* Each is text of the file, NULL where it does not stand there. */
#define CREDENTIAL_FIELDS(X) \
	X(origin) X(username) X(password_file) X(password_env) X(bearer_file) X(bearer_env) \
	X(header) X(header_file) X(header_env) X(certificate) X(key) X(ca) X(proxy) \
	X(token_origin)

struct declared_credentials {                /* all in the arena of its struct config */
	struct declared_credential {
		struct str name;
		const char *place;           /* "chartlocker.yaml:12" */
#define X(field) const char *field;
		CREDENTIAL_FIELDS(X)
#undef X
	} *list;
	size_t count, capacity;
};

/* The section of that name. Problems are told in lines "file:line: …". */
struct config;
struct node;
void config_read_credentials(struct config *c, const struct node *section, const char *file,
                             struct sbuf *problems);
/* "origin=https://charts.example.org, password_file=/run/secrets/team": no secret is in it. */
void config_put_credential(struct sbuf *b, const struct declared_credential *d);
/* The same as members of a JSON object. */
void config_put_credential_json(struct sbuf *b, const struct declared_credential *d);
/* A copy that lives in another arena. */
NODISCARD enum err config_copy_credentials(struct arena *a, const struct declared_credentials *d,
                                           struct declared_credentials *ret, struct errinfo *e);
/* With the secrets, read now; in the arena. allow_private is the caller's. NOT_FOUND: there is none by that
 * name. CONFIG says what a file or variable lacks, by its name.                               */
NODISCARD enum err config_credential_access(struct arena *a, const struct declared_credentials *d,
                                            struct str name, struct outgoing_access *ret,
                                            struct errinfo *e);

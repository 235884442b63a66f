/* People, tokens and the audit log, in catalog.db: rows and nothing else. What they allow is
 * judged in server/auth.
 *
 * Everything that writes needs an open transaction (else BUG): ingest runs it in the writer's, as
 * CHANGE_CALL (ingest.h). Rows that are returned live in the caller's arena.                 */
#pragma once

#include "indexer/store/catalog.h"

struct account_row {
	int64_t id;                      /* 0: to be inserted; never used twice */
	struct str name;
	struct str password;             /* as password_hash made it; empty: no sign-in by password */
	struct str roles;                /* lines ROLE:REPO-GLOB */
	bool disabled;
	bool declared;                   /* by the settings file, which alone may change it */
	int64_t created_ns;
};

struct token_row {
	int64_t id;
	struct str name;
	struct sha256 digest;            /* of the token's text, which is kept nowhere */
	int64_t account_id;              /* 0: belongs to nobody */
	struct str roles;                /* lines ROLE:REPO-GLOB[:CHART-GLOB] */
	bool declared;
	int64_t created_ns;
	int64_t expires_ns;              /* 0: never */
	int64_t last_used_ns;            /* 0: never */
};

NODISCARD enum err catalog_accounts(struct catalog *c, struct arena *a, struct account_row **ret,
                                    size_t *ret_count, struct errinfo *e);   /* by name */
NODISCARD enum err catalog_tokens(struct catalog *c, struct arena *a, struct token_row **ret,
                                  size_t *ret_count, struct errinfo *e);     /* by name */
/* Insert when row->id is 0 (sets it), else update everything but id, name and created. EXISTS when
 * the name is taken.                                                                         */
NODISCARD enum err catalog_account_put(struct catalog *c, struct account_row *row,
                                       struct errinfo *e);
NODISCARD enum err catalog_token_put(struct catalog *c, struct token_row *row, struct errinfo *e);
/* The tokens of an account go with it. NOT_FOUND. */
NODISCARD enum err catalog_account_remove(struct catalog *c, int64_t id, struct errinfo *e);
NODISCARD enum err catalog_token_remove(struct catalog *c, int64_t id, struct errinfo *e);
NODISCARD enum err catalog_token_used(struct catalog *c, int64_t id, int64_t at_ns,
                                      struct errinfo *e);

/* An account or a token was ever made, also one that is gone. */
NODISCARD enum err catalog_people_ever(struct catalog *c, bool *ret, struct errinfo *e);

struct audit_row {
	int64_t id;                      /* set by append */
	int64_t at_ns;
	struct str actor;                /* the opaque id of the log: "admin", "u3", "t7", "anonymous" */
	struct str name;                 /* of the account or token, as it was then */
	struct str remote;               /* the client's address */
	struct str request;              /* X-Request-Id */
	struct str action;               /* "publish", "delete", "user.add", "sign-in" */
	struct str object;               /* "stable/redis-1.0.0.tgz", "user alice" */
	struct str verdict;              /* "ok" or err_code */
	uint64_t event;                  /* of the log; 0: none */
};
NODISCARD enum err catalog_audit_append(struct catalog *c, struct audit_row *row,
                                        struct errinfo *e);
/* Rows with id > since, ascending, at most `max`; borrowed during the call. */
typedef enum err catalog_visit_audit(void *ctx, const struct audit_row *row, struct errinfo *e);
NODISCARD enum err catalog_audit_each(struct catalog *c, int64_t since, uint64_t max,
                                      catalog_visit_audit *each, void *ctx, struct errinfo *e);
NODISCARD enum err catalog_audit_trim(struct catalog *c, int64_t before_ns, struct errinfo *e);

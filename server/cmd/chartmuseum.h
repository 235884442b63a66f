/* ChartMuseum's flags, environment and YAML file, and the settings they become.
 *
 *     struct cm m = { 0 };
 *     cm_read(&m, argc, argv, environ, &problems, e)     flag over environment over file
 *     cm_apply(&m, &config, &plan, &notes, e)            settings, and what is no setting
 *     cm_done(&m)
 *
 * chartmuseum.def is the table, which cm_row shows. A value that is empty counts as not given, as
 * deployments pass on variables that nobody set.                                             */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/sbuf.h"
#include "server/config.h"

enum cm_kind { CM_TEXT, CM_PATH, CM_INT, CM_BOOL, CM_DURATION, CM_PAIRS };
enum cm_fate { CM_NATIVE, CM_MODE, CM_IMPLIED, CM_WARN, CM_REFUSE };

enum cm_id {
#define X(variable, flag, key, kind, fate, to, text) CM_ID_##variable,
#include "server/cmd/chartmuseum.def"
#undef X
	CM_COUNT
};

struct cm_row {
	const char *variable, *flag, *key;
	enum cm_kind kind;
	enum cm_fate fate;
	const char *to, *text;
};
const struct cm_row *cm_row(enum cm_id id);

struct cm_value {
	struct str text;                 /* n == 0: not given; of PAIRS a line each */
	enum config_source source;       /* a stronger one wins */
	const char *place;               /* "--port", "PORT", "chartmuseum.yaml:3" */
};

struct cm {
	struct cm_value value[CM_COUNT];
	const char *config;              /* --config FILE or CONFIG; NULL: none */
	bool help, version;              /* the last thing that was asked for */
	bool link, print_config;         /* Chartlocker's own flags */
	struct arena arena;
};

/* What cm_read met goes to *problems, a line each; CONFIG when there is one. */
NODISCARD enum err cm_read(struct cm *m, int argc, char **argv, char *const *environment,
                           struct sbuf *problems, struct errinfo *e);
void cm_done(struct cm *m);
bool cm_is_true(const struct cm *m, enum cm_id id);
/* The same for a number; 0 when it was not given. */
uint64_t cm_number(const struct cm *m, enum cm_id id);

/* What ChartMuseum checks of everyone: one user, who may push; NULL: no check. */
struct cm_credentials { const char *user, *password; };

struct cm_plan {                     /* texts are in m->arena */
	const char *directory;           /* ChartMuseum's storage */
	unsigned depth;
	bool depth_dynamic, gen_index, statefiles;
	struct cm_credentials credentials;
	struct declared_repos repos;     /* what --artifact-hub-repo-id sets of them */
};

/* Puts the account of those credentials, and their password: pull, push and delete everywhere when it
 * is new. Before the accounts are read (server/auth).                                        */
struct ingest;
NODISCARD enum err cm_put_account(struct ingest *g, const struct cm_credentials *k,
                                  struct errinfo *e);

/* Sets what the flags mean; *notes gets a line for each that is not needed or has no equivalent.
 * CONFIG for one that would be missed, naming what to do instead.                            */
NODISCARD enum err cm_apply(struct cm *m, struct config *c, struct cm_plan *ret,
                            struct sbuf *notes, struct errinfo *e);

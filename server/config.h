/* Settings: flag over environment over YAML file over default, one table (config.def).
 *
 *     struct config c = { 0 };
 *     config_defaults(&c, e)
 *     config_load(&c, file_or_NULL, environ, &problems, e)       file, then environment
 *     config_set(&c, CONFIG_ID_listen, "…", "--listen", e)       flags, by the command
 *     config_check(&c, &problems, e)                             the values that won
 *     config_done(&c)
 *
 * Every problem is found before anything is done, and told as "file:line: what is wrong", with
 * the nearest right name for one that does not exist. config.c has the table and the types of
 * values, config_load.c the file and the environment, config_check.c what values mean. Lists of
 * things that a server has, which are more than values, are sections of the file: one table in
 * config_load.c, one file each.                                                              */
#pragma once

#include <stdint.h>

#include "indexer/base/arena.h"
#include "indexer/base/limits.h"
#include "indexer/base/sbuf.h"
#include "indexer/format/node.h"
#include "server/config_credentials.h"
#include "server/config_people.h"

/* In a data directory: the settings that chartlocker chartmuseum left. */
#define CONFIG_KEPT_NAME "chartlocker.yaml"

/* What a source of settings can be told to have wrong, all together. */
#define CONFIG_PROBLEMS_MAX_BYTES (64u * KIB)

/* Whose name begins as those of settings, and which is none: commands send it to servers. */
#define TOKEN_VARIABLE "CHARTLOCKER_TOKEN"

enum config_source { CONFIG_DEFAULT, CONFIG_FILE, CONFIG_ENVIRONMENT, CONFIG_FLAG };

#define CONFIG_LIST_MAX 512          /* items; config.def has the limit of each list */

struct config_list { const char *item[CONFIG_LIST_MAX]; size_t count; };

/* What the types of config.def are in C. */
typedef const char *config_TEXT;
typedef struct config_list config_LIST;
typedef bool config_BOOL;
typedef uint64_t config_COUNT;
typedef uint64_t config_BYTES;
typedef uint64_t config_SECONDS;
typedef const char *config_CHOICE;   /* one of its words */

enum config_id {
#define X(name, field, type, def, min, max, reload, sentence) CONFIG_ID_##field,
#include "server/config.def"
#undef X
	CONFIG_COUNT
};

/* What the sections `repositories`, `upstreams` and `virtual` of the file declare (config_repos.c). */
struct declared_repos {
	struct declared_repo {
		const char *section;         /* static */
		struct str name;             /* checked */
		struct str settings;         /* a JSON object of all settings: those that the file does not
		                                name have their defaults */
		const char *place;           /* "chartlocker.yaml:12" */
	} *list;
	size_t count, capacity;
};

struct config {
#define X(name, field, type, def, min, max, reload, sentence) config_##type field;
#include "server/config.def"
#undef X
	struct config_origin {           /* where each value came from */
		enum config_source source;
		char place[160];             /* "chartlocker.yaml:12", "CHARTLOCKER_LISTEN", "--listen" */
	} origin[CONFIG_COUNT];
	struct declared_repos repositories;
	struct declared_credentials credentials; /* config_credentials.h */
	struct declared_people people;   /* config_people.h */
	struct arena arena;              /* texts */
};

NODISCARD enum err config_defaults(struct config *c, struct errinfo *e);
/* Reads `file` (NULL: none) and then `environment` (NULL-terminated, as environ). All problems go
 * to *problems, one per line; CONFIG when there is one.                                      */
NODISCARD enum err config_load(struct config *c, const char *file, char *const *environment,
                               struct sbuf *problems, struct errinfo *e);
/* One value from a flag: `place` is shown by config print ("--listen"). A LIST is added to when it
 * came from a flag already. CONFIG says what is wrong.                                       */
NODISCARD enum err config_set(struct config *c, enum config_id id, const char *value,
                              const char *place, struct errinfo *e);
/* The same from any source, of which the later ones must be the stronger ones. */
NODISCARD enum err config_set_from(struct config *c, enum config_id id, struct str value,
                                   enum config_source source, const char *place,
                                   struct errinfo *e);
/* What only all sources together tell: addresses that are none, a repository that cannot be. Adds
 * to *problems, each with the place it came from; CONFIG when there is one.                  */
NODISCARD enum err config_check(const struct config *c, struct sbuf *problems, struct errinfo *e);
/* A file that the settings name; symbolic links are followed. CONFIG. Caller frees. */
NODISCARD enum err config_read_text(const char *path, size_t limit, char **ret, size_t *ret_bytes,
                                    struct errinfo *e);
/* A file with a secret, without the line ends behind it; in the arena. CONFIG: it is not there, or not a
 * regular file, or everybody on this machine may read it.                                     */
NODISCARD enum err config_read_secret(struct arena *a, struct str path, struct str *ret,
                                      struct errinfo *e);
/* "https://charts.example.org/x" → "/x"; false: it has no host, or another scheme than http or https. */
bool config_is_origin(struct str url, struct str *ret_path);
/* The sections of these names. */
void config_read_repos(struct config *c, const struct node *section, const char *file,
                       struct sbuf *problems);
void config_read_upstreams(struct config *c, const struct node *section, const char *file,
                           struct sbuf *problems);
void config_read_virtual(struct config *c, const struct node *section, const char *file,
                         struct sbuf *problems);
/* The names, for the next time that somebody asks what is declared no more. */
NODISCARD enum err config_keep_repos(struct config *running, const struct declared_repos *fresh,
                                     struct errinfo *e);
/* "0660" → 0660; false: it is no mode. */
bool config_mode(const char *text, unsigned *ret);
void config_done(struct config *c);

/* Takes over what may change while running; *ignored names what else differs: "listen, tls.cert". */
void config_reload(struct config *running, const struct config *fresh, struct sbuf *ignored);

/* The table as config print shows it. */
struct config_row { const char *name, *type, *def, *sentence; bool reload, is_list; };
const struct config_row *config_row(enum config_id id);
bool config_find(struct str name, enum config_id *ret);          /* "upload.max_bytes" */
/* What is said of a wrong value that a variable …_FILE named: somebody may have named the wrong file. */
#define CONFIG_UNSHOWN "what the file holds is not right for it, and is not shown: it may be a secret"
void config_value(const struct config *c, enum config_id id, struct sbuf *to);   /* as text */

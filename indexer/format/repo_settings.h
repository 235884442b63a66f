/* The settings of one repository: a table (repo_setting.def), as a struct and as canonical JSON
 * (RFC 8785) of what differs from the defaults, which is how the log and the rows keep them.   */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/sbuf.h"

typedef struct str repo_setting_TEXT;
typedef struct str repo_setting_URLS;
typedef bool repo_setting_BOOL;
typedef uint64_t repo_setting_COUNT;
typedef uint64_t repo_setting_BYTES;
typedef struct str repo_setting_CHOICE;      /* one of its words */

struct repo_settings {
#define X(name, type, of, def, min, max, sentence) repo_setting_##type name;
#include "indexer/format/repo_setting.def"
#undef X
};

enum repo_setting_id {
#define X(name, type, of, def, min, max, sentence) REPO_SETTING_##name,
#include "indexer/format/repo_setting.def"
#undef X
	REPO_SETTING_COUNT
};

/* What a repository is, by its settings. The kind of one that has versions does not change. */
enum repo_kind { REPO_HOSTED = 1, REPO_UPSTREAM = 2, REPO_VIRTUAL = 4 };
#define REPO_HOSTED_UPSTREAM (REPO_HOSTED | REPO_UPSTREAM)
#define REPO_UPSTREAM_VIRTUAL (REPO_UPSTREAM | REPO_VIRTUAL)
#define REPO_ANY (REPO_HOSTED | REPO_UPSTREAM | REPO_VIRTUAL)
enum repo_kind repo_kind(const struct repo_settings *s);
const char *repo_kind_word(enum repo_kind kind);                 /* "hosted"; static */

enum upstream_mode { UPSTREAM_CATALOG, UPSTREAM_PROXY, UPSTREAM_MIRROR };
enum upstream_mode upstream_mode(const struct repo_settings *s);
/* Signatures are verified there: it has a keyring, and `provenance` asks. */
bool repo_verifies(const struct repo_settings *s);
/* Where the index of an upstream says that its charts are. */
bool upstream_links_here(const struct repo_settings *s);

struct repo_setting_row {
	const char *name, *type, *def, *sentence;
	const char *words;               /* of a CHOICE, with spaces between them; else NULL */
	unsigned of;                     /* enum repo_kind, or-ed */
};
const struct repo_setting_row *repo_setting_row(enum repo_setting_id id);

#define REPO_SETTINGS_MAX_BYTES (512u * 1024u)   /* of the JSON */

void repo_settings_default(struct repo_settings *ret);
/* Pulls the next word of URLS, or of a list with spaces, from *rest; empty at the end. */
struct str repo_setting_next_word(struct str *rest);
/* A list with spaces as its words, copied to the arena. INVALID: of more than `most` words. */
NODISCARD enum err repo_setting_words(struct arena *a, enum repo_setting_id id, struct str text,
                                      size_t most, struct str **ret, size_t *ret_count,
                                      struct errinfo *e);
/* Changes *s by a JSON object of settings: numbers, booleans or their texts ("20m", "true"); null
 * gives the default back. Texts live in the arena. INVALID names an unknown setting, or
 * says what is wrong with a value; *s may be changed by half then.                            */
NODISCARD enum err repo_settings_merge(struct arena *a, struct str json, struct repo_settings *s,
                                       struct errinfo *e);
/* What the settings mean together: an upstream is no virtual repository, and a setting that its kind does
 * not have stays at its default. INVALID.                                                    */
NODISCARD enum err repo_settings_check(const struct repo_settings *s, struct errinfo *e);
/* One setting from text, as a command line has it. */
NODISCARD enum err repo_settings_set(struct arena *a, struct str name, struct str value,
                                     struct repo_settings *s, struct errinfo *e);
/* The value as text; empty texts are empty. Borrowed from *s or the arena. */
NODISCARD enum err repo_setting_text(struct arena *a, const struct repo_settings *s,
                                     enum repo_setting_id id, struct str *ret, struct errinfo *e);
bool repo_setting_is_default(const struct repo_settings *s, enum repo_setting_id id);
/* The value as text. */
void repo_setting_put(struct sbuf *b, const struct repo_settings *s, enum repo_setting_id id);
/* What differs from the defaults: "{}" at least. */
void repo_settings_json(struct sbuf *b, const struct repo_settings *s);
/* Everything, defaults too. */
void repo_settings_json_all(struct sbuf *b, const struct repo_settings *s);
/* What a repository of this kind has, defaults too, as the API shows them. */
void repo_settings_json_own(struct sbuf *b, enum repo_kind kind, const struct repo_settings *s);

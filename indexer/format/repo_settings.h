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
#define X(name, type, def, min, max, sentence) repo_setting_##type name;
#include "indexer/format/repo_setting.def"
#undef X
};

enum repo_setting_id {
#define X(name, type, def, min, max, sentence) REPO_SETTING_##name,
#include "indexer/format/repo_setting.def"
#undef X
	REPO_SETTING_COUNT
};

struct repo_setting_row {
	const char *name, *type, *def, *sentence;
	const char *words;               /* of a CHOICE, with spaces between them; else NULL */
};
const struct repo_setting_row *repo_setting_row(enum repo_setting_id id);

#define REPO_SETTINGS_MAX_BYTES (512u * 1024u)   /* of the JSON */

void repo_settings_default(struct repo_settings *ret);
/* Pulls the next word of a setting of that type from *rest; empty at the end. */
struct str repo_setting_next_url(struct str *rest);
/* Changes *s by a JSON object of settings: numbers, booleans or their texts ("20m", "true"); null
 * gives the default back. Texts live in the arena. INVALID names an unknown setting, or
 * says what is wrong with a value; *s may be changed by half then.                            */
NODISCARD enum err repo_settings_merge(struct arena *a, struct str json, struct repo_settings *s,
                                       struct errinfo *e);
/* One setting from text, as a command line has it. */
NODISCARD enum err repo_settings_set(struct arena *a, struct str name, struct str value,
                                     struct repo_settings *s, struct errinfo *e);
/* The value as text; empty texts are empty. Borrowed from *s or the arena. */
NODISCARD enum err repo_setting_text(struct arena *a, const struct repo_settings *s,
                                     enum repo_setting_id id, struct str *ret, struct errinfo *e);
/* What differs from the defaults: "{}" at least. */
void repo_settings_json(struct sbuf *b, const struct repo_settings *s);
/* Everything, defaults too, as the API shows them. */
void repo_settings_json_all(struct sbuf *b, const struct repo_settings *s);

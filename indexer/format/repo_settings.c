/* The table of a repository's settings, and what a value of each type is. */
#include "indexer/format/repo_settings.h"

#include <stddef.h>

#include "indexer/base/ascii.h"
#include "indexer/base/json.h"
#include "indexer/base/value.h"
#include "indexer/format/node.h"

enum type { TYPE_TEXT, TYPE_URLS, TYPE_BOOL, TYPE_COUNT, TYPE_BYTES, TYPE_CHOICE };

static const struct row {
	struct repo_setting_row shown;
	enum type type;
	size_t offset;
	uint64_t min, max;
} rows[REPO_SETTING_COUNT] = {
#define LIMIT(x) _Generic((x), char *: 0, default: (x))
#define WORDS(x) _Generic((x), char *: (x), default: NULL)
#define X(name, type, of, def, min, max, sentence) \
	[REPO_SETTING_##name] = { { #name, #type, def, sentence, WORDS(min), REPO_##of }, TYPE_##type, \
	                          offsetof(struct repo_settings, name), LIMIT(min), max },
#include "indexer/format/repo_setting.def"
#undef X
};

const struct repo_setting_row *repo_setting_row(enum repo_setting_id id) { return &rows[id].shown; }

/* ---- one value ---- */

static enum err set_text(struct arena *a, const struct row *row, struct str value, struct str *to,
                         struct errinfo *e)
{
	if (value.n > row->max)
		return ERR(e, INVALID, "%s: at most %llu bytes are allowed", row->shown.name,
		           (unsigned long long)row->max);
	if (!str_is_utf8(value) || str_has(value, '\0'))
		return ERR(e, INVALID, "%s: is not UTF-8 text", row->shown.name);
	return arena_str(a, value, to) ? OK : ERR(e, NOMEM, "settings");
}

struct str repo_setting_next_word(struct str *rest)
{
	size_t from = 0, end;
	while (from < rest->n && ascii_is_space(rest->p[from]))
		from++;
	for (end = from; end < rest->n && !ascii_is_space(rest->p[end]);)
		end++;
	struct str word = str_from(str_first(*rest, end), from);
	*rest = str_from(*rest, end);
	return word;
}

enum err repo_setting_words(struct arena *a, enum repo_setting_id id, struct str text, size_t most,
                            struct str **ret, size_t *ret_count, struct errinfo *e)
{
	size_t count = 0;
	struct str rest;
	if (!arena_str(a, text, &text))
		return ERR(e, NOMEM, "settings");
	for (rest = text; repo_setting_next_word(&rest).n; count++)
		if (count == most)
			return ERR(e, INVALID, "%s: at most %zu are allowed", rows[id].shown.name, most);
	struct str *words = arena_array(a, count + 1, sizeof *words);
	if (!words)
		return ERR(e, NOMEM, "settings");
	rest = text;
	for (size_t i = 0; i < count; i++)
		words[i] = repo_setting_next_word(&rest);
	*ret = words;
	*ret_count = count;
	return OK;
}

static bool is_address(struct str word)
{
	static const struct str schemes[] = { STR("https://"), STR("http://"), STR("oci://") };
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (str_starts(word, schemes[i]))
			return word.n > schemes[i].n && word.p[schemes[i].n] != '/';
	return false;
}

static enum err set_urls(struct arena *a, const struct row *row, struct str value, struct str *to,
                         struct errinfo *e)
{
	struct str rest = value, word;
	while ((word = repo_setting_next_word(&rest)).n)
		if (!is_address(word))
			return ERR(e, INVALID, "%s: \"%.*s\" is no address that begins with https://, http:// or "
			           "oci://", row->shown.name, STR_ARG(word));
	return set_text(a, row, value, to, e);
}

static enum err set_choice(struct arena *a, const struct row *row, struct str value,
                           struct str *to, struct errinfo *e)
{
	if (!value_is_word(value, str_c(row->shown.words)))
		return ERR(e, INVALID, "%s: \"%.*s\" is not one of: %s", row->shown.name, STR_ARG(value),
		           row->shown.words);
	return arena_str(a, value, to) ? OK : ERR(e, NOMEM, "settings");
}

static enum err set_number(const struct row *row, struct str value, uint64_t *to,
                           struct errinfo *e)
{
	bool (*parse)(struct str, uint64_t *) = row->type == TYPE_BYTES ? value_bytes : value_count;
	uint64_t n;
	if (!parse(value, &n))
		return ERR(e, INVALID, "%s: \"%.*s\" is not %s", row->shown.name, STR_ARG(value),
		           row->type == TYPE_BYTES ? "a size like 20m" : "a number");
	if (n < row->min || n > row->max)
		return ERR(e, INVALID, "%s: %llu is not between %llu and %llu", row->shown.name,
		           (unsigned long long)n, (unsigned long long)row->min,
		           (unsigned long long)row->max);
	*to = n;
	return OK;
}

static bool is_text(const struct row *row)
{
	return row->type == TYPE_TEXT || row->type == TYPE_URLS || row->type == TYPE_CHOICE;
}

static void *place_of(struct repo_settings *s, const struct row *row)
{
	return (char *)s + row->offset;
}

static enum err set(struct arena *a, const struct row *row, struct str value,
                    struct repo_settings *s, struct errinfo *e)
{
	void *to = place_of(s, row);
	switch (row->type) {
	case TYPE_TEXT:
		return set_text(a, row, value, to, e);
	case TYPE_URLS:
		return set_urls(a, row, value, to, e);
	case TYPE_CHOICE:
		return set_choice(a, row, value, to, e);
	case TYPE_BOOL:
		return value_bool(value, to) ? OK
		       : ERR(e, INVALID, "%s: \"%.*s\" is neither true nor false", row->shown.name,
		             STR_ARG(value));
	default:
		return set_number(row, value, to, e);
	}
}

/* Texts need no copy. */
static void set_default(const struct row *row, struct repo_settings *ret)
{
	struct str def = str_c(row->shown.def);
	if (is_text(row))
		*(struct str *)place_of(ret, row) = def;
	else
		(void)set(NULL, row, def, ret, NULL);
}

void repo_settings_default(struct repo_settings *ret)
{
	*ret = (struct repo_settings){ 0 };
	for (size_t i = 0; i < REPO_SETTING_COUNT; i++)
		set_default(&rows[i], ret);
}

/* ---- from outside ---- */

static const struct row *find(struct str name, struct errinfo *e)
{
	for (size_t i = 0; i < REPO_SETTING_COUNT; i++)
		if (str_eq_c(name, rows[i].shown.name))
			return &rows[i];
	(void)ERR(e, INVALID, "a repository has no setting \"%.*s\"; chartlocker repo --help lists them",
	           STR_ARG(name));
	return NULL;
}

enum err repo_settings_set(struct arena *a, struct str name, struct str value,
                           struct repo_settings *s, struct errinfo *e)
{
	const struct row *row = find(name, e);
	return row ? set(a, row, value, s, e) : ERR_INVALID;
}

static enum err merge_item(struct arena *a, const struct node_item *item, struct repo_settings *s,
                           struct errinfo *e)
{
	const struct row *row = find(item->key, e);
	if (!row)
		return ERR_INVALID;
	if (item->value->kind != NODE_SCALAR)
		return ERR(e, INVALID, "%s: a single value is expected", row->shown.name);
	return set(a, row, node_is_null(item->value) ? str_c(row->shown.def) : item->value->text, s, e);
}

enum err repo_settings_merge(struct arena *a, struct str json, struct repo_settings *s,
                             struct errinfo *e)
{
	const struct node *root = NULL;
	enum err err = json_read(a, json, "settings", &root, e);
	if (err)
		return err_recode(err, ERR_METADATA, ERR_INVALID, e);
	if (!root || root->kind != NODE_MAP)
		return ERR(e, INVALID, "settings: an object is expected");
	for (const struct node_item *i = root->items; i && !err; i = i->next)
		err = merge_item(a, i, s, e);
	return err;
}

/* ---- together ---- */

static bool is_default(const struct repo_settings *s, const struct row *row)
{
	struct repo_settings fresh;
	const void *ours = (const char *)s + row->offset, *def = place_of(&fresh, row);
	set_default(row, &fresh);
	if (is_text(row))
		return str_eq(*(const struct str *)ours, *(const struct str *)def);
	if (row->type == TYPE_BOOL)
		return *(const bool *)ours == *(const bool *)def;
	return *(const uint64_t *)ours == *(const uint64_t *)def;
}

bool repo_setting_is_default(const struct repo_settings *s, enum repo_setting_id id)
{
	return is_default(s, &rows[id]);
}

enum repo_kind repo_kind(const struct repo_settings *s)
{
	return s->upstream.n ? REPO_UPSTREAM : s->members.n ? REPO_VIRTUAL : REPO_HOSTED;
}

const char *repo_kind_word(enum repo_kind kind)
{
	return kind == REPO_UPSTREAM ? "upstream" : kind == REPO_VIRTUAL ? "virtual" : "hosted";
}

enum upstream_mode upstream_mode(const struct repo_settings *s)
{
	return str_eq(s->mode, STR("proxy")) ? UPSTREAM_PROXY
	       : str_eq(s->mode, STR("mirror")) ? UPSTREAM_MIRROR : UPSTREAM_CATALOG;
}

bool repo_verifies(const struct repo_settings *s)
{
	return s->keyring.n && !str_eq(s->provenance, STR("off"));
}

bool upstream_links_here(const struct repo_settings *s)
{
	return str_eq(s->links, STR("here")) ||
	       (str_eq(s->links, STR("default")) && upstream_mode(s) != UPSTREAM_CATALOG);
}

enum err repo_settings_check(const struct repo_settings *s, struct errinfo *e)
{
	enum repo_kind kind = repo_kind(s);
	if (s->upstream.n && s->members.n)
		return ERR(e, INVALID, "upstream, members: a repository follows another server or has members, "
		           "not both");
	for (size_t i = 0; i < REPO_SETTING_COUNT; i++)
		if (!(rows[i].shown.of & kind) && !is_default(s, &rows[i]))
			return ERR(e, INVALID, "%s: %s %s repository has no such setting", rows[i].shown.name,
			           kind == REPO_UPSTREAM ? "an" : "a", repo_kind_word(kind));
	return OK;
}

/* ---- to outside ---- */

static void put_value(struct sbuf *b, const struct repo_settings *s, const struct row *row)
{
	const void *at = (const char *)s + row->offset;
	if (is_text(row))
		json_canonical(b, *(const struct str *)at);
	else if (row->type == TYPE_BOOL)
		sbuf_puts(b, *(const bool *)at ? "true" : "false");
	else
		sbuf_u64(b, *(const uint64_t *)at);
}

void repo_setting_put(struct sbuf *b, const struct repo_settings *s, enum repo_setting_id id)
{
	if (is_text(&rows[id]))
		sbuf_put(b, *(const struct str *)(const void *)((const char *)s + rows[id].offset));
	else
		put_value(b, s, &rows[id]);
}

static void put(struct sbuf *b, const struct repo_settings *s, unsigned of, bool defaults)
{
	sbuf_putc(b, '{');
	for (size_t i = 0; i < REPO_SETTING_COUNT; i++) {
		if (!(rows[i].shown.of & of) || (!defaults && is_default(s, &rows[i])))
			continue;
		json_key(b, rows[i].shown.name);
		put_value(b, s, &rows[i]);
	}
	sbuf_putc(b, '}');
}

void repo_settings_json(struct sbuf *b, const struct repo_settings *s) { put(b, s, REPO_ANY, false); }
void repo_settings_json_all(struct sbuf *b, const struct repo_settings *s) { put(b, s, REPO_ANY, true); }

void repo_settings_json_own(struct sbuf *b, enum repo_kind kind, const struct repo_settings *s)
{
	put(b, s, kind, true);
}

enum err repo_setting_text(struct arena *a, const struct repo_settings *s, enum repo_setting_id id,
                           struct str *ret, struct errinfo *e)
{
	const struct row *row = &rows[id];
	const void *at = (const char *)s + row->offset;
	if (is_text(row)) {
		*ret = *(const struct str *)at;
		return OK;
	}
	const char *text = row->type == TYPE_BOOL ? (*(const bool *)at ? "true" : "false")
	                   : arena_printf(a, "%llu", (unsigned long long)*(const uint64_t *)at);
	*ret = str_c(text);
	return text ? OK : ERR(e, NOMEM, "settings");
}

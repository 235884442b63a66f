/* The table of settings, and what a value of each type is; config_load.c knows where values come
 * from.                                                                                      */
#include "server/config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/base/value.h"

enum type { TYPE_TEXT, TYPE_LIST, TYPE_BOOL, TYPE_CHOICE, TYPE_COUNT, TYPE_BYTES, TYPE_SECONDS };

/* The limits of a row are numbers, but for a CHOICE, whose words stand there. */
static const struct row {
	struct config_row shown;
	enum type type;
	size_t offset;
	uint64_t min, max;
	const char *words;
} rows[CONFIG_COUNT] = {
#define LIMIT(x) _Generic((x), char *: 0, default: (x))
#define WORDS(x) _Generic((x), char *: (x), default: NULL)
#define X(name, field, type, def, min, max, reload, sentence) \
	[CONFIG_ID_##field] = { { #name, #type, def, sentence, reload, TYPE_##type == TYPE_LIST }, \
	                        TYPE_##type, \
	                        offsetof(struct config, field), LIMIT(min), max, WORDS(min) },
#include "server/config.def"
#undef X
};

#define X(name, field, type, def, min, max, reload, sentence) \
	_Static_assert(!(reload) || TYPE_##type != TYPE_LIST, "take_over copies no list: " #name); \
	_Static_assert(TYPE_##type != TYPE_LIST || (max) <= CONFIG_LIST_MAX, "too long a list: " #name);
#include "server/config.def"
#undef X

const struct config_row *config_row(enum config_id id)
{
	return &rows[id].shown;
}

bool config_find(struct str name, enum config_id *ret)
{
	for (int i = 0; i < CONFIG_COUNT; i++)
		if (str_eq_c(name, rows[i].shown.name)) {
			*ret = (enum config_id)i;
			return true;
		}
	return false;
}

/* ---- values ---- */

/* What a number of each type looks like. */
static const struct notation {
	bool (*parse)(struct str s, uint64_t *ret);
	const char *example;
} notations[] = {
	[TYPE_COUNT] = { value_count, "a number" },
	[TYPE_BYTES] = { value_bytes, "a size like 20m" },
	[TYPE_SECONDS] = { value_seconds, "a time like 30s" },
};

static enum err set_number(const struct row *row, struct str value, uint64_t *to, struct errinfo *e)
{
	const struct notation *as = &notations[row->type];
	uint64_t n;
	if (!as->parse(value, &n))
		return ERR(e, CONFIG, "\"%.*s\" is not %s", STR_ARG(value), as->example);
	if (n < row->min || n > row->max)
		return ERR(e, CONFIG, "%.*s is not between %llu and %llu", STR_ARG(value),
		           (unsigned long long)row->min, (unsigned long long)row->max);
	*to = n;
	return OK;
}

static enum err set_bool(struct str value, bool *to, struct errinfo *e)
{
	return value_bool(value, to) ? OK
	       : ERR(e, CONFIG, "\"%.*s\" is neither true nor false", STR_ARG(value));
}

static enum err set_choice(struct config *c, const struct row *row, struct str value,
                           const char **to, struct errinfo *e)
{
	if (!value_is_word(value, str_c(row->words)))
		return ERR(e, CONFIG, "\"%.*s\" is not one of: %s", STR_ARG(value), row->words);
	*to = arena_dup(&c->arena, value);
	return *to ? OK : ERR(e, NOMEM, "settings");
}

static enum err set_list(struct config *c, const struct row *row, struct str value,
                         struct config_list *to, struct errinfo *e)
{
	bool more = value.n || row->min;
	while (more) {
		struct str item = str_trim(str_cut(&value, ',', &more));
		if (!item.n)
			return ERR(e, CONFIG, "an item is empty");
		if (to->count == row->max)
			return ERR(e, CONFIG, "more than %llu items", (unsigned long long)row->max);
		to->item[to->count] = arena_dup(&c->arena, item);
		if (!to->item[to->count++])
			return ERR(e, NOMEM, "settings");
	}
	return OK;
}

static enum err set_text(struct config *c, const struct row *row, struct str value,
                         const char **to, struct errinfo *e)
{
	if (value.n < row->min || value.n > row->max)
		return ERR(e, CONFIG, "must have %llu to %llu characters", (unsigned long long)row->min,
		           (unsigned long long)row->max);
	*to = arena_dup(&c->arena, value);
	return *to ? OK : ERR(e, NOMEM, "settings");
}

static void *place_of(struct config *c, const struct row *row) { return (char *)c + row->offset; }

static enum err set_value(struct config *c, const struct row *row, struct str value,
                          struct errinfo *e)
{
	void *to = place_of(c, row);
	switch (row->type) {
	case TYPE_TEXT:
		return set_text(c, row, value, to, e);
	case TYPE_LIST:
		return set_list(c, row, value, to, e);
	case TYPE_BOOL:
		return set_bool(value, to, e);
	case TYPE_CHOICE:
		return set_choice(c, row, value, to, e);
	default:
		return set_number(row, value, to, e);
	}
}

/* A stronger source begins a list anew; the same flag again adds to it. */
enum err config_set_from(struct config *c, enum config_id id, struct str value,
                         enum config_source source, const char *place, struct errinfo *e)
{
	const struct row *row = &rows[id];
	struct config_origin *origin = &c->origin[id];
	struct config_list *list = place_of(c, row);
	if (row->type == TYPE_LIST && (source != CONFIG_FLAG || origin->source != CONFIG_FLAG))
		list->count = 0;
	enum err err = set_value(c, row, value, e);
	if (err) {
		err_prefix(e, "%s: %s", place, row->shown.name);
		return err;
	}
	origin->source = source;
	(void)snprintf(origin->place, sizeof origin->place, "%s", place);
	return OK;
}

enum err config_set(struct config *c, enum config_id id, const char *value, const char *place,
                    struct errinfo *e)
{
	return config_set_from(c, id, str_c(value), CONFIG_FLAG, place, e);
}

enum err config_defaults(struct config *c, struct errinfo *e)
{
	enum err err = OK;
	for (int i = 0; i < CONFIG_COUNT && !err; i++)
		err = config_set_from(c, (enum config_id)i, str_c(rows[i].shown.def), CONFIG_DEFAULT,
		                      "default", e);
	return err;
}

void config_done(struct config *c) { arena_done(&c->arena); }

/* ---- showing and reloading ---- */

void config_value(const struct config *c, enum config_id id, struct sbuf *to)
{
	const struct row *row = &rows[id];
	const void *at = (const char *)c + row->offset;
	const struct config_list *list = at;
	switch (row->type) {
	case TYPE_TEXT:
	case TYPE_CHOICE:
		sbuf_puts(to, *(const char *const *)at);
		break;
	case TYPE_BOOL:
		sbuf_puts(to, *(const bool *)at ? "true" : "false");
		break;
	case TYPE_LIST:
		for (size_t i = 0; i < list->count; i++)
			sbuf_printf(to, "%s%s", i ? "," : "", list->item[i]);
		break;
	default:
		sbuf_u64(to, *(const uint64_t *)at);
		break;
	}
}

/* Texts are copied: they outlive the fresh settings. */
static void take_over(struct config *running, const struct config *fresh, int id)
{
	const struct row *row = &rows[id];
	char *to = (char *)running + row->offset;
	const char *from = (const char *)fresh + row->offset;
	if (row->type != TYPE_CHOICE && row->type != TYPE_TEXT) {
		memcpy(to, from, row->type == TYPE_BOOL ? sizeof(bool) : sizeof(uint64_t));
		return;
	}
	const char *copy = arena_dup(&running->arena, str_c(*(const char *const *)(const void *)from));
	if (copy)
		memcpy(to, &copy, sizeof copy);
}

void config_reload(struct config *running, const struct config *fresh, struct sbuf *ignored)
{
	for (int i = 0; i < CONFIG_COUNT; i++) {
		AUTO_SBUF struct sbuf before = sbuf_make(CONFIG_VALUE_MAX_BYTES);
		AUTO_SBUF struct sbuf after = sbuf_make(CONFIG_VALUE_MAX_BYTES);
		config_value(running, (enum config_id)i, &before);
		config_value(fresh, (enum config_id)i, &after);
		if (str_eq(sbuf_str(&before), sbuf_str(&after)) || running->origin[i].source == CONFIG_FLAG)
			continue;
		if (rows[i].shown.reload) {
			take_over(running, fresh, i);
			running->origin[i] = fresh->origin[i];
		} else {
			sbuf_printf(ignored, "%s%s", ignored->n ? ", " : "", rows[i].shown.name);
		}
	}
}

/* Settings from three places into one struct, by one table. */
#include "server/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/format/name.h"
#include "indexer/format/node.h"
#include "server/http/http.h"

#define ENVIRONMENT_PREFIX "CHARTLOCKER_"
#define ENVIRONMENT "environment"     /* the place of a variable that does not exist */
#define NAME_MAX_BYTES 64
#define VALUE_MAX_BYTES (64u * KIB)
#define NEAR_ENOUGH 3

enum type { TYPE_TEXT, TYPE_LIST, TYPE_BOOL, TYPE_COUNT, TYPE_BYTES, TYPE_SECONDS, TYPE_CHOICE };

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
	[CONFIG_ID_##field] = { { #name, #type, def, sentence, reload }, TYPE_##type, \
	                        offsetof(struct config, field), LIMIT(min), max, WORDS(min) },
#include "server/config.def"
#undef X
};

/* ---- names ---- */

/* "upload.max_bytes" → "CHARTLOCKER_UPLOAD_MAX_BYTES" */
static void environment_name(const char *name, char ret[NAME_MAX_BYTES])
{
	size_t n = strlen(ENVIRONMENT_PREFIX);
	memcpy(ret, ENVIRONMENT_PREFIX, n);
	for (; *name && n < NAME_MAX_BYTES - 1; name++)
		ret[n++] = *name == '.' ? '_' : *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name;
	ret[n] = '\0';
}

const struct config_row *config_row(enum config_id id)
{
	return &rows[id].shown;
}

static int find_row(struct str name)
{
	for (int i = 0; i < CONFIG_COUNT; i++)
		if (str_eq_c(name, rows[i].shown.name))
			return i;
	return -1;
}

/* Edit distance, one row of the matrix at a time. */
static size_t distance(struct str a, struct str b)
{
	size_t row[NAME_MAX_BYTES + 1];
	if (a.n > NAME_MAX_BYTES || b.n > NAME_MAX_BYTES)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t change = diagonal + (a.p[i - 1] != b.p[j - 1]);
			size_t less = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
			diagonal = row[j];
			row[j] = change < less ? change : less;
		}
	}
	return row[b.n];
}

/* The nearest right name into `ret`, as a variable or as it stands in the file; false: none is near. */
static bool nearest(struct str name, bool variable, char ret[NAME_MAX_BYTES])
{
	size_t best = NEAR_ENOUGH + 1;
	for (int i = 0; i < CONFIG_COUNT; i++) {
		char candidate[NAME_MAX_BYTES];
		if (variable)
			environment_name(rows[i].shown.name, candidate);
		else
			(void)snprintf(candidate, sizeof candidate, "%s", rows[i].shown.name);
		size_t d = distance(name, str_c(candidate));
		if (d < best) {
			best = d;
			memcpy(ret, candidate, NAME_MAX_BYTES);
		}
	}
	return best <= NEAR_ENOUGH;
}

/* ---- values ---- */

static bool parse_number(struct str s, const char *units, const uint64_t *factors, uint64_t *ret)
{
	uint64_t factor = 1;
	const char *unit = s.n > 1 ? strchr(units, s.p[s.n - 1] | 0x20) : NULL;
	if (unit && *unit) {
		factor = factors[unit - units];
		s.n--;
	}
	return str_to_u64(s, ret) && !__builtin_mul_overflow(*ret, factor, ret);
}

static enum err set_number(const struct row *row, struct str value, uint64_t *to, struct errinfo *e)
{
	static const uint64_t bytes[] = { KIB, MIB, (uint64_t)1 << 30 }, seconds[] = { 1, 60, 3600 };
	uint64_t n;
	bool fine = row->type == TYPE_BYTES ? parse_number(value, "kmg", bytes, &n)
	          : row->type == TYPE_SECONDS ? parse_number(value, "smh", seconds, &n) : str_to_u64(value, &n);
	if (!fine)
		return ERR(e, CONFIG, "\"%.*s\" is not %s", STR_ARG(value),
		           row->type == TYPE_BYTES ? "a size like 20m" : row->type == TYPE_SECONDS ? "a time like 30s" : "a number");
	if (n < row->min || n > row->max)
		return ERR(e, CONFIG, "%.*s is not between %llu and %llu", STR_ARG(value),
		           (unsigned long long)row->min, (unsigned long long)row->max);
	*to = n;
	return OK;
}

static enum err set_bool(struct str value, bool *to, struct errinfo *e)
{
	static const char *const words[] = { "false", "true", "no", "yes", "off", "on", "0", "1" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq_nocase(value, str_c(words[i]))) {
			*to = i & 1;
			return OK;
		}
	return ERR(e, CONFIG, "\"%.*s\" is neither true nor false", STR_ARG(value));
}

static enum err set_choice(struct config *c, const struct row *row, struct str value, const char **to, struct errinfo *e)
{
	struct str rest = str_c(row->words);
	while (rest.n)
		if (str_eq(str_cut(&rest, ' ', NULL), value)) {
			*to = arena_dup(&c->arena, value);
			return *to ? OK : ERR(e, NOMEM, "settings");
		}
	return ERR(e, CONFIG, "\"%.*s\" is not one of: %s", STR_ARG(value), row->words);
}

static enum err set_list(struct config *c, const struct row *row, struct str value, struct config_list *to, struct errinfo *e)
{
	bool more;
	do {
		struct str item = str_trim(str_cut(&value, ',', &more));
		if (!item.n)
			return ERR(e, CONFIG, "an item is empty");
		if (to->count == row->max || to->count == CONFIG_LIST_MAX)
			return ERR(e, CONFIG, "more than %llu items", (unsigned long long)row->max);
		to->item[to->count] = arena_dup(&c->arena, item);
		if (!to->item[to->count++])
			return ERR(e, NOMEM, "settings");
	} while (more);
	return OK;
}

static enum err set_text(struct config *c, const struct row *row, struct str value, const char **to, struct errinfo *e)
{
	if (value.n < row->min || value.n > row->max)
		return ERR(e, CONFIG, "must have %llu to %llu characters", (unsigned long long)row->min, (unsigned long long)row->max);
	*to = arena_dup(&c->arena, value);
	return *to ? OK : ERR(e, NOMEM, "settings");
}

static enum err set_value(struct config *c, const struct row *row, struct str value, struct errinfo *e)
{
	void *to = (char *)c + row->offset;
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
static enum err set_from(struct config *c, int id, struct str value, enum config_source source,
                         const char *place, struct errinfo *e)
{
	const struct row *row = &rows[id];
	struct config_origin *origin = &c->origin[id];
	if (row->type == TYPE_LIST && (source != CONFIG_FLAG || origin->source != CONFIG_FLAG))
		((struct config_list *)(void *)((char *)c + row->offset))->count = 0;
	enum err err = set_value(c, row, value, e);
	if (err) {
		err_prefix(e, "%s: %s", place, row->shown.name);
		return err;
	}
	origin->source = source;
	(void)snprintf(origin->place, sizeof origin->place, "%s", place);
	return OK;
}

enum err config_set(struct config *c, enum config_id id, const char *value, const char *place, struct errinfo *e)
{
	return set_from(c, (int)id, str_c(value), CONFIG_FLAG, place, e);
}

enum err config_defaults(struct config *c, struct errinfo *e)
{
	enum err err = OK;
	for (int i = 0; i < CONFIG_COUNT && !err; i++)
		err = set_from(c, i, str_c(rows[i].shown.def), CONFIG_DEFAULT, "default", e);
	return err;
}

void config_done(struct config *c) { arena_done(&c->arena); }

/* ---- the file ---- */

static void complain(struct sbuf *problems, const struct errinfo *e)
{
	sbuf_printf(problems, "%s\n", e->detail);
}

static void unknown(struct sbuf *problems, const char *place, struct str name)
{
	char near[NAME_MAX_BYTES];
	sbuf_printf(problems, "%s: there is no setting \"%.*s\"", place, STR_ARG(name));
	if (nearest(name, !strcmp(place, ENVIRONMENT), near))
		sbuf_printf(problems, "; did you mean \"%s\"?", near);
	sbuf_putc(problems, '\n');
}

/* A YAML list as the comma-separated text that set_list reads. */
static struct str list_text(struct arena *a, const struct node *list)
{
	const char *text = "";
	for (const struct node_item *i = list->items; i && text; i = i->next)
		text = arena_printf(a, "%s%s%.*s", text, *text ? "," : "", STR_ARG(node_text(i->value)));
	return str_c(text);
}

static bool is_group(struct str prefix)
{
	for (int i = 0; i < CONFIG_COUNT; i++) {
		struct str name = str_c(rows[i].shown.name);
		if (name.n > prefix.n && name.p[prefix.n] == '.' && str_starts(name, prefix))
			return true;
	}
	return false;
}

static void read_map(struct config *c, const struct node *map, const char *prefix, const char *file, struct sbuf *problems);

static void read_item(struct config *c, const struct node_item *i, const char *prefix, const char *file, struct sbuf *problems)
{
	struct errinfo e = { 0 };
	const char *place = arena_printf(&c->arena, "%s:%u", file, i->line);
	const char *name = arena_printf(&c->arena, "%s%.*s", prefix, STR_ARG(i->key));
	int id = name ? find_row(str_c(name)) : -1;
	if (!place || !name)
		sbuf_puts(problems, "out of memory\n");
	else if (i->value->kind == NODE_MAP && is_group(str_c(name)))
		read_map(c, i->value, arena_printf(&c->arena, "%s.", name), file, problems);
	else if (id < 0)
		unknown(problems, place, str_c(name));
	else if (i->value->kind == NODE_MAP || (i->value->kind == NODE_LIST && rows[id].type != TYPE_LIST))
		sbuf_printf(problems, "%s: %s: one value is expected\n", place, name);
	else if (set_from(c, id, i->value->kind == NODE_LIST ? list_text(&c->arena, i->value) : node_text(i->value),
	                  CONFIG_FILE, place, &e))
		complain(problems, &e);
}

static void read_map(struct config *c, const struct node *map, const char *prefix, const char *file, struct sbuf *problems)
{
	for (const struct node_item *i = map->items; i && prefix; i = i->next)
		read_item(c, i, prefix, file, problems);
}

/* Symbolic links are followed: Kubernetes mounts settings and secrets as such. A pipe has no size
 * and would be taken for an empty file.                                                      */
static enum err read_text(const char *path, size_t limit, char **ret, size_t *ret_bytes,
                          struct errinfo *e)
{
	struct stat st;
	AUTO_FD int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return ERR(e, CONFIG, "%s does not exist", path);
	if (fd < 0 || fstat(fd, &st) != 0)
		return ERR(e, CONFIG, "%s: cannot be read", path);
	if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode))
		return ERR(e, CONFIG, "%s is not a regular file", path);
	enum err err = fs_read_fd(fd, limit, ret, ret_bytes, e);
	if (err)
		err_prefix(e, "%s", path);
	return err;
}

static enum err read_file(struct config *c, const char *file, struct sbuf *problems, struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	size_t bytes;
	const struct node *root = NULL;
	struct yaml_options o = yaml_strict;
	o.name = file;
	if (access(file, R_OK) != 0)
		return ERR(e, CONFIG, "%s: cannot be read", file);
	enum err err = read_text(file, CONFIG_MAX_BYTES, &text, &bytes, e);
	if (err)
		return err;
	if (yaml_read(&c->arena, str_make(text, bytes), &o, &root, e))
		complain(problems, e);
	else if (root && root->kind != NODE_MAP)
		sbuf_printf(problems, "%s:%u: settings are expected, NAME: VALUE\n", file, root->line);
	else if (root)
		read_map(c, root, "", file, problems);
	return OK;
}

/* ---- the environment ---- */

static void set_from_file(struct config *c, int id, const char *variable, struct str path, struct sbuf *problems)
{
	AUTO_FREE char *text = NULL;
	size_t bytes;
	struct errinfo e = { 0 };
	const char *name = arena_dup(&c->arena, path);
	if (!name || read_text(name, VALUE_MAX_BYTES, &text, &bytes, &e)) {
		sbuf_printf(problems, "%s: %s\n", variable, e.detail);
		return;
	}
	while (bytes && (text[bytes - 1] == '\n' || text[bytes - 1] == '\r'))
		bytes--;
	if (set_from(c, id, str_make(text, bytes), CONFIG_ENVIRONMENT, variable, &e))
		complain(problems, &e);
}

/* True when the variable is one of ours. */
static bool read_variable(struct config *c, struct str variable, struct str value, struct sbuf *problems)
{
	for (int i = 0; i < CONFIG_COUNT; i++) {
		char name[NAME_MAX_BYTES];
		struct errinfo e = { 0 };
		environment_name(rows[i].shown.name, name);
		struct str ours = str_c(name);
		if (str_eq(variable, ours)) {
			if (set_from(c, i, value, CONFIG_ENVIRONMENT, name, &e))
				complain(problems, &e);
			return true;
		}
		if (str_starts(variable, ours) && str_eq(str_from(variable, ours.n), STR("_FILE"))) {
			set_from_file(c, i, arena_dup(&c->arena, variable), value, problems);
			return true;
		}
	}
	return false;
}

static void read_environment(struct config *c, char *const *environment, struct sbuf *problems)
{
	for (; environment && *environment; environment++) {
		struct str value = str_c(*environment);
		struct str variable = str_cut(&value, '=', NULL);
		if (str_starts(variable, STR(ENVIRONMENT_PREFIX)) && !read_variable(c, variable, value, problems))
			unknown(problems, ENVIRONMENT, variable);
	}
}

enum err config_load(struct config *c, const char *file, char *const *environment, struct sbuf *problems,
                     struct errinfo *e)
{
	enum err err = file ? read_file(c, file, problems, e) : OK;
	if (err)
		return err;
	read_environment(c, environment, problems);
	return problems->n ? ERR(e, CONFIG, "the settings are not valid; nothing was started") : OK;
}

/* ---- what a value means ---- */

static void complain_of(struct sbuf *problems, const struct config *c, enum config_id id, struct errinfo *e)
{
	err_prefix(e, "%s: %s", c->origin[id].place, rows[id].shown.name);
	complain(problems, e);
}

enum err config_check(const struct config *c, struct sbuf *problems, struct errinfo *e)
{
	struct errinfo wrong = { 0 };
	size_t before = problems->n;
	if (repo_name_check(str_c(c->default_repository), &wrong))
		complain_of(problems, c, CONFIG_ID_default_repository, &wrong);
	for (size_t i = 0; i < c->listen.count; i++)
		if (http_address_check(c->listen.item[i], &wrong))
			complain_of(problems, c, CONFIG_ID_listen, &wrong);
	return problems->n > before ? ERR(e, CONFIG, "the settings are not valid; nothing was started") : OK;
}

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

static size_t size_of(enum type type)
{
	return type == TYPE_BOOL ? sizeof(bool) : type == TYPE_TEXT || type == TYPE_CHOICE ? sizeof(char *)
	     : type == TYPE_LIST ? sizeof(struct config_list) : sizeof(uint64_t);
}

/* Texts of the fresh settings are copied: they outlive them. */
static void take_over(struct config *running, const struct config *fresh, int id)
{
	const struct row *row = &rows[id];
	char *to = (char *)running + row->offset;
	const char *from = (const char *)fresh + row->offset;
	if (row->type != TYPE_CHOICE && row->type != TYPE_TEXT) {
		memcpy(to, from, size_of(row->type));
		return;
	}
	const char *copy = arena_dup(&running->arena, str_c(*(const char *const *)(const void *)from));
	if (copy)
		memcpy(to, &copy, sizeof copy);
}

void config_reload(struct config *running, const struct config *fresh, struct sbuf *ignored)
{
	for (int i = 0; i < CONFIG_COUNT; i++) {
		AUTO_SBUF struct sbuf before = sbuf_make(VALUE_MAX_BYTES);
		AUTO_SBUF struct sbuf after = sbuf_make(VALUE_MAX_BYTES);
		config_value(running, (enum config_id)i, &before);
		config_value(fresh, (enum config_id)i, &after);
		if (str_eq(sbuf_str(&before), sbuf_str(&after)) || running->origin[i].source == CONFIG_FLAG)
			continue;
		if (rows[i].shown.reload) {
			take_over(running, fresh, i);
			running->origin[i] = fresh->origin[i];
		} else {
			sbuf_printf(ignored, "%s\n", rows[i].shown.name);
		}
	}
}

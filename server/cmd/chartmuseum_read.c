/* ChartMuseum's flags as Go's flag package reads them, its environment and its YAML file as viper
 * does: one dash or two, a boolean's value only behind "=", keys in any case, nested or dotted. */
#include <stdio.h>
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/format/node.h"
#include "indexer/hub/nearest.h"
#include "server/cmd/chartmuseum.h"

static const struct cm_row rows[CM_COUNT] = {
#define X(variable, flag, key, kind, fate, to, text) \
	{ #variable, flag, key, CM_##kind, CM_##fate, to, text },
#include "server/cmd/chartmuseum.def"
#undef X
};

const struct cm_row *cm_row(enum cm_id id) { return &rows[id]; }
void cm_done(struct cm *m) { arena_done(&m->arena); }

/* ---- values ---- */

/* strconv.ParseBool */
static bool parse_bool(struct str s, bool *ret)
{
	static const char *const words[] = { "0", "1", "f", "t", "F", "T", "false", "true", "False",
	                                     "True", "FALSE", "TRUE" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq_c(s, words[i])) {
			*ret = i & 1;
			return true;
		}
	return false;
}

bool cm_is_true(const struct cm *m, enum cm_id id)
{
	bool value = false;
	return parse_bool(m->value[id].text, &value) && value;
}

uint64_t cm_number(const struct cm *m, enum cm_id id)
{
	uint64_t n = 0;
	return str_to_u64(m->value[id].text, &n) ? n : 0;
}

static const char *wrong_value(enum cm_kind kind, struct str value)
{
	uint64_t n;
	bool b;
	if (kind == CM_BOOL && !parse_bool(value, &b))
		return "neither true nor false";
	if (kind == CM_INT && !str_to_u64(value, &n))
		return "no number";
	return NULL;
}

static void set(struct cm *m, enum cm_id id, struct str value, enum config_source source,
                const char *place, struct sbuf *problems)
{
	struct cm_value *v = &m->value[id];
	const char *wrong = value.n ? wrong_value(rows[id].kind, value) : NULL;
	if (wrong) {
		sbuf_printf(problems, "%s: \"%.*s\" is %s\n", place, STR_ARG(value), wrong);
		return;
	}
	if (!value.n || (v->text.n && v->source > source))
		return;
	bool more = rows[id].kind == CM_PAIRS && v->text.n && v->source == source;
	const char *text = more ? arena_printf(&m->arena, "%.*s\n%.*s", STR_ARG(v->text), STR_ARG(value))
	                        : arena_dup(&m->arena, value);
	*v = (struct cm_value){ .source = source, .place = arena_dup(&m->arena, str_c(place)) };
	if (!v->place || !text)
		sbuf_puts(problems, "out of memory\n");
	else
		v->text = str_c(text);
}

/* ---- flags ---- */

struct own { const char *name, *letter; bool *flag; const char **text; };

static void unknown(struct str name, struct sbuf *problems)
{
	struct nearest near = nearest_of(name, false);
	for (int i = 0; i < CM_COUNT; i++)
		if (nearest_is(&near, str_c(rows[i].flag)))
			nearest_offer(&near, str_c(rows[i].flag), str_c(rows[i].flag), 0);
	sbuf_printf(problems, "ChartMuseum has no flag --%.*s", STR_ARG(name));
	if (near.best.n)
		sbuf_printf(problems, "; did you mean --%.*s?", STR_ARG(near.best));
	sbuf_puts(problems, "\n");
}

static int find_flag(struct str name)
{
	for (int i = 0; i < CM_COUNT; i++)
		if (str_eq_c(name, rows[i].flag))
			return i;
	return -1;
}

static const struct own *find_own(const struct own *own, struct str name)
{
	while (own->name && !str_eq_c(name, own->name) && !str_eq_c(name, own->letter))
		own++;
	return own->name ? own : NULL;
}

/* The value of a flag that stands alone: "true", or the next argument. */
static struct str value_behind(bool is_bool, struct str name, const char *next, int *ret_taken,
                               struct sbuf *problems)
{
	*ret_taken = !is_bool && next;
	if (!is_bool && !next)
		sbuf_printf(problems, "--%.*s: a value is expected\n", STR_ARG(name));
	return is_bool ? STR("true") : str_c(next);
}

static void set_own(struct cm *m, const struct own *own, struct str value, struct sbuf *problems)
{
	if (own->text)
		*own->text = arena_dup(&m->arena, value);
	else if (!parse_bool(value, own->flag))
		sbuf_printf(problems, "--%s: \"%.*s\" is neither true nor false\n", own->name,
		            STR_ARG(value));
}

static void set_flag(struct cm *m, enum cm_id id, struct str value, struct sbuf *problems)
{
	char place[64];
	(void)snprintf(place, sizeof place, "--%s", rows[id].flag);
	set(m, id, value, CONFIG_FLAG, place, problems);
}

/* One flag without its dashes; returns how many further arguments it took. */
static int take_flag(struct cm *m, const struct own *table, struct str flag, const char *next,
                     struct sbuf *problems)
{
	bool has_value;
	int taken = 0;
	struct str value = flag, name = str_cut(&value, '=', &has_value);
	const struct own *own = find_own(table, name);
	int id = own ? -1 : find_flag(name);
	if (!own && id < 0) {
		unknown(name, problems);
		return 0;
	}
	if (!has_value)
		value = value_behind(own ? own->flag != NULL : rows[id].kind == CM_BOOL, name, next, &taken,
		                     problems);
	if (own)
		set_own(m, own, value, problems);
	else
		set_flag(m, (enum cm_id)id, value, problems);
	return taken;
}

static void read_flags(struct cm *m, int argc, char **argv, struct sbuf *problems)
{
	const struct own own[] = {
		{ "help", "h", &m->help, NULL }, { "version", "v", &m->version, NULL },
		{ "config", "c", NULL, &m->config }, { "link", "", &m->link, NULL },
		{ "print-config", "", &m->print_config, NULL }, { 0 },
	};
	int i = 1;
	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		struct str flag = str_c(argv[i] + (argv[i][1] == '-' ? 2 : 1));
		if (!flag.n) {               /* "--" */
			i++;
			break;
		}
		i += take_flag(m, own, flag, argv[i + 1], problems);
	}
	if (i < argc)
		sbuf_printf(problems, "unexpected argument \"%s\"\n", argv[i]);
}

/* ---- the environment ---- */

static void read_environment(struct cm *m, char *const *environment, struct sbuf *problems)
{
	for (; environment && *environment; environment++) {
		struct str value = str_c(*environment);
		struct str name = str_cut(&value, '=', NULL);
		for (int i = 0; i < CM_COUNT; i++)
			if (str_eq_c(name, rows[i].variable))
				set(m, (enum cm_id)i, value, CONFIG_ENVIRONMENT, rows[i].variable, problems);
		if (str_eq(name, STR("CONFIG")) && value.n && !m->config)
			m->config = value.p;
	}
}

/* ---- the file ---- */

static int find_key(struct str key)
{
	for (int i = 0; i < CM_COUNT; i++)
		if (str_eq_nocase(key, str_c(rows[i].key)))
			return i;
	return -1;
}

static bool is_group(struct str key)
{
	for (int i = 0; i < CM_COUNT; i++) {
		struct str whole = str_c(rows[i].key);
		if (whole.n > key.n && whole.p[key.n] == '.' && str_eq_nocase(str_first(whole, key.n), key))
			return true;
	}
	return false;
}

/* "yes" is true in YAML, though not to ParseBool. */
static struct str value_text(enum cm_kind kind, const struct node *value)
{
	bool b;
	if (node_is_null(value))
		return (struct str){ 0 };
	if (kind == CM_BOOL && value->plain && node_bool(value, &b))
		return b ? STR("true") : STR("false");
	return node_text(value);
}

/* {org/repo: ID}, as flags say org/repo=ID. */
static void read_pairs(struct cm *m, enum cm_id id, const struct node *map, struct sbuf *problems)
{
	for (const struct node_item *i = map->items; i; i = i->next) {
		const char *place = arena_printf(&m->arena, "%s:%u", m->config, i->line);
		const char *pair = arena_printf(&m->arena, "%.*s=%.*s", STR_ARG(i->key), STR_ARG(node_text(i->value)));
		if (!place || !pair)
			sbuf_puts(problems, "out of memory\n");
		else if (i->value->kind != NODE_SCALAR)
			sbuf_printf(problems, "%s: %.*s: one value is expected\n", place, STR_ARG(i->key));
		else
			set(m, id, str_c(pair), CONFIG_FILE, place, problems);
	}
}

static void read_map(struct cm *m, const struct node *map, const char *prefix,
                     struct sbuf *problems);

static void read_item(struct cm *m, const struct node_item *item, const char *prefix,
                      struct sbuf *problems)
{
	const char *place = arena_printf(&m->arena, "%s:%u", m->config, item->line);
	const char *name = arena_printf(&m->arena, "%s%.*s", prefix, STR_ARG(item->key));
	if (!place || !name) {
		sbuf_puts(problems, "out of memory\n");
		return;
	}
	int id = find_key(str_c(name));
	const struct node *value = item->value;
	if (id < 0 && value->kind == NODE_MAP && is_group(str_c(name)))
		read_map(m, value, arena_printf(&m->arena, "%s.", name), problems);
	else if (id < 0)
		sbuf_printf(problems, "%s: ChartMuseum has no setting \"%s\"\n", place, name);
	else if (value->kind == NODE_MAP && rows[id].kind == CM_PAIRS)
		read_pairs(m, (enum cm_id)id, value, problems);
	else if (value->kind != NODE_SCALAR)
		sbuf_printf(problems, "%s: %s: one value is expected\n", place, name);
	else
		set(m, (enum cm_id)id, value_text(rows[id].kind, value), CONFIG_FILE, place, problems);
}

static void read_map(struct cm *m, const struct node *map, const char *prefix,
                     struct sbuf *problems)
{
	for (const struct node_item *i = map->items; i && prefix; i = i->next)
		read_item(m, i, prefix, problems);
}

static bool has_yaml_name(struct str file)
{
	size_t i = file.n;
	while (i > 0 && file.p[i - 1] != '.' && file.p[i - 1] != '/')
		i--;
	bool has_extension = i > 0 && file.p[i - 1] == '.';
	struct str extension = str_from(file, i);
	return !has_extension || str_eq(extension, STR("yaml")) || str_eq(extension, STR("yml"));
}

static enum err read_file(struct cm *m, struct sbuf *problems, struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	size_t bytes;
	const struct node *root = NULL;
	struct yaml_options o = yaml_strict;
	o.name = m->config;
	if (!has_yaml_name(str_c(m->config)))
		return ERR(e, CONFIG, "%s: config file must have .yaml/.yml extension (or no extension)",
		           m->config);
	enum err err = fs_read_named(m->config, CONFIG_MAX_BYTES, &text, &bytes, e);
	if (err == ERR_NOT_FOUND)
		return ERR(e, CONFIG, "config file not found: %s", m->config);
	if (err) {
		err_prefix(e, "%s", m->config);
		return err;
	}
	if (yaml_read(&m->arena, str_make(text, bytes), &o, &root, e))
		sbuf_printf(problems, "%s\n", e->detail);
	else if (root && root->kind != NODE_MAP)
		sbuf_printf(problems, "%s:%u: settings are expected, NAME: VALUE\n", m->config, root->line);
	else if (root)
		read_map(m, root, "", problems);
	return OK;
}

enum err cm_read(struct cm *m, int argc, char **argv, char *const *environment,
                 struct sbuf *problems, struct errinfo *e)
{
	read_flags(m, argc, argv, problems);
	if (m->help || m->version)
		return OK;
	read_environment(m, environment, problems);
	enum err err = m->config ? read_file(m, problems, e) : OK;
	if (err)
		return err;
	return problems->n ? ERR(e, CONFIG, "ChartMuseum's settings are not valid; nothing was started")
	                   : OK;
}

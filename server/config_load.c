/* Settings from a YAML file and from the environment. A name that does not exist is answered with
 * the nearest one that does.                                                                 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/format/node.h"
#include "indexer/hub/nearest.h"
#include "server/config.h"
#include "server/config_section.h"

#define ENVIRONMENT_PREFIX "CHARTLOCKER_"
#define ENVIRONMENT "environment"     /* the place of a variable that does not exist */
#define NAME_MAX_BYTES 64

/* ---- names ---- */

/* "upload.max_bytes" → "CHARTLOCKER_UPLOAD_MAX_BYTES" */
static void environment_name(const char *name, char ret[NAME_MAX_BYTES])
{
	size_t n = strlen(ENVIRONMENT_PREFIX);
	memcpy(ret, ENVIRONMENT_PREFIX, n);
	for (; *name && n < NAME_MAX_BYTES - 1; name++)
		ret[n++] = *name == '.' ? '_'
		         : *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name;
	ret[n] = '\0';
}

/* The setting whose name, as a variable or as it stands in the file, is the nearest one; empty: none is near. */
static struct str nearest_setting(struct str name, bool variable)
{
	struct nearest near = nearest_of(name, false);
	for (int i = 0; i < CONFIG_COUNT; i++) {
		const char *setting = config_row((enum config_id)i)->name;
		char as_variable[NAME_MAX_BYTES];
		environment_name(setting, as_variable);
		struct str candidate = str_c(variable ? as_variable : setting);
		if (nearest_is(&near, candidate))
			nearest_offer(&near, candidate, str_c(setting), 0);
	}
	return near.best;
}

/* ---- problems ---- */

static void complain(struct sbuf *problems, const struct errinfo *e)
{
	sbuf_printf(problems, "%s\n", e->detail);
}

static void unknown(struct sbuf *problems, const char *place, struct str name)
{
	char as_variable[NAME_MAX_BYTES];
	bool variable = !strcmp(place, ENVIRONMENT);
	struct str near = nearest_setting(name, variable);
	sbuf_printf(problems, "%s: there is no setting \"%.*s\"", place, STR_ARG(name));
	if (near.n && variable)
		environment_name(near.p, as_variable);
	if (near.n)
		sbuf_printf(problems, "; did you mean \"%s\"?", variable ? as_variable : near.p);
	sbuf_putc(problems, '\n');
}

/* ---- the file ---- */

/* A YAML list as the comma-separated text that set_list reads. */
static struct str list_text(struct arena *a, const struct node *list)
{
	const char *text = "";
	for (const struct node_item *i = list->items; i && text; i = i->next)
		text = arena_printf(a, "%s%s%.*s", text, *text ? "," : "", STR_ARG(config_text(i->value)));
	return str_c(text);
}

static bool is_group(struct str prefix)
{
	for (int i = 0; i < CONFIG_COUNT; i++) {
		struct str name = str_c(config_row((enum config_id)i)->name);
		if (name.n > prefix.n && name.p[prefix.n] == '.' && str_starts(name, prefix))
			return true;
	}
	return false;
}

static void read_map(struct config *c, const struct node *map, const char *prefix,
                     const char *file, struct sbuf *problems);

static void read_value(struct config *c, enum config_id id, const struct node *value,
                       const char *place, struct sbuf *problems)
{
	const struct config_row *row = config_row(id);
	struct errinfo e = { 0 };
	bool is_list = value->kind == NODE_LIST;
	if (value->kind == NODE_MAP || (is_list && !row->is_list))
		sbuf_printf(problems, "%s: %s: one value is expected\n", place, row->name);
	else if (config_set_from(c, id, is_list ? list_text(&c->arena, value) : config_text(value),
	                         CONFIG_FILE, place, &e))
		complain(problems, &e);
}

/* What is more than values. */
static const struct section {
	const char *name;
	void (*read)(struct config *c, const struct node *section, const char *file,
	             struct sbuf *problems);
} sections[] = {
	{ "credentials", config_read_credentials },
	{ "repositories", config_read_repos },
	{ "upstreams", config_read_upstreams },
	{ "virtual", config_read_virtual },
	{ "users", config_read_users },
	{ "tokens", config_read_tokens },
};

static const struct section *find_section(const char *name)
{
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
		if (!strcmp(sections[i].name, name))
			return &sections[i];
	return NULL;
}

static void read_item(struct config *c, const struct node_item *i, const char *prefix,
                      const char *file, struct sbuf *problems)
{
	const char *place = arena_printf(&c->arena, "%s:%u", file, i->line);
	const char *name = arena_printf(&c->arena, "%s%.*s", prefix, STR_ARG(i->key));
	const struct section *section = name ? find_section(name) : NULL;
	enum config_id id;
	if (!place || !name)
		sbuf_puts(problems, "out of memory\n");
	else if (section)
		section->read(c, i->value, file, problems);
	else if (i->value->kind == NODE_MAP && is_group(str_c(name)))
		read_map(c, i->value, arena_printf(&c->arena, "%s.", name), file, problems);
	else if (config_find(str_c(name), &id))
		read_value(c, id, i->value, place, problems);
	else
		unknown(problems, place, str_c(name));
}

static void read_map(struct config *c, const struct node *map, const char *prefix,
                     const char *file, struct sbuf *problems)
{
	for (const struct node_item *i = map->items; i && prefix; i = i->next)
		read_item(c, i, prefix, file, problems);
}

/* Symbolic links are followed: Kubernetes mounts settings and secrets as such. A pipe has no size
 * and would be taken for an empty file.                                                      */
enum err config_read_text(const char *path, size_t limit, char **ret, size_t *ret_bytes,
                          struct errinfo *e)
{
	struct stat st;
	AUTO_FD int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		return ERR(e, CONFIG, "%s %s", path, fs_unreadable(errno));
	if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode))
		return ERR(e, CONFIG, "%s is not a regular file", path);
	enum err err = fs_read_fd(fd, limit, ret, ret_bytes, e);
	if (err)
		err_prefix(e, "%s", path);
	return err;
}

static enum err read_file(struct config *c, const char *file, struct sbuf *problems,
                          struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	size_t bytes;
	const struct node *root = NULL;
	struct yaml_options o = yaml_strict;
	o.name = file;
	enum err err = config_read_text(file, CONFIG_MAX_BYTES, &text, &bytes, e);
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

static void set_from_file(struct config *c, enum config_id id, const char *variable,
                          struct str path, struct sbuf *problems)
{
	AUTO_FREE char *text = NULL;
	size_t bytes;
	struct errinfo e = { 0 };
	const char *name = arena_dup(&c->arena, path);
	if (!name || config_read_text(name, CONFIG_VALUE_MAX_BYTES, &text, &bytes, &e)) {
		sbuf_printf(problems, "%s: %s\n", variable, e.detail);
		return;
	}
	while (bytes && (text[bytes - 1] == '\n' || text[bytes - 1] == '\r'))
		bytes--;
	if (config_set_from(c, id, str_make(text, bytes), CONFIG_ENVIRONMENT, variable, &e))
		sbuf_printf(problems, "%s: %s: %s\n", variable, config_row(id)->name, CONFIG_UNSHOWN);
}

/* True when the variable is one of ours. */
static bool read_variable(struct config *c, struct str variable, struct str value,
                          struct sbuf *problems)
{
	for (int i = 0; i < CONFIG_COUNT; i++) {
		enum config_id id = (enum config_id)i;
		char name[NAME_MAX_BYTES];
		struct errinfo e = { 0 };
		environment_name(config_row(id)->name, name);
		struct str ours = str_c(name);
		if (str_eq(variable, ours)) {
			if (config_set_from(c, id, value, CONFIG_ENVIRONMENT, name, &e))
				complain(problems, &e);
			return true;
		}
		if (str_starts(variable, ours) && str_eq(str_from(variable, ours.n), STR("_FILE"))) {
			set_from_file(c, id, arena_dup(&c->arena, variable), value, problems);
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
		if (str_starts(variable, STR(ENVIRONMENT_PREFIX)) && !str_eq(variable, STR(TOKEN_VARIABLE)) &&
		    !read_variable(c, variable, value, problems))
			unknown(problems, ENVIRONMENT, variable);
	}
}

enum err config_load(struct config *c, const char *file, char *const *environment,
                     struct sbuf *problems, struct errinfo *e)
{
	enum err err = file ? read_file(c, file, problems, e) : OK;
	if (err)
		return err;
	read_environment(c, environment, problems);
	return problems->n ? ERR(e, CONFIG, "the settings are not valid; nothing was started") : OK;
}

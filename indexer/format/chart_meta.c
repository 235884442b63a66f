/* Chart.yaml, requirements.yaml and the lock: read, then judged by Helm's own rules, in Helm's
 * words where it has any, because those are what its users search for. On top come the rules
 * for what is published here: the API versions that exist and the grammar of names.          */
#include "indexer/format/chart_parts.h"

#include <ctype.h>

#include "indexer/base/clock.h"
#include "indexer/format/semver.h"

#define INVALID(e, ...) ERR((e), METADATA, "validation: " __VA_ARGS__)

static bool is_alphanumeric(char c) { return isalnum((unsigned char)c) != 0; }
static bool is_one_of(char c, const char *set) { return c && strchr(set, c); }

static bool name_is_valid(struct str name)
{
	if (!name.n || name.n > CHART_NAME_MAX_BYTES)
		return false;
	if (!is_alphanumeric(name.p[0]) || !is_alphanumeric(name.p[name.n - 1]))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!is_alphanumeric(name.p[i]) && !is_one_of(name.p[i], "._- "))
			return false;
		else if (name.p[i] == ' ' && name.p[i - 1] == ' ')
			return false;
	return true;
}

enum err chart_name_check(struct str name, struct errinfo *e)
{
	if (!name.n)
		return INVALID(e, "chart.metadata.name is required");
	if (str_eq_c(name, ".") || str_eq_c(name, ".."))
		return INVALID(e, "chart.metadata.name %s is not allowed", QUOTED(name));
	if (str_has(name, '/'))
		return INVALID(e, "chart.metadata.name %s is invalid", QUOTED(name));
	if (!name_is_valid(name))
		return INVALID(e, "chart.metadata.name %s is invalid: at most %u letters, digits, '.', "
		               "'_', '-' and single spaces, a letter or digit at both ends",
		               QUOTED(name), CHART_NAME_MAX_BYTES);
	if (str_eq_c(name, "index.yaml") || str_eq_c(name, "index.json"))
		return INVALID(e, "chart.metadata.name %s is a name of the index", QUOTED(name));
	return OK;
}

static enum err check_version(struct str version, struct errinfo *e)
{
	struct semver parsed;
	if (!version.n)
		return INVALID(e, "chart.metadata.version is required");
	if (!semver_parse(version, &parsed))
		return INVALID(e, "chart.metadata.version %s is invalid", QUOTED(version));
	return OK;
}

static bool is_type(struct str type)
{
	return !type.n || str_eq_c(type, "application") || str_eq_c(type, "library");
}

static enum err check_kind(const struct chart_meta *m, struct errinfo *e)
{
	if (!str_eq_c(m->api_version, "v1") && !str_eq_c(m->api_version, "v2"))
		return INVALID(e, "chart.metadata.apiVersion %s is unsupported, only v1 and v2 exist",
		               QUOTED(m->api_version));
	if (!is_type(m->type))
		return INVALID(e, "chart.metadata.type must be application or library");
	return OK;
}

static bool is_alias(struct str alias)
{
	for (size_t i = 0; i < alias.n; i++)
		if (!is_alphanumeric(alias.p[i]) && !is_one_of(alias.p[i], "_-"))
			return false;
	return true;
}

const char *chart_why_skipped(const struct chart_meta *m)
{
	if (!is_type(m->type))
		return "its type is neither application nor library";
	for (size_t i = 0; i < m->dependency_count; i++)
		if (!is_alias(m->dependencies[i].alias))
			return "a dependency's alias has other characters than letters, digits, _ and -";
	return NULL;
}

static enum err check_dependencies(const struct chart_meta *m, struct errinfo *e)
{
	for (size_t i = 0; i < m->dependency_count; i++) {
		const struct chart_dependency *d = &m->dependencies[i];
		if (!is_alias(d->alias))
			return INVALID(e, "dependency %s has disallowed characters in the alias",
			               QUOTED(d->name));
		for (size_t j = 0; j < i; j++)
			if (str_eq(dependency_key(d), dependency_key(&m->dependencies[j])))
				return INVALID(e, "more than one dependency with name or alias %s",
				               QUOTED(dependency_key(d)));
	}
	return OK;
}

static enum err check(const struct chart_meta *m, struct errinfo *e)
{
	enum err err = chart_name_check(m->name, e);
	if (!err)
		err = check_version(m->version, e);
	if (!err)
		err = check_kind(m, e);
	return err ? err : check_dependencies(m, e);
}

static enum err parse(struct arena *a, struct str text, const char *name, const struct yaml_options *o,
                      const struct node **ret, struct errinfo *e)
{
	if (text.n > CHART_YAML_MAX_BYTES)
		return ERR(e, METADATA, "%s is larger than %u bytes", name, CHART_YAML_MAX_BYTES);
	struct yaml_options named = *o;
	named.name = name;
	named.as_helm = true;
	return yaml_read(a, text, &named, ret, e);
}

static enum err read_chart_yaml(const struct chart_loader *l, struct str text, struct chart_meta *m)
{
	const struct node *root;
	enum err err = parse(l->a, text, "Chart.yaml", l->source ? &yaml_source : &yaml_strict, &root, l->e);
	if (!err)
		err = chart_decode_meta(l->a, "Chart.yaml", root, m, l->e);
	if (!err && !m->api_version.n)
		m->api_version = STR("v1");
	return err;
}

static enum err read_requirements(struct arena *a, struct str text, struct chart_meta *m,
                                  struct errinfo *e)
{
	const struct node *root;
	enum err err = parse(a, text, "requirements.yaml", &yaml_source, &root, e);
	return err ? err : chart_decode_requirements(a, "requirements.yaml", root, m, e);
}

/* "cannot load Chart.yaml: …", but nothing before the sentences that begin with "validation". */
static enum err named(struct errinfo *e, enum err err, const char *name)
{
	if (err && e && !str_starts(str_c(e->detail), STR("validation: ")))
		err_prefix(e, "cannot load %s", name);
	return err;
}

/* Helm's client alone asks for it, when it installs. */
static enum err look_at_kube(const struct chart_loader *l, const struct chart_meta *m, struct chart *c)
{
	struct semver_range *range;
	enum err err = m->kube_version.n ? semver_range_parse(l->a, m->kube_version, &range, NULL) : OK;
	if (err == ERR_NOMEM)
		return ERR(l->e, NOMEM, "Chart.yaml");
	if (err)
		chart_warn(c, "Chart.yaml: kubeVersion %s is no range of versions: Helm installs this chart nowhere",
		           QUOTED(m->kube_version));
	return OK;
}

enum err chart_meta_read(const struct chart_loader *l, struct str requirements, struct chart *c)
{
	struct chart_meta m = { 0 };
	enum err err = named(l->e, read_chart_yaml(l, c->chart_yaml, &m), "Chart.yaml");
	if (!err && requirements.p)
		err = named(l->e, read_requirements(l->a, requirements, &m, l->e), "requirements.yaml");
	if (!err)
		err = check(&m, l->e);
	if (!err)
		err = look_at_kube(l, &m, c);
	if (err)
		return err;
	if (requirements.p && str_eq_c(m.api_version, "v2"))
		chart_warn(c, "requirements.yaml: since apiVersion v2 dependencies belong in Chart.yaml");
	c->meta = m;
	return OK;
}

static enum err read_lock(struct arena *a, struct str text, const char *name,
                          struct chart_lock_file *lock, struct errinfo *e)
{
	const struct node *root;
	enum err err = parse(a, text, name, &yaml_source, &root, e);
	if (!err)
		err = chart_decode_lock(a, name, root, lock, e);
	if (!err && lock->generated.n && !clock_is_json_time(lock->generated))
		return ERR(e, METADATA, "%s: generated is not an RFC 3339 time: %s", name,
		           QUOTED(lock->generated));
	return err;
}

enum err chart_lock_read(struct arena *a, const char *name, struct chart *c, struct errinfo *e)
{
	struct chart_lock_file lock = { 0 };
	enum err err = named(e, read_lock(a, c->lock, name, &lock, e), name);
	if (err)
		return err;
	struct chart_lock_entry *entries = arena_array(a, lock.count, sizeof *entries);
	if (!entries && lock.count)
		return ERR(e, NOMEM, "%s", name);
	for (size_t i = 0; i < lock.count; i++) {
		const struct chart_dependency *d = &lock.dependencies[i];
		entries[i] = (struct chart_lock_entry){ d->name, d->version, d->repository };
	}
	c->locked = entries;
	c->locked_count = lock.count;
	c->lock_digest = lock.digest;
	return OK;
}

enum err chart_file_name(struct arena *a, const struct chart_meta *m, struct str *ret,
                         struct errinfo *e)
{
	size_t bytes = m->name.n + m->version.n + sizeof "-.tgz" - 1;
	if (bytes > CHART_FILE_NAME_MAX_BYTES)
		return ERR(e, METADATA, "the file name %s-%s.tgz would be longer than %u bytes",
		           QUOTED(m->name), QUOTED(m->version), CHART_FILE_NAME_MAX_BYTES);
	char *name = arena_printf(a, "%.*s-%.*s.tgz", STR_ARG(m->name), STR_ARG(m->version));
	if (!name)
		return ERR(e, NOMEM, "file name");
	*ret = str_make(name, bytes);
	return OK;
}

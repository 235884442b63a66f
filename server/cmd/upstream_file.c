/* See upstream_file.h. Names are made valid by the least that does it; two that become the same are told
 * apart by a number.                                                                           */
#include "server/cmd/upstream_file.h"

#include "indexer/base/array.h"
#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"
#include "indexer/format/name.h"
#include "indexer/format/node.h"
#include "indexer/upstream/oci.h"

struct reading {
	struct arena *a;
	struct sbuf *notes;
	struct listed_upstream *list;
	size_t count, capacity;
};

/* ---- names ---- */

static char fitting(char c)
{
	return ascii_is_alnum(c) || c == '.' || c == '_' ? ascii_lower(c) : '-';
}

/* "Team A/Charts" → "team-a-charts"; empty: out of memory. */
static struct str fit(struct arena *a, struct str listed)
{
	struct str text = str_first(listed, REPO_SEGMENT_MAX_BYTES);
	char *name = arena_dup(a, text);
	size_t from = 0;
	if (!name)
		return (struct str){ 0 };
	for (size_t i = 0; i < text.n; i++)
		name[i] = fitting(name[i]);
	while (from < text.n && (name[from] == '-' || name[from] == '.' || name[from] == '_'))
		from++;
	return from < text.n ? str_make(name + from, text.n - from) : STR("upstream");
}

static bool is_free(const struct reading *r, struct str name)
{
	for (size_t i = 0; i < r->count; i++)
		if (str_eq(r->list[i].name, name))
			return false;
	return !repo_name_check(name, NULL);
}

static enum err choose_name(const struct reading *r, struct listed_upstream *u, struct errinfo *e)
{
	struct str base = fit(r->a, u->listed);
	u->name = base;
	for (size_t n = r->count + 1; base.n && !is_free(r, u->name); n++) {
		const char *other = arena_printf(r->a, "%.*s-%zu",
		                                 STR_ARG(str_first(base, REPO_SEGMENT_MAX_BYTES - 6)), n);
		u->name = str_c(other);
		base = other ? base : (struct str){ 0 };
	}
	if (!base.n)
		return ERR(e, NOMEM, "list");
	if (!str_eq(u->name, u->listed))
		sbuf_printf(r->notes, "\"%.*s\" is called %.*s here\n", STR_ARG(str_first(u->listed, 100)),
		            STR_ARG(u->name));
	return OK;
}

/* ---- what else an entry says ---- */

static bool says(const struct node *entry, const char *key)
{
	const struct node *n = node_get(entry, key);
	return n && !node_is_null(n) && node_text(n).n && !str_eq(node_text(n), STR("false"));
}

static const struct { const char *key, *note; } told[] = {
	{ "username", "has credentials in the list: declare them in the section credentials of the settings "
	  "file, and name them with --credentials" },
	{ "certFile", "has a client certificate: declare it in the section credentials of the settings file" },
	{ "caFile", "has authorities of its own: declare them as ca in the section credentials of the settings "
	  "file" },
	{ "insecure_skip_tls_verify", "skips the check of certificates: here they are always checked; declare "
	  "its authority as ca in the section credentials of the settings file" },
	{ "pass_credentials_all", "sends credentials to every host: here they go to their origin alone" },
};

static void put_notes(const struct reading *r, const struct node *entry, struct str name)
{
	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		if (says(entry, told[i].key))
			sbuf_printf(r->notes, "%.*s %s\n", STR_ARG(name), told[i].note);
}

/* An address with a user, which is refused, is told without: a password may stand there. */
static enum err hide_user(const struct reading *r, struct listed_upstream *u, struct errinfo *e)
{
	const char *at = u->refused.n && u->url.n ? memrchr(u->url.p, '@', u->url.n) : NULL;
	if (!at)
		return OK;
	struct str rest = u->url, scheme = str_cut(&rest, ':', NULL);
	const char *plain = arena_printf(r->a, "%.*s://…%.*s", STR_ARG(scheme),
	                                 STR_ARG(str_from(u->url, (size_t)(at - u->url.p))));
	u->url = str_c(plain);
	return plain ? OK : ERR(e, NOMEM, "list");
}

/* "NAME <EMAIL>", one a line. */
static enum err read_maintainers(const struct reading *r, const struct node *entry, struct str *ret,
                                 struct errinfo *e)
{
	const struct node *list = node_get(entry, "maintainers");
	const char *text = "";
	for (const struct node_item *i = list && list->kind == NODE_LIST ? list->items : NULL; i && text;
	     i = i->next) {
		struct str name = node_text(node_get(i->value, "name")), mail = node_text(node_get(i->value, "email"));
		if (!name.n && !mail.n)
			continue;
		text = arena_printf(r->a, "%s%s%.*s%s%.*s%s", text, *text ? "\n" : "", STR_ARG(name),
		                    mail.n ? name.n ? " <" : "<" : "", STR_ARG(mail), mail.n ? ">" : "");
	}
	*ret = str_c(text);
	return text ? OK : ERR(e, NOMEM, "list");
}

/* ---- entries ---- */

static enum err check_url(const struct reading *r, struct listed_upstream *u, struct errinfo *e)
{
	const char *text = arena_dup(r->a, u->url), *url;
	struct errinfo why = { 0 };
	if (!text)
		return ERR(e, NOMEM, "list");
	if (!u->url.n)
		u->refused = STR("it has no url");
	else if ((oci_is_address(u->url) ? oci_registry(r->a, text, &url, &why)
	                                 : outgoing_url(r->a, text, &url, &why)) &&
	         !arena_str(r->a, str_c(why.detail), &u->refused))
		return ERR(e, NOMEM, "list");
	return OK;
}

static enum err read_entry(struct reading *r, const struct node *entry, struct errinfo *e)
{
	struct listed_upstream u = { 0 };
	if (entry->kind != NODE_MAP || !node_text(node_get(entry, "name")).n) {
		sbuf_printf(r->notes, "line %u: name and url are expected; passed by\n", entry->line);
		return OK;
	}
	u.listed = node_text(node_get(entry, "name"));
	u.url = node_text(node_get(entry, "url"));
	enum err err = choose_name(r, &u, e);
	if (!err)
		err = check_url(r, &u, e);
	if (!err)
		err = hide_user(r, &u, e);
	if (!err)
		err = read_maintainers(r, entry, &u.maintainers, e);
	struct listed_upstream *list = err ? NULL : arena_room(r->a, r->list, r->count, &r->capacity,
	                                                       sizeof *list);
	if (!err && !list)
		err = ERR(e, NOMEM, "list");
	if (err)
		return err;
	put_notes(r, entry, u.name);
	r->list = list;
	list[r->count++] = u;
	return OK;
}

enum err upstream_file_read(struct arena *a, struct str text, const char *file,
                            struct listed_upstream **ret, size_t *ret_count, struct sbuf *notes,
                            struct errinfo *e)
{
	struct reading r = { .a = a, .notes = notes };
	struct yaml_options o = yaml_values;
	const struct node *root = NULL;
	o.name = file;
	enum err err = yaml_read(a, text, &o, &root, e);
	if (err)
		return err;
	const struct node *list = node_get(root, "repositories");
	if (!list)
		list = node_get(node_get(root, "sync"), "repos");
	if (!list || (list->kind != NODE_LIST && !node_is_null(list)))
		return ERR(e, METADATA, "%s has neither a list \"repositories\" nor \"sync: repos\"", file);
	if (list->count > IMPORTED_UPSTREAMS_MAX)
		return ERR(e, METADATA, "%s lists more than %u repositories", file, IMPORTED_UPSTREAMS_MAX);
	for (const struct node_item *i = list->items; i && !err; i = i->next)
		err = read_entry(&r, i->value, e);
	if (err)
		return err;
	*ret = r.list;
	*ret_count = r.count;
	return OK;
}

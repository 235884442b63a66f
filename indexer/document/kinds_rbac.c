/* Rules of roles and roles of bindings. Only the lines below "rules:" or "roleRef:" are read as YAML,
 * because the rest of the document is more template than text. A template may have several of them,
 * one for each branch of an if.                                                              */
#include "indexer/document/kinds_parts.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/base/value.h"

#define ELLIPSIS STR(TEMPLATE_HOLE)

/* ---- a section ---- */

struct section {
	struct text_lines lines;         /* of the document, behind the section */
	struct sbuf *text;               /* its lines as YAML */
	uint32_t line;                   /* of its first */
	bool hole;                       /* the template prints what stands in a place of its own */
};

/* Whether a line at column 0 is still below the key: an element, a comment, nothing. */
static bool goes_on(struct str line)
{
	return !line.n || strchr(" \t-#}]", line.p[0]) || str_starts(line, ELLIPSIS);
}

static bool find_key(struct text_lines *lines, struct str key, struct str *ret)
{
	struct str value;
	while (text_next_line(lines, ret))
		if (text_value(*ret, key, &value))
			return true;
	return false;
}

/* False: there is no more section with this key. */
static bool next_section(struct section *s, struct str key)
{
	struct str line;
	bool found = find_key(&s->lines, key, &line), more = found;
	sbuf_reset(s->text);
	s->hole = false;
	s->line = s->lines.number;
	while (more) {
		struct text_lines ahead = s->lines;
		kinds_put_line(s->text, line, &s->hole);
		more = text_next_line(&ahead, &line) && goes_on(line);
		if (more)
			s->lines = ahead;
	}
	return found;
}

/* ---- rules ---- */

static bool has_word(const struct node *n, struct str words)
{
	if (!n || n->kind == NODE_MAP)
		return false;
	if (n->kind == NODE_SCALAR)
		return value_is_word(n->text, words);
	for (const struct node_item *i = n->items; i; i = i->next)
		if (i->value->kind == NODE_SCALAR && value_is_word(i->value->text, words))
			return true;
	return false;
}

/* A rule is dangerous when it has one of the verbs and one of the resources. */
static const struct danger {
	enum rbac_danger danger;
	struct str verbs, resources;     /* empty: any */
	bool unless_named;               /* not when it is for certain names only */
} dangers[] = {
	{ RBAC_ALL_VERBS,     STR("*"),                   STR(""),                          false },
	{ RBAC_ALL_RESOURCES, STR(""),                    STR("*"),                         false },
	{ RBAC_SECRETS,       STR("get list watch *"),    STR("secrets"),                   true },
	{ RBAC_ESCALATE,      STR("escalate"),            STR(""),                          false },
	{ RBAC_BIND,          STR("bind"),                STR(""),                          false },
	{ RBAC_IMPERSONATE,   STR("impersonate"),         STR(""),                          false },
	{ RBAC_NODES_PROXY,   STR(""),                    STR("nodes/proxy"),               false },
	{ RBAC_PODS_EXEC,     STR("create get *"),        STR("pods/exec pods/attach"),     true },
};

static uint32_t find_dangers(const struct node *rule)
{
	const struct node *verbs = node_get(rule, "verbs"), *resources = node_get(rule, "resources"),
	                  *names = node_get(rule, "resourceNames");
	bool is_named = names && names->kind == NODE_LIST && names->count;
	uint32_t found = 0;
	for (size_t i = 0; i < sizeof dangers / sizeof *dangers; i++) {
		const struct danger *d = &dangers[i];
		if ((!d->verbs.n || has_word(verbs, d->verbs)) &&
		    (!d->resources.n || has_word(resources, d->resources)) &&
		    !(d->unless_named && is_named))
			found |= 1u << d->danger;
	}
	return found;
}

static void put_item(struct sbuf *b, const struct node *n, bool is_group)
{
	struct str text = node_text(n);
	sbuf_puts(b, b->n ? ", " : "");
	if (n->kind != NODE_SCALAR || node_is_null(n) || template_has_hole(text))
		sbuf_put(b, ELLIPSIS);
	else
		sbuf_put(b, text.n || !is_group ? text : STR("core"));
}

/* The list below a key of a rule as one text. */
static enum err join(struct kinds_reader *r, const struct node *rule, const char *key,
                     struct sbuf *b, struct str *ret)
{
	const struct node *n = node_get(rule, key);
	bool is_group = strcmp(key, "apiGroups") == 0;
	sbuf_reset(b);
	if (n && n->kind == NODE_LIST)
		for (const struct node_item *i = n->items; i; i = i->next)
			put_item(b, i->value, is_group);
	else if (n)
		put_item(b, n, is_group);
	return sbuf_ok(b) && arena_str(r->a, sbuf_str(b), ret) ? OK : ERR(r->e, NOMEM, "rules");
}

static enum err add_rule(struct kinds_reader *r, const struct node *n, uint32_t line,
                         struct str role_kind)
{
	AUTO_SBUF struct sbuf b = sbuf_make(KINDS_DOCUMENT_MAX_BYTES);
	struct chart_rule rule = { .role_kind = role_kind, .at = kinds_place(r, line),
	                           .dangers = find_dangers(n) };
	const struct { const char *key; struct str *text; } lists[] = {
		{ "apiGroups", &rule.groups },     { "resources", &rule.resources },
		{ "verbs", &rule.verbs },          { "resourceNames", &rule.names },
		{ "nonResourceURLs", &rule.urls },
	};
	enum err err = OK;
	for (size_t i = 0; i < sizeof lists / sizeof *lists && !err; i++)
		err = join(r, n, lists[i].key, &b, lists[i].text);
	if (err)
		return err;
	struct chart_rule *place = KINDS_ROOM(r, rules, rule_count, rule_room, RBAC_RULES_MAX, &err);
	if (!place)
		return err;
	*place = rule;
	r->out.rule_count++;
	return OK;
}

static enum err add_rules(struct kinds_reader *r, const struct section *s, struct str role_kind,
                          bool *ret_unknown)
{
	AUTO_ARENA struct arena scratch = { 0 };
	const struct node *root = NULL;
	bool is_yaml;
	enum err err = kinds_yaml(&scratch, sbuf_str(s->text), &root, &is_yaml, r->e);
	const struct node *rules = node_get(root, "rules");
	*ret_unknown |= s->hole || !rules || rules->kind != NODE_LIST;
	if (err || !rules || rules->kind != NODE_LIST)
		return err;
	for (const struct node_item *i = rules->items; i && !err; i = i->next) {
		if (i->value->kind == NODE_MAP)
			err = add_rule(r, i->value, s->line + i->value->line - 1, role_kind);
		else
			*ret_unknown = true;
	}
	return err;
}

static bool is_readable(const struct manifest *m) { return m->text.n < KINDS_DOCUMENT_MAX_BYTES; }

enum err kinds_read_rules(struct kinds_reader *r, const struct manifest *m, struct str role_kind)
{
	AUTO_SBUF struct sbuf text = sbuf_make(KINDS_DOCUMENT_MAX_BYTES + 1);
	struct section s = { { m->text, m->line - 1 }, &text, 0, false };
	bool found = false, unknown = !is_readable(m);
	enum err err = OK;
	while (!err && is_readable(m) && next_section(&s, STR("rules:"))) {
		found = true;
		err = sbuf_ok(s.text) ? add_rules(r, &s, role_kind, &unknown)
		                       : ERR(r->e, NOMEM, "rules");
	}
	r->out.unknown_rules += unknown || !found;
	return err;
}

/* ---- bindings ---- */

static enum err add_binding(struct kinds_reader *r, const struct section *s, struct str kind)
{
	AUTO_ARENA struct arena scratch = { 0 };
	const struct node *root = NULL;
	struct chart_binding found = { .kind = kind, .at = kinds_place(r, s->line) };
	bool is_yaml;
	enum err err = kinds_yaml(&scratch, sbuf_str(s->text), &root, &is_yaml, r->e);
	const struct node *ref = err ? NULL : node_get(root, "roleRef");
	if (!err)
		err = kinds_text(r, node_get(ref, "kind"), &found.role_kind);
	if (!err)
		err = kinds_text(r, node_get(ref, "name"), &found.role);
	if (err || !found.role.n)
		return err;
	found.cluster_admin = str_eq_c(found.role, "cluster-admin") &&
	                      !str_eq_c(found.role_kind, "Role");
	struct chart_binding *place = KINDS_ROOM(r, bindings, binding_count, binding_room,
	                                         RBAC_BINDINGS_MAX, &err);
	if (!place)
		return err;
	*place = found;
	r->out.binding_count++;
	return OK;
}

enum err kinds_read_binding(struct kinds_reader *r, const struct manifest *m, struct str kind)
{
	AUTO_SBUF struct sbuf text = sbuf_make(KINDS_DOCUMENT_MAX_BYTES + 1);
	struct section s = { { m->text, m->line - 1 }, &text, 0, false };
	enum err err = OK;
	while (!err && is_readable(m) && next_section(&s, STR("roleRef:")))
		err = sbuf_ok(s.text) ? add_binding(r, &s, kind) : ERR(r->e, NOMEM, "a binding");
	return err;
}

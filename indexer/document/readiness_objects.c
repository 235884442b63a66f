/* What rendered objects run: commands and arguments of containers, and scripts in ConfigMaps. */
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/images_rendered.h"
#include "indexer/document/readiness_parts.h"

struct objects {
	struct needs_reader *r;
	struct arena *scratch;           /* of one document */
	struct str file, kind, name;
	bool hook;                       /* helm.sh/hook, but for tests alone */
	struct sbuf path, text;
};

/* ---- one command ---- */

static enum err add(struct objects *o, enum readiness_code code, const struct shell_download *d)
{
	const char *where = arena_printf(o->scratch, "%.*s %.*s/%.*s %.*s", STR_ARG(o->file), STR_ARG(o->kind),
	                                 STR_ARG(o->name), STR_ARG(sbuf_str(&o->path)));
	const char *why = arena_printf(o->scratch, "it names no host: %.*s asks the one that it is set up for",
	                               STR_ARG(d->tool));
	const struct readiness_finding f = { .code = code, .what = d->text, .where = str_c(where), .host = d->host,
	                                     .tool = d->tool, .why = d->tool.n ? str_c(why) : STR("") };
	return where && why && sbuf_ok(&o->path) ? need_add(o->r, &f) : ERR(o->r->e, NOMEM, "readiness");
}

static enum err look_at_script(struct objects *o, enum readiness_code code, struct str text)
{
	struct shell_script s = { .rest = str_first(text, READINESS_SCRIPT_MAX_BYTES) };
	bool any = true;
	enum err err = OK;
	while (any && !err) {
		err = shell_next_download(o->scratch, &s, &any, o->r->e);
		if (!err && any)
			err = add(o, code, &s.found);
	}
	return err;
}

/* As far as it is looked at: an alias may bring the same word a million times. */
static void put_words(struct objects *o, const struct node *list)
{
	const struct node_item *i = list ? list->items : NULL;
	for (; i && o->text.n < READINESS_SCRIPT_MAX_BYTES; i = i->next) {
		struct str word = str_first(node_text(i->value), READINESS_SCRIPT_MAX_BYTES);
		if (!need_text(o->r, word.n))
			return;
		sbuf_puts(&o->text, o->text.n ? " " : "");
		sbuf_put(&o->text, word);
	}
}

/* Names of files that end so, without their folders: keys of a ConfigMap may be called so. */
static void note_scripts(struct objects *o)
{
	struct str text = sbuf_str(&o->text), word;
	while (text.n && o->r->early.n < READINESS_SCRIPT_MAX_BYTES) {
		word = str_cut(&text, ' ', NULL);
		struct str name = str_base_name(word);
		if (str_ends(name, STR(".sh")) && name.n <= READINESS_TEXT_MAX_BYTES)
			sbuf_printf(&o->r->early, "%.*s ", STR_ARG(name));
	}
}

/* Words that a shell would be given; a list of them is one command. */
static enum err look_at_words(struct objects *o, enum readiness_code code, const struct node *command,
                              const struct node *args)
{
	sbuf_reset(&o->text);
	put_words(o, command);
	put_words(o, args);
	if (code == READY_IS_HOOK)
		note_scripts(o);
	if (!sbuf_ok(&o->text) || !sbuf_ok(&o->r->early))
		return ERR(o->r->e, NOMEM, "readiness");
	return look_at_script(o, code, sbuf_str(&o->text));
}

static const struct node *get(const struct node *n, const char *a, const char *b, const char *c)
{
	return node_get(node_get(node_get(n, a), b), c);
}

static enum err look_at_container(struct objects *o, const struct node *c, bool early)
{
	enum readiness_code code = early || o->hook ? READY_IS_HOOK : READY_IS_CONTAINER;
	enum err err = look_at_words(o, code, node_get(c, "command"), node_get(c, "args"));
	const struct node *started = get(c, "lifecycle", "postStart", "exec");
	return err ? err : look_at_words(o, code, node_get(started, "command"), NULL);
}

/* ---- the walk ---- */

static enum err visit(struct objects *o, const struct node *n);

static enum err visit_containers(struct objects *o, const struct node *list, bool early)
{
	enum err err = OK;
	size_t index = 0;
	for (const struct node_item *i = list->items; i && !err; i = i->next, index++) {
		size_t before = o->path.n;
		if (o->path.n < READINESS_TEXT_MAX_BYTES)
			sbuf_printf(&o->path, "[%zu]", index);
		err = look_at_container(o, i->value, early);
		o->path.n = before;
	}
	return err;
}

static enum err visit_key(struct objects *o, const struct node_item *i)
{
	const struct node *v = i->value;
	bool early = str_eq(i->key, STR("initContainers"));
	if (v->kind == NODE_LIST && (early || str_eq(i->key, STR("containers"))))
		return visit_containers(o, v, early);
	return visit(o, v);
}

static enum err visit(struct objects *o, const struct node *n)
{
	enum err err = OK;
	size_t index = 0;
	if (n->kind == NODE_SCALAR || !need_step(o->r))
		return OK;
	for (const struct node_item *i = n->items; i && !err; i = i->next, index++) {
		size_t before = o->path.n;
		if (o->path.n < READINESS_TEXT_MAX_BYTES && n->kind == NODE_LIST)
			sbuf_printf(&o->path, "[%zu]", index);
		else if (o->path.n < READINESS_TEXT_MAX_BYTES)
			sbuf_printf(&o->path, "%s%.*s", o->path.n ? "." : "", STR_ARG(str_first(i->key, 64)));
		err = visit_key(o, i);
		o->path.n = before;
	}
	return err;
}

/* ---- objects ---- */

/* "pre-install,post-upgrade"; one that is a test alone is run by helm test. */
static bool is_hook(const struct node *root)
{
	struct str hooks = node_text(get(root, "metadata", "annotations", "helm.sh/hook"));
	while (hooks.n) {
		struct str one = str_trim(str_cut(&hooks, ',', NULL));
		if (one.n && !str_starts(one, STR("test")))
			return true;
	}
	return false;
}

static bool is_script(struct str key, struct str text)
{
	return str_starts(text, STR("#!")) || str_ends(key, STR(".sh"));
}

static enum err look_at_data(struct objects *o, const struct node *data)
{
	enum err err = OK;
	for (const struct node_item *i = data ? data->items : NULL; i && !err; i = i->next) {
		struct str text = str_first(node_text(i->value), READINESS_SCRIPT_MAX_BYTES);
		o->path.n = 0;
		sbuf_printf(&o->path, "data.%.*s", STR_ARG(str_first(i->key, 64)));
		if (is_script(i->key, text) && need_text(o->r, text.n))
			err = look_at_script(o, READY_IS_SCRIPT, text);
	}
	return err;
}

static enum err look_at_object(struct objects *o, const struct node *root)
{
	o->kind = str_first(node_text(node_get(root, "kind")), 64);
	o->name = str_first(node_text(node_get(node_get(root, "metadata"), "name")), CHART_NAME_MAX_BYTES);
	o->hook = is_hook(root);
	o->path.n = 0;
	if (str_eq(o->kind, STR("ConfigMap")) || str_eq(o->kind, STR("Secret"))) {
		enum err err = look_at_data(o, node_get(root, "data"));
		return err ? err : look_at_data(o, node_get(root, "stringData"));
	}
	return str_eq(o->kind, STR("CustomResourceDefinition")) ? OK : visit(o, root);
}

/* Most objects run nothing, and YAML takes time. */
static bool may_run(struct str document)
{
	static const char *const words[] = { "ontainers", "ConfigMap", "Secret" };
	for (size_t i = 0; document.n && i < sizeof words / sizeof *words; i++)
		if (memmem(document.p, document.n, words[i], strlen(words[i])))
			return true;
	return false;
}

enum err needs_of_objects(struct needs_reader *r, struct str file, struct str text)
{
	struct objects o = { .r = r, .file = file, .path = sbuf_make(4u * KIB),
	                     .text = sbuf_make(2 * READINESS_SCRIPT_MAX_BYTES + 1) };
	enum err err = OK;
	while (text.n && !err) {
		AUTO_ARENA struct arena scratch = { 0 };
		const struct node *root = NULL;
		uint32_t lines;
		struct str document = rendered_next_document(&text, &lines);
		o.scratch = &scratch;
		if (may_run(document))
			err = images_yaml(&scratch, document, &root, r->e);
		if (!err && root)
			err = look_at_object(&o, root);
	}
	if (!err && (!sbuf_ok(&o.path) || !sbuf_ok(&o.text)))
		err = ERR(r->e, NOMEM, "readiness");
	sbuf_done(&o.path);
	sbuf_done(&o.text);
	return err;
}

/* From the files of a chart to their documents, and from a document to its kinds.
 *
 * A document says its kind in two lines at column 0, but a template may say each of them several
 * times, in the branches of an if. So they are taken as a row of words: "apiVersion apiVersion kind"
 * is one kind in two versions, "apiVersion kind apiVersion kind" is two kinds.               */
#include "indexer/document/kinds_parts.h"

#include "indexer/base/array.h"
#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"
#include "indexer/document/chart_list.h"

/* ---- what the readers share ---- */

struct kind_place kinds_place(const struct kinds_reader *r, uint32_t line)
{
	struct kind_place at = r->file;
	at.line = line;
	return at;
}

void *kinds_room(struct kinds_reader *r, void **list, size_t count, size_t *room,
                 size_t bytes_each, size_t max, enum err *ret_err)
{
	*ret_err = OK;
	if (count == max) {
		r->out.cut = true;
		return NULL;
	}
	char *grown = arena_room(r->a, *list, count, room, bytes_each);
	if (!grown) {
		*ret_err = ERR(r->e, NOMEM, "kinds");
		return NULL;
	}
	*list = grown;
	return grown + count * bytes_each;
}

void kinds_put_line(struct sbuf *b, struct str line, bool *ret_hole)
{
	static const struct str hole = STR(TEMPLATE_HOLE);
	struct str text = str_trim(line);
	bool alone = str_eq(text, hole);
	if (alone || str_ends(text, STR(": " TEMPLATE_HOLE))) {
		*ret_hole = true;
		text = alone ? str_first(text, 0) : str_first(text, text.n - hole.n);
		line = str_make(line.p, (size_t)(text.p + text.n - line.p));
	}
	sbuf_put(b, line);
	sbuf_putc(b, '\n');
}

enum err kinds_yaml(struct arena *a, struct str text, const struct node **ret, bool *ret_is_yaml,
                    struct errinfo *e)
{
	static const struct yaml_options o = {
		.name = "manifest",
		.events_max = YAML_EVENTS_MAX,
		.scalar_max_bytes = KINDS_DOCUMENT_MAX_BYTES,
		.duplicate_keys_last_wins = true,
		.many_documents = true,
	};
	*ret = NULL;
	enum err err = yaml_read(a, text, &o, ret, NULL);
	*ret_is_yaml = !err;
	return err == ERR_NOMEM ? ERR(e, NOMEM, "a manifest") : OK;
}

enum err kinds_text(struct kinds_reader *r, const struct node *n, struct str *ret)
{
	struct str text = node_text(n);
	*ret = STR("");
	if (node_is_null(n) || template_has_hole(text))
		return OK;
	return arena_str(r->a, text, ret) ? OK : ERR(r->e, NOMEM, "kinds");
}

enum err kinds_add(struct kinds_reader *r, struct str kind, struct str api_version, uint32_t line,
                   bool is_removed)
{
	enum err err;
	struct chart_kind *k = KINDS_ROOM(r, kinds, kind_count, kind_room, KINDS_MAX, &err);
	if (!k)
		return err;
	*k = (struct chart_kind){ .kind = kind, .api_version = api_version, .at = kinds_place(r, line) };
	if (is_removed)
		k->removed_in = str_c(kind_removed_in(api_version, kind));
	r->out.kind_count++;
	return OK;
}

/* ---- one document ---- */

struct word {                            /* an apiVersion: or a kind: */
	bool is_kind;
	struct str value;                /* empty: made by the template */
	uint32_t line;
};

struct words {
	struct word list[KINDS_WORDS_MAX];
	size_t count;
};

static bool is_literal(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!(ascii_is_alnum(c) || c == '.' || c == '/' || c == '-'))
			return false;
	}
	return s.n > 0;
}

static void find_words(struct kinds_reader *r, const struct manifest *m, struct words *ret)
{
	struct text_lines lines = { m->text, m->line - 1 };
	struct str line, value;
	while (text_next_line(&lines, &line)) {
		if (!line.n || (line.p[0] != 'k' && line.p[0] != 'a'))
			continue;                /* nearly all of them */
		bool is_kind = text_value(line, STR("kind:"), &value);
		if (!is_kind && !text_value(line, STR("apiVersion:"), &value))
			continue;
		if (ret->count == KINDS_WORDS_MAX) {
			r->out.cut = true;
			return;
		}
		ret->list[ret->count++] = (struct word){ is_kind, is_literal(value) ? value : STR(""),
		                                         lines.number };
	}
}

/* Those words from `at` on that are of the same sort. */
static size_t run_length(const struct words *w, size_t at)
{
	size_t n = at;
	while (n < w->count && w->list[n].is_kind == w->list[at].is_kind)
		n++;
	return n - at;
}

struct pair { struct str kind, api_version; uint32_t line; };
struct pairs { struct pair list[KINDS_PAIRS_MAX]; size_t count; bool cut; };

static void add_pairs(const struct word *kinds, size_t kind_count, const struct word *versions,
                      size_t version_count, struct pairs *ret)
{
	static const struct word unknown;
	if (!version_count) {
		versions = &unknown;
		version_count = 1;
	}
	ret->cut |= kind_count * version_count > KINDS_PAIRS_MAX - ret->count;
	for (size_t k = 0; k < kind_count; k++)
		for (size_t v = 0; v < version_count && ret->count < KINDS_PAIRS_MAX; v++)
			ret->list[ret->count++] = (struct pair){ kinds[k].value, versions[v].value,
			                                         kinds[k].line };
}

/* A run of one sort belongs to the run of the other that follows. */
static void find_pairs(const struct words *w, struct pairs *ret)
{
	for (size_t at = 0; at < w->count;) {
		size_t first = run_length(w, at), second = run_length(w, at + first);
		const struct word *a = &w->list[at], *b = &w->list[at + first];
		if (a->is_kind)
			add_pairs(a, first, b, second, ret);
		else
			add_pairs(b, second, a, first, ret);
		at += first + second;
	}
}

static bool asks_cluster(struct kinds_reader *r)
{
	static const char word[] = ".Capabilities";
	if (r->asks == ASKS_UNKNOWN)
		r->asks = memmem(r->text.p, r->text.n, word, sizeof word - 1) ? ASKS_CLUSTER : ASKS_NOT;
	return r->asks == ASKS_CLUSTER;
}

/* Whether no version that this document may have of the kind is still served. A file that asks what
 * the cluster has chooses between several, or leaves the only one out.                       */
static bool is_removed(struct kinds_reader *r, const struct pairs *p, struct str kind)
{
	size_t versions = 0;
	for (size_t i = 0; i < p->count; i++) {
		if (!str_eq(p->list[i].kind, kind))
			continue;
		if (!kind_removed_in(p->list[i].api_version, kind))
			return false;
		versions++;
	}
	return versions > 1 || !asks_cluster(r);
}

static bool is_repeated(const struct pairs *p, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (str_eq(p->list[i].kind, p->list[at].kind) &&
		    str_eq(p->list[i].api_version, p->list[at].api_version))
			return true;
	return false;
}

static enum err add_kinds(struct kinds_reader *r, const struct words *words)
{
	struct pairs p = { .count = 0, .cut = false };
	enum err err = OK;
	find_pairs(words, &p);
	r->out.cut |= p.cut;
	for (size_t i = 0; i < p.count && !err; i++) {
		const struct pair *pair = &p.list[i];
		if (pair->kind.n && !is_repeated(&p, i))
			err = kinds_add(r, pair->kind, pair->api_version, pair->line,
			                is_removed(r, &p, pair->kind));
	}
	return err;
}

/* The last kind of the document with this ending; the empty text when there is none. */
static struct str kind_ending(const struct words *w, struct str ending)
{
	struct str found = STR("");
	for (size_t i = 0; i < w->count; i++)
		if (w->list[i].is_kind && str_ends(w->list[i].value, ending) && found.n < w->list[i].value.n)
			found = w->list[i].value;
	return found;
}

static enum err read_template_document(struct kinds_reader *r, const struct manifest *m)
{
	struct words words = { .count = 0 };
	find_words(r, m, &words);
	enum err err = add_kinds(r, &words);
	/* "ClusterRole" rather than "Role" where the template has both */
	struct str role = kind_ending(&words, STR("Role")), binding = kind_ending(&words, STR("RoleBinding"));
	if (!err && (str_eq_c(role, "Role") || str_eq_c(role, "ClusterRole")))
		err = kinds_read_rules(r, m, role);
	if (!err && binding.n)
		err = kinds_read_binding(r, m, binding);
	if (!err && kind_ending(&words, STR("CustomResourceDefinition")).n)
		err = kinds_read_crd(r, m);
	return err;
}

/* ---- files ---- */

static bool is_separator(struct str line)
{
	return str_starts(line, STR("---")) && (line.n == 3 || line.p[3] == ' ' || line.p[3] == '\t');
}

/* A separator belongs to the document that it begins. */
static bool next_manifest(struct text_lines *lines, struct manifest *ret)
{
	struct str line, text = lines->rest;
	struct text_lines ahead = *lines;
	if (!text_next_line(&ahead, &line))
		return false;
	*ret = (struct manifest){ text, ahead.number };
	do {
		*lines = ahead;
	} while (text_next_line(&ahead, &line) && !is_separator(line));
	ret->text = str_first(text, lines->rest.n ? (size_t)(lines->rest.p - text.p) : text.n);
	return true;
}

/* What comes after the last kind that there is room for is not read at all. */
static bool is_full(struct kinds_reader *r)
{
	r->out.cut |= r->out.kind_count == KINDS_MAX;
	return r->out.kind_count == KINDS_MAX;
}

static enum err read_file(struct kinds_reader *r, struct str text)
{
	struct manifest m;
	struct str plain = text;
	r->text = text;
	r->asks = ASKS_UNKNOWN;
	enum err err = r->templated ? template_plain(r->a, text, &plain, r->e) : OK;
	struct text_lines lines = { plain, 0 };
	while (!err && next_manifest(&lines, &m) && !is_full(r))
		err = r->templated ? read_template_document(r, &m) : kinds_read_crds(r, &m);
	return err;
}

static enum err read_chart(struct kinds_reader *r, const struct chart_at *at)
{
	const struct chart *c = at->chart;
	bool is_library = str_eq_c(c->meta.type, "library");
	enum err err = OK;
	for (size_t i = 0; i < c->members.count && !err; i++) {
		const struct tar_member *file = &c->members.members[i];
		struct str base = str_base_name(file->name);
		r->templated = str_starts(file->name, STR("templates/"));
		if (r->templated ? str_eq_c(base, "NOTES.txt")
		                 : !str_starts(file->name, STR("crds/")) || !chart_is_manifest(base))
			continue;
		r->file = (struct kind_place){
			.subchart = at->subchart, .file = file->name,
			.partial = r->templated && (is_library || str_starts(base, STR("_"))),
		};
		err = read_file(r, file->data);
	}
	return err;
}

enum err kinds_read(struct arena *a, const struct chart *c, struct chart_kinds *ret,
                    struct errinfo *e)
{
	struct kinds_reader r = { .a = a, .e = e };
	struct chart_at *charts = NULL;
	size_t count = 0;
	enum err err = chart_list(a, c, &charts, &count, e);
	for (size_t i = 0; i < count && !err; i++)
		err = read_chart(&r, &charts[i]);
	if (!err)
		*ret = r.out;
	return err;
}

const char *rbac_danger_sentence(enum rbac_danger d)
{
	static const char *const sentences[] = {
#define X(name, sentence) sentence,
		RBAC_DANGERS(X)
#undef X
	};
	return sentences[d];
}

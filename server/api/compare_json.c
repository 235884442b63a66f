/* A comparison as JSON, section by section: what changed, how much more there is of it, and how much stayed
 * as it was. What is on one side alone is left out on the other.                              */
#include "indexer/base/limits.h"
#include "server/api/compare.h"
#include "server/api/json_parts.h"

#define SHOWN_BYTES 2048u            /* of one text: the page shows less */

static void put_cut(struct sbuf *b, const char *key, struct str text)
{
	json_text(b, key, str_fit(text, SHOWN_BYTES));
}

static void put_known_cut(struct sbuf *b, const char *key, struct str text)
{
	if (text.n)
		put_cut(b, key, text);
}

struct bit { unsigned bit; const char *word; };

/* The words of the bits that are set. */
static void put_what(struct sbuf *b, unsigned what, const struct bit *bits, size_t count)
{
	list_begin(b, "what");
	for (size_t i = 0; i < count; i++)
		if (what & bits[i].bit) {
			json_next(b);
			sbuf_json(b, str_c(bits[i].word));
		}
	sbuf_putc(b, ']');
}
#define PUT_WHAT(b, what, bits) put_what(b, what, bits, sizeof(bits) / sizeof *(bits))

static void put_step(struct sbuf *b, enum compare_step step)
{
	if (step != STEP_OTHER)
		json_text(b, "step", str_c(compare_step_word(step)));
}

/* ---- one of each kind; the object and its "change" are begun ---- */

static void put_value_side(struct sbuf *b, const char *key, const struct value_row *row)
{
	static const char *const types[] = { [VALUE_MAP] = "map", [VALUE_LIST] = "list",
		[VALUE_STRING] = "string", [VALUE_NUMBER] = "number", [VALUE_BOOL] = "bool",
		[VALUE_NULL] = "null" };
	if (!row)
		return;
	object_begin(b, key);
	if (!row->absent)
		json_text(b, "type", str_c(types[row->type]));
	put_known_cut(b, "default", row->shown);
	put_known_cut(b, "comment", row->comment);
	sbuf_putc(b, '}');
}

static void put_value(struct sbuf *b, const struct comparison *c, size_t i)
{
	static const struct bit bits[] = { { COMPARE_VALUE_TYPE, "type" }, { COMPARE_VALUE_DEFAULT, "default" },
	                                   { COMPARE_VALUE_COMMENT, "comment" } };
	const struct compare_value *v = &c->values[i];
	const struct value_row *any = v->new ? v->new : v->old;
	json_text(b, "path", any->path);
	put_known(b, "subchart", any->subchart);
	json_number(b, "values", v->leaves);
	if (v->change == COMPARE_CHANGED)
		PUT_WHAT(b, v->what, bits);
	put_value_side(b, "old", v->old);
	put_value_side(b, "new", v->new);
}

static void put_schema_side(struct sbuf *b, const char *key, const struct schema_about *x, bool required)
{
	object_begin(b, key);
	put_known(b, "type", x->type);
	put_known(b, "constraints", x->constraints);
	json_bool(b, "required", required);
	json_bool(b, "deprecated", x->deprecated);
	put_known_cut(b, "description", x->text);
	sbuf_putc(b, '}');
}

static void put_schema(struct sbuf *b, const struct comparison *c, size_t i)
{
	static const struct bit bits[] = {
		{ COMPARE_SCHEMA_REQUIRED, "required" }, { COMPARE_SCHEMA_TYPE, "type" },
		{ COMPARE_SCHEMA_CONSTRAINTS, "constraints" }, { COMPARE_SCHEMA_DEFAULT, "default" },
		{ COMPARE_SCHEMA_DEPRECATED, "deprecated" }, { COMPARE_SCHEMA_TEXT, "description" },
	};
	const struct compare_schema *x = &c->schema[i];
	json_text(b, "path", x->path);
	if (x->change == COMPARE_CHANGED)
		PUT_WHAT(b, x->what, bits);
	if (x->change != COMPARE_ADDED)
		put_schema_side(b, "old", &x->old, x->old_required);
	if (x->change != COMPARE_REMOVED)
		put_schema_side(b, "new", &x->new, x->new_required);
}

static void put_dependency_side(struct sbuf *b, const char *key, const struct chart_dependency *d,
                                struct str locked)
{
	if (!d)
		return;
	object_begin(b, key);
	put_cut(b, "range", d->version);
	put_cut(b, "repository", d->repository);
	put_known_cut(b, "locked", locked);
	put_known_cut(b, "alias", d->alias);
	put_known_cut(b, "condition", d->condition);
	json_texts(b, "tags", d->tags, d->tag_count);
	sbuf_putc(b, '}');
}

static void put_dependency_change(struct sbuf *b, const struct comparison *c, size_t i)
{
	static const struct bit bits[] = {
		{ COMPARE_DEPENDENCY_VERSION, "range" }, { COMPARE_DEPENDENCY_LOCKED, "locked" },
		{ COMPARE_DEPENDENCY_REPOSITORY, "repository" }, { COMPARE_DEPENDENCY_CONDITION, "condition" },
		{ COMPARE_DEPENDENCY_TAGS, "tags" }, { COMPARE_DEPENDENCY_ALIAS, "alias" },
		{ COMPARE_DEPENDENCY_IMPORTS, "import_values" },
	};
	const struct compare_dependency *d = &c->dependencies[i];
	json_text(b, "name", (d->new ? d->new : d->old)->name);
	put_step(b, d->step);
	if (d->change == COMPARE_CHANGED)
		PUT_WHAT(b, d->what, bits);
	put_dependency_side(b, "old", d->old, d->old_locked);
	put_dependency_side(b, "new", d->new, d->new_locked);
}

static void put_image_side(struct sbuf *b, const char *key, const struct chart_image *x)
{
	if (!x)
		return;
	object_begin(b, key);
	put_image(b, x);
	sbuf_putc(b, '}');
}

static void put_image_change(struct sbuf *b, const struct comparison *c, size_t i)
{
	put_step(b, c->images[i].step);
	put_image_side(b, "old", c->images[i].old);
	put_image_side(b, "new", c->images[i].new);
}

static void put_crd_change(struct sbuf *b, const struct comparison *c, size_t i)
{
	const struct compare_crd *x = &c->crds[i];
	const struct chart_crd *any = x->new ? x->new : x->old;
	json_text(b, "kind", any->kind);
	json_text(b, "group", any->group);
	put_known(b, "old", x->old_versions);
	put_known(b, "new", x->new_versions);
}

static void put_right(struct sbuf *b, const struct comparison *c, size_t i)
{
	if (c->rights[i].rule)
		put_rule(b, c->rights[i].rule);
	else
		put_binding(b, c->rights[i].binding);
}

static void put_kind(struct sbuf *b, const struct comparison *c, size_t i)
{
	const struct compare_kind *x = &c->kinds[i];
	json_text(b, "kind", x->kind);
	put_known(b, "api_version", x->api_version);
	json_number(b, "old", x->old_count);
	json_number(b, "new", x->new_count);
}

static void put_field(struct sbuf *b, const struct comparison *c, size_t i)
{
	put_cut(b, "name", c->fields[i].name);
	put_known_cut(b, "old", c->fields[i].old);
	put_known_cut(b, "new", c->fields[i].new);
}

/* ---- sections ---- */

#define CHANGE_OF(section) static enum compare_change change_of_##section( \
	const struct comparison *c, size_t i) { return c->section[i].change; }
CHANGE_OF(values) CHANGE_OF(schema) CHANGE_OF(dependencies) CHANGE_OF(images) CHANGE_OF(crds)
CHANGE_OF(rights) CHANGE_OF(kinds)

static enum compare_change change_of_fields(const struct comparison *c, size_t i)
{
	const struct compare_field *x = &c->fields[i];
	return !x->old.n ? COMPARE_ADDED : !x->new.n ? COMPARE_REMOVED : COMPARE_CHANGED;
}

struct section {
	const char *name;
	size_t count, same;
	enum compare_change (*change)(const struct comparison *c, size_t i);
	void (*put)(struct sbuf *b, const struct comparison *c, size_t i);
};

static void put_section(struct sbuf *b, const struct comparison *c, const struct section *s)
{
	size_t count = s->count < COMPARE_ROWS_SHOWN_MAX ? s->count : COMPARE_ROWS_SHOWN_MAX;
	object_begin(b, s->name);
	list_begin(b, "changes");
	for (size_t i = 0; i < count; i++) {
		element_begin(b);
		json_text(b, "change", str_c(compare_change_word(s->change(c, i))));
		s->put(b, c, i);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
	json_number(b, "more", s->count - count);
	json_number(b, "same", s->same);
	sbuf_putc(b, '}');
}

static void put_sections(struct sbuf *b, const struct comparison *c)
{
	const struct section all[] = {
		{ "values", c->value_count, c->same_values, change_of_values, put_value },
		{ "schema", c->schema_count, c->same_schema, change_of_schema, put_schema },
		{ "dependencies", c->dependency_count, c->same_dependencies, change_of_dependencies,
		  put_dependency_change },
		{ "images", c->image_count, c->same_images, change_of_images, put_image_change },
		{ "crds", c->crd_count, c->same_crds, change_of_crds, put_crd_change },
		{ "rights", c->right_count, c->same_rights, change_of_rights, put_right },
		{ "kinds", c->kind_count, c->same_kinds, change_of_kinds, put_kind },
		{ "metadata", c->field_count, c->same_fields, change_of_fields, put_field },
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		put_section(b, c, &all[i]);
}

/* ---- files ---- */

struct room { size_t lines, bytes; };

static void put_hunk(struct sbuf *b, const struct diff_hunk *h)
{
	static const char *const signs[] = { [DIFF_SAME] = " ", [DIFF_OLD] = "-", [DIFF_NEW] = "+" };
	element_begin(b);
	json_number(b, "old_from", h->old_from);
	json_number(b, "old_count", h->old_count);
	json_number(b, "new_from", h->new_from);
	json_number(b, "new_count", h->new_count);
	list_begin(b, "lines");
	for (size_t i = 0; i < h->count; i++) {
		json_next(b);
		sbuf_printf(b, "[\"%s\",", signs[h->lines[i].kind]);
		sbuf_json(b, h->lines[i].text);
		sbuf_putc(b, ']');
	}
	sbuf_puts(b, "]}");
}

/* False: there is no room for it. */
static bool take_room(struct room *room, const struct diff *d)
{
	size_t lines = 0, bytes = 0;
	for (size_t i = 0; i < d->hunk_count; i++) {
		lines += d->hunks[i].count;
		for (size_t k = 0; k < d->hunks[i].count; k++)
			bytes += d->hunks[i].lines[k].text.n;
	}
	if (lines > room->lines || bytes > room->bytes)
		return false;
	room->lines -= lines;
	room->bytes -= bytes;
	return true;
}

/* Left out where there are no lines to be shown: it is binary, too much, or on one side alone. */
static enum err put_diff(struct sbuf *b, struct arena *a, const struct compare_file *file,
                         struct room *room, struct errinfo *e)
{
	struct diff d = { 0 };
	if (file->change != COMPARE_CHANGED || file->binary || file->cut ||
	    (size_t)file->removed + file->added > room->lines)
		return OK;
	enum err err = compare_file_diff(a, file, &d, e);
	if (err || !d.hunk_count || !take_room(room, &d))
		return err;
	list_begin(b, "diff");
	for (size_t i = 0; i < d.hunk_count; i++)
		put_hunk(b, &d.hunks[i]);
	sbuf_putc(b, ']');
	return OK;
}

static enum err put_file(struct sbuf *b, struct arena *a, const struct compare_file *file,
                         struct room *room, struct errinfo *e)
{
	element_begin(b);
	json_text(b, "change", str_c(compare_change_word(file->change)));
	json_text(b, "kind", str_c(compare_file_title(file->kind)));
	json_text(b, "name", file->name);
	json_number(b, "removed", file->removed);
	json_number(b, "added", file->added);
	json_bool(b, "binary", file->binary);
	json_bool(b, "approximate", file->cut);
	enum err err = room ? put_diff(b, a, file, room, e) : OK;
	sbuf_putc(b, '}');
	return err;
}

static enum err put_files(struct sbuf *b, struct arena *a, const struct comparison *c, bool diffs,
                          struct errinfo *e)
{
	struct room room = { COMPARE_LINES_SHOWN_MAX, COMPARE_SHOWN_MAX_BYTES };
	size_t count = c->file_count < FILES_SHOWN_MAX ? c->file_count : FILES_SHOWN_MAX, same = 0;
	enum err err = OK;
	object_begin(b, "files");
	list_begin(b, "changes");
	for (size_t i = 0; !err && i < count; i++)
		err = put_file(b, a, &c->files[i], diffs ? &room : NULL, e);
	for (size_t i = 0; i < COMPARE_FILE_KIND_COUNT; i++)
		same += c->same_files[i];
	sbuf_putc(b, ']');
	json_number(b, "more", c->file_count - count);
	json_number(b, "same", same);
	sbuf_putc(b, '}');
	return err;
}

/* ---- all of it ---- */

static void put_summary(struct sbuf *b, const struct comparison *c)
{
	list_begin(b, "summary");
	for (size_t i = 0; i < c->summary_count; i++) {
		element_begin(b);
		json_text(b, "severity", str_c(compare_severity_word(c->summary[i].severity)));
		json_text(b, "section", str_c(c->summary[i].section));
		json_text(b, "text", c->summary[i].text);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

/* True: some was left out. */
static bool put_changelog(struct sbuf *b, const struct changelog *log)
{
	size_t room = ENTRIES_SHOWN_MAX, count = log->count;
	bool cut = log->cut || count > RELEASES_SHOWN_MAX;
	list_begin(b, "changelog");
	for (size_t i = 0; i < count && i < RELEASES_SHOWN_MAX; i++) {
		const struct changelog_release *r = &log->releases[i];
		size_t entries = r->entry_count < room ? r->entry_count : room;
		element_begin(b);
		json_text(b, "version", r->version);
		put_known(b, "date", r->date);
		put_changes(b, "changes", r->entries, entries);
		sbuf_putc(b, '}');
		cut |= entries < r->entry_count;
		room -= entries;
	}
	sbuf_putc(b, ']');
	return cut;
}

enum err put_comparison(struct sbuf *b, struct arena *a, const struct compare_asked *asked,
                        const struct comparison *c, struct errinfo *e)
{
	sbuf_putc(b, '{');
	put_known(b, "repo", asked->repo);
	json_text(b, "name", asked->name);
	json_text(b, "from", c->old->meta.version);
	json_text(b, "to", c->new->meta.version);
	json_bool(b, "backwards", c->backwards);
	put_summary(b, c);
	put_sections(b, c);
	enum err err = put_files(b, a, c, asked->diffs, e);
	bool cut = put_changelog(b, &c->releases);
	json_bool(b, "cut", cut || c->cut);
	json_texts(b, "problems", c->problems, c->problem_count);
	sbuf_puts(b, "}\n");
	return err;
}

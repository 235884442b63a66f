/* Reading YAML with libyaml's event parser; its document API builds cycles and explodes.
 *
 * libyaml scans and nothing more: it takes UTF-16, several documents, any tag, NUL in strings,
 * endless nesting (at quadratic cost) and duplicate keys. What is refused beyond bad syntax
 * is decided here (encoding, documents), in yaml_tag.c (tags, sizes) and in yaml_tree.c (everything
 * that needs to know where in the document it is).                                          */
#include <yaml.h>

#include "indexer/base/auto.h"
#include "indexer/format/yaml_place.h"
#include "indexer/format/yaml_tree.h"

const struct yaml_options yaml_strict = {
	.name = "Chart.yaml",
	.events_max = YAML_EVENTS_MAX,
	.scalar_max_bytes = YAML_SCALAR_MAX_BYTES,
};

const struct yaml_options yaml_source = {
	.name = "Chart.yaml",
	.events_max = YAML_EVENTS_MAX,
	.scalar_max_bytes = YAML_SCALAR_MAX_BYTES,
	.texts_max_bytes = CHART_YAML_MAX_BYTES,
	.merged_keys_give_way = true,
	.aliases = true,
};

const struct yaml_options yaml_values = {
	.name = "values.yaml",
	.events_max = YAML_VALUES_EVENTS_MAX,
	.scalar_max_bytes = CHART_FILE_MAX_BYTES,
	.duplicate_keys_last_wins = true,
	.aliases = true,
	.many_documents = true,
};

static uint32_t line_of(yaml_mark_t mark) { return (uint32_t)mark.line + 1; }

/* A block scalar ends where the line after it begins. */
static uint32_t last_line_of(yaml_mark_t start, yaml_mark_t end)
{
	return line_of(end) - (end.column == 0 && end.line > start.line);
}

static struct str text_of(const yaml_char_t *c) { return str_c((const char *)c); }

static uint32_t line_at(struct str data, size_t offset)
{
	uint32_t line = 1;
	for (size_t i = 0; i < offset && i < data.n; i++)
		line += data.p[i] == '\n';
	return line;
}

static enum err syntax_error(const struct yaml_tree *t, const yaml_parser_t *p, struct str data)
{
	const char *problem = p->problem ? p->problem : "not YAML";
	switch (p->error) {
	case YAML_MEMORY_ERROR:
		return ERR(t->e, NOMEM, "reading %s", t->o->name);
	case YAML_READER_ERROR:
		return REFUSE(t, line_at(data, p->problem_offset), "%s", problem);
	default:
		return REFUSE(t, line_of(p->problem_mark), "%s", problem);
	}
}

/* ---- events ---- */

static enum err on_scalar(struct yaml_tree *t, const yaml_event_t *event)
{
	const struct yaml_scalar s = {
		.text = str_make(event->data.scalar.value, event->data.scalar.length),
		.tag = text_of(event->data.scalar.tag),
		.anchor = text_of(event->data.scalar.anchor),
		.plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE,
		.line = line_of(event->start_mark),
		.last_line = last_line_of(event->start_mark, event->end_mark),
	};
	return yaml_tagged_scalar(t, &s);
}

/* From the quotation mark on: before it may be a tag, an anchor and comments. */
static struct str quoted_part(struct str raw)
{
	while (raw.n && raw.p[0] != '"') {
		if (raw.p[0] == '#')
			(void)str_cut(&raw, '\n', NULL);
		else if (strchr(" \t\r\n", raw.p[0]))
			raw = str_from(raw, 1);
		else
			while (raw.n && !strchr(" \t\r\n", raw.p[0]))
				raw = str_from(raw, 1);
	}
	return raw;
}

/* As fast as memchr, which memmem is not. */
static bool has_json_escape(struct str data)
{
	const char *end = data.p + data.n;
	for (const char *at = data.p; data.n && (at = memchr(at, '\\', (size_t)(end - at))); at++)
		if (at + 1 < end && at[1] == '/')
			return true;
	return false;
}

/* libyaml takes the escape of JSON, the reader that Helm has does not. */
static enum err check_escapes(struct yaml_tree *t, struct yaml_place *place, const yaml_event_t *event)
{
	struct str value = str_make(event->data.scalar.value, event->data.scalar.length);
	if (event->data.scalar.style != YAML_DOUBLE_QUOTED_SCALAR_STYLE || !str_has(value, '/'))
		return OK;
	size_t from = yaml_place_at(place, event->start_mark.index);
	size_t to = yaml_place_at(place, event->end_mark.index);
	struct str raw = quoted_part(str_make(place->text.p + from, to - from));
	for (size_t i = 0; i + 1 < raw.n; i++) {
		if (raw.p[i] != '\\')
			continue;
		if (raw.p[++i] == '/')
			return REFUSE(t, line_at(place->text, (size_t)(raw.p + i - place->text.p)),
			              "the escape \"\\/\", which Helm does not read: write \"/\"");
	}
	return OK;
}

static enum err check_directives(struct yaml_tree *t, const yaml_event_t *event)
{
	const yaml_version_directive_t *version = event->data.document_start.version_directive;
	uint32_t line = line_of(event->start_mark);
	if (event->data.document_start.tag_directives.start != event->data.document_start.tag_directives.end)
		return REFUSE(t, line, "%%TAG is not allowed here");
	if (!t->o->as_helm || !version)
		return OK;
	if (version->minor != 1)
		return REFUSE(t, line, "%%YAML %d.%d, of which Helm reads 1.1 alone: leave the line out", version->major,
		              version->minor);
	yaml_tree_warn(t, line, "Helm 4 reads no values after a line %%YAML: leave it out");
	return OK;
}

static enum err on_start(struct yaml_tree *t, const yaml_event_t *event)
{
	bool is_map = event->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *tag = is_map ? event->data.mapping_start.tag
	                                : event->data.sequence_start.tag;
	struct str anchor = text_of(is_map ? event->data.mapping_start.anchor
	                                   : event->data.sequence_start.anchor);
	return yaml_tagged_open(t, is_map, text_of(tag), anchor, line_of(event->start_mark));
}

static enum err on_event(struct yaml_tree *t, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return on_scalar(t, event);
	case YAML_SEQUENCE_START_EVENT: case YAML_MAPPING_START_EVENT:
		return on_start(t, event);
	case YAML_SEQUENCE_END_EVENT: case YAML_MAPPING_END_EVENT:
		return yaml_tree_close(t);
	case YAML_ALIAS_EVENT:
		return yaml_tree_alias(t, text_of(event->data.alias.anchor), line_of(event->start_mark));
	case YAML_DOCUMENT_START_EVENT:
		return check_directives(t, event);
	default:
		return OK;
	}
}

/* libyaml passes over a byte order mark where a line begins; for the reader that Helm has it is a letter, of a
 * key for example. Only in front of the file is it nothing for both.                          */
static enum err check_marks(const struct yaml_tree *t, struct str data)
{
	static const char mark[] = "\xef\xbb\xbf";
	static const struct str breaks[] = { STR("\n"), STR("\r"), STR("\xc2\x85"), STR("\xe2\x80\xa8"),
		                             STR("\xe2\x80\xa9") };
	struct str rest = data;
	const char *at;
	while (rest.n && (at = memmem(rest.p, rest.n, mark, sizeof mark - 1))) {
		size_t before = (size_t)(at - data.p);
		rest = str_from(data, before + sizeof mark - 1);
		for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++)
			if (str_ends(str_first(data, before), breaks[i]))
				return REFUSE(t, line_at(data, before), "a byte order mark before the line, "
				              "which Helm reads as a part of it: remove it");
	}
	return OK;
}

static bool is_nothing(const yaml_event_t *event)
{
	return event->type == YAML_SCALAR_EVENT && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       !event->data.scalar.length && !event->data.scalar.tag && !event->data.scalar.anchor;
}

/* After the first document there may be ends, and documents that are begun and have nothing. */
static bool is_more(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT: case YAML_DOCUMENT_END_EVENT: case YAML_STREAM_END_EVENT:
		return false;
	default:
		return !is_nothing(event);
	}
}

/* What stands behind the first document, which may be no YAML at all. */
static enum err warn_of_more(struct yaml_tree *t, yaml_parser_t *p)
{
	uint32_t begun = 0;
	for (bool more = false; !more;) {
		yaml_event_t event;
		if (!yaml_parser_parse(p, &event))
			break;
		yaml_event_type_t type = event.type;
		more = is_more(&event);
		if (type == YAML_DOCUMENT_START_EVENT)
			begun = line_of(event.start_mark);
		yaml_event_delete(&event);
		if (type == YAML_STREAM_END_EVENT)
			return OK;
	}
	if (p->error == YAML_MEMORY_ERROR)
		return ERR(t->e, NOMEM, "reading %s", t->o->name);
	if (begun)
		yaml_tree_warn(t, begun, "a second document, which Helm 4 merges into the first and no earlier one "
		               "reads: make one of both");
	return OK;
}

static enum err read_events(struct yaml_tree *t, yaml_parser_t *p, struct str data)
{
	bool escapes = t->o->as_helm && has_json_escape(data);
	struct yaml_place place = { .text = data };
	unsigned documents = 0;
	uint32_t begun = 0;
	for (;;) {
		yaml_event_t event;
		if (!yaml_parser_parse(p, &event))
			return syntax_error(t, p, data);
		enum err err = OK;
		yaml_event_type_t type = event.type;
		if (type == YAML_DOCUMENT_START_EVENT) {
			documents++;
			begun = line_of(event.start_mark);
		}
		if (escapes && type == YAML_SCALAR_EVENT)
			err = check_escapes(t, &place, &event);
		if (!err)
			err = documents < 2 ? on_event(t, &event)
			    : is_more(&event) ? REFUSE(t, begun, "a second document") : OK;
		yaml_event_delete(&event);
		if (err || type == YAML_STREAM_END_EVENT)
			return err;
		if (type == YAML_DOCUMENT_END_EVENT && t->o->many_documents)
			return t->o->warning ? warn_of_more(t, p) : OK;
	}
}

static enum err read_document(struct yaml_tree *t, struct str data)
{
	yaml_parser_t p;
	data = str_without_mark(data);
	if (t->o->warning)
		*t->o->warning = (struct yaml_warning){ .line = 0 };
	enum err err = t->o->as_helm ? check_marks(t, data) : OK;
	if (err)
		return err;
	if (!yaml_parser_initialize(&p))
		return ERR(t->e, NOMEM, "reading %s", t->o->name);
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p, (const unsigned char *)(data.n ? data.p : ""), data.n);
	err = read_events(t, &p, data);
	yaml_parser_delete(&p);
	return err;
}

enum err yaml_read(struct arena *a, struct str data, const struct yaml_options *o,
                   const struct node **ret, struct errinfo *e)
{
	struct yaml_tree t = { .arena = a, .build = true, .o = o, .e = e };
	enum err err = read_document(&t, data);
	if (!err)
		*ret = node_is_null(t.root) ? NULL : t.root;
	yaml_tree_done(&t);
	return err;
}

enum err yaml_check(struct str data, const struct yaml_options *o, bool *ret_is_map,
                    struct errinfo *e)
{
	AUTO_ARENA struct arena a = { .limit = 0 };
	struct yaml_tree t = { .arena = &a, .o = o, .e = e, .root_is_map = true };
	enum err err = read_document(&t, data);
	if (!err)
		*ret_is_map = t.root_is_map;
	yaml_tree_done(&t);
	return err;
}

/* Where scalars stand is asked of libyaml's events. What a document may be is asked of the strict reader first,
 * so there are no aliases here.                                                                */
#include "indexer/format/chart_edit.h"

#include <yaml.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/node.h"
#include "indexer/format/yaml_place.h"

#define LEVELS 3u                    /* the document's map, the list, a dependency */

struct place { size_t from, to; bool known, plain, block; };     /* bytes, with the quotes */

struct finder {
	struct yaml_place text;
	struct place *places;            /* of each dependency */
	size_t count;                    /* dependencies so far */
	size_t depth;
	struct { bool map, has_key, wanted; } level[YAML_DEPTH_MAX + 1];
};

/* ---- finding ---- */

static void note_place(struct finder *f, const yaml_event_t *event)
{
	yaml_scalar_style_t style = event->data.scalar.style;
	struct place *p = &f->places[f->count - 1];
	p->from = yaml_place_at(&f->text, event->start_mark.index);
	p->to = yaml_place_at(&f->text, event->end_mark.index);
	p->plain = style == YAML_PLAIN_SCALAR_STYLE;
	p->block = event->start_mark.line != event->end_mark.line || style == YAML_LITERAL_SCALAR_STYLE ||
	           style == YAML_FOLDED_SCALAR_STYLE;         /* whose end may be that of the file */
	p->known = p->to > p->from;      /* of nothing, libyaml does not know where it is */
}

static bool within_wanted(const struct finder *f)
{
	for (size_t i = 0; i + 1 < f->depth; i++)
		if (f->level[i].map && !f->level[i].wanted)
			return false;
	return f->level[0].map;
}

/* The value is over that the innermost level waited for. */
static void end_value(struct finder *f)
{
	if (f->depth)
		f->level[f->depth - 1].has_key = false;
}

static void on_scalar(struct finder *f, const yaml_event_t *event)
{
	struct str text = str_make(event->data.scalar.value, event->data.scalar.length);
	size_t at = f->depth ? f->depth - 1 : 0;
	bool map = f->depth && f->level[at].map;
	if (map && !f->level[at].has_key) {
		f->level[at].has_key = true;
		f->level[at].wanted = (at == 0 && str_eq_nocase(text, STR("dependencies"))) ||
		                      (at == LEVELS - 1 && str_eq_nocase(text, STR("version")));
		return;
	}
	if (map && f->depth == LEVELS && f->level[at].wanted && within_wanted(f))
		note_place(f, event);
	end_value(f);
}

static void on_start(struct finder *f, bool map)
{
	f->level[f->depth].map = map;
	f->level[f->depth].has_key = f->level[f->depth].wanted = false;
	f->depth++;
	if (f->depth == LEVELS && map && !f->level[1].map && within_wanted(f))
		f->count++;
}

static void on_event(struct finder *f, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		on_scalar(f, event);
		break;
	case YAML_MAPPING_START_EVENT: case YAML_SEQUENCE_START_EVENT:
		on_start(f, event->type == YAML_MAPPING_START_EVENT);
		break;
	case YAML_MAPPING_END_EVENT: case YAML_SEQUENCE_END_EVENT:
		f->depth--;
		end_value(f);
		break;
	default:
		break;
	}
}

static enum err find_places(struct finder *f, const char *file, struct errinfo *e)
{
	yaml_parser_t p;
	if (!yaml_parser_initialize(&p))
		return ERR(e, NOMEM, "%s", file);
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p, (const unsigned char *)f->text.text.p, f->text.text.n);
	for (bool more = true; more;) {
		yaml_event_t event;
		if (!yaml_parser_parse(&p, &event))
			break;                   /* the strict reader could: there is no memory */
		more = event.type != YAML_STREAM_END_EVENT;
		on_event(f, &event);
		yaml_event_delete(&event);
	}
	bool read = p.error == YAML_NO_ERROR;
	yaml_parser_delete(&p);
	return read ? OK : ERR(e, NOMEM, "%s", file);
}

/* ---- writing ---- */

static void put_version(struct sbuf *b, const struct place *p, char quote, struct str version)
{
	const struct node as_plain = { .kind = NODE_SCALAR, .plain = true, .text = version };
	bool quoted = !p->plain || node_type(&as_plain) != NODE_STRING;
	const char mark[] = { p->plain ? '"' : quote, '\0' };
	sbuf_puts(b, quoted ? mark : "");
	sbuf_put(b, version);
	sbuf_puts(b, quoted ? mark : "");
}

static enum err put_changed(struct finder *f, const char *file, struct chart_edit *edits, size_t count,
                            struct sbuf *b, struct errinfo *e)
{
	const struct str text = f->text.text;
	size_t done = 0;
	for (size_t i = 0; i < f->count; i++) {
		struct chart_edit *x = NULL;
		const struct place *p = &f->places[i];
		for (size_t k = 0; k < count; k++)
			x = edits[k].dependency == i ? &edits[k] : x;
		if (!x)
			continue;
		x->done = p->known && !p->block && p->from >= done;
		if (!x->done)
			continue;
		sbuf_put(b, str_make(text.p + done, p->from - done));
		put_version(b, p, text.p[p->from], x->version);
		done = p->to;
	}
	sbuf_put(b, str_from(text, done));
	return sbuf_ok(b) ? OK : ERR(e, NOMEM, "%s", file);
}

/* The versions are ranges: without characters that would end a scalar or a quotation. */
static enum err check_edits(const char *file, const struct chart_edit *edits, size_t edit_count,
                            size_t count, struct errinfo *e)
{
	for (size_t i = 0; i < edit_count; i++) {
		if (edits[i].dependency >= count)
			return ERR(e, METADATA, "%s: it has no dependency %zu", file, edits[i].dependency + 1);
		for (size_t k = 0; k < edits[i].version.n; k++)
			if (edits[i].version.p[k] < ' ' || strchr("\"'\\#:{}[]&", edits[i].version.p[k]))
				return ERR(e, METADATA, "%s: \"%.*s\" is no range of versions", file,
				           STR_ARG(edits[i].version));
	}
	return OK;
}

enum err chart_edit(struct arena *a, const char *file, struct str text,
                    struct chart_edit *edits, size_t count, struct str *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(2u * CHART_YAML_MAX_BYTES);
	struct str body = str_without_mark(text);
	struct finder f = { .text.text = body };
	struct yaml_options strict = yaml_strict;
	const struct node *root = NULL;
	strict.name = file;
	sbuf_put(&b, str_first(text, text.n - body.n));
	enum err err = yaml_read(&scratch, body, &strict, &root, e);
	f.places = arena_array(&scratch, body.n / 2 + 2, sizeof *f.places);      /* one is "{}" at least */
	if (!err && !f.places)
		err = ERR(e, NOMEM, "%s", file);
	if (!err)
		err = find_places(&f, file, e);
	if (!err)
		err = check_edits(file, edits, count, f.count, e);
	if (!err)
		err = put_changed(&f, file, edits, count, &b, e);
	if (err)
		return err;
	return arena_str(a, sbuf_str(&b), ret) ? OK : ERR(e, NOMEM, "%s", file);
}

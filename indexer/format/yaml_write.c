/* libyaml's emitter, which go-yaml's was made from. It cannot indent lists in maps: where that is wanted, it
 * writes the scalars alone.                                                                    */
#include "indexer/format/yaml_write.h"

#include <limits.h>
#include <stdlib.h>
#include <yaml.h>

#include "indexer/base/array.h"
#include "indexer/base/ascii.h"
#include "indexer/base/auto.h"
#include "indexer/format/node.h"

#define INDENT 2u

struct level {
	bool list, here;                 /* here: what is first in it goes on the line that is begun */
	unsigned indent;
	size_t count;                    /* scalars and containers in it so far; keys too */
};
struct yaml_writer {
	yaml_emitter_t emitter;
	bool ok;
	/* Of an indented one alone. */
	bool indented;
	struct sbuf *to;
	struct level *levels;            /* that are open */
	size_t depth, room;
};

static int take(void *to, unsigned char *bytes, size_t n)
{
	sbuf_put(to, str_make(bytes, n));
	return sbuf_ok(to);
}

static void emit(struct yaml_writer *w, yaml_event_t *event, int made)
{
	w->ok = made && yaml_emitter_emit(&w->emitter, event);
}

/* Of a document; nothing is written, or w->ok says so. */
static void begin(struct yaml_writer *w, struct sbuf *to)
{
	yaml_event_t event;
	yaml_emitter_set_output(&w->emitter, take, to);
	yaml_emitter_set_unicode(&w->emitter, 1);
	emit(w, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
	if (w->ok)
		emit(w, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
}

struct yaml_writer *yaml_writer_new(struct sbuf *to)
{
	struct yaml_writer *w = calloc(1, sizeof *w);
	if (!w || !yaml_emitter_initialize(&w->emitter)) {
		free(w);
		return NULL;
	}
	begin(w, to);
	return w;
}

struct yaml_writer *yaml_writer_new_indented(struct sbuf *to)
{
	struct yaml_writer *w = calloc(1, sizeof *w);
	if (w)
		*w = (struct yaml_writer){ .ok = true, .indented = true, .to = to };
	return w;
}

static void emit_scalar(struct yaml_writer *w, struct str s, enum yaml_style style)
{
	static const yaml_scalar_style_t styles[] = {
		[YAML_PLAIN] = YAML_PLAIN_SCALAR_STYLE,
		[YAML_QUOTED] = YAML_DOUBLE_QUOTED_SCALAR_STYLE,
		[YAML_LITERAL] = YAML_LITERAL_SCALAR_STYLE,
	};
	yaml_event_t event;
	const yaml_char_t *p = (const yaml_char_t *)(s.n ? s.p : "");
	w->ok = w->ok && s.n <= INT_MAX;
	if (w->ok)
		emit(w, &event, yaml_scalar_event_initialize(&event, NULL, NULL, p, (int)s.n, 1, 1, styles[style]));
}

/* The end of the stream is left out: after a text that keeps its empty lines it would be "...". */
static bool end(struct yaml_writer *w)
{
	yaml_event_t event;
	if (w->ok)
		emit(w, &event, yaml_document_end_event_initialize(&event, 1));
	bool ok = w->ok && yaml_emitter_flush(&w->emitter);
	yaml_emitter_delete(&w->emitter);
	return ok;
}

/* ---- indented ---- */

static void put_line(struct yaml_writer *w, unsigned indent)
{
	sbuf_putc(w->to, '\n');
	for (unsigned i = 0; i < indent; i++)
		sbuf_putc(w->to, ' ');
}

static bool wants_value(const struct level *l) { return !l->list && l->count % 2; }

/* Before a key, an element, or what is a document by itself. */
static void put_place(struct yaml_writer *w)
{
	struct level *l = w->depth ? &w->levels[w->depth - 1] : NULL;
	if (!l || wants_value(l))
		return;
	if (l->count || !l->here)
		put_line(w, l->indent);
	if (l->list)
		sbuf_puts(w->to, "- ");
}

static void open_level(struct yaml_writer *w, bool list)
{
	struct level *above = w->depth ? &w->levels[w->depth - 1] : NULL;
	struct level l = { list, !above || above->list, above ? above->indent + INDENT : 0, 0 };
	put_place(w);
	if (above)
		above->count++;
	struct level *levels = array_room(w->levels, w->depth, &w->room, sizeof *levels);
	w->ok = levels;
	if (!levels)
		return;
	w->levels = levels;
	levels[w->depth++] = l;
}

static void close_level(struct yaml_writer *w)
{
	const struct level *l = &w->levels[--w->depth];
	if (!l->count)
		sbuf_printf(w->to, "%s%s", l->here ? "" : " ", l->list ? "[]" : "{}");
}

/* "k: <scalar>" or "<scalar>: k" as a document of its own. */
static bool put_pair(struct sbuf *b, struct str s, enum yaml_style style, bool key)
{
	yaml_event_t event;
	struct yaml_writer w = { .ok = true };
	if (!yaml_emitter_initialize(&w.emitter))
		return false;
	yaml_emitter_set_width(&w.emitter, -1);
	begin(&w, b);
	if (w.ok)
		emit(&w, &event, yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
	emit_scalar(&w, key ? s : STR("k"), key ? style : YAML_PLAIN);
	emit_scalar(&w, key ? STR("k") : s, key ? YAML_PLAIN : style);
	if (w.ok)
		emit(&w, &event, yaml_mapping_end_event_initialize(&event));
	return end(&w);
}

static void put_lines(struct yaml_writer *w, struct str text, unsigned indent)
{
	bool more = true;
	for (bool first = true; more; first = false) {
		struct str line = str_cut(&text, '\n', &more);
		if (!first && line.n)
			put_line(w, indent);
		else if (!first)
			sbuf_putc(w->to, '\n');
		sbuf_put(w->to, line);
	}
}

static void put_scalar(struct yaml_writer *w, struct str s, enum yaml_style style)
{
	AUTO_SBUF struct sbuf b = sbuf_make(w->to->limit);
	struct level *l = w->depth ? &w->levels[w->depth - 1] : NULL;
	bool key = l && !l->list && !wants_value(l);
	put_place(w);
	w->ok = put_pair(&b, s, style, key);
	if (!w->ok)
		return;
	struct str text = sbuf_str(&b);
	text.n -= key ? strlen(": k\n") : 1;
	if (!key)
		text = str_from(text, l && wants_value(l) ? 2 : 3);
	bool alone = key && text.n && text.p[text.n - 1] == '\n';    /* a long one: "? key", ": value" */
	text.n -= alone;
	put_lines(w, text, l ? l->indent : 0);
	if (alone)
		put_line(w, l->indent);
	if (key)
		sbuf_putc(w->to, ':');
	if (l)
		l->count++;
}

/* ---- events ---- */

static void open_container(struct yaml_writer *w, bool list)
{
	yaml_event_t event;
	if (!w || !w->ok)
		return;
	if (w->indented)
		open_level(w, list);
	else if (list)
		emit(w, &event, yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
		                                                     YAML_BLOCK_SEQUENCE_STYLE));
	else
		emit(w, &event, yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
}

static void close_container(struct yaml_writer *w, bool list)
{
	yaml_event_t event;
	if (!w || !w->ok)
		return;
	if (w->indented)
		close_level(w);
	else
		emit(w, &event, list ? yaml_sequence_end_event_initialize(&event)
		                     : yaml_mapping_end_event_initialize(&event));
}

void yaml_write_map(struct yaml_writer *w) { open_container(w, false); }
void yaml_write_list(struct yaml_writer *w) { open_container(w, true); }
void yaml_write_end_map(struct yaml_writer *w) { close_container(w, false); }
void yaml_write_end_list(struct yaml_writer *w) { close_container(w, true); }

void yaml_write_scalar(struct yaml_writer *w, struct str s, enum yaml_style style)
{
	if (!w || !w->ok)
		return;
	if (w->indented)
		put_scalar(w, s, style);
	else
		emit_scalar(w, s, style);
}

bool yaml_writer_finish(struct yaml_writer *w)
{
	if (!w)
		return false;
	if (w->indented)
		sbuf_putc(w->to, '\n');
	bool ok = w->indented ? w->ok && sbuf_ok(w->to) : end(w);
	free(w->levels);
	free(w);
	return ok;
}

static size_t digits(struct str s, size_t at, bool underscores)
{
	while (at < s.n && (ascii_is_digit(s.p[at]) || (underscores && s.p[at] == '_')))
		at++;
	return at;
}

/* "1:30" is ninety for a reader of YAML 1.1: digits, groups of one or two, a fraction. */
static bool is_sexagesimal(struct str s)
{
	size_t at = s.n && (s.p[0] == '+' || s.p[0] == '-');
	size_t end = digits(s, at, false);
	if (end == at)
		return false;
	at = digits(s, end, true);
	if (at == s.n || s.p[at] != ':')
		return false;
	while (at < s.n && s.p[at] == ':') {
		end = digits(s, at + 1, false);
		if (end - at - 1 < 1 || end - at - 1 > 2 || (end - at - 1 == 2 && s.p[at + 1] > '5'))
			return false;
		at = end;
	}
	return at == s.n || (s.p[at] == '.' && digits(s, at + 1, true) == s.n);
}

enum yaml_style yaml_style_of(struct str s)
{
	const struct node plain = { .kind = NODE_SCALAR, .plain = true, .text = s };
	if (str_has(s, '\n'))
		return YAML_LITERAL;
	return node_type(&plain) == NODE_STRING && !is_sexagesimal(s) ? YAML_PLAIN : YAML_QUOTED;
}

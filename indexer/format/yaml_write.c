/* libyaml's emitter, which go-yaml's was made from. */
#include "indexer/format/yaml_write.h"

#include <limits.h>
#include <stdlib.h>
#include <yaml.h>

#include "indexer/format/node.h"

struct yaml_writer {
	yaml_emitter_t emitter;
	bool ok;
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

struct yaml_writer *yaml_writer_new(struct sbuf *to)
{
	yaml_event_t event;
	struct yaml_writer *w = malloc(sizeof *w);
	if (!w || !yaml_emitter_initialize(&w->emitter)) {
		free(w);
		return NULL;
	}
	yaml_emitter_set_output(&w->emitter, take, to);
	yaml_emitter_set_unicode(&w->emitter, 1);
	emit(w, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
	if (w->ok)
		emit(w, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
	return w;
}

void yaml_write_map(struct yaml_writer *w)
{
	yaml_event_t event;
	if (w && w->ok)
		emit(w, &event, yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
}

void yaml_write_end_map(struct yaml_writer *w)
{
	yaml_event_t event;
	if (w && w->ok)
		emit(w, &event, yaml_mapping_end_event_initialize(&event));
}

void yaml_write_list(struct yaml_writer *w)
{
	yaml_event_t event;
	if (w && w->ok)
		emit(w, &event, yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
		                                                     YAML_BLOCK_SEQUENCE_STYLE));
}

void yaml_write_end_list(struct yaml_writer *w)
{
	yaml_event_t event;
	if (w && w->ok)
		emit(w, &event, yaml_sequence_end_event_initialize(&event));
}

void yaml_write_scalar(struct yaml_writer *w, struct str s, enum yaml_style style)
{
	static const yaml_scalar_style_t styles[] = {
		[YAML_PLAIN] = YAML_PLAIN_SCALAR_STYLE,
		[YAML_QUOTED] = YAML_DOUBLE_QUOTED_SCALAR_STYLE,
		[YAML_LITERAL] = YAML_LITERAL_SCALAR_STYLE,
	};
	yaml_event_t event;
	if (!w || !w->ok)
		return;
	w->ok = s.n <= INT_MAX;
	const yaml_char_t *p = (const yaml_char_t *)(s.n ? s.p : "");
	if (w->ok)
		emit(w, &event, yaml_scalar_event_initialize(&event, NULL, NULL, p, (int)s.n, 1, 1, styles[style]));
}

/* The end of the stream is left out: after a text that keeps its empty lines it would be "...". */
bool yaml_writer_finish(struct yaml_writer *w)
{
	yaml_event_t event;
	if (!w)
		return false;
	if (w->ok)
		emit(w, &event, yaml_document_end_event_initialize(&event, 1));
	bool ok = w->ok && yaml_emitter_flush(&w->emitter);
	yaml_emitter_delete(&w->emitter);
	free(w);
	return ok;
}

static size_t digits(struct str s, size_t at, bool underscores)
{
	while (at < s.n && ((s.p[at] >= '0' && s.p[at] <= '9') || (underscores && s.p[at] == '_')))
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

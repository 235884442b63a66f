/* An index that is YAML: libyaml's events, one after the other. */
#include "indexer/format/index_stream_parts.h"

#include <yaml.h>

struct events {
	struct index_stream *s;
	struct index_walk walk;
	enum err err;                    /* of the source, which libyaml cannot pass on */
	bool too_long;
	size_t unseen_bytes;             /* read since the last event */
};

static uint32_t line_of(yaml_mark_t mark) { return (uint32_t)mark.line + 1; }
static struct str text_of(const yaml_char_t *c) { return str_c((const char *)c); }

/* libyaml collects a text in memory before it tells of it, so what it reads in between has a limit.
 * It gets as much as it asks for: otherwise its verdict could depend on the pieces that come. */
static int read_bytes(void *ctx, unsigned char *to, size_t size, size_t *ret_n)
{
	struct events *y = ctx;
	struct str piece = { NULL, 0 };
	size_t n = 0;
	do {
		y->err = index_stream_look(y->s, &piece);
		if (y->err)
			return 0;
		piece = str_first(piece, size - n);
		if (piece.n)
			memcpy(to + n, piece.p, piece.n);
		index_stream_take(y->s, piece.n);
		n += piece.n;
	} while (piece.n && n < size);
	*ret_n = n;
	y->unseen_bytes += n;
	y->too_long = y->unseen_bytes > INDEX_TEXT_MAX_BYTES;
	return !y->too_long;
}

/* Where libyaml stopped to decode: behind that are the bytes it holds. */
static uint32_t line_read(const struct index_stream *s, const yaml_parser_t *p)
{
	uint32_t line = s->line;
	for (const unsigned char *c = p->raw_buffer.pointer; c < p->raw_buffer.last; c++)
		line -= *c == '\n';
	return line;
}

/* At the end libyaml counts one line more than there is. */
static uint32_t problem_line(const struct index_stream *s, const yaml_parser_t *p)
{
	uint32_t line = line_of(p->problem_mark);
	return line < s->line ? line : s->line;
}

static enum err syntax_error(const struct events *y, const yaml_parser_t *p)
{
	const char *problem = p->problem ? p->problem : "not YAML";
	if (y->err)
		return y->err;
	if (y->too_long)
		return STREAM_REFUSE(y->s, y->s->line, "a text or comment longer than %u bytes",
		                     INDEX_TEXT_MAX_BYTES);
	switch (p->error) {
	case YAML_MEMORY_ERROR:
		return STREAM_NO_MEMORY(y->s);
	case YAML_READER_ERROR:
		return STREAM_REFUSE(y->s, line_read(y->s, p), "%s", problem);
	default:
		return STREAM_REFUSE(y->s, problem_line(y->s, p), "%s", problem);
	}
}

static enum err on_scalar(struct events *y, const yaml_event_t *event)
{
	struct str text = str_make(event->data.scalar.value, event->data.scalar.length);
	const struct index_event scalar = {
		.kind = INDEX_SCALAR, .text = text, .tag = text_of(event->data.scalar.tag),
		.plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && index_plain_matters(text),
		.line = line_of(event->start_mark),
	};
	return index_walk_event(&y->walk, &scalar, text_of(event->data.scalar.anchor));
}

static enum err on_event(struct events *y, const yaml_event_t *event)
{
	struct index_event plain = { .line = line_of(event->start_mark) };
	y->unseen_bytes = 0;
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return on_scalar(y, event);
	case YAML_MAPPING_START_EVENT:
		plain.kind = INDEX_MAP;
		plain.tag = text_of(event->data.mapping_start.tag);
		return index_walk_event(&y->walk, &plain, text_of(event->data.mapping_start.anchor));
	case YAML_SEQUENCE_START_EVENT:
		plain.kind = INDEX_LIST;
		plain.tag = text_of(event->data.sequence_start.tag);
		return index_walk_event(&y->walk, &plain, text_of(event->data.sequence_start.anchor));
	case YAML_MAPPING_END_EVENT: case YAML_SEQUENCE_END_EVENT:
		plain.kind = INDEX_END;
		return index_walk_event(&y->walk, &plain, STR(""));
	case YAML_ALIAS_EVENT:
		return index_walk_alias(&y->walk, text_of(event->data.alias.anchor), plain.line);
	default:
		return OK;
	}
}

/* The first document is the index, as for Helm. */
static enum err read_events(struct events *y, yaml_parser_t *p)
{
	for (;;) {
		yaml_event_t event;
		if (!yaml_parser_parse(p, &event))
			return syntax_error(y, p);
		yaml_event_type_t type = event.type;
		enum err err = on_event(y, &event);
		yaml_event_delete(&event);
		if (err || type == YAML_STREAM_END_EVENT || type == YAML_DOCUMENT_END_EVENT)
			return err;
	}
}

enum err index_stream_yaml(struct index_stream *s)
{
	struct events y = { .s = s, .walk = { .s = s, .key = sbuf_make(2 * INDEX_TEXT_MAX_BYTES),
	                    .record.bytes = sbuf_make(2 * (INDEX_ANCHORED_MAX_BYTES +
	                                                   INDEX_TEXT_MAX_BYTES)) } };
	yaml_parser_t p;
	if (!yaml_parser_initialize(&p))
		return STREAM_NO_MEMORY(s);
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input(&p, read_bytes, &y);
	enum err err = read_events(&y, &p);
	yaml_parser_delete(&p);
	index_walk_done(&y.walk);
	return err;
}

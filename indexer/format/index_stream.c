/* The index reader's bytes, and which of the two ways they go. */
#include "indexer/format/index_stream_parts.h"

#include <stdio.h>
#include <stdlib.h>

#define CONFLICT_MARKS 7u

enum err index_stream_refuse(const struct index_stream *s, uint32_t line, const char *fmt, ...)
{
	char text[ERR_DETAIL_MAX_BYTES];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (s->conflict_line)
		return ERR(s->e, METADATA, "%s:%u: a conflict marker (<<<<<<<)", s->name, s->conflict_line);
	return ERR(s->e, METADATA, "%s:%u: %s", s->name, line, text);
}

/* ---- bytes ---- */

static enum err fill(struct index_stream *s)
{
	size_t n = 0;
	if (s->at) {
		memmove(s->buffer, s->buffer + s->at, s->end - s->at);
		s->end -= s->at;
		s->at = 0;
	}
	enum err err = s->read(s->source, s->buffer + s->end, INDEX_STREAM_BUFFER_BYTES - s->end, &n,
	                       s->e);
	if (err)
		return err;
	s->ended = n == 0;
	s->end += n;
	s->sum.bytes += n;
	return OK;
}

enum err index_stream_look(struct index_stream *s, struct str *ret)
{
	enum err err = s->at == s->end && !s->ended ? fill(s) : OK;
	if (!err)
		*ret = str_make(s->buffer + s->at, s->end - s->at);
	return err;
}

/* Seven of them at the beginning of a line are git's conflict marker. */
static void match_marker(struct index_stream *s, const char *at, const char *end)
{
	while (at < end && *at == '<' && s->marks < CONFLICT_MARKS)
		s->marks++, at++;
	if (s->marks == CONFLICT_MARKS && !s->conflict_line)
		s->conflict_line = s->line;
	if (at < end)
		s->marks = CONFLICT_MARKS + 1;
}

void index_stream_take(struct index_stream *s, size_t n)
{
	const char *at = s->buffer + s->at, *end = at + n;
	match_marker(s, at, end);
	while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
		s->line++, at++;
		s->marks = 0;
		match_marker(s, at, end);
	}
	s->at += n;
}

/* Trailing documents are not looked at, but belong to the file. */
static enum err drain(struct index_stream *s)
{
	struct str rest = { NULL, 0 };
	enum err err;
	do {
		err = index_stream_look(s, &rest);
		s->at = s->end;
	} while (!err && rest.n);
	return err;
}

/* ---- what it is ---- */

/* What follows the first white space, as much of it as tells. */
static enum err look_at_start(struct index_stream *s, struct str *ret)
{
	size_t space = 0;
	for (;;) {
		while (space < s->end && s->buffer[space] && strchr(" \t\r\n", s->buffer[space]))
			space++;
		*ret = str_make(s->buffer + space, s->end - space);
		if (ret->n > 2 || s->ended || s->end == INDEX_STREAM_BUFFER_BYTES)
			return OK;
		enum err err = fill(s);
		if (err)
			return err;
	}
}

static bool is_html(struct str start)
{
	return start.n > 1 && start.p[0] == '<' &&
	       (start.p[1] == '!' || start.p[1] == '?' || (start.p[1] | 0x20) >= 'a');
}

static enum err read_yaml(struct index_stream *s)
{
	struct str start;
	enum err err = look_at_start(s, &start);
	if (!err && is_html(start))
		return STREAM_REFUSE(s, s->line, "HTML or XML, and no index");
	if (!err && start.p == s->buffer)
		index_stream_take(s, start.n - str_without_mark(start).n);
	return err ? err : index_stream_yaml(s);
}

static void forget(struct index_stream *s)
{
	s->sum = (struct index_stream_summary){ .json = false };
	s->at = s->end = 0;
	s->ended = s->has_entries = false;
	s->keys = 0;
	s->line = 1;
	s->conflict_line = s->marks = 0;
}

static enum err read_either(struct index_stream *s,
                            enum err (*rewind)(void *ctx, struct errinfo *e))
{
	struct str start;
	bool not_json = false;
	enum err err = look_at_start(s, &start);
	if (err)
		return err;
	if (!s->end)
		return ERR(s->e, METADATA, "%s: the file is empty", s->name);
	if (!start.n || start.p[0] != '{')
		return read_yaml(s);
	s->sum.json = true;
	err = index_stream_json(s, &not_json);
	if (!not_json)
		return err;
	forget(s);
	err = rewind(s->source, s->e);
	if (err)
		return err;
	if (s->handler->again)
		s->handler->again(s->handler->ctx);
	return read_yaml(s);
}

enum err index_stream_read(index_stream_source *read,
                           enum err (*rewind)(void *ctx, struct errinfo *e), void *source,
                           const char *name, const struct index_stream_handler *handler,
                           struct index_stream_summary *ret, struct errinfo *e)
{
	struct index_stream s = { .handler = handler, .name = name, .e = e, .read = read,
	                          .source = source, .line = 1 };
	enum err err = OK;
	s.buffer = malloc(INDEX_STREAM_BUFFER_BYTES);
	s.sha = sha256_new();
	if (!s.buffer || !s.sha)
		err = ERR(e, NOMEM, "reading %s", name);
	if (!err)
		err = read_either(&s, rewind);
	if (!err)
		err = drain(&s);
	if (!err && !s.has_entries)
		err = ERR(e, METADATA, "%s: this is no index: it has no \"entries\"", name);
	if (!err)
		*ret = s.sum;
	sha256_free(s.sha);
	free(s.buffer);
	arena_done(&s.arena);
	arena_done(&s.chart_arena);
	return err;
}

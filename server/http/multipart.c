/* multipart/form-data as a state machine that takes its input in pieces of any size.
 *
 * The delimiter is CR LF "--" boundary. A boundary has no CR, so CR stands in a delimiter only at
 * its start: when a match breaks off, what matched so far is data and the search starts over at
 * the byte that broke it. The first delimiter may stand at the very beginning, which is as if its
 * CR LF had been read already.                                                               */
#include "server/http/message.h"

#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"

#define DELIMITER_MAX_BYTES (4 + MULTIPART_BOUNDARY_MAX_BYTES)

enum state {
	PREAMBLE, BODY,
	AFTER_DELIMITER,        /* "--" or the end of the line */
	PADDING, LINE_FEED,     /* of the delimiter's line */
	CLOSING,                /* the second '-' */
	HEADER, HEADER_LF,
	EPILOGUE, REFUSED,
};

struct multipart {
	const struct multipart_events *ev;
	void *ctx;
	enum state state;
	char delimiter[DELIMITER_MAX_BYTES];
	size_t delimiter_bytes, matched;
	size_t outside_bytes;           /* of preamble and epilogue */
	unsigned parts;
	size_t line_at, header_bytes;   /* the current line begins at header[line_at] */
	struct str name, filename;      /* in header[] */
	bool has_name, has_filename, has_disposition;
	char header[MULTIPART_HEADER_MAX_BYTES];
};

static bool is_boundary_char(char c)
{
	return ascii_is_alnum(c) || (c && strchr("'()+_,-./:=? ", c));
}

static enum err check_boundary(struct str b, struct errinfo *e)
{
	if (!b.n || b.n > MULTIPART_BOUNDARY_MAX_BYTES || b.p[b.n - 1] == ' ')
		return ERR(e, INVALID, "the form's boundary must have 1 to %u characters",
		           MULTIPART_BOUNDARY_MAX_BYTES);
	for (size_t i = 0; i < b.n; i++)
		if (!is_boundary_char(b.p[i]))
			return ERR(e, INVALID, "the form's boundary contains a character that is not allowed");
	return OK;
}

static enum err find_boundary(struct str content_type, struct str *ret, struct errinfo *e)
{
	struct str name, value;
	bool quoted, found = false;
	(void)str_cut(&content_type, ';', NULL);
	while (http_param_next(&content_type, &name, &value, &quoted)) {
		if (!str_eq_nocase(name, STR("boundary")))
			continue;
		if (found)
			return ERR(e, INVALID, "the form has two boundaries");
		found = true;
		*ret = value;
	}
	if (content_type.n)
		return ERR(e, INVALID, "the parameters of Content-Type are malformed");
	if (!found)
		return ERR(e, INVALID, "Content-Type has no boundary");
	return check_boundary(*ret, e);
}

enum err multipart_new(struct arena *a, struct str content_type,
                       const struct multipart_events *ev, void *ctx, struct multipart **ret,
                       struct errinfo *e)
{
	struct str boundary = { 0 };
	if (!http_is_media_type(content_type, "multipart/form-data"))
		return ERR(e, MEDIA_TYPE, "the body is not multipart/form-data");
	enum err code = find_boundary(content_type, &boundary, e);
	if (code)
		return code;
	struct multipart *m = ARENA_NEW(a, struct multipart);
	if (!m)
		return ERR(e, NOMEM, "form");
	m->ev = ev;
	m->ctx = ctx;
	memcpy(m->delimiter, "\r\n--", 4);
	memcpy(m->delimiter + 4, boundary.p, boundary.n);
	m->delimiter_bytes = 4 + boundary.n;
	m->matched = 2;
	*ret = m;
	return OK;
}

/* ---- the head of a part ---- */

static enum err take_disposition(struct multipart *m, struct str value, struct errinfo *e)
{
	struct str name, text;
	bool quoted;
	if (m->has_disposition)
		return ERR(e, INVALID, "a part of the form has two Content-Disposition lines");
	m->has_disposition = true;
	if (!str_eq_nocase(str_trim(str_cut(&value, ';', NULL)), STR("form-data")))
		return ERR(e, INVALID, "a part of the form is not form-data");
	while (http_param_next(&value, &name, &text, &quoted)) {
		char *p = m->header + (text.p - m->header);
		if (str_eq_nocase(name, STR("filename"))) {
			m->filename = str_make(p, quoted ? http_unquote(p, text.n) : text.n);
			m->has_filename = true;
		} else if (str_eq_nocase(name, STR("filename*"))) {
			m->has_filename = true;
		} else if (str_eq_nocase(name, STR("name"))) {
			if (m->has_name)
				return ERR(e, INVALID, "a part of the form has two names");
			m->has_name = true;
			m->name = str_make(p, quoted ? http_unquote(p, text.n) : text.n);
		}
	}
	return value.n ? ERR(e, INVALID, "a Content-Disposition of the form is malformed") : OK;
}

static enum err take_header(struct multipart *m, struct str line, struct errinfo *e)
{
	bool colon;
	struct str name = str_cut(&line, ':', &colon);
	if (!colon || !http_is_token(name))
		return ERR(e, INVALID, "a header line in the form is malformed");
	line = str_trim(line);
	if (str_eq_nocase(name, STR("Content-Disposition")))
		return take_disposition(m, line, e);
	if (str_eq_nocase(name, STR("Content-Transfer-Encoding")) &&
	    !str_eq_nocase(line, STR("binary")) && !str_eq_nocase(line, STR("8bit")) &&
	    !str_eq_nocase(line, STR("7bit")))
		return ERR(e, INVALID, "the form uses the transfer encoding %.*s; send plain bytes",
		           (int)(line.n < 32 ? line.n : 32), line.p);
	return OK;
}

static enum err take_line(struct multipart *m, struct errinfo *e)
{
	struct str line = str_make(m->header + m->line_at, m->header_bytes - m->line_at);
	m->state = HEADER;
	m->line_at = m->header_bytes;
	if (line.n)
		return take_header(m, line, e);
	if (!m->has_name)
		return ERR(e, INVALID, "a part of the form has no name");
	m->state = BODY;
	m->matched = 0;
	return m->ev->part(m->ctx, m->name, m->has_filename, e);
}

static enum err begin_part(struct multipart *m, struct errinfo *e)
{
	if (++m->parts > MULTIPART_PARTS_MAX)
		return ERR(e, INVALID, "the form has more than %u parts", MULTIPART_PARTS_MAX);
	m->state = HEADER;
	m->line_at = m->header_bytes = 0;
	m->has_name = m->has_filename = m->has_disposition = false;
	m->filename = (struct str){ 0 };
	return OK;
}

/* ---- single bytes ---- */

static enum err in_header(struct multipart *m, char c, struct errinfo *e)
{
	if (m->state == HEADER_LF)
		return c == '\n' ? take_line(m, e)
		                 : ERR(e, INVALID, "a header line in the form ends in CR alone");
	if (c == '\r') {
		m->state = HEADER_LF;
		return OK;
	}
	if (((unsigned char)c < 0x20 && c != '\t') || c == 0x7f)
		return ERR(e, INVALID, "a header in the form contains a control character");
	if (m->header_bytes == sizeof m->header)
		return ERR(e, INVALID, "the headers of a part may have %u bytes",
		           MULTIPART_HEADER_MAX_BYTES);
	m->header[m->header_bytes++] = c;
	return OK;
}

static enum err in_delimiter_line(struct multipart *m, char c, struct errinfo *e)
{
	bool padding = m->state == AFTER_DELIMITER || m->state == PADDING;
	if (m->state == LINE_FEED && c == '\n')
		return begin_part(m, e);
	if (m->state == AFTER_DELIMITER && c == '-')
		m->state = CLOSING;
	else if (m->state == CLOSING && c == '-')
		m->state = EPILOGUE;
	else if (padding && c == '\r')
		m->state = LINE_FEED;
	else if (padding && (c == ' ' || c == '\t'))
		m->state = PADDING;
	else
		return ERR(e, INVALID, "the line of a boundary in the form does not end where it should");
	return OK;
}

/* ---- runs of bytes ---- */

static enum err give_data(struct multipart *m, struct str piece, struct errinfo *e)
{
	if (!piece.n)
		return OK;
	if (m->state == BODY)
		return m->ev->data(m->ctx, piece, e);
	m->outside_bytes += piece.n;
	if (m->outside_bytes > MULTIPART_PREAMBLE_MAX_BYTES)
		return ERR(e, INVALID, "the form has more than %u bytes outside its parts",
		           MULTIPART_PREAMBLE_MAX_BYTES);
	return OK;
}

static enum err end_of_part(struct multipart *m, struct errinfo *e)
{
	enum err code = m->state == BODY ? m->ev->part_end(m->ctx, e) : OK;
	m->state = AFTER_DELIMITER;
	m->matched = 0;
	return code;
}

/* Takes from the front of *s what belongs to the part's data, or one step of a delimiter. */
static enum err in_data(struct multipart *m, struct str *s, struct errinfo *e)
{
	if (s->p[0] == m->delimiter[m->matched]) {
		*s = str_from(*s, 1);
		return ++m->matched == m->delimiter_bytes ? end_of_part(m, e) : OK;
	}
	if (m->matched) {
		/* At the very start there is no CR LF to give back. */
		size_t n = m->matched;
		m->matched = 0;
		return give_data(m, str_make(m->delimiter, n), e);
	}
	const char *cr = memchr(s->p, '\r', s->n);
	struct str data = cr ? str_first(*s, (size_t)(cr - s->p)) : *s;
	*s = str_from(*s, data.n);
	return give_data(m, data, e);
}

static enum err step(struct multipart *m, struct str *s, struct errinfo *e)
{
	struct str rest = *s;
	switch (m->state) {
	case PREAMBLE:
	case BODY:
		return in_data(m, s, e);
	case EPILOGUE:
		*s = (struct str){ 0 };
		return give_data(m, rest, e);
	case HEADER:
	case HEADER_LF:
		*s = str_from(*s, 1);
		return in_header(m, rest.p[0], e);
	case REFUSED:
		return ERR(e, INVALID, "the form was refused before");
	default:
		*s = str_from(*s, 1);
		return in_delimiter_line(m, rest.p[0], e);
	}
}

enum err multipart_feed(struct multipart *m, struct str piece, struct errinfo *e)
{
	enum err code = OK;
	while (piece.n && !code)
		code = step(m, &piece, e);
	if (code)
		m->state = REFUSED;
	return code;
}

struct str multipart_filename(const struct multipart *m) { return m->filename; }

enum err multipart_end(struct multipart *m, struct errinfo *e)
{
	if (m->state == EPILOGUE)
		return OK;
	return ERR(e, INVALID, "the form ends without its final boundary");
}

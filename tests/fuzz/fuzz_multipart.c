/* Forms from arbitrary bytes. Input: the boundary, LF, the form.
 *
 * Fed at once, byte by byte and in two halves, a form must give the same verdict and the same
 * events; what it gives as data never holds the delimiter, and is never more than went in.     */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/http/message.h"

#define REQUIRE(condition) do { if (!(condition)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	struct sbuf text;                /* every event, in order */
	struct sbuf part;                /* the data of the part that is open */
	struct str delimiter;
	unsigned parts;
	bool open;
};

static enum err on_part(void *ctx, struct str name, bool has_filename, struct errinfo *e)
{
	struct seen *s = ctx;
	(void)e;
	REQUIRE(!s->open && ++s->parts <= MULTIPART_PARTS_MAX);
	REQUIRE(name.n <= MULTIPART_HEADER_MAX_BYTES && !str_has(name, '\0') && !str_has(name, '\n'));
	s->open = true;
	sbuf_reset(&s->part);
	sbuf_putc(&s->text, has_filename ? '*' : '<');
	sbuf_put(&s->text, name);
	sbuf_putc(&s->text, '\0');
	return OK;
}

static enum err on_data(void *ctx, struct str piece, struct errinfo *e)
{
	struct seen *s = ctx;
	(void)e;
	REQUIRE(s->open && piece.n);
	sbuf_put(&s->text, piece);
	sbuf_put(&s->part, piece);
	return OK;
}

static enum err on_end(void *ctx, struct errinfo *e)
{
	struct seen *s = ctx;
	(void)e;
	REQUIRE(s->open);
	REQUIRE(!s->part.n || !memmem(s->part.p, s->part.n, s->delimiter.p, s->delimiter.n));
	s->open = false;
	sbuf_putc(&s->text, '>');
	return OK;
}

static enum err run(struct str type, struct str form, size_t first, size_t step, struct seen *ret)
{
	static const struct multipart_events events = { on_part, on_data, on_end };
	AUTO_ARENA struct arena a = { .limit = REQUEST_ARENA_MAX_BYTES };
	struct multipart *m;
	enum err code = multipart_new(&a, type, &events, ret, &m, NULL);
	if (code)
		return code;
	for (size_t n = first; form.n && !code; n = step) {
		code = multipart_feed(m, str_first(form, n), NULL);
		form = str_from(form, n);
	}
	if (!code)
		code = multipart_end(m, NULL);
	REQUIRE(code || !ret->open);
	return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str form = str_make(data, size), boundary = str_cut(&form, '\n', NULL);
	AUTO_SBUF struct sbuf type = sbuf_make(MIB), delimiter = sbuf_make(MIB);
	const size_t splits[][2] = { { form.n + 1, 1 }, { 1, 1 }, { form.n / 2 + 1, form.n + 1 }, { 3, 7 } };
	struct seen seen[4];
	enum err code[4];
	sbuf_puts(&type, "multipart/form-data; boundary=\"");
	sbuf_put(&type, boundary);
	sbuf_puts(&type, "\"");
	sbuf_puts(&delimiter, "\r\n--");
	sbuf_put(&delimiter, boundary);
	for (size_t i = 0; i < 4; i++) {
		seen[i] = (struct seen){ .text = sbuf_make(SIZE_MAX / 2), .part = sbuf_make(SIZE_MAX / 2),
		                         .delimiter = sbuf_str(&delimiter) };
		code[i] = run(sbuf_str(&type), form, splits[i][0], splits[i][1], &seen[i]);
		REQUIRE(code[i] == code[0] && str_eq(sbuf_str(&seen[i].text), sbuf_str(&seen[0].text)));
	}
	for (size_t i = 0; i < 4; i++) {
		sbuf_done(&seen[i].text);
		sbuf_done(&seen[i].part);
	}
	return 0;
}

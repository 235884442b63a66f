/* multipart/form-data from arbitrary bytes: the first line is the Content-Type, the rest the body.
 *
 * Beyond not crashing: however the body is cut into pieces, the same parts come out, or the same
 * refusal; the events come in their order; and nothing is taken after a refusal.             */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "server/http/message.h"

struct transcript {
	struct multipart *m;
	struct sbuf text;                /* names and data, in order */
	unsigned parts;
	bool in_part;
};

static enum err on_part(void *ctx, struct str name, bool has_filename, struct errinfo *e)
{
	struct transcript *t = ctx;
	(void)e;
	REQUIRE(!t->in_part && ++t->parts <= MULTIPART_PARTS_MAX);
	t->in_part = true;
	sbuf_puts(&t->text, has_filename ? "file " : "part ");
	sbuf_json(&t->text, name);
	sbuf_json(&t->text, multipart_filename(t->m));
	return OK;
}

static enum err on_data(void *ctx, struct str piece, struct errinfo *e)
{
	struct transcript *t = ctx;
	(void)e;
	REQUIRE(t->in_part && piece.n);
	sbuf_put(&t->text, piece);
	return OK;
}

static enum err on_part_end(void *ctx, struct errinfo *e)
{
	struct transcript *t = ctx;
	(void)e;
	REQUIRE(t->in_part);
	t->in_part = false;
	sbuf_puts(&t->text, "end ");
	return OK;
}

static const struct multipart_events events = { on_part, on_data, on_part_end };

/* The body in pieces whose sizes go round in `sizes`. */
static enum err feed(struct multipart *m, struct str body, struct str sizes, struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; body.n && !err; i++) {
		struct str piece = str_first(body, 1u + (unsigned char)sizes.p[i % sizes.n]);
		body = str_from(body, piece.n);
		err = multipart_feed(m, piece, e);
	}
	REQUIRE(!err || multipart_feed(m, STR("x"), NULL) != OK);
	return err ? err : multipart_end(m, e);
}

static enum err read_form(struct str type, struct str body, struct str sizes, struct sbuf *ret,
                          struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct transcript t = { .text = sbuf_make(16 * MIB) };
	enum err err = multipart_new(&a, type, &events, &t, &t.m, e);
	if (!err)
		err = feed(t.m, body, sizes, e);
	REQUIRE(err == e->code && (!err || e->detail[0]));
	REQUIRE(err || !t.in_part);
	REQUIRE(sbuf_ok(&t.text));
	*ret = t.text;
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str body = str_make(data, size), type = str_cut(&body, '\n', NULL);
	const struct str sizes[] = { STR("\xff"), STR("\0"), size ? str_make(data, size) : STR("\1") };
	AUTO_SBUF struct sbuf first = { 0 };
	struct errinfo wanted = { 0 };
	(void)read_form(type, body, sizes[0], &first, &wanted);
	for (size_t i = 1; i < sizeof sizes / sizeof *sizes; i++) {
		AUTO_SBUF struct sbuf again = { 0 };
		struct errinfo e = { 0 };
		(void)read_form(type, body, sizes[i], &again, &e);
		REQUIRE(e.code == wanted.code && strcmp(e.detail, wanted.detail) == 0);
		REQUIRE(str_eq(sbuf_str(&again), sbuf_str(&first)));
	}
	return 0;
}

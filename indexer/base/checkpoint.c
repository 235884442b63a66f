/* See checkpoint.h. */
#include "indexer/base/checkpoint.h"

#include "indexer/base/base64.h"

void checkpoint_put(struct sbuf *b, const struct checkpoint *c)
{
	sbuf_put(b, c->origin);
	sbuf_putc(b, '\n');
	sbuf_u64(b, c->size);
	sbuf_putc(b, '\n');
	base64_put(b, str_make(c->root.bytes, sizeof c->root.bytes));
	sbuf_putc(b, '\n');
}

/* One text for one number: no leading zeros. */
static bool read_size(struct str line, uint64_t *ret)
{
	return str_to_u64(line, ret) && (line.n == 1 || line.p[0] != '0');
}

enum err checkpoint_parse(struct str text, struct checkpoint *ret, struct errinfo *e)
{
	struct checkpoint c = { .origin = str_cut(&text, '\n', NULL) };
	struct str size = str_cut(&text, '\n', NULL);
	bool ended = false;
	struct str root = str_cut(&text, '\n', &ended);
	size_t n;
	if (!c.origin.n || !read_size(size, &c.size) || !ended ||
	    !base64_read(root, c.root.bytes, sizeof c.root.bytes, &n) || n != sizeof c.root.bytes)
		return ERR(e, INVALID, "not a checkpoint: origin, size and root, a line each");
	*ret = c;
	return OK;
}

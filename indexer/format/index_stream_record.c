/* Events as bytes. Equal content gives equal bytes, however it is laid out: a kind, then the length
 * and the text of the tag, where there is one, and of a scalar.                             */
#include "indexer/format/index_stream_parts.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/format/yaml_tree.h"

#define KIND_BITS 3u
#define PLAIN_BIT 4u
#define TAG_BIT   8u

/* Most scalars begin as no number and no word of YAML does; its longest words are false and False. */
static bool looks_special(struct str text)
{
	switch (text.n ? text.p[0] : '~') {
	case '~': case '<': case 'y': case 'Y': case 'n': case 'N': case 't': case 'T': case 'f': case 'F':
	case 'o': case 'O':
		return text.n <= 5;
	case '.': case '+': case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6':
	case '7': case '8': case '9':
		return true;
	default:
		return false;
	}
}

bool index_plain_matters(struct str text)
{
	if (!looks_special(text))
		return false;
	const struct node n = { .kind = NODE_SCALAR, .plain = true, .text = text };
	enum node_type type = node_type(&n);
	return (type != NODE_STRING && type != NODE_TIMESTAMP) || str_eq(text, STR("<<"));
}

static size_t text_bytes(struct str s) { return sizeof(uint32_t) + s.n; }

size_t index_event_bytes(const struct index_event *event)
{
	return 1 + (event->tag.n ? text_bytes(event->tag) : 0) +
	       (event->kind == INDEX_SCALAR ? text_bytes(event->text) : 0);
}

static char *put_text(char *to, struct str s)
{
	uint32_t n = (uint32_t)s.n;
	memcpy(to, &n, sizeof n);
	if (n)
		memcpy(to + sizeof n, s.p, n);
	return to + sizeof n + n;
}

bool index_record_put(struct index_record *r, const struct index_event *event)
{
	uint32_t *lines = array_room(r->lines, r->count, &r->capacity, sizeof *lines);
	char *to = lines ? sbuf_reserve(&r->bytes, index_event_bytes(event)) : NULL;
	r->lines = lines ? lines : r->lines;
	if (!to)
		return false;
	lines[r->count++] = event->line;
	*to++ = (char)((unsigned)event->kind | (event->plain ? PLAIN_BIT : 0) |
	               (event->tag.n ? TAG_BIT : 0));
	if (event->tag.n)
		to = put_text(to, event->tag);
	if (event->kind == INDEX_SCALAR)
		to = put_text(to, event->text);
	r->bytes.n = (size_t)(to - r->bytes.p);
	return true;
}

static struct str cut_text(struct str *bytes)
{
	uint32_t n;
	memcpy(&n, bytes->p, sizeof n);
	struct str text = str_make(bytes->p + sizeof n, n);
	*bytes = str_make(text.p + n, bytes->n - sizeof n - n);
	return text;
}

struct index_event index_record_cut(struct str *bytes)
{
	unsigned head = (unsigned char)bytes->p[0];
	struct index_event event = { .kind = head & KIND_BITS, .plain = head & PLAIN_BIT };
	*bytes = str_make(bytes->p + 1, bytes->n - 1);
	if (head & TAG_BIT)
		event.tag = cut_text(bytes);
	if (event.kind == INDEX_SCALAR)
		event.text = cut_text(bytes);
	return event;
}

void index_record_cut_to(struct index_record *r, struct index_mark mark)
{
	r->bytes.n = mark.bytes;
	r->count = mark.count;
}

void index_record_done(struct index_record *r)
{
	sbuf_done(&r->bytes);
	free(r->lines);
	*r = (struct index_record){ .count = 0 };
}

static enum err put_event(struct yaml_tree *t, const struct index_event *event)
{
	const struct yaml_scalar s = { .text = event->text, .tag = event->tag, .plain = event->plain,
	                               .line = event->line, .last_line = event->line };
	switch (event->kind) {
	case INDEX_SCALAR:
		return yaml_tagged_scalar(t, &s);
	case INDEX_END:
		return yaml_tree_close(t);
	default:
		return yaml_tagged_open(t, event->kind == INDEX_MAP, event->tag, STR(""), event->line);
	}
}

enum err index_record_tree(const struct index_record *r, struct index_mark mark, struct arena *a,
                           const struct node **ret, struct errinfo *e)
{
	static const struct yaml_options options = {
		.name = INDEX_STREAM_ENTRY_NAME, .events_max = YAML_EVENTS_MAX,
		.scalar_max_bytes = INDEX_LINE_MAX_BYTES, .aliases = true,
	};
	struct yaml_tree t = { .arena = a, .build = true, .o = &options, .e = e };
	struct str bytes = str_from(sbuf_str(&r->bytes), mark.bytes);
	enum err err = OK;
	for (size_t i = mark.count; bytes.n && !err; i++) {
		struct index_event event = index_record_cut(&bytes);
		event.line = r->lines[i];
		err = put_event(&t, &event);
	}
	if (!err)
		*ret = t.root;
	yaml_tree_done(&t);
	return err;
}

/* The examples of custom resources, which an annotation has, as a text. */
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/annotations.h"
#include "indexer/document/value_text.h"

static void put_example(struct arena *a, const struct node *map, struct sbuf *b)
{
	struct str key;
	for (const struct node_item *i = map->items; i && sbuf_ok(b); i = i->next) {
		if (node_key_string(a, i, &key)) {
			value_block_key(key, 0, b);
			value_block(a, i->value, 0, b);
		} else {
			b->failed = true;
		}
	}
}

enum err annotations_examples(struct arena *a, const struct chart_annotations *n, struct str *ret,
                              size_t *ret_count, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(SIZE_MAX / 2);
	size_t count = 0, whole = 0;
	for (; count < n->crds_example_count; count++) {
		sbuf_puts(&b, count ? "---\n" : "");
		put_example(a, n->crds_examples[count], &b);
		if (b.n > CRD_EXAMPLES_MAX_BYTES)
			break;
		whole = b.n;
	}
	if (!sbuf_ok(&b) || !arena_str(a, str_make(b.p, whole), ret))
		return ERR(e, NOMEM, "examples");
	*ret_count = count;
	return OK;
}

/* Leaves: some hundred lines in one block of memory, with the separators between them. */
#include "indexer/ingest/rope_impl.h"

#include <stdlib.h>

/* What stands in front of a line. The first chart of an index has nothing to close. */
static const struct separators {
	const char *opens_index, *opens_chart, *after_name, *continues_chart;
} separators[] = {
	[ROPE_JSON] = { "", "\n],\n", ":[\n", ",\n" },
	[ROPE_YAML] = { "  ", "  ", ":\n", "" },
};

struct str leaf_name(const struct leaf *l, uint32_t at)
{
	return str_make(l->strings + l->entries[at].name_at, l->entries[at].name_n);
}

struct str leaf_version(const struct leaf *l, uint32_t at)
{
	return str_make(l->strings + l->entries[at].version_at, l->entries[at].version_n);
}

struct str leaf_text(const struct leaf *l, uint32_t at)
{
	return str_make(l->text.p + l->entries[at].line_at, l->entries[at].line_n);
}

/* Where the separator of an entry begins; also right for the entry behind the last one. */
static uint32_t separator_at(const struct leaf *l, uint32_t at)
{
	return at ? l->entries[at - 1].line_at + l->entries[at - 1].line_n : 0;
}

static uint32_t piece_end(const struct leaf *l, uint32_t piece)
{
	return piece + 1 < l->piece_count ? l->pieces[piece + 1].first : l->count;
}

struct str leaf_piece_text(const struct leaf *l, uint32_t piece)
{
	uint32_t from = separator_at(l, l->pieces[piece].first);
	return str_make(l->text.p + from, separator_at(l, piece_end(l, piece)) - from);
}

struct line leaf_line(const struct leaf *l, uint32_t at)
{
	return (struct line){
		.name = leaf_name(l, at),
		.text = leaf_text(l, at),
		.key = { leaf_version(l, at), l->entries[at].created_ns },
		.ends_piece = l->entries[at].ends_piece,
		.member = l->entries[at].member,
		.from = l,
		.at = at,
	};
}

static enum opening opening(const struct str *before, struct str name)
{
	if (!before)
		return OPENS_INDEX;
	return str_eq(*before, name) ? CONTINUES_CHART : OPENS_CHART;
}

bool leaf_may_follow(const struct leaf *l, const struct str *before)
{
	return l->opening == opening(before, leaf_name(l, 0));
}

static void put_separator(struct sbuf *b, const struct separators *s, enum opening o,
                          struct str name)
{
	if (o == CONTINUES_CHART) {
		sbuf_puts(b, s->continues_chart);
		return;
	}
	sbuf_puts(b, o == OPENS_INDEX ? s->opens_index : s->opens_chart);
	sbuf_json(b, name);
	sbuf_puts(b, s->after_name);
}

struct sizes { size_t text, strings, pieces; };

/* Leaves all separators in `scratch`, one behind the other, and their lengths in the lines. */
static struct sizes measure(enum rope_format f, const struct str *before, struct line *lines,
                            size_t count, struct sbuf *scratch)
{
	struct sizes s = { 0 };
	sbuf_reset(scratch);
	for (size_t i = 0; i < count; i++) {
		struct line *l = &lines[i];
		enum opening o = opening(i ? &lines[i - 1].name : before, l->name);
		size_t was = scratch->n;
		put_separator(scratch, &separators[f], o, l->name);
		l->separator_n = (uint32_t)(scratch->n - was);
		s.text += l->separator_n + l->text.n;
		s.strings += l->key.version.n + (i == 0 || o == OPENS_CHART ? l->name.n : 0);
		s.pieces += l->ends_piece || i + 1 == count;
	}
	return s;
}

struct run { char *p; uint32_t n; };
struct writer { struct run strings, text; };

/* One block: the leaf, its entries, its pieces, the strings, the text. */
static struct leaf *allocate(const struct sizes *s, size_t count, struct writer *w)
{
	size_t entries = sizeof(struct leaf) + count * sizeof(struct entry);
	size_t pieces = s->pieces * sizeof(struct leaf_piece);
	char *block = malloc(entries + pieces + s->strings + s->text);
	if (!block)
		return NULL;
	struct leaf *l = (struct leaf *)block;
	w->strings.p = block + entries + pieces;
	w->text.p = w->strings.p + s->strings;
	*l = (struct leaf){
		.count = (uint32_t)count,
		.text = str_make(w->text.p, s->text),
		.strings = w->strings.p,
		.pieces = (struct leaf_piece *)(block + entries),
	};
	atomic_init(&l->refs, 1);
	return l;
}

/* Returns where it begins. */
static uint32_t put(struct run *to, struct str s)
{
	uint32_t at = to->n;
	if (s.n)
		memcpy(to->p + at, s.p, s.n);
	to->n += (uint32_t)s.n;
	return at;
}

static void fill(struct leaf *leaf, const struct line *lines, struct writer *w,
                 const char *separator)
{
	for (uint32_t i = 0; i < leaf->count; i++) {
		const struct line *l = &lines[i];
		struct entry *entry = &leaf->entries[i];
		bool begins = i == 0 ? leaf->opening != CONTINUES_CHART
		                     : !str_eq(l->name, lines[i - 1].name);
		leaf->chart_count += begins;
		(void)put(&w->text, str_make(separator, l->separator_n));
		separator += l->separator_n;
		*entry = (struct entry){
			.created_ns = l->key.created_ns,
			.line_at = put(&w->text, l->text),
			.line_n = (uint32_t)l->text.n,
			.name_n = (uint16_t)l->name.n,
			.version_n = (uint16_t)l->key.version.n,
			.ends_piece = l->ends_piece,
			.member = l->member,
		};
		entry->name_at = begins || i == 0 ? put(&w->strings, l->name) : entry[-1].name_at;
		entry->version_at = put(&w->strings, l->key.version);
	}
}

/* The piece of an older leaf that has exactly these lines behind the same separator, or NULL.
 * Equal lengths are equal separators: the kinds differ in length, the name is the same.      */
static struct piece *find_piece(const struct line *lines, uint32_t count)
{
	const struct leaf *from = lines->from;
	if (!from)
		return NULL;
	uint32_t first = lines->at, i = 0;
	while (i < from->piece_count && from->pieces[i].first < first)
		i++;
	if (i == from->piece_count || from->pieces[i].first != first)
		return NULL;
	if (piece_end(from, i) - first != count)
		return NULL;
	if (lines->separator_n != from->entries[first].line_at - separator_at(from, first))
		return NULL;
	for (uint32_t k = 1; k < count; k++)
		if (lines[k].from != from || lines[k].at != first + k)
			return NULL;
	return from->pieces[i].piece;
}

static bool add_piece(struct leaf *leaf, const struct line *lines, uint32_t first, uint32_t end)
{
	struct piece *old = find_piece(lines + first, end - first);
	struct piece *piece = old ? piece_ref(old) : piece_new();
	if (!piece)
		return false;
	leaf->pieces[leaf->piece_count++] = (struct leaf_piece){ piece, first };
	return true;
}

static bool add_pieces(struct leaf *leaf, const struct line *lines)
{
	uint32_t first = 0;
	for (uint32_t i = 0; i < leaf->count; i++) {
		if (!lines[i].ends_piece && i + 1 < leaf->count)
			continue;
		if (!add_piece(leaf, lines, first, i + 1))
			return false;
		first = i + 1;
	}
	return true;
}

enum err leaf_new(enum rope_format f, const struct str *before, struct line *lines, size_t count,
                  struct sbuf *scratch, struct leaf **ret, struct errinfo *e)
{
	struct sizes s = measure(f, before, lines, count, scratch);
	struct writer w = { 0 };
	if (!sbuf_ok(scratch))
		return ERR(e, NOMEM, "index separators");
	if (s.text > LEAF_MAX_BYTES || s.strings > LEAF_MAX_BYTES)
		return ERR(e, TOO_LARGE, "index leaf of %zu bytes", s.text + s.strings);
	struct leaf *leaf = allocate(&s, count, &w);
	if (!leaf)
		return ERR(e, NOMEM, "index leaf of %zu bytes", s.text);
	leaf->opening = opening(before, lines->name);
	fill(leaf, lines, &w, scratch->p);
	if (!add_pieces(leaf, lines)) {
		leaf_unref(leaf);
		return ERR(e, NOMEM, "index leaf");
	}
	*ret = leaf;
	return OK;
}

struct leaf *leaf_ref(struct leaf *l)
{
	atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
	return l;
}

void leaf_unref(struct leaf *l)
{
	if (!l || atomic_fetch_sub_explicit(&l->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (uint32_t i = 0; i < l->piece_count; i++)
		piece_unref(l->pieces[i].piece);
	free(l);
}

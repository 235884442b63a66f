/* See diff_check.h. */
#include "tests/lib/diff_check.h"

struct position {
	struct str rest;                 /* of the old text */
	uint32_t old_line, new_line;     /* the next ones */
	uint32_t removed, added;
};

static bool take_old(struct position *p, const struct diff_line *line)
{
	bool ended;
	struct str text = str_cut(&p->rest, '\n', &ended);
	return line->old_line == p->old_line++ && str_eq(text, line->text) && ended == !line->unended;
}

static void put_new(struct position *p, struct str text, bool ended, struct sbuf *b)
{
	sbuf_put(b, text);
	if (ended)
		sbuf_putc(b, '\n');
	p->new_line++;
}

static bool do_line(struct position *p, const struct diff_line *line, struct sbuf *b)
{
	if (line->kind != DIFF_NEW && !take_old(p, line))
		return false;
	if (line->new_line != (line->kind == DIFF_OLD ? 0 : p->new_line) ||
	    (line->kind == DIFF_NEW && line->old_line))
		return false;
	p->removed += line->kind == DIFF_OLD;
	p->added += line->kind == DIFF_NEW;
	if (line->kind != DIFF_OLD)
		put_new(p, line->text, !line->unended, b);
	return true;
}

static void copy_line(struct position *p, struct sbuf *b)
{
	bool ended;
	struct str text = str_cut(&p->rest, '\n', &ended);
	p->old_line++;
	put_new(p, text, ended, b);
}

static bool do_hunk(struct position *p, const struct diff_hunk *h, struct sbuf *b)
{
	uint32_t first = h->old_from + !h->old_count;    /* without a line it names the one before */
	while (p->old_line < first && p->rest.n)
		copy_line(p, b);
	uint32_t old = p->old_line, new = p->new_line;
	if (old != first || new != h->new_from + !h->new_count || !h->count)
		return false;
	for (size_t i = 0; i < h->count; i++)
		if (!do_line(p, &h->lines[i], b))
			return false;
	return p->old_line == old + h->old_count && p->new_line == new + h->new_count;
}

bool diff_apply(const struct diff *d, struct str old, struct sbuf *ret)
{
	struct position p = { old, 1, 1, 0, 0 };
	for (size_t i = 0; i < d->hunk_count; i++)
		if (!do_hunk(&p, &d->hunks[i], ret))
			return false;
	while (p.rest.n)
		copy_line(&p, ret);
	return p.removed == d->removed && p.added == d->added && sbuf_ok(ret);
}

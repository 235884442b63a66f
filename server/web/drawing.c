/* A layout as SVG. Links are anchors around a box; lines come first, so that boxes cover their ends. */
#include "server/web/drawing.h"

#include "indexer/document/html.h"
#include "server/web/out.h"

#define HEAD 6                       /* of a line */
#define PAD 14

static void put_line(struct sbuf *b, const struct drawing_line *line, const char *class)
{
	const struct drawing_point *p = line->points;
	sbuf_printf(b, "<path class=\"edge%s%s\" d=\"M%d %d", class ? " " : "", class ?: "", p->x, p->y);
	for (size_t i = 1; i < line->count; i++) {
		int middle = (p[i - 1].x + p[i].x) / 2;
		if (i % 2)
			sbuf_printf(b, "H%d", p[i].x);
		else
			sbuf_printf(b, "C%d %d %d %d %d %d", middle, p[i - 1].y, middle, p[i].y, p[i].x, p[i].y);
	}
	p += line->count - 1;
	sbuf_printf(b, "M%d %dL%d %dL%d %d\"/>\n", p->x - HEAD, p->y - HEAD / 2, p->x, p->y, p->x - HEAD,
	            p->y + HEAD / 2);
}

static void put_label(struct sbuf *b, const struct drawing_line *line)
{
	if (!line->label.n)
		return;
	sbuf_printf(b, "<text class=\"edge-label\" x=\"%d\" y=\"%d\" text-anchor=\"end\">",
	            line->label_end.x, line->label_end.y);
	html_escape(b, line->label);
	sbuf_puts(b, "</text>\n");
}

static void put_text(struct sbuf *b, const char *class, int x, int y, struct str text)
{
	sbuf_printf(b, "<text%s x=\"%d\" y=\"%d\">", class, x, y);
	html_escape(b, text);
	sbuf_puts(b, "</text>");
}

static void put_node(struct sbuf *b, const struct drawing_node *n, const struct drawing_layout *l,
                     size_t i)
{
	const struct drawing_box *box = &l->boxes[i];
	int middle = box->y + box->height / 2;
	if (n->link.n) {
		sbuf_puts(b, "<a href=\"");
		out_url_str(b, n->link);
		sbuf_puts(b, "\">");
	}
	sbuf_printf(b, "<g class=\"node%s%s\">", n->class ? " " : "", n->class ?: "");
	if (n->title.n) {
		sbuf_puts(b, "<title>");
		html_escape(b, n->title);
		sbuf_puts(b, "</title>");
	}
	sbuf_printf(b, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>", box->x, box->y, box->width,
	            box->height);
	put_text(b, "", box->x + PAD, middle - 3, l->names[i]);
	put_text(b, " class=\"sub\"", box->x + PAD, middle + 13, l->notes[i]);
	sbuf_puts(b, n->link.n ? "</g></a>\n" : "</g>\n");
}

enum err drawing_svg(struct arena *a, const struct drawing *d, struct sbuf *b, struct errinfo *e)
{
	struct drawing_layout l;
	enum err err = drawing_layout(a, d, &l, e);
	if (err)
		return err;
	sbuf_printf(b, "<svg width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"group\" aria-label=\"",
	            l.width, l.height, l.width, l.height);
	html_escape(b, d->title);
	sbuf_puts(b, "\">\n<desc>");
	html_escape(b, d->description);
	sbuf_puts(b, "</desc>\n");
	for (size_t i = 0; i < d->edge_count; i++)
		if (l.lines[i].count)
			put_line(b, &l.lines[i], d->edges[i].class);
	for (size_t i = 0; i < d->edge_count; i++)
		if (l.lines[i].count)
			put_label(b, &l.lines[i]);
	for (size_t i = 0; i < d->node_count; i++)
		put_node(b, &d->nodes[i], &l, i);
	sbuf_puts(b, "</svg>\n");
	return sbuf_ok(b) ? OK : ERR(e, NOMEM, "drawing");
}

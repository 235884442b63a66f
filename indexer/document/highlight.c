/* Lines one after the other; the pen that writes them as spans. */
#include "indexer/document/highlight.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/highlight_parts.h"
#include "indexer/document/text_lines.h"

/* One character of a line as HTML at most: <span class="hl-variable">&quot;</span>. */
#define COLOURED_MAX_BYTES 40u
#define ESCAPED_MAX_BYTES 6u

enum highlight_language highlight_language(struct str path)
{
	static const struct { const char *ending; enum highlight_language language; } endings[] = {
		{ ".yaml", HIGHLIGHT_YAML }, { ".yml", HIGHLIGHT_YAML }, { ".tpl", HIGHLIGHT_YAML },
		{ ".lock", HIGHLIGHT_YAML }, { ".json", HIGHLIGHT_JSON },
	};
	enum highlight_language other = HIGHLIGHT_TEXT;
	if (str_starts(path, STR("templates/")))
		other = HIGHLIGHT_TEMPLATE;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (str_ends(path, str_c(endings[i].ending)))
			return other && endings[i].language == HIGHLIGHT_JSON ? other : endings[i].language;
	return other;
}

static void write_run(struct pen *p)
{
	static const char *const words[] = {
#define X(name, word) word,
		HIGHLIGHT_CLASSES(X)
#undef X
	};
	struct str run = str_first(str_from(p->line, p->from), p->at - p->from);
	if (p->class && run.n)
		sbuf_printf(p->out, "<span class=\"%s\">", words[p->class]);
	html_escape(p->out, run);
	if (p->class && run.n)
		sbuf_puts(p->out, "</span>");
	p->from = p->at;
}

void pen_paint(struct pen *p, size_t end, enum highlight_class class)
{
	if (end > p->at && class != p->class) {
		write_run(p);
		p->class = class;
	}
	p->at = end;
}

static void write_line(struct pen *p, enum highlight_language language)
{
	if (p->line.n > HIGHLIGHT_LINE_MAX_BYTES)
		language = HIGHLIGHT_TEXT;
	switch (language) {
	case HIGHLIGHT_YAML:     highlight_yaml(p); break;
	case HIGHLIGHT_JSON:     highlight_flow(p, false); break;
	case HIGHLIGHT_TEMPLATE: highlight_text(p, p->line.n, HIGHLIGHT_PLAIN); break;
	case HIGHLIGHT_TEXT:     pen_paint(p, p->line.n, HIGHLIGHT_PLAIN); break;
	}
	write_run(p);
}

static bool has_room(const struct sbuf *b, struct str line)
{
	size_t each = line.n > HIGHLIGHT_LINE_MAX_BYTES ? ESCAPED_MAX_BYTES : COLOURED_MAX_BYTES;
	return line.n * each <= HIGHLIGHT_HTML_MAX_BYTES - b->n;
}

/* The lines into `out`, their lengths into `h`. */
static void write_lines(struct str text, enum highlight_language language, size_t most,
                        struct sbuf *out, struct highlighted *h)
{
	struct pen p = { .out = out };
	while (text.n && h->count < most) {
		size_t before = out->n;
		p.line = str_cut_line(&text);
		p.at = p.from = 0;
		p.class = HIGHLIGHT_PLAIN;
		if (!has_room(out, p.line)) {
			h->cut = true;
			return;
		}
		write_line(&p, language);
		h->lines[h->count++].text.n = out->n - before;
	}
	h->cut |= text.n > 0;
}

enum err highlight(struct arena *a, struct str text, enum highlight_language language,
                   struct highlighted *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf out = sbuf_make(HIGHLIGHT_HTML_MAX_BYTES);
	struct highlighted h = { .cut = text.n > HIGHLIGHT_MAX_BYTES };
	struct str all;
	text = str_first(str_without_mark(text), HIGHLIGHT_MAX_BYTES);
	size_t lines = text_count_lines(text), most = lines < HIGHLIGHT_LINES_MAX ? lines : HIGHLIGHT_LINES_MAX;
	h.lines = arena_array(a, most, sizeof *h.lines);
	if (!h.lines)
		return ERR(e, NOMEM, "lines");
	write_lines(text, language, most, &out, &h);
	if (!sbuf_ok(&out) || !arena_str(a, sbuf_str(&out), &all))
		return ERR(e, NOMEM, "lines");
	for (size_t i = 0; i < h.count; i++) {
		h.lines[i].text.p = all.p;
		all = str_from(all, h.lines[i].text.n);
	}
	*ret = h;
	return OK;
}

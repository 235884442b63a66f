/* See chart_page.h. */
#include "server/web/chart_page.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/document/html.h"

static enum err render(struct chart_frame *f, struct sbuf *body, struct errinfo *e)
{
	struct chart_view v = { .f = f };
	AUTO_SBUF struct sbuf text = page_body();
	v.has_readme = f->contents && f->contents->chart.readme.n;
	if (v.has_readme) {
		sbuf_puts(&text, "<pre>");
		html_escape(&text, f->contents->chart.readme);
		sbuf_puts(&text, "</pre>");
	}
	if (!sbuf_ok(&text))
		return ERR(e, NOMEM, "README");
	v.readme = (struct html){ sbuf_str(&text) };
	html_chart_body(body, &f->page, &v);
	return OK;
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf body = page_body();
	AUTO_FRAME struct chart_frame f = { 0 };
	enum err err = frame_open(c, TAB_README, &f, e);
	if (!err)
		err = render(&f, &body, e);
	return err ? err : frame_respond(&f, &body, s, e);
}

enum err chart_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), answer, e);
}

/* The components with made-up contents, which are constant: the tests compare the whole page. */
#include "server/web/styleguide.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "server/web/page.h"

enum err styleguide_page(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf body = page_body();
	struct page p;
	page_init(&p, c);
	p.title = STR("Style guide");
	styleguide(&body, &p);
	return page_respond(&p, 200, &body, s, e);
}

/* See row.h. */
#include "server/web/row.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/route/logo.h"

/* A mark is opened and closed for a letter at least. */
#define MARKED_MAX_BYTES (ROW_TEXT_SHOWN_BYTES * 32)

/* The beginning of a text, ROW_TEXT_SHOWN_BYTES of it, with what stands between \x02 and \x03 marked. */
static bool marked_text(struct arena *a, struct str text, struct html *ret)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MARKED_MAX_BYTES);
	size_t room = ROW_TEXT_SHOWN_BYTES;
	bool open = false, cut = false;
	while (text.n && !cut) {
		size_t n = 0;
		while (n < text.n && text.p[n] != '\x02' && text.p[n] != '\x03')
			n++;
		struct str shown = str_fit(str_first(text, n), room);
		html_escape(&b, shown);
		room -= shown.n;
		cut = shown.n < n;
		if (!cut && n < text.n && open != (text.p[n] == '\x02')) {
			open = !open;
			sbuf_puts(&b, open ? "<mark>" : "</mark>");
		}
		text = str_from(text, n + 1);
	}
	sbuf_puts(&b, open ? "</mark>" : "");
	sbuf_puts(&b, cut ? "…" : "");
	return sbuf_ok(&b) && arena_str(a, sbuf_str(&b), &ret->text);
}

const char *origin_mark(enum hub_origin origin)
{
	static const char *const words[ORIGIN_COUNT] = {
		[ORIGIN_CACHED] = "cached", [ORIGIN_REMOTE] = "upstream",
	};
	return words[origin];
}

struct mark signature_mark(struct str verdict)
{
	static const struct { const char *verdict; struct mark mark; } table[] = {
		{ "", { NULL, NULL } }, { "good", { "signed", "good" } },
		{ "unchecked", { "signed, not checked", "" } }, { "unknown_key", { "signed, unknown key", "warn" } },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_eq_c(verdict, table[i].verdict))
			return table[i].mark;
	return (struct mark){ "bad signature", "bad" };
}

bool row_of_chart(struct links *l, const struct hub_chart *c, int64_t now_ns, struct chart_row *ret)
{
	const struct chart_meta *m = &c->entry.meta;
	*ret = (struct chart_row){
		.repo = c->repo, .name = c->name, .version = m->version, .app_version = m->app_version,
		.link = link_chart(l, c->repo, c->name, STR("")), .signature = signature_mark(c->signature),
		.library = c->library, .deprecated = m->deprecated, .prerelease = c->prerelease,
		.origin = origin_mark(c->origin), .pulls = atomic_load(&c->pulls),
		.released_ns = c->entry.created_ns, .now_ns = now_ns,
	};
	if (logo_is_here(l->app, c))
		ret->icon = link_icon(l, c->repo, c->name);
	return marked_text(l->a, m->description, &ret->description);
}

bool row_of_hit(struct arena *a, struct links *l, const struct hub_hit *hit, int64_t now_ns,
                struct chart_row *ret)
{
	if (!row_of_chart(l, hit->chart, now_ns, ret))
		return false;
	ret->used_by = hit->used_by;
	ret->snippet_where = hit->found_in;
	return (!hit->snippet.n || marked_text(a, hit->snippet, &ret->snippet)) &&
	       (!hit->description.n || marked_text(a, hit->description, &ret->description));
}

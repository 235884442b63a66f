/* See badge.h. Nobody measures text on a server: widths are those of a common sans serif, and
 * textLength makes the browser keep to them.                                                 */
#include "server/web/badge.h"

#include "indexer/base/auto.h"
#include "indexer/format/semver.h"
#include "server/route/packed.h"
#include "server/route/viewer.h"
#include "server/route/xml.h"

#define SVG_TYPE "image/svg+xml"
#define SVG_MAX_BYTES (16u * KIB)
#define PADDING 7u
#define TENTHS 10u                   /* of a pixel: the unit of widths */

/* White on these has a contrast of 4.5:1 and more. */
#define LABEL_COLOUR "#454c57"
#define BLUE "#1d5fa8"
#define GREEN "#1b7440"
#define AMBER "#8f5a00"
#define GREY "#66707c"

struct badge {
	struct str label, text;
	const char *colour;
};

/* ---- drawing ---- */

/* At 11 pixels, in tenths. */
static unsigned char_width(unsigned char c)
{
	if (c >= 0x80)
		return (c & 0xc0) == 0x80 ? 0 : 90;      /* once a character, and wide ones are rare */
	if (memchr("iljI.,:;|!'", c, 11))
		return 36;
	if (memchr("frt-()[]/ \"", c, 11))
		return 45;
	if (memchr("mwMW%@", c, 6))
		return 100;
	return c >= 'A' && c <= 'Z' ? 76 : 66;
}

static unsigned width_of(struct str text)
{
	unsigned tenths = 0;
	for (size_t i = 0; i < text.n; i++)
		tenths += char_width((unsigned char)text.p[i]);
	return (tenths + TENTHS - 1) / TENTHS;
}

static void put_words(struct sbuf *b, struct str text, unsigned x, unsigned width)
{
	sbuf_printf(b, "<text x=\"%u\" y=\"14\" textLength=\"%u\">", x, width);
	xml_text(b, text);
	sbuf_puts(b, "</text>");
}

static void draw(struct sbuf *b, const struct badge *badge)
{
	struct str label = str_fit(badge->label, BADGE_TEXT_MAX_BYTES);
	struct str text = str_fit(badge->text, BADGE_TEXT_MAX_BYTES);
	unsigned left = width_of(label), right = width_of(text);
	unsigned middle = left + 2 * PADDING, whole = middle + right + 2 * PADDING;
	sbuf_printf(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"20\" role=\"img\""
	            " viewBox=\"0 0 %u 20\" aria-label=\"", whole, whole);
	xml_text(b, label);
	sbuf_puts(b, ": ");
	xml_text(b, text);
	sbuf_puts(b, "\"><title>");
	xml_text(b, label);
	sbuf_puts(b, ": ");
	xml_text(b, text);
	sbuf_printf(b, "</title><clipPath id=\"r\"><rect width=\"%u\" height=\"20\" rx=\"4\"/></clipPath>"
	            "<g clip-path=\"url(#r)\"><rect width=\"%u\" height=\"20\" fill=\"" LABEL_COLOUR "\"/>"
	            "<rect x=\"%u\" width=\"%u\" height=\"20\" fill=\"%s\"/></g>"
	            "<g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,Geneva,sans-serif\" font-size=\"11\">",
	            whole, middle, middle, right + 2 * PADDING, badge->colour);
	put_words(b, label, PADDING, left);
	put_words(b, text, middle + PADDING, right);
	sbuf_puts(b, "</g></svg>\n");
}

/* ---- what they say ---- */

static struct badge version_badge(const struct hub_chart *c)
{
	const struct chart_meta *m = &c->entry.meta;
	return (struct badge){ m->name, m->version, m->deprecated ? GREY : c->prerelease ? AMBER : BLUE };
}

static struct badge app_badge(const struct hub_chart *c)
{
	struct str app = c->entry.meta.app_version;
	return (struct badge){ STR("app"), app.n ? app : STR("unknown"), app.n ? BLUE : GREY };
}

static struct badge signed_badge(const struct hub_chart *c)
{
	static const struct { const char *word, *text, *colour; } table[] = {
		{ "good", "signed", GREEN }, { "", "not signed", GREY },
		{ "unchecked", "signed, unchecked", AMBER }, { "unknown_key", "signed by an unknown key", AMBER },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_eq_c(c->signature, table[i].word))
			return (struct badge){ STR("chart"), str_c(table[i].text), table[i].colour };
	return (struct badge){ STR("chart"), STR("signature is not good"), AMBER };
}

/* ---- answers ---- */

typedef struct badge badge_of(const struct hub_chart *c);

static enum err send(struct call *c, badge_of *of, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(SVG_MAX_BYTES);
	struct hub_chart *chart = hub_chart_get(call_hub(c), c->repo, c->name);
	if (!chart)
		return ERR(e, NOT_FOUND, "there is no chart \"%.*s\" in %.*s", STR_ARG(c->name),
		           STR_ARG(c->repo));
	struct badge badge = of(chart);
	draw(&b, &badge);
	hub_chart_unref(chart);
	enum err err = respond_packed(c, 200, SVG_TYPE, &b, s, e);
	if (!err)
		response_header(s, "Content-Security-Policy", PICTURE_POLICY);
	return err;
}

static enum err send_version(struct call *c, struct response *s, struct errinfo *e)
{
	return send(c, version_badge, s, e);
}

static enum err send_app(struct call *c, struct response *s, struct errinfo *e)
{
	return send(c, app_badge, s, e);
}

static enum err send_signed(struct call *c, struct response *s, struct errinfo *e)
{
	return send(c, signed_badge, s, e);
}

enum err badge_version(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), send_version, e);
}

enum err badge_app(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), send_app, e);
}

enum err badge_signed(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), send_signed, e);
}

enum err badge_short(struct call *c, struct response *s, struct errinfo *e)
{
	if (str_ends(c->name, STR(".svg")))
		c->name = str_first(c->name, c->name.n - STR(".svg").n);
	return badge_version(c, s, e);
}

/* Colours are checked against the papers of static/site.css, so that no setting makes text that cannot
 * be read.                                                                                   */
#include "server/web/site.h"

#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/hash.h"
#include "indexer/format/gzip.h"
#include "server/web/colour.h"

#define LEAST_CONTRAST 4.5
#define SOFT_SHARE 0.12              /* of the accent in what is chosen */
#define RULES_MAX_BYTES 512u

/* static/NAME, as build/gen/static.c has it. */
extern const char site_css[], site_js[], favicon_svg[];

/* ---- colours ---- */

/* --paper, --soft and --accent-ink of the palette in static/site.css; a test compares them. */
static const struct theme { const char *name; struct colour paper, soft, ink; } themes[] = {
	{ "light", { 0xfd, 0xfc, 0xfa }, { 0xf5, 0xf3, 0xee }, { 0xff, 0xff, 0xff } },
	{ "dark",  { 0x14, 0x17, 0x1c }, { 0x1c, 0x20, 0x27 }, { 0x0f, 0x18, 0x20 } },
};

static enum err check_accent(const char *value, const struct theme *t, struct colour *ret,
                             struct errinfo *e)
{
	if (!colour_parse(str_c(value), ret))
		return ERR(e, CONFIG, "\"%s\" is not a colour like #1f5f8b", value);
	struct colour soft = colour_mix(*ret, t->paper, SOFT_SHARE);
	const struct { const char *what; struct colour under; } rows[] = {
		{ "the page", t->paper }, { "a box", t->soft }, { "what is chosen", soft },
		{ "a button", t->ink },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		double contrast = colour_contrast(*ret, rows[i].under);
		if (contrast < LEAST_CONTRAST)
			return ERR(e, CONFIG, "%s cannot be read on %s in the %s theme: the contrast is %.2f, "
			           "%.1f is needed", value, rows[i].what, t->name, contrast, LEAST_CONTRAST);
	}
	return OK;
}

enum err site_check_accent(const char *value, struct errinfo *e)
{
	struct colour c;
	return *value ? check_accent(value, &themes[0], &c, e) : OK;
}

enum err site_check_accent_dark(const char *value, struct errinfo *e)
{
	struct colour c;
	return *value ? check_accent(value, &themes[1], &c, e) : OK;
}

static void put_rule(struct sbuf *b, const char *name, struct colour light, struct colour dark)
{
	sbuf_printf(b, "--%s:light-dark(#%02x%02x%02x,#%02x%02x%02x);", name, light.red, light.green,
	            light.blue, dark.red, dark.green, dark.blue);
}

static enum err put_colours(struct sbuf *b, const struct site_options *o, struct errinfo *e)
{
	const char *values[] = { o->accent, o->accent_dark };
	static const struct colour usual[] = { { 0x1f, 0x5f, 0x8b }, { 0x7d, 0xb8, 0xe0 } };
	struct colour accent[2] = { usual[0], usual[1] }, soft[2];
	for (size_t i = 0; i < 2; i++) {
		enum err err = OK;
		if (values[i] && *values[i])
			err = check_accent(values[i], &themes[i], &accent[i], e);
		if (err)
			return err;
		soft[i] = colour_mix(accent[i], themes[i].paper, SOFT_SHARE);
	}
	if (!memcmp(accent, usual, sizeof usual))
		return OK;
	sbuf_puts(b, ":root{");
	put_rule(b, "accent", accent[0], accent[1]);
	put_rule(b, "accent-soft", soft[0], soft[1]);
	sbuf_puts(b, "}\n");
	return OK;
}

/* ---- files ---- */

/* `own`: the memory of the bytes, which is taken over; NULL: they are static. */
static void add(struct site *s, const char *name, const char *type, struct str bytes, char *own)
{
	s->assets[s->asset_count++] = (struct asset){ .name = name, .type = type, .bytes = bytes, .own = own };
}

struct str site_packed(struct site *s, struct asset *a)
{
	size_t n;
	(void)pthread_mutex_lock(&s->packing);
	if (!a->was_packed && !gzip_pack(a->bytes, GZIP_SMALLEST, &a->own_packed, &n, NULL) && n < a->bytes.n)
		a->packed = str_make(a->own_packed, n);
	a->was_packed = true;
	struct str packed = a->packed;
	(void)pthread_mutex_unlock(&s->packing);
	return packed;
}

static enum err add_stylesheet(struct site *s, const struct site_options *o, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(strlen(site_css) + RULES_MAX_BYTES);
	sbuf_puts(&b, site_css);
	enum err err = put_colours(&b, o, e);
	if (err || !sbuf_ok(&b))
		return err ? err : ERR(e, NOMEM, "stylesheet");
	size_t n = b.n;
	char *bytes = sbuf_take(&b);
	add(s, "site.css", "text/css; charset=utf-8", str_make(bytes, n), bytes);
	return OK;
}

static const char *type_of_logo(struct str bytes)
{
	static const struct { struct str at_first; const char *type; } types[] = {
		{ { "<svg", 4 }, "image/svg+xml" }, { { "<?xml", 5 }, "image/svg+xml" },
		{ { "\x89PNG\r\n", 6 }, "image/png" }, { { "\xff\xd8\xff", 3 }, "image/jpeg" },
		{ { "RIFF", 4 }, "image/webp" },
	};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (str_starts(bytes, types[i].at_first))
			return types[i].type;
	return NULL;
}

static enum err add_logo(struct site *s, const char *path, struct errinfo *e)
{
	char *bytes;
	size_t n;
	if (!path || !*path)
		return OK;
	enum err err = fs_read_named(path, SITE_LOGO_MAX_BYTES, &bytes, &n, e);
	if (err) {
		err_prefix(e, "site.logo: %s", path);
		return err;
	}
	const char *type = type_of_logo(str_make(bytes, n));
	if (!type) {
		free(bytes);
		return ERR(e, CONFIG, "site.logo: %s is no SVG, PNG, JPEG or WebP", path);
	}
	add(s, "logo", type, str_make(bytes, n), bytes);
	s->has_logo = true;
	return OK;
}

static enum err name_version(struct site *s, struct errinfo *e)
{
	struct sha256_stream *hash = sha256_new();
	struct sha256 digest;
	char hex[SHA256_HEX_BYTES + 1];
	bool fine = hash;
	for (size_t i = 0; i < s->asset_count && fine; i++)
		fine = sha256_add(hash, s->assets[i].bytes);
	fine = fine && sha256_end(hash, &digest);
	sha256_free(hash);
	if (!fine)
		return ERR(e, NOMEM, "pages");
	sha256_hex(&digest, hex);
	(void)snprintf(s->version, sizeof s->version, "%.12s", hex);
	return OK;
}

/* ---- the site ---- */

enum err site_new(const struct site_options *o, struct site **ret, struct errinfo *e)
{
	struct site *s = calloc(1, sizeof *s);
	if (!s)
		return ERR(e, NOMEM, "pages");
	(void)pthread_mutex_init(&s->packing, NULL);
	s->name = o->name && *o->name ? str_c(o->name) : STR("Chartlocker");
	s->message = str_c(o->message);
	enum err err = add_stylesheet(s, o, e);
	if (!err) {
		add(s, "site.js", "text/javascript; charset=utf-8", str_c(site_js), NULL);
		add(s, "favicon.svg", "image/svg+xml", str_c(favicon_svg), NULL);
		err = add_logo(s, o->logo, e);
	}
	if (!err)
		err = name_version(s, e);
	if (err) {
		site_free(s);
		return err;
	}
	*ret = s;
	return OK;
}

void site_free(struct site *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->asset_count; i++) {
		free(s->assets[i].own);
		free(s->assets[i].own_packed);
	}
	(void)pthread_mutex_destroy(&s->packing);
	free(s);
}

struct asset *site_asset(struct site *s, struct str name)
{
	for (size_t i = 0; i < s->asset_count; i++)
		if (str_eq_c(name, s->assets[i].name))
			return &s->assets[i];
	return NULL;
}

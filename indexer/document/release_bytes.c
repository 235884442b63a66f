/* How much of a Secret a release takes. Helm keeps the chart's own files, what it rendered and the values as
 * JSON (files in base64), compressed, and in base64 again; of subcharts only what they became. */
#include "indexer/base/auto.h"
#include "indexer/base/base64.h"
#include "indexer/base/flate.h"
#include "indexer/base/limits.h"
#include "indexer/document/readiness_parts.h"
#include "indexer/document/text_lines.h"
#include "indexer/template/render.h"

#define STEP_BYTES (1u * MIB)        /* compressed at a time */

static bool is_own_file(struct str name)
{
	return !str_starts(name, STR("charts/")) && !str_eq(name, STR("values.yaml")) &&
	       !str_eq(name, STR("Chart.yaml"));
}

/* Of crds/, or of a kind of hook that Helm 3 has no more: it leaves those out. */
static bool is_left_out(const struct rendered_file *f)
{
	return memmem(f->name.p, f->name.n, "/crds/", 6) ||
	       (f->text.n && memmem(f->text.p, f->text.n, "crd-install", 11));
}

/* What of values.yaml is left of it in JSON. */
static void put_values(struct sbuf *b, struct str text)
{
	struct text_lines lines = { text, 0 };
	struct str line;
	while (text_next_line(&lines, &line)) {
		struct str said = str_trim(line);
		if (said.n && said.p[0] != '#')
			sbuf_put(b, said);
	}
}

/* Until it is more than is told. */
static enum err compress(struct str text, size_t *ret, struct errinfo *e)
{
	struct pieces p = { .level = RELEASE_GZIP_LEVEL };
	struct str out;
	enum err err = OK;
	for (*ret = 0; text.n && !err && *ret < RELEASE_TOLD_MAX_BYTES; text = str_from(text, STEP_BYTES)) {
		err = pieces_pack(&p, str_first(text, STEP_BYTES), text.n <= STEP_BYTES, &out, e);
		*ret += err ? 0 : out.n;
	}
	pieces_done(&p);
	return err;
}

enum err release_bytes(const struct chart *c, const struct rendered *x, size_t *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(2 * CHART_UNPACKED_MAX_BYTES + RENDER_ALL_MAX_BYTES);
	size_t raw = 0;
	for (size_t i = 0; i < c->members.count; i++)
		raw += is_own_file(c->members.members[i].name) ? c->members.members[i].data.n : 0;
	for (size_t i = 0; i < x->count; i++)
		raw += x->files[i].text.n;
	*ret = 0;
	if (raw < RELEASE_MAX_BYTES / 2)
		return OK;
	for (size_t i = 0; i < c->members.count; i++) {
		const struct tar_member *m = &c->members.members[i];
		if (!is_own_file(m->name))
			continue;
		sbuf_put(&b, m->name);
		base64_put(&b, m->data);
	}
	put_values(&b, c->values);
	for (size_t i = 0; i < x->count; i++)
		if (!is_left_out(&x->files[i]))
			sbuf_put(&b, x->files[i].text);
	enum err err = sbuf_ok(&b) ? compress(sbuf_str(&b), ret, e) : ERR(e, NOMEM, "release");
	*ret = (*ret + 2) / 3 * 4;
	return err;
}

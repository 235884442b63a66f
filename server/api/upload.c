/* Uploads as ChartMuseum's clients send them, and the answers that they understand. */
#include "server/api/upload.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/format/name.h"
#include "server/api/chartmuseum_words.h"
#include "server/api/json_parts.h"
#include "server/manage/intake.h"

#define ANSWER_MAX_BYTES (16u * KIB)

struct upload {
	struct intake intake;
	struct multipart *multipart;     /* NULL: the body is the file itself */
	bool slot;
};

/* ---- receiving ---- */

static bool is_field(struct str name, const char *usual, const char *own)
{
	return str_eq_c(name, usual) || (own && str_eq_c(name, own));
}

static enum err on_part(void *ctx, struct str name, bool has_filename, struct errinfo *e)
{
	struct call *c = ctx;
	struct intake *x = &((struct upload *)c->data)->intake;
	x->part = INTAKE_NONE;           /* only file parts count, as in ChartMuseum */
	if (has_filename && is_field(name, "chart", c->app->chart_field))
		return x->has_chart ? ERR(e, INVALID, "the form has more than one field chart")
		                    : intake_chart(x, c->app, e);
	if (has_filename && is_field(name, "prov", c->app->prov_field)) {
		if (x->has_prov)
			return ERR(e, INVALID, "the form has more than one field prov");
		intake_prov(x);
	}
	return OK;
}

static enum err on_data(void *ctx, struct str piece, struct errinfo *e)
{
	return intake_take(&((struct upload *)((struct call *)ctx)->data)->intake, piece, e);
}

static enum err on_part_end(void *ctx, struct errinfo *e)
{
	(void)e;
	((struct upload *)((struct call *)ctx)->data)->intake.part = INTAKE_NONE;
	return OK;
}

static enum err free_slot_on(enum err err, const struct call *c)
{
	if (err)
		intake_slot_free(c->app, &((struct upload *)c->data)->slot);
	return err;
}

static enum err new_upload(struct call *c, struct upload **ret, struct errinfo *e)
{
	struct upload *u = ARENA_NEW(&c->r->arena, struct upload);
	if (!u)
		return ERR(e, NOMEM, "upload");
	intake_init(&u->intake);
	c->data = *ret = u;
	return intake_slot_take(c->app, &u->slot, e);
}

enum err upload_begin(struct call *c, struct errinfo *e)
{
	static const struct multipart_events events = {
		.part = on_part, .data = on_data, .part_end = on_part_end,
	};
	struct upload *u;
	struct str type = request_header(c->r, "Content-Type");
	enum err err = new_upload(c, &u, e);
	if (err || !http_is_media_type(type, "multipart/form-data"))
		return err ? err : upload_begin_raw(c, e);
	return multipart_new(&c->r->arena, type, &events, c, &u->multipart, e);
}

static bool wants_prov(const struct call *c)
{
	return str_ends(str_c(c->route->pattern), STR("/prov")) || str_ends(c->file, STR(".prov"));
}

/* Artifactory's clients ask first whether the bytes are there, and send them after a 404. */
static enum err refuse_checksum_deploy(const struct call *c, struct errinfo *e)
{
	if (!str_eq_nocase(request_header(c->r, "X-Checksum-Deploy"), STR("true")))
		return OK;
	return ERR(e, NOT_FOUND, "nothing is published by its checksum alone (X-Checksum-Deploy: true); "
	           "send the file itself");
}

enum err upload_begin_raw(struct call *c, struct errinfo *e)
{
	struct upload *u = c->data;
	enum err err = refuse_checksum_deploy(c, e);
	if (!err && !u)
		err = new_upload(c, &u, e);
	if (err)
		return err;
	if (!wants_prov(c))
		return intake_chart(&u->intake, c->app, e);
	intake_prov(&u->intake);
	return OK;
}

enum err upload_body(struct call *c, struct str piece, struct errinfo *e)
{
	struct upload *u = c->data;
	enum err err = u->multipart ? multipart_feed(u->multipart, piece, e)
	                             : intake_take(&u->intake, piece, e);
	return free_slot_on(err, c);
}

void upload_end(struct call *c)
{
	struct upload *u = c->data;
	if (!u)
		return;
	if (c->r->err == ERR_DISK_FULL)
		ingest_write_failed(c->app->ingest, &(struct errinfo){ ERR_DISK_FULL, "an upload" });
	intake_slot_free(c->app, &u->slot);
	intake_done(&u->intake);
}

/* ---- answering ---- */

static void put_warnings(struct sbuf *b, const struct change_result *r)
{
	if (!r->warning_count && !r->prov_left_out)
		return;
	list_begin(b, "warnings");
	if (r->prov_left_out) {
		json_next(b);
		sbuf_json(b, str_c(r->prov_left_out));
	}
	for (size_t i = 0; i < r->warning_count; i++) {
		json_next(b);
		sbuf_json(b, str_c(r->warnings[i].text));
	}
	sbuf_putc(b, ']');
}

void put_promoted_to(struct call *c, const struct change_result *r, struct sbuf *b)
{
	size_t seen = 0;
	for (size_t i = 0; i < r->promoted_count; i++) {
		if (!call_sees(c, r->promoted_to[i]))
			continue;
		if (!seen++)
			list_begin(b, "promoted_to");
		json_next(b);
		sbuf_json(b, r->promoted_to[i]);
	}
	if (seen)
		sbuf_putc(b, ']');
}

static void put_answer(struct call *c, struct sbuf *b, const struct change *change)
{
	const struct change_result *r = &change->result;
	sbuf_putc(b, '{');
	json_bool(b, change->kind == CHANGE_DELETE ? "deleted" : "saved", !change->dry_run);
	json_text(b, "name", r->name);
	json_text(b, "version", r->version);
	json_text(b, "file", r->file);
	json_text(b, "digest", str_c(r->digest));
	json_number(b, "event", r->event);
	if (r->existing)
		json_bool(b, "existing", true);
	if (r->existing && r->stored_digest[0])
		json_text(b, "stored_digest", str_c(r->stored_digest));
	if (change->dry_run)
		json_bool(b, "dry_run", true);
	put_promoted_to(c, r, b);
	put_warnings(b, r);
	sbuf_puts(b, "}\n");
}

void answer_change(struct call *c, struct change *change, int status)
{
	struct errinfo e = { 0 };
	struct response s;
	if (change->err) {
		call_fail(c, &change->error);
		return;
	}
	AUTO_SBUF struct sbuf b = sbuf_make(ANSWER_MAX_BYTES);
	put_answer(c, &b, change);
	enum err err = respond_buffer(JSON_TYPE, &b, &s, &e);
	s.status = change->dry_run ? 200 : status;
	call_finish(c, err, &s, &e);
}

static void publish_done(struct change *change)
{
	struct call *c = change->ctx;
	struct upload *u = c->data;
	intake_slot_free(c->app, &u->slot);
	chartmuseum_publish(c, change, u->multipart != NULL);
	answer_change(c, change, 201);
}

/* ---- submitting ---- */

/* ?created= is the administrator's: chartlocker import keeps file times. */
static enum err take_created(struct call *c, struct change *change, struct errinfo *e)
{
	const struct query_param *created = query_get(&c->query, "created");
	change->import = created && c->r->control;
	if (!change->import || clock_parse(created->value, &change->created_ns))
		return OK;
	return ERR(e, INVALID, "created: \"%.*s\" is not a time like 2026-03-05T09:12:44Z",
	           STR_ARG(created->value));
}

/* Who states the archive's digest wants no other bytes stored. */
static enum err check_digest(const struct call *c, const struct sha256 *received, struct errinfo *e)
{
	char hex[SHA256_HEX_BYTES + 1];
	struct sha256 stated;
	struct str header = request_header(c->r, "X-Checksum-Sha256");
	if (!header.n)
		return OK;
	sha256_hex(received, hex);
	if (!sha256_parse(header, &stated))
		return ERR(e, INVALID, "X-Checksum-Sha256 is not a SHA-256 in hex digits");
	if (!sha256_eq(&stated, received))
		return ERR(e, DIGEST, "X-Checksum-Sha256 is %.*s, the archive that came has %s",
		           STR_ARG(header), hex);
	return OK;
}

static enum err submit(struct call *c, struct errinfo *e)
{
	struct intake *x = &((struct upload *)c->data)->intake;
	struct change *change = &x->change;
	if (!x->has_chart && !x->has_prov)
		return ERR(e, INVALID, "no package or provenance file found in form fields %s and %s",
		           c->app->chart_field ?: "chart", c->app->prov_field ?: "prov");
	enum err err = chartmuseum_prov(c, intake_change(c, x, e), e);
	if (err)
		return err;
	/* Whatever its value, as in ChartMuseum. */
	change->force |= query_get(&c->query, "force") != NULL;
	change->dry_run = query_is_on(&c->query, "dry_run");
	change->skip_unchanged = query_is_on(&c->query, "skip_unchanged");
	change->done = publish_done;
	err = take_created(c, change, e);
	if (!err && x->has_chart)
		err = check_digest(c, &change->received, e);
	if (err)
		return err;
	err = call_later(c);
	ingest_submit(c->app->ingest, change);
	return err;
}

enum err upload_publish(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	struct upload *u = c->data;
	enum err err = u->multipart ? multipart_end(u->multipart, e) : OK;
	return free_slot_on(err ? err : submit(c, e), c);
}

enum err upload_prov(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return free_slot_on(submit(c, e), c);
}

enum err upload_put(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	struct upload *u = c->data;
	u->intake.change.expect_file = chart_file_archive(c->file, NULL);
	return free_slot_on(submit(c, e), c);
}

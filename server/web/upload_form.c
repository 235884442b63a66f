/* The form of /upload. All files come first; then each archive is inspected, as `chartlocker inspect`
 * does, and becomes a change like one of the API's, together with its provenance file if that came
 * too. They are submitted at once, so that they share a transaction, and the last one answers.  */
#include "indexer/base/auto.h"
#include "indexer/base/secret.h"
#include "indexer/document/lint.h"
#include "indexer/hub/hub.h"
#include "server/manage/intake.h"
#include "server/route/audit.h"
#include "server/route/permit.h"
#include "server/web/upload_page.h"

struct incoming {
	struct incoming *next;
	struct intake intake;
	struct str file;                 /* what the browser called it */
	struct audit_note note;
	struct lint_report lint;
	bool joined;                     /* a provenance file that went with its archive */
};

struct upload {
	struct call *call;
	struct arena arena;              /* of what the inspection found */
	struct chart_scratch scratch;
	struct multipart *multipart;
	struct incoming *first, **last, *now;
	size_t count;
	enum { FIELD_OTHER, FIELD_CODE, FIELD_FILE } field;
	struct form_code code;
	size_t code_chars;
	bool check, slot;
	atomic_size_t left;              /* changes that are not done */
	struct pool_job job;
};

/* ---- receiving ---- */

/* A name is only shown; what is no text is not. */
static bool put_name(struct call *c, struct incoming *x, struct str name)
{
	name = str_first(name, CHART_FILE_NAME_MAX_BYTES);
	while (name.n && !str_is_utf8(name))
		name.n--;
	return arena_str(&c->r->arena, name.n ? name : STR("a file"), &x->file);
}

static enum err begin_file(struct call *c, struct upload *u, struct str name, struct errinfo *e)
{
	if (u->count == UPLOAD_FILES_MAX)
		return ERR(e, INVALID, "a form may have %u files; send the others with another one",
		           UPLOAD_FILES_MAX);
	struct incoming *x = ARENA_NEW(&c->r->arena, struct incoming);
	if (!x || !put_name(c, x, name))
		return ERR(e, NOMEM, "upload");
	intake_init(&x->intake);
	*u->last = u->now = x;
	u->last = &x->next;
	u->count++;
	u->field = FIELD_FILE;
	if (!str_ends(name, STR(".prov")))
		return intake_chart(&x->intake, c->app, e);
	intake_prov(&x->intake);
	return OK;
}

/* A field for files in which none was chosen comes as one without a name. */
static enum err on_part(void *ctx, struct str name, bool has_filename, struct errinfo *e)
{
	struct call *c = ctx;
	struct upload *u = c->data;
	struct str file = multipart_filename(u->multipart);
	u->field = FIELD_OTHER;
	if (has_filename)
		return file.n && str_eq(name, STR("file")) ? begin_file(c, u, file, e) : OK;
	if (str_eq(name, STR(FORM_CODE_FIELD)))
		u->field = FIELD_CODE;
	u->check |= str_eq(name, STR("check"));
	return OK;
}

static enum err on_data(void *ctx, struct str piece, struct errinfo *e)
{
	struct upload *u = ((struct call *)ctx)->data;
	if (u->field == FIELD_FILE)
		return intake_take(&u->now->intake, piece, e);
	if (u->field == FIELD_OTHER)
		return OK;
	if (piece.n > sizeof u->code.text - 1 - u->code_chars)
		return ERR(e, INVALID, "the field " FORM_CODE_FIELD " is too long");
	memcpy(u->code.text + u->code_chars, piece.p, piece.n);
	u->code_chars += piece.n;
	return OK;
}

static enum err on_part_end(void *ctx, struct errinfo *e)
{
	(void)ctx;
	(void)e;
	return OK;
}

enum err upload_form_begin(struct call *c, struct errinfo *e)
{
	static const struct multipart_events events = { on_part, on_data, on_part_end };
	struct upload *u = ARENA_NEW(&c->r->arena, struct upload);
	if (!u)
		return ERR(e, NOMEM, "upload");
	u->call = c;
	u->last = &u->first;
	c->data = u;
	if (!call_is_own_page(c))
		return ERR(e, FORM, FORM_FOREIGN);
	enum err err = intake_slot_take(c->app, &u->slot, e);
	if (err)
		return err;
	return multipart_new(&c->r->arena, request_header(c->r, "Content-Type"), &events, c,
	                     &u->multipart, e);
}

enum err upload_form_take(struct call *c, struct str piece, struct errinfo *e)
{
	struct upload *u = c->data;
	enum err err = multipart_feed(u->multipart, piece, e);
	if (err)
		intake_slot_free(c->app, &u->slot);
	return err;
}

void upload_form_end(struct call *c)
{
	struct upload *u = c->data;
	if (!u)
		return;
	if (c->r->err == ERR_DISK_FULL)
		ingest_write_failed(c->app->ingest, &(struct errinfo){ ERR_DISK_FULL, "an upload" });
	intake_slot_free(c->app, &u->slot);
	for (struct incoming *x = u->first; x; x = x->next)
		intake_done(&x->intake);
	chart_scratch_done(&u->scratch);
	arena_done(&u->arena);
}

/* ---- what is said of a file ---- */

static const char *advice(enum err err)
{
	static const struct { enum err err; const char *text; } table[] = {
		{ ERR_ARCHIVE, "Package the chart anew, with helm package or chartlocker package." },
		{ ERR_METADATA, "Correct the chart and package it anew; chartlocker inspect tells the same before." },
		{ ERR_PROVENANCE, "It has to be made of these bytes of the archive: helm package --sign writes both." },
		{ ERR_SIGNATURE, "Sign the chart with a key that the repository trusts, and choose the .prov file too." },
		{ ERR_EXISTS, "Raise the version in Chart.yaml, package the chart, and publish that." },
		{ ERR_DELETED, "Raise the version in Chart.yaml, package the chart, and publish that." },
		{ ERR_NAME_TAKEN, "Give the chart or its version another name." },
		{ ERR_NOT_FOUND, "Choose the archive and its provenance file together." },
		{ ERR_QUOTA, "Delete versions, or ask who administers the repository for a larger quota." },
		{ ERR_DENIED, "Ask who administers the repository for the role push." },
		{ ERR_DISK_FULL, "Who runs the server has to free some space." },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].err == err)
			return table[i].text;
	return "Nothing of it was stored.";
}

static void put_outcome(const struct incoming *x, bool check, struct upload_verdict *v)
{
	const struct change *change = &x->intake.change;
	v->kind = "good";
	if (change->err) {
		v->word = change->err == ERR_EXISTS ? "exists with other bytes" : "refused";
		v->kind = "bad";
		v->reason = err_public_text(&change->error);
		v->advice = advice(change->err);
	} else if (change->result.existing) {
		v->word = "exists already";
		v->kind = "";
	} else {
		v->word = check ? "acceptable" : "published";
	}
}

/* Warnings of the verdict itself, then what helm lint would say. */
static enum err put_lines(struct upload *u, const struct incoming *x, struct upload_verdict *v,
                          struct errinfo *e)
{
	static const struct { const char *word, *kind; } levels[] = {
		[LINT_INFO] = { "lint", "" }, [LINT_WARNING] = { "lint warning", "warn" },
		[LINT_ERROR] = { "lint error", "bad" },
	};
	const struct change_result *r = &x->intake.change.result;
	struct upload_line *lines = arena_array(&u->arena, r->warning_count + x->lint.count + 1,
	                                        sizeof *lines);
	if (!lines)
		return ERR(e, NOMEM, "verdict");
	for (size_t i = 0; i < r->warning_count; i++)
		lines[v->line_count++] = (struct upload_line){ "warning", "warn", .text = str_c(r->warnings[i].text) };
	for (size_t i = 0; i < x->lint.count; i++) {
		const struct lint_finding *f = &x->lint.findings[i];
		lines[v->line_count++] = (struct upload_line){ levels[f->level].word, levels[f->level].kind,
		                                               f->path, f->text };
	}
	v->lines = lines;
	return OK;
}

static enum err put_verdict(struct upload *u, const struct incoming *x, struct upload_verdict *v,
                            struct errinfo *e)
{
	const struct change_result *r = &x->intake.change.result;
	struct links l;
	links_of(u->call, &l);
	*v = (struct upload_verdict){ .file = x->file, .name = r->name, .version = r->version,
	                              .with_prov = x->intake.has_chart && x->intake.has_prov,
	                              .bytes = x->intake.has_chart ? x->intake.bytes : x->intake.prov.n };
	put_outcome(x, u->check, v);
	if (r->name.n && (v->reason ? x->intake.change.err == ERR_EXISTS : !u->check || r->existing))
		v->link = link_chart(&l, u->call->repo, r->name, r->version);
	if (!v->reason)
		v->digest = str_c(r->digest);
	enum err err = link_check(&l, e);
	return err ? err : put_lines(u, x, v, e);
}

/* ---- the answer ---- */

static enum err answer(struct upload *u, struct response *s, struct errinfo *e)
{
	struct call *c = u->call;
	struct upload_verdict *list = arena_array(&u->arena, u->count, sizeof *list);
	struct upload_view v = { .repo = c->repo, .verdicts = list };
	uint64_t event = 0;
	if (!list)
		return ERR(e, NOMEM, "verdict");
	for (struct incoming *x = u->first; x; x = x->next) {
		const struct change *change = &x->intake.change;
		enum err err = x->joined ? OK : put_verdict(u, x, &list[v.verdict_count++], e);
		if (err)
			return err;
		event = change->result.event > event ? change->result.event : event;
	}
	if (event)
		(void)hub_wait(c->app->hub, event, UPLOAD_SHOWN_MS);
	return upload_show(c, 200, &v, s, e);        /* the form was fine; its files may not be */
}

static void reply(struct pool_job *job)
{
	struct upload *u = (struct upload *)((char *)job - offsetof(struct upload, job));
	struct call *c = u->call;
	struct response s = { 0 };
	struct errinfo e = { 0 };
	for (struct incoming *x = u->first; x; x = x->next)
		if (!x->joined)
			audit_change_of(c, &x->intake.change);
	c->change = NULL;
	c->note.written = true;              /* each file has told the audit log for itself */
	intake_slot_free(c->app, &u->slot);
	call_finish(c, answer(u, &s, &e), &s, &e);
}

static void one_less(struct upload *u)
{
	if (atomic_fetch_sub(&u->left, 1) > 1)
		return;
	u->job.run = reply;
	pool_give(ingest_pool(u->call->app->ingest), &u->job);
}

static void done(struct change *change)
{
	one_less(((struct call *)change->ctx)->data);
}

/* ---- from files to changes ---- */

static bool is_provenance_of(const struct incoming *prov, const struct incoming *x)
{
	return x->intake.has_chart && !x->intake.has_prov && prov->file.n == x->file.n + STR(".prov").n &&
	       str_starts(prov->file, x->file);
}

static void join(struct upload *u, struct incoming *prov)
{
	for (struct incoming *x = u->first; x && !prov->joined; x = x->next)
		if (prov->intake.has_prov && is_provenance_of(prov, x)) {
			struct sbuf empty = x->intake.prov;
			x->intake.prov = prov->intake.prov;
			prov->intake.prov = empty;
			prov->joined = x->intake.has_prov = true;
		}
}

/* What helm lint would say; nothing of an archive that cannot be read, which the verdict tells. */
static void inspect(struct upload *u, struct incoming *x)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FREE char *data = NULL;
	size_t bytes;
	struct chart chart;
	struct lint_report found;
	struct errinfo e = { 0 };
	if (fs_read_fd(x->intake.change.tgz.fd, CHART_UNPACKED_MAX_BYTES, &data, &bytes, &e) ||
	    chart_read(&a, &u->scratch, str_make(data, bytes), &chart, &e) ||
	    lint_documents(&a, &chart, &found, &e))
		return;
	struct lint_finding *list = arena_array(&u->arena, found.count + 1, sizeof *list);
	for (size_t i = 0; list && i < found.count; i++) {
		list[i] = found.findings[i];
		if (!arena_str(&u->arena, list[i].path, &list[i].path) ||
		    !arena_str(&u->arena, list[i].text, &list[i].text))
			list = NULL;
	}
	if (list)
		x->lint = (struct lint_report){ list, found.count, found.errors, found.warnings };
}

static void prepare(struct call *c, struct upload *u, struct incoming *x)
{
	struct change *change = &x->intake.change;
	change->err = intake_change(c, &x->intake, &change->error);
	const struct audit_note *n = &c->note;
	x->note = (struct audit_note){ .name = n->name, .remote = n->remote, .request = n->request,
	                               .action = n->action };
	change->note = &x->note;
	change->dry_run = u->check;
	change->done = done;
	if (!change->err && x->intake.has_chart)
		inspect(u, x);
}

/* On a thread of the pool, because it reads. */
static void submit(struct pool_job *job)
{
	struct upload *u = (struct upload *)((char *)job - offsetof(struct upload, job));
	struct call *c = u->call;
	atomic_store(&u->left, 1);
	for (struct incoming *x = u->first; x; x = x->next)
		join(u, x);
	for (struct incoming *x = u->first; x; x = x->next)
		if (!x->joined)
			prepare(c, u, x);
	for (struct incoming *x = u->first; x; x = x->next)
		if (!x->joined && !x->intake.change.err) {
			atomic_fetch_add(&u->left, 1);
			ingest_submit(c->app->ingest, &x->intake.change);
		}
	one_less(u);
}

/* ---- the request ---- */

static enum err check_code(struct call *c, const struct upload *u, struct errinfo *e)
{
	struct form_code wanted;
	enum err err = form_code(c, &wanted, e);
	if (!err && !secret_eq(str_make(u->code.text, u->code_chars), str_c(wanted.text)))
		return ERR(e, FORM, FORM_OLD);
	return err;
}

static enum err no_files(struct call *c, struct response *s, struct errinfo *e)
{
	struct upload_view v = { .repo = c->repo, .problem = "choose one or more files first" };
	return upload_show(c, 400, &v, s, e);
}

enum err upload_form_post(struct call *c, struct response *s, struct errinfo *e)
{
	struct upload *u = c->data;
	enum err err = multipart_end(u->multipart, e);
	if (!err)
		err = check_code(c, u, e);
	if (err || !u->count)
		intake_slot_free(c->app, &u->slot);
	if (err)
		return err;
	if (!u->count)
		return call_work(c, ingest_pool(c->app->ingest), no_files, e);
	(void)s;
	u->job.run = submit;
	err = call_later(c);
	pool_give(ingest_pool(c->app->ingest), &u->job);
	return err;
}

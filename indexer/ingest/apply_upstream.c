/* What an upstream's index said, into rows, index and log.
 *
 * An upstream's version is a row like a published one, but `absent` until its archive is here. The row
 * stays for ever, and what was promised first counts: another digest under the same version is drift,
 * also if it was away meanwhile, and changes nothing but what is told, until an operator accepts it.
 * What the upstream takes back, however it does so, stays here as long as its archive does; what the
 * rules leave out goes from this index too, its archive stays to be had.
 * Long because the cases share the row, the line and the count of one change, and are understood beside
 * each other. */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/format/index.h"
#include "indexer/format/selection.h"
#include "indexer/ingest/apply_upstream.h"

#define DETAIL_MAX_BYTES MIB
#define DELETED_HERE "it was deleted here"

/* ---- one entry ---- */

static enum err log_entry(struct entry_work *w, const char *kind, const struct sha256 *digest,
                          struct str detail)
{
	char hex[SHA256_HEX_BYTES + 1] = "";
	if (!sha256_eq(digest, &upstream_no_digest))
		sha256_hex(digest, hex);
	return batch_log(w->b, w->c, w->r, kind, hex, detail);
}

/* Canonical JSON: what makes the row again. */
static enum err log_line(struct entry_work *w, const char *kind, const char *why)
{
	char created[RFC3339_MAX_BYTES];
	const struct version_row *row = &w->row;
	AUTO_SBUF struct sbuf d = sbuf_make(DETAIL_MAX_BYTES);
	sbuf_putc(&d, '{');
	if (clock_format(row->created_ns, created))
		json_text(&d, "created", str_c(created));
	json_key(&d, "line");
	json_canonical(&d, row->line);
	if (why)
		json_text(&d, "why", str_c(why));
	sbuf_putc(&d, '}');
	return sbuf_ok(&d) ? log_entry(w, kind, &row->digest, sbuf_str(&d))
	                   : ERR(&w->c->error, NOMEM, "event");
}

enum err upstream_show_line(struct entry_work *w, const char *kind, const char *why)
{
	struct version_row before = w->row;
	w->row.line = w->line;
	w->row.created_ns = w->created_ns;
	w->row.yanked = false;
	w->row.yank_reason = (struct str){ 0 };
	w->row.state = VERSION_LIVE;
	w->row.deleted_event = 0;
	enum err err = log_line(w, kind, why);
	if (!err && before.id)
		err = catalog_past_put(w->b->g->catalog, &before, w->c->result.event, &w->c->error);
	w->row.shown_from = w->c->result.event;
	if (!w->row.event)
		w->row.event = w->c->result.event;
	if (!err)
		err = catalog_version_put(w->b->g->catalog, &w->row, &w->c->error);
	return err ? err : batch_show(w->b, w->r, &w->row, &w->c->error);
}

/* The same line with the digest that is known here, where the upstream promises none. */
enum err upstream_line_with_digest(struct batch *b, struct change *c, const struct sha256 *digest,
                                      struct str *line)
{
	struct index_entry entry;
	char hex[SHA256_HEX_BYTES + 1];
	AUTO_SBUF struct sbuf text = sbuf_make(INDEX_LINE_MAX_BYTES);
	enum err err = index_entry_read(&b->arena, *line, &entry, &c->error);
	if (err)
		return err;
	sha256_hex(digest, hex);
	entry.digest = str_c(hex);
	index_entry_line(&text, &entry);
	return sbuf_ok(&text) && arena_str(&b->arena, sbuf_str(&text), line)
	       ? OK : ERR(&c->error, NOMEM, "index line");
}

/* What is promised beside the first bytes; NULL: nothing is. */
static const struct sha256 *other_digest(const struct entry_work *w)
{
	const struct upstream_entry *entry = w->entry;
	bool promised = upstream_is_promised(&w->row);
	if (promised && entry->remote.has_digest && !sha256_eq(&entry->remote.digest, &w->row.digest))
		return &entry->remote.digest;
	return promised && entry->has_twin && !sha256_eq(&entry->twin, &w->row.digest) ? &entry->twin : NULL;
}

/* Tells of drift once for each digest. */
static enum err note_drift(struct entry_work *w, const struct sha256 *other)
{
	char hex[SHA256_HEX_BYTES + 1];
	bool told = w->has_was && w->was.has_drift && sha256_eq(&w->was.drift, other);
	w->is.has_drift = true;
	w->is.drift = *other;
	w->is.drift_ns = w->has_was && w->was.has_drift ? w->was.drift_ns : clock_wall();
	w->c->result.drifted++;
	if (told)
		return OK;
	AUTO_SBUF struct sbuf d = sbuf_make(KIB);
	sha256_hex(other, hex);
	sbuf_printf(&d, "{\"upstream\":\"%s\"}", hex);
	return log_entry(w, "drift", &w->row.digest, sbuf_str(&d));
}

/* `was` stands in the line: JSON, as `is` does that comes there. */
static enum err put_created(struct entry_work *w, struct str was, struct str is, int64_t created_ns)
{
	size_t at = (size_t)(was.p - w->line.p);
	const char *line = arena_printf(&w->b->arena, "%.*s%.*s%.*s", (int)at, w->line.p, STR_ARG(is),
	                                STR_ARG(str_from(w->line, at + was.n)));
	w->line = str_c(line);
	w->created_ns = created_ns;
	return line ? OK : ERR(&w->c->error, NOMEM, "index line");
}

/* An index that is made anew dates every entry anew: of the same bytes the first time counts. */
static enum err keep_created(struct entry_work *w)
{
	struct str was = index_line_value(w->row.line, "created");
	struct str is = index_line_value(w->line, "created");
	return !was.n || !is.n || str_eq(was, is) ? OK : put_created(w, is, was, w->row.created_ns);
}

/* Nothing was made after it was seen: dated in the future it would be the newest here for ever. */
static enum err date_when_seen(struct entry_work *w)
{
	char seen[RFC3339_MAX_BYTES + 2] = "\"";
	struct str created = index_line_value(w->line, "created");
	if (!created.n || w->created_ns <= w->is.seen_ns)
		return OK;
	size_t n = clock_format(w->is.seen_ns, seen + 1);
	seen[n + 1] = '"';
	return put_created(w, created, str_make(seen, n + 2), w->is.seen_ns);
}

/* New here, or here again: then with the line that it had, if other bytes are promised by now. */
static enum err add_version(struct entry_work *w)
{
	const struct remote_row *remote = &w->entry->remote;
	const struct sha256 *other = other_digest(w);
	struct version_row was = w->row;
	enum err err = OK;
	w->row = (struct version_row){
		.id = was.id, .repo_id = w->r->id, .chart = remote->chart, .version = remote->version,
		.file = w->entry->file, .absent = true, .event = was.event,
		.has_images = was.has_images, .images = was.images,
		.digest = upstream_is_promised(&was) || !remote->has_digest ? was.digest : remote->digest,
	};
	w->c->result.added++;
	if (other) {
		w->line = was.line;
		w->created_ns = was.created_ns;
	} else if (upstream_is_promised(&was) && !remote->has_digest) {
		err = upstream_line_with_digest(w->b, w->c, &was.digest, &w->line);
	}
	if (!err)
		err = upstream_show_line(w, "upstream.add", NULL);
	if (!err && w->new_name)
		err = upstream_tell_shadowed(w);
	return err || !other ? err : note_drift(w, other);
}

static enum err update_version(struct entry_work *w)
{
	const struct remote_row *remote = &w->entry->remote;
	const struct sha256 *other = other_digest(w);
	if (other)
		return note_drift(w, other);
	enum err err = OK;
	if (remote->has_digest)
		w->row.digest = remote->digest;
	else if (upstream_is_promised(&w->row))
		err = upstream_line_with_digest(w->b, w->c, &w->row.digest, &w->line);
	if (!err && upstream_is_promised(&w->row) && !w->row.yanked)
		err = keep_created(w);
	if (err || (!w->row.yanked && str_eq(w->row.line, w->line)))
		return err;
	w->c->result.changed++;
	return upstream_show_line(w, "upstream.change", NULL);
}

/* Deleted by a person here, it stays so; deleted because it went, it comes back. */
static enum err bring_back(struct entry_work *w)
{
	AUTO_ARENA struct arena a = { 0 };
	struct event ev;
	enum err err = catalog_event(w->b->g->catalog, &a, w->row.deleted_event, &ev, &w->c->error);
	if (err || str_eq_c(ev.kind, "upstream.gone"))
		return err ? err : add_version(w);
	w->is.state = REMOTE_REFUSED;
	w->is.why = STR(DELETED_HERE);
	return OK;
}

enum err upstream_deleted_here(struct batch *b, const struct version_row *row, struct errinfo *e)
{
	struct remote_row remote;
	enum err err = catalog_remote(b->g->catalog, &b->arena, row->repo_id, row->chart, row->version, &remote, e);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	if (remote.gone_ns || remote.state != REMOTE_TAKEN)      /* when it is back, or taken */
		return OK;
	remote.state = REMOTE_REFUSED;
	remote.why = STR(DELETED_HERE);
	return catalog_remote_put(b->g->catalog, row->repo_id, &remote, e);
}

static enum err take_entry(struct entry_work *w)
{
	if (!w->row.id)
		return add_version(w);
	return w->row.state == VERSION_DELETED ? bring_back(w) : update_version(w);
}

static enum err log_leaving(struct entry_work *w, const char *how, struct str why)
{
	AUTO_SBUF struct sbuf d = sbuf_make(DETAIL_MAX_BYTES);
	sbuf_putc(&d, '{');
	json_text(&d, "left", str_c(how));
	if (why.n) {
		json_key(&d, "why");
		json_canonical(&d, why);
	}
	sbuf_putc(&d, '}');
	w->c->result.gone++;
	return sbuf_ok(&d) ? log_entry(w, "upstream.gone", &w->row.digest, sbuf_str(&d))
	                   : ERR(&w->c->error, NOMEM, "event");
}

/* Out of the index here: without its archive for good, else as a yanked one. */
static enum err hide_version(struct entry_work *w, struct str why)
{
	struct version_row *row = &w->row;
	enum err err = log_leaving(w, row->absent ? "removed" : "yanked", why);
	if (!err)
		err = catalog_past_put(w->b->g->catalog, row, w->c->result.event, &w->c->error);
	if (err)
		return err;
	row->shown_from = 0;
	row->yanked = !row->absent;
	row->yank_reason = row->absent ? (struct str){ 0 } : why;
	if (row->absent) {
		row->state = VERSION_DELETED;
		row->deleted_event = w->c->result.event;
	}
	err = catalog_version_put(w->b->g->catalog, row, &w->c->error);
	return err ? err : batch_hide(w->b, w->r, row, &w->c->error);
}

/* By the upstream's word, not by a rule of ours. */
static bool is_taken_back(const struct entry_work *w)
{
	return w->entry->news == UPSTREAM_GONE || w->is.state == REMOTE_REFUSED ||
	       str_eq_c(w->is.why, selection_word(SELECTION_IGNORED));
}

/* What is not here goes from the index, what is here stays. */
static enum err take_back(struct entry_work *w, bool here)
{
	bool gone = w->entry->news == UPSTREAM_GONE, was_gone = w->has_was && w->was.gone_ns;
	if (gone || here)
		w->is.gone_ns = was_gone ? w->was.gone_ns : clock_wall();
	if (!here || was_gone)
		return OK;
	if (w->row.absent)
		return hide_version(w, gone ? STR("it is not in the upstream's index any more") : w->is.why);
	return log_leaving(w, "kept", gone ? (struct str){ 0 } : w->is.why);
}

static enum err leave_entry(struct entry_work *w)
{
	bool here = w->row.id && w->row.state != VERSION_DELETED;
	if (is_taken_back(w))
		return take_back(w, here);
	return here && !w->row.yanked ? hide_version(w, w->is.why) : OK;
}

static enum err read_rows(struct entry_work *w)
{
	struct catalog *catalog = w->b->g->catalog;
	const struct remote_row *remote = &w->entry->remote;
	enum err err = catalog_remote(catalog, &w->b->arena, w->r->id, remote->chart, remote->version,
	                              &w->was, &w->c->error);
	w->has_was = !err;
	if (err && err != ERR_NOT_FOUND)
		return err;
	err = catalog_version(catalog, &w->b->arena, w->r->id, remote->chart, remote->version, &w->row,
	                      &w->c->error);
	return err == ERR_NOT_FOUND ? OK : err;
}

/* Two charts may make one file name: "a" "1-2" and "a-1" "2". */
static enum err check_file_name(struct entry_work *w)
{
	struct version_row other;
	if (w->row.id || w->is.state != REMOTE_TAKEN)
		return OK;
	enum err err = catalog_version_by_file(w->b->g->catalog, &w->b->arena, w->r->id,
	                                       w->entry->file, &other, &w->c->error);
	if (err == ERR_NOT_FOUND)
		return OK;
	w->is.state = REMOTE_REFUSED;
	w->is.why = STR("another chart here has the file name that it would have");
	return err;
}

/* Of the bytes, not of the name: another promise, or one that was away and promises nothing, is new. */
static bool is_seen_before(const struct entry_work *w)
{
	if (!w->has_was || w->entry->news != UPSTREAM_SAYS || (w->row.id && upstream_is_promised(&w->row)))
		return w->has_was;
	return w->is.has_digest == w->was.has_digest &&
	       (w->is.has_digest ? sha256_eq(&w->is.digest, &w->was.digest) : !w->was.gone_ns);
}

static void keep_told_drift(struct entry_work *w)
{
	w->is.has_drift = w->was.has_drift;
	w->is.drift = w->was.drift;
	w->is.drift_ns = w->was.drift_ns;
}

/* Of the provenance file that goes with it. */
static void keep_told_of_archive(struct entry_work *w)
{
	if (w->has_was && !w->row.absent)
		w->is.unfetched = w->was.unfetched;
}

/* Entries of a chart come one after the other. */
static bool is_new_name(const struct repository *r, const struct upstream_change *u, size_t i)
{
	struct str chart = u->entries[i].remote.chart;
	return !(i && str_eq(u->entries[i - 1].remote.chart, chart)) && !rope_has_chart(r->now->json, chart);
}

static enum err apply_entry(struct batch *b, struct repository *r, struct change *c, size_t i)
{
	const struct upstream_entry *entry = &c->upstream->entries[i];
	struct entry_work w = { .b = b, .r = r, .c = c, .entry = entry, .line = entry->line,
	                        .created_ns = entry->remote.created_ns, .is = entry->remote,
	                        .new_name = is_new_name(r, c->upstream, i) };
	enum err err = read_rows(&w);
	if (!err)
		err = check_file_name(&w);
	if (err)
		return err;
	if (entry->news != UPSTREAM_SAYS) {
		if (!w.has_was || (entry->news == UPSTREAM_JUDGED && w.was.state != REMOTE_TAKEN))
			return OK;
		w.is = w.was;
	}
	if (entry->news == UPSTREAM_GONE) {          /* nothing is said of it */
		w.is.state = REMOTE_TAKEN;
		w.is.why = (struct str){ 0 };
	}
	if (entry->news == UPSTREAM_JUDGED) {
		w.is.state = entry->remote.state;
		w.is.why = entry->remote.why;
	}
	c->result.name = entry->remote.chart;
	c->result.version = entry->remote.version;
	w.is.seen_ns = is_seen_before(&w) ? w.was.seen_ns : clock_wall();
	keep_told_of_archive(&w);
	bool stays = entry->news != UPSTREAM_GONE && w.is.state == REMOTE_TAKEN;
	err = date_when_seen(&w);
	if (!err && !stays && w.has_was)
		keep_told_drift(&w);
	if (!err && !stays)
		err = leave_entry(&w);
	else if (!err && entry->news == UPSTREAM_SAYS)
		err = take_entry(&w);
	if (!err && entry->news == UPSTREAM_GONE && !w.row.id)
		return catalog_remote_remove(b->g->catalog, r->id, w.is.chart, w.is.version, &c->error);
	return err ? err : catalog_remote_put(b->g->catalog, r->id, &w.is, &c->error);
}

static bool has_other_settings(const struct repository *r, const struct upstream_change *u)
{
	return u->settings && u->settings != batch_settings(r);
}

static enum err put_row(struct batch *b, struct repository *r, struct change *c)
{
	struct upstream_row row = *c->upstream->row;
	if (has_other_settings(r, c->upstream))
		row.next_ns = row.next_ns ? clock_wall() : 0;
	return catalog_upstream_put(b->g->catalog, r->id, &row, &c->error);
}

static enum err end_refresh(struct batch *b, struct repository *r, struct change *c)
{
	const struct upstream_change *u = c->upstream;
	struct catalog *catalog = b->g->catalog;
	enum err err = OK;
	if (u->row)
		err = put_row(b, r, c);
	if (!err && u->row && (u->row->state == UPSTREAM_IS_FRESH || u->row->state == UPSTREAM_IS_UNCHANGED))
		err = catalog_upstream_loaded(catalog, r->id, &c->error);
	if (!err && u->run)
		err = catalog_upstream_run_put(catalog, r->id, u->run, &c->error);
	if (!err && u->has_skipped)
		err = catalog_skipped_put(catalog, r->id, u->skipped, u->skipped_count, &c->error);
	if (!err && u->frozen.n)
		err = batch_log(b, c, r, "upstream.frozen", "", u->frozen);
	if (!err && u->fork.n)
		err = batch_log(b, c, r, "upstream.fork", "", u->fork);
	return err;
}

enum err apply_upstream(struct batch *b, struct repository *r, struct change *c)
{
	const struct upstream_change *u = c->upstream;
	enum err err = OK;
	c->result.added = c->result.changed = c->result.gone = c->result.drifted = 0;
	if (has_other_settings(r, u) && !str_eq(u->settings->upstream, batch_settings(r)->upstream))
		return ERR(&c->error, BUSY, "its address was changed meanwhile");
	for (size_t i = 0; i < u->count && !err; i++)
		err = apply_entry(b, r, c, i);
	c->result.name = c->result.version = (struct str){ 0 };
	if (!err)
		err = end_refresh(b, r, c);
	b->failed |= err != OK;
	return err;
}

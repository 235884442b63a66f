/* The two files that make a data directory a backup. backup.json is written last: without it the
 * backup is not complete.                                                                    */
#include "indexer/backup/manifest.h"

#include "indexer/base/digest.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/format/node.h"

#define FORMAT "1"
#define MANIFEST_MAX_BYTES (64u * KIB)
#define SUMS_STEP_BYTES (64u * KIB)
#define SUMS_LINE_MAX_BYTES (1u * KIB)

static enum err put_sums(const struct copying *c, int fd, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(SUMS_STEP_BYTES + SUMS_LINE_MAX_BYTES);
	char hex[SHA256_HEX_BYTES + 1];
	enum err err = OK;
	sha256_hex(&c->report->catalog, hex);
	sbuf_printf(&b, "%s  catalog.db\n", hex);
	for (const struct copy_file *f = c->first; f && !err; f = f->following) {
		if (f->round != c->round || f->state != COPY_THERE)
			continue;
		sha256_hex(&f->digest, hex);
		sbuf_printf(&b, "%s  repos/%s/charts/%s\n", hex, f->repo.p, f->name.p);
		if (b.n < SUMS_STEP_BYTES)
			continue;
		err = fs_write(fd, sbuf_str(&b), e);
		sbuf_reset(&b);
	}
	if (!err && !sbuf_ok(&b))
		err = ERR(e, NOMEM, BACKUP_SUMS);
	return err ? err : fs_write(fd, sbuf_str(&b), e);
}

static enum err put_manifest(const struct copying *c, int fd, struct errinfo *e)
{
	const struct backup_report *r = c->report;
	AUTO_SBUF struct sbuf b = sbuf_make(MANIFEST_MAX_BYTES);
	char root[SHA256_HEX_BYTES + 1], catalog[SHA256_HEX_BYTES + 1], created[RFC3339_MAX_BYTES];
	sha256_hex(&r->root, root);
	sha256_hex(&r->catalog, catalog);
	size_t n = clock_format(r->created_ns, created);
	sbuf_puts(&b, "{\"format\":" FORMAT);
	json_text(&b, "made_by", STR("chartlocker " CHARTLOCKER_VERSION));
	json_text(&b, "created", str_make(created, n));
	json_number(&b, "events", r->events);
	json_text(&b, "root", str_c(root));
	json_text(&b, "catalog", str_c(catalog));
	json_number(&b, "repositories", r->repositories);
	json_number(&b, "versions", r->versions);
	json_number(&b, "files", r->files);
	json_number(&b, "bytes", r->bytes);
	json_number(&b, "problems", r->problems);
	sbuf_puts(&b, "}\n");
	return sbuf_ok(&b) ? fs_write(fd, sbuf_str(&b), e) : ERR(e, NOMEM, BACKUP_MANIFEST);
}

static enum err put_file(const struct copying *c, const char *name,
                         enum err (*put)(const struct copying *, int, struct errinfo *),
                         struct errinfo *e)
{
	struct fs_tmp t = { .fd = -1 };
	enum err err = datadir_tmp(c->to, &t, e);
	if (!err)
		err = put(c, t.fd, e);
	if (!err)
		err = fs_tmp_replace(&t, datadir_fd(c->to), name, e);
	fs_tmp_close(&t);
	return err;
}

enum err manifest_catalog(struct datadir *d, struct sha256 *ret, struct errinfo *e)
{
	struct stat st;
	AUTO_FD int fd = -1;
	enum err err = fs_open_regular(datadir_fd(d), "catalog.db", &fd, &st, e);
	return err ? err : digest_of(fd, ret, e);
}

enum err manifest_write(const struct copying *c, struct errinfo *e)
{
	enum err err = manifest_catalog(c->to, &c->report->catalog, e);
	if (!err)
		err = put_file(c, BACKUP_SUMS, put_sums, e);
	return err ? err : put_file(c, BACKUP_MANIFEST, put_manifest, e);
}

/* ---- reading ---- */

static struct str field(const struct node *root, const char *name)
{
	return node_text(node_get(root, name));
}

enum err manifest_read(struct datadir *d, struct backup_report *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FREE char *text = NULL;
	size_t bytes;
	const struct node *root = NULL;
	struct backup_report r = { 0 };
	enum err err = fs_read(datadir_fd(d), BACKUP_MANIFEST, MANIFEST_MAX_BYTES, &text, &bytes, e);
	if (err == ERR_NOT_FOUND)
		return ERR(e, CORRUPT, "%s is no complete backup: it has no " BACKUP_MANIFEST,
		           datadir_path(d));
	if (!err)
		err = json_read(&a, str_make(text, bytes), BACKUP_MANIFEST, &root, e);
	if (err)
		return err;
	if (!str_eq(field(root, "format"), STR(FORMAT)))
		return ERR(e, NEWER, BACKUP_MANIFEST " was written by a newer version of chartlocker");
	if (!str_to_u64(field(root, "events"), &r.events) ||
	    !str_to_u64(field(root, "problems"), &r.problems) ||
	    !sha256_parse(field(root, "root"), &r.root) ||
	    !clock_parse(field(root, "created"), &r.created_ns))
		return ERR(e, CORRUPT, BACKUP_MANIFEST " does not say what is in the backup");
	r.has_catalog = sha256_parse(field(root, "catalog"), &r.catalog);
	*ret = r;
	return OK;
}

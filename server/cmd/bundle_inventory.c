/* chartlocker bundle inventory: what the other side may leave out. */
#include <stdio.h>
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/inventory.h"
#include "indexer/bundle/keys.h"
#include "server/cmd/bundle.h"
#include "server/cmd/output.h"
#include "server/cmd/reader.h"

/* Signatures stand behind an empty line. Without a key the inventory is as good, and nobody's. */
static enum err sign(struct datadir *d, struct sbuf *text, bool *ret_signed, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf lines = sbuf_make(MIB);
	struct errinfo none = { 0 };
	const char *signed_text = inventory_signed_text(&a, sbuf_str(text));
	if (!signed_text)
		return ERR(e, NOMEM, "inventory");
	enum err err = keys_sign(d, str_c(signed_text), clock_wall(), &lines, &none);
	*ret_signed = !err;
	if (err == ERR_NOT_FOUND) {
		fprintf(stderr, "the inventory is not signed: there is no key here (chartlocker keys generate)\n");
		return OK;
	}
	if (err)
		return err_set(e, err, "%s", none.detail);
	sbuf_putc(text, '\n');
	sbuf_put(text, sbuf_str(&lines));
	return sbuf_ok(text) && sbuf_ok(&lines) ? OK : ERR(e, NOMEM, "inventory");
}

enum err bundle_inventory_of(const char *data, const char *repo, struct sbuf *to, struct inventory_made *ret,
                             bool *ret_signed, struct errinfo *e)
{
	struct reader r;
	enum err err = reader_open(data, &r, e);
	if (!err)
		err = catalog_read_begin(r.catalog, e);
	if (!err)
		err = inventory_make(r.catalog, str_c(repo), to, ret, e);
	if (r.catalog)
		catalog_rollback(r.catalog);
	if (!err && ret_signed)
		err = sign(r.dir, to, ret_signed, e);
	reader_close(&r);
	return err;
}

struct written { const char *repo, *file; struct inventory_made made; bool json, is_signed; };

/* What was written, beside it. */
static enum err report(const struct written *w, size_t bytes, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	if (w->json) {
		sbuf_putc(&b, '{');
		json_text(&b, "repo", str_c(w->repo));
		json_text(&b, "file", str_c(w->file));
		json_number(&b, "trip", w->made.trip);
		json_number(&b, "files", w->made.files);
		json_number(&b, "bytes", bytes);
		json_bool(&b, "signed", w->is_signed);
		sbuf_puts(&b, "}\n");
	} else {
		sbuf_printf(&b, "%s: trip %llu of %s, files %zu, bytes %zu\n", w->file, (unsigned long long)w->made.trip,
		            w->repo, w->made.files, bytes);
	}
	return print_output(&b, e);
}

/* To standard output it goes alone. */
static enum err write_to(const struct written *w, const struct sbuf *text, struct errinfo *e)
{
	if (strcmp(w->file, "-") == 0)
		return print_output(text, e);
	enum err err = datadir_outside(w->file, e);
	if (!err)
		err = output_write(w->file, sbuf_str(text), e);
	return err ? err : report(w, text->n, e);
}

int cmd_bundle_inventory(const struct command *self, int argc, char **argv)
{
	AUTO_SBUF struct sbuf text = sbuf_make(INVENTORY_MAX_BYTES);
	const char *data = cmd_data();
	struct written w = { 0 };
	struct errinfo e = { 0 };
	const struct cmd_option options[] = {
		{ "data", 'd', CMD_TEXT, &data }, { "repo", 'r', CMD_TEXT, &w.repo },
		{ "output", 'o', CMD_TEXT, &w.file }, { "json", 'j', CMD_FLAG, &w.json }, { 0 },
	};
	int status = cmd_options_alone(self, argc, argv, options);
	if (status < 0 && !w.repo)
		status = cmd_misused(self, "say which repository: --repo R");
	if (status < 0 && !w.file)
		status = cmd_misused(self, "say where it goes: -o FILE or -o -");
	if (status >= 0 || !w.file)
		return status;
	enum err err = bundle_inventory_of(data, w.repo, &text, &w.made, &w.is_signed, &e);
	if (!err)
		err = write_to(&w, &text, &e);
	return err ? cmd_failed(self, &e) : EXIT_DONE;
}

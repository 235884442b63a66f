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
static enum err sign(struct datadir *d, struct sbuf *text, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf lines = sbuf_make(MIB);
	struct errinfo none = { 0 };
	const char *signed_text = inventory_signed_text(&a, sbuf_str(text));
	if (!signed_text)
		return ERR(e, NOMEM, "inventory");
	enum err err = keys_sign(d, str_c(signed_text), clock_wall(), &lines, &none);
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

enum err bundle_inventory_of(const char *data, const char *repo, bool signs, struct sbuf *to,
                             struct errinfo *e)
{
	struct reader r;
	enum err err = reader_open(data, &r, e);
	if (!err)
		err = catalog_read_begin(r.catalog, e);
	if (!err)
		err = inventory_make(r.catalog, str_c(repo), to, e);
	if (r.catalog)
		catalog_rollback(r.catalog);
	if (!err && signs)
		err = sign(r.dir, to, e);
	reader_close(&r);
	return err;
}

/* What was written, beside it. */
static enum err report(const char *file, struct str text, bool json, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct inventory v;
	enum err err = inventory_read(&a, text, &v, e);
	if (err)
		return err;
	if (json) {
		sbuf_putc(&b, '{');
		json_text(&b, "repo", v.repo);
		json_text(&b, "file", str_c(file));
		json_number(&b, "trip", v.trip.event);
		json_number(&b, "files", v.count);
		json_number(&b, "bytes", text.n);
		json_bool(&b, "signed", v.signatures.n);
		sbuf_puts(&b, "}\n");
	} else {
		sbuf_printf(&b, "%s: trip %llu of %.*s, files %zu, bytes %zu\n", file, (unsigned long long)v.trip.event,
		            STR_ARG(v.repo), v.count, text.n);
	}
	return print_output(&b, e);
}

/* To standard output it goes alone. */
static enum err write_to(const char *to, const struct sbuf *text, bool json, struct errinfo *e)
{
	if (strcmp(to, "-") == 0)
		return print_output(text, e);
	enum err err = output_write(to, sbuf_str(text), e);
	return err ? err : report(to, sbuf_str(text), json, e);
}

int cmd_bundle_inventory(const struct command *self, int argc, char **argv)
{
	bool json = false;
	AUTO_SBUF struct sbuf text = sbuf_make(INVENTORY_MAX_BYTES);
	const char *data = cmd_data(), *repo = NULL, *to = NULL;
	struct errinfo e = { 0 };
	const struct cmd_option options[] = {
		{ "data", 'd', CMD_PATH, &data }, { "repo", 'r', CMD_PATH, &repo },
		{ "output", 'o', CMD_PATH, &to }, { "json", 'j', CMD_FLAG, &json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = cmd_no_arguments(self, argc, argv);
	if (status < 0 && !repo)
		status = cmd_misused(self, "say which repository: --repo R");
	if (status < 0 && !to)
		status = cmd_misused(self, "say where it goes: -o FILE or -o -");
	if (status >= 0 || !to)
		return status;
	enum err err = bundle_inventory_of(data, repo, true, &text, &e);
	if (!err)
		err = write_to(to, &text, json, &e);
	return err ? cmd_failed(self, &e) : EXIT_DONE;
}

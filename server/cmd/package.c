/* chartlocker package: chart directories become archives, the same bytes from the same files. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/hash.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/format/semver.h"
#include "indexer/store/datadir.h"
#include "server/cmd/chart_dir.h"
#include "server/cmd/cmd.h"
#include "server/cmd/dependency.h"
#include "server/cmd/output.h"

#define LINE_MAX_BYTES (16u * KIB)

struct packaging {
	const struct command *self;
	const char *destination;
	bool update, json;
	struct package_options options;
};

static enum err print_json(const char *path, const struct package *made, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(LINE_MAX_BYTES);
	struct sha256 digest;
	char hex[SHA256_HEX_BYTES + 1];
	enum err err = sha256_of(str_make(made->tgz, made->bytes), &digest, e);
	if (err)
		return err;
	sha256_hex(&digest, hex);
	sbuf_putc(&b, '{');
	json_text(&b, "path", str_c(path));
	json_text(&b, "name", made->chart.meta.name);
	json_text(&b, "version", made->chart.meta.version);
	json_text(&b, "digest", str_c(hex));
	json_number(&b, "size", made->bytes);
	sbuf_puts(&b, "}\n");
	return print_output(&b, e);
}

static enum err write_package(const struct packaging *p, struct arena *a,
                              const struct package *made,
                              struct errinfo *e)
{
	const char *path = arena_printf(a, "%s/%.*s", p->destination, STR_ARG(made->file_name));
	if (!path)
		return ERR(e, NOMEM, "path");
	enum err err = output_write(path, str_make(made->tgz, made->bytes), e);
	if (err)
		return err;
	for (size_t i = 0; i < made->chart.warning_count; i++)
		cmd_tell("%s: %s", path, made->chart.warnings[i].text);
	if (p->json)
		return print_json(path, made, e);
	printf("Successfully packaged chart and saved it to: %s\n", path);
	return OK;
}

static enum err package_one(const struct packaging *p, const char *directory, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct package made;
	enum err err = p->update ? dependency_update(directory, &p->options, e) : OK;
	if (!err)
		err = chart_dir_package(&a, directory, &p->options, &made, e);
	if (err) {
		err_prefix(e, "%s", directory);
		return err;
	}
	err = write_package(p, &a, &made, e);
	free(made.tgz);
	return err;
}

static int package_all(const struct packaging *p, char **directories)
{
	struct errinfo e = { 0 };
	(void)umask(0022);               /* these folders are not part of a data directory */
	if (datadir_outside(p->destination, &e) || fs_mkdirs(AT_FDCWD, p->destination, 0755, &e))
		return cmd_failed(p->self, &e);
	for (; *directories; directories++)
		if (package_one(p, *directories, &e))
			return cmd_failed(p->self, &e);
	return EXIT_DONE;
}

static int check(struct packaging *p, int argc, char **argv)
{
	struct errinfo e = { 0 };
	struct semver version;
	int status = cmd_arguments(p->self, argc, argv, 1, INT_MAX, "chart directories are expected");
	if (status >= 0)
		return status;
	if (p->options.version.n && !semver_parse(p->options.version, &version))
		return cmd_misused(p->self, "--version: \"%.*s\" is not a version like 1.2.3",
		                   STR_ARG(p->options.version));
	if (source_date(&p->options.mtime_seconds, &e))
		return cmd_failed(p->self, &e);
	return -1;
}

int cmd_package(const struct command *self, int argc, char **argv)
{
	struct packaging p = { .self = self, .destination = "." };
	const char *version = "", *app_version = "";
	const struct cmd_option options[] = {
		{ "destination", 'd', CMD_TEXT, &p.destination }, { "version", 0, CMD_ANY, &version },
		{ "app-version", 0, CMD_ANY, &app_version },
		{ "dependency-update", 'u', CMD_FLAG, &p.update },
		{ "json", 'j', CMD_FLAG, &p.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	p.options.version = str_c(version);
	p.options.app_version = str_c(app_version);
	if (status < 0)
		status = check(&p, argc, argv);
	return status < 0 ? package_all(&p, argv + optind) : status;
}

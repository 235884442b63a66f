/* chartlocker version: which program this is, and the libraries it runs with, as each of them tells. */
#include <archive.h>
#include <curl/curl.h>
#include <git2.h>
#include <gnutls/gnutls.h>
#include <jansson.h>
#include <libdeflate.h>
#include <microhttpd.h>
#include <openssl/crypto.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <rnp/rnp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>
#include <zlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "server/cmd/cmd.h"

#define VERSION_MAX_BYTES 64
#define JSON_MAX_BYTES (4 * KIB)

const char *program_commit = "unknown";

struct library {
	const char *name, *version;
};

static const char *libgit2_version(char *into, size_t size)
{
	int major, minor, patch;
	git_libgit2_version(&major, &minor, &patch);
	(void)snprintf(into, size, "%d.%d.%d", major, minor, patch);
	return into;
}

/* "10.42 2022-12-11" without the day. */
static const char *pcre2_version(char *into, size_t size)
{
	if (pcre2_config(PCRE2_CONFIG_VERSION, NULL) > (int)size)
		return "unknown";
	(void)pcre2_config(PCRE2_CONFIG_VERSION, into);
	into[strcspn(into, " ")] = '\0';
	return into;
}

static void print_text(const struct library *l)
{
	printf("chartlocker " CHARTLOCKER_VERSION "\n%-13s " CHARTLOCKER_RELEASED "\n%-13s %s\n",
	       "released", "commit", program_commit);
	for (; l->name; l++)
		printf("%-13s %s\n", l->name, l->version);
}

static enum err print_json(const struct library *l, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(JSON_MAX_BYTES);
	sbuf_putc(&b, '{');
	json_text(&b, "name", STR("chartlocker"));
	json_text(&b, "version", STR(CHARTLOCKER_VERSION));
	json_text(&b, "released", STR(CHARTLOCKER_RELEASED));
	json_text(&b, "commit", str_c(program_commit));
	json_key(&b, "libraries");
	sbuf_putc(&b, '{');
	for (; l->name; l++)
		json_text(&b, l->name, str_c(l->version));
	sbuf_puts(&b, "}}\n");
	return print_output(&b, e);
}

int cmd_version(const struct command *self, int argc, char **argv)
{
	bool json = false;
	const struct cmd_option options[] = { { "json", 'j', CMD_FLAG, &json }, { 0 } };
	int status = cmd_options_alone(self, argc, argv, options);
	if (status >= 0)
		return status;
	char git[VERSION_MAX_BYTES], pcre[VERSION_MAX_BYTES];
	const struct library libraries[] = {
		{ "gnutls", gnutls_check_version(NULL) },
		{ "jansson", jansson_version_str() },
		{ "libarchive", archive_version_string() + strlen("libarchive ") },
		{ "libcurl", curl_version_info(CURLVERSION_NOW)->version },
		{ "libdeflate", LIBDEFLATE_VERSION_STRING },    /* what it was compiled with */
		{ "libgit2", libgit2_version(git, sizeof git) },
		{ "libmicrohttpd", MHD_get_version() },
		{ "libyaml", yaml_get_version_string() },
		{ "openssl", OpenSSL_version(OPENSSL_VERSION_STRING) },
		{ "pcre2", pcre2_version(pcre, sizeof pcre) },
		{ "rnp", rnp_version_string() },
		{ "sqlite", sqlite3_libversion() },
		{ "zlib", zlibVersion() },
		{ NULL, NULL },                                 /* md4c does not tell */
	};
	struct errinfo e = { 0 };
	if (json && print_json(libraries, &e))
		return cmd_failed(self, &e);
	if (!json)
		print_text(libraries);
	return EXIT_DONE;
}

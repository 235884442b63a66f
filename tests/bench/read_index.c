/* read_index make FILE VERSIONS: an index of about 1,000 bytes for each, as `helm repo index` writes it
 * read_index bare FILE: libyaml's events of it, thrown away
 * read_index known|new FILE: the index as it comes, with all of its versions known, or none
 *
 * The last three print {"versions", "seconds", "peak_mb"}: the processor's time for the reading alone, and
 * the largest resident size of the process.                                                 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/format/index_stream.h"
#include "tests/bench/client.h"

#define VERSIONS_EACH 50u            /* of a chart */

static void fail(const char *what, const struct errinfo *e)
{
	fprintf(stderr, "read_index: %s: %s\n", what, e ? e->detail : "");
	exit(1);
}

/* ---- an index ---- */

static void put_version(FILE *f, unsigned chart, unsigned version)
{
	struct sha256 digest;
	char hex[SHA256_HEX_BYTES + 1];
	unsigned numbers[] = { chart, version };
	if (sha256_of(str_make(numbers, sizeof numbers), &digest, NULL))
		fail("SHA-256", NULL);
	sha256_hex(&digest, hex);
	fprintf(f, "  - annotations:\n      category: Infrastructure\n      licenses: Apache-2.0\n"
	        "    apiVersion: v2\n    appVersion: %u.%u.7\n    created: \"2025-03-0%uT10:11:12.123456789Z\"\n"
	        "    dependencies:\n    - condition: database.enabled\n      name: database\n"
	        "      repository: https://charts.example.org/stable\n      version: 12.x.x\n"
	        "    - name: common\n      repository: https://charts.example.org/stable\n"
	        "      tags:\n      - example-common\n      version: 2.x.x\n"
	        "    description: A service that keeps what it is given and gives it back when it is asked\n"
	        "      for it, with high availability and without surprises.\n    digest: %s\n"
	        "    home: https://example.org/charts/service-%05u\n"
	        "    icon: https://example.org/charts/service-%05u/icon.png\n"
	        "    keywords:\n    - service\n    - storage\n    - cluster\n    - http\n"
	        "    kubeVersion: '>=1.25.0-0'\n"
	        "    maintainers:\n    - email: charts@example.org\n      name: Example\n"
	        "      url: https://example.org\n    name: service-%05u\n"
	        "    sources:\n    - https://git.example.org/charts/service-%05u\n"
	        "    type: application\n    urls:\n    - https://charts.example.org/stable/service-%05u-%u.%u.0.tgz\n"
	        "    version: %u.%u.0\n",
	        version / 10, version % 10, 1 + version % 9, hex, chart, chart, chart, chart, chart,
	        version / 10, version % 10, version / 10, version % 10);
}

static void make(const char *path, unsigned versions)
{
	FILE *f = fopen(path, "w");
	if (!f)
		fail(path, NULL);
	fputs("apiVersion: v1\nentries:\n", f);
	for (unsigned i = 0; i < versions; i++) {
		if (i % VERSIONS_EACH == 0)
			fprintf(f, "  service-%05u:\n", i / VERSIONS_EACH);
		put_version(f, i / VERSIONS_EACH, VERSIONS_EACH - 1 - i % VERSIONS_EACH);
	}
	fputs("generated: \"2025-03-09T10:11:12.123456789Z\"\n", f);
	if (fclose(f))
		fail(path, NULL);
}

/* ---- readings ---- */

static int read_file(void *file, unsigned char *to, size_t size, size_t *ret_n)
{
	*ret_n = fread(to, 1, size, file);
	return !ferror(file);
}

static unsigned long long bare(FILE *f)
{
	yaml_parser_t p;
	yaml_event_t event;
	if (!yaml_parser_initialize(&p))
		fail("libyaml", NULL);
	yaml_parser_set_input(&p, read_file, f);
	for (bool ended = false; !ended;) {
		if (!yaml_parser_parse(&p, &event))
			fail("libyaml", NULL);
		ended = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&p);
	return 0;
}

static bool every_one, nothing;

static bool is_known(void *all, struct str chart, const struct sha256 *hash)
{
	(void)chart, (void)hash;
	return *(bool *)all;
}

static enum err pass_entry(void *all, struct str chart, const struct index_entry *entry,
                           const struct sha256 *hash, struct errinfo *e)
{
	(void)all, (void)chart, (void)entry, (void)hash, (void)e;
	return OK;
}

static enum err pass_skipped(void *all, struct str chart, struct str version, uint32_t line,
                             const char *why, struct errinfo *e)
{
	(void)all, (void)chart, (void)version, (void)line;
	return ERR(e, BUG, "%s", why);
}

static enum err read_piece(void *file, char *to, size_t size, size_t *ret_n, struct errinfo *e)
{
	return read_file(file, (unsigned char *)to, size, ret_n) ? OK : ERR_SYS(e, "reading");
}

static enum err begin_again(void *file, struct errinfo *e)
{
	return fseek(file, 0, SEEK_SET) ? ERR_SYS(e, "reading") : OK;
}

static unsigned long long stream(FILE *f, bool *all_known)
{
	const struct index_stream_handler handler = {
		all_known, is_known, pass_entry, pass_skipped, NULL };
	struct index_stream_summary s;
	struct errinfo e;
	if (index_stream_read(read_piece, begin_again, f, "index.yaml", &handler, &s, &e))
		fail("reading", &e);
	return s.versions;
}

/* Not that of getrusage, which is also that of whoever started this. */
static double peak_mb(void)
{
	char line[200];
	unsigned long kib = 0;
	FILE *f = fopen("/proc/self/status", "r");
	while (f && fgets(line, sizeof line, f))
		(void)sscanf(line, "VmHWM: %lu", &kib);
	if (f)
		(void)fclose(f);
	return (double)kib * 1.024e-3;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "make"))
		return make(argv[2], (unsigned)strtoul(argv[3], NULL, 10)), 0;
	FILE *f = argc == 3 ? fopen(argv[2], "r") : NULL;
	if (!f)
		fail("make FILE VERSIONS, or bare|known|new FILE", NULL);
	every_one = true;
	double began = cpu_seconds();
	unsigned long long versions = !strcmp(argv[1], "bare") ? bare(f)
		: stream(f, !strcmp(argv[1], "known") ? &every_one : &nothing);
	double seconds = cpu_seconds() - began;
	printf("{\"versions\":%llu,\"seconds\":%.6f,\"peak_mb\":%.3f}\n", versions, seconds, peak_mb());
	return fclose(f) != 0;
}

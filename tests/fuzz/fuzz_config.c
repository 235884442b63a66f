/* Settings from arbitrary bytes: a YAML file, and behind the first NUL one variable per line.
 *
 * Beyond not crashing: an error exactly when a problem is told, every problem is one line, and
 * every value that was accepted is accepted again as text.                                   */
#include "fuzz.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "server/config.h"

#define VARIABLES_MAX 8

static void check_value(struct config *c, enum config_id id)
{
	AUTO_SBUF struct sbuf value = sbuf_make(MIB), again = sbuf_make(MIB);
	struct errinfo e = { 0 };
	config_value(c, id, &value);
	REQUIRE(sbuf_ok(&value));
	REQUIRE(config_set(c, id, value.n ? value.p : "", "again", &e) == OK);
	config_value(c, id, &again);
	REQUIRE(str_eq(sbuf_str(&value), sbuf_str(&again)));
}

/* A variable that names a file would read this machine's files. */
static bool is_harmless(struct str line)
{
	struct str name = str_cut(&line, '=', NULL);
	return !str_ends(name, STR("_FILE"));
}

static void load(struct str yaml, char *const *environment)
{
	AUTO_SBUF struct sbuf problems = sbuf_make(16 * MIB);
	struct config c = { 0 };
	struct errinfo e = { 0 };
	char file[32];
	AUTO_FD int fd = memfd_create("settings", MFD_CLOEXEC);
	REQUIRE(fd >= 0 && fs_write(fd, yaml, &e) == OK);
	(void)snprintf(file, sizeof file, "/proc/self/fd/%d", fd);
	REQUIRE(config_defaults(&c, &e) == OK);
	enum err err = config_load(&c, file, environment, &problems, &e);
	REQUIRE(err == e.code && (err != OK || !problems.n));
	REQUIRE(!problems.n || problems.p[problems.n - 1] == '\n');
	for (int i = 0; !err && i < CONFIG_COUNT; i++)
		check_value(&c, (enum config_id)i);
	config_done(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena a = { 0 };
	char *environment[VARIABLES_MAX + 1] = { 0 };
	struct str lines = str_make(data, size), yaml = str_cut(&lines, '\0', NULL);
	for (size_t n = 0; n < VARIABLES_MAX && lines.n;) {
		struct str line = str_cut(&lines, '\n', NULL);
		if (!is_harmless(line))
			continue;
		environment[n] = arena_dup(&a, line);
		REQUIRE(environment[n++]);
	}
	load(yaml, environment);
	return 0;
}

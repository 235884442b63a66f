/* chartlocker ready: does it work where no network goes? For people, and for a job that packs for such a place. */
#include "server/cmd/ready.h"

#include "indexer/base/limits.h"

#define CHARTS_AT_ONCE 10000
#define LIST_MAX_BYTES (256u * MIB)

enum fail_on { FAIL_NEVER, FAIL_ON_WARNINGS, FAIL_ON_ERRORS };

static bool read_fail_on(const char *word, enum fail_on *ret)
{
	static const char *const words[] = { "none", "warning", "error" };
	for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
		if (!strcmp(word, words[i])) {
			*ret = (enum fail_on)i;
			return true;
		}
	return false;
}

static bool fails(const struct ready *x, enum fail_on on)
{
	bool found = false;
	for (const struct node_item *i = x->charts->items; i; i = i->next)
		found |= (on == FAIL_ON_ERRORS && field_number(i->value, "errors")) ||
		         (on == FAIL_ON_WARNINGS && field_number(i->value, "errors") + field_number(i->value, "warnings"));
	return found;
}

int cmd_ready(const struct command *self, int argc, char **argv)
{
	struct ready x = { .self = self, .list = sbuf_make(LIST_MAX_BYTES) };
	const char *fail_on = "error";
	bool why = false;
	enum fail_on on = FAIL_ON_ERRORS;
	struct errinfo e = { 0 };
	const struct cmd_option options[] = {
		READY_OPTIONS(&x), { "fail-on", 'f', CMD_TEXT, &fail_on }, { "why", 'w', CMD_FLAG, &why }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = cmd_arguments(self, argc, argv, 0, CHARTS_AT_ONCE, "archives, chart directories, REPO/NAME or "
		                       "bundles are expected");
	if (status < 0 && !read_fail_on(fail_on, &on))
		status = cmd_misused(self, "--fail-on: error, warning or none is expected, not \"%s\"", fail_on);
	size_t count = (size_t)(argc - optind);
	if (status < 0)
		status = ready_check(&x, argv + optind, count, false);
	if (status >= 0)
		return status;
	enum err err = ready_collect(&x, argv + optind, count, &e);
	if (!err)
		err = ready_print(&x, why, &e);
	status = err ? cmd_failed(self, &e) : fails(&x, on) ? EXIT_FAILED : EXIT_DONE;
	ready_done(&x);
	return status;
}

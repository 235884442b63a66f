/* Who has the directory is the administrator, as at its control socket. */
#include "server/cmd/audited.h"

#include <stdio.h>

#include "indexer/base/clock.h"
#include "server/cmd/cmd.h"

#define NAME STR("admin")
#define REMOTE STR("unix")

struct audit_note audited_note(const char *action)
{
	return (struct audit_note){ .name = NAME, .remote = REMOTE, .action = str_c(action) };
}

struct audit_row audited_row(const char *action, struct str object, enum err became)
{
	return (struct audit_row){
		.at_ns = clock_wall(), .actor = AUDITED_ACTOR, .name = NAME, .remote = REMOTE,
		.action = str_c(action), .object = object,
		.verdict = became ? str_c(err_code(became)) : STR("ok"),
	};
}

struct writing { struct change change; struct audit_row row; };

static enum err write_row(struct change *c, struct catalog *catalog, struct errinfo *e)
{
	return catalog_audit_append(catalog, &((struct writing *)c)->row, e);
}

void audited(struct ingest *g, const char *action, const char *object, enum err became)
{
	struct writing w = { .row = audited_row(action, str_c(object), became) };
	change_init(&w.change, CHANGE_CALL);
	w.change.call = write_row;
	if (ingest_apply(g, &w.change))
		fprintf(stderr, "the audit log has no row about this: %s\n", cmd_reason(&w.change.error));
	change_done(&w.change);
}

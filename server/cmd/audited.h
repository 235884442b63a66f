/* The audit log's rows about what a command does itself, because no server runs on the data
 * directory: as they would be if it had asked one.                                           */
#pragma once

#include "indexer/ingest/ingest.h"
#include "indexer/store/accounts.h"

/* For a change: its actor is AUDITED_ACTOR. */
#define AUDITED_ACTOR STR("admin")
struct audit_note audited_note(const char *action);
/* About what has no change with a note: `became` is OK or why it failed. Borrows its arguments. */
struct audit_row audited_row(const char *action, struct str object, enum err became);
/* Writes such a row. What was done is done without it, too: a failure is told on standard error. */
void audited(struct ingest *g, const char *action, const char *object, enum err became);

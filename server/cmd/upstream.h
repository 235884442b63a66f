/* chartlocker upstream, in files: upstream.c has the verbs that are one request, upstream_refresh.c what
 * waits for a refresh, upstream_import.c what reads lists of others, upstream_show.c what is printed. */
#pragma once

#include "server/cmd/verbs.h"

struct upstream_command {
	struct verb_run run;             /* first */
	const char *mode, *credentials, *confirm, *description, *kind;
	bool allow_private, private, no_refresh, whole, accept_drop, accept_fork, accept, yes;
	struct cmd_list set;
};

/* ---- upstream.c ---- */

/* The body of a request for a new one, with what options say; `maintainers` may be empty. */
NODISCARD enum err upstream_put_new(struct upstream_command *x, struct str name, struct str url,
                                    struct str maintainers, struct sbuf *b, struct errinfo *e);
/* The repository as addresses have it: "team-a~stable"; in the arena, NULL: no memory. */
const char *upstream_joined(struct arena *a, const char *name);

/* ---- upstream_refresh.c; each returns the exit status ---- */

/* NAME URL: made, and asked for the first time unless --no-refresh. */
int upstream_add(struct upstream_command *x);
/* NAME: waits; 1 where it failed or is held. */
int upstream_refresh(struct upstream_command *x);

/* ---- upstream_import.c ---- */
int upstream_import(struct upstream_command *x);

/* ---- upstream_show.c ---- */
void upstream_print_list(const struct verb_run *x, const struct node *root);
void upstream_print_one(const struct verb_run *x, const struct node *root);
void upstream_print_skipped(const struct verb_run *x, const struct node *root);
void upstream_print_runs(const struct verb_run *x, const struct node *root);
void upstream_print_drift(const struct verb_run *x, const struct node *root);
void upstream_print_gone(const struct verb_run *x, const struct node *root);
void upstream_print_accepted(const struct verb_run *x, const struct node *root);
void upstream_print_hook(const struct verb_run *x, const struct node *root);
void upstream_print_test(const struct verb_run *x, const struct node *root);
void upstream_print_deleted(const struct verb_run *x, const struct node *root);
/* "rules": what each of them takes; `sized`: and how much that is. */
void upstream_print_rules(const struct node *root, bool sized);
/* One line: "prometheus: fresh, 45 charts, 1234 versions". */
void upstream_print_state(const struct node *root);

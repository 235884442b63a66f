/* Commands that are several verbs over the administrator's API: chartlocker repo create, user add,
 * token revoke; or one that is its own verb: chartlocker yank. A command declares a table of
 * verbs, reads its options, and calls verbs_run. Each is asked of a server at an address, or of a data
 * directory (remote.h).                                                                      */
#pragma once

#include "server/cmd/ask.h"
#include "server/cmd/cmd.h"

struct verb;
struct verb_run {                    /* the command's own struct begins with it */
	const struct command *self;
	const char *server;              /* its address; NULL: the data directory */
	const char *data;
	bool json, dry_run;
	const struct verb *verb;         /* while it runs, as what follows */
	char **args;                     /* after the verb; ends with NULL */
	const char *about;               /* what the target names; NULL: the first argument */
	/* What is given and has no meaning with this verb; NULL: nothing. May be NULL itself. */
	const char *(*misuse)(const struct verb_run *x, const struct verb *v, int count);
	/* Of what the target names; may be NULL. */
	enum err (*check_name)(struct str name, struct errinfo *e);
	/* Of what a dry run of `asks` answered, which is made before the change is; false ends it, and has told
	 * why. NULL: the change is made at once.                                                 */
	bool (*agree)(const struct verb_run *x, const struct node *answer);
	const struct verb *asks;         /* another verb; NULL: the verb itself */
	/* Of what was answered and printed; false: the exit status is that of a failure. NULL: it is. */
	bool (*good)(const struct verb_run *x, const struct node *answer);
	struct arena arena;
};

struct verb {
	const char *name;
	int min, max;                    /* arguments after it */
	const char *takes;               /* "NAME", for who gives others */
	const char *method, *target;     /* %s is what it is about, checked or encoded; %0, %1: an argument */
	const char *says;                /* by what its answer is believed: answer_believe */
	/* The fields of the body, between its braces; NULL: there is no body. */
	enum err (*body)(struct verb_run *x, struct sbuf *b, struct errinfo *e);
	void (*print)(const struct verb_run *x, const struct node *answer);
	const char *would;               /* what a dry run says: "made"; NULL: it prints as well */
};

/* From optind on: a verb of the table (which ends with a row without a name) and its arguments.
 * Returns the exit status.                                                                   */
int verbs_run(const struct verb *verbs, struct verb_run *x, int argc, char **argv);
/* That one; its arguments begin at optind. */
int verb_run_one(const struct verb *v, struct verb_run *x, int argc, char **argv);

/* "name":["a","b"] of what an option was given. */
void put_list_field(struct sbuf *b, const char *name, const struct cmd_list *list);
/* "a, b" of a list of texts, as a table's cell; of an empty one "-". */
void put_list_cell(struct sbuf *b, const struct node *list);
/* For check_name, where the name is one segment of the target: with slashes or dots alone it would
 * be the address of something else. INVALID.                                                 */
NODISCARD enum err verb_segment_check(struct str name, struct errinfo *e);
/* A line of standard input, asked for on a terminal by `prompt`: a password. INVALID: empty, too long, or not
 * UTF-8, of which JSON would make other characters.                                          */
NODISCARD enum err read_secret(struct arena *a, const char *prompt, struct str *ret, struct errinfo *e);

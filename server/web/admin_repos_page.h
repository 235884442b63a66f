/* /admin/repos: all repositories, what is kept of deleted ones, and making one; /admin/repos/{repo}:
 * its settings, its name and its end. Changes are those of server/manage/repos.h.             */
#pragma once

#include "indexer/ingest/ingest.h"
#include "server/web/admin_parts.h"
#include "server/web/form.h"

#define ADMIN_REPO_ROWS 100u         /* of a page */

struct admin_repo_line {
	struct str name, link;
	uint64_t charts, versions, bytes, max_bytes, max_versions;   /* a maximum of 0: none */
	struct str provenance;           /* "off", "check", "require" */
	struct str retention;            /* "last 20, 90 days"; empty: all are kept */
	bool is_default, private, overwrite;
};

/* What is kept of a deleted repository. */
struct kept_repo {
	struct str name, link;           /* link: where its form goes */
	int64_t deleted_ns, now_ns;
};

struct admin_repos_view {
	struct admin_head head;
	const struct admin_repo_line *rows;
	size_t row_count;
	struct pager pager;
	const struct kept_repo *kept;
	size_t kept_count;
	struct field kind, name, description, private;       /* of a new one, as they were typed */
	struct field upstream, mode, allow_private;          /* of an upstream */
	struct field members;            /* of a virtual one */
	struct str problem;              /* of the form; empty: none */
	struct str purge_of, purge_typed, purge_problem;     /* of a purge that was refused: which one that was */
	struct form_code code;
};

/* A setting as a form has it. */
#define SETTING_WORDS_MAX 4
struct setting_field {
	const char *title;               /* of the group that begins with it; NULL: it goes on */
	const char *note;                /* on the whole group, below its title; NULL: none */
	struct field field;
	struct choice words[SETTING_WORDS_MAX];
};

struct admin_repo_view {
	struct admin_head head;
	struct str repo;
	struct setting_field settings[REPO_SETTING_COUNT];   /* those that its kind has */
	size_t setting_count;
	struct str problem;
	bool saved;
	bool manages;                    /* may rename and delete as well */
	bool is_default;
	uint64_t charts, versions, bytes;
	struct field to, confirm;
	struct form_code code;
};

NODISCARD enum err admin_repos_page(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_repos_post(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_purge_post(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_repo_page(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_repo_post(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_rename_post(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_delete_post(struct call *c, struct response *s, struct errinfo *e);
void admin_repo_end(struct call *c);

/* Answers what is known to be wrong before it is tried (x->change.error) as if that had come of it. */
struct repo_change;
NODISCARD enum err admin_refuse(struct repo_change *x, enum err why);

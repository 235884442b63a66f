/* /upload: publishing charts with a browser, and what the server says of each file. */
#pragma once

#include "server/web/form.h"
#include "server/web/parts.h"

/* A finding of the inspection. */
struct upload_line {
	const char *word, *kind;         /* of a mark: "lint warning", "warn" */
	struct str path, text;
};

struct upload_verdict {
	struct str file;                 /* what the browser called it */
	const char *word, *kind;         /* of a mark: "published", "good" */
	struct str name, version;        /* empty: the archive could not be read so far */
	struct str link, digest;         /* link: empty: there is no page of it */
	uint64_t bytes;                  /* 0: unknown */
	const char *reason, *advice;     /* NULL: nothing is wrong */
	bool with_prov;
	const struct upload_line *lines;
	size_t line_count;
};

struct upload_choice { struct str name; bool chosen; };

struct upload_view {
	struct str repo;                 /* chosen */
	const struct upload_choice *repos;
	size_t repo_count;
	bool must_sign, overwrite;       /* how the repository is set */
	uint64_t max_bytes;              /* of what is sent at once */
	const char *problem;             /* of the form; NULL: none */
	const struct upload_verdict *verdicts;
	size_t verdict_count;
	struct form_code code;
};

NODISCARD enum err upload_page(struct call *c, struct response *s, struct errinfo *e);

/* The page with what became of the files; verdicts NULL: none came. May block. */
NODISCARD enum err upload_show(struct call *c, int status, struct upload_view *v,
                               struct response *s, struct errinfo *e);

/* Its form (upload_form.c): multipart with the fields code, file (several), and check, which stores
 * nothing.                                                                                   */
NODISCARD enum err upload_form_begin(struct call *c, struct errinfo *e);
NODISCARD enum err upload_form_take(struct call *c, struct str piece, struct errinfo *e);
NODISCARD enum err upload_form_post(struct call *c, struct response *s, struct errinfo *e);
void upload_form_end(struct call *c);

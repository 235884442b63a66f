/* What the files of readiness.h share. */
#pragma once

#include "indexer/document/readiness.h"
#include "indexer/format/node.h"

struct needs_reader {
	struct arena *a;
	struct arena scratch;            /* what is rendered */
	struct errinfo *e;
	struct readiness_needs *to;
	size_t room;
	size_t steps;                    /* of walking trees, so far */
	size_t schema_steps;             /* that are left: schema.h */
	struct sbuf early;               /* "a.sh b.sh ": scripts that hooks and init containers run */
};
#define EARLY_MIN_BYTES 4u               /* ".sh " */

/* Texts are copied; `what` and `where` are cut to READINESS_TEXT_MAX_BYTES. */
NODISCARD enum err need_add(struct needs_reader *r, const struct readiness_finding *f);
/* False: enough was looked at. */
NODISCARD bool need_step(struct needs_reader *r);
/* The same for a text of so many bytes, which aliases may bring again and again. */
NODISCARD bool need_text(struct needs_reader *r, size_t bytes);

/* Host of an address with a scheme, or of "git@host:path"; empty: none, or one that is inside anyway. In the
 * arena. NOMEM.                                                                               */
NODISCARD enum err named_host(struct arena *a, struct str address, struct str *ret, struct errinfo *e);
/* The same, but for the hosts of examples: what is copied from a manual is rarely meant. */
NODISCARD enum err outside_host(struct arena *a, struct str address, struct str *ret, struct errinfo *e);

struct chart_images;
/* readiness_images.c: those that are certain. */
NODISCARD enum err needs_of_images(struct needs_reader *r, const struct chart_images *x);

/* readiness_schema.c */
NODISCARD enum err needs_of_schema(struct needs_reader *r, const struct chart *c, struct str subchart);

/* readiness_objects.c: containers and scripts in what a file became. */
NODISCARD enum err needs_of_objects(struct needs_reader *r, struct str file, struct str text);

/* readiness_shell.c: what a script downloads, one command after the other. */
struct shell_download { struct str text, host, tool; };      /* the command; "get.x.io", or else "pip" */
struct shell_script {
	struct str rest;
	struct shell_download found;
};
/* True: x->found is the next one; borrowed, but for the host, which may be in the arena. NOMEM. */
NODISCARD enum err shell_next_download(struct arena *a, struct shell_script *x, bool *ret_any,
                                       struct errinfo *e);

struct rendered;                     /* template/render.h */
/* release_bytes.c: bytes that the release takes in a Secret, compressed and encoded about as Helm does. At
 * RELEASE_TOLD_MAX_BYTES it may be any number more.                                           */
NODISCARD enum err release_bytes(const struct chart *c, const struct rendered *x, size_t *ret,
                                 struct errinfo *e);

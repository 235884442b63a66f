/* Where in the HTML a template is, character by character: which escaper a value needs, and what has
 * no place in a page. Mistakes end the program (fail).                                          */
#pragma once

#include <stdbool.h>

#define WORD_MAX 32
#define OPEN_MAX_BYTES 1024

enum where {
	TEXT, DECLARATION, TAG_NAME, ATTRIBUTE, BEFORE_VALUE, VALUE,
	IN_TAG,                          /* a space, / or > has to follow */
	GAP                              /* the space was there */
};

/* What all branches of an if have to agree on at their end. */
struct context {
	enum where where;
	bool closing, slash;             /* </tag, <tag / */
	char tag[WORD_MAX], attribute[WORD_MAX];
	char value[WORD_MAX];            /* how the attribute's literal text begins */
	bool valued;                     /* the URL is a {{ value }} */
	bool json;                       /* the script is a block of data */
	char open[OPEN_MAX_BYTES];       /* "/html/body/": the open elements */
};

_Noreturn void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

void context_start(struct context *x);
/* `next` stands behind c. */
void context_see(struct context *x, char c, const char *next);
/* A {{ tag }} follows: what stands before it is over, but for text and an attribute's value. */
void context_break(struct context *x);
/* "out_text", "out_attr", "out_url", "out_json": of a value that stands here. */
const char *context_escaper(struct context *x);
bool context_keeps_space(const struct context *x);
bool context_is_same(const struct context *a, const struct context *b);

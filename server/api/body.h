/* A JSON body of the API: kept whole, because it is small (API_BODY_MAX_BYTES, API_BODY_PARTS_MAX). For rows of
 * the route table:
 *
 *     { …, .begin = body_begin, .body = body_take, .end = body_end }
 *
 * and in the handler body_json. c->data is this module's, and begins with the sbuf of the text; a handler
 * that needs memory of its own for longer uses the request's arena and c->state.             */
#pragma once

#include "indexer/format/node.h"
#include "server/route/route.h"

NODISCARD enum err body_begin(struct call *c, struct errinfo *e);
NODISCARD enum err body_take(struct call *c, struct str piece, struct errinfo *e);
void body_end(struct call *c);       /* also of a row without a body */

/* Of a row that takes nothing: {} goes as well, which clients send that always send JSON. INVALID: what might have
 * been meant to change what is done.                                                         */
NODISCARD enum err body_none_begin(struct call *c, struct errinfo *e);
NODISCARD enum err body_none_take(struct call *c, struct str piece, struct errinfo *e);

/* An object, until body_end; whatever Content-Type says, because curl -d says it wrong. INVALID: it is none, or
 * no JSON at all, or has too many values; keys that stand twice are refused.                 */
NODISCARD enum err body_json(struct call *c, const struct node **ret, struct errinfo *e);
/* A field that is text, because 5 and null are none, and not empty; *ret stays as it is where the field is
 * missing. INVALID.                                                                           */
NODISCARD enum err body_text(const struct node *body, const char *key, struct str *ret, struct errinfo *e);
/* The same, where "" and null are as good as no field. */
NODISCARD enum err body_text_or_none(const struct node *body, const char *key, struct str *ret,
                                     struct errinfo *e);
/* The same of true or false. */
NODISCARD enum err body_bool(const struct node *body, const char *key, bool *ret, struct errinfo *e);
/* "chart" and "version", and the file that is theirs, in the request's arena. INVALID. */
NODISCARD enum err body_version(struct call *c, const struct node *body, struct str *ret_chart,
                                struct str *ret_version, struct str *ret_file, struct errinfo *e);
/* The name of a repository, which may be there or be made. INVALID. */
NODISCARD enum err body_repo_name(const struct call *c, const struct node *body, const char *key, struct str *ret,
                                  struct errinfo *e);
/* All of the body but this key as settings of a repository, a JSON object in the request's arena; "url" is
 * another word for "upstream", as in the settings file. INVALID: a value is no single one.    */
NODISCARD enum err body_settings(struct call *c, const struct node *body, const char *without,
                                 struct str *ret, struct errinfo *e);
/* A list of texts as lines, in the request's arena. INVALID: it is none, or one of them is no single line,
 * which is to be `each`: "ROLE:REPO-GLOB".                                                    */
NODISCARD enum err body_lines(struct call *c, const struct node *body, const char *key, const char *each,
                              struct str *ret, struct errinfo *e);
/* INVALID names the first key that is not one of these words. */
NODISCARD enum err body_only(const struct node *object, const char *words, struct errinfo *e);

/* Forms that pages send back: URL-encoded, kept whole, and taken from a page of this server alone.
 *
 *     { …, .begin = form_begin, .body = form_take, .end = form_end }     in the route table
 *     struct query fields;
 *     err = form_read(c, &fields, e);               in the handler
 *     query_text(&fields, "name")
 */
#pragma once

#include "server/http/message.h"
#include "server/web/page.h"

/* What is said of a form that no page of ours sent, or not to this caller. */
#define FORM_FOREIGN "this form takes only what its own page sends; go back, load the page anew and " \
	"try again"
#define FORM_OLD "this page is older than your login; go back, load it anew and try again"
#define FORM_CODE_FIELD "code"
struct form_code { char text[SHA256_HEX_BYTES + 1]; };

NODISCARD enum err form_begin(struct call *c, struct errinfo *e);
NODISCARD enum err form_begin_long(struct call *c, struct errinfo *e);     /* may hold a keyring */
NODISCARD enum err form_take(struct call *c, struct str piece, struct errinfo *e);
void form_end(struct call *c);           /* wipes what there is of secrets */

/* What the hidden field `code` of a form for this caller has to say. */
NODISCARD enum err form_code(struct call *c, struct form_code *ret, struct errinfo *e);
/* In the request's arena. MEDIA_TYPE, INVALID; FORM: no page of this server sent it. */
NODISCARD enum err form_read(struct call *c, struct query *ret, struct errinfo *e);
/* FORM too: it has not the code of this caller. */
NODISCARD enum err form_read_signed(struct call *c, struct query *ret, struct errinfo *e);

/* The status of a form that is shown once more because of `why`; 0: an error page tells it better. The text
 * stands beside the field that it begins with the name of ("expires: …"), as its `wrong`, else it is
 * *problem; in the request's arena, NUL-terminated. fields: FIELDS(…), or NULL. The logs have `why`. */
struct field;
#define FIELDS(...) (struct field *const []){ __VA_ARGS__, NULL }
int form_again(struct call *c, enum err why, const struct errinfo *e, struct str *problem,
               struct field *const *fields);
/* Such a text of a field; false: it is not about this one. */
bool form_blame(struct call *c, const struct errinfo *why, struct field *f);

/* page_respond, for a page that has forms. */
NODISCARD enum err form_respond(struct page *p, int status, const struct sbuf *body,
                                struct response *s, struct errinfo *e);
/* 303: where the browser goes on, with GET. */
void form_go_on(struct call *c, struct str link, struct response *s);

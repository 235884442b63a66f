/* /admin/hooks and /admin/hooks/{name}: who is told of what happens here, and what became of it. For
 * who manages the server.                                                                    */
#pragma once

#include "indexer/hook/message.h"
#include "server/manage/webhooks.h"
#include "server/web/admin_parts.h"
#include "server/web/form.h"

#define DELIVERY_ROWS 10u            /* of a page: the settings stand below them */

struct hook_line {
	struct str name, link, url, host, format, repos, charts;
	const char *state, *state_kind;  /* "failing", "warn" */
	uint64_t waiting, dead, failures;
	int64_t created_ns, failing_ns, rest_ns, worked_ns;     /* 0: it does not, never */
};

struct hook_form {                   /* the fields of a new one, or of one that is */
	struct field name, url, format, repos, charts, kinds, headers, secret, allow_private, paused;
	struct choice formats[HOOK_FORMAT_COUNT];
	struct str problem;              /* empty: none */
};

struct admin_hooks_view {
	struct admin_head head;
	struct form_code code;
	const struct hook_line *list;
	size_t count;
	int64_t now_ns;
	struct hook_form form;
};

struct delivery_line {
	uint64_t event;
	struct str kind, about;          /* "stable/redis 1.0.0" */
	const char *state, *state_kind;
	uint64_t attempts;
	int status;                      /* 0: none */
	int64_t at_ns, next_ns;          /* the last try, else when it was made; next_ns 0: none */
	struct str error, answer, resend;        /* resend: where its form goes */
};

struct admin_hook_view {
	struct admin_head head;
	struct form_code code;
	struct hook_line hook;
	int64_t now_ns;
	struct hook_form form;
	struct field secret, keep;
	struct str secret_problem, made; /* made: the secret, shown this once */
	bool is_set, is_resent, was_tested;
	struct hook_outcome test;        /* if was_tested */
	struct str test_problem;
	const struct delivery_line *deliveries;
	size_t delivery_count;
	struct str newest, older;        /* links; empty: one is there, there are none */
};

NODISCARD enum err admin_hooks_page(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_hooks_post(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_hook_page(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_hook_post(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_hook_test_post(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_hook_rotate_post(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_hook_remove_post(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err admin_hook_resend_post(struct call *c, struct response *s, struct errinfo *e);

/* ---- between admin_hooks_page.c and admin_hook_page.c ---- */

NODISCARD enum err hook_line(struct page *p, struct arena *a, const struct hook_row *row,
                             struct hook_line *ret, struct errinfo *e);
void hook_form_show(struct hook_form *f);        /* labels and hints */
/* What a form sent, in the arena of the request; texts that are empty are left as they are. */
struct hook_wish {
	struct str name, url, format, repos, charts, kinds, headers, secret, keep;
	bool allow_private, paused;
	struct webhook_fields fields;
};
NODISCARD enum err hook_wish_take(struct call *c, struct hook_wish **ret, struct errinfo *e);
/* The form once more, with what was typed: form_again with its problem and its fields. */
int hook_form_again(struct call *c, enum err why, const struct errinfo *e, const struct hook_wish *w,
                    struct hook_form *f);
/* The page of one webhook, with what just happened to it in *v. */
NODISCARD enum err hook_show(struct call *c, struct str name, int status, struct admin_hook_view *v,
                             struct response *s, struct errinfo *e);

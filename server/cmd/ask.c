/* See ask.h. */
#include "server/cmd/ask.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/format/name.h"
#include "server/cmd/cmd.h"
#include "server/route/address.h"

#define ANSWER_TOLD_BYTES 60u        /* of one that is none */

enum err asked_chart_read(const char *text, struct asked_chart *ret, struct errinfo *e)
{
	struct str version = str_c(text), place = str_cut(&version, '@', NULL);
	const char *slash = place.n ? memrchr(place.p, '/', place.n) : NULL;
	size_t n = slash ? (size_t)(slash - place.p) : 0;
	struct asked_chart x = {
		.repo = slash ? str_first(place, n) : str_c(cmd_default_repository()),
		.name = slash ? str_from(place, n + 1) : place, .version = version, .anywhere = !slash,
	};
	enum err err = x.name.n ? repo_old_name_check(x.repo, e) :
	               ERR(e, INVALID, "\"%s\": REPO/NAME is expected", text);
	if (!err)
		*ret = x;
	return err;
}

bool asked_is_path(const char *word)
{
	return *word == '/' || *word == '.' || str_ends(str_c(word), STR(".tgz"));
}

bool asked_is_here(const char *word, bool asks)
{
	return !strcmp(word, "-") || asked_is_path(word) || (!asks && !access(word, F_OK));
}

static enum err pick_repo(const struct node *results, struct asked_chart *x, struct errinfo *e)
{
	struct str found = { 0 }, other = { 0 };
	for (const struct node_item *i = field_items(results, "results"); i; i = i->next) {
		struct str repo = field_text(i->value, "repo");
		if (!str_eq(field_text(i->value, "name"), x->name))
			continue;
		if (str_eq(repo, x->repo))
			return OK;
		if (found.n)
			other = repo;
		else
			found = repo;
	}
	if (other.n)
		return ERR(e, INVALID, "%.*s is in several repositories: say %.*s/%.*s, or %.*s/%.*s",
		           STR_ARG(x->name), STR_ARG(found), STR_ARG(x->name), STR_ARG(other), STR_ARG(x->name));
	if (found.n)
		x->repo = found;
	return OK;
}

enum err asked_chart_find(struct remote *r, struct arena *a, struct asked_chart *x, struct errinfo *e)
{
	AUTO_SBUF struct sbuf target = sbuf_make(HTTP_URI_MAX_BYTES);
	const struct node *results = NULL;
	struct remote_answer answer;
	if (!x->anywhere)
		return OK;
	remote_catch_up(r);
	sbuf_puts(&target, "/api/v1/search?limit=100&q=");
	address_encode(&target, str_c(arena_printf(a, "name:%.*s", STR_ARG(x->name))));
	enum err err = ask_target(r, a, &target, &answer, e);
	if (!err)
		err = answer_read(a, answer.text, "results", &results, e);
	return err ? err : pick_repo(results, x, e);
}

void put_chart_target(struct sbuf *b, const struct asked_chart *x)
{
	sbuf_puts(b, "/api/v1/charts");
	address_joined(b, x->repo);
	address_segment(b, x->name);
}

void put_version_target(struct sbuf *b, const struct asked_chart *x)
{
	put_chart_target(b, x);
	address_segment(b, x->version.n ? x->version : STR("latest"));
}

enum err ask_target(struct remote *r, struct arena *a, const struct sbuf *target,
                    struct remote_answer *ret, struct errinfo *e)
{
	return sbuf_ok(target) ? remote_call(r, a, "GET", target->p, STR(""), ret, e) :
	       ERR(e, INVALID, "the name of the chart is too long");
}

enum err ask_pages(struct remote *r, struct arena *keep, struct sbuf *target, const char *key, ask_page *visit,
                   void *ctx, struct errinfo *e)
{
	enum err err = OK;
	bool more = true;
	while (!err && more) {
		AUTO_ARENA struct arena one = { 0 };
		struct arena *a = keep ? keep : &one;
		struct remote_answer answer = { 0 };
		const struct node *list = NULL;
		err = ask_target(r, a, target, &answer, e);
		if (!err)
			err = answer_list(a, answer.text, key, &list, e);
		if (!err)
			err = visit(ctx, list, answer.text, e);
		more = !err && answer.next;
		if (more) {
			sbuf_reset(target);
			sbuf_puts(target, answer.next);
		}
	}
	return err;
}

void asked_chart_hint(const struct asked_chart *x, const struct errinfo *e)
{
	if (e->code == ERR_NOT_FOUND || e->code == ERR_REPO_NOT_FOUND)
		fprintf(stderr, "What there is: chartlocker search %.*s\n", STR_ARG(x->name));
}

/* ---- answers ---- */

struct str answer_text(struct str text)
{
	while (text.n && strchr(" \t\r\n", text.p[text.n - 1]))
		text.n--;
	while (text.n && strchr(" \t\r\n", *text.p))
		text = str_from(text, 1);
	return text;
}

void answer_print(struct str text)
{
	text = answer_text(text);
	print_plain(text);
	putchar('\n');
}

void put_elements(struct sbuf *b, const struct node *list, struct str text)
{
	text = answer_text(text);
	if (!list->count)
		return;
	json_next(b);
	sbuf_put(b, str_make(text.p + 1, text.n - 2));
}

/* A page to sign in to a network, a proxy's, another program: all may answer 200. */
static enum err not_ours(struct str text, struct errinfo *e)
{
	struct str whole = answer_text(text), rest = whole, begin = str_first(str_cut(&rest, '\n', NULL), ANSWER_TOLD_BYTES);
	while (begin.n && begin.n < whole.n && (whole.p[begin.n] & 0xc0) == 0x80)
		begin.n--;                   /* no half of a character */
	bool is_text = begin.n && str_is_utf8(begin) && !str_has(begin, '\0');
	return ERR(e, UPSTREAM, "the server does not answer as Chartlocker does: it sent %s%.*s%s; check the address, and "
	           "whether a proxy or a page to sign in to the network answers in its place",
	           is_text ? "\"" : begin.n ? "what is no text" : "nothing", is_text ? (int)begin.n : 0, begin.p,
	           !is_text ? "" : begin.n < whole.n ? "…\"" : "\"");
}

enum err answer_read(struct arena *a, struct str text, const char *key, const struct node **ret,
                     struct errinfo *e)
{
	const struct node *n = NULL;
	if (json_read_shown(a, text, &n, NULL) || !n || n->kind != NODE_MAP || !node_get(n, key))
		return not_ours(text, e);
	*ret = n;
	return OK;
}

enum err answer_list(struct arena *a, struct str text, const char *key, const struct node **ret,
                     struct errinfo *e)
{
	const struct node *n = NULL;
	bool fits = !json_read_shown(a, text, &n, NULL) && n && n->kind == NODE_LIST;
	for (const struct node_item *i = fits ? n->items : NULL; i && fits; i = i->next)
		fits = node_get(i->value, key) != NULL;
	if (!fits)
		return not_ours(text, e);
	*ret = n;
	return OK;
}

enum err answer_believe(struct arena *a, struct str text, const char *says, bool dry_run, const struct node **ret,
                        struct errinfo *e)
{
	const struct node *n = NULL;
	enum err err = *says == '[' ? answer_list(a, text, says + 2, &n, e) :
	               answer_read(a, text, dry_run ? "dry_run" : says, &n, e);
	if (!err && dry_run && !field_is_true(n, "dry_run"))
		err = ERR(e, UPSTREAM, "the server took no notice of --dry-run, and may have done it");
	if (!err)
		*ret = n;
	return err;
}

struct str field_text(const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);
	return node_is_null(n) ? (struct str){ 0 } : node_text(n);
}

bool field_is_true(const struct node *map, const char *key)
{
	bool value;
	return node_bool(node_get(map, key), &value) && value;
}

uint64_t field_number(const struct node *map, const char *key)
{
	uint64_t value;
	return str_to_u64(field_text(map, key), &value) ? value : 0;
}

const struct node_item *field_items(const struct node *map, const char *key)
{
	const struct node *list = node_get(map, key);
	return list && list->kind == NODE_LIST ? list->items : NULL;
}

void put_chart_name(struct sbuf *b, const struct node *chart)
{
	if (field_text(chart, "repo").n) {
		put_cell(b, field_text(chart, "repo"));
		sbuf_putc(b, '/');
	}
	put_cell(b, field_text(chart, "name"));
}

void put_time_cell(struct sbuf *b, struct str time)
{
	char text[RFC3339_MAX_BYTES];
	int64_t at;
	if (clock_parse(time, &at))
		put_cell(b, str_make(text, clock_format_seconds(at, text)));
	else
		put_cell(b, time.n ? time : STR("-"));
}

void put_coloured(struct sbuf *b, enum colour c, struct str text)
{
	sbuf_puts(b, colour(c));
	put_cell(b, text);
	sbuf_puts(b, colour(COLOUR_NONE));
}

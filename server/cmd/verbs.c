/* A verb is made a request of the administrator's API, and its answer is printed. */
#include "server/cmd/verbs.h"

#include <stdio.h>
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/base/secret.h"
#include "indexer/format/name.h"
#include "server/cmd/authorization.h"

void put_list_field(struct sbuf *b, const char *name, const struct cmd_list *list)
{
	json_key(b, name);
	sbuf_putc(b, '[');
	for (size_t i = 0; i < list->count; i++) {
		json_next(b);
		sbuf_json(b, str_c(list->item[i]));
	}
	sbuf_putc(b, ']');
}

void put_list_cell(struct sbuf *b, const struct node *list)
{
	const struct node_item *first = list ? list->items : NULL;
	for (const struct node_item *i = first; i; i = i->next) {
		if (i != first)
			sbuf_puts(b, ", ");
		put_cell(b, node_text(i->value));
	}
	if (!first)
		sbuf_putc(b, '-');
}

enum err read_secret(struct arena *a, const char *prompt, struct str *ret, struct errinfo *e)
{
	char text[SECRET_BYTES] = "";
	enum err err = secret_line(prompt, false, text, e);
	if (!err && !str_is_utf8(str_c(text)))
		err = ERR(e, INVALID, "standard input: this is not UTF-8");
	if (!err && !arena_str(a, str_c(text), ret))
		err = ERR(e, NOMEM, "password");
	secret_wipe(text, sizeof text);
	return err;
}

enum err verb_segment_check(struct str name, struct errinfo *e)
{
	if (str_has(name, '/') || str_eq(name, STR(".")) || str_eq(name, STR("..")))
		return ERR(e, INVALID, "name: \"%.*s\" is not the name of one", STR_ARG(name));
	return OK;
}

/* Repositories have a '/' in their names, and nothing else may. */
static void put_name(struct sbuf *b, struct str name)
{
	bool more = true;
	while (more) {
		url_segment_encode(b, str_cut(&name, '/', &more));
		if (more)
			sbuf_putc(b, '/');
	}
}

/* What the change is about: the target has it. */
static struct str name_of(const struct verb_run *x) { return str_c(x->about ? x->about : x->args[0]); }

static const char *target_of(struct verb_run *x, const struct verb *v, bool dry_run)
{
	AUTO_SBUF struct sbuf b = sbuf_make(HTTP_URI_MAX_BYTES);
	struct str rest = str_c(v->target);
	bool found = true;
	while (rest.n) {
		sbuf_put(&b, str_cut(&rest, '%', &found));
		if (found && *rest.p == 's')
			put_name(&b, name_of(x));
		else if (found)
			url_segment_encode(&b, str_c(x->args[*rest.p - '0']));
		rest = str_from(rest, found);        /* the letter */
	}
	if (dry_run)
		sbuf_puts(&b, strchr(v->target, '?') ? "&dry_run" : "?dry_run");
	return sbuf_ok(&b) ? arena_dup(&x->arena, sbuf_str(&b)) : NULL;
}

static enum err put_body(struct verb_run *x, const struct verb *v, struct sbuf *b, struct errinfo *e)
{
	if (!v->body)
		return OK;
	sbuf_putc(b, '{');
	enum err err = v->body(x, b, e);
	if (b->n == 1)
		b->n = 0;                    /* no field: no body */
	else
		sbuf_putc(b, '}');
	if (!err && !sbuf_ok(b))
		err = ERR(e, TOO_LARGE, "this is more than the %u bytes of a request", API_BODY_MAX_BYTES);
	return err;
}

struct answer { struct str text; const struct node *root; };

static enum err ask(struct verb_run *x, const struct verb *v, struct remote *r, struct str body, bool dry_run,
                    struct answer *ret, struct errinfo *e)
{
	struct remote_answer answer;
	const char *target = target_of(x, v, dry_run);
	enum err err = target ? remote_call(r, &x->arena, v->method, target, body, &answer, e) : ERR(e, NOMEM, "request");
	if (err)
		return err;
	ret->text = answer.text;
	return answer_believe(&x->arena, answer.text, v->says, dry_run, &ret->root, e);
}

/* The address is nobody's yet: for something new the data directory may be new as well. */
static bool makes(const struct verb *v) { return !strcmp(v->method, "POST") && !strchr(v->target, '%'); }

/* A dry run tells what somebody has to agree to; ret->root stays NULL where it was not agreed to. */
static enum err ask_agreed(struct verb_run *x, const struct verb *v, struct remote *r, struct str body,
                           struct answer *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(API_BODY_MAX_BYTES);
	const struct verb *asks = x->asks ? x->asks : v;
	enum err err = put_body(x, asks, &b, e);
	if (!err)
		err = ask(x, asks, r, sbuf_str(&b), true, ret, e);
	if (!err && !x->agree(x, ret->root))
		ret->root = NULL;
	else if (!err && !(x->dry_run && asks == v))
		err = ask(x, v, r, body, x->dry_run, ret, e);
	return err;
}

static enum err ask_all(struct verb_run *x, const struct verb *v, struct answer *ret,
                        struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(API_BODY_MAX_BYTES);
	struct remote *r = NULL;
	enum err err = v->min && x->check_name ? x->check_name(name_of(x), e) : OK;
	if (!err)
		err = put_body(x, v, &b, e);
	if (!err)
		err = (makes(v) ? remote_open_new : remote_open)(x->server, x->data, &r, e);
	if (!err && x->agree)
		err = ask_agreed(x, v, r, sbuf_str(&b), ret, e);
	else if (!err)
		err = ask(x, v, r, sbuf_str(&b), x->dry_run, ret, e);
	remote_close(r);
	return err;
}

static int run(struct verb_run *x, const struct verb *v)
{
	struct errinfo e = { 0 };
	struct answer answer = { 0 };
	if (ask_all(x, v, &answer, &e))
		return cmd_failed(x->self, &e);
	if (!answer.root)
		return EXIT_FAILED;
	if (x->json)
		answer_print(answer.text);
	else if (x->dry_run && v->would)
		printf("%s: would be %s\n", x->args[0], v->would);
	else
		v->print(x, answer.root);
	return !x->good || x->good(x, answer.root) ? EXIT_DONE : EXIT_FAILED;
}

static int misused(const struct verb *verbs, const struct verb_run *x)
{
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	for (; verbs->name; verbs++)
		sbuf_printf(&b, "%s%s", b.n ? ", " : "", verbs->name);
	return cmd_misused(x->self, "one of these is expected: %.*s", STR_ARG(sbuf_str(&b)));
}

static const char *misuse_of(const struct verb_run *x, const struct verb *v, int count)
{
	const char *wrong = x->misuse ? x->misuse(x, v, count) : NULL;
	bool reads = !strcmp(v->method, "GET");
	return wrong || !x->dry_run || !reads ? wrong : "changes nothing anyway, without --dry-run";
}

int verb_run_one(const struct verb *v, struct verb_run *x, int argc, char **argv)
{
	const char *takes = arena_printf(&x->arena, "%s takes %s", v->name, v->max ? v->takes : "no argument");
	int status = cmd_arguments(x->self, argc, argv, v->min, v->max, takes ? takes : v->takes);
	x->verb = v;
	x->args = argv + optind;
	const char *wrong = status < 0 ? misuse_of(x, v, argc - optind) : NULL;
	if (wrong)
		status = cmd_misused(x->self, "%s: %s", v->name, wrong);
	if (status < 0)
		status = run(x, v);
	arena_done(&x->arena);
	return status;
}

int verbs_run(const struct verb *verbs, struct verb_run *x, int argc, char **argv)
{
	const struct verb *v = verbs;
	const char *name = argv[optind] ? argv[optind] : "";
	while (v->name && strcmp(v->name, name) != 0)
		v++;
	if (!v->name)
		return misused(verbs, x);
	optind++;
	return verb_run_one(v, x, argc, argv);
}

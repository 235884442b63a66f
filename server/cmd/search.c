/* chartlocker search: charts of a catalog by words, as its page and its API find them. */
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/base/utf8.h"
#include "server/cmd/ask.h"
#include "server/cmd/cmd.h"
#include "server/route/address.h"

#define TABLE_MAX_BYTES (64u * MIB)
#define DESCRIPTION_LEAST 24u        /* columns that a description has on the narrowest terminal */

struct search {
	const char *server, *data, *sort, *limit, *after;
	struct cmd_list repos;
	bool json, fail_on_none;
	struct arena arena;
	char **words;                    /* ends with NULL */
};

/* ---- what is asked ---- */

static void put_param(struct sbuf *b, const char *name, const char *value)
{
	if (!value)
		return;
	sbuf_printf(b, "&%s=", name);
	address_encode(b, str_c(value));
}

static void put_target(struct sbuf *b, const struct search *s)
{
	sbuf_puts(b, "/api/v1/search?q=");
	for (char **word = s->words; *word; word++) {
		if (word != s->words)
			sbuf_puts(b, "%20");
		address_encode(b, str_c(*word));
	}
	for (size_t i = 0; i < s->repos.count; i++)
		put_param(b, "repo", s->repos.item[i]);
	put_param(b, "sort", s->sort);
	put_param(b, "limit", s->limit);
	put_param(b, "after", s->after);
}

/* ---- the table ---- */

/* 0: the output is not a terminal. */
static size_t terminal_columns(void)
{
	struct winsize size;
	return isatty(STDOUT_FILENO) == 1 && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) ? size.ws_col : 0;
}

/* "REPO/NAME" and the texts before the description. */
enum { FIELD_CHART, FIELD_VERSION, FIELD_APP, FIELD_COUNT };
static const char *const titles[FIELD_COUNT] = { "CHART", "VERSION", "APP VERSION" };

static void fields_of(struct arena *a, const struct node *hit, struct str ret[FIELD_COUNT])
{
	struct str repo = field_text(hit, "repo"), name = field_text(hit, "name");
	const char *chart = arena_printf(a, "%.*s/%.*s", STR_ARG(repo), STR_ARG(name));
	ret[FIELD_CHART] = chart ? str_c(chart) : name;
	ret[FIELD_VERSION] = field_text(hit, "version");
	ret[FIELD_APP] = field_text(hit, "app_version");
}

/* Columns that are left for descriptions; SIZE_MAX: as many as they want. */
static size_t description_columns(struct search *s, const struct node_item *hits)
{
	size_t all = terminal_columns(), taken = 2 * FIELD_COUNT;
	for (size_t k = 0; k < FIELD_COUNT; k++) {
		size_t most = strlen(titles[k]);
		for (const struct node_item *i = hits; i; i = i->next) {
			struct str fields[FIELD_COUNT];
			fields_of(&s->arena, i->value, fields);
			most = fields[k].n > most ? fields[k].n : most;
		}
		taken += most;
	}
	return !all ? SIZE_MAX : all > taken + DESCRIPTION_LEAST ? all - taken : DESCRIPTION_LEAST;
}

static void put_some(struct sbuf *b, struct str text, size_t columns)
{
	struct str rest = text, some = text;
	for (size_t n = 0; rest.n; n++) {
		if (n + 1 == columns)
			some = str_first(text, text.n - rest.n);
		if (n == columns) {
			put_cell(b, some);
			sbuf_puts(b, "…");
			return;
		}
		(void)utf8_next(&rest);
	}
	put_cell(b, text);
}

static void put_mark(struct sbuf *b, enum colour colour, const char *word, size_t *columns)
{
	size_t n = strlen(word) + 2;
	put_coloured(b, colour, str_c(word));
	sbuf_puts(b, ": ");
	*columns -= *columns == SIZE_MAX ? 0 : *columns > n + 1 ? n : *columns - 1;
}

static void put_marks(struct sbuf *b, const struct node *hit, size_t *columns)
{
	struct str origin = field_text(hit, "origin");
	static const struct { const char *key, *word; enum colour colour; } marks[] = {
		{ "deprecated", "deprecated", COLOUR_BAD }, { "prerelease", "pre-release", COLOUR_WARN },
	};
	if (str_eq(origin, STR("cached")))
		put_mark(b, COLOUR_FAINT, "cached", columns);
	if (str_eq(origin, STR("remote")))
		put_mark(b, COLOUR_FAINT, "upstream", columns);
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (field_is_true(hit, marks[i].key))
			put_mark(b, marks[i].colour, marks[i].word, columns);
}

static void put_hit(struct search *s, struct sbuf *b, const struct node *hit, size_t columns)
{
	static const enum colour colours[FIELD_COUNT] = { COLOUR_BOLD, COLOUR_GOOD, COLOUR_FAINT };
	struct str fields[FIELD_COUNT];
	fields_of(&s->arena, hit, fields);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		put_coloured(b, colours[i], fields[i].n ? fields[i] : STR("-"));
		sbuf_putc(b, '\t');
	}
	put_marks(b, hit, &columns);
	put_some(b, field_text(hit, "description"), columns);
	sbuf_putc(b, '\n');
}

/* What there is to say besides the table, on standard error: a pipe gets rows alone. */
static void tell(const struct node *root, size_t shown)
{
	struct str other = field_text(root, "did_you_mean"), next = field_text(root, "next");
	for (const struct node_item *i = field_items(root, "notes"); i; i = i->next)
		cmd_tell("not understood: %.*s", STR_ARG(node_text(i->value)));
	if (field_is_true(root, "corrected"))
		cmd_tell("nothing is called so; this was found for: %.*s", STR_ARG(other));
	else if (other.n)
		cmd_tell("did you mean: %.*s", STR_ARG(other));
	if (field_is_true(root, "incomplete"))
		cmd_tell("the catalog is still being made: there are charts it does not know yet; "
		         "search again in a moment");
	if (!shown)
		fprintf(stderr, "No charts were found.\n");
	else if (next.n)
		cmd_tell("%zu of %llu; the next ones: --after %.*s", shown,
		         (unsigned long long)field_number(root, "total"), STR_ARG(next));
}

static enum err show(struct search *s, const struct node *root, size_t shown, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	const struct node_item *hits = field_items(root, "results");
	size_t columns = description_columns(s, hits);
	for (size_t i = 0; i < FIELD_COUNT; i++)
		sbuf_printf(&b, "%s\t", titles[i]);
	sbuf_puts(&b, "DESCRIPTION\n");
	for (const struct node_item *i = hits; i; i = i->next)
		put_hit(s, &b, i->value, columns);
	if (!sbuf_ok(&b))
		return ERR(e, NOMEM, "output");
	if (shown)
		print_table(sbuf_str(&b));
	tell(root, shown);
	return OK;
}

/* ---- the command ---- */

static enum err ask(struct search *s, struct remote *r, size_t *ret_shown, struct errinfo *e)
{
	AUTO_SBUF struct sbuf target = sbuf_make(HTTP_URI_MAX_BYTES);
	struct remote_answer answer;
	const struct node *root = NULL;
	put_target(&target, s);
	enum err err = sbuf_ok(&target) ? remote_call(r, &s->arena, "GET", target.p, STR(""), &answer, e) :
	               ERR(e, INVALID, "these are too many words");
	if (!err)
		err = answer_read(&s->arena, answer.text, "results", &root, e);
	if (err)
		return err;
	*ret_shown = node_get(root, "results")->count;
	if (!s->json)
		return show(s, root, *ret_shown, e);
	answer_print(answer.text);
	return OK;
}

static int run(const struct command *self, struct search *s)
{
	struct errinfo e = { 0 };
	struct remote *r = NULL;
	size_t shown = 0;
	enum err err = remote_open(s->server, s->data, &r, &e);
	if (!err) {
		remote_catch_up(r);
		err = ask(s, r, &shown, &e);
	}
	remote_close(r);
	if (err)
		return cmd_failed(self, &e);
	return s->fail_on_none && !shown ? EXIT_FAILED : EXIT_DONE;
}

int cmd_search(const struct command *self, int argc, char **argv)
{
	struct search s = { 0 };
	const struct cmd_option options[] = {
		{ "server", 's', CMD_TEXT, &s.server }, { "data", 'd', CMD_TEXT, &s.data },
		{ "repo", 'r', CMD_LIST, &s.repos }, { "sort", 'o', CMD_TEXT, &s.sort },
		{ "limit", 0, CMD_TEXT, &s.limit }, { "after", 0, CMD_ANY, &s.after },
		{ "fail-on-no-result", 'f', CMD_FLAG, &s.fail_on_none }, { "json", 'j', CMD_FLAG, &s.json },
		{ 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status >= 0)
		return status;
	s.words = argv + optind;
	status = run(self, &s);
	arena_done(&s.arena);
	return status;
}

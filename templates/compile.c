/* Compiles templates to C: FOLDER/templates.c and .h. README.md describes the language.
 *
 *     compile FOLDER FILE.html…
 *
 * What makes it worth having: it follows the HTML around every {{ value }} (context.c) and picks the
 * escaper (server/web/out.h) by it, so that no page can forget to escape, and a value where none is
 * safe does not compile. Elements have to be closed where they were opened, in every branch. The
 * first mistake ends the program, as FILE:LINE; those that the C compiler finds, a misspelled field
 * for one, stand at the same place by #line.                                                    */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"

#define BLOCKS_MAX 32
#define BLANKS " \t\r\n"

struct block {
	enum block_kind { TEMPLATE, IF, FOR } kind;
	int line;
	struct context start, end;       /* `end`: of its branches so far */
	bool branched, has_else;
};

static const char *const block_names[] = { "template", "if", "for" };

static struct {
	const char *file, *begin, *at;
	int line;
	struct context x;
	struct block blocks[BLOCKS_MAX];
	size_t depth;
	bool blank, newline;             /* white space is held back, with a newline in it */
	bool literal;                    /* a C string is open */
	FILE *c, *h;
} t;

void fail(const char *fmt, ...)
{
	va_list list;
	fprintf(stderr, "%s:%d: ", t.file, t.line);
	va_start(list, fmt);
	vfprintf(stderr, fmt, list);
	va_end(list);
	fputc('\n', stderr);
	exit(1);
}

/* ---- writing ---- */

static void __attribute__((format(printf, 1, 2))) code(const char *fmt, ...)
{
	va_list list;
	if (t.literal)
		fputs("\"));\n", t.c);
	t.literal = false;
	fprintf(t.c, "#line %d \"%s\"\n", t.line, t.file);
	va_start(list, fmt);
	vfprintf(t.c, fmt, list);
	va_end(list);
}

static void put(char c)
{
	if (!t.literal)
		fputs("\tsbuf_put(b, STR(\"", t.c);
	t.literal = true;
	if (c == '\n')
		fputs("\\n", t.c);
	else if (strchr("\\\"?", c))
		fprintf(t.c, "\\%c", c);
	else if ((unsigned char)c < ' ' || (unsigned char)c > '~')
		fprintf(t.c, "\\%03o", (unsigned char)c);
	else
		fputc(c, t.c);
}

static void put_blank(void)
{
	if (t.blank)
		put(t.newline && t.x.where == TEXT ? '\n' : ' ');
	t.blank = t.newline = false;
}

/* ---- text: indentation is none of the page's ---- */

static bool may_hold(void)
{
	return t.x.where != VALUE && t.x.where != DECLARATION && t.x.where != BEFORE_VALUE &&
	       !(t.x.where == TEXT && context_keeps_space(&t.x));
}

static void see(char c)
{
	bool hold = isspace((unsigned char)c) && may_hold();
	if (!hold) {
		put_blank();
		put(c);
	}
	context_see(&t.x, c, t.at + 1);
	t.blank |= hold;
	t.newline |= hold && c == '\n';
}

/* ---- blocks ---- */

static struct block *top(void)
{
	if (!t.depth)
		fail("this stands outside of any template");
	return &t.blocks[t.depth - 1];
}

static void push(enum block_kind kind)
{
	if (t.depth == BLOCKS_MAX)
		fail("blocks are nested too deeply");
	if (kind != TEMPLATE)
		(void)top();
	t.blocks[t.depth++] = (struct block){ .kind = kind, .line = t.line, .start = t.x };
}

static void expect(const struct context *wanted, const struct block *b)
{
	if (!context_is_same(&t.x, wanted))
		fail("the %s of line %d: open at an end are %s, else %s; or a tag is not complete",
		     block_names[b->kind], b->line, t.x.open, wanted->open);
}

static void end_branch(struct block *b)
{
	if (b->branched)
		expect(&b->end, b);
	b->end = t.x;
	b->branched = true;
}

static void next_branch(bool is_else)
{
	struct block *b = top();
	if (b->kind != IF || b->has_else)
		fail("there is no if for this");
	end_branch(b);
	b->has_else = is_else;
	t.x = b->start;
}

static void do_if(char *rest) { push(IF); code("\tif (%s) {\n", rest); }
static void do_elif(char *rest) { next_branch(false); code("\t} else if (%s) {\n", rest); }
static void do_else(char *rest) { (void)rest; next_branch(true); code("\t} else {\n"); }

static void do_end(char *rest)
{
	struct block *b = top();
	(void)rest;
	end_branch(b);
	if (!b->has_else)
		expect(&b->start, b);
	t.depth--;
	code(t.depth ? "\t}\n" : "}\n\n");
}

/* NAME in ARRAY, COUNT: the comma is the last that stands in no brackets. */
static void do_for(char *rest)
{
	char *comma = NULL, *in = strstr(rest, " in ");
	int open = 0;
	for (char *c = rest; *c; c++) {
		open += strchr("([{", *c) ? 1 : strchr(")]}", *c) ? -1 : 0;
		if (*c == ',' && !open)
			comma = c;
	}
	if (!in || !comma || comma < in)
		fail("write {{ for NAME in ARRAY, COUNT }}");
	*in = *comma = '\0';
	push(FOR);
	code("\tfor (size_t %s_i = 0; %s_i < (size_t)(%s); %s_i++) {\n", rest, rest, comma + 1, rest);
	code("\t__auto_type %s = &(%s)[%s_i]; (void)%s;\n", rest, in + 4, rest, rest);
}

/* NAME(ARGUMENTS): cut at the bracket; returns what comes before and behind it in a C call. */
static char *cut_name(char *rest, const char **ret_comma)
{
	char *open = strchr(rest, '(');
	if (!open)
		fail("write NAME(…)");
	*open = '\0';
	*ret_comma = open[1] == ')' ? "" : ", ";
	return open + 1;
}

static void do_template(char *rest)
{
	const char *comma, *parameters = cut_name(rest, &comma);
	if (t.depth)
		fail("the template of line %d has no end", t.blocks[0].line);
	context_start(&t.x);
	push(TEMPLATE);
	fprintf(t.h, "#line %d \"%s\"\n", t.line, t.file);
	fprintf(t.h, "void html_%s(struct sbuf *b%s%s;\n", rest, comma, parameters);
	code("void html_%s(struct sbuf *b%s%s\n{\n", rest, comma, parameters);
}

static void do_call(char *rest)
{
	const char *comma, *arguments = cut_name(rest, &comma);
	(void)top();
	if (t.x.where != TEXT || t.x.json)
		fail("a template is called where text stands");
	code("\thtml_%s(b%s%s;\n", rest, comma, arguments);
}

static void do_include(char *rest)
{
	if (t.depth)
		fail("include stands outside of templates");
	fprintf(t.h, "#line %d \"%s\"\n#include %s\n", t.line, t.file, rest);
}

/* `alone`: of a line with nothing else in it, nothing is left. */
static const struct { const char *word; void (*run)(char *rest); bool alone; } tags[] = {
	{ "template", do_template, true }, { "end", do_end, true }, { "if", do_if, true },
	{ "elif", do_elif, true }, { "else", do_else, true }, { "for", do_for, true },
	{ "include", do_include, true }, { "call", do_call, false },
};

static bool run_tag(char *text)
{
	size_t n = strcspn(text, BLANKS);
	context_break(&t.x);
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
		if (n == strlen(tags[i].word) && !strncmp(text, tags[i].word, n)) {
			if (tags[i].run == do_end && t.depth == 1)
				t.blank = t.newline = false;     /* a template ends where its last tag does */
			put_blank();
			tags[i].run(text + n + strspn(text + n, BLANKS));
			return tags[i].alone;
		}
	(void)top();
	put_blank();
	const char *escaper = context_escaper(&t.x);
	code("\t%s(b, %s);\n", escaper, text);
	return false;
}

/* ---- files ---- */

static void skip(const char *to)
{
	for (; t.at < to; t.at++)
		t.line += *t.at == '\n';
}

static const char *find_end(const char *at)
{
	char quote = '\0';
	bool comment = *at == '#';
	for (; *at; at++) {
		if (quote && *at == '\\' && at[1])
			at++;
		else if (quote)
			quote = *at == quote ? '\0' : quote;
		else if (!comment && strchr("\"'", *at))
			quote = *at;
		else if (at[0] == '}' && at[1] == '}')
			return at;
		else if (!comment && at[0] == '{' && at[1] == '{')
			break;
	}
	fail("{{ without }}");
}

static bool stands_alone(const char *from, const char *to)
{
	while (from > t.begin && strchr(" \t", from[-1]))
		from--;
	to += strspn(to, " \t\r");
	return (from == t.begin || from[-1] == '\n') && (*to == '\n' || !*to);
}

static void take_tag(void)
{
	const char *from = t.at, *text = from + 2, *end = find_end(text), *last = end;
	text += strspn(text, BLANKS);
	while (last > text && isspace((unsigned char)last[-1]))
		last--;
	if (last <= text)
		fail("{{ }} is empty");
	bool alone = true;
	if (*text != '#') {
		char *copy = strndup(text, (size_t)(last - text));
		if (!copy)
			fail("no memory");
		alone = run_tag(copy);
		free(copy);
	}
	alone = alone && stands_alone(from, end + 2);
	skip(end + 2);
	if (alone && t.x.where == TEXT && !context_keeps_space(&t.x))
		skip(t.at + strspn(t.at, BLANKS));
}

static char *read_file(const char *name)
{
	FILE *f = fopen(name, "r");
	char *text = NULL;
	size_t n = 0;
	if (!f || getdelim(&text, &n, '\0', f) < 0) {
		fprintf(stderr, "%s: %s\n", name, f ? "nothing to read" : strerror(errno));
		exit(1);
	}
	(void)fclose(f);
	return text;
}

static void compile(const char *name)
{
	char *text = read_file(name);
	t.file = name;
	t.begin = t.at = text;
	t.line = 1;
	while (*t.at) {
		if (t.at[0] == '{' && t.at[1] == '{') {
			take_tag();
			continue;
		}
		if (t.depth || !isspace((unsigned char)*t.at)) {
			(void)top();
			see(*t.at);
		}
		skip(t.at + 1);
	}
	if (t.depth)
		fail("the %s of line %d has no end", block_names[top()->kind], top()->line);
	free(text);
}

static FILE *create(const char *folder, const char *name)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	fputs("/* Made of templates/ by templates/compile.c. */\n", f);
	return f;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fputs("usage: compile FOLDER FILE.html…\n", stderr);
		return 2;
	}
	t.c = create(argv[1], "templates.c");
	t.h = create(argv[1], "templates.h");
	fputs("#pragma once\n#include \"server/web/out.h\"\n", t.h);
	fputs("#include \"templates.h\"\n", t.c);
	for (int i = 2; i < argc; i++)
		compile(argv[i]);
	bool failed = ferror(t.c) || ferror(t.h);
	failed |= fclose(t.c) != 0;
	failed |= fclose(t.h) != 0;
	return failed;
}

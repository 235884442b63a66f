/* Commands of shell scripts that ask for something elsewhere. This is no shell: a line is parted into
 * commands at ";", "|", "&" and parentheses, a command into words at spaces and quotes, and a known tool at
 * the beginning of one, or behind words such as "sudo", tells what its arguments mean.        */
#include "indexer/base/ascii.h"
#include "indexer/document/readiness_parts.h"

enum asks_for { AN_ADDRESS, A_CLONE, A_FILE, PACKAGES };

static const struct tool {
	const char *name;
	enum asks_for asks;
	const char *verbs;               /* PACKAGES: one of them has to follow; NULL: none */
	const char *host;                /* PACKAGES: where they come from; NULL: settings say it, of: */
	const char *of;
} tools[] = {
	{ "curl", AN_ADDRESS, NULL, NULL, NULL }, { "wget", AN_ADDRESS, NULL, NULL, NULL },
	{ "helm", AN_ADDRESS, NULL, NULL, NULL }, { "git", A_CLONE, NULL, NULL, NULL },
	{ "kubectl", A_FILE, NULL, NULL, NULL }, { "oc", A_FILE, NULL, NULL, NULL },
	{ "pip", PACKAGES, " install download ", NULL, "pip" },
	{ "pip3", PACKAGES, " install download ", NULL, "pip" },
	{ "npm", PACKAGES, " install i ci ", NULL, "npm" },
	{ "yarn", PACKAGES, " add install ", NULL, "npm" },
	{ "gem", PACKAGES, " install ", NULL, "gem" },
	{ "go", PACKAGES, " install get ", NULL, "go" },
	{ "apk", PACKAGES, " add update upgrade ", NULL, "apk" },
	{ "apt", PACKAGES, " install update upgrade ", NULL, "apt" },
	{ "apt-get", PACKAGES, " install update upgrade ", NULL, "apt" },
	{ "yum", PACKAGES, " install update ", NULL, "yum" },
	{ "dnf", PACKAGES, " install update ", NULL, "yum" },
	{ "microdnf", PACKAGES, " install update ", NULL, "yum" },
	{ "install-plugins.sh", PACKAGES, NULL, "updates.jenkins.io", NULL },
	{ "jenkins-plugin-cli", PACKAGES, NULL, "updates.jenkins.io", NULL },
	{ "elasticsearch-plugin", PACKAGES, " install ", "artifacts.elastic.co", NULL },
	{ "kibana-plugin", PACKAGES, " install ", "artifacts.elastic.co", NULL },
	{ "grafana-cli", PACKAGES, " install ", "grafana.com", NULL },
};

/* ---- commands ---- */

static bool ends_command(char c) { return c && strchr(";|&()`\n", c); }
static bool ends_word(char c) { return !c || strchr(" \t\r\"'{}<>,", c) || ends_command(c); }

/* What is in quotes stays together, but for its lines. "&" of an address ends nothing. */
static struct str next_command(struct str *rest)
{
	char quote = 0;
	size_t n = 0;
	for (; n < rest->n; n++) {
		char c = rest->p[n];
		if (c == '\\' && n + 1 < rest->n)
			n++;
		else if (quote ? c == quote || c == '\n' : c == '\'' || c == '"')
			quote = quote ? 0 : c;
		if ((!quote || c == '\n' || c == '(' || c == '`') && n < rest->n && ends_command(rest->p[n]) && c != '\\')
			break;
	}
	struct str command = str_first(*rest, n);
	*rest = str_from(*rest, n + 1);
	return command;
}

/* Empty: there is no more. */
static struct str next_word(struct str *rest)
{
	size_t from = 0, to;
	while (from < rest->n && (ends_word(rest->p[from]) || rest->p[from] == '\\'))
		from++;
	for (to = from; to < rest->n && !ends_word(rest->p[to]);)
		to++;
	struct str word = str_from(str_first(*rest, to), from);
	*rest = str_from(*rest, to);
	return word;
}

/* ---- tools ---- */

static bool is_one_of(struct str word, const char *words)
{
	for (struct str list = str_c(words); list.n;)
		if (word.n && str_eq(str_cut(&list, ' ', NULL), word))
			return true;
	return false;
}

static const struct tool *find_tool(struct str word)
{
	struct str name = str_base_name(word);
	for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
		if (str_eq_c(name, tools[i].name))
			return &tools[i];
	return NULL;
}

/* A word behind which a command begins, or that is no part of it: an assignment, an option, a time. */
static bool comes_before(struct str word)
{
	return word.p[0] == '-' || str_has(word, '=') || ascii_is_digit(word.p[0]) ||
	       word.p[0] == '$' ||
	       is_one_of(word, " if elif while until then else do ! exec sudo time timeout nohup env xargs command sh "
	                       "bash ash /bin/sh /bin/bash /bin/ash python python3 eval return ");
}

static const struct tool *begin(struct str *rest)
{
	for (struct str word = next_word(rest); word.n; word = next_word(rest)) {
		const struct tool *t = find_tool(word);
		if (t || !comes_before(word))
			return t;
	}
	return NULL;
}

static bool has_scheme(struct str word) { return word.n > 3 && memmem(word.p, word.n, "://", 3); }

static bool is_of_ssh(struct str word)
{
	const char *at = word.n ? memchr(word.p, '@', word.n) : NULL;
	return at && memchr(at, ':', word.n - (size_t)(at - word.p));
}

/* "--url=https://…" */
static struct str value_of(struct str word)
{
	const char *equals = word.p[0] == '-' ? memchr(word.p, '=', word.n) : NULL;
	return equals ? str_from(word, (size_t)(equals - word.p) + 1) : word;
}

/* The first address that is outside, of those that stand where `t` wants them. */
static enum err find_address(struct arena *a, const struct tool *t, struct str rest, struct str *ret,
                             struct errinfo *e)
{
	bool here = t->asks != A_CLONE && t->asks != A_FILE;
	enum err err = OK;
	for (struct str word = next_word(&rest); word.n && !ret->n && !err; word = next_word(&rest)) {
		struct str value = value_of(word);
		bool file = is_one_of(word, " -f --filename -k --kustomize ") || str_starts(word, STR("--filename="));
		if (t->asks == A_CLONE)
			here |= is_one_of(word, " clone ls-remote submodule ");
		else if (t->asks == A_FILE)
			here |= file;
		if (here && (has_scheme(value) || (t->asks == A_CLONE && is_of_ssh(value))))
			err = outside_host(a, value, ret, e);
		if (t->asks == A_FILE && !file)
			here = false;
	}
	return err;
}

/* An index of its own, or none. */
static enum err find_packages(struct arena *a, const struct tool *t, struct str rest,
                              struct shell_download *ret, bool *ret_any, struct errinfo *e)
{
	struct str own = rest;
	bool any = !t->verbs, says_where = false;
	for (struct str word = next_word(&rest); word.n; word = next_word(&rest)) {
		any |= t->verbs && is_one_of(word, t->verbs);
		says_where |= has_scheme(value_of(word));
		if (is_one_of(word, " --no-index --offline --no-network --help --version "))
			return OK;
	}
	enum err err = any && says_where ? find_address(a, t, own, &ret->host, e) : OK;
	if (any && !says_where && t->host)
		ret->host = str_c(t->host);
	else if (any && !says_where)
		ret->tool = str_c(t->of);
	*ret_any = any && (!says_where || ret->host.n);
	return err;
}

static bool is_script_text(struct str command)
{
	struct str line = str_trim(command);
	return line.n && line.p[0] != '#';
}

enum err shell_next_download(struct arena *a, struct shell_script *x, bool *ret_any, struct errinfo *e)
{
	enum err err = OK;
	*ret_any = false;
	while (x->rest.n && !*ret_any && !err) {
		struct str command = next_command(&x->rest), rest = command;
		x->found = (struct shell_download){ .text = str_trim(command) };
		const struct tool *t = is_script_text(command) ? begin(&rest) : NULL;
		if (t && t->asks == PACKAGES)
			err = find_packages(a, t, rest, &x->found, ret_any, e);
		else if (t)
			err = find_address(a, t, rest, &x->found.host, e);
		*ret_any |= x->found.host.n > 0;
	}
	return err;
}

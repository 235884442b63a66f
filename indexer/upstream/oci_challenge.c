/* WWW-Authenticate as RFC 9110 §11 writes it: schemes with parameters, a list in which a comma may
 * stand between two parameters as well as between two schemes. Read strictly: a challenge that two
 * readers could understand differently decides where a password goes. Pure.                  */
#include "indexer/upstream/oci_parts.h"

struct reader {
	struct arena *a;
	struct str rest;
	struct oci_challenge *to;
	bool is_bearer;                  /* the scheme whose parameters come */
	enum { SEPARATED, AFTER_SCHEME, AFTER_PARAMETER } state;
	struct errinfo *e;
};

static bool is_token(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token68(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c && strchr("-._~+/", c));
}

static enum err refuse(const struct reader *r, const char *why)
{
	return ERR(r->e, INVALID, "the challenge cannot be read: %s", why);
}

static void skip_spaces(struct reader *r)
{
	while (r->rest.n && (r->rest.p[0] == ' ' || r->rest.p[0] == '\t'))
		r->rest = str_from(r->rest, 1);
}

static bool next_is(const struct reader *r, char c) { return r->rest.n && r->rest.p[0] == c; }

static struct str take_token(struct reader *r)
{
	size_t n = 0;
	while (n < r->rest.n && is_token(r->rest.p[n]))
		n++;
	struct str token = str_first(r->rest, n);
	r->rest = str_from(r->rest, n);
	return token;
}

/* Where the closing quote is; 0: nowhere. */
static size_t quote_end(struct str s)
{
	for (size_t at = 1; at < s.n; at++) {
		if (s.p[at] == '"')
			return at;
		at += s.p[at] == '\\';
	}
	return 0;
}

static enum err take_quoted(struct reader *r, struct str *ret)
{
	size_t n = 0, end = quote_end(r->rest);
	if (!end)
		return refuse(r, "a quote is not closed");
	char *text = arena_alloc(r->a, end);
	if (!text)
		return ERR(r->e, NOMEM, "challenge");
	for (size_t at = 1; at < end; at++) {
		at += r->rest.p[at] == '\\';
		if ((unsigned char)r->rest.p[at] < ' ' || r->rest.p[at] == 0x7f)
			return refuse(r, "a control character");
		text[n++] = r->rest.p[at];
	}
	r->rest = str_from(r->rest, end + 1);
	*ret = str_make(text, n);
	return OK;
}

/* "Negotiate YWJj==": what is neither a parameter nor the next scheme. */
static void skip_token68(struct reader *r)
{
	size_t n = 0;
	while (n < r->rest.n && is_token68(r->rest.p[n]))
		n++;
	while (n < r->rest.n && r->rest.p[n] == '=')
		n++;
	struct reader after = *r;
	after.rest = str_from(r->rest, n);
	skip_spaces(&after);
	if (!after.rest.n || next_is(&after, ','))
		r->rest = after.rest;
}

static enum err begin_scheme(struct reader *r, struct str scheme)
{
	bool basic = str_eq_nocase(scheme, STR("Basic")), bearer = str_eq_nocase(scheme, STR("Bearer"));
	if (r->state != SEPARATED || (r->rest.n && !next_is(r, ' ') && !next_is(r, ',')))
		return refuse(r, "a scheme where none can be");
	if ((basic && r->to->basic) || (bearer && r->to->bearer))
		return refuse(r, "one scheme twice");
	r->to->basic |= basic;
	r->to->bearer |= bearer;
	r->is_bearer = bearer;
	r->state = AFTER_SCHEME;
	skip_spaces(r);
	skip_token68(r);
	return OK;
}

static enum err keep(struct reader *r, struct str name, struct str value)
{
	const struct { struct str name, *to; } wanted[] = {
		{ STR("realm"), &r->to->realm }, { STR("service"), &r->to->service },
		{ STR("scope"), &r->to->scope },
	};
	for (size_t i = 0; r->is_bearer && i < sizeof wanted / sizeof *wanted; i++) {
		if (!str_eq_nocase(name, wanted[i].name))
			continue;
		if (wanted[i].to->p)
			return refuse(r, "one parameter twice");
		*wanted[i].to = value;
	}
	return OK;
}

static enum err read_parameter(struct reader *r, struct str name)
{
	struct str value = { NULL, 0 };
	enum err err = OK;
	r->rest = str_from(r->rest, 1);
	skip_spaces(r);
	if (next_is(r, '"'))
		err = take_quoted(r, &value);
	else if (!(value = take_token(r)).n)
		err = refuse(r, "a parameter without a value");
	else if (!arena_str(r->a, value, &value))
		err = ERR(r->e, NOMEM, "challenge");
	return err ? err : keep(r, name, value);
}

/* A word and what belongs to it. */
static enum err read_item(struct reader *r, bool *has_scheme)
{
	struct str word = take_token(r);
	struct reader after = *r;
	if (!word.n)
		return refuse(r, "a word is expected");
	skip_spaces(&after);
	if (!next_is(&after, '=')) {
		*has_scheme = true;
		return begin_scheme(r, word);
	}
	if (!*has_scheme || r->state == AFTER_PARAMETER)
		return refuse(r, "a parameter where none can be");
	r->rest = after.rest;
	r->state = AFTER_PARAMETER;
	return read_parameter(r, word);
}

enum err oci_challenge_read(struct arena *a, struct str header, struct oci_challenge *ret,
                            struct errinfo *e)
{
	struct oci_challenge found = { .basic = false };
	struct reader r = { .a = a, .rest = header, .to = &found, .e = e };
	bool has_scheme = false;
	for (;;) {
		while (skip_spaces(&r), next_is(&r, ',')) {
			r.rest = str_from(r.rest, 1);
			r.state = SEPARATED;
		}
		if (!r.rest.n)
			break;
		enum err err = read_item(&r, &has_scheme);
		if (err)
			return err;
	}
	*ret = found;
	return OK;
}

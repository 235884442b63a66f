/* What a hook is told of, and whether what it is set to makes sense. */
#include "indexer/base/ascii.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/base/value.h"
#include "indexer/format/glob.h"
#include "indexer/hook/impl.h"
#include "indexer/store/event_kind.h"

/* ---- which events ---- */

static bool is_everything(struct str pattern)
{
	return str_eq(pattern, STR("*")) || str_eq(pattern, STR("**"));
}

/* What has no name is told to who asked for all names. */
static bool matches(struct str pattern, struct str name)
{
	return is_everything(pattern) || (name.n && glob_match(pattern, name));
}

static bool wants_kind(struct str lines, struct str kind)
{
	while (lines.n)
		if (matches(str_cut(&lines, '\n', NULL), kind))
			return true;
	return false;
}

bool hook_is_about(const struct hook_row *row, struct str repo) { return matches(row->repos, repo); }

bool hook_wants(const struct hook_row *row, const struct event *ev)
{
	const struct hook_format *f = hook_format_find(row->format);
	if (!f || (f->pushes_only && !(ev->chart.n && hook_is_push(ev->kind))))
		return false;
	return wants_kind(row->kinds, ev->kind) && hook_is_about(row, ev->repo) &&
	       matches(row->charts, ev->chart);
}

/* ---- what it is set to ---- */

static enum err check_pattern(const char *field, struct str pattern, struct errinfo *e)
{
	enum err err = glob_check(pattern, e);
	if (err)
		err_prefix(e, "%s", field);
	return err;
}

/* A pattern of none is a slip of who typed it: it would never be sent anything. */
static enum err check_kind(struct str pattern, struct errinfo *e)
{
	AUTO_SBUF struct sbuf words = sbuf_make(KIB);
	enum err err = check_pattern("kinds", pattern, e);
	if (err)
		return err;
	for (size_t i = 0; i < event_kind_count; i++)
		if (glob_match(pattern, str_c(event_kinds[i].name)))
			return OK;
	for (size_t i = 0; i < event_kind_count; i++)
		sbuf_printf(&words, " %s", event_kinds[i].name);
	return ERR(e, INVALID, "kinds: \"%.*s\" is none of:%.*s", STR_ARG(str_first(pattern, 100)),
	           STR_ARG(sbuf_str(&words)));
}

static enum err check_kinds(struct str lines, struct errinfo *e)
{
	size_t count = 0;
	if (!lines.n)
		return ERR(e, INVALID, "kinds: there is none; * is all of them");
	while (lines.n) {
		enum err err = check_kind(str_cut(&lines, '\n', NULL), e);
		if (err)
			return err;
		if (++count > HOOK_KINDS_MAX)
			return ERR(e, INVALID, "kinds: at most %u", HOOK_KINDS_MAX);
	}
	return OK;
}

/* Ours, and those that say how a request is framed or who asks. */
#define KEPT_HEADERS "host content-type content-length transfer-encoding connection expect te trailer" \
	" upgrade user-agent webhook-id webhook-timestamp webhook-signature x-hub-signature-256 x-signature"

static bool is_token(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		if (!(ascii_is_alnum(c) || c == '-' || c == '_'))
			return false;
	}
	return name.n > 0;
}

static bool is_kept(struct str name, bool authorizes)
{
	struct str words = STR(KEPT_HEADERS);
	while (words.n)
		if (str_eq_nocase(name, str_cut(&words, ' ', NULL)))
			return true;
	return authorizes && str_eq_nocase(name, STR("Authorization"));
}

static bool is_value(struct str value)
{
	return !str_has_controls(value) && str_is_utf8(value);
}

/* The detail does not repeat a value, which may be a secret. */
static enum err check_headers(struct str lines, bool authorizes, struct errinfo *e)
{
	size_t count = 0;
	while (lines.n) {
		struct str line = str_cut(&lines, '\n', NULL);
		bool found, long_one = line.n > HOOK_HEADER_MAX_BYTES;
		struct str name = str_cut(&line, ':', &found);
		if (!found || !is_token(name) || !str_trim(line).n || !is_value(line) || long_one)
			return ERR(e, INVALID, "headers: \"Name: value\" is expected, at most %u bytes",
			           HOOK_HEADER_MAX_BYTES);
		if (is_kept(name, authorizes))
			return ERR(e, INVALID, "headers: %.*s is not yours to set here", STR_ARG(name));
		if (++count > HOOK_HEADERS_MAX)
			return ERR(e, INVALID, "headers: at most %u", HOOK_HEADERS_MAX);
	}
	return OK;
}

/* It is sent as a header's value. */
static enum err check_secret(struct str secret, struct errinfo *e)
{
	if (secret.n && (secret.n < HOOK_SECRET_MIN_BYTES || secret.n > SECRET_MAX_BYTES))
		return ERR(e, INVALID, "secret: %u to %u bytes are expected", HOOK_SECRET_MIN_BYTES,
		           SECRET_MAX_BYTES);
	if (!is_value(secret) || str_trim(secret).n != secret.n)
		return ERR(e, INVALID, "secret: no control characters, and no spaces at its ends");
	return OK;
}

static enum err check_url(const struct hook_format *f, const struct hooks *h, struct arena *a,
                          struct hook_row *row, struct errinfo *e)
{
	const char *url = arena_dup(a, row->url);
	if (f->needs_public_url && !*h->options.public_url)
		return ERR(e, INVALID, "format: %s is told this server's address, which the setting public_url "
		           "says", f->name);
	if (!url)
		return ERR(e, NOMEM, "webhook");
	if (row->url.n > HOOK_URL_MAX_BYTES || strlen(url) != row->url.n)
		return ERR(e, INVALID, "url: an address of at most %u bytes is expected", HOOK_URL_MAX_BYTES);
	enum err err = outgoing_url(a, url, &url, e);
	if (err)
		err_prefix(e, "url");
	else
		row->url = str_c(url);
	return err;
}

enum err hook_check(const struct hooks *h, struct arena *a, struct hook_row *row, struct errinfo *e)
{
	const struct hook_format *f = hook_format_find(row->format);
	if (!f)
		return ERR(e, INVALID, "format: \"%.*s\" is none of:%s",
		           STR_ARG(str_first(row->format, 100)), hook_format_words);
	enum err err = check_pattern("repos", row->repos, e);
	if (!err)
		err = check_pattern("charts", row->charts, e);
	if (!err)
		err = check_kinds(row->kinds, e);
	if (!err)
		err = check_headers(row->headers, f->proof == PROOF_AUTHORIZATION, e);
	if (!err)
		err = check_secret(row->secret, e);
	return err ? err : check_url(f, h, a, row, e);
}

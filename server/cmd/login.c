/* chartlocker login and logout: a token for push, made on the server and kept here.
 *
 * The server judges the credentials (GET /api/v1/whoami). A password is not kept: of it a token is
 * made, with the user's roles and for TOKEN_DAYS, which logout revokes. A token that was given is
 * kept as it is and only forgotten at logout: others may use it too.                         */
#include <stdio.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/base/secret.h"
#include "indexer/fetch/fetch.h"
#include "indexer/fetch/url.h"
#include "server/cmd/authorization.h"
#include "server/cmd/cmd.h"
#include "server/cmd/login_token.h"

struct login {
	const struct command *self;
	const char *user;
	bool password_stdin, token_stdin, list, forget, json;
	struct url_server server;
	struct arena arena;
	struct session session;
	struct errinfo e;
};

/* ---- keeping it ---- */

static void put_object(struct sbuf *b, const struct credential *c)
{
	sbuf_putc(b, '{');
	json_text(b, "url", str_c(c->url));
	json_text(b, "user", str_c(c->user));
	if (*c->expires) {
		json_text(b, "expires", str_c(c->expires));
	} else {
		json_key(b, "expires");
		sbuf_puts(b, "null");
	}
	sbuf_puts(b, "}\n");
}

static enum err print_kept(struct login *x, const struct credential *c, const char *path)
{
	AUTO_SBUF struct sbuf b = sbuf_make(API_BODY_MAX_BYTES);
	if (x->json) {
		put_object(&b, c);
		return print_output(&b, &x->e);
	}
	sbuf_printf(&b, "Signed in to %s as ", x->server.url);
	put_cell(&b, str_c(c->user));
	sbuf_puts(&b, *c->expires ? " until " : "");
	put_cell(&b, str_first(str_c(c->expires), sizeof "2027-02-20" - 1));
	sbuf_printf(&b, "; the token is in %s\n", path);
	return print_output(&b, &x->e);
}

/* A token that login made and that nobody has any more is revoked: the new one when it could not
 * be kept, else the one before it. What comes of that is not told: it expires anyway.        */
static enum err keep(struct login *x, const struct credentials *all, const struct credential *c)
{
	const struct credential *old = credentials_at(all, c->url), *lost = NULL;
	const char *path;
	enum err err = credentials_path(&x->arena, &path, &x->e);
	if (!err)
		err = credentials_put(&x->arena, c, &x->e);
	struct errinfo why = x->e;
	if (err)
		lost = c;
	else if (old && strcmp(old->token, c->token) != 0)
		lost = old;
	if (lost && lost->made && session_revoke(&x->session, lost))
		x->e = why;
	return err ? err : print_kept(x, c, path);
}

/* Refuses a file that others may read before anything is asked. */
static enum err login(struct login *x, char secret[SECRET_BYTES])
{
	struct credentials all;
	struct credential c;
	const char *path;
	enum err err = credentials_path(&x->arena, &path, &x->e);
	if (!err)
		err = credentials_read(&x->arena, &all, &x->e);
	if (!err && !x->user && !x->token_stdin) {
		err = secret_line("User: ", true, secret, &x->e);
		x->user = arena_dup(&x->arena, str_c(secret));
		if (!err && !x->user)
			err = ERR(&x->e, NOMEM, "user");
	}
	if (!err)
		err = secret_line(x->token_stdin ? "Token: " : "Password: ", false, secret, &x->e);
	if (!err)
		err = session_sign_in(&x->session, x->token_stdin ? NULL : x->user, secret, &c);
	return err ? err : keep(x, &all, &c);
}

static void put_row(struct sbuf *b, const struct credential *c)
{
	put_cell(b, str_c(c->url));
	sbuf_putc(b, '\t');
	put_cell(b, str_c(c->user));
	sbuf_putc(b, '\t');
	put_cell(b, str_c(*c->expires ? c->expires : "never"));
	sbuf_putc(b, '\n');
}

static enum err list(struct login *x)
{
	struct credentials all;
	AUTO_SBUF struct sbuf b = sbuf_make(CREDENTIALS_MAX_BYTES);
	enum err err = credentials_read(&x->arena, &all, &x->e);
	if (err)
		return err;
	sbuf_puts(&b, x->json ? "" : "SERVER\tUSER\tEXPIRES\n");
	for (size_t i = 0; i < all.count; i++)
		(x->json ? put_object : put_row)(&b, &all.list[i]);
	if (x->json)
		return print_output(&b, &x->e);
	if (!sbuf_ok(&b))
		return ERR(&x->e, NOMEM, "output");
	print_table(sbuf_str(&b));
	return OK;
}

/* ---- forgetting it ---- */

static enum err print_signed_out(struct login *x, bool revoked)
{
	AUTO_SBUF struct sbuf b = sbuf_make(API_BODY_MAX_BYTES);
	sbuf_putc(&b, '{');
	json_text(&b, "url", str_c(x->server.url));
	json_bool(&b, "revoked", revoked);
	sbuf_puts(&b, "}\n");
	return print_output(&b, &x->e);
}

static enum err logout(struct login *x)
{
	struct credentials all;
	enum err err = credentials_read(&x->arena, &all, &x->e);
	const struct credential *c = err ? NULL : credentials_at(&all, x->server.url);
	if (!err && !c)
		err = ERR(&x->e, NOT_FOUND, "nothing is kept for %s; see chartlocker login --list",
		          x->server.url);
	if (err)
		return err;
	bool revoked = c->made && !x->forget;
	if (revoked) {
		err = session_revoke(&x->session, c);
		if (err && err != ERR_UNAUTHORIZED && err != ERR_NOT_FOUND) {
			err_prefix(&x->e, "the token is still valid, and kept (--forget forgets it all the same)");
			return err;
		}
	}
	err = credentials_drop(&x->arena, x->server.url, &x->e);
	if (!err && x->json)
		return print_signed_out(x, revoked);
	if (!err)
		printf("Signed out of %s. %s\n", x->server.url,
		       revoked ? "The token is revoked" : "The token is forgotten here, but still valid");
	return err;
}

/* ---- the commands ---- */

static int end(struct login *x, enum err err)
{
	int status = err ? cmd_failed(x->self, &x->e) : EXIT_DONE;
	fetch_free(x->session.fetch);
	arena_done(&x->arena);
	return status;
}

/* -1: fine. */
static int take_address(struct login *x, int argc, char **argv)
{
	int status = cmd_arguments(x->self, argc, argv, 1, 1, "the server's address is expected");
	if (status >= 0)
		return status;
	if (url_server_read(&x->arena, argv[optind], &x->server, &x->e))
		return cmd_misused(x->self, "%s", cmd_reason(&x->e));
	x->session = (struct session){ .arena = &x->arena, .url = x->server.url, .e = &x->e };
	if (x->server.password)
		return cmd_misused(x->self, "no password in the address: others see it; use --password-stdin");
	return -1;
}

static int check_login(struct login *x, int argc, char **argv)
{
	int status = take_address(x, argc, argv);
	if (status >= 0)
		return status;
	if (!x->user)
		x->user = x->server.user;
	if (x->password_stdin && !x->user)
		return cmd_misused(x->self, "--password-stdin needs --user");
	if (!x->password_stdin && !x->token_stdin && !isatty(STDIN_FILENO))
		return cmd_misused(x->self, "standard input is no terminal to ask on; use --password-stdin or "
		                   "--token-stdin");
	if (x->server.exposed)
		fprintf(stderr, "warning: %s is not encrypted; whoever is on the way reads along\n",
		        x->server.url);
	return -1;
}

int cmd_login(const struct command *self, int argc, char **argv)
{
	struct login x = { .self = self };
	char secret[SECRET_BYTES] = "";
	const struct cmd_option options[] = {
		{ "user", 'u', CMD_TEXT, &x.user }, { "password-stdin", 0, CMD_FLAG, &x.password_stdin },
		{ "token-stdin", 0, CMD_FLAG, &x.token_stdin }, { "list", 'l', CMD_FLAG, &x.list },
		{ "json", 'j', CMD_FLAG, &x.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = x.list ? cmd_no_arguments(self, argc, argv) : check_login(&x, argc, argv);
	if (status < 0)
		status = end(&x, x.list ? list(&x) : login(&x, secret));
	else
		arena_done(&x.arena);
	secret_wipe(secret, sizeof secret);
	return status;
}

int cmd_logout(const struct command *self, int argc, char **argv)
{
	struct login x = { .self = self };
	const struct cmd_option options[] = {
		{ "forget", 0, CMD_FLAG, &x.forget }, { "json", 'j', CMD_FLAG, &x.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = take_address(&x, argc, argv);
	if (status < 0)
		return end(&x, logout(&x));
	arena_done(&x.arena);
	return status;
}

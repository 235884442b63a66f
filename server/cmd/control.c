/* Binding and connecting the control socket below a directory descriptor. */
#include "server/cmd/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/node.h"

#define CONTROL_BACKLOG 64
#define ORIGIN "http://localhost"        /* of all requests; nobody resolves it */

static struct sockaddr_un address(int dir)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	(void)snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/" CONTROL_NAME, dir);
	return a;
}

void control_unlink(struct datadir *d)
{
	(void)unlinkat(datadir_fd(d), CONTROL_NAME, 0);
}

enum err control_listen(struct datadir *d, int *ret_fd, struct errinfo *e)
{
	struct sockaddr_un a = address(datadir_fd(d));
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ERR_SYS(e, "socket");
	control_unlink(d);
	mode_t old = umask(0177);
	int rc = bind(fd, (struct sockaddr *)&a, sizeof a);
	(void)umask(old);
	if (rc != 0)
		return ERR_SYS(e, "bind " CONTROL_NAME);
	if (listen(fd, CONTROL_BACKLOG) != 0)
		return ERR_SYS(e, "listen on " CONTROL_NAME);
	*ret_fd = fd_take(&fd);
	return OK;
}

/* ---- a command's side ---- */

struct control {
	int dir;
	struct sockaddr_un socket;
	struct fetch *fetch;
};

/* Whether somebody accepts connections there. */
static enum err probe(int dir, struct errinfo *e)
{
	struct sockaddr_un a = address(dir);
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ERR_SYS(e, "socket");
	if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return OK;
	if (errno == ENOENT || errno == ECONNREFUSED)
		return ERR(e, NOT_FOUND, "no server runs here");
	return ERR_SYS(e, "connect to " CONTROL_NAME);
}

enum err control_open(const char *data, struct control **ret, struct errinfo *e)
{
	AUTO_FD int dir = -1;
	struct control *k;
	enum err err = fs_open_dir(AT_FDCWD, data, &dir, e);
	if (!err)
		err = probe(dir, e);
	if (err)
		return err;
	k = calloc(1, sizeof *k);
	if (!k)
		return ERR(e, NOMEM, "control");
	err = fetch_new(&k->fetch, e);
	if (err) {
		free(k);
		return err;
	}
	k->dir = fd_take(&dir);
	k->socket = address(k->dir);
	*ret = k;
	return OK;
}

void control_close(struct control *k)
{
	if (!k)
		return;
	fetch_free(k->fetch);
	(void)close(k->dir);
	free(k);
}

/* Our code for a "code" of an answer, or the nearest one for its status. */
static enum err code_of(struct str code, int status)
{
	for (enum err err = OK + 1; err < ERR_COUNT; err++)
		if (str_eq_c(code, err_code(err)))
			return err;
	switch (status) {
	case 401: return ERR_UNAUTHORIZED;
	case 403: return ERR_DENIED;
	case 404: return ERR_NOT_FOUND;
	case 409: return ERR_EXISTS;
	case 413: return ERR_TOO_LARGE;
	default:  return status < 500 ? ERR_INVALID : ERR_UPSTREAM;
	}
}

/* Who reads it wants the repository's name, and has no use for the API's address of it ("…; send it to /api/…"). */
static enum err redirected(struct arena *a, const struct fetch_response *answer, struct errinfo *e)
{
	const struct node *root = NULL;
	if (json_read(a, answer->body, "answer", &root, NULL) ||
	    !str_eq_c(node_text(node_get(root, "code")), err_code(ERR_RENAMED)))
		return ERR(e, UPSTREAM, "the server redirects to %.*s; use that address", STR_ARG(answer->location));
	struct str text = node_text(node_get(root, "error")), name = str_cut(&text, ';', NULL);
	return ERR(e, RENAMED, "%.*s", STR_ARG(name));
}

enum err answer_error(struct arena *a, const struct fetch_response *answer, struct errinfo *e)
{
	const struct node *root = NULL;
	if (answer->status < 300)
		return OK;
	if (answer->status < 400)
		return redirected(a, answer, e);
	if (json_read(a, answer->body, "answer", &root, NULL))
		return err_set(e, answer->status == 401 || answer->status == 403
		                  ? code_of((struct str){ 0 }, answer->status) : ERR_UPSTREAM,
		               "the server answered %d", answer->status);
	struct str text = node_text(node_get(root, "detail"));
	if (!text.n)
		text = node_text(node_get(root, "error"));
	return err_set(e, code_of(node_text(node_get(root, "code")), answer->status), "%.*s",
	               STR_ARG(text));
}

enum err control_call(struct control *k, struct arena *a, const char *method, const char *target,
                      struct str body, const char *content_type_header, struct fetch_response *ret,
                      struct errinfo *e)
{
	const char *url = arena_printf(a, ORIGIN "%s", target);
	if (!url)
		return ERR(e, NOMEM, "request");
	struct fetch_request q = { .method = method, .url = url, .unix_socket = k->socket.sun_path, .body = body,
	                           .response_max_bytes = CONTROL_ANSWER_MAX_BYTES };
	if (content_type_header)
		q.headers[q.header_count++] = content_type_header;
	enum err err = fetch_do(k->fetch, a, &q, ret, e);
	return err ? err : answer_error(a, ret, e);
}

enum err control_post(struct control *k, struct arena *a, const char *target, struct fetch_response *ret,
                      struct errinfo *e)
{
	return control_call(k, a, "POST", target, STR(""), NULL, ret, e);
}

enum err control_upload(struct control *k, struct arena *a, const char *target, struct str tgz,
                        struct str prov, bool *ret_existing, struct errinfo *e)
{
	const char *type;
	struct str body;
	struct fetch_response answer = { 0 };
	const struct node *root = NULL;
	enum err err = fetch_form(a, tgz, prov, &body, &type, e);
	if (!err)
		err = control_call(k, a, "POST", target, body, type, &answer, e);
	if (!err)
		err = json_read(a, answer.body, "answer", &root, e);
	if (!err && !node_bool(node_get(root, "existing"), ret_existing))
		*ret_existing = false;
	return err;
}

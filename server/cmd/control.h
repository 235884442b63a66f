/* DATA/control.sock: how a command finds the server that runs on a data directory.
 *
 * The socket is bound and connected through /proc/self/fd/N/control.sock, so the path of the data
 * directory may be longer than a socket address can hold. Mode 0600: whoever can open it is the
 * owner, and the server treats its caller as the administrator. It speaks the same HTTP API. */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/fetch/fetch.h"
#include "indexer/store/datadir.h"

#define CONTROL_NAME "control.sock"

/* ---- the server's side ---- */
/* Replaces a socket that a crash left; only the process that holds the lock calls this. */
NODISCARD enum err control_listen(struct datadir *d, int *ret_fd, struct errinfo *e);
void control_unlink(struct datadir *d);

/* ---- a command's side: one request at a time; threads open one each ---- */
struct control;

/* NOT_FOUND when no server runs on `data` (or it does not exist). */
NODISCARD enum err control_open(const char *data, struct control **ret, struct errinfo *e);
void control_close(struct control *k);           /* NULL is fine */
/* target: "/api/main/charts?…". An error answer becomes *e with the server's own text; the answer is in the
 * arena, of at most CONTROL_ANSWER_MAX_BYTES. body may be empty, content_type_header NULL.    */
NODISCARD enum err control_call(struct control *k, struct arena *a, const char *method,
                                const char *target, struct str body,
                                const char *content_type_header, struct fetch_response *ret,
                                struct errinfo *e);
/* POST of what needs no body. */
NODISCARD enum err control_post(struct control *k, struct arena *a, const char *target,
                                struct fetch_response *ret, struct errinfo *e);
/* Publishes an archive, with its provenance file unless prov.p is NULL. */
NODISCARD enum err control_upload(struct control *k, struct arena *a, const char *target,
                                  struct str tgz, struct str prov, bool *ret_existing,
                                  struct errinfo *e);

/* What an answer of Chartlocker (or ChartMuseum) says went wrong, as an error; OK below 300. RENAMED: what the
 * repository is called now.                                                                   */
NODISCARD enum err answer_error(struct arena *a, const struct fetch_response *answer,
                                struct errinfo *e);

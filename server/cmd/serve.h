/* Serving, for the commands that do. */
#pragma once

#include "server/cmd/cmd.h"
#include "server/config.h"

struct ingest;

/* What the command line says of settings; the texts outlive the server. */
struct serve_flags {
	const char *data;
	struct cmd_list listen, set;
	bool network_filesystem;
};

struct serve_mode {
	const char *config_file;         /* SIGHUP reads it again; NULL: none */
	struct serve_flags flags;        /* stronger than the file, then too */
	const char *not_reloaded;        /* what SIGHUP says instead of reading anything; NULL: it reads */
	/* The index is loaded and requests are still answered that the server is starting: brings in
	 * what is to be there from the beginning. SIGTERM waits meanwhile. NULL is fine.         */
	enum err (*loaded)(void *ctx, struct ingest *g, struct errinfo *e);
	void *ctx;
};

/* Serves until a signal ends it; returns the exit status. Takes *c over. */
int serve_run(const struct command *self, struct config *c, const struct serve_mode *mode);
/* The defaults, the file (NULL: none) and the environment; problems as config_load tells them. */
NODISCARD enum err serve_load(const char *file, struct config *c, struct sbuf *problems,
                              struct errinfo *e);
/* The same, then the flags, and what only all of them together tell: what a server starts with. */
NODISCARD enum err serve_settle(const struct serve_mode *mode, struct config *c, struct sbuf *problems,
                                struct errinfo *e);

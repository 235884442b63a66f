/* A server in the making: what serve.c and serve_….c share, and a command
 * that serves nobody but itself (admin.c).
 *
 *     struct serve s = { .config = … };         zeroes are fine
 *     if (!serve_open(&s, e))
 *         ...
 *     serve_close(&s);                          also when opening failed halfway
 *     config_done(&s.config);                                                                */
#pragma once

#include <signal.h>

#include "indexer/hub/hub.h"
#include "server/api/chores.h"
#include "server/api/log.h"
#include "server/api/upkeep.h"
#include "server/cmd/serve.h"
#include "server/cmd/serve_credentials.h"
#include "server/route/app.h"

struct serve {
	const struct command *self;
	struct serve_mode mode;
	struct config config;
	struct serve_credentials credentials;    /* of upstreams */
	struct outgoing *outgoing;
	char instance[17];               /* of this run */
	char server_info[ROPE_SERVER_INFO_MAX_BYTES];
	struct app app;
	struct upkeep upkeep;
	struct scrubber *scrubber;       /* NULL: none */
	struct chores *chores;
	char *addresses[HUB_ADDRESSES_MAX];      /* that dependencies may name us by; they outlive http */
	bool for_command;                /* serves a command that ends soon */
	size_t unopened;                 /* listeners of the settings that a command does not open */
	atomic_bool draining;
	atomic_uint uploads;
	sigset_t signals;
	char log_name[LOG_NAME_BYTES];
};

/* ---- serve_parts.c: opened in order, closed against it ---- */

/* The app and the listeners of s->config, then the catalog, with all that the settings file declares.
 * Requests are answered 503 until that is loaded.                                            */
NODISCARD enum err serve_open(struct serve *s, struct errinfo *e);
/* What runs by itself from now on: chores, and the scrubber if there is to be one. */
NODISCARD enum err serve_start_background(struct serve *s, struct errinfo *e);
void serve_close(struct serve *s);
/* The pages' name, colours and files; borrows what *c has. CONFIG. */
NODISCARD enum err serve_site(const struct config *c, struct site **ret, struct errinfo *e);
/* As ChartMuseum's index has it, a JSON object; helm cm-push asks it where the API is. Helm takes no notice
 * but 3.3.2, which reads no index that has it.                                                */
void serve_server_info(const struct config *c, char ret[ROPE_SERVER_INFO_MAX_BYTES]);

/* ---- serve_hub.c ---- */

/* Behind the listeners, whose addresses are its own, and before the first request that changes something. */
NODISCARD enum err serve_hub_open(struct serve *s, struct ingest *g, struct errinfo *e);
void serve_hub_close(struct serve *s);           /* behind whoever asks it */

/* ---- serve_settings.c: what settings do to a server ---- */

/* Hands over what SIGHUP may change. */
void serve_apply_live(struct serve *s);
/* The repositories, and the people and tokens, that the settings file declares, in that order. */
NODISCARD enum err serve_apply_declared(struct serve *s, struct ingest *g, struct errinfo *e);
/* SIGHUP: reads all again; what is wrong is logged and changes nothing. */
void serve_reload(struct serve *s);

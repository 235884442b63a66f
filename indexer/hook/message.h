/* What a webhook sends: an event as a body that its receiver reads, and the headers that prove where
 * it is from. Bytes alone: no clock, no database, no network.
 *
 *     cloudevents  CloudEvents 1.0, structured JSON
 *     plain        the fields of an event as the API has them
 *     flux         notification-controller's Receiver of type generic-hmac
 *     harbor       Harbor's PUSH_ARTIFACT
 *     slack, teams a sentence for people
 *
 * Every body is made by the JSON writer. Whatever the format, all requests have the headers of
 * standardwebhooks.com and GitHub's X-Hub-Signature-256.                                     */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/sbuf.h"
#include "indexer/store/catalog.h"

struct hook_message {
	struct str id;                   /* the same at every try, so that a receiver knows it again */
	const struct event *event;       /* of kind HOOK_PING: nothing happened */
	struct str public_url;           /* "https://charts.example.org"; empty: nobody said */
	bool is_private;                 /* the repository */
};
#define HOOK_PING "ping"

struct hook_format {
	const char *name;
	const char *content_type;
	void (*body)(struct sbuf *b, const struct hook_message *m);
	/* A header that this receiver asks for besides. */
	enum { PROOF_NONE, PROOF_X_SIGNATURE, PROOF_AUTHORIZATION } proof;
	bool pushes_only;                /* other events mean nothing to it and are not sent */
	bool needs_public_url;
	bool url_is_secret;              /* who knows the address may write there */
};
enum {
#define X(...) + 1
	HOOK_FORMAT_COUNT = 0
#include "indexer/hook/format.def"
#undef X
};
extern const struct hook_format hook_formats[HOOK_FORMAT_COUNT];
extern const char hook_format_words[];   /* their names, with a space before each */
/* NULL: there is none. */
const struct hook_format *hook_format_find(struct str name);

/* The event brought a version into an index. */
bool hook_is_push(struct str kind);
/* It is about a chart in a virtual repository, which has no page there. */
bool hook_is_of_view(struct str kind);

#define HOOK_ID_BYTES 48
/* Of an event, wherever it is sent: it has the hash of the event, not its number, which another event
 * may have after a backup was restored.                                                      */
void hook_event_id(const struct event *ev, char ret[HOOK_ID_BYTES]);

/* The key for webhook-signature: of "whsec_…" what its Base64 stands for, of others their bytes.
 * The other headers have the whole text as their key.                                        */
struct hook_secrets {
	struct str now, before;          /* before: empty, unless it still signs beside the new one */
};
#define HOOK_LINES_MAX 6
struct hook_lines { const char *line[HOOK_LINES_MAX]; size_t count; };
/* Header lines for a body, in the arena. Without a secret there is no signature. */
NODISCARD enum err hook_sign(struct arena *a, const struct hook_format *f,
                             const struct hook_secrets *secrets, struct str id, int64_t at_ns,
                             struct str body, struct hook_lines *ret, struct errinfo *e);

/* How long nothing is sent after so many failures in a row, from 1: HOOK_RETRY_SECONDS, HOOK_RETRY_GROWS
 * times that each time, up to HOOK_RETRY_MAX_SECONDS; with `chance`, any number, a tenth more or less. */
int64_t hook_pause_ns(uint64_t failures, uint32_t chance);

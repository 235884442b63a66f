/* What outsiders need to verify the log: a signed checkpoint and proofs (RFC 6962 §2.1). */
#pragma once

#include "server/route/app.h"

/* A note: origin, number of events, root; signed with DATA/checkpoint.key. */
NODISCARD enum err log_checkpoint(struct call *c, struct response *s, struct errinfo *e);
/* Its verifier's text: "name+hash+key". */
NODISCARD enum err log_key(struct call *c, struct response *s, struct errinfo *e);
/* ?seq=&size= → {"leaf_index","tree_size","leaf","proof":["…"]}; size: of now, if not given */
NODISCARD enum err log_inclusion(struct call *c, struct response *s, struct errinfo *e);
/* ?first=&second= → {"first","second","proof":["…"]} */
NODISCARD enum err log_consistency(struct call *c, struct response *s, struct errinfo *e);

#define LOG_KEY_FILE "checkpoint.key"
#define LOG_NAME_BYTES 300
/* The key of a data directory, made when there is none, and the name that checkpoints bear: the
 * server's public address without its scheme, or "chartlocker-" and the beginning of the key's
 * digest.                                                                                    */
NODISCARD enum err log_key_open(int data_fd, const char *public_url, struct signing_key **ret,
                                char ret_name[LOG_NAME_BYTES], struct errinfo *e);

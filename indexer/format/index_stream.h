/* Another server's index, read while it comes: memory is bounded by one version, not by the file.
 *
 *     index_stream_read(read, …, &handler, &summary, e)
 *         handler->known(…)    for every version: a hash of its entry; true: it is known and as it was
 *         handler->entry(…)    for those that are not known, parsed
 *         handler->skipped(…)  for those that cannot be taken, with the reason
 *
 * JSON text and YAML are told apart as Helm does (clients.md §1.3): what is JSON to the end is JSON;
 * what is not is read again, from the start, as YAML (`rewind`), and handler->again says that all that
 * was told so far does not count. JSON objects are found by their brackets and only parsed when their
 * text is new; YAML goes through libyaml's events, which are hashed and only become a tree when they
 * are new.
 *
 * Tolerant where Helm is, and further: one bad entry never costs the others (clients.md §1.4, trust.md
 * T-FED-03, T-FED-05). Skipped with a reason: null, no map, a value of the wrong type, a key twice in
 * one entry, a name, version, type or alias that Helm refuses, one above the limits; in JSON, which
 * can be read on behind it, text that is not UTF-8. Unknown keys are passed by. Anchors and aliases
 * are expanded within limits, merge keys (<<) as Helm takes them.
 * METADATA, as a whole: empty, HTML or any other text without `entries`, cut short where that can be
 * seen (block YAML that ends behind a line is whole), not UTF-8, conflict markers; deeper or larger
 * than the limits.                                                                             */
#pragma once

#include "indexer/format/index.h"

/* Up to `size` bytes; *ret_n 0 at the end. */
typedef enum err index_stream_source(void *ctx, char *to, size_t size, size_t *ret_n,
                                     struct errinfo *e);

struct index_stream_handler {
	void *ctx;
	/* Of the entry's content and its chart: the same text gives the same hash, also at another place
	 * of the file and after a restart; not of its formatting where it is YAML. True: `entry` is
	 * not called for it.                                                                     */
	bool (*known)(void *ctx, struct str chart, const struct sha256 *hash);
	/* Borrowed during the call. `chart` is the key under entries, as Helm lists it; the entry's own
	 * name may be another one. An error ends the reading and is passed on.                   */
	enum err (*entry)(void *ctx, struct str chart, const struct index_entry *entry,
	                  const struct sha256 *hash, struct errinfo *e);
	/* `line`: of the file, 0: unknown. `version` may be empty. */
	enum err (*skipped)(void *ctx, struct str chart, struct str version, uint32_t line,
	                    const char *why, struct errinfo *e);
	/* Not JSON after all: everything is told once more. May be NULL. */
	void (*again)(void *ctx);
};

struct index_stream_summary {
	bool json;
	char generated[40];              /* as written, cut; empty: none */
	char server_info[512];           /* JSON text of serverInfo, if it fits; empty: none */
	uint64_t charts, versions;       /* known and new ones; keys under entries that have any of them */
	uint64_t skipped;
	uint64_t bytes;
};

/* `name` of the file, for messages. `rewind` starts the source again. */
NODISCARD enum err index_stream_read(index_stream_source *read,
                                     enum err (*rewind)(void *ctx, struct errinfo *e), void *source,
                                     const char *name, const struct index_stream_handler *handler,
                                     struct index_stream_summary *ret, struct errinfo *e);

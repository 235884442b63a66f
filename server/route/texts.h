/* Long answers of the API while they go out: bounded together, whoever reads them slowly, and the
 * whole lists of the last few repositories kept for the next who asks. Any thread.
 *
 *     text = texts_find(t, snapshot, repo)              a reference, or NULL: make it and
 *     texts_hold(t, &buffer, snapshot, repo, &text, e)  hand it over
 *     ... answer with text->bytes ...
 *     text_unref(text)
 */
#pragma once

#include "indexer/base/limits.h"
#include "indexer/base/sbuf.h"
#include "indexer/ingest/ingest.h"

struct texts;

struct text {                        /* constant but for the count */
	struct str bytes;
	struct texts *owner;
	unsigned refs;
	char *memory;
	struct sha256 identity;          /* of the snapshot that it shows */
	char repo[REPO_NAME_MAX_BYTES + 1];
};

NODISCARD enum err texts_new(struct texts **ret, struct errinfo *e);
void texts_free(struct texts *t);    /* when no text is out any more; NULL is fine */

struct text *texts_find(struct texts *t, const struct snapshot *s, struct str repo);
/* Takes the buffer's bytes over; with `s` it is the list of that repository and kept. BUSY: the
 * texts that go out have TEXTS_MAX_BYTES together. NOMEM.                                     */
NODISCARD enum err texts_hold(struct texts *t, struct sbuf *from, const struct snapshot *s,
                              struct str repo, struct text **ret, struct errinfo *e);
void text_unref(void *text);         /* NULL is fine; for response.release as well */

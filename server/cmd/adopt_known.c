/* The events that made a file, of whichever repositories had the name. */
#include "server/cmd/adopt_known.h"

#include <stdlib.h>
#include <string.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/format/node.h"
#include "indexer/store/catalog.h"
#include "indexer/store/event_kind.h"

struct question { struct adopt_known *known; struct str repo; };

static enum err read_bytes(const struct event *ev, uint64_t *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	const struct node *detail;
	enum err err = json_read(&a, ev->detail, "detail", &detail, e);
	if (!err && !str_to_u64(node_text(node_get(detail, "bytes")), ret))
		err = ERR(e, CORRUPT, "event %llu says no bytes", (unsigned long long)ev->seq);
	return err;
}

static enum err note_event(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct adopt_known *k = ((const struct question *)ctx)->known;
	const struct event_kind *kind = event_kind_find(ev->kind);
	struct adopt_event come = { .at_ns = ev->at_ns };
	if (!kind || !(kind->does & (MAKES | PROV)) || !sha256_parse(ev->digest, &come.digest))
		return OK;
	struct adopt_event *events = arena_room(&k->arena, k->events, k->count, &k->capacity, sizeof *events);
	come.file = arena_printf(&k->arena, "%.*s-%.*s.tgz%s", STR_ARG(ev->chart), STR_ARG(ev->version),
	                         kind->does & PROV ? ".prov" : "");
	if (!events || !come.file)
		return ERR(e, NOMEM, "log");
	enum err err = kind->does & MAKES ? read_bytes(ev, &come.bytes, e) : OK;
	k->events = events;
	k->events[k->count++] = come;
	return err;
}

static enum err read_log(void *ctx, struct catalog *c, struct errinfo *e)
{
	return catalog_events_of(c, ((const struct question *)ctx)->repo, note_event, ctx, e);
}

static int by_file(const void *a, const void *b)
{
	const struct adopt_event *x = a, *y = b;
	int order = strcmp(x->file, y->file);
	return order ? order : (x->at_ns > y->at_ns) - (x->at_ns < y->at_ns);
}

enum err adopt_known(struct ingest *g, struct str repo, struct adopt_known *k, struct errinfo *e)
{
	struct question q = { k, repo };
	*k = (struct adopt_known){ .count = 0 };
	enum err err = ingest_read(g, read_log, &q, e);
	if (!err && k->count)
		qsort(k->events, k->count, sizeof *k->events, by_file);
	return err;
}

void adopt_known_done(struct adopt_known *k) { arena_done(&k->arena); }

const struct adopt_event *adopt_known_file(const struct adopt_known *k, const char *file, size_t *ret_count)
{
	size_t low = 0, high = k->count, end;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(k->events[middle].file, file) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < k->count && !strcmp(k->events[end].file, file); end++)
		;
	*ret_count = end - low;
	return end > low ? &k->events[low] : NULL;
}

bool adopt_known_digest(const struct adopt_known *k, const struct sha256 *digest)
{
	for (size_t i = 0; i < k->count; i++)
		if (sha256_eq(&k->events[i].digest, digest))
			return true;
	return false;
}

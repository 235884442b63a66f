/* Anchors and aliases across versions: what an anchor stands for is kept as it was recorded, with
 * aliases expanded, so that an alias is a repetition and nothing recursive. What is kept and what is
 * repeated have limits of their own: a few bytes of a file could otherwise mean terabytes.  */
#include "indexer/format/index_stream_parts.h"

#include <search.h>

struct index_anchor {
	struct str name;
	bool open;
	struct str events;
};

static int compare(const void *a, const void *b)
{
	return str_cmp(((const struct index_anchor *)a)->name, ((const struct index_anchor *)b)->name);
}

static enum err count_kept(struct index_walk *w, size_t bytes, uint32_t line)
{
	w->anchored_bytes += bytes;
	if (w->anchored_bytes > INDEX_ANCHORED_MAX_BYTES)
		return STREAM_REFUSE(w->s, line, "anchors of more than %u bytes", INDEX_ANCHORED_MAX_BYTES);
	return OK;
}

/* A name may be used again; aliases then mean the last one before them. */
enum err index_anchor_open(struct index_walk *w, struct str name, uint32_t line)
{
	enum err err = count_kept(w, 4 * sizeof(struct index_anchor) + name.n, line);
	if (err)
		return err;
	struct index_anchor *anchor = ARENA_NEW(&w->arena, struct index_anchor);
	if (!anchor || !arena_str(&w->arena, name, &anchor->name))
		return STREAM_NO_MEMORY(w->s);
	struct index_anchor **slot = tsearch(anchor, &w->anchors, compare);
	if (!slot)
		return STREAM_NO_MEMORY(w->s);
	*slot = anchor;
	anchor->open = true;
	w->open[w->open_count++] = (struct index_open_anchor){
		anchor, w->depth + w->inside, { w->record.bytes.n, w->record.count } };
	return OK;
}

enum err index_anchor_close(struct index_walk *w, unsigned depth, uint32_t line)
{
	while (w->open_count && w->open[w->open_count - 1].depth == depth) {
		struct index_open_anchor *open = &w->open[--w->open_count];
		struct str events = str_from(sbuf_str(&w->record.bytes), open->mark.bytes);
		enum err err = count_kept(w, events.n, line);
		if (err)
			return err;
		if (!arena_str(&w->arena, events, &open->anchor->events))
			return STREAM_NO_MEMORY(w->s);
		open->anchor->open = false;
	}
	return OK;
}

enum err index_walk_alias(struct index_walk *w, struct str name, uint32_t line)
{
	const struct index_anchor wanted = { .name = name };
	struct index_anchor **slot = tfind(&wanted, &w->anchors, compare);
	if (!slot)
		return STREAM_REFUSE(w->s, line, "unknown alias");
	if ((*slot)->open)
		return STREAM_REFUSE(w->s, line, "an alias to the value it is part of");
	struct str events = (*slot)->events;
	w->expanded_bytes += events.n;
	if (w->expanded_bytes > INDEX_EXPANDED_MAX_BYTES)
		return STREAM_REFUSE(w->s, line, "aliases that mean more than %u bytes",
		                     INDEX_EXPANDED_MAX_BYTES);
	enum err err = OK;
	while (events.n && !err) {
		struct index_event event = index_record_cut(&events);
		event.line = line;
		err = index_walk_feed(w, &event);
	}
	return err;
}

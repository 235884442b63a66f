/* Events, by the place where they stand:
 *
 *     IN_TOP       the map of the file                 key, value
 *     IN_ENTRIES   the map under entries               chart, versions
 *     IN_CHART     the list under a chart              version
 *     IN_MERGE     the list under a merge key (<<)     maps, as if they stood in the map around it
 *
 * A value that goes deeper than these is taken, which is to say recorded, or passed by; `inside`
 * counts how deep it is.                                                                    */
#include "indexer/format/index_stream_parts.h"

#include <search.h>

#include "indexer/base/auto.h"

#define RECORD_MAX_BYTES (INDEX_ANCHORED_MAX_BYTES + INDEX_TEXT_MAX_BYTES)

static bool is_open(const struct index_event *event)
{
	return event->kind == INDEX_MAP || event->kind == INDEX_LIST;
}

static bool is_null(const struct index_event *event)
{
	const struct node n = { .kind = NODE_SCALAR, .plain = event->plain, .text = event->text };
	return event->kind == INDEX_SCALAR && !event->tag.n && node_is_null(&n);
}

/* ---- recording ---- */

static struct index_mark here(const struct index_walk *w)
{
	return (struct index_mark){ w->record.bytes.n, w->record.count };
}

/* Without an anchor nobody needs more of a version than tells that it is too large. */
static enum err record(struct index_walk *w, const struct index_event *event)
{
	size_t bytes = index_event_bytes(event) + w->record.bytes.n;
	if (w->taking && bytes - w->mark.bytes > INDEX_LINE_MAX_BYTES)
		w->too_large = true;
	if (w->too_large && !w->open_count) {
		index_record_cut_to(&w->record, w->mark);
		return OK;
	}
	if (bytes > RECORD_MAX_BYTES)
		return STREAM_REFUSE(w->s, event->line, "anchors of more than %u bytes",
		                     INDEX_ANCHORED_MAX_BYTES);
	return index_record_put(&w->record, event) ? OK : STREAM_NO_MEMORY(w->s);
}

/* ---- values that end ---- */

static enum err version_taken(struct index_walk *w)
{
	struct index_stream *s = w->s;
	struct errinfo why = { .detail = "" };
	const struct node *root;
	struct sha256 hash;
	bool known;
	if (w->too_large)
		return index_stream_skip(s, STR(""), w->line, "it is longer than 1 MiB");
	struct str content = str_from(sbuf_str(&w->record.bytes), w->mark.bytes);
	enum err err = index_stream_ask(s, content, &hash, &known);
	if (err || known)
		return err;
	arena_done(&s->arena);
	err = index_record_tree(&w->record, w->mark, &s->arena, &root, &why);
	if (err)
		return index_stream_refused(s, err, STR(""), w->line, false, &why);
	return index_stream_tell(s, root, false, &hash, w->line);
}

static enum err server_info_taken(struct index_walk *w)
{
	const struct node *root;
	if (w->too_large)
		return OK;
	arena_done(&w->s->arena);
	enum err err = index_record_tree(&w->record, w->mark, &w->s->arena, &root, NULL);
	if (err)
		return err == ERR_NOMEM ? STREAM_NO_MEMORY(w->s) : OK;
	return index_stream_said(w->s, INDEX_TOP_SERVER_INFO, root);
}

static enum err taken(struct index_walk *w)
{
	enum err err = w->taking == TAKE_VERSION ? version_taken(w)
	             : w->taking == TAKE_SERVER_INFO ? server_info_taken(w) : OK;
	w->taking = TAKE_NOTHING;
	w->too_large = false;
	return err;
}

/* ---- values that begin ---- */

static enum err go_in(struct index_walk *w, enum index_place place, enum index_place merged)
{
	w->levels[w->depth++] = (struct index_level){ .place = place, .merged = merged };
	return OK;
}

/* A list or map that is no level of its own; nothing else needs to be taken. */
static enum err take(struct index_walk *w, const struct index_event *event, enum index_taking taking)
{
	if (!is_open(event))
		return OK;
	w->inside = 1;
	w->taking = taking;
	w->line = event->line;
	w->mark = here(w);
	return OK;
}

static enum err on_merged(struct index_walk *w, const struct index_event *event,
                          enum index_place place)
{
	if (event->kind == INDEX_MAP)
		return go_in(w, place, place);
	if (event->kind == INDEX_LIST && w->levels[w->depth - 1].place != IN_MERGE)
		return go_in(w, IN_MERGE, place);
	return STREAM_REFUSE(w->s, event->line, "a merge key needs a map or a list of maps");
}

static enum err on_top_value(struct index_walk *w, const struct index_event *event)
{
	enum index_top what = index_stream_top(sbuf_str(&w->key));
	const struct node n = { .kind = NODE_SCALAR, .plain = event->plain, .text = event->text };
	if (what == INDEX_TOP_ENTRIES) {
		w->s->has_entries = true;
		if (event->kind == INDEX_MAP)
			return go_in(w, IN_ENTRIES, IN_ENTRIES);
		return is_null(event) ? OK : STREAM_REFUSE(w->s, event->line, "\"entries\" must be a map");
	}
	if (event->kind != INDEX_SCALAR)
		return take(w, event, what == INDEX_TOP_SERVER_INFO ? TAKE_SERVER_INFO : TAKE_NOTHING);
	return index_stream_said(w->s, what, &n);
}

static enum err on_chart(struct index_walk *w, const struct index_event *event)
{
	const struct node_item item = { .key = sbuf_str(&w->key), .key_plain = w->key_plain };
	AUTO_ARENA struct arena a = { .limit = 0 };
	struct str name;
	bool wanted = false;
	if (!node_key_string(&a, &item, &name))
		return STREAM_NO_MEMORY(w->s);
	enum err err = index_stream_chart(w->s, name, w->key_line, &wanted);
	if (!err && wanted && event->kind == INDEX_LIST)
		return go_in(w, IN_CHART, IN_CHART);
	if (!err && wanted && !is_null(event))
		err = index_stream_skip(w->s, STR(""), event->line, "its versions are no list");
	return err ? err : take(w, event, TAKE_NOTHING);
}

static enum err on_version(struct index_walk *w, const struct index_event *event)
{
	if (event->kind == INDEX_MAP)
		return take(w, event, TAKE_VERSION);
	enum err err = index_stream_skip(w->s, STR(""), event->line,
	                                 is_null(event) ? "the entry is null" : "the entry is no map");
	return err ? err : take(w, event, TAKE_NOTHING);
}

/* ---- places ---- */

static enum err on_key(struct index_walk *w, const struct index_event *event)
{
	if (event->kind != INDEX_SCALAR)
		return STREAM_REFUSE(w->s, event->line, "a key must be a scalar");
	sbuf_reset(&w->key);
	sbuf_put(&w->key, event->text);
	w->key_plain = event->plain;
	w->key_line = event->line;
	w->levels[w->depth - 1].has_key = true;
	return sbuf_ok(&w->key) ? OK : STREAM_NO_MEMORY(w->s);
}

static enum err in_map(struct index_walk *w, const struct index_event *event)
{
	struct index_level *level = &w->levels[w->depth - 1];
	if (!level->has_key)
		return on_key(w, event);
	level->has_key = false;
	if (w->key_plain && str_eq(sbuf_str(&w->key), STR("<<")))
		return on_merged(w, event, level->place);
	return level->place == IN_TOP ? on_top_value(w, event) : on_chart(w, event);
}

static enum err at_root(struct index_walk *w, const struct index_event *event)
{
	if (event->kind != INDEX_MAP)
		return STREAM_REFUSE(w->s, event->line, "this is no index, which is a map with \"entries\"");
	return go_in(w, IN_TOP, IN_TOP);
}

static enum err in_place(struct index_walk *w, const struct index_event *event)
{
	if (!w->depth)
		return at_root(w, event);
	const struct index_level *level = &w->levels[w->depth - 1];
	if (event->kind == INDEX_END) {
		w->depth--;
		return OK;
	}
	switch (level->place) {
	case IN_CHART:
		return on_version(w, event);
	case IN_MERGE:
		return on_merged(w, event, level->merged);
	default:
		return in_map(w, event);
	}
}

/* ---- events ---- */

enum err index_walk_feed(struct index_walk *w, const struct index_event *event)
{
	enum err err = OK;
	bool was_inside = w->inside;
	if (is_open(event) && w->depth + w->inside >= YAML_DEPTH_MAX)
		return STREAM_REFUSE(w->s, event->line, "nesting deeper than %u", YAML_DEPTH_MAX);
	if (!was_inside)
		err = in_place(w, event);
	else if (event->kind != INDEX_SCALAR)
		w->inside = event->kind == INDEX_END ? w->inside - 1 : w->inside + 1;
	if (!err && (w->taking || w->open_count))
		err = record(w, event);
	return err || !was_inside || w->inside ? err : taken(w);
}

enum err index_walk_event(struct index_walk *w, const struct index_event *event, struct str anchor)
{
	enum err err = anchor.n ? index_anchor_open(w, anchor, event->line) : OK;
	if (!err)
		err = index_walk_feed(w, event);
	if (!err && !is_open(event) && w->open_count)
		err = index_anchor_close(w, w->depth + w->inside, event->line);
	if (!w->inside && !w->open_count)
		index_record_cut_to(&w->record, (struct index_mark){ 0, 0 });
	return err;
}

static void keep(void *anchor) { (void)anchor; }     /* it lives in the arena */

void index_walk_done(struct index_walk *w)
{
	tdestroy(w->anchors, keep);
	arena_done(&w->arena);
	index_record_done(&w->record);
	sbuf_done(&w->key);
}

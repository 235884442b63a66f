/* An index that is JSON: taken apart only as far as the versions, whose text is hashed as it stands.
 * What is new is parsed; what is passed by, or is known, has only to be JSON.               */
#include "indexer/format/index_stream_parts.h"
#include "indexer/format/json_scan.h"

_Static_assert(YAML_DEPTH_MAX <= JSON_SCAN_DEPTH_MAX, "a bit for each level");

struct walk {
	struct index_stream *s;
	struct sbuf text;                /* of the last value that was kept */
	bool too_long;
	size_t events;                   /* of it: keys, values, ends */
	uint32_t line;                   /* where it begins */
	unsigned depth;                  /* lists and maps around it */
	bool not_json;                   /* with METADATA that nobody sees */
};

static enum err not_json(struct walk *w)
{
	w->not_json = true;
	return ERR_METADATA;
}

#define AT_END (-1)

/* The next byte that is no white space, or AT_END. */
static enum err look(struct walk *w, int *ret)
{
	for (;;) {
		struct str rest;
		enum err err = index_stream_look(w->s, &rest);
		if (err)
			return err;
		size_t n = 0;
		while (n < rest.n && rest.p[n] && strchr(" \t\r\n", rest.p[n]))
			n++;
		index_stream_take(w->s, n);
		if (n < rest.n || !rest.n) {
			*ret = rest.n ? (unsigned char)rest.p[n] : AT_END;
			return OK;
		}
	}
}

/* The same where the text may not end. */
static enum err peek(struct walk *w, int *ret)
{
	enum err err = look(w, ret);
	return !err && *ret == AT_END ? not_json(w) : err;
}

static enum err keep(struct walk *w, struct str piece)
{
	w->too_long = w->too_long || piece.n > INDEX_LINE_MAX_BYTES - w->text.n;
	if (!w->too_long)
		sbuf_put(&w->text, piece);
	return sbuf_ok(&w->text) ? OK : STREAM_NO_MEMORY(w->s);
}

/* The value that begins here, kept in w->text or passed by. */
static enum err take_value(struct walk *w, bool kept)
{
	struct json_scan scan = { .state = SCAN_VALUE, .depth_max = YAML_DEPTH_MAX - w->depth };
	int first;
	enum err err = peek(w, &first);
	sbuf_reset(&w->text);
	w->too_long = false;
	w->line = w->s->line;
	while (!err && scan.state < SCAN_DONE) {
		struct str rest;
		err = index_stream_look(w->s, &rest);
		if (err)
			return err;
		if (!rest.n)
			return not_json(w);
		size_t n = json_scan(&scan, rest);
		err = kept ? keep(w, str_first(rest, n)) : OK;
		index_stream_take(w->s, n);
	}
	w->events = scan.events;
	if (err || scan.state == SCAN_DONE)
		return err;
	return scan.state == SCAN_BAD ? not_json(w)
	       : STREAM_REFUSE(w->s, w->s->line, "nesting deeper than %u", YAML_DEPTH_MAX);
}

/* w->text as a node; NULL: it says nothing that can be read. In the arena of one version. */
static enum err read_kept(struct walk *w, const struct node **ret)
{
	*ret = NULL;
	if (w->too_long)
		return OK;
	arena_done(&w->s->arena);
	enum err err = json_read_lenient(&w->s->arena, sbuf_str(&w->text), w->s->name, ret, NULL);
	return err == ERR_NOMEM ? STREAM_NO_MEMORY(w->s) : OK;
}

/* ---- lists and maps ---- */

/* What stands between one element and the next; *ret_more false: the end. */
static enum err next_element(struct walk *w, char end, bool first, bool *ret_more)
{
	int c;
	enum err err = peek(w, &c);
	if (err)
		return err;
	*ret_more = c != end;
	if (first && c != end)
		return OK;
	if (c != end && c != ',')
		return not_json(w);
	index_stream_take(w->s, 1);
	return OK;
}

static enum err take_key(struct walk *w)
{
	int c;
	enum err err = peek(w, &c);
	if (!err && c != '"')
		err = not_json(w);
	if (!err)
		err = take_value(w, true);
	if (!err)
		err = peek(w, &c);
	if (!err && c != ':')
		err = not_json(w);
	if (!err)
		index_stream_take(w->s, 1);
	return err;
}

/* Each value of the list or map that begins here, which `each` takes; in a map w->text is its key. */
static enum err each_of(struct walk *w, char end, enum err (*each)(struct walk *))
{
	bool more = true;
	enum err err = OK;
	index_stream_take(w->s, 1);
	w->depth++;
	for (bool first = true; !err; first = false) {
		err = next_element(w, end, first, &more);
		if (err || !more)
			break;
		if (end == '}')
			err = take_key(w);
		if (!err)
			err = each(w);
	}
	w->depth--;
	return err;
}

/* ---- versions ---- */

static enum err read_version(struct walk *w)
{
	struct index_stream *s = w->s;
	struct errinfo why = { .detail = "" };
	const struct node *root;
	struct sha256 hash;
	bool known;
	if (w->too_long)
		return index_stream_skip(s, STR(""), w->line, "it is longer than 1 MiB");
	enum err err = index_stream_ask(s, sbuf_str(&w->text), &hash, &known);
	if (err || known)
		return err;
	if (w->events > YAML_EVENTS_MAX)
		return index_stream_skip(s, STR(""), w->line, "it has too many values");
	arena_done(&s->arena);
	err = json_read(&s->arena, sbuf_str(&w->text), INDEX_STREAM_ENTRY_NAME, &root, &why);
	if (err)
		return index_stream_refused(s, err, STR(""), w->line, true, &why);
	return index_stream_tell(s, root, true, &hash, w->line);
}

static enum err on_version(struct walk *w)
{
	int c;
	enum err err = peek(w, &c);
	if (!err)
		err = take_value(w, c == '{');
	if (err || c == '{')
		return err ? err : read_version(w);
	return index_stream_skip(w->s, STR(""), w->line, c == 'n' ? "the entry is null"
	                                                          : "the entry is no map");
}

static enum err on_chart(struct walk *w)
{
	const struct node *key;
	bool taken;
	int c;
	enum err err = read_kept(w, &key);
	uint32_t line = w->line;
	if (!err)
		err = peek(w, &c);
	if (!err && key)
		err = index_stream_chart(w->s, key->text, line, &taken);
	else if (!err)
		err = index_stream_chart(w->s, str_first(sbuf_str(&w->text), 0), line, &taken);
	if (err)
		return err;
	if (key && taken && c == '[')
		return each_of(w, ']', on_version);
	err = take_value(w, false);
	if (err || (key && (!taken || c == 'n')))
		return err;
	return index_stream_skip(w->s, STR(""), w->line, key ? "its versions are no list"
	                                                     : "the chart's name cannot be read");
}

/* ---- the top level ---- */

static enum err on_entries(struct walk *w)
{
	int c;
	enum err err = peek(w, &c);
	w->s->has_entries = true;
	if (!err && c == '{')
		return each_of(w, '}', on_chart);
	if (!err)
		err = take_value(w, false);
	if (err || c == 'n')
		return err;
	return STREAM_REFUSE(w->s, w->line, "\"entries\" must be a map");
}

static enum err on_top(struct walk *w)
{
	const struct node *n;
	enum err err = read_kept(w, &n);
	if (err)
		return err;
	enum index_top what = index_stream_top(node_text(n));
	if (what == INDEX_TOP_ENTRIES)
		return on_entries(w);
	err = take_value(w, what != INDEX_TOP_OTHER);
	if (err || what == INDEX_TOP_OTHER)
		return err;
	err = read_kept(w, &n);
	return err ? err : index_stream_said(w->s, what, n);
}

enum err index_stream_json(struct index_stream *s, bool *ret_not_json)
{
	struct walk w = { .s = s, .text = sbuf_make(2 * INDEX_LINE_MAX_BYTES) };
	int c;
	enum err err = peek(&w, &c);
	if (!err)
		err = c == '{' ? each_of(&w, '}', on_top) : not_json(&w);
	if (!err)
		err = look(&w, &c);
	if (!err && c != AT_END)
		err = not_json(&w);
	sbuf_done(&w.text);
	*ret_not_json = w.not_json;
	return err;
}

/* The order of versions, the choice of one, and a whole index as one text. */
#include "indexer/format/index.h"

#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/clock.h"

struct index_rank index_rank_of(struct str version, int64_t created_ns)
{
	struct index_rank r = { .key = { version, created_ns } };
	r.is_semver = semver_parse(version, &r.semver);
	return r;
}

int index_rank_cmp(const struct index_rank *a, const struct index_rank *b)
{
	const struct index_key *x = &a->key, *y = &b->key;
	if (a->is_semver != b->is_semver)
		return a->is_semver ? -1 : 1;
	int order = a->is_semver ? semver_cmp(&b->semver, &a->semver) : 0;
	if (!order)
		order = (y->created_ns > x->created_ns) - (y->created_ns < x->created_ns);
	return order ? order : str_cmp(y->version, x->version);
}

int index_key_cmp(const struct index_key *a, const struct index_key *b)
{
	struct index_rank x = index_rank_of(a->version, a->created_ns);
	struct index_rank y = index_rank_of(b->version, b->created_ns);
	return index_rank_cmp(&x, &y);
}

ssize_t index_pick(struct arena *a, const struct str *versions, size_t count, struct str wanted,
                   struct errinfo *e)
{
	struct semver_range *range;
	if (semver_range_parse(a, wanted.n ? wanted : STR("*"), &range, e))
		return -1;
	for (size_t i = 0; wanted.n && i < count; i++)
		if (str_eq(versions[i], wanted))
			return (ssize_t)i;
	for (size_t i = 0; i < count; i++)
		if (semver_range_admits(range, versions[i]))
			return (ssize_t)i;
	(void)ERR(e, NOT_FOUND, wanted.n ? "no chart version found for %.*s" : "no chart version found",
	          STR_ARG(wanted));
	return -1;
}

int index_order_cmp(const void *left, const void *right)
{
	const struct index_item *a = left, *b = right;
	int order = str_cmp(a->name, b->name);
	return order ? order : index_key_cmp(&a->key, &b->key);
}

/* The texts around names and lines. */
static const struct frame {
	const char *head, *info, *entries, *no_entries;
	const char *before_name, *after_name, *between_lines, *after_chart, *between_charts, *tail, *no_tail;
} frames[] = {
	[true] = { "{\"apiVersion\":\"v1\",\"generated\":", ",\"serverInfo\":", ",\"entries\":{\n", ",\"entries\":{",
	           "", ":[\n", ",\n", "\n]", ",\n", "\n}}\n", "}}\n" },
	[false] = { "apiVersion: \"v1\"\ngenerated: ", "\nserverInfo: ", "\nentries:\n", "\nentries: {}\n",
	            "  ", ":\n", "", "", "", "", "" },
};

static void put_head(const struct frame *f, int64_t generated_ns, const char *server_info, const char *entries,
                     char ret[static INDEX_HEAD_MAX_BYTES])
{
	char generated[RFC3339_MAX_BYTES];
	(void)clock_format(generated_ns, generated);
	(void)snprintf(ret, INDEX_HEAD_MAX_BYTES, "%s\"%s\"%s%s%s", f->head, generated, server_info ? f->info : "",
	               server_info ? server_info : "", entries);
}

void index_around(bool json, bool empty, int64_t generated_ns, const char *server_info,
                  char ret_head[static INDEX_HEAD_MAX_BYTES], char ret_tail[static INDEX_TAIL_MAX_BYTES])
{
	const struct frame *f = &frames[json];
	put_head(f, generated_ns, server_info, empty ? f->no_entries : f->entries, ret_head);
	(void)snprintf(ret_tail, INDEX_TAIL_MAX_BYTES, "%s%s", empty ? "" : f->after_chart, empty ? f->no_tail : f->tail);
}

void index_text_begin(struct index_text *t, const char *server_info, int64_t generated_ns)
{
	char head[INDEX_HEAD_MAX_BYTES];
	put_head(&frames[t->json], generated_ns, server_info, "", head);
	sbuf_puts(t->to, head);
}

void index_text_next(struct index_text *t, struct str chart)
{
	const struct frame *f = &frames[t->json];
	if (t->begun && str_eq(chart, t->chart)) {
		sbuf_puts(t->to, f->between_lines);
	} else {
		sbuf_puts(t->to, t->begun ? f->after_chart : f->entries);
		sbuf_puts(t->to, t->begun ? f->between_charts : "");
		sbuf_puts(t->to, f->before_name);
		sbuf_json(t->to, chart);
		sbuf_puts(t->to, f->after_name);
	}
	t->chart = chart;
	t->begun = true;
}

void index_text_end(struct index_text *t)
{
	const struct frame *f = &frames[t->json];
	sbuf_puts(t->to, t->begun ? f->after_chart : f->no_entries);
	sbuf_puts(t->to, t->begun ? f->tail : f->no_tail);
}

enum err index_write(struct sbuf *b, struct index_item *items, size_t count, bool json,
                     const char *server_info, int64_t generated_ns, struct errinfo *e)
{
	struct index_text t = { .to = b, .json = json };
	enum err err = OK;
	if (count)
		qsort(items, count, sizeof *items, index_order_cmp);
	index_text_begin(&t, server_info, generated_ns);
	for (size_t i = 0; i < count && !err; i++) {
		index_text_next(&t, items[i].name);
		if (json)
			sbuf_put(b, items[i].line);
		else
			err = index_line_to_yaml(items[i].line, b, e);
	}
	index_text_end(&t);
	return err || sbuf_ok(b) ? err : ERR(e, NOMEM, "writing the index");
}

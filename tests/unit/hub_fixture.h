/* Charts in memory for the tests of searching, without a data directory. */
#pragma once

#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/hub/impl.h"

struct chart_row {
	const char *name;                /* repository/name */
	const char *version, *description;
	const char *keywords, *people;   /* separated by commas */
	const char *kube;                /* a range */
	const char *created;             /* a day */
	const char *facts;               /* "schema":true,… */
	const char *more;                /* fields of the line: "type":"library",… */
	unsigned pulls;
};

static inline void put_names(struct sbuf *b, const char *names, const char *before, const char *after)
{
	struct str rest = str_c(names);
	while (rest.n) {
		json_next(b);
		sbuf_puts(b, before);
		sbuf_json(b, str_cut(&rest, ',', NULL));
		sbuf_puts(b, after);
	}
}

static inline struct hub_chart *make_chart(const struct chart_row *row, int64_t id)
{
	struct hub_chart *c = NULL;
	struct errinfo e = { 0 };
	AUTO_SBUF struct sbuf line = sbuf_make(MIB);
	AUTO_SBUF struct sbuf facts = sbuf_make(MIB);
	const char *slash = strrchr(row->name, '/');
	struct str name = str_c(slash + 1), repo = str_make(row->name, (size_t)(slash - row->name));
	sbuf_printf(&line, "{\"apiVersion\":\"v2\",\"created\":\"%sT00:00:00Z\",\"digest\":\"\",\"keywords\":[",
	            row->created ? row->created : "2020-01-01");
	put_names(&line, row->keywords, "", "");
	sbuf_puts(&line, "],\"maintainers\":[");
	put_names(&line, row->people, "{\"name\":", "}");
	sbuf_puts(&line, "]");
	json_text(&line, "name", name);
	json_text(&line, "version", str_c(row->version ? row->version : "1.0.0"));
	json_text(&line, "description", str_c(row->description));
	if (row->kube)
		json_text(&line, "kubeVersion", str_c(row->kube));
	if (row->more)
		sbuf_printf(&line, ",%s", row->more);
	sbuf_puts(&line, ",\"urls\":[\"x.tgz\"]}");
	sbuf_printf(&facts, "{%s}", row->facts ? row->facts : "");
	const struct search_chart made = { .id = id, .repo = repo, .name = name,
	                                   .line = sbuf_str(&line), .facts = sbuf_str(&facts) };
	if (chart_new(&made, &c, &e))
		fail_msg("%s: %s", row->name, e.detail);
	atomic_store(&c->pulls, row->pulls);
	c->dependency_count = 0;         /* uses.c would ask a data directory for them */
	return c;
}

static inline void fill_table(struct hub_table *t, const struct chart_row *rows, size_t count)
{
	struct errinfo e = { 0 };
	*t = (struct hub_table){ 0 };
	assert_int_equal(table_open(t, &e), OK);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(table_put(t, make_chart(&rows[i], (int64_t)i + 1), &e), OK);
}

/* For a hub_viewer whose ctx is the name of a repository. */
static inline bool sees_others(void *hidden, struct str repo) { return !str_eq_c(repo, hidden); }

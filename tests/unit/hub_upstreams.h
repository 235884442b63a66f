/* What an upstream's index says, a line for each version, told to the writer as a refresh does:
 *
 *     chart version                      it is in the index; its archive is not here
 *     chart version digest=aa            with a promised digest of 32 bytes that are so
 *     chart version called=other         the entry's name differs from its key
 *     chart version needs=x@https://h    depends on x, of that repository
 *     chart version dated=2020           instead of a time
 *     gone chart version                 it is not in the index any more                       */
#pragma once

#include "hub_charts.h"

#include "indexer/base/clock.h"
#include "indexer/ingest/upstream_change.h"

#define SAID_MAX 12000

struct said {
	struct arena arena;
	struct upstream_entry *list;
	size_t count;
};

static inline void say_line(struct said *s, struct str line)
{
	static const char hex[] = "0123456789abcdef";
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct upstream_entry *x = &s->list[s->count++];
	struct str word = str_cut(&line, ' ', NULL), called, digest = STR(""), needs = STR(""),
	           dated = STR("2020-09-13T12:26:40Z");
	bool gone = str_eq_c(word, "gone");
	*x = (struct upstream_entry){ .news = gone ? UPSTREAM_GONE : UPSTREAM_SAYS };
	x->remote.chart = called = gone ? str_cut(&line, ' ', NULL) : word;
	x->remote.version = str_cut(&line, ' ', NULL);
	while (line.n) {
		struct str value = str_cut(&line, ' ', NULL), key = str_cut(&value, '=', NULL);
		*(str_eq_c(key, "called") ? &called : str_eq_c(key, "digest") ? &digest :
		  str_eq_c(key, "dated") ? &dated : &needs) = value;
	}
	x->remote.urls = STR("[]");
	x->remote.created_ns = 1600000000 * NS_PER_SECOND;
	x->remote.has_digest = digest.n == 2;
	sbuf_printf(&b, "{\"apiVersion\":\"v2\",\"created\":\"%.*s\"", STR_ARG(dated));
	if (needs.n) {
		struct str name = str_cut(&needs, '@', NULL);
		sbuf_printf(&b, ",\"dependencies\":[{\"name\":\"%.*s\",\"version\":\"*\",\"repository\":\"%.*s\"}]",
		            STR_ARG(name), STR_ARG(needs));
	}
	sbuf_puts(&b, ",\"description\":\"from elsewhere\",\"digest\":\"");
	for (size_t i = 0; i < sizeof x->remote.digest && digest.n == 2; i++) {
		sbuf_put(&b, digest);
		x->remote.digest.bytes[i] = (unsigned char)((strchr(hex, digest.p[0]) - hex) * 16 +
		                                            (strchr(hex, digest.p[1]) - hex));
	}
	sbuf_printf(&b, "\",\"name\":\"%.*s\",\"urls\":[\"https://up/%.*s-%.*s.tgz\"],\"version\":\"%.*s\"}",
	            STR_ARG(called), STR_ARG(x->remote.chart), STR_ARG(x->remote.version),
	            STR_ARG(x->remote.version));
	const char *file = arena_printf(&s->arena, "%.*s-%.*s.tgz", STR_ARG(x->remote.chart),
	                                STR_ARG(x->remote.version));
	assert_non_null(file);
	x->file = str_c(file);
	assert_true(sbuf_ok(&b) && arena_str(&s->arena, sbuf_str(&b), &x->line));
}

static inline void tell_upstream(struct charts *x, const char *repo, struct said *s)
{
	struct change c;
	const struct upstream_change all = { .entries = s->list, .count = s->count };
	change_init(&c, CHANGE_UPSTREAM);
	c.repo = str_c(repo);
	c.upstream = &all;
	assert_ok(x->f, apply_change(x->f, &c));
}

static inline void upstream_says(struct charts *x, const char *repo, const char *lines)
{
	struct said s = { .list = calloc(SAID_MAX, sizeof *s.list) };
	assert_non_null(s.list);
	for (struct str rest = str_c(lines); rest.n;) {
		struct str line = str_trim(str_cut(&rest, '\n', NULL));
		if (line.n)
			say_line(&s, line);
	}
	tell_upstream(x, repo, &s);
	free(s.list);
	arena_done(&s.arena);
	charts_follow(x);
}

/* The archive of a version comes, with this README. */
static inline enum err archive_comes(struct charts *x, const char *repo, const char *chart,
                                     const char *version, const char *readme)
{
	struct change c;
	char file[200];
	const struct chart_files files = { { { "README.md", readme } } };
	AUTO_SBUF struct sbuf tar = sbuf_make(ARCHIVE_TEST_MAX_BYTES);
	AUTO_SBUF struct sbuf tgz = sbuf_make(ARCHIVE_TEST_MAX_BYTES);
	(void)snprintf(file, sizeof file, "%s-%s.tgz", chart, version);
	put_archive(&tar, str_c(chart), str_c(version), STR(""), &files);
	archive_gzip(&tgz, sbuf_str(&tar), &(struct raw_gzip){ .level = 1 });
	change_init(&c, CHANGE_KEEP);
	c.repo = str_c(repo);
	c.file = str_c(file);
	c.tgz = tmp_of(x->f, sbuf_str(&tgz));
	enum err err = apply_change(x->f, &c);
	charts_follow(x);
	return err;
}

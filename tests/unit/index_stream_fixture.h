/* An index in memory that comes in pieces, and what is told of it as a transcript:
 *
 *     foo 1.0.0                 a new version
 *     foo =                     a known one
 *     foo 1.0 line 7: why       a skipped one
 *     again
 *     1 chart, 2 versions, 1 skipped, JSON
 *     METADATA i:3: why                                                                      */
#pragma once

#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/index_stream.h"

#define E(entries)  "apiVersion: v1\nentries:\n" entries
#define V(version)  E("  foo:\n  - name: foo\n    version: 1.0.0\n") version
#define J(entries)  "{\"apiVersion\":\"v1\",\"entries\":{" entries "}}"

#define SEEN_MAX 4096

struct reading {
	struct str text;
	size_t chunk, at;                /* chunk 0: as much as is asked for */
	struct sbuf told;
	struct sha256 seen[SEEN_MAX];    /* the hashes of the versions, in their order */
	size_t seen_count;
	struct sbuf entries;             /* lines of the new ones */
	const struct sha256 *known;
	size_t known_count;
	bool all_known;
	struct index_stream_summary summary;
};

static inline enum err reading_read(void *ctx, char *to, size_t size, size_t *ret_n, struct errinfo *e)
{
	struct reading *r = ctx;
	(void)e;
	size_t left = r->text.n - r->at, n = r->chunk && r->chunk < size ? r->chunk : size;
	n = n < left ? n : left;
	if (n)
		memcpy(to, r->text.p + r->at, n);
	r->at += n;
	*ret_n = n;
	return OK;
}

static inline enum err reading_rewind(void *ctx, struct errinfo *e)
{
	struct reading *r = ctx;
	(void)e;
	r->at = 0;
	return OK;
}

static inline bool reading_known(void *ctx, struct str chart, const struct sha256 *hash)
{
	struct reading *r = ctx;
	bool known = r->all_known;
	for (size_t i = 0; i < r->known_count && !known; i++)
		known = sha256_eq(&r->known[i], hash);
	if (r->seen_count < SEEN_MAX)
		r->seen[r->seen_count++] = *hash;
	if (known)
		sbuf_printf(&r->told, "%.*s =\n", STR_ARG(chart));
	return known;
}

static inline enum err reading_entry(void *ctx, struct str chart, const struct index_entry *entry,
                              const struct sha256 *hash, struct errinfo *e)
{
	struct reading *r = ctx;
	(void)e;
	(void)hash;
	sbuf_printf(&r->told, "%.*s %.*s\n", STR_ARG(chart), STR_ARG(entry->meta.version));
	index_entry_line(&r->entries, entry);
	sbuf_putc(&r->entries, '\n');
	return OK;
}

static inline enum err reading_skipped(void *ctx, struct str chart, struct str version, uint32_t line,
                                const char *why, struct errinfo *e)
{
	struct reading *r = ctx;
	(void)e;
	sbuf_printf(&r->told, "%.*s %.*s line %u: %s\n", STR_ARG(chart), STR_ARG(version), line, why);
	return OK;
}

static inline void reading_again(void *ctx)
{
	struct reading *r = ctx;
	r->seen_count = 0;
	sbuf_reset(&r->told);
	sbuf_reset(&r->entries);
	sbuf_puts(&r->told, "again\n");
}

static inline void reading_end(struct reading *r, enum err err, const struct errinfo *e)
{
	const struct index_stream_summary *s = &r->summary;
	if (err) {
		sbuf_printf(&r->told, "%s %s\n", err_code(err), e->detail);
		return;
	}
	sbuf_printf(&r->told, "%llu charts, %llu versions, %llu skipped%s\n",
	            (unsigned long long)s->charts, (unsigned long long)s->versions,
	            (unsigned long long)s->skipped, s->json ? ", JSON" : "");
}

/* What it gave; `r` says what the text is, how it comes and what is known. */
static inline enum err read_stream(struct reading *r)
{
	const struct index_stream_handler handler = {
		r, reading_known, reading_entry, reading_skipped, reading_again };
	struct errinfo e = { .detail = "" };
	r->at = r->seen_count = 0;
	sbuf_reset(&r->told);
	sbuf_reset(&r->entries);
	r->told.limit = r->entries.limit = 64 * MIB;
	enum err err = index_stream_read(reading_read, reading_rewind, r, "i", &handler, &r->summary, &e);
	reading_end(r, err, &e);
	return err;
}

static inline void reading_done(struct reading *r)
{
	sbuf_done(&r->told);
	sbuf_done(&r->entries);
}

struct told { const char *text, *told; };

static inline void expect(const char *text, size_t n, size_t chunk, const char *told)
{
	struct reading r = { .text = str_make(text, n), .chunk = chunk };
	(void)read_stream(&r);
	if (!str_eq_c(sbuf_str(&r.told), told))
		fail_msg("%.200s\nin pieces of %zu:\n%.*snot\n%s", text, chunk, STR_ARG(sbuf_str(&r.told)),
		         told);
	reading_done(&r);
}

static inline void expect_rows(const struct told *rows, size_t count)
{
	static const size_t chunks[] = { 0, 1, 2, 3, 4, 5, 6, 7, 64, 4096 };
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < ROWS(chunks); j++)
			expect(rows[i].text, strlen(rows[i].text), chunks[j], rows[i].told);
}

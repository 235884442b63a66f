/* Indexes of strangers as they come: no crash, and
 *   - in whatever pieces they come, the same is told;
 *   - where every version is known, the same are asked for, nothing is told anew, and the counts agree;
 *   - what index_read takes is taken here as well.                                           */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/format/index_stream.h"

struct reading {
	struct str text;
	size_t chunk, at;
	bool all_known;
	uint64_t asked, entries, skipped;
	uint64_t asked_hash, told_hash;
	struct index_stream_summary summary;
	enum err err;
};

static enum err read_piece(void *ctx, char *to, size_t size, size_t *ret_n, struct errinfo *e)
{
	struct reading *r = ctx;
	(void)e;
	size_t n = r->chunk < size ? r->chunk : size;
	n = n < r->text.n - r->at ? n : r->text.n - r->at;
	if (n)
		memcpy(to, r->text.p + r->at, n);
	r->at += n;
	*ret_n = n;
	return OK;
}

static enum err rewind_text(void *ctx, struct errinfo *e)
{
	(void)e;
	((struct reading *)ctx)->at = 0;
	return OK;
}

static uint64_t hash_all(uint64_t hash, struct str a, struct str b)
{
	return str_hash(b, str_hash(STR("\n"), str_hash(a, hash)));
}

static bool known(void *ctx, struct str chart, const struct sha256 *hash)
{
	struct reading *r = ctx;
	r->asked++;
	r->asked_hash = hash_all(r->asked_hash, chart, str_make(hash->bytes, sizeof hash->bytes));
	return r->all_known;
}

static enum err told(void *ctx, struct str chart, const struct index_entry *entry,
                     const struct sha256 *hash, struct errinfo *e)
{
	struct reading *r = ctx;
	(void)hash, (void)e;
	AUTO_SBUF struct sbuf b = sbuf_make(8 * INDEX_LINE_MAX_BYTES);
	index_entry_line(&b, entry);
	REQUIRE(sbuf_ok(&b) && entry->meta.version.n <= CHART_VERSION_MAX_BYTES);
	r->entries++;
	r->told_hash = hash_all(r->told_hash, chart, sbuf_str(&b));
	return OK;
}

static enum err skipped(void *ctx, struct str chart, struct str version, uint32_t line,
                        const char *why, struct errinfo *e)
{
	struct reading *r = ctx;
	(void)e;
	REQUIRE(why[0] && line && chart.n <= CHART_NAME_MAX_BYTES && version.n <= CHART_VERSION_MAX_BYTES);
	r->skipped++;
	r->told_hash = hash_all(r->told_hash, version, str_c(why));
	return OK;
}

static void again(void *ctx)
{
	struct reading *r = ctx;
	r->asked = r->entries = r->skipped = 0;
	r->asked_hash = r->told_hash = STR_HASH_START;
}

static void read_all(struct reading *r)
{
	const struct index_stream_handler handler = { r, known, told, skipped, again };
	struct errinfo e = { .detail = "" };
	again(r);
	r->at = 0;
	r->err = index_stream_read(read_piece, rewind_text, r, "index.yaml", &handler, &r->summary, &e);
	REQUIRE(r->err ? r->err == ERR_METADATA && e.detail[0] : r->skipped == r->summary.skipped);
	REQUIRE(r->err || r->all_known || r->entries == r->summary.versions);
	REQUIRE(r->err || r->summary.bytes == r->text.n);
}

static void expect_all_known(struct reading r, const struct reading *whole)
{
	r.all_known = true;
	read_all(&r);
	REQUIRE(r.entries == 0 && r.asked == whole->asked && r.asked_hash == whole->asked_hash);
	REQUIRE(r.err == whole->err && (r.err || r.summary.versions == r.asked));
}

static bool has_long_name(const struct index_file *file)
{
	for (size_t i = 0; i < file->count; i++)
		if (file->charts[i].name.n > CHART_NAME_MAX_BYTES)
			return true;
	return false;
}

/* But for an index without entries, and a version that is too large. */
static void expect_taken(const struct reading *whole)
{
	AUTO_ARENA struct arena a = { .limit = 0 };
	struct index_file file;
	uint64_t versions = 0;
	if (index_read(&a, whole->text, "index.yaml", &file, NULL) || has_long_name(&file))
		return;
	for (size_t i = 0; i < file.count; i++)
		versions += file.charts[i].count;
	REQUIRE(!versions || !whole->err);
	REQUIRE(whole->entries + whole->skipped >= versions);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct reading whole = { .text = str_make(bytes, n), .chunk = SIZE_MAX }, pieces = whole;
	pieces.chunk = n ? 1 + bytes[n - 1] % 7 : 1;
	read_all(&whole);
	read_all(&pieces);
	REQUIRE(pieces.err == whole.err && pieces.asked_hash == whole.asked_hash &&
	        pieces.told_hash == whole.told_hash);
	expect_all_known(pieces, &whole);
	expect_taken(&whole);
	return 0;
}

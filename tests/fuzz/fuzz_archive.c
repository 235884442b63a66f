/* Fuzzes gzip.h and tar.h.
 *
 * The input is a gzip file if it begins like one, else the bare tar archive: so most mutations do
 * not die at the first CRC. The mutator works on whole blocks and single headers and then makes
 * the checksums right, so that the fields behind them get their share.
 *
 * What must hold: no crash; a refusal has a readable detail; what is accepted lies within the
 * input, has acceptable names, and libarchive never sees anything else than the judge did.   */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/format/gzip.h"
#include "indexer/format/tar_judge.h"
#include "tests/lib/archive.h"

#define BLOCK TAR_BLOCK_BYTES

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t room, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t room);

static void check_refusal(enum err err, const struct errinfo *e)
{
	REQUIRE(err == ERR_ARCHIVE || err == ERR_TOO_LARGE);
	REQUIRE(err == e->code && e->detail[0] && strlen(e->detail) < ERR_DETAIL_MAX_BYTES);
	REQUIRE(str_is_utf8(str_c(e->detail)));
}

static void check_listing(const struct tar_listing *list, struct str bytes)
{
	REQUIRE(list->count > 0 && list->count <= CHART_MEMBERS_MAX);
	for (size_t i = 0; i < list->count; i++) {
		const struct tar_member *m = &list->members[i];
		REQUIRE(tar_name_check(m->name, NULL) == OK);
		REQUIRE(m->data.n <= CHART_FILE_MAX_BYTES && m->data.p >= bytes.p &&
		        m->data.n <= (size_t)(bytes.p + bytes.n - m->data.p));
	}
}

static void try_tar(struct str bytes)
{
	struct arena a = { 0 };
	struct tar_entries judged;
	struct tar_listing list;
	struct errinfo e = { 0 };
	enum err err = tar_read(&a, bytes, &list, &e);
	REQUIRE(tar_judge(&a, bytes, &judged, NULL) == err);
	if (err)
		check_refusal(err, &e);
	else
		check_listing(&list, bytes);
	arena_done(&a);
}

static bool is_gzip(const uint8_t *data, size_t n)
{
	return n >= 2 && data[0] == 0x1f && data[1] == 0x8b;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct gzip_buffer buffer = { 0 };
	struct str bytes = str_make(data, n);
	struct errinfo e = { 0 };
	enum err err = OK;
	if (is_gzip(data, n))
		err = gzip_inflate(str_make(data, n), &buffer, &bytes, &e);
	if (err)
		check_refusal(err, &e);
	else
		try_tar(bytes);
	gzip_buffer_done(&buffer);
	return 0;
}

/* Mutates one block in place; half of the time only 24 bytes of it, about a field. */
static void mutate_block(uint8_t *block, unsigned random)
{
	uint8_t copy[BLOCK] = { 0 };
	size_t from = random & 1 ? 0 : (random >> 1) % (BLOCK - 24);
	size_t n = random & 1 ? BLOCK : 24;
	memcpy(copy, block + from, n);
	(void)LLVMFuzzerMutate(copy, n, n);
	memcpy(block + from, copy, n);
}

static size_t mutate_tar(uint8_t *data, size_t n, size_t room, unsigned random)
{
	size_t blocks = n / BLOCK;
	unsigned what = random % 8;
	random /= 8;
	if (!blocks || what == 0)
		return LLVMFuzzerMutate(data, n, room);
	uint8_t *block = data + random % blocks * BLOCK;
	size_t behind = (size_t)(data + n - block);
	if (what == 1 && n + BLOCK <= room) {                  /* twice */
		memmove(block + BLOCK, block, behind);
		return n + BLOCK;
	}
	if (what == 2) {                                       /* gone */
		memmove(block, block + BLOCK, behind - BLOCK);
		return n - BLOCK;
	}
	mutate_block(block, random / 7);
	return n;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t room, unsigned seed)
{
	bool fix = seed % 16 != 0;
	if (is_gzip(data, n)) {
		n = LLVMFuzzerMutate(data, n, room);
		if (fix)
			archive_fix_gzip((char *)data, n);
		return n;
	}
	n = mutate_tar(data, n, room, seed / 16);
	if (fix)
		archive_fix_checksums((char *)data, n);
	return n;
}

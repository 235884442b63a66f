/* What comes across an air gap, by its first byte: the head of a bundle, lines that tell of versions, its
 * history, an inventory, a public key, a list of parts, or the stream of members itself.
 *   - what is accepted has one text: written again it is the same;
 *   - where a digest ends it, that is made right first, so that what is before it gets its share;
 *   - of a stream no more comes out than went in, and it has an end.                          */
#include "fuzz.h"

#include <sys/mman.h>

#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/history.h"
#include "indexer/bundle/inventory.h"
#include "indexer/bundle/keys_impl.h"
#include "indexer/bundle/members_impl.h"

#define EVENTS_BEFORE 5u             /* of a delta */

static void try_head(struct arena *a, struct str text)
{
	AUTO_SBUF struct sbuf again = sbuf_make(BUNDLE_HEAD_MAX_BYTES);
	struct bundle_head h;
	if (bundle_head_parse(text, &h, NULL))
		return;
	bundle_head_put(&again, &h);
	REQUIRE(str_eq(sbuf_str(&again), text));
	const char *name = bundle_file_name(a, &h);
	REQUIRE(name && bundle_is_file_name(str_c(name)) && !strchr(name, '/'));
}

static void try_version(struct arena *a, struct str line)
{
	AUTO_SBUF struct sbuf again = sbuf_make(BUNDLE_VERSION_LINE_MAX_BYTES), third = again;
	struct bundle_version v;
	if (bundle_version_parse(a, line, &v, NULL))
		return;
	REQUIRE(!str_has(v.file, '/'));
	bundle_version_put(&again, &v);
	if (!sbuf_ok(&again))
		return;
	struct str text = sbuf_str(&again);
	REQUIRE(bundle_version_parse(a, str_first(text, text.n - 1), &v, NULL) == OK);
	bundle_version_put(&third, &v);
	REQUIRE(str_eq(sbuf_str(&third), text));
	sbuf_done(&third);
}

static void try_history(struct arena *a, struct str lines, unsigned events)
{
	struct merkle_edge edge = { 0 };
	const struct sha256 leaf = { { 1 } };
	struct event ev;
	for (unsigned i = 0; i < events; i++)
		REQUIRE(merkle_edge_add(&edge, &leaf, NULL, NULL, NULL) == OK);
	while (lines.n) {
		uint64_t before = edge.size;
		if (history_read(a, &edge, str_cut(&lines, '\n', NULL), &ev, NULL))
			return;
		REQUIRE(edge.size > before && ev.seq == edge.size);
	}
}

/* With the digest that it has to end with. */
static struct sbuf sealed(struct str body, const char *before)
{
	struct sbuf text = sbuf_make(MIB);
	struct sha256 hash;
	char hex[SHA256_HEX_BYTES + 1];
	REQUIRE(sha256_of(body, &hash, NULL) == OK);
	sha256_hex(&hash, hex);
	sbuf_put(&text, body);
	sbuf_printf(&text, "%s%s\n", before, hex);
	return text;
}

static void try_parts(struct str body)
{
	AUTO_SBUF struct sbuf text = sealed(body, ""), again = sbuf_make(MIB);
	struct bundle_parts parts = { 0 };
	if (!sbuf_ok(&text) || parts_parse(sbuf_str(&text), "b.tar", &parts, NULL))
		return;
	parts_put(&again, "b.tar", &parts);
	REQUIRE(str_eq(sbuf_str(&again), sbuf_str(&text)));
	parts_free(&parts);
}

static void try_inventory(struct arena *a, struct str body)
{
	AUTO_SBUF struct sbuf text = sealed(body, "sha256 ");
	struct inventory v;
	if (!sbuf_ok(&text) || inventory_read(a, sbuf_str(&text), &v, NULL))
		return;
	for (size_t k = 0; k < v.repo_count; k++)
		for (size_t i = 0; i < v.repos[k].count; i++)
			REQUIRE(inventory_has(&v.repos[k], &v.repos[k].digests[i]));
}

static void try_key(struct arena *a, struct str text)
{
	AUTO_SBUF struct sbuf again = sbuf_make(BUNDLE_KEY_FILE_MAX_BYTES), third = again;
	struct bundle_key key = { 0 };
	if (key_text_parse(a, text, &key, NULL))
		return;
	key_text_put(&again, &key);
	REQUIRE(sbuf_ok(&again) && key_text_parse(a, sbuf_str(&again), &key, NULL) == OK);
	key_text_put(&third, &key);
	REQUIRE(str_eq(sbuf_str(&again), sbuf_str(&third)));
	sbuf_done(&third);
}

static void try_stream(struct str bytes)
{
	AUTO_FD int fd = memfd_create("bundle", MFD_CLOEXEC);
	struct bundle_reader *r = NULL;
	struct bundle_member m;
	struct sha256 digest;
	uint64_t out = 0;
	bool end = false;
	REQUIRE(fd >= 0 && fs_write(fd, bytes, NULL) == OK && lseek(fd, 0, SEEK_SET) == 0);
	REQUIRE(bundle_reader_open(-1, NULL, fd, &r, NULL) == OK);
	while (bundle_next(r, STR(""), &m, &end, NULL) == OK && !end) {
		REQUIRE(m.path.n && m.path.n <= CHART_MEMBER_NAME_MAX_BYTES);
		if (bundle_read_into(r, -1, &digest, NULL))
			break;
		REQUIRE((out += m.bytes) <= bytes.n);
	}
	REQUIRE(!end || bundle_reader_bytes(r) == bytes.n);
	bundle_reader_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str text = str_make(n ? bytes + 1 : bytes, n ? n - 1 : 0);
	switch (n ? bytes[0] : 0) {
	case 'h': try_head(&a, text); break;
	case 'v': try_version(&a, text); break;
	case 'l': try_history(&a, text, 0); break;
	case 'd': try_history(&a, text, EVENTS_BEFORE); break;
	case 'i': try_inventory(&a, text); break;
	case 'p': try_parts(text); break;
	case 'k': try_key(&a, text); break;
	case 't': try_stream(text); break;
	default: break;
	}
	return 0;
}

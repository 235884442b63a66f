/* Signed notes, checkpoints, keys and base64: what is accepted has one text, and only what the key
 * signed is opened.                                                                          */
#include "fuzz.h"

#include "indexer/base/base64.h"
#include "indexer/base/checkpoint.h"
#include "indexer/base/limits.h"
#include "indexer/base/note.h"

#define KEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define SIGNED "If you think cryptography is the answer to your problem,\n" \
	"then you don't know what your problem is.\n"

static void try_note(struct str data)
{
	struct note_verifier v;
	struct str text;
	REQUIRE(note_verifier_parse(STR(KEY), &v, NULL) == OK);
	if (note_open(data, &v, &text, NULL) == OK)
		REQUIRE(str_eq(text, STR(SIGNED)));
}

static void try_key(struct str data)
{
	AUTO_SBUF struct sbuf again = sbuf_make(NOTE_MAX_BYTES);
	struct note_verifier v;
	if (note_verifier_parse(data, &v, NULL))
		return;
	note_verifier_put(&again, &v);
	REQUIRE(str_eq(sbuf_str(&again), data));
}

static void try_checkpoint(struct str data)
{
	AUTO_SBUF struct sbuf again = sbuf_make(NOTE_MAX_BYTES);
	struct checkpoint c;
	if (checkpoint_parse(data, &c, NULL))
		return;
	checkpoint_put(&again, &c);
	REQUIRE(!sbuf_ok(&again) || str_starts(data, sbuf_str(&again)));
}

static void try_base64(struct str data)
{
	AUTO_SBUF struct sbuf again = sbuf_make(NOTE_MAX_BYTES);
	char bytes[1000];
	size_t n;
	if (!base64_read(data, bytes, sizeof bytes, &n))
		return;
	base64_put(&again, str_make(bytes, n));
	REQUIRE(str_eq(sbuf_str(&again), data));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct str data = str_make(bytes, n);
	try_note(data);
	try_key(data);
	try_checkpoint(data);
	try_base64(data);
	return 0;
}

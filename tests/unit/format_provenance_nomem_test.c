/* Every allocation of verifying a provenance file fails once: NOMEM, and no verdict. */
#include "signed_fixture.h"

#include <time.h>

#include "indexer/format/armor.h"
#include "indexer/format/keyring.h"
#include "indexer/format/provenance.h"
#include "nomem_arena.h"

#define CHART "apiVersion: v2\nname: demo\nversion: 1.0.0\ndescription: A demo\n"
#define DIGEST "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

struct signed_text { struct openpgp_keyring *keyring; struct str text; };

static enum err verify(struct arena *a, const void *row, struct errinfo *e)
{
	static const struct chart_meta chart = {
		.api_version = STR("v2"), .name = STR("demo"), .version = STR("1.0.0"), .description = STR("A demo"),
	};
	const struct signed_text *s = row;
	struct provenance_result r = { .verdict = PROVENANCE_NOT_SIGNED };
	struct sha256 digest;
	const struct provenance_claim claim = { STR("demo-1.0.0.tgz"), &digest, &chart };
	assert_true(sha256_parse(STR(DIGEST), &digest));
	enum err err = provenance_verify(a, s->text, s->keyring, &claim, (int64_t)time(NULL), &r, e);
	assert_int_equal(r.verdict, err ? PROVENANCE_NOT_SIGNED : PROVENANCE_GOOD);
	return err;
}

static void verdicts_need_memory(void **state)
{
	struct fixture *f = *state;
	need_gpg();
	open_keyring(f, "key.gpg");
	for (size_t i = 0; i < 2; i++) {
		const struct signed_text s = { f->keyring, signed_file(f, i ? "bare.asc" : "body.asc") };
		each_allocation_fails(verify, &s);
	}
}

static enum err armor(struct arena *a, const void *bytes, struct errinfo *e)
{
	struct str got;
	return armor_keyring(a, str_c(bytes), &got, e);
}

/* What was not looked at is neither taken nor called none: the settings would lose it. */
static enum err look(struct arena *a, const void *keys, struct errinfo *e)
{
	bool public = true;
	(void)a;
	enum err err = keyring_is_public(*(const struct str *)keys, &public, e);
	assert_true(public);
	return err;
}

static enum err judge(struct arena *a, const void *keys, struct errinfo *e)
{
	(void)a;
	return keyring_check(*(const struct str *)keys, e);
}

static void keyrings_need_memory(void **state)
{
	struct fixture *f = *state;
	need_gpg();
	struct str keys = { 0 }, bytes = signed_file(f, "key.gpg");
	each_allocation_fails(armor, "\x99\x01");
	assert_ok(f, armor_keyring(&f->arena, bytes, &keys, &f->e));
	each_allocation_fails(look, &keys);
	each_allocation_fails(judge, &keys);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { TEST(verdicts_need_memory), TEST(keyrings_need_memory) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	signed_begin(GPG "--quick-gen-key 'signer <signer@example.org>' rsa2048 sign never\n"
	             "gpg --export > key.gpg\n"
	             "printf '" CHART "...\\nfiles:\\n  demo-1.0.0.tgz: sha256:" DIGEST "\\n' > body\n"
	             GPG "--clearsign -o body.asc body\n"
	             "sed '/^=....$/d' body.asc > bare.asc\n");
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	signed_end();
	return failed;
}

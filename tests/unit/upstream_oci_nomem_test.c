/* Every allocation of reading what a registry says fails once: NOMEM, and nothing leaks. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/upstream/oci_parts.h"
#include "tests/lib/nomem.h"

#define DIGEST "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""
#define LAYER(type) "{\"mediaType\":\"application/vnd.cncf.helm." type "\",\"digest\":" DIGEST ",\"size\":5}"

static struct errinfo error;

static enum err read_address(struct arena *a)
{
	struct oci_ref ref;
	return oci_ref_read(a, "oci://h:5000/a/demo:1.0.0", &ref, &error);
}

static enum err read_challenge(struct arena *a)
{
	struct oci_challenge c;
	return oci_challenge_read(a, STR("Basic realm=x, Bearer realm=\"https://h\", service=s"), &c, &error);
}

static enum err read_manifest(struct arena *a)
{
	struct oci_manifest m;
	return oci_manifest_read(a, STR("{\"schemaVersion\":2,\"config\":" LAYER("config.v1+json") ",\"layers\":["
	                                LAYER("chart.content.v1.tar+gzip") "]}"), STR(""), &m, &error);
}

static enum err read_link(struct arena *a)
{
	const char *next;
	return oci_next_page(a, "https://h", STR("</v2/x>; rel=next"), &next, &error);
}

static enum err write_tag(struct arena *a)
{
	const char *tag;
	return oci_tag(a, STR("1.0.0+b"), &tag, &error);
}

static enum err open_and_close(struct arena *a)
{
	struct outgoing_access access = { .origin = "oci://127.0.0.1:5000/a", .user = "u", .allow_private = true };
	struct oci *o = NULL;
	enum err err = oci_open(&(struct oci_options){ .access = &access }, "oci://127.0.0.1:5000/a/demo", &o, &error);
	(void)a;
	oci_close(o);
	return err;
}

static const struct { const char *name; enum err (*run)(struct arena *a); } rows[] = {
	{ "address", read_address }, { "challenge", read_challenge }, { "manifest", read_manifest },
	{ "link", read_link }, { "tag", write_tag }, { "opening", open_and_close },
};

static void fails_once(void **state)
{
	const __typeof__(*rows) *row = *state;
	for (long n = 0;; n++) {
		AUTO_ARENA struct arena a = { 0 };
		long live = nomem_live();
		nomem_arm(n);
		enum err err = row->run(&a);
		if (!nomem_disarm()) {
			assert_int_equal(err, OK);
			assert_true(n > 0);
			break;
		}
		if (err != ERR_NOMEM)
			fail_msg("allocation %ld: %d, %s", n, (int)err, error.detail);
		arena_done(&a);
		assert_int_equal(nomem_live(), live);
	}
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("upstream_oci_nomem", fails_once, rows);
}

/* Every allocation of reading what a registry says fails once: NOMEM, and nothing leaks. */
#include "indexer/base/auto.h"
#include "indexer/upstream/oci_parts.h"
#include "nomem_arena.h"

#define DIGEST "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""
#define LAYER(type) "{\"mediaType\":\"application/vnd.cncf.helm." type "\",\"digest\":" DIGEST ",\"size\":5}"

static enum err read_address(struct arena *a, struct errinfo *e)
{
	struct oci_ref ref;
	return oci_ref_read(a, "oci://h:5000/a/demo:1.0.0", &ref, e);
}

static enum err read_challenge(struct arena *a, struct errinfo *e)
{
	struct oci_challenge c;
	return oci_challenge_read(a, STR("Basic realm=x, Bearer realm=\"https://h\", service=s"), &c, e);
}

static enum err read_manifest(struct arena *a, struct errinfo *e)
{
	struct oci_manifest m;
	return oci_manifest_read(a, STR("{\"schemaVersion\":2,\"config\":" LAYER("config.v1+json") ",\"layers\":["
	                                LAYER("chart.content.v1.tar+gzip") "]}"), STR(""), &m, e);
}

static enum err read_link(struct arena *a, struct errinfo *e)
{
	const char *next;
	return oci_next_page(a, "https://h", STR("</v2/x>; rel=next"), &next, e);
}

static enum err write_tag(struct arena *a, struct errinfo *e)
{
	const char *tag;
	return oci_tag(a, STR("1.0.0+b"), &tag, e);
}

static enum err open_and_close(struct arena *a, struct errinfo *e)
{
	struct outgoing_access access = { .origin = "oci://127.0.0.1:5000/a", .user = "u", .allow_private = true };
	struct oci *o = NULL;
	enum err err = oci_open(&(struct oci_options){ .access = &access }, "oci://127.0.0.1:5000/a/demo", &o, e);
	(void)a;
	oci_close(o);
	return err;
}

static const struct row { const char *name; enum err (*run)(struct arena *a, struct errinfo *e); } rows[] = {
	{ "address", read_address }, { "challenge", read_challenge }, { "manifest", read_manifest },
	{ "link", read_link }, { "tag", write_tag }, { "opening", open_and_close },
};

static enum err run(struct arena *a, const void *row, struct errinfo *e)
{
	return ((const struct row *)row)->run(a, e);
}

static void t_nomem(void **state) { each_allocation_fails(run, *state); }

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("upstream_oci_nomem", t_nomem, rows);
}

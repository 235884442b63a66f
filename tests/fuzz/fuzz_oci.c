/* What a registry says: challenges, manifests, links to pages, and addresses of charts. */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/upstream/oci_parts.h"

static void try_challenge(struct arena *a, struct str text)
{
	struct oci_challenge c;
	if (oci_challenge_read(a, text, &c, NULL))
		return;
	REQUIRE(c.bearer || (!c.realm.n && !c.service.n && !c.scope.n));
	for (size_t i = 0; i < c.realm.n; i++)
		REQUIRE((unsigned char)c.realm.p[i] >= ' ' && c.realm.p[i] != 0x7f);
}

static void try_manifest(struct arena *a, struct str text)
{
	struct oci_manifest m;
	if (oci_manifest_read(a, text, STR(""), &m, NULL) == OK)
		REQUIRE(str_has(text, '{') && (!m.created.n || m.created.p));
}

static void try_texts(struct arena *a, struct str bytes)
{
	const char *text = arena_dup(a, bytes), *next = NULL, *tag;
	struct oci_ref ref;
	struct str version;
	if (oci_ref_read(a, text, &ref, NULL) == OK)
		REQUIRE(strlen(ref.name) <= OCI_NAME_MAX_BYTES && !strstr(ref.name, "..") && ref.host[0] &&
		        (!ref.tag || strlen(ref.tag) <= OCI_TAG_MAX_BYTES));
	if (oci_next_page(a, "https://h:5000", bytes, &next, NULL) == OK && next)
		REQUIRE(!strncmp(next, "https://h:5000/", 15));
	if (oci_tag_version(a, bytes, &version))
		REQUIRE(oci_tag(a, version, &tag, NULL) == OK && strlen(tag) == bytes.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str text = str_make(bytes, n);
	try_challenge(&a, text);
	try_manifest(&a, text);
	try_texts(&a, text);
	return 0;
}

/* The list of the parts that a bundle was split into:
 *
 *     <sha256> <bytes> stable-0-57.tar.001
 *     …
 *     <sha256 of the lines before>                                                           */
#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/members_impl.h"

void parts_free(struct bundle_parts *parts)
{
	free(parts->p);
	*parts = (struct bundle_parts){ 0 };
}

void parts_name(const char *name, size_t index, char ret[BUNDLE_FILE_NAME_BYTES])
{
	(void)snprintf(ret, BUNDLE_FILE_NAME_BYTES, "%s.%03zu", name, index + 1);
}

void parts_list_name(const char *name, char ret[BUNDLE_FILE_NAME_BYTES])
{
	(void)snprintf(ret, BUNDLE_FILE_NAME_BYTES, "%s.parts", name);
}

void parts_put(struct sbuf *b, const char *name, const struct bundle_parts *parts)
{
	char hex[SHA256_HEX_BYTES + 1], part[BUNDLE_FILE_NAME_BYTES];
	struct sha256 digest;
	for (size_t i = 0; i < parts->count; i++) {
		sha256_hex(&parts->p[i].digest, hex);
		parts_name(name, i, part);
		sbuf_printf(b, "%s %llu %s\n", hex, (unsigned long long)parts->p[i].bytes, part);
	}
	if (sha256_of(sbuf_str(b), &digest, NULL) != OK) {
		b->failed = true;
		return;
	}
	sha256_hex(&digest, hex);
	sbuf_puts(b, hex);
	sbuf_putc(b, '\n');
}

static enum err add(struct bundle_parts *parts, struct str line, uint64_t *total, struct errinfo *e)
{
	struct bundle_part part;
	struct str digest = str_cut(&line, ' ', NULL), bytes = str_cut(&line, ' ', NULL);
	if (!sha256_parse(digest, &part.digest) || !str_to_u64(bytes, &part.bytes) || !part.bytes ||
	    __builtin_add_overflow(*total, part.bytes, total) || *total > INT64_MAX ||
	    parts->count == BUNDLE_PARTS_MAX)
		return ERR(e, CORRUPT, "a line of it is wrong");
	struct bundle_part *p = array_room(parts->p, parts->count, &parts->capacity, sizeof *p);
	if (!p)
		return ERR(e, NOMEM, "parts of a bundle");
	parts->p = p;
	parts->p[parts->count++] = part;
	return OK;
}

/* Every line but the last. */
static enum err read_lines(struct str text, struct bundle_parts *parts, struct errinfo *e)
{
	enum err err = OK;
	uint64_t total = 0;
	bool whole = true;
	while (!err && whole) {
		struct str line = str_cut(&text, '\n', &whole);
		if (!text.n)
			break;
		err = add(parts, line, &total, e);
	}
	return err;
}

enum err parts_parse(struct str text, const char *name, struct bundle_parts *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf again = sbuf_make(BUNDLE_PARTS_LIST_MAX_BYTES);
	struct bundle_parts parts = { 0 };
	char list[BUNDLE_FILE_NAME_BYTES];
	enum err err = read_lines(text, &parts, e);
	if (!err)
		parts_put(&again, name, &parts);
	if (!err && !sbuf_ok(&again))
		err = ERR(e, NOMEM, "parts of a bundle");
	if (!err && parts.count && str_eq(text, sbuf_str(&again))) {
		*ret = parts;
		return OK;
	}
	parts_free(&parts);
	parts_list_name(name, list);
	return err && err != ERR_CORRUPT ? err : ERR(e, CORRUPT, "%s: damaged", list);
}

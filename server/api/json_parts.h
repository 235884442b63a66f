/* Things of a chart as members of a JSON object, the same wherever they are told. Lists and objects are
 * begun here and ended by the caller.                                                        */
#pragma once

#include "indexer/base/hash.h"
#include "indexer/base/json.h"
#include "indexer/document/annotations.h"
#include "indexer/document/images.h"
#include "indexer/document/kinds.h"

static inline void list_begin(struct sbuf *b, const char *key)
{
	json_key(b, key);
	sbuf_putc(b, '[');
}

static inline void object_begin(struct sbuf *b, const char *key)
{
	json_key(b, key);
	sbuf_putc(b, '{');
}

static inline void element_begin(struct sbuf *b)
{
	json_next(b);
	sbuf_putc(b, '{');
}

static inline void put_null(struct sbuf *b, const char *key)
{
	json_key(b, key);
	sbuf_puts(b, "null");
}

static inline void put_text_or_null(struct sbuf *b, const char *key, struct str value)
{
	if (value.n)
		json_text(b, key, value);
	else
		put_null(b, key);
}

/* Left out when it is empty. */
static inline void put_known(struct sbuf *b, const char *key, struct str value)
{
	if (value.n)
		json_text(b, key, value);
}

/* 64 hex digits, or nothing: of an upstream's version no digest may be known. */
void known_digest(const struct sha256 *digest, char ret[SHA256_HEX_BYTES + 1]);
void put_digest(struct sbuf *b, const char *key, const struct sha256 *digest);
/* "gone_since" and the like; 0: left out. */
void put_since(struct sbuf *b, const char *key, int64_t since_ns);
/* 0: null */
void put_time(struct sbuf *b, const char *key, int64_t wall_ns);
/* A list of texts out of lines. */
void put_lines(struct sbuf *b, const char *key, struct str lines);
/* "image", "source", "where", … */
void put_image(struct sbuf *b, const struct chart_image *x);
/* "kind", "group", "versions", … */
void put_crd(struct sbuf *b, const struct chart_crd *x);
/* "role_kind", "resources", "verbs", "dangers", … */
void put_rule(struct sbuf *b, const struct chart_rule *x);
/* "binding_kind", "role", … */
void put_binding(struct sbuf *b, const struct chart_binding *x);
/* A list of what a release changed. */
void put_changes(struct sbuf *b, const char *key, const struct changelog_entry *list, size_t count);

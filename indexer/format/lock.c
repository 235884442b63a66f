/* The digest of a lock, and the lock as a file; see lock.h. */
#include "indexer/format/lock.h"

#include <stdio.h>

#include "indexer/base/ascii.h"
#include "indexer/base/auto.h"
#include "indexer/base/hash.h"
#include "indexer/base/limits.h"
#include "indexer/base/utf8.h"
#include "indexer/format/node.h"

#define LINE_SEPARATOR 0x2028u
#define PARAGRAPH_SEPARATOR 0x2029u

/* ---- Go's encoding/json ---- */

static void put_character(struct sbuf *b, uint32_t point, struct str bytes)
{
	static const char letters[] = "\b\f\n\r\t\"\\", escapes[] = "bfnrt\"\\";
	const char *letter = point && point < 0x80 ? strchr(letters, (int)point) : NULL;
	if (letter)
		sbuf_printf(b, "\\%c", escapes[letter - letters]);
	else if (point < 0x20 || point == '<' || point == '>' || point == '&' ||
	         point == LINE_SEPARATOR || point == PARAGRAPH_SEPARATOR ||
	         (point == UTF8_REPLACEMENT && bytes.n == 1))
		sbuf_printf(b, "\\u%04x", point);
	else
		sbuf_put(b, bytes);
}

static void put_string(struct sbuf *b, struct str s)
{
	sbuf_putc(b, '"');
	while (s.n) {
		struct str rest = s;
		uint32_t point = utf8_next(&rest);
		put_character(b, point, str_first(s, s.n - rest.n));
		s = rest;
	}
	sbuf_putc(b, '"');
}

static void put_field(struct sbuf *b, const char *key, struct str value)
{
	if (!value.n)
		return;
	sbuf_printf(b, ",\"%s\":", key);
	put_string(b, value);
}

static void put_names(struct sbuf *b, struct str name, struct str version, struct str repository)
{
	sbuf_puts(b, "{\"name\":");
	put_string(b, name);
	put_field(b, "version", version);
	sbuf_puts(b, ",\"repository\":");
	put_string(b, repository);
}

static void put_tags(struct sbuf *b, const struct chart_dependency *d)
{
	sbuf_puts(b, d->tag_count ? ",\"tags\":[" : "");
	for (size_t i = 0; i < d->tag_count; i++) {
		sbuf_puts(b, i ? "," : "");
		put_string(b, d->tags[i]);
	}
	sbuf_puts(b, d->tag_count ? "]" : "");
}

static void put_import(struct sbuf *b, const struct chart_import *i)
{
	if (i->name.n) {
		put_string(b, i->name);
		return;
	}
	sbuf_puts(b, i->child.n ? "{\"child\":" : "{\"parent\":");
	put_string(b, i->child.n ? i->child : i->parent);
	if (i->child.n)
		put_field(b, "parent", i->parent);
	sbuf_putc(b, '}');
}

static void put_imports(struct sbuf *b, const struct chart_dependency *d)
{
	sbuf_puts(b, d->import_count ? ",\"import-values\":[" : "");
	for (size_t i = 0; i < d->import_count; i++) {
		sbuf_puts(b, i ? "," : "");
		put_import(b, &d->imports[i]);
	}
	sbuf_puts(b, d->import_count ? "]" : "");
}

struct str lock_repository(const struct chart_dependency *d, const struct chart_lock_entry *locked)
{
	bool named = str_starts(d->repository, STR("@")) || str_starts(d->repository, STR("alias:"));
	return named && locked && str_eq(locked->name, d->name) ? locked->repository : d->repository;
}

static void put_wishes(struct sbuf *b, const struct chart_meta *m,
                       const struct chart_lock_entry *locked, size_t count)
{
	sbuf_puts(b, m->dependency_count ? "[" : "null");
	for (size_t i = 0; i < m->dependency_count; i++) {
		const struct chart_dependency *d = &m->dependencies[i];
		sbuf_puts(b, i ? "," : "");
		put_names(b, d->name, d->version, lock_repository(d, i < count ? &locked[i] : NULL));
		put_field(b, "condition", d->condition);
		put_tags(b, d);
		sbuf_puts(b, d->enabled ? ",\"enabled\":true" : "");
		put_imports(b, d);
		put_field(b, "alias", d->alias);
		sbuf_putc(b, '}');
	}
	sbuf_puts(b, m->dependency_count ? "]" : "");
}

static void put_locked(struct sbuf *b, const struct chart_lock_entry *locked, size_t count)
{
	sbuf_puts(b, count ? "[" : "null");
	for (size_t i = 0; i < count; i++) {
		sbuf_puts(b, i ? "," : "");
		put_names(b, locked[i].name, locked[i].version, locked[i].repository);
		sbuf_putc(b, '}');
	}
	sbuf_puts(b, count ? "]" : "");
}

/* ---- digests ---- */

static enum err digest_of(const struct sbuf *b, char ret[LOCK_DIGEST_BYTES + 1], struct errinfo *e)
{
	struct sha256 digest;
	char hex[SHA256_HEX_BYTES + 1];
	if (!sbuf_ok(b))
		return ERR(e, NOMEM, "digest of the dependencies");
	enum err err = sha256_of(sbuf_str(b), &digest, e);
	if (err)
		return err;
	sha256_hex(&digest, hex);
	(void)snprintf(ret, LOCK_DIGEST_BYTES + 1, "sha256:%s", hex);
	return OK;
}

enum err lock_digest(const struct chart_meta *m, const struct chart_lock_entry *locked,
                     size_t count, char ret[LOCK_DIGEST_BYTES + 1], struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(LOCK_DIGESTED_MAX_BYTES);
	sbuf_putc(&b, '[');
	put_wishes(&b, m, locked, count);
	sbuf_putc(&b, ',');
	put_locked(&b, locked, count);
	sbuf_putc(&b, ']');
	return digest_of(&b, ret, e);
}

static enum err helm2_digest(const struct chart_meta *m, char ret[LOCK_DIGEST_BYTES + 1],
                             struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(LOCK_DIGESTED_MAX_BYTES);
	sbuf_puts(&b, "{\"dependencies\":");
	put_wishes(&b, m, NULL, 0);      /* Helm 2 took them as they are written */
	sbuf_putc(&b, '}');
	return digest_of(&b, ret, e);
}

enum err lock_check(const struct chart *c, enum lock_state *ret, struct errinfo *e)
{
	char digest[LOCK_DIGEST_BYTES + 1], old[LOCK_DIGEST_BYTES + 1];
	if (!c->lock.p) {
		*ret = LOCK_NONE;
		return OK;
	}
	enum err err = lock_digest(&c->meta, c->locked, c->locked_count, digest, e);
	if (!err)
		err = helm2_digest(&c->meta, old, e);
	if (err)
		return err;
	bool good = str_eq_c(c->lock_digest, digest) ||
	            (str_eq_c(c->meta.api_version, "v1") && str_eq_c(c->lock_digest, old));
	*ret = good ? LOCK_IN_SYNC : LOCK_OUT_OF_SYNC;
	return OK;
}

/* ---- the file ---- */

const char *lock_file_name(const struct chart_meta *m)
{
	return str_eq_c(m->api_version, "v1") ? "requirements.lock" : "Chart.lock";
}

/* Without quotes where no YAML reader could take it for anything but this string. */
static bool is_plain(struct str s)
{
	const struct node plain = { .kind = NODE_SCALAR, .plain = true, .text = s };
	if (!s.n || !ascii_is_alnum(s.p[0]) || s.p[s.n - 1] == ':')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum(s.p[i]) && !strchr(ascii_is_letter(s.p[0]) ? "./:_+-~@" : "._+-", s.p[i]))
			return false;
	return !str_has(s, '\0') && node_type(&plain) == NODE_STRING;
}

static void put_value(struct sbuf *b, const char *key, struct str value)
{
	sbuf_puts(b, key);
	if (is_plain(value))
		sbuf_put(b, value);
	else
		sbuf_json(b, value);
	sbuf_putc(b, '\n');
}

void lock_write(struct sbuf *b, const struct chart_lock_entry *locked, size_t count,
                const char *digest, struct str generated)
{
	sbuf_puts(b, count ? "dependencies:\n" : "dependencies: []\n");
	for (size_t i = 0; i < count; i++) {
		put_value(b, "- name: ", locked[i].name);
		put_value(b, "  repository: ", locked[i].repository);
		put_value(b, "  version: ", locked[i].version);
	}
	sbuf_printf(b, "digest: %s\ngenerated: ", digest);
	sbuf_json(b, generated);
	sbuf_putc(b, '\n');
}

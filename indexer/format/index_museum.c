/* A line of ours taken apart without a tree, because a list of a large repository is all of its lines:
 * there is no space between tokens, and values are handed on as they stand.
 *
 * ChartMuseum's API shows the same values under the same keys, in the order in which Go writes the fields
 * of its structs (chartmuseum.md §1.3).                                                       */
#include "indexer/format/index.h"

#define KEYS_MAX 24

struct museum_key {
	const char *name;
	const struct museum_key *of;     /* of the objects in its list; NULL: a value like any other */
};

static const struct museum_key maintainer_keys[] = {
	{ "name", NULL }, { "email", NULL }, { "url", NULL }, { NULL, NULL },
};

static const struct museum_key dependency_keys[] = {
	{ "name", NULL }, { "version", NULL }, { "repository", NULL }, { "condition", NULL },
	{ "tags", NULL }, { "enabled", NULL }, { "import-values", NULL }, { "alias", NULL },
	{ NULL, NULL },
};

static const struct museum_key version_keys[] = {
	{ "name", NULL }, { "home", NULL }, { "sources", NULL }, { "version", NULL },
	{ "description", NULL }, { "keywords", NULL }, { "maintainers", maintainer_keys },
	{ "icon", NULL }, { "apiVersion", NULL }, { "condition", NULL }, { "tags", NULL },
	{ "appVersion", NULL }, { "deprecated", NULL }, { "annotations", NULL },
	{ "kubeVersion", NULL }, { "dependencies", dependency_keys }, { "type", NULL },
	{ "urls", NULL }, { "created", NULL }, { "removed", NULL }, { "digest", NULL },
	{ NULL, NULL },
};

/* ---- reading ---- */

static size_t string_length(struct str s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return s.n;
}

/* Pulls the value that *s begins with: up to the ',' or the bracket behind it. */
static struct str take_value(struct str *s)
{
	struct str all = *s;
	size_t at = 0;
	for (unsigned depth = 0; at < all.n; at++) {
		char c = all.p[at];
		if (c == '"')
			at += string_length(str_from(all, at)) - 1;
		else if (c == '{' || c == '[')
			depth++;
		else if (!depth && (c == ',' || c == '}' || c == ']'))
			break;
		else if (c == '}' || c == ']')
			depth--;
	}
	*s = str_from(all, at);
	return str_first(all, at);
}

/* Pulls the bracket or comma before the next member or element; false at the end. */
static bool next_in(struct str *s)
{
	bool more = s->n > 1 && s->p[0] != '}' && s->p[0] != ']';
	if (more)
		*s = str_from(*s, 1);
	return more && s->p[0] != '}' && s->p[0] != ']';
}

static struct str take_key(struct str *object)
{
	size_t n = string_length(*object);
	struct str key = n > 2 ? str_make(object->p + 1, n - 2) : (struct str){ 0 };
	*object = str_from(*object, n + 1);          /* and the colon */
	return key;
}

/* ---- writing ---- */

static void put_object(struct sbuf *b, struct str object, const struct museum_key *keys);

static void put_objects(struct sbuf *b, struct str list, const struct museum_key *keys)
{
	sbuf_putc(b, '[');
	for (bool first = true; next_in(&list); first = false) {
		if (!first)
			sbuf_putc(b, ',');
		put_object(b, take_value(&list), keys);
	}
	sbuf_putc(b, ']');
}

static void put_object(struct sbuf *b, struct str object, const struct museum_key *keys)
{
	struct str values[KEYS_MAX] = { 0 };
	bool first = true;
	while (next_in(&object)) {
		struct str key = take_key(&object), value = take_value(&object);
		for (size_t i = 0; keys[i].name; i++)
			if (str_eq_c(key, keys[i].name))
				values[i] = value;
	}
	sbuf_putc(b, '{');
	for (size_t i = 0; keys[i].name; i++) {
		if (!values[i].n)
			continue;
		sbuf_puts(b, first ? "\"" : ",\"");
		sbuf_puts(b, keys[i].name);
		sbuf_puts(b, "\":");
		if (keys[i].of)
			put_objects(b, values[i], keys[i].of);
		else
			sbuf_put(b, values[i]);
		first = false;
	}
	sbuf_putc(b, '}');
}

void index_line_to_museum(struct str line, struct sbuf *b)
{
	put_object(b, line, version_keys);
}

struct str index_line_value(struct str line, const char *key)
{
	while (next_in(&line)) {
		struct str found = take_key(&line), value = take_value(&line);
		if (str_eq_c(found, key))
			return value;
	}
	return (struct str){ 0 };
}

struct str index_line_text(struct str line, const char *key)
{
	struct str value = index_line_value(line, key);
	return value.n > 2 ? str_from(str_first(value, value.n - 1), 1) : (struct str){ 0 };
}

bool index_line_digest(struct str line, struct sha256 *ret)
{
	return sha256_parse(index_line_text(line, "digest"), ret);
}

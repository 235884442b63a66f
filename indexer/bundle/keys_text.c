/* The text of a public key's file. It is carried by hand, so spaces around lines and empty lines are
 * forgiven; what is written has none.                                                         */
#include <stdio.h>

#include "indexer/base/clock.h"
#include "indexer/bundle/keys_impl.h"

#define UNTIL "until "

void key_hash_hex(const unsigned char hash[NOTE_KEY_HASH_BYTES], char ret[KEY_HASH_HEX_BYTES + 1])
{
	(void)snprintf(ret, KEY_HASH_HEX_BYTES + 1, "%02x%02x%02x%02x", hash[0], hash[1], hash[2], hash[3]);
}

void key_other_name(const struct note_verifier *v, const char *end, char ret[KEY_FILE_NAME_BYTES])
{
	char hash[KEY_HASH_HEX_BYTES + 1];
	key_hash_hex(v->hash, hash);
	(void)snprintf(ret, KEY_FILE_NAME_BYTES, "bundle.%s%s", hash, end);
}

void key_text_put(struct sbuf *b, const struct bundle_key *key)
{
	char until[RFC3339_MAX_BYTES];
	note_verifier_put(b, &key->key);
	sbuf_putc(b, '\n');
	if (!key->until_ns)
		return;
	(void)clock_format(key->until_ns, until);
	sbuf_printf(b, UNTIL "%s\n", until);
}

/* The next line that is not empty. */
static struct str take_line(struct str *text)
{
	struct str line = { 0 };
	while (text->n && !line.n) {
		line = str_cut(text, '\n', NULL);
		if (str_ends(line, STR("\r")))
			line.n--;
		line = str_trim(line);
	}
	return line;
}

enum err key_text_parse(struct arena *a, struct str text, struct bundle_key *ret, struct errinfo *e)
{
	struct bundle_key key = { 0 };
	text = str_without_mark(text);
	struct str line = take_line(&text), until = take_line(&text), more = take_line(&text);
	enum err err = note_verifier_parse(line, &key.key, e);
	if (err)
		return err == ERR_INVALID ? ERR(e, INVALID, "not a public key for bundles: a line"
		                                " \"name+hash+key\" is what bundle.pub begins with") : err;
	if (until.n && (!str_starts(until, STR(UNTIL)) || more.n ||
	                !clock_parse(str_from(until, sizeof UNTIL - 1), &key.until_ns) || !key.until_ns))
		return ERR(e, INVALID, "not a public key for bundles: behind the key there may be a line"
		           " \"until 2027-11-20T00:00:00Z\" and nothing else");
	if (!arena_str(a, key.key.name, &key.key.name))
		return ERR(e, NOMEM, "a signing key");
	*ret = key;
	return OK;
}

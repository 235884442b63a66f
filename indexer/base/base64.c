/* The library's coder reads more than it writes; what it reads is written again and compared. */
#include "indexer/base/base64.h"

#include <openssl/evp.h>

#define GROUP_BYTES 3
#define GROUP_CHARS 4

/* With the NUL that the library puts behind each. */
struct group { unsigned char chars[GROUP_CHARS + 1]; };

static struct group encode(struct str bytes)
{
	struct group g;
	(void)EVP_EncodeBlock(g.chars, (const unsigned char *)bytes.p, (int)bytes.n);
	return g;
}

void base64_put(struct sbuf *b, struct str bytes)
{
	for (; bytes.n; bytes = str_from(bytes, GROUP_BYTES)) {
		struct group g = encode(str_first(bytes, GROUP_BYTES));
		sbuf_put(b, str_make(g.chars, GROUP_CHARS));
	}
}

/* How many bytes the four characters stand for; 0: for none. */
static size_t decode(struct str four, unsigned char ret[GROUP_BYTES])
{
	if (four.n != GROUP_CHARS)
		return 0;
	size_t n = four.p[3] != '=' ? 3 : four.p[2] != '=' ? 2 : 1;
	if (EVP_DecodeBlock(ret, (const unsigned char *)four.p, GROUP_CHARS) != GROUP_BYTES)
		return 0;
	struct group again = encode(str_make(ret, n));
	return memcmp(again.chars, four.p, GROUP_CHARS) == 0 ? n : 0;
}

bool base64_read(struct str text, void *ret, size_t room, size_t *ret_bytes)
{
	size_t total = 0, n;
	for (; text.n; text = str_from(text, GROUP_CHARS), total += n) {
		unsigned char bytes[GROUP_BYTES];
		n = decode(str_first(text, GROUP_CHARS), bytes);
		if (!n || n > room - total || (n < GROUP_BYTES && text.n > GROUP_CHARS))
			return false;
		memcpy((char *)ret + total, bytes, n);
	}
	*ret_bytes = total;
	return true;
}

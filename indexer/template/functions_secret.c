/* sprig's functions that make something up: here it is always the same, of the same form and length, and
 * is no secret. Nothing is encrypted, signed or drawn by lot.                                  */
#include "indexer/template/sprig.h"

#include "indexer/base/base64.h"
#include "indexer/base/limits.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

/* So many characters, from the first of `of` on, again and again. */
static void put_cycle(struct sbuf *b, struct str of, size_t n)
{
	for (; n >= of.n && sbuf_ok(b); n -= of.n)
		sbuf_put(b, of);
	sbuf_put(b, str_first(of, n));
}

/* A length; less than none is refused by random's functions with an empty text. */
static bool want_length(struct tmpl_run *r, const struct tmpl_value *v, size_t *ret)
{
	int64_t n;
	if (!tmpl_want_int(r, v, &n))
		return false;
	if (n > TMPL_RANDOM_MAX_BYTES)
		return tmpl_fail(r, ERR_TOO_LARGE, "more than %u random characters", TMPL_RANDOM_MAX_BYTES);
	*ret = n < 0 ? 0 : (size_t)n;
	return tmpl_take(r, *ret / 64 + 1);
}

static bool random_text(struct tmpl_run *r, const struct tmpl_value *v, struct str of,
                        struct tmpl_value *ret)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	size_t n;
	if (!want_length(r, v, &n))
		return false;
	put_cycle(&b, of, n);
	return tmpl_answer_kept(r, &b, ret);
}

TMPL_CALL(call_rand_alpha_num) { return random_text(r, v, STR("a0" DIGITS LETTERS), ret); }
TMPL_CALL(call_rand_alpha) { return random_text(r, v, STR(LETTERS), ret); }
TMPL_CALL(call_rand_numeric) { return random_text(r, v, STR("1234567890"), ret); }
TMPL_CALL(call_rand_ascii) { return random_text(r, v, STR("aA0-" DIGITS LETTERS "!#$%&()*+,./;<=>?@^_"), ret); }

/* Base64 of so many bytes; the bytes of this one are text. */
static bool put_base64(struct tmpl_run *r, size_t bytes, struct tmpl_value *ret)
{
	struct sbuf plain = sbuf_make(TMPL_TEXT_MAX_BYTES), b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	put_cycle(&plain, STR(LETTERS DIGITS), bytes);
	base64_put(&b, sbuf_str(&plain));
	b.failed = b.failed || plain.failed;
	sbuf_done(&plain);
	return tmpl_answer_kept(r, &b, ret);
}

TMPL_CALL(call_rand_bytes)
{
	size_t n;
	if (v->kind == TMPL_INT && v->integer < 0)
		return tmpl_fail(r, ERR_METADATA, "runtime error: makeslice: len out of range");
	return want_length(r, v, &n) && put_base64(r, n, ret);
}

TMPL_CALL(call_uuid)
{
	return tmpl_answer(ret, tmpl_text(STR("00000000-0000-4000-8000-000000000000")));
}

#define BCRYPT "$2a$10$" "madeUpOfNothingAtAll.uIsNoHashOfAnyPasswordThatExists"

static bool has_same_text(struct tmpl_run *r, const struct tmpl_value *v, struct str text,
                          struct tmpl_value *ret)
{
	struct str ignored;
	return tmpl_want_text(r, v, &ignored) && tmpl_answer(ret, tmpl_text(text));
}

TMPL_CALL(call_bcrypt) { return has_same_text(r, v, STR(BCRYPT), ret); }

TMPL_CALL(call_htpasswd)
{
	struct str user, password;
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	if (!tmpl_want_text(r, v, &user) || !tmpl_want_text(r, &v[1], &password) ||
	    !tmpl_take(r, 1 + user.n / 64))
		return false;
	bool fine = !str_has(user, ':');
	sbuf_puts(&b, fine ? "" : "invalid username: ");
	sbuf_put(&b, user);
	sbuf_puts(&b, fine ? ":" BCRYPT : "");
	return tmpl_answer_kept(r, &b, ret);
}

/* Counter, type, password, user, site. */
TMPL_CALL(call_derive_password)
{
	static const struct type { const char *name, *password; } types[] = {
		{ "maximum", "aB3!aB3!aB3!aB3!aB3!" }, { "long", "BabaBabaBaba1@" }, { "medium", "Bab1@Bab" },
		{ "short", "Bab1" }, { "basic", "aba1aba1" }, { "pin", "1234" },
	};
	struct str text[4];
	int64_t counter;
	if (!tmpl_want_int(r, v, &counter))
		return false;
	for (size_t i = 0; i < 4; i++)
		if (!tmpl_want_text(r, &v[i + 1], &text[i]))
			return false;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (str_eq_c(text[0], types[i].name))
			return tmpl_answer(ret, tmpl_text(str_c(types[i].password)));
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	sbuf_puts(&b, "cannot find password template ");
	sbuf_put(&b, text[0]);
	return tmpl_answer_kept(r, &b, ret);
}

/* A block of 16 bytes in front, and the text filled up to such blocks. */
TMPL_CALL(call_encrypt)
{
	struct str key, text;
	if (!tmpl_want_text(r, v, &key) || !tmpl_want_text(r, &v[1], &text) || !tmpl_take(r, 1 + text.n / 16))
		return false;
	return text.n ? put_base64(r, 16 + (text.n / 16 + 1) * 16, ret) : tmpl_answer(ret, tmpl_text(STR("")));
}

/* What was encrypted is not known. */
TMPL_CALL(call_decrypt)
{
	struct str key, text;
	if (!tmpl_want_text(r, v, &key) || !tmpl_want_text(r, &v[1], &text))
		return false;
	return tmpl_answer(ret, tmpl_text(text.n ? STR("decrypted") : STR("")));
}

const struct tmpl_function tmpl_functions_secret[] = {
	{ "randAlphaNum", 1, 1, call_rand_alpha_num },
	{ "randAlpha", 1, 1, call_rand_alpha },
	{ "randNumeric", 1, 1, call_rand_numeric },
	{ "randAscii", 1, 1, call_rand_ascii },
	{ "randBytes", 1, 1, call_rand_bytes },
	{ "uuidv4", 0, 0, call_uuid },
	{ "bcrypt", 1, 1, call_bcrypt },
	{ "htpasswd", 2, 2, call_htpasswd },
	{ "derivePassword", 5, 5, call_derive_password },
	{ "encryptAES", 2, 2, call_encrypt },
	{ "decryptAES", 2, 2, call_decrypt },
};
const size_t tmpl_functions_secret_count = sizeof tmpl_functions_secret / sizeof *tmpl_functions_secret;

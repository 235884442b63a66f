/* sprig's functions of keys and certificates. What they give has the form of PEM, and the bytes in it are
 * no key: nobody can take what a template shows here for one that is in use.                   */
#include "indexer/template/sprig.h"

#include <arpa/inet.h>

#include "indexer/base/base64.h"
#include "indexer/base/limits.h"

#define CERTIFICATE_BYTES 812u       /* in the size of those that sprig makes, as far as lengths matter */
#define RSA_2048_BYTES    1192u
#define PEM_LINE          64u

struct certificate {
	struct tmpl_object object;
	struct str cert, key;
};

static bool certificate_member(struct tmpl_run *r, const struct tmpl_object *o, struct str name,
                               const struct tmpl_value *v, size_t count, struct tmpl_value *ret)
{
	const struct certificate *c = (const struct certificate *)o;
	bool cert = str_eq(name, STR("Cert"));
	(void)v;
	if (!cert && !str_eq(name, STR("Key")))
		return tmpl_no_field(r, o, name);
	if (count)
		return tmpl_fail(r, ERR_METADATA, "%.*s has arguments but cannot be invoked as function",
		                 STR_ARG(name));
	return tmpl_answer(ret, tmpl_text(cert ? c->cert : c->key));
}

static void print_certificate(struct sbuf *b, const struct tmpl_object *o)
{
	const struct certificate *c = (const struct certificate *)o;
	sbuf_putc(b, '{');
	sbuf_put(b, c->cert);
	sbuf_putc(b, ' ');
	sbuf_put(b, c->key);
	sbuf_putc(b, '}');
}

static const struct tmpl_object_type certificate_type = {
	.name = "sprig.certificate", .member = certificate_member, .print = print_certificate,
};

static bool make_pem(struct tmpl_run *r, const char *what, size_t bytes, struct str *ret)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	const struct str line = STR("bWFkZSB1cCBieSBjaGFydGxvY2tlcjogdGhpcyBpcyBubyBrZXkgb2YgYW55b25l");
	size_t left = (bytes + 2) / 3 * 4;
	sbuf_printf(&b, "-----BEGIN %s-----\n", what);
	for (; left; left -= left < PEM_LINE ? left : PEM_LINE) {
		sbuf_put(&b, str_first(line, left));
		sbuf_putc(&b, '\n');
	}
	sbuf_printf(&b, "-----END %s-----\n", what);
	bool kept = tmpl_take(r, bytes / 16) && tmpl_keep(r, &b, ret);
	sbuf_done(&b);
	return kept;
}

TMPL_CALL(call_private_key)
{
	static const struct type { const char *name, *what; size_t bytes; } types[] = {
		{ "", "RSA PRIVATE KEY", 2348 }, { "rsa", "RSA PRIVATE KEY", 2348 },
		{ "dsa", "DSA PRIVATE KEY", 854 }, { "ecdsa", "EC PRIVATE KEY", 121 },
		{ "ed25519", "PRIVATE KEY", 48 },
	};
	struct str name, key;
	if (!tmpl_want_text(r, v, &name))
		return false;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (str_eq_c(name, types[i].name))
			return make_pem(r, types[i].what, types[i].bytes, &key) &&
			       tmpl_answer(ret, tmpl_text(key));
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	sbuf_puts(&b, "Unknown type ");
	sbuf_put(&b, name);
	return tmpl_answer_kept(r, &b, ret);
}

static bool new_certificate(struct tmpl_run *r, struct str cert, struct str key, struct tmpl_value *ret)
{
	struct certificate *c = ARENA_NEW(r->a, struct certificate);
	if (!c)
		return tmpl_no_memory(r);
	*c = (struct certificate){ { &certificate_type }, cert, key };
	*ret = (struct tmpl_value){ .kind = TMPL_OBJECT, .object = &c->object };
	return true;
}

/* With the key that is given, else with one that is made up. */
static bool make_certificate(struct tmpl_run *r, const struct tmpl_value *given, struct tmpl_value *ret)
{
	struct str cert, key;
	if (given && !tmpl_want_text(r, given, &key))
		return false;
	if (given && !str_starts(key, STR("-----BEGIN ")))
		return tmpl_fail(r, ERR_METADATA, "parsing private key: no PEM data in input");
	return (given || make_pem(r, "RSA PRIVATE KEY", RSA_2048_BYTES, &key)) &&
	       make_pem(r, "CERTIFICATE", CERTIFICATE_BYTES, &cert) && new_certificate(r, cert, key, ret);
}

static bool is_address(struct str s)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	if (s.n >= sizeof text || memchr(s.n ? s.p : "", '\0', s.n))
		return false;
	memcpy(text, s.n ? s.p : "", s.n);
	text[s.n] = '\0';
	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static bool not_a_text(struct tmpl_run *r, const char *error, const struct tmpl_value *v)
{
	struct str printed;
	return tmpl_to_text(r, v, &printed) &&
	       tmpl_fail(r, ERR_METADATA, "%s: %.*s is not a string", error,
	                 STR_ARG(str_first(printed, TMPL_MESSAGE_MAX_BYTES)));
}

/* Name, addresses, other names, days. */
static bool check_subject(struct tmpl_run *r, const struct tmpl_value *v)
{
	struct str name;
	struct tmpl_list ips, names;
	int64_t days;
	if (!tmpl_want_text(r, v, &name) || !sprig_slice(r, &v[1], &ips) || !sprig_slice(r, &v[2], &names) ||
	    !tmpl_want_int(r, &v[3], &days) || !tmpl_take(r, ips.count + names.count))
		return false;
	for (size_t i = 0; i < ips.count; i++)
		if (ips.items[i].kind != TMPL_STRING)
			return not_a_text(r, "error parsing ip", &ips.items[i]);
		else if (!is_address(ips.items[i].text))
			return tmpl_fail(r, ERR_METADATA, "error parsing ip: %.*s",
			                 STR_ARG(str_first(ips.items[i].text, 100)));
	for (size_t i = 0; i < names.count; i++)
		if (names.items[i].kind != TMPL_STRING)
			return not_a_text(r, "error processing alternate dns name", &names.items[i]);
	return true;
}

/* Name and days; and a key. */
TMPL_CALL(call_ca)
{
	struct str name;
	int64_t days;
	return tmpl_want_text(r, v, &name) && tmpl_want_int(r, &v[1], &days) &&
	       make_certificate(r, count > 2 ? &v[2] : NULL, ret);
}

TMPL_CALL(call_self_signed)
{
	return check_subject(r, v) && make_certificate(r, count > 4 ? &v[4] : NULL, ret);
}

TMPL_CALL(call_signed)
{
	const struct tmpl_object *o;
	if (!check_subject(r, v) || !sprig_object(r, &v[4], &certificate_type, &o))
		return false;
	return make_certificate(r, count > 5 ? &v[5] : NULL, ret);
}

static bool decoded(struct tmpl_run *r, const struct tmpl_value *v, const char *what, struct str *ret)
{
	struct str text;
	size_t bytes;
	if (!tmpl_want_text(r, v, &text) || !tmpl_take(r, 1 + text.n / 16))
		return false;
	char *room = arena_alloc(r->a, text.n);
	if (!room)
		return tmpl_no_memory(r);
	if (!base64_read(text, room, text.n, &bytes))
		return tmpl_fail(r, ERR_METADATA, "unable to decode base64 %s", what);
	*ret = str_make(room, bytes);
	return true;
}

/* Both come in base64. */
TMPL_CALL(call_custom)
{
	struct str cert, key;
	if (!decoded(r, v, "certificate", &cert) || !decoded(r, &v[1], "private key", &key))
		return false;
	if (!str_starts(cert, STR("-----BEGIN ")))
		return tmpl_fail(r, ERR_METADATA, "unable to decode certificate");
	if (!str_starts(key, STR("-----BEGIN ")))
		return tmpl_fail(r, ERR_METADATA, "error parsing private key: no PEM data in input");
	return new_certificate(r, cert, key, ret);
}

const struct tmpl_function tmpl_functions_certificate[] = {
	{ "genPrivateKey", 1, 1, call_private_key },
	{ "genCA", 2, 2, call_ca },
	{ "genCAWithKey", 3, 3, call_ca },
	{ "genSelfSignedCert", 4, 4, call_self_signed },
	{ "genSelfSignedCertWithKey", 5, 5, call_self_signed },
	{ "genSignedCert", 5, 5, call_signed },
	{ "genSignedCertWithKey", 6, 6, call_signed },
	{ "buildCustomCert", 2, 2, call_custom },
};
const size_t tmpl_functions_certificate_count =
	sizeof tmpl_functions_certificate / sizeof *tmpl_functions_certificate;

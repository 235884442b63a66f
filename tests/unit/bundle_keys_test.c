/* Keys of bundles: their files and modes, rotation, until when they count, and what a signature is worth.
 * Long because all of it is tried with the same few keys. */
#include "store_fixture.h"

#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/keys.h"

#define NOW INT64_C(1772701964000000000)        /* 2026-03-05T09:12:44Z */
#define DAY NS_PER_DAY
#define TEXT STR("chartlocker bundle 1\nrepo stable\n")
#define NAME STR("stable.example.org")

/* A directory of its own for the other side. */
struct other { char path[300]; struct datadir *d; };

static void open_other(struct fixture *f, struct other *o)
{
	(void)snprintf(o->path, sizeof o->path, "%s/other", f->root);
	assert_ok(f, datadir_open(o->path, &for_writing, &o->d, &f->e));
}

static void generate(struct fixture *f, struct str name, int64_t until_ns)
{
	assert_ok(f, keys_generate(f->d, name, until_ns, &f->e));
}

static void rotate(struct fixture *f, struct str name, int64_t old_until_ns)
{
	assert_ok(f, keys_rotate(f->d, name, 0, old_until_ns, &f->e));
}

/* What bundle.pub says is taken to the other side. */
static void carry(struct fixture *f, struct datadir *to)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_STR struct str text = read_whole(f, "keys/bundle.pub");
	struct bundle_key key;
	assert_ok(f, keys_trust(to, &a, text, &key, &f->e));
	assert_true(key.trusted && !key.has_private);
}

static void sign(struct fixture *f, struct sbuf *lines)
{
	sbuf_reset(lines);
	assert_ok(f, keys_sign(f->d, TEXT, NOW, lines, &f->e));
}

static enum err verify(struct fixture *f, struct datadir *d, struct str text, struct str lines,
                       int64_t now_ns, size_t *ret_count)
{
	AUTO_ARENA struct arena a = { 0 };
	struct bundle_key *keys;
	return keys_verify(d, &a, text, lines, now_ns, &keys, ret_count, &f->e);
}

static size_t count_lines(struct str text)
{
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

static mode_t mode_of(const struct fixture *f, const char *name)
{
	struct stat st;
	char path[PATH_BYTES];
	assert_int_equal(lstat(path_below(f->data, name, path), &st), 0);
	return st.st_mode & 07777u;
}

static void set_mode(const struct fixture *f, const char *name, mode_t mode)
{
	char path[PATH_BYTES];
	assert_int_equal(chmod(path_below(f->data, name, path), mode), 0);
}

/* ---- */

static void a_pair_is_made_once(void **state)
{
	struct fixture *f = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf lines = sbuf_make(BUNDLE_SIGNATURES_MAX_BYTES);
	struct bundle_key *keys;
	size_t count;
	open_data(f);
	assert_ok(f, keys_list(f->d, &a, &keys, &count, &f->e));
	assert_int_equal(count, 0);
	assert_err(f, NOT_FOUND, keys_sign(f->d, TEXT, NOW, &lines, &f->e));
	assert_non_null(strstr(f->e.detail, "chartlocker keys generate"));
	assert_err(f, NOT_FOUND, keys_rotate(f->d, NAME, 0, 0, &f->e));
	assert_err(f, INVALID, keys_generate(f->d, STR("a b"), 0, &f->e));
	generate(f, NAME, NOW + DAY);
	assert_err(f, EXISTS, keys_generate(f->d, NAME, 0, &f->e));
	assert_int_equal(mode_of(f, "keys"), 0700);
	assert_int_equal(mode_of(f, "keys/trusted"), 0700);
	assert_int_equal(mode_of(f, "keys/bundle.key"), 0600);
	assert_int_equal(mode_of(f, "keys/bundle.pub"), 0600);
	assert_ok(f, keys_list(f->d, &a, &keys, &count, &f->e));
	assert_int_equal(count, 1);
	assert_true(str_eq(keys[0].key.name, NAME) && keys[0].until_ns == NOW + DAY);
	assert_true(keys[0].is_current && keys[0].has_private && !keys[0].trusted);
	AUTO_STR struct str text = read_whole(f, "keys/bundle.pub");
	assert_true(str_starts(text, STR("stable.example.org+")));
	assert_true(str_ends(text, STR("\nuntil 2026-03-06T09:12:44Z\n")));
}

static void t_bnd_02_who_is_trusted(void **state)
{
	struct fixture *f = *state;
	struct other o;
	AUTO_SBUF struct sbuf lines = sbuf_make(BUNDLE_SIGNATURES_MAX_BYTES);
	size_t count = 0;
	open_data(f);
	open_other(f, &o);
	generate(f, NAME, 0);
	sign(f, &lines);
	assert_int_equal(count_lines(sbuf_str(&lines)), 2);
	assert_err(f, SIGNATURE, verify(f, o.d, TEXT, sbuf_str(&lines), NOW, &count));
	assert_non_null(strstr(f->e.detail, "signed by stable.example.org+"));
	assert_non_null(strstr(f->e.detail, "chartlocker keys trust"));
	carry(f, o.d);
	carry(f, o.d);
	assert_ok(f, verify(f, o.d, TEXT, sbuf_str(&lines), NOW, &count));
	assert_int_equal(count, 1);
	assert_err(f, SIGNATURE, verify(f, o.d, STR("chartlocker bundle 1\nrepo other\n"),
	                                sbuf_str(&lines), NOW, &count));
	assert_non_null(strstr(f->e.detail, "the signature by stable.example.org is wrong"));
	assert_err(f, SIGNATURE, verify(f, o.d, TEXT, STR(""), NOW, &count));
	assert_err(f, SIGNATURE, verify(f, f->d, TEXT, sbuf_str(&lines), NOW, &count));  /* ours is not trusted */
	datadir_close(o.d);
}

static void nobody_signed(void **state)
{
	static const char digest_of_nothing[] =
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n";
	struct fixture *f = *state;
	size_t count = 0;
	open_data(f);
	assert_err(f, SIGNATURE, verify(f, f->d, TEXT, str_c(digest_of_nothing), NOW, &count));
	assert_string_equal(f->e.detail, "nobody signed this bundle");
}

/* Of two keys that signed, the other side knows one. */
static void each_flipped_byte_of_the_signatures(void **state)
{
	struct fixture *f = *state;
	struct other o;
	AUTO_SBUF struct sbuf lines = sbuf_make(BUNDLE_SIGNATURES_MAX_BYTES);
	size_t count = 0;
	open_data(f);
	open_other(f, &o);
	generate(f, NAME, 0);
	carry(f, o.d);
	rotate(f, STR(""), NOW + DAY);
	sign(f, &lines);
	assert_int_equal(count_lines(sbuf_str(&lines)), 3);
	assert_ok(f, verify(f, o.d, TEXT, sbuf_str(&lines), NOW, &count));
	assert_int_equal(count, 1);
	for (size_t i = 0; i < lines.n; i++) {
		lines.p[i] ^= 1;
		assert_err(f, SIGNATURE, verify(f, o.d, TEXT, sbuf_str(&lines), NOW, &count));
		lines.p[i] ^= 1;
		assert_err(f, SIGNATURE, verify(f, o.d, TEXT, str_first(sbuf_str(&lines), i), NOW, &count));
	}
	datadir_close(o.d);
}

/* The digest of the lines is no secret, so it is made right. */
static void put_digest(struct sbuf *b)
{
	struct sha256 digest;
	char hex[SHA256_HEX_BYTES + 1];
	assert_int_equal(sha256_of(sbuf_str(b), &digest, NULL), OK);
	sha256_hex(&digest, hex);
	sbuf_puts(b, hex);
	sbuf_putc(b, '\n');
	assert_true(sbuf_ok(b));
}

static void lines_of_a_stranger(void **state)
{
	static const char *const wrong[] = {
		"x\n", "\n", "— \n", "— name\n", "— name AAAA\n", "— name AAAAAAAA=\n", "- name AAAAAAAA\n",
		"— name AAAAAAAA\n\n", "\xff\n",
	};
	struct fixture *f = *state;
	struct other o;
	AUTO_SBUF struct sbuf good = sbuf_make(BUNDLE_SIGNATURES_MAX_BYTES);
	AUTO_SBUF struct sbuf lines = sbuf_make(BUNDLE_SIGNATURES_MAX_BYTES);
	size_t count = 0;
	open_data(f);
	open_other(f, &o);
	generate(f, NAME, 0);
	carry(f, o.d);
	sign(f, &good);
	struct str line = str_first(sbuf_str(&good), good.n - SHA256_HEX_BYTES - 1);
	for (size_t i = 0; i < 2 * ROWS(wrong); i++) {
		sbuf_reset(&lines);
		if (i % 2)
			sbuf_put(&lines, line);
		sbuf_puts(&lines, wrong[i / 2]);
		put_digest(&lines);
		assert_err(f, SIGNATURE, verify(f, o.d, TEXT, sbuf_str(&lines), NOW, &count));
	}
	sbuf_reset(&lines);                  /* a text and a signature of ours, then an empty line */
	sbuf_puts(&lines, "\n");
	sbuf_put(&lines, line);
	put_digest(&lines);
	assert_err(f, SIGNATURE, verify(f, o.d, TEXT, sbuf_str(&lines), NOW, &count));
	datadir_close(o.d);
}

static void a_key_is_over_at_its_second(void **state)
{
	struct fixture *f = *state;
	struct other o;
	AUTO_SBUF struct sbuf lines = sbuf_make(BUNDLE_SIGNATURES_MAX_BYTES);
	size_t count = 0;
	int64_t until = NOW + DAY;
	open_data(f);
	open_other(f, &o);
	generate(f, NAME, until);
	carry(f, o.d);
	sign(f, &lines);
	assert_ok(f, verify(f, o.d, TEXT, sbuf_str(&lines), until - 1, &count));
	assert_err(f, SIGNATURE, verify(f, o.d, TEXT, sbuf_str(&lines), until, &count));
	assert_string_equal(f->e.detail, "the key stable.example.org that signed it is over since "
	                    "2026-03-06T09:12:44Z: trust the one that came after it");
	sbuf_reset(&lines);
	assert_ok(f, keys_sign(f->d, TEXT, until - 1, &lines, &f->e));
	sbuf_reset(&lines);
	assert_err(f, NOT_FOUND, keys_sign(f->d, TEXT, until, &lines, &f->e));
	assert_non_null(strstr(f->e.detail, "chartlocker keys rotate"));
	assert_int_equal(lines.n, 0);
	datadir_close(o.d);
}

static void both_keys_sign_while_one_follows_the_other(void **state)
{
	struct fixture *f = *state;
	struct other old, new;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf lines = sbuf_make(BUNDLE_SIGNATURES_MAX_BYTES);
	struct bundle_key *keys;
	size_t count = 0;
	open_data(f);
	open_other(f, &old);
	(void)snprintf(new.path, sizeof new.path, "%s/new", f->root);
	assert_ok(f, datadir_open(new.path, &for_writing, &new.d, &f->e));
	generate(f, NAME, 0);
	carry(f, old.d);
	rotate(f, STR(""), NOW + DAY);
	carry(f, new.d);
	sign(f, &lines);
	assert_ok(f, verify(f, old.d, TEXT, sbuf_str(&lines), NOW + DAY, &count));      /* "until" is ours alone */
	assert_ok(f, verify(f, new.d, TEXT, sbuf_str(&lines), NOW, &count));
	assert_int_equal(count, 1);
	carry(f, old.d);
	assert_ok(f, verify(f, old.d, TEXT, sbuf_str(&lines), NOW, &count));
	assert_int_equal(count, 2);
	sbuf_reset(&lines);
	assert_ok(f, keys_sign(f->d, TEXT, NOW + DAY, &lines, &f->e));
	assert_int_equal(count_lines(sbuf_str(&lines)), 2);
	rotate(f, STR("next"), NOW + DAY);
	sign(f, &lines);
	assert_int_equal(count_lines(sbuf_str(&lines)), 4);
	assert_ok(f, keys_list(f->d, &a, &keys, &count, &f->e));
	assert_int_equal(count, 3);
	assert_true(keys[0].is_current && str_eq(keys[0].key.name, STR("next")) && !keys[0].until_ns);
	for (size_t i = 1; i < 3; i++)
		assert_true(!keys[i].is_current && keys[i].has_private && keys[i].until_ns == NOW + DAY);
	datadir_close(old.d);
	datadir_close(new.d);
}

/* ---- what a killed rotation leaves ---- */

static void copy(const struct fixture *f, const char *from, const char *to)
{
	AUTO_STR struct str text = read_whole(f, from);
	write_file(f, to, text);
}

static void list_one(struct fixture *f, size_t wanted, struct bundle_key *ret)
{
	AUTO_ARENA struct arena a = { 0 };
	struct bundle_key *keys;
	size_t count = 0;
	assert_ok(f, keys_list(f->d, &a, &keys, &count, &f->e));
	assert_int_equal(count, wanted);
	assert_true(keys[0].is_current);
	*ret = keys[0];
	ret->key.name = STR("");
}

static void a_rotation_that_was_cut_short(void **state)
{
	struct fixture *f = *state;
	struct bundle_key before, after, now;
	char old_key[64], old_pub[64], new_pub[64];
	open_data(f);
	generate(f, NAME, 0);
	list_one(f, 1, &before);
	copy(f, "keys/bundle.pub", "first.pub");
	copy(f, "keys/bundle.key", "first.key");
	const unsigned char *h = before.key.hash;
	(void)snprintf(old_key, sizeof old_key, "keys/bundle.%02x%02x%02x%02x.key", h[0], h[1], h[2], h[3]);
	(void)snprintf(old_pub, sizeof old_pub, "keys/bundle.%02x%02x%02x%02x.pub", h[0], h[1], h[2], h[3]);
	rotate(f, STR(""), NOW + DAY);
	list_one(f, 2, &after);
	h = after.key.hash;
	(void)snprintf(new_pub, sizeof new_pub, "keys/bundle.%02x%02x%02x%02x.pub", h[0], h[1], h[2], h[3]);
	copy(f, "keys/bundle.pub", new_pub);         /* the private key has its name, the public one not yet */
	copy(f, "first.pub", "keys/bundle.pub");
	list_one(f, 2, &now);
	assert_memory_equal(&now.key.key, &after.key.key, sizeof now.key.key);
	rotate(f, STR(""), NOW + DAY);
	list_one(f, 3, &now);
	assert_int_equal(now.until_ns, 0);
	copy(f, "first.key", "keys/bundle.key");     /* nothing has its name yet */
	copy(f, "first.pub", "keys/bundle.pub");
	list_one(f, 2, &now);                        /* of the newest one there is no file any more */
	assert_memory_equal(&now.key.key, &before.key.key, sizeof now.key.key);
	assert_int_equal(now.until_ns, 0);
	assert_true(exists(f, old_key) && exists(f, old_pub));
}

/* ---- files that somebody else touched ---- */

static void t_auth_18_modes(void **state)
{
	static const struct { const char *name; mode_t good, bad; } rows[] = {
		{ "keys/bundle.key", 0600, 0640 }, { "keys/bundle.key", 0400, 0604 },
		{ "keys/bundle.pub", 0644, 0664 }, { "keys", 0700, 0770 }, { "keys", 0755, 0757 },
		{ "keys/trusted", 0700, 0702 }, { NULL, 0444, 0646 },
	};
	struct fixture *f = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct bundle_key *keys, key;
	char trusted[100];
	size_t count;
	open_data(f);
	generate(f, STR("k"), 0);
	AUTO_STR struct str text = read_whole(f, "keys/bundle.pub");
	assert_ok(f, keys_trust(f->d, &a, text, &key, &f->e));
	(void)snprintf(trusted, sizeof trusted, "keys/trusted/k+%02x%02x%02x%02x.pub", key.key.hash[0],
	               key.key.hash[1], key.key.hash[2], key.key.hash[3]);
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *name = rows[i].name ? rows[i].name : trusted;
		mode_t before = mode_of(f, name);
		set_mode(f, name, rows[i].good);
		assert_ok(f, keys_list(f->d, &a, &keys, &count, &f->e));
		set_mode(f, name, rows[i].bad);
		assert_err(f, CONFIG, keys_list(f->d, &a, &keys, &count, &f->e));
		assert_non_null(strstr(f->e.detail, "chmod it to"));
		set_mode(f, name, before);
	}
	assert_int_equal(count, 2);
}

static void files_that_are_no_keys(void **state)
{
	struct fixture *f = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct bundle_key *keys;
	size_t count;
	open_data(f);
	generate(f, NAME, 0);
	write_file(f, "keys/trusted/x.txt", STR("passed over"));
	write_file(f, "keys/trusted/x.pub", STR("x\n"));
	assert_err(f, CONFIG, keys_list(f->d, &a, &keys, &count, &f->e));
	assert_string_equal(f->e.detail, "keys/trusted/x.pub is no public key for bundles");
	copy(f, "keys/bundle.pub", "keys/trusted/x.pub");
	assert_ok(f, keys_list(f->d, &a, &keys, &count, &f->e));
	assert_int_equal(count, 2);
	assert_ok(f, keys_distrust(f->d, NAME, &f->e));
	assert_false(exists(f, "keys/trusted/x.pub"));
	write_file(f, "keys/bundle.pub", STR("x\n"));
	assert_err(f, CONFIG, keys_list(f->d, &a, &keys, &count, &f->e));
	char path[PATH_BYTES];
	assert_int_equal(unlink(path_below(f->data, "keys/bundle.pub", path)), 0);
	assert_err(f, CONFIG, keys_list(f->d, &a, &keys, &count, &f->e));
	assert_string_equal(f->e.detail, "keys/bundle.pub is not that of keys/bundle.key: bring the right one back, or"
	                    " move both away and make the next ones with `chartlocker keys generate`");
}

/* ---- trusting ---- */

static void the_text_of_a_key(void **state)
{
	struct fixture *f = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct other o;
	struct bundle_key key;
	char texts[6][400];
	open_data(f);
	open_other(f, &o);
	generate(f, NAME, 0);
	AUTO_STR struct str private = read_whole(f, "keys/bundle.key");
	AUTO_STR struct str public = read_whole(f, "keys/bundle.pub");
	assert_err(f, CONFIG, keys_trust(o.d, &a, private, &key, &f->e));
	assert_non_null(strstr(f->e.detail, "this is a private key"));
	int n = (int)public.n - 1;
	(void)snprintf(texts[0], sizeof *texts, "\xef\xbb\xbf%.*s\r\n\r\n", n, public.p);
	(void)snprintf(texts[1], sizeof *texts, "\n  %.*s \nuntil 2026-03-06T09:12:44Z", n, public.p);
	(void)snprintf(texts[2], sizeof *texts, "%.*sx\n", n, public.p);
	(void)snprintf(texts[3], sizeof *texts, "%.*s\nuntil tomorrow\n", n, public.p);
	(void)snprintf(texts[4], sizeof *texts, "%.*s\nuntil 2026-03-06T09:12:44Z\nmore\n", n, public.p);
	(void)snprintf(texts[5], sizeof *texts, "until 2026-03-06T09:12:44Z\n%.*s\n", n, public.p);
	assert_ok(f, keys_trust(o.d, &a, str_c(texts[0]), &key, &f->e));
	assert_int_equal(key.until_ns, 0);
	assert_ok(f, keys_trust(o.d, &a, str_c(texts[1]), &key, &f->e));
	assert_int_equal(key.until_ns, NOW + DAY);
	for (size_t i = 2; i < ROWS(texts); i++)
		assert_err(f, INVALID, keys_trust(o.d, &a, str_c(texts[i]), &key, &f->e));
	assert_err(f, INVALID, keys_trust(o.d, &a, STR(""), &key, &f->e));
	assert_err(f, INVALID, keys_trust(o.d, &a, STR("x+00000000+AAAA"), &key, &f->e));
	datadir_close(o.d);
}

static void put_new_key(struct fixture *f, struct str name, struct sbuf *text)
{
	struct signing_key *key = NULL;
	struct signing_public public;
	struct note_verifier v;
	assert_ok(f, signing_key_new(&key, &f->e));
	assert_ok(f, signing_key_public(key, &public, &f->e));
	signing_key_free(key);
	assert_ok(f, note_verifier_make(name, &public, &v, &f->e));
	note_verifier_put(text, &v);
	assert_true(sbuf_ok(text));
}

static void trust_name(struct fixture *f, struct str name, struct bundle_key *ret, struct arena *a)
{
	AUTO_SBUF struct sbuf text = sbuf_make(KIB);
	put_new_key(f, name, &text);
	assert_ok(f, keys_trust(f->d, a, sbuf_str(&text), ret, &f->e));
}

/* One more would be one too many for whoever reads them, also to take one away. */
static void no_more_are_made_than_are_read(void **state)
{
	struct fixture *f = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf text = sbuf_make(KIB);
	struct bundle_key *keys, key;
	char path[64];
	size_t count;
	open_data(f);
	put_new_key(f, STR("other"), &text);
	assert_ok(f, keys_trust(f->d, &a, sbuf_str(&text), &key, &f->e));
	for (unsigned i = 1; i < BUNDLE_KEYS_MAX; i++) {
		(void)snprintf(path, sizeof path, "keys/trusted/%u.pub", i);
		write_file(f, path, sbuf_str(&text));
	}
	assert_err(f, CONFIG, keys_generate(f->d, NAME, 0, &f->e));
	assert_ok(f, keys_trust(f->d, &a, sbuf_str(&text), &key, &f->e));    /* it is there already */
	assert_int_equal(unlink(path_below(f->data, path, (char[PATH_BYTES]){ 0 })), 0);
	generate(f, NAME, 0);
	assert_err(f, CONFIG, keys_rotate(f->d, STR(""), 0, 0, &f->e));
	sbuf_reset(&text);
	put_new_key(f, STR("another"), &text);
	assert_err(f, CONFIG, keys_trust(f->d, &a, sbuf_str(&text), &key, &f->e));
	assert_ok(f, keys_list(f->d, &a, &keys, &count, &f->e));
	assert_int_equal(count, BUNDLE_KEYS_MAX);
}

/* A name may have what a file's name may not. */
static void names_and_who_is_meant(void **state)
{
	static const char *const names[] = { "a", "a", "../../x", ".", "caf\xc3\xa9/log", "b" };
	struct fixture *f = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct bundle_key *keys, key = { 0 };
	char long_name[NOTE_NAME_MAX_BYTES + 1], said[64];
	size_t count;
	open_data(f);
	for (size_t i = 0; i < ROWS(names); i++)
		trust_name(f, str_c(names[i]), &key, &a);
	memset(long_name, 'n', sizeof long_name);
	trust_name(f, str_make(long_name, NOTE_NAME_MAX_BYTES), &key, &a);
	assert_ok(f, keys_list(f->d, &a, &keys, &count, &f->e));
	assert_int_equal(count, ROWS(names) + 1);
	for (size_t i = 1; i < count; i++)
		assert_true(str_cmp(keys[i - 1].key.name, keys[i].key.name) <= 0);
	assert_err(f, INVALID, keys_distrust(f->d, STR("a"), &f->e));
	assert_err(f, NOT_FOUND, keys_distrust(f->d, STR("c"), &f->e));
	assert_err(f, NOT_FOUND, keys_distrust(f->d, STR("b+00000000"), &f->e));
	assert_ok(f, keys_distrust(f->d, STR("../../x"), &f->e));
	assert_ok(f, keys_distrust(f->d, STR("."), &f->e));
	for (size_t i = 0; i < count; i++) {
		const unsigned char *h = keys[i].key.hash;
		(void)snprintf(said, sizeof said, "%.*s+%02x%02x%02x%02x", STR_ARG(keys[i].key.name), h[0], h[1],
		               h[2], h[3]);
		if (str_eq(keys[i].key.name, STR("a")))
			assert_ok(f, keys_distrust(f->d, str_c(said), &f->e));
	}
	assert_ok(f, keys_list(f->d, &a, &keys, &count, &f->e));
	assert_int_equal(count, ROWS(names) + 1 - 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pair_is_made_once),
		TEST(t_bnd_02_who_is_trusted),
		TEST(nobody_signed),
		TEST(each_flipped_byte_of_the_signatures),
		TEST(lines_of_a_stranger),
		TEST(a_key_is_over_at_its_second),
		TEST(both_keys_sign_while_one_follows_the_other),
		TEST(a_rotation_that_was_cut_short),
		TEST(t_auth_18_modes),
		TEST(files_that_are_no_keys),
		TEST(the_text_of_a_key),
		TEST(names_and_who_is_meant),
		TEST(no_more_are_made_than_are_read),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("bundle_keys", tests, NULL, NULL);
}

/* The records of pax headers: "18 path=c/values.yaml\n".
 *
 * A key is accepted when every reader either understands it alike or ignores it: the headers of
 * macOS's tar are full of attributes that nobody needs. Whatever could change what a member is
 * (sparse maps, links, another character set, another size) is refused, as is what is unknown. */
#include "indexer/format/tar_judge.h"

enum form { PATH, SIZE, DIGITS, TIME, TEXT, ANYTHING };

static const struct key {
	const char *key;
	enum form form;
	bool is_prefix, global;
} keys[] = {
	{ "path",      PATH,     false, false },
	{ "size",      SIZE,     false, false },
	{ "mtime",     TIME,     false, false },
	{ "atime",     TIME,     false, false },
	{ "ctime",     TIME,     false, false },
	{ "uid",       DIGITS,   false, false },
	{ "gid",       DIGITS,   false, false },
	{ "uname",     TEXT,     false, false },
	{ "gname",     TEXT,     false, false },
	{ "comment",   TEXT,     false, true },
	{ "LIBARCHIVE.creationtime", TIME, false, false },
	{ "LIBARCHIVE.xattr.", ANYTHING, true, false },
	{ "SCHILY.xattr.",     ANYTHING, true, false },
	{ "SCHILY.dev",        DIGITS,   false, false },
	{ "SCHILY.ino",        DIGITS,   false, false },
	{ "SCHILY.nlink",      DIGITS,   false, false },
	{ "SCHILY.fflags",     TEXT,     false, false },
};
#define KEYS (sizeof keys / sizeof *keys)

static const struct key *find_key(struct str key)
{
	for (size_t i = 0; i < KEYS; i++) {
		struct str known = str_c(keys[i].key);
		if (keys[i].is_prefix ? str_starts(key, known) : str_eq(key, known))
			return &keys[i];
	}
	return NULL;
}

static bool is_number(struct str s)
{
	uint64_t ignored;
	return s.n <= 18 && str_to_u64(s, &ignored);       /* within 63 bits */
}

static bool is_time(struct str s)
{
	bool point;
	if (s.n && s.p[0] == '-')
		s = str_from(s, 1);
	struct str seconds = str_cut(&s, '.', &point);
	return is_number(seconds) && (!point || is_number(s));
}

static bool has_form(struct str value, enum form form)
{
	switch (form) {
	case SIZE:
	case DIGITS:
		return is_number(value);
	case TIME:
		return is_time(value);
	case PATH:
		return value.n && !str_has(value, '\0');
	case TEXT:
		return !str_has(value, '\0');
	case ANYTHING:
		return true;
	}
	return false;
}

static bool is_printable(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return true;
}

/* Splits the first record off: its length counts itself, the space and the newline. */
static bool take_record(struct str *records, struct str *ret_key, struct str *ret_value)
{
	bool space, equals;
	uint64_t length;
	struct str rest = *records;
	struct str digits = str_cut(&rest, ' ', &space);
	if (!space || !str_to_u64(digits, &length) || length > records->n || length < digits.n + 3)
		return false;
	struct str record = str_make(rest.p, (size_t)length - digits.n - 1);
	if (record.p[record.n - 1] != '\n')
		return false;
	*records = str_from(*records, (size_t)length);
	record.n--;
	*ret_key = str_cut(&record, '=', &equals);
	*ret_value = record;
	return equals;
}

/* `seen` is a set of rows of the table: readers differ in which of two values wins. */
static enum err judge_record(struct str owner, struct str key, struct str value, bool global,
                             uint32_t *seen, struct errinfo *e)
{
	char shown[TAR_SHOWN_MAX_BYTES], shown_key[TAR_SHOWN_MAX_BYTES];
	const struct key *known = find_key(key);
	const char *fault = NULL;
	if (!known || (global && !known->global) || !is_printable(key))
		fault = "is not accepted";
	else if (!known->is_prefix && (*seen & 1u << (known - keys)))
		fault = "stands there twice: conflicting header";
	else if (!has_form(value, known->form))
		fault = "has a malformed value: conflicting header";
	if (fault)
		return ERR(e, ARCHIVE, "%s: the %spax key \"%.60s\" %s", tar_shown(owner, shown),
		           global ? "global " : "", tar_shown(key, shown_key), fault);
	*seen |= 1u << (known - keys);
	return OK;
}
_Static_assert(KEYS <= 32, "the set of seen keys has 32 bits");

enum err tar_pax_read(struct str owner, struct str records, bool global, struct tar_pax *ret,
                      struct errinfo *e)
{
	char shown[TAR_SHOWN_MAX_BYTES];
	struct tar_pax pax = { 0 };
	uint32_t seen = 0;
	if (!records.n)
		return ERR(e, ARCHIVE, "%s: an empty pax header", tar_shown(owner, shown));
	while (records.n) {
		struct str key, value;
		if (!take_record(&records, &key, &value))
			return ERR(e, ARCHIVE, "%s: a malformed pax record", tar_shown(owner, shown));
		enum err err = judge_record(owner, key, value, global, &seen, e);
		if (err)
			return err;
		if (str_eq(key, STR("path")))
			pax.path = value;
		if (str_eq(key, STR("size")))
			pax.has_size = str_to_u64(value, &pax.size);
	}
	*ret = pax;
	return OK;
}

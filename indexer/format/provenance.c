/* What a .prov file says it is about. The signature is not verified here.
 *
 * Inside the clear-signed text stand the chart's metadata, a line "...", and the digests:
 *
 *     name: redis
 *     version: 1.2.3
 *     ...
 *     files:
 *       redis-1.2.3.tgz: sha256:c684…
 *
 * Only keys at the beginning of a line count, so a dependency's name is never taken for the
 * chart's. What is taken is what ChartMuseum takes: it needs neither a signature nor "files:". */
#include "indexer/format/provenance.h"

#include "indexer/base/hash.h"
#include "indexer/base/limits.h"

#define FIRST_LINE "-----BEGIN PGP SIGNED MESSAGE-----"

static struct str unquote(struct str s)
{
	s = str_trim(s);
	char c = s.n > 1 ? s.p[0] : '\0';
	return (c == '"' || c == '\'') && s.p[s.n - 1] == c ? str_make(s.p + 1, s.n - 2) : s;
}

/* The value of "key: value" at the beginning of the line. */
static bool value_of(struct str line, struct str key, struct str *ret)
{
	if (!str_starts(line, key) || !str_starts(str_from(line, key.n), STR(": ")))
		return false;
	*ret = unquote(str_from(line, key.n + 2));
	return ret->n > 0;
}

/* "  name.tgz: sha256:…", or for a long name two lines, "  ? name.tgz" and "  : sha256:…". */
static bool parse_file(struct str rest, struct str *ret_file, struct str *ret_digest_hex)
{
	struct str line = str_trim(str_cut_line(&rest)), scheme = STR("sha256:");
	struct sha256 unused;
	bool two_lines = str_starts(line, STR("? "));
	struct str after = two_lines ? str_trim(str_cut_line(&rest)) : line;
	const char *colon = after.n ? memmem(after.p, after.n, ": ", 2) : NULL;
	if (!colon || (two_lines && colon != after.p))
		return false;
	struct str before = str_first(after, (size_t)(colon - after.p));
	struct str value = unquote(str_from(after, before.n + 2));
	*ret_file = unquote(two_lines ? str_from(line, 2) : before);
	*ret_digest_hex = str_from(value, scheme.n);
	return ret_file->n && str_starts(value, scheme) && sha256_parse(*ret_digest_hex, &unused);
}

static enum err invalid(struct errinfo *e, const char *why)
{
	return ERR(e, PROVENANCE, "invalid provenance file: %s", why);
}

enum err provenance_parse(struct str text, struct str *ret_name, struct str *ret_version,
                          struct str *ret_file, struct str *ret_digest_hex, struct errinfo *e)
{
	struct str name = { 0 }, version = { 0 }, file = { 0 }, digest = { 0 };
	if (text.n > PROVENANCE_MAX_BYTES)
		return invalid(e, "it is too large");
	if (!str_starts(text, STR(FIRST_LINE)))
		return invalid(e, "it does not begin with " FIRST_LINE);
	while (text.n) {
		struct str line = str_cut_line(&text);
		if (str_eq_c(line, "-----BEGIN PGP SIGNATURE-----"))
			break;
		if (!name.n)
			(void)value_of(line, STR("name"), &name);
		if (!version.n)
			(void)value_of(line, STR("version"), &version);
		if (!file.n && str_eq_c(line, "files:") && !parse_file(text, &file, &digest))
			return invalid(e, "no file name and SHA-256 digest under \"files:\"");
	}
	if (!name.n || !version.n)
		return invalid(e, name.n ? "no line begins with \"version: \""
		                         : "no line begins with \"name: \"");
	*ret_name = name;
	*ret_version = version;
	*ret_file = file;
	*ret_digest_hex = digest;
	return OK;
}

/* The frame around a clear-signed text, line by line. What is in it, librnp judges. */
#include "indexer/format/cleartext.h"

#include "indexer/base/limits.h"

#define BEGIN_SIGNATURE "-----BEGIN PGP SIGNATURE-----"
#define END_SIGNATURE "-----END PGP SIGNATURE-----"

static enum err invalid(struct errinfo *e, const char *why)
{
	return ERR(e, PROVENANCE, "invalid provenance file: %s", why);
}

/* The last line may end with CR alone: so tools that write CR LF leave a file whose last line had no end, as in
 * what Helm signs.                                                                             */
static bool is_plain(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool line_end = c == '\r' && (i + 1 == text.n || text.p[i + 1] == '\n');
		if ((c < ' ' && c != '\n' && c != '\t' && !line_end) || c == 0x7f)
			return false;
	}
	return true;
}

static bool is_blank(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!strchr(" \t\r\n", text.p[i]) || !text.p[i])
			return false;
	return true;
}

/* Up to the empty line; other headers, which no signature covers, might be read as text. */
static bool take_headers(struct str *text)
{
	while (text->n) {
		struct str line = str_cut_line(text);
		if (!line.n)
			return true;
		if (!str_starts(line, STR("Hash: ")))
			return false;
	}
	return false;
}

static enum err take_body(struct str *text, struct errinfo *e)
{
	while (text->n) {
		struct str line = str_cut_line(text);
		if (str_eq_c(line, BEGIN_SIGNATURE))
			return OK;
		if (str_starts(line, STR("-")) && !str_starts(line, STR("- ")))
			return invalid(e, "a line of it begins with a dash that is not escaped");
	}
	return invalid(e, "no line is " BEGIN_SIGNATURE);
}

static enum err take_signature(struct str *text, struct errinfo *e)
{
	const char *begin = text->p;
	while (text->n) {
		struct str line = str_cut_line(text);
		if ((size_t)(line.p - begin) > CLEARTEXT_SIGNATURE_MAX_BYTES)
			break;
		if (str_eq_c(line, END_SIGNATURE))
			return OK;
		if (str_starts(line, STR("-")))
			return invalid(e, "there is more than one signature");
	}
	return invalid(e, "no line is " END_SIGNATURE ", or the signature is too long");
}

enum err cleartext_check(struct str text, struct str *ret, struct errinfo *e)
{
	struct str rest = text;
	if (text.n > PROVENANCE_MAX_BYTES)
		return invalid(e, "it is too large");
	if (!str_eq_c(str_cut_line(&rest), CLEARTEXT_BEGIN))
		return invalid(e, "it does not begin with " CLEARTEXT_BEGIN);
	if (!is_plain(text))
		return invalid(e, "it has control characters");
	if (!take_headers(&rest))
		return invalid(e, "\"Hash:\" lines and an empty one must stand before the text");
	enum err err = take_body(&rest, e);
	if (!err)
		err = take_signature(&rest, e);
	if (err)
		return err;
	if (!is_blank(rest))
		return invalid(e, "something follows the signature");
	*ret = str_first(text, text.n - rest.n);
	return OK;
}

/* Repository names, file names and the two percent-codings of a URL.
 *
 * A repository name is one or two segments of a narrow grammar. A segment that is already taken
 * by an address of the program cannot be a repository: the reserved words are one table.
 *
 * A word that became reserved when repositories could have that name already is marked: none gets
 * it any more, and one that has it keeps its addresses (server/route/match.c).               */
#include "indexer/format/name.h"

#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"
#include "indexer/base/sbuf.h"
#include "indexer/base/utf8.h"

static const struct { const char *word; bool first, second, late; } reserved[] = {
	{ "account", true, false, false },           { "admin", true, false, false },
	{ "api", true, true, false },                { "artifactory", true, false, true },
	{ "artifacthub-repo.yml", true, true, true },
	{ "badge", true, false, false },             { "charts", true, true, false },
	{ "chartsvc", true, false, false },          { "control", true, false, false },
	{ "favicon.ico", true, false, false },       { "feed", true, false, false },
	{ "health", true, false, false },            { "healthz", true, false, false },
	{ "helm", true, false, false },              { "hooks", true, false, false },
	{ "image", true, false, false },             { "index.json", true, true, false },
	{ "index.yaml", true, true, false },         { "info", true, false, false },
	{ "livez", true, false, false },             { "login", true, false, false },
	{ "logout", true, false, false },            { "metrics", true, false, false },
	{ "opensearch.xml", true, false, false },    { "outdated", true, false, true },
	{ "packages", true, false, false },
	{ "prov", false, true, false },              { "readyz", true, false, false },
	{ "repos", true, false, false },             { "repository", true, false, true },
	{ "robots.txt", true, false, false },        { "search", true, false, false },
	{ "sitemap.xml", true, false, false },       { "static", true, false, false },
	{ "styleguide", true, false, false },        { "upload", true, false, true },
	{ "upstreams", true, false, false },         { "v1", true, false, false },
	{ "v2", true, false, false },                { "v4", true, false, false },
};

/* "@17" is the repository as it was at event 17. `late`: the words that are marked so count. */
static bool is_reserved(struct str segment, bool second, bool late)
{
	if (segment.n && segment.p[0] == '@')
		return true;
	for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
		if (str_eq_c(segment, reserved[i].word))
			return (late || !reserved[i].late) &&
			       (second ? reserved[i].second : reserved[i].first);
	return false;
}

bool repo_first_segment_is_reserved(struct str segment) { return is_reserved(segment, false, true); }
bool repo_second_segment_is_reserved(struct str segment) { return is_reserved(segment, true, true); }

bool repo_segment_is_valid(struct str segment)
{
	if (!segment.n || segment.n > REPO_SEGMENT_MAX_BYTES || !ascii_is_lower_or_digit(segment.p[0]))
		return false;
	for (size_t i = 1; i < segment.n; i++)
		if (!ascii_is_lower_or_digit(segment.p[i]) && !memchr("._-", segment.p[i], 3))
			return false;
	return true;
}

static enum err check(struct str name, bool late, struct errinfo *e)
{
	struct str rest = name, said = str_first(name, REPO_NAME_MAX_BYTES);
	if (name.n > 1 && str_ends(name, STR("/")))
		return ERR(e, INVALID, "repository \"%.*s\": a name does not end in '/'", STR_ARG(said));
	for (unsigned at = 0; at < 2; at++) {
		bool more;
		struct str segment = str_cut(&rest, '/', &more);
		if (!repo_segment_is_valid(segment))
			return ERR(e, INVALID, "repository \"%.*s\": a segment is 1 to %u of a-z, 0-9, "
			           "'.', '_' and '-', and begins with a letter or a digit",
			           STR_ARG(said), REPO_SEGMENT_MAX_BYTES);
		if (is_reserved(segment, at == 1, late))
			return ERR(e, INVALID, "repository \"%.*s\": \"%.*s\" is reserved for addresses of this "
			           "program; choose another name", STR_ARG(said), STR_ARG(segment));
		if (!more)
			return OK;
	}
	return ERR(e, INVALID, "repository \"%.*s\": more than two segments", STR_ARG(said));
}

enum err repo_name_check(struct str name, struct errinfo *e) { return check(name, true, e); }

enum err repo_old_name_check(struct str name, struct errinfo *e) { return check(name, false, e); }

struct str chart_file_archive(struct str file, bool *ret_is_prov)
{
	bool prov = str_ends(file, STR(".prov"));
	if (ret_is_prov)
		*ret_is_prov = prov;
	return prov ? str_first(file, file.n - STR(".prov").n) : file;
}

enum err plain_name_check(struct str name, const char *others, struct errinfo *e)
{
	bool good = name.n && name.n <= PERSON_NAME_MAX_BYTES && ascii_is_alnum(name.p[0]);
	for (size_t i = 0; good && i < name.n; i++)
		good = ascii_is_alnum(name.p[i]) || (name.p[i] && strchr(others, name.p[i]));
	return good ? OK : ERR(e, INVALID, "name: \"%.*s\" is not a letter or digit followed by letters, digits and "
	                       "%s, at most %u", STR_ARG(str_first(name, 100)), others, PERSON_NAME_MAX_BYTES);
}

bool chart_file_name_is_known(struct str file)
{
	return str_ends(chart_file_archive(file, NULL), STR(".tgz"));
}

bool chart_file_name_is_safe(struct str file)
{
	file = chart_file_archive(file, NULL);
	if (!str_ends(file, STR(".tgz")) || file.n > CHART_FILE_NAME_MAX_BYTES)
		return false;
	if (!ascii_is_alnum(file.p[0]))
		return false;
	for (size_t i = 1; i < file.n; i++)
		if (!ascii_is_alnum(file.p[i]) && !memchr("._-+ ", file.p[i], 5))
			return false;
	return true;
}

/* Pulls one character, or the byte that an escape stands for; -1: a malformed escape. */
static int take_byte(struct str *s)
{
	char c = s->p[0];
	size_t n = 1;
	if (c == '%') {
		int high = s->n > 2 ? hex_digit_value(s->p[1]) : -1;
		int low = s->n > 2 ? hex_digit_value(s->p[2]) : -1;
		if (high < 0 || low < 0)
			return -1;
		c = (char)(high << 4 | low);
		n = 3;
	}
	*s = str_from(*s, n);
	return (unsigned char)c;
}

enum coding { SEGMENT, QUERY, FORM };

/* A field of a form may be a password: it is not said again. */
static enum err refuse(enum coding coding, struct errinfo *e, struct str raw, const char *why)
{
	if (coding == FORM)
		return ERR(e, INVALID, "a field of the form: %s", why);
	return ERR(e, INVALID, "\"%.*s\" in the address: %s", STR_ARG(str_first(raw, 200)), why);
}

/* A field of several lines; CR LF, as browsers send it, is one line end. */
static bool is_line_text(enum coding coding, int c)
{
	return coding == FORM && (c == '\n' || c == '\r' || c == '\t');
}

static enum err decode(struct arena *a, struct str raw, enum coding coding, struct str *ret,
                       struct errinfo *e)
{
	char *text = arena_alloc(a, raw.n + 1);
	size_t n = 0;
	if (!text)
		return ERR(e, NOMEM, "address");
	for (struct str rest = raw; rest.n; n++) {
		bool is_space = coding != SEGMENT && rest.p[0] == '+';
		int c = take_byte(&rest);
		if (c < 0)
			return refuse(coding, e, raw, "malformed percent-escape");
		if ((c < 0x20 && !is_line_text(coding, c)) || c == 0x7f)
			return refuse(coding, e, raw, "control character");
		if (coding == SEGMENT && (c == '/' || c == '\\'))
			return refuse(coding, e, raw, "separator within a segment");
		if (c == '\n' && n && text[n - 1] == '\r')
			n--;
		text[n] = is_space ? ' ' : (char)c;
	}
	*ret = str_make(text, n);
	return str_is_utf8(*ret) ? OK : refuse(coding, e, raw, "not UTF-8");
}

enum err url_segment_decode(struct arena *a, struct str raw, struct str *ret, struct errinfo *e)
{
	struct str text;
	enum err err = decode(a, raw, SEGMENT, &text, e);
	if (err)
		return err;
	if (str_eq_c(text, ".") || str_eq_c(text, ".."))
		return refuse(SEGMENT, e, raw, "relative segment");
	*ret = text;
	return OK;
}

enum err url_query_decode(struct arena *a, struct str raw, struct str *ret, struct errinfo *e)
{
	struct str text;
	enum err err = decode(a, raw, QUERY, &text, e);
	if (!err)
		*ret = text;
	return err;
}

enum err url_form_decode(struct arena *a, struct str raw, struct str *ret, struct errinfo *e)
{
	struct str text;
	enum err err = decode(a, raw, FORM, &text, e);
	if (!err)
		*ret = text;
	return err;
}

/* Takes the next character off the front, or what stands for a byte that is of none. */
static struct str take_character(struct str *s)
{
	struct str before = *s;
	uint32_t point = utf8_next(s);
	if (point < 0x20 || point == 0x7f)
		return STR(" ");
	return point == UTF8_REPLACEMENT ? STR("\xef\xbf\xbd") : str_first(before, before.n - s->n);
}

enum err url_text_decode(struct arena *a, struct str raw, struct str *ret, struct errinfo *e)
{
	char *bytes = arena_alloc(a, raw.n + 1), *text = arena_alloc(a, 3 * raw.n + 1);
	size_t n = 0, to = 0;
	if (!bytes || !text)
		return ERR(e, NOMEM, "address");
	for (struct str rest = raw; rest.n; n++) {
		bool is_space = rest.p[0] == '+';
		int c = take_byte(&rest);
		if (c < 0)                           /* a '%' that begins no escape is one */
			rest = str_from(rest, 1);
		bytes[n] = is_space ? ' ' : c < 0 ? '%' : (char)c;
	}
	for (struct str rest = str_make(bytes, n); rest.n;) {
		struct str piece = take_character(&rest);
		memcpy(text + to, piece.p, piece.n);
		to += piece.n;
	}
	*ret = str_make(text, to);
	return OK;
}

void url_segment_encode(struct sbuf *b, struct str segment)
{
	for (size_t i = 0; i < segment.n; i++) {
		char c = segment.p[i];
		if (ascii_is_alnum(c) || memchr("-._~+", c, 5))
			sbuf_putc(b, c);
		else
			sbuf_printf(b, "%%%02X", (unsigned char)c);
	}
}

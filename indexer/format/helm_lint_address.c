/* Helm validates with asaskevich/govalidator and Go's net/url; this comes to the same for all
 * that looks like an address. Any character beyond ASCII counts as a letter.                  */
#include "indexer/format/helm_lint_parts.h"

#define URL_MAX_BYTES 2083u

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool is_alnum(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

static bool only(struct str s, const char *extra)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && (!s.p[i] || !strchr(extra, s.p[i])))
			return false;
	return true;
}

static bool is_framed(struct str s, bool (*frame)(char))
{
	return s.n && frame(s.p[0]) && frame(s.p[s.n - 1]);
}

/* Splits at the last `sep`: *s keeps what stands before it. */
static struct str cut_last(struct str *s, char sep, bool *ret_found)
{
	const char *at = s->n ? memrchr(s->p, sep, s->n) : NULL;
	struct str after = at ? str_from(*s, (size_t)(at - s->p) + 1) : (struct str){ NULL, 0 };
	*ret_found = at != NULL;
	if (at)
		*s = str_first(*s, (size_t)(at - s->p));
	return after;
}

static bool is_local_part(struct str s)
{
	bool more = true;
	while (more) {
		struct str atom = str_cut(&s, '.', &more);
		if (!atom.n || !only(atom, "!#$%&'*+-/=?^_`{|}~"))
			return false;
	}
	return true;
}

bool lint_is_email(struct str s)
{
	bool has_at, has_dot;
	struct str host = cut_last(&s, '@', &has_at);
	if (host.n && host.p[host.n - 1] == '.')
		host.n--;
	struct str top = cut_last(&host, '.', &has_dot);
	return has_at && has_dot && str_is_utf8(s) && is_local_part(s) &&
	       is_framed(host, is_alnum) && only(host, "-._~") &&
	       is_framed(top, is_letter) && only(top, "-_~");
}

static bool is_hex(char c) { return hex_digit_value(c) >= 0; }

static bool escapes_are_fine(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '%' && (s.n - i < 3 || !is_hex(s.p[i + 1]) || !is_hex(s.p[i + 2])))
			return false;
	return true;
}

static bool is_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

static bool is_address_in_brackets(struct str s)
{
	if (s.n < 4 || s.p[0] != '[' || s.p[s.n - 1] != ']')
		return false;
	for (size_t i = 1; i < s.n - 1; i++)
		if (!is_hex(s.p[i]) && s.p[i] != ':' && s.p[i] != '.')
			return false;
	return str_has(s, ':');
}

static bool is_host_name(struct str s)
{
	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	bool more = true;
	while (more) {
		struct str label = str_cut(&s, '.', &more);
		if (!is_framed(label, is_alnum) || !only(label, "-_"))
			return false;
	}
	return true;
}

/* Length of the part before the first of `stops`. */
static size_t length_until(struct str s, const char *stops)
{
	size_t n = 0;
	while (n < s.n && !(s.p[n] && strchr(stops, s.p[n])))
		n++;
	return n;
}

/* "host[:port][/path]" */
static bool is_url_after_user(struct str s)
{
	struct str host = str_first(s, length_until(s, "/?#")), path = str_from(s, host.n);
	struct str before = host;
	bool has_port;
	struct str port = cut_last(&before, ':', &has_port);
	if (has_port && host.p[host.n - 1] != ']') {
		if (!port.n || port.n > 5 || !is_digits(port))
			return false;
		host = before;
	}
	return (is_host_name(host) || is_address_in_brackets(host)) && !str_has(path, ' ') &&
	       escapes_are_fine(str_first(path, length_until(path, "?")));
}

static struct str skip_scheme(struct str s)
{
	static const char *const schemes[] = {
		"http://", "https://", "ftp://", "tcp://", "udp://", "ws://", "wss://",
	};
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (str_starts(s, str_c(schemes[i])))
			return str_from(s, strlen(schemes[i]));
	return s;
}

bool lint_is_url(struct str s)
{
	struct str rest = skip_scheme(s);
	if (s.n <= 3 || s.n >= URL_MAX_BYTES || str_has_controls(s) || !str_is_utf8(s))
		return false;
	if (rest.n == s.n && !str_has(s, ':') &&
	    !str_has(str_first(s, length_until(s, "?#")), '.'))
		return false;                        /* "foo" is a path, not a host */
	struct str head = str_first(rest, length_until(rest, " ")), user = head;
	bool has_user;
	struct str host = cut_last(&user, '@', &has_user);
	return head.n == rest.n &&
	       (is_url_after_user(rest) || (has_user && user.n && is_url_after_user(host)));
}

/* What may stand in the host part of a Go URL. */
static bool is_request_host(struct str s)
{
	bool has_port;
	if (s.n && s.p[0] == '[') {
		struct str port = cut_last(&s, ']', &has_port);
		return has_port && (!port.n || (port.p[0] == ':' && is_digits(str_from(port, 1))));
	}
	struct str port = cut_last(&s, ':', &has_port);
	return is_digits(port) && only(s, "-_.~!$&'()*+,;=<>\"");
}

bool lint_is_request_url(struct str s)
{
	if (!s.n || str_has_controls(s) || !is_letter(s.p[0]) || (unsigned char)s.p[0] >= 0x80)
		return false;
	bool has_scheme, has_user;
	struct str scheme = str_cut(&s, ':', &has_scheme);
	for (size_t i = 0; i < scheme.n; i++)
		if (!only(str_make(scheme.p + i, 1), "+-.") || (unsigned char)scheme.p[i] >= 0x80)
			return false;
	s = str_first(s, length_until(s, "?"));
	if (!has_scheme || !s.n || s.p[0] != '/')
		return has_scheme;                   /* "mailto:someone" */
	if (!str_starts(s, STR("//")))
		return escapes_are_fine(s);
	s = str_from(s, 2);
	struct str user = str_first(s, length_until(s, "/")), path = str_from(s, user.n);
	struct str whole = user, host = cut_last(&user, '@', &has_user);
	if (has_user && (!only(user, "-._:~!$&'()*+,;=%@") || !escapes_are_fine(user)))
		return false;
	return is_request_host(has_user ? host : whole) && escapes_are_fine(path);
}

/* Grammar that header values share: tokens, hosts, parameters. */
#include "indexer/base/ascii.h"
#include "server/http/message.h"

#include <arpa/inet.h>

static bool is_token_char(char c)
{
	return ascii_is_alnum(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

bool http_is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_token_char(s.p[i]))
			return false;
	return s.n > 0;
}

/* Labels of letters, digits, '-' and '_', none empty; one dot at the end is fine. */
static bool is_name(struct str host)
{
	if (host.n && host.p[host.n - 1] == '.')
		host.n--;
	char before = '.';
	for (size_t i = 0; i < host.n; before = host.p[i++]) {
		if (host.p[i] == '.' ? before == '.' : !(ascii_is_alnum(host.p[i]) || strchr("-_", host.p[i])))
			return false;
	}
	return host.n && before != '.';
}

static bool is_v6(struct str literal)
{
	char text[INET6_ADDRSTRLEN] = "";
	struct in6_addr address;
	if (literal.n < 2 || literal.n >= sizeof text)
		return false;
	memcpy(text, literal.p, literal.n);
	return inet_pton(AF_INET6, text, &address) == 1;
}

static bool is_port(struct str port)
{
	uint64_t number;
	return port.n <= 5 && str_to_u64(port, &number) && number <= UINT16_MAX;
}

bool http_host_is_valid(struct str host)
{
	if (!host.n || host.n > HTTP_HOST_MAX_BYTES || memchr(host.p, '\0', host.n))
		return false;
	struct str rest = host;
	bool has_port;
	if (host.p[0] == '[') {
		rest = str_from(rest, 1);
		struct str literal = str_cut(&rest, ']', &has_port);
		return has_port && is_v6(literal) &&
		       (!rest.n || (rest.p[0] == ':' && is_port(str_from(rest, 1))));
	}
	struct str name = str_cut(&rest, ':', &has_port);
	return is_name(name) && (!has_port || is_port(rest));
}

bool http_is_media_type(struct str content_type, const char *type)
{
	return str_eq_nocase(str_trim(str_cut(&content_type, ';', NULL)), str_c(type));
}

/* The end of a quoted string that begins at p[0]; 0 if it has none. */
static size_t quoted_end(struct str s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '"')
			return i;
		if (s.p[i] == '\\')
			i++;
	}
	return 0;
}

bool http_param_next(struct str *rest, struct str *ret_name, struct str *ret_value,
                     bool *ret_quoted)
{
	struct str s = str_trim(*rest);
	while (s.n && s.p[0] == ';')
		s = str_trim(str_from(s, 1));
	*rest = s;
	size_t n = 0;
	while (n < s.n && is_token_char(s.p[n]))
		n++;
	if (n == 0 || n == s.n || s.p[n] != '=')
		return false;
	struct str value = str_from(s, n + 1);
	bool quoted = value.n && value.p[0] == '"';
	size_t end = quoted ? quoted_end(value) : 0;
	if (!quoted)
		while (end < value.n && is_token_char(value.p[end]))
			end++;
	struct str after = str_trim(str_from(value, end + quoted));
	if (!end || (after.n && after.p[0] != ';'))
		return false;
	*ret_name = str_first(s, n);
	*ret_value = quoted ? str_make(value.p + 1, end - 1) : str_first(value, end);
	*ret_quoted = quoted;
	*rest = after;
	return true;
}

size_t http_unquote(char *text, size_t n)
{
	size_t to = 0;
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\\' && i + 1 < n)
			i++;
		text[to++] = text[i];
	}
	return to;
}

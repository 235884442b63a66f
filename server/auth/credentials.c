/* Basic (RFC 7617) and Bearer (RFC 6750). */
#include "server/auth/credentials.h"

#include "indexer/base/base64.h"
#include "indexer/base/limits.h"
#include "indexer/base/secret.h"

/* RFC 7617 §2. To scrypt, a password with a NUL behind it is the same one. */
static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return true;
}

bool credentials_can_be_password(struct str text)
{
	return is_plain(text) && !token_is_well_formed(text);
}

static enum err parse_basic(struct arena *a, struct str text, struct credentials *ret,
                            struct errinfo *e)
{
	bool has_colon;
	size_t n;
	char *plain = arena_alloc(a, text.n + 1);
	if (!plain)
		return ERR(e, NOMEM, "credentials");
	if (!base64_read(text, plain, text.n, &n))
		return ERR(e, INVALID, "Authorization: what follows Basic is not base64");
	struct str password = str_make(plain, n), name = str_cut(&password, ':', &has_colon);
	if (!has_colon)
		return ERR(e, INVALID, "Authorization: there is no colon between user and password");
	if (!is_plain(name) || !is_plain(password))
		return ERR(e, INVALID, "Authorization: user or password has a control character");
	if (token_is_well_formed(password))
		ret->token = password;
	else if (!password.n && token_is_well_formed(name))
		ret->token = name;
	else if (!name.n || !password.n)
		return ERR(e, UNAUTHORIZED, "the user or the password is not right");
	ret->name = name;
	ret->password = password;
	return OK;
}

enum err credentials_parse(struct arena *a, struct str header, struct credentials *ret,
                           struct errinfo *e)
{
	bool has_space;
	struct str text = str_trim(header), scheme = str_cut(&text, ' ', &has_space);
	text = str_trim(text);
	*ret = (struct credentials){ 0 };
	if (!has_space || !text.n)
		return ERR(e, INVALID, "Authorization: a scheme and credentials belong there, separated by "
		           "a space");
	if (str_eq_nocase(scheme, STR("Basic")))
		return parse_basic(a, text, ret, e);
	if (!str_eq_nocase(scheme, STR("Bearer")))
		return ERR(e, UNAUTHORIZED, "only Basic and Bearer are understood");
	if (!token_is_well_formed(text))
		return ERR(e, UNAUTHORIZED, "this is not a token");
	ret->token = text;
	return OK;
}

/* One value out of a Cookie header (RFC 6265 §4.2). */
#include "server/http/message.h"

struct str http_cookie(struct str header, const char *name)
{
	while (header.n) {
		struct str value = str_cut(&header, ';', NULL);
		struct str found = str_trim(str_cut(&value, '=', NULL));
		if (str_eq_c(found, name))
			return str_trim(value);
	}
	return (struct str){ 0 };
}

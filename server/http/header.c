/* The headers of a request, as libmicrohttpd keeps them. */
#include "server/http/internal.h"

struct str request_header(const struct request *r, const char *name)
{
	const char *value = NULL;
	size_t n = 0;
	(void)MHD_lookup_connection_value_n(r->connection->mhd, MHD_HEADER_KIND, name, strlen(name),
	                                    &value, &n);
	return str_make(value, value ? n : 0);
}

bool request_has_header(const struct request *r, const char *name)
{
	return MHD_lookup_connection_value_n(r->connection->mhd, MHD_HEADER_KIND, name, strlen(name),
	                                     NULL, NULL) == MHD_YES;
}

struct prefix_search { struct str prefix; bool found; };

static enum MHD_Result look(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct prefix_search *s = cls;
	(void)kind;
	(void)value;
	s->found |= str_eq_nocase(str_first(str_c(key), s->prefix.n), s->prefix);
	return s->found ? MHD_NO : MHD_YES;
}

bool request_has_header_prefix(const struct request *r, const char *prefix)
{
	struct prefix_search s = { .prefix = str_c(prefix) };
	(void)MHD_get_connection_values(r->connection->mhd, MHD_HEADER_KIND, look, &s);
	return s.found;
}

struct repeat_search { struct str name; unsigned found; };

static enum MHD_Result count(void *cls, enum MHD_ValueKind kind, const char *key,
                             const char *value)
{
	struct repeat_search *s = cls;
	(void)kind;
	(void)value;
	s->found += str_eq_nocase(str_c(key), s->name);
	return MHD_YES;
}

bool request_header_repeats(const struct request *r, const char *name)
{
	struct repeat_search s = { .name = str_c(name) };
	(void)MHD_get_connection_values(r->connection->mhd, MHD_HEADER_KIND, count, &s);
	return s.found > 1;
}

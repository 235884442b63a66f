/* Paths and queries, split first and decoded after, each part once, so that nothing encoded can
 * become a separator.                                                                        */
#include "server/http/message.h"

#include "indexer/base/limits.h"
#include "indexer/base/value.h"
#include "indexer/format/name.h"

static enum err check_length(struct str raw, struct errinfo *e)
{
	if (raw.n > HTTP_URI_MAX_BYTES)
		return ERR(e, URI_TOO_LONG, "an address may have %u bytes", HTTP_URI_MAX_BYTES);
	return OK;
}

enum err http_path_parse(struct arena *a, struct str raw, struct path *ret, struct errinfo *e)
{
	struct path path = { .count = 0 };
	bool more = true;
	enum err code = check_length(raw, e);
	if (code)
		return code;
	if (!raw.n || raw.p[0] != '/')
		return ERR(e, INVALID, "the path does not begin with \"/\"");
	raw = str_from(raw, 1);
	while (more) {
		struct str segment = str_cut(&raw, '/', &more);
		if (!segment.n && more)
			continue;
		if (path.count == HTTP_SEGMENTS_MAX)
			return ERR(e, INVALID, "the path has more than %u segments", HTTP_SEGMENTS_MAX);
		path.trailing_slash = !segment.n;
		struct str *to = &path.segment[path.count++];
		if (segment.n && (code = url_segment_decode(a, segment, to, e)) != OK)
			return code;
	}
	*ret = path;
	return OK;
}

static size_t count_params(struct str raw)
{
	size_t n = 0;
	while (raw.n)
		n += str_cut(&raw, '&', NULL).n > 0;
	return n;
}

/* What people type into a box to search: whatever it is, it is no error. */
static bool is_typed(struct str name)
{
	return str_eq_c(name, "q") || str_eq_c(name, "ts_query_web");
}

typedef enum err decoder(struct arena *, struct str, struct str *, struct errinfo *);

/* `typed` decodes the values of what is_typed, `decode` all else. */
static enum err parse_params(struct arena *a, struct str raw, decoder *decode, decoder *typed,
                             struct query *ret, struct errinfo *e)
{
	struct query q = { .count = 0 };
	size_t count = count_params(raw);
	if (count > HTTP_QUERY_PARAMS_MAX)
		return ERR(e, INVALID, "the address has more than %u parameters", HTTP_QUERY_PARAMS_MAX);
	q.params = arena_array(a, count, sizeof *q.params);
	if (!q.params)
		return ERR(e, NOMEM, "query");
	while (raw.n) {
		struct str value = str_cut(&raw, '&', NULL);
		if (!value.n)
			continue;
		struct query_param *p = &q.params[q.count++];
		struct str name = str_cut(&value, '=', &p->has_value);
		enum err err = decode(a, name, &p->name, e);
		if (!err)
			err = (is_typed(p->name) ? typed : decode)(a, value, &p->value, e);
		if (err)
			return err;
	}
	*ret = q;
	return OK;
}

enum err http_query_parse(struct arena *a, struct str raw, struct query *ret, struct errinfo *e)
{
	enum err err = check_length(raw, e);
	return err ? err : parse_params(a, raw, url_query_decode, url_text_decode, ret, e);
}

enum err http_form_parse(struct arena *a, struct str body, struct query *ret, struct errinfo *e)
{
	return parse_params(a, body, url_form_decode, url_form_decode, ret, e);
}

const struct query_param *query_get(const struct query *q, const char *name)
{
	for (size_t i = 0; i < q->count; i++)
		if (str_eq_c(q->params[i].name, name))
			return &q->params[i];
	return NULL;
}

struct str query_text(const struct query *q, const char *name)
{
	const struct query_param *p = query_get(q, name);
	return p ? p->value : (struct str){ 0 };
}

enum err query_number(const struct query *q, const char *name, uint64_t least, uint64_t most,
                      uint64_t *ret, struct errinfo *e)
{
	const struct query_param *p = query_get(q, name);
	uint64_t n;
	if (!p)
		return OK;
	if (!str_to_u64(p->value, &n) || n < least || n > most)
		return ERR(e, INVALID, "%s: \"%.*s\" is not a number from %llu to %llu", name,
		           STR_ARG(str_first(p->value, 100)), (unsigned long long)least,
		           (unsigned long long)most);
	*ret = n;
	return OK;
}

enum err query_word(const struct query *q, const char *name, const char *words, struct str *ret,
                    struct errinfo *e)
{
	struct str word = query_text(q, name);
	if (word.n && !value_is_word(word, str_c(words)))
		return ERR(e, INVALID, "%s: \"%.*s\" is none of: %s", name, STR_ARG(str_first(word, 100)),
		           words + (*words == ' '));
	*ret = word;
	return OK;
}

bool query_is_on(const struct query *q, const char *name)
{
	const struct query_param *p = query_get(q, name);
	return p && !str_eq_nocase(p->value, STR("false")) && !str_eq_c(p->value, "0");
}

/* Conditions and ranges in the order of RFC 9110 §13.2.2, and the choice of gzip. */
#include "server/http/message.h"

#include <stdio.h>

#include "indexer/base/clock.h"

/* Pulls one entity tag, with its quotes and without W/, from a list. False at the end or where
 * the list is malformed: what cannot be read matches nothing.                                */
static bool etag_next(struct str *list, struct str *ret_tag, bool *ret_weak)
{
	while (list->n && (list->p[0] == ' ' || list->p[0] == '\t' || list->p[0] == ','))
		*list = str_from(*list, 1);
	*ret_weak = str_starts(*list, STR("W/"));
	struct str s = *ret_weak ? str_from(*list, 2) : *list;
	const char *end = s.n > 1 && s.p[0] == '"' ? memchr(s.p + 1, '"', s.n - 1) : NULL;
	if (!end)
		return false;
	*ret_tag = str_make(s.p, (size_t)(end - s.p) + 1);
	*list = str_trim(str_from(s, ret_tag->n));
	return !list->n || list->p[0] == ',';
}

static bool etag_in(struct str list, struct str etag, bool weak_counts)
{
	struct str tag;
	bool weak;
	if (str_eq(str_trim(list), STR("*")))
		return true;
	while (etag.n && etag_next(&list, &tag, &weak))
		if (str_eq(tag, etag) && (weak_counts || !weak))
			return true;
	return false;
}

/* The date that was told with the client's part or copy. A later one, by whichever clock, says nothing: it
 * may be older than what took the place of that copy.                                        */
static bool is_of_date(const struct entity *en, struct str date)
{
	int64_t ns;
	return en->modified_ns && http_date_parse(date, &ns) &&
	       en->modified_ns / NS_PER_SECOND == ns / NS_PER_SECOND;
}

static bool is_not_modified(const struct entity *en, const struct conditions *c)
{
	if (c->if_none_match.n)
		return etag_in(c->if_none_match, en->etag, true);
	return c->if_modified_since.n && is_of_date(en, c->if_modified_since);
}

/* A range may be sent if the client's part is still a part of the same thing. */
static bool may_continue(const struct entity *en, struct str if_range)
{
	if (!if_range.n)
		return true;
	if (if_range.p[0] == '"')
		return etag_in(if_range, en->etag, false);
	return is_of_date(en, if_range);
}

/* Decimal digits; what does not fit is larger than any entity. */
static bool position(struct str digits, uint64_t *ret)
{
	if (str_to_u64(digits, ret))
		return true;
	for (size_t i = 0; i < digits.n; i++)
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return false;
	*ret = UINT64_MAX;
	return digits.n > 0;
}

static bool satisfiable(struct str spec, uint64_t bytes, struct verdict *ret)
{
	uint64_t from, to = UINT64_MAX;
	bool dash;
	struct str first = str_cut(&spec, '-', &dash);
	if (!dash || (spec.n && !position(spec, &to)))
		return false;
	if (!first.n) {
		if (!spec.n || to == 0 || bytes == 0)
			return false;
		ret->length = to < bytes ? to : bytes;
		ret->offset = bytes - ret->length;
		return true;
	}
	if (!position(first, &from) || from >= bytes || to < from)
		return false;
	ret->offset = from;
	ret->length = (to < bytes ? to + 1 : bytes) - from;
	return true;
}

/* Several ranges and units other than bytes are ignored, as RFC 9110 §14.2 allows. */
static bool range_counts(struct str range, struct str *ret_spec)
{
	struct str unit = str_cut(&range, '=', NULL);
	*ret_spec = str_trim(range);
	return str_eq_nocase(str_trim(unit), STR("bytes")) && ret_spec->n && !str_has(*ret_spec, ',');
}

void http_evaluate(const struct entity *en, const struct conditions *c, struct verdict *ret)
{
	struct str spec;
	*ret = (struct verdict){ .status = 200, .length = en->bytes };
	if (c->if_match.n && !etag_in(c->if_match, en->etag, false)) {
		*ret = (struct verdict){ .status = 412 };
	} else if (is_not_modified(en, c)) {
		*ret = (struct verdict){ .status = 304 };
	} else if (c->range.n && en->ranges && may_continue(en, c->if_range) &&
	           range_counts(c->range, &spec)) {
		bool fits = satisfiable(spec, en->bytes, ret);
		if (!fits)
			*ret = (struct verdict){ 0 };
		ret->status = fits ? 206 : 416;
	}
}

void http_content_range(const struct verdict *v, uint64_t bytes, char ret[HTTP_CONTENT_RANGE_BYTES])
{
	if (v->status == 416)
		(void)snprintf(ret, HTTP_CONTENT_RANGE_BYTES, "bytes */%llu", (unsigned long long)bytes);
	else
		(void)snprintf(ret, HTTP_CONTENT_RANGE_BYTES, "bytes %llu-%llu/%llu", (unsigned long long)v->offset,
		               (unsigned long long)(v->offset + v->length - 1), (unsigned long long)bytes);
}

/* "q=0", "q=0.0" … and anything that is no weight mean no. */
static bool weight_is_positive(struct str params)
{
	struct str name, value;
	bool quoted;
	while (http_param_next(&params, &name, &value, &quoted)) {
		if (!str_eq_nocase(name, STR("q")))
			continue;
		bool positive = false;
		for (size_t i = 0; i < value.n; i++) {
			if (i == 1 ? value.p[i] != '.' : value.p[i] < '0' || value.p[i] > '9')
				return false;
			positive |= value.p[i] != '0' && value.p[i] != '.';
		}
		return positive && value.p[0] <= '1';
	}
	return params.n == 0;
}

bool http_accepts_gzip(struct str accept_encoding)
{
	bool any = false;
	while (accept_encoding.n) {
		struct str params = str_cut(&accept_encoding, ',', NULL);
		struct str coding = str_trim(str_cut(&params, ';', NULL));
		if (str_eq_nocase(coding, STR("gzip")) || str_eq_nocase(coding, STR("x-gzip")))
			return weight_is_positive(params);
		if (str_eq(coding, STR("*")))
			any = weight_is_positive(params);
	}
	return any;
}

/* What becomes of a version: hashed, asked for, judged, told, counted. */
#include "indexer/format/index_stream_parts.h"

#include <stdio.h>

#include "indexer/base/ascii.h"
#include "indexer/base/auto.h"
#include "indexer/format/index_fields.h"
#include "indexer/format/node_json.h"

/* ---- charts ---- */

static const char *why_not_a_chart(struct str name)
{
	if (name.n > CHART_NAME_MAX_BYTES)
		return "the chart's name is too long";
	return str_has(name, '\0') ? "the chart's name has a NUL character" : NULL;
}

enum err index_stream_chart(struct index_stream *s, struct str name, uint32_t line, bool *ret_taken)
{
	const char *why = why_not_a_chart(name);
	arena_done(&s->chart_arena);
	s->chart_counted = false;
	s->chart = (struct str){ NULL, 0 };
	if (++s->keys > INDEX_CHARTS_MAX)
		return STREAM_REFUSE(s, line, "more than %u charts", INDEX_CHARTS_MAX);
	if (!arena_str(&s->chart_arena, str_first(name, CHART_NAME_MAX_BYTES), &s->chart))
		return STREAM_NO_MEMORY(s);
	*ret_taken = !why;
	return why ? index_stream_skip(s, STR(""), line, why) : OK;
}

static enum err count_version(struct index_stream *s)
{
	s->sum.charts += !s->chart_counted;
	s->chart_counted = true;
	if (++s->sum.versions > INDEX_VERSIONS_MAX)
		return ERR(s->e, METADATA, "%s: more than %u versions", s->name, INDEX_VERSIONS_MAX);
	return OK;
}

/* ---- versions ---- */

static bool hash(struct index_stream *s, struct str content, struct sha256 *ret)
{
	return sha256_add(s->sha, s->chart) && sha256_add(s->sha, str_make("", 1)) &&
	       sha256_add(s->sha, content) && sha256_end(s->sha, ret);
}

enum err index_stream_ask(struct index_stream *s, struct str content, struct sha256 *ret_hash,
                          bool *ret_known)
{
	struct sha256 sum;
	if (!hash(s, content, &sum))
		return STREAM_NO_MEMORY(s);
	bool known = s->handler->known(s->handler->ctx, s->chart, &sum);
	*ret_hash = sum;
	*ret_known = known;
	return known ? count_version(s) : OK;
}

enum err index_stream_skip(struct index_stream *s, struct str version, uint32_t line,
                           const char *why)
{
	if (++s->sum.skipped > INDEX_SKIPPED_MAX)
		return STREAM_REFUSE(s, line, "more than %u versions that cannot be taken",
		                     INDEX_SKIPPED_MAX);
	return s->handler->skipped(s->handler->ctx, s->chart, version, line, why, s->e);
}

/* "entry:7: why", "entry: why" → why, and where where it is said; 0 else. */
static const char *take_place(const char *detail, uint32_t *ret_line)
{
	size_t n = strlen(INDEX_STREAM_ENTRY_NAME);
	*ret_line = 0;
	if (strncmp(detail, INDEX_STREAM_ENTRY_NAME ":", n + 1) != 0)
		return detail;
	const char *at = detail + n + 1;
	while (ascii_is_digit(*at))
		*ret_line = *ret_line * 10 + (uint32_t)(*at++ - '0');
	return at + strspn(at, ": ");
}

enum err index_stream_refused(struct index_stream *s, enum err err, struct str version,
                              uint32_t line, bool json, const struct errinfo *why)
{
	uint32_t where;
	if (err != ERR_METADATA)
		return err_set(s->e, err, "%s", why->detail);
	const char *text = take_place(why->detail, &where);
	if (where)
		line = json ? line + where - 1 : where;
	return index_stream_skip(s, version, line, text);
}

static const char *above_limits(const struct index_entry *entry)
{
	if (entry->meta.name.n > CHART_NAME_MAX_BYTES)
		return "its name is too long";
	return entry->meta.version.n > CHART_VERSION_MAX_BYTES ? "its version is too long" : NULL;
}

enum err index_stream_tell(struct index_stream *s, const struct node *root, bool json,
                           const struct sha256 *sum, uint32_t line)
{
	struct index_entry entry;
	struct errinfo e = { .detail = "" };
	struct index_reader r = { .arena = &s->arena, .name = INDEX_STREAM_ENTRY_NAME, .json = json,
	                          .tolerant = true, .e = &e };
	const char *why = NULL;
	struct str version = str_first(node_text(node_get_nocase(root, "version")),
	                               CHART_VERSION_MAX_BYTES);
	enum err err = index_read_version(&r, root, &entry, &why);
	if (err)
		return index_stream_refused(s, err, version, line, json, &e);
	if (!why)
		why = above_limits(&entry);
	if (why)
		return index_stream_skip(s, version, line, why);
	err = count_version(s);
	return err ? err : s->handler->entry(s->handler->ctx, s->chart, &entry, sum, s->e);
}

/* ---- the top level ---- */

enum index_top index_stream_top(struct str key)
{
	static const char *const names[] = {
		[INDEX_TOP_ENTRIES] = "entries", [INDEX_TOP_GENERATED] = "generated",
		[INDEX_TOP_SERVER_INFO] = "serverInfo",
	};
	for (size_t i = 1; i < sizeof names / sizeof *names; i++)
		if (str_eq_nocase(key, str_c(names[i])))
			return (enum index_top)i;
	return INDEX_TOP_OTHER;
}

static enum err keep_server_info(struct index_stream *s, const struct node *n)
{
	AUTO_SBUF struct sbuf b = sbuf_make(8 * INDEX_LINE_MAX_BYTES);
	enum err err = node_json(&s->arena, n, &b, s->e);
	if (err || !sbuf_ok(&b))
		return err ? err : STREAM_NO_MEMORY(s);
	if (b.n < sizeof s->sum.server_info)
		memcpy(s->sum.server_info, b.p, b.n + 1);
	return OK;
}

enum err index_stream_said(struct index_stream *s, enum index_top what, const struct node *n)
{
	struct str text = node_is_null(n) ? STR("") : node_text(n);
	if (what == INDEX_TOP_GENERATED)
		(void)snprintf(s->sum.generated, sizeof s->sum.generated, "%.*s",
		               STR_ARG(str_first(text, sizeof s->sum.generated - 1)));
	else if (what == INDEX_TOP_SERVER_INFO && n && n->kind == NODE_MAP)
		return keep_server_info(s, n);
	return OK;
}

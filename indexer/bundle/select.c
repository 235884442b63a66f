/* What is taken of a bundle's own repository. Wishes are asked first, then the take_… settings; what was
 * yanked or deleted counts for no take_last and is told of whatever that says, because the other side may
 * have it.                                                                                    */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/bundle/create_impl.h"
#include "indexer/format/glob.h"
#include "indexer/format/selection.h"
#include "indexer/ingest/versions.h"

#define FILTER_MAX_BYTES (8u * KIB)      /* fit to be shown; readers take BUNDLE_FILTER_MAX_BYTES */

struct selecting {
	struct making *m;
	struct selection *rules;         /* NULL: none are set */
	struct semver_range *range;      /* of take_versions; NULL: none */
};

/* ---- wishes ---- */

struct bundle_wish bundle_wish_of(struct str text)
{
	struct str line = str_trim(text);
	size_t n = 0;
	while (n < line.n && line.p[n] != ' ' && line.p[n] != '\t')
		n++;
	return (struct bundle_wish){ .pattern = str_first(line, n), .range = str_trim(str_from(line, n)) };
}

static const char *wish_text(struct arena *a, const struct bundle_wish *w)
{
	return arena_printf(a, "%.*s%s%.*s", STR_ARG(w->pattern), w->range.n ? " " : "",
	                    STR_ARG(w->range));
}

static enum err read_wish(struct making *m, const struct bundle_wish *asked, struct wish *to,
                          struct errinfo *e)
{
	struct str said = str_trim(asked->range), range = said.n || !asked->newest ? said : STR("*");
	const char *text = wish_text(m->arena, asked);
	if (!text)
		return ERR(e, NOMEM, "selection");
	to->asked = asked;
	to->text = str_c(text);
	to->leaves_out = asked->pattern.n && asked->pattern.p[0] == '!';
	to->pattern = str_from(asked->pattern, to->leaves_out);
	m->among |= asked->newest;
	enum err err = glob_check(to->pattern, e);
	if (!err && range.n)
		err = semver_range_parse(m->arena, range, &to->range, e);
	if (err)
		err_prefix(e, "%s", text);
	return err;
}

/* Where a wish says so, what it means is another repository: closure.c sees to it. */
static enum err read_wishes(struct making *m, struct errinfo *e)
{
	const struct bundle_selection *s = &m->o->selection;
	m->wishes = arena_array(m->arena, s->wish_count + 1, sizeof *m->wishes);
	m->rules = arena_array(m->arena, s->wish_count + 2, sizeof *m->rules);
	if (!m->wishes || !m->rules)
		return ERR(e, NOMEM, "selection");
	for (size_t i = 0; i < s->wish_count; i++) {
		enum err err = read_wish(m, &s->wishes[i], &m->wishes[m->wish_count++], e);
		if (err)
			return err;
		m->rules[m->rule_count++].rule = m->wishes[i].text;
	}
	m->rules[m->rule_count++].rule = s->wish_count ? STR("what no pattern leaves out") : STR("everything");
	m->rules[m->rule_count++].rule = STR("dependencies");
	return OK;
}

static bool all_leave_out(const struct making *m)
{
	for (size_t i = 0; i < m->wish_count; i++)
		if (!m->wishes[i].leaves_out)
			return false;
	return true;
}

static bool speaks_of(const struct wish *w, const struct item *i)
{
	return !w->elsewhere && glob_match(w->pattern, item_chart(i)) &&
	       (!w->range || semver_range_admits(w->range, item_version(i)));
}

/* The newest version comes first. */
static bool has_newer(struct wish *w, const struct item *i)
{
	if (!w->asked->newest || i->deleted || i->yanked)
		return false;
	bool had = str_eq(w->had, item_chart(i));
	w->had = item_chart(i);
	return had;
}

static uint32_t rule_of(struct making *m, const struct item *i)
{
	for (size_t k = m->wish_count; k-- > 0;) {
		struct wish *w = &m->wishes[k];
		if (!speaks_of(w, i) || has_newer(w, i))
			continue;
		w->matched = true;
		return w->leaves_out ? BUNDLE_RULE_NONE : (uint32_t)k;
	}
	return all_leave_out(m) ? (uint32_t)m->wish_count : BUNDLE_RULE_NONE;
}

/* ---- settings ---- */

static enum err read_settings(struct selecting *x, struct errinfo *e)
{
	struct making *m = x->m;
	struct repo_settings s;
	AUTO_SBUF struct sbuf said = sbuf_make(REPO_SETTINGS_MAX_BYTES);
	struct str text = m->o->selection.settings;
	repo_settings_default(&s);
	enum err err = text.n ? repo_settings_merge(m->arena, text, &s, e) : OK;
	if (err)
		return err;
	selection_rules(&s, &said);
	for (int i = 0; i < REPO_SETTING_COUNT; i++)
		if (!str_starts(str_c(repo_setting_row((enum repo_setting_id)i)->name), STR("take_")) &&
		    !repo_setting_is_default(&s, (enum repo_setting_id)i))
			return ERR(e, INVALID, "%s says nothing of what is taken; the take_… settings do",
			           repo_setting_row((enum repo_setting_id)i)->name);
	if (!said.n)
		return sbuf_ok(&said) ? OK : ERR(e, NOMEM, "selection");
	m->among |= s.take_last || s.take_last_per_minor;
	m->verified_alone = s.take_signed;
	err = selection_new(m->arena, &s, &x->rules, e);
	if (!err && str_trim(s.take_versions).n)
		err = semver_range_parse(m->arena, str_trim(s.take_versions), &x->range, e);
	return err;
}

static bool is_verified(struct arena *a, const struct item *i, const struct version_row *row)
{
	return repo_verifies(&i->source->settings) && verdict_is_verified(version_verdict(a, row));
}

static enum err judge(const struct selecting *x, const struct item *i, enum selection_verdict *ret,
                      struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct index_entry entry;
	*ret = SELECTION_TAKEN;
	struct version_row row = { 0 };
	if (!x->rules)
		return OK;
	enum err err = i->deleted ? OK : item_row(x->m, i, &a, &row, e);
	if (!err && !row.line.n) {
		bool fits = !x->range || semver_range_admits(x->range, item_version(i));
		*ret = selection_takes_name(x->rules, item_chart(i)) && fits ? SELECTION_TAKEN : SELECTION_NAME;
		return OK;
	}
	if (!err)
		err = index_entry_read(&a, row.line, &entry, e);
	return err ? err : selection_judge(x->rules, item_chart(i), &entry, is_verified(&a, i, &row), ret, e);
}

/* ---- the versions of a chart ---- */

static bool is_shown(const struct item *i)
{
	return !i->deleted && !i->yanked;
}

static enum err select_chart(struct selecting *x, struct item **items, size_t count, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct selection_version *shown = arena_array(&a, count + 1, sizeof *shown);
	size_t shown_count = 0, at = 0;
	enum err err = shown ? OK : ERR(e, NOMEM, "selection");
	for (size_t k = 0; k < count && !err; k++) {
		struct item *i = items[k];
		enum selection_verdict verdict = SELECTION_NAME;
		i->rule = rule_of(x->m, i);
		err = i->rule == BUNDLE_RULE_NONE ? OK : judge(x, i, &verdict, e);
		if (verdict != SELECTION_TAKEN)
			i->rule = BUNDLE_RULE_NONE;
		if (!err && is_shown(i))
			shown[shown_count++] = (struct selection_version){ item_version(i), verdict };
	}
	if (!err && x->rules)
		selection_trim(x->rules, shown, shown_count);
	for (size_t k = 0; k < count && !err; k++) {
		struct item *i = items[k];
		if (is_shown(i) && shown[at++].verdict != SELECTION_TAKEN)
			i->rule = BUNDLE_RULE_NONE;
		if (i->rule != BUNDLE_RULE_NONE)
			err = making_take(x->m, i, i->rule, e);
	}
	return err;
}

static void tell_unmatched(struct making *m)
{
	for (size_t i = 0; i < m->wish_count; i++) {
		const struct wish *w = &m->wishes[i];
		if (!w->matched && !w->elsewhere && !w->leaves_out)
			making_missing(m, m->own->row.name, w->text, "no version here is meant by this");
	}
}

/* A wish for another repository than the bundle's own. */
static enum err find_elsewhere(struct making *m, struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; i < m->wish_count && !err; i++)
		err = closure_is_elsewhere(m, m->wishes[i].asked->repository, &m->wishes[i].elsewhere, e);
	return err;
}

enum err select_own(struct making *m, struct errinfo *e)
{
	struct selecting x = { .m = m };
	struct source *s = m->own;
	enum err err = read_wishes(m, e);
	m->among |= m->o->selection.closure;
	if (!err)
		err = find_elsewhere(m, e);
	if (!err)
		err = read_settings(&x, e);
	if (!err)
		err = source_read(m, s, e);
	if (err)
		return err;
	s->included = true;
	for (size_t i = 0, end; i < s->count && !err; i = end) {
		end = source_chart_end(s, i);
		err = select_chart(&x, s->items + i, end - i, e);
	}
	if (!err)
		tell_unmatched(m);
	return err;
}

/* ---- in words ---- */

static void put_words(const struct making *m, struct sbuf *b, const struct repo_settings *s)
{
	const char *before = "";
	for (size_t i = 0; i < m->wish_count; i++) {
		const struct wish *w = &m->wishes[i];
		sbuf_printf(b, "%s%.*s%s", before, STR_ARG(w->text), w->asked->newest ? " (newest)" : "");
		if (w->elsewhere)
			sbuf_printf(b, " of %.*s", STR_ARG(w->asked->repository));
		before = ", ";
	}
	if (m->o->selection.settings.n) {
		size_t was = b->n;
		sbuf_puts(b, before);
		size_t start = b->n;
		selection_rules(s, b);
		if (b->n == start)
			b->n = was;
		else
			before = ", ";
	}
	if (m->o->selection.closure)
		sbuf_printf(b, "%sclosure", before);
}

/* What is too long for a head is told by a hash. */
enum err select_filter(struct making *m, struct str *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(REPO_SETTINGS_MAX_BYTES + 16 * MIB);
	char hex[SHA256_HEX_BYTES + 1];
	struct repo_settings s;
	struct sha256 hash;
	repo_settings_default(&s);
	enum err err = m->o->selection.settings.n
	               ? repo_settings_merge(m->arena, m->o->selection.settings, &s, e) : OK;
	if (err)
		return err;
	put_words(m, &b, &s);
	if (!sbuf_ok(&b))
		return ERR(e, NOMEM, "selection");
	for (size_t i = 0; i < b.n; i++)
		if ((unsigned char)b.p[i] < ' ' || b.p[i] == 0x7f)
			b.p[i] = ' ';
	if (b.n <= FILTER_MAX_BYTES)
		return arena_str(m->arena, sbuf_str(&b), ret) ? OK : ERR(e, NOMEM, "selection");
	err = sha256_of(sbuf_str(&b), &hash, e);
	if (err)
		return err;
	sha256_hex(&hash, hex);
	const char *text = arena_printf(m->arena, "%zu wishes, sha256 %s", m->wish_count, hex);
	*ret = str_c(text);
	return text ? OK : ERR(e, NOMEM, "selection");
}

/* The take_… settings, read once and asked for every version. */
#include "indexer/format/selection.h"

#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/format/glob.h"
#include "indexer/format/semver.h"

struct pattern { struct str text; bool leaves_out; };
struct wanted {                      /* an annotation */
	const char *key;
	struct str value;
	bool has_value;
};

struct selection {
	struct pattern *patterns;
	struct wanted *annotations;
	size_t pattern_count, annotation_count;
	bool takes_unnamed;              /* what no pattern speaks of */
	struct semver_range *range;      /* NULL: every version */
	int64_t since_ns;                /* INT64_MIN: at any time */
	struct semver kube;
	bool has_kube, any_patch;        /* 1.29 stands for all its patch releases, of which one is enough */
	bool prereleases, deprecated, signed_alone;
	uint64_t last, per_minor;
	const struct publisher *publisher;       /* NULL: nothing is ignored */
};

const char *selection_word(enum selection_verdict v)
{
	static const char *const words[] = {
#define X(name, word) word,
		SELECTION_VERDICTS(X)
#undef X
	};
	return words[v];
}

/* ---- settings ---- */

static enum err read_charts(struct arena *a, const struct repo_settings *s, struct selection *to,
                            struct errinfo *e)
{
	struct str *words;
	size_t count;
	enum err err = repo_setting_words(a, REPO_SETTING_take_charts, s->take_charts,
	                                  REPO_SETTING_WORDS_MAX, &words, &count, e);
	if (err)
		return err;
	if (!(to->patterns = arena_array(a, count + 1, sizeof *to->patterns)))
		return ERR(e, NOMEM, "selection");
	to->takes_unnamed = true;
	for (size_t i = 0; i < count && !err; i++) {
		struct pattern *p = &to->patterns[to->pattern_count++];
		p->leaves_out = words[i].p[0] == '!';
		p->text = str_from(words[i], p->leaves_out);
		to->takes_unnamed &= p->leaves_out;
		err = glob_check(p->text, e);
	}
	if (err)
		err_prefix(e, "take_charts");
	return err;
}

static enum err read_annotations(struct arena *a, const struct repo_settings *s, struct selection *to,
                                 struct errinfo *e)
{
	struct str *words;
	size_t count;
	enum err err = repo_setting_words(a, REPO_SETTING_take_annotations, s->take_annotations,
	                                  REPO_SETTING_WORDS_MAX, &words, &count, e);
	if (err)
		return err;
	if (!(to->annotations = arena_array(a, count + 1, sizeof *to->annotations)))
		return ERR(e, NOMEM, "selection");
	for (size_t i = 0; i < count; i++) {
		struct wanted *w = &to->annotations[to->annotation_count++];
		struct str value = words[i], key = str_cut(&value, '=', &w->has_value);
		if (!key.n)
			return ERR(e, INVALID, "take_annotations: \"%.*s\": KEY or KEY=VALUE is expected",
			           STR_ARG(words[i]));
		w->value = value;
		if (!(w->key = arena_dup(a, key)))
			return ERR(e, NOMEM, "selection");
	}
	return OK;
}

static enum err read_range(struct arena *a, const struct repo_settings *s, struct selection *to,
                           struct errinfo *e)
{
	struct str text = str_trim(s->take_versions);
	enum err err = text.n ? semver_range_parse(a, text, &to->range, e) : OK;
	if (err)
		err_prefix(e, "take_versions");
	return err;
}

/* A date means its first moment in UTC. */
static bool read_date(struct str text, int64_t *ret_ns)
{
	char time[RFC3339_MAX_BYTES];
	if (text.n != STR("2024-01-31").n)
		return false;
	(void)snprintf(time, sizeof time, "%.*sT00:00:00Z", STR_ARG(text));
	return clock_parse(str_c(time), ret_ns);
}

static enum err read_since(const struct repo_settings *s, struct selection *to, struct errinfo *e)
{
	struct str text = str_trim(s->take_since);
	to->since_ns = INT64_MIN;
	if (!text.n || clock_parse(text, &to->since_ns) || read_date(text, &to->since_ns))
		return OK;
	return ERR(e, INVALID, "take_since: \"%.*s\" is neither a date like 2024-01-31 nor a time like "
	           "2024-01-31T12:00:00Z", STR_ARG(text));
}

static enum err read_kube(struct arena *a, const struct repo_settings *s, struct selection *to,
                          struct errinfo *e)
{
	struct str text, rest;
	bool has_minor, has_patch;
	if (!arena_str(a, str_trim(s->take_kube), &text))
		return ERR(e, NOMEM, "selection");
	if (!text.n)
		return OK;
	rest = text;
	(void)str_cut(&rest, '.', &has_minor);
	(void)str_cut(&rest, '.', &has_patch);
	if (!has_minor || !semver_parse(text, &to->kube) || to->kube.major != 1)
		return ERR(e, INVALID, "take_kube: \"%.*s\" is no version of Kubernetes like 1.29",
		           STR_ARG(text));
	to->has_kube = true;
	to->any_patch = !has_patch;
	return OK;
}

enum err selection_new(struct arena *a, const struct repo_settings *s, struct selection **ret,
                       struct errinfo *e)
{
	struct selection *to = ARENA_NEW(a, struct selection);
	enum err err = to ? read_charts(a, s, to, e) : ERR(e, NOMEM, "selection");
	if (!err)
		err = read_range(a, s, to, e);
	if (!err)
		err = read_since(s, to, e);
	if (!err)
		err = read_annotations(a, s, to, e);
	if (!err)
		err = read_kube(a, s, to, e);
	if (err)
		return err;
	to->prereleases = s->take_prereleases;
	to->deprecated = s->take_deprecated;
	to->signed_alone = s->take_signed;
	to->last = s->take_last;
	to->per_minor = s->take_last_per_minor;
	*ret = to;
	return OK;
}

void selection_ignore(struct selection *s, const struct publisher *publisher)
{
	s->publisher = publisher;
}

/* ---- one version ---- */

/* The last pattern that speaks of a name decides. */
bool selection_takes_name(const struct selection *s, struct str chart)
{
	for (size_t i = s->pattern_count; i-- > 0;)
		if (glob_match(s->patterns[i].text, chart))
			return !s->patterns[i].leaves_out;
	return s->takes_unnamed;
}

static bool has_annotations(const struct selection *s, const struct chart_meta *m)
{
	for (size_t i = 0; i < s->annotation_count; i++) {
		const struct wanted *w = &s->annotations[i];
		struct str value = annotation_get(m, w->key);
		if (!value.p || (w->has_value && !str_eq(value, w->value)))
			return false;
	}
	return true;
}

/* A range that cannot be read admits nothing: Helm does not install such a chart. */
static enum err goes_with_kube(const struct selection *s, struct str range, bool *ret,
                               struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct semver_range *r = NULL;
	struct errinfo improper = { 0 };
	enum err err = s->has_kube && range.n ? semver_range_parse(&a, range, &r, &improper) : OK;
	if (err == ERR_NOMEM)
		return ERR(e, NOMEM, "selection");
	*ret = !err && (!r || (s->any_patch ? semver_range_has_patch(r, &s->kube, KUBE_PATCHES)
	                                    : semver_range_has(r, &s->kube)));
	return OK;
}

enum err selection_judge(const struct selection *s, struct str chart, const struct index_entry *entry,
                         bool verified, enum selection_verdict *ret, struct errinfo *e)
{
	const struct chart_meta *m = &entry->meta;
	bool kube;
	enum err err = goes_with_kube(s, m->kube_version, &kube, e);
	if (err)
		return err;
	*ret = !selection_takes_name(s, chart) ? SELECTION_NAME
	       : s->range && !semver_range_admits(s->range, m->version) ? SELECTION_RANGE
	       : entry->created_ns != INT64_MIN && entry->created_ns < s->since_ns ? SELECTION_SINCE
	       : !s->prereleases && chart_is_prerelease(m) ? SELECTION_PRERELEASE
	       : !s->deprecated && m->deprecated ? SELECTION_DEPRECATED
	       : !has_annotations(s, m) ? SELECTION_ANNOTATION
	       : !kube ? SELECTION_KUBE
	       : s->signed_alone && !verified ? SELECTION_SIGNED
	       : s->publisher && publisher_ignores(s->publisher, chart, m->version) ? SELECTION_IGNORED
	       : SELECTION_TAKEN;
	return OK;
}

/* ---- the versions of a chart ---- */

/* The versions of a minor stand together. What is no version is a minor of its own. */
void selection_trim(const struct selection *s, struct selection_version *v, size_t count)
{
	struct semver before = { 0 }, now = { 0 };
	uint64_t taken = 0, in_minor = 0;
	bool had_minor = false;
	for (size_t i = 0; i < count && (s->last || s->per_minor); i++) {
		if (v[i].verdict != SELECTION_TAKEN)
			continue;
		bool is = semver_parse(v[i].version, &now);
		in_minor = is && had_minor && semver_same_minor(&before, &now) ? in_minor + 1 : 0;
		if (taken++ >= s->last && in_minor >= s->per_minor)
			v[i].verdict = s->last ? SELECTION_LAST : SELECTION_PER_MINOR;
		had_minor = is;
		before = now;
	}
}

void selection_rules(const struct repo_settings *s, struct sbuf *b)
{
	bool more = false;
	for (int i = 0; i < REPO_SETTING_COUNT; i++) {
		enum repo_setting_id id = (enum repo_setting_id)i;
		const char *name = repo_setting_row(id)->name;
		if (strncmp(name, "take_", 5) != 0 || repo_setting_is_default(s, id))
			continue;
		sbuf_printf(b, "%s%s=", more ? ", " : "", name);
		repo_setting_put(b, s, id);
		more = true;
	}
}

/* Counts in words, the most severe first. */
#include "indexer/document/compare_parts.h"


static const struct {
	const char *section;
	enum compare_severity severity;
	const char *one, *many;
} facts[] = {
#define X(name, section, severity, one, many) { section, COMPARE_##severity, one, many },
	COMPARE_FACTS(X)
#undef X
};

/* Fields that are told with what they were and are. */
static const struct {
	const char *field, *title;
	enum compare_severity severity;
} told[] = {
	{ "type", "type", COMPARE_BREAKING },
	{ "deprecated", "deprecated", COMPARE_CHECK },
	{ "kubeVersion", "Kubernetes version", COMPARE_CHECK },
	{ "appVersion", "app version", COMPARE_NOTE },
};

#define FACTS (sizeof facts / sizeof *facts)
#define TOLD (sizeof told / sizeof *told)
#define TOLD_VALUE_MAX_BYTES 64u

const char *compare_severity_word(enum compare_severity s)
{
	static const char *const words[] = { "note", "check", "breaking" };
	return words[s];
}

static enum err put_phrase(struct comparer *x, enum compare_severity severity, const char *section,
                           const char *text)
{
	if (!text)
		return ERR(x->e, NOMEM, "comparison");
	x->c->summary[x->c->summary_count++] = (struct compare_phrase){ severity, section, str_c(text) };
	return OK;
}

static const struct compare_field *find_field(const struct comparison *c, const char *name)
{
	for (size_t i = 0; i < c->field_count; i++)
		if (str_eq_c(c->fields[i].name, name))
			return &c->fields[i];
	return NULL;
}

static struct str value_or_none(struct str value)
{
	return value.n ? str_fit(value, TOLD_VALUE_MAX_BYTES) : STR("none");
}

static const char *words_of_field(struct arena *a, const struct compare_field *f, const char *title)
{
	if (str_eq(f->name, STR("deprecated")))
		return f->new.n ? "deprecated now" : "no longer deprecated";
	return arena_printf(a, "%s %.*s → %.*s", title, STR_ARG(value_or_none(f->old)),
	                    STR_ARG(value_or_none(f->new)));
}

static enum err tell_field(struct comparer *x, size_t at, enum compare_severity severity)
{
	const struct compare_field *f = find_field(x->c, told[at].field);
	if (!f)
		return OK;
	bool far = told[at].severity == COMPARE_NOTE && compare_step_of(f->old, f->new) == STEP_MAJOR;
	if ((far ? COMPARE_CHECK : told[at].severity) != severity)
		return OK;
	return put_phrase(x, severity, "metadata", words_of_field(x->a, f, told[at].title));
}

static size_t count_told(const struct comparison *c)
{
	size_t n = 0;
	for (size_t i = 0; i < TOLD; i++)
		n += find_field(c, told[i].field) != NULL;
	return n;
}

static enum err tell_fact(struct comparer *x, size_t at, enum compare_severity severity)
{
	size_t n = x->c->facts[at] - (at == FACT_METADATA ? count_told(x->c) : 0);
	if (!n || facts[at].severity != severity)
		return OK;
	return put_phrase(x, severity, facts[at].section,
	                  arena_printf(x->a, "%zu %s", n, n == 1 ? facts[at].one : facts[at].many));
}

static enum err tell_nothing(struct comparer *x)
{
	bool same = str_eq(x->c->old->meta.version, x->c->new->meta.version);
	return put_phrase(x, COMPARE_NOTE, "metadata",
	                  same ? "nothing changed" : "nothing changed but the version");
}

enum err compare_summarize(struct comparer *x)
{
	static const enum compare_severity order[] = { COMPARE_BREAKING, COMPARE_CHECK, COMPARE_NOTE };
	enum err err = OK;
	x->c->summary = arena_array(x->a, FACTS + TOLD + 1, sizeof *x->c->summary);
	if (!x->c->summary)
		return ERR(x->e, NOMEM, "comparison");
	for (size_t s = 0; s < sizeof order / sizeof *order; s++) {
		for (size_t i = 0; i < TOLD && !err; i++)
			err = tell_field(x, i, order[s]);
		for (size_t i = 0; i < FACTS && !err; i++)
			err = tell_fact(x, i, order[s]);
	}
	if (!err && !x->c->summary_count)
		err = tell_nothing(x);
	return err;
}

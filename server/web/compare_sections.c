/* What a comparison found, as rows of tables: one function for each kind of thing. */
#include "server/web/compare_page.h"


#define SHOWN_BYTES 300u

typedef void fill_row(const struct comparison *c, size_t i, struct arena *a, struct compare_row *ret);

static struct str brief(struct str text) { return str_fit(text, SHOWN_BYTES); }

static struct str word(const char *text) { return str_c(text); }

static struct str joined(struct arena *a, struct str x, const char *between, struct str y)
{
	return x.n && y.n ? word(arena_printf(a, "%.*s%s%.*s", STR_ARG(x), between, STR_ARG(y))) :
	       x.n ? x : y;
}

static void value_of(const struct comparison *c, size_t i, struct arena *a, struct compare_row *r)
{
	const struct compare_value *v = &c->values[i];
	r->change = v->change;
	r->name = (v->new ? v->new : v->old)->path;
	r->old = v->old ? brief(v->old->shown) : STR("");
	r->new = v->new ? brief(v->new->shown) : STR("");
	if (v->leaves > 1)
		r->note = word(arena_printf(a, "%zu values", v->leaves));
	if (v->what & COMPARE_VALUE_TYPE)
		r->note = joined(a, r->note, ", ", STR("another type"));
	if (v->new && v->what & COMPARE_VALUE_COMMENT)
		r->note = joined(a, r->note, ", ", v->new->comment.n ? joined(a, STR("comment: "), "", brief(v->new->comment)) :
		                                   STR("no comment any more"));
}

static struct str about(struct arena *a, const struct schema_about *x, bool required)
{
	struct str text = joined(a, x->type, ", ", x->constraints);
	return brief(required ? joined(a, STR("required"), ", ", text) : text);
}

static void schema_of(const struct comparison *c, size_t i, struct arena *a, struct compare_row *r)
{
	const struct compare_schema *x = &c->schema[i];
	r->change = x->change;
	r->name = x->path.n ? x->path : STR("the schema itself");
	r->old = x->change == COMPARE_ADDED ? STR("") : about(a, &x->old, x->old_required);
	r->new = x->change == COMPARE_REMOVED ? STR("") : about(a, &x->new, x->new_required);
	if (x->what & COMPARE_SCHEMA_DEFAULT)
		r->note = STR("default");
	if (x->what & COMPARE_SCHEMA_DEPRECATED)
		r->note = joined(a, r->note, ", ", STR("deprecation"));
	if (x->what & COMPARE_SCHEMA_TEXT)
		r->note = joined(a, r->note, ", ", STR("description"));
}

static struct str dependency_text(struct arena *a, const struct chart_dependency *d, struct str locked)
{
	return d ? joined(a, d->version, " · ", locked.n ? joined(a, STR("locked "), "", locked) : locked) :
	       STR("");
}

static void dependency_of(const struct comparison *c, size_t i, struct arena *a,
                          struct compare_row *r)
{
	static const struct { unsigned bit; const char *word; } parts[] = {
		{ COMPARE_DEPENDENCY_REPOSITORY, "repository" }, { COMPARE_DEPENDENCY_CONDITION, "condition" },
		{ COMPARE_DEPENDENCY_TAGS, "tags" }, { COMPARE_DEPENDENCY_ALIAS, "alias" },
		{ COMPARE_DEPENDENCY_IMPORTS, "import-values" },
	};
	const struct compare_dependency *d = &c->dependencies[i];
	r->change = d->change;
	r->name = (d->new ? d->new : d->old)->name;
	r->old = brief(dependency_text(a, d->old, d->old_locked));
	r->new = brief(dependency_text(a, d->new, d->new_locked));
	r->danger = d->step == STEP_MAJOR;
	r->note = d->step == STEP_OTHER ? STR("") : word(compare_step_word(d->step));
	for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
		if (d->change == COMPARE_CHANGED && d->what & parts[k].bit)
			r->note = joined(a, r->note, ", ", word(parts[k].word));
}

static void image_of(const struct comparison *c, size_t i, struct arena *a, struct compare_row *r)
{
	const struct compare_image *x = &c->images[i];
	const struct chart_image *any = x->new ? x->new : x->old;
	r->change = x->change;
	r->name = joined(a, any->subchart, ": ", any->where);
	r->old = x->old ? brief(x->old->image) : STR("");
	r->new = x->new ? brief(x->new->image) : STR("");
	r->danger = x->step == STEP_MAJOR;
	r->note = x->step == STEP_OTHER ? STR("") : word(compare_step_word(x->step));
}

static void crd_of(const struct comparison *c, size_t i, struct arena *a, struct compare_row *r)
{
	const struct compare_crd *x = &c->crds[i];
	const struct chart_crd *any = x->new ? x->new : x->old;
	r->change = x->change;
	r->name = joined(a, any->kind, " · ", any->group);
	r->old = brief(x->old_versions);
	r->new = brief(x->new_versions);
}

static void right_of(const struct comparison *c, size_t i, struct arena *a, struct compare_row *r)
{
	const struct compare_right *x = &c->rights[i];
	struct str text;
	r->change = x->change;
	if (x->rule) {
		r->name = joined(a, x->rule->role_kind, " · ", joined(a, x->rule->at.subchart, ": ",
		                                                       x->rule->at.file));
		text = joined(a, x->rule->verbs, " on ", joined(a, x->rule->resources, " of ",
		                                                x->rule->groups));
		text = joined(a, text, " ", x->rule->urls);
		r->danger = x->change == COMPARE_ADDED && x->rule->dangers;
		for (unsigned k = 0; r->danger && k < RBAC_DANGER_COUNT; k++)
			if (x->rule->dangers >> k & 1)
				r->note = joined(a, r->note, "; ", word(rbac_danger_sentence((enum rbac_danger)k)));
	} else {
		r->name = joined(a, x->binding->kind, " · ", x->binding->at.file);
		text = joined(a, x->binding->role_kind, " ", x->binding->role);
		r->danger = x->change == COMPARE_ADDED && x->binding->cluster_admin;
	}
	*(x->change == COMPARE_REMOVED ? &r->old : &r->new) = brief(text);
}

static void kind_of(const struct comparison *c, size_t i, struct arena *a, struct compare_row *r)
{
	const struct compare_kind *x = &c->kinds[i];
	r->change = x->change;
	r->name = joined(a, x->kind, " · ", x->api_version);
	if (x->old_count)
		r->old = word(arena_printf(a, "%zu", x->old_count));
	if (x->new_count)
		r->new = word(arena_printf(a, "%zu", x->new_count));
}

static void field_of(const struct comparison *c, size_t i, struct arena *a, struct compare_row *r)
{
	const struct compare_field *x = &c->fields[i];
	(void)a;
	r->change = !x->old.n ? COMPARE_ADDED : !x->new.n ? COMPARE_REMOVED : COMPARE_CHANGED;
	r->name = x->name;
	r->old = brief(x->old);
	r->new = brief(x->new);
}

enum err compare_sections(struct compare_view *v, struct arena *a, struct errinfo *e)
{
	const struct comparison *c = v->c;
	const struct { const char *id, *title; size_t count, same; fill_row *fill; } all[] = {
		{ "values", "Values", c->value_count, c->same_values, value_of },
		{ "schema", "Schema of the values", c->schema_count, c->same_schema, schema_of },
		{ "dependencies", "Dependencies", c->dependency_count, c->same_dependencies, dependency_of },
		{ "images", "Images", c->image_count, c->same_images, image_of },
		{ "crds", "Custom resources", c->crd_count, c->same_crds, crd_of },
		{ "rights", "Rights in the cluster", c->right_count, c->same_rights, right_of },
		{ "kinds", "Kinds of resources", c->kind_count, c->same_kinds, kind_of },
		{ "metadata", "Chart.yaml", c->field_count, c->same_fields, field_of },
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		size_t count = all[i].count < COMPARE_ROWS_SHOWN_MAX ? all[i].count : COMPARE_ROWS_SHOWN_MAX;
		struct compare_row *rows = arena_array(a, count + 1, sizeof *rows);
		if (!rows)
			return ERR(e, NOMEM, "page");
		for (size_t k = 0; k < count; k++)
			all[i].fill(c, k, a, &rows[k]);
		v->sections[v->section_count++] = (struct compare_section){
			all[i].id, all[i].title, rows, count, all[i].count - count, all[i].same };
	}
	return OK;
}

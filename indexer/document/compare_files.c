/* Files by name, those of subcharts below the name of theirs. Of a changed one the lines are counted, as
 * long as there are not too many bytes; the lines themselves are made when somebody asks.    */
#include "indexer/base/limits.h"
#include "indexer/document/compare_parts.h"

struct file {
	struct str name, data;
	enum compare_file_kind kind;
};

struct files { struct file *at; size_t count; };

const char *compare_file_title(enum compare_file_kind k)
{
	static const char *const titles[] = {
#define X(name, title) title,
		COMPARE_FILE_KINDS(X)
#undef X
	};
	return titles[k];
}

static enum compare_file_kind kind_of(struct str name)
{
	static const struct { const char *name; bool starts; enum compare_file_kind kind; } kinds[] = {
		{ "Chart.yaml", false, COMPARE_FILE_METADATA },
		{ "Chart.lock", false, COMPARE_FILE_METADATA },
		{ "requirements.yaml", false, COMPARE_FILE_METADATA },
		{ "requirements.lock", false, COMPARE_FILE_METADATA },
		{ "values.yaml", false, COMPARE_FILE_VALUES },
		{ "values.schema.json", false, COMPARE_FILE_SCHEMA },
		{ "templates/", true, COMPARE_FILE_TEMPLATE },
		{ "crds/", true, COMPARE_FILE_CRD },
		{ "README", true, COMPARE_FILE_README },
		{ "CHANGELOG", true, COMPARE_FILE_CHANGELOG },
	};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct str pattern = str_c(kinds[i].name);
		if (str_eq_nocase(kinds[i].starts ? str_first(name, pattern.n) : name, pattern))
			return kinds[i].kind;
	}
	return COMPARE_FILE_OTHER;
}

static bool is_of_subchart(struct str name) { return str_starts(name, STR("charts/")); }

/* ---- all files of a chart ---- */

static size_t count_files(const struct chart *c)
{
	size_t n = c->members.count;
	for (size_t i = 0; i < c->subchart_count; i++)
		n += count_files(&c->subcharts[i]);
	return n;
}

/* `above` is empty or ends with a slash. */
static enum err take_files(struct comparer *x, const struct chart *c, const char *above,
                           struct files *to)
{
	enum err err = OK;
	for (size_t i = 0; i < c->members.count; i++) {
		const struct tar_member *m = &c->members.members[i];
		if (is_of_subchart(m->name))
			continue;
		const char *name = *above ? arena_printf(x->a, "%s%.*s", above, STR_ARG(m->name)) : NULL;
		if (*above && !name)
			return ERR(x->e, NOMEM, "comparison");
		to->at[to->count++] = *above ? (struct file){ str_c(name), m->data, COMPARE_FILE_SUBCHART }
		                             : (struct file){ m->name, m->data, kind_of(m->name) };
	}
	for (size_t i = 0; i < c->subchart_count && !err; i++) {
		const struct chart *sub = &c->subcharts[i];
		const char *folder = arena_printf(x->a, "%scharts/%.*s/", above, STR_ARG(sub->meta.name));
		err = folder ? take_files(x, sub, folder, to) : ERR(x->e, NOMEM, "comparison");
	}
	return err;
}

static enum err list_files(struct comparer *x, const struct chart *c, struct files *ret)
{
	*ret = (struct files){ arena_array(x->a, count_files(c), sizeof *ret->at), 0 };
	return ret->at ? take_files(x, c, "", ret) : ERR(x->e, NOMEM, "comparison");
}

/* ---- one file ---- */

static enum err count_lines(struct compare_file *f, size_t *bytes_left, struct errinfo *e)
{
	size_t bytes = f->old.n + f->new.n;
	bool both = f->change == COMPARE_CHANGED;
	struct diff d;
	if (both && bytes <= *bytes_left) {
		enum err err = diff_count(f->old, f->new, &d, e);
		if (err)
			return err;
		*bytes_left -= bytes;
	} else {
		diff_coarsely(f->old, f->new, &d);
	}
	f->removed = d.removed;
	f->added = d.added;
	f->binary = d.binary;
	f->cut = d.cut && both;
	return OK;
}

/* What the sections above do not tell. */
static void add_fact(struct comparison *c, enum compare_file_kind kind)
{
	bool told = kind == COMPARE_FILE_METADATA || (kind == COMPARE_FILE_VALUES && c->value_count) ||
	            (kind == COMPARE_FILE_SCHEMA && c->schema_count);
	if (!told)
		c->facts[kind == COMPARE_FILE_TEMPLATE ? FACT_TEMPLATES : FACT_FILES]++;
}

/* An empty file is there, so p is not NULL. */
static struct str bytes_of(const struct file *f)
{
	return !f ? str_make(NULL, 0) : str_make(f->data.n ? f->data.p : "", f->data.n);
}

static enum err put_file(struct comparer *x, const struct compare_pair *pair, size_t *bytes_left)
{
	const struct file *old = pair->old, *new = pair->new, *one = old ? old : new;
	struct compare_file f = { .change = compare_change_of(pair), .kind = one->kind, .name = one->name,
	                          .old = bytes_of(old), .new = bytes_of(new) };
	if (f.change == COMPARE_CHANGED && str_eq(f.old, f.new)) {
		x->c->same_files[f.kind]++;
		return OK;
	}
	enum err err = count_lines(&f, bytes_left, x->e);
	x->c->files[x->c->file_count++] = f;
	add_fact(x->c, f.kind);
	return err;
}

enum err compare_files(struct comparer *x)
{
	struct comparison *c = x->c;
	size_t bytes_left = COMPARE_DIFFED_MAX_BYTES;
	struct files old, new;
	struct compare_pairs pairs;
	enum err err = list_files(x, c->old, &old);
	err = err ?: list_files(x, c->new, &new);
	err = err ?: compare_pair_up(x, COMPARE_LIST(old.at, old.count), COMPARE_LIST(new.at, new.count),
	                             compare_by_str, &pairs);
	if (err)
		return err;
	c->files = arena_array(x->a, pairs.count, sizeof *c->files);
	if (!c->files)
		return ERR(x->e, NOMEM, "comparison");
	for (size_t i = 0; i < pairs.count && !err; i++)
		err = put_file(x, &pairs.pairs[i], &bytes_left);
	return err;
}

enum err compare_file_diff(struct arena *a, const struct compare_file *file, struct diff *ret,
                           struct errinfo *e)
{
	return diff_texts(a, file->old, file->new, DIFF_CONTEXT_LINES, ret, e);
}

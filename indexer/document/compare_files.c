/* Files by name, those of subcharts below the name of theirs. Of a changed one the lines are counted, as
 * long as there are not too many bytes that differ, the smallest first; the lines themselves are made when
 * somebody asks.                                                                             */
#include <stdlib.h>

#include "indexer/base/limits.h"
#include "indexer/document/compare_parts.h"

struct file {
	struct str name, data;
	enum compare_file_kind kind;
};

struct files { struct file *at; size_t count; };

/* Changed ones, whose lines are to be counted. */
struct changed { struct compare_file *file; size_t bytes; };     /* that differ */
struct changes { struct changed *at; size_t count; };

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

static void take_counts(struct compare_file *f, const struct diff *d)
{
	f->removed = d->removed;
	f->added = d->added;
	f->binary = d->binary;
	f->cut = d->cut && f->change == COMPARE_CHANGED;
}

static void count_coarsely(struct compare_file *f, struct changes *to)
{
	struct diff d;
	diff_coarsely(f->old, f->new, &d);
	take_counts(f, &d);
	if (f->cut)
		to->at[to->count++] = (struct changed){ f, d.bytes };
}

static int by_bytes(const void *a, const void *b)
{
	const struct changed *x = a, *y = b;
	int way = (x->bytes > y->bytes) - (x->bytes < y->bytes);
	return way ? way : (x->file > y->file) - (x->file < y->file);
}

static enum err count_lines(struct changes *changes, struct errinfo *e)
{
	size_t left = COMPARE_DIFFED_MAX_BYTES;
	struct diff d;
	enum err err = OK;
	if (changes->count)
		qsort(changes->at, changes->count, sizeof *changes->at, by_bytes);
	for (size_t i = 0; i < changes->count && !err; i++) {
		const struct changed *x = &changes->at[i];
		if (x->bytes > left)
			break;
		left -= x->bytes;
		err = diff_count(x->file->old, x->file->new, &d, e);
		if (!err)
			take_counts(x->file, &d);
	}
	return err;
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

static void put_file(struct comparison *c, const struct compare_pair *pair, struct changes *changes)
{
	const struct file *old = pair->old, *new = pair->new, *one = old ? old : new;
	struct compare_file f = { .change = compare_change_of(pair), .kind = one->kind, .name = one->name,
	                          .old = bytes_of(old), .new = bytes_of(new) };
	if (f.change == COMPARE_CHANGED && str_eq(f.old, f.new)) {
		c->same_files[f.kind]++;
		return;
	}
	c->files[c->file_count] = f;
	count_coarsely(&c->files[c->file_count++], changes);
	add_fact(c, f.kind);
}

enum err compare_files(struct comparer *x)
{
	struct comparison *c = x->c;
	struct files old, new;
	struct changes changes = { .count = 0 };
	struct compare_pairs pairs;
	enum err err = list_files(x, c->old, &old);
	err = err ?: list_files(x, c->new, &new);
	err = err ?: compare_pair_up(x, COMPARE_LIST(old.at, old.count), COMPARE_LIST(new.at, new.count),
	                             compare_by_str, &pairs);
	if (err)
		return err;
	c->files = arena_array(x->a, pairs.count, sizeof *c->files);
	changes.at = arena_array(x->a, pairs.count, sizeof *changes.at);
	if (!c->files || !changes.at)
		return ERR(x->e, NOMEM, "comparison");
	for (size_t i = 0; i < pairs.count; i++)
		put_file(c, &pairs.pairs[i], &changes);
	return count_lines(&changes, x->e);
}

enum err compare_file_diff(struct arena *a, const struct compare_file *file, struct diff *ret,
                           struct errinfo *e)
{
	return diff_texts(a, file->old, file->new, DIFF_CONTEXT_LINES, ret, e);
}

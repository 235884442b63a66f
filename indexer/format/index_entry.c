/* One version of an index: its fields, and why Helm would skip it. */
#include "indexer/base/clock.h"
#include "indexer/format/index_fields.h"
#include "indexer/format/semver.h"

static bool is_base_name(struct str s)
{
	return s.n && !str_has(s, '/') && !str_eq(s, STR(".")) && !str_eq(s, STR(".."));
}

/* clients.md §1.4; NULL: nothing is wrong with it. */
static const char *why_skipped(const struct index_reader *r, const struct index_entry *entry)
{
	struct semver version;
	if (r->null_in)
		return str_eq_c(str_c(r->null_in), "maintainers") ? "a maintainer is null"
		                                                  : "a dependency is null";
	if (!is_base_name(entry->meta.name))
		return "its name is not a file name";
	if (!semver_parse(entry->meta.version, &version))
		return "its version is not a semantic version";
	return chart_why_skipped(&entry->meta);
}

enum err index_read_version(struct index_reader *r, const struct node *n, struct index_entry *ret,
                            const char **ret_why)
{
	*ret = (struct index_entry){ .created_ns = INT64_MIN };
	r->null_in = NULL;
	enum err err = index_read_object(r, index_entry_fields, n, ret);
	if (err)
		return err;
	if (!ret->meta.api_version.n)
		ret->meta.api_version = STR("v1");
	(void)clock_parse(ret->created, &ret->created_ns);
	*ret_why = why_skipped(r, ret);
	return OK;
}

enum err index_entry_read(struct arena *a, struct str line, struct index_entry *ret,
                          struct errinfo *e)
{
	const struct node *root = NULL;
	struct index_entry entry = { .created_ns = INT64_MIN };
	struct index_reader r = { .arena = a, .name = "index line", .json = true, .e = e };
	enum err err = json_read_lenient(a, line, r.name, &root, e);
	if (!err && (!root || root->kind != NODE_MAP))
		err = ERR(e, METADATA, "an index line is no object");
	if (!err)
		err = index_read_object(&r, index_entry_fields, root, &entry);
	if (err)
		return err;
	(void)clock_parse(entry.created, &entry.created_ns);
	*ret = entry;
	return OK;
}

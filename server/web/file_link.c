/* See file_link.h. */
#include "server/web/file_link.h"

bool file_is_there(const struct chart *c, struct str path)
{
	for (size_t i = 0; i < c->members.count; i++)
		if (str_eq(c->members.members[i].name, path))
			return true;
	return false;
}

struct str file_name_of(const struct chart *c, struct str data)
{
	for (size_t i = 0; data.n && i < c->members.count; i++)
		if (c->members.members[i].data.p == data.p)
			return c->members.members[i].name;
	return STR("");
}

struct str file_link_of(void *ctx, struct arena *a, struct str path, bool image)
{
	const struct file_links *x = ctx;
	const struct chart_frame *f = x->f;
	(void)a;
	if (!f->contents || !file_is_there(&f->contents->chart, path))
		return (struct str){ 0 };
	return link_chart_file(x->l, f->repo, f->name, f->version, image ? "file" : "templates", path);
}

/* See publisher.h. What cannot be read in it is passed by, so that one slip costs its own line alone. */
#include "indexer/format/publisher.h"

#include "indexer/base/limits.h"
#include "indexer/base/sbuf.h"
#include "indexer/format/expression.h"
#include "indexer/format/node.h"

static const struct yaml_options options = {
	.name = "artifacthub-repo.yml", .events_max = 20000, .scalar_max_bytes = 16 * KIB,
	.duplicate_keys_last_wins = true, .aliases = true, .many_documents = true,
};

bool publisher_id_is_valid(struct str id)
{
	for (size_t i = 0; i < id.n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? id.p[i] != '-' : hex_digit_value(id.p[i]) < 0)
			return false;
	}
	return id.n == PUBLISHER_ID_BYTES;
}

/* Empty: it is not said, or too long. False: out of memory. */
static bool read_text(struct arena *a, const struct node *n, struct str *ret)
{
	struct str text = { 0 };
	*ret = text;
	if (!n || n->kind != NODE_SCALAR)
		return true;
	if (!node_coerce_string(a, n, &text))
		return false;
	text = str_trim(text);
	return text.n > PUBLISHER_TEXT_MAX_BYTES || arena_str(a, text, ret);
}

/* The items of a list, at most so many; 0 for what is none. */
static size_t list_count(const struct node *n, size_t most)
{
	size_t count = n && n->kind == NODE_LIST ? n->count : 0;
	return count < most ? count : most;
}

/* ---- ids ---- */

static bool add_id(struct arena *a, const struct node *n, struct publisher *p)
{
	struct str id;
	if (!read_text(a, n, &id))
		return false;
	if (publisher_id_is_valid(id) && p->id_count < PUBLISHER_IDS_MAX)
		p->ids[p->id_count++] = id;
	return true;
}

static enum err read_ids(struct arena *a, const struct node *root, struct publisher *p,
                         struct errinfo *e)
{
	const struct node *more = node_get(root, "repositoryIDs");
	size_t count = list_count(more, PUBLISHER_IDS_MAX);
	p->ids = arena_array(a, PUBLISHER_IDS_MAX, sizeof *p->ids);
	bool well = p->ids && add_id(a, node_get(root, "repositoryID"), p);
	const struct node_item *item = count ? more->items : NULL;
	for (size_t i = 0; i < count && well; i++, item = item->next)
		well = add_id(a, item->value, p);
	return well ? OK : ERR(e, NOMEM, "publisher");
}

bool publisher_has_id(const struct publisher *p, struct str id)
{
	for (size_t i = 0; i < p->id_count && id.n; i++)
		if (str_eq_nocase(p->ids[i], id))
			return true;
	return false;
}

/* ---- owners ---- */

static enum err read_owners(struct arena *a, const struct node *root, struct publisher *p,
                            struct errinfo *e)
{
	const struct node *list = node_get(root, "owners");
	size_t count = list_count(list, PUBLISHER_OWNERS_MAX);
	p->owners = arena_array(a, count + 1, sizeof *p->owners);
	bool well = p->owners;
	const struct node_item *item = count ? list->items : NULL;
	for (size_t i = 0; i < count && well; i++, item = item->next) {
		struct publisher_owner *o = &p->owners[p->owner_count];
		well = read_text(a, node_get(item->value, "name"), &o->name) &&
		       read_text(a, node_get(item->value, "email"), &o->email);
		p->owner_count += o->name.n || o->email.n;
	}
	return well ? OK : ERR(e, NOMEM, "publisher");
}

/* ---- what is left out ---- */

static enum err read_expression(struct arena *a, uint32_t *steps, struct publisher_ignored *to,
                                struct errinfo *e)
{
	struct expression *x = NULL;
	struct errinfo ignored;
	enum err err = to->version.n ? expression_new(a, to->version, *steps, &x, &ignored) : OK;
	if (err == ERR_NOMEM)
		return ERR(e, NOMEM, "publisher");
	*steps -= x ? expression_steps(x) : 0;
	to->matches = x;
	return OK;
}

/* A version that is there and cannot be read means none of them, not all. */
static bool is_said(const struct node *version)
{
	return version && !(version->kind == NODE_SCALAR && node_is_null(version)) &&
	       !(version->kind == NODE_SCALAR && !version->text.n);
}

static enum err read_ignored(struct arena *a, const struct node *root, struct publisher *p,
                             struct errinfo *e)
{
	const struct node *list = node_get(root, "ignore");
	size_t count = list_count(list, PUBLISHER_IGNORED_MAX);
	uint32_t steps = PUBLISHER_STEPS_MAX;
	enum err err = OK;
	if (!(p->ignored = arena_array(a, count + 1, sizeof *p->ignored)))
		return ERR(e, NOMEM, "publisher");
	const struct node_item *item = count ? list->items : NULL;
	for (size_t i = 0; i < count && !err; i++, item = item->next) {
		struct publisher_ignored *to = &p->ignored[p->ignored_count];
		const struct node *version = node_get(item->value, "version");
		*to = (struct publisher_ignored){ 0 };
		if (!read_text(a, node_get(item->value, "name"), &to->name) ||
		    !read_text(a, version, &to->version))
			return ERR(e, NOMEM, "publisher");
		if (!to->name.n || (is_said(version) && !to->version.n))
			continue;
		err = read_expression(a, &steps, to, e);
		p->ignored_count++;
	}
	return err;
}

bool publisher_ignores(const struct publisher *p, struct str chart, struct str version)
{
	for (size_t i = 0; i < p->ignored_count; i++) {
		const struct publisher_ignored *x = &p->ignored[i];
		if (str_eq(x->name, chart) &&
		    (!x->version.n || (x->matches && expression_match(x->matches, version))))
			return true;
	}
	return false;
}

enum err publisher_read(struct arena *a, struct str text, struct publisher *ret, struct errinfo *e)
{
	const struct node *root = NULL;
	struct publisher p = { .id_count = 0 };
	if (text.n > PUBLISHER_FILE_MAX_BYTES)
		return ERR(e, INVALID, "artifacthub-repo.yml has more than %u bytes",
		           PUBLISHER_FILE_MAX_BYTES);
	enum err err = text.n ? yaml_read(a, text, &options, &root, e) : OK;
	err = err_recode(err, ERR_METADATA, ERR_INVALID, e);
	if (!err && root && root->kind != NODE_MAP)
		err = ERR(e, INVALID, "artifacthub-repo.yml is no map");
	if (!err)
		err = read_ids(a, root, &p, e);
	if (!err)
		err = read_owners(a, root, &p, e);
	if (!err)
		err = read_ignored(a, root, &p, e);
	if (!err)
		*ret = p;
	return err;
}

/* ---- writing ---- */

/* "Ann <ann@example.org>", "ann@example.org", "Ann". */
static void write_owner(struct sbuf *b, struct str line)
{
	bool found;
	struct str email = line, name = str_trim(str_cut(&email, '<', &found));
	if (found)
		email = str_trim(str_cut(&email, '>', &found));
	else
		email = memchr(name.p, '@', name.n) ? name : (struct str){ 0 };
	sbuf_puts(b, "  - name: ");
	sbuf_json(b, name.n ? name : email);
	if (email.n) {
		sbuf_puts(b, "\n    email: ");
		sbuf_json(b, email);
	}
	sbuf_putc(b, '\n');
}

void publisher_write(struct sbuf *b, struct str id, struct str owners)
{
	bool first = true;
	sbuf_puts(b, "repositoryID: ");
	sbuf_put(b, id);
	sbuf_putc(b, '\n');
	while (owners.n) {
		struct str line = str_trim(str_cut(&owners, '\n', NULL));
		if (!line.n)
			continue;
		if (first)
			sbuf_puts(b, "owners:\n");
		first = false;
		write_owner(b, line);
	}
}

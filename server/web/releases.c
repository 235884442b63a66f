/* See releases.h. */
#include "server/web/releases.h"

static const char *kind_class(enum changelog_kind k)
{
	static const char *const classes[] = {
		[CHANGE_NONE] = "", [CHANGE_ADDED] = "good", [CHANGE_CHANGED] = "accent",
		[CHANGE_DEPRECATED] = "warn", [CHANGE_REMOVED] = "bad", [CHANGE_FIXED] = "",
		[CHANGE_SECURITY] = "bad",
	};
	return classes[k];
}

static enum err fill_entry(struct arena *a, const struct changelog_entry *from,
                           struct release_entry *ret, struct errinfo *e)
{
	*ret = (struct release_entry){ .word = changelog_kind_word(from->kind),
	                               .kind = kind_class(from->kind), .links = from->links,
	                               .link_count = from->link_count };
	return markdown_line(a, from->text, &ret->text, e);
}

static enum err fill_release(struct arena *a, const struct changelog_release *from, size_t room,
                             struct release *ret, struct errinfo *e)
{
	size_t count = from->entry_count < room ? from->entry_count : room;
	struct release_entry *entries = arena_array(a, count + 1, sizeof *entries);
	enum err err = entries ? OK : ERR(e, NOMEM, "releases");
	for (size_t i = 0; !err && i < count; i++)
		err = fill_entry(a, &from->entries[i], &entries[i], e);
	*ret = (struct release){ .version = from->version, .date = from->date, .entries = entries,
	                         .count = count };
	return err;
}

enum err releases_fill(struct arena *a, const struct changelog *log, struct release_list *ret,
                       struct errinfo *e)
{
	size_t count = log->count < RELEASES_SHOWN_MAX ? log->count : RELEASES_SHOWN_MAX;
	size_t room = ENTRIES_SHOWN_MAX;
	struct release *list = arena_array(a, count + 1, sizeof *list);
	bool cut = log->cut || count < log->count;
	if (!list)
		return ERR(e, NOMEM, "releases");
	for (size_t i = 0; i < count; i++) {
		enum err err = fill_release(a, &log->releases[i], room, &list[i], e);
		if (err)
			return err;
		cut |= list[i].count < log->releases[i].entry_count;
		room -= list[i].count;
	}
	*ret = (struct release_list){ list, count, cut };
	return OK;
}

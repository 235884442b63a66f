/* The table of kinds of events, in the order that pages offer them in. */
#include "indexer/store/event_kind.h"

const struct event_kind event_kinds[] = {
#define K(kind, words, ...) { .name = kind, .sentence = words, .does = __VA_ARGS__ }
	K("publish", "was published", MAKES, .push = true),
	K("import", "was imported", MAKES, .push = true, .many = true),
	K("overwrite", "was replaced by other bytes", MAKES, .push = true),
	K("prov", "has a provenance file now", PROV),
	K("prov.delete", "has no provenance file any more", NO_PROV),
	K("images", "has a list of its images", IMAGES),
	K("images.delete", "has no list of its images any more", NO_IMAGES),
	K("yank", "was yanked", YANKS),
	K("unyank", "is no longer yanked", UNYANKS, .push = true),
	K("delete", "was deleted", DELETES | NO_PROV),
	K("undelete", "is there again", MAKES, .push = true),
	K("purge", "was removed for good", DELETES | NO_PROV | PURGES),
	K("promote", "was promoted", 0, .push = true, .of_view = true),
	K("unpromote", "is no longer promoted", 0, .of_view = true),
	K("release", "was released", 0, .push = true, .of_view = true),
	K("drift", "has other bytes upstream", 0),
	K("upstream.add", "is new upstream", LINE_ADDED, .push = true, .many = true),
	K("upstream.change", "changed upstream", LINE_CHANGED, .many = true),
	K("upstream.gone", "is gone upstream", LINE_GONE, .many = true),
	K("upstream.shadowed", "is new upstream, and its name another repository's", 0, .many = true),
	K("upstream.frozen", "has had nothing new upstream for long", 0),
	K("upstream.fork", "has another history upstream than before", 0),
	K("repo.create", "was made", 0),
	K("repo.set", "has other settings", 0),
	K("repo.rename", "was renamed", 0),
	K("repo.delete", "was deleted", 0),
	K("repo.purge", "was removed for good", 0),
#undef K
};
const size_t event_kind_count = sizeof event_kinds / sizeof *event_kinds;

const struct event_kind *event_kind_find(struct str name)
{
	for (size_t i = 0; i < event_kind_count; i++)
		if (str_eq_c(name, event_kinds[i].name))
			return &event_kinds[i];
	return NULL;
}

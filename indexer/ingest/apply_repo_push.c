/* What a push does not make: a repository by a name that ended, or one below such a name. */
#include "indexer/ingest/batch.h"

struct ended { bool is, was_private, made_below; };

/* Of a name that no repository has now. */
static enum err read_end(struct batch *b, struct str name, struct ended *ret, struct errinfo *e)
{
	struct event last;
	struct settings *settings = NULL;
	*ret = (struct ended){ .is = false };
	enum err err = catalog_end_event(b->g->catalog, &b->arena, name, &last, e);
	if (!err)
		err = logged_settings(b, name, &settings, e);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	*ret = (struct ended){ true, settings->values.private, settings->values.create_on_push };
	settings_unref(settings);
	return OK;
}

static enum err check_name(struct batch *b, struct change *c)
{
	struct ended end;
	enum err err = read_end(b, c->repo, &end, &c->error);
	if (err || !end.is || (b->g->options.names_return && !end.was_private))
		return err;
	return ERR(&c->error, REPO_NOT_FOUND, "the repository \"%.*s\" was deleted or renamed, and a push "
	           "does not make it again; make it with: chartlocker repo create %.*s",
	           STR_ARG(c->repo), STR_ARG(c->repo));
}

/* One that is there says by itself what is made below it. */
static enum err check_parent(struct batch *b, struct change *c)
{
	bool two;
	struct ended end;
	struct str rest = c->repo, parent = str_cut(&rest, '/', &two);
	struct repository *r = two ? repository_find(b->g, parent) : NULL;
	if (!two || (r && r->id))
		return OK;
	enum err err = read_end(b, parent, &end, &c->error);
	if (err || !end.made_below || (b->g->options.names_return && !end.was_private))
		return err;
	return ERR(&c->error, REPO_NOT_FOUND, "the repository \"%.*s\" was deleted or renamed, and a push "
	           "makes nothing below it; make it with: chartlocker repo create %.*s",
	           STR_ARG(parent), STR_ARG(c->repo));
}

enum err check_push_makes(struct batch *b, struct change *c)
{
	enum err err = check_name(b, c);
	return err ? err : check_parent(b, c);
}

/* See repo_settings_judge.h. */
#include "indexer/format/repo_settings_judge.h"

#include "indexer/format/keyring.h"
#include "indexer/format/ownership.h"
#include "indexer/format/publisher.h"
#include "indexer/format/selection.h"

static bool is_plain(char c) { return c > ' ' && c < 0x7f && !strchr("\"<>\\^`{|}", c); }

/* That it begins with a scheme and a host is known. */
static enum err check_upstream(struct str address, struct errinfo *e)
{
	struct str rest = address;
	(void)str_cut(&rest, ':', NULL);
	struct str path = str_from(rest, 2), host = str_cut(&path, '/', NULL);
	for (size_t i = 0; i < address.n; i++)
		if (!is_plain(address.p[i]))
			return ERR(e, INVALID, "upstream: one address is expected, and the character at %zu is none "
			           "of an address", i + 1);
	if (str_has(host, '@'))
		return ERR(e, INVALID, "upstream: an address with a user is not taken; credentials stand in the "
		           "settings file, and the setting credentials names them");
	if (str_has(address, '?') || str_has(address, '#'))
		return ERR(e, INVALID, "upstream: \"%.*s\": an address without ? and # is expected",
		           STR_ARG(address));
	return OK;
}

/* Dependencies name an address without one. */
static enum err check_known_as(struct str rest, struct errinfo *e)
{
	struct str host;
	while ((host = repo_setting_next_word(&rest)).n) {
		(void)str_cut(&host, ':', NULL);
		host = str_from(host, 2);
		if (str_has(str_cut(&host, '/', NULL), '@'))
			return ERR(e, INVALID, "known_as: an address with a user is not taken; everybody sees this "
			           "setting");
	}
	return OK;
}

static bool keyring_stays(const struct repo_settings *was, const struct repo_settings *s)
{
	return !s->keyring.n || (was && str_eq(was->keyring, s->keyring));
}

enum err repo_settings_judge(struct arena *a, struct str repo, const struct repo_settings *was,
                             const struct repo_settings *s, struct errinfo *e)
{
	struct selection *taken;
	struct ownership *names;
	enum err err = repo_settings_check(s, e);
	if (!err && repo_kind(s) == REPO_UPSTREAM)
		err = check_upstream(s->upstream, e);
	if (!err && s->publisher_id.n && !publisher_id_is_valid(s->publisher_id))
		err = ERR(e, INVALID, "publisher_id: \"%.*s\" is no UUID", STR_ARG(s->publisher_id));
	if (!err)
		err = check_known_as(s->known_as, e);
	if (!err && !keyring_stays(was, s))
		err = keyring_check(s->keyring, e);
	if (!err && repo_kind(s) == REPO_VIRTUAL)
		err = ownership_new(a, repo, s, &names, e);
	return err ? err : selection_new(a, s, &taken, e);
}

/* Whether the settings of a repository can be what it is run by: together (repo_settings_check), and each
 * text that is a language of its own read once: the address of an upstream, what is taken, who has a
 * name, a keyring. Asked before a change of settings becomes an event.                                  */
#pragma once

#include "indexer/format/repo_settings.h"

/* `repo`: its own name. `was`: the settings that it has; NULL: none. A keyring that stays is not judged again,
 * because it may be older than its rule (keyring.h). The arena is for the reading alone. INVALID names the
 * setting; of an address with a user it repeats nothing, because a password may stand there, and nothing of a
 * keyring.                                                                                    */
NODISCARD enum err repo_settings_judge(struct arena *a, struct str repo, const struct repo_settings *was,
                                       const struct repo_settings *s, struct errinfo *e);

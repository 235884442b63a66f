/* Whether the settings of a repository can be what it is run by: together (repo_settings_check), and each
 * text that is a language of its own read once: the address of an upstream, what is taken, who has a
 * name. Asked before a change of settings becomes an event.                                  */
#pragma once

#include "indexer/format/repo_settings.h"

/* `repo`: its own name. The arena is for the reading alone. INVALID names the setting; of an address with
 * a user it repeats nothing, because a password may stand there.                             */
NODISCARD enum err repo_settings_judge(struct arena *a, struct str repo, const struct repo_settings *s,
                                       struct errinfo *e);

/* index.yaml and index.json of a repository, plain and compressed. */
#pragma once

#include "server/route/app.h"

NODISCARD enum err index_yaml(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err index_json(struct call *c, struct response *s, struct errinfo *e);

/* index.yaml and index.json of a repository, plain and compressed. */
#pragma once

#include "server/route/app.h"

NODISCARD enum err index_yaml(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err index_json(struct call *c, struct response *s, struct errinfo *e);
/* Any snapshot's index, as index.yaml or index.json of it; takes the reference over. Off libmicro-
 * httpd's threads alone, because compressing it takes time.                                  */
NODISCARD enum err index_of(struct call *c, struct snapshot *snapshot, bool yaml,
                            struct response *s, struct errinfo *e);

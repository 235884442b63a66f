/* Values that point a chart at another registry, as YAML for `helm install -f`.
 *
 * A copy of docker.io/bitnami/redis:7 is expected as REGISTRY/bitnami/redis:7, that of busybox as
 * REGISTRY/library/busybox, as `chartlocker images --format crane` copies. The chart is
 * rendered with these values as well: what it still asks for elsewhere stands there as comments. */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/document/images.h"

/* A host, maybe with a port and a path: "registry.inner:5000/mirror". */
bool image_registry_is_good(struct str registry);

/* `found` are its images, of which a pushed list counts. NOMEM, also when `ret` is full; TOO_LARGE: of values
 * whose aliases are too much.                                                                 */
NODISCARD enum err images_rewrite(struct arena *a, const struct chart *c, const struct chart_images *found,
                                  struct str registry, struct sbuf *ret, struct errinfo *e);

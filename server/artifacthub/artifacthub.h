/* Artifact Hub's API, the part that reads: its paths, parameters, shapes and error texts (hub.md §3.2
 * to 3.5), so that programs that ask it can be pointed here. Everything answers from a worker.
 *
 * A package is a chart, a snapshot a version; views are downloads, which are what a server that has
 * the files can count. Without a version, a package is shown by its newest stable one.       */
#pragma once

#include "server/route/app.h"

typedef enum err hub_handler(struct call *c, struct response *s, struct errinfo *e);

/* ---- /api/v1/packages ---- */
hub_handler packages_search;         /* search */
hub_handler packages_random;         /* random */
hub_handler packages_stats;          /* stats */
hub_handler packages_get;            /* helm/{repo~}/{name}, helm/{repo~}/{name}/{version} */
hub_handler packages_summary;        /* helm/{repo~}/{name}/summary */
hub_handler packages_rss;            /* helm/{repo~}/{name}/feed/rss */
hub_handler packages_changelog_text; /* helm/{repo~}/{name}/changelog.md */
hub_handler packages_changelog;      /* {id}/changelog */
hub_handler packages_views;          /* {id}/views */
hub_handler packages_values;         /* {id}/{version}/values */
hub_handler packages_schema;         /* {id}/{version}/values-schema */
hub_handler packages_templates;      /* {id}/{version}/templates */

/* ---- and beside it ---- */
hub_handler repositories_search;     /* /api/v1/repositories/search */
hub_handler repositories_file;       /* /{repo?}/artifacthub-repo.yml */
hub_handler repositories_badge;      /* /badge/repository/{name}: what draws badges elsewhere asks for */
hub_handler packages_image;          /* /image/{id}, with @2x and the like behind it */
hub_handler dump_harbor;             /* /api/v1/harbor-replication: every version that is not deprecated */
hub_handler dump_exporter;           /* /api/v1/helm-exporter: the newest of every chart */
hub_handler dump_nova;               /* /api/v1/nova: every chart with all versions */
hub_handler hub_statistics;          /* /api/v1/stats */

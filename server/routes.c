/* The site map: every address the program answers, and what may be done there.
 * Long because one sees only in one table which address goes before which, and who may do what where. */
#include "server/routes.h"

#include "server/api/audit.h"
#include "server/api/bundle_inventory.h"
#include "server/api/bundle_make.h"
#include "server/api/bundles.h"
#include "server/api/charts.h"
#include "server/api/charts_catalog.h"
#include "server/api/compare.h"
#include "server/api/dependencies.h"
#include "server/api/events.h"
#include "server/api/hooks.h"
#include "server/api/images.h"
#include "server/api/log.h"
#include "server/api/maintain.h"
#include "server/api/body.h"
#include "server/api/health.h"
#include "server/api/upkeep.h"
#include "server/api/people.h"
#include "server/api/repos.h"
#include "server/api/route_list.h"
#include "server/api/readiness.h"
#include "server/api/retention.h"
#include "server/api/search.h"
#include "server/api/trips.h"
#include "server/api/upload.h"
#include "server/api/upstreams.h"
#include "server/api/versions.h"
#include "server/api/virtual.h"
#include "server/artifacthub/artifacthub.h"
#include "server/artifacthub/monocular.h"
#include "server/artifacthub/redirect.h"
#include "server/repo/chart.h"
#include "server/repo/index.h"
#include "server/repo/past.h"
#include "server/web/admin_page.h"
#include "server/web/admin_hooks_page.h"
#include "server/web/admin_repos_page.h"
#include "server/web/assets.h"
#include "server/web/styleguide.h"
#include "server/web/account_page.h"
#include "server/web/admin_users_page.h"
#include "server/web/badge.h"
#include "server/web/chart_page.h"
#include "server/web/changelog_page.h"
#include "server/web/compare_page.h"
#include "server/web/dependencies_page.h"
#include "server/web/feed.h"
#include "server/web/file.h"
#include "server/web/files_page.h"
#include "server/web/home.h"
#include "server/web/login_page.h"
#include "server/web/machines.h"
#include "server/web/outdated_page.h"
#include "server/web/repos_page.h"
#include "server/web/search_page.h"
#include "server/web/upload_page.h"
#include "server/web/upstream_view.h"
#include "server/web/values_page.h"
#include "server/web/versions_page.h"

#define GET(address, handler, ...) { .methods = HTTP_GET, .pattern = address, .handle = handler, __VA_ARGS__ }
#define UPLOAD(method, address, handler, how, ...) \
	{ .methods = method, .pattern = address, .handle = handler, .begin = how, .body = upload_body, \
	  .end = upload_end, .may = MAY_PUBLISH, .dialect = DIALECT_CHARTMUSEUM, .cache = CACHE_NEVER, \
	  .dry_run = true, __VA_ARGS__ }
#define ASK .may = MAY_ASK, .dialect = DIALECT_PROBLEM, .cache = CACHE_NEVER
#define OPEN .may = MAY_ANYONE, .dialect = DIALECT_PROBLEM, .cache = CACHE_NEVER
#define API .dialect = DIALECT_PROBLEM, .cache = CACHE_NEVER
#define BARE(method, address, handler, ...) \
	{ .methods = method, .pattern = address, .handle = handler, API, __VA_ARGS__ }
#define EMPTY(address, handler, ...) \
	BARE(HTTP_POST, address, handler, .begin = body_none_begin, .body = body_none_take, __VA_ARGS__)
#define BODY(method, address, handler, after, ...) \
	{ .methods = method, .pattern = address, .handle = handler, .begin = body_begin, \
	  .body = body_take, .end = after, API, __VA_ARGS__ }
#define FOR_ALL .may = MAY_ASK, .dialect = DIALECT_PROBLEM, .cache = CACHE_REVALIDATE
#define PAGE .may = MAY_ASK, .dialect = DIALECT_PAGE, .cache = CACHE_REVALIDATE
#define FORM(address, handler, ...) \
	{ .methods = HTTP_POST, .pattern = address, .handle = handler, .begin = form_begin, \
	  .body = form_take, .end = form_end, .dialect = DIALECT_PAGE, .cache = CACHE_NEVER, __VA_ARGS__ }
#define MANAGE .may = MAY_MANAGE, .dialect = DIALECT_PAGE, .cache = CACHE_NEVER
#define CHANGE_FORM(address, handler, ...) \
	{ .methods = HTTP_POST, .pattern = address, .handle = handler, .begin = form_begin, \
	  .body = form_take, .end = admin_repo_end, .may = MAY_MANAGE, .dialect = DIALECT_PAGE, \
	  .cache = CACHE_NEVER, __VA_ARGS__ }
#define OF_CHART .may = MAY_READ, .dialect = DIALECT_PAGE, .cache = CACHE_REVALIDATE
#define READ_API .may = MAY_READ, .dialect = DIALECT_PROBLEM, .cache = CACHE_REVALIDATE
#define READ .may = MAY_READ, .dialect = DIALECT_CHARTMUSEUM
#define REDIRECT .may = MAY_ANYONE, .dialect = DIALECT_PAGE, .cache = CACHE_REVALIDATE, .slash = true
#define HUB .may = MAY_ASK, .dialect = DIALECT_HUB, .cache = CACHE_REVALIDATE
#define HUB_OF .may = MAY_READ, .dialect = DIALECT_HUB, .cache = CACHE_REVALIDATE
#define CHARTSVC .may = MAY_ASK, .dialect = DIALECT_MONOCULAR, .cache = CACHE_REVALIDATE, .slash = true
#define CHARTSVC_OF .may = MAY_READ, .dialect = DIALECT_MONOCULAR, .cache = CACHE_REVALIDATE, .slash = true

const struct route routes[] = {
	/* Helm */
	GET("/{repo?}/index.yaml", index_yaml, READ, .cache = CACHE_REVALIDATE,
	    .summary = "The repository's index, as every Helm reads it."),
	GET("/{repo?}/index.json", index_json, READ, .cache = CACHE_REVALIDATE,
	    .summary = "The same index, always as JSON."),
	GET("/{repo?}/artifacthub-repo.yml", repositories_file, READ, .cache = CACHE_REVALIDATE,
	    .summary = "Whose repository it is, for hubs that list it: its id and its maintainers."),
	GET("/{repo?}/charts/{file}", chart_get, READ, .cache = CACHE_IMMUTABLE,
	    .summary = "A packaged chart or its provenance file."),

	/* As it was */
	GET("/{repo?}/@{event}/index.yaml", past_index, READ, .cache = CACHE_REVALIDATE,
	    .summary = "The index as it was after an event; at a time, a redirect to the event."),
	GET("/{repo?}/@{event}/index.json", past_index, READ, .cache = CACHE_REVALIDATE,
	    .summary = "The same, always as JSON."),
	GET("/{repo?}/@{event}/charts/{file}", past_chart, READ, .cache = CACHE_REVALIDATE,
	    .summary = "A chart of that index; 410 when its bytes are gone."),

	/* Publishing */
	UPLOAD(HTTP_POST, "/api/{repo?}/charts", upload_publish, upload_begin,
	       .action = "publish",
	       .summary = "Publishes a chart: the raw archive, or a form with the fields chart and prov."),
	UPLOAD(HTTP_POST, "/api/{repo?}/prov", upload_prov, upload_begin_raw,
	       .action = "provenance", .summary = "Adds the provenance file of a chart."),
	UPLOAD(HTTP_PUT, "/{repo?}/charts/{file}", upload_put, upload_begin_raw,
	       .action = "publish",
	       .summary = "Publishes a chart or provenance file under its own name."),
	UPLOAD(HTTP_PUT, "/{repo?}/{file}", upload_put, upload_begin_raw,
	       .action = "publish", .summary = "The same: curl -T FILE URL/"),
	GET("/{repo?}/{file}", chart_get, READ, .cache = CACHE_IMMUTABLE,
	    .summary = "A packaged chart or its provenance file, where it was put."),
	{ .methods = HTTP_DELETE, .pattern = "/api/{repo?}/charts/{name}/{version}",
	  .handle = charts_delete, .end = charts_delete_end, .may = MAY_DELETE,
	  .dialect = DIALECT_CHARTMUSEUM, .cache = CACHE_NEVER, .dry_run = true, .action = "delete",
	  .summary = "Deletes a version; its name never comes back with other bytes." },

	/* Repositories */
	GET("/api/v1/repos", repos_list, ASK, .summary = "The repositories that the caller may read."),
	GET("/api/v1/repos/{repo}/versions", versions_list, .may = MAY_READ, API,
	    .summary = "The versions of a repository with state, signature and downloads."),
	GET("/api/v1/repos/{repo}/trips", trips_list, .may = MAY_READ, API,
	    .summary = "The bundles that were brought into a repository, the newest trip first."),
	GET("/api/v1/repos/{repo}/inventory", bundle_inventory_show, .may = MAY_READ, API, .costly = true,
	    .summary = "What the inventory of another side says that has all of it."),
	GET("/api/v1/repos/{repo}/conflicts", virtual_conflicts, .may = MAY_READ, API, .costly = true,
	    .summary = "Names that several members of a virtual repository have, and who wins."),
	GET("/api/v1/repos/{repo}/readiness", readiness_list, .may = MAY_READ, API, .costly = true,
	    .summary = "Whether its charts work without a network, as they are shown."),
	GET("/api/v1/repos/{repo}/images", images_list, .may = MAY_READ, API, .costly = true,
	    .summary = "The container images of all versions in its index."),
	GET("/api/v1/repos/{repo}", repos_show, .may = MAY_READ, API,
	    .summary = "One repository and its settings."),
	BODY(HTTP_POST, "/api/v1/repos", repos_create, repos_end, .may = MAY_MANAGE,
	     .dry_run = true, .action = "repo.create", .summary = "Makes a repository: its name and any settings."),
	BODY(HTTP_PATCH, "/api/v1/repos/{repo}", repos_set, repos_end, .may = MAY_ADMIN,
	     .dry_run = true, .action = "repo.set", .summary = "Changes settings of a repository."),
	BODY(HTTP_POST, "/api/v1/repos/{repo}/rename", repos_rename, repos_end, .may = MAY_MANAGE,
	     .dry_run = true, .action = "repo.rename",
	     .summary = "Renames a repository; the old name leads to the new one."),
	BARE(HTTP_DELETE, "/api/v1/repos/{repo}", repos_delete, .end = repos_end, .may = MAY_MANAGE,
	     .dry_run = true, .action = "repo.delete",
	     .summary = "Deletes a repository; its files are kept in quarantine."),
	BARE(HTTP_DELETE, "/api/v1/quarantine/{repo}", repos_purge, .end = repos_end, .may = MAY_MANAGE,
	     .dry_run = true, .action = "repo.purge",
	     .summary = "Removes what is kept of a deleted repository for good."),

	/* Upstreams */
	GET("/api/v1/upstreams", upstreams_list, ASK,
	    .summary = "The upstreams that the caller may read, with how each of them is."),
	BODY(HTTP_POST, "/api/v1/upstreams", upstreams_create, repos_end, .may = MAY_MANAGE,
	     .dry_run = true, .action = "repo.create",
	     .summary = "Makes an upstream: its name, its url and any settings."),
	BODY(HTTP_POST, "/api/v1/upstreams/test", upstreams_test_post, body_end, .may = MAY_MANAGE,
	     .action = "upstream.test",
	     .summary = "Reads the index at an address and tells what an upstream of it would have; makes nothing."),
	GET("/api/v1/upstreams/{repo~}", upstreams_show, .may = MAY_READ, API,
	    .summary = "How an upstream is: its state, what it has, when it is asked again, and its settings."),
	BODY(HTTP_PATCH, "/api/v1/upstreams/{repo~}", upstreams_set, repos_end, .may = MAY_MANAGE,
	     .dry_run = true, .action = "repo.set", .summary = "Changes settings of an upstream."),
	BARE(HTTP_DELETE, "/api/v1/upstreams/{repo~}", upstreams_delete, .end = repos_end, .may = MAY_MANAGE,
	     .dry_run = true, .action = "repo.delete",
	     .summary = "Deletes an upstream; archives that were kept here stay in quarantine."),
	BODY(HTTP_POST, "/api/v1/upstreams/{repo~}/refresh", upstreams_refresh_post, body_end,
	     .may = MAY_ADMIN, .dry_run = true, .action = "upstream.refresh",
	     .summary = "Asks an upstream now, waits up to ?wait seconds, and tells what came of it."),
	BODY(HTTP_POST, "/api/v1/upstreams/{repo~}/test", upstreams_test_post, body_end,
	     .may = MAY_MANAGE, .action = "upstream.test",
	     .summary = "The same test of an upstream that is there, with settings to try."),
	GET("/api/v1/upstreams/{repo~}/skipped", upstreams_skipped, .may = MAY_READ, API, .costly = true,
	    .summary = "The entries of an upstream's index that could not be taken, and why."),
	GET("/api/v1/upstreams/{repo~}/runs", upstreams_runs, .may = MAY_READ, API, .costly = true,
	    .summary = "The last refreshes of an upstream, the last one first."),
	GET("/api/v1/upstreams/{repo~}/drift", upstreams_drift, .may = MAY_READ, API, .costly = true,
	    .summary = "Versions of which an upstream promises other bytes by now, with both digests."),
	BODY(HTTP_POST, "/api/v1/upstreams/{repo~}/drift/accept", upstreams_accept, upstreams_accept_end,
	     .may = MAY_ADMIN, .action = "upstream.accept",
	     .summary = "Takes the upstream's other bytes of a version as the right ones."),
	GET("/api/v1/upstreams/{repo~}/gone", upstreams_gone, .may = MAY_READ, API, .costly = true,
	    .summary = "Versions that are not in an upstream's index any more."),
	EMPTY("/api/v1/upstreams/{repo~}/hook", upstreams_hook, .may = MAY_ADMIN,
	     .action = "upstream.hook", .summary = "Makes the secret of an upstream's inbound hook anew, and tells it this once."),
	BODY(HTTP_POST, "/hooks/upstream/{repo~}", upstreams_hooked, body_end, .may = MAY_ASK,
	     .knows_own = true, .costly = true, .action = "upstream.refresh",
	     .summary = "The inbound hook: who knows its secret has an upstream asked soon."),

	/* The catalog of charts */
	GET("/api/v1/search", search_get, FOR_ALL, .costly = true,
	    .summary = "Charts that match ?q and the facets, the most relevant first."),
	GET("/api/v1/suggest", suggest_get, FOR_ALL, .costly = true,
	    .summary = "Charts whose names begin as ?q, or are near to it."),
	GET("/api/v1/charts/{repo~}/{name}", catalog_chart, READ_API, .costly = true,
	    .summary = "All that is known of a chart and of the version that is shown of it."),
	GET("/api/v1/charts/{repo~}/{name}/versions", catalog_versions, READ_API,
	    .summary = "Its versions, the newest first, yanked ones too."),
	GET("/api/v1/charts/{repo~}/{name}/{version}", catalog_chart, READ_API, .costly = true,
	    .summary = "All that is known of one version."),
	GET("/api/v1/charts/{repo~}/{name}/{version}/show/{any}", catalog_show, READ_API, .costly = true,
	    .summary = "A part of it as helm show prints it: readme, values, chart, crds or all."),
	GET("/api/v1/charts/{repo~}/{name}/compare/{any}", compare_get, READ_API, .costly = true,
	    .summary = "What changed between two versions, A...B, as on the page of that name."),
	GET("/api/v1/charts/{repo~}/{name}/{version}/dependencies", dependencies_tree, READ_API, .costly = true,
	    .summary = "What a version depends on, all the way down."),
	GET("/api/v1/charts/{repo~}/{name}/{version}/images", images_get, READ_API, .costly = true,
	    .summary = "The container images of a version, in any format that tools read."),
	{ .methods = HTTP_PUT, .pattern = "/api/v1/charts/{repo~}/{name}/{version}/images", .handle = images_put,
	  .begin = images_begin, .body = body_take, .end = images_end, .may = MAY_PUBLISH, API,
	  .dry_run = true, .action = "images",
	  .summary = "Pushes the list of its images, or what helm template prints; it wins over what is read." },
	BARE(HTTP_DELETE, "/api/v1/charts/{repo~}/{name}/{version}/images", images_delete, .end = images_end,
	     .may = MAY_PUBLISH, .dry_run = true, .action = "images.remove",
	     .summary = "Takes a pushed list of images away."),
	GET("/api/v1/charts/{repo~}/{name}/{version}/used-by", dependencies_users, READ_API, .costly = true,
	    .summary = "The charts that depend on a chart, and whether their ranges admit a version."),
	GET("/api/v1/charts/{repo~}/{name}/{version}/outdated", dependencies_outdated, READ_API, .costly = true,
	    .summary = "The dependencies of a version for which there is something newer."),
	GET("/api/v1/charts/{repo~}/{name}/{version}/readiness", readiness_get, READ_API, .costly = true,
	    .summary = "Whether a version works without a network, and what it asks for outside."),
	GET("/api/v1/outdated", dependencies_behind, FOR_ALL, .costly = true,
	    .summary = "The charts with dependencies, and which of those are out of date; of one ?repo, or all hosted."),
	BODY(HTTP_POST, "/api/v1/dependencies", dependencies_of, body_end, .may = MAY_ASK, .costly = true,
	     .summary = "What the dependencies of a chart that is elsewhere are here. Changes nothing."),

	/* Pages */
	GET("/", home_page, PAGE, .summary = "A search, what is here, and how to use it."),
	GET("/repos", repos_page, PAGE, .summary = "The repositories that the reader may see."),
	GET("/repos/{repo}", repo_page, OF_CHART, .summary = "A repository and its charts."),
	GET("/outdated", outdated_page, PAGE, .costly = true,
	    .summary = "Charts whose dependencies are out of date; of one ?repo, or all hosted."),
	GET("/search", search_page, PAGE, .costly = true, .summary = "Search: what was found, and what to narrow it by."),
	GET("/packages/{repo~}/{name}", chart_page, OF_CHART,
	    .summary = "A chart: its README and facts; the newest stable version."),
	GET("/packages/{repo~}/{name}/versions", versions_page, OF_CHART,
	    .summary = "All versions of a chart, the newest first."),
	GET("/packages/{repo~}/{name}/compare", compare_form, OF_CHART,
	    .summary = "A form to choose two versions; leads to what changed from ?from to ?to."),
	GET("/packages/{repo~}/{name}/compare/{any}", compare_page, OF_CHART, .costly = true,
	    .summary = "What changed between two versions, A...B."),
	GET("/packages/{repo~}/{name}/{version}", chart_page, OF_CHART,
	    .summary = "The same of one version."),
	GET("/packages/{repo~}/{name}/{version}/values", values_page, OF_CHART, .costly = true,
	    .summary = "Its values with what they mean; one of them whole with ?path."),
	GET("/packages/{repo~}/{name}/{version}/templates", files_page, OF_CHART, .costly = true,
	    .summary = "Its files, and the one of ?path with colours."),
	GET("/packages/{repo~}/{name}/{version}/dependencies", dependencies_page, OF_CHART, .costly = true,
	    .summary = "What it depends on, and what depends on it."),
	GET("/packages/{repo~}/{name}/{version}/changelog", changelog_page, OF_CHART,
	    .summary = "What its releases changed, the newest first."),
	GET("/packages/{repo~}/{name}/{version}/changelog.md", changelog_text, OF_CHART,
	    .summary = "The same as Markdown."),
	GET("/packages/{repo~}/{name}/{version}/file", file_get, OF_CHART,
	    .summary = "The bytes of the file ?path in a version."),

	GET("/upload", upload_page, .may = MAY_ASK, .dialect = DIALECT_PAGE, .cache = CACHE_NEVER,
	    .summary = "Publishing charts with a browser; ?repo is where to."),
	{ .methods = HTTP_POST, .pattern = "/upload/{repo~}", .handle = upload_form_post,
	  .begin = upload_form_begin, .body = upload_form_take, .end = upload_form_end,
	  .may = MAY_PUBLISH, .dialect = DIALECT_PAGE, .cache = CACHE_NEVER, .action = "publish",
	  .summary = "Publishes the files of a form, and tells what became of each." },

	GET("/admin", admin_page, MANAGE, .summary = "How the server is, and what happened last."),
	GET("/admin/repos", admin_repos_page, MANAGE,
	    .summary = "All repositories with their settings, and what is kept of deleted ones."),
	CHANGE_FORM("/admin/repos", admin_repos_post, .action = "repo.create",
	            .summary = "Makes a repository."),
	GET("/admin/repos/{repo~}", admin_repo_page, .may = MAY_ADMIN, .dialect = DIALECT_PAGE,
	    .cache = CACHE_NEVER, .summary = "The settings of a repository."),
	{ .methods = HTTP_POST, .pattern = "/admin/repos/{repo~}", .handle = admin_repo_post,
	  .begin = form_begin_long, .body = form_take, .end = admin_repo_end, .may = MAY_ADMIN,
	  .dialect = DIALECT_PAGE, .cache = CACHE_NEVER, .action = "repo.set",
	  .summary = "Changes settings of a repository." },
	CHANGE_FORM("/admin/repos/{repo~}/rename", admin_rename_post, .action = "repo.rename",
	            .summary = "Renames a repository; the old name leads to the new one."),
	CHANGE_FORM("/admin/repos/{repo~}/delete", admin_delete_post, .action = "repo.delete",
	            .summary = "Deletes a repository, whose name is typed as well."),
	FORM("/admin/repos/{repo~}/refresh", upstream_refresh_form, .may = MAY_ADMIN,
	     .action = "upstream.refresh", .summary = "Asks an upstream now; leads to its page."),
	{ .methods = HTTP_POST, .pattern = "/admin/repos/{repo~}/accept", .handle = upstream_accept_form,
	  .begin = form_begin, .body = form_take, .end = admin_repo_end, .may = MAY_ADMIN,
	  .dialect = DIALECT_PAGE, .cache = CACHE_NEVER, .action = "upstream.accept",
	  .summary = "Takes the other bytes that an upstream promises for a version as the right ones." },
	CHANGE_FORM("/admin/quarantine/{repo~}", admin_purge_post, .action = "repo.purge",
	            .summary = "Removes what is kept of a deleted repository, whose name is typed, for good."),
	GET("/admin/events", admin_events_page, MANAGE,
	    .summary = "The event log, the newest first; by ?repo, ?kind and ?person, before event ?before."),

	GET("/login", login_page, .may = MAY_ASK, .dialect = DIALECT_PAGE, .cache = CACHE_NEVER,
	    .summary = "The form to sign in with; ?next is where one goes on."),
	FORM("/login", login_post, .may = MAY_ASK, .action = "sign-in",
	     .summary = "Signs a browser in: name and password, or a token; sets a cookie."),
	FORM("/logout", logout_post, .may = MAY_ASK,
	     .summary = "Signs a browser out."),
	GET("/account", account_page, .may = MAY_ASK, .dialect = DIALECT_PAGE, .cache = CACHE_NEVER,
	    .summary = "Who one is here, one's own tokens and password; leads to /login."),
	FORM("/account/tokens", account_token_post, .may = MAY_SELF, .action = "token.create",
	     .summary = "Makes a token of the reader's own, and shows its text this once."),
	FORM("/account/tokens/{id}/revoke", account_revoke_post, .may = MAY_SELF,
	     .action = "token.revoke", .summary = "Revokes one of the reader's own tokens, by its id."),
	FORM("/account/password", account_password_post, .may = MAY_SELF, .action = "user.password",
	     .summary = "Sets the reader's own password; other sessions end."),
	GET("/admin/users", admin_users_page, MANAGE,
	    .summary = "Users, and the form that makes one."),
	FORM("/admin/users", admin_users_post, .may = MAY_MANAGE, .action = "user.add",
	     .summary = "Makes a user, from the form of a page."),
	GET("/admin/users/{name}", admin_user_page, MANAGE,
	    .summary = "One user: roles, password, tokens."),
	FORM("/admin/users/{name}", admin_user_post, .may = MAY_MANAGE, .action = "user.set",
	     .summary = "Changes roles of a user or disables one, from the form of a page."),
	FORM("/admin/users/{name}/password", admin_user_password_post, .may = MAY_MANAGE,
	     .action = "user.password", .summary = "Sets a user's password, from the form of a page."),
	FORM("/admin/users/{name}/remove", admin_user_remove_post, .may = MAY_MANAGE,
	     .action = "user.remove", .summary = "Removes a user with all tokens, from the form of a page."),
	GET("/admin/tokens", admin_tokens_page, MANAGE, .summary = "All tokens."),
	FORM("/admin/tokens/{id}/revoke", admin_token_revoke_post, .may = MAY_MANAGE,
	     .action = "token.revoke", .summary = "Revokes a token, by its id, from the form of a page."),

	GET("/admin/hooks", admin_hooks_page, MANAGE, .summary = "The webhooks, and the form that makes one."),
	FORM("/admin/hooks", admin_hooks_post, .may = MAY_MANAGE, .action = "hook.add",
	     .summary = "Makes a webhook, from the form of a page; its secret is shown this once."),
	GET("/admin/hooks/{name}", admin_hook_page, MANAGE,
	    .summary = "One webhook: settings, deliveries before ?before, a test."),
	FORM("/admin/hooks/{name}", admin_hook_post, .may = MAY_MANAGE, .action = "hook.set",
	     .summary = "Changes a webhook, from the form of a page."),
	FORM("/admin/hooks/{name}/test", admin_hook_test_post, .may = MAY_MANAGE, .action = "hook.test",
	     .summary = "Sends a test now, from the form of a page."),
	FORM("/admin/hooks/{name}/rotate", admin_hook_rotate_post, .may = MAY_MANAGE,
	     .action = "hook.rotate",
	     .summary = "Gives a webhook another secret, from the form of a page, and shows it this once."),
	FORM("/admin/hooks/{name}/remove", admin_hook_remove_post, .may = MAY_MANAGE,
	     .action = "hook.remove", .summary = "Removes a webhook, from the form of a page."),
	FORM("/admin/hooks/{name}/deliveries/{id}/resend", admin_hook_resend_post, .may = MAY_MANAGE,
	     .action = "hook.resend", .summary = "Sends a delivery again, from the form of a page."),

	/* Monocular's API: helm search hub */
	GET("/api/chartsvc/v1/charts/search", monocular_search, CHARTSVC, .costly = true,
	    .summary = "Charts that match ?q, all without it, as helm search hub asks for them."),
	GET("/api/chartsvc/v1/charts", monocular_list, CHARTSVC,
	    .summary = "All charts by name, in pages of ?size; or the repositories of one version."),
	GET("/api/chartsvc/v1/charts/{repo~}", monocular_list, CHARTSVC_OF,
	    .summary = "The charts of a repository."),
	GET("/api/chartsvc/v1/charts/{repo~}/search", monocular_search, CHARTSVC_OF, .costly = true,
	    .summary = "Charts of a repository that match ?q."),
	GET("/api/chartsvc/v1/charts/{repo~}/{name}", monocular_chart, CHARTSVC_OF,
	    .summary = "One chart with the version that is shown of it."),
	GET("/api/chartsvc/v1/charts/{repo~}/{name}/versions", monocular_versions, CHARTSVC_OF,
	    .summary = "Its versions, the newest first."),
	GET("/api/chartsvc/v1/charts/{repo~}/{name}/versions/{version}", monocular_version, CHARTSVC_OF,
	    .summary = "One of its versions."),
	GET("/api/chartsvc/v1/assets/{repo~}/{name}/versions/{version}/README.md", monocular_readme,
	    CHARTSVC_OF, .summary = "The README of a version."),
	GET("/api/chartsvc/v1/assets/{repo~}/{name}/versions/{version}/values.yaml", monocular_values,
	    CHARTSVC_OF, .costly = true, .summary = "The values.yaml of a version."),
	GET("/api/chartsvc/v1/assets/{repo~}/{name}/versions/{version}/values.schema.json",
	    monocular_schema, CHARTSVC_OF, .costly = true,
	    .summary = "The schema of the values of a version."),
	GET("/api/chartsvc/v1/assets/{repo~}/{name}/logo", monocular_logo, CHARTSVC_OF,
	    .summary = "The icon that a chart brings along."),
	GET("/api/chartsvc/v1/assets/{repo~}/{name}/logo-160x160-fit.png", monocular_logo, CHARTSVC_OF,
	    .summary = "The same, whatever kind of image it is."),
	GET("/api/chartsvc/live", health_live, OPEN, .slash = true,
	    .summary = "200 while the program runs (Monocular's name)."),
	GET("/api/chartsvc/ready", health_ready, OPEN, .slash = true,
	    .summary = "200 when the index can be served, else 503 (Monocular's name)."),

	/* Artifact Hub's API */
	GET("/api/v1/packages/search", packages_search, HUB, .costly = true,
	    .summary = "Charts by Artifact Hub's parameters."),
	GET("/api/v1/packages/random", packages_random, HUB,
	    .summary = "Ten charts of the last half year, others each time."),
	GET("/api/v1/packages/stats", packages_stats, HUB,
	    .summary = "How many charts and versions there are."),
	GET("/api/v1/packages/helm/{repo~}/{name}", packages_get, HUB_OF, .costly = true,
	    .summary = "Everything about a chart; the newest stable version."),
	GET("/api/v1/packages/helm/{repo~}/{name}/summary", packages_summary, HUB_OF,
	    .summary = "The most important of it."),
	GET("/api/v1/packages/helm/{repo~}/{name}/changelog.md", packages_changelog_text, HUB_OF,
	    .summary = "What changed from version to version, as Markdown."),
	GET("/api/v1/packages/helm/{repo~}/{name}/{version}", packages_get, HUB_OF, .costly = true,
	    .summary = "Everything about one version."),
	GET("/api/v1/packages/helm/{repo~}/{name}/feed/rss", packages_rss, HUB_OF,
	    .summary = "Its versions as RSS."),
	GET("/api/v1/packages/{id}/changelog", packages_changelog, HUB,
	    .summary = "What changed from version to version."),
	GET("/api/v1/packages/{id}/views", packages_views, HUB,
	    .summary = "Downloads of the last 30 days, by version and day."),
	GET("/api/v1/packages/{id}/{version}/values", packages_values, HUB, .costly = true,
	    .summary = "The values.yaml of a version."),
	GET("/api/v1/packages/{id}/{version}/values-schema", packages_schema, HUB, .costly = true,
	    .summary = "The schema of the values of a version."),
	GET("/api/v1/packages/{id}/{version}/templates", packages_templates, HUB, .costly = true,
	    .summary = "The templates of a version in Base64, and its values as JSON."),
	GET("/api/v1/repositories/search", repositories_search, HUB,
	    .summary = "Repositories by a part of their name or address."),
	GET("/api/v1/stats", hub_statistics, HUB,
	    .summary = "How the catalog grew, and what is downloaded."),
	GET("/api/v1/harbor-replication", dump_harbor, HUB,
	    .summary = "Every version that is not deprecated, for Harbor."),
	GET("/api/v1/harborReplication", dump_harbor, HUB,
	    .summary = "The same by its older name."),
	GET("/api/v1/helm-exporter", dump_exporter, HUB,
	    .summary = "The newest version of every chart, for helm-exporter."),
	GET("/api/v1/nova", dump_nova, HUB,
	    .summary = "Every chart with its versions, for Nova."),
	GET("/badge/repository/{name}", repositories_badge, HUB,
	    .summary = "A badge of a repository, for who draws badges from JSON."),
	GET("/image/{id}", packages_image, HUB,
	    .summary = "The icon that a chart brings along, by the id of a package."),

	/* Feeds, badges, and what machines ask a site for */
	GET("/feed", feed_get, PAGE, .costly = true,
	    .summary = "What was published, as an Atom feed; with ?q and the like, what a search finds."),
	GET("/feed/{repo~}", feed_get, OF_CHART, .costly = true, .summary = "What was published in a repository."),
	GET("/feed/{repo~}/{name}", feed_get, OF_CHART, .costly = true, .summary = "The versions of a chart."),
	GET("/badge/{repo~}/{name}", badge_short, OF_CHART,
	    .summary = "A picture of the version of a chart: its name, also with .svg."),
	GET("/badge/{repo~}/{name}/version.svg", badge_version, OF_CHART,
	    .summary = "The same by another name."),
	GET("/badge/{repo~}/{name}/app.svg", badge_app, OF_CHART,
	    .summary = "A picture of the version of its application."),
	GET("/badge/{repo~}/{name}/signed.svg", badge_signed, OF_CHART,
	    .summary = "A picture of what its signature is worth."),
	GET("/sitemap.xml", machines_sitemap, PAGE, .summary = "The pages of public repositories."),
	GET("/robots.txt", machines_robots, PAGE, .summary = "What crawlers shall not read."),
	GET("/opensearch.xml", machines_opensearch, .may = MAY_ANYONE, .dialect = DIALECT_PAGE,
	    .cache = CACHE_REVALIDATE, .summary = "How a browser searches here from its own box."),

	/* Pages where other hubs have them */
	GET("/packages/helm/{any}/{name}", redirect_package, REDIRECT,
	    .summary = "Leads to the page of a chart (Artifact Hub's address)."),
	GET("/packages/helm/{any}/{name}/{version}", redirect_package, REDIRECT,
	    .summary = "Leads to the page of a version (Artifact Hub's address)."),
	GET("/packages/search", redirect_search, REDIRECT,
	    .summary = "Leads to the search page (Artifact Hub's address)."),
	GET("/charts/{any}/{name}", redirect_package, REDIRECT,
	    .summary = "Leads to the page of a chart (Helm Hub's address)."),
	GET("/charts/{any}/{name}/{version}", redirect_package, REDIRECT,
	    .summary = "Leads to the page of a version (Helm Hub's address)."),

	/* The log */
	GET("/api/v1/events", events_get, ASK,
	    .summary = "Events after ?since, waiting up to ?wait seconds for one; also server-sent."),

	GET("/api/v1/checkpoint", log_checkpoint, ASK,
	    .summary = "How many events the log has and the root of their tree, signed (tlog-checkpoint)."),
	GET("/api/v1/checkpoint/key", log_key, ASK,
	    .summary = "The key that verifies checkpoints, as a note's verifier key."),
	GET("/api/v1/log/inclusion", log_inclusion, ASK,
	    .summary = "Proof that event ?seq is in the log of the first ?size events."),
	GET("/api/v1/log/consistency", log_consistency, ASK,
	    .summary = "Proof that the log of ?second events begins with the log of ?first."),
	/* The life of versions */
	BODY(HTTP_POST, "/api/v1/repos/{repo}/yank", versions_yank, versions_end, .may = MAY_DELETE,
	     .dry_run = true, .action = "yank",
	     .summary = "Takes a version out of the index; who knows it can still download it."),
	BODY(HTTP_POST, "/api/v1/repos/{repo}/unyank", versions_unyank, versions_end,
	     .may = MAY_DELETE, .dry_run = true, .action = "unyank",
	     .summary = "Puts a yanked version back into the index."),
	BODY(HTTP_POST, "/api/v1/repos/{repo}/undelete", versions_undelete, versions_end,
	     .may = MAY_DELETE, .dry_run = true, .action = "undelete",
	     .summary = "Brings a deleted version back, within undelete_days."),
	BODY(HTTP_POST, "/api/v1/repos/{repo}/purge", versions_purge, versions_end, .may = MAY_ADMIN,
	     .dry_run = true, .action = "purge",
	     .summary = "Removes a version for good, with every trace of what was in it."),
	BODY(HTTP_POST, "/api/v1/repos/{repo}/promote", versions_promote, versions_end,
	     .may = MAY_PUBLISH, .dry_run = true, .action = "promote",
	     .summary = "Shows a member's version in a virtual repository, whatever its rules say."),
	BODY(HTTP_POST, "/api/v1/repos/{repo}/unpromote", versions_unpromote, versions_end,
	     .may = MAY_PUBLISH, .dry_run = true, .action = "unpromote", .summary = "Takes a promotion back."),
	EMPTY("/api/v1/repos/{repo}/retention", retention_post, .may = MAY_ADMIN,
	     .dry_run = true, .action = "retention",
	     .summary = "Deletes the versions that no retention rule keeps."),
	/* People */
	GET("/api/v1/users", people_handle, .may = MAY_MANAGE, API, .summary = "The users and their roles."),
	BODY(HTTP_POST, "/api/v1/users", people_handle, body_end, .may = MAY_MANAGE,
	     .action = "user.add", .summary = "Makes a user: name, roles, password."),
	GET("/api/v1/users/{name}", people_handle, .may = MAY_MANAGE, API,
	    .summary = "One user, without the password."),
	BODY(HTTP_PATCH, "/api/v1/users/{name}", people_handle, body_end, .may = MAY_MANAGE,
	     .action = "user.set", .summary = "Changes roles of a user, or disables one."),
	BARE(HTTP_DELETE, "/api/v1/users/{name}", people_handle, .may = MAY_MANAGE, .action = "user.remove",
	     .summary = "Removes a user and all tokens of that user."),
	BODY(HTTP_POST, "/api/v1/users/{name}/password", people_handle, body_end, .may = MAY_MANAGE,
	     .action = "user.password", .summary = "Sets a user's password."),
	GET("/api/v1/tokens", people_handle, .may = MAY_MANAGE, API, .summary = "All tokens."),
	BODY(HTTP_POST, "/api/v1/tokens", people_handle, body_end, .may = MAY_MANAGE,
	     .action = "token.create", .summary = "Makes a token, whose text is told this once."),
	BARE(HTTP_DELETE, "/api/v1/tokens/{id}", people_handle, .may = MAY_MANAGE, .action = "token.revoke",
	     .summary = "Revokes a token, by its id."),
	GET("/api/v1/account/tokens", people_handle, .may = MAY_SELF, API, .summary = "The caller's own tokens."),
	BODY(HTTP_POST, "/api/v1/account/tokens", people_handle, body_end, .may = MAY_SELF,
	     .action = "token.create", .summary = "Makes a token of the caller's own."),
	BARE(HTTP_DELETE, "/api/v1/account/tokens/{id}", people_handle, .may = MAY_SELF, .action = "token.revoke",
	     .summary = "Revokes one of the caller's own tokens, by its id."),
	BODY(HTTP_POST, "/api/v1/account/password", people_own_password, body_end, .may = MAY_SELF,
	     .action = "user.password",
	     .summary = "Sets the caller's own password, for which the current one is told as well."),
	GET("/api/v1/whoami", people_handle, ASK,
	    .summary = "Who the credentials of this request belong to."),
	GET("/api/v1/hooks", hooks_handle, .may = MAY_MANAGE, API, .summary = "The webhooks, and how they do."),
	BODY(HTTP_POST, "/api/v1/hooks", hooks_handle, body_end, .may = MAY_MANAGE,
	     .action = "hook.add", .summary = "Makes a webhook; its secret is shown this once."),
	GET("/api/v1/hooks/{name}", hooks_handle, .may = MAY_MANAGE, API, .summary = "One webhook."),
	BODY(HTTP_PATCH, "/api/v1/hooks/{name}", hooks_handle, body_end, .may = MAY_MANAGE,
	     .action = "hook.set", .summary = "Changes a webhook."),
	BARE(HTTP_DELETE, "/api/v1/hooks/{name}", hooks_handle, .may = MAY_MANAGE, .action = "hook.remove",
	     .summary = "Removes a webhook and its deliveries."),
	BODY(HTTP_POST, "/api/v1/hooks/{name}/rotate", hooks_handle, body_end, .may = MAY_MANAGE,
	     .action = "hook.rotate",
	     .summary = "Gives a webhook another secret, which is shown this once; the one before signs as well for a while."),
	EMPTY("/api/v1/hooks/{name}/test", hooks_handle, .may = MAY_MANAGE, .action = "hook.test",
	     .summary = "Sends a test now, and tells what came of it."),
	GET("/api/v1/hooks/{name}/deliveries", hooks_handle, .may = MAY_MANAGE, API,
	    .summary = "What was sent, the newest first, and what came of it."),
	EMPTY("/api/v1/deliveries/{id}/resend", hooks_handle, .may = MAY_MANAGE, .action = "hook.resend",
	     .summary = "Sends a delivery again, by its id."),
	GET("/api/v1/audit", audit_get, .may = MAY_MANAGE, API,
	    .summary = "Who did what from where, and what became of it: the audit log after ?since."),

	/* Bundles for the other side of a slow link */
	{ .methods = HTTP_POST, .pattern = "/api/v1/bundles", .handle = bundles_post,
	  .begin = bundles_begin, .body = bundles_take, .end = bundles_end, ASK, .costly = true,
	  .dry_run = true, .action = "bundle.create",
	  .summary = "Makes a signed bundle of a repository, or of what an inventory lacks; chartlocker mirror." },
	GET("/api/v1/bundles", bundles_list, ASK, .summary = "The bundles that are kept to be fetched."),
	GET("/api/v1/bundles/{id}", bundles_get, ASK,
	    .summary = "A bundle; Range and If-Range go on where a connection broke."),
	BARE(HTTP_DELETE, "/api/v1/bundles/{id}", bundles_delete, .may = MAY_ASK, .action = "bundle.remove",
	     .summary = "Takes a bundle away that was fetched."),

	/* ChartMuseum's API */
	GET("/api/{repo?}/charts", charts_list, READ, .cache = CACHE_REVALIDATE,
	    .summary = "All charts with their versions; ?limit and ?offset count charts."),
	GET("/api/{repo?}/charts/{name}", charts_of_name, READ, .cache = CACHE_REVALIDATE,
	    .summary = "The versions of a chart, the newest first."),
	GET("/api/{repo?}/charts/{name}/{version}", charts_version, READ, .cache = CACHE_REVALIDATE,
	    .summary = "One version: its text, latest, or the newest that a constraint admits."),
	GET("/api/{repo?}/charts/{name}/{version}/values", charts_values, READ,
	    .cache = CACHE_REVALIDATE, .costly = true, .summary = "Its values.yaml."),
	GET("/api/{repo?}/charts/{name}/{version}/templates", charts_templates, READ,
	    .cache = CACHE_REVALIDATE, .costly = true, .summary = "Its templates in Base64, and its values as JSON."),

	/* Other programs' addresses: a job changes its host name and nothing else */
	UPLOAD(HTTP_POST, "/api/v4/projects/{any}/packages/helm/api/{repo}/charts", upload_publish,
	       upload_begin, .action = "publish",
	       .summary = "Publishes a chart, as to GitLab; the channel is the repository."),
	UPLOAD(HTTP_POST, "/api/api/v4/projects/{any}/packages/helm/{repo}/charts", upload_publish,
	       upload_begin, .action = "publish",
	       .summary = "The same as helm cm-push addresses it."),
	GET("/api/v4/projects/{any}/packages/helm/{repo}/index.yaml", index_yaml, READ, .cache = CACHE_REVALIDATE,
	    .summary = "The index, at GitLab's address."),
	GET("/api/v4/projects/{any}/packages/helm/{repo}/charts/{file}", chart_get, READ, .cache = CACHE_IMMUTABLE,
	    .summary = "A chart or its provenance file, at GitLab's address."),
	UPLOAD(HTTP_POST | HTTP_PUT, "/api/packages/{repo}/helm/api/charts", upload_publish,
	       upload_begin, .action = "publish",
	       .summary = "Publishes a chart, as to Gitea; the owner is the repository."),
	UPLOAD(HTTP_POST, "/api/api/packages/{repo}/helm/charts", upload_publish, upload_begin,
	       .action = "publish",
	       .summary = "The same as helm cm-push addresses it."),
	GET("/api/packages/{repo}/helm/index.yaml", index_yaml, READ, .cache = CACHE_REVALIDATE,
	    .summary = "The index, at Gitea's address."),
	GET("/api/packages/{repo}/helm/charts/{file}", chart_get, READ, .cache = CACHE_IMMUTABLE,
	    .summary = "A chart or its provenance file, at Gitea's address."),
	GET("/api/packages/{repo}/helm/{file}", chart_get, READ, .cache = CACHE_IMMUTABLE,
	    .summary = "The same, as Gitea's index has it."),
	UPLOAD(HTTP_PUT, "/repository/{repo}/{file}", upload_put, upload_begin_raw,
	       .action = "publish",
	       .summary = "Publishes a chart or provenance file, as to Nexus."),
	GET("/repository/{repo}/index.yaml", index_yaml, READ, .cache = CACHE_REVALIDATE,
	    .summary = "The index, at Nexus' address."),
	GET("/repository/{repo}/charts/{file}", chart_get, READ, .cache = CACHE_IMMUTABLE,
	    .summary = "A chart or its provenance file, at Nexus' address."),
	GET("/repository/{repo}/{file}", chart_get, READ, .cache = CACHE_IMMUTABLE,
	    .summary = "The same, as Nexus' index has it."),
	UPLOAD(HTTP_PUT, "/artifactory/{repo}/{file}", upload_put, upload_begin_raw,
	       .action = "publish",
	       .summary = "Publishes a chart or provenance file, as to Artifactory."),
	GET("/artifactory/{repo}/index.yaml", index_yaml, READ, .cache = CACHE_REVALIDATE,
	    .summary = "The index, at Artifactory's address."),
	GET("/artifactory/{repo}/charts/{file}", chart_get, READ, .cache = CACHE_IMMUTABLE,
	    .summary = "A chart or its provenance file, at Artifactory's address."),
	GET("/artifactory/{repo}/{file}", chart_get, READ, .cache = CACHE_IMMUTABLE,
	    .summary = "The same, as Artifactory's index has it."),
	GET("/artifactory/api/helm/{repo}/index.yaml", index_yaml, READ, .cache = CACHE_REVALIDATE,
	    .summary = "The index, at Artifactory's address."),
	GET("/artifactory/api/helm/{repo}/charts/{file}", chart_get, READ, .cache = CACHE_IMMUTABLE,
	    .summary = "A chart or its provenance file, at Artifactory's address."),
	GET("/artifactory/api/helm/{repo}/{file}", chart_get, READ, .cache = CACHE_IMMUTABLE,
	    .summary = "The same, as Artifactory's index has it."),

	/* Operating */
	GET("/api/v1/openapi.yaml", health_openapi, OPEN, .summary = "This API as OpenAPI 3.1."),
	GET("/styleguide", styleguide_page, PAGE, .summary = "Every component that pages are made of."),
	GET("/static/{version}/{name}", assets_get, .may = MAY_ANYONE, .dialect = DIALECT_PAGE,
	    .cache = CACHE_IMMUTABLE, .summary = "Stylesheet, script and icon of the pages."),
	GET("/favicon.ico", assets_favicon, .may = MAY_ANYONE, .dialect = DIALECT_PAGE,
	    .cache = CACHE_REVALIDATE, .summary = "The icon of the site."),
	GET("/health", health_live, OPEN, .watches = true, .summary = "200 while the program runs (ChartMuseum's name)."),
	GET("/healthz", health_live, OPEN, .watches = true, .summary = "200 while the program runs."),
	GET("/livez", health_live, OPEN, .watches = true, .summary = "200 while the program runs."),
	GET("/readyz", health_ready, OPEN, .watches = true,
	    .summary = "200 when the index can be served and changes are taken, else 503."),
	GET("/info", health_info, OPEN, .summary = "The program's name and version."),
	GET("/{repo}/health", health_live, OPEN, .museum = true, .watches = true,
	    .summary = "The same below a tenant, for who moved from ChartMuseum."),
	GET("/{repo}/info", health_info, OPEN, .museum = true,
	    .summary = "Name and version below a tenant, likewise."),
	GET("/metrics", health_metrics, OPEN, .summary = "Metrics in Prometheus' text format."),

	/* The control socket alone */
	BARE(HTTP_POST, "/control/fsck", control_fsck, .may = MAY_CONTROL, .action = "fsck",
	     .summary = "Checks files, rows, log and index; chartlocker fsck."),
	BARE(HTTP_POST, "/control/rebuild", control_rebuild, .may = MAY_CONTROL, .action = "rebuild",
	     .summary = "Makes rows, index lines and the catalog again; chartlocker rebuild."),
	BARE(HTTP_POST, "/control/damage", control_damage, .may = MAY_CONTROL, .action = "damage",
	     .summary = "Has a file looked at that seems damaged; chartlocker scrub."),
	BARE(HTTP_POST, "/control/scrubbed", control_scrubbed, .may = MAY_CONTROL, .action = "scrub",
	     .summary = "Notes for the metrics what a scrub found; chartlocker scrub."),
	BARE(HTTP_POST, "/control/backed-up", control_backed_up, .may = MAY_CONTROL, .action = "backup",
	     .summary = "Notes for the metrics that a backup was made; chartlocker backup."),
	BARE(HTTP_POST, "/control/bundle", control_bundle, .may = MAY_CONTROL, .action = "bundle",
	     .summary = "Takes a bundle over that a command has compared; chartlocker bundle import."),
	BARE(HTTP_POST, "/control/routes", control_routes, .may = MAY_CONTROL, .summary = "This table, as JSON."),
	{ .pattern = NULL },
};

const size_t route_count = sizeof routes / sizeof *routes - 1;

/* Which software an upstream is, and how one of our own kind says that it is followed. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/upstream/impl.h"

#define HEADERS_MAX 3

/* `headers`: "Name: value", with newlines between them. */
static const struct outgoing_answer *answer_of(struct arena *a, const char *url, const char *server,
                                               const char *headers)
{
	struct outgoing_answer *answer = ARENA_NEW(a, struct outgoing_answer);
	struct outgoing_header *list = arena_array(a, HEADERS_MAX, sizeof *list);
	assert_non_null(answer);
	assert_non_null(list);
	*answer = (struct outgoing_answer){ .status = 200, .url = str_c(url), .same_origin = true,
	                                    .server = server ? str_c(server) : (struct str){ 0 },
	                                    .headers = list };
	struct str rest = headers ? str_c(headers) : (struct str){ 0 };
	while (rest.n) {
		struct str line = str_cut(&rest, '\n', NULL);
		assert_true(answer->header_count < HEADERS_MAX);
		list[answer->header_count].name = str_cut(&line, ':', NULL);
		list[answer->header_count++].value = str_trim(line);
	}
	return answer;
}

static const struct {
	const char *url, *server, *headers, *info, *first, *software;
} table[] = {
	{ "https://h/index.yaml", NULL, NULL, NULL, NULL, "" },
	{ "https://h/index.yaml", "nginx", "Etag: \"x\"", "", "https://h/demo-1.0.0.tgz", "" },
	{ "https://h/index.yaml", NULL, "x-chartlocker: api=api/v1", "{}", NULL, "chartlocker" },
	{ "https://h/index.yaml", NULL, "X-Chartlocker:", NULL, NULL, "" },
	{ "https://h/artifactory/r/index.yaml", NULL, "X-Artifactory-Id: 1", NULL, NULL, "artifactory" },
	{ "https://h/index.yaml", NULL, "A: b\nX-JFrog-Version: Artifactory/7", NULL, NULL, "artifactory" },
	{ "https://h/index.yaml", "Artifactory/7.49.8", NULL, NULL, NULL, "artifactory" },
	{ "https://h/repository/r/index.yaml", "Nexus/3.70.1-02 (OSS)", NULL, NULL, NULL, "nexus" },
	{ "https://h/repository/r/index.yaml", "not Nexus", NULL, NULL, NULL, "" },
	{ "https://gitlab.com/api/v4/projects/1/packages/helm/stable/index.yaml", NULL, NULL, NULL, NULL,
	  "gitlab" },
	{ "https://h/index.yaml", NULL, "X-Gitlab-Meta: {}", NULL, NULL, "gitlab" },
	{ "https://h/api/packages/o/helm/index.yaml", NULL, NULL, NULL, NULL, "gitea" },
	{ "https://h/chartrepo/library/index.yaml", NULL, NULL, "{}", NULL, "harbor" },
	{ "https://h/index.yaml", NULL, "X-Harbor-Csrf-Token: x", NULL, NULL, "harbor" },
	{ "https://o.github.io/charts/index.yaml", "GitHub.com", NULL, NULL,
	  "https://github.com/o/charts/releases/download/demo-1.0.0/demo-1.0.0.tgz", "chart-releaser" },
	{ "https://o.github.io/charts/index.yaml", NULL, NULL, NULL, "https://o.github.io/d-1.0.0.tgz",
	  "github-pages" },
	{ "https://charts.example.org/index.yaml", "GitHub.com", NULL, NULL, NULL, "github-pages" },
	{ "https://evil.example/?https://o.github.io/x", NULL, NULL, NULL, NULL, "" },
	{ "https://raw.githubusercontent.com/o/r/main/index.yaml", NULL, NULL, NULL, NULL, "github-pages" },
	{ "https://h/index.yaml", NULL, NULL, "{\"contextPath\":\"/a\"}", NULL, "chartmuseum" },
	{ "https://h/index.yaml", NULL, NULL, "{}", NULL, "chartmuseum" },
	{ "https://h/index.yaml", NULL, NULL, "{\"other\":1}", NULL, "" },
};

static void what_answers_give_away(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		AUTO_ARENA struct arena a = { 0 };
		const struct software_clues clues = {
			answer_of(&a, table[i].url, table[i].server, table[i].headers), table[i].info,
			table[i].first,
		};
		if (!str_eq_c(software_of(&clues), table[i].software))
			fail_msg("row %zu is \"%.*s\"", i, STR_ARG(software_of(&clues)));
	}
}

/* `read`: api, repo, event and whether all events count; NULL: it is not followed. */
static const struct { const char *url, *header, *read; } peers[] = {
	{ "https://h/stable/index.yaml", "api=../api/v1; repo=stable; event=7; log=repo",
	  "https://h/api/v1 stable 7 0" },
	{ "https://h/base/team/x/index.yaml", "api=../../api/v1; repo=team/x; event=7; log=all",
	  "https://h/base/api/v1 team/x 7 1" },
	{ "http://h:8081/index.yaml?x=/y", "api=api/v1;repo=main;event=0", "http://h:8081/api/v1 main 0 0" },
	{ "https://h/index.yaml", "event=7; repo=main; api=api/v1", "https://h/api/v1 main 7 0" },
	{ "https://h/index.yaml", NULL, NULL },
	{ "https://h/index.yaml", "", NULL },
	{ "https://h/index.yaml", "api=api/v1; repo=main", NULL },
	{ "https://h/index.yaml", "api=api/v1; event=7", NULL },
	{ "https://h/index.yaml", "api=api/v1; repo=main; event=-1", NULL },
	{ "https://h/index.yaml", "api=api/v1; repo=main; event=18446744073709551616", NULL },
	{ "https://h/index.yaml", "api=https://evil/api/v1; repo=main; event=7", NULL },
	{ "https://h/index.yaml", "api=//evil/api/v1; repo=main; event=7", NULL },
	{ "https://h/index.yaml", "api=file:///etc; repo=main; event=7", NULL },
	{ "https://h/index.yaml", "api=../..//evil/api; repo=main; event=7", "https://h/evil/api main 7 0" },
	{ "https://h/index.yaml", "api=\\\\evil/api; repo=main; event=7", NULL },
	{ "https://h/index.yaml", "api=; repo=main; event=7", NULL },
};

static void how_it_is_followed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(peers); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct peer peer = { .of = 7 };
		const char *header = peers[i].header ? arena_printf(&a, "X-Chartlocker: %s", peers[i].header)
		                                     : NULL;
		bool read = peer_read(&a, answer_of(&a, peers[i].url, NULL, header), &peer);
		if (read != (peers[i].read != NULL))
			fail_msg("row %zu is %s: %s", i, read ? "read" : "refused", peer.api);
		assert_int_equal(peer.of, 7);
		if (!read)
			continue;
		const char *text = arena_printf(&a, "%s %s %llu %d", peer.api, peer.repo,
		                                (unsigned long long)peer.event, peer.all);
		assert_string_equal(text, peers[i].read);
	}
}

static void an_answer_from_elsewhere_is_not_followed(void **state)
{
	AUTO_ARENA struct arena a = { 0 };
	struct peer peer = { .of = 7 };
	(void)state;
	struct outgoing_answer answer = *answer_of(&a, "https://h/index.yaml", NULL,
	                                           "X-Chartlocker: api=api/v1; repo=main; event=7");
	assert_true(peer_read(&a, &answer, &peer));
	answer.same_origin = false;
	assert_false(peer_read(&a, &answer, &peer));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_answers_give_away),
		cmocka_unit_test(how_it_is_followed),
		cmocka_unit_test(an_answer_from_elsewhere_is_not_followed),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

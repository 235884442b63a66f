/* Annotations, what is dropped of them and why; categories, licenses and links that follow. */
#include "format_chart.h"

#include "indexer/document/annotations.h"

/* ---- as text ---- */

static void put_text(struct sbuf *b, const char *what, struct str text)
{
	if (text.n)
		sbuf_printf(b, "%s %.*s\n", what, STR_ARG(text));
}

static void put_lists(struct sbuf *b, const struct chart_annotations *n)
{
	for (size_t i = 0; i < n->change_count; i++)
		sbuf_printf(b, "change %s: %.*s\n", changelog_kind_word(n->changes[i].kind),
		            STR_ARG(n->changes[i].text));
	for (size_t i = 0; i < n->crd_count; i++)
		sbuf_printf(b, "crd %.*s|%.*s|%.*s|%.*s|%.*s\n", STR_ARG(n->crds[i].kind),
		            STR_ARG(n->crds[i].version), STR_ARG(n->crds[i].name),
		            STR_ARG(n->crds[i].display_name), STR_ARG(n->crds[i].description));
	for (size_t i = 0; i < n->crds_example_count; i++)
		put_text(b, "example", node_text(node_get(n->crds_examples[i], "kind")));
	for (size_t i = 0; i < n->image_count; i++) {
		sbuf_printf(b, "image %.*s|%.*s%s", STR_ARG(n->images[i].name), STR_ARG(n->images[i].image),
		            n->images[i].whitelisted ? "|whitelisted" : "");
		for (size_t p = 0; p < n->images[i].platform_count; p++)
			sbuf_printf(b, "|%.*s", STR_ARG(n->images[i].platforms[p]));
		sbuf_putc(b, '\n');
	}
	for (size_t i = 0; i < n->link_count; i++)
		sbuf_printf(b, "link %.*s|%.*s\n", STR_ARG(n->links[i].name), STR_ARG(n->links[i].url));
	for (size_t i = 0; i < n->screenshot_count; i++)
		sbuf_printf(b, "screenshot %.*s|%.*s\n", STR_ARG(n->screenshots[i].name),
		            STR_ARG(n->screenshots[i].url));
	for (size_t i = 0; i < n->maintainer_count; i++)
		sbuf_printf(b, "maintainer %.*s|%.*s|%.*s\n", STR_ARG(n->maintainers[i].name),
		            STR_ARG(n->maintainers[i].email), STR_ARG(n->maintainers[i].url));
	for (size_t i = 0; i < n->recommendation_count; i++)
		put_text(b, "recommendation", n->recommendations[i]);
}

static void put_annotations(struct sbuf *b, const struct chart_annotations *n)
{
	put_text(b, "alternative", n->alternative_name);
	if (n->category_is_given)
		sbuf_printf(b, "category %s\n", category_slug(n->category));
	put_text(b, "license", n->license);
	put_text(b, "capabilities", n->operator_capabilities);
	sbuf_puts(b, n->contains_security_updates ? "security\n" : "");
	sbuf_puts(b, n->is_operator ? "operator\n" : "");
	sbuf_puts(b, n->prerelease ? "prerelease\n" : "");
	put_lists(b, n);
	put_text(b, "key", n->sign_key_url);
	put_text(b, "fingerprint", n->sign_key_fingerprint);
	for (size_t i = 0; i < n->warning_count; i++)
		put_text(b, "warning", n->warnings[i]);
	sbuf_putc(b, '\0');
}

/* ---- one annotation a row ---- */

static const struct row { const char *name, *key, *value, *wanted; } rows[] = {
	{ "part of the name", "alternativeName", "cert", "alternative cert\n" },
	{ "more than the name", "alternativeName", "my-certs-manager", "alternative my-certs-manager\n" },
	{ "another name", "alternativeName", "other",
	  "warning artifacthub.io/alternativeName: is neither part of the chart's name nor contains it\n" },
	{ "category", "category", "monitoring-logging", "category monitoring-logging\n" },
	{ "no prediction", "category", "skip-prediction", "category \n" },
	{ "no category", "category", "games", "warning artifacthub.io/category: \"games\" is no category\n" },
	{ "changes", "changes", "- {kind: Added, description: a}\n- b\n", "change added: a\nchange : b\n" },
	{ "changes in part", "changes", "- {kind: added}\n- b\n",
	  "change : b\nwarning artifacthub.io/changes: entry 1 has no description\n" },
	{ "security", "containsSecurityUpdates", "true", "security\n" },
	{ "no security", "containsSecurityUpdates", "false", "" },
	{ "as Go writes it", "containsSecurityUpdates", "T",
	  "warning artifacthub.io/containsSecurityUpdates: is neither true nor false\n" },
	{ "CRDs", "crds", "- kind: A\n  version: 1.0\n  name: as\n  displayName: The A\n  description: B\n"
	  "- {kind: C}\n", "crd A|1|as|The A|B\ncrd C||||\n" },
	{ "CRDs that are none", "crds", "- {}\n- x\n- {kind: [a]}\n",
	  "warning artifacthub.io/crds: entry 1 is empty\nwarning artifacthub.io/crds: entry 2 is no map\n"
	  "warning artifacthub.io/crds: entry 3 is empty\n" },
	{ "examples", "crdsExamples", "- {kind: A}\n- x\n",
	  "example A\nwarning artifacthub.io/crdsExamples: entry 2 is no map\n" },
	{ "images", "images", "- name: a\n  image: x/a:1\n  whitelisted: true\n"
	  "  platforms: [linux/amd64, linux/arm64]\n- image: b\n",
	  "image a|x/a:1|whitelisted|linux/amd64|linux/arm64\nimage |b\n" },
	{ "images that are none", "images", "- {image: 'A B'}\n- {name: a}\n- {image: c, whitelisted: x}\n",
	  "image |c\nwarning artifacthub.io/images: entry 1 is no image\n"
	  "warning artifacthub.io/images: entry 2 has no image\n"
	  "warning artifacthub.io/images: entry 3: whitelisted is neither true nor false\n" },
	{ "license", "license", " MIT ", "license MIT\n" },
	{ "empty", "license", " ", "" },
	{ "links", "links", "- name: a\n  url: https://x\n- url: b\n", "link a|https://x\nlink |b\n" },
	{ "links in part", "links", "- name: a\n- name: b\n  url: c\n",
	  "link b|c\nwarning artifacthub.io/links: entry 1 has no url\n" },
	{ "JSON", "links", "[\n\t{\"name\": \"a\",\t\"url\": \"b\"}\n]", "link a|b\n" },
	{ "indented by tabs", "links", "-\tname: a\n\turl: b\n", "link a|b\n" },
	{ "Windows' line ends", "links", "- name: a\r\n  url: b\r\n", "link a|b\n" },
	{ "no list", "links", "name: a", "warning artifacthub.io/links: is no list\n" },
	{ "no YAML", "links", "- a: b: c\n",
	  "warning artifacthub.io/links: is no YAML (line:1: mapping values are not allowed in this context)\n" },
	{ "maintainers", "maintainers", "- {name: a, email: a@x}\n- {url: https://b}\n",
	  "maintainer a|a@x|\nmaintainer ||https://b\n" },
	{ "operator", "operator", "true", "operator\n" },
	{ "capabilities", "operatorCapabilities", "Seamless Upgrades", "capabilities seamless upgrades\n" },
	{ "no capabilities", "operatorCapabilities", "magic\x1b[0m",
	  "warning artifacthub.io/operatorCapabilities: \"magic?[0m\" is no level of capabilities\n" },
	{ "prerelease", "prerelease", "TRUE", "prerelease\n" },
	{ "recommendations", "recommendations", "- url: https://a\n- b\n",
	  "recommendation https://a\nwarning artifacthub.io/recommendations: entry 2 is no map\n" },
	{ "screenshots", "screenshots", "- {title: a, url: b}\n", "screenshot a|b\n" },
	{ "sign key", "signKey", "fingerprint: A B\nurl: https://x\n", "key https://x\nfingerprint A B\n" },
	{ "sign key without URL", "signKey", "fingerprint: a\n", "warning artifacthub.io/signKey: has no url\n" },
	{ "sign key as text", "signKey", "https://x", "warning artifacthub.io/signKey: is no map\n" },
	{ "unknown", "other", "x", "" },
};

static void t_annotation(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct chart_annotation annotation = { str_c(arena_printf(&a, "artifacthub.io/%s", row->key)),
	                                       str_c(row->value) };
	const struct chart_meta m = { .name = STR("certs"), .annotations = &annotation,
	                              .annotation_count = 1 };
	struct chart_annotations n;
	assert_int_equal(annotations_read(&a, &m, &n, &error), OK);
	put_annotations(&b, &n);
	assert_true(sbuf_ok(&b));
	assert_string_equal(b.p, row->wanted);
}

static void warnings_are_cut(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct chart_annotation annotations[] = { { STR("artifacthub.io/category"), STR("") },
	                                          { STR("artifacthub.io/links"), STR("") } };
	const struct chart_meta m = { .annotations = annotations, .annotation_count = 2 };
	struct chart_annotations n;
	for (size_t i = 0; i < ANNOTATION_WARNINGS_MAX; i++)
		sbuf_puts(&b, "- x\n");
	annotations[0].value = annotations[1].value = sbuf_str(&b);
	assert_int_equal(annotations_read(&a, &m, &n, &error), OK);
	assert_int_equal(n.warning_count, ANNOTATION_WARNINGS_MAX);
	assert_in_range(n.warnings[0].n, ANNOTATION_WARNING_MAX_BYTES, ANNOTATION_WARNING_MAX_BYTES + 64);
	assert_str(n.warnings[1], "artifacthub.io/links: entry 1 is no map");
}

/* ---- categories ---- */

static const struct { const char *name, *keywords, *annotation, *slug; } categories[] = {
	{ "redis", "", NULL, "database" },
	{ "prometheus-mysql-exporter", "", NULL, "monitoring-logging" },
	{ "Cert-Manager", "letsencrypt, TLS", NULL, "security" },
	{ "thing", "object-storage", NULL, "storage" },
	{ "thing", "message queue", NULL, "streaming-messaging" },
	{ "nginx", "database", NULL, "networking" },
	{ "thing", "database, cache, kafka, events", NULL, "streaming-messaging" },
	{ "machine-learning", "", NULL, "ai-machine-learning" },
	{ "wordpress", "blog, cms", NULL, "" },
	{ "redish", "", NULL, "" },
	{ "redis", "", "security", "security" },
	{ "redis", "", "skip-prediction", "" },
	{ "redis", "", "nonsense", "database" },
	{ "", "", NULL, "" },
	{ "an-endless-name-that-is-longer-than-any-word-that-could-be-in-the-table-redis", "", NULL, "" },
};

static void t_category(void **state)
{
	const char *const *row = *state;
	struct chart c;
	AUTO_ARENA struct arena a = { 0 };
	struct chart_annotations n;
	expect(row[0], load_yaml(arena_printf(&a, HEAD "keywords: [%s]\nannotations: {%s%s}\n", row[1],
	                                      row[2] ? "artifacthub.io/category: " : "",
	                                      row[2] ? row[2] : ""), &c), NULL);
	c.meta.name = str_c(row[0]);
	assert_int_equal(annotations_read(&arena, &c.meta, &n, &error), OK);
	assert_string_equal(category_slug(chart_category(&c.meta, &n)), row[3]);
}

static void categories_have_their_names(void **state)
{
	(void)state;
	enum category found;
	for (enum category c = CATEGORY_AI; c < CATEGORY_COUNT; c++) {
		assert_true(category_of_slug(str_c(category_slug(c)), &found) && found == c);
		assert_true(category_title(c)[0]);
	}
	assert_int_equal(CATEGORY_STREAMING, 8);         /* Artifact Hub's number */
	assert_false(category_of_slug(STR(""), &found));
	assert_string_equal(category_title(CATEGORY_NONE), "");
}

/* ---- licenses ---- */

static const struct { const char *name, *text; } licenses[] = {
	{ "Apache-2.0", "\n      Apache License\n   Version 2.0, January 2004\n http://www.apache.org/licenses/" },
	{ "Apache-2.0", "Copyright\n\nLicensed under the Apache License, Version 2.0 (the \"License\")" },
	{ "MIT", "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\n"
	  "of this software and associated documentation files (the \"Software\")\nThe above copyright notice "
	  "and this permission notice shall be" },
	{ "BSD-2-Clause", "Redistribution and use in source and binary forms, with or without\n"
	  "2. Redistributions in binary form must reproduce the above" },
	{ "BSD-3-Clause", "Redistribution and use in source and binary forms\nRedistributions in binary form must "
	  "reproduce\nNeither the name of the copyright holder" },
	{ "BSD-4-Clause", "Redistribution and use in source and binary forms\nAll advertising materials mentioning "
	  "features\nNeither the name of" },
	{ "MPL-2.0", "Mozilla Public License Version 2.0\n=====" },
	{ "MPL-2.0", "Mozilla Public License, version 2.0" },
	{ "GPL-2.0", "GNU GENERAL PUBLIC LICENSE\n   Version 2, June 1991" },
	{ "GPL-3.0", "GNU GENERAL PUBLIC LICENSE\n   Version 3, 29 June 2007\nthe GNU Affero General Public License" },
	{ "AGPL-3.0", "GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3, 19 November 2007\nGNU General Public License" },
	{ "LGPL-3.0", "GNU LESSER GENERAL PUBLIC LICENSE\r\nVersion 3, 29 June 2007" },
	{ "LGPL-2.1", "GNU LESSER GENERAL PUBLIC LICENSE\nVersion 2.1, February 1999" },
	{ "EPL-2.0", "Eclipse Public License - v 2.0" },
	{ "EPL-1.0", "Eclipse Public License - v 1.0" },
	{ "Unlicense", "This is free and unencumbered software released into the public domain." },
	{ "CC0-1.0", "CC0 1.0 Universal" },
	{ "BSL-1.0", "Boost Software License - Version 1.0 - August 17th, 2003" },
	{ "ISC", "Permission to use, copy, modify, and/or distribute this software for any\npurpose with or without "
	  "fee is hereby granted, provided that the above\ncopyright notice" },
	{ "ISC", "Permission to use, copy, modify, and distribute this software for any purpose with or without fee "
	  "is hereby granted, provided that the above copyright notice" },
	{ "BUSL-1.1", "Business Source License 1.1\nChange License: Apache License, Version 2.0" },
	{ "", "All rights reserved." },
	{ "", "GNU General Public License" },
	{ "", "Permission is hereby granted, free of charge, to any person" },
	{ "", "" },
};

static void t_license(void **state)
{
	const char *const *row = *state;
	assert_str(license_of_text(str_c(row[1])), row[0]);
}

static void licenses_are_said_in_several_places(void **state)
{
	(void)state;
	static const struct { const char *annotations, *license; } places[] = {
		{ "{artifacthub.io/license: MIT, licenses: ISC}", "MIT" },
		{ "{licenses: ISC, org.opencontainers.image.licenses: X}", "ISC" },
		{ "{org.opencontainers.image.licenses: X}", "X" },
		{ "{artifacthub.io/license: ' ', licenses: ''}", "Unlicense" },
		{ "{}", "Unlicense" },
	};
	for (size_t i = 0; i < ROWS(places); i++) {
		AUTO_ARENA struct arena a = { 0 };
		const struct file files[] = {
			{ "Chart.yaml", arena_printf(&a, HEAD "annotations: %s\n", places[i].annotations) },
			{ "LICENSE", "This is free and unencumbered software released into the public domain." },
			{ 0 },
		};
		struct chart c;
		struct chart_annotations n;
		expect("chart", load_files(files, &c), NULL);
		assert_int_equal(annotations_read(&arena, &c.meta, &n, &error), OK);
		assert_str(chart_license(&c, &n), places[i].license);
	}
}

/* ---- links ---- */

static const struct { const char *name, *meta, *annotation, *wanted; } links[] = {
	{ "home and sources", "home: https://h\nsources: [https://s, http://t]\n", "[]",
	  "home https://h\nsource https://s\nsource http://t\n" },
	{ "the same twice", "home: https://h\nsources: [https://h, https://s, https://s]\n", "[]",
	  "home https://h\nsource https://s\n" },
	{ "more", "home: https://h\n", "[{name: docs, url: https://d}]", "home https://h\ndocs https://d\n" },
	{ "renamed", "home: https://h\nsources: [https://s]\n", "[{name: code, url: https://s}]",
	  "home https://h\ncode https://s\n" },
	{ "without a name", "sources: [https://s]\n", "[{url: https://s}, {url: https://d}]",
	  "source https://s\nhttps://d https://d\n" },
	{ "support", "home: https://h\n", "[{name: Support, url: https://x}, {name: a, url: https://a}]",
	  "home https://h\na https://a\nsupport https://x\n" },
	{ "support by mail", "", "[{name: support, url: 'mailto:a@b'}]", "support mailto:a@b\n" },
	{ "no addresses", "home: 'javascript:alert(1)'\nsources: [/x, 'https://', s]\n",
	  "[{name: a, url: 'data:x'}, {name: support, url: 'javascript:x'}]", "" },
	{ "none", "", "[]", "" },
};

static void t_links(void **state)
{
	const char *const *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct chart c;
	struct chart_annotations n;
	struct chart_links l;
	expect(row[0], load_yaml(arena_printf(&a, HEAD "%sannotations: {artifacthub.io/links: \"%s\"}\n",
	                                      row[1], row[2]), &c), NULL);
	assert_int_equal(annotations_read(&arena, &c.meta, &n, &error), OK);
	assert_int_equal(chart_links(&arena, &c.meta, &n, &l, &error), OK);
	for (size_t i = 0; i < l.count; i++)
		sbuf_printf(&b, "%.*s %.*s\n", STR_ARG(l.links[i].name), STR_ARG(l.links[i].url));
	put_text(&b, "support", l.support);
	sbuf_putc(&b, '\0');
	assert_string_equal(b.p, row[3]);
}

/* ---- asked one by one ---- */

static const struct { const char *name, *version, *annotation; bool wanted; } prereleases[] = {
	{ "by version",       "1.0.0-rc.1", "",      true },
	{ "by annotation",    "1.0.0",      "true",  true },
	{ "another word",     "1.0.0",      " Yes ", true },
	{ "both",             "1.0.0-rc.1", "true",  true },
	{ "version wins",     "1.0.0-rc.1", "false", true },
	{ "denied",           "1.0.0",      "false", false },
	{ "no word",          "1.0.0",      "maybe", false },
	{ "none",             "1.0.0",      "",      false },
	{ "build is none",    "1.0.0+rc.1", "",      false },
};

static void pre_releases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof prereleases / sizeof *prereleases; i++) {
		struct chart_annotation said = { STR("artifacthub.io/prerelease"),
		                                 str_c(prereleases[i].annotation) };
		const struct chart_meta m = { .version = str_c(prereleases[i].version),
		                              .annotations = &said, .annotation_count = said.value.n > 0 };
		if (chart_is_prerelease(&m) != prereleases[i].wanted)
			fail_msg("%s", prereleases[i].name);
	}
}

static void examples_are_yaml(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct chart_annotation said = { STR("artifacthub.io/crdsExamples"), STR("[{kind: A, spec: {on: [1]}}, {kind: B}]") };
	const struct chart_meta m = { .annotations = &said, .annotation_count = 1 };
	struct chart_annotations n;
	struct str text;
	size_t count;
	assert_int_equal(annotations_read(&a, &m, &n, &error), OK);
	assert_int_equal(annotations_examples(&a, &n, &text, &count, &error), OK);
	assert_int_equal(count, 2);
	assert_true(str_eq_c(text, "kind: A\nspec:\n  \"true\":\n    - 1\n---\nkind: B\n"));
}

/* Those that fit are whole. */
static void examples_are_cut(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	for (size_t i = 0; i < CRD_EXAMPLES_MAX_BYTES / 4; i++)
		sbuf_puts(&b, "- {kind: A}\n");
	struct chart_annotation said = { STR("artifacthub.io/crdsExamples"), sbuf_str(&b) };
	const struct chart_meta m = { .annotations = &said, .annotation_count = 1 };
	struct chart_annotations n;
	struct str text;
	size_t count;
	assert_int_equal(annotations_read(&a, &m, &n, &error), OK);
	assert_int_equal(annotations_examples(&a, &n, &text, &count, &error), OK);
	assert_int_equal(count, (CRD_EXAMPLES_MAX_BYTES + 4) / 12);
	assert_int_equal(text.n, 12 * count - 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(warnings_are_cut),
		cmocka_unit_test(categories_have_their_names),
		cmocka_unit_test(licenses_are_said_in_several_places),
		cmocka_unit_test(pre_releases),
		cmocka_unit_test(examples_are_yaml),
		cmocka_unit_test(examples_are_cut),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += RUN_TABLE("annotation", t_annotation, rows);
	failed += RUN_TABLE("category", t_category, categories);
	failed += RUN_TABLE("license", t_license, licenses);
	return failed + RUN_TABLE("links", t_links, links);
}

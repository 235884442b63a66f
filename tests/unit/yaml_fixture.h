/* Verdicts on YAML, of the reader and of the checker, which must agree. */
#pragma once

#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/format/node.h"

/* Reads and checks; both must give the same verdict. The detail is the reader's. */
static inline enum err verdict(struct str data, const struct yaml_options *o, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { .limit = 0 };
	const struct node *n = NULL;
	struct errinfo of_check = { .detail = "" };
	bool is_map = false;
	enum err err = yaml_read(&a, data, o, &n, e);
	assert_int_equal(yaml_check(data, o, &is_map, &of_check), err);
	if (err) {
		assert_null(n);
		assert_string_equal(of_check.detail, e->detail);
	} else {
		assert_int_equal(is_map, !n || n->kind == NODE_MAP);
	}
	return err;
}

static inline void expect_refused(struct str data, const struct yaml_options *o, const char *detail)
{
	struct errinfo e = { .detail = "" };
	enum err err = verdict(data, o, &e);
	if (err != ERR_METADATA || !str_starts(str_c(e.detail), str_c(detail)))
		fail_msg("%.*s: %s (%s), not %s", STR_ARG(str_first(data, 60)), e.detail, err_code(err),
		         detail);
}

static inline void expect_accepted(struct str data, const struct yaml_options *o)
{
	struct errinfo e = { .detail = "" };
	if (verdict(data, o, &e))
		fail_msg("%.*s: %s", STR_ARG(str_first(data, 60)), e.detail);
}

static inline const char *text_at(const struct node *n, const char *key)
{
	const struct node *value = node_get(n, key);
	return value ? node_text(value).p : NULL;
}

/* artifacthub-repo.yml: no crash, limits hold, and what is read is what is asked. */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/format/expression.h"
#include "indexer/format/publisher.h"

/* The first line is an expression too, the second a text. */
static void try_expression(struct arena *a, struct str data)
{
	struct expression *x;
	struct str expression = str_cut(&data, '\n', NULL), text = str_cut(&data, '\n', NULL);
	if (expression_new(a, expression, EXPRESSION_STEPS_MAX, &x, NULL) != OK)
		return;
	REQUIRE(expression_steps(x) <= EXPRESSION_STEPS_MAX);
	bool is = expression_match(x, text);
	if (expression.n && !memchr(expression.p, '^', expression.n) && !memchr(expression.p, '$', expression.n) && is) {
		AUTO_SBUF struct sbuf more = sbuf_make(2 * MIB);
		sbuf_puts(&more, "before");
		sbuf_put(&more, text);
		sbuf_puts(&more, "after");
		REQUIRE(expression_match(x, sbuf_str(&more)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	AUTO_ARENA struct arena a = { .limit = 0 };
	struct str data = str_make(bytes, n);
	struct publisher p;
	struct errinfo e = { 0 };
	if (n < 4096)
		try_expression(&a, data);
	enum err err = publisher_read(&a, data, &p, &e);
	REQUIRE(err == OK || err == ERR_INVALID);
	if (err)
		return 0;
	REQUIRE(p.id_count <= PUBLISHER_IDS_MAX && p.owner_count <= PUBLISHER_OWNERS_MAX &&
	        p.ignored_count <= PUBLISHER_IGNORED_MAX);
	for (size_t i = 0; i < p.id_count; i++)
		REQUIRE(publisher_has_id(&p, p.ids[i]));
	for (size_t i = 0; i < p.ignored_count; i++)
		if (!p.ignored[i].version.n)
			REQUIRE(publisher_ignores(&p, p.ignored[i].name, data));
	return 0;
}

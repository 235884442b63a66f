/* The functions of sprig, one by one. Of what Helm says of wrong arguments, a part is compared: it says
 * more of a literal.                                                                           */
#include "template_functions.h"

static const struct row rows[] = {
#define R(text, result) { LINE("functions", __LINE__), text, sizeof text - 1, result, sizeof result - 1, false },
#define F(text, part) { LINE("functions", __LINE__), text, sizeof text - 1, part, 0, true },
#include "template_functions_rows.def"
#undef R
#undef F
};
static const struct row edges[] = {
#define R(text, result) { LINE("edges", __LINE__), text, sizeof text - 1, result, sizeof result - 1, false },
#define F(text, part) { LINE("edges", __LINE__), text, sizeof text - 1, part, 0, true },
#include "template_functions_edge_rows.def"
#undef R
#undef F
};

static void t_function(void **state)
{
	const struct row *row = *state;
	if (!row->fails) {
		t_row(state);
		return;
	}
	AUTO_ARENA struct arena a = { .limit = 64 * MIB };
	AUTO_SBUF struct sbuf out = sbuf_make(MIB);
	struct errinfo e = { .detail = "" };
	assert_int_equal(render_row(&a, str_make(row->text, row->bytes), &out, &e), ERR_METADATA);
	if (!strstr(e.detail, row->result))
		fail_msg("said was %s\nwanted is %s", e.detail, row->result);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("functions", t_function, rows);
	return failed + RUN_TABLE("edges", t_function, edges);
}

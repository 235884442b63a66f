/* The language of templates: each row of template_engine_rows.def, then what nobody should write. */
#include "template_fixture.h"

#define TEXT(x) #x
#define LINE(x) "template_engine_rows.def:" TEXT(x)
struct row { const char *name, *text; size_t bytes; const char *values, *result; bool fails; };
static const struct row rows[] = {
#define R(text, values, result) { LINE(__LINE__), text, sizeof text - 1, values, result, false },
#define F(text, values, failure) { LINE(__LINE__), text, sizeof text - 1, values, failure, true },
#include "template_engine_rows.def"
#undef R
#undef F
};

static void t_row(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf out = sbuf_make(64 * KIB);
	struct errinfo e = { 0 };
	enum err err = render(&a, str_make(row->text, row->bytes), str_c(row->values), 100000, &out, &e);
	assert_string_equal(err ? e.detail : out.n ? out.p : "", row->result);
	assert_int_equal(err, row->fails ? ERR_METADATA : OK);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("the language", t_row, rows);
}

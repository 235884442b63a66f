/* Printing, comparing and writing values: fmt, encoding/json, go-yaml, TOML. */
#include "template_functions.h"

static const struct row rows[] = {
#define R(text, result) { LINE("values", __LINE__), text, sizeof text - 1, result, sizeof result - 1, false },
#define F(text, failure) { LINE("values", __LINE__), text, sizeof text - 1, failure, 0, true },
#include "template_values_rows.def"
#undef R
#undef F
};

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("values", t_row, rows);
}

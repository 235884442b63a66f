/* The functions on texts, regular expressions, encodings and addresses. */
#include "template_functions.h"

static const struct row rows[] = {
#define R(text, result) { LINE("text", __LINE__), text, sizeof text - 1, result, sizeof result - 1, false },
#define F(text, failure) { LINE("text", __LINE__), text, sizeof text - 1, failure, 0, true },
#include "template_text_rows.def"
#undef R
#undef F
};

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("texts", t_row, rows);
}

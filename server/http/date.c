/* IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT": the one form that HTTP sends. The two older forms
 * that RFC 9110 still knows are treated as malformed, so a condition that uses them is ignored. */
#include "server/http/message.h"

#include <stdio.h>

#include "indexer/base/clock.h"

static const char days[] = "ThuFriSatSunMonTueWed";      /* 1970-01-01 was a Thursday */
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

void http_date(int64_t wall_ns, char ret[HTTP_DATE_BYTES])
{
	char iso[RFC3339_MAX_BYTES];     /* YYYY-MM-DDThh:mm:ss… */
	(void)clock_format(wall_ns, iso);
	int64_t seconds = wall_ns / NS_PER_SECOND - (wall_ns % NS_PER_SECOND < 0);
	int64_t day = seconds / 86400 - (seconds % 86400 < 0);
	size_t weekday = (size_t)((day % 7 + 7) % 7);
	size_t month = (size_t)((iso[5] - '0') * 10 + (iso[6] - '0') - 1);
	(void)snprintf(ret, HTTP_DATE_BYTES, "%.3s, %.2s %.3s %.4s %.8s GMT", days + 3 * weekday,
	               iso + 8, months + 3 * month, iso, iso + 11);
}

bool http_date_parse(struct str text, int64_t *ret_wall_ns)
{
	char iso[] = "YYYY-MM-DDThh:mm:ssZ", again[HTTP_DATE_BYTES];
	int64_t ns;
	if (text.n != HTTP_DATE_BYTES - 1)
		return false;
	size_t month = 0;
	while (month < 12 && memcmp(months + 3 * month, text.p + 8, 3) != 0)
		month++;
	memcpy(iso, text.p + 12, 4);
	iso[5] = (char)('0' + (month + 1) / 10);
	iso[6] = (char)('0' + (month + 1) % 10);
	memcpy(iso + 8, text.p + 5, 2);
	memcpy(iso + 11, text.p + 17, 8);
	if (month == 12 || !clock_parse(str_c(iso), &ns))
		return false;
	/* The weekday, the spaces and "GMT" are right if the same text comes back. */
	http_date(ns, again);
	if (!str_eq_c(text, again))
		return false;
	*ret_wall_ns = ns;
	return true;
}

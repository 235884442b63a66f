/* Where a JSON value ends, and whether it is one: text comes in pieces, and nothing is built of it.
 *
 *     struct json_scan s = { .depth_max = YAML_DEPTH_MAX };
 *     while (s.state < SCAN_DONE) … n = json_scan(&s, the next piece) …                          */
#pragma once

#include "indexer/base/str.h"

#define JSON_SCAN_DEPTH_MAX 512u

enum json_scan_state {
	SCAN_VALUE, SCAN_VALUE_OR_END, SCAN_KEY, SCAN_KEY_OR_END, SCAN_COLON, SCAN_COMMA_OR_END,
	SCAN_STRING, SCAN_ESCAPE, SCAN_HEX, SCAN_WORD,
	SCAN_MINUS, SCAN_ZERO, SCAN_DIGITS, SCAN_POINT, SCAN_FRACTION, SCAN_E, SCAN_E_SIGN, SCAN_EXPONENT,
	SCAN_DONE, SCAN_BAD, SCAN_DEEP,
};

/* Zeroed but for depth_max, it waits for a value. */
struct json_scan {
	enum json_scan_state state;
	unsigned depth, depth_max;       /* at most JSON_SCAN_DEPTH_MAX */
	uint64_t maps[JSON_SCAN_DEPTH_MAX / 64];     /* a bit for each open list or map */
	bool is_key;                     /* the string that is open */
	size_t events;                   /* so far, as YAML has them: an end is one, too */
	unsigned hex;                    /* digits of \u that are still to come */
	const char *word;                /* what is left of true, false, null */
};

/* How many bytes of `text` belong to the value; s->state says DONE, BAD (no JSON) or DEEP when it ends
 * with them. A number ends before the byte that is no part of it, so one that the text ends with waits.
 * Repeated keys are fine, and no string is looked into: broken UTF-8 is found by who reads it.  */
size_t json_scan(struct json_scan *s, struct str text);

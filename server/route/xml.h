/* Writing XML: every text of a stranger goes through xml_text. */
#pragma once

#include "indexer/base/sbuf.h"

#define XML_HEAD "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"

/* Escaped for elements and for attribute values in quotes; what XML 1.0 has no place for is left
 * out or becomes U+FFFD.                                                                     */
void xml_text(struct sbuf *b, struct str s);
/* <name>text</name> and a newline */
void xml_element(struct sbuf *b, const char *name, struct str text);
/* The same of a time: RFC 3339. */
void xml_time(struct sbuf *b, const char *name, int64_t wall_ns);

/* See yaml_place.h. */
#include "indexer/format/yaml_place.h"

static bool begins_character(const struct yaml_place *p)
{
	return p->bytes == p->text.n || ((unsigned char)p->text.p[p->bytes] & 0xc0) != 0x80;
}

size_t yaml_place_at(struct yaml_place *p, size_t chars)
{
	while (p->bytes < p->text.n && (p->chars < chars || !begins_character(p))) {
		p->bytes++;
		p->chars += begins_character(p);
	}
	return p->bytes;
}

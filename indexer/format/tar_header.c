/* The fields of a tar header.
 *
 * Readers differ most where a field is not what its writer should have written: Python takes
 * "1_0" for a number and treats a bad uid as the end of the archive, Go takes the prefix of a
 * GNU header for a part of the name. So also the fields that nobody here uses must be sane.   */
#include "indexer/format/tar_judge.h"

unsigned tar_checksum(const struct tar_header *h)
{
	const unsigned char *p = (const unsigned char *)h;
	unsigned sum = ' ' * sizeof h->checksum;
	for (size_t i = 0; i < sizeof *h; i++)
		sum += p[i];
	for (size_t i = 0; i < sizeof h->checksum; i++)
		sum -= (unsigned char)h->checksum[i];
	return sum;
}

bool tar_number(struct str field, uint64_t *ret)
{
	uint64_t value = 0;
	size_t i = 0;
	for (; i < field.n && field.p[i] >= '0' && field.p[i] <= '7'; i++)
		value = value * 8 + (uint64_t)(field.p[i] - '0');      /* 12 digits at most */
	bool digits = i > 0;
	for (; i < field.n; i++)
		if (field.p[i] != '\0' && field.p[i] != ' ')
			return false;
	*ret = value;
	return digits;
}

/* Base 256, as GNU tar writes what octal cannot hold; within 64 bits, where readers agree. */
static bool is_binary(struct str field)
{
	unsigned char sign = (unsigned char)field.p[0];
	if (sign != 0x80 && sign != 0xff)
		return false;
	unsigned char fill = sign == 0x80 ? 0x00 : 0xff;
	size_t i = 1;
	for (; i + 8 < field.n; i++)
		if ((unsigned char)field.p[i] != fill)
			return false;
	return field.n <= 8 || ((unsigned char)field.p[i] & 0x80) == (fill & 0x80);
}

/* Octal as old writers put it: spaces in front, or nothing at all. */
static bool loose_number(struct str field, uint64_t *ret)
{
	*ret = 0;
	while (field.n && field.p[0] == ' ')
		field = str_from(field, 1);
	return !field.n || field.p[0] == '\0' ? tar_text(field, &field) : tar_number(field, ret);
}

/* Owner and time are not used, but readers stumble over nonsense in them. */
static bool is_harmless(struct str field)
{
	uint64_t ignored;
	return is_binary(field) || loose_number(field, &ignored);
}

/* Old writers put the file type of Unix into the mode as well, and Go believes it. */
static const char *mode_fault(const struct tar_header *h)
{
	uint64_t mode, type = h->type == '5' ? 0040000 : 0100000;
	if (!loose_number(TAR_FIELD(h, mode), &mode))
		return "the mode in the header is not a number";
	if ((mode & ~UINT64_C(07777)) != 0 && (mode & ~UINT64_C(07777)) != type)
		return "the mode in the header belongs to another type of member";
	return NULL;
}

bool tar_text(struct str field, struct str *ret)
{
	const char *end = field.n ? memchr(field.p, '\0', field.n) : NULL;
	size_t n = end ? (size_t)(end - field.p) : field.n;
	if (!tar_is_zero(str_from(field, n)))
		return false;
	*ret = str_make(field.p, n);
	return true;
}

static const char *number_fault(const struct tar_header *h)
{
	if (!is_harmless(TAR_FIELD(h, uid)) || !is_harmless(TAR_FIELD(h, gid)))
		return "the owner in the header is not a number";
	if (!is_harmless(TAR_FIELD(h, mtime)))
		return "the time in the header is not a number";
	if (!is_harmless(TAR_FIELD(h, dev_major)) || !is_harmless(TAR_FIELD(h, dev_minor)))
		return "the device in the header is not a number";
	return NULL;
}

static const char *header_fault(const struct tar_header *h)
{
	struct str text;
	bool gnu = str_eq(TAR_FIELD(h, magic), TAR_MAGIC_GNU);
	if (!gnu && !str_eq(TAR_FIELD(h, magic), TAR_MAGIC_USTAR))
		return "the header is neither POSIX nor GNU tar";
	if (gnu && !tar_is_zero(TAR_FIELD(h, prefix)))
		return "the header has GNU fields that are not accepted";
	if (!tar_is_zero(TAR_FIELD(h, padding)))
		return "the header has bytes in its padding";
	if (!tar_text(TAR_FIELD(h, name), &text) || !tar_text(TAR_FIELD(h, prefix), &text))
		return "member name has text behind a NUL";
	const char *fault = number_fault(h);
	return fault ? fault : mode_fault(h);
}

enum err tar_header_check(const struct tar_header *h, size_t at, struct errinfo *e)
{
	uint64_t sum;
	if (!tar_number(TAR_FIELD(h, checksum), &sum) || sum != tar_checksum(h))
		return ERR(e, ARCHIVE, "tar: the header at byte %zu has a wrong checksum", at);
	const char *fault = header_fault(h);
	if (!fault)
		return OK;
	char shown[TAR_SHOWN_MAX_BYTES];
	struct str name = str_make(h->name, strnlen(h->name, sizeof h->name));
	return ERR(e, ARCHIVE, "%s: %s", tar_shown(name, shown), fault);
}

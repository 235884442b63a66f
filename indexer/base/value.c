/* Numbers are digits and at most one letter, which is a factor. */
#include "indexer/base/value.h"

#include "indexer/base/limits.h"

struct unit { char letter; uint64_t factor; };

static bool parse(struct str s, const struct unit *units, size_t count, uint64_t *ret)
{
	uint64_t factor = 1, value;
	for (size_t i = 0; s.n > 1 && i < count; i++)
		if ((s.p[s.n - 1] | 0x20) == units[i].letter) {
			factor = units[i].factor;
			s.n--;
			break;
		}
	if (!str_to_u64(s, &value) || __builtin_mul_overflow(value, factor, &value))
		return false;
	*ret = value;
	return true;
}

bool value_count(struct str s, uint64_t *ret) { return parse(s, NULL, 0, ret); }

bool value_bytes(struct str s, uint64_t *ret)
{
	static const struct unit units[] = { { 'k', KIB }, { 'm', MIB }, { 'g', (uint64_t)KIB * MIB } };
	return parse(s, units, sizeof units / sizeof *units, ret);
}

bool value_bytes_si(struct str s, uint64_t *ret)
{
	static const struct unit units[] = {
		{ 'k', 1000 }, { 'm', 1000000 }, { 'g', 1000000000 }, { 't', 1000000000000 },
	};
	return parse(s, units, sizeof units / sizeof *units, ret);
}

bool value_seconds(struct str s, uint64_t *ret)
{
	static const struct unit units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	return parse(s, units, sizeof units / sizeof *units, ret);
}

bool value_bool(struct str s, bool *ret)
{
	static const char *const words[] = { "false", "true", "no", "yes", "off", "on", "0", "1" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq_nocase(s, str_c(words[i]))) {
			*ret = i & 1;
			return true;
		}
	return false;
}

bool value_is_word(struct str s, struct str words)
{
	while (words.n)
		if (str_eq(str_cut(&words, ' ', NULL), s))
			return true;
	return false;
}

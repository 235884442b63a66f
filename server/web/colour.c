/* See colour.h. */
#include "server/web/colour.h"

#include <math.h>

bool colour_parse(struct str text, struct colour *ret)
{
	unsigned char parts[3];
	if (text.n != 7 || text.p[0] != '#')
		return false;
	for (size_t i = 0; i < 3; i++) {
		int high = hex_digit_value(text.p[1 + 2 * i]), low = hex_digit_value(text.p[2 + 2 * i]);
		if (high < 0 || low < 0)
			return false;
		parts[i] = (unsigned char)(high * 16 + low);
	}
	*ret = (struct colour){ parts[0], parts[1], parts[2] };
	return true;
}

static double linear(unsigned char part)
{
	double c = part / 255.0;
	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double luminance(struct colour c)
{
	return 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
}

double colour_contrast(struct colour a, struct colour b)
{
	double one = luminance(a) + 0.05, other = luminance(b) + 0.05;
	return one > other ? one / other : other / one;
}

static unsigned char mix(unsigned char a, unsigned char b, double share)
{
	return (unsigned char)lround(a * share + b * (1 - share));
}

struct colour colour_mix(struct colour a, struct colour b, double share)
{
	return (struct colour){ mix(a.red, b.red, share), mix(a.green, b.green, share),
	                        mix(a.blue, b.blue, share) };
}

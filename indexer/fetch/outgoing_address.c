/* Which addresses are public. Looked at is the binary address that a connection is made to: a name, or
 * an odd way to write a number, is nothing to go by (trust.md §2.5). Prefixes are those of IANA's
 * registries of special-purpose addresses; what lies outside of 2000::/3 and has no row is reserved. */
#include "indexer/fetch/outgoing_impl.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#define V4_BYTES 4
#define V6_BYTES 16

struct range {
	unsigned char net[V6_BYTES];
	unsigned bits;
	enum outgoing_address is;
};

/* The first that matches. */
static const struct range v4_ranges[] = {
	{ { 0 }, 8, ADDRESS_NEVER },                      /* this network */
	{ { 10 }, 8, ADDRESS_PRIVATE },
	{ { 100, 100, 100, 200 }, 32, ADDRESS_NEVER },    /* metadata service (Alibaba) */
	{ { 100, 64 }, 10, ADDRESS_PRIVATE },             /* carriers' NAT */
	{ { 127 }, 8, ADDRESS_PRIVATE },
	{ { 168, 63, 129, 16 }, 32, ADDRESS_NEVER },      /* metadata service (Azure) */
	{ { 169, 254 }, 16, ADDRESS_NEVER },              /* link-local, metadata services */
	{ { 172, 16 }, 12, ADDRESS_PRIVATE },
	{ { 192, 0, 0 }, 24, ADDRESS_NEVER },             /* protocol assignments */
	{ { 192, 0, 2 }, 24, ADDRESS_NEVER },             /* documentation */
	{ { 192, 88, 99 }, 24, ADDRESS_NEVER },           /* relays of 6to4 */
	{ { 192, 168 }, 16, ADDRESS_PRIVATE },
	{ { 198, 18 }, 15, ADDRESS_PRIVATE },             /* measuring between networks */
	{ { 198, 51, 100 }, 24, ADDRESS_NEVER },          /* documentation */
	{ { 203, 0, 113 }, 24, ADDRESS_NEVER },           /* documentation */
	{ { 224 }, 4, ADDRESS_NEVER },                    /* multicast */
	{ { 240 }, 4, ADDRESS_NEVER },                    /* reserved, broadcast */
};

static const struct range v6_ranges[] = {
	{ { [15] = 1 }, 128, ADDRESS_PRIVATE },           /* loopback */
	{ { 0xfd, 0x00, 0x0e, 0xc2, [14] = 2, [15] = 0x54 }, 128, ADDRESS_NEVER },   /* metadata (EC2) */
	{ { 0xfd, 0x20, 0x00, 0xce, [14] = 2, [15] = 0x54 }, 128, ADDRESS_NEVER },   /* metadata (GCE) */
	{ { 0xfc }, 7, ADDRESS_PRIVATE },                 /* unique local */
	{ { 0x20, 0x01 }, 23, ADDRESS_NEVER },            /* protocol assignments */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, ADDRESS_NEVER },    /* documentation */
	{ { 0x3f, 0xff }, 20, ADDRESS_NEVER },            /* documentation */
	{ { 0x20 }, 3, ADDRESS_PUBLIC },
	{ { 0 }, 0, ADDRESS_NEVER },                      /* link-local, multicast, unspecified, reserved */
};

/* IPv6 prefixes of addresses with an IPv4 one in them, and its place. Teredo has two: the server's,
 * and the client's with every bit turned over.                                               */
static const struct { struct range range; unsigned at; unsigned char turned; } wrapped[] = {
	{ { { [10] = 0xff, [11] = 0xff }, 96, 0 }, 12, 0 },                   /* mapped */
	{ { { [8] = 0xff, [9] = 0xff }, 96, 0 }, 12, 0 },                     /* translated */
	{ { { 0x00, 0x64, 0xff, 0x9b }, 96, 0 }, 12, 0 },                     /* NAT64 */
	{ { { 0x20, 0x02 }, 16, 0 }, 2, 0 },                                  /* 6to4 */
	{ { { 0x20, 0x01 }, 32, 0 }, 4, 0 }, { { { 0x20, 0x01 }, 32, 0 }, 12, 0xff },     /* Teredo */
};

static bool is_in(const unsigned char *address, const struct range *r)
{
	unsigned whole = r->bits / 8, rest = r->bits % 8;
	return !memcmp(address, r->net, whole) &&
	       (!rest || (address[whole] ^ r->net[whole]) >> (8 - rest) == 0);
}

static enum outgoing_address classify_v4(const unsigned char *address)
{
	for (size_t i = 0; i < sizeof v4_ranges / sizeof *v4_ranges; i++)
		if (is_in(address, &v4_ranges[i]))
			return v4_ranges[i].is;
	return ADDRESS_PUBLIC;
}

static enum outgoing_address classify_v6(const unsigned char *address)
{
	enum outgoing_address worst = ADDRESS_PUBLIC;
	bool is_wrapped = false;
	for (size_t i = 0; i < sizeof wrapped / sizeof *wrapped; i++) {
		unsigned char v4[V4_BYTES];
		if (!is_in(address, &wrapped[i].range))
			continue;
		for (unsigned k = 0; k < V4_BYTES; k++)
			v4[k] = address[wrapped[i].at + k] ^ wrapped[i].turned;
		enum outgoing_address is = classify_v4(v4);
		worst = is > worst ? is : worst;
		is_wrapped = true;
	}
	const struct range *r = v6_ranges;
	while (!is_in(address, r))
		r++;
	return is_wrapped ? worst : r->is;
}

enum outgoing_address outgoing_classify(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		struct sockaddr_in v4;
		memcpy(&v4, address, sizeof v4);
		return classify_v4((const unsigned char *)&v4.sin_addr);
	}
	if (address->sa_family != AF_INET6)
		return ADDRESS_NEVER;
	struct sockaddr_in6 v6;
	memcpy(&v6, address, sizeof v6);
	return classify_v6(v6.sin6_addr.s6_addr);
}

bool outgoing_may(enum outgoing_address address, const struct outgoing_access *access)
{
	return address == ADDRESS_PUBLIC || (address == ADDRESS_PRIVATE && access->allow_private);
}

/* What is known of names without asking for their addresses; a dot at the front: and all below. */
static const struct { const char *name; enum outgoing_address is; } names[] = {
	{ "localhost", ADDRESS_PRIVATE }, { ".localhost", ADDRESS_PRIVATE },
	{ "metadata.google.internal", ADDRESS_NEVER }, { "metadata.goog", ADDRESS_NEVER },
};

static enum outgoing_address classify_name(const char *host)
{
	unsigned char address[V6_BYTES];
	if (inet_pton(AF_INET, host, address) == 1)
		return classify_v4(address);
	if (inet_pton(AF_INET6, host, address) == 1)
		return classify_v6(address);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].name[0] == '.' ? str_ends(str_c(host), str_c(names[i].name))
		                            : !strcmp(host, names[i].name))
			return names[i].is;
	return ADDRESS_PUBLIC;
}

static enum host_place place_of(enum outgoing_address is)
{
	return is == ADDRESS_PUBLIC ? HOST_PUBLIC : HOST_PRIVATE;
}

enum host_place outgoing_host_place(struct str host)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char address[V6_BYTES];
	if (str_eq(host, STR("localhost")) || str_ends(host, STR(".localhost")))
		return HOST_HERE;
	if (!host.n || host.n >= sizeof text)
		return HOST_NAMED;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	if (inet_pton(AF_INET, text, address) == 1)
		return address[0] == IN_LOOPBACKNET ? HOST_HERE : place_of(classify_v4(address));
	if (inet_pton(AF_INET6, text, address) == 1)
		return !memcmp(address, &in6addr_loopback, V6_BYTES) ? HOST_HERE : place_of(classify_v6(address));
	return HOST_NAMED;
}

enum err place_check(const struct place *p, const struct outgoing_access *access, struct errinfo *e)
{
	if (outgoing_may(classify_name(p->host), access))
		return OK;
	return ERR(e, ADDRESS, "%s: address not allowed", p->host);
}

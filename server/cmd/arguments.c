/* See arguments.h. */
#include "server/cmd/arguments.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COVER '*'

static const char *const with_secret[] = { "--basic-auth-pass", "-basic-auth-pass", "--header" };
#define WITH_SECRET (sizeof with_secret / sizeof *with_secret)
#define SHORTEST (sizeof "--hea" - 1)    /* less is --help as well */

static char **taken;                 /* as long as the program */

static void cover(char *text, size_t n)
{
	memset(text, COVER, n);
}

/* What stands between "//USER:" and the last '@' before the path; a password may have '@' in it. */
static void cover_user(char *argument)
{
	char *user = strstr(argument, "://");
	if (!user)
		return;
	user += strlen("://");
	char *end = memrchr(user, '@', strcspn(user, "/?#"));
	char *colon = end ? memchr(user, ':', (size_t)(end - user)) : NULL;
	char *secret = colon ? colon + 1 : user;         /* a token may stand alone */
	if (end)
		cover(secret, (size_t)(end - secret));
}

/* "--head" and "--basic-auth-pass" alike: of getopt an option may be cut short. */
static bool is_with_secret(const char *argument, size_t n)
{
	for (size_t i = 0; n >= SHORTEST && i < WITH_SECRET; i++)
		if (strncmp(argument, with_secret[i], n) == 0)
			return true;
	return false;
}

/* The secret of "--flag=SECRET", "-HSECRET" and "-jHSECRET"; true: it is the next argument. */
static bool cover_flag(char *argument)
{
	size_t n = strcspn(argument, "=");
	char *letter = argument[0] == '-' && argument[1] != '-' ? strchr(argument, 'H') : NULL;
	if (is_with_secret(argument, n)) {
		cover(argument + n + (argument[n] == '='), strlen(argument + n + (argument[n] == '=')));
		return !argument[n];
	}
	if (letter)
		cover(letter + 1, strlen(letter + 1));
	return letter && !letter[1];
}

/* In one piece, because commands put other texts in the places of the list. */
static char **copy(int argc, char **argv)
{
	size_t list = ((size_t)argc + 1) * sizeof *argv, bytes = list;
	for (int i = 0; i < argc; i++)
		bytes += strlen(argv[i]) + 1;
	char **ret = calloc(1, bytes), *text = (char *)ret + list;
	for (int i = 0; ret && i < argc; i++) {
		ret[i] = text;
		text = stpcpy(text, argv[i]) + 1;
	}
	return ret;
}

char **arguments_take(int argc, char **argv)
{
	bool is_secret = false;
	taken = copy(argc, argv);
	for (int i = 1; taken && i < argc; i++) {
		if (is_secret)
			cover(argv[i], strlen(argv[i]));
		is_secret = !is_secret && cover_flag(argv[i]);
		cover_user(argv[i]);
	}
	return taken ? taken : argv;
}

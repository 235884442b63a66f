/* Asking for a secret. While it is typed no signal is taken: one that ended the program would leave
 * a terminal that shows nothing.                                                             */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "indexer/base/str.h"
#include "server/cmd/authorization.h"

#define TOO_LONG "standard input: more than %u bytes in a line"

/* Byte by byte: what follows the line belongs to whoever reads next. */
static enum err read_line(char ret[SECRET_BYTES], struct errinfo *e)
{
	size_t n = 0;
	for (;;) {
		char c;
		ssize_t got = read(STDIN_FILENO, &c, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_SYS(e, "standard input");
		if (got == 0 || c == '\n')
			break;
		if (c == '\0')
			return ERR(e, INVALID, "standard input: there is a NUL in it");
		if (n == SECRET_BYTES - 1)
			return ERR(e, INVALID, TOO_LONG, SECRET_MAX_BYTES);
		ret[n++] = c;
	}
	if (n && ret[n - 1] == '\r')
		n--;
	if (n > SECRET_MAX_BYTES)
		return ERR(e, INVALID, TOO_LONG, SECRET_MAX_BYTES);
	ret[n] = '\0';
	return n ? OK : ERR(e, INVALID, "standard input: nothing came");
}

/* Asks once nothing is shown any more: what was typed before is dropped, what answers must not be. */
static enum err read_hidden(const char *prompt, const struct termios *shown, char ret[SECRET_BYTES],
                            struct errinfo *e)
{
	struct termios hidden = *shown;
	sigset_t all, before;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	hidden.c_lflag |= ECHONL;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	enum err err = tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0 ? OK : ERR_SYS(e, "terminal");
	if (!err) {
		fputs(prompt, stderr);
		err = read_line(ret, e);
	}
	(void)tcsetattr(STDIN_FILENO, TCSANOW, shown);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}

enum err secret_line(const char *prompt, bool echo, char ret[SECRET_BYTES], struct errinfo *e)
{
	struct termios shown;
	if (tcgetattr(STDIN_FILENO, &shown) != 0)
		return read_line(ret, e);
	if (!echo)
		return read_hidden(prompt, &shown, ret, e);
	fputs(prompt, stderr);
	return read_line(ret, e);
}

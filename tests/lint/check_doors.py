"""The dangerous things have one door each: who may connect, look up names, start programs or load code
stands in a table here, and secrets are compared by secret_eq alone (indexer/base/secret.h)."""
import re

import source

SOCKETS = {"server/http/listen.c", "server/http/unix.c", "server/http/accept.c", "server/cmd/service.c",
           "server/cmd/control.c", "indexer/fetch/outgoing_hop.c"}
DOORS = (    # what it is, what uses it, where it may stand
    ("a thread", r"pthread_create", {"indexer/base/thread.c"}),
    ("a request by libcurl", r"curl_(easy|multi)_init", {"indexer/fetch/outgoing_host.c", "indexer/fetch/fetch.c"}),
    ("a socket", r"socket|socketpair", SOCKETS),
    ("a connection", r"connect", {"server/http/unix.c", "server/cmd/control.c"}),
    ("a datagram", r"sendto|sendmsg", {"server/cmd/service.c"}),
    ("a look-up of a name", r"getaddrinfo|gethostby\w+|res_n?(query|search)", {"server/manage/upstream_place.c"}),
    ("another program", r"popen|system|exec(v|ve|vp|vpe|l|le|lp|veat)|fexecve|posix_spawnp?|v?fork|clone", set()),
    ("code that is loaded", r"dlopen|dlmopen", set()),
    ("libgit2's network", r"git_(remote|clone|fetch|push)\w*", set()),
    ("a file of the environment's choice", r"tmpnam|tempnam|mktemp|tmpfile", set()),
    ("text without a bound", r"gets|strcpy|strcat|sprintf|vsprintf", {"indexer/template/lex_word.c"}),    # "..."
)
# The commands' door follows no redirect and knows no private addresses: what strangers name goes through
# indexer/fetch/outgoing.h.
COMMANDS_DOOR = re.compile(r'^#include "indexer/fetch/fetch\.h"', re.M)
OF_COMMANDS = ("server/cmd/", "indexer/fetch/fetch.c")

COMPARED = re.compile(r"\b(memcmp|strn?cmp|strn?casecmp|str_eq(?:_c|_nocase)?|str_cmp)\(([^;{]*)")
SECRET = re.compile(r"\b\w*(secret|passw|hmac|cookie|csrf)\w*|\b(code|seal|session|token)(\.|->)(text|id)\b")
# Where nobody who waits for the answer is a stranger.
AMONG_OURSELVES = {"server/cmd/arguments.c", "server/cmd/declared_people.c", "server/people/users.c"}


def code(name):
    """Without comments and texts, line by line."""
    text = re.sub(r'"(?:\\.|[^"\\\n])*"', '""', source.text(name))
    return re.sub(r"/\*.*?\*/", lambda found: "\n" * found[0].count("\n"), text, flags=re.S).splitlines()


def check(name):
    for number, line in enumerate(code(name), 1):
        for what, called, places in DOORS:
            if re.search(rf"(?<![\w.>])({called})\(", line) and name not in places:
                yield f"{name}:{number}: {what} outside its door (tests/lint/check_doors.py)"
        for function, arguments in COMPARED.findall(line):
            if SECRET.search(arguments) and name not in AMONG_OURSELVES:
                yield f"{name}:{number}: {function} of a secret: use secret_eq (indexer/base/secret.h)"
    if COMMANDS_DOOR.search(source.text(name)) and not name.startswith(OF_COMMANDS):
        yield f"{name}: indexer/fetch/fetch.h is for commands; a server asks through outgoing.h"


def unused():
    """A place that needs its right no more loses it."""
    for what, called, places in DOORS:
        for name in sorted(places):
            if not any(re.search(rf"(?<![\w.>])({called})\(", line) for line in code(name)):
                yield f"tests/lint/check_doors.py: {name} has no use for {what}"


def main():
    problems = [problem for name in source.product(".c", ".h") for problem in check(name)]
    source.finish("doors", problems + list(unused()))


main()

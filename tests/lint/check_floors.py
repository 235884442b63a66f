"""The floors: a file includes its own folder and lower floors. A library has one folder, and no
header that another folder sees includes the library's."""
import collections
import re

import source

FLOORS = {
    "indexer/base": 0, "indexer/format": 1, "indexer/template": 2, "indexer/store": 2,
    "indexer/fetch": 2, "indexer/document": 3,
    "indexer/ingest": 3, "indexer/upstream": 4,
    "indexer/hub": 4, "indexer/backup": 4, "indexer/hook": 4, "indexer/bundle": 4, "indexer/icon": 4,
    "server/http": 5, "server/auth": 6, "server/route": 7,
    "server/manage": 8,
    "server/people": 8,
    "server/repo": 9, "server/api": 9, "server/artifacthub": 9, "server/web": 9,
    "templates": 9, "build/gen": 9,
    "server": 10, "server/cmd": 10,
}
# main.c, routes.c and the commands are one room, pages and what their templates become another.
ONE_FOLDER = {"server/cmd": "server", "build/gen": "server/web"}
ASKS_VERSIONS = "server/cmd/version.c"       # of each library, and nothing else

LIBRARIES = {
    "libmicrohttpd": r"microhttpd\.h", "SQLite": r"sqlite3\.h", "libcurl": r"curl/.*",
    "libarchive": r"archive(_entry)?\.h", "libdeflate": r"libdeflate\.h", "zlib": r"zlib\.h",
    "libyaml": r"yaml\.h", "OpenSSL": r"openssl/.*", "jansson": r"jansson\.h",
    "md4c": r"md4c.*", "libgit2": r"git2.*", "librnp": r"rnp/.*", "GnuTLS": r"gnutls/.*",
    "PCRE2": r"pcre2\.h",
}
C_AND_LINUX = re.compile(
    r"(sys|linux|netinet|arpa|net)/.*|(assert|ctype|dirent|errno|fcntl|getopt|grp|inttypes|limits|"
    r"locale|malloc|math|netdb|poll|pthread|pwd|sched|search|semaphore|signal|stdalign|stdarg|stdatomic|stdbool|"
    r"stddef|stdint|stdio|stdlib|string|strings|syslog|termios|threads|time|unistd|wchar|wctype)\.h")
SYSTEM_INCLUDE = re.compile(r"^\s*#\s*include\s*<([^>]+)>", re.M)


def library(header):
    """The name of the library a system include belongs to, None for C's and Linux' own."""
    if C_AND_LINUX.fullmatch(header):
        return None
    return next((name for name, headers in LIBRARIES.items() if re.fullmatch(headers, header)),
                f"<{header}> (a library that tests/lint/check_floors.py has no row for)")


def libraries(name):
    found = {library(header) for header in SYSTEM_INCLUDE.findall(source.text(name))}
    return found - {None}


def included(name):
    """Every file of the project that `name` includes, at whatever depth."""
    done = source.run("cc", *source.FLAGS, "-w", "-MM", "-x", "c", name)
    if done.returncode:
        return [], [f"{name}: cc -MM: {done.stderr.strip().splitlines()[0]}"]
    words = done.stdout.replace("\\\n", " ").split()[1:]
    return [word for word in words if word != name and not word.startswith("/")], []


def room(name):
    return ONE_FOLDER.get(source.folder(name), source.folder(name))


def check_edge(name, other):
    """What is wrong with `name` including `other`, or None."""
    if source.folder(other) not in FLOORS:
        return f"{name}: includes {other}, which is on no floor"
    lower = FLOORS[source.folder(other)] < FLOORS[source.folder(name)]
    if not lower and room(other) != room(name):
        return f"{name}: includes {other}, which is not below it"
    if room(other) != room(name) and libraries(other):
        return f"{name}: includes {other}, which shows {', '.join(libraries(other))}"
    return None


def main():
    problems, users = [], collections.defaultdict(set)
    for name in source.product(".c", ".h"):
        if source.folder(name) not in FLOORS:
            problems.append(f"{name}: this folder is on no floor")
            continue
        others, failures = included(name)
        problems += failures + [p for p in (check_edge(name, other) for other in others) if p]
        for user in libraries(name) if name != ASKS_VERSIONS else ():
            users[user].add(room(name))
    problems += [f"{name}: used in {', '.join(sorted(rooms))}; a library has one folder"
                 for name, rooms in sorted(users.items()) if len(rooms) > 1 or name[0] == "<"]
    source.finish("floors", problems)


main()

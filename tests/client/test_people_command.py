#!/usr/bin/env python3
"""chartlocker user and chartlocker token: every verb, while a server runs and while none does."""
import datetime
import functools
import json
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import (PROGRAM, Server, clean_environment, command, contains, equal, main, must, table,
                     temporary, test)
import terminal
from people import basic, bearer, token

BOTH = (("without a server", False), ("beside a server", True))
PASSWORD = "a password of alice"
TODAY = r"\d{4}-\d\d-\d\d"


def start(running):
    data = temporary() / "data"
    if running:
        Server(data=data)
    else:
        must("repo", "create", "x", "--dry-run", "-d", data)
    return data


def typed(text, *line):
    done = command(*line, stdin=text)
    equal((done.returncode, done.stderr), (0, ""))
    return done.stdout


def rows(text):
    return terminal.rows(re.sub(TODAY, "DAY", text))


HEAD = ["USER", "STATE", "ROLES", "SINCE"]


@table(*BOTH)
def every_verb_of_user(running):
    data = start(running)
    at = ("-d", data)
    equal(rows(must("user", "list", *at)), [HEAD])
    equal(rows(must("user", "add", "alice", "--role", "pull:*", "--role", "push:team-a/*", *at)),
          [HEAD, ["alice", "no password", "pull:*, push:team-a/*", "DAY"]])
    equal(rows(typed(PASSWORD + "\n", "user", "passwd", "alice", "--password-stdin", *at)),
          [HEAD, ["alice", "active", "pull:*, push:team-a/*", "DAY"]])
    equal(rows(typed(PASSWORD, "user", "add", "bob", "--role", "admin:*", "--password-stdin", *at)),
          [HEAD, ["bob", "active", "admin:*", "DAY"]])
    equal(rows(must("user", "set", "alice", "--role", "delete:x", *at))[1][2], "delete:x")
    for verb, state in (("disable", "disabled"), ("enable", "active")):
        equal(rows(must("user", verb, "alice", *at))[1][1], state)
        equal(rows(must("user", "show", "alice", *at))[1][1], state)
    equal([row[0] for row in rows(must("user", "list", *at))], ["USER", "alice", "bob"])
    listed = json.loads(must("user", "list", "--json", *at))
    equal([(user["name"], user["roles"], user["has_password"]) for user in listed],
          [("alice", ["delete:x"], True), ("bob", ["admin:*"], True)])
    equal(json.loads(must("user", "show", "bob", "-j", *at)), listed[1])
    equal(must("user", "remove", "alice", *at), "alice: removed, with all tokens\n")
    equal([row[0] for row in rows(must("user", "list", *at))], ["USER", "bob"])


@table(*BOTH)
def every_verb_of_token(running):
    data = start(running)
    at = ("-d", data)
    must("user", "add", "alice", "--role", "push:*", *at)
    done = command("token", "create", "ci", "--role", "push:stable:redis*", "--expires", "never", *at)
    equal(done.returncode, 0)
    assert re.fullmatch(r"clk_\w+\n", done.stdout), done.stdout
    equal(done.stderr, "token ci, id 1, does not expire; it is shown this once\n")
    made = json.loads(must("token", "create", "own", "--user", "alice", "--role", "push:a", "-j", *at))
    equal((made["id"], made["user"], made["roles"]), (2, "alice", ["push:a"]))
    said = must("token", "list", *at)
    assert made["token"] not in said, "a secret"
    equal(rows(said), [["ID", "NAME", "USER", "ROLES", "EXPIRES", "LAST USED"],
                       ["1", "ci", "-", "push:stable:redis*", "never", "never"],
                       ["2", "own", "alice", "push:a", "DAY", "never"]])
    equal([token["name"] for token in json.loads(must("token", "list", "-j", *at))], ["ci", "own"])
    equal(must("token", "revoke", "1", *at), "token 1: revoked\n")
    equal(len(rows(must("token", "list", *at))), 2)


@functools.cache
def with_alice():
    """A server with her and a token; she has no password yet, and who has typed a bad one still has none."""
    server = Server(keep=True)
    must("user", "add", "alice", "--role", "pull:*", "-d", server.data)
    must("token", "create", "ci", "--role", "pull:*", "-d", server.data)
    return server


@functools.cache
def alice_at_rest():
    """Her data directory, which nobody serves; for what is refused."""
    data = temporary(keep=True) / "data"
    must("user", "add", "alice", "--role", "pull:*", "-d", data)
    return data


@table(("a user that is there", ("user", "add", "alice", "--role", "pull:*"),
        'there is a user "alice" already'),
       ("a role that is none", ("user", "add", "x", "--role", "bogus"), 'role "bogus": '),
       ("a name that is none", ("user", "add", "a b", "--role", "pull:*"), 'name: "a b" is not'),
       ("charts of a user", ("user", "add", "x", "--role", "push:a:b"), "only a token can be limited"),
       ("nobody shown", ("user", "show", "x"), 'there is no user "x"'),
       ("nobody removed", ("user", "remove", "x"), 'there is no user "x"'),
       ("a token of nobody", ("token", "create", "t", "--role", "pull:*", "--user", "x"),
        'there is no user "x"'),
       ("a time that is none", ("token", "create", "t", "--role", "pull:*", "--expires", "5x"),
        '"5x" is neither'),
       ("a token that is not there", ("token", "revoke", "9"), "there is no token 9"),
       ("a token by its name", ("token", "revoke", "ci"), "a token is named by its id"))
def refused(line, sentence):
    done = command(*line, "-d", alice_at_rest())
    equal((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1), done.stderr)
    contains(done.stderr, f"chartlocker {line[0]}: ")
    contains(done.stderr, sentence)


@table(("no verb", ("user",), "one of these is expected: add, list"),
       ("a verb that is none", ("token", "show", "1"), "one of these is expected: create, list"),
       ("a list with a name", ("user", "list", "x"), "list takes no argument"),
       ("a user who may nothing", ("user", "add", "x"), "add: what may the user do? --role"),
       ("no new roles", ("user", "set", "x"), "set: the new roles are expected"),
       ("no new password", ("user", "passwd", "x"), "passwd: the new password is expected"),
       ("a list with a role", ("user", "list", "--role", "pull:*"), "list: takes no --role"),
       ("a password to show", ("user", "show", "x", "--password-stdin"), "show: takes no password"),
       ("a token that may nothing", ("token", "create", "x"), "create: what may the token do? --role"),
       ("a list that expires", ("token", "list", "--expires", "3d"), "list: takes no --role, --user"))
def misused(line, sentence):
    folder = temporary()
    done = command(*line, "-d", folder / "data")
    equal((done.returncode, done.stdout), (2, ""))
    contains(done.stderr.splitlines()[0], f"chartlocker {line[0]}: {sentence}")
    contains(done.stderr, f"Usage: chartlocker {line[0]} ")
    assert not (folder / "data").exists()


VERBS_WITH_A_NAME = (("user", "show"), ("user", "set", "--role", "pull:*"), ("user", "disable"),
                     ("user", "enable"), ("user", "remove"), ("token", "revoke"))


@table(*[(" ".join(line), line) for line in VERBS_WITH_A_NAME])
def a_name_is_no_other_address(line):
    """Slashes and dots do not lead to another person's address, or to a list of all."""
    data = with_alice().data
    before = must("user", "list", "-j", "-d", data), must("token", "list", "-j", "-d", data)
    for name in ("..", ".", "../tokens", "../users/alice", "../tokens/1", "./alice", "alice/../alice",
                 "alice/password", "1/", "/", "%2e%2e", "..%2fusers%2falice", "alice?", "alice#x"):
        done = command(*line, name, "-d", data)
        equal((done.returncode, done.stdout), (1, ""), name)
        assert re.search("no user|name: |named by its id", done.stderr), done.stderr
    equal((must("user", "list", "-j", "-d", data), must("token", "list", "-j", "-d", data)), before)


# ---- passwords ----

def passwd(server, typed_bytes, *line):
    line = line or ("user", "passwd", "alice")
    return subprocess.run([PROGRAM, *line, "--password-stdin", "-d", server.data], input=typed_bytes,
                          capture_output=True, env=clean_environment(), check=False, timeout=60)


@table(("nothing", b"", "nothing came"), ("an empty line", b"\n", "nothing came"),
       ("an empty line and a password", b"\na good password\n", "nothing came"),
       ("CR LF", b"\r\n", "nothing came"), ("seven bytes", b"1234567\n", "8 to 1024 bytes"),
       ("the name", b"alice\n", "8 to 1024 bytes"), ("NUL", b"correct\0horse\n", "there is a NUL"),
       ("NUL first", b"\0" * 20, "there is a NUL"), ("tab", b"correct\thorse\n", "control character"),
       ("CR within", b"correct\rhorse\n", "control character"),
       ("1,025 bytes", b"x" * 1025 + b"\n", "more than 1024 bytes"),
       ("1 MB", b"x" * (1 << 20), "more than 1024 bytes"),
       ("1 MB of lines", b"short\n" * (1 << 17), "8 to 1024 bytes"),
       ("not UTF-8", b"p\xe4ssw\xf6rter\n", "not UTF-8"),
       ("half of a character", "pässwörter ☃".encode()[:-1], "not UTF-8"),
       ("a token", token().encode() + b"\n", "like a token"))
def t_auth_17_passwords_that_are_none(typed_bytes, sentence):
    server = with_alice()
    before = must("user", "list", "-j", "-d", server.data)
    for line in (("user", "passwd", "alice"), ("user", "add", "bob", "--role", "pull:*")):
        done = passwd(server, typed_bytes, *line)
        said = done.stderr.decode()
        equal((done.returncode, done.stdout, said.count("\n")), (1, b"", 1), said)
        contains(said, sentence)
        assert len(said) < 200 and "correct" not in said, said
    equal(must("user", "list", "-j", "-d", server.data), before)


@table(("no line end", b"a good password", "a good password"),
       ("CR LF", b"a good password\r\n", "a good password"),
       ("a second line", b"a good password\nand more\n", "a good password"),
       ("blanks around", b"  a good password \n", "  a good password "),
       ("1,024 bytes", b"x" * 1024 + b"\r\n", "x" * 1024),
       ("beyond ASCII", "pässwörter ☃\n".encode(), "pässwörter ☃"),
       ("quotes", b"\"'\\u0041 $HOME `id`\n", "\"'\\u0041 $HOME `id`"))
def t_auth_17_passwords_that_are_some(typed_bytes, password):
    server = with_alice()
    done = passwd(server, typed_bytes)
    equal((done.returncode, done.stderr), (0, b""))
    assert password.encode() not in done.stdout, done.stdout
    equal(server.get("/api/v1/whoami", basic("alice", password)).status, 200)


# ---- what commands alone may ----

@table(("removed", "remove", "root"), ("disabled", "disable", "root"),
       ("a reader", "set", "root", "--role", "pull:*"))
def the_last_administrator(*line):
    """A command may: who has the data directory has everything anyway."""
    for running in (False, True):
        data = start(running)
        must("user", "add", "root", "--role", "admin:*", "-d", data)
        must("user", *line, "-d", data)
        listed = json.loads(must("user", "list", "-j", "-d", data))
        assert not [user for user in listed if "admin:*" in user["roles"] and not user["disabled"]]
        must("user", "add", "again", "--role", "admin:*", "-d", data)


# ---- tokens ----

@test
def a_token_as_json_works_at_once():
    """{"token":"clk_…","id":…}, in one line and nothing else; never told again."""
    server = Server()
    at = ("-d", server.data)
    done = command("token", "create", "ci", "--role", "push:stable:my-chart", "--role", "pull:stable",
                   "--expires", "90d", "--json", *at)
    equal((done.returncode, done.stderr), (0, ""))
    assert re.fullmatch(r'\{"token":"clk_[0-9A-Za-z]{33}","id":1,.*\}\n', done.stdout), done.stdout
    made = json.loads(done.stdout)
    told = json.loads(server.get("/api/v1/whoami", bearer(made["token"])).body)
    equal((told["name"], told["id"], told["roles"], told["expires"]),
          ("ci", 1, ["push:stable:my-chart", "pull:stable"], made["expires"]))
    for line in (("list",), ("list", "--json")):
        assert made["token"] not in must("token", *line, *at)
    equal(must("token", "revoke", "1", "--json", *at), '{"revoked":true}\n')
    equal(server.get("/api/v1/whoami", bearer(made["token"])).status, 401)
    done = command("token", "revoke", "1", *at)
    equal((done.returncode, done.stdout, done.stderr),
          (1, "", "chartlocker token: there is no token 1\n"))


@table(("nothing said", (), 90), ("days", ("--expires", "30d"), 30), ("hours", ("--expires=48h",), 2),
       ("never", ("--expires", "never"), None))
def expires(option, days):
    data = with_alice().data
    done = command("token", "create", "brief", "--role", "pull:*", *option, "-d", data)
    equal(done.returncode, 0, done.stderr)
    [row] = [row for row in json.loads(must("token", "list", "-j", "-d", data))
             if row["name"] == "brief"]
    until = row["expires"] and row["expires"][:10]
    equal(done.stderr, f"token brief, id {row['id']}, " +
          (f"until {until}" if days else "does not expire") + "; it is shown this once\n")
    if days:
        begun, ended = (datetime.datetime.fromisoformat(row[key][:19])
                        for key in ("created", "expires"))
        equal((ended - begun).days, days)
    must("token", "revoke", row["id"], "-d", data)


@table(*[(text, text) for text in ("0d", "-1d", "5x", "1w", "Never", "1.5h", "36601d", "2027-01-31",
                                   "1d 2h")])
def expires_never_like_that(text):
    data = with_alice().data
    done = command("token", "create", "x", "--role", "pull:*", f"--expires={text}", "-d", data)
    equal((done.returncode, done.stdout), (1, ""))
    equal(done.stderr, f'chartlocker token: expires: "{text}" is neither a time like 90d nor never\n')


@table(("user", ("token", "create", "x", "--role", "pull:*", "--user", "")),
       ("expires", ("token", "create", "x", "--role", "pull:*", "--expires", "")),
       ("data", ("user", "list", "--data", "")))
def an_unset_variable(line):
    """Makes neither a token of nobody's nor one that ends some day."""
    done = command(*line, env={"CHARTLOCKER_DATA": str(with_alice().data)})
    equal((done.returncode, done.stdout), (2, ""))
    contains(done.stderr, f"{line[-2]} is empty")


@table(("a role of nothing", ("user", "add", "x", "--role", ""), "--role is empty"),
       ("an empty name", ("user", "show", ""), "argument 1 is empty"),
       ("two names", ("user", "show", "a", "b"), "show takes NAME"),
       ("more than its owner", ("token", "create", "x", "--user", "alice", "--role", "push:*"),
        'the roles of "alice" do not cover these'),
       ("a token's name that is taken", ("token", "create", "taken", "--role", "pull:*"),
        'there is a token "taken" already'),
       ("charts of a reader", ("token", "create", "x", "--role", "pull:a:b"), "only push can be"),
       ("65 roles", ("user", "add", "x", *["--role", "pull:*"] * 65), "repeated too often"))
def nothing_is_made(line, sentence):
    data = with_alice().data
    command("token", "create", "taken", "--role", "pull:*", "-d", data)
    before = must("token", "list", "-j", "-d", data), must("user", "list", "-j", "-d", data)
    done = command(*line, "-d", data)
    assert done.returncode in (1, 2) and not done.stdout, done
    contains(done.stderr, sentence)
    equal((must("token", "list", "-j", "-d", data), must("user", "list", "-j", "-d", data)), before)


# ---- tables ----

def columns(text):
    """Where each column begins; every row has to agree with the head."""
    head, *lines = text.splitlines()
    begins = [0, *(found.end() for found in re.finditer(r"  +", head))]
    for line in lines:
        for at in begins[1:]:
            equal((line[at - 2:at], line[at:at + 1] != " "), ("  ", True), f"{line!r} at {at}")
    return begins


@test
def tables_line_up():
    server = Server()
    at = ("-d", server.data)
    equal(server.request("POST", "/api/v1/users", '{"name":"c","roles":[]}').status, 201)
    for number, name in enumerate(("a", "somebody.with-a_long@example.org", "b" * 64, "Z9")):
        roles = [part for i in range(number + 1) for part in ("--role", f"pull:team-{'x' * i}/**")]
        must("user", "add", name, *roles, *at)
        must("token", "create", name, "--user", name, *roles, "--expires",
             "never" if number % 2 else "3d", *at)
    must("token", "create", "nobodys", "--role", "push:a:b", *at)
    must("user", "disable", "a", *at)
    users, tokens = must("user", "list", *at), must("token", "list", *at)
    equal((len(columns(users)), len(columns(tokens))), (4, 6))
    equal([line.split()[0] for line in users.splitlines()],
          ["USER", "Z9", "a", "b" * 64, "c", "somebody.with-a_long@example.org"])
    equal([line.split()[1] for line in tokens.splitlines()],
          ["NAME", "Z9", "a", "b" * 64, "nobodys", "somebody.with-a_long@example.org"])
    for text in (users, tokens):
        assert not re.search(r"[ \t]$", text, re.M), text
    for name in ("a", "b" * 64, "c"):
        columns(must("user", "show", name, *at))


@test
def a_long_cell_moves_its_own_row_alone():
    server = Server()
    for name, count in (("many", 20), ("one", 1)):
        roles = [part for i in range(count) for part in ("--role", f"pull:team-{i}/**")]
        must("user", "add", name, *roles, "-d", server.data)
    head, many, one = must("user", "list", "-d", server.data).splitlines()
    equal((head.index("ROLES"), head.index("SINCE")), (one.index("pull:"), re.search(TODAY, one).start()))
    assert len(one) < 80 < len(many), (one, many)
    contains(many, "pull:team-19/**  20")


@test
def every_verb_as_json():
    data = start(True)
    at = ("--json", "-d", data)
    user = json.loads(must("user", "add", "alice", "--role", "pull:*", *at))
    for line, change in ((("show", "alice"), {}),
                         (("set", "alice", "--role", "push:*"), {"roles": ["push:*"]}),
                         (("disable", "alice"), {"disabled": True}),
                         (("enable", "alice"), {"disabled": False})):
        said = must("user", *line, *at)
        user.update(change)
        equal((json.loads(said), said.count("\n")), (user, 1))
    equal(json.loads(must("user", "list", *at)), [user])
    equal(json.loads(typed(PASSWORD, "user", "passwd", "alice", "--password-stdin", *at)),
          {**user, "has_password": True})
    equal(must("user", "remove", "alice", *at), '{"removed":true}\n')
    equal((must("user", "list", *at), must("token", "list", *at)), ("[]\n", "[]\n"))
    done = command("user", "show", "alice", *at)
    equal((done.returncode, done.stdout), (1, ""))


if __name__ == "__main__":
    main()

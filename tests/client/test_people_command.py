#!/usr/bin/env python3
"""chartlocker user and chartlocker token: every verb, while a server runs and while none does."""
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import Server, command, contains, equal, main, must, table, temporary, test

BOTH = (("without a server", False), ("beside a server", True))
PASSWORD = "a password of alice"
TODAY = r"\d{4}-\d\d-\d\d"


def start(running):
    data = temporary() / "data"
    if running:
        Server(data=data)
    else:
        must("repo", "list", "-d", data)
    return data


def typed(text, *line):
    done = command(*line, stdin=text)
    equal((done.returncode, done.stderr), (0, ""))
    return done.stdout


def rows(text):
    return [re.split(r"  +", re.sub(TODAY, "DAY", line)) for line in text.splitlines()]


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
    data = start(False)
    must("user", "add", "alice", "--role", "pull:*", "-d", data)
    done = command(*line, "-d", data)
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
    data = start(True)
    must("user", "add", "alice", "--role", "pull:*", "-d", data)
    must("token", "create", "ci", "--role", "pull:*", "-d", data)
    before = must("user", "list", "-j", "-d", data), must("token", "list", "-j", "-d", data)
    for name in ("..", ".", "../tokens", "../users/alice", "../tokens/1", "./alice", "alice/../alice",
                 "alice/password", "1/", "/", "%2e%2e", "..%2fusers%2falice", "alice?", "alice#x"):
        done = command(*line, name, "-d", data)
        equal((done.returncode, done.stdout), (1, ""), name)
        assert re.search("no user|name: |named by its id", done.stderr), done.stderr
    equal((must("user", "list", "-j", "-d", data), must("token", "list", "-j", "-d", data)), before)


@test
def nothing_is_typed():
    data = start(False)
    done = command("user", "add", "x", "--role", "pull:*", "--password-stdin", "-d", data, stdin="")
    equal((done.returncode, done.stdout, done.stderr),
          (1, "", "chartlocker user: standard input: nothing came\n"))
    equal(len(rows(must("user", "list", "-d", data))), 1)


if __name__ == "__main__":
    main()

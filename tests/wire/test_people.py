#!/usr/bin/env python3
"""Users and tokens over HTTP: what is refused by what name, and that every change is true for the next
request. Everything is made as a client makes it.
Long because the table of refusals goes through every field of users and tokens."""
import concurrent.futures
import contextlib
import datetime
import functools
import json
import re
import shutil
import time

from wire import Server, catalog, contains, equal
from people import PASSWORD, add_user, basic, bearer, rows, token
from harness import PROGRAM, UnixLink, command, main, must, settled, table, temporary, test

ROOT, ALICE = basic("root", PASSWORD), basic("alice", PASSWORD)
OTHER = "another horse, as good as the first"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"


class Company:
    """A server and who asks where nobody else is named: an administrator."""

    def __init__(self, server, boss=None):
        self.server, self.boss = server, boss or {}

    def ask(self, method, path, fields=None, headers=None):
        body = fields if fields is None or isinstance(fields, (bytes, str)) else json.dumps(fields)
        return self.server.request(method, f"/api/v1/{path}", body,
                                   self.boss if headers is None else headers)

    def make(self, path, headers=None, **fields):
        answer = self.ask("POST", path, fields, headers)
        equal(answer.status, 201, answer.body)
        return json.loads(answer.body)

    def of(self, user, *roles, **fields):
        """(id, headers) of a new token of a user, named after both."""
        made = self.make("tokens", name=f"{user}-{token()[4:20]}", user=user, roles=list(roles),
                         **fields)
        return made["id"], bearer(made["token"])

    def told(self, path, headers=None):
        answer = self.ask("GET", path, None, headers)
        equal(answer.status, 200, answer.body)
        return json.loads(answer.body)

    def must(self, method, path, fields=None, headers=None):
        answer = self.ask(method, path, fields, headers)
        equal(answer.status, 200, answer.body)
        return json.loads(answer.body)

    def whoami(self, headers):
        """Who that is, or the status."""
        answer = self.ask("GET", "whoami", None, headers)
        return json.loads(answer.body)["name"] if answer.status == 200 else answer.status

    def by_control(self, method, path, fields=None):
        with contextlib.closing(UnixLink(self.server.data / "control.sock")) as link:
            return self.server.request(method, f"/api/v1/{path}", fields and json.dumps(fields),
                                       connection=link).status

    def refuses(self, status, code, text, *asked):
        """The answer says so, and nothing is changed."""
        before = kept(self.server)
        answer = self.ask(*asked)
        equal(answer.status, status, answer.body)
        told = json.loads(answer.body)
        equal((told["code"], told["request_id"]), (code, answer.headers["X-Request-Id"]), asked)
        equal(answer.headers["Content-Type"], "application/problem+json")
        contains(told["detail"], text)
        equal(kept(self.server), before, asked)
        return told["detail"]


def company_of(*users, server=None):
    """(name, role…) without passwords, which take time; the administrator has a token."""
    company = Company(server or Server())
    made = company.make("tokens", name="boss", roles=["admin:*"], expires="never")
    company.boss = bearer(made["token"])
    for name, *roles in users:
        company.make("users", name=name, roles=roles)
    return company


def kept(server):
    """The catalog, but for when tokens were used."""
    return [re.sub(r",\d+\);$", ");", line) if line.startswith('INSERT INTO "token"') else line
            for line in catalog(server)]


@functools.cache
def shared():
    """For rows that leave nothing behind."""
    return company_of(("root", "admin:*"), ("alice", "pull:*", "push:team-a*"), ("bob", "pull:stable"),
                      ("carol",), server=Server(keep=True))


@functools.cache
def peopled():
    """A stopped data directory with passwords: of root and alice."""
    stopped = Server(keep=True)
    stopped.stop()
    for name, roles in (("root", "admin:*"), ("alice", "pull:*")):
        add_user(stopped.data, name, roles)
    return stopped.data


def with_passwords():
    return Company(Server(data=shutil.copytree(peopled(), temporary() / "data")), ROOT)


# ---- the last administrator ----

LESS = (("removed", "DELETE", None), ("disabled", "PATCH", {"disabled": True}),
        ("a reader", "PATCH", {"roles": ["pull:*"]}), ("of nothing", "PATCH", {"roles": []}),
        ("of all teams", "PATCH", {"roles": ["admin:team-*", "admin:*/*"]}),
        ("both", "PATCH", {"roles": ["pull:*"], "disabled": True}))


@table(*LESS)
def the_last_administrator(method, fields):
    """Stays one, whoever asks, until there is another; a command may."""
    company = company_of(("root", "admin:*"), ("alice", "pull:*"), ("carol", "admin:*"))
    company.must("PATCH", "users/carol", {"disabled": True})     # does not count
    for headers in (company.boss, company.of("root", "admin:*")[1]):
        said = company.refuses(409, "last_administrator", '"root" is the last user with the role',
                               method, "users/root", fields, headers)
        contains(said, "chartlocker user")
    company.must("PATCH", "users/carol", {"disabled": False})
    company.must(method, "users/root", fields)
    company.refuses(409, "last_administrator", '"carol"', method, "users/carol", fields)
    equal(company.by_control(method, "users/carol", fields), 200)


@test
def what_an_administrator_may_lose():
    """Everything but admin:*, which `**` says as well."""
    company = company_of(("root", "admin:*", "pull:*"))
    for fields in ({"roles": ["push:x", "admin:**"]}, {"roles": ["admin:*"]}, {"disabled": False},
                   {"roles": ["admin:*"], "disabled": False}, {}):
        company.must("PATCH", "users/root", fields)
    equal(company.told("users/root")["roles"], ["admin:*"])


@test
def administrators_who_disable_each_other():
    """At once: one of them stays."""
    company = company_of(("ann", "admin:*"), ("ben", "admin:*"))
    tokens = {name: company.of(name, "admin:*")[1] for name in ("ann", "ben")}

    def disable(by, whom):
        return company.ask("PATCH", f"users/{whom}", {"disabled": True}, tokens[by]).status

    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        for _ in range(20):
            statuses = sorted(threads.map(disable, ("ann", "ben"), ("ben", "ann")))
            assert statuses in ([200, 401], [200, 403], [200, 409]), statuses
            equal(sum(not user["disabled"] for user in company.told("users")), 1)
            for name in tokens:
                company.must("PATCH", f"users/{name}", {"disabled": False})


@test
def when_a_command_removes_the_last():
    """Nobody is left, and nothing is open: it takes a command to go on."""
    company = company_of(("root", "admin:*"))
    must("user", "remove", "root", "-d", company.server.data)
    equal([token["name"] for token in company.told("tokens")], ["boss"])
    must("token", "revoke", company.told("tokens")[0]["id"], "-d", company.server.data)
    equal(company.told("whoami", {}), {"kind": "anonymous", "name": "", "admin": False})
    for method, fields in (("GET", None), ("POST", {"name": "again", "roles": ["admin:*"]})):
        company.refuses(401, "unauthorized", "", method, "users", fields, {})
    must("user", "add", "again", "--role", "admin:*", "-d", company.server.data)
    equal([user["name"] for user in json.loads(must("user", "list", "-j", "-d", company.server.data))],
          ["again"])


# ---- names ----

@table(("a user", "users", "there is a user \"alice\" already"),
       ("a token", "tokens", "there is a token \"alice\" already"))
def name_exists(path, text):
    company = company_of(("alice", "pull:*"))
    company.make("tokens", name="alice", roles=["pull:*"])
    company.refuses(409, "name_exists", text, "POST", path,
                    {"name": "alice", "roles": ["admin:*"]})
    company.make(path, name="ALICE", roles=["pull:*"])           # is somebody else


@table(*[(name[:20] or "empty", name) for name in
         ("", ".", "..", "-a", "_a", "@a", "a b", "a/b", "a:b", "a\tb", "é", "a\u200b", "a" * 65,
          "a\\b", "a%41")])
def names_that_are_none(name):
    for path in "users", "tokens":
        shared().refuses(400, "invalid_request", "name: ", "POST", path,
                         {"name": name, "roles": ["pull:*"]})


@test
def names_that_are_some():
    company = company_of()
    for name in ("a", "0", "null", "true", "a" * 64, "a.b_c@example.org-x", "a..", "A"):
        for path in "users", "tokens":
            equal(company.make(path, name=name, roles=["pull:*"])["name"], name)
        equal(company.told(f"users/{name}")["name"], name)
        company.must("DELETE", f"users/{name}")


@table(*[(f"{method} {path}", method, path, body) for method, path, body in
         (("GET", "users/zoe", None), ("PATCH", "users/zoe", {"disabled": True}),
          ("DELETE", "users/zoe", None), ("POST", "users/zoe/password", {"password": PASSWORD}),
          ("GET", "users/Alice", None), ("DELETE", "tokens/999", None), ("DELETE", "tokens/0", None),
          ("DELETE", "tokens/-1", None), ("DELETE", "tokens/+1", None), ("DELETE", "tokens/boss", None),
          ("DELETE", "tokens/1x", None), ("DELETE", "tokens/%201", None),
          ("DELETE", "tokens/18446744073709551617", None),
          ("DELETE", "tokens/9223372036854775808", None), ("DELETE", "tokens/0x1", None))])
def nobody_by_that_name(method, path, body):
    shared().refuses(404, "not_found", "", method, path, body)


@test
def lists_are_in_order_of_names():
    company = company_of()
    names = ["Z", "a-b", "a", "b", "a.b", "B", "10", "9", "aa", "a_b", "a@b"]
    for name in names:
        for path in "users", "tokens":
            company.make(path, name=name, roles=["pull:*"])
    equal([user["name"] for user in company.told("users")], sorted(names))
    equal([one["name"] for one in company.told("tokens")], sorted([*names, "boss"]))


# ---- fields ----

NEW, CHANGE, TOKEN, OWN = ("name roles password", "roles disabled", "name user roles expires",
                           "name roles expires")
UNKNOWN = (    # what test_whose.py does not try everywhere
    ("POST", "users", "disabled", False, NEW), ("POST", "users", "has_password", True, NEW),
    ("POST", "users", "Name", "x", NEW), ("PATCH", "users/alice", "name", "root", CHANGE),
    ("PATCH", "users/alice", "password", OTHER, CHANGE),
    ("POST", "users/alice/password", "name", "root", "password"),
    ("POST", "users/alice/password", "roles", ["admin:*"], "password"),
    ("POST", "tokens", "last_used", None, TOKEN), ("POST", "tokens", "expires_ns", 0, TOKEN),
    ("POST", "tokens", "", "", TOKEN), ("POST", "tokens", "name roles", "", TOKEN),
    ("POST", "account/tokens", "user", "root", OWN),
    ("POST", "account/tokens", "user", "alice", OWN))
GOOD = {"users": {"name": "x", "roles": ["pull:*"]}, "users/alice": {"roles": ["pull:*"]},
        "users/alice/password": {"password": OTHER}, "tokens": {"name": "x", "roles": ["pull:*"]},
        "account/tokens": {"name": "x", "roles": ["pull:*"]}}


@functools.cache
def own():
    """As good as its user: alice."""
    return shared().of("alice", "pull:*", "push:team-a*", expires="never")[1]


@table(*[(f"{method} {path} {field} {value}", method, path, field, value, there)
         for method, path, field, value, there in UNKNOWN])
def t_auth_10_mass_assignment(method, path, field, value, there):
    shared().refuses(400, "invalid_request", f'unknown field "{field}"; there are: {there}', method,
                     path, {**GOOD[path], field: value},
                     own() if path.startswith("account") else None)


@table(
    ("a number as a user's name", "users", "name", 5, "name: a string"),
    ("null as a name", "users", "name", None, "name: a string"),
    ("true as a name", "tokens", "name", True, "name: a string"),
    ("a list as a name", "tokens", "name", ["x"], "name: a string"),
    ("a text as roles", "users", "roles", "pull:*", "roles: a list"),
    ("null as roles", "users", "roles", None, "roles: a list"),
    ("a map as roles", "tokens", "roles", {"pull": "*"}, "roles: a list"),
    ("null as a role", "tokens", "roles", [None], "roles: ROLE:REPO-GLOB"),
    ("a list as a role", "tokens", "roles", [["pull:*"]], "roles: ROLE:REPO-GLOB"),
    ("a blank role", "tokens", "roles", ["  "], "roles: ROLE:REPO-GLOB"),
    ("two roles in one", "users", "roles", ["pull:*\nadmin:*"], "roles: ROLE:REPO-GLOB"),
    ("a list as the owner", "tokens", "user", ["alice"], "user: a string"),
    ("a map as the owner", "tokens", "user", {"name": "alice"}, "user: a string"),
    ("null as the owner", "tokens", "user", None, "user: a string"),
    ("no text as the owner", "tokens", "user", "", "user: a string"),
    ("the owner by id", "tokens", "user", 1, "user: a string"),
    ("nobody as the owner", "tokens", "user", "zoe", 'there is no user "zoe"'),
    ("a number of days", "tokens", "expires", 90, "expires: a string"),
    ("null as the end", "tokens", "expires", None, "expires: a string"),
    ("a number as a password", "users", "password", 12345678, "password: a string"),
    ("null as a password", "users", "password", None, "password: a string"),
    ("no roles as text", "users/alice", "roles", "", "roles: a list"),
    ("disabled as text", "users/alice", "disabled", "true", "disabled: true or false"),
    ("disabled as a number", "users/alice", "disabled", 1, "disabled: true or false"),
    ("null as disabled", "users/alice", "disabled", None, "disabled: true or false"))
def t_auth_10_fields_of_another_type(path, field, value, text):
    shared().refuses(400, "invalid_request", text, "PATCH" if path == "users/alice" else "POST", path,
                     {**GOOD[path], field: value})


@table(("nothing", ""), ("an empty object", "{}"), ("a list", "[]"), ("a text", '"x"'),
       ("null", "null"), ("no JSON", "name=x"), ("two objects", '{"name":"x","roles":[]}{}'),
       ("a name twice", '{"name":"x","name":"y","roles":[]}'),
       ("roles twice", '{"name":"x","roles":["pull:*"],"roles":["admin:*"]}'),
       ("not UTF-8", b'{"name":"x","roles":[],"password":"p\xe4ssw\xf6rter"}'),
       ("NUL", '{"name":"x\\u0000","roles":[]}'), ("no roles", '{"name":"x"}'), ("deep", "[" * 50000))
def t_auth_10_bodies_that_are_none(body):
    for path in "users", "tokens":
        shared().refuses(400, "invalid_request", "", "POST", path, body)


@test
def a_body_that_is_too_large():
    for path in "users", "tokens":
        answer = shared().ask("POST", path, {"name": "x", "roles": ["pull:" + "x" * (600 << 10)]})
        equal((answer.status, json.loads(answer.body)["code"]), (413, "too_large"))


# ---- roles ----

@table(*[(role[:30] or "empty", role) for role in
         ("", "pull", "pull:", ":x", ":", "PULL:*", "read:*", "pull :*", "*:*", "owner:x", "pull:a//b",
          "pull:/a", "pull:a/", "pull:[ab]", "pull:{a,b}", "pull:a!b", "pull:a:b", "delete:a:b",
          "admin:*:x", "push:a:", "push::x", "push:a:b:c", "push:a:[x]", "pull:é", "pull:a\rb",
          "pull:" + "x" * 257)])
def roles_that_are_none(role):
    shared().refuses(400, "invalid_request", "role", "POST", "tokens",
                     {"name": "x", "roles": ["pull:*", role]})
    shared().refuses(400, "invalid_request", "role", "PATCH", "users/alice", {"roles": [role]})


@test
def roles_of_a_user_and_of_a_token():
    company = shared()
    company.refuses(400, "invalid_request", "only a token can be limited to charts", "PATCH",
                    "users/alice", {"roles": ["push:a:b"]})
    company.refuses(400, "invalid_request", "more than 64", "POST", "users",
                    {"name": "x", "roles": [f"pull:x{i}" for i in range(65)]})
    many = [f"push:{i}-{'x' * 200}:{'y' * 200}*" for i in range(64)]
    made = company.make("tokens", name="many", roles=many)
    equal(made["roles"], many)
    equal(company.told("whoami", bearer(made["token"]))["roles"], many)
    company.must("DELETE", f"tokens/{made['id']}")
    made = company.make("tokens", name="blank", roles=["  pull:* ", "pull:*"])
    equal(made["roles"], ["pull:*", "pull:*"])
    company.must("DELETE", f"tokens/{made['id']}")


REPOSITORIES = ("stable", "team", "team-a", "team-b", "team-ab", "team-a/dev", "team-a/stable")


@functools.cache
def private():
    company = company_of(("root", "admin:*"), server=Server(keep=True))
    for name in REPOSITORIES:
        company.make("repos", name=name, private=True)
    return company


@table(*[(role, role, seen) for role, seen in (
    ("pull:*", REPOSITORIES), ("pull:**", REPOSITORIES), ("pull:team-?", ("team-a", "team-b")),
    ("pull:team*", ("team", "team-a", "team-ab", "team-b")),
    ("pull:*/*", ("team-a/dev", "team-a/stable")), ("pull:*/stable", ("team-a/stable",)),
    ("pull:team-a/*", ("team-a/dev", "team-a/stable")),
    ("pull:**stable", ("stable", "team-a/stable")),
    ("pull:team-a**", ("team-a", "team-a/dev", "team-a/stable", "team-ab")),
    ("pull:stable", ("stable",)), ("pull:Stable", ()), ("pull:stabl", ()), ("pull:table", ()),
    ("admin:team", ("team",)), ("push:*", ()), ("delete:*", ()))])
def globs(role, seen):
    company = private()
    made = company.make("tokens", name="glob", roles=[role])
    listed = [repo["name"] for repo in company.told("repos", bearer(made["token"]))]
    equal(sorted(set(listed) & set(REPOSITORIES)), sorted(seen))
    for repo in REPOSITORIES:
        answer = company.server.get(f"/{repo}/index.yaml", bearer(made["token"]))
        equal((repo, answer.status), (repo, 200 if repo in seen else 404))
    company.must("DELETE", f"tokens/{made['id']}")


# ---- tokens of others ----

@test
def t_auth_08_tokens_of_others():
    """Their ids are answered as ids of nothing; they are in no list; and they work on."""
    company = company_of(("root", "admin:*"), ("alice", "pull:*"), ("bob", "pull:*"))
    alice, bob = company.of("alice", "pull:*"), company.of("bob", "pull:*")
    nobodys = company.make("tokens", name="ci", roles=["pull:*"])
    for mine, theirs in ((alice, bob), (bob, alice)):
        equal([row["id"] for row in company.told("account/tokens", mine[1])], [mine[0]])
        for number in (theirs[0], nobodys["id"], 1, 999):
            said = company.refuses(404, "not_found", "", "DELETE", f"account/tokens/{number}", None,
                                   mine[1])
            equal(said, f"there is no token {number}")
        for headers in (theirs[1], bearer(nobodys["token"]), company.boss):
            assert isinstance(company.whoami(headers), str)
    root = company.of("root", "admin:*")
    company.refuses(404, "not_found", "", "DELETE", f"account/tokens/{alice[0]}", None, root[1])
    company.must("DELETE", f"account/tokens/{alice[0]}", None, alice[1])
    equal((company.whoami(alice[1]), company.whoami(bob[1])), (401, company.whoami(bob[1])))


@test
def t_auth_08_who_has_no_account():
    """A token of nobody has no tokens of its own: its account is not that of all of them."""
    company = company_of(("alice", "pull:*"))
    alice = company.of("alice", "pull:*")
    for status, headers in ((403, company.boss), (401, {})):
        for method, path, fields in (("GET", "", None), ("POST", "", GOOD["account/tokens"]),
                                     ("DELETE", f"/{alice[0]}", None), ("DELETE", "/0", None)):
            code = "not_allowed" if status == 403 else "unauthorized"
            company.refuses(status, code, "", method, f"account/tokens{path}", fields, headers)


# ---- tokens that would allow more ----

WIDER = (
    ("pull:*", "push:*"), ("push:*", "pull:*"), ("push:*", "delete:*"),
    ("pull:team-a", "pull:*"), ("pull:team-*", "pull:*"), ("pull:team-a", "pull:team-?"),
    ("pull:team-?", "pull:team-*"), ("pull:a/*", "pull:a/**"), ("admin:team", "admin:*"),
    ("admin:team", "pull:*"))


@table(*[(f"{has} makes {wants}", has, wants) for has, wants in WIDER])
def t_auth_15_more_than_its_owner(has, wants):
    """Neither he himself nor an administrator makes him such a token."""
    company = shared()
    company.must("PATCH", "users/carol", {"roles": [has]})
    carol = company.of("carol", has)[1]
    for roles in ([wants], [has, wants]):
        company.refuses(403, "not_allowed", "more than", "POST", "account/tokens",
                        {"name": "x", "roles": roles}, carol)
        company.refuses(403, "not_allowed", 'the roles of "carol" do not cover these', "POST", "tokens",
                        {"name": "x", "roles": roles, "user": "carol"})
    same = company.make("account/tokens", carol, name="same", roles=[has])
    equal(same["user"], "carol")
    company.must("DELETE", f"tokens/{same['id']}")


@test
def t_auth_15_a_lesser_token():
    """Has no say in what its user may: it makes no token, lists none, and revokes itself alone."""
    company = company_of(("root", "admin:*"))
    number, lesser = company.of("root", "push:stable:redis*")
    whole = company.of("root", "admin:*")
    for role in ("push:stable:redis*", "push:stable:redis", "push:stable", "pull:*", "admin:*"):
        company.refuses(403, "not_allowed", "allows less than its user", "POST", "account/tokens",
                        {"name": "x", "roles": [role]}, lesser)
        company.refuses(403, "not_allowed", "admin:*", "POST", "tokens",
                        {"name": "x", "roles": [role]}, lesser)
    company.refuses(403, "not_allowed", "less", "GET", "account/tokens", None, lesser)
    for other in (whole[0], 999, f"0{whole[0]}"):
        company.refuses(403, "not_allowed", "less", "DELETE", f"account/tokens/{other}", None, lesser)
    company.must("DELETE", f"account/tokens/{number}", None, lesser)
    equal((company.whoami(lesser), company.ask("GET", "users", None, whole[1]).status), (401, 200))


@test
def t_auth_15_more_than_its_maker():
    """An administrator's tokens hand on what they have: everything."""
    company = company_of(("root", "admin:*"), ("alice", "pull:*"))
    whole = company.of("root", "admin:*")[1]
    made = company.make("tokens", whole, name="x", roles=["admin:*"], user="root")
    company.make("tokens", bearer(made["token"]), name="y", roles=["push:*"])
    company.must("PATCH", "users/root", {"roles": ["admin:*", "pull:*"]})
    company.make("account/tokens", whole, name="z", roles=["pull:x", "push:*:y*", "admin:*"])


@test
def t_auth_15_no_longer_than_its_maker():
    company = company_of(("alice", "pull:*"))
    short = company.make("tokens", name="short", user="alice", roles=["pull:*"], expires="1h")
    for number, fields in enumerate(({}, {"expires": "never"}, {"expires": "90d"},
                                     {"expires": "61m"})):
        made = company.make("account/tokens", bearer(short["token"]), name=f"x{number}",
                            roles=["pull:*"], **fields)
        equal((fields, made["expires"]), (fields, short["expires"]))
    made = company.make("account/tokens", bearer(short["token"]), name="less", roles=["pull:*"],
                        expires="5m")
    assert made["expires"] < short["expires"], made


# ---- at the next request ----

@test
def t_auth_09_true_for_the_next_request():
    """Of a password that is remembered, and on a connection that stays."""
    company = with_passwords()
    made = company.make("tokens", name="own", user="alice", roles=["pull:*"])
    text = bearer(made["token"])
    with contextlib.closing(company.server.connection()) as link:
        def statuses():
            return [company.server.get("/api/v1/whoami", headers, connection=link).status
                    for headers in (ALICE, text)]
        for _ in range(2):
            equal(statuses() + statuses(), [200] * 4)
            equal(company.must("PATCH", "users/alice", {"disabled": True})["disabled"], True)
            equal(statuses(), [401, 401])
            equal(company.must("PATCH", "users/alice", {"disabled": False})["disabled"], False)
        equal(statuses() + statuses(), [200] * 4)
        equal(company.must("DELETE", "users/alice"), {"removed": True})
        equal(statuses(), [401, 401])
    equal((company.told("tokens"), [user["name"] for user in company.told("users")]), ([], ["root"]))
    again = company.make("users", name="alice", roles=["pull:*"], password=OTHER)
    assert again["id"] > made["id"], again
    equal([company.whoami(headers) for headers in (ALICE, basic("alice", OTHER), text)],
          [401, "alice", 401])


@test
def t_auth_09_roles_are_true_for_the_next_request():
    company = company_of(("root", "admin:*"), ("alice", "admin:*"))
    alice = company.of("alice", "admin:*")[1]
    reader = company.of("alice", "pull:*")[1]
    company.make("repos", name="vault", private=True)

    def statuses(headers):
        return (company.server.get("/vault/index.yaml", headers).status,
                company.ask("GET", "users", None, headers).status)
    equal((statuses(alice), statuses(reader)), ((200, 200), (200, 403)))
    for roles, wide, narrow in ((["pull:*"], (200, 403), (200, 403)),
                                (["pull:other"], (404, 403), (404, 403)),
                                ([], (404, 403), (404, 403)), (["admin:*"], (200, 200), (200, 403))):
        company.must("PATCH", "users/alice", {"roles": roles})
        equal((roles, statuses(alice), statuses(reader)), (roles, wide, narrow))


@test
def t_auth_09_a_new_password_ends_the_old_one():
    """At once, also where it is remembered; tokens stay."""
    company = with_passwords()
    _, text = company.of("alice", "pull:*")
    equal([company.whoami(headers) for headers in (ALICE, ALICE)], ["alice", "alice"])
    equal(company.must("POST", "users/alice/password", {"password": OTHER})["has_password"], True)
    equal([company.whoami(headers) for headers in (ALICE, basic("alice", OTHER))], [401, "alice"])
    assert isinstance(company.whoami(text), str)
    company.must("POST", "users/alice/password", {"password": PASSWORD})
    equal([company.whoami(headers) for headers in (ALICE, basic("alice", OTHER))], ["alice", 401])
    boss = "root"                                                # one's own
    company.must("POST", f"users/{boss}/password", {"password": OTHER})
    equal((company.whoami(ROOT), company.whoami(basic(boss, OTHER))), (401, boss))


@table(("seven bytes", "x" * 7, "8 to 1024 bytes"), ("empty", "", "a string is expected, and not"),
       ("1,025 bytes", "x" * 1025, "8 to 1024 bytes"), ("400 kB", "x" * 400_000, "8 to 1024 bytes"),
       ("bytes, not letters", "é" * 513, "8 to 1024 bytes"),
       ("the name", "somebody", "the user's name"), ("the name in capitals", "SomeBody", "the user's"),
       ("NUL", "correct\0horse", "NUL"), ("tab", "correct\thorse", "control character"),
       ("line end", "correct horse\n", "control character"), ("DEL", "correct\x7fhorse", "control"),
       ("a token", token(), "like a token"), ("a number", 12345678, "a string"),
       ("null", None, "a string"))
def t_auth_17_passwords_that_are_none(password, text):
    company = shared()
    company.refuses(400, "invalid_request", text, "POST", "users",
                    {"name": "somebody", "roles": [], "password": password})
    if "name" not in text and "user's" not in text:
        company.refuses(400, "invalid_request", text, "POST", "users/alice/password",
                        {"password": password})


@table(("eight bytes", "12345678", None), ("1,024 bytes", "x" * 1024, "x" * 1023),
       ("colons and quotes", '::a:"\\"\\\\"\'$`::', None),
       ("blanks around letters beyond ASCII", "  pässwörter ☃  ", "pässwörter ☃"),
       ("like a token that is none", token()[:-1] + "_", None))
def t_auth_17_passwords_that_are_some(password, nearly):
    """To the last byte."""
    company = shared()
    company.make("users", name="somebody", roles=[], password=password)
    equal(company.whoami(basic("somebody", password)), "somebody")
    if nearly:
        equal(company.whoami(basic("somebody", nearly)), 401)
    company.must("DELETE", "users/somebody")


# ---- how long ----

def lasts(made):
    """Seconds from one time to the other, None for ever."""
    if made["expires"] is None:
        return None
    begun, ended = (datetime.datetime.fromisoformat(made[key][:19])
                    for key in ("created", "expires"))
    equal(made["created"][19:], made["expires"][19:])
    return (ended - begun).total_seconds()


@table(("nothing said", None, 90 * 86400), ("days", "90d", 90 * 86400), ("hours", "12h", 12 * 3600),
       ("minutes", "30m", 1800), ("seconds", "45s", 45), ("no unit", "45", 45),
       ("capital", "2D", 2 * 86400), ("zeros in front", "007d", 7 * 86400),
       ("a century", "36600d", 36600 * 86400), ("never", "never", None))
def expires(text, seconds):
    company = shared()
    for path, headers in (("tokens", None), ("account/tokens", own())):
        made = company.make(path, headers, name="once", roles=["pull:*"],
                            **({"expires": text} if text else {}))
        equal(lasts(made), seconds)
        company.must("DELETE", f"tokens/{made['id']}")


@table(*[(text[:25] or "empty", text) for text in
         ("", "0", "0d", "-1d", "+1d", "d", "1w", "1y", "1dd", "1 d", " 1d", "1d ", "1.5h", "1e3",
          "0x10", "Never", "NEVER", "none", "forever", "36601d", "99999999999999999999",
          "18446744073709551615d", "213503982334602d", "2027-01-31", "2027-01-31T00:00:00Z", "٣d",
          "1d\n")])
def expires_never_like_that(text):
    shared().refuses(400, "invalid_request", "expires: ", "POST", "tokens",
                     {"name": "x", "roles": ["pull:*"], "expires": text})


@test
def a_token_ends():
    company = company_of(("alice", "pull:*"))
    began = time.monotonic()
    made = company.make("tokens", name="brief", user="alice", roles=["pull:*"], expires="2s")
    text = bearer(made["token"])
    said = company.whoami(text)
    assert said == "brief" or time.monotonic() - began >= 2, said
    time.sleep(1.5)
    assert settled(lambda: company.whoami(text) == 401)
    assert time.monotonic() - began >= 2, "it ended early"
    equal(company.whoami(basic("alice", made["token"])), 401)
    equal([row["id"] for row in company.told("tokens") if row["name"] == "brief"], [made["id"]])
    company.must("DELETE", f"tokens/{made['id']}")


# ---- made once, revoked for good ----

@test
def a_token_is_told_once():
    company = company_of(("alice", "pull:*"))
    made = company.make("tokens", name="ci", user="alice", roles=["pull:*", "pull:x"], expires="never")
    own_one = company.make("account/tokens", bearer(made["token"]), name="own", roles=["pull:*"])
    for one, roles in ((made, ["pull:*", "pull:x"]), (own_one, ["pull:*"])):
        assert re.fullmatch(r"clk_[0-9A-Za-z]{33}", one["token"]), one
        assert re.fullmatch(TIME, one["created"]), one
        text = one.pop("token")
        equal(list(one), ["id", "name", "user", "roles", "declared", "created", "expires", "last_used"])
        equal((one["user"], one["roles"], one["declared"], one["last_used"]),
              ("alice", roles, False, None))
        [listed] = [row for row in company.told("tokens") if row["id"] == one["id"]]
        equal({**listed, "last_used": None}, one)
        for path in ("tokens", "account/tokens", "users", "whoami", "audit"):
            answer = company.ask("GET", path, None, bearer(text) if "account" in path else None)
            equal((path, answer.status), (path, 200))
            assert text.encode() not in answer.body, path
        last = company.server.get("/api/v1/tokens", company.boss).headers["X-Request-Id"]
        assert settled(lambda: last in company.server.log())
        assert text not in company.server.log()
        for file in company.server.data.rglob("*"):
            assert not file.is_file() or text.encode() not in file.read_bytes(), file


@test
def revoked_is_revoked():
    """At the next request, whoever revokes it; its id is nobody's again, its name is free."""
    company = company_of(("alice", "pull:*"))
    keeps = company.of("alice", "pull:*")[1]
    ids = []
    for path, headers in (("tokens", None), ("account/tokens", keeps)) * 2:
        made = company.make("tokens", name="again", user="alice", roles=["pull:*"])
        text = bearer(made["token"])
        equal(company.whoami(text), "again")
        equal(company.must("DELETE", f"{path}/{made['id']}", None, headers), {"revoked": True})
        for sent in (text, basic("alice", made["token"]), basic(made["token"], "")):
            equal(company.whoami(sent), 401)
        company.refuses(404, "not_found", f"there is no token {made['id']}", "DELETE",
                        f"{path}/{made['id']}", None, headers)
        ids.append(made["id"])
    equal(ids, sorted(set(ids)))
    equal(len(company.told("account/tokens", keeps)), 1)


@test
def ids_are_never_used_again():
    """Events and the audit log name people by them."""
    company = company_of()
    for path, key in (("users", "name"), ("tokens", "id")):
        first = company.make(path, name="x", roles=["pull:*"])
        company.must("DELETE", f"{path}/{first[key]}")
        assert company.make(path, name="x", roles=["pull:*"])["id"] > first["id"]


# ---- who asks ----

@test
def whoami_of_each_kind():
    company = Company(Server())
    equal(company.told("whoami"), {"kind": "local", "name": "", "admin": True})
    via = {"X-Forwarded-For": "192.0.2.1"}
    equal(company.told("whoami", via), {"kind": "anonymous", "name": "", "admin": False})
    boss = company.make("tokens", name="boss", roles=["admin:*"], expires="never")
    company.boss = bearer(boss["token"])
    equal(company.told("whoami", {}), {"kind": "anonymous", "name": "", "admin": False})
    equal(company.told("whoami"), {"kind": "token", "name": "boss", "admin": True, "id": boss["id"],
                                   "roles": ["admin:*"], "expires": None})
    company.make("users", name="alice", roles=["pull:*", "admin:*"], password=PASSWORD)
    equal(company.told("whoami", ALICE), {"kind": "user", "name": "alice", "admin": True,
                                          "user": "alice", "roles": ["pull:*", "admin:*"]})
    own_one = company.make("tokens", name="own", user="alice", roles=["pull:x"], expires="1h")
    equal(company.told("whoami", bearer(own_one["token"])),
          {"kind": "token", "name": "own", "admin": False, "user": "alice", "id": own_one["id"],
           "roles": ["pull:x"], "expires": own_one["expires"]})
    with contextlib.closing(UnixLink(company.server.data / "control.sock")) as link:
        answer = company.server.get("/api/v1/whoami", connection=link)
    equal(json.loads(answer.body), {"kind": "control", "name": "admin", "admin": True})
    for headers in (basic("alice", "wrong one"), bearer(token()), basic("nobody", PASSWORD)):
        equal(company.whoami(headers), 401)


@test
def whoami_of_who_has_the_setup_token():
    running = Server(args=("--listen", "0.0.0.0:0"))
    text = bearer((running.data / "setup-token").read_text().strip())
    equal(json.loads(running.get("/api/v1/whoami", text).body),
          {"kind": "setup", "name": "setup", "admin": True})


@test
def whoami_in_chartmuseums_mode():
    """Where no credentials are set: somebody who may publish, and manages nobody."""
    storage = temporary()
    company = Company(Server(data=storage / ".chartlocker", line=[
        PROGRAM, "chartmuseum", "--port=0", "--storage=local", f"--storage-local-rootdir={storage}",
        "--listen-host=127.0.0.1"]))
    via = {"X-Forwarded-For": "192.0.2.1"}
    equal(company.told("whoami", via), {"kind": "open", "name": "", "admin": False})
    assert company.ask("GET", "users", None, via).status in (401, 403)


@test
def whoami_behind_a_proxy():
    """A stranger has what his groups give; who has an account has that as well."""
    company = Company(Server(args=(
        "--set", "auth.proxy_user_header=X-User", "--set", "auth.proxy_groups_header=X-Groups",
        "--set", "auth.proxy_roles=platform=admin:*", "--set", "trusted_proxies=127.0.0.1")).set_up())
    company.make("users", name="alice", roles=["pull:*"])
    via = {"X-Forwarded-For": "192.0.2.1"}
    for user, groups, told in (
            ("zoe", "", {"kind": "proxy", "name": "zoe", "admin": False}),
            ("zoe", "platform", {"kind": "proxy", "name": "zoe", "admin": True}),
            ("alice", "", {"kind": "user", "name": "alice", "admin": False, "user": "alice",
                           "roles": ["pull:*"]}),
            ("alice", "platform", {"kind": "user", "name": "alice", "admin": True, "user": "alice",
                                   "roles": ["pull:*"]})):
        equal(company.told("whoami", {**via, "X-User": user, "X-Groups": groups}), told)
    zoe = {**via, "X-User": "zoe", "X-Groups": "platform"}
    company.refuses(403, "not_allowed", "no account", "GET", "account/tokens", None, zoe)
    company.must("PATCH", "users/alice", {"disabled": True}, zoe)
    equal(company.whoami({**via, "X-User": "alice", "X-Groups": "platform"}), 401)


# ---- many ----

@test
def two_thousand_users():
    """The last ones made by four clients at once; listed whole, in a table that lines up; one is found among them."""
    first = company_of(("root", "admin:*"))
    first.server.stop()
    with contextlib.closing(rows(first.server.data)) as db:
        db.execute("BEGIN")
        db.executemany("INSERT INTO account (name, password, roles, created_ns) VALUES (?, '', ?, ?)",
                       [(f"user-{user:04}", f"pull:*\npush:team-{user}", time.time_ns()) for user in range(1800)])
        db.execute("COMMIT")
    company = Company(Server(data=first.server.data), first.boss)

    def make(number):
        for user in range(1800 + number, 2000, 4):
            company.make("users", name=f"user-{user:04}", roles=["pull:*", f"push:team-{user}"])
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        list(threads.map(make, range(4)))
    users = company.told("users")
    equal([user["name"] for user in users], ["root", *(f"user-{i:04}" for i in range(2000))])
    equal(len({user["id"] for user in users}), 2001)
    equal(company.told("users/user-1234")["roles"], ["pull:*", "push:team-1234"])
    lines = must("user", "list", "-d", company.server.data).splitlines()
    equal((len(lines), {line.index("  20") for line in lines[1:]}), (2002, {lines[0].index("  SINCE")}))
    begun = time.monotonic()
    company.must("PATCH", "users/user-1999", {"disabled": True})
    assert time.monotonic() - begun < 60
    equal(command("user", "show", "user-2000", "-d", company.server.data).returncode, 1)


main()

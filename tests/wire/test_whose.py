#!/usr/bin/env python3
"""Whose it is: numbers of other people's tokens, fields that nobody may set, and a name that another
repository had before."""
import functools
import json

from wire import Server, contains, equal, no_trace
from people import PASSWORD, add_user, basic, bearer
from harness import chart, main, table, test

WHO = {"root": "admin:*", "alice": "pull:*\npush:*", "bob": "pull:*"}


def call(server, who, method, path, fields=None):
    return server.request(method, f"/api/v1/{path}", json.dumps(fields) if fields else None,
                          basic(who, PASSWORD) if who else {})


@functools.cache
def people():
    """(server, {name: his token})"""
    stopped, tokens = Server(keep=True), {}
    equal(stopped.publish(chart("demo")).status, 201)
    stopped.stop()
    for name, roles in WHO.items():
        add_user(stopped.data, name, roles)
    server = Server(data=stopped.data, keep=True)
    for name in WHO:
        answer = call(server, name, "POST", "account/tokens", {"name": f"of-{name}", "roles": ["pull:*"]})
        equal(answer.status, 201, answer.body)
        tokens[name] = json.loads(answer.body)
    return server, tokens


# ---- numbers that one can guess ----

@table(("a peer's", "bob", "alice"), ("an administrator's", "bob", "root"), ("a reader's", "alice", "bob"),
       ("a user's, by an administrator as his own", "root", "alice"))
def t_auth_08_revoking_the_token_of_another(who, owner):
    """Its number is as unknown as one that was never given."""
    server, tokens = people()
    numbers = (tokens[owner]["id"], 987654)
    answers = [call(server, who, "DELETE", f"account/tokens/{number}") for number in numbers]
    equal([answer.status for answer in answers], [404, 404])
    equal(*[json.loads(answer.body.replace(b"no token %d" % number, b"no token N"))
            | {"request_id": ""} for answer, number in zip(answers, numbers)])
    equal(server.get("/api/v1/whoami", bearer(tokens[owner]["token"])).status, 200)


@test
def t_auth_08_a_list_of_ones_own():
    server, tokens = people()
    for name in WHO:
        equal([row["id"] for row in json.loads(call(server, name, "GET", "account/tokens").body)],
              [tokens[name]["id"]])


@table(*[(f"{method} {path}", method, path) for method, path in (
    ("GET", "users"), ("GET", "users/alice"), ("PATCH", "users/alice"), ("DELETE", "users/alice"),
    ("GET", "tokens"), ("POST", "tokens"), ("DELETE", "tokens/1"), ("DELETE", "tokens/987654"),
    ("GET", "users/nobody"), ("DELETE", "users/nobody"))])
def t_auth_08_managing_others(method, path):
    """Who manages nobody learns nothing of who there is."""
    server, _ = people()
    with no_trace(server):
        answer = call(server, "bob", method, path, {"disabled": True} if method == "PATCH" else None)
    equal((answer.status, json.loads(answer.body)["code"]), (403, "not_allowed"))


# ---- fields that nobody may set ----

NEW_USER = {"name": "eve", "roles": ["pull:*"], "password": PASSWORD}
NEW_TOKEN = {"name": "t", "roles": ["pull:*"]}
DEMO = {"chart": "demo", "version": "1.0.0"}
TARGETS = (("root", "POST", "users", NEW_USER), ("root", "PATCH", "users/bob", {"disabled": False}),
           ("root", "POST", "tokens", NEW_TOKEN), ("bob", "POST", "account/tokens", NEW_TOKEN),
           ("root", "POST", "users/bob/password", {"password": PASSWORD}),
           ("root", "POST", "repos", {"name": "new"}), ("root", "PATCH", "repos/main", {"description": "x"}),
           ("root", "POST", "repos/main/yank", DEMO))
FIELDS = {"admin": True, "owner_id": 1, "account_id": 1, "id": 1, "digest": "0" * 64, "token": "clk_x",
          "created": "2001-01-01T00:00:00Z", "declared": True, "role": "admin"}


@table(*[(f"{method} {path} {field}", *target, field) for target in TARGETS
         for method, path in (target[1:3],) for field in FIELDS])
def t_auth_10_unknown_field(who, method, path, fields, field):
    server, _ = people()
    with no_trace(server):
        answer = call(server, who, method, path, {**fields, field: FIELDS[field]})
    equal(answer.status, 400, answer.body)
    contains(json.loads(answer.body)["detail"], f'"{field}"')


# ---- a name that was another's ----

@test
def t_imm_09_grants_do_not_follow_a_rename():
    """Who could read and push by the old name has nothing by the new one, nor by the old one what he
    may not see; a repository that takes the name later is another."""
    stopped = Server()
    call(stopped, None, "POST", "repos", {"name": "old", "private": True})
    equal(stopped.publish(chart("secret"), "old").status, 201)
    stopped.stop()
    for name, roles in (("root", "admin:*"), ("eve", "pull:old\npush:old")):
        add_user(stopped.data, name, roles)
    server, eve = Server(data=stopped.data), basic("eve", PASSWORD)
    equal(server.get("/old/charts/secret-1.0.0.tgz", eve).status, 200)
    equal(call(server, "root", "POST", "repos/old/rename", {"to": "new"}).status, 200)
    for path in ("/new/index.yaml", "/new/charts/secret-1.0.0.tgz", "/api/new/charts", "/api/v1/repos/new"):
        absent = server.get(path.replace("new", "nowhere"), eve)
        equal((server.get(path, eve).status, absent.status), (404, 404), path)
    equal(server.publish(chart("more"), "new", headers=eve).status, 404)
    answer = server.get("/old/charts/secret-1.0.0.tgz", eve)
    assert answer.status in (308, 404) and answer.body != chart("secret"), answer
    equal(call(server, "root", "POST", "repos", {"name": "old", "private": True}).status, 201)
    equal(server.get("/old/charts/secret-1.0.0.tgz", eve).status, 404)
    equal(json.loads(server.get("/old/index.json", eve).body)["entries"], {})


if __name__ == "__main__":
    main()

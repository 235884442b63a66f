#!/usr/bin/env python3
"""T-AUTH-05: the whole route table, for every role, on every kind of repository, with every method. What
each answer has to be follows from the permission of the route; a route that has none fails."""
import collections
import functools
import json

from wire import contains, equal
from people import ABSENT, company
from route_table import address, methods, over_control, routes
from harness import main, table, test

GRANTS = {    # role → what it has, as (role, repository or None for all, chart or None for all)
    "anonymous": (), "wrong": None, "expired": None, "revoked": None,
    "pull": (("pull", None, None),), "push": (("push", None, None),),
    "push of a chart": (("push", None, "redis"),), "delete": (("delete", None, None),),
    "admin of all teams": (("admin", "team-", None),), "admin:*": (("admin", None, None),),
    "ci": (("push", "stable", "redis"), ("pull", "stable", None)),
    "alice": (("pull", None, None), ("push", "team-a/", None)), "root": (("admin", None, None),),
    "control": (("admin", None, None),),
    **{f"{role} of {which}": ((role, where, None),) for role in ("pull", "push", "delete", "admin")
       for which, where in (("these", "team-a/"), ("another", "stable"))},
    "push of the chart": (("push", "team-a/", "other"),),
}
PEOPLE = ("alice", "root")
NEEDS = {"read": "pull", "publish": "push", "delete": "delete", "admin": "admin"}
KINDS = {"public": "team-a/public", "private": "team-a/private", "absent": ABSENT}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND")


@functools.cache
def link():
    """One connection for all: a refusal that closes it is followed by a new one."""
    return company()[0].connection()


def ask(role, method, path, body=None):
    server, roles = company()
    if role == "control":
        return over_control(server, method, path, body)
    return server.request(method, path, body, roles[role], connection=link())


@functools.cache
def every_route():
    return routes(company()[0])


def has(role, need, repo):
    """Whether one of its grants is `need` in the repository, to any chart there."""
    return any(what in (need, "admin") and (where is None or repo.startswith(where))
               for what, where, _ in GRANTS[role])


def manages(role):
    return ("admin", None, None) in GRANTS[role]


def expected(role, row, kind, repo):
    """The status of the refusal; None: the handler is reached, whatever it finds then."""
    permission = row["permission"]
    if permission == "control" and role != "control":
        return 401 if GRANTS[role] is None else 404
    if GRANTS[role] is None:
        return 401
    if row["pattern"] == "/upload":      # for who may publish somewhere
        pushes = any(what in ("push", "admin") for what, *_ in GRANTS[role])
        return None if pushes else 401 if role == "anonymous" else 403
    if row["pattern"].startswith("/api/v1/bundles"):     # costs disk: for whoever signed in
        return 401 if role == "anonymous" else None
    if permission in ("anyone", "ask", "control"):
        return None
    if permission == "self":
        return None if role in PEOPLE else 401 if role == "anonymous" else 403
    sees = kind == "public" or has(role, "pull", repo)
    allowed = manages(role) if permission == "manage" else \
        has(role, NEEDS[permission], repo) or (permission == "read" and kind == "public")
    if role == "push of a chart" and permission == "publish" and "{name}" in row["pattern"]:
        # That is another chart, and the address says so; who may push one there knows the repository.
        return 403 if allowed or sees else 404
    if allowed:
        return None
    if "{repo" in row["pattern"] and not sees:
        return 404
    return 401 if role == "anonymous" else 403


HIDDEN = ("or you have to sign in to read it", "or your roles do not let you read it")


def refusal(answer):
    """The status if the dispatcher refused, else None: what handlers say about absent things is no
    refusal, and has no such sentence."""
    if answer.status == 401:
        return 401
    text = answer.body.decode(errors="replace")
    of_a_page = '<span class="muted">not_allowed</span>' in text and "this form takes only" not in text
    if answer.status == 403 and ('"not_allowed"' in text or of_a_page):
        return 403
    return 404 if answer.status == 404 and any(words in text for words in HIDDEN) else None


@table(*[(role, role) for role in GRANTS])
def t_auth_05_every_route(role):
    cells = 0
    for row in every_route():
        assert row["permission"] in ("anyone", "ask", "self", "control", "manage", *NEEDS), row
        if row["pattern"].startswith("/control/") and role == "control":
            continue             # they work; the tests of each say what they do
        if row["pattern"].startswith("/hooks/"):
            continue             # for who knows a secret, whatever his roles: test_upstreams.py
        kinds = KINDS if "{repo" in row["pattern"] else ("public",)
        for kind, repo in ((kind, KINDS[kind]) for kind in kinds):
            for method in methods(row):
                path = address(row["pattern"], repo) + ("?dry_run" if row["dry_run"] else "")
                want, got = expected(role, row, kind, repo), ask(role, method, path, "x" if
                                     row["body"] else None)
                cells += 1
                if want == 404 and row["permission"] == "control":
                    equal(got.status, 404, f"{role} {method} {path}")
                else:
                    equal(refusal(got), want, f"{role} {method} {path}: {got}")
                if refusal(got) == 404:
                    contains(got.body.decode(), HIDDEN[role != "anonymous"])
                if got.status == 401:
                    equal(got.headers["WWW-Authenticate"], 'Basic realm="chartlocker"')
    assert cells > 40, cells


def without(repo, answer):
    """Without that name, and what differs from answer to answer."""
    headers = [(k, v) for k, v in answer.headers.items()
               if k not in ("X-Request-Id", "Date")]
    body = answer.body.replace(answer.headers["X-Request-Id"].encode(), b"ID").replace(repo.encode(), b"REPO")
    return answer.status, headers, body


OUTSIDE = ("anonymous", "ci", "push of a chart", "pull of another", "push of another", "delete of another",
           "admin of another")


@table(*[(role, role) for role in OUTSIDE])
def t_auth_07_private_is_as_absent(role):
    """Same status, headers and bytes, but for the name that was asked for, whatever the method."""
    for row in every_route():
        if "{repo" not in row["pattern"]:
            continue
        for method in row["methods"].split(", ") if role == "anonymous" else methods(row)[:1]:
            answers = [without(repo, ask(role, method, address(row["pattern"], repo), "x" if row["body"] else None))
                       for repo in ("vault", "nowhr")]    # as long as each other
            if answers[0][0] in (404, 401):
                equal(answers[0], answers[1], f"{role} {method} {row['pattern']}")
            else:
                assert role == "push of a chart" and row["permission"] == "publish", (role, row, answers)


def declared():
    """Pattern → the methods of all rows that have it."""
    found = collections.defaultdict(set)
    for row in every_route():
        found[row["pattern"]] |= set(row["methods"].split(", "))
    return found


@table(*[(role, role) for role in ("anonymous", "wrong", "admin:*")])
def t_http_14_every_other_method(role):
    """Is refused, tells which there are, and nothing of what is private. (404 and 400: it is an address of another row,
    of a repository that is called vault/versions for example.)"""
    for pattern, known in declared().items():
        for method in METHODS:
            if method in known:
                continue
            repos = ("vault", "nowhr") if "{repo" in pattern else ("vault",)
            answers = [without(repo, ask(role, method, address(pattern, repo))) for repo in repos]
            equal(answers[0], answers[-1], f"{role} {method} {pattern}")
            status, headers, _ = answers[0]
            assert status >= 400, (role, method, pattern, answers)
            if status == 405:
                allowed = set(dict(headers)["Allow"].split(", "))
                assert known <= allowed and method not in allowed, (method, pattern, headers)


@test
def nobody_in_particular_changes_nothing():
    """What takes no role and is no question: each has another wall."""
    equal({(method, row["pattern"]) for row in every_route() for method in methods(row)
           if method != "GET" and row["permission"] in ("anyone", "ask")},
          {("POST", "/login"), ("POST", "/logout"),        # a cookie
           ("POST", "/hooks/upstream/{repo~}"),            # a secret of its own
           ("POST", "/api/v1/bundles"), ("DELETE", "/api/v1/bundles/{id}"),    # who signed in, and his own
           ("POST", "/api/v1/dependencies")})              # reads


@test
def a_dry_run_that_there_is_not():
    """It would be done."""
    for row in every_route():
        if not row["action"] or row["dry_run"] or row["permission"] == "control":
            continue
        for method in methods(row):
            path = address(row["pattern"], "stable") + "?dry_run"
            answer = ask("root", method, path, "x" if row["body"] else None)
            equal(answer.status, 400, f"{method} {path}: {answer.body}")
            contains(answer.body.decode(), "there is no dry run of this")


@test
def lists_and_metrics_tell_nothing():
    for role in ("anonymous", "ci"):
        names = [r["name"] for r in json.loads(ask(role, "GET", "/api/v1/repos").body)]
        assert "vault" not in names and "stable" in names, names
        assert b'repo="' not in ask(role, "GET", "/metrics").body
    for role in ("pull", "admin:*", "root", "control"):
        names = [r["name"] for r in json.loads(ask(role, "GET", "/api/v1/repos").body)]
        assert "vault" in names, names
        assert b'repo="vault"' in ask(role, "GET", "/metrics").body


main()

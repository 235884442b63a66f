#!/usr/bin/env python3
"""One's own account: the password, which takes the current one."""
import functools
import json

from wire import Server, contains, equal
from people import PASSWORD, add_token, also_slowed, basic, bearer, peopled, until_slowed
from harness import main, settled, table, test

OTHER = "another horse, as good as the first"
WHO = {"root": "admin:*", "alice": "pull:*", "bob": "pull:*"}


def fresh(**more):
    return Server(data=peopled(WHO, **more), **more)


@functools.cache
def server():
    """For rows that leave nothing behind."""
    return fresh(keep=True)


def set_password(running, headers, current, password):
    return running.request("POST", "/api/v1/account/password",
                           json.dumps({"current": current, "password": password}), headers)


def works(running, name, password):
    return running.get("/api/v1/whoami", basic(name, password)).status == 200


def audited(running, boss=None):
    """(name, action, object, verdict) of what was done to passwords."""
    answer = running.get("/api/v1/audit?limit=500", boss or basic("root", PASSWORD))
    return [(row["name"], row["action"], row["object"], row["verdict"])
            for row in json.loads(answer.body)["audit"] if row["action"] == "user.password"]


# ---- the own password ----

@test
def an_own_password():
    running = fresh()
    answer = set_password(running, basic("alice", PASSWORD), PASSWORD, OTHER)
    equal((answer.status, json.loads(answer.body)), (200, {"changed": True}), answer.body)
    equal((works(running, "alice", PASSWORD), works(running, "alice", OTHER),
           works(running, "bob", PASSWORD)), (False, True, True))
    equal(audited(running), [("alice", "user.password", "user alice", "ok")])
    log = running.log()
    assert OTHER not in log and PASSWORD not in log


@table(("a wrong one", {"current": "wrong horse", "password": OTHER}, 403, "not_allowed", "current: "),
       ("none", {"password": OTHER}, 400, "invalid_request", "current: "),
       ("an empty one", {"current": "", "password": OTHER}, 400, "invalid_request", "current: "),
       ("a number", {"current": 5, "password": OTHER}, 400, "invalid_request", "current: "),
       ("no new one", {"current": PASSWORD}, 400, "invalid_request", "password: 8 to 1024"),
       ("a short new one", {"current": PASSWORD, "password": "short"}, 400, "invalid_request", "password: 8"),
       ("a line end in it", {"current": PASSWORD, "password": "a\nb\nc\nd\ne"}, 400, "invalid_request", "password: "),
       ("what one may not set", {"current": PASSWORD, "password": OTHER, "name": "root"}, 400, "invalid_request",
        'unknown field "name"'))
def an_own_password_is_refused(fields, status, code, text):
    running = server()
    answer = running.request("POST", "/api/v1/account/password", json.dumps(fields), basic("alice", PASSWORD))
    told = json.loads(answer.body)
    equal((answer.status, told["code"]), (status, code), answer.body)
    contains(told["detail"], text)
    assert works(running, "alice", PASSWORD)


@test
def whose_password_it_is():
    """Not without signing in, and not by a token, though it knows the password; a token is no current
    password either."""
    running = server()
    text = add_token(running.data, "ci", "pull:*", "alice")
    for headers, current, status in (({}, PASSWORD, 401), (bearer(text), PASSWORD, 403),
                                     (basic("alice", text), text, 403), (basic("alice", PASSWORD), text, 403)):
        equal(set_password(running, headers, current, OTHER).status, status)
    assert works(running, "alice", PASSWORD)


@test
def wrong_ones_are_slowed():
    """As failed logins, and counted with them; a refusal is in the audit log."""
    running = fresh()
    def wrong(number):
        return set_password(running, basic("alice", PASSWORD), f"wrong {number}", OTHER)

    until_slowed(wrong, 403)
    also_slowed(wrong, 403, lambda: running.get("/api/v1/whoami", basic("alice", "wrong once more")))
    assert works(running, "alice", PASSWORD), "what is remembered is not slowed"
    path = "/api/v1/account/password"
    def told():
        return [row for row in audited(running) if row[2] == path]

    refused = ("alice", "user.password", path, "not_allowed")
    late = ("alice", "user.password", path, "too_many_requests")
    assert settled(lambda: set(told()) == {refused, late} and told().count(refused) >= 10), told()


if __name__ == "__main__":
    main()

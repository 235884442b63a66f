#!/usr/bin/env python3
"""What a program reads that made a mistake below /api/v1: the API's error, whoever it looks like, whether or
not the address is one."""
import json

from wire import equal, shared
from harness import main, responses, table

HTML = b"Accept: text/html\r\n"
# How each is written, and what comes of it where the address is one and where it is none.
FAULTS = (
    ("none", b"GET", b"", HTML, (200, 404), "not_found"),
    ("a method that it does not take", b"PATCH", b"", HTML, (405, 404), None),
    ("TRACE", b"TRACE", b"", HTML, (405, 405), "method_not_allowed"),
    ("a method that there is not", b"BREW", b"", HTML, (501, 501), "not_implemented"),
    ("a body where none belongs", b"GET", b"", HTML + b"Content-Length: 5\r\n", (413, 404), None),
    ("a body without an end", b"GET", b"", HTML + b"Content-Length: 5\r\nContent-Length: 5\r\n", (400, 400),
     "invalid_request"),
    ("a query that is none", b"GET", b"?repo=%zz", HTML, (400, 400), "invalid_request"),
    ("too many parameters", b"GET", b"?" + b"&a" * 300, HTML, (400, 400), "invalid_request"),
    ("an address that is too long", b"GET", b"?" + b"a" * 8192, HTML, (414, 414), "uri_too_long"),
    ("a header that is too long", b"GET", b"", HTML + b"X: " + b"a" * 8192 + b"\r\n", (431, 431),
     "headers_too_large"),
    ("an expectation", b"GET", b"", HTML + b"Expect: 200-ok\r\n", (417, 417), "expectation_failed"),
    ("credentials that are none", b"GET", b"", HTML + b"Authorization: Basic !\r\n", (400, 400),
     "invalid_request"),
    ("wrong credentials", b"GET", b"", HTML + b"Authorization: Bearer nobody\r\n", (401, 401), "unauthorized"),
)
THERE = ("/repos", "/search", "/whoami", "/openapi.yaml")
NOWHERE = ("", "/", "/nothing", "/nothing/of/this", "/search/", "/charts", "/prov", "/charts/demo-1.0.0.tgz",
           "/index.yaml", "/users/demo/nothing", "/packages/nothing/of/this/kind")


def check(server, target, fault, status, code):
    method, query, headers = fault
    [answer] = responses(server.raw(b"%s %s%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n%s\r\n" % (
        method, target.encode(), query, server.port, headers), finish=True))
    equal(answer.status, status, target)
    if status < 400:
        return
    equal(answer.headers["Content-Type"], "application/problem+json", target)
    told = json.loads(answer.body)
    equal((told["status"], told["type"], bool(told["title"])), (status, "about:blank", True), target)
    equal((told["error"], told["request_id"]), (told["detail"], answer.headers["X-Request-Id"]), target)
    if code:
        equal(told["code"], code, target)


@table(*((name, (method, query, headers), statuses, code)
         for name, method, query, headers, statuses, code in FAULTS))
def every_error_is_the_apis(fault, statuses, code):
    for addresses, status in ((THERE, statuses[0]), (NOWHERE, statuses[1])):
        for address in addresses:
            check(shared(), "/api/v1" + address, fault, status, code)


LONG_ONE = {key: "x" * 90 for key in ("name", "range", "repository", "alias", "locked", "vendored")}


@table(("many objects", "{}," * 50000 + "{}", 400), ("many texts", '"",' * 100000 + '""', 400),
       ("as many as may be, and long", ",".join([json.dumps(LONG_ONE)] * 500), 200))
def bodies_with_many_values(values, status):
    """What comes of one takes more memory than it has bytes: who sends it is told, and it is nobody's fault here."""
    answer = shared().request("POST", "/api/v1/dependencies", f'{{"dependencies":[{values}]}}')
    equal(answer.status, status, answer.body[:200])
    if status == 400:
        equal(json.loads(answer.body)["error"], "the body has more than 20000 values")


@table(("below a base path", "/charts/api/v1/nothing"), ("where it need not be", "/api/v1/nothing"))
def every_error_below_a_base_path(target):
    check(shared("--set", "base_path=/charts"), target, (b"GET", b"", HTML), 404, "not_found")


@table(("a page", "/nothing", "text/html; charset=utf-8"), ("begins alike", "/api/v10/x", "text/html; charset=utf-8"),
       ("ChartMuseum's", "/api/charts/nothing", "application/json; charset=utf-8"))
def others_are_as_they_were(target, kind):
    answer = shared().get(target, {"Accept": "text/html"})
    equal((answer.status, answer.headers["Content-Type"]), (404, kind))


if __name__ == "__main__":
    main()

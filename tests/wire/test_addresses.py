#!/usr/bin/env python3
"""Addresses that lead nowhere, and those that should lead out."""
import re

from wire import check_refusal, contains, equal, no_trace
from harness import main, responses, table, test
from served import server


@table(
    ("unknown chart", "/charts/nothing-1.0.0.tgz", 404, "object not found"),
    ("unknown version", "/charts/small-9.9.9.tgz", 404, "object not found"),
    ("no provenance", "/charts/big-1.0.0.tgz.prov", 404, "object not found"),
    ("T-HTTP-40 unknown extension", "/charts/x.bad", 404, ""),
    ("T-HTTP-40 unknown address", "/such/a/thing/is/not/here", 404, ""),
    ("T-HTTP-40 trailing slash", "/index.yaml/", 404, ""),
    ("T-HTTP-40 trailing slash of a chart", "/charts/small-1.0.0.tgz/", 404, ""),
    ("T-HTTP-40 folder of charts", "/charts/", 404, ""),
    ("unknown repository", "/nowhere/index.yaml", 404, "nowhere"),
    ("unknown repository's chart", "/nowhere/charts/small-1.0.0.tgz", 404, ""),
    ("three segments", "/a/b/c/index.yaml", 404, "more than two segments"),
    ("reserved", "/api/index.yaml", 404, '"api" is reserved'),
    ("control socket only", "/control/fsck", 404, ""),
    ("upper case", "/INDEX.YAML", 404, ""),
    ("upper case repository", "/Team-a/index.yaml", 404, 'repository "Team-a": a segment is 1'),
    ("upper case chart", "/charts/Small-1.0.0.tgz", 404, ""),
    ("T-HTTP-40 upper case extension", "/charts/small-1.0.0.TGZ", 404, ""))
def nothing_there(path, status, text):
    fields = check_refusal(server(), server().get(path), status, text=text)
    contains(("not_found", "repository_not_found"), fields["code"])


@table(
    ("GET", "GET", "/Bad_Name!/index.yaml"), ("HEAD", "HEAD", "/Bad_Name!/index.yaml"),
    ("chart", "GET", "/Bad_Name!/charts/small-1.0.0.tgz"),
    ("POST", "POST", "/api/Bad_Name!/charts"), ("POST prov", "POST", "/api/Bad_Name!/prov"),
    ("PUT", "PUT", "/Bad_Name!/charts/small-1.0.0.tgz"),
    ("PUT beside charts", "PUT", "/Bad_Name!/small-1.0.0.tgz"),
    ("DELETE", "DELETE", "/api/Bad_Name!/charts/small/1.0.0"))
def no_name_of_a_repository(method, path):
    """Whoever mistypes a repository learns what such a name looks like."""
    with no_trace(server()):
        for name, text in (("Bad_Name!", "a-z, 0-9"), ("a/B", "a-z, 0-9"),
                           ("a/b/c", "two segments"), ("helm", '"helm" is reserved'),
                           ("x" * 5000, "a-z, 0-9")):
            answer = server().request(method, path.replace("Bad_Name!", name))
            equal(answer.status, 404)
            if method != "HEAD":
                check_refusal(server(), answer, 404, "not_found", text)


TRAVERSALS = ("..", "%2e%2e", "%2E%2e%2f", "..%2f", "..%5c", "..%2f..%2f..%2f..%2fetc%2fpasswd",
              "%2F%2F..%2Fetc%2Fpasswd", "%2e", ".", "%5c..%5c", "x%2fy", "foo%2fbar-1.0.0.tgz")
NOT_DECODED_TWICE = ("%252e%252e", "%252e%252e%252fetc%252fpasswd", "%25%32%65")
BAD_BYTES = ("%00", "a%00.tgz", "%zz", "%", "a%2", "%c0%af", "%ed%a0%80", "%ff", "%0d%0a", "%0a",
             "%7f", "%1b[31m", "%f4%90%80%80")
PLACES = (("GET", "/{}/index.yaml"), ("GET", "/team-a/{}/index.yaml"), ("GET", "/charts/{}"),
          ("GET", "/team-a/charts/{}"), ("GET", "/{}/charts/small-1.0.0.tgz"), ("GET", "/{}"),
          ("POST", "/api/{}/charts"), ("POST", "/api/{}/prov"), ("PUT", "/{}"),
          ("PUT", "/charts/{}"), ("DELETE", "/api/charts/{}/1.0.0"),
          ("DELETE", "/api/charts/small/{}"),
          ("DELETE", "/api/{}/charts/small/1.0.0"))


def ask(method, target, headers=()):
    """The one answer to a target that http.client would not send."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {server().host}:{server().port}",
             "Connection: close", *headers]
    if method in ("POST", "PUT"):
        lines.append("Content-Length: 0")
    answers = responses(server().raw("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"))
    equal(len(answers), 1, target)
    return answers[0]


@table(*((f"{method} {place}", method, place) for method, place in PLACES))
def t_http_21_traversal(method, place):
    with no_trace(server()):
        for payload in TRAVERSALS:
            check_refusal(server(), ask(method, place.format(payload)), 400, "invalid_request")
        for payload in NOT_DECODED_TWICE:
            answer = ask(method, place.format(payload))
            assert answer.status in (400, 404, 405), (payload, answer)


@table(*((f"{method} {place}", method, place) for method, place in PLACES))
def t_http_22_bad_bytes(method, place):
    with no_trace(server()):
        for payload in BAD_BYTES:
            check_refusal(server(), ask(method, place.format(payload)), 400, "invalid_request")


@table(
    ("raw 8-bit byte", "/charts/\xe9.tgz"), ("fragment", "/index.yaml#x"),
    ("backslash", "/charts\\x"), ("asterisk", "*"), ("no slash", "index.yaml"),
    ("bad escape in the query", "/index.yaml?a=%zz"), ("NUL in the query", "/index.yaml?a=%00"))
def t_http_22_bad_target(target):
    with no_trace(server()):
        equal(ask("GET", target).status, 400)


@test
def t_http_20_other_authorities():
    with no_trace(server()):
        for target in ("http://evil.example/index.yaml", "http://evil.example",
                       "https://evil.example/"):
            equal(ask("GET", target).status, 400, target)
        for target in ("//evil.example/", "//evil.example/index.yaml", "///evil.example"):
            answer = ask("GET", target)
            assert answer.status in (400, 404), (target, answer)
            equal(answer.headers["Location"], None)


@test
def t_http_12_host_is_never_echoed():
    """But where an address has to be absolute; test_outside.py has those."""
    plain = server().get("/index.yaml").body
    for host in ("evil.example", "evil.example:80", "localhost"):
        for path in ("/index.yaml", "/index.json", "/nothing", "/info"):
            answer = server().get(path, {"Host": host})
            assert b"evil.example" not in answer.body, path
        equal(server().get("/index.yaml", {"Host": host}).body, plain)


@test
def t_http_23_encoded_slash_in_a_name():
    for target in ("/charts/team-a%2fcharts%2fteam-2.0.0.tgz", "/team-a%2fstable/index.yaml"):
        check_refusal(server(), ask("GET", target), 400)
    check_refusal(server(), ask("DELETE", "/api/charts/a%2fb/1.0.0"), 400)


@test
def t_http_35_no_header_from_the_address():
    for target in ("/index.yaml%0d%0aX-Evil:%201", "/nowhere%0d%0aSet-Cookie:a=b/index.yaml",
                   "/index.yaml?x=%0d%0aX-Evil:1"):
        answer = ask("GET", target)
        equal(answer.status, 400)
        assert answer.headers["X-Evil"] is None and answer.headers["Set-Cookie"] is None


@test
def t_http_35_request_id_is_plain():
    for given, taken in (("abc-1.2_3", True), ("a" * 64, True), ("a" * 65, False), ("a b", False),
                         ('a"b', False), ("", False), ("\xe9", False), ("<script>", False)):
        answer = ask("GET", "/livez", (f"X-Request-Id: {given}",))
        equal(answer.headers["X-Request-Id"] == given, taken, given)
        assert re.fullmatch(r"[!-~]{1,64}", answer.headers["X-Request-Id"])


@test
def t_http_37_parameters():
    equal(ask("GET", "/index.yaml?a=1&a=2&b&=&&c==").status, 200)
    equal(ask("GET", "/index.yaml?" + "&".join(f"a{i}=1" for i in range(64))).status, 200)
    check_refusal(server(), ask("GET", "/index.yaml?" + "&".join("a" for i in range(65))), 400)
    check_refusal(server(), ask("GET", "/index.yaml?" + "&".join("a" for i in range(500))), 400)


METHODS = (("/index.yaml", "GET, HEAD"), ("/charts/small-1.0.0.tgz", "GET, HEAD, PUT"),
           ("/api/charts", "GET, HEAD, POST"), ("/api/prov", "POST"),
           ("/api/charts/small/1.0.0", "GET, HEAD, DELETE"), ("/api/charts/small", "GET, HEAD"),
           ("/livez", "GET, HEAD"), ("/metrics", "GET, HEAD"), ("/", "GET, HEAD"))


@table(*((path, path, allow) for path, allow in METHODS))
def t_http_14_methods_of_an_address(path, allow):
    every = {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}
    with no_trace(server()):
        for method in sorted(every - set(allow.split(", "))):
            answer = server().request(method, path)
            equal(answer.status, 405, method)
            contains(allow, answer.headers["Allow"].split(", ")[0])


@test
def home_page():
    answer = server().get("/")
    equal((answer.status, answer.headers["Content-Type"]), (200, "text/html; charset=utf-8"))
    contains(answer.body, f"http://{server().host}:{server().port}".encode())
    contains(answer.headers["Content-Security-Policy"], "default-src 'none'")


if __name__ == "__main__":
    main()

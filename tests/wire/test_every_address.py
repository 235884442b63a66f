#!/usr/bin/env python3
"""Every address that the API's description has, asked what no client means: HEAD, hostile names where an
address has one, hostile values in each parameter; and the headers that every answer has to have."""
import functools
import itertools
import re

from wire import contains, equal, no_trace, yaml
from harness import Server, chart, main, provenance, table, test

NAMES = {"repo": "main", "team": "team-a", "file": "demo-1.0.0.tgz", "name": "demo", "version": "1.0.0",
         "event": "2", "any": "latest...latest", "id": "0" * 64}
# What is not the same twice: in HEAD and GET everything else is.
EACH_TIME = {"Date", "X-Request-Id", "Content-Length", "ETag", "Set-Cookie", "Last-Modified"}
CHANGING = re.compile(r"/metrics|/api/v1/(packages/random|admin/|log/checkpoint|events)|/account|/admin|/login|stat")
# Names that are decoded once, and then are none; the first two where they are the whole segment.
WHOLE = ("..", "%2e%2e")
PATHS = (*WHOLE, "%2E%2e%2f", "..%2f", "..%5c", "%2F%2F..%2Fetc%2Fpasswd", "%00", "a%00b", "%zz", "%c0%af",
         "%ed%a0%80", "%0d%0aX-Evil:%201", "foo%2fbar")
TEXTS = ("'", '"', "';DROP+TABLE+version;--", "%25", "_", "%00", "a%00b", "%ff", "x" * 7000, "-1",
         "99999999999999999999", "1e9", "%f0%9f%9a%80", "*", "NEAR(", "{", "password:~a")


@functools.cache
def server():
    running = Server(keep=True)
    for repo in ("", "team-a", "team-a/main"):
        equal(running.publish(chart(), repo).status, 201)
    equal(running.request("POST", "/api/prov", provenance(chart())).status, 201)
    equal(running.request("POST", "/api/v1/hooks", b'{"name":"demo","url":"http://127.0.0.1:9080/","allow_private":true}')
          .status, 201)
    return running


@functools.cache
def description():
    return yaml.safe_load(server().get("/api/v1/openapi.yaml").body)


def parameters(path):
    """The names of the parameters of its query."""
    known = description()["components"]["parameters"]
    found = [p if "in" in p else known[p["$ref"].rpartition("/")[2]]
             for p in description()["paths"][path]["get"].get("parameters", [])]
    return [p["name"] for p in found if p["in"] == "query"]


def addresses():
    return [path for path, methods in description()["paths"].items() if "get" in methods]


def filled(path, **names):
    return re.sub(r"\{(\w+)\}", lambda word: {**NAMES, **names}[word[1]], path)


def ask(link, method, target):
    answer = server().request(method, target, connection=link)
    assert answer.status < 500, (method, target[:200], answer)
    equal(answer.headers["X-Evil"], None, target)
    equal(answer.headers["X-Content-Type-Options"], "nosniff", target)
    assert "evil" not in (answer.headers["Location"] or ""), answer.headers["Location"]
    return answer


@test
def t_http_39_head_of_every_address():
    """The same status and headers as GET, and no body."""
    link = server().connection()
    for path in addresses():
        head, whole = (ask(link, method, filled(path)) for method in ("HEAD", "GET"))
        equal((head.status, head.body), (whole.status, b""), path)
        left_out = EACH_TIME if CHANGING.search(path) else EACH_TIME - {"Content-Length", "ETag"}
        first, second = ({name: value for name, value in answer.headers.items() if name not in left_out}
                         for answer in (head, whole))
        equal(first, second, path)


@test
def t_web_06_headers_of_every_address():
    """What shows something to a browser allows it nothing else; what is an error is not kept."""
    link = server().connection()
    shown = 0
    for path in addresses():
        for name in (NAMES["name"], "no-such-chart"):
            answer = ask(link, "GET", filled(path, name=name))
            kind = answer.headers["Content-Type"] or ""
            if kind.startswith(("text/html", "image/svg")):
                shown += 1
                contains(answer.headers["Content-Security-Policy"], "default-src 'none'", path)
            if kind.startswith("text/html"):
                equal(answer.headers["X-Frame-Options"], "DENY", path)
                contains(("no-referrer", "same-origin"), answer.headers["Referrer-Policy"], path)
                contains(answer.headers["Content-Security-Policy"], "frame-ancestors 'none'", path)
            if answer.status >= 400:
                equal(answer.headers["Cache-Control"], "no-store", path)
    assert shown > 20, shown


@test
def t_http_21_t_http_22_every_part_of_every_address():
    """Refused before anything is looked up; what is no name of its kind is found nowhere."""
    link = server().connection()
    with no_trace(server()):
        for path, methods in description()["paths"].items():
            for method, part in itertools.product(methods.keys() - {"parameters"},
                                                  dict.fromkeys(re.findall(r"\{(\w+)\}", path))):
                for payload in PATHS:
                    answer = ask(link, method.upper(), filled(path, **{part: payload}))
                    is_name = payload in WHOLE and f"/{{{part}}}/" not in path + "/"
                    equal(answer.status, 404 if is_name else 400, (method, path, part, payload))


BODIES = ((b"{}", {}), (chart("demo", "9.0.0"), {}),
          (b"", {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}))
# What changes nothing that is kept here: a browser's own session, a question with a body.
NO_CHANGE = ("/login", "/logout", "/api/v1/dependencies")


@test
def t_imm_06_every_change_where_none_is_taken():
    """503 as long as read_only is set, before anything else is looked at but who asks."""
    running = Server(args=("--set", "read_only=true"))
    link = running.connection()
    with no_trace(running):
        for path, methods in description()["paths"].items():
            for method in methods.keys() & {"post", "put", "patch", "delete"}:
                for body, headers in BODIES:
                    answer = running.request(method.upper(), filled(path), body, headers, connection=link)
                    expected = (303, 400, 403, 413) if path in NO_CHANGE else (401, 413, 503)
                    contains(expected, answer.status, (method, path))


@test
def t_sql_01_t_sql_02_every_parameter_of_every_address():
    """A value that is none is refused or finds nothing; it is never part of a statement."""
    link = server().connection()
    with no_trace(server()):
        for path in addresses():
            for name in parameters(path):
                for value in TEXTS:
                    answer = ask(link, "GET", f"{filled(path)}?{name}={value}")
                    assert answer.status in (200, 301, 302, 304, 308, 400, 404), (path, name, value, answer)


@table(("search", "/api/v1/search?q=demo&sort={}"), ("ArtifactHub", "/api/v1/packages/search?sort={}"))
def t_sql_02_order_by_what_is_no_order(path):
    for value in ("password", "name;--", "1", "relevance,name", "rowid"):
        equal(server().get(path.format(value)).status, 400, value)


@table(("any", "%25"), ("one letter", "ma_n"), ("the rest", "m%25"), ("a list", "main%27,%27team-a"))
def t_sql_01_wildcards_are_letters(text):
    """In what filters by a whole value."""
    for path in ("/api/v1/search?repo={}", "/api/v1/search?q=repo:{}", "/api/v1/packages/search?repo={}"):
        answer = server().get(path.format(text))
        assert answer.status == 400 or b'"demo"' not in answer.body, (path, answer.body)


if __name__ == "__main__":
    main()

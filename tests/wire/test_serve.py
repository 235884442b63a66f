#!/usr/bin/env python3
"""What goes out: indexes in every form, charts whole and in parts, and addresses that lead nowhere."""
import contextlib
import functools
import gzip
import json
import os
import re
import time
import zlib

from wire import (Server, check_refusal, contains, digest, equal, no_trace, provenance, settled,
                  yaml)
from harness import chart, chart_of_size, main, must, responses, table, test

SMALL = chart("small", description="a small one")
BIG = chart_of_size(300_000, "big")        # by sendfile
PLUS = chart("plus", "1.0.0+build.7")
TEAM = chart("team", "2.0.0")


@functools.cache
def server():
    running = Server(keep=True)
    for archive, repo in ((SMALL, ""), (BIG, ""), (PLUS, ""), (TEAM, "team-a"), (TEAM, "team-a/stable")):
        equal(running.publish(archive, repo).status, 201)
    equal(running.request("POST", "/api/prov", provenance(SMALL, "small")).status, 201)
    return running


def unique(pairs):
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"a key stands twice: {keys}"
    return dict(pairs)


def strict_json(text):
    return json.loads(text, object_pairs_hook=unique)


def strict_yaml(text):
    """As YAML 1.1, where a key that stands twice is an error and nothing but strings is implied."""
    class Loader(yaml.SafeLoader):
        pass
    def mapping(loader, node):
        pairs = [(loader.construct_object(k, True), loader.construct_object(v, True))
                 for k, v in node.value]
        return unique(pairs)
    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    return yaml.load(text, Loader)


# ---- indexes ----

@table(
    ("at the root", "/index.yaml", ["big", "plus", "small"], "application/x-yaml"),
    ("as JSON", "/index.json", ["big", "plus", "small"], "application/json"),
    ("by name", "/main/index.yaml", ["big", "plus", "small"], "application/x-yaml"),
    ("by name, as JSON", "/main/index.json", ["big", "plus", "small"], "application/json"),
    ("one segment", "/team-a/index.yaml", ["team"], "application/x-yaml"),
    ("two segments", "/team-a/stable/index.yaml", ["team"], "application/x-yaml"),
    ("two segments, as JSON", "/team-a/stable/index.json", ["team"], "application/json"),
    ("doubled slash, as Helm asks for URL/", "//index.yaml", ["big", "plus", "small"],
     "application/x-yaml"),
    ("doubled slash in a repository", "/team-a//index.yaml", ["team"], "application/x-yaml"),
    ("with a query", "/index.yaml?x=1", ["big", "plus", "small"], "application/x-yaml"),
    ("percent-encoded", "/%69ndex%2Eyaml", ["big", "plus", "small"], "application/x-yaml"))
def index(path, names, kind):
    answer = server().get(path)
    equal(answer.status, 200, answer.body)
    equal(answer.headers["Content-Type"], kind)
    equal(answer.headers["Cache-Control"], "no-cache")
    equal(answer.headers["Vary"], "Accept-Encoding")
    equal(answer.headers["X-Content-Type-Options"], "nosniff")
    equal(int(answer.headers["Content-Length"]), len(answer.body))
    assert re.fullmatch('"[^"]+"', answer.headers["ETag"]), answer.headers["ETag"]
    data = strict_json(answer.body)
    equal((data["apiVersion"], list(data["entries"])), ("v1", names))
    for entries in data["entries"].values():
        for entry in entries:
            equal(len(entry["urls"]), 1)
            assert re.fullmatch(r"charts/[A-Za-z0-9._+%-]+\.tgz", entry["urls"][0]), entry["urls"]
            assert re.fullmatch("[0-9a-f]{64}", entry["digest"]), entry["digest"]


@test
def index_is_yaml_as_well():
    text = server().get("/index.yaml").body
    equal(strict_yaml(text), strict_json(text))


@test
def urls_of_the_index_lead_to_the_bytes():
    for repo in ("", "team-a/", "team-a/stable/"):
        for entries in server().index(repo.strip("/"))["entries"].values():
            for entry in entries:
                equal(digest(server().get(f"/{repo}{entry['urls'][0]}").body), entry["digest"])


@table(
    ("gzip", "gzip", True), ("as browsers ask", "gzip, deflate, br, zstd", True),
    ("with a weight", "br;q=1.0, gzip;q=0.5", True), ("any", "*", True), ("x-gzip", "x-gzip", True),
    ("identity", "identity", False), ("empty", "", False), ("another", "br", False),
    ("gzip refused", "gzip;q=0", False), ("gzip refused, any else", "gzip;q=0, *;q=0.5", False),
    ("refused exactly", "gzip;q=0.000", False), ("no weight", "gzip;q=x", False),
    ("7 KiB of it", "gzip;q=0," * 700, False))
def t_http_30_compressed_index(accepted, compressed):
    for path in ("/index.yaml", "/index.json"):
        plain = server().get(path)
        answer = server().get(path, {"Accept-Encoding": accepted})
        equal((answer.status, answer.headers["Vary"]), (200, "Accept-Encoding"))
        equal(answer.headers["Content-Encoding"], "gzip" if compressed else None)
        equal(answer.headers["ETag"] != plain.headers["ETag"], compressed)
        equal(int(answer.headers["Content-Length"]), len(answer.body))
        equal(gzip.decompress(answer.body) if compressed else answer.body, plain.body)


@test
def t_http_30_long_header():
    with no_trace(server()):
        equal(server().get("/index.yaml", {"Accept-Encoding": "gzip;q=0," * 7000}).status, 431)


@test
def gzip_index_is_one_member():
    body = server().get("/index.yaml", {"Accept-Encoding": "gzip"}).body
    inflate = zlib.decompressobj(31)
    inflate.decompress(body)
    assert inflate.eof and not inflate.unused_data


@table(("index", "/index.yaml", {}), ("gzip", "/index.yaml", {"Accept-Encoding": "gzip"}),
       ("JSON", "/index.json", {}), ("repository", "/team-a/index.yaml", {}),
       ("small chart", "/charts/small-1.0.0.tgz", {}), ("large chart", "/charts/big-1.0.0.tgz", {}),
       ("provenance", "/charts/small-1.0.0.tgz.prov", {}))
def not_modified(path, more):
    etag = server().get(path, more).headers["ETag"]
    for given in (etag, f"W/{etag}", f'"other", {etag}', "*", f'"a" , W/"b",{etag}'):
        answer = server().get(path, {**more, "If-None-Match": given})
        equal((answer.status, answer.body, answer.headers["ETag"]), (304, b"", etag), given)
        assert answer.headers["Content-Length"] in (None, "0"), answer.headers.items()
    for given in ('"other"', etag[1:-1], etag[:-1], "", "W/", '"'):
        equal(server().get(path, {**more, "If-None-Match": given}).status, 200, given)


@test
def etags_tell_everything_apart():
    seen = set()
    for path in ("/index.yaml", "/team-a/index.yaml", "/team-a/stable/index.yaml"):
        for more in ({}, {"Accept-Encoding": "gzip"}):
            seen.add(server().get(path, more).headers["ETag"])
    equal(len(seen), 6)


@test
def index_changes_only_with_its_content():
    running = Server()
    equal(running.publish(chart("one")).status, 201)
    first = running.get("/index.yaml")
    running.publish(chart("one"))
    running.publish(chart("one", description="other"))
    running.publish(b"nothing")
    running.publish(chart("elsewhere"), "team")
    running.request("POST", "/api/charts?dry_run", chart("two"))
    running.request("DELETE", "/api/charts/two/1.0.0")
    time.sleep(0.01)
    again = running.get("/index.yaml")
    equal((again.body, again.headers["ETag"]), (first.body, first.headers["ETag"]))
    equal(running.publish(chart("two")).status, 201)
    changed = running.get("/index.yaml")
    assert changed.headers["ETag"] != first.headers["ETag"]
    assert strict_json(changed.body)["generated"] > strict_json(first.body)["generated"]


# ---- HEAD ----

@table(*((path, path, status) for path, status in (
    ("/index.yaml", 200), ("/index.json", 200), ("/team-a/index.yaml", 200),
    ("/charts/small-1.0.0.tgz", 200), ("/charts/big-1.0.0.tgz", 200),
    ("/charts/small-1.0.0.tgz.prov", 200), ("/", 200), ("/health", 200), ("/healthz", 200),
    ("/livez", 200), ("/readyz", 200), ("/info", 200),
    ("/nowhere/index.yaml", 404), ("/charts/no-1.0.0.tgz", 404), ("/nothing", 404),
    ("/charts/x.bad", 404), ("/api/charts", 405), ("/../x", 400))))
def t_http_39_head(path, status):
    for more in ({}, {"Accept-Encoding": "gzip"}):
        for _ in range(2):    # the second from the cache
            get, head = server().get(path, more), server().request("HEAD", path, None, more)
            equal((get.status, head.status, head.body), (status, status, b""))
            headers = [{k: v for k, v in answer.headers.items() if k not in ("Date", "X-Request-Id")}
                       for answer in (get, head)]
            if status >= 400:    # the request id in the body
                equal(headers[0].pop("Content-Length") is None, False)
                headers[1].pop("Content-Length")
            equal(headers[1], headers[0])


@test
def t_http_39_head_of_metrics():
    equal((server().request("HEAD", "/metrics").status, server().request("HEAD", "/metrics").body),
          (200, b""))


@test
def t_idx_05_head_says_what_get_says():
    for path in ("/index.yaml", "/nowhere/index.yaml", "/team-a/index.json"):
        equal(server().request("HEAD", path).status, server().get(path).status)


# ---- charts ----

@table(
    ("small", "/charts/small-1.0.0.tgz", SMALL, "application/gzip"),
    ("large", "/charts/big-1.0.0.tgz", BIG, "application/gzip"),
    ("by repository name", "/main/charts/small-1.0.0.tgz", SMALL, "application/gzip"),
    ("one segment", "/team-a/charts/team-2.0.0.tgz", TEAM, "application/gzip"),
    ("two segments", "/team-a/stable/charts/team-2.0.0.tgz", TEAM, "application/gzip"),
    ("doubled slash", "//charts/small-1.0.0.tgz", SMALL, "application/gzip"),
    ("plus sign as %2B", "/charts/plus-1.0.0%2Bbuild.7.tgz", PLUS, "application/gzip"),
    ("plus sign as itself", "/charts/plus-1.0.0+build.7.tgz", PLUS, "application/gzip"),
    ("percent-encoded letters", "/%63harts/sm%61ll-1.0.0.tgz", SMALL, "application/gzip"),
    ("provenance", "/charts/small-1.0.0.tgz.prov", provenance(SMALL, "small"),
     "application/pgp-signature"))
def download(path, data, kind):
    for _ in range(2):
        answer = server().get(path)
        equal(answer.status, 200, answer.body[:200])
        equal(answer.body == data, True)
        equal(answer.headers["Content-Type"], kind)
        equal(int(answer.headers["Content-Length"]), len(data))
        equal(answer.headers["ETag"], f'"{digest(data)}"')
        equal(answer.headers["Cache-Control"], "public, max-age=31536000, immutable")
        equal(answer.headers["X-Content-Type-Options"], "nosniff")
        equal(answer.headers["Accept-Ranges"], "bytes")
        equal(answer.headers["Content-Encoding"], None)


@test
def charts_are_not_compressed_again():
    answer = server().get("/charts/small-1.0.0.tgz", {"Accept-Encoding": "gzip"})
    equal((answer.body == SMALL, answer.headers["Content-Encoding"]), (True, None))


@test
def several_requests_on_one_connection():
    with contextlib.closing(server().connection()) as link:
        for path, data in (("/charts/big-1.0.0.tgz", BIG), ("/charts/small-1.0.0.tgz", SMALL),
                           ("/nothing", None), ("/index.yaml", None), ("/charts/big-1.0.0.tgz", BIG)):
            answer = server().get(path, connection=link)
            assert data is None or answer.body == data, path


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
    ("three segments", "/a/b/c/index.yaml", 404, ""),
    ("reserved", "/api/index.yaml", 404, ""),
    ("control socket only", "/control/fsck", 404, ""),
    ("upper case", "/INDEX.YAML", 404, ""),
    ("upper case repository", "/Team-a/index.yaml", 404, ""),
    ("upper case chart", "/charts/Small-1.0.0.tgz", 404, ""),
    ("T-META-07 upper case extension", "/charts/small-1.0.0.TGZ", 404, ""))
def nothing_there(path, status, text):
    fields = check_refusal(server(), server().get(path), status, text=text)
    contains(("not_found", "repository_not_found"), fields["code"])


@test
def t_imm_07_case_counts():
    """Names that differ in case are different charts; each goes by its own."""
    running = Server()
    lower, upper = chart("same"), chart("Same")
    equal(running.publish(lower).status, 201)
    equal(running.publish(upper).status, 201)
    equal(running.get("/charts/same-1.0.0.tgz").body, lower)
    equal(running.get("/charts/Same-1.0.0.tgz").body, upper)


# ---- addresses ----

TRAVERSALS = ("..", "%2e%2e", "%2E%2e%2f", "..%2f", "..%5c", "..%2f..%2f..%2f..%2fetc%2fpasswd",
              "%2F%2F..%2Fetc%2Fpasswd", "%2e", ".", "%5c..%5c", "x%2fy", "foo%2fbar-1.0.0.tgz")
NOT_DECODED_TWICE = ("%252e%252e", "%252e%252e%252fetc%252fpasswd", "%25%32%65")
BAD_BYTES = ("%00", "a%00.tgz", "%zz", "%", "a%2", "%c0%af", "%ed%a0%80", "%ff", "%0d%0a", "%0a", "%7f",
             "%1b[31m", "%f4%90%80%80")
PLACES = (("GET", "/{}/index.yaml"), ("GET", "/team-a/{}/index.yaml"), ("GET", "/charts/{}"),
          ("GET", "/team-a/charts/{}"), ("GET", "/{}/charts/small-1.0.0.tgz"), ("GET", "/{}"),
          ("POST", "/api/{}/charts"), ("POST", "/api/{}/prov"), ("PUT", "/{}"), ("PUT", "/charts/{}"),
          ("DELETE", "/api/charts/{}/1.0.0"), ("DELETE", "/api/charts/small/{}"),
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
        for target in ("http://evil.example/index.yaml", "http://evil.example", "https://evil.example/"):
            answer = ask("GET", target)
            equal(answer.status, 400, target)
        for target in ("//evil.example/", "//evil.example/index.yaml", "///evil.example"):
            answer = ask("GET", target)
            assert answer.status in (400, 404), (target, answer)
            equal(answer.headers["Location"], None)


@test
def t_http_12_host_is_never_echoed():
    plain = server().get("/index.yaml").body
    for host in ("evil.example", "evil.example:80", "localhost"):
        for path in ("/index.yaml", "/", "/nothing", "/info"):
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
           ("/api/charts", "POST"), ("/api/prov", "POST"), ("/api/charts/small/1.0.0", "DELETE"),
           ("/livez", "GET, HEAD"), ("/metrics", "GET, HEAD"), ("/", "GET, HEAD"))


@table(*((path, path, allow) for path, allow in METHODS))
def t_http_14_methods_of_an_address(path, allow):
    every = {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}
    for method in sorted(every - set(allow.split(", "))):
        with no_trace(server()):
            answer = server().request(method, path)
            equal(answer.status, 405, method)
            contains(allow, answer.headers["Allow"].split(", ")[0])


# ---- parts ----

FILES = (("small", "/charts/small-1.0.0.tgz", SMALL), ("big", "/charts/big-1.0.0.tgz", BIG))


def part(path, value, **more):
    return server().get(path, {"Range": value, **{k.replace("_", "-"): v for k, v in more.items()}})


@table(*((f"{size} {spec}", path, data, spec, cut) for size, path, data in FILES for spec, cut in (
    ("bytes=0-0", slice(0, 1)), ("bytes=10-19", slice(10, 20)), ("bytes=5-", slice(5, None)),
    ("bytes=-7", slice(-7, None)), ("bytes=0-", slice(0, None)), ("bytes=-99999999", slice(0, None)),
    ("bytes=3-99999999", slice(3, None)), ("bytes=3-9223372036854775807", slice(3, None)),
    ("bytes=3-99999999999999999999999", slice(3, None)), ("BYTES=1-2", slice(1, 3)))))
def range_of_a_chart(path, data, spec, cut):
    wanted = data[cut]
    first = len(data) - len(wanted) if cut.stop is None else cut.start
    answer = part(path, spec)
    equal(answer.status, 206, answer.headers.items())
    equal(answer.body == wanted, True)
    equal(answer.headers["Content-Range"], f"bytes {first}-{first + len(wanted) - 1}/{len(data)}")
    equal(int(answer.headers["Content-Length"]), len(wanted))
    head = server().request("HEAD", path, None, {"Range": spec})
    assert head.status in (200, 206) and head.body == b""


@table(*((f"{size} {spec}", path, data, spec) for size, path, data in FILES for spec in (
    "bytes=10-alpha", "bytes=10", "bytes=10-11 12-", "bytes=99999999-", "bytes=-0", "bytes=-",
    "bytes=5-4", "bytes=--5", "bytes=9223372036854775808-", "bytes=99999999999999999999999-",
    "bytes=-1-2", "bytes=+1-2", "bytes=0x1-2")))
def t_http_24_26_range_outside(path, data, spec):
    answer = part(path, spec)
    equal((answer.status, answer.headers["Content-Range"]), (416, f"bytes */{len(data)}"))
    assert len(answer.body) < 1000
    equal(server().get(path).body == data, True)


@table(*((f"{size} {len(spec)} bytes: {spec[:20]}", path, data, spec) for size, path, data in FILES for spec in (
    "bytes=0-1,5-6", "bytes=" + ",".join(["0-"] * 1000), "bytes=0-10,5-20", "lines=1-2", "bytes",
    "bytes=", "", "1-2", ",")))
def t_http_25_ranges_that_are_ignored(path, data, spec):
    answer = part(path, spec)
    equal((answer.status, answer.body == data), (200, True), answer.headers.items())


@test
def t_http_27_if_range():
    path, etag = "/charts/small-1.0.0.tgz", f'"{digest(SMALL)}"'
    modified = server().get(path).headers["Last-Modified"]
    for given, status in ((etag, 206), (modified, 206), ('"other"', 200), (f"W/{etag}", 200),
                          ("Thu, 01 Jan 1970 00:00:00 GMT", 200), ("nonsense", 200), (etag[:-1], 200),
                          ("Fri, 31 Dec 9999 23:59:59 GMT", 200)):
        equal(part(path, "bytes=0-1", If_Range=given).status, status, given)


@test
def t_http_27_dates():
    path = "/charts/big-1.0.0.tgz"
    modified = server().get(path).headers["Last-Modified"]
    for given, status in ((modified, 304), ("Fri, 31 Dec 9999 23:59:59 GMT", 200),
                          ("Tue, 19 Jan 2038 03:14:08 GMT", 304),
                          ("Thu, 01 Jan 1970 00:00:00 GMT", 200), ("yesterday", 200), ("", 200),
                          ("Fri, 32 Dec 2030 23:59:59 GMT", 200), ("-1", 200), ("9" * 400, 200)):
        equal(server().get(path, {"If-Modified-Since": given}).status, status, given)
    both = {"If-Modified-Since": modified, "If-None-Match": '"other"'}
    equal(server().get(path, both).status, 200)


@test
def t_http_27_long_list_of_etags():
    etag = f'"{digest(SMALL)}"'
    many = ", ".join(f'"{i}"' for i in range(900))
    equal(server().get("/charts/small-1.0.0.tgz", {"If-None-Match": f"{many}, {etag}"}).status, 304)
    equal(server().get("/charts/small-1.0.0.tgz", {"If-None-Match": many}).status, 200)
    equal(server().get("/charts/small-1.0.0.tgz", {"If-None-Match": many * 3}).status, 431)


@test
def if_match():
    path, etag = "/charts/small-1.0.0.tgz", f'"{digest(SMALL)}"'
    for given, status in ((etag, 200), ("*", 200), ('"other"', 412), (f"W/{etag}", 412)):
        equal(server().get(path, {"If-Match": given}).status, status, given)


@test
def index_has_no_parts():
    answer = server().get("/index.yaml", {"Range": "bytes=0-1"})
    equal((answer.status, answer.headers["Accept-Ranges"]), (200, None))


# ---- block YAML, restarts, files on disk ----

HOSTILE = "\x1b[31m‮- name: evil\n</script> \"'\\ : # {[*&!|>%@` \u2028 é 日本 \U0001f600"


def hostile_charts():
    words = ("yes", "no", "on", "null", "~", "0x10", "1e3", "1_000", "2020-01-01", "1:30", ".inf", "=", "<<",
             "- a", "a: b", "# no", "'", '"', "", " ", "\t", "---", "...", "%YAML", "@x", "`x", "é", "\u0085x")
    yield chart("words", description=" ".join(words), keywords=list(words), appVersion="1.0",
                annotations={w: w for w in words if w})
    yield chart("hostile", description="first\nsecond: line\n- name: evil\n")
    yield chart("home", home="javascript:alert(1)", sources=["data:text/html,x", "http://169.254.169.254/"],
                maintainers=[{"name": "a: b", "email": "<x>@y", "url": "# no"}])
    yield chart("own-fields", created="2001-01-01T00:00:00Z", digest="0" * 64, urls=["http://evil.example/x"],
                removed=True, generated="x", entries={})
    yield chart("unicode", description="é 日本 \U0001f600 \u2028 \ufeff", appVersion="08")
    yield chart("html", description="</script><script>alert(1)</script> & <b>")
    yield chart("quoted", "1.0.0-0a", description="\"double\" 'single' \\ back")
    for n, text in enumerate((HOSTILE, "\x07", "a\u202eb", "nul\0")):
        yield chart(f"control-{n}", description=text)


@test
def t_idx_01_t_meta_10_t_meta_13_hostile_metadata():
    """Whatever was accepted, both forms of the index parse strictly, say the same, and hold exactly
    what was accepted."""
    running = Server(args=("--set", "index_format=yaml"))
    accepted = {}
    for archive in hostile_charts():
        answer = running.publish(archive)
        assert answer.status in (201, 400), answer
        if answer.status == 201:
            accepted[json.loads(answer.body)["name"]] = digest(archive)
    assert len(accepted) >= 7, accepted
    as_json, as_yaml = running.get("/index.json").body, running.get("/index.yaml").body
    data = strict_json(as_json)
    equal(strict_yaml(as_json), data)
    equal(strict_yaml(as_yaml), data)
    assert not as_yaml.startswith(b"{"), as_yaml[:100]
    equal({name: [v["digest"] for v in versions] for name, versions in data["entries"].items()},
          {name: [sha] for name, sha in accepted.items()})
    for text in (as_json, as_yaml):
        assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", text), "a control character"
    own = data["entries"]["own-fields"][0]
    equal(own["urls"], ["charts/own-fields-1.0.0.tgz"])
    equal((own.get("removed"), own["created"].startswith("2001")), (None, False))


@test
def block_yaml_says_what_json_says():
    running = Server(args=("--set", "index_format=yaml"))
    for number in range(30):
        running.publish(chart(f"c{number % 5}", f"1.{number}.0", keywords=["a", "b"],
                              dependencies=[{"name": "x", "version": ">=1", "repository": "https://x/"}]))
    plain = running.get("/index.yaml")
    equal(plain.headers["Content-Type"], "application/x-yaml")
    equal(strict_yaml(plain.body), strict_json(running.get("/index.json").body))
    packed = running.get("/index.yaml", {"Accept-Encoding": "gzip"})
    equal(gzip.decompress(packed.body), plain.body)
    assert packed.headers["ETag"] != plain.headers["ETag"] != running.get("/index.json").headers["ETag"]


FORMS = (("/index.yaml", {}), ("/index.json", {}), ("/index.yaml", {"Accept-Encoding": "gzip"}),
         ("/team-a/index.yaml", {}), ("/charts/keep-1.0.0.tgz", {}))


def everything(running):
    answers = [running.get(path, more) for path, more in FORMS]
    equal([a.status for a in answers], [200] * len(answers))
    return [(a.body, a.headers["ETag"]) for a in answers]


@table(("JSON", "json"), ("block YAML", "yaml"))
def t_time_02_same_bytes_after_restart_and_rebuild(form):
    """Also after kill -9, after rebuild with and without a server, and in another time zone."""
    more = ("--set", f"index_format={form}")
    running = Server(args=more)
    data = running.data
    for number in range(20):
        equal(running.publish(chart("many", f"1.{number}.0")).status, 201)
    equal(running.publish(chart("keep")).status, 201)
    equal(running.publish(chart("gone")).status, 201)
    equal(running.publish(chart("other"), "team-a").status, 201)
    equal(running.request("DELETE", "/api/charts/gone/1.0.0").status, 200)
    before = everything(running)
    running.stop()
    running = Server(data, args=more, env={"TZ": "Asia/Tokyo", "LC_ALL": "tr_TR.UTF-8"})
    equal(everything(running), before)
    must("rebuild", "--data", data)
    equal(everything(running), before)
    running.kill()
    must("rebuild", "--data", data)
    must("fsck", "--data", data)
    equal(everything(Server(data, args=more)), before)


@table(("JSON", "json"), ("block YAML", "yaml"))
def index_file_is_what_is_served(form):
    running = Server(args=("--set", f"index_format={form}"))
    file = running.data / "repos/main/index.yaml"
    equal(running.publish(chart("a")).status, 201)
    assert settled(lambda: file.exists() and file.read_bytes() == running.get("/index.yaml").body, 15)
    for number in range(20):
        equal(running.publish(chart("b", f"1.{number}.0")).status, 201)
    equal(running.publish(chart("c"), "team/a").status, 201)
    served, team = running.get("/index.yaml").body, running.get("/team/a/index.yaml").body
    running.stop()
    equal(file.read_bytes(), served)
    equal((running.data / "repos/team/a/index.yaml").read_bytes(), team)
    equal([p for p in running.data.rglob("*.new*")], [])


@test
def t_disk_03_t_idx_04_damaged_chart():
    """Bytes that changed behind our back are never served, and leave the index; the others stay."""
    running = Server()
    for name, archive in (("good", chart("good")), ("bad", chart("bad")), ("large", chart_of_size(200_000, "large"))):
        equal(running.publish(archive).status, 201)
    running.stop()
    for file in ("bad-1.0.0.tgz", "large-1.0.0.tgz"):
        path = running.data / "repos/main/charts" / file
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.chmod(0o640)
        path.write_bytes(data)
    again = Server(running.data)
    for file in ("bad-1.0.0.tgz", "large-1.0.0.tgz"):
        answer = again.get(f"/charts/{file}")
        check_refusal(again, answer, 503, "chart_damaged")
        check_refusal(again, again.get(f"/charts/{file}"), 503, "chart_damaged")
    assert settled(lambda: list(again.index()["entries"]) == ["good"])
    equal(again.get("/charts/good-1.0.0.tgz").status, 200)
    contains(again.get("/metrics").body, b"chartlocker_versions_damaged 2\n")
    equal(json.loads(again.get("/readyz").body), {"ready": True, "degraded": True})
    equal(again.publish(chart("bad")).status, 201)    # the same bytes heal it
    equal(sorted(again.index()["entries"]), ["bad", "good"])
    equal(again.get("/charts/bad-1.0.0.tgz").body, chart("bad"))


@table(("removed", lambda p: p.unlink()), ("truncated", lambda p: (p.chmod(0o640), p.write_bytes(b"x"))),
       ("a directory", lambda p: (p.unlink(), p.mkdir())),
       ("a symbolic link", lambda p: (p.unlink(), p.symlink_to("/etc/passwd"))),
       ("a pipe", lambda p: (p.unlink(), os.mkfifo(p))))
def t_disk_04_replaced_chart(spoil):
    running = Server()
    equal(running.publish(chart("x")).status, 201)
    running.stop()
    spoil(running.data / "repos/main/charts/x-1.0.0.tgz")
    again = Server(running.data)
    answer = again.get("/charts/x-1.0.0.tgz", timeout=10)
    assert answer.status in (404, 503), answer
    assert b"root:" not in answer.body
    equal(again.get("/livez").status, 200)
    assert settled(lambda: again.index()["entries"] == {})


@test
def welcome_page():
    answer = server().get("/")
    equal((answer.status, answer.headers["Content-Type"]), (200, "text/html; charset=utf-8"))
    contains(answer.body, f"http://{server().host}:{server().port}".encode())
    contains(answer.headers["Content-Security-Policy"], "default-src 'none'")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Charts whole and in parts, and files that changed behind the server's back."""
import contextlib
import functools
import json
import os

from wire import Server, check_refusal, contains, equal
from following import follow, refreshed
from harness import chart, chart_of_size, digest, form, main, make_repo, provenance, settled, table, test
from upstream import Upstream
from served import BIG, PLUS, SMALL, TEAM, server


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
        equal(answer.headers["Cache-Control"],
              "no-cache" if path.endswith(".prov") else "public, max-age=31536000, immutable")
        equal(answer.headers["X-Content-Type-Options"], "nosniff")
        equal(answer.headers["Accept-Ranges"], "bytes")
        equal(answer.headers["Content-Encoding"], None)


@table(("hosted", "own", {}, "public, max-age=31536000, immutable"),
       ("where it may be replaced", "own", {"overwrite": True}, "no-cache"),
       ("of a member", "all", {"members": "main"}, "no-cache"), ("of an upstream", "up", {}, "no-cache"))
def kept_for_good_is_what_never_changes(repo, settings, said):
    running, upstream = Server(), Upstream()
    upstream.put("demo", "1.0.0", chart())
    if repo == "up":
        follow(running, upstream)
        refreshed(running)
    else:
        make_repo(running, repo, **settings)
        equal(running.publish(chart(), "main" if repo == "all" else repo).status, 201)
    equal(running.get(f"/{repo}/charts/demo-1.0.0.tgz").headers["Cache-Control"], said)


@test
def a_chart_that_is_signed_anew():
    """By who deletes and publishes it again: the archive is the same, its provenance file is not."""
    running, archive = Server(), chart()
    for signature in (b"AAAA", b"BBBB"):
        signed = provenance(archive).replace(b"AAAA", signature)
        equal(running.request("POST", "/api/charts", *form(archive, signed)).status, 201)
        answer = running.get("/charts/demo-1.0.0.tgz.prov")
        equal((answer.body, answer.headers["Cache-Control"]), (signed, "no-cache"))
        equal(running.request("DELETE", "/api/charts/demo/1.0.0").status, 200)


@test
def charts_are_not_compressed_again():
    answer = server().get("/charts/small-1.0.0.tgz", {"Accept-Encoding": "gzip"})
    equal((answer.body == SMALL, answer.headers["Content-Encoding"]), (True, None))


@test
def several_requests_on_one_connection():
    with contextlib.closing(server().connection()) as link:
        for path, data in (("/charts/big-1.0.0.tgz", BIG), ("/charts/small-1.0.0.tgz", SMALL),
                           ("/nothing", None), ("/index.yaml", None),
                           ("/charts/big-1.0.0.tgz", BIG)):
            answer = server().get(path, connection=link)
            assert data is None or answer.body == data, path


@test
def t_imm_07_case_counts():
    """Names that differ in case are different charts; each goes by its own."""
    running = Server()
    lower, upper = chart("same"), chart("Same")
    equal(running.publish(lower).status, 201)
    equal(running.publish(upper).status, 201)
    equal(running.get("/charts/same-1.0.0.tgz").body, lower)
    equal(running.get("/charts/Same-1.0.0.tgz").body, upper)


FILES = (("small", "/charts/small-1.0.0.tgz", SMALL), ("big", "/charts/big-1.0.0.tgz", BIG))


def part(path, value, **more):
    return server().get(path, {"Range": value, **{k.replace("_", "-"): v for k, v in more.items()}})


@table(*((f"{size} {spec}", path, data, spec, cut) for size, path, data in FILES for spec, cut in (
    ("bytes=0-0", slice(0, 1)), ("bytes=10-19", slice(10, 20)), ("bytes=5-", slice(5, None)),
    ("bytes=-7", slice(-7, None)), ("bytes=0-", slice(0, None)),
    ("bytes=-99999999", slice(0, None)),
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
def t_http_24_t_http_26_range_outside(path, data, spec):
    answer = part(path, spec)
    equal((answer.status, answer.headers["Content-Range"]), (416, f"bytes */{len(data)}"))
    assert len(answer.body) < 1000
    equal(server().get(path).body == data, True)


@table(*((f"{size} {spec[:20]}", path, data, spec) for size, path, data in FILES for spec in (
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
                          ("Thu, 01 Jan 1970 00:00:00 GMT", 200), ("nonsense", 200),
                          (etag[:-1], 200),
                          ("Fri, 31 Dec 9999 23:59:59 GMT", 200)):
        equal(part(path, "bytes=0-1", If_Range=given).status, status, given)


@test
def t_http_27_dates():
    path = "/charts/big-1.0.0.tgz"
    modified = server().get(path).headers["Last-Modified"]
    for given, status in ((modified, 304), ("Fri, 31 Dec 9999 23:59:59 GMT", 200),
                          ("Tue, 19 Jan 2038 03:14:08 GMT", 200),
                          ("Thu, 01 Jan 1970 00:00:00 GMT", 200), ("yesterday", 200), ("", 200),
                          ("Fri, 32 Dec 2030 23:59:59 GMT", 200), ("-1", 200), ("9" * 400, 200)):
        equal(server().get(path, {"If-Modified-Since": given}).status, status, given)
    both = {"If-Modified-Since": modified, "If-None-Match": '"other"'}
    equal(server().get(path, both).status, 200)


@test
def t_http_27_dates_of_what_is_replaced():
    """Twice in a second: the date that would be of both is not told before it is of one."""
    running, path = Server(args=("--set", "overwrite=true")), "/charts/demo-1.0.0.tgz"
    for number in range(10):
        before, after = (chart("demo", description=f"{number} {which}") for which in "ab")
        equal(running.request("POST", "/api/charts?force", before).status, 201)
        told = running.get(path).headers["Last-Modified"]
        equal(running.request("POST", "/api/charts?force", after).status, 201)
        equal(running.get(path, {"If-Modified-Since": told} if told else {}).body == after, True, told)


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


@test
def t_disk_03_t_idx_04_damaged_chart():
    """Bytes that changed behind our back are never served, and leave the index; the others stay."""
    running = Server()
    for archive in (chart("good"), chart("bad"), chart_of_size(400_000, "large")):
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
    equal(json.loads(again.get("/readyz").body), {"ready": True, "degraded": True, "reasons": ["versions_damaged"]})
    for path in ("/", "/repos", "/repos/main"):
        contains(again.get(path, {"Accept": "text/html"}).body, b'<span class="mark bad">damaged</span>')
    equal(again.publish(chart("bad")).status, 201)    # the same bytes heal it
    equal(sorted(again.index()["entries"]), ["bad", "good"])
    equal(again.get("/charts/bad-1.0.0.tgz").body, chart("bad"))


REPLACED = {"removed": lambda p: p.unlink(),
            "truncated": lambda p: (p.chmod(0o640), p.write_bytes(b"x")),
            "directory": lambda p: (p.unlink(), p.mkdir()),
            "link": lambda p: (p.unlink(), p.symlink_to("/etc/passwd")),
            "pipe": lambda p: (p.unlink(), os.mkfifo(p))}


@functools.cache
def replaced():
    """A server that was away while its charts became something else."""
    running = Server(keep=True)
    for name in REPLACED:
        equal(running.publish(chart(name)).status, 201)
    running.stop()
    for name, spoil in REPLACED.items():
        spoil(running.data / f"repos/main/charts/{name}-1.0.0.tgz")
    return Server(running.data, keep=True)


@table(*((name, name) for name in REPLACED))
def t_disk_04_replaced_chart(name):
    answer = replaced().get(f"/charts/{name}-1.0.0.tgz", timeout=30)
    assert answer.status in (404, 503), answer
    assert b"root:" not in answer.body
    equal(replaced().get("/livez").status, 200)
    assert settled(lambda: name not in replaced().index()["entries"])


if __name__ == "__main__":
    main()

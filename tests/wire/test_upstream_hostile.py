#!/usr/bin/env python3
"""Upstreams that break, lie and lead astray (trust.md, group G), before the whole program: their index.
What is here is served as it is, whatever they do; what went wrong is told. Their archives are in
test_upstream_archives.py, addresses in test_upstream_addresses.py."""
import json
import threading
import re
import time
from datetime import datetime

from wire import contains, equal, shared
import charts
import upstream as bad
from certificates import authority, expired
from follower import Follower, one_chart, over_tls, with_password
from harness import SANITIZED, chart, main, must, table, test
from hostile_server import redirect, response, whole
from registry import PASSWORD, USER, basic
from upstream import Upstream

MIB = 1 << 20


class Slow:
    """A byte of an index each second."""

    def begin(self):
        up = Upstream(address="127.0.0.2", keep=True)
        up.put("demo", "1.0.0")
        self.follower = Follower(up)
        up.spoil(bad.drip(up.index()))
        self.began, self.said = time.monotonic(), None
        self.thread = threading.Thread(target=self._refresh, daemon=True)
        self.thread.start()

    def _refresh(self):
        self.said = self.follower.refresh()
        self.seconds = time.monotonic() - self.began


def keeps(follower, archive, index):
    equal(follower.index(), index, "the index is as it was")
    equal(follower.pulled(), archive)


def fails_and_recovers(up, spoil, heal, reason, **options):
    """What was good stays through a refresh that is not, and through the next one that is."""
    follower = Follower(up, **options)
    follower.refreshed()
    archive, index = follower.pulled(), follower.index()
    up.put("demo", "2.0.0")
    spoil(up)
    good, said = follower.refresh()
    assert not good, said
    shown = follower.show()
    equal((shown["state"], bool(shown["reason"])), ("failing", True), shown)
    contains(shown["reason"], reason)
    assert PASSWORD not in json.dumps(shown), shown
    keeps(follower, archive, index)
    headers = follower.headers()
    contains(headers["Warning"], "110")
    assert int(headers["Age"]) < 600, headers
    heal(up)
    follower.refreshed()
    equal(follower.versions(), {"demo": ["2.0.0", "1.0.0"]})
    equal({"Warning", "Age"} & set(follower.headers().keys()), set())
    shown = follower.show()
    equal([shown[key] for key in ("state", "reason", "charts", "versions", "skipped")], ["fresh", "", 1, 2, 0])
    assert shown["checked_at"], shown


# ---- as it should be ----

@table(("JSON", "json"), ("YAML", "yaml"))
def honest(form):
    """Asked for compressed, and not asked for twice."""
    up = one_chart(form=form)
    up.put("signed", "1.0.0-rc.1", description='"quoted": {x}\n- y')
    follower = Follower(up)
    equal(follower.refreshed()["added"], 2)
    contains(up.seen[0].headers["accept-encoding"], "gzip")
    equal(follower.versions(), {"demo": ["1.0.0"], "signed": ["1.0.0-rc.1"]})
    equal(follower.refreshed()["state"], "unchanged")
    second = [request for request in up.seen if request.path == "/index.yaml"][1]
    assert "if-none-match" in second.headers and "if-modified-since" in second.headers, second


# ---- down, or not in order ----

@table(("500", bad.status(500), "500"), ("503", bad.status(503, Retry_After="120"), "503"),
       ("429", bad.status(429, Retry_After="60"), "429"), ("401", bad.status(401, WWW_Authenticate="Basic"), "401"),
       ("404", bad.status(404), "404"), ("nothing", lambda _: iter([]), "mpty reply"),
       ("no HTTP", lambda _: iter([b"220 ready\r\n"]), ""), ("half a header", lambda _: iter([b"HTTP/1.1 200 O"]), ""))
def t_fed_01_answers(answer, reason):
    fails_and_recovers(one_chart(), lambda up: up.spoil(answer), Upstream.heal, reason)


@table(("seconds", "7200", 7200), ("more than we would ever wait", "9999999", 6 * 3600), ("sooner than we would", "1", 50),
       ("no time", "soon", 50))
def t_fed_01_asked_to_wait(said, least):
    up = one_chart()
    follower = Follower(up, refresh_minutes=30)
    follower.refreshed()
    up.spoil(bad.status(429, Retry_After=said))
    assert not follower.refresh()[0]
    shown = follower.show()
    away = (datetime.fromisoformat(shown["next"]) - datetime.fromisoformat(shown["checked_at"])).total_seconds()
    assert least <= away <= max(least, 70) + 1, shown


@test
def t_fed_01_nobody_there():
    up = one_chart()
    follower = Follower(up)
    follower.refreshed()
    archive, index = follower.pulled(), follower.index()
    up.put("demo", "2.0.0")
    follower.refreshed()
    up.stop()
    assert not follower.refresh()[0]
    contains(follower.show()["reason"], "onnect")
    equal(follower.pulled(), archive)
    follower.not_pulled("demo-2.0.0.tgz")
    assert index != follower.index()


@test
def t_fed_01_no_such_name():
    follower = Follower(one_chart(), url="http://nowhere.invalid")
    assert not follower.refresh()[0]
    contains(follower.show()["reason"], "nowhere.invalid")


@table(("expired", lambda f: expired(f, "up"), True, "expired"),
       ("another host's", lambda f: authority(f, "up", names=("other.example",)), True, "name"),
       ("nobody vouches", lambda f: authority(f, "up"), False, "certificate"))
def t_fed_01_tls(make, trusted, reason):
    up, server = over_tls(make, trusted)
    follower = Follower(up, server, credentials="it")
    assert not follower.refresh()[0]
    contains(follower.show()["reason"], reason)
    equal(up.seen, [])


@test
def t_fed_01_tls_as_it_should_be():
    up, server = over_tls(lambda f: authority(f, "up"), True)
    follower = Follower(up, server, credentials="it")
    follower.refreshed()
    equal(follower.pulled(), up.files["/demo-1.0.0.tgz"])


# ---- too much ----

@table(("endless", bad.endless(), ""), ("endless text", bad.endless(b'{"apiVersion":"v1","x":"', b"x" * 65536), ""),
       ("10 GB", bad.huge(10240), "bytes"), ("headers of 1 MB", bad.long_headers(MIB), "header"),
       ("10,000 headers", bad.many_headers(10000), "header"), ("100 Continue for ever", bad.continues, ""),
       ("unpacks to 2 GB", bad.bomb(2048), "bytes"))
def t_fed_02_too_much(answer, reason):
    server = shared()
    up = one_chart()
    follower = Follower(up)
    follower.refreshed()
    before = server.resident_kib()
    archive, index = follower.pulled(), follower.index()
    up.spoil(answer)
    assert not follower.refresh()[0]
    contains(follower.show()["reason"], reason)
    keeps(follower, archive, index)
    grown = server.resident_kib() - before
    assert SANITIZED or grown < 96 * 1024, f"{grown} KiB more"


@test
def t_fed_02_100_mb():
    """As long as an index of 100 MB is one, it is read; memory is for one version of it at a time."""
    up = Upstream()
    up.put("demo", "1.0.0")
    line = json.dumps({**up.entries["demo"][0], "x-filler": "x" * 33000})
    lines = (line.replace('"1.0.0"', f'"1.0.{number}"').encode() for number in range(3000))
    up.spoil(whole(b'{"apiVersion":"v1","entries":{"demo":[' + b",".join(lines) + b"]}}"))
    server = shared()
    before = server.resident_kib()
    follower = Follower(up)
    equal(follower.refreshed()["added"], 3000)
    grown = server.resident_kib() - before
    assert SANITIZED or grown < 64 * 1024, f"{grown} KiB more"


# ---- 200, and no index ----

GOOD = json.dumps({"apiVersion": "v1", "entries": {"demo": [
    {"apiVersion": "v2", "name": "demo", "version": "1.0.0", "urls": ["demo-1.0.0.tgz"]}]}}).encode()
YAML = b"apiVersion: v1\nentries:\n  demo:\n  - name: demo\n    version: 1.0.0\n    urls: [demo-1.0.0.tgz]\n"


@table(("html", bad.html, ""), ("204", bad.no_content, "204"), ("empty", bad.empty, "empty"),
       ("spaces", whole(b"   \n"), ""), ("conflict markers", bad.conflict(GOOD), ""),
       ("conflict markers, YAML", bad.conflict(YAML), ""), ("null", whole(b"null"), ""),
       ("a list", whole(b"[]"), ""), ("a number", whole(b"5"), ""), ("no entries", whole(b'{"apiVersion":"v1"}'), ""),
       ("entries a list", whole(b'{"apiVersion":"v1","entries":[]}'), ""), ("not UTF-8", whole(b"\xff\xfe\x00"), ""),
       ("cut, by its length", bad.cut_by_length(GOOD, 40), ""), ("cut, in a chunk", bad.cut_by_chunk(GOOD, 40), ""),
       ("too short a length", bad.too_short_a_length(GOOD, 5), ""),
       ("JSON cut short", whole(GOOD[:-3]), ""), ("YAML cut short", whole(YAML + b"  other: ["), ""),
       ("no gzip", whole(b"\x1f\x8b\x08 no", Content_Encoding="gzip"), ""),
       ("gzip cut short", whole(charts.gzip.compress(GOOD)[:-12], Content_Encoding="gzip"), ""),
       ("an archive", whole(chart("demo")), ""), ("deep", whole(b'{"apiVersion":"v1","entries":' + b"[" * 100000), ""))
def t_fed_03_no_index(answer, reason):
    fails_and_recovers(one_chart(), lambda up: up.spoil(answer), Upstream.heal, reason)


# ---- elsewhere ----

@table(("to itself", redirect("/index.yaml"), "redirects"), ("round and round", bad.bounce, "redirects"),
       ("metadata", redirect("http://169.254.169.254/latest/meta-data"), ""),
       ("metadata, IPv6", redirect("http://[fd00:ec2::254]/latest"), ""),
       ("a file", redirect("file:///etc/passwd"), ""), ("gopher", redirect("gopher://127.0.0.1:1/x"), ""),
       ("dict", redirect("dict://127.0.0.1:1/x"), ""), ("a user", redirect("http://u:p@127.0.0.1/"), ""),
       ("unspecified", redirect("http://0.0.0.0:1/"), ""), ("broken", redirect("http://[/"), ""))
def t_fed_04_redirects(answer, reason):
    fails_and_recovers(one_chart(), lambda up: up.spoil(answer), Upstream.heal, reason)


@test
def t_fed_04_another_host_gets_no_password():
    up, other = one_chart(), Upstream()
    other.put("demo", "1.0.0")
    follower = Follower(up, with_password(up), credentials="it")
    follower.refreshed()
    equal(up.seen[-1].headers["authorization"], basic(USER, PASSWORD))
    up.spoil(redirect(f"{other.url}/index.yaml"))
    follower.refreshed()
    assert other.count("/index.yaml") == 1 and "authorization" not in other.seen[0].headers, other.seen
    assert PASSWORD not in follower.server.log()


@test
def t_fed_04_https_never_becomes_http():
    plain = one_chart()
    up, server = over_tls(lambda f: authority(f, "up"), True)
    up.spoil(redirect(f"{plain.url}/index.yaml"))
    follower = Follower(up, server, credentials="it")
    assert not follower.refresh()[0]
    equal(plain.seen, [])


# ---- entries ----

FINE = {"name": "fine", "version": "1.0.0", "urls": ["fine-1.0.0.tgz"], "apiVersion": "v2"}


def raw(entries, **fields):
    return whole(json.dumps({"apiVersion": "v1", "entries": {"fine": [FINE], **entries}, **fields}).encode())


@table(("null entry", {"bad": [None]}, 1), ("scalar", {"bad": ["x"]}, 1), ("number", {"bad": [5]}, 1),
       ("a list", {"bad": [[]]}, 1), ("no versions", {"bad": []}, 0), ("null versions", {"bad": None}, 0),
       ("versions a scalar", {"bad": "x"}, None), ("versions a map", {"bad": {"a": 1}}, None),
       ("no name", {"bad": [{"version": "1.0.0"}]}, 1), ("no version", {"bad": [{"name": "bad"}]}, 1),
       ("name a number", {"bad": [{"name": 5, "version": "1.0.0"}]}, 1),
       ("version a number", {"bad": [{"name": "bad", "version": 1.0}]}, 1),
       ("no semver", {"bad": [{"name": "bad", "version": "latest"}]}, 1),
       ("a path as name", {"bad": [{"name": "../bad", "version": "1.0.0"}]}, 1),
       ("no addresses", {"bad": [{"name": "bad", "version": "1.0.0"}]}, None),
       ("maintainer null", {"bad": [{"name": "bad", "version": "1.0.0", "maintainers": [None]}]}, 1),
       ("odd type", {"bad": [{"name": "bad", "version": "1.0.0", "type": "x"}]}, 1),
       ("odd alias", {"bad": [{"name": "bad", "version": "1.0.0", "dependencies": [{"name": "a", "alias": "$"}]}]}, 1),
       ("unknown fields", {"fine": [{**FINE, "x-new": {"a": [1, None]}}]}, 0))
def t_fed_05_bad_entries(entries, skipped):
    up = Upstream()
    up.spoil(raw(entries))
    follower = Follower(up)
    follower.refreshed()
    equal(follower.versions(), {"fine": ["1.0.0"]})
    if skipped is not None:
        equal(follower.show()["skipped"], skipped, follower.show())


@test
def t_fed_05_no_api_version():
    """Nexus leaves it out."""
    up = Upstream()
    up.spoil(raw({}, apiVersion=None))
    follower = Follower(up)
    follower.refreshed()
    equal(follower.versions(), {"fine": ["1.0.0"]})


TWICE = b"""apiVersion: v1
entries:
  fine:
  - {name: fine, version: 1.0.0, urls: [fine-1.0.0.tgz]}
  twice:
  - {name: twice, version: 1.0.0, digest: %s, urls: [a.tgz]}
  - {name: twice, version: 1.0.0, digest: %s, urls: [b.tgz]}
  - {name: twice, version: 1.1.0, urls: [c.tgz]}
""" % (b"0" * 64, b"1" * 64)


@table(("two digests", TWICE, {"fine": ["1.0.0"], "twice": ["1.1.0"]}),
       ("a key twice", TWICE.replace(b"urls: [c.tgz]", b"urls: [c.tgz], version: 1.2.0"), {"fine": ["1.0.0"]}))
def t_fed_06_twice(index, versions):
    up = Upstream()
    up.spoil(whole(index))
    follower = Follower(up)
    follower.refreshed()
    equal(follower.versions(), versions)
    equal(follower.get("twice-1.0.0.tgz").status, 404)


# ---- time, and what was said before ----

@test
def t_fed_07_an_older_index():
    """What vanishes is told; what is here stays here."""
    up = Upstream()
    for number in range(10):
        up.put("demo", f"1.{number}.0")
    follower = Follower(up, drop_max_percent=50)
    follower.refreshed()
    archive = follower.pulled("demo-1.9.0.tgz")
    for number in range(3, 10):
        up.drop("demo", f"1.{number}.0")
    up.fields["generated"] = "2019-01-01T00:00:00Z"
    good, said = follower.refresh()
    assert not good, said
    equal(follower.show()["state"], "held")
    equal(len(follower.versions()["demo"]), 10)
    follower.refreshed(accept_drop=True)
    equal(follower.versions()["demo"], ["1.9.0", "1.2.0", "1.1.0", "1.0.0"])
    equal(follower.pulled("demo-1.9.0.tgz"), archive)


@test
def t_fed_07_shrunk_to_nothing():
    up = one_chart()
    follower = Follower(up, drop_max_percent=50)
    follower.refreshed()
    archive, index = follower.pulled(), follower.index()
    up.spoil(whole(b'{"apiVersion":"v1","entries":{}}'))
    assert not follower.refresh()[0]
    keeps(follower, archive, index)


@test
def t_fed_07_a_new_index_and_old_archives():
    up = one_chart()
    follower = Follower(up)
    old = up.files["/demo-1.0.0.tgz"]
    up.put("demo", "1.0.0", chart("demo", "1.0.0", description="new"))
    up.spoil(whole(old), "/demo-1.0.0.tgz")
    follower.refreshed()
    follower.not_pulled(words="other bytes")


@table(("the year 9999", "9999-12-31T23:59:59Z"), ("the year 1", "0001-01-01T00:00:00Z"),
       ("no date", "soon"), ("a number", 5), ("null", None), ("a list", []))
def t_fed_07_odd_dates(created):
    up = Upstream()
    up.put("fine", "1.0.0")
    up.put("demo", "1.0.0", created=created)
    up.entries["demo"][0]["created"] = created
    follower = Follower(up)
    follower.refreshed()
    contains(follower.versions(), "fine")
    equal(shared().get("/readyz").status, 200)
    page = shared().get(f"/repos/{follower.name}").body.decode()
    assert "1677" not in page and not re.search(r">(-?\d+ years ago|in \d+ years)<", page), page
    equal("date unknown" in page, "demo" in follower.versions())


@test
def t_fed_07_dated_in_the_future():
    """It is as old as it is known here, and does not stand first for ever."""
    up = Upstream()
    up.put("far", "1.0.0", created="2099-01-01T00:00:00Z")
    up.entries["far"][0]["created"] = "2099-01-01T00:00:00Z"
    follower = Follower(up)
    follower.refreshed()
    [entry] = follower.entries()["far"]
    assert entry["created"] < "2099", entry
    assert "2099" not in shared().get(f"/feed/{follower.name}").body.decode()
    assert "2099" not in shared().get(f"/repos/{follower.name}").body.decode()
    equal(follower.refreshed()["state"], "unchanged")
    equal(follower.entries()["far"], [entry])


@test
def t_fed_07_an_etag_that_rotates():
    """The same bytes are nothing new, whatever they are called."""
    up = one_chart()
    up.spoil(lambda request: response(up.index(), ETag=f'"{time.monotonic_ns()}"'))
    follower = Follower(up)
    follower.refreshed()
    log = must("log", "--json", "-d", follower.server.data)
    for _ in range(3):
        equal(follower.refreshed()["state"], "unchanged")
    equal(must("log", "--json", "-d", follower.server.data), log)


@test
def t_fed_07_not_modified_without_a_question():
    up = one_chart()
    up.spoil(whole(b"", 304, Content_Length=None))
    follower = Follower(up)
    assert not follower.refresh()[0], "there was nothing that could be unmodified"


@test
def t_fed_02_a_byte_a_second():
    """Given up in time, and nobody waited for it."""
    shared()
    slow.thread.join(100)
    assert slow.said and not slow.said[0], slow.said
    contains(slow.follower.show()["reason"], "slow")
    assert slow.seconds < 100, slow.seconds


if __name__ == "__main__":
    slow = Slow()
    slow.begin()
    main()

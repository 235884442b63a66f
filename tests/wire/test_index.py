#!/usr/bin/env python3
"""The index in all its forms: types, ETags, compression, HEAD, restarts, hostile metadata."""
import gzip
import json
import os
import re
import time
import zlib

from wire import Server, check_refusal, equal, no_trace, versions
from harness import (LONG, chart, chart_yaml, digest, main, must, settled, table, temporary, test,
                     tgz)
from served import server, strict_json, strict_yaml


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
    whole = server().get(path, more)
    etag, length = whole.headers["ETag"], whole.headers["Content-Length"]
    for given in (etag, f"W/{etag}", f'"other", {etag}', "*", f'"a" , W/"b",{etag}'):
        answer = server().get(path, {**more, "If-None-Match": given})
        equal((answer.status, answer.body, answer.headers["ETag"]), (304, b"", etag), given)
        equal(answer.headers["Content-Length"], length, "RFC 9110 8.6")
    link = server().connection()
    for _ in range(2):    # nothing of a body lies between two answers
        answer = server().get(path, {**more, "If-None-Match": etag}, connection=link)
        equal(answer.status, 304)
    link.close()
    for given in ('"other"', etag[1:-1], etag[:-1], "", "W/", '"'):
        equal(server().get(path, {**more, "If-None-Match": given}).status, 200, given)


@table(*((path, path) for path in (
    "/index.yaml", "/index.json", "/team-a/index.yaml", "/index.json?chart=small", "/api/charts", "/api/charts/small",
    "/api/v1/repos/main/versions", "/api/v1/events", "/", "/packages/main/small", "/feed", "/sitemap.xml",
    "/favicon.ico")))
def t_http_27_no_date_counts(path):
    """What can change twice in a second has none, so a client's own, by whichever clock, says nothing."""
    for more in ({}, {"Accept-Encoding": "gzip"}):
        answer = server().get(path, more)
        equal((answer.status, answer.headers["Last-Modified"]), (200, None), answer.body[:200])
        for given in (answer.headers["Date"], "Tue, 19 Jan 2038 03:14:08 GMT"):
            equal(server().get(path, {**more, "If-Modified-Since": given}).status, 200, given)


@test
def not_modified_since_before_the_restart():
    """Who asks first for the compressed index has it already: the answer still tells its length."""
    running, packed = Server(), {"Accept-Encoding": "gzip"}
    equal(running.publish(chart("one")).status, 201)
    before = running.get("/index.yaml", packed).headers
    running.stop()
    answer = Server(running.data).get("/index.yaml", {**packed, "If-None-Match": before["ETag"]})
    equal((answer.status, answer.body), (304, b""))
    for name in ("ETag", "Vary", "Content-Length"):
        equal(answer.headers[name], before[name])
    equal(answer.headers["Content-Encoding"], None)


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


@table(*((path, path, status) for path, status in (
    ("/index.yaml", 200), ("/index.json", 200), ("/team-a/index.yaml", 200),
    ("/charts/small-1.0.0.tgz", 200), ("/charts/big-1.0.0.tgz", 200),
    ("/charts/small-1.0.0.tgz.prov", 200), ("/", 200), ("/health", 200), ("/healthz", 200),
    ("/livez", 200), ("/readyz", 200), ("/info", 200),
    ("/nowhere/index.yaml", 404), ("/charts/no-1.0.0.tgz", 404), ("/nothing", 404),
    ("/charts/x.bad", 404), ("/api/charts", 200), ("/api/charts/no", 404), ("/api/prov", 405),
    ("/../x", 400))))
def t_http_39_head(path, status):
    for more in ({}, {"Accept-Encoding": "gzip"}):
        for _ in range(2):    # the second from the cache
            get, head = server().get(path, more), server().request("HEAD", path, None, more)
            equal((get.status, head.status, head.body), (status, status, b""))
            headers = [dict(answer.headers.items()) for answer in (get, head)]
            for found in headers:
                del found["Date"], found["X-Request-Id"]
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


@test
def t_idx_05_head_where_get_fails():
    """The catalog is damaged behind our back: what is in memory is served on, the past cannot be read."""
    running = Server()
    for number in range(20):
        long = {f"a{n}": "x" * 20_000 for n in range(10)}
        equal(running.publish(chart(f"c{number}", annotations=long)).status, 201)
    running.stop()
    running = Server(running.data)
    file = running.data / "catalog.db"
    with open(file, "r+b") as catalog:
        catalog.seek(8192)
        catalog.write(os.urandom(file.stat().st_size - 8192))
    for path, status in (("/index.yaml", 200), ("/@10/index.yaml", 500), ("/@10/index.json", 500)):
        get, head = running.get(path), running.request("HEAD", path)
        equal((get.status, head.status, head.body), (status, status, b""), path)
    check_refusal(running, get, 500, "data_directory_corrupt", "put it back from a backup")
    running.kill()


HOSTILE = "\x1b[31m\u202e- name: evil\n</script> \"'\\ : # {[*&!|>%@` \u2028 é 日本 \U0001f600"


def hostile_charts():
    words = ("yes", "no", "on", "null", "~", "0x10", "1e3", "1_000", "2020-01-01", "1:30", ".inf",
             "=", "<<", "- a", "a: b", "# no", "'", '"', "", " ", "\t", "---", "...", "%YAML", "@x",
             "`x", "é", "\u0085x")
    yield chart("words", description=" ".join(words), keywords=list(words), appVersion="1.0",
                annotations={w: w for w in words if w})
    yield chart("hostile", description="first\nsecond: line\n- name: evil\n")
    yield chart("home", home="javascript:alert(1)",
                sources=["data:text/html,x", "http://169.254.169.254/"],
                maintainers=[{"name": "a: b", "email": "<x>@y", "url": "# no"}])
    yield chart("own-fields", created="2001-01-01T00:00:00Z", digest="0" * 64,
                urls=["http://evil.example/x"], removed=True, generated="x", entries={})
    yield chart("unicode", description="é 日本 \U0001f600 \u2028 \ufeff", appVersion="08")
    yield chart("html", description="</script><script>alert(1)</script> & <b>")
    yield chart("quoted", "1.0.0-0a", description="\"double\" 'single' \\ back")
    for n, text in enumerate((HOSTILE, "\x07", "a\u202eb", "nul\0")):
        yield chart(f"control-{n}", description=text)


@test
def t_idx_01_t_meta_10_t_meta_12_t_meta_13_hostile_metadata():
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
        needs = [{"name": "x", "version": ">=1", "repository": "https://x/"}]
        archive = chart(f"c{number % 5}", f"1.{number}.0", keywords=["a", "b"], dependencies=needs)
        equal(running.publish(archive).status, 201)
    plain = running.get("/index.yaml")
    equal(plain.headers["Content-Type"], "application/x-yaml")
    equal(strict_yaml(plain.body), strict_json(running.get("/index.json").body))
    packed = running.get("/index.yaml", {"Accept-Encoding": "gzip"})
    equal(gzip.decompress(packed.body), plain.body)
    answers = (packed, plain, running.get("/index.json"))
    equal(len({answer.headers["ETag"] for answer in answers}), 3)


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
    served = running.get("/index.yaml").body
    assert settled(lambda: file.exists() and file.read_bytes() == served)
    for number in range(20):
        equal(running.publish(chart("b", f"1.{number}.0")).status, 201)
    equal(running.publish(chart("c"), "team/a").status, 201)
    served, team = running.get("/index.yaml").body, running.get("/team/a/index.yaml").body
    running.stop()
    equal(file.read_bytes(), served)
    equal((running.data / "repos/team/a/index.yaml").read_bytes(), team)
    equal([p for p in running.data.rglob("*.new*")], [])


@test
def t_idx_02_large_index():
    """9 MB in as many pieces as an answer may have: whole, compressed, also one publish later."""
    folder = temporary()
    count, text = (20_000, "") if LONG else (1_200, "long " * 1500)
    for number in range(count):
        metadata = chart_yaml(f"c{number}", annotations={"long": text})
        (folder / f"c{number}.tgz").write_bytes(tgz([(f"c{number}/Chart.yaml", metadata)]))
    data = temporary() / "data"
    must("import", "--data", data, folder)
    running = Server(data)
    for archive in (None, chart("zz-last")):
        if archive:
            equal(running.publish(archive).status, 201)
            count += 1
        plain = running.get("/index.yaml")
        equal(len(strict_json(plain.body)["entries"]), count)
        packed = running.get("/index.yaml", {"Accept-Encoding": "gzip"})
        equal(gzip.decompress(packed.body) == plain.body, True)
        head = running.request("HEAD", "/index.yaml")
        equal(head.headers["Content-Length"], str(len(plain.body)))
        etag = {"If-None-Match": plain.headers["ETag"]}
        equal(running.get("/index.yaml", etag).status, 304)


if __name__ == "__main__":
    main()

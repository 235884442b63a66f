#!/usr/bin/env python3
"""The archives of upstreams that break, lie and lead astray (trust.md, group G): what is not what was
promised is never handed out, and passwords stay where they belong."""
import datetime
import io
import json
import ssl
import tarfile
import threading
import time
from pathlib import Path

from wire import Server, contains, equal, shared
import charts
import upstream as bad
from certificates import authority
from follower import Follower, one_chart, with_password
from harness import chart, free_port, main, must, settled, table, temporary, test, tgz
from following import follow, refreshed
from hostile_server import Hostile, redirect, response, whole
from registry import PASSWORD, USER, MadeUp, basic, sha256
from upstream import Upstream

MIB = 1 << 20
REMEMBERED = 10          # seconds, a fetch that failed
PORT = free_port()       # nobody listens there


# ---- digests ----

@table(("missing", None, "accept", 200), ("missing, refused", None, "refuse", 404),
       ("wrong", "0" * 64, "accept", 502), ("short", "00", "accept", 404), ("upper case", "A" * 64, "accept", 404),
       ("no text", 5, "accept", 404), ("sha512", "sha512:" + "0" * 128, "accept", 404))
def t_fed_09_digests(promised, missing, status):
    up = Upstream()
    up.put("demo", "1.0.0", digest=promised)
    follower = Follower(up, missing_digest=missing)
    follower.refreshed()
    equal(follower.get("demo-1.0.0.tgz").status, status)


@test
def t_fed_09_with_its_algorithm():
    up = one_chart()
    up.entries["demo"][0]["digest"] = "sha256:" + up.entries["demo"][0]["digest"]
    follower = Follower(up)
    follower.refreshed()
    follower.pulled()


# ---- archives ----

@table(("out of its folder", "../../main/charts/mine"), ("out of the data", "../../../../mine"), ("the folder", ".."),
       ("a line", "a\nb"), ("a control", "a\x01b"), ("a path", "a/b"), ("an absolute one", "/mine"))
def names_that_are_paths(key):
    """An entry's key, its version and an archive that is there make no file anywhere."""
    server, own = shared(), chart("mine", "1.0.0")
    equal(server.publish(own).status, 201)
    files = lambda: sorted(path for path in Path(server.data).parent.rglob("*.tgz*"))
    before = files()
    up = Upstream()
    up.put("demo", "1.0.0", key=key, prov=b"signed")
    follower = Follower(up, server, mode="mirror")
    said = follower.refreshed()
    equal((said["skipped"], said["fetched"]), (1, 0), said)
    equal(files(), before)
    equal(server.get("/charts/mine-1.0.0.tgz").body, own)


@test
def t_fed_10_archives_on_another_host():
    up, other = Upstream(), Hostile({"/demo-1.0.0.tgz": whole(chart("demo"))})
    up.put("demo", "1.0.0", chart("demo"), urls=[f"{other.url}/demo-1.0.0.tgz"])
    server = with_password(up)
    follower = Follower(up, server, credentials="it")
    follower.refreshed()
    equal(follower.pulled(), chart("demo"))
    assert "authorization" not in other.seen[0].headers, other.seen
    contains(up.seen[0].headers, "authorization")
    strict = Follower(up, server, credentials="it", other_hosts="refuse")
    strict.refreshed()
    equal(strict.versions(), {})
    equal(strict.get("demo-1.0.0.tgz").status, 404)


@test
def t_fed_11_archives_in_a_registry():
    """Bitnami's index leads there; so does one of somebody who would like our password."""
    data = chart("demo")
    made = MadeUp("charts/demo", data)
    challenged = Hostile({})
    made.protect(f'Bearer realm="{challenged.url}/token"', "Bearer t0ken")
    challenged.answers["/token"] = whole(b'{"token":"t0ken"}')
    far = Hostile(made.answers)
    up = Upstream()
    up.put("demo", "1.0.0", data, urls=[far.url.replace("http", "oci") + "/charts/demo:1.0.0"])
    follower = Follower(up, with_password(up), credentials="it")
    follower.refreshed()
    equal(follower.pulled(), data)
    for request in [*far.seen, *challenged.seen]:
        assert basic(USER, PASSWORD) not in request.headers.values(), request
    strict = Follower(up, other_hosts="refuse")
    strict.refreshed()
    equal(strict.versions(), {}, "a registry is another host as well")


@table(("other bytes", lambda m: m.answers.update({m.blob(m.archive): whole(b"other")})),
       ("no such tag", lambda m: m.answers.clear()),
       ("an image", lambda m: m.answers.update({m.at("manifests/1.0.0"): whole(b'{"schemaVersion":2}')})),
       ("realm elsewhere", lambda m: m.protect('Bearer realm="https://10.0.0.1/token"', "")),
       ("html", lambda m: m.answers.update({m.at("manifests/1.0.0"): bad.html})))
def t_fed_12_registries(spoil):
    data = chart("demo")
    made = MadeUp("charts/demo", data)
    spoil(made)
    far, up = Hostile(made.answers), Upstream()
    up.put("demo", "1.0.0", data, urls=[far.url.replace("http", "oci") + "/charts/demo:1.0.0"])
    follower = Follower(up)
    follower.refreshed()
    follower.not_pulled()


@test
def t_fed_13_a_repository_of_a_registry():
    """An upstream whose address itself is one."""
    data = chart("demo")
    made = MadeUp("charts/demo", data)
    made.tags("1.0.0", "latest")
    far = Hostile(made.answers)
    follower = Follower(far, url=far.url.replace("http", "oci") + "/charts/demo", other_hosts="refuse")
    follower.refreshed()
    equal(follower.versions(), {"demo": ["1.0.0"]})
    equal(follower.pulled(), data)
    [line] = follower.entries()["demo"]
    equal(line["digest"], sha256(data)[7:])
    equal(follower.refreshed()["state"], "unchanged")
    far.answers["*"] = bad.html
    far.answers.pop(made.at("tags/list"))
    assert not follower.refresh()[0]
    equal(follower.pulled(), data)


@table(("declared", True), ("not declared", False))
def t_fed_12_tokens_from_another_host(declared):
    """Who gives tokens for the registry sees its password where the settings file says so."""
    certificate, key = authority(temporary(), "auth", names=("localhost", "127.0.0.1"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    tokens = Hostile({"/token": whole(b'{"token":"t0ken"}')}, context=context)
    made = MadeUp("charts/demo", chart("demo"))
    made.tags("1.0.0")
    made.protect(f'Bearer realm="{tokens.named("localhost")}/token"', "Bearer t0ken")
    far = Hostile(made.answers)
    more = {"token_origin": tokens.named("localhost")} if declared else {}
    server = with_password(far, ca=str(certificate), **more)
    follower = Follower(far, server, url=far.url.replace("http", "oci") + "/charts/demo", credentials="it")
    done, said = follower.refresh()
    equal(done, declared, said)
    equal([request.headers.get("authorization") for request in tokens.seen][:1],
          [basic(USER, PASSWORD)] if declared else [])


class Limited:
    """A registry with versions of one chart, which takes so many requests and then no more."""

    def __init__(self, *versions, requests, rest):
        self.left, self.rest, answers = requests, rest, {}
        for version in versions:
            self.made = MadeUp("charts/demo", chart("demo", version), version)
            answers |= self.made.answers
        self.made.tags(*versions)
        answers |= self.made.answers
        self.far = Hostile({path: self.limited(answer) for path, answer in answers.items()})
        self.url = self.far.url.replace("http", "oci") + "/charts/demo"

    def limited(self, answer):
        def look(request):
            if self.left <= 0:
                self.left = self.rest.get("then", 0)
                return response(b"slow down", 429, Retry_After=self.rest["seconds"])
            self.left -= 1
            return answer(request)
        return look


VERSIONS = "4.0.0", "3.0.0", "2.0.0", "1.0.0"


@test
def t_fed_01_a_registry_that_is_waited_for():
    far = Limited(*VERSIONS, requests=4, rest={"seconds": "1", "then": 100})
    follower = Follower(far.far, url=far.url)
    began = time.monotonic()
    equal(follower.refreshed()["added"], 4)
    assert time.monotonic() - began >= 1
    equal(follower.versions(), {"demo": list(VERSIONS)})


@test
def t_fed_01_a_registry_that_is_asked_again_later():
    far = Limited(*VERSIONS, requests=7, rest={"seconds": "3600"})       # three for each, and the tags
    follower = Follower(far.far, url=far.url, refresh_minutes=30)
    assert settled(lambda: follower.show()["state"] == "failing"), follower.show()
    shown = follower.show()
    contains(shown["reason"], "takes no more requests for now: 2 of its 4 versions are still to be read")
    equal((shown["versions"], shown["taken"], shown["software"]), (2, 2, "oci"))
    equal(follower.versions(), {"demo": ["4.0.0", "3.0.0"]})
    at = lambda key: datetime.datetime.fromisoformat(shown[key].replace("Z", "+00:00"))
    assert (at("next") - at("checked_at")).total_seconds() >= 3600, shown
    asked = 0
    while asked != len(far.far.seen):            # what is on its way still counts
        asked = len(far.far.seen)
        time.sleep(0.3)
    far.left = 100
    equal(follower.refreshed()["added"], 2)      # what is known costs one request, the rest three
    equal(len(far.far.seen) - asked, 1 + 2 + 2 * 3)
    equal(follower.versions(), {"demo": list(VERSIONS)})
    far.left = 2                                 # nothing goes because it was not seen
    done, said = follower.refresh()
    equal((done, said["gone"]), (False, 0))
    contains(follower.show()["reason"], "3 of its 4 versions are still to be read")
    equal(follower.versions(), {"demo": list(VERSIONS)})
    far.left = 2
    done, said = follower.refresh(dry_run=True)
    equal(done, False)
    contains(said["reason"], "4 of its 4 versions are still to be read")


@test
def t_fed_14_the_same_file_of_two():
    one, two = one_chart(), Upstream()
    two.put("demo", "1.0.0", chart("demo", "1.0.0", description="of another"))
    for up in one, two:
        follower = Follower(up)
        follower.refreshed()
        equal(follower.pulled(), up.files["/demo-1.0.0.tgz"])
        for odd in "demo-1.0.0.tgz?x=1", "Demo-1.0.0.tgz", "demo%2d1.0.0.tgz", "x/../demo-1.0.0.tgz", "demo-1.0.0.tgz.":
            assert follower.get(odd).status in (200, 400, 404), odd
            assert follower.get(odd).status != 200 or follower.get(odd).body == up.files["/demo-1.0.0.tgz"], odd
        equal(up.count("/demo-1.0.0.tgz"), 1)


@test
def t_fed_15_a_name_that_is_hosted_here():
    up = Upstream()
    up.put("ours", "99.0.0")
    up.put("theirs", "1.0.0")
    server = Server()
    equal(server.publish(chart("ours", "1.0.0")).status, 201)
    follower = Follower(up, server)
    follower.refreshed()
    must("virtual", "add", "all", "main", follower.name, "-d", server.data)
    seen = lambda: {key: [v["version"] for v in versions] for key, versions in server.index("all")["entries"].items()}
    assert settled(lambda: "theirs" in seen()), seen()
    equal(seen(), {"ours": ["1.0.0"], "theirs": ["1.0.0"]})
    equal(server.get("/all/charts/ours-99.0.0.tgz").status, 404)
    equal(server.get("/all/charts/theirs-1.0.0.tgz").body, up.files["/theirs-1.0.0.tgz"])


@test
def t_fed_16_round_and_round():
    """A follows B, and B follows A: whoever asks for what neither has is told so, soon."""
    one, two = Server(), Server()
    up = one_chart()
    a = Follower(None, one, url=up.url)
    a.refreshed()
    b = Follower(None, two, url=f"{one.url}/{a.name}")
    b.refreshed()
    equal(b.versions(), {"demo": ["1.0.0"]})
    equal(a.say("set", f"url={two.url}/{b.name}").returncode, 0)
    a.refreshed()
    before = time.monotonic()
    answer = a.get("demo-1.0.0.tgz")
    equal((answer.status, json.loads(answer.body)["code"]), (508, "loop"), answer)
    assert time.monotonic() - before < 30
    equal(up.count("/demo-1.0.0.tgz"), 0)


@test
def t_fed_17_a_failure_is_remembered_for_a_moment():
    up = one_chart()
    follower = Follower(up)
    follower.refreshed()
    up.spoil(bad.status(503), "/demo-1.0.0.tgz")
    statuses = []
    crowd = [threading.Thread(target=lambda: statuses.append(follower.get("demo-1.0.0.tgz").status))
             for _ in range(100)]
    began = time.monotonic()
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    moments = (time.monotonic() - began) // REMEMBERED
    assert set(statuses) <= {502, 503, 504}, statuses
    assert up.count("/demo-1.0.0.tgz") <= 2 + moments, up.count("/demo-1.0.0.tgz")
    up.heal()
    assert settled(lambda: follower.get("demo-1.0.0.tgz").status == 200), "it is tried again soon"


@test
def t_fed_18_killed_while_it_comes():
    data = charts.chart_of_size(2 * MIB, "demo")
    up = Upstream()
    up.put("demo", "1.0.0", data)
    server = Server()
    follower = Follower(up, server)
    follower.refreshed()
    begun, stays = threading.Event(), threading.Event()

    def half(_):
        yield response(data)[:-MIB]
        begun.set()
        stays.wait(20)
    up.spoil(half, "/demo-1.0.0.tgz")
    puller = threading.Thread(target=lambda: pull_anyhow(follower))
    puller.start()
    assert begun.wait(20)
    server.kill()
    stays.set()
    puller.join()
    up.heal()
    again = Server(data=server.data)
    follower.server = again
    equal(follower.versions(), {"demo": ["1.0.0"]})
    equal(list((server.data / "tmp").iterdir()), [])
    equal(follower.pulled(), data)


def pull_anyhow(follower):
    try:
        follower.get("demo-1.0.0.tgz")
    except (AssertionError, OSError):
        pass    # the server is gone


@table(("a short name", "up", "demo"), ("one that is cut", "team-a/" + "b" * 60, "c" * 180))
def unsound_ones_are_put_aside(repo, name):
    """Where that is set, under a name that tells which they are."""
    server, up, file = Server(), Upstream(), f"{name}-1.0.0.tgz"
    up.put(name, "1.0.0", b"no archive")
    follow(server, up, repo, unsound="quarantine")
    refreshed(server, repo.replace("/", "~"))
    equal(server.get(f"/{repo}/charts/{file}").status, 502)
    [kept] = (server.data / "quarantine").iterdir()
    equal(kept.read_bytes(), b"no archive")
    equal(kept.name, f"{repo.replace('/', '~')}~{file}"[:255 - len("~rejected~1")] + "~rejected~1")


def with_link(kind):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in (("demo/Chart.yaml", charts.chart_yaml()), ("demo/values.yaml", b"{}\n")):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("demo/templates/x")
        link.type, link.linkname = kind, "/etc/passwd"
        archive.addfile(link)
    return out.getvalue()


def never_handed_out(up, words, told=True):
    """Nor stored; whoever asks is told why, and so is who looks at the upstream, unless it may pass by itself."""
    follower = Follower(up)
    follower.refreshed()
    follower.not_pulled(words=words)
    equal(list(follower.server.data.glob(f"repos/{follower.name}/charts/*")), [])
    equal(follower.versions(), {"demo": ["1.0.0"]})
    skipped = json.loads(follower.server.get(f"/api/v1/upstreams/{follower.name}/skipped").body)["skipped"]
    equal([(row["kind"], words in row["why"]) for row in skipped], [("unfetched", True)] if told else [])


REJECTED = "rejected"


@table(("symbolic link", with_link(tarfile.SYMTYPE), REJECTED), ("hard link", with_link(tarfile.LNKTYPE), REJECTED),
       ("device", with_link(tarfile.CHRTYPE), REJECTED),
       ("bomb", chart("demo", files={f"{n}.txt": bytes(4 << 20) for n in range(30)}), REJECTED),
       ("a path", tgz([("demo/Chart.yaml", charts.chart_yaml()), ("demo/../../x", b"x")]), REJECTED),
       ("no Chart.yaml", tgz([("demo/values.yaml", b"{}")]), REJECTED), ("no archive", b"x" * 100, REJECTED),
       ("nothing", b"", REJECTED), ("cut short", chart("demo")[:-20], REJECTED),
       ("html", b"<html>sign in</html>", REJECTED),
       ("another name", chart("other"), "Chart.yaml says other 1.0.0"),
       ("another version", chart("demo", "1.0.1"), "Chart.yaml says demo 1.0.1"))
def t_fed_19_archives_that_are_refused(data, words):
    up = Upstream()
    up.put("demo", "1.0.0", data)
    never_handed_out(up, words)


@table(("too large", bad.huge(200), "", True), ("endless", bad.endless(), "", True),
       ("cut", bad.cut_by_length(chart("demo"), 100), "", False),
       ("a redirect to metadata", redirect("http://169.254.169.254/x"), "not allowed", False),
       ("html", bad.html, "other bytes", True), ("404", bad.status(404), "404", True))
def t_fed_19_archives_that_do_not_come(answer, words, told):
    up = one_chart()
    up.spoil(answer, "/demo-1.0.0.tgz")
    never_handed_out(up, words, told)


@test
def t_fed_03_goes_on_where_it_broke_off():
    """Each answer ends after 100,000 bytes; what has come is not asked for again."""
    data = charts.chart_of_size(300_000, "demo")
    up = Upstream()
    up.put("demo", "1.0.0", data)
    up.spoil(lambda request: iter([bad.honest(data, request)[:100_000]]), "/demo-1.0.0.tgz")
    follower = Follower(up)
    follower.refreshed()
    equal(follower.pulled(), data)
    ranges = [seen.headers.get("range") for seen in up.seen if seen.path == "/demo-1.0.0.tgz"]
    equal((ranges[0], len(ranges), len(set(ranges))), (None, 4, 4), ranges)


@table(("relative", "demo-1.0.0.tgz", 200), ("below", "charts/demo-1.0.0.tgz", 200),
       ("from the root", "/demo-1.0.0.tgz", 200),
       ("upwards", "../demo-1.0.0.tgz", 200), ("far upwards", "../../../demo-1.0.0.tgz", 200),
       ("a query", "demo-1.0.0.tgz?x=1", 200), ("no scheme", f"//127.0.0.1:{PORT}/demo-1.0.0.tgz", 502),
       ("a file", "file:///etc/passwd", 404), ("a user", "http://u:p@127.0.0.1:1/demo-1.0.0.tgz", 404),
       ("gopher", "gopher://127.0.0.1:1/x", 404), ("metadata", "http://169.254.169.254/x.tgz", 502),
       ("a line break", "demo-1.0.0.tgz\r\nX: y", 404), ("empty", "", 502),
       ("odd port", "http://127.0.0.1:22/demo-1.0.0.tgz", 404),
       ("oci with a user", "oci://u:p@127.0.0.1:1/x/demo:1.0.0", 404))
def t_fed_20_addresses(url, status):
    up = one_chart()
    up.files["/charts/demo-1.0.0.tgz"] = up.files["/demo-1.0.0.tgz"]
    up.entries["demo"][0]["urls"] = [url]
    follower = Follower(up)
    follower.refreshed()
    equal(follower.get("demo-1.0.0.tgz").status, status)


@test
def t_fed_20_a_long_address():
    """Of a registry as of any other place: it costs its own version alone."""
    up = one_chart()
    up.put("long", "1.0.0", urls=["oci://h/" + "x" * 9000])
    follower = Follower(up)
    equal(follower.refreshed()["skipped"], 1)
    follower.pulled()


@test
def t_fed_20_the_next_address():
    up = one_chart()
    up.entries["demo"][0]["urls"] = [f"http://127.0.0.1:{PORT}/x.tgz", "missing.tgz", "demo-1.0.0.tgz"]
    follower = Follower(up)
    follower.refreshed()
    follower.pulled()


# ---- provenance ----

@test
def provenance_if_there_is_one():
    up = one_chart()
    signed = chart("signed")
    up.put("signed", "1.0.0", signed, prov=charts.provenance(signed, "signed"))
    follower = Follower(up)
    follower.refreshed()
    equal(follower.pulled("signed-1.0.0.tgz.prov"), charts.provenance(signed, "signed"))
    equal(follower.get("demo-1.0.0.tgz.prov").status, 404)
    up.files["/demo-1.0.0.tgz.prov"] = b"<html>"
    other = Follower(up)
    other.refreshed()
    assert other.get("demo-1.0.0.tgz.prov").status in (404, 502)


@table(("gone", 410, False, 404), ("a storage that shows nobody what it has", 403, True, 404),
       ("maybe nothing is given", 403, False, 502), ("a password is wanted", 401, True, 502))
def how_an_upstream_has_no_provenance(status, archive_is_here, answered):
    up = one_chart()
    up.spoil(bad.status(status), "/demo-1.0.0.tgz.prov")
    follower = Follower(up)
    follower.refreshed()
    if archive_is_here:
        follower.pulled()
    equal(follower.get("demo-1.0.0.tgz.prov").status, answered)


@test
def provenance_of_an_address_with_a_query():
    """It is beside the file, and asked for with what the archive's address has."""
    up, signed = Upstream(), chart("signed")
    up.put("signed", "1.0.0", signed, prov=charts.provenance(signed, "signed"),
           urls=[f"{up.url}/signed-1.0.0.tgz?key=1"])
    follower = Follower(up)
    follower.refreshed()
    equal(follower.pulled("signed-1.0.0.tgz.prov"), charts.provenance(signed, "signed"))
    contains([request.path for request in up.seen], "/signed-1.0.0.tgz.prov?key=1")


if __name__ == "__main__":
    main()

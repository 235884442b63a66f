#!/usr/bin/env python3
"""chartlocker mirror: two Chartlockers and a bad link between them."""
import functools
import json
import re
import resource
import signal
import subprocess
import threading
import time

from wire import Server
from hostile_server import Hostile, redirect, response, whole
from people import add_token, add_user, token
from harness import (PROGRAM, chart, chart_of_size, clean_environment, cleanup, command, contains, equal, form,
                     free_port, main, must, provenance, settled, table, temporary, test)

HIDDEN = "https://hidden.example.org"
BUNDLE = re.compile(r"/api/v1/bundles/[0-9a-f]{64}")


class Outer(Server):
    """The connected side, with a key."""

    def __init__(self, *charts, key="outer.example.org", **options):
        super().__init__(**options)
        must("keys", "generate", "--data", self.data, "--name", key)
        self.key = self.data / "keys" / "bundle.pub"
        for archive in charts:
            equal(self.publish(archive).status, 201)

    def ask(self, query="repo=main", body=None, headers=None):
        answer = self.request("POST", f"/api/v1/bundles?{query}", body, headers)
        return answer.status, json.loads(answer.body)

    def kept(self, headers=None):
        return json.loads(self.get("/api/v1/bundles", headers).body)


class Link(Hostile):
    """What is between the two: passes everything on, but of a bundle only what `passes` says: a list of numbers
    of bytes, one for each request, then all. `sent` has (first byte asked for, bytes that were passed)."""

    def __init__(self, outer, passes=()):
        self.outer, self.passes, self.sent = outer, list(passes), []
        super().__init__({"*": self.pass_on})

    def pass_on(self, request):
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        answer = self.outer.request(request.method, request.path, request.body or None, headers)
        keep = {name.replace("-", "_"): value for name, value in answer.headers.items()
                if name in ("ETag", "Content-Range", "Location", "Retry-After", "Content-Type")}
        if request.method != "GET" or not BUNDLE.fullmatch(request.path):
            return response(answer.body, answer.status, **keep)
        cut = self.passes.pop(0) if self.passes else len(answer.body)
        first = int(re.match(r"bytes=(\d+)-$", request.headers.get("range", "bytes=0-"))[1])
        self.sent.append((first, min(cut, len(answer.body))))
        text = response(answer.body, answer.status, **keep)
        return [text[:len(text) - len(answer.body) + cut]]


class Holding(Link):
    """The same, but the connection stays open behind what it passes, until `held` is set."""

    def __init__(self, outer, passes=()):
        self.held = threading.Event()
        cleanup(self.held.set)
        super().__init__(outer, passes)

    def pass_on(self, request):
        answer = super().pass_on(request)
        return self.hold(answer) if isinstance(answer, list) else answer

    def hold(self, pieces):
        yield from pieces
        self.held.wait(60)


def trusting(outer):
    data = temporary() / "inner"
    data.mkdir()
    must("keys", "trust", outer.key, "--data", data)
    return data


def mirror(at, data, *arguments, status=0, **options):
    done = command("mirror", at.url, "--to", data, "--json", *arguments, **options)
    equal(done.returncode, status, (done.stdout, done.stderr))
    return done.stderr if status else json.loads(done.stdout)["bundles"]


def index(server, repo=""):
    text = server.get(f"/{repo}/index.yaml" if repo else "/index.yaml").body.decode()
    return re.sub(r'"generated":"[^"]*"', "", text)


def same(outer, data, *repos):
    """Both sides show the same, byte for byte, and the log of the inner one is sound."""
    inner = Server(data=data)
    for repo in repos or ("",):
        equal(index(inner, repo), index(outer, repo))
    inner.stop()
    must("fsck", "--data", data)
    must("log", "--verify", "--data", data)


def trips(data):
    return json.loads(must("bundle", "list", "--repo", "main", "--data", data, "--json"))["trips"]


def half(data, repo="main"):
    """The tar that is on its way."""
    tar, = (data / "arriving" / repo).glob("*.tar")
    return tar


def nothing_left(data):
    equal([str(p) for place in ("arriving", "incoming") for p in (data / place).rglob("*")], [])


# ---- trips ----

@test
def all_of_it_then_what_changed():
    one = chart("one")
    outer = Outer(chart("two", "2.0.0+build"))
    equal(outer.request("POST", "/api/charts", *form(one, provenance(one, "one"))).status, 201)
    must("repo", "create", "team-a/stable", "--data", outer.data)
    outer.publish(chart("three"), "team-a/stable")
    data = trusting(outer)
    said = mirror(outer, data)
    equal([(s["repo"], s["added"]) for s in said], [("main", 2), ("team-a/stable", 1)])
    same(outer, data, "", "team-a/stable")
    nothing_left(data)
    equal(outer.kept(), [])
    steps = (
        lambda: outer.publish(chart("one", "1.1.0")),
        lambda: outer.request("DELETE", "/api/charts/one/1.0.0"),
        lambda: must("yank", "--repo", "main", "two", "2.0.0+build", "--reason", "broken", "--data", outer.data),
        lambda: (outer.publish(chart("four")), outer.request("DELETE", "/api/charts/one/1.1.0")),
        lambda: must("unyank", "--repo", "main", "two", "2.0.0+build", "--data", outer.data),
    )
    for step in steps:
        step()
        said = mirror(outer, data)
        contains(said[1]["passed"], "nothing is new")
        assert said[0]["parent"] > 0, said
        same(outer, data)
    equal([s.get("passed", "")[:14] for s in mirror(outer, data)], ["nothing is new"] * 2)


@test
def beside_a_running_server():
    outer = Outer(chart("one"))
    data = trusting(outer)
    inner = Server(data=data)
    equal(mirror(outer, data)[0]["added"], 1)
    equal(index(inner), index(outer))
    outer.publish(chart("two"))
    mirror(outer, data)
    equal(index(inner), index(outer))


@test
def what_is_selected():
    outer = Outer(chart("one"), chart("one", "2.0.0"), chart("two"))
    data = trusting(outer)
    said, = mirror(outer, data, "--select", "one >=2", "--repo", "main")
    equal((said["added"], said["versions"][0]["version"]), (1, "2.0.0"))
    contains(mirror(outer, data, "--repo", "nowhere", status=1), 'no repository "nowhere"')


@test
def a_dry_run():
    outer = Outer(chart("one"))
    data = trusting(outer)
    said, = mirror(outer, data, "--dry-run")
    equal((said["state"], said["versions"], said["file"]), ("planned", 1, "main-0-2.tar"))
    equal((outer.kept(), list((data / "arriving").iterdir())), ([], []))
    equal(mirror(outer, data)[0]["file"], said["file"])


@test
def again_and_again():
    outer = Outer(chart("one"))
    data = trusting(outer)
    inner = Server(data=data)
    running = subprocess.Popen([PROGRAM, "mirror", outer.url, "--to", str(data), "--every", "1s"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment())
    try:
        assert settled(lambda: "one" in index(inner)), "the first round"
        contains(mirror(outer, data, status=1), "another chartlocker mirror works on")
        outer.publish(chart("two"))
        assert settled(lambda: "two" in index(inner)), "a later round"
    finally:
        running.kill()
        running.wait()


# ---- a link that breaks ----

@table(("in the head", [0, 1]), ("in the header of a member", [100, 512, 700]), ("in an archive", [200000]),
       ("at the last byte", [-1]), ("often", [1000, 50000, 3, 100000, 7]))
def resumes_at_the_byte(passes):
    outer = Outer(chart_of_size(300000), chart("one"))
    data = trusting(outer)
    total = outer.ask("repo=main&dry_run")[1]["bytes"]
    link = Link(outer, [total - 1 if n < 0 else n for n in passes])
    mirror(link, data)
    same(outer, data)
    equal(len(link.sent), len(passes) + 1)
    at = 0
    for first, sent in link.sent:
        equal(first, at, link.sent)
        at += sent
    equal(at, total)
    ranges = [r for r in link.seen if BUNDLE.fullmatch(r.path) and r.method == "GET" and "range" in r.headers]
    assert all(r.headers["if-range"] == f'"{r.path[-64:]}"' for r in ranges), ranges


@test
def killed_and_again():
    outer = Outer(chart_of_size(400000), chart("one"))
    data = trusting(outer)
    total = outer.ask("repo=main&dry_run")[1]["bytes"]
    link, at = Holding(outer), 0
    for step in (150000, 100000, 90000):
        link.passes = [step]
        running = subprocess.Popen([PROGRAM, "mirror", link.url, "--to", str(data)], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=clean_environment())
        assert settled(lambda at=at, step=step: list(data.glob("arriving/main/*.tar"))
                       and half(data).stat().st_size == at + step), link.sent
        running.kill()
        running.wait()
        at += step
    link.held.set()
    link.passes = []
    mirror(link, data)
    equal([first for first, _ in link.sent], [0, 150000, 250000, 340000])
    equal(sum(sent for _, sent in link.sent), total)
    same(outer, data)


def begun(outer, data, passed=200000):
    """So many bytes are here, and nobody goes on."""
    link = Link(outer, [passed])
    link.answers = {"*": lambda request: response(b"", 403) if link.sent and BUNDLE.fullmatch(request.path)
                    else link.pass_on(request)}
    mirror(link, data, status=1)
    equal(half(data).stat().st_size, passed)
    return link


def through(link):
    """The same address, and now it passes everything."""
    link.answers, link.sent = {"*": link.pass_on}, []
    return link


@test
def the_bundle_went_and_is_made_again():
    """Equal bytes: what is here is worth as much as before."""
    outer = Outer(chart_of_size(300000))
    data = trusting(outer)
    link = begun(outer, data)
    kept, = outer.kept()
    equal(outer.request("DELETE", f"/api/v1/bundles/{kept['id']}").status, 204)
    mirror(through(link), data)
    equal(link.sent[-1][0], 200000)
    same(outer, data)


@test
def another_bundle_meanwhile():
    """The old one is no more, and there is more by now: it begins anew."""
    outer = Outer(chart_of_size(300000))
    data = trusting(outer)
    link = begun(outer, data)
    kept, = outer.kept()
    equal(outer.request("DELETE", f"/api/v1/bundles/{kept['id']}").status, 204)
    outer.publish(chart("new"))
    mirror(through(link), data)
    equal(link.sent[-1][0], 0)
    same(outer, data)
    nothing_left(data)


@test
def more_meanwhile():
    """The old one is there still: it is finished, and what came since follows as a trip of its own."""
    outer = Outer(chart_of_size(300000))
    data = trusting(outer)
    link = begun(outer, data)
    outer.publish(chart("new"))
    said = mirror(through(link), data)
    equal([s["parent"] > 0 for s in said], [False, True])
    equal([first for first, _ in link.sent], [200000, 0])
    same(outer, data)


@test
def asked_for_something_else():
    outer = Outer(chart_of_size(300000), chart("one"))
    data = trusting(outer)
    link = begun(outer, data)
    said, = mirror(through(link), data, "--select", "one")
    equal((said["added"], [first for first, _ in link.sent]), (1, [0]))


@test
def no_room():
    """A file may not become larger, as on a full disk; with room it goes on at its byte."""
    outer = Outer(chart_of_size(300000))
    data = trusting(outer)
    must("fsck", "--data", data)
    link = Link(outer)
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (250000, 250000))
    done = subprocess.run([PROGRAM, "mirror", link.url, "--to", str(data)], capture_output=True, text=True,
                          env=clean_environment(), preexec_fn=limit, restore_signals=False, check=False)
    equal(done.returncode, 1, done.stderr)
    size = half(data).stat().st_size
    assert 0 < size <= 250000, size
    link.sent.clear()
    mirror(link, data)
    equal(link.sent[0][0], size)
    same(outer, data)


# ---- keys and rights ----

@test
def a_key_that_nobody_trusts():
    """Told before the rest is fetched; when it is trusted, that is here already."""
    outer = Outer(chart_of_size(3000000))
    data = temporary() / "inner"
    link = Holding(outer, [140000])
    said = mirror(link, data, status=1)
    contains(said, "outer.example.org")
    contains(said, "chartlocker keys trust")
    equal(len(link.sent), 1)
    must("keys", "trust", outer.key, "--data", data)
    link.held.set()
    mirror(link, data)
    equal(link.sent[1][0], 140000)
    same(outer, data)


@test
def another_key():
    outer, other = Outer(chart("one")), Outer(key="other.example.org")
    data = trusting(other)
    contains(mirror(outer, data, status=1), "outer.example.org")
    contains(mirror(outer, data, status=1), "not trusted")
    equal(trips(data), [])


@test
def without_a_key_there():
    outer = Server()
    outer.publish(chart("one"))
    said = mirror(outer, temporary() / "inner", status=1)
    contains(said, "no key to sign bundles with")
    contains(said, "chartlocker keys generate")


def with_people():
    """Alice may do everything, bob's token reads main alone."""
    first = Server()
    first.stop()
    add_user(first.data, "alice", "admin:*")
    tokens = {"alice": add_token(first.data, "all", "admin:*", user="alice"),
              "bob": add_token(first.data, "some", "pull:main", user="alice")}
    must("repo", "create", "secret", "--set", "private=true", "--set", f"known_as={HIDDEN}", "--data", first.data)
    outer = Outer(data=first.data)
    needs = [{"name": "hidden", "version": "1.0.0", "repository": HIDDEN}]
    for archive, repo in ((chart("hidden"), "secret"), (chart("open", dependencies=needs), "")):
        equal(outer.publish(archive, repo, headers={"Authorization": f"Bearer {tokens['alice']}"}).status, 201)
    return outer, tokens


@test
def what_may_be_read():
    outer, tokens = with_people()
    data = trusting(outer)
    contains(mirror(outer, data, status=1), "sign in")
    as_bob = {"CHARTLOCKER_TOKEN": tokens["bob"]}
    contains(mirror(outer, data, "--repo", "secret", status=1, env=as_bob), 'no repository "secret"')
    equal([s["repo"] for s in mirror(outer, data, "--closure", env=as_bob)], ["main"])
    assert not (data / "repos" / "secret").exists(), "what bob may not read came along"
    said = mirror(outer, data, env={"CHARTLOCKER_TOKEN": tokens["alice"]})
    equal([s["repo"] for s in said], ["main", "secret"])
    equal((data / "repos/secret/charts/hidden-1.0.0.tgz").exists(), True)


@test
def who_may_fetch_it():
    outer, tokens = with_people()
    alice, bob = ({"Authorization": f"Bearer {tokens[name]}"} for name in ("alice", "bob"))
    equal(outer.ask()[0], 401)
    equal(outer.get("/api/v1/bundles").status, 401)
    equal(outer.ask("repo=secret", headers=bob)[0], 404)
    status, secret = outer.ask("repo=secret", headers=alice)
    equal(status, 201)
    path = f"/api/v1/bundles/{secret['id']}"
    equal([outer.get(path, who).status for who in (alice, bob, {})], [200, 404, 401])
    equal((len(outer.kept(alice)), len(outer.kept(bob))), (1, 0))
    equal([outer.request("DELETE", path, headers=who).status for who in (bob, {})], [404, 401])
    own = outer.ask(headers=alice)[1]["id"]
    equal(outer.request("DELETE", f"/api/v1/bundles/{own}", headers=bob).status, 403)
    equal(outer.get(f"/api/v1/bundles/{own}", bob).status, 200)
    status, with_all = outer.ask("repo=main&closure", headers=alice)
    equal((status, with_all["repositories"]), (201, ["main", "secret"]))
    status, without = outer.ask("repo=main&closure", headers=bob)
    equal((without["repositories"], "secret" in json.dumps(without["repositories"])), (["main"], False))
    equal(outer.ask(headers={**alice, "Origin": "https://evil.example"})[0], 403)


@test
def who_did_it():
    """Of what is made and taken away there are rows; of a dry run there is none."""
    outer, tokens = with_people()
    alice = {"Authorization": f"Bearer {tokens['alice']}"}
    outer.ask("repo=main&dry_run", headers=alice)
    made = outer.ask(headers=alice)[1]["id"]
    outer.request("DELETE", f"/api/v1/bundles/{made}", headers=alice)
    outer.ask()
    rows = lambda: [(r["name"], r["action"], r["verdict"]) for r in json.loads(
        outer.get("/api/v1/audit?limit=1000", alice).body)["audit"] if r["action"].startswith("bundle.")]
    assert settled(lambda: len(rows()) >= 3), rows()
    equal(rows(), [("all", "bundle.create", "ok"), ("all", "bundle.remove", "ok"),
                   ("", "bundle.create", "unauthorized")])


# ---- the server's side ----

@test
def one_bundle_for_equal_requests():
    outer = Outer(chart("one"))
    status, made = outer.ask()
    equal((status, made["state"], made["trip"], made["versions"]), (201, "made", 2, 1))
    equal(outer.ask(), (200, made))
    equal(outer.kept(), [made])
    path = f"/api/v1/bundles/{made['id']}"
    tar = outer.get(path)
    equal((tar.status, len(tar.body), tar.headers["ETag"], tar.headers["Content-Type"]),
          (200, made["bytes"], f'"{made["id"]}"', "application/x-tar"))
    equal(outer.request("HEAD", path).headers["Content-Length"], str(made["bytes"]))
    part = outer.get(path, {"Range": "bytes=512-", "If-Range": tar.headers["ETag"]})
    equal((part.status, part.body), (206, tar.body[512:]))
    equal(outer.get(path, {"Range": "bytes=512-", "If-Range": '"other"'}).status, 200)
    equal(outer.get(path, {"Range": f"bytes={made['bytes']}-"}).status, 416)
    equal(outer.get(path, {"If-None-Match": tar.headers["ETag"]}).status, 304)
    place = temporary()
    must("bundle", "create", "--repo", "main", "--data", outer.data, "-o", place)
    equal((place / made["file"]).read_bytes(), tar.body)
    outer.publish(chart("two"))
    equal(outer.ask()[0], 201)
    equal(len(outer.kept()), 2)
    equal([outer.get(f"/api/v1/bundles/{other}").status for other in ("0" * 64, "x")], [404, 404])


@table(("a repository that is none", "repo=nowhere", None, 404, "nowhere"),
       ("no name of one", "repo=../x", None, 400, ""),
       ("no inventory", "repo=main", b"hello", 400, "inventory"),
       ("half an inventory", "repo=main", b"chartlocker inventory 1\nrepo main\n", 400, "inventory"),
       ("a range that is none", "repo=main&select=one%20%3E%3D%3Dx", None, 400, ""))
def refused(query, body, status, text):
    got, said = small().ask(query, body)
    equal(got, status, said)
    contains(said["error"], text)


@test
def an_inventory_of_something_else():
    outer = Outer(chart("one"))
    must("repo", "create", "other", "--data", outer.data)
    text = must("bundle", "inventory", "--repo", "other", "--data", outer.data, "-o", "-")
    status, said = outer.ask("repo=main", text.encode())
    equal(status, 400)
    contains(said["error"], "inventory")


@test
def not_too_many_at_a_time():
    outer = Outer(chart("one"))
    head = f"POST /api/v1/bundles?repo=main HTTP/1.1\r\nHost: {outer.host}\r\nContent-Length: 100\r\n\r\nx"
    links = [outer.connect() for _ in range(4)]
    for link in links:
        link.sendall(head.encode())
    assert settled(lambda: outer.ask("repo=main&dry_run")[0] == 503), "a fifth one is taken"
    for link in links:
        link.close()
    assert settled(lambda: outer.ask("repo=main&dry_run")[0] == 200), "their places are not given back"


@test
def not_too_many_are_kept():
    outer = Outer(*(chart("one", f"{n}.0.0") for n in range(1, 35)))
    first = outer.ask("repo=main&select=one%201")[1]["id"]
    for n in range(2, 35):
        equal(outer.ask(f"repo=main&select=one%20{n}")[0], 201)
    kept = [k["id"] for k in outer.kept()]
    equal((len(kept), first in kept), (32, False))


@test
def half_made_ones_are_nobodys():
    outer = Outer(chart("one"))
    made = outer.ask()[1]
    (outer.data / "outgoing" / made["id"] / "about").unlink()
    equal(outer.get(f"/api/v1/bundles/{made['id']}").status, 404)
    equal(outer.kept(), [])
    equal(outer.ask()[0], 201)
    equal(outer.get(f"/api/v1/bundles/{made['id']}").status, 200)


# ---- servers that mean no good ----

@functools.cache
def small():
    """One for all rows that change nothing there."""
    return Outer(chart("one"), keep=True)


class Pretender(Hostile):
    """Says that it is a Chartlocker with a repository; what it has as a bundle is the row's."""

    def __init__(self, outer, bundle=None, offer=None, more=()):
        self.made = outer.ask()[1]
        self.tar = outer.get(f"/api/v1/bundles/{self.made['id']}").body
        self.etag = f'"{self.made["id"]}"'
        path = f"/api/v1/bundles/{self.made['id']}"
        self.honest = whole(self.tar, ETag=self.etag)
        super().__init__({
            "/info": whole(b'{"name":"chartlocker","version":"1"}'),
            "/api/v1/repos": whole(b'[{"name":"main","kind":"hosted","event":9}]'),
            "/api/v1/bundles": whole(json.dumps({**self.made, **(offer or {})}).encode(), 201),
            path: bundle(self) if bundle else self.honest, **dict(more),
        })


def endless(pretender):
    def answer(_):
        yield f"HTTP/1.1 200 OK\r\nETag: {pretender.etag}\r\n\r\n".encode() + pretender.tar
        while True:
            yield b"\0" * 65536
    return answer


def flipped(at):
    def with_it(pretender):
        tar = bytearray(pretender.tar)
        tar[at] ^= 1
        return whole(bytes(tar), ETag=pretender.etag)
    return with_it


@table(("an endless body", endless, "longer than"),
       ("more than it promised", lambda p: whole(p.tar + b"x", ETag=p.etag), "taken"),
       ("less than it promised", lambda p: whole(p.tar[:-512], ETag=p.etag), "something else"),
       ("another ETag", lambda p: whole(p.tar, ETag='"else"'), "something else"),
       ("no ETag", lambda p: whole(p.tar), "something else"),
       ("a flipped bit in the head", flipped(600), "main-0-2.tar"),
       ("a flipped bit in an archive", flipped(-1500), "charts/one-1.0.0.tgz is damaged"),
       ("redirects in a circle", lambda p: redirect(f"/api/v1/bundles/{p.made['id']}"), "redirects"),
       ("a redirect to a file", lambda p: redirect("file:///etc/passwd"), ""),
       ("a redirect to the metadata service", lambda p: redirect("http://169.254.169.254/"), "not allowed"),
       ("something else instead", lambda p: whole(b"<html>", 200, Content_Type="text/html"), "something else"))
def a_bundle_that_is_none(bundle, text):
    """Nothing of it is visible; when the server means it well again, the same command succeeds."""
    data, far = trusting(small()), Pretender(small(), bundle)
    contains(mirror(far, data, status=1), text)
    equal(trips(data), [])
    equal(list((data / "repos").rglob("*.tgz")), [])
    far.answers[f"/api/v1/bundles/{far.made['id']}"] = far.honest
    mirror(far, data)
    equal(len(trips(data)), 1)


@table(("a path for a name", {"file": "../../x.tar"}, "cannot be understood"),
       ("a hidden name", {"file": ".x.tar"}, "cannot be understood"),
       ("no tar", {"file": "catalog.db"}, "cannot be understood"),
       ("an id that is none", {"id": "../../etc"}, "cannot be understood"),
       ("no size", {"bytes": 0}, "cannot be understood"),
       ("another repository", {"repo": "other"}, "cannot be understood"),
       ("more than the disk has", {"bytes": 10**17}, "make room"))
def an_offer_that_is_none(offer, text):
    data = trusting(small())
    contains(mirror(Pretender(small(), offer=offer), data, status=1), text)
    nothing_left(data)


@table(("a web page", {"*": whole(b"<html>hello</html>")}), ("nothing", {}),
       ("another program", {"/info": whole(b'{"name":"chartmuseum"}')}),
       ("an endless page", {"/info": lambda _: (response(b"x" * 65536, Content_Length=None) for _ in iter(int, 1))}))
def no_chartlocker(answers):
    far = Hostile(answers)
    contains(mirror(far, temporary() / "inner", status=1), "chartlocker upstream add NAME")


@test
def an_older_chartlocker():
    old = Pretender(small(), more={"/api/v1/bundles": whole(b'{"error":"not found"}', 404)}.items())
    contains(mirror(old, trusting(small()), status=1), "an older version")


@test
def nobody_is_there():
    far = type("Nobody", (), {"url": f"http://127.0.0.1:{free_port()}"})
    contains(mirror(far, temporary() / "inner", status=1), "connect")


@test
def a_token_stays_at_home():
    """A redirect leads elsewhere: there the credentials are not shown."""
    elsewhere = Hostile({"*": whole(b"no", 404)})
    near = Pretender(small(), lambda p: redirect(f"{elsewhere.url}/x"))
    text = token()
    mirror(near, trusting(small()), status=1, env={"CHARTLOCKER_TOKEN": text})
    assert all(text in r.headers["authorization"] for r in near.seen), near.seen
    equal([r.headers.get("authorization") for r in elsewhere.seen], [None] * len(elsewhere.seen))
    assert elsewhere.seen


# ---- windows, rates ----

@test
def outside_of_its_windows_nothing_is_asked():
    far = Hostile({"*": whole(b"x")})
    now = time.localtime()
    hour = (now.tm_hour + 3) % 24
    running = subprocess.Popen([PROGRAM, "mirror", far.url, "--to", str(temporary() / "inner"), "--window",
                                f"{hour}:00-{(hour + 1) % 24}:00"], stderr=subprocess.PIPE, text=True,
                               env=clean_environment())
    contains(running.stderr.readline(), "outside of its windows: going on in")
    running.send_signal(signal.SIGTERM)
    running.wait()
    equal(far.seen, [])


@test
def at_a_rate_in_a_window():
    outer = Outer(chart_of_size(100000))
    data = trusting(outer)
    mirror(outer, data, "--rate", "5M", "--window", "00:00-12:00", "--window", "12:00-24:00")
    same(outer, data)


@table(("a rate that is none", ("--rate", "fast"), "--rate fast"), ("a rate of nothing", ("--rate", "0"), "--rate 0"),
       ("a rate that servers end", ("--rate", "1k"), "at least"),
       ("a window that is none", ("--window", "night"), "--window night"),
       ("a time that is none", ("--every", "often"), "--every often"),
       ("once and again", ("--every", "1h", "--once"), "leave out --once"),
       ("a name that is none", ("--repo", "../x"), "--repo"))
def misused(arguments, text):
    done = command("mirror", "http://127.0.0.1:1", "--to", temporary() / "inner", *arguments)
    equal(done.returncode, 2, done.stderr)
    contains(done.stderr, text)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""chartlocker mirror: keys, rights, what a server makes and keeps for others, and servers that lie."""
import functools
import json
import os
import time

from wire import Server
from bundles import inner, member
from mirrored import Holding, Link, Outer, mirror, nothing_left, same, trips
from hostile_server import Hostile, redirect, response, whole
from people import add_token, add_user, token
from harness import (chart, chart_of_size, command, contains, equal, free_port, main, must, settled, table, temporary, test)

HIDDEN = "https://hidden.example.org"


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


@table(("nobody settled it", (), 3), ("it may be replaced now", ("overwrite=true",), 0))
def what_is_refused_comes_once(setting, status):
    """It is here still, and judged again."""
    outer = Outer(chart("one"), chart_of_size(300000))
    data, link = inner(outer), Link(outer)
    here = Server(data=data)
    equal(here.publish(chart("one", description="mine")).status, 201)
    here.stop()
    mirror(link, data, status=3)
    equal(len(link.sent), 1)
    if setting:
        must("repo", "set", "main", *setting, "--data", data)
    mirror(link, data, status=status)
    equal(len(link.sent), 1)
    if not status:
        same(outer, data)
        nothing_left(data)
        equal(outer.kept(), [])


@test
def another_key():
    outer, other = Outer(chart("one")), Outer(key="other.example.org")
    data = inner(other)
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


@table(("gone", os.unlink), ("cut short", lambda path: path.chmod(0o640) or path.write_bytes(b"")))
def a_file_that_is_damaged_there(damage):
    """Since it was rendered: who misses it then says that it is damaged, and the next bundle goes without it."""
    pod = b"kind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: '{{ printf \"%s\" \"made\" }}'}]}\n"
    outer = Outer(chart("one", files={"templates/pod.yaml": pod}))
    assert settled(lambda: json.loads(outer.get("/api/v1/search?q=image:made").body)["total"])
    damage(outer.data / "repos/main/charts/one-1.0.0.tgz")
    status, said = outer.ask()
    equal((status, said["code"]), (503, "chart_damaged"), said)
    contains(said["detail"], "main/one-1.0.0.tgz")
    assert settled(lambda: outer.ask()[0] in (200, 201)), outer.ask()
    equal([lost["what"] for lost in outer.ask()[1]["missing"]], ["one-1.0.0.tgz"])
    equal(outer.index()["entries"], {})


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
    data = inner(outer)
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


@table(("renamed", "rename", {"to": "elsewhere"}), ("deleted", "delete", {"confirm": "secret"}))
def of_another_repository_of_that_name(verb, body):
    """What was made of a private one is not for who may read the public one that has its name now."""
    outer, tokens = with_people()
    alice, bob = ({"Authorization": f"Bearer {tokens[name]}"} for name in ("alice", "bob"))
    path = f"/api/v1/bundles/{outer.ask('repo=secret', headers=alice)[1]['id']}"
    if verb == "rename":
        equal(outer.request("POST", "/api/v1/repos/secret/rename", json.dumps(body), alice).status, 200)
    else:
        equal(outer.request("DELETE", "/api/v1/repos/secret?confirm=secret", None, alice).status, 200)
    equal(outer.request("POST", "/api/v1/repos", '{"name":"secret"}', alice).status, 201)
    equal([outer.get(path, bob).status, outer.kept(bob)], [404, []])
    fresh = outer.get(f"/api/v1/bundles/{outer.ask('repo=secret', headers=bob)[1]['id']}", bob)
    said = [json.loads(line) for line in member(fresh.body, "log.jsonl").data.splitlines()]
    equal([(event["kind"], event["detail"]) for event in said if "kind" in event], [("repo.create", {})])


@test
def what_is_there_of_another_repository_of_that_name():
    """It is not mixed with what has the name now; renamed, it stays, and the new one comes."""
    outer = Outer()
    must("repo", "create", "team", "--data", outer.data)
    outer.publish(chart("old"), "team")
    data = inner(outer)
    last = mirror(outer, data, "--repo", "team")[0]["trip"]
    must("repo", "delete", "team", "--confirm", "team", "--data", outer.data)
    must("repo", "create", "team", "--data", outer.data)
    outer.publish(chart("new"), "team")
    contains(mirror(outer, data, "--repo", "team", status=1), "another repository than the one that had the name")
    contains(command("bundle", "create", "--repo", "team", "--parent", str(last), "--data", outer.data, "-o",
                     f"{temporary()}/").stderr, "take a whole bundle")
    must("repo", "rename", "team", "team-old", "--data", data)
    mirror(outer, data, "--repo", "team")
    same(outer, data, "team")
    assert (data / "repos/team-old/charts/old-1.0.0.tgz").exists()


@test
def what_is_missing_of_others():
    """Is told to who may read them, also where somebody else had the same bundle made."""
    outer, tokens = with_people()
    alice, bob = ({"Authorization": f"Bearer {tokens[name]}"} for name in ("alice", "bob"))
    assert settled(lambda: json.loads(outer.get("/api/v1/search?q=hidden", alice).body)["total"])
    (outer.data / "repos/secret/charts/hidden-1.0.0.tgz").unlink()
    assert settled(lambda: outer.ask("repo=main&closure", headers=alice)[0] in (200, 201))  # who misses it says so
    status, made = outer.ask("repo=main&closure", headers=alice)
    equal((status, made["repositories"], [lost["repo"] for lost in made["missing"]]), (200, ["main"], ["secret"]))
    equal(outer.kept(alice), [made])
    status, same_one = outer.ask("repo=main&closure", headers=bob)
    equal((status, same_one["id"], same_one["missing"]), (200, made["id"], []))
    equal(outer.kept(bob), [{**made, "missing": []}])


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
    equal(sorted(rows()), [("", "bundle.create", "unauthorized"), ("all", "bundle.create", "ok"),
                           ("all", "bundle.remove", "ok")])


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
    head = (f"POST /api/v1/bundles?repo=main HTTP/1.1\r\nHost: {outer.host}\r\nContent-Length: 100\r\n"
            "Expect: 100-continue\r\n\r\n")
    links = [outer.connect() for _ in range(4)]
    for link in links:
        link.sendall(head.encode())
        contains(link.recv(100), b"100 Continue")            # its place is taken
    equal(outer.ask("repo=main&dry_run")[0], 503, "a fifth one is taken")
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


def ask_for(outer, who, versions):
    """A bundle for each of the versions."""
    return [outer.ask(f"repo=main&select=one%20{n}", headers=who) for n in versions]


def made_long_ago(outer, made, days):
    then = time.time() - days * 86400
    os.utime(outer.data / "outgoing" / made["id"], (then, then))


@test
def who_asks_for_many_throws_out_his_own():
    """Whichever of his tokens he comes with, and after a start too."""
    outer = Outer(*(chart("one", f"{n}.0.0") for n in range(1, 81)))
    tokens = []
    for label, name in (("a", "alice"), ("b", "bob"), ("c", "bob")):
        if label != "c":
            add_user(outer.data, name, "pull:main")
        tokens.append({"Authorization": f"Bearer {add_token(outer.data, label, 'pull:main', user=name)}"})
    alice, *bob = tokens
    path = f"/api/v1/bundles/{outer.ask(headers=alice)[1]['id']}"
    for turn, who in enumerate(bob):
        equal({status for status, _ in ask_for(outer, who, range(40 * turn + 1, 40 * turn + 41))}, {201})
        equal((outer.get(path, alice).status, outer.get(path, who).status), (200, 200))
        outer.stop()
        Server.__init__(outer, data=outer.data)
    made_long_ago(outer, {"id": path.rpartition("/")[2]}, 2)
    equal({status for status, _ in ask_for(outer, bob[0], range(1, 41))}, {201})
    equal((outer.get(path, alice).status, len(outer.kept(alice))), (200, 32))


@test
def who_has_his_share_keeps_it():
    """Four have a quarter each: a fifth gets what nobody asked for lately, and one of the four his own."""
    outer = Outer(args=("--set", "trusted_proxies=127.0.0.1")).set_up()
    for number in range(1, 43):
        equal(outer.publish(chart("one", f"{number}.0.0")).status, 201)
    who = [{"X-Forwarded-For": f"192.0.2.{n}"} for n in range(3)] + [{"X-Forwarded-For": "2001:db8::1"}]
    kept = [ask_for(outer, who[turn], range(8 * turn + 1, 8 * turn + 9)) for turn in range(4)]
    equal({status for answers in kept for status, _ in answers}, {201})
    (status, said), = ask_for(outer, {"X-Forwarded-For": "192.0.2.9"}, [33])
    equal((status, said["code"]), (507, "quota_exceeded"), said)
    contains(said["error"], "DELETE /api/v1/bundles/ID")
    equal(len(outer.kept()), 32)
    equal([status for status, _ in ask_for(outer, {"X-Forwarded-For": "2001:db8::2"}, [34])], [201])
    equal(outer.get(f"/api/v1/bundles/{kept[3][0][1]['id']}").status, 404)
    made_long_ago(outer, kept[1][3][1], 2)
    equal([status for status, _ in ask_for(outer, {"X-Forwarded-For": "192.0.2.9"}, [33])], [201])
    equal((outer.get(f"/api/v1/bundles/{kept[1][3][1]['id']}").status, len(outer.kept())), (404, 32))


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
    data, far = inner(small()), Pretender(small(), bundle)
    contains(mirror(far, data, status=1), text)
    equal(trips(data), [])
    equal(list((data / "repos").rglob("*.tgz")), [])
    far.answers[f"/api/v1/bundles/{far.made['id']}"] = far.honest
    mirror(far, data)
    equal(len(trips(data)), 1)


@table(("a path for a name", {"file": "../../x.tar"}, "cannot be understood"),
       ("a hidden name", {"file": ".x.tar"}, "cannot be understood"),
       ("no tar", {"file": "catalog.db"}, "cannot be understood"),
       ("the name of what came earlier", {"file": "earlier.tar"}, "cannot be understood"),
       ("an id that is none", {"id": "../../etc"}, "cannot be understood"),
       ("no size", {"bytes": 0}, "cannot be understood"),
       ("another repository", {"repo": "other"}, "cannot be understood"),
       ("more than the disk has", {"bytes": 10**17}, "make room"))
def an_offer_that_is_none(offer, text):
    data = inner(small())
    contains(mirror(Pretender(small(), offer=offer), data, status=1), text)
    nothing_left(data)


@table(("a web page", {"*": whole(b"<html>hello</html>")}), ("nothing", {}),
       ("another program", {"/info": whole(b'{"name":"chartmuseum"}')}),
       ("an endless page", {"/info": lambda _: (response(b"x" * 65536, Content_Length=None) for _ in iter(int, 1))}))
def no_chartlocker(answers):
    far = Hostile(answers)
    contains(mirror(far, temporary() / "inner", status=1), "chartlocker upstream add NAME")


@test
def a_chartlocker_that_is_starting():
    far = Hostile({"*": whole(b'{"detail":"the server is starting","code":"busy"}', 503)})
    contains(mirror(far, temporary() / "inner", status=1), "chartlocker mirror: the server is starting\n")


@test
def a_chartlocker_that_makes_bundles_for_others():
    """It says how long to wait; the repository does not fail for that."""
    outer, answers = small(), [503, 503]
    def ask(_):
        if answers:
            return response(b'{"detail":"4 bundles are being made for others","code":"busy"}', answers.pop(), Retry_After="1")
        return response(json.dumps(far.made).encode(), 201)
    far = Pretender(outer, more={"/api/v1/bundles": ask}.items())
    data = inner(outer)
    mirror(far, data)
    equal((far.paths().count("/api/v1/bundles?repo=main"), len(trips(data))), (3, 1))


@test
def a_name_that_is_reserved_by_now():
    """It has nothing to do with the other repositories."""
    rows = b'[{"name":"upload","kind":"hosted","event":9},{"name":"main","kind":"hosted","event":9}]'
    far, data = Pretender(small(), more={"/api/v1/repos": whole(rows)}.items()), inner(small())
    contains(mirror(far, data, status=1), "upload: ")
    equal(len(trips(data)), 1)


@test
def a_name_that_may_be_older_than_its_reservation():
    status, said = Outer().ask("repo=upload")
    equal((status, said["code"]), (404, "repository_not_found"))


@test
def a_repository_of_a_chartlocker():
    outer = Outer(chart("one"))
    outer.url += "/main"
    contains(mirror(outer, inner(outer), status=1), "with --repo")


@test
def an_older_chartlocker():
    old = Pretender(small(), more={"/api/v1/bundles": whole(b'{"error":"not found"}', 404)}.items())
    contains(mirror(old, inner(small()), status=1), "an older version")


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
    mirror(near, inner(small()), status=1, env={"CHARTLOCKER_TOKEN": text})
    assert all(text in r.headers["authorization"] for r in near.seen), near.seen
    equal([r.headers.get("authorization") for r in elsewhere.seen], [None] * len(elsewhere.seen))
    assert elsewhere.seen


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Lists of images that are pushed: who may, what is taken, what they win over, and what keeps them."""
import functools
import json
import re
import sqlite3

from wire import Server
from harness import chart, command, contains, equal, main, must, settled, table, temporary, test

POD = b"kind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: 'read:1'}]}\n"
OFF = b"feature: {image: {repository: possible/off, tag: '2'}}\n"
APP = chart("app", "1.0.0", {"templates/pod.yaml": POD, "values.yaml": OFF})
LIST = "docker.io/library/read:1\npushed:3\n"
RENDERED = ("---\n# Source: app/templates/pod.yaml\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: "
            "'read:1', args: ['--helper=quay.io/some/helper:v1']}, {name: d, image: 'pushed:3'}]}\n")
AT = "/api/v1/charts/main/app/1.0.0"


def send(server, body, method="PUT", at=f"{AT}/images", **options):
    answer = server.request(method, at, body if isinstance(body, bytes) else body.encode(), **options)
    return answer.status, json.loads(answer.body)


def images(server, at=f"{AT}/images?all"):
    [found] = json.loads(server.get(at).body)["charts"]
    return {i["image"]: (i["certain"], i["source"], i["where"]) for i in found["images"]}


def serving(keep=False):
    server = Server(keep=keep)
    equal(server.publish(APP).status, 201)
    return server


@functools.cache
def unlisted():
    """Where no list stays."""
    return serving(keep=True)


def index(server):
    answer = server.get("/index.yaml")
    return answer.body, answer.headers["ETag"]


READ = {"read:1": (True, "rendered", "templates/pod.yaml Pod/p spec.containers[0].image"),
        "possible/off:2": (False, "values", "values.yaml:1 feature.image.repository")}
WITH = {"docker.io/library/read:1": (True, "pushed", READ["read:1"][2]), "pushed:3": (True, "pushed", "pushed list"),
        "possible/off:2": READ["possible/off:2"]}


def all_asked(server, page):
    """The formats that the page links to, each of which answers."""
    links = re.findall(r'href="(/api/v1/charts/main/app/[^/"]+/images\?format=([a-z-]+))"', page)
    equal([server.get(path).status for path, _ in links], [200] * len(links))
    return {name for _, name in links}


@test
def a_list_wins_and_goes():
    server = serving()
    before = index(server)
    equal(images(server), READ)
    status, said = send(server, LIST)
    equal((status, said["images"], said.get("existing")), (200, 2, None))
    equal(images(server), WITH)
    equal(send(server, LIST)[1]["existing"], True)
    equal(server.get(f"{AT}/images?format=list").body.decode(), LIST)
    equal(json.loads(server.get(AT).body)["images"][0]["source"], "pushed")
    equal([i["image"] for i in json.loads(server.get("/api/v1/packages/helm/main/app").body)["containers_images"]],
          LIST.split())
    page = server.get("/packages/main/app").body.decode()
    contains(page, "Listed by who rendered it")
    contains(page, "Possible: of features")
    equal(all_asked(server, page), {"skopeo", "hauler", "zarf", "oc-mirror", "crane", "list"})
    equal(index(server), before, "no index shows it")
    equal(send(server, "", "DELETE")[0], 200)
    equal(images(server), READ)
    equal(send(server, "", "DELETE")[1]["existing"], True)
    equal(index(server), before)


@test
def it_is_searched():
    server = serving()
    for image, method, found in (("pushed", "PUT", 1), ("pushed", "DELETE", 0), ("possible", "PUT", 1)):
        equal(send(server, LIST if method == "PUT" else "", method)[0], 200)
        equal(json.loads(server.get(f"/api/v1/search?q=image:{image}").body)["total"], found, (image, method))


@test
def what_is_rendered_is_searched():
    """A little later: nobody waits for it."""
    server = Server()
    pod = POD.replace(b"'read:1'", b"'{{ printf \"%s/%s\" \"deep\" \"hidden\" }}:1'")
    equal(server.publish(chart("app", "1.0.0", {"templates/pod.yaml": pod})).status, 201)
    assert settled(lambda: json.loads(server.get("/api/v1/search?q=image:hidden").body)["total"] == 1)
    equal(list(images(server)), ["deep/hidden:1"])


@table(("a list", "# all\n  pushed:3\n\nread:1\npushed:3\n", ["pushed:3", "read:1"]),
       ("what helm prints", RENDERED, ["pushed:3", "read:1"]),
       ("of no image", "kind: ConfigMap\n", []), ("of nothing at all", "---\n# Source: x\n", []),
       ("none", "# none\n", []))
def what_is_taken(body, wanted):
    status, said = send(unlisted(), body)
    equal((status, said.get("images")), (200, len(wanted)), said)
    equal(unlisted().get(f"{AT}/images?format=list").body.decode().split(), wanted)
    equal(send(unlisted(), "", "DELETE")[0], 200)


@table(("nothing", "", 400, "nothing was sent"), ("blanks", "\n \n", 400, "nothing was sent"),
       ("helm's error", "Error: INSTALLATION FAILED: x\n", 400, "neither"),
       ("an archive", APP, 400, "neither"), ("what a template leaves", "a:1\n{{ .Values.b }}\n", 400, "line 2"),
       ("no reference", "redis:7\n../x\n", 400, "neither"),
       ("too many", "".join(f"r{n}:1\n" for n in range(2001)), 413, "2000"),
       ("too long", "".join(f"{'r' * 200}{n}:1\n" for n in range(1900)), 413, "256 KiB"),
       ("too large", "x" * (8 * 2**20 + 1), 413, ""))
def what_is_refused(body, status, why):
    got, said = send(unlisted(), body)
    equal(got, status, said)
    contains(json.dumps(said), why)
    equal(images(unlisted()), READ)


@table(("no version", "/api/v1/charts/main/app/9.9.9/images"), ("no chart", "/api/v1/charts/main/nope/1.0.0/images"),
       ("no repository", "/api/v1/charts/nope/app/1.0.0/images"),
       ("another chart's file", "/api/v1/charts/main/app-1/0.0-1/images"))
def of_what_is_not_there(at):
    equal(unlisted().publish(chart("app", "1-0.0-1")).status, 201)
    for method in ("PUT", "DELETE"):
        equal(send(unlisted(), LIST if method == "PUT" else "", method, at)[0], 404)
    equal(unlisted().get(at).status, 404)


@test
def a_dry_run_changes_nothing():
    status, said = send(unlisted(), LIST, at=f"{AT}/images?dry_run=true")
    equal((status, said["images"], said["dry_run"], said.get("event")), (200, 2, True, None))
    equal(images(unlisted()), READ)


@test
def compare_tells_of_it():
    server = serving()
    equal(server.publish(chart("app", "2.0.0", {"templates/pod.yaml": POD})).status, 201)
    equal(send(server, "read:1\nnew:9\n", at="/api/v1/charts/main/app/2.0.0/images")[0], 200)
    said = json.loads(server.get("/api/v1/charts/main/app/compare/1.0.0...2.0.0").body)
    contains([c.get("new", {}).get("image") for c in said["images"]["changes"]], "new:9")


@test
def it_is_of_these_bytes():
    server = serving()
    must("repo", "set", "main", "--set", "overwrite=true", "--data", server.data)
    equal(send(server, LIST)[0], 200)
    equal(server.request("DELETE", "/api/charts/app/1.0.0").status, 200)
    equal(send(server, LIST)[0], 404)
    must("undelete", "app", "1.0.0", "--data", server.data)
    equal(images(server), WITH)
    other = chart("app", "1.0.0", {"templates/pod.yaml": POD.replace(b"read:1", b"read:2")})
    equal(server.request("POST", "/api/charts?force=true", other).status, 201)
    equal(list(images(server)), ["read:2"])
    contains(must("fsck", "--data", server.data), "all is well")


@test
def rebuild_and_restore_keep_it():
    server = serving()
    equal(send(server, LIST)[0], 200)
    must("backup", server.data.parent / "copy", "--data", server.data)
    server.stop()
    for data in (server.data, server.data.parent / "copy"):
        with sqlite3.connect(data / "catalog.db") as database:
            database.execute("UPDATE version SET images = 'wrong:1' || char(10)")
        equal(command("fsck", "--data", data).returncode, 1, "a list that is not the log's")
        must("rebuild", "--data", data)
        contains(must("fsck", "--data", data), "all is well")
        equal(must("images", "main/app@1.0.0", "--data", data), LIST)


@test
def a_bundle_carries_it():
    outer, inner = serving(), temporary() / "inner"
    must("keys", "generate", "--data", outer.data, "--name", "outer.example.org")
    equal(send(outer, LIST)[0], 200)
    must("keys", "trust", next(outer.data.rglob("*.pub")), "--data", inner)

    def carry(*arguments):
        usb = temporary()
        said = json.loads(must("bundle", "create", "--repo", "main", "--data", outer.data, "-o", f"{usb}/", "--json",
                               *arguments))
        listed = must("images", usb)
        must("bundle", "import", f"{usb}/", "--data", inner)
        return said["trip"], listed, must("images", "main/app@1.0.0", "--data", inner)

    trip, *listed = carry()
    equal(listed, [LIST, LIST])
    equal(send(outer, "other:1")[0], 200)
    trip, *listed = carry("--parent", trip)
    equal(listed, ["other:1\n", "other:1\n"], "a list alone is news")
    equal(send(outer, "", "DELETE")[0], 200)
    trip, *listed = carry("--parent", trip)
    equal(listed, ["read:1\n", "read:1\n"])
    contains(must("fsck", "--data", inner), "all is well")


@test
def equal_states_are_equal_bytes():
    server = serving()
    must("keys", "generate", "--data", server.data, "--name", "outer.example.org")
    made = []
    for _ in range(2):                   # while the catalog may have rendered it meanwhile
        usb = temporary()
        must("bundle", "create", "--repo", "main", "--data", server.data, "-o", f"{usb}/")
        made.append(next(usb.glob("*.tar")).read_bytes())
        server.get("/api/v1/search?q=image:read")
    equal(made[0], made[1])


@test
def events_tell_of_it():
    server = serving()
    equal(send(server, LIST)[0], 200)
    equal(send(server, "", "DELETE")[0], 200)
    log = [e["event"] for e in json.loads(server.get("/api/v1/events").body)["events"]]
    equal([(e["kind"], e["chart"], e["version"]) for e in log[-2:]],
          [("images", "app", "1.0.0"), ("images.delete", "app", "1.0.0")])


if __name__ == "__main__":
    main()

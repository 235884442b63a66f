#!/usr/bin/env python3
"""A chart as data: what is known of it and of its versions, what is in it, what changed between two."""
import functools
import json
import re

from wire import Server, contains, equal, make_repo
from hub import ALPHA, README, ROOT, VALUES, copied, server
from harness import chart, chart_yaml, digest, main, table, test
from people import PASSWORD, add_user, basic

CRD = b"""apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.org}
spec:
  group: example.org
  names: {kind: Thing, plural: things}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true}]
"""
ROLE = b"""apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
rules:
  - {apiGroups: [""], resources: [secrets], verbs: [get]}
"""


def get(path, running=None, headers=None, status=200):
    answer = (running or server()).get(f"/api/v1/charts/{path}", headers)
    equal(answer.status, status, answer.body)
    if status == 200:
        assert answer.headers["ETag"], path
    return json.loads(answer.body)


# ---- a chart ----

@test
def all_that_is_known():
    found = get("main/alpha")
    days = found.pop("pulls_by_day")
    equal((len(days), sum(days)), (30, found.pop("recent_pulls")))
    assert found.pop("created").endswith("Z")
    assert found.pop("unpacked_bytes") > len(README)
    equal(found.pop("kubernetes"), {"range": ">=1.25.0-0", "minors": [f"1.{n}" for n in range(25, 38)], "newer": True})
    url = server().url
    equal(found, {
        "repo": "main", "name": "alpha", "version": "1.1.0", "app_version": "9.8",
        "description": 'The letter "A" & <more>', "origin": "hosted", "type": "application", "deprecated": False,
        "prerelease": False, "yanked": False, "versions": 3, "digest": digest(ALPHA), "unpinned": False,
        "bytes": len(ALPHA),
        "damaged": False, "provenance": True, "license": "Apache-2.0", "category": "database",
        "keywords": ["letter", "greek"], "home": "https://alpha.example.org",
        "sources": ["https://git.example.org/alpha"],
        "maintainers": [{"name": "Jo", "email": "jo@example.org", "url": "https://jo.example.org"}, {"name": "No one"}],
        "links": [{"name": "home", "url": "https://alpha.example.org"},
                  {"name": "source", "url": "https://git.example.org/alpha"}],
        "annotations": found["annotations"],
        "dependencies": [{"name": "common", "range": "1.x.x", "repository": "https://elsewhere.example.org", "tags": []}],
        "changes": [{"kind": "added", "description": "Cool <feature> & more",
                     "links": [{"name": "the issue", "url": "https://example.org/1"}]},
                    {"kind": "fixed", "description": "A bug"}],
        "images": [], "kinds": [{"kind": "ConfigMap", "api_version": "v1", "places": 1}], "crds": [], "rights": [],
        "files": {"readme": True, "values": True, "schema": True, "changelog": False, "license": False,
                  "templates": 1, "crds": 0},
        "cut": False, "used_by": 0,
        "elsewhere": [{"repo": "team-a/stable", "origin": "hosted", "shown": "1.1.0", "has_version": True,
                       "bytes": "same"}],
        "urls": {"page": f"{url}/packages/main/alpha/1.1.0", "repository": url,
                 "archive": f"{url}/charts/alpha-1.1.0.tgz", "provenance": f"{url}/charts/alpha-1.1.0.tgz.prov"}})
    equal(sorted(found["annotations"]), [f"artifacthub.io/{x}" for x in ("category", "changes", "containsSecurityUpdates", "license")])


@test
def a_version():
    found = get("main/alpha/1.0.0")
    equal((found["version"], found["newer"], found["app_version"], found["provenance"]), ("1.0.0", "1.1.0", "9.7", False))
    equal(get("main/alpha/latest"), get("main/alpha"))
    equal(get("main/alpha/2.0.0-rc.1")["prerelease"], True)
    for way in ("1.0.0+build.7", "1.0.0%2Bbuild.7"):
        found = get(f"team-a~stable/plus/{way}")
        equal((found["repo"], found["urls"]["archive"]),
              ("team-a/stable", f"{server().url}/team-a/stable/charts/plus-1.0.0%2Bbuild.7.tgz"))


@test
def images_crds_and_rights():
    running = Server()
    equal(running.publish(chart("rich", files={
        "values.yaml": b"image: {repository: docker.io/x/y, tag: '2'}\n", "crds/thing.yaml": CRD,
        "templates/role.yaml": ROLE, "crds/README.md": b"no CRD"})).status, 201)
    found = get("main/rich", running)
    equal(found["images"], [{"image": "docker.io/x/y:2", "certain": False, "source": "values", "where": "values.yaml:1 image.repository", "places": 1}])
    equal(found["crds"], [{"kind": "Thing", "group": "example.org", "plural": "things", "scope": "Namespaced",
                           "versions": [{"name": "v1", "served": True, "storage": True}], "templated": False,
                           "file": "crds/thing.yaml", "line": 2}])
    equal(found["rights"], [{"role_kind": "ClusterRole", "groups": "core", "resources": "secrets", "verbs": "get",
                             "dangers": ["reads any secret"], "file": "templates/role.yaml", "line": 4}])


@table(("a patch", "1.27.4", ["1.27"], False), ("some patches", ">=1.25.3 <1.25.5", ["1.25"], False),
       ("a span of patches", "1.26.5 - 1.26.9", ["1.26"], False), ("no range", "not a range", [], True),
       ("a part that is none", ">= 1.20.0 || foo", [], True))
def which_kubernetes(range_, minors, warned):
    """As Helm takes it: what is no range is refused by it, whatever the cluster is."""
    running = Server()
    answer = running.publish(chart("a", kubeVersion=range_))
    equal((answer.status, "is no range of versions" in answer.body.decode()), (201, warned))
    equal(get("main/a", running)["kubernetes"], {"range": range_, "minors": minors, "newer": False})
    for minor in ("1.24", "1.25", "1.26", "1.27", "1.28"):
        found = json.loads(running.get(f"/api/v1/search?q=kube:{minor}").body)
        equal(found["total"], int(minor in minors), minor)


@table(("no chart", "main/none", 'there is no chart "none" in main'),
       ("no version", "main/alpha/1.0.5", "alpha has no version 1.0.5; near it: 2.0.0-rc.1, 1.1.0, 1.0.0"),
       ("no repository", "nowhere/alpha", "no repository"),
       ("no versions of none", "main/none/versions", 'there is no chart "none" in main'),
       ("no such part", "main/alpha/latest/show/notes", "readme, values, chart, crds or all"),
       ("no such version of a part", "main/alpha/7/show/values", "alpha has no version 7"),
       ("one version alone", "main/alpha/compare/1.0.0", "compare/1.0.0...1.1.0"),
       ("no such version to compare", "main/alpha/compare/1.0.0...7", "alpha has no version 7"))
def not_there(path, said):
    problem = get(path, status=404)
    equal((problem["status"], problem["code"]), (404, "repository_not_found" if "nowhere" in path else "not_found"))
    contains(problem["detail"], said)


# ---- of a virtual repository ----

@functools.cache
def viewed():
    """The catalog with `all` over main, and `own` over what `reader` may not see."""
    running = Server(data=copied(keep=True), keep=True)
    make_repo(running, "all", members="main", take_prereleases=False, headers=ROOT)
    make_repo(running, "own", private=True, members="vault", headers=ROOT)
    add_user(running.data, "reader", "pull:own")
    return running


@table(("a chart", "all/alpha", "main/alpha/1.1.0"), ("its latest", "all/alpha/latest", "main/alpha/1.1.0"),
       ("a version", "all/alpha/1.0.0", "main/alpha/1.0.0"), ("its versions", "all/alpha/versions", "main/alpha/versions"),
       ("what is in it", "all/alpha/latest/show/values", "main/alpha/1.1.0/show/values"),
       ("a comparison", "all/alpha/compare/1.0.0...1.1.0?diff", "main/alpha/compare/1.0.0...1.1.0?diff"))
def is_what_the_member_has(path, same):
    one, other = (viewed().get(f"/api/v1/charts/{it}") for it in (path, same))
    equal(one.status, 200, one.body)
    equal(one.body.replace(b'"all"', b'"main"'), other.body)


@test
def of_a_member_that_is_not_seen():
    """The version is in an index that he may read, and so near itself; no answer names whose it is."""
    reader = basic("reader", PASSWORD)
    for path in "own/secret", "own/secret/1.0.0", "own/secret/latest/show/values":
        equal(get(path, viewed(), reader, 404)["detail"], "secret has no version 1.0.0")
    contains(get("own/secret/versions", viewed(), reader, 404)["detail"], 'no chart "secret" in own')
    equal(get("own/secret", viewed(), ROOT)["repo"], "vault")
    equal(get("all/alpha/7", viewed(), status=404)["detail"], "alpha has no version 7; near it: 1.1.0, 1.0.0")


# ---- versions ----

@functools.cache
def many():
    running = Server(keep=True)
    for n in range(7):
        equal(running.publish(chart("many", f"1.{n}.0", appVersion=str(n))).status, 201)
    yank = json.dumps({"chart": "many", "version": "1.3.0", "reason": "broken"})
    equal(running.request("POST", "/api/v1/repos/main/yank", yank, {"Content-Type": "application/json"}).status, 200)
    return running


@test
def versions_by_pages():
    whole = get("main/many/versions", many())
    equal((whole["total"], [v["version"] for v in whole["versions"]]), (7, [f"1.{n}.0" for n in range(6, -1, -1)]))
    assert "next" not in whole
    yanked = whole["versions"][3]
    equal({k: yanked[k] for k in ("yanked", "yank_reason", "app_version", "digest", "prerelease", "damaged")},
          {"yanked": True, "yank_reason": "broken", "app_version": "3", "digest": digest(chart("many", "1.3.0", appVersion="3")),
           "prerelease": False, "damaged": False})
    seen, path = [], "/api/v1/charts/main/many/versions?limit=3"
    while path:
        answer = many().get(path)
        page = json.loads(answer.body)
        seen.append([v["version"] for v in page["versions"]])
        link = answer.headers.get("Link")
        equal(link and re.search(r'[?&]after=([^&>]*)[^>]*>; rel="next"$', link)[1], page.get("next"))
        path = link and link[1 + len(many().url):link.index(">")]
    equal(seen, [["1.6.0", "1.5.0", "1.4.0"], ["1.3.0", "1.2.0", "1.1.0"], ["1.0.0"]])


@table(("of one that is not there", "1.3.5", ["1.3.0", "1.2.0", "1.1.0", "1.0.0"]), ("of the last", "1.0.0", []),
       ("of what is no version", "x", []))
def versions_after(version, expected):
    equal([v["version"] for v in get(f"main/many/versions?after={version}", many())["versions"]], expected)


@test
def a_yanked_version_is_told():
    found = get("main/many/1.3.0", many())
    equal((found["yanked"], found["yank_reason"], found["versions"], found["newer"]), (True, "broken", 6, "1.6.0"))


# ---- what is in it ----

SHOWN = {"readme": README, "values": VALUES, "crds": b"", "chart": chart_yaml("alpha", "1.1.0")}


@table(("readme", "readme"), ("values", "values"), ("crds", "crds"))
def shown(part):
    answer = server().get(f"/api/v1/charts/main/alpha/latest/show/{part}")
    equal((answer.status, answer.headers["Content-Type"], answer.body), (200, "text/plain; charset=utf-8", SHOWN[part]))


@test
def shown_all():
    running = Server()
    packed = {"charts/sub/Chart.yaml": b"{apiVersion: v2, name: sub, version: 0.1.0}", "charts/sub/crds/b.yml": b"b: 1"}
    archive = chart("whole", files={"README.md": b"# R", "values.yaml": b"a: 1\n", "crds/a.yaml": CRD, **packed},
                    dependencies=[{"name": "sub", "version": "0.1.0", "repository": ""}])
    equal(running.publish(archive).status, 201)
    part = lambda name: running.get(f"/api/v1/charts/main/whole/1.0.0/show/{name}").body
    equal(part("crds"), CRD + b"---\nb: 1\n")
    equal(part("all"), part("chart") + b"---\na: 1\n---\n# R\n---\n" + part("crds"))
    contains(part("chart"), b"whole")


# ---- what changed ----

OLD = {"values.yaml": b"# How many.\nreplicas: 1\ngone: true\nimage: {repository: docker.io/x/y, tag: '1.0'}\n",
       "README.md": b"# Two\n\none\n",
       "values.schema.json": b'{"properties": {"replicas": {"type": "integer"}}}'}
NEW = {"values.yaml": b"# How many there are.\nreplicas: 2\nimage: {repository: docker.io/x/y, tag: '2.0'}\n",
       "README.md": b"# Two\n\ntwo\n", "crds/thing.yaml": CRD, "templates/role.yaml": ROLE, "blob.bin": b"\0\1",
       "values.schema.json": b'{"required": ["replicas"], "properties": {"replicas": {"type": "integer", "minimum": 1}}}'}


@functools.cache
def changed():
    running = Server(keep=True)
    note = lambda text: {"artifacthub.io/changes": json.dumps([{"kind": "fixed", "description": text}])}
    on = lambda version: [{"name": "db", "version": version, "repository": "https://x.example.org"}]
    for archive in (chart("site", "1.0.0", OLD, dependencies=on("1.0.0"), appVersion="1"),
                    chart("site", "1.0.1", OLD, dependencies=on("1.0.0"), annotations=note("between")),
                    chart("site", "2.0.0", NEW, dependencies=on("2.0.0"), appVersion="2", annotations=note("now"))):
        equal(running.publish(archive).status, 201)
    return running


@test
def what_changed():
    found = get("main/site/compare/1.0.0...2.0.0?diff", changed())
    equal((found["repo"], found["name"], found["from"], found["to"], found["backwards"], found["cut"], found["problems"]),
          ("main", "site", "1.0.0", "2.0.0", False, False, []))
    contains(found["summary"], {"severity": "breaking", "section": "values", "text": "1 value removed"})
    equal(found["values"]["changes"], [
        {"change": "removed", "path": "gone", "values": 1, "old": {"type": "bool", "default": "true"}},
        {"change": "changed", "path": "replicas", "values": 1, "what": ["default", "comment"],
         "old": {"type": "number", "default": "1", "comment": "How many."},
         "new": {"type": "number", "default": "2", "comment": "How many there are."}},
        {"change": "changed", "path": "image.tag", "values": 1, "what": ["default"],
         "old": {"type": "string", "default": '"1.0"'}, "new": {"type": "string", "default": '"2.0"'}}])
    equal({"change": "changed", "step": "major", "old": "docker.io/x/y:1.0", "new": "docker.io/x/y:2.0"},
          {k: v["image"] if isinstance(v, dict) else v for k, v in found["images"]["changes"][0].items()})
    equal(found["dependencies"]["changes"], [
        {"change": "changed", "name": "db", "step": "major", "what": ["range"],
         "old": {"range": "1.0.0", "repository": "https://x.example.org", "tags": []},
         "new": {"range": "2.0.0", "repository": "https://x.example.org", "tags": []}}])
    equal(found["crds"]["changes"], [{"change": "added", "kind": "Thing", "group": "example.org", "new": "v1 (stored)"}])
    equal([(r["change"], r["dangers"]) for r in found["rights"]["changes"]], [("added", ["reads any secret"])])
    contains(found["metadata"]["changes"], {"change": "changed", "name": "appVersion", "old": "1", "new": "2"})
    equal(found["schema"]["changes"], [
        {"change": "changed", "path": "replicas", "what": ["required", "constraints"],
         "old": {"type": "integer", "required": False, "deprecated": False},
         "new": {"type": "integer", "constraints": "≥ 1", "required": True, "deprecated": False}}])
    equal([(r["version"], [x["description"] for x in r["changes"]]) for r in found["changelog"]],
          [("2.0.0", ["now"]), ("1.0.1", ["between"])])
    files = {f["name"]: f for f in found["files"]["changes"]}
    equal(files["README.md"]["diff"], [{"old_from": 1, "old_count": 3, "new_from": 1, "new_count": 3, "lines": [
        [" ", "# Two"], [" ", ""], ["-", "one"], ["+", "two"]]}])
    equal((files["blob.bin"]["binary"], "diff" in files["blob.bin"], files["crds/thing.yaml"]["added"]), (True, False, 8))


@test
def the_other_way_and_the_same():
    found = get("main/site/compare/2.0.0...1.0.0", changed())
    equal((found["backwards"], found["from"], [r["version"] for r in found["changelog"]]), (True, "2.0.0", ["2.0.0", "1.0.1"]))
    assert not any("diff" in f for f in found["files"]["changes"])
    same = get("main/site/compare/latest...latest", changed())
    equal((same["from"], same["to"], [x["text"] for x in same["summary"]]), ("2.0.0", "2.0.0", ["nothing changed"]))
    equal({k: v["changes"] for k, v in same.items() if isinstance(v, dict) and v["changes"]}, {})


# ---- who asks, and again ----

PATHS = ("", "/1.0.0", "/versions", "/1.0.0/show/values", "/compare/1.0.0...1.0.0")


@table(*((path or "/", path) for path in PATHS))
def private_is_not_there(path):
    hidden = get(f"vault/secret{path}", status=404)
    nothing = get(f"nowhere/secret{path}", status=404)
    for problem in (hidden, nothing):
        problem.pop("request_id")
    equal(json.loads(json.dumps(hidden).replace("vault", "nowhere")), nothing)
    equal(server().get(f"/api/v1/charts/vault/secret{path}", ROOT).status, 200)


@table(*((path or "/", path) for path in PATHS))
def the_same_again(path):
    first = server().get(f"/api/v1/charts/main/alpha{path}")
    again = server().get(f"/api/v1/charts/main/alpha{path}", {"If-None-Match": first.headers["ETag"]})
    equal((first.status, again.status, again.body), (200, 304, b""))


@test
def an_archive_that_rotted():
    running = Server()
    equal(running.publish(chart("rot", files={"values.yaml": b"a: 1\n"})).status, 201)
    file = running.data / "repos/main/charts/rot-1.0.0.tgz"
    running.stop()
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-4] + b"rot!")
    again = Server(data=running.data)
    found = get("main/rot/1.0.0", again)
    assert found["problem"], found
    equal((found["images"], found["files"]["values"], "unpacked_bytes" in found), ([], False, False))
    for path in ("1.0.0/show/values", "compare/1.0.0...1.0.0"):
        equal(get(f"main/rot/{path}", again, status=503)["code"], "chart_damaged")


if __name__ == "__main__":
    main()

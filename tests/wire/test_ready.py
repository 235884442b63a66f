#!/usr/bin/env python3
"""Whether charts work without a network: of a version, of a repository, and on a chart's page."""
import functools
import html
import json
import re

from wire import Server, contains, equal, make_repo
from people import add_token, bearer
from harness import chart, main, table, test

PLAIN = b"kind: Pod\napiVersion: v1\nmetadata: {name: p}\nspec: {containers: [{name: c, image: 'a/b:1'}]}\n"
JOB = b"""apiVersion: batch/v1
kind: Job
metadata: {name: j, annotations: {helm.sh/hook: pre-install}}
spec: {template: {spec: {containers: [{name: c, image: busybox, command: [sh, -c, "wget https://get.x.io/a"]}]}}}
"""
SCHEMA = b'{"properties": {"a": {"$ref": "https://schemas.x.io/a.json"}}}'
NEEDS = [{"name": "db", "version": "~1", "repository": "https://db.x.io/charts"},
         {"name": "known", "version": "1.x", "repository": "https://known.x.io/charts"},
         {"name": "packed", "version": "*", "repository": "https://packed.x.io/charts"}]
PACKED = {"charts/packed/Chart.yaml": b"apiVersion: v2\nname: packed\nversion: 1.0.0\n"}


@functools.cache
def server():
    running = Server(keep=True)
    make_repo(running, "inner/known", known_as="https://known.x.io/charts")
    for archive, repo in (
            (chart("plain", files={"templates/a.yaml": PLAIN}), "team-a/stable"),
            (chart("bare"), "team-a/stable"),
            (chart("far", "1.0.0", {**PACKED, "templates/j.yaml": JOB, "values.schema.json": SCHEMA},
                   dependencies=NEEDS, icon="https://icons.x.io/a.png"), "team-a/stable"),
            (chart("known", "1.2.0"), "inner/known")):
        equal(running.publish(archive, repo).status, 201)
    return running


def ask(path, status=200, headers=None):
    answer = server().get(f"/api/v1/{path}", headers or {})
    equal(answer.status, status, answer.body)
    return json.loads(answer.body)


def told(found):
    return [(f["severity"], f["code"], f["what"]) for f in found["findings"]]


FAR = [("error", "schema-ref", "https://schemas.x.io/a.json"),
       ("error", "dependency-missing", "db ~1 of https://db.x.io/charts"),
       ("error", "hook-download", "sh -c wget https://get.x.io/a"),
       ("warning", "dependency-not-packed", "known 1.x of https://known.x.io/charts"),
       ("warning", "image-untagged", "busybox"),
       ("info", "dependency-host", "packed * of https://packed.x.io/charts"),
       ("info", "icon-remote", "https://icons.x.io/a.png")]


@test
def of_a_version():
    for version in ("1.0.0", "latest"):
        found = ask(f"charts/team-a~stable/far/{version}/readiness")
        equal((found["repo"], found["name"], found["version"]), ("team-a/stable", "far", "1.0.0"))
        equal([found[key] for key in ("ready", "errors", "warnings", "infos", "cut")], [False, 3, 2, 2, False])
        equal(told(found), FAR)
        contains(found["findings"][1]["why"], "known as https://db.x.io/charts")
        equal([(o["kind"], o["host"]) for o in found["outside"]],
              [("dependency", "db.x.io"), ("dependency", "packed.x.io"), ("schema", "schemas.x.io"), ("image", "docker.io"),
               ("icon", "icons.x.io"), ("download", "get.x.io")])
    plain = ask("charts/team-a~stable/plain/latest/readiness")
    equal((plain["ready"], plain["findings"], [o["what"] for o in plain["outside"]]), (True, [], ["a/b:1"]))


@table(
    ("one host", "get.x.io", FAR[:2] + FAR[3:]),
    ("two hosts", "get.x.io,%20schemas.x.io", FAR[1:2] + FAR[3:]),
    ("all of a domain", "*.x.io", [FAR[1], FAR[3], FAR[4]]),
    ("another one", "x.io", FAR))
def with_hosts_inside(inside, wanted):
    found = ask(f"charts/team-a~stable/far/1.0.0/readiness?inside={inside}")
    equal(told(found), wanted)


@test
def a_pushed_list_of_images_wins():
    running = Server()
    equal(running.publish(chart("a", "1.0.0", {"templates/j.yaml": JOB})).status, 201)
    at = "/api/v1/charts/main/a/1.0.0"
    read = ("busybox", "templates/j.yaml Job/j spec.template.spec.containers[0].image")
    for body, warnings, wanted in (
            (None, ["busybox"], [read]), (b"# none\n", [], []), (b"docker.io/busybox:1\n", [], [("docker.io/busybox:1", "pushed list")]),
            (b"docker.io/busybox\nq.io/x:latest\n", ["docker.io/busybox", "q.io/x:latest"],
             [("docker.io/busybox", read[1]), ("q.io/x:latest", "pushed list")]), (b"", ["busybox"], [read])):
        if body is not None:
            equal(running.request("PUT" if body else "DELETE", f"{at}/images", body).status, 200)
        for path in (f"{at}/readiness", "/api/v1/repos/main/readiness"):
            found = json.loads(running.get(path).body)
            found = found if isinstance(found, dict) else found[0]
            images = [(o["what"], o["where"]) for o in found["outside"] if o["kind"] == "image"]
            equal((images, [x["what"] for x in found["findings"] if x["code"].startswith("image-")]), (wanted, warnings))
            equal(found["errors"], 1, "the hook stays")


@table(
    ("a bad host", "charts/team-a~stable/far/1.0.0/readiness?inside=a%5Bb", 400, "pattern"),
    ("too many hosts", "charts/team-a~stable/far/1.0.0/readiness?inside=" + "a," * 300, 400, "at most"),
    ("no version", "charts/team-a~stable/far/9.9.9/readiness", 404, ""),
    ("no repository", "repos/none/readiness", 404, ""),
    ("a bad limit", "repos/team-a/stable/readiness?limit=101", 400, "limit"))
def refused(path, status, part):
    contains(ask(path, status)["detail"], part)


@test
def of_a_repository():
    whole = ask("repos/team-a/stable/readiness")
    equal([(x["name"], x["errors"], x["warnings"]) for x in whole], [("bare", 0, 0), ("far", 3, 2), ("plain", 0, 0)])
    equal(told(whole[1]), FAR)
    paged, path = [], "/api/v1/repos/team-a/stable/readiness?limit=1&inside=*.x.io,get.x.io"
    for _ in range(5):
        answer = server().get(path)
        paged += json.loads(answer.body)
        link = answer.headers["Link"]
        if not link:
            break
        path = re.fullmatch(r'<https?://[^/]+(/[^>]+)>; rel="next"', link).group(1)
    equal([x["name"] for x in paged], ["bare", "far", "plain"])
    equal(told(paged[1]), [FAR[1], FAR[3], FAR[4]])


@test
def only_for_readers():
    running = Server()
    make_repo(running, "secret", private=True)
    equal(running.publish(chart("a"), "secret").status, 201)
    reader = bearer(add_token(running.data, "reader", "pull:secret"))
    for path in ("/api/v1/repos/secret/readiness", "/api/v1/charts/secret/a/latest/readiness"):
        equal(running.get(path).status in (401, 404), True, path)
        equal(running.get(path, reader).status, 200)


@test
def beside_it_and_deprecated():
    """file://../x is the chart in the same repository, for readiness as for dependencies."""
    running = Server()
    needs = [{"name": "lib", "version": "1.x", "repository": "file://../lib"}]
    for archive in (chart("lib", "1.0.0", deprecated=True), chart("a", dependencies=needs)):
        equal(running.publish(archive).status, 201)
    for path in ("charts/main/a/latest/readiness", "repos/main/readiness"):
        found = json.loads(running.get(f"/api/v1/{path}").body)
        equal(told(found if isinstance(found, dict) else found[0]),
              [("warning", "dependency-not-packed", "lib 1.x of file://../lib"),
               ("warning", "dependency-deprecated", "lib 1.x of file://../lib")])


def section(name):
    page = server().get(f"/packages/team-a~stable/{name}", {"Accept": "text/html"})
    equal(page.status, 200)
    found = re.search(r'<section id="network">(.*?)</section>', page.body.decode(), re.S).group(1)
    return html.unescape(re.sub(r"<[^>]+>", " ", found.replace("<wbr>", "")))


@table(
    ("nothing", "bare", "Works without a network"),
    ("images", "plain", "Works without a network, with its 1 image"),
    ("things", "far", "Fails without a network: 3 errors, 2 warnings"))
def on_the_page(name, summary):
    text = " ".join(section(name).split())
    equal(text.split(summary)[0].strip(), "Closed network", text)
    if name == "far":
        for _, _, what in FAR:
            contains(text, what)
        contains(text, "values.schema.json#/properties/a/$ref")


main()

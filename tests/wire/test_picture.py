#!/usr/bin/env python3
"""The picture of what a version depends on: boxes and lines, where they lead, who may see which, and
graphs that nobody could draw."""
import functools
import re
from xml.etree import ElementTree

from wire import Server, contains, equal, make_repo
from harness import chart, main, table, test
from people import PASSWORD, add_user, basic

ROOT = basic("root", PASSWORD)
BOXES_MAX = 120
SVG = "{http://www.w3.org/2000/svg}"
SERVICES = [f"service-{number}" for number in range(40)]


def on(name, version, repository="@main"):
    return {"name": name, "version": version, "repository": repository}


def mesh(layers, width):
    """Of each layer, every chart needs every one of the next: width ** layers ways to go."""
    for layer in range(layers):
        below = [on(f"m{layer + 1}-{n}", "1") for n in range(width)] if layer + 1 < layers else []
        for n in range(width):
            yield chart(f"m{layer}-{n}", dependencies=below)


@functools.cache
def server():
    running = Server(keep=True)
    make_repo(running, "vault", private=True)
    charts = [
        chart("common", "1.4.0"), chart("common", "2.0.0"), chart("db", "12.1.2", dependencies=[on("common", "1.x")]),
        chart("db", "13.0.0", dependencies=[on("common", "2.x")]),
        *[chart(name, dependencies=[on("common", "2.x"), *[on("db", "~12.1")] * (name == "service-0")])
          for name in SERVICES],
        *[chart(f"group-{n}", dependencies=[on(name, "^1") for name in SERVICES[n::4]]) for n in range(4)],
        chart("umbrella", "3.0.0", dependencies=[
            *[on(f"group-{n}", "1") for n in range(4)], *[on(f"nowhere-{n}", "1", "https://nobody.example") for n in range(11)],
            on("secret", "1", "@vault")]),
        chart("ring-a", dependencies=[on("ring-b", "1")]), chart("ring-b", dependencies=[on("ring-a", "1")]),
        chart("wide", dependencies=[on(f"w{n}", "1", "https://nobody.example") for n in range(300)]),
        chart("quoted", dependencies=[on("a<script>&\"'", "<1 & >0", "https://nobody.example")]),
        *mesh(8, 36)]
    for archive in charts:
        equal(running.publish(archive).status, 201)
    equal(running.publish(chart("secret"), "vault").status, 201)
    add_user(running.data, "root", "admin:*")
    return running


def body(name, headers=None, version="latest"):
    answer = server().get(f"/packages/main/{name}/{version}/dependencies", {"Accept": "text/html", **(headers or {})})
    equal(answer.status, 200, name)
    return answer.body.decode()


def picture(page):
    """{"name note": (class, link)} of its boxes, and how many lines it has."""
    text = re.search(r"<svg width=.*?</svg>", page, re.S)[0]
    svg = ElementTree.fromstring(text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))
    links = {child: parent.get("href") for parent in svg.iter(f"{SVG}a") for child in parent}
    boxes = {" ".join(t.text for t in g.iter(f"{SVG}text")): (g.get("class").removeprefix("node").strip(), links.get(g))
             for g in svg.iter(f"{SVG}g")}
    return boxes, sum(path.get("class") == "edge" for path in svg.iter(f"{SVG}path"))


@test
def sixty_boxes():
    page = body("umbrella", ROOT)
    boxes, lines = picture(page)
    equal((len(boxes), lines), (1 + 4 + 40 + 11 + 1 + 3, 16 + 40 + 40 + 1 + 1))
    equal(boxes["umbrella 3.0.0"], ("root", "/packages/main/umbrella/3.0.0/dependencies"))
    equal(boxes["common 2.0.0, ranges differ"], ("conflict", "/packages/main/common/2.0.0/dependencies"))
    equal(boxes["db 12.1.2, newest 13.0.0"], ("outdated", "/packages/main/db/12.1.2/dependencies"))
    equal(boxes["nowhere-3 not in this catalog"], ("missing", None))
    table_of_it = re.search(r'<table class="table tree">.*?</table>', page, re.S)[0]
    for box, (_, link) in boxes.items():
        if not box.startswith("umbrella"):
            contains(table_of_it, f">{box.split()[0]}<" if link else box.split()[0])
        if link:
            equal(server().get(link, {"Accept": "text/html", **ROOT}).status, 200, link)


@test
def private_charts_are_missing_ones():
    equal(picture(body("umbrella", ROOT))[0]["secret 1.0.0"], ("", "/packages/vault/secret/1.0.0/dependencies"))
    boxes = picture(body("umbrella"))[0]
    equal(boxes["secret not in this catalog"], ("missing", None))


@test
def a_ring():
    boxes, lines = picture(body("ring-a"))
    equal(boxes, {"ring-a 1.0.0": ("root", "/packages/main/ring-a/1.0.0/dependencies"),
                  "ring-b 1.0.0": ("", "/packages/main/ring-b/1.0.0/dependencies"), "ring-a cycle": ("cycle", None)})
    equal(lines, 2)


@test
def none_without_dependencies():
    assert "<svg width=" not in body("common")


@test
def markup_is_text():
    boxes, _ = picture(body("quoted"))
    contains(boxes, "a<script>&\"' not in this catalog")


@table(("many in a row", "wide", 300 - (BOXES_MAX - 1)), ("many in a mesh", "m0-0", None))
def cut(name, more):
    page = body(name)
    boxes, lines = picture(page)
    equal(len(boxes), BOXES_MAX)
    said = int(re.search(r"([\d,]+) more are in the table alone", page)[1].replace(",", ""))
    equal(said, more or 36 + 6 * 36 * 36 - lines)


if __name__ == "__main__":
    main()

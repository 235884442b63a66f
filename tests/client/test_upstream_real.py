#!/usr/bin/env python3
"""Upstreams as there are: published indexes behind nginx, what Helm and ChartMuseum write, and another
server like this. What helm finds there it finds here."""
import json
import shutil

import yaml

from helm import EACH, Helm, source
from following import follow, refreshed, shown, status
from static_server import Nginx
from harness import CHARTS, Server, Skip, digest, equal, main, settled, table, temporary

INDEXES = CHARTS.parent / "indexes"
# (file, charts, versions, what is searched, what is found first)
REAL = (("incubator", 73, 1232, "distributed+commit+log", "kafka"),
        ("rancher", 59, 1102, "longhorn+crd", "longhorn-crd"))
PLACES = (("stable", 41), ("rancher", 9))        # of CHARTS every so many archives


def published(name):
    """An index of INDEXES, alone in a folder."""
    file = INDEXES / f"{name}.yaml"
    if not file.exists():
        raise Skip(f"{file} is missing")
    root = temporary()
    root.chmod(0o755)
    shutil.copy(file, root / "index.yaml")
    (root / "index.yaml").chmod(0o644)
    return root


def found(version, url):
    """All that `helm search repo` lists of one repository, whose helm knows no other."""
    helm = Helm(version)
    helm.repository(url)
    hits = helm.json("search", "repo", "local/", "--versions", "--devel")
    return [(hit["name"], hit["version"], hit["app_version"], hit["description"]) for hit in hits]


@table(*[(row[0], *row) for row in REAL])
def a_published_index(name, charts, versions, words, first):
    upstream, server = Nginx(published(name)), Server()
    follow(server, upstream, name, mode="catalog")
    said = refreshed(server, name)
    equal((said["added"], said["skipped"]), (versions, 0), said)
    now = status(server, name)
    equal((now["charts"], now["versions"], now["in_index"]), (charts, versions, versions), now)
    answer = server.get(f"/api/v1/search?q={words}")
    hit = json.loads(answer.body)["results"][0]
    equal((hit["repo"], hit["name"], hit["origin"]), (name, first, "remote"))
    equal(refreshed(server, name)["state"], "unchanged")
    index = [request for request in upstream.requests() if request[1] == "/index.yaml"]
    equal([(code, how) for code, _, how, _ in index], [(200, "gzip"), (304, "-")])


@table(*[(f"{name} helm {version}", name, version) for name, *_ in REAL for version, _ in EACH])
def helm_lists_the_same(name, version):
    upstream, server = Nginx(published(name)), Server()
    follow(server, upstream, name, mode="catalog")
    refreshed(server, name)
    equal(found(version, f"{server.url}/{name}"), found(version, upstream.url))


# ---- indexes as tools write them ----

def archives(place, step):
    """Some real charts, as (file, bytes)."""
    files = sorted((CHARTS / place).glob("*.tgz"))[::step]
    if not files:
        raise Skip(f"there are no charts in {CHARTS / place}")
    return [(file.name, file.read_bytes()) for file in files]


def folder(content):
    root = temporary()
    root.chmod(0o755)
    for name, data in content:
        (root / name).write_bytes(data)
    return root


def as_yaml(helm):
    root = folder(archives(*PLACES[0]))
    helm("repo", "index", root)
    return root


def as_json(helm):
    root = folder(archives(*PLACES[1]))
    helm("repo", "index", root, "--json")
    return root


def merged(helm):
    """Today's packages in a folder of their own, beside the index of yesterday's."""
    old, new = (folder(archives(*place)) for place in PLACES)
    helm("repo", "index", old)
    helm("repo", "index", new, "--merge", old / "index.yaml")
    for file in old.glob("*.tgz"):
        shutil.copy(file, new)
    return new


def with_address(helm):
    """Below an address of its own; the archives are in another folder than the index."""
    root = folder([])
    (root / "packages").mkdir(mode=0o755)
    for name, data in archives(*PLACES[1]):
        (root / "packages" / name).write_bytes(data)
    helm("repo", "index", root)
    return root


class Texts(yaml.SafeLoader):
    """Dates stay as they are written."""
    yaml_implicit_resolvers = {first: [rule for rule in rules if not rule[0].endswith(":timestamp")]
                               for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def as_chartmuseum(helm):
    """Keys sorted, lists not indented, serverInfo: as sigs.k8s.io/yaml writes it there."""
    root = as_yaml(helm)
    index = yaml.load((root / "index.yaml").read_text(), Loader=Texts)
    (root / "charts").mkdir(mode=0o755)
    for entry in (entry for versions in index["entries"].values() for entry in versions):
        [url] = entry["urls"]
        (root / url).rename(root / "charts" / url)
        entry["urls"] = [f"charts/{url}"]
    index["serverInfo"] = {"contextPath": ""}
    (root / "index.yaml").write_text(yaml.safe_dump(index, sort_keys=True, allow_unicode=True))
    return root


def pulled(helm, name, version):
    out = temporary()
    helm("pull", f"local/{name}", "--version", version, "--destination", out)
    [file] = out.iterdir()
    return file.read_bytes()


def check_proxied(version, upstream, server, name="up"):
    """What helm lists and pulls is the same at both; an archive is asked for once."""
    listed = found(version, upstream.url)
    equal(found(version, f"{server.url}/{name}"), listed)
    there, here = Helm(version).repository(upstream.url), Helm(version).repository(f"{server.url}/{name}")
    for chart_name, chart_version, *_ in (listed[0], listed[len(listed) // 2], listed[-1]):
        what = chart_name.removeprefix("local/"), chart_version
        equal(digest(pulled(here, *what)), digest(pulled(there, *what)), what)
    return listed


@table(*[(f"{write.__name__} helm {version}", write, version)
         for write in (as_yaml, as_json, merged, with_address, as_chartmuseum) for version, _ in EACH
         if (write, version) != (as_json, "3.12.3")])      # which has no --json
def an_index_that_helm_wrote(write, version):
    root = write(Helm(version))
    upstream, server = Nginx(root), Server()
    follow(server, upstream)
    said = refreshed(server)
    equal((said["added"], said["skipped"]), (len(list(root.rglob("*.tgz"))), 0), said)
    if write is as_chartmuseum:
        equal(status(server)["software"], "chartmuseum")
    check_proxied(version, upstream, server)


@table(*EACH)
def an_umbrella_over_it(version):
    root = as_yaml(Helm(version))
    upstream, server = Nginx(root), Server()
    follow(server, upstream)
    refreshed(server)
    helm = Helm(version).repository(f"{server.url}/up")
    needed = [(name, versions[0]) for name, versions in shown(server).items()][:4]
    umbrella = source("umbrella", "1.0.0", dependencies=[
        {"name": name, "version": number, "repository": f"{server.url}/up"} for name, number in needed])
    helm("dependency", "update", umbrella)
    shutil.rmtree(umbrella / "charts")
    helm("dependency", "build", umbrella)
    equal({file.name: digest(file.read_bytes()) for file in (umbrella / "charts").iterdir()},
          {f"{name}-{number}.tgz": digest((root / f"{name}-{number}.tgz").read_bytes())
           for name, number in needed})
    for name, number in needed:
        asked = [path for _, path, *_ in upstream.requests() if path == f"/{name}-{number}.tgz"]
        equal(len(asked), 1, "fetched once, though helm asked twice")


@table(*EACH)
def another_chartlocker(version):
    far, near = Server(), Server()
    content = archives(*PLACES[1])
    for _, data in content:
        equal(far.publish(data).status, 201)
    follow(near, far)
    equal(refreshed(near)["added"], len(content))
    equal(status(near)["software"], "chartlocker")
    check_proxied(version, far, near)
    equal(far.request("DELETE", "/api/charts/epinio-application/0.1.24").status, 200)
    assert settled(lambda: "0.1.24" not in refreshed(near) and
                   "0.1.24" not in shown(near).get("epinio-application", [])), shown(near)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Which version of a chart is shown, what its page says to use instead, and the ways to install it."""
import functools
import json
import re
import subprocess
from html import unescape

from wire import Server, contains, equal, make_repo, yaml
from harness import TOP, chart, main, must, need, table, test
from chart_page import notes, page, publish, root, shown
from following import refreshed
from hostile_server import Hostile
from people import add_user
from registry import MadeUp


# ---- pre-releases by annotation ----

@functools.cache
def calling():
    """One whose newest version calls itself a pre-release, and one that has no other."""
    server = Server(keep=True)
    publish(server, "half", "1.0.0")
    publish(server, "half", "1.1.0-rc.1")
    publish(server, "half", "1.2.0", annotations=notes(prerelease="true"))
    publish(server, "whole", "2.0.0", annotations=notes(prerelease="true"))
    publish(server, "denied", "3.0.0", annotations=notes(prerelease="false"))
    return server


@table(("half", "half", "1.0.0", False), ("whole", "whole", "2.0.0", True), ("denied", "denied", "3.0.0", False))
def newest_stable_is_shown(name, version, prerelease):
    found = {one["name"]: one for one in json.loads(calling().get("/api/v1/search?q=").body)["results"]}
    equal((found[name]["version"], found[name]["prerelease"]), (version, prerelease))
    contains(page(calling(), f"/packages/main/{name}"), f'<summary class="button slim mono">{version}<')
    equal(json.loads(calling().get(f"/api/chartsvc/v1/charts/main/{name}").body)
          ["data"]["relationships"]["latestChartVersion"]["data"]["version"], version)


@table(("said", "is:prerelease", ["whole"]), ("denied", "-is:prerelease", ["denied", "half"]))
def search_by_it(query, names):
    found = json.loads(calling().get(f"/api/v1/search?q={query}").body)["results"]
    equal(sorted(one["name"] for one in found), names)


@table(("its page", "half/1.2.0", 1), ("another", "half/1.0.0", 0), ("the list", "half/versions", 2),
       ("a search", None, 1))
def pre_releases_are_marked(path, count):
    body = page(calling(), f"/packages/main/{path}" if path else "/search?q=")
    equal(body.count('<span class="mark accent">pre-release</span>'), count)


@table(("to a stable one", "half/1.1.0-rc.1", False), ("of a stable one", "half/1.0.0", False), ("only", "whole", False))
def no_pre_release_is_recommended(path, newer):
    equal("A newer version is there" in page(calling(), f"/packages/main/{path}"), newer)


# ---- deprecated, yanked ----

HUB = "https://artifacthub.io/packages/helm/"


@functools.cache
def given_up():
    server = Server(keep=True)
    add_user(server.data, "root", "admin:*")
    must("repo", "create", "vault", "--data", server.data, "--private")
    must("repo", "create", "team/apps", "--data", server.data)
    for name, repo in (("new", ""), ("secret", "vault"), ("deep", "team/apps")):
        publish(server, name, repo=repo, headers=root())
    urls = [HUB + "main/new", HUB + "vault/secret", HUB + "x/other?a=1", "https://ours.example/packages/team~apps/deep",
            "https://blog.example/moved"]
    named = notes(recommendations=[{"url": url} for url in urls])
    publish(server, "old", deprecated=True, annotations=named, headers=root())
    publish(server, "alone", deprecated=True, description="DEPRECATED: use new", headers=root())
    publish(server, "with", annotations=named, headers=root())
    for name, versions in (("many", ("1.0.0", "1.1.0", "1.2.0-rc.1")), ("only", ("1.0.0",)), ("quiet", ("0.1.0", "0.2.0"))):
        for version in versions:
            publish(server, name, version, headers=root())
    for name, version, why in (("many", "1.1.0", ["--reason", "breaks <all> of it"]), ("only", "1.0.0", []),
                               ("quiet", "0.1.0", [])):
        must("yank", name, version, "--data", server.data, "-y", *why)
    return server


def notices(body):
    return [shown(one) for one in re.findall(r'<p class="notice[^>]*>(.*?)</p>', body, re.DOTALL)]


@table(    # the chart, who reads it, what the page says above the tabs
    ("replaced", "old", {}, ["Deprecated. Its authors recommend new, secret artifacthub.io, other artifacthub.io, deep, "
                             "https://blog.example/moved instead."]),
    ("no replacement", "alone", {}, ["Deprecated. Its authors have given it up and name no chart to take its place."]),
    ("yanked", "many/1.1.0", {}, ["Yanked. breaks &lt;all&gt; of it Use 1.0.0 instead; what is different there."]),
    ("the only one", "only/1.0.0", {}, ["Yanked. Who asks for it by its exact address still gets it."]),
    ("yanked, and newer", "quiet/0.1.0", {}, ["Yanked. Who asks for it by its exact address still gets it. "
                                              "Use 0.2.0 instead; what is different there."]),
    ("neither", "with", {}, []))
def notices_say_what_to_use(path, headers, expected):
    for part in ("", "/values") if "/" in path else ("", "/latest/values"):
        equal(notices(page(given_up(), f"/packages/main/{path}{part}", **headers))[:1], expected[:1], part)


@table(("new", "/packages/main/new", True, True), ("private, seen", "/packages/vault/secret", True, False),
       ("two segments", "/packages/team~apps/deep", True, True), ("elsewhere", HUB + "x/other?a=1", True, True))
def recommendations_are_links(link, reader_has_it, stranger_has_it):
    for name in ("old", "with"):
        path = f"/packages/main/{name}"
        equal(f'<a href="{link}" rel=' in page(given_up(), path, **root()), reader_has_it, name)
        equal(f'<a href="{link}" rel=' in page(given_up(), path), stranger_has_it, name)


@table(("recommended with it", "with", True), ("instead", "old", False))
def heading_of_recommendations(name, expected):
    equal("<h2>Recommended with it" in page(given_up(), f"/packages/main/{name}"), expected)


@table(("deprecated", "old", "button"), ("yanked", "many/1.1.0", "button"), ("neither", "with", "button primary"))
def button_to_install(path, kind):
    body = page(given_up(), f"/packages/main/{path}")
    contains(body[:body.index("</header>", body.index("chart-head"))], f'<a class="{kind}" href="/packages/main/')


@table(("its version", "many/1.0.0"), ("the difference", "many/compare/1.1.0...1.0.0"))
def what_to_use_is_there(path):
    contains(page(given_up(), "/packages/main/many/1.1.0"), f'href="/packages/main/{path}"')
    page(given_up(), f"/packages/main/{path}")


# ---- the ways to install it ----

WAYS = {
    "Helm": """helm repo add team-1-app-s {url}
helm install shop-x team-1-app-s/Shop_X --version 1.0.0+b \\
  --namespace default --create-namespace""",
    "Flux": """apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata:
  name: "team-1-app-s"
  namespace: "default"
spec:
  interval: 10m
  url: {url}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: "shop-x"
  namespace: "default"
spec:
  interval: 10m
  chart:
    spec:
      chart: "Shop_X"
      version: "1.0.0+b"
      sourceRef:
        kind: HelmRepository
        name: "team-1-app-s"
  values: {{}}""",
    "Argo CD": """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: "shop-x"
  namespace: argocd
spec:
  project: default
  source:
    repoURL: {url}
    chart: "Shop_X"
    targetRevision: "1.0.0+b"
    helm:
      releaseName: "shop-x"
  destination:
    server: https://kubernetes.default.svc
    namespace: "default"
  syncPolicy:
    syncOptions: [CreateNamespace=true]""",
    "Helmfile": """repositories:
  - name: "team-1-app-s"
    url: {url}
releases:
  - name: "shop-x"
    namespace: "default"
    chart: "team-1-app-s/Shop_X"
    version: "1.0.0+b\"""",
    "Terraform": """resource "helm_release" "shop_x" {{
  name             = "shop-x"
  namespace        = "default"
  create_namespace = true
  repository       = "{url}"
  chart            = "Shop_X"
  version          = "1.0.0+b"
}}""",
    "Dependency": """dependencies:
  - name: "Shop_X"
    version: "1.0.0+b"
    repository: {url}""",
}


# Of a yanked version, which no index has.
BY_ADDRESS = {
    "Helm": """helm install shop-x {url}/charts/Shop_X-0.9.0%2Bb.tgz \\
  --namespace default --create-namespace""",
    "Terraform": """resource "helm_release" "shop_x" {{
  name             = "shop-x"
  namespace        = "default"
  create_namespace = true
  chart            = "{url}/charts/Shop_X-0.9.0%2Bb.tgz"
}}""",
    "Install": "helm pull {url}/charts/part-1.0.0.tgz --destination charts",
}


# Of a registry to which the index leads, whose address is that of the chart.
FROM_REGISTRY = {
    "Helm": [("helm repo add team-1-app-s {url}\nhelm install shop-x team-1-app-s/Shop_X",
              "helm install shop oci://{place}/shop")],
    "Flux": [("  interval: 10m\n  url: {url}", "  type: oci\n  interval: 10m\n  url: oci://{place}")],
    "Argo CD": [("repoURL: {url}", "repoURL: {place}")],
    "Helmfile": [("    url: {url}\n", "    url: {place}\n    oci: true\n")],
    "Terraform": [("{url}", "oci://{place}")],
    "Dependency": [("{url}", "oci://{place}")],
}


@functools.cache
def registry():
    """A server that lists a chart of a registry, and what is before the chart's name in its address."""
    made = MadeUp("charts/shop", chart("shop"))
    made.tags("1.0.0")
    far, server = Hostile(made.answers), Server(keep=True)
    place = far.url.removeprefix("http://") + "/charts"
    make_repo(server, "up", upstream=f"oci://{place}/shop", mode="catalog", allow_private=True, refresh_minutes=0)
    refreshed(server)
    return server, place


@functools.cache
def installed():
    server = Server(keep=True)
    must("repo", "create", "team-1/app_s", "--data", server.data)
    publish(server, "Shop_X", "1.0.0+b", repo="team-1/app_s")
    publish(server, "Shop_X", "0.9.0+b", repo="team-1/app_s")
    publish(server, "part", type="library", repo="team-1/app_s")
    for name, version in (("Shop_X", "0.9.0+b"), ("part", "1.0.0")):
        must("yank", name, version, "--repo", "team-1/app_s", "--data", server.data, "-y")
    return server


def address():
    return f"http://{installed().host}:{installed().port}/team-1/app_s"


def codes(panel):
    return [unescape(re.sub(r"<[^>]*>", "", one)) for one in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", panel, re.DOTALL)]


def panel_of(path):
    body = page(installed(), f"/packages/team-1~app_s/{path}")
    return body[body.index('<section class="install"'):].split("<aside")[0]


def way(name, version=""):
    return codes(panel_of(f"Shop_X{version}").split(f"<h3>{name}</h3>")[1].split("</section>")[0])[0]


@table(*[(name, name) for name in WAYS])
def way_to_install(name):
    equal(way(name), WAYS[name].format(url=address()))


@table(*[(name, name) for name in FROM_REGISTRY])
def way_to_install_from_a_registry(name):
    server, place = registry()
    body = page(server, "/packages/up/shop")
    [text] = codes(body[body.index(f"<h3>{name}</h3>"):].split("</section>")[0])
    wanted = WAYS[name]
    for here, there in [*FROM_REGISTRY[name], ("team-1-app-s", "up"), ("Shop_X", "shop"), ("shop-x", "shop"),
                        ("shop_x", "shop"), ("1.0.0+b", "1.0.0"), ("{{}}", "{}"), ("{{", "{"), ("}}", "}")]:
        wanted = wanted.replace(here, there)
    equal(text, wanted.replace("{place}", place))


@table(("the index", "/up/index.json", '"urls":["{}"]'), ("Harbor", "/api/v1/harbor-replication", '"url":"{}"'),
       ("our API", "/api/v1/charts/up/shop", '"archive":"{}"'),
       ("Artifact Hub", "/api/v1/packages/helm/up/shop", '"content_url":"{}"'),
       ("a feed", "/feed/up", '<link rel="enclosure" type="application/gzip" href="{}"'))
def where_the_archive_is(path, words):
    """There is no other address of it, where the index leads to a registry."""
    server, place = registry()
    contains(server.get(path).body.decode(), words.format(f"oci://{place}/shop:1.0.0"))


@test
def what_no_browser_opens_is_no_link():
    server, place = registry()
    contains(re.sub(r"\s+", " ", page(server, "/packages/up/shop")), "<dt>Archive</dt><dd>at the upstream</dd>")


@test
def on_a_terminal_too():
    server, place = registry()
    said = must("show", "up/shop", "--data", server.data)
    contains(said, f"oci://{place}/shop:1.0.0\n")
    contains(said, f"helm install RELEASE oci://{place}/shop --version 1.0.0\n")


@table(("application", "Shop_X/0.9.0+b", ["Helm", "Terraform"]), ("library", "part/1.0.0", []))
def yanked_by_its_address(path, ways):
    panel = panel_of(path)
    texts = codes(panel)
    equal(re.findall(r"<h3>([^<]*)</h3>", panel), ways)
    equal(texts, [BY_ADDRESS[name].format(url=address()) for name in ways or ["Install"]])
    for text in texts:
        equal(installed().get(re.search(r"/team-1\S*\.tgz", text)[0]).status, 200)


@table(("Flux", "Flux", 2), ("Argo CD", "Argo CD", 1), ("Helmfile", "Helmfile", 1), ("Dependency", "Dependency", 1))
def way_is_yaml(name, count):
    found = list(yaml.safe_load_all(way(name)))
    equal(len(found), count)
    contains(json.dumps(found), '"1.0.0+b"')


@table(("a number", "2048"), ("a float", "1e3"), ("a truth", "on"), ("nothing", "null"), ("as usual", "shop"))
def name_is_text_in_yaml(name):
    """For Kubernetes and Helm, which take no number for one."""
    server = Server()
    publish(server, name)
    body = page(server, f"/packages/main/{name}")
    panel = body[body.index('<section class="install"'):].split("<aside")[0]
    for title in ("Flux", "Argo CD", "Helmfile", "Dependency"):
        [text] = codes(panel.split(f"<h3>{title}</h3>")[1].split("</section>")[0])
        found = [value for line in text.splitlines() for key, _, value in [line.strip(" -").partition(": ")]
                 if key in ("name", "namespace", "chart", "releaseName")]
        equal([value for value in found if not isinstance(yaml.safe_load(value), str)], [], title)
        contains(text, f'"{name}"' if title != "Helmfile" else f'/{name}"')


@test
def terraform_is_hcl():
    """As Terraform's own parser reads it and `terraform fmt` would write it."""
    text = way("Terraform") + "\n"
    done = subprocess.run([need(TOP / "build/clients/hclfmt")], input=text, capture_output=True, text=True, timeout=60,
                          check=False)
    equal((done.returncode, done.stdout), (0, text), done.stderr)


if __name__ == "__main__":
    main()

"""What people do with Helm against this server, with each helm that the project promises."""
import functools
import json
import shutil

from helm import ALL, NEWEST, Helm, sign, source, unpack
from harness import (TOP, Server, chart, contains, equal, form, main, must, settled, table, temporary,
                     test)
from openpgp import key

PUBLISHED = {    # what every server of this file begins with
    ("demo", "1.0.0"): chart("demo", "1.0.0", {"README.md": b"# demo, the first\n"}),
    ("demo", "1.1.0"): chart("demo", "1.1.0", {"README.md": b"# demo\n"},
                             description='quotes " and \\ and: colons', appVersion="1.10"),
    ("demo", "2.0.0-rc.1"): chart("demo", "2.0.0-rc.1"),
    ("plus", "1.0.0+up1.2"): chart("plus", "1.0.0+up1.2"),
    ("loose", "v1.2"): chart("loose", "v1.2"),
    ("old-style", "0.1.0"): chart("old-style", "0.1.0", apiVersion="v1"),
    ("library", "1.0.0"): chart("library", "1.0.0", type="library"),
    ("gone", "1.0.0"): chart("gone", "1.0.0", deprecated=True),
}


@functools.cache
def server(index_format="json"):
    running = Server(env={"CHARTLOCKER_INDEX_FORMAT": index_format}, keep=True)
    for key_of, archive in PUBLISHED.items():
        answer = running.publish(archive)
        equal(answer.status, 201, f"{key_of}: {answer.body}")
    return running


def publish(archive, to=None, repo=""):
    answer = (to or server()).publish(archive, repo)
    equal(answer.status, 201, answer.body)
    return archive


def only_file(folder, pattern="*.tgz"):
    [found] = folder.glob(pattern)
    return found


@table(*ALL)
def t_ops_10_repo_add_update_search(version):
    found = Helm(version).repository(server().url).versions()
    equal(found & set(PUBLISHED), set(PUBLISHED))


@table(*ALL)
def block_yaml_index(version):
    helm = Helm(version).repository(server("yaml").url)
    equal(helm.versions(), set(PUBLISHED))
    [hit] = helm.json("search", "repo", "local/demo")
    equal((hit["version"], hit["app_version"], hit["description"]),
          ("1.1.0", "1.10", 'quotes " and \\ and: colons'))


@table(*ALL)
def through_a_virtual_repository(version):
    """Hosted charts and an upstream's behind one address, and a view of them."""
    far, near = server(), Server()
    for name, settings in (("up", {"upstream": far.url, "mode": "proxy", "allow_private": True}),
                           ("all", {"members": "main up"}),
                           ("releases", {"members": "all", "take_prereleases": False})):
        body = json.dumps({"name": name, **settings}).encode()
        equal(near.request("POST", "/api/v1/repos", body).status, 201)
    ours = publish(chart("demo", "0.9.0"), near)
    publish(chart("other", "1.0.0-rc.1"), near)
    behind = {(name, of) for name, of in PUBLISHED if name != "demo"}
    names = {"other"} | {name for name, _ in PUBLISHED}
    assert settled(lambda: near.index("all")["entries"].keys() == names), near.index("all")
    helm = Helm(version).repository(near.url + "/all")
    found = helm.versions()
    equal((found & set(PUBLISHED), ("demo", "0.9.0") in found), (behind, True))
    into = temporary()
    helm("pull", "local/demo", "--destination", into)
    equal(only_file(into).read_bytes(), ours)
    into = temporary()
    helm("pull", "local/library", "--destination", into)
    equal(only_file(into).read_bytes(), PUBLISHED["library", "1.0.0"])
    contains(helm("pull", "local/demo", "--version", "1.0.0", "--destination", into, fails=True), "demo")
    contains(helm("pull", f"{near.url}/all/charts/demo-1.0.0.tgz", "--destination", into, fails=True), "404")
    helm.repository(near.url + "/releases", "releases")
    assert ("other", "1.0.0-rc.1") not in helm.versions("releases")


@table(*ALL)
def sees_a_publish_at_once(version):
    helm = Helm(version).repository(server().url)
    name = f"fresh-{version.replace('.', '-')}"
    publish(chart(name, "1.0.0"))
    helm("repo", "update")
    assert (name, "1.0.0") in helm.versions()
    equal(server().request("DELETE", f"/api/charts/{name}/1.0.0").status, 200)
    helm("repo", "update")
    assert (name, "1.0.0") not in helm.versions()


@table(*[(f"{version} {what}", version, *rest) for version, _ in ALL for what, *rest in (
    ("the newest stable", "demo", (), "1.1.0"),
    ("a version", "demo", ("--version", "1.0.0"), "1.0.0"),
    ("a range", "demo", ("--version", "~1.0"), "1.0.0"),
    ("with pre-releases", "demo", ("--devel",), "2.0.0-rc.1"),
    ("build metadata", "plus", ("--version", "1.0.0+up1.2"), "1.0.0+up1.2"),
    ("a loose version", "loose", ("--version", "v1.2"), "v1.2"))])
def pull(version, name, options, expected):
    into = temporary()
    helm = Helm(version).repository(server().url)
    helm("pull", f"local/{name}", *options, "--destination", into)
    file = only_file(into)
    equal(file.name, f"{name}-{expected}.tgz")
    equal(file.read_bytes(), PUBLISHED[name, expected])


@table(*ALL)
def pull_what_is_not_there(version):
    helm = Helm(version).repository(server().url)
    contains(helm("pull", "local/demo", "--version", "9.9.9", fails=True), "9.9.9")
    contains(helm("pull", f"{server().url}/charts/demo-9.9.9.tgz", fails=True), "404")


@table(*ALL)
def pull_untar(version):
    into = temporary()
    Helm(version).repository(server().url)("pull", "local/demo", "--untar", "--untardir", into)
    equal((into / "demo/README.md").read_text(), "# demo\n")


@table(*ALL)
def pull_verify_what_this_helm_signed(version):
    helm, into = Helm(version), temporary()
    name = f"signed-{version.replace('.', '-')}"
    archive, prov = sign(helm, source(name, "1.0.0"))
    body, headers = form(archive.read_bytes(), prov.read_bytes())
    answer = server().publish(body, headers=headers)
    equal(answer.status, 201, answer.body)
    helm.repository(server().url)("pull", f"local/{name}", "--verify",
                                  "--keyring", key().public, "--destination", into)
    equal(only_file(into).read_bytes(), archive.read_bytes())
    equal(only_file(into, "*.prov").read_bytes(), prov.read_bytes())


@table(*ALL)
def pull_verify_refuses_what_is_not_signed(version):
    helm = Helm(version).repository(server().url)
    helm("pull", "local/demo", "--verify", "--keyring", key().public,
         "--destination", temporary(), fails=True)


@test
def provenance_may_come_later():
    helm, into = Helm(NEWEST), temporary()
    archive, prov = sign(helm, source("signed-later", "1.0.0"))
    publish(archive.read_bytes())
    answer = server().request("POST", "/api/prov", prov.read_bytes())
    equal(answer.status, 201, answer.body)
    helm("pull", f"{server().url}/charts/{archive.name}", "--verify",
         "--keyring", key().public, "--destination", into)


@table(*ALL)
def show(version):
    helm = Helm(version).repository(server().url)
    contains(helm("show", "chart", "local/demo"), "version: 1.1.0")
    equal(helm("show", "values", "local/demo").strip(), "greeting: hello")
    contains(helm("show", "readme", "local/demo", "--version", "1.0.0"), "# demo, the first")
    contains(helm("show", "all", "local/old-style"), "apiVersion: v1")


@table(*ALL)
def template(version):
    helm = Helm(version).repository(server().url)
    contains(helm("template", "mine", "local/demo"), "name: mine-demo")
    contains(helm("template", "mine", "demo", "--repo", server().url,
                  "--set", "greeting=good morning"), 'greeting: "good morning"')


@test
def install_dry_run_client():
    helm = Helm(NEWEST).repository(server().url)    # Helm 3 wants a cluster even for this
    contains(helm("install", "mine", "local/demo", "--dry-run=client"), "name: mine-demo")


@table(*ALL)
def dependency_update_and_build(version):
    helm = Helm(version).repository(server().url)
    umbrella = source("umbrella", "0.1.0", dependencies=[
        {"name": "demo", "version": ">=1.0.0 <2.0.0", "repository": server().url},
        {"name": "demo", "version": "~1.0", "repository": "@local", "alias": "before"},
        {"name": "plus", "version": "1.0.0+up1.2", "repository": server().url + "/"}])
    expected = {f"{name}-{number}.tgz": PUBLISHED[name, number] for name, number in (
        ("demo", "1.1.0"), ("demo", "1.0.0"), ("plus", "1.0.0+up1.2"))}

    def packed():
        return {file.name: file.read_bytes() for file in (umbrella / "charts").iterdir()}

    helm("dependency", "update", umbrella)
    equal(packed(), expected, "update")
    shutil.rmtree(umbrella / "charts")
    helm("dependency", "build", umbrella)
    equal(packed(), expected, "build, from Chart.lock")
    rendered = helm("template", "mine", umbrella)
    contains(rendered, "name: mine-before")


@table(*ALL)
def repository_of_two_segments(version):
    running = Server(env={"CHARTLOCKER_CREATE_ON_PUSH": "true"})
    archive = publish(chart("demo", "3.0.0"), running, "team-a/stable")
    publish(chart("demo", "1.0.0"), running)
    into = temporary()
    helm = Helm(version).repository(f"{running.url}/team-a/stable")
    equal(helm.versions(), {("demo", "3.0.0")})
    helm("pull", "local/demo", "--destination", into)
    equal(only_file(into).read_bytes(), archive)


@table(("one slash", "/"), ("two slashes", "//"), ("the default repository's name", "/main"))
def repository_url(ending):
    assert set(PUBLISHED) <= Helm(NEWEST).repository(server().url + ending).versions()


@table(*ALL)
def empty_repository(version):
    running = Server()
    helm = Helm(version)
    helm("repo", "add", "local", running.url)
    contains(helm("search", "repo", "local/"), "No results")


@table(*ALL)
def example_charts(version):
    """The charts of deploy/examples: clean for Helm's own lint, and good after the way through
    our package command and this server."""
    helm = Helm(version)
    folder = temporary() / "examples"
    shutil.copytree(TOP / "deploy/examples", folder, ignore=shutil.ignore_patterns("charts"))
    helm("dependency", "build", folder / "hello-stack")
    sources = sorted(path.parent for path in folder.glob("*/Chart.yaml"))
    for chart_folder in sources:
        helm("lint", "--strict", chart_folder)
    out = temporary()
    must("package", *sources, "-d", out)
    running = Server(data=temporary() / "data")
    for archive in out.glob("*.tgz"):
        publish(archive.read_bytes(), running)
    helm.repository(running.url)
    equal(len(helm.versions()), len(sources))
    for name in ("hello-web", "hello-db", "hello-stack"):
        contains(helm("template", "mine", f"local/{name}"), "app.kubernetes.io/instance: mine")
    contains(helm("template", "mine", "local/hello-stack"), "name: mine-frontend")


@table(*ALL)
def packages_made_by_chartlocker(version):
    """What our package command makes is to Helm what its own would be."""
    helm, ours, theirs = Helm(version), temporary(), temporary()
    folder = source("packed", "1.0.0", {"README.md": b"# packed\n", ".helmignore": b"*.bak\n",
                                        "secret.bak": b"not for others\n",
                                        "crds/crd.yaml": b"kind: CustomResourceDefinition\n"})
    must("package", folder, "-d", ours)
    helm("package", folder, "--destination", theirs)
    equal(members(only_file(ours)), members(only_file(theirs)))
    equal(helm("show", "all", only_file(ours)), helm("show", "all", only_file(theirs)))


def members(archive):
    """Every file of a packed chart with its content."""
    folder = unpack(archive.read_bytes(), temporary())
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}


if __name__ == "__main__":
    main()

"""chartlocker ready, outside and snippets: what they print of charts here, in a catalog and in a bundle."""
import functools
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import yaml
from harness import Server, chart, command, contains, equal, main, must, table, temporary, test
from helm import EACH, Helm, unpack

POD = b"kind: Pod\napiVersion: v1\nmetadata: {name: p}\nspec: {containers: [{name: c, image: 'quay.io/a/b'}]}\n"
HOOK = b"""kind: Pod
metadata: {name: h, annotations: {helm.sh/hook: pre-install}}
spec: {containers: [{name: c, image: 'quay.io/c:1', command: [curl, -o, /a, "https://get.x.io/a"]}]}
"""
KNOWN = {"name": "known", "version": "~1", "repository": "https://known.x.io/charts"}
DB = {"name": "db", "version": "1.x", "repository": "https://db.x.io/charts"}
FAR = chart("far", "1.0.0", {"templates/h.yaml": HOOK}, dependencies=[DB, KNOWN])
PLAIN = chart("plain", files={"templates/a.yaml": POD})
BARE = chart("bare")


@functools.cache
def archive(name):
    path = temporary(True) / f"{name}-1.0.0.tgz"
    path.write_bytes({"far": FAR, "plain": PLAIN, "bare": BARE}[name])
    return path


@functools.cache
def server():
    running = Server(keep=True)
    for body in ({"name": "inner", "known_as": "https://known.x.io/charts oci://known.x.io/c"},
                 {"name": "team-a/stable", "private": True}, {"name": "team-a-stable"}):
        equal(running.request("POST", "/api/v1/repos", json.dumps(body), {"Content-Type": "application/json"}).status, 201)
    for packed, repo in ((FAR, "team-a/stable"), (PLAIN, "team-a/stable"), (BARE, ""), (chart("known", "1.5.0"), "inner")):
        equal(running.publish(packed, repo).status, 201)
    return running


def ways():
    return (("--server", server().url), ("--data", server().data))


def found(*arguments, status=0):
    done = command("ready", "--json", *arguments)
    equal(done.returncode, status, done.stderr)
    return json.loads(done.stdout)


def codes(told):
    return [f["code"] for f in told["findings"]]


# ---- ready ----

@test
def of_an_archive_and_a_directory():
    for path in (archive("far"), unpack(FAR, temporary())):
        (told,) = found(path, status=1)
        equal((told["path"], told["name"], told["version"]), (str(path), "far", "1.0.0"))
        equal(codes(told), ["dependency-missing", "dependency-missing", "hook-download"])
    equal(codes(found(archive("bare"))[0]), [])


@test
def of_an_archive_beside_a_catalog():
    for way in ways():
        (told,) = found(archive("far"), *way, status=1)
        equal(codes(told), ["dependency-missing", "hook-download", "dependency-not-packed"])
        contains(told["findings"][0]["why"], "no repository here is known as https://db.x.io/charts")


@test
def of_a_catalog():
    for way in ways():
        for name in ("team-a/stable/far", "team-a/stable/far@1.0.0", "far"):
            equal(codes(found(name, *way, status=1)[0]), ["dependency-missing", "hook-download", "dependency-not-packed"])
        both = found("--repo", "team-a/stable", "--repo", "main", *way, status=1)
        equal([(x["repo"], x["name"], x["ready"]) for x in both],
              [("team-a/stable", "far", False), ("team-a/stable", "plain", True), ("main", "bare", True)])
        missing = command("ready", "team-a/stable/none", *way)
        equal((missing.returncode, missing.stdout), (1, ""))
        contains(missing.stderr, "chartlocker search none")


@table(
    ("errors, as usual", "far", (), 1), ("errors", "far", ("--fail-on", "error"), 1), ("nothing", "far", ("--fail-on", "none"), 0),
    ("a warning", "plain", (), 0), ("warnings", "plain", ("--fail-on", "warning"), 1), ("no warning", "bare", ("--fail-on", "warning"), 0),
    ("no such severity", "far", ("--fail-on", "all"), 2), ("nothing to look at", None, (), 2), ("no host", "far", ("--inside", "a[b"), 2),
    ("a catalog twice", "far", ("--server", "http://a", "--data", "b"), 2))
def exit_status(name, options, status):
    done = command("ready", *([archive(name)] if name else []), *options)
    equal(done.returncode, status, done.stderr)


@test
def hosts_inside():
    told = found(archive("far"), "--inside", "get.x.io", "--data", server().data, status=1)[0]
    equal(codes(told), ["dependency-missing", "dependency-not-packed"])
    for way in ways():
        equal(codes(found("far", "--inside", "*.x.io", "--inside", "quay.io", *way, status=1)[0]), ["dependency-missing", "dependency-not-packed"])


@test
def for_people():
    equal(must("ready", archive("bare")), "bare 1.0.0 works without a network\n")
    said = command("ready", archive("far")).stdout
    equal(said.splitlines()[0], "far 1.0.0 does not work without a network: 3 errors")
    for part in ("hook or an init container downloads", "curl -o /a https://get.x.io/a", "in far/templates/h.yaml Pod/h spec.containers[0]",
                 "turn it off by values"):
        contains(said, part)
    said = command("ready", archive("far"), archive("plain"), archive("bare")).stdout
    for part in ("far    1.0.0    no     3       0         0", "plain  1.0.0    yes    0       1         0",
                 "2 of 3 charts work without a network", "error     dependency-missing  1       2"):
        contains(said, part)
    equal(must("ready", archive("bare"), archive("bare")).splitlines()[-1], "2 of 2 charts work without a network")
    equal(command("ready", "--why", archive("bare"), archive("bare")).stdout, "bare 1.0.0 works without a network\n" * 2)


# ---- bundles ----

def bundle_of(outer, repo, *options):
    into = temporary()
    said = json.loads(must("bundle", "create", "--repo", repo, "--data", outer.data, "-o", f"{into}/", "--json", *options))
    return into / said["file"], said


@test
def of_a_bundle():
    source, outer = Server(), Server()
    equal(source.publish(chart("db", "1.2.0")).status, 201)
    needs = [{**DB, "repository": source.url}]
    must("keys", "generate", "--data", outer.data, "--name", "outer.example.org")
    must("upstream", "add", "deps", source.url, "--mode", "proxy", "--allow-private", "--data", outer.data)
    for name in ("near", "other"):
        equal(outer.publish(chart(name, dependencies=needs if name == "near" else [DB])).status, 201)
    equal(outer.get("/deps/charts/db-1.2.0.tgz").status, 200)
    path, _ = bundle_of(outer, "main", "--closure")
    told = found(path, status=1)
    equal([(x["path"], codes(x)) for x in told], [("charts/near-1.0.0.tgz", ["dependency-not-packed"]),
                                                  ("charts/other-1.0.0.tgz", ["dependency-missing"]),
                                                  ("deps/deps/charts/db-1.2.0.tgz", [])])
    alone, _ = bundle_of(outer, "main")
    equal([codes(x) for x in found(alone, status=1)], [["dependency-missing"], ["dependency-missing"]])
    equal([codes(x) for x in found(alone, "--data", outer.data, status=1)], [["dependency-not-packed"], ["dependency-missing"]])
    parts, made = bundle_of(outer, "main", "--closure", "--split", "4K")
    equal(made["parts"] > 1, True)
    for way in (f"{parts}.parts", parts.parent, path.parent):
        equal(found(way, status=1), told)
    for folder in (parts.parent, f"{parts.parent}/"):
        equal([codes(x) for x in found(folder, "--data", Server().data, status=1)], [codes(x) for x in told])
    (parts.parent / "images.tar").write_bytes(bytes(1024))
    equal(found(parts.parent, status=1), told)
    equal(json.loads(command("outside", "--json", f"{parts.parent}/").stdout)[0]["kind"], "dependency")
    contains(command("ready", temporary()).stderr, "there is no bundle")
    path.write_bytes(path.read_bytes()[:-2000])
    contains(command("ready", path).stderr, path.name)


@test
def of_a_bundle_with_pushed_lists():
    """Each archive has the list of its own repository."""
    outer = Server()
    must("keys", "generate", "--data", outer.data, "--name", "outer.example.org")
    deps = json.dumps({"name": "deps", "known_as": DB["repository"]})
    equal(outer.request("POST", "/api/v1/repos", deps, {"Content-Type": "application/json"}).status, 201)
    near = chart("near", "1.0.0", {"templates/a.yaml": POD}, dependencies=[{**DB, "name": "plain"}])
    for packed, repo in ((near, ""), (PLAIN, ""), (PLAIN, "deps")):
        equal(outer.publish(packed, repo).status, 201)
    for name, text in (("main/near@1.0.0", "quay.io/a/b:1\n"), ("deps/plain@1.0.0", "quay.io/c:latest\n")):
        must("images", "add", name, "--data", outer.data, stdin=text)
    path, _ = bundle_of(outer, "main", "--closure")
    equal([(x["path"], [f["what"] for f in x["findings"] if "image" in f["code"]]) for x in found(path)],
          [("charts/near-1.0.0.tgz", []), ("charts/plain-1.0.0.tgz", ["quay.io/a/b"]),
           ("deps/deps/charts/plain-1.0.0.tgz", ["quay.io/c:latest"])])


# ---- outside ----

@test
def outside_of_everything():
    for way in ways():
        done = command("outside", "--json", *way)
        equal(done.returncode, 1, done.stderr)
        told = {(x["kind"], x["host"]): x for x in json.loads(done.stdout)}
        equal(sorted(told), [("dependency", "db.x.io"), ("download", "get.x.io"), ("image", "quay.io")])
        quay = told["image", "quay.io"]
        equal((quay["charts"], quay["times"]), (2, 2))
        equal([(u["repo"], u["chart"], u["version"], u["what"]) for u in quay["used_by"]],
              [("team-a/stable", "far", "1.0.0", "quay.io/c:1"), ("team-a/stable", "plain", "1.0.0", "quay.io/a/b")])
        contains(command("outside", *way).stdout, "image       quay.io   2       2      team-a/stable/far, team-a/stable/plain")


@table(
    ("one kind", ("--kind", "download"), 1, ["get.x.io"]), ("two kinds", ("--kind", "download", "--kind", "image"), 1, ["get.x.io", "quay.io"]),
    ("none of that kind", ("--kind", "schema"), 0, []), ("what is inside", ("--inside", "quay.io", "--inside", "*.x.io"), 0, []),
    ("of one repository", ("--repo", "main"), 0, []))
def outside_of_some(options, status, hosts):
    done = command("outside", "--json", *options, "--data", server().data)
    equal((done.returncode, [x["host"] for x in json.loads(done.stdout)]), (status, hosts), done.stderr)


@test
def outside_of_files():
    equal([x["host"] for x in json.loads(command("outside", "--json", archive("plain")).stdout)], ["quay.io"])
    equal(must("outside", archive("bare")), "Nothing asks outside: 1 chart.\n")
    newer = temporary() / "plain-1.1.0.tgz"
    newer.write_bytes(chart("plain", "1.1.0", files={"templates/a.yaml": POD}))
    contains(command("outside", archive("plain"), newer).stdout, "image  quay.io  2       2      plain\n")
    equal(command("outside", "--kind", "moon", archive("bare")).returncode, 2)


@test
def outside_of_tools():
    """Hosts are hosts; packages stand apart, by the tool that asks for them."""
    path = temporary() / "tools-1.0.0.tgz"
    path.write_bytes(chart("tools", files={"templates/a.yaml": b"kind: ConfigMap\nmetadata: {name: c}\ndata:\n  a.sh: |\n"
                                           b"    pip install a\n    pip3 download b\n    npm ci\n    curl https://get.x.io/a\n"}))
    equal(command("outside", path).stdout.splitlines(), [
        "KIND      HOST      CHARTS  TIMES  USED BY", "download  get.x.io  1       1      tools", "",
        "Packages, of whichever host the tool is set up for:", "",
        "TOOL  CHARTS  TIMES  USED BY", "npm   1       1      tools", "pip   1       2      tools"])
    told = json.loads(command("outside", "--json", "--inside", "get.x.io", path).stdout)
    equal([(x["kind"], x["tool"], x["times"], "host" in x) for x in told], [("download", "npm", 1, False), ("download", "pip", 2, False)])
    equal(command("outside", "--inside", "get.x.io", "--inside", "pip", path).stdout.splitlines(), [
        "Packages, of whichever host the tool is set up for:", "", "TOOL  CHARTS  TIMES  USED BY", "npm   1       1      tools"])
    contains(command("ready", path).stdout, "      pip install a\n      it names no host: pip asks the one that it is set up for\n")


# ---- snippets ----

def snippets(form, *options, url="https://charts.inner/"):
    return must("snippets", "--format", form, "--url", url, "--data", server().data, *options)


PLACES = {"charts": "https://charts.inner", "inner": "https://charts.inner/inner", "team-a-stable": "https://charts.inner/team-a-stable",
          "team-a-stable-2": "https://charts.inner/team-a/stable"}


@table(*EACH)
def for_helm(version):
    path, helm = temporary() / "repositories.yaml", Helm(version)
    path.write_text(snippets("helm"))
    contains(path.read_text(), "# instead of https://known.x.io/charts\n# instead of oci://known.x.io/c\n- name: \"inner\"")
    listed = json.loads(helm("--repository-config", path, "repo", "list", "-o", "json"))
    equal({x["name"]: x["url"] for x in listed}, PLACES)
    path.write_text(must("snippets", "--server", server().url))
    helm("--repository-config", path, "repo", "update")
    into = temporary()
    helm("--repository-config", path, "pull", "inner/known", "-d", into)
    helm("--repository-config", path, "pull", "team-a-stable-2/far", "-d", into)
    equal(sorted(f.name for f in into.iterdir()), ["far-1.0.0.tgz", "known-1.5.0.tgz"])


@test
def for_flux():
    objects = list(yaml.safe_load_all(snippets("flux")))
    equal({(o["apiVersion"], o["kind"], o["metadata"]["namespace"]) for o in objects},
          {("source.toolkit.fluxcd.io/v1", "HelmRepository", "flux-system")})
    equal({o["metadata"]["name"]: o["spec"]["url"] for o in objects}, PLACES)
    equal([o["metadata"]["name"] for o in objects if "secretRef" in o["spec"]], ["team-a-stable-2"])


@test
def for_argo_cd():
    text = snippets("argocd", "--repo", "inner", "--namespace", "cd")
    (secret,) = yaml.safe_load_all(text)
    equal(secret, {"apiVersion": "v1", "kind": "Secret",
                   "metadata": {"name": "inner", "namespace": "cd", "labels": {"argocd.argoproj.io/secret-type": "repository"}},
                   "stringData": {"type": "helm", "name": "inner", "url": "https://charts.inner/inner"}})
    for part in ("# instead of oci://known.x.io/c\n", "# of an Application: spec.source.repoURL: https://charts.inner/inner\n"):
        contains(text, part)


@test
def for_scripts():
    rows = json.loads(snippets("helm", "--json"))
    equal({x["name"]: x["url"] for x in rows}, PLACES)
    [inner] = [x for x in rows if x["repo"] == "inner"]
    equal(inner["instead_of"], ["https://known.x.io/charts", "oci://known.x.io/c"])
    equal([x["repo"] for x in rows if x["private"]], ["team-a/stable"])


@table(
    ("no address", ("--data", "d"), 2), ("no address of a server", ("--url", "charts.inner", "--data", "d"), 2),
    ("no such form", ("--format", "yaml", "--url", "https://a"), 2), ("no such repository", ("--url", "https://a", "--repo", "none"), 1),
    ("one of two is none", ("--url", "https://a", "--repo", "inner", "--repo", "none"), 1))
def snippets_refused(options, status):
    more = ("--data", server().data) if status == 1 else ()
    equal(command("snippets", *options, *more).returncode, status)


if __name__ == "__main__":
    main()

"""chartlocker images: what it prints of a chart here, in a catalog and of what helm rendered; how much of
what helm shows it finds."""
import collections
import functools
import json
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import yaml
from harness import LONG, Server, chart, command, contains, equal, main, must, real_charts, table, temporary, test
from helm import NEWEST, Helm, unpack
from hostile_server import Hostile, whole
from images_score import IMAGE, Score, Truth, chart_name

VALUES = b"""image: {registry: quay.io, repository: team/app, tag: ""}
init: {image: busybox}
metrics: {enabled: false, image: {repository: prom/exporter, tag: v1}}
sidecars: [{image: {repository: side/car, tag: "2"}}]
"""
POD = b"""kind: Pod
apiVersion: v1
metadata: {name: p}
spec:
  initContainers: [{name: i, image: "{{ .Values.init.image }}"}]
  containers:
  - name: c
    image: {{ printf "%s/%s:%s" .Values.image.registry .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
    args: [--helper-image=helper/it:3]
  {{- range .Values.sidecars }}
  - {name: s, image: "{{ .image.repository }}:{{ .image.tag }}"}
  {{- end }}
  {{- if .Values.metrics.enabled }}
  - name: m
    image: {{ .Values.metrics.image.repository }}:{{ .Values.metrics.image.tag }}
  - name: l
    image: literal:1
  {{- end }}
"""
APP = chart("app", "1.0.0", {"values.yaml": VALUES, "templates/pod.yaml": POD}, appVersion="7.0",
            annotations={"images": "[{image: noted:1}]"})
CERTAIN = ["busybox", "helper/it:3", "quay.io/team/app:7.0", "side/car:2"]
POSSIBLE = ["literal:1", "noted:1", "prom/exporter:v1"]


@functools.cache
def archive():
    path = temporary(True) / "app-1.0.0.tgz"
    path.write_bytes(APP)
    return path


@functools.cache
def server():
    running = Server(keep=True)
    equal(running.request("POST", "/api/v1/repos", json.dumps({"name": "team-a/stable"}), {"Content-Type": "application/json"}).status, 201)
    equal(running.publish(APP, "team-a/stable").status, 201)
    equal(running.publish(chart("other", "2.0.0", {"templates/a.yaml": b"image: busybox\n---\nimage: other:1\n"})).status, 201)
    return running


@test
def of_an_archive_and_a_directory():
    for path in (archive(), unpack(APP, temporary())):
        equal(must("images", path).split(), CERTAIN)
        equal(must("images", "--all", path).split(), sorted(CERTAIN + POSSIBLE))


@test
def of_a_catalog():
    for way in (("--server", server().url), ("--data", server().data)):
        for name in ("team-a/stable/app", "team-a/stable/app@1.0.0", "app"):
            equal(must("images", name, *way).split(), CERTAIN)
        equal(must("images", "team-a/stable/app", "other", archive(), *way).split(), sorted([*CERTAIN, "other:1"]))
        missing = command("images", "team-a/stable/none", *way)
        equal((missing.returncode, missing.stdout), (1, ""))


@test
def of_a_repository():
    both = Server()
    equal([both.publish(chart(name, "1.0.0", {"templates/a.yaml": f"image: {name}:1\n---\nimage: both:1\n".encode()})).status
           for name in ("a", "b")], [201, 201])
    for words in (("main/",), ("--repo", "main")):
        equal(must("images", *words, "--server", both.url).split(), ["a:1", "b:1", "both:1"])
    (both.data / "repos/main/charts/a-1.0.0.tgz").unlink()
    done = command("images", "main/", "b", "--data", both.data)
    equal((done.returncode, done.stdout.split()), (1, ["b:1", "both:1"]))
    contains(done.stderr, "main/a@1.0.0")
    equal(command("images", "none/", "--data", both.data).returncode, 1)


@test
def of_a_virtual_repository():
    """As of its members, with the places too; images of a repository are one request, places one a version."""
    both = Server()
    for name, more in (("other", {}), ("virt", {"members": "main other"})):
        body = json.dumps({"name": name, **more})
        equal(both.request("POST", "/api/v1/repos", body, {"Content-Type": "application/json"}).status, 201)
    for name, repo in (("a", ""), ("b", "other")):
        equal(both.publish(chart(name, "1.0.0", {"templates/a.yaml": f"image: {name}:1\n".encode()}), repo).status, 201)
    must("images", "add", "other/b@1.0.0", "--data", both.data, stdin="pushed:1\n")
    equal(must("images", "virt/", "--server", both.url).split(), ["a:1", "pushed:1"])
    equal(must("images", "virt/", "--all", "--server", both.url).split(), ["a:1", "b:1", "pushed:1"])
    contains(must("images", "virt/", "--why", "--data", both.data), "templates/a.yaml")
    told = json.loads(must("images", "virt/", "--json", "--data", both.data))["charts"]
    equal([(x["name"], x["images"][0]["image"], x["images"][0]["where"]) for x in told],
          [("a", "a:1", "templates/a.yaml image"), ("b", "pushed:1", "pushed list")])


@test
def of_what_it_depends_on():
    """What is in charts/ is rendered with it; the rest comes from where it is."""
    both = Server()
    equal(both.request("POST", "/api/v1/repos", json.dumps({"name": "deps"}), {"Content-Type": "application/json"}).status, 201)
    here = f"{both.url}/deps"
    for archive, repo in (
            (chart("low", "1.0.0", {"templates/a.yaml": b"image: low:1\n"}), "deps"),
            (chart("middle", "1.2.0", {"templates/a.yaml": b"image: middle:1\n"},
                   dependencies=[{"name": "low", "version": "1.x", "repository": here}]), "deps"),
            (chart("top", "1.0.0", {"templates/a.yaml": b"image: top:1\n"},
                   dependencies=[{"name": "middle", "version": "^1.0.0", "repository": here}]), ""),
            (chart("lost", "1.0.0", {"templates/a.yaml": b"image: lost:1\n"},
                   dependencies=[{"name": "nowhere", "version": "1.x", "repository": here}]), "")):
        equal(both.publish(archive, repo).status, 201)
    equal(must("images", "main/top", "--server", both.url).split(), ["top:1"])
    equal(must("images", "main/top", "--closure", "--server", both.url).split(), ["low:1", "middle:1", "top:1"])
    must("images", "add", "deps/low@1.0.0", "--data", both.data, stdin="pushed:1\n")
    equal(must("images", "main/top", "--closure", "--data", both.data).split(), ["middle:1", "pushed:1", "top:1"])
    done = command("images", "main/lost", "--closure", "--data", both.data)
    equal((done.returncode, done.stdout), (1, "lost:1\n"))
    contains(done.stderr, "nowhere 1.x is not here")


@test
def of_charts_that_need_each_other():
    """Each counts once, also the one that was asked for."""
    both = Server()
    for name, other in (("a", "b"), ("b", "a")):
        needs = [{"name": other, "version": "1.x", "repository": both.url}]
        files = {"templates/a.yaml": f"image: {name}:1\n".encode()}
        equal(both.publish(chart(name, "1.0.0", files, dependencies=needs)).status, 201)
    told = json.loads(must("images", "main/a", "--closure", "--json", "--server", both.url))["charts"]
    equal([x["name"] for x in told], ["a", "b"])


@test
def of_a_server_that_steers_terminals():
    """Texts of a server are text."""
    evil, place = "\x1b]0;pwn\x07\x9b31m", "/api/v1/charts/main/x"
    images = {"charts": [{"name": "x", "version": "1", "images": [], "incomplete": evil}]}
    needs = {"repo": "main", "name": "x", "version": "1", "dependencies": [{"name": evil, "range": evil}]}
    far = Hostile({f"{place}/latest/images": whole(json.dumps(images).encode()),
                   f"{place}/1/dependencies": whole(json.dumps(needs).encode())})
    done = command("images", "main/x", "--closure", "--server", far.url)
    equal((done.returncode, done.stderr.count("pwn")), (1, 3), done.stderr)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", done.stderr), done.stderr


@test
def of_what_is_too_deep():
    deep = Server()
    for number in range(35):
        needs = [{"name": f"c{number + 1}", "version": "*", "repository": deep.url}] if number < 34 else []
        equal(deep.publish(chart(f"c{number}", files={"templates/a.yaml": f"image: i{number}:1\n".encode()},
                                 dependencies=needs)).status, 201)
    done = command("images", "main/c0", "--closure", "--server", deep.url)
    equal((done.returncode, len(done.stdout.split())), (1, 33))
    contains(done.stderr, "main/c0@1.0.0: it has more dependencies, or deeper ones, than are followed")


@test
def of_a_bundle():
    must("keys", "generate", "--data", server().data, "--name", "outer.example.org")
    usb, unpacked = temporary(), temporary()
    must("bundle", "create", "--repo", "team-a/stable", "--data", server().data, "-o", f"{usb}/")
    [tar] = usb.glob("*.tar")
    subprocess.run(["tar", "xf", tar, "-C", unpacked], check=True)
    split = temporary()
    must("bundle", "create", "--repo", "team-a/stable", "--data", server().data, "--split", "4096", "-o", f"{split}/")
    (usb / "other.tar").write_bytes(bytes(10240))
    parts = [split / f"{tar.name}{end}" for end in (".parts", ".001")]
    for way in (usb, tar, unpacked, unpacked / "images.txt", split, split / tar.name, *parts):
        equal(must("images", way).split(), CERTAIN, way)
    equal(yaml.safe_load(must("images", usb, "--format", "zarf")), {"images": FULL})
    tar.write_bytes(tar.read_bytes().replace(b"busybox\n", b"busybux\n", 1))
    done = command("images", usb)
    equal((done.returncode, done.stdout), (1, ""))
    contains(done.stderr, "images.txt is damaged")
    assert "fsck" not in done.stderr, done.stderr
    for options, says in ((("--no-images",), "has no images.txt"), ((), "there is no bundle")):
        folder = temporary()
        if options:
            must("bundle", "create", "--repo", "team-a/stable", "--data", server().data, "-o", f"{folder}/", *options)
        done = command("images", folder)
        equal((done.returncode, done.stdout), (1, ""))
        contains(done.stderr, says)


@test
def what_helm_printed_is_pushed():
    both = Server()
    equal(both.publish(APP).status, 201)
    printed = Helm(NEWEST)("template", archive(), "--set", "metrics.enabled=true")
    file = temporary() / "printed.yaml"
    file.write_text(printed)
    wanted = ["busybox", "helper/it:3", "literal:1", "prom/exporter:v1", "quay.io/team/app:7.0", "side/car:2"]
    for way in (("--server", both.url), ("--data", both.data)):
        equal(must("images", "add", "main/app@1.0.0", file, *way), "app 1.0.0: 6 images listed\n")
        equal(must("images", "main/app", *way).split(), wanted)
        equal(must("images", "remove", "main/app@1.0.0", *way), "app 1.0.0: list removed\n")
        equal(must("images", "main/app", *way).split(), CERTAIN)
        equal(json.loads(must("images", "add", "main/app@1.0.0", "-", "--json", "--dry-run", *way, stdin=printed))["images"], 6)
    must("images", "add", "main/app@1.0.0", "--data", both.data, stdin="helper/it:3\nextra:1\nbusybox\n")
    told = [line for line in must("images", "main/app", "--rewrite", "r.inner", "--data", both.data).splitlines() if line[:4] == "#   "]
    equal([line.split()[1] for line in told],
          ["r.inner/library/busybox:latest", "r.inner/team/app:7.0", "helper/it:3", "extra:1", "side/car:2"])
    must("images", "add", "main/app@1.0.0", "--data", both.data, stdin="kind: ConfigMap\n")
    equal(must("images", "main/app", "--data", both.data), "", "it runs none")
    done = command("images", "add", "main/app@1.0.0", "--data", both.data, stdin="")
    equal((done.returncode, done.stdout), (1, ""))
    contains(done.stderr, "standard input: nothing was sent")


@test
def of_what_helm_printed():
    printed = Helm(NEWEST)("template", archive(), "--set", "metrics.enabled=true")
    equal(must("images", "-", stdin=printed).split(), sorted([*CERTAIN, "literal:1", "prom/exporter:v1"]))
    equal(must("images", "-", stdin="# a list\nb:1\na\n").split(), ["a", "b:1"])
    equal(must("images", "-", stdin=""), "")
    for text in ("Error: chart not found\n", "- a:1\n- b:1\n", "a\0\n{\n"):
        done = command("images", "-", stdin=text)
        equal((done.returncode, done.stdout), (1, ""))
        first = text.splitlines()[0].replace("\0", "?")
        contains(done.stderr, f'neither what helm template prints nor a list of images, one a line: line 1 is "{first}"')


@test
def of_many():
    """A bundle has as many as its charts have together."""
    text = "".join(f"x/r{number}:1\n" for number in range(30000))
    listed = temporary() / "images.txt"
    listed.write_text(text)
    for done in (command("images", listed), command("images", "-", stdin=text)):
        equal((done.returncode, done.stderr, sorted(done.stdout.split())), (0, "", sorted(text.split())))


@test
def why_each_is_there():
    """Within the width of a terminal."""
    said = must("images", "--all", "--why", archive())
    assert max(map(len, said.splitlines())) <= 100, said
    rows = re.findall(r"^(\S.*)\n  (\w+), (\w+)\n {6}(.*)(?:\n {6}(.*))?$", said, re.M)
    equal({row[0]: row[1:] for row in rows}, {
        "busybox": ("certain", "rendered", "templates/pod.yaml", "Pod/p spec.initContainers[0].image"),
        "helper/it:3": ("certain", "argument", "templates/pod.yaml", "Pod/p spec.containers[0].args[0]"),
        "literal:1": ("possible", "template", "templates/pod.yaml:17", ""),
        "noted:1": ("possible", "annotation", "images", ""),
        "prom/exporter:v1": ("possible", "values", "values.yaml:3", "metrics.image.repository"),
        "quay.io/team/app:7.0": ("certain", "rendered", "templates/pod.yaml", "Pod/p spec.containers[0].image"),
        "side/car:2": ("certain", "rendered", "templates/pod.yaml", "Pod/p spec.containers[1].image")})
    equal(command("images", archive()).stderr, "3 more are only possible: --all tells them, --all --why where\n")
    equal(command("images", archive(), "--all").stderr, "")


@test
def what_cannot_be_rendered_is_told():
    path = temporary() / "broken-1.0.0.tgz"
    path.write_bytes(chart("broken", "1.0.0", {"templates/a.yaml": b"image: a:1\nx: {{ required \"say x\" .Values.x }}\n",
                                               "templates/b.yaml": b"image: b:1\n"}))
    done = command("images", path)
    equal((done.returncode, done.stdout.split()), (0, ["a:1", "b:1"]))
    contains(done.stderr, "not all of it could be rendered")
    contains(done.stderr, "say x")


# ---- forms ----

FULL = ["docker.io/helper/it:3", "docker.io/library/busybox:latest", "docker.io/side/car:2", "quay.io/team/app:7.0"]


@test
def forms_for_other_tools():
    read = {name: yaml.safe_load(must("images", "--format", name, archive())) for name in ("skopeo", "hauler", "zarf", "oc-mirror")}
    equal(read["skopeo"], {"docker.io": {"images": {"helper/it": ["3"], "library/busybox": ["latest"], "side/car": ["2"]}},
                           "quay.io": {"images": {"team/app": ["7.0"]}}})
    equal(read["hauler"], {"apiVersion": "content.hauler.cattle.io/v1", "kind": "Images", "metadata": {"name": "app"},
                           "spec": {"images": [{"name": image} for image in FULL]}})
    equal(read["zarf"], {"images": FULL})
    equal(read["oc-mirror"]["mirror"], {"additionalImages": [{"name": image} for image in FULL]})
    found = json.loads(must("images", "--json", archive()))["charts"]
    equal([(c["name"], c["version"], sorted(x["image"] for x in c["images"])) for c in found], [("app", "1.0.0", CERTAIN)])
    equal(must("images", "--json", archive()), must("images", "--format", "json", archive()))


@test
def a_script_for_crane():
    folder = temporary()
    crane = folder / "crane"
    crane.write_text("#!/bin/sh\necho \"$@\"\n")
    crane.chmod(0o755)
    wanted = [f"copy {image} r.inner:5000/{image.split('/', 1)[1]}" for image in FULL]
    for options, words in (((), ["r.inner:5000"]), (("--rewrite", "r.inner:5000"), [])):
        script = must("images", "--format", "crane", *options, archive())
        done = subprocess.run(["sh", "-s", *words], input=script, env={"PATH": f"{folder}:/usr/bin:/bin"}, text=True,
                              capture_output=True, check=True, timeout=60)
        equal(done.stdout.splitlines(), wanted)


# ---- another registry ----

@test
def values_that_point_elsewhere():
    values = temporary() / "values.yaml"
    values.write_text(must("images", "--rewrite", "r.inner:5000", archive()))
    equal(yaml.safe_load(values.read_text()), {
        "image": {"registry": "r.inner:5000"}, "init": {"image": "r.inner:5000/library/busybox"},
        "metrics": {"image": {"repository": "r.inner:5000/prom/exporter"}}})
    contains(values.read_text(), "#   helper/it:3   templates/pod.yaml")
    contains(values.read_text(), "#   side/car:2   values.yaml:4 sidecars[0].image.repository")
    printed = Helm(NEWEST)("template", archive(), "-f", values, "--set", "metrics.enabled=true")
    equal(sorted(IMAGE.findall(printed)), ["literal:1", "r.inner:5000/prom/exporter:v1", "r.inner:5000/team/app:7.0"])
    contains(printed, "image: \"r.inner:5000/library/busybox\"")


# ---- the command line ----

@table(
    ("nothing", (), "an archive, a chart directory or REPO/NAME"),
    ("a form that there is not", ("x.tgz", "--format", "docker"), "not \"docker\""),
    ("two forms", ("x.tgz", "--format", "zarf", "--json"), "exclude each other"),
    ("why in a form", ("x.tgz", "--why", "--json"), "--why has a form of its own"),
    ("no registry", ("x.tgz", "--rewrite", "http://r"), "a registry is expected"),
    ("values in a form", ("x.tgz", "--rewrite", "r.inner", "--format", "zarf"), "of the formats only crane"),
    ("values of two charts", ("x.tgz", "y.tgz", "--rewrite", "r.inner"), "one chart at a time"),
    ("what an archive depends on", ("x.tgz", "--closure"), "--closure is for charts of a catalog"),
    ("what a repository depends on", ("x/", "--closure"), "--closure is for charts of a catalog"),
    ("a list of a chart", ("add", "x/y"), "a list is of one version"),
    ("a list of no repository", ("add", "y@1.0.0"), "a list is of one version"),
    ("a list of two", ("remove", "x/y@1.0.0", "z"), "REPO/NAME@VERSION"),
    ("a verb behind options", ("--data", "d", "add", "x/y@1.0.0"), "come first"),
    ("two places", ("x/y", "--server", "http://127.0.0.1:1", "--data", "d"), "exclude each other"),
)
def misused(words, says):
    done = command("images", *words)
    equal((done.returncode, done.stdout), (2, ""))
    contains(done.stderr, says)


@test
def what_is_no_chart():
    path = temporary() / "x.tgz"
    path.write_bytes(b"no chart")
    for words in ((path,), (path.with_name("none.tgz"),), ("-", "--rewrite", "r.inner")):
        done = command("images", *words, stdin="a:1\n")
        equal((done.returncode, done.stdout), (1, ""))


# ---- how much is found ----

def sample(archives):
    """Of each chart every tenth version, from the first one on, so that all are in it and the large ones count more."""
    versions = collections.defaultdict(list)
    for path in archives:
        versions[path.parent, chart_name(path)].append(path)
    return [path for paths in versions.values() for path in paths[::10]]


@test
def most_of_what_helm_shows():
    """A sample; LONG=1: all of them."""
    archives = real_charts() if LONG else sample(real_charts())
    score = Score(archives, Truth())
    print(score.report(), file=sys.stderr)
    for recall, precision in (score.by_name(), score.by_version()):
        assert recall >= 0.95 and precision >= 0.9, score.report()
    assert score.by_version(3)[0] >= score.by_version()[0]


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""YAML in charts as people write it: what the real helms load, what they refuse, and what `package` makes of it."""
import json
import tarfile

from helm import EACH, VERSIONS, Helm, source, unpack
from harness import Server, chart, command, contains, equal, main, must, table, temporary

HEAD = "apiVersion: v2\nname: demo\nversion: 1.0.0\n"
V1 = HEAD.replace("v2", "v1")
ESCAPE = 'the escape "\\/", which Helm does not read: write "/"'
LATER = "%YAML 1.2, of which Helm reads 1.1 alone: leave the line out"
NULL = "null as a key, which Helm does not read: quote it"

# Every helm refuses them, in a folder and in an archive: (file, its text, the line, what is said).
REFUSED = [
    ("values.yaml", 'a: 1\nb: "https:\\/\\/x"\n', 2, ESCAPE),
    ("values.yaml", '"\\/": 1\n', 1, ESCAPE),
    ("values.yaml", "%YAML 1.2\n---\na: 1\n", 1, LATER),
    ("values.yaml", "a: .inf\n", 1, ".inf as a value, which Helm does not read: quote it"),
    ("values.yaml", "a:\n- !!float .nan\n", 2, ".nan as a value, which Helm does not read: quote it"),
    ("values.yaml", "~: 1\n", 1, NULL),
    ("values.yaml", "a: &n ~\n*n : 1\n", 2, NULL),
    ("Chart.yaml", HEAD + 'description: "a\\/b"\n', 4, ESCAPE),
    ("Chart.yaml", "%YAML 1.2\n---\n" + HEAD, 1, LATER),
    ("Chart.yaml", HEAD + "annotations: {null: x}\n", 4, NULL),
    ("Chart.lock", "%YAML 1.2\n---\ndigest: x\n", 1, LATER),
]
# Every helm takes them.
TAKEN = [
    ("values.yaml", 'a: "\\\\/"\nb: \'\\/\'\nc: \\/\n".inf": ".inf"\n.nan: 1\n"null": 1\n1e400: 1e400\n'),
    ("values.yaml", 'a: 1 # "\\/"\nb: |\n  "\\/"\n'),
    ("Chart.yaml", HEAD + "---\n"),
    ("Chart.yaml", HEAD + "..."),
    ("Chart.yaml", "---\n" + HEAD + "...\n---\n# nothing\n"),
    ("Chart.lock", "digest: &d x\ngenerated: 2026-01-01T00:00:00Z\nx: *d\n"),
]
# Every helm takes them in a folder, and writes the archive's Chart.yaml without.
EXPANDED = [
    ("an alias", HEAD.replace("1.0.0", "&v 1.0.0") + "appVersion: *v\n"),
    ("an alias to a map", HEAD + "x: &x {a: b}\nannotations: *x\n"),
    ("a merge key", HEAD + 'dependencies:\n- &d {name: one, version: ^1, repository: "https://x.org"}\n'
                           "- <<: *d\n  name: two\n"),
    ("a merge key before", HEAD + 'annotations:\n  <<: {a: "1", b: "2"}\n  a: "3"\n'),
    ("a merge key behind", HEAD + 'annotations:\n  a: "3"\n  <<: {a: "1", b: "2"}\n'),
    ("a list of merges", HEAD + 'annotations:\n  <<: [{a: "1"}, {a: "2", b: "2"}]\n'),
]
SUBCHARTS = {f"charts/{name}/Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n".encode()
             for name in ("one", "two")}


def rows(given):
    return [(f"{row[0]} {row[1]!r}", *row) for row in given]


def asked(helm, folder, archive, fails):
    helm("package", folder, "--destination", temporary(), fails=fails)
    for line in (("show", "chart"), ("show", "values"), ("template", "x")):
        helm(*line, archive, fails=fails)


def asked_of_all(file, text, fails):
    """A folder and an archive with that file, which every helm was asked to take."""
    files, archive = {file: text.encode()}, temporary() / "demo-1.0.0.tgz"
    archive.write_bytes(chart(files=files))
    folder = source("demo", "1.0.0", files)
    for version in VERSIONS:
        asked(Helm(version), folder, archive, fails=fails)
    return folder, archive


@table(*rows(REFUSED))
def what_no_helm_loads(file, text, line, said):
    running, t = Server(), temporary()
    folder, archive = asked_of_all(file, text, fails=True)
    answer = running.publish(archive.read_bytes())
    equal(answer.status, 400)
    detail = f"cannot load {file}: {file}:{line}: {said}"
    equal(json.loads(answer.body)["error"], detail)
    done = command("package", folder, "-d", t)
    equal((done.returncode, done.stderr), (1, f"chartlocker package: {folder}: {detail}\n"))
    for words in (("inspect", archive), ("push", folder, running.url)):
        done = command(*words)
        equal(done.returncode, 1)
        contains(done.stdout + done.stderr, detail)


@table(*rows(TAKEN))
def what_every_helm_loads(file, text):
    folder, archive = asked_of_all(file, text, fails=False)
    equal(Server().publish(archive.read_bytes()).status, 201)
    must("package", folder, "-d", temporary())


def chart_yaml_of(archive):
    with tarfile.open(archive) as read:
        return read.extractfile("demo/Chart.yaml").read().decode()


@table(*EXPANDED)
def chart_yaml_is_written_out(text):
    running, t = Server(), temporary()
    files = {"Chart.yaml": text.encode(), **SUBCHARTS}
    folder = source("demo", "1.0.0", files)
    must("package", folder, "-d", t)
    for version in VERSIONS:
        out = temporary()
        Helm(version)("package", folder, "--destination", out)
        equal(chart_yaml_of(t / "demo-1.0.0.tgz"), chart_yaml_of(out / "demo-1.0.0.tgz"))
    answer = running.publish(chart(files=files))
    equal(answer.status, 400)
    contains(json.loads(answer.body)["error"], "are not allowed here")
    must("push", folder, running.url)


@table(*EACH)
def what_helm_packs_as_it_is(version):
    """requirements.yaml of a v1 chart has its aliases in the archive too."""
    running, out = Server(), temporary()
    folder = source("demo", "1.0.0", {
        "Chart.yaml": V1.encode(), **SUBCHARTS,
        "requirements.yaml": b"dependencies:\n- name: one\n  version: ^1\n  repository: &r https://x.org\n"
                             b"- name: two\n  version: ^1\n  repository: *r\n"})
    Helm(version)("package", folder, "--destination", out)
    must("push", out / "demo-1.0.0.tgz", running.url)
    [entry] = running.index()["entries"]["demo"]
    equal([d["repository"] for d in entry["dependencies"]], ["https://x.org"] * 2)
    again = unpack((out / "demo-1.0.0.tgz").read_bytes(), temporary())
    must("package", again, "-d", temporary())


@table(*((version, version) for version in VERSIONS))
def what_one_helm_does_not_load(version):
    """Warned of: Helm 4 alone reads no values after the line %YAML 1.1."""
    files = {"values.yaml": b"%YAML 1.1\n---\na: 1\n"}
    archive = temporary() / "demo-1.0.0.tgz"
    archive.write_bytes(chart(files=files))
    Helm(version)("show", "values", archive, fails=version.startswith("4."))
    contains(must("inspect", archive),
             "values.yaml:1: Helm 4 reads no values after a line %YAML: leave it out")


@table(*((version, version) for version in VERSIONS))
def what_one_helm_merges(version):
    """Warned of: Helm 4 alone reads more than the first document of values.yaml."""
    files = {"values.yaml": b"a: 1\n---\nb: 2\n", "templates/x.yaml": b"x: {{ toJson .Values }}\n"}
    archive = temporary() / "demo-1.0.0.tgz"
    archive.write_bytes(chart(files=files))
    contains(Helm(version)("template", "x", archive),
             'x: {"a":1,"b":2}\n' if version.startswith("4.") else 'x: {"a":1}\n')
    contains(must("inspect", archive), "values.yaml:2: a second document, which Helm 4 merges into the first "
             "and no earlier one reads: make one of both")


if __name__ == "__main__":
    main()

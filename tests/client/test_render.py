#!/usr/bin/env python3
"""What indexer/template renders of a chart with its defaults is what `helm template` prints: of charts
made up here, which show what templates see, and of the real ones of CHARTS."""
import functools
import re
import subprocess
import time
from pathlib import Path

from helm import NEWEST, Helm
from harness import LONG, PROGRAM, Skip, chart, equal, main, real_charts, table, temporary, test

RENDER = Path(PROGRAM).parent / "wire/render"
RELEASE = "release-name"
EVERY = 4           # of the newest versions of all names; LONG=1: every version

DOCUMENT = re.compile(r"^---[ \t]*", re.M)
SOURCE = re.compile(r"^---\n# Source: (.*)\n", re.M)
VERSION = re.compile(r"-(\d.*|v\d.*)$")

# Why a file of ours that helm does not print is no difference.
NOT_PRINTED = {
    "a CRD, which helm template prints with --include-crds": lambda name, texts: "/crds/" in name,
    "a hook that no helm knows any more": lambda name, texts: all("crd-install" in text for text in texts),
}
# What else differs is made up each time: passwords, certificates, times, and digests of them. Those are
# the lines that differ between two runs of helm itself.


def render(archive, status=0):
    done = subprocess.run([RENDER, archive, "--all-out"], capture_output=True, text=True,
                          errors="replace", timeout=300, check=False)
    assert done.returncode == status, f"{archive}: exit {done.returncode}\n{done.stderr[:2000]}"
    return by_source(done.stdout)


@functools.cache
def helm():
    return Helm(NEWEST, keep=True)


def template(archive):
    """As helm prints it; None: it refuses the chart."""
    done = subprocess.run([helm().program, "template", RELEASE, archive], env=helm().environment,
                          capture_output=True, text=True, errors="replace", timeout=300, check=False)
    return by_source(done.stdout) if done.returncode == 0 else None


def place(text):
    """Helm sorts documents by kind and name; what is made up must not change the order."""
    said = [re.search(line, text, re.M) for line in (r"^kind:.*", r"^  name:.*")]
    return [found.group() if found else "" for found in said], text.count("\n"), text


def by_source(printed):
    """{file: its lines}, the documents of a file in an order of their own."""
    texts, parts = {}, SOURCE.split(printed)
    for name, part in zip(parts[1::2], parts[2::2]):
        texts.setdefault(name, []).extend(text.strip() for text in DOCUMENT.split(part.strip()))
    return {name: "\n---\n".join(sorted(filter(None, found), key=place)).splitlines()
            for name, found in texts.items() if any(found)}


def left_out(name, lines):
    texts = DOCUMENT.split("\n".join(lines))
    return any(reason(name, texts) for reason in NOT_PRINTED.values())


def without_made_up(ours, once, twice):
    if not len(ours) == len(once) == len(twice):
        return ours, once
    kept = [number for number, line in enumerate(once) if line == twice[number]]
    return [ours[number] for number in kept], [once[number] for number in kept]


def differences(ours, once, again):
    """The names of files that differ; again() is another run of helm."""
    ours = {name: lines for name, lines in ours.items() if name in once or not left_out(name, lines)}
    differing = [name for name in {*ours, *once} if ours.get(name, []) != once.get(name, [])]
    twice = again() if differing else {}
    for name in sorted(differing):
        got, want = without_made_up(ours.get(name, []), once.get(name, []), twice.get(name, []))
        if got != want:
            yield name, got, want


def compare(archive):
    """False: helm refuses the chart."""
    once = template(archive)
    if once is None:
        return False
    started = int(time.time())

    def again():
        time.sleep(max(0, started + 1 - time.time()))      # for what is made of the time
        return template(archive)
    for name, got, want in differences(render(archive), once, again):
        pairs = [pair for pair in zip(got + [None], want + [None]) if pair[0] != pair[1]]
        raise AssertionError(f"{archive.name}: {name}: ours {pairs[:3]} and so on")
    return True


# ---- charts of CHARTS ----

def newest(archives):
    """The newest version of each name."""
    def order(archive):
        return [int(part) for part in re.findall(r"\d+", VERSION.search(archive.stem).group())]
    found = {}
    for archive in archives:
        name = (archive.parent, VERSION.sub("", archive.stem))
        found[name] = max(found.get(name, archive), archive, key=order)
    return [found[name] for name in sorted(found)]


@test
def as_helm_renders_real_charts():
    if not RENDER.exists():
        raise Skip(f"{RENDER} is missing (make unit)")
    archives = real_charts() if LONG else newest(real_charts())[::EVERY]
    wrong, same = [], 0
    for archive in archives:
        try:
            same += compare(archive)
        except AssertionError as difference:
            wrong.append(str(difference))
    print(f"# {same} of {len(archives)} charts are rendered as helm {NEWEST} renders them, "
          f"{len(archives) - same - len(wrong)} it refuses")
    equal(wrong, [])
    assert same > len(archives) * 3 / 4, "helm refuses most of them"


# ---- charts made up ----

def packed(files, subcharts=(), **metadata):
    """A chart "app" with unpacked subcharts: (folder, {file: text})."""
    inside = {f"charts/{folder}/{name}": text for folder, below in subcharts for name, text in below.items()}
    members = {name: text.encode() for name, text in {**files, **inside}.items()}
    archive = temporary() / "app-1.2.3.tgz"
    archive.write_bytes(chart("app", "1.2.3", {"templates/configmap.yaml": None, **members}, **metadata))
    return archive


def shows(*expressions):
    """A template that has one key for each."""
    return "".join(f"k{number}: {{{{ {expression} | quote }}}}\n"
                   for number, expression in enumerate(expressions))


def chart_yaml(name, version="1.0.0", more=""):
    return f"apiVersion: v2\nname: {name}\nversion: {version}\n{more}"


@table(
    ("Release", (".Release.Name", ".Release.Namespace", ".Release.Service", ".Release.IsInstall",
                 ".Release.IsUpgrade", ".Release.Revision", "toJson .Release", ".Release.Nothing")),
    ("Chart", (".Chart.Name", ".Chart.Version", ".Chart.AppVersion", ".Chart.IsRoot", "toJson .Chart",
               ".Chart.Annotations.a", ".Chart.Annotations.b", "(index .Chart.Maintainers 0).Name",
               "first .Chart.Keywords", ".Chart.Nothing", "len .Chart.Sources")),
    ("Template", (".Template.Name", ".Template.BasePath")),
    ("Capabilities", ('.Capabilities.APIVersions.Has "apps/v1"', '.Capabilities.APIVersions.Has "x/v1"',
                      ".Capabilities.KubeVersion.Version", ".Capabilities.KubeVersion.GitVersion",
                      ".Capabilities.KubeVersion.Major", ".Capabilities.KubeVersion.Minor",
                      'semverCompare ">=1.25-0" .Capabilities.KubeVersion.Version',
                      'print (.Capabilities.APIVersions.Has "batch/v1beta1")', "len .Capabilities.APIVersions",
                      ".Capabilities.APIVersions", 'join "," .Capabilities.APIVersions', "toYaml .Capabilities.APIVersions",
                      "typeOf .Capabilities.APIVersions", "kindOf .Capabilities.APIVersions",
                      "index .Capabilities.APIVersions 1", 'has "apps/v1" .Capabilities.APIVersions',
                      "first .Capabilities.APIVersions", 'ternary "some" "none" (empty .Capabilities.APIVersions)')),
    ("Files", ('.Files.Get "f/a.txt"', '.Files.Get "none"', '.Files.Lines "f/a.txt" | toJson',
               '.Files.Lines "none" | toJson', '(.Files.Glob "f/*").AsConfig', '(.Files.Glob "f/*").AsSecrets',
               '(.Files.Glob "none/*").AsConfig', '(.Files.Glob "odd/*").AsConfig',
               'toString (.Files.GetBytes "f/a.txt")', "keys .Values | sortAlpha",
               'ternary "some" "none" (empty (.Files.Glob "none/*"))', '.Files.Get "templates/t.yaml"',
               '.Files.Get "values.yaml"', '.Files.Get "charts/db/Chart.yaml"', '.Files.Get "README.md"')),
    ("Subcharts", (".Subcharts.db.Chart.Name", ".Subcharts.db.Values.x", ".Subcharts.db.Chart.IsRoot",
                   ".Subcharts.db.Release.Name", "len .Subcharts")))
def what_templates_see(expressions):
    archive = packed({"templates/t.yaml": shows(*expressions), "f/a.txt": "one\ntwo\n", "f/b.bin": "<b>", "odd/a": "a\x7fb",
                      "README.md": "# app\n", "values.yaml": "v: 1\n"},
                     [("db", {"Chart.yaml": chart_yaml("db"), "values.yaml": "x: 5\n",
                              "templates/t.yaml": shows("toJson .Values", ".Template.Name")})],
                     appVersion="9.8", annotations={"a": "b"}, keywords=["k", "l"],
                     maintainers=[{"name": "Ann", "email": "ann@example.org"}])
    assert compare(archive), "helm refuses it"


@test
def api_versions_are_a_list():
    text = "{{ range $i, $v := .Capabilities.APIVersions }}v{{ $i }}: {{ upper $v }}\n{{ end }}{{ with .Capabilities }}" \
           "{{ if .APIVersions }}has: {{ .APIVersions.Has \"v1\" }}{{ end }}{{ end }}\n"
    assert compare(packed({"templates/t.yaml": text})), "helm refuses it"


PRETTY = """list: [1, {b: 2, c: [x, [y, [z]], []], d: {}}, [], [], {}, [n1, [n2, {n3: [1]}]]]
map: {a: {b: {c: [1, {d: e}]}}}
numbers: [1000000, 1.5, 1.0e+21, -0.0, 123456789012345678]
words: ["yes", "1", "1:30", "on", "~", "", " x", "x ", "- a", "a: b", "a # b", "1e3", "0o14", "é\\u0001", "2020-01-01", "null", "*a"]
lines: ["a\\nb", "a\\n", "\\n a\\n\\n", " a\\n  b\\n\\n", {k: "a\\n\\nb\\n", l: ["a\\nb\\n"]}]
long: {l: "%s", "%s": 1}
"on": 1
k10: {"a: b": [1], "": 2}
k9: null
""" % ("a bcd " * 40, "long" * 40)


@table(("all", ".Values"), ("a list", ".Values.list"), ("a text", "index .Values.lines 3"), ("nothing", ".Values.none"),
       ("a number", "1000000.0"), ("an empty list", "list"), ("an empty map", "dict"), ("texts", 'regexFindAll "a" "b" -1'),
       ("versions", ".Capabilities.APIVersions"))
def pretty_yaml(expression):
    text = "x: |-\n  {{ toYamlPretty (%s) | nindent 2 }}\n  end\n" % expression
    assert compare(packed({"templates/t.yaml": text, "values.yaml": PRETTY.replace("\\\\", "\\")})), "helm refuses it"


GLOBS = ("*", "**", "f/*", "f/*.txt", "**.txt", "f/?.txt", "f/[ab].txt", "f/[a-b].txt", "f/[!a].txt", "f/[a-b0].txt",
         "f/{a,b}.txt", "f/*.{txt,b{in,ig}}", "f/*[sh|txt]", "f/\\*", "f/{a", "f/{a.txt,b.t", "f/[", "{f,g}/**", "f/**/c*", "", "f")


@table(*((pattern or "empty", pattern) for pattern in GLOBS))
def files_glob(pattern):
    quoted = pattern.replace("\\", "\\\\")
    text = "{{ range $name, $data := .Files.Glob \"%s\" }}{{ $name }}: {{ toString $data | quote }}\n{{ end }}"
    names = ("f/a", "f/a.txt", "f/b.txt", "f/c.bin", "f/ab.sh", "f/d/c.txt", "g/a.txt", "a.txt")
    archive = packed({"templates/t.yaml": text % quoted + "end: 1\n", **{name: name for name in names}})
    assert compare(archive), "helm refuses it"


DEPENDENCIES = """dependencies:
- {name: db, version: 1.0.0, repository: "", alias: one, condition: one.enabled, tags: [t]}
- {name: db, version: 1.0.0, repository: "", alias: two, condition: two.enabled}
- {name: db, version: 1.0.0, repository: "", alias: off, condition: off.enabled}
"""
ALL = "v: {{ toJson .Values | quote }}\nn: {{ .Template.Name }}\nc: {{ .Chart.Name }}\n"


@table(
    ("without", "a: null\nm: {n: null, o: 1}\n"),
    ("that a parent sets", "db: {x: null, y: {z: null}, w: null, list: [null, {a: null}]}\n"),
    ("in globals", "global: {g: null, h: {i: null}}\ndb: {global: {g: 1}}\n"),
    ("in globals of two kinds", "global: {g: 1, h: {i: null}}\ndb: {global: {h: 1, g: {j: null, k: 2}}}\n"))
def nulls(values):
    archive = packed({"templates/t.yaml": ALL, "values.yaml": values},
                     [("db", {"Chart.yaml": chart_yaml("db"), "templates/t.yaml": ALL,
                              "values.yaml": "x: 1\ny: {z: 2, q: null}\nown: null\nom: {p: null}\n"})])
    assert compare(archive), "helm refuses it"


@test
def aliases_and_conditions():
    archive = packed({"templates/t.yaml": ALL, "Chart.yaml": chart_yaml("app", "1.2.3", DEPENDENCIES),
                      "values.yaml": "one: {enabled: true, x: 2}\noff: {enabled: false}\n"},
                     [("db", {"Chart.yaml": chart_yaml("db"), "values.yaml": "x: 1\n", "templates/t.yaml": ALL})])
    assert compare(archive), "helm refuses it"


@test
def what_one_template_sets_others_see():
    """The deepest first, and those with the greatest names; a parent's definition wins."""
    define = '{{ define "who" }}%s{{ end }}'
    archive = packed({"templates/_who.tpl": define % "app", "values.yaml": "x: 1\n",
                      "templates/a.yaml": "{{ $_ := set .Values \"seen\" \"a\" }}who: {{ include \"who\" . }}\n" + ALL,
                      "templates/b.yaml": ALL, "templates/d/c.yaml": ALL, "templates/NOTES.txt": "notes\n",
                      "templates/empty.yaml": "{{ if false }}x{{ end }}\n"},
                     [("db", {"Chart.yaml": chart_yaml("db"), "templates/_who.tpl": define % "db",
                              "templates/t.yaml": "{{ $_ := set .Values \"new\" .Values.none }}"
                                                  "who: {{ include \"who\" . }}<no value>\n" + ALL}),
                      ("lib", {"Chart.yaml": chart_yaml("lib", more="type: library\n"),
                               "templates/t.yaml": "{{ this is not parsed", "templates/_x.tpl": ""})])
    assert compare(archive), "helm refuses it"


if __name__ == "__main__":
    main()

"""The command line: what every command prints for charts made here, compared as a whole.
Long because it has a part for each command, all with the same few charts."""
import gzip
import http.server
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import tarfile
import threading
import time
from pathlib import Path

from helm import EACH, Helm
from certificates import authority
from hostile_server import Hostile, response, whole
from harness import (PROGRAM, Server, chart, chart_yaml, clean_environment, cleanup, command,
                     contains, digest, equal, free_port, main, must, need, provenance,
                     settled, table, temporary, test, tgz, chart_of_size)
from terminal import rows, to_the_end

# The letters of a command's options, from the function that has the table.
LETTERS = {found["name"]: re.findall(r'\{ "([a-z-]+)", \'(.)\', CMD_', found["body"])
           for path in (Path(__file__).parents[2] / "server/cmd").glob("*.c")
           for found in re.finditer(r"^int cmd_(?P<name>\w+)\((?P<body>.*?)^}", path.read_text(),
                                    re.M | re.S)}
COMMANDS = re.findall(r'^\{ "(\w+)", cmd_', (Path(__file__).parents[2] / "server/cmd/commands.def").read_text(), re.M)
DATED = {"SOURCE_DATE_EPOCH": "1767225600"}
DATE = "2026-01-01T00:00:00Z"


def run(folder, *arguments, env=None):
    """(exit status, standard output, standard error), the folder's path replaced by FOLDER."""
    done = command(*arguments, env=env)
    return (done.returncode, *(text.replace(str(folder), "FOLDER")
                               for text in (done.stdout, done.stderr)))


def unprivileged(*arguments):
    """The program without root's right to read everything."""
    drop = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if not os.getuid() else ()
    done = command(*arguments, wrap=drop, timeout=60)
    return done.returncode, done.stdout, done.stderr


def write(folder, files):
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def members(archive):
    with tarfile.open(archive) as read:
        return {m.name: (m.mtime, read.extractfile(m).read()) for m in read.getmembers()}


# ---- all of them ----

@test
def help_of_the_program():
    done = command("--help")
    equal((done.returncode, done.stderr), (0, ""))
    equal(re.findall(r"^  (\w+) ", done.stdout, re.M), list(COMMANDS))
    equal(command("help").stdout, done.stdout)


@table(*[(name, name) for name in COMMANDS])
def help_of_a_command(name):
    done = command(name, "--help")
    equal((done.returncode, done.stderr), (0, ""))
    usage, rest = (part.splitlines() for part in done.stdout.split("\n\n", 1))
    contains(usage[0], f"Usage: chartlocker {name} ")
    for option, letter in LETTERS[name]:
        contains("\n".join(rest), f"  -{letter}, --{option}")
    for option in re.findall(r"--[a-z-]+", " ".join(usage)):
        contains("\n".join(rest), option)
    assert all(line.startswith(f"{' ' * len(f'Usage: chartlocker {name}')} ") for line in usage[1:]), usage
    equal([line for line in usage + rest if len(line) > 100], [], "too long for a terminal")
    equal(command(name, "-h").stdout, done.stdout)


@test
def letters_that_all_commands_share():
    """-r is --repo wherever it is; helm package has its own -d."""
    shared = {"s": "server", "d": "data", "r": "repo", "n": "dry-run", "j": "json", "y": "yes"}
    found = {pair for path in (Path(__file__).parents[2] / "server/cmd").glob("*.[ch]")
             for pair in re.findall(r'\{ "([a-z-]+)", \'(.)\', CMD_', path.read_text())}
    equal({(option, letter) for option, letter in found if shared.get(letter, option) != option}, {("destination", "d")})
    equal({option for option, _ in found} & set(shared.values()), set(shared.values()))


@table(*[(verb, verb) for verb in ("create", "import", "inventory", "list")])
def help_of_a_verb_of_bundle(verb):
    done = command("bundle", verb, "--help")
    equal((done.returncode, done.stderr), (0, ""))
    contains(done.stdout, f"Usage: chartlocker bundle {verb} ")
    body = (Path(__file__).parents[2] / f"server/cmd/bundle_{verb}.c").read_text().split(f"\nint cmd_bundle_{verb}(")[1]
    equal(sorted(re.findall(r"^  (?:-., |    )--([a-z-]+)", done.stdout, re.M)),
          sorted(re.findall(r'\{ "([a-z-]+)", ', body)))


@table(("no command",), ("a command that is none", "publish"),
       ("serve with an argument", "serve", "x"), ("import of nothing", "import"),
       ("import into a name that is none", "import", "--repo", "../x", "x.tgz"),
       ("push of nothing", "push"), ("push without an address", "push", "x.tgz"),
       ("push to something else", "push", "x.tgz", "y.tgz"),
       ("push to a secret", "push", "x.tgz", "htps://user:secret@h"),
       ("push to a query", "push", "x.tgz", "http://h/?a=b"),
       ("push into a name that is none", "push", "--repo", "a/b/c", "x.tgz", "http://h"),
       ("package of nothing", "package"),
       ("package with a bad version", "package", "--version", "x", "."),
       ("index of nothing", "index"), ("index of two", "index", "a", "b"),
       ("inspect of nothing", "inspect"), ("inspect of two", "inspect", "a", "b"),
       ("log with an argument", "log", "x"), ("log since a word", "log", "--since", "x"),
       ("log until a word", "log", "--until", "-1"),
       ("config of nothing", "config"), ("config of something else", "config", "set"),
       ("version with an argument", "version", "x"),
       *[(f"{name} of an empty name", name, "") for name in ("import", "package", "index", "inspect")],
       ("push of an empty name", "push", "", "http://h"), ("push to no host", "push", "x", "http:///"),
       *[(f"{' '.join(line)} with an empty name", *line, "") for line in
         (("import", "--data"), ("fsck", "-d"), ("package", "-d"), ("index", "--merge"),
          ("config", "--config"), ("serve", "--data"), ("search", "--repo"), ("ready", "--repo"))],
       ("push to an empty repository", "push", "--repo", "", "x.tgz", "http://127.0.0.1:9"),
       *[(f"{name} with an unknown option", name, "--zebra") for name in COMMANDS])
def misuse(*arguments):
    done = command(*arguments)
    equal((done.returncode, done.stdout), (2, ""))
    contains(done.stderr, "Usage: chartlocker")
    assert re.search(r"^chartlocker (\w+ --help tells|COMMAND --help tells|help lists) ", done.stderr,
                     re.M), done.stderr
    assert "secret" not in done.stderr


ONE_FOLDER = "a directory with packaged charts is expected"
ONE_CHART = "an archive or a chart directory is expected"
TO_PUSH = "charts are expected, and behind them the server's address"
EITHER = ("--server", "http://127.0.0.1:9", "--data", "nowhere")


@table(*[(" ".join(line), line, sentence) for line, sentence in (
    (("index",), ONE_FOLDER), (("index", "a", "b"), ONE_FOLDER),
    (("index", "a", ""), "argument 2 is empty"), (("inspect",), ONE_CHART),
    (("inspect", "a", "b"), ONE_CHART), (("import",), "files or directories are expected"),
    (("import", "a", "b", ""), "argument 3 is empty"), (("import", "-d", "", "a"), "--data is empty"),
    (("package",), "chart directories are expected"), (("push",), TO_PUSH),
    (("push", "a"), TO_PUSH), (("push", ""), "argument 1 is empty"),
    *[((name, "x", "y"), 'unexpected argument "x"')
      for name in ("serve", "log", "fsck", "rebuild", "version")],
    (("promote", "x", "1", "--to", "y"), "promote: REPO/CHART is expected"),
    (("keys", "trust"), "trust takes FILE"), (("keys", "list", "--name", "x"), "list: takes no --name and --until"),
    *[((name,), "one of these is expected") for name in ("config", "keys", "bundle", "user", "repo")],
    *[((*line, *EITHER), "--server and --data exclude each other")
      for line in (("yank", "a", "1"), ("promote", "a/b", "1", "--to", "c"), ("outside",), ("snippets", "--url", "http://h"))],
    (("log", ""), 'unexpected argument ""'))])
def misuse_is_told(line, sentence):
    said = command(*line).stderr
    contains(said.splitlines()[0], f"chartlocker {line[0]}: {sentence}")


@test
def help_by_a_name():
    equal(must("help", "push"), must("push", "--help"))
    equal(must("help", "bundle", "create"), must("bundle", "create", "--help"))
    contains(command("help", "psuh").stderr, 'did you mean "push"?')


@table(("nearly one", "psuh", 'there is no command "psuh"; did you mean "push"?'),
       ("nothing like one", "publish-all", 'there is no command "publish-all"'))
def a_command_that_is_none(name, sentence):
    equal(command(name).stderr, f"chartlocker: {sentence}\nUsage: chartlocker COMMAND [OPTION…]\n"
          "chartlocker help lists the commands.\n")


@table(*[(" ".join(line), *line) for line in
         (("--help",), ("serve", "--help"), ("version", "--json"), ("config", "print"),
          ("config", "check"))])
def output_that_does_not_arrive(*arguments):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE,
                              env=clean_environment(), check=False)
    equal((done.returncode, done.stderr),
          (1, b"chartlocker: standard output could not be written\n"))


@test
def output_into_a_closed_pipe():
    reads, writes = os.pipe()
    os.close(reads)
    done = subprocess.run([PROGRAM, "config", "print"], stdout=writes, stderr=subprocess.PIPE,
                          env=clean_environment(), check=False)
    os.close(writes)
    equal((done.returncode, done.stderr), (1, b""))


@test
def version():
    text = must("version")
    told = dict(line.split() for line in text.splitlines())
    shown = json.loads(must("version", "--json"))
    equal({"chartlocker": shown["version"], "released": shown["released"], "commit": shown["commit"],
           **shown["libraries"]}, told)
    for library in ("sqlite", "libmicrohttpd", "openssl", "libarchive"):
        assert re.match(r"\d+\.\d+", told[library]), told
    equal(must("--version"), text)


# ---- package ----

def sources(folder):
    return write(folder / "demo", {
        "Chart.yaml": b"# a comment\nversion: 1.2.3\nname: demo\napiVersion: v2\nextra: 1\n",
        "values.yaml": b"a: 1\n", ".helmignore": b"*.md\nsecret/\n",
        "templates/a.yaml": b"a: {{ .Values.a }}\n", "README.md": b"ignored\n",
        "secret/key": b"ignored\n"})


@test
def package():
    t = temporary()
    equal(run(t, "package", sources(t), "-d", t / "out", env=DATED),
          (0, "Successfully packaged chart and saved it to: FOLDER/out/demo-1.2.3.tgz\n", ""))
    equal(members(t / "out/demo-1.2.3.tgz"), {
        "demo/Chart.yaml": (1767225600, b"apiVersion: v2\nname: demo\nversion: 1.2.3\n"),
        "demo/values.yaml": (1767225600, b"a: 1\n"),
        "demo/templates/a.yaml": (1767225600, b"a: {{ .Values.a }}\n"),
        "demo/.helmignore": (1767225600, b"*.md\nsecret/\n")})
    equal((t / "out/demo-1.2.3.tgz").stat().st_mode & 0o777, 0o644)


@test
def package_is_reproducible():
    t = temporary()
    first, second = sources(t / "1"), sources(t / "2")
    for path in [*first.rglob("*"), *second.rglob("*")]:
        os.utime(path, (1700000000, 1700000000))
    for folder in (first, second):
        must("package", folder, "-d", folder.parent)
    archives = [(t / n / "demo-1.2.3.tgz").read_bytes() for n in "12"]
    equal(archives[0], archives[1])
    equal({mtime for mtime, _ in members(t / "1/demo-1.2.3.tgz").values()}, {1700000000})


@test
def package_options():
    t = temporary()
    done = json.loads(must("package", sources(t), "-d", t, "--version", "2.0.0+b", "--app-version",
                           "1.10", "--json"))
    archive = (t / "demo-2.0.0+b.tgz").read_bytes()
    equal(done, {"path": f"{t}/demo-2.0.0+b.tgz", "name": "demo", "version": "2.0.0+b",
                 "digest": digest(archive), "size": len(archive)})
    equal(members(t / "demo-2.0.0+b.tgz")["demo/Chart.yaml"][1],
          b'apiVersion: v2\nappVersion: "1.10"\nname: demo\nversion: 2.0.0+b\n')


def link(name, to):
    def make(folder):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).symlink_to(to)
    return make


@table(
    ("a link out of the folder", link("passwd", "/etc/passwd"),
     "passwd is a symbolic link that leads out of the chart's directory; put a copy in its place"),
    ("a folder's link out", link("templates/up", "../.."),
     "templates/up is a symbolic link that leads out of the chart's directory; put a copy in its "
     "place"),
    ("a link that loops", link("templates/up", ".."),
     "templates/up: a symbolic link loops: it leads to a directory that it is in; remove it"),
    ("links that loop together", lambda folder: (link("docs/down", "../templates")(folder),
                                                 link("templates/up", "../docs")(folder)),
     "docs/down/up: a symbolic link loops: it leads to a directory that it is in; remove it"),
    ("a link to nothing", link("gone", "nowhere"), "gone is a symbolic link to nothing"),
    ("a pipe", lambda folder: os.mkfifo(folder / "pipe"),
     "FOLDER/demo/pipe is not a regular file"),
    ("a large file", lambda folder: (folder / "big").write_bytes(bytes(5 * 2**20 + 1)),
     "big has 5242881 bytes, a file in a chart may have 5242880"),
    ("a missing dependency", lambda folder: (folder / "Chart.yaml").write_bytes(
        chart_yaml(dependencies=[{"name": "x", "version": "1.0.0"}])),
     "found in Chart.yaml, but missing in charts/ directory: x"),
    ("no Chart.yaml", lambda folder: (folder / "Chart.yaml").unlink(),
     "Chart.yaml file is missing"))
def package_refuses(prepare, sentence):
    t = temporary()
    prepare(sources(t))
    equal(run(t, "package", t / "demo", "-d", t),
          (1, "", f"chartlocker package: FOLDER/demo: {sentence}\n"))
    equal(list(t.glob("*.tgz")), [])


@test
def package_follows_links_inside():
    t = temporary()
    folder = sources(t)
    link("again.yaml", "values.yaml")(folder)
    link("skipped.md", "/etc/passwd")(folder)     # .helmignore: *.md
    must("package", folder, "-d", t)
    found = members(t / "demo-1.2.3.tgz")
    equal(found["demo/again.yaml"][1], b"a: 1\n")
    assert "demo/skipped.md" not in found


# ---- dependencies ----

def serve_folder(folder):
    """The URL of a plain web server over a folder."""
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(folder))

        def log_message(self, *arguments):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    cleanup(server.server_close)
    cleanup(server.shutdown)
    return f"http://127.0.0.1:{server.server_port}"


def repository(folder):
    write(folder, {"redis-17.0.1.tgz": chart("redis", "17.0.1"),
                   "redis-17.1.0.tgz": chart("redis", "17.1.0"),
                   "redis-18.0.0.tgz": chart("redis", "18.0.0")})
    must("index", folder)
    return serve_folder(folder)


def umbrella(folder, url):
    write(folder / "beside", {"Chart.yaml": chart_yaml("beside", "0.3.0")})
    return write(folder / "umbrella", {"Chart.yaml": chart_yaml("umbrella", dependencies=[
        {"name": "redis", "version": "~17", "repository": url, "alias": "cache",
         "tags": ["a<b"], "import-values": ["data"]},
        {"name": "beside", "version": ">=0.1.0", "repository": "file://../beside"}])})


@test
def dependency_update():
    t = temporary()
    folder = umbrella(t, url := repository(t / "repository"))
    write(folder, {"charts/redis-17.0.1.tgz": chart("redis", "17.0.1")})
    must("package", "-u", folder, "-d", t, env=DATED)
    equal(sorted(p.name for p in (folder / "charts").iterdir()),
          ["beside-0.3.0.tgz", "redis-17.1.0.tgz"])
    equal((folder / "charts/redis-17.1.0.tgz").read_bytes(), chart("redis", "17.1.0"))
    lock = (folder / "Chart.lock").read_text()
    equal(re.sub(r"[0-9a-f]{64}", "DIGEST", lock),
          f"dependencies:\n- name: redis\n  repository: {url}\n  version: 17.1.0\n"
          "- name: beside\n  repository: file://../beside\n  version: 0.3.0\n"
          f'digest: sha256:DIGEST\ngenerated: "{DATE}"\n')
    equal(json.loads(must("inspect", folder, "--json"))["lock"], "in sync")
    must("package", "-u", folder, "-d", t)
    equal((folder / "Chart.lock").read_text(), lock, "written again without a reason")
    assert {"umbrella/charts/redis/Chart.yaml", "umbrella/charts/beside/Chart.yaml"} <= \
        set(members(t / "umbrella-1.0.0.tgz"))


@table(*EACH)
def lock_is_the_one_of_helm(version):
    ours, theirs = temporary(), temporary()
    url = repository(ours / "repository")
    must("package", "-u", umbrella(ours, url), "-d", ours)
    Helm(version)("dependency", "update", umbrella(theirs, url))
    equal(*[(t / "umbrella/Chart.lock").read_text().split("generated:")[0]
            for t in (ours, theirs)])
    equal(*[sorted(p.name for p in (t / "umbrella/charts").iterdir()) for t in (ours, theirs)])


def on(name, version, repository, **more):
    return {"name": name, "version": version, "repository": repository, **more}


def own(folder, *addresses):
    """A chart with charts of its own, which it depends on by these addresses."""
    return write(folder, {"Chart.yaml": chart_yaml("u", dependencies=[
        on(Path(address).name, "0.x", address) for address in addresses]),
        "charts/near/Chart.yaml": chart_yaml("near", "0.3.0", dependencies=[on("redis", "1", "http://127.0.0.1:9")]),
        "charts/other/Chart.yaml": chart_yaml("other", "0.1.0")})


@table(*EACH)
def dependencies_in_its_own_charts(version):
    """They are there already, as they are; an archive beside one, as another program makes it, goes."""
    ours, theirs = temporary(), temporary()
    chosen = ("file://./charts/near", "file://charts/../charts/other")
    write(own(ours / "u", *chosen), {"charts/near-0.2.0.tgz": chart("near", "0.2.0")})
    must("package", "-u", ours / "u", "-d", ours)
    must("package", ours / "u", "-d", ours)
    equal(sorted(p.name for p in (ours / "u/charts").iterdir()), ["near", "other"])
    Helm(version)("dependency", "update", own(theirs / "u", *chosen))
    equal(*[(t / "u/Chart.lock").read_text().split("generated:")[0] for t in (ours, theirs)])


def tree(folder):
    return {str(p.relative_to(folder)): p.is_file() and p.read_bytes() for p in folder.rglob("*")}


@table(
    ("a folder of that name", [on("redis", "~17", "URL")], {"charts/r/Chart.yaml": chart_yaml("redis", "17.0.1")},
     "dependency redis: redis-17.1.0.tgz would stand in charts/ beside charts/r; remove charts/r first"),
    ("beside one without a repository", [on("redis", "~17", "URL"), on("redis", "1", "", alias="b")],
     {"charts/redis-1.0.0.tgz": chart("redis", "1.0.0")},
     "dependency redis: redis-17.1.0.tgz would stand in charts/ beside charts/redis-1.0.0.tgz; remove "
     "charts/redis-1.0.0.tgz first"),
    ("two versions", [on("redis", "~17", "URL"), on("redis", "~17", "URL", alias="a"), on("redis", "18", "URL", alias="b")],
     {"charts/redis-17.0.1.tgz": chart("redis", "17.0.1")},
     "dependency redis: a package cannot have both its versions 17.1.0 and 18.0.0; write ranges that admit the same one"),
    ("another name", [on("x", "1", "file://../sub")], {"../sub/Chart.yaml": chart_yaml("sub")},
     "dependency x: file://../sub: the chart there is called sub"),
    ("another name in its own charts", [on("x", "1", "file://charts/x")], {"charts/x/Chart.yaml": chart_yaml("sub")},
     "dependency x: file://charts/x: the chart there is called sub"),
    ("another version in its own charts", [on("x", "2", "file://charts/x")], {"charts/x/Chart.yaml": chart_yaml("x")},
     "dependency x: file://charts/x: it has version 1.0.0, which the constraint excludes"),
    ("one that misses some itself", [on("sub", "1", "file://../sub")],
     {"../sub/Chart.yaml": chart_yaml("sub", dependencies=[on("redis", "~17", "http://127.0.0.1:9")])},
     "dependency sub: file://../sub: found in Chart.yaml, but missing in charts/ directory: redis; first: chartlocker "
     "package -u FOLDER/sub"),
    ("a name that no archive may have", [on("redis", "~17", "URL")],
     {"a\\b": b"", "charts/redis-17.0.1.tgz": chart("redis", "17.0.1")}, r"u/a\\b: member name contains a backslash"),
    ("an archive that is left out", [on("redis", "~17", "URL")], {".helmignore": b"charts/*.tgz"},
     "found in Chart.yaml, but missing in charts/ directory: redis"))
def nothing_is_written_for_what_cannot_be_packaged(needs, files, sentence):
    t = temporary()
    url = repository(t / "repository")
    write(t / "u", {"Chart.yaml": chart_yaml("u", dependencies=[
        {**needed, "repository": needed["repository"].replace("URL", url)} for needed in needs])})
    before = tree(write(t / "u", files))
    equal(run(t, "package", "-u", t / "u", "-d", t), (1, "", f"chartlocker package: FOLDER/u: {sentence}\n"))
    equal(tree(t / "u"), before)
    equal(list(t.glob("*.tgz")), [])


@test
def dependency_update_at_a_time_that_cannot_be():
    t = temporary()
    folder = umbrella(t, repository(t / "repository"))
    status, out, said = run(t, "package", "-u", folder, "-d", t,
                            env={"SOURCE_DATE_EPOCH": "9300000000"})
    equal((status, out), (2, ""))
    contains(said, "FOLDER/umbrella: SOURCE_DATE_EPOCH is too far in the future\n")
    equal(sorted(p.name for p in folder.iterdir()), ["Chart.yaml"])


def damage(folder):
    (folder / "redis-17.1.0.tgz").write_bytes(chart("redis", "17.1.0", {"x": b"other"}))


@table(
    ("no such version", "~19", None, "URL has no version of it that satisfies \"~19\""),
    ("no version", "", None, 'improper constraint: ""'),
    ("a registry", "1", "oci://h/x", "oci://h/x: charts in OCI registries cannot be fetched; put "
     "the archive into charts/"),
    ("a name", "1", "@stable", "@stable: names of repositories are Helm's own settings; write the "
     "repository's address"),
    ("no address", "1", "stable", "stable: the repository is no address of file, http or https"),
    ("nowhere", "1", "", "it names no repository and is not in charts/"),
    ("not there", "~17", "URL/none", "URL/none/index.yaml: the server answered 404; if "
     "it is private, sign in there with chartlocker login"),
    ("no folder", "1", "file://../none", "file://../none: the directory does not exist"))
def dependency_cannot_be_had(version, where, sentence):
    t = temporary()
    url = repository(t / "repository")
    where = url if where is None else where.replace("URL", url)
    write(t / "x", {"Chart.yaml": chart_yaml("x", dependencies=[
        {"name": "redis", "version": version, "repository": where}])})
    equal(run(t, "package", "-u", t / "x", "-d", t),
          (1, "", "chartlocker package: FOLDER/x: dependency redis: "
           f"{sentence.replace('URL', url)}\n"))
    equal(sorted(p.name for p in (t / "x").iterdir()), ["Chart.yaml"])


@test
def dependency_with_other_bytes_than_promised():
    t = temporary()
    folder = umbrella(t, repository(t / "repository"))
    damage(t / "repository")
    status, _, said = run(t, "package", "-u", folder, "-d", t)
    equal(status, 1)
    contains(said, f"the index promises sha256:{digest(chart('redis', '17.1.0'))}, what came has")
    equal(sorted(p.name for p in folder.iterdir()), ["Chart.yaml"])


# ---- index ----

def packed(folder):
    return write(folder, {
        "demo-1.0.0.tgz": chart(), "demo-1.1.0-rc.1.tgz": chart("demo", "1.1.0-rc.1"),
        "plus-1.0.0+up1.tgz": chart("plus", "1.0.0+up1", appVersion="1.10", keywords=["a", "b"]),
        "sub/demo-2.0.0.tgz": chart("demo", "2.0.0", description='" and \\ and: é'),
        "sub/sub/deep-1.0.0.tgz": chart("deep"), "no-chart.txt": b""})


INDEX = f"""apiVersion: "v1"
generated: "{DATE}"
entries:
  "demo":
  - apiVersion: "v2"
    created: "{DATE}"
    digest: "{digest(chart())}"
    name: "demo"
    urls:
    - "demo-1.0.0.tgz"
    version: "1.0.0"
"""


@test
def index():
    t = write(temporary(), {"demo-1.0.0.tgz": chart()})
    equal(run(t, "index", t, env=DATED), (0, "1 version in FOLDER/index.yaml\n", ""))
    equal((t / "index.yaml").read_text(), INDEX)
    equal((t / "index.yaml").stat().st_mode & 0o777, 0o644)


@test
def index_as_json():
    t = packed(temporary())
    must("index", t, "--json", "--url", "http://h/x/?a=b")
    read = json.loads((t / "index.yaml").read_bytes())
    equal({name: [(v["version"], v["urls"]) for v in versions]
           for name, versions in read["entries"].items()},
          {"demo": [("2.0.0", ["http://h/x/sub/demo-2.0.0.tgz?a=b"]),
                    ("1.1.0-rc.1", ["http://h/x/demo-1.1.0-rc.1.tgz?a=b"]),
                    ("1.0.0", ["http://h/x/demo-1.0.0.tgz?a=b"])],
           "plus": [("1.0.0+up1", ["http://h/x/plus-1.0.0+up1.tgz?a=b"])]})


def data_of(helm, folder, made):
    """An index as data: what this helm makes of it when it merges it into an empty folder."""
    empty = temporary()
    helm("repo", "index", empty, "--merge", folder / made, "--json")
    entries = json.loads((empty / "index.yaml").read_bytes())["entries"]
    for versions in entries.values():
        for entry in versions:
            entry.pop("created")
    return entries


@table(*[(f"{version} {' '.join(options) or 'plain'}", version, options)
         for version, _ in EACH for options in ((), ("--url", "http://h/c%20x"), ("--json",))
         if version != "3.12.3" or "--json" not in options])
def index_is_the_one_of_helm(version, options):
    t, helm = packed(temporary()), Helm(version)
    helm("repo", "index", t, *options)
    os.rename(t / "index.yaml", t / "helm.yaml")
    must("index", t, *options)
    newest = Helm("4.3.1")
    equal(data_of(newest, t, "index.yaml"), data_of(newest, t, "helm.yaml"))


@table(*[(f"{version} {url}", version, url) for version, _ in EACH
         for url in ("charts/sub", "/charts", "my charts/", "http://h/c%20x")])
def urls_of_names_with_spaces_are_the_ones_of_helm(version, url):
    t, helm = write(temporary(), {"x y.tgz": chart(), "s p/é.tgz": chart("more")}), Helm(version)
    helm("repo", "index", t, "--url", url)
    os.rename(t / "index.yaml", t / "helm.yaml")
    must("index", t, "--url", url)
    ours, theirs = (data_of(Helm("4.3.1"), t, f"{name}.yaml") for name in ("index", "helm"))
    equal(ours, theirs)
    contains(ours["demo"][0]["urls"][0], "x%20y.tgz")


@table(*EACH)
def index_merge(version):
    t, old = packed(temporary()), temporary() / "old.yaml"
    old.write_text(INDEX.replace("demo-1.0.0.tgz", "elsewhere.tgz") + INDEX.split("entries:\n")[1]
                   .replace("demo", "gone").replace(digest(chart()), "ab" * 32))
    results = []
    for make in (lambda *a: Helm(version)("repo", *a), must):
        make("index", t, "--merge", old)
        results.append(data_of(Helm("4.3.1"), t, "index.yaml"))
    equal(results[1], results[0])
    equal(results[0]["gone"][0]["digest"], "ab" * 32)
    equal(results[0]["demo"][2]["urls"], ["demo-1.0.0.tgz"])


@test
def index_merge_makes_what_is_not_there():
    t = write(temporary(), {"demo-1.0.0.tgz": chart()})
    must("index", t, "--merge", t / "new.yaml", env=DATED)
    equal((t / "new.yaml").read_text(),
          f'apiVersion: "v1"\ngenerated: "{DATE}"\nentries: {{}}\n')
    equal((t / "index.yaml").read_text(), INDEX)


@table(("a pipe", os.mkfifo, "not a regular file"), ("a folder", os.mkdir, "not a regular file"),
       ("a loop", lambda path: path.symlink_to(path), "Too many levels of symbolic links"))
def index_merge_of_what_is_no_file(make, sentence):
    t = write(temporary(), {"index.yaml": b"old"})
    make(t / "x")
    equal(run(t, "index", t, "--merge", t / "x"),
          (1, "", f"chartlocker index: FOLDER/x: {sentence}\n"))
    equal((t / "index.yaml").read_bytes(), b"old")


@test
def index_of_a_pipe():
    t = temporary()
    os.mkfifo(t / "x.tgz")
    equal(run(t, "index", t),
          (1, "", "FOLDER/x.tgz: not a regular file\n"
           "chartlocker index: 1 of 1 archives cannot be indexed; no index was written\n"))


@test
def index_keeps_versions_that_differ_in_build_metadata():
    t = write(temporary(), {f"demo-1.0.0+{b}.tgz": chart("demo", f"1.0.0+{b}") for b in "ab"})
    must("index", t, "--json")
    read = json.loads((t / "index.yaml").read_bytes())
    equal({v["version"] for v in read["entries"]["demo"]}, {"1.0.0+a", "1.0.0+b"})


@test
def index_refuses():
    t = write(temporary(), {"demo-1.0.0.tgz": chart(), "x.tgz": b"no gzip", "index.yaml": b"old"})
    status, out, said = run(t, "index", t)
    equal((status, out), (1, ""))
    contains(said, "FOLDER/x.tgz: ")
    contains(said, "chartlocker index: 1 of 2 archives cannot be indexed; no index was written\n")
    equal((t / "index.yaml").read_bytes(), b"old")
    equal(run(t, "index", t / "none"), (1, "", "chartlocker index: FOLDER/none does not exist\n"))


@test
def index_at_a_long_address():
    t = write(temporary(), {"demo-1.0.0.tgz": chart()})
    contains(run(t, "index", t, "--url", f"http://h/{'x' * 8192}")[2],
             "FOLDER/demo-1.0.0.tgz: its address is longer than 8192 bytes\n")


# ---- on a terminal ----

def on_a_terminal(*arguments):
    """What the program says there."""
    ours, its = os.openpty()
    process = subprocess.Popen([PROGRAM, *map(str, arguments)], env=clean_environment(),
                               stdout=subprocess.DEVNULL, stderr=its)
    os.close(its)
    said = to_the_end(ours)
    process.wait(timeout=60)
    return said


@table(("import", "import", "--data", "FOLDER/data"), ("index", "index"))
def refusals_take_the_place_of_the_bar(*line):
    t = write(temporary(), {"charts/x.tgz": b"no gzip", "charts/y.tgz": b"no gzip"})
    said = on_a_terminal(*(word.replace("FOLDER", str(t)) for word in line), t / "charts")
    for name in ("x.tgz", "y.tgz"):
        contains(said, f"\r\033[K{t}/charts/{name}: ")


# ---- inspect ----

RICH = chart("rich", "1.0.0", {
    "README.md": b"# rich\n", "LICENSE": b"x\n", "crds/a.yaml":
    b"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\n",
    "charts/redis/Chart.yaml": chart_yaml("redis", "17.1.0"), "values.schema.json": b"{}",
    "Chart.lock": b"dependencies:\n- name: redis\n  repository: http://h\n  version: 17.1.0\n"
                  b"digest: sha256:" + b"0" * 64 + b'\ngenerated: "2026-01-01T00:00:00Z"\n'},
    appVersion="1.10", description="with a\x1b[31m tab\tand colour", icon="https://h/i.png",
    keywords=["a", "b"], maintainers=[{"name": "A", "email": "a@example.org"}],
    dependencies=[{"name": "redis", "version": "~17", "repository": "http://h", "alias": "cache"}])

RICH_TEXT = f"""\
verdict      accepted
size         {len(RICH)} bytes
digest       sha256:{digest(RICH)}
stored as    rich-1.0.0.tgz
name         rich
version      1.0.0
appVersion   1.10
apiVersion   v2
description  with a[31m tab and colour
icon         https://h/i.png
keywords     a
             b
maintainers  A <a@example.org>
files        9, of these 1 templates, 1 CRDs, values.yaml, values.schema.json, Chart.lock, README, \
LICENSE
subcharts    redis 17.1.0 in charts/redis

DEPENDENCY  RANGE  REPOSITORY  LOCKED  IN CHARTS/  ALIAS  CONDITION
redis       ~17    http://h    17.1.0  17.1.0      cache  -

Chart.lock: out of sync
"""


@test
def inspect():
    t = write(temporary(), {"rich.tgz": RICH})
    equal(run(t, "inspect", t / "rich.tgz"), (0, RICH_TEXT, ""))


@test
def inspect_as_json():
    t = write(temporary(), {"rich.tgz": RICH})
    said = json.loads(must("inspect", "--json", t / "rich.tgz"))
    equal((said["accepted"], said["size"], said["digest"], said["stored_as"], said["lock"]),
          (True, len(RICH), digest(RICH), "rich-1.0.0.tgz", "out of sync"))
    equal((said["files"], said["templates"], said["crds"], said["lint"]), (9, 1, 1, []))
    equal(said["subcharts"], [{"path": "charts/redis", "name": "redis", "version": "17.1.0"}])
    equal(said["entry"]["appVersion"], "1.10")


def dependencies(wishes, locked, packaged):
    """A chart with a dependency on redis for each wish, its locked versions and its charts/."""
    lock = "".join(f"- name: redis\n  repository: http://h\n  version: {v}\n" for v in locked)
    return chart("rich", "1.0.0", {
        "Chart.lock": f"dependencies:\n{lock}digest: sha256:{'0' * 64}\ngenerated: {DATE}\n".encode(),
        **{f"charts/redis-{v}.tgz": chart("redis", v) for v in packaged}},
        dependencies=[{"name": "redis", "version": wish, "repository": "http://h", "alias": f"a{i}"}
                      for i, wish in enumerate(wishes)])


@table(
    ("each its own", ["~17", "~18"], ["17.1.0", "18.2.0"], ["17.1.0", "18.2.0"],
     [("17.1.0", "17.1.0"), ("18.2.0", "18.2.0")]),
    ("the other way round", ["~18", "~17"], ["18.2.0", "17.1.0"], ["17.1.0", "18.2.0"],
     [("18.2.0", "18.2.0"), ("17.1.0", "17.1.0")]),
    ("one within the other", [">=17", "~17"], ["18.2.0", "17.1.0"], ["17.1.0", "18.2.0"],
     [("18.2.0", "18.2.0"), ("17.1.0", "17.1.0")]),
    ("a lock in another order", ["~18", "~17"], ["17.1.0", "18.2.0"], ["17.1.0", "18.2.0"],
     [("18.2.0", "18.2.0"), ("17.1.0", "17.1.0")]),
    ("the same for both", ["~17", ">=17"], ["17.1.0", "17.1.0"], ["17.1.0"],
     [("17.1.0", "17.1.0"), ("17.1.0", "17.1.0")]),
    ("one is missing", ["~17", "~18"], ["17.1.0"], ["17.1.0"],
     [("17.1.0", "17.1.0"), ("", "")]),
    ("one alone, that does not fit", ["~18"], ["17.1.0"], ["17.1.0"], [("17.1.0", "17.1.0")]))
def inspect_dependencies_on_the_same_chart(wishes, locked, packaged, shown):
    t = write(temporary(), {"rich.tgz": dependencies(wishes, locked, packaged)})
    said = json.loads(command("inspect", "--json", t / "rich.tgz").stdout)
    equal([(d["alias"], d["locked"], d["vendored"]) for d in said["dependencies"]],
          [(f"a{i}", *pair) for i, pair in enumerate(shown)])
    told = [row for row in rows(command("inspect", t / "rich.tgz").stdout) if row[0] == "redis"]
    equal([(row[5], row[3], row[4]) for row in told],
          [(f"a{i}", in_lock or "-", in_charts or "missing")
           for i, (in_lock, in_charts) in enumerate(shown)])


@test
def inspect_findings():
    t = write(temporary(), {"x.tgz": chart("x", "1.0", icon="no url")})
    status, out, said = run(t, "inspect", t / "x.tgz")
    equal((status, said), (1, ""))
    contains(out, "\n[ERROR]    Chart.yaml: invalid icon URL 'no url'\n")
    contains(out, "\n[WARNING]  Chart.yaml: version '1.0' is not a valid SemVerV2\n")


@test
def inspect_directory():
    t = temporary()
    write(t, {"demo/Chart.yaml": chart_yaml(icon="https://h/i"), "demo/values.yaml": b"",
              "demo/templates/x.yaml": b""})
    equal(run(t, "inspect", t / "demo"),
          (0, "verdict     accepted\nname        demo\nversion     1.0.0\napiVersion  v2\n"
           "icon        https://h/i\nfiles       3, of these 1 templates, 0 CRDs, values.yaml\n", ""))


@table(
    ("a missing dependency", {"Chart.yaml": chart_yaml(dependencies=[{"name": "x", "version": "1.0.0"}])},
     "found in Chart.yaml, but missing in charts/ directory: x"),
    ("two charts of a name", {"charts/a/Chart.yaml": chart_yaml("x"), "charts/b/Chart.yaml": chart_yaml("x")},
     'charts/ has more than one chart with the name "x": charts/a and charts/b; remove one of them'),
    ("a damaged archive", {"charts/a.tgz": b"no gzip"}, "error unpacking subchart a.tgz in demo: this is not a gzip file"),
    ("letters that differ in case", {"README.md": b"", "readme.md": b""},
     "demo/readme.md: duplicate entry, only the case differs from demo/README.md"),
    ("a backslash", {"a\\b": b""}, r"demo/a\\b: member name contains a backslash"),
    ("a drive", {"c:": b""}, "demo/c:: member name contains a drive letter"),
    ("bytes", {os.fsdecode(b"\xff"): b""}, r"demo/\xff: member name is not UTF-8"))
def inspect_directory_refused(files, reason):
    """What push and package say of it."""
    t = write(temporary(), {"demo/Chart.yaml": chart_yaml()})
    write(t / "demo", files)
    status, out, said = run(t, "inspect", "--json", t / "demo")
    equal((status, said), (1, ""))
    told = json.loads(out)
    equal((told["accepted"], told["reason"]), (False, reason))
    equal(run(t, "package", t / "demo", "-d", t), (1, "", f"chartlocker package: FOLDER/demo: {reason}\n"))
    equal(run(t, "push", t / "demo", "http://127.0.0.1:9"), (1, "", f"FOLDER/demo: {reason} ({told['code']})\n"))


@test
def inspect_refused():
    t = write(temporary(), {"x.tgz": (data := tgz([("x/../y", b"")]))})
    status, out, said = run(t, "inspect", t / "x.tgz")
    equal((status, said), (1, ""))
    lines = dict(re.split(r"  +", line, maxsplit=1) for line in out.splitlines())
    reason = lines.pop("reason")
    contains(reason, '..')
    equal(lines, {"verdict": "refused", "code": "archive_refused", "size": f"{len(data)} bytes",
                  "digest": f"sha256:{digest(data)}"})
    equal(json.loads(command("inspect", "--json", t / "x.tgz").stdout),
          {"path": f"{t}/x.tgz", "accepted": False, "size": len(data), "digest": digest(data),
           "reason": reason, "code": "archive_refused"})


@test
def inspect_what_is_not_there():
    t = temporary()
    status, out, said = run(t, "inspect", t / "none")
    equal((status, out), (1, ""))
    equal(said, "chartlocker inspect: FOLDER/none: there is no such file\n")
    os.mkfifo(t / "pipe")
    equal(run(t, "inspect", t / "pipe"),
          (1, "", "chartlocker inspect: FOLDER/pipe: not a regular file\n"))


# ---- push ----

def answer(archive, state, name="demo", version="1.0.0"):
    return f"{name} {version}  sha256:{digest(archive)}  {state}\n"


@test
def push():
    t, server = temporary(), Server()
    write(t, {"demo-1.0.0.tgz": chart()})
    line = ("push", t / "demo-1.0.0.tgz", f"{server.url}/")
    equal(run(t, *line, "--dry-run"), (0, answer(chart(), "would be published"), ""))
    equal(server.get("/charts/demo-1.0.0.tgz").status, 404)
    equal(run(t, *line), (0, answer(chart(), "published"), ""))
    equal(server.get("/charts/demo-1.0.0.tgz").body, chart())
    equal(run(t, *line), (0, answer(chart(), "exists"), ""))
    equal(run(t, "push", "--repo", "team/stable", *line[1:]),
          (0, answer(chart(), "published"), ""))
    equal(server.get("/team/stable/charts/demo-1.0.0.tgz").body, chart())


@test
def push_what_exists_with_other_bytes():
    t, server = temporary(), Server()
    equal(server.publish(chart()).status, 201)
    other = chart(files={"x": b"other"})
    write(t, {"demo-1.0.0.tgz": other, "more-1.0.0.tgz": (more := chart("more"))})
    status, out, said = run(t, "push", t, server.url)
    equal((status, out), (1, answer(more, "published", "more")))
    contains(said, "FOLDER/demo-1.0.0.tgz: ")
    contains(said, digest(other))
    contains(said, digest(chart()))
    contains(said, " (version_exists)\n")
    equal(run(t, "push", "--skip-existing", t, server.url),
          (0, f"demo-1.0.0.tgz  sha256:{digest(other)}  skipped: this version exists with other "
           "bytes\n" + answer(more, "exists", "more"), ""))
    objects = [json.loads(line) for line in
               command("push", "--json", t, server.url).stdout.splitlines()]
    equal([(o["path"], o["status"], o.get("code")) for o in objects],
          [(f"{t}/demo-1.0.0.tgz", "refused", "version_exists"), (f"{t}/more-1.0.0.tgz", "exists", None)])


@test
def push_what_is_unchanged():
    """The same folder, packaged a second later."""
    t, server = temporary(), Server()
    first = chart(files={"values.yaml": b"a: 0\n"})
    later = gzip.compress(gzip.decompress(first), mtime=1)
    equal(server.publish(first).status, 201)
    write(t, {"demo-1.0.0.tgz": later})
    line = ("push", "--skip-unchanged", t / "demo-1.0.0.tgz", server.url)
    for more in ((), ("--dry-run",)):
        equal(run(t, *line, *more), (0, answer(later, "unchanged"), ""))
    write(t, {"demo-1.0.0.tgz.prov": provenance(later)})
    warning = "the provenance file is not stored: it signs these bytes, and the stored archive has others; raise the " \
              "version to sign it"
    equal(run(t, *line), (0, answer(later, "unchanged"), f"FOLDER/demo-1.0.0.tgz: warning: {warning}\n"))
    equal(json.loads(run(t, *line, "--json")[1])["warnings"], [warning])
    (t / "demo-1.0.0.tgz.prov").unlink()
    write(t, {"demo-1.0.0.tgz": chart(files={"values.yaml": b"a: 1\n"})})
    status, out, said = run(t, *line)
    equal((status, out, said), (1, "", "FOLDER/demo-1.0.0.tgz: demo 1.0.0 exists, and values.yaml differs; use a "
                                "new version (version_exists)\n"))
    equal(server.get("/charts/demo-1.0.0.tgz").body, first)


@test
def push_a_directory_and_a_refused_archive():
    t, server = temporary(), Server()
    write(t, {"x.tgz": b"no gzip"})
    status, out, said = run(t, "push", sources(t), t / "x.tgz", server.url, env=DATED)
    equal(status, 1)
    stored = server.get("/charts/demo-1.2.3.tgz").body
    equal(out, answer(stored, "published", version="1.2.3"))
    contains(said, "FOLDER/x.tgz: ")
    contains(said, " (archive_refused)\n")


@test
def push_of_an_empty_provenance_file():
    t, server = temporary(), Server()
    write(t, {"demo-1.0.0.tgz": chart(), "demo-1.0.0.tgz.prov": b""})
    status, out, said = run(t, "push", t, server.url)
    equal((status, out), (1, ""))
    contains(said, "FOLDER/demo-1.0.0.tgz: invalid provenance file: it is empty (")
    equal(server.get("/charts/demo-1.0.0.tgz").status, 404)


@table(("a repository's address", "/team/stable", "If team/stable is a repository: chartlocker push --repo "
        "team/stable … "), ("no repository's", "/a/b/c", "Signing in may help: chartlocker login "))
def push_to(path, hint):
    t, server = temporary(), Server()
    write(t, {"demo-1.0.0.tgz": chart()})
    status, _, said = run(t, "push", t / "demo-1.0.0.tgz", f"{server.url}{path}")
    equal(status, 1)
    equal(said.splitlines()[-1], hint + (server.url if path.count("/") < 3 else server.url + path))


@test
def index_behind_a_link():
    """It is written where the link leads, as Helm does, and who may read it stays."""
    t = write(temporary(), {"charts/demo-1.0.0.tgz": chart(), "kept/index.yaml": b""})
    (t / "kept/index.yaml").chmod(0o640)
    (t / "charts/index.yaml").symlink_to("../kept/index.yaml")
    equal(run(t, "index", t / "charts")[0], 0)
    contains((t / "kept/index.yaml").read_text(), "demo-1.0.0.tgz")
    equal(((t / "charts/index.yaml").is_symlink(), (t / "kept/index.yaml").stat().st_mode & 0o777), (True, 0o640))


@test
def push_to_a_server_that_steers_terminals():
    """Texts of a server are text."""
    t, evil = temporary(), "\x1b]0;pwn\x07\x9b31m"
    write(t, {"demo-1.0.0.tgz": chart()})
    text = json.dumps({"saved": True, "name": evil, "version": evil, "warnings": [evil]}).encode()
    done = command("push", t / "demo-1.0.0.tgz", Hostile({"/api/charts": whole(text, 201)}).url)
    contains(done.stdout, "pwn")
    contains(done.stderr, "warning: ")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", done.stdout + done.stderr), (done.stdout, done.stderr)


@test
def push_tells_what_to_do_behind_what_is_skipped():
    t = temporary()
    write(t, {"a-1.0.0.tgz": chart("a"), "b-1.0.0.tgz": chart("b")})
    answers = iter([response(b'{"error":"no","code":"unauthorized"}', 401),
                    response(b'{"error":"there","code":"version_exists"}', 409)])
    far = Hostile({"/api/charts": lambda _: next(answers)})
    status, out, said = run(t, "push", "--skip-existing", t, far.url)
    equal((status, out.count("skipped"), said.splitlines()[-1]), (1, 1, f"Sign in first: chartlocker login {far.url}"))


@test
def push_where_the_authority_is_ones_own():
    t = write(temporary(), {"demo-1.0.0.tgz": chart()})
    certificate, key = authority(temporary(), "server")
    server = Server(args=("--set", f"tls.cert={certificate}", "--set", f"tls.key={key}"),
                    tls=ssl.create_default_context(cafile=str(certificate)))
    line = ("push", t / "demo-1.0.0.tgz", server.url)
    status, _, said = run(t, *line)
    equal((status, said.endswith("; an authority of your own: SSL_CERT_FILE=FILE\n")), (1, True), said)
    equal(run(t, *line, env={"SSL_CERT_FILE": str(certificate)}), (0, answer(chart(), "published"), ""))


@test
def push_to_nobody():
    t = write(temporary(), {"demo-1.0.0.tgz": chart(), "more-1.0.0.tgz": chart("more")})
    status, out, said = run(t, "push", t, f"http://127.0.0.1:{free_port()}")
    equal((status, out, said.count("\n")), (1, "", 1))
    contains(said, "chartlocker push: http://127.0.0.1:")
    equal(run(t, "push", t / "none", "http://127.0.0.1:1"),
          (1, "", "chartlocker push: FOLDER/none does not exist\n"))


# ---- log ----

@test
def log():
    t, server = temporary(), Server()
    for archive in (chart(), chart("demo", "1.1.0")):
        equal(server.publish(archive).status, 201)
    head, *rows = must("log", "--data", server.data).splitlines()
    equal(head.split(), ["SEQ", "TIME", "ACTOR", "KIND", "REPOSITORY", "CHART", "VERSION", "DIGEST"])
    equal([row.split()[3:] for row in rows[-2:]],
          [["publish", "main", "demo", "1.0.0", digest(chart())[:12]],
           ["publish", "main", "demo", "1.1.0", digest(chart("demo", "1.1.0"))[:12]]])
    events = [json.loads(line) for line in must("log", "--json", "-d", server.data).splitlines()]
    equal([e["seq"] for e in events], list(range(1, len(rows) + 1)))
    last = must("log", "-d", server.data, "--since", len(rows) - 1).splitlines()[1:]
    equal([row.split() for row in last], [rows[-1].split()])
    verdict = must("log", "--verify", "-d", server.data)
    equal(re.sub(r"[0-9a-f]{64}", "ROOT", verdict),
          f"{len(rows)} events, all as they were written; root ROOT\n")
    equal(json.loads(must("log", "--verify", "--json", "-d", server.data)),
          {"events": len(rows), "root": verdict.split()[-1]})
    second = must("log", "-d", server.data, "--since", 1, "--until", 2).splitlines()[1:]
    equal([row.split() for row in second], [rows[1].split()])
    server.stop()
    equal(must("log", "--verify", "-d", server.data), verdict)


def verified(data, *options):
    return json.loads(must("log", "--verify", "--json", "-d", data, *options))


@test
def log_of_any_part():
    server = Server()
    for n in range(6):
        equal(server.publish(chart("demo", f"1.{n}.0")).status, 201)
    last = verified(server.data)["events"]
    roots = [verified(server.data, "--until", n)["root"] for n in range(1, last + 1)]
    equal(len(set(roots)), last)
    for since in range(1, last):
        for until in range(since, last + 1):
            equal(verified(server.data, "--since", since, "--until", until),
                  {"events": until - since, "since": since, "before": roots[since - 1],
                   "until": until, "root": roots[until - 1]})
    said = must("log", "--verify", "-d", server.data, "--since", 1)
    equal(said, f"{last - 1} events, all as they were written; root of the first 1 {roots[0]}, "
                f"of the first {last} {roots[-1]}\n")
    refused = command("log", "--verify", "-d", server.data, "--until", last + 1)
    equal(refused.returncode, 1)
    contains(refused.stderr, f"events 1 to {last + 1} are not a range of this log, which has {last}")


@table(
    ("ended in order", Server.stop, (), True),
    ("killed", Server.kill, (), True),
    ("killed, copied without its shm", Server.kill, ("catalog.db-shm",), False))
def log_where_nothing_can_be_written(end, missing, readable):
    t, server = temporary(), Server()
    equal(server.publish(chart()).status, 201)
    end(server)
    copy = shutil.copytree(server.data, t / "copy", ignore=lambda *_: ("control.sock", *missing))
    wanted = must("log", "-d", server.data)
    copy.chmod(0o500)
    cleanup(lambda: copy.chmod(0o700))
    before = sorted(os.listdir(copy))
    status, out, said = unprivileged("log", "-d", copy)
    equal((status, out), (0, wanted) if readable else (1, ""))
    contains(said, "" if readable else "with a copy of the whole directory that you may write\n")
    equal(unprivileged("log", "--verify", "-d", copy)[0], status)
    equal(sorted(os.listdir(copy)), before)


@test
def log_of_nothing():
    t = temporary()
    equal(run(t, "log", "--data", t / "none"),
          (1, "", "chartlocker log: there is no data directory FOLDER/none\n"))


@table(*[(" ".join(line), line) for line in (
    ("repo", "list"), ("repo", "set", "x", "private=true"), ("user", "show", "x"), ("token", "revoke", "1"),
    ("hook", "list"), ("upstream", "refresh", "x"), ("upstream", "pause", "x"), ("virtual", "list"), ("retention",),
    ("search",), ("yank", "x", "1"), ("audit",), ("fsck",), ("rebuild",), ("scrub",), ("keys", "list"),
    ("bundle", "list"), ("bundle", "create", "--repo", "x", "-n"))])
def a_wrong_place(line):
    """No data directory is made where there is nothing to read or to change, nor of another directory."""
    t = temporary()
    (t / "other").mkdir()
    for name in ("none", "other"):
        status, out, said = run(t, *line, "--data", t / name)
        equal((status, out), (1, ""))
        contains(said, f"chartlocker {line[0]}")
        contains(said, "there is no data directory FOLDER/none" if name == "none" else "FOLDER/other")
    equal([path.name for path in t.iterdir()], ["other"])
    equal(list((t / "other").iterdir()), [])


# ---- JSON ----

@test
def json_is_a_line():
    """Whoever answered: one line end behind it."""
    server = Server()
    for version in ("1.0.0", "1.1.0"):
        equal(server.publish(chart("demo", version)).status, 201)
    for line in (("search",), ("show", "demo"), ("deps", "demo"), ("deps", "--reverse", "demo"), ("compare", "demo", "1.0.0"),
                 ("outdated",), ("yank", "demo", "1.0.0"), ("repo", "list"), ("user", "list"), ("token", "list"),
                 ("hook", "list"), ("upstream", "list"), ("retention",), ("fsck",), ("rebuild",)):
        said = must(*line, "--json", "--data", server.data)
        json.loads(said)
        equal(said, f"{said.strip()}\n", line)


# ---- config ----

@test
def config():
    t = write(temporary(), {"c.yaml": b"workers: 3\nlog:\n  level: debug\n"})
    environment = {"CHARTLOCKER_LOG_LEVEL": "warn"}
    line = ("--config", t / "c.yaml")
    equal(run(t, "config", "check", *line), (0, "the settings are valid\n", ""))
    status, out, _ = run(t, "config", "print", *line, env=environment)
    told = rows(out)
    equal((status, told[0]), (0, ["NAME", "VALUE", "FROM"]))
    values = {row[0]: row[1:] for row in told}
    equal([values[name] for name in ("workers", "log.level", "listen")],
          [["3", "FOLDER/c.yaml:1"], ["warn", "CHARTLOCKER_LOG_LEVEL"],
           ["127.0.0.1:8879", "default"]])
    equal(rows(must("config", "print", "--data", t / "none"))[1][:3], ["data", str(t / "none"), "--data"])
    objects = [json.loads(row) for row in must("config", "print", "--json", *line).splitlines()]
    equal([o["name"] for o in objects], [row[0] for row in told[1:]])
    equal(objects[1], {"name": "listen", "value": "127.0.0.1:8879", "from": "default",
                       "default": "127.0.0.1:8879", "type": "LIST", "reload": False,
                       "sentence": "Addresses to listen on: ADDR:PORT, tls:ADDR:PORT, plain:ADDR:PORT, unix:/PATH, systemd or "
                                   "systemd:NAME."})


@table(("check", "check"), ("print", "print"))
def config_problems(what):
    t = write(temporary(), {"c.yaml": b"lisen: a:1\nworkers: x\n"})
    equal(run(t, "config", what, "--config", t / "c.yaml", env={"CHARTLOCKER_DATE": "x"}),
          (2, "", 'FOLDER/c.yaml:1: there is no setting "lisen"; did you mean "listen"?\n'
           'FOLDER/c.yaml:2: workers: "x" is not a number\n'
           'environment: there is no setting "CHARTLOCKER_DATE"; did you mean "CHARTLOCKER_DATA"?\n'
           "chartlocker config: the settings are not valid\n"))


@test
def config_of_values_that_cannot_be():
    t = write(temporary(), {"c.yaml": b"listen: localhost:80\ndefault_repository: api\n"})
    problems = ('FOLDER/c.yaml:2: default_repository: repository "api": "api" is reserved for addresses of '
                'this program; choose another name\n'
                'FOLDER/c.yaml:1: listen: listen address "localhost:80" is not ADDR:PORT or '
                '[ADDR]:PORT with a numeric address, tls:ADDR:PORT, plain:ADDR:PORT, unix:/PATH (below 108 bytes), '
                'systemd, or systemd:NAME\n')
    equal(run(t, "config", "check", "--config", t / "c.yaml"),
          (2, "", problems + "chartlocker config: the settings are not valid\n"))
    equal(run(t, "serve", "--config", t / "c.yaml", "--data", t / "data"),
          (2, "", problems + "chartlocker serve: the settings are not valid; nothing was started\n"))
    assert not (t / "data").exists()


@table(
    ("bad values", "log:\n  format: json\nlisen: a:1\nworkers: x\n",
     [("config.problem", 'FOLDER/c.yaml:3: there is no setting "lisen"; did you mean "listen"?'),
      ("config.problem", 'FOLDER/c.yaml:4: workers: "x" is not a number'),
      ("config.not_reloaded", "the settings are not valid; the old ones stay")]),
    ("no YAML", "a: [\n",
     [("config.problem", "FOLDER/c.yaml:2: did not find expected node content"),
      ("config.not_reloaded", "the settings are not valid; the old ones stay")]),
    ("no file", None, [("config.not_reloaded", "FOLDER/c.yaml does not exist")]))
def bad_settings_of_a_running_server_are_logged(text, wanted):
    t = write(temporary(), {"c.yaml": b"log:\n  format: json\n"})
    server = Server(args=("--config", t / "c.yaml"))
    before = len(server.log())
    if text is None:
        (t / "c.yaml").unlink()
    else:
        (t / "c.yaml").write_text(text)
    server.process.send_signal(signal.SIGHUP)
    assert settled(lambda: "config.not_reloaded" in server.log()), server.log()
    lines = [json.loads(line) for line in server.log()[before:].splitlines()]
    equal([(line["msg"], line["detail"].replace(str(t), "FOLDER")) for line in lines
           if line["msg"].startswith("config.")], wanted)
    equal({line["level"] for line in lines if line["msg"].startswith("config.")}, {"error"})


# ---- import, while a server runs and while none does ----

@table(("without a server", False), ("beside a server", True))
def import_(running):
    t = temporary()
    folder = write(t / "charts", {"demo-1.0.0.tgz": chart(), "x.tgz": b"no gzip"})
    data = Server(data=t / "data").data if running else t / "data"
    status, out, said = run(t, "import", "--data", data, "--repo", "stable", folder)
    equal((status, out), (1, "1 imported into stable, 0 there already, 1 refused\n"))
    contains(said, "FOLDER/charts/x.tgz: ")
    (folder / "x.tgz").unlink()
    equal(json.loads(must("import", "--json", "-d", data, "-r", "stable", folder)),
          {"imported": 0, "existing": 1, "refused": 0, "bytes": len(chart())})
    contains(must("log", "-d", data), "stable")


@test
def import_of_a_name_that_would_steer_a_terminal():
    t = write(temporary(), {"a\x1b[31m\x9b\u202e.tgz": b"no gzip"})
    status, _, said = run(t, "import", "--data", t / "data", t)
    equal((status, said), (1, "FOLDER/a?[31m??.tgz: this is not a gzip file\n"))


@table(("without a server", None, 0), ("where a server takes as much", "50m", 0),
       ("where a server takes less", "20m", 1))
def import_of_a_large_chart(limit, status):
    t = write(temporary(), {"big-1.0.0.tgz": chart_of_size(24 << 20)})
    if limit:
        Server(data=t / "data", args=("--set", f"upload.max_bytes={limit}"))
    done = command("import", "--data", t / "data", t / "big-1.0.0.tgz")
    equal(done.returncode, status, done.stderr)
    contains(done.stderr, "the limit is 20971520\n" if status else "")


@test
def import_of_nothing():
    t = write(temporary(), {"a/demo-1.0.0.txt": chart(), "b/.hidden-1.0.0.tgz": chart(),
                            "c/demo-1.0.0.tgz": chart()})
    line = ("import", "--data", t / "data", t / "a")
    equal(run(t, *line), (1, "", "chartlocker import: FOLDER/a: there is no .tgz in it\n"))
    equal(run(t, *line, t / "b"),
          (1, "", "chartlocker import: FOLDER/a: there is no .tgz in it, nor in the others\n"))
    assert not (t / "data").exists()
    equal(run(t, *line, t / "c"), (0, "1 imported into main, 0 there already, 0 refused\n", ""))


def linked(t):
    """A chart and its .prov in one folder, links to them and to the folder in another."""
    write(t, {"charts/demo-1.0.0.tgz": chart(), "charts/demo-1.0.0.tgz.prov": provenance(chart()),
              "links/more-1.0.0.tgz": (more := chart("more"))})
    (t / "links/demo.tgz").symlink_to("../charts/demo-1.0.0.tgz")
    (t / "links/demo.tgz.prov").symlink_to("../charts/demo-1.0.0.tgz.prov")
    (t / "links/folder").symlink_to("../charts")
    return more


def stored(server):
    return [server.get(f"/charts/{name}").status
            for name in ("demo-1.0.0.tgz", "demo-1.0.0.tgz.prov", "more-1.0.0.tgz")]


NAMED_LINKS = (("a file", "links/demo.tgz", [200, 200, 404]),
               ("a folder", "links/folder", [200, 200, 404]),
               ("found in a folder", "links", [404, 404, 200]))


@table(*[(f"{what} {'beside' if running else 'without'} a server", running, path, statuses)
         for what, path, statuses in NAMED_LINKS for running in (False, True)])
def import_follows_named_links(running, path, statuses):
    t = temporary()
    linked(t)
    server = Server(data=t / "data") if running else None
    equal(run(t, "import", "--data", t / "data", t / path),
          (0, "1 imported into main, 0 there already, 0 refused\n", ""))
    equal(stored(server or Server(data=t / "data")), statuses)


@table(*NAMED_LINKS)
def push_follows_named_links(path, statuses):
    t, server = temporary(), Server()
    more = linked(t)
    equal(run(t, "push", t / path, server.url),
          (0, answer(more, "published", "more") if path == "links" else
           answer(chart(), "published"), ""))
    equal(stored(server), statuses)


@table(("to a chart", "demo-1.0.0.tgz", "../charts/demo-1.0.0.tgz", True), ("to a folder", "more", "../charts", True),
       ("to something else", "notes.txt", "../charts/demo-1.0.0.tgz", False))
def links_alone(name, to, told):
    """Who has a folder of them is told why nothing is found."""
    t = write(temporary(), {"charts/demo-1.0.0.tgz": chart()})
    (t / "links").mkdir()
    (t / "links" / name).symlink_to(to)
    why = "; symbolic links are followed where they are named, not where they are found, as here" if told else ""
    equal(run(t, "import", "--data", t / "data", t / "links"),
          (1, "", f"chartlocker import: FOLDER/links: there is no .tgz in it{why}\n"))
    equal(run(t, "push", t / "links", "http://127.0.0.1:9"),
          (1, "", f"chartlocker push: FOLDER/links: there is neither a Chart.yaml nor a .tgz in it{why}\n"))


@table(("to nothing", "nowhere", "chartlocker import: FOLDER/x.tgz does not exist\n"),
       ("to a device", "/dev/null", "FOLDER/x.tgz: /dev/null is not a regular file\n"))
def import_of_a_link(to, sentence):
    t = temporary()
    link("x.tgz", to)(t)
    status, _, said = run(t, "import", "--data", t / "data", t / "x.tgz")
    equal((status, said), (1, sentence))


@table(("charts", 256, 1500, False), ("charts with provenance files", 256, 1500, True),
       ("charts one by one", 40, 100, False))
def import_of_more_than_may_be_open(files, count, signed):
    t = temporary()
    for version in (f"1.0.{i}" for i in range(count)):
        archive = chart("demo", version)
        write(t / "charts", {f"demo-{version}.tgz": archive, **(
            {f"demo-{version}.tgz.prov": provenance(archive, version=version)} if signed else {})})
    for name in ("a/b", "c"):        # each repository has a file open
        must("import", "--data", t / "data", "--repo", name, t / "charts/demo-1.0.0.tgz")
    done = command("import", "--data", t / "data", t / "charts",
                   wrap=(need("prlimit"), f"--nofile={files}"))
    equal((done.returncode, done.stdout),
          (0, f"{count} imported into main, 0 there already, 0 refused\n"), done.stderr)


@test
def import_interrupted():
    """What was begun is finished: nothing is left for the recovery, and the rest goes in later."""
    t = temporary()
    write(t / "charts", {f"demo-1.0.{i}.tgz": chart("demo", f"1.0.{i}") for i in range(600)})
    line = ("import", "--data", t / "data", t / "charts")
    process = subprocess.Popen([PROGRAM, *map(str, line)], env=clean_environment(),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not list(t.glob("data/repos/main/charts/*")) and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode in (0, 1), process.returncode
    done = command("fsck", "--data", t / "data")
    equal((done.returncode, done.stderr), (0, ""))
    equal(list((t / "data/quarantine").iterdir()), [])
    contains(must(*line), ", 0 refused\n")
    equal(len(list((t / "data/repos/main/charts").iterdir())), 600)


@test
def import_keeps_times_within_reach():
    t = write(temporary(), {f"demo-1.0.{i}.tgz": chart("demo", f"1.0.{i}") for i in (0, 1)})
    os.utime(t / "demo-1.0.0.tgz", (-315619200, -315619200))
    os.utime(t / "demo-1.0.1.tgz", (14000000000, 14000000000))    # the year 2413
    must("import", "--data", t / "data", t / "demo-1.0.0.tgz", t / "demo-1.0.1.tgz")
    index = json.loads((t / "data/repos/main/index.yaml").read_bytes())
    equal([v["created"] for v in index["entries"]["demo"]],
          ["2262-04-11T23:47:16.854775807Z", "1960-01-01T00:00:00Z"])


@test
def a_folder_that_may_not_be_read():
    t, server = temporary(), Server()
    write(t / "charts", {"demo-1.0.0.tgz": chart(), "lost+found/x-1.0.0.tgz": chart("x")})
    lost = t / "charts/lost+found"
    lost.chmod(0)
    cleanup(lambda: lost.chmod(0o700))
    why = f"{lost}: Permission denied"
    equal(unprivileged("import", "--data", t / "data", t / "charts"),
          (1, "1 imported into main, 0 there already, 0 refused\n", f"{why}\n"))
    equal(unprivileged("push", t / "charts", server.url),
          (1, answer(chart(), "published"), f"{why}\n"))
    equal(unprivileged("index", t / "charts"),
          (0, f"1 version in {t}/charts/index.yaml\n", f"{why}; passed by\n"))


@test
def fsck_of_a_name_that_steers_terminals():
    t = temporary()
    must("import", write(t, {"charts/demo-1.0.0.tgz": chart()}) / "charts", "-d", t / "data")
    (t / "data/repos/main/charts/x\x1b]0;pwn\x07.tgz").write_bytes(b"x")
    said = command("fsck", "-d", t / "data").stdout
    contains(said, "pwn")
    assert "\x1b" not in said and "\x07" not in said, said


if __name__ == "__main__":
    main()

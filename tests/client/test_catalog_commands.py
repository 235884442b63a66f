"""chartlocker search, show and compare: of a server, of a data directory, and without either."""
import functools
import json
import re
import shutil
from pathlib import Path

from helm import EACH, Helm, unpack
from harness import (PROGRAM, Server, chart, command, contains, equal, form, main, must, provenance, table, temporary, test)
from hostile_server import Hostile, whole
from people import PASSWORD, add_user
from terminal import on_terminal, rows

CRD = b"kind: CustomResourceDefinition\nspec: {group: example.org, names: {kind: Thing, plural: things}}\n"
FILES = {"README.md": b"# Queue\n\nKeeps *messages*.\n", "values.yaml": b"# How many.\nreplicas: 1\ngone: true\n",
         "crds/thing.yaml": CRD}
LATER = {**FILES, "values.yaml": b"# How many.\nreplicas: 3\n", "README.md": b"# Queue\n\nKeeps all messages.\n"}


def note(text):
    return {"artifacthub.io/changes": json.dumps([{"kind": "fixed", "description": text}])}


ABOUT = {"description": "Keeps messages", "keywords": ["broker"], "home": "https://queue.example", "kubeVersion": ">=1.25.0-0",
         "maintainers": [{"name": "Jo", "email": "jo@example.org"}]}
OLD = chart("queue", "1.0.0", FILES, appVersion="7", **ABOUT)
NEW = chart("queue", "2.0.0+b.1", LATER, appVersion="8", annotations=note("now"), **ABOUT)


@functools.cache
def server():
    running = Server(keep=True)
    for repo in ("team-a/stable", "vault"):
        equal(running.request("POST", "/api/v1/repos", json.dumps({"name": repo, "private": repo == "vault"}),
                              {"Content-Type": "application/json"}).status, 201)
    for archive in (OLD, chart("queue", "1.5.0", FILES, annotations=note("between"), **ABOUT), NEW):
        equal(running.publish(archive, "team-a/stable").status, 201)
    for archive in (chart("mail", description="Sends messages"), chart("old-mail", deprecated=True, description="Sent messages"),
                    chart("early", "0.1.0-rc.1", description="Not yet")):
        equal(running.publish(archive).status, 201)
    equal(running.publish(chart("secret", description="Hidden messages"), "vault").status, 201)
    add_user(running.data, "root", "admin:*")
    return running


def ways():
    return ("--server", server().url), ("--data", server().data)


# ---- search ----

@test
def search_by_words():
    for way in ways():
        hidden = [] if way[0] == "--server" else [["vault/secret", "1.0.0", "-", "Hidden messages"]]
        found = rows(must("search", "messages", *way))
        equal(found[0], ["CHART", "VERSION", "APP VERSION", "DESCRIPTION"])
        equal(sorted(found[1:]), sorted([["team-a/stable/queue", "2.0.0+b.1", "8", "Keeps messages"], ["main/mail", "1.0.0", "-", "Sends messages"],
                                         ["main/old-mail", "1.0.0", "-", "deprecated: Sent messages"], *hidden]))
        equal(rows(must("search", "keyword:broker", "kube:1.30", *way))[1:], [["team-a/stable/queue", "2.0.0+b.1", "8", "Keeps messages"]])
        equal(rows(must("search", "-o", "name", "--repo", "main", *way))[1:], [
            ["main/early", "0.1.0-rc.1", "-", "pre-release: Not yet"], ["main/mail", "1.0.0", "-", "Sends messages"],
            ["main/old-mail", "1.0.0", "-", "deprecated: Sent messages"]])
        equal([row[0] for row in rows(must("search", *way, "--repo", "main", "--", "messages", "-old"))[1:]], ["main/mail"])


@test
def a_name_without_a_repository():
    """The default repository's, else the only one that has it."""
    for way in ways():
        contains(must("show", "queue", *way), "team-a/stable/queue 2.0.0+b.1")
        contains(must("compare", "queue", "1.0.0", "1.5.0", *way), "team-a/stable/queue 1.0.0 → 1.5.0")
        contains(must("deps", "queue", *way), "team-a/stable/queue")
    several = Server()
    for repo in ("one", "two"):
        equal(several.request("POST", "/api/v1/repos", json.dumps({"name": repo}), {"Content-Type": "application/json"}).status, 201)
        equal(several.publish(chart("both"), repo).status, 201)
    refused = command("show", "both", "--server", several.url)
    equal(refused.returncode, 1)
    contains(refused.stderr, "both is in several repositories: say one/both, or two/both")
    equal(several.publish(chart("both")).status, 201)
    contains(must("show", "both", "--server", several.url), "main/both 1.0.0")


@test
def search_as_json():
    for way in ways():
        found = json.loads(must("search", "queue", "-j", *way))
        equal((found["total"], [(hit["repo"], hit["name"]) for hit in found["results"]]), (1, [("team-a/stable", "queue")]))
    equal(must("search", "queue", "--json", "--server", server().url).encode(), server().get("/api/v1/search?q=queue").body)


@test
def search_by_pages():
    whole, pages, after = rows(must("search", "-o", "name", "--server", server().url))[1:], [], ()
    while True:
        done = command("search", "-o", "name", "--limit", "3", *after, "--server", server().url)
        equal(done.returncode, 0)
        pages += rows(done.stdout)[1:]
        more = re.fullmatch(r"3 of 4; the next ones: --after (\d+)\n", done.stderr)
        if not more:
            equal(done.stderr, "")
            break
        after = ("--after", more[1])
    equal(pages, whole)


@test
def search_finds_nothing():
    for way in ways():
        done = command("search", "zzzqqqxxx", *way)
        equal((done.returncode, done.stdout, done.stderr), (0, "", "No charts were found.\n"))
        equal(command("search", "zzzqqqxxx", "--fail-on-no-result", *way).returncode, 1)
        equal(command("search", "zzzqqqxxx", "-f", "-j", *way).returncode, 1)
        equal(command("search", "queue", "-f", *way).returncode, 0)
        done = command("search", "queeu", *way)
        contains(done.stdout, "team-a/stable/queue")
        equal(done.stderr, "nothing is called so; this was found for: queue\n")


@test
def search_before_anybody_looked():
    folder, data = temporary(), temporary() / "data"
    (folder / "a-1.0.0.tgz").write_bytes(chart("fresh"))
    must("import", "--data", data, folder)
    contains(must("search", "fresh", "--data", data), "main/fresh")


@table(("a sort", ("-o", "size"), "relevance name"), ("a limit", ("--limit", "0"), "limit"), ("a large limit", ("--limit", "101"), "limit"),
       ("no number", ("--after", "x"), "after"))
def search_refused(line, said):
    for way in ways():
        done = command("search", "x", *line, *way)
        equal((done.returncode, done.stdout), (1, ""))
        contains(done.stderr, said)


# ---- addresses ----

NAMED = "https://charts.example.org/hub"
KNOWN = {"CHARTLOCKER_PUBLIC_URL": NAMED}
IN_CATALOG = (("search", "mail"), ("show", "mail"), ("deps", "mail"), ("compare", "mail", "1.0.0"), ("images", "mail"), ("images", "main/"),
              ("ready", "main/mail"), ("ready", "--repo", "main"), ("outside",), ("outdated",), ("repo", "show", "main"), ("repo", "list"))


@functools.cache
def with_mail():
    """Nobody serves it."""
    running = Server(keep=True)
    needs = [{"name": "post", "version": "1", "repository": "https://post.example.org"}]
    pod = b"kind: Pod\napiVersion: v1\nspec: {containers: [{name: c, image: 'docker.io/x/mail:1'}]}\n"
    mail = chart("mail", dependencies=needs, files={"templates/pod.yaml": pod})
    equal(running.request("POST", "/api/charts", *form(mail, provenance(mail, "mail"))).status, 201)
    running.stop()
    return running.data


def served_at(*listeners, **options):
    """It, with the addresses that it says it has."""
    data = shutil.copytree(with_mail(), temporary() / "data")
    line = [PROGRAM, "serve", "--data", data, *(word for at in listeners for word in ("--listen", at.format(data)))]
    running = Server(data=data, line=line, **options)
    return data, re.findall(r"listening on (http\S+)", running.log())


def unserved(*_, **_options):
    return shutil.copytree(with_mail(), temporary() / "data"), [None]


@table(("nobody serves", unserved, (), {}, {}, None),
       ("nobody serves what has a name", unserved, (), {}, KNOWN, NAMED),
       ("a server", served_at, ("127.0.0.1:0",), {}, {}, "{}"),
       ("a server that has a name", served_at, ("127.0.0.1:0",), {"env": KNOWN}, {}, NAMED),
       ("a server below a path", served_at, ("127.0.0.1:0",), {"args": ("--set", "base_path=/hub")}, {}, "{}"),
       ("a Unix socket first", served_at, ("unix:{}.sock", "127.0.0.1:0"), {}, {}, "{}"),
       ("all addresses", served_at, ("0.0.0.0:0", "127.0.0.1:0"), {}, {}, "{}"),
       ("all addresses of IPv6", served_at, ("[::]:0", "127.0.0.1:0"), {}, {}, "{}"))
def addresses_lead_somewhere(serve, listeners, options, env, base):
    """What --data tells is what the server is called, as with --server; else there are none."""
    data, found = serve(*listeners, **options)
    base = base and base.format(found[0]).replace("0.0.0.0", "localhost").replace("[::]", "localhost")
    ask = lambda *line: must(*line, "--data", data, env=env)
    said = {row[0]: row[1:] for row in rows(ask("show", "mail"))}
    equal([said.get(label) for label in ("page", "archive", "install")],
          [base and [text] for text in (f"{base}/packages/main/mail/1.0.0", f"{base}/charts/mail-1.0.0.tgz",
                                        f"helm install RELEASE mail --repo {base} --version 1.0.0")])
    archive = f"{base}/charts/mail-1.0.0.tgz"
    equal(json.loads(ask("show", "mail", "--json"))["urls"],
          {"page": f"{base}/packages/main/mail/1.0.0", "repository": base, "archive": archive, "provenance": archive + ".prov"} if base else {})
    equal([hit.get("url") for hit in json.loads(ask("search", "mail", "--json"))["results"]], [base and f"{base}/packages/main/mail"])


@test
def no_command_makes_an_address_up():
    for line in IN_CATALOG:
        for more in ((), ("--json",)):
            done = command(*line, *more, "--data", with_mail())
            equal(re.findall("http://|localhost", done.stdout + done.stderr), [], (line, more, done.stdout))
            equal((bool(done.stdout), done.stderr), (True, ""), line)            # 1: ready and outside have found something


# ---- who asks ----

@test
def private_charts_are_for_who_signs_in():
    with_name = server().url.replace("http://", f"http://root:{PASSWORD.replace(' ', '%20')}@")
    equal(len(rows(must("search", "hidden", "--server", with_name))), 2)
    equal(rows(must("show", "vault/secret", "--server", with_name))[0], ["chart", "vault/secret 1.0.0"])
    for line in (("show", "vault/secret"), ("compare", "vault/secret", "1.0.0")):
        done = command(*line, "--server", server().url)
        equal((done.returncode, done.stdout), (1, ""))
        contains(done.stderr, "Signing in may help")


# ---- show ----

@test
def show_facts():
    for way in ways():
        found = rows(must("show", "team-a/stable/queue", *way))
        equal(found[0], ["chart", "team-a/stable/queue 2.0.0+b.1"])
        for row in (["Keeps messages"], ["app version", "8"], ["keywords", "broker"], ["maintainers", "Jo <jo@example.org>"],
                    ["links", "https://queue.example (home)"], ["Kubernetes", ">=1.25.0-0 (1.25 and newer)"],
                    ["kinds", "ConfigMap, CustomResourceDefinition"], ["CRDs", "Thing (example.org)"]):
            contains(found, row)
        for version in (("team-a/stable/queue@1.0.0",), ("team-a/stable/queue", "--version", "1.0.0")):
            contains(rows(must("show", *version, *way)), ["newer", "2.0.0+b.1"])
    equal(must("show", "team-a/stable/queue", "--json", "--server", server().url).encode(),
          server().get("/api/v1/charts/team-a~stable/queue").body)


ROLES = b"""kind: ClusterRole
apiVersion: rbac.authorization.k8s.io/v1
rules:
  - {apiGroups: [""], resources: [secrets], verbs: [get]}
  - {apiGroups: [""], resources: [secrets, pods], verbs: [list]}
  - {apiGroups: [""], resources: [pods], verbs: [get]}
"""


@test
def show_much():
    """Rights by what is dangerous about them, long lists up to a point."""
    running = Server()
    images = b"".join(b"i%d: {image: {repository: docker.io/x/i%02d, tag: '1'}}\n" % (n, n) for n in range(40))
    equal(running.publish(chart("much", files={"values.yaml": images, "templates/role.yaml": ROLES}, dependencies=[
        {"name": "a", "repository": "file://../a"}, {"name": "b", "version": "^1", "repository": ""}])).status, 201)
    found = rows(must("show", "much", "--server", running.url))
    contains(found, ["rights", "3 rules of roles"])
    contains(found, ["reads any secret ×2"])
    contains(found, ["depends on", "a (file://../a)"])
    contains(found, ["b ^1"])
    at = found.index(["images", "docker.io/x/i00:1"])
    equal(found[at + 29:at + 31], [["docker.io/x/i29:1"], ["… (--json tells all of them)"]])


@table(*EACH)
def show_as_helm_does(version):
    """The files of an archive; Chart.yaml, which Helm writes anew, says the same."""
    import yaml
    helm, archive = Helm(version), temporary() / "queue-1.0.0.tgz"
    archive.write_bytes(OLD)
    for way in ways():
        for part in ("readme", "values", "crds"):
            said = must("show", "team-a/stable/queue@1.0.0", part, *way)
            equal(said.strip().removeprefix("---\n"), helm("show", part, archive).strip().removeprefix("---\n"))
            equal(must("show", part, "team-a/stable/queue@1.0.0", *way), said)
        ours, theirs = (yaml.safe_load(text) for text in (must("show", "chart", "team-a/stable/queue@1.0.0", *way), helm("show", "chart", archive)))
        equal(ours, theirs)
        for text in (FILES["README.md"], FILES["values.yaml"], CRD):
            contains(must("show", "all", "team-a/stable/queue@1.0.0", *way), text.decode())


@test
def show_by_the_name_of_a_part():
    """A chart may be called values; then the part is what follows."""
    running = Server()
    equal(running.publish(chart("values", files={"values.yaml": b"a: 1\n"})).status, 201)
    contains(must("show", "values", "--server", running.url), "main/values 1.0.0")
    equal(must("show", "values", "values", "--server", running.url), "a: 1\n")


@table(("nothing", (), "REPO/NAME is expected"), ("three", ("a", "values", "b"), "REPO/NAME is expected"),
       ("no part", ("a", "notes"), "readme, values, chart, crds or all"), ("no name", ("main/",), "REPO/NAME is expected"),
       ("two versions", ("a@1", "--version", "1"), "given twice"), ("both", ("a", "--server", "http://h", "--data", "d"), "exclude each other"),
       ("a part as JSON", ("a", "values", "-j"), "--json tells"), ("an empty version", ("a", "--version", ""), "--version is empty"))
def show_misused(line, said):
    done = command("show", *line)
    equal((done.returncode, done.stdout), (2, ""))
    contains(done.stderr, said)


@test
def what_is_not_there():
    for way in ways():
        for line, said in ((("show", "queues"), 'there is no chart "queues" in main'),
                           (("show", "queue@1"), "queue has no version 1;"),
                           (("show", "team-a/stable/queue@1.1.0", "values"), "queue has no version 1.1.0; near it: 2.0.0+b.1, 1.5.0, 1.0.0"),
                           (("show", "nowhere/queue"), "no repository"),
                           (("compare", "team-a/stable/queue", "1.0.0", "3"), "queue has no version 3"),
                           (("compare", "main/queue", "1.0.0"), 'there is no chart "queue" in main')):
            done = command(*line, *way)
            equal((done.returncode, done.stdout), (1, ""))
            contains(done.stderr, f"chartlocker {line[0]}: ")
            contains(done.stderr, said)
            contains(done.stderr, "chartlocker search queue")
    done = command("show", "queue", "--data", "nowhere")
    equal((done.returncode, "search" in done.stderr, Path("nowhere").exists()), (1, False, False))
    contains(done.stderr, "name one with --data, or a server with --server")
    equal(command("search", "x", "--server", "http://127.0.0.1:9").returncode, 1)


def liar(text):
    """Answers whatever it is asked with one text; its address."""
    return Hostile({"*": whole(text, Content_Type="application/json")}).url


ASKED = (("search", "x"), ("show", "main/x"), ("deps", "main/x"), ("compare", "main/x", "1", "2", "--fail-on", "breaking"),
         ("images", "main/x"), ("ready", "main/x"))
LISTED = (("images", "main/"), ("ready", "--repo", "main"), ("outside",), ("outdated",), ("snippets",))


def does_not_answer_as_chartlocker(url, lines):
    for line in lines:
        for more in ((), ("--json",)):
            done = command(*line, *more, "--server", url)
            equal((done.returncode, done.stdout), (1, ""), (line, more))
            contains(done.stderr, "the server does not answer as Chartlocker does")


@table(("nothing", b""), ("no JSON", b"\xff\0<html>"), ("a list", b"[]"), ("another object", b"{}"), ("null", b"null"))
def answer_of_another_program(text):
    """No gate is passed, and nothing of it is passed on."""
    does_not_answer_as_chartlocker(liar(text), ASKED)


@table(("nothing", b""), ("no JSON", b"\xff\0<html>"), ("an object", b"{}"), ("null", b"null"), ("a list of texts", b'["x"]'),
       ("a list of others", b"[{}]"))
def list_of_another_program(text):
    does_not_answer_as_chartlocker(liar(text), LISTED)


@table(("a table", ()), ("JSON", ("--json",)))
def search_that_shows_nothing(more):
    """A page behind the last one: what there is elsewhere does not count."""
    url = liar(b'{"results":[],"total":5}')
    equal(command("search", "x", "--fail-on-no-result", *more, "--server", url).returncode, 1)


@test
def terminal_of_who_asks():
    """Texts of a server are text."""
    evil = "\x1b]0;pwn\x07\x9b31m"
    hunk = {**dict.fromkeys(("old_from", "old_count", "new_from", "new_count"), evil), "lines": [[evil, evil]]}
    changed = {**dict.fromkeys(("change", "kind", "old", "new", "added", "removed"), evil), "name": evil, "diff": [hunk]}
    answer = {"results": [{"name": evil, "repo": evil, "description": evil}], "total": 1, "next": evil, "notes": [evil],
              "did_you_mean": evil, "name": evil, "repo": evil, "version": evil, "digest": evil, "dependencies": [],
              "summary": [{"text": evil, "severity": evil}], "from": evil, "to": evil,
              "kinds": {"changes": [changed]}, "files": {"changes": [changed]}, "cycles": [{"length": evil}]}
    url = liar(json.dumps(answer).encode())
    for line in ASKED:
        done = command(*line, "--server", url)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", done.stdout + done.stderr), (line, done.stdout, done.stderr)


# ---- compare ----

TOLD = [["breaking", "1 value removed"], ["removed", "gone", "true"], ["changed", "replicas", "1 → 3", "default"],
        ["changed", "appVersion", "7 → 8"], ["changed", "values.yaml", "+1 −2"]]


@test
def compare_versions():
    for way in ways():
        for line in (("1.0.0", "2.0.0+b.1"), ("1.0.0",), ("1.0.0", "latest")):
            said = must("compare", "team-a/stable/queue", *line, *way)
            found = rows(said)
            equal(found[0], ["team-a/stable/queue 1.0.0 → 2.0.0+b.1"])
            for row in TOLD:
                contains(found, row)
            contains(said, "Changelog\n  2.0.0+b.1 \n    - fixed: now\n  1.5.0 \n    - fixed: between\n")
            assert "@@" not in said
        contains(must("compare", "team-a/stable/queue", "2.0.0+b.1", "1.0.0", *way), "The first one is the newer")
        contains(must("compare", "team-a/stable/queue", "1.0.0", "--diff", *way),
                 "--- a/README.md\n+++ b/README.md\n@@ -1,3 +1,3 @@\n # Queue\n \n-Keeps *messages*.\n+Keeps all messages.\n")
    equal(must("compare", "team-a/stable/queue", "1.0.0", "--diff", "-j", "--server", server().url).encode(),
          server().get("/api/v1/charts/team-a~stable/queue/compare/1.0.0...latest?diff").body)


@test
def compare_without_a_server():
    """Archives and directories, in any mixture; nobody knows the versions between."""
    folder = temporary()
    paths = [folder / "a.tgz", folder / "b.tgz"]
    for path, archive in zip(paths, (OLD, NEW)):
        path.write_bytes(archive)
    for index, path in enumerate(list(paths)):
        (folder / f"source-{index}").mkdir()
        paths.append(unpack(path.read_bytes(), folder / f"source-{index}"))
    for old, new in ((0, 1), (2, 3), (0, 3), (2, 1)):
        said = must("compare", paths[old], paths[new])
        found = rows(said)
        equal(found[0], ["queue 1.0.0 → 2.0.0+b.1"])
        for row in TOLD:
            contains(found, row)
        contains(said, "fixed: now")
        assert "between" not in said
    here = json.loads(must("compare", "-j", "-u", paths[0], paths[1]))
    there = json.loads(must("compare", "-j", "-u", "team-a/stable/queue", "1.0.0", "--server", server().url))
    equal({k: v for k, v in here.items() if k != "changelog"},
          {k: v for k, v in there.items() if k not in ("repo", "changelog")})


@table(("breaking", "1.0.0", "breaking", 1), ("at least to be checked", "1.0.0", "check", 1), ("nothing", "2.0.0+b.1", "check", 0),
       ("no more than a note", "1.0.0...1.5.0", "breaking", 0))
def compare_fails_on(versions, what, status):
    for way in ways():
        done = command("compare", "team-a/stable/queue", *versions.split("..."), "--fail-on", what, *way)
        equal(done.returncode, status, done.stdout + done.stderr)


@test
def archives_that_are_none():
    folder = temporary()
    (folder / "bad.tgz").write_bytes(b"no archive")
    (folder / "good.tgz").write_bytes(OLD)
    (folder / "empty").mkdir()
    for one in ("bad.tgz", "empty", "none.tgz", "none"):
        done = command("compare", folder / "good.tgz", folder / one)
        equal((done.returncode, done.stdout), (1, ""))
        contains(done.stderr, f"chartlocker compare: {folder / one}: ")


@table(("one", ("a",), "are expected"), ("four", ("a", "1", "2", "3"), "are expected"), ("a version in the name", ("a@1", "2"), "the versions follow"),
       ("a wrong word", ("a", "1", "-f", "note"), "breaking or check"), ("no word", ("a", "1", "-f", ""), "--fail-on is empty"),
       ("both", ("a", "1", "-s", "http://h", "-d", "d"), "exclude each other"))
def compare_misused(line, said):
    done = command("compare", *line)
    equal((done.returncode, done.stdout), (2, ""))
    contains(done.stderr, said)


STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@test
def what_would_steer_a_terminal():
    """Texts of strangers are cells: no escape of theirs comes out, nor what turns the direction of the text."""
    running, evil, archives = Server(), "a\x1b[31mb\x9bc\u202ed\u2066\nd", []
    for version in ("1.0.0", "1.1.0"):
        values = json.dumps({"k" + evil: evil + version, "image": "x" + evil}).encode()
        made = chart("evil", version, {"values.yaml": values, "README.md": evil.encode()}, description=evil + version,
                     keywords=[evil], annotations=note(evil + version))
        equal(running.publish(made).status, 201)
        archives.append(temporary() / f"evil-{version}.tgz")
        archives[-1].write_bytes(made)
    at = ("--server", running.url)
    for line in (("search", "evil", *at), ("show", "evil", *at), ("compare", "evil", "1.0.0", "--diff", *at),
                 ("deps", "evil", *at), ("ready", "evil", *at), ("compare", *archives, "--diff"), ("inspect", archives[0])):
        for said in (must(*line), on_terminal(*map(str, line), NO_COLOR="1")):
            contains(said, "evil")
            assert not STEERS.search(said), (line, said)


# ---- on a terminal ----

def printed(*line, server_url=None, **options):
    return on_terminal(*line, "--server", server_url or server().url, **options)


@table(("search", ("search", "queue"), "\x1b[1mteam-a/stable/queue\x1b[0m"),
       ("show", ("show", "team-a/stable/queue"), "\x1b[1mteam-a/stable/queue 2.0.0+b.1\x1b[0m"),
       ("compare", ("compare", "team-a/stable/queue", "1.0.0", "--diff"), "\x1b[31mbreaking\x1b[0m"))
def colours_on_a_terminal(line, coloured):
    plain, colours = printed(*line, NO_COLOR="1"), printed(*line, NO_COLOR="")
    contains(colours, coloured)
    equal(re.sub(r"\x1b\[\d*m", "", colours), plain)
    equal(plain, must(*line, "--server", server().url))


@test
def descriptions_fit_the_terminal():
    running = Server()
    equal(running.publish(chart("wide", description="wörd " * 40)).status, 201)
    for columns in (70, 100):
        row = printed("search", columns=columns, server_url=running.url, TERM="dumb").splitlines()[1]
        equal((len(row), row[-1]), (columns, "…"))
    assert not printed("search", server_url=running.url, TERM="dumb").splitlines()[1].endswith("…")


if __name__ == "__main__":
    main()

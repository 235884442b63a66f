"""chartlocker deps and outdated: by every way to find the catalog, and Helm's own choice beside ours."""
import functools
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from helm import EACH, Helm
from hostile_server import Hostile, whole
from harness import (Server, chart, chart_of_size, command, contains, equal, main, must, settled, table,
                     temporary, test)
from terminal import on_terminal, rows

VERSIONS = {"common": ("1.0.0", "1.4.2", "2.0.0", "2.1.0-rc.1"), "redis": ("17.0.1", "17.0.9", "17.3.0", "18.0.0"),
            "db": ("0.1.0", "0.1.5", "0.2.0"), "meta": ("1.0.0+up1", "1.0.0+up2")}
UNKNOWN = "https://charts.nowhere.example"


def on(name, version, repository, **more):
    return {"name": name, "version": version, "repository": repository, **more}


@functools.cache
def server():
    running = Server(keep=True)
    made = running.request("POST", "/api/v1/repos", json.dumps({"name": "team-a/stable"}),
                           {"Content-Type": "application/json"})
    equal(made.status, 201)
    url = f"{running.url}/team-a/stable"
    for name, versions in VERSIONS.items():
        for version in versions:
            needs = [on("common", "1.x.x", url)] if name == "redis" else []
            equal(running.publish(chart(name, version, dependencies=needs), "team-a/stable").status, 201)
    umbrella = chart("umbrella", "1.0.0+b", {"Chart.lock": lock_text(("redis", "17.0.1", url))}, dependencies=[
        on("redis", "^17.0.0", url, condition="redis.enabled"), on("common", "2.x.x", url, alias="two"),
        on("gone", "1", UNKNOWN)])
    equal(running.publish(umbrella).status, 201)
    equal(running.publish(chart("ring", "1.0.0", dependencies=[on("ring", "1", running.url)])).status, 201)
    return running


def lock_text(*entries):
    return json.dumps({"dependencies": [dict(zip(("name", "version", "repository"), entry)) for entry in entries],
                       "digest": "sha256:0", "generated": "2026-01-01T00:00:00Z"}).encode()


def ways():
    return ("--server", server().url), ("--data", server().data)


# ---- deps ----

@test
def the_tree():
    for way in ways():
        said = must("deps", "main/umbrella", *way)
        equal(rows(said), [
            ["main/umbrella 1.0.0+b"],
            ["├─ redis", "^17.0.0", "→ 17.3.0", "team-a/stable", "locked 17.0.1, newest 18.0.0 (major), if redis.enabled"],
            ["│", "└─ common", "1.x.x", "→ 1.4.2", "team-a/stable", "newest 2.0.0 (major)"],
            ["├─ common", "2.x.x", "→ 2.0.0", "team-a/stable", "as two"],
            ["└─ gone", "1", "-", "-", f"missing: no repository here is known as {UNKNOWN}"],
            ["conflict: team-a/stable/common: umbrella wants 2.x.x, which is 2.0.0; redis wants 1.x.x, which is 1.4.2; "
             "no version fits all of them"]])
        equal(json.loads(must("deps", "umbrella@1.0.0+b", "--json", *way)),
              json.loads(server().get("/api/v1/charts/main/umbrella/latest/dependencies").body))
        contains(must("deps", "ring", *way), "a cycle: it stands above\ncycle of 1: main/ring 1.0.0\n")
        equal(must("deps", "team-a/stable/common@1.0.0", *way), "team-a/stable/common 1.0.0\n")


@test
def without_a_server():
    """The listeners of the settings are names of this catalog, whether they are open or not."""
    folder, data = temporary(), temporary() / "data"
    (folder / "x-1.0.0.tgz").write_bytes(chart("x"))
    for port in (8879, 7000):
        (folder / f"a{port}-1.0.0.tgz").write_bytes(chart(f"a{port}", dependencies=[on("x", "1", f"http://localhost:{port}")]))
    must("import", "--data", data, folder)
    contains(must("deps", "a8879", "--data", data), "→ 1.0.0")
    contains(must("deps", "a7000", "--data", data), "missing: no repository here is known as http://localhost:7000")
    contains(must("deps", "a7000", "--data", data, env={"CHARTLOCKER_LISTEN": "127.0.0.1:7000"}), "→ 1.0.0")
    fresh = temporary() / "fresh"        # nobody has looked at these charts yet
    must("import", "--data", fresh, folder)
    equal([u["name"] for u in json.loads(must("deps", "--reverse", "-j", "x", "--data", fresh))], ["a8879"])


@test
def who_depends_on_it():
    for way in ways():
        users = rows(must("deps", "--reverse", "team-a/stable/common@1.0.0", *way))
        equal(users[1:], [["main/umbrella", "1.0.0+b", "2.x.x", "no", "yes"],
                         ["team-a/stable/redis", "18.0.0", "1.x.x", "yes", "no"]])
        found = json.loads(must("deps", "--reverse", "-a", "-j", "team-a/stable/common", *way))
        equal([(u["name"], u["version"]) for u in found],
              [("umbrella", "1.0.0+b"), *(("redis", v) for v in VERSIONS["redis"])])
        equal(json.loads(must("deps", "--reverse", "--json", "umbrella", *way)), [])


@test
def more_users_than_a_page():
    running = Server()
    folder = temporary()
    for i in range(1010):
        (folder / f"u{i}-1.0.0.tgz").write_bytes(chart(f"u{i}", dependencies=[on("lib", "^1", running.url)]))
    (folder / "lib-1.0.0.tgz").write_bytes(chart("lib"))
    running.stop()
    must("import", "--data", running.data, folder)
    again = Server(data=running.data, args=("--set", f"public_url={running.url}"))
    found = lambda: json.loads(must("deps", "--reverse", "-j", "lib", "--server", again.url))
    assert settled(lambda: len(found()) == 1010)      # the server is still reading them
    equal(len({u["name"] for u in found() if u["accepts"]}), 1010)
    equal(len(must("deps", "--reverse", "lib", "--data", running.data).splitlines()), 1011)


@test
def colours_on_a_terminal():
    def printed(no_color):
        return on_terminal("deps", "umbrella", "--server", server().url, NO_COLOR=no_color)
    coloured, plain = printed(""), printed("1")
    contains(coloured, "\x1b[1mredis\x1b[0m")
    equal(re.sub(r"\x1b\[\d*m", "", coloured), plain)
    equal(plain, must("deps", "umbrella", "--server", server().url))


@table(("nothing", (), 2), ("two", ("a", "b"), 2), ("no name", ("main/",), 2), ("a wrong repository", ("a/b/c/x",), 2),
       ("both", ("x", "--server", "http://h", "--data", "d"), 2), ("all of nothing", ("x", "-a"), 2),
       ("no address", ("x", "--server", "ftp://h"), 1), ("nobody there", ("x", "--server", "http://127.0.0.1:9"), 1),
       ("no directory", ("x", "--data", "nowhere"), 1))
def deps_refused(line, status):
    done = command("deps", *line)
    equal((done.returncode, done.stdout), (status, ""), done.stderr)
    assert done.stderr.startswith("chartlocker deps: "), done.stderr
    assert not Path("nowhere").exists()


@test
def a_chart_that_is_not_there():
    for way in ways():
        for name, said in (("none", "there is no chart"), ("umbrella@9.9.9", "there is no"), ("nowhere/x", "no repository")):
            done = command("deps", name, *way)
            equal((done.returncode, done.stdout), (1, ""))
            contains(done.stderr, said)
            contains(done.stderr, "chartlocker search ")


# ---- outdated ----

def umbrella(dependencies, files=None, **metadata):
    """A chart's directory."""
    folder = temporary() / "umbrella"
    folder.mkdir()
    fields = {"apiVersion": "v2", "name": "umbrella", "version": "1.0.0", "dependencies": dependencies, **metadata}
    (folder / "Chart.yaml").write_text(json.dumps(fields))
    for name, data in (files or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def usual(files=None):
    url = f"{server().url}/team-a/stable"
    return umbrella([on("redis", "^17.0.0", url), on("common", "1.x.x", url), on("db", "~0.1.0", url), on("meta", "1", url)],
                    {"Chart.lock": lock_text(("redis", "17.0.1", url), ("common", "1.4.2", url), ("db", "0.1.5", url),
                                             ("meta", "1.0.0+up1", url)), **(files or {})})


FOUND = [("redis", "17.0.1", "18.0.0", "major"), ("common", "1.4.2", "2.0.0", "major"), ("db", "0.1.5", "0.2.0", "minor")]


def json_of(*line, status=0):
    done = command("outdated", "--json", *line)
    equal((done.returncode, done.stderr), (status, ""))
    [of] = json.loads(done.stdout)
    return [tuple(d[k] for k in ("name", "current", "newest", "kind")) for d in of["outdated"]]


@test
def outdated_of_all():
    """Without a chart: everything there that has dependencies."""
    for way in ways():
        equal(rows(must("outdated", *way)), [
            ["CHART", "VERSION", "DEPENDENCY", "RANGE", "IN USE", "NEWEST", "STEP", "ADMITTED"],
            ["main/umbrella", "1.0.0+b", "redis", "^17.0.0", "17.0.1", "18.0.0", "major", "no"],
            ["team-a/stable/redis", "18.0.0", "common", "1.x.x", "1.4.2", "2.0.0", "major", "no"],
            [f"not compared: main/umbrella: gone 1: no repository here is known as {UNKNOWN}"],
            ["2 of 3 charts with dependencies are out of date: 2 major; 1 not compared"]])
        equal(command("outdated", "--fail-on", "major", "--repo", "main", *way).returncode, 1)
        equal(command("outdated", "--fail-on", "minor", "--repo", "none", *way).returncode, 1)
        contains(must("outdated", "--markdown", *way),
                 "\n| main/umbrella 1.0.0\\+b | redis | 17.0.1 | **18.0.0** | major | ^17.0.0 does not admit it |\n")
        found = json.loads(must("outdated", "--json", "--repo", "team-a/stable", *way))
        equal([(row["name"], len(row["outdated"])) for row in found], [("redis", 1)])


@test
def outdated_by_every_way():
    folder = usual()
    (folder.parent / "packed.tgz").write_bytes(server().get("/charts/umbrella-1.0.0+b.tgz").body)
    for way in ((), *ways()):
        equal(json_of(folder, *way), FOUND)
        equal(json_of(folder / "Chart.yaml", *way), FOUND)
    for way in ways():
        equal(json_of(folder.parent / "packed.tgz", *way), [("redis", "17.0.1", "18.0.0", "major")])
    told = rows(must("outdated", folder))
    equal(told[-1], ["3 of 4 dependencies are out of date: 2 major, 1 minor"])
    equal(told[0], ["DEPENDENCY", "RANGE", "IN USE", "NEWEST", "STEP", "ADMITTED", "REPOSITORY"])
    equal(told[3], ["db", "~0.1.0", "0.1.5", "0.2.0", "minor", "no", f"{server().url}/team-a/stable"])


@test
def outdated_of_a_large_archive():
    """Of more than an upload may have where nothing else is said."""
    archive = temporary() / "big-1.0.0.tgz"
    archive.write_bytes(chart_of_size(21 << 20))
    must("outdated", archive, "--server", server().url)


@test
def what_is_in_use():
    """The lock, else what is in charts/, else what the range gives."""
    url = f"{server().url}/team-a/stable"
    vendored = {"charts/redis/Chart.yaml": b"apiVersion: v2\nname: redis\nversion: 17.0.9\n"}
    for files, current in (({}, None), (vendored, "17.0.9"), ({**vendored, "Chart.lock": lock_text(("redis", "17.0.1", url))}, "17.0.1")):
        for way in ((), *ways()):
            found = json_of(umbrella([on("redis", "17.x.x", url)], files), *way)
            equal(found, [("redis", current or "17.3.0", "18.0.0", "major")])


@test
def two_of_one_name():
    """Each is asked of its own repository, which the lock alone names."""
    index = lambda *versions: whole(json.dumps({"apiVersion": "v1", "entries": {"redis": [
        {"apiVersion": "v2", "name": "redis", "version": v, "urls": ["r.tgz"]} for v in versions]}}).encode())
    far = Hostile({"/one/index.yaml": index("1.9.0", "1.0.0"), "/two/index.yaml": index("2.5.0", "2.0.0")})
    lock = lock_text(("redis", "1.0.0", f"{far.url}/one"), ("redis", "2.0.0", f"{far.url}/two"))
    folder = umbrella([on("redis", "^1.0.0", "@one"), on("redis", "^2.0.0", "@two", alias="b")], {"Chart.lock": lock})
    equal(json_of(folder), [("redis", "1.0.0", "1.9.0", "minor"), ("redis", "2.0.0", "2.5.0", "minor")])


@test
def what_is_not_compared():
    folder = umbrella([on("a", "1", "oci://registry.example/x"), on("b", "1", "@stable"), on("c", "1", ""),
                       on("d", "1", "file://../nowhere"), on("e", "1.0.0", "file://../beside")],
                      {"../beside/Chart.yaml": b"apiVersion: v2\nname: e\nversion: 1.2.0\n",
                       "charts/e/Chart.yaml": b"apiVersion: v2\nname: e\nversion: 1.0.0\n"})
    for way in ((), *ways()):
        done = command("outdated", folder, *way)
        equal(done.returncode, 0, done.stderr)
        said = [line.split(":")[1].split()[0] for line in done.stdout.splitlines() if line.startswith("not compared")]
        equal(said, ["a", "b", "c", "d", "e"])
        equal(json_of(folder, *way), [("e", "1.0.0", "1.2.0", "minor")])
        [of] = json.loads(must("outdated", "--json", folder, *way))
        equal((of["name"], of["dependencies"], [d["name"] for d in of["missing"]]), ("umbrella", 5, ["a", "b", "c", "d", "e"]))


@test
def ranges_that_nothing_satisfies():
    """As of all charts of a server; the exit status is what the others make of it."""
    url = f"{server().url}/team-a/stable"
    folder = umbrella([on("redis", "19.x", url), on("common", "~2.1.0", url), on("db", "latest", url), on("meta", "1", url)])
    for way, place in (((), url), *((way, "team-a/stable") for way in ways())):
        wanted = [f'redis 19.x: no version of redis in {place} satisfies "19.x"',
                  f'common ~2.1.0: no version of common in {place} satisfies "~2.1.0": only the pre-release 2.1.0-rc.1 is there',
                  'db latest: "latest" is no range of versions']
        done = command("outdated", folder, *way)
        equal((done.returncode, done.stdout.splitlines()),
              (0, [*(f"not compared: {one}" for one in wanted), "0 of 4 dependencies are out of date; 3 not compared"]))
        [of] = json.loads(must("outdated", "--json", folder, *way))
        equal(([f'{d["name"]} {d["range"]}: {d["missing"]}' for d in of["missing"]], of["outdated"]), (wanted, []))
        equal(command("outdated", "--fail-on", "patch", folder, *way).returncode, 0)


@test
def deprecated_ones():
    running = Server()
    for archive in (chart("old", deprecated=True), chart("was", deprecated=True), chart("was", "2.0.0"),
                    chart("user", dependencies=[on(name, "1", running.url) for name in ("old", "was")])):
        equal(running.publish(archive).status, 201)
    folder = umbrella([on("old", "1", running.url), on("was", "2", running.url)])
    way = ("--server", running.url)
    contains(must("deps", "user", *way), "newest 2.0.0 (major), deprecated")
    for asked in ((), way):
        equal(must("outdated", folder, *asked),
              "deprecated: old 1\n0 of 2 dependencies are out of date\n")
        contains(must("outdated", "--markdown", folder, *asked), "\nDeprecated:\n\n- old\n")
        [of] = json.loads(must("outdated", "--json", folder, *asked))
        equal([d["name"] for d in of["deprecated"]], ["old"])
    contains(must("outdated", *way), "\ndeprecated: main/user: old 1\ndeprecated: main/user: was 1\n")
    contains(must("ready", folder, *way), "  warning: a dependency is deprecated\n      old 1 of ")


@test
def a_repository_that_does_not_answer():
    folder = umbrella([on("x", "1", "http://127.0.0.1:9/"), on("y", "1", "http://127.0.0.1:9/"),
                       on("redis", "17.0.1", f"{server().url}/team-a/stable")])
    done = command("outdated", folder)
    equal((done.returncode, done.stdout.count("not compared: ")), (1, 2))
    contains(done.stdout, "redis")
    equal(command("outdated", folder, "--server", server().url).returncode, 0)
    done = command("outdated", folder, "--server", f"{server().url}/main")
    equal((done.returncode, done.stderr), (1, f"chartlocker outdated: {server().url}/main is no address of a server; "
                                              "--server takes the server's own, without a repository\n"))
    done = command("outdated", "nowhere")
    equal((done.returncode, done.stderr), (1, "chartlocker outdated: nowhere: there is no such file\n"))


@table(("major", "major", FOUND, 1), ("minor", "minor", FOUND[2:], 1), ("patch", "patch", FOUND[2:], 1),
       ("not major", "major", FOUND[2:], 0), ("nothing", "patch", [], 0))
def fail_on(kind, found, status):
    url = f"{server().url}/team-a/stable"
    entries = [(name, current, url) for name, current, _, _ in found] or [("redis", "18.0.0", url)]
    folder = umbrella([on(name, "*", url) for name, _, _ in entries], {"Chart.lock": lock_text(*entries)})
    for way in ((), *ways()):
        equal(json_of(folder, "--fail-on", kind, *way, status=status), found)


@test
def a_report_for_a_merge_request():
    url = f"{server().url}/team-a/stable"
    folder = umbrella([on("redis", "^17.0.0", url, alias="a"), on("gone", "1", UNKNOWN)],
                      {"Chart.lock": lock_text(("redis", "17.0.1", url))})
    said = must("outdated", "--markdown", folder, "--server", server().url)
    equal(said.splitlines(), [
        "### Dependencies of umbrella 1.0.0", "", "1 of 2 dependencies is out of date: 1 major; 1 not compared.", "",
        "| dependency | in use | newest | step | range | repository |", "|---|---|---|---|---|---|",
        f"| redis as a | 17.0.1 | **18.0.0** | major | ^17.0.0 does not admit it | {url} |", "", "Not compared:", "",
        f"- gone: no repository here is known as {UNKNOWN}"])


# ---- --write ----

CHART = """\
# An umbrella.
apiVersion: v2
name: umbrella   # ours
version: 1.0.0

dependencies:
  # the cache
  - name: redis
    version: "^17.0.0"    # for the queue
    repository: URL
  - {name: common, version: 1.x.x, repository: "URL", alias: two}

  - repository: 'URL'
    version: '~0.1.0'
    name: db
  - name: meta
    version: ">=1.0.0"
    repository: URL
maintainers: []
"""


def written(*options, text=CHART, mode=0o640, lock=False):
    url = f"{server().url}/team-a/stable"
    folder = temporary() / "umbrella"
    folder.mkdir()
    path = folder / "Chart.yaml"
    path.write_bytes(text.replace("URL", url).encode())
    path.chmod(mode)
    if lock:
        (folder / "Chart.lock").write_bytes(lock_text(("redis", "17.0.1", url)))
    done = command("outdated", folder, "--write", *options)
    equal(path.stat().st_mode & 0o777, mode)
    equal([p.name for p in folder.iterdir() if p.name != "Chart.lock"], ["Chart.yaml"])
    return path.read_bytes().decode().replace(url, "URL"), done


@test
def ranges_are_written():
    changed = CHART.replace("^17.0.0", "^18.0.0").replace("1.x.x", "2.x.x").replace("~0.1.0", "~0.2.0")
    for way in ((), *ways()):
        text, done = written(*way)
        equal((text, done.returncode), (changed, 0), done.stderr)
        equal(done.stderr.count(" becomes "), 3)
    minor, done = written("--up-to", "minor")
    equal(minor, CHART.replace("~0.1.0", "~0.2.0"))
    equal(written("--up-to", "patch")[0], CHART)
    text, done = written(text=CHART.replace("\n", "\r\n"), lock=True)
    equal(text, changed.replace("\n", "\r\n"))
    contains(done.stderr, "The lock is older than that now: helm dependency update")


@test
def a_range_that_only_a_person_can_write():
    text, done = written(text=CHART.replace('"^17.0.0"', '">16 <18"'))
    equal((done.returncode, text), (1, CHART.replace('"^17.0.0"', '">16 <18"').replace("1.x.x", "2.x.x").replace("~0.1.0", "~0.2.0")))
    contains(done.stderr, 'redis: how ">16 <18" should admit 18.0.0 is for you to say')


@test
def a_range_over_several_lines():
    folded = CHART.replace('version: "^17.0.0"    # for the queue', "version: >-\n      ^17.0.0")
    text, done = written(text=folded)
    equal((done.returncode, text), (1, folded.replace("1.x.x", "2.x.x").replace("~0.1.0", "~0.2.0")))
    equal([line.split(": ", 1)[1] for line in done.stderr.splitlines()], [
        'redis: "^17.0.0" does not stand in one line: "^18.0.0" is for you to write',
        'common: "1.x.x" becomes "2.x.x"', 'db: "~0.1.0" becomes "~0.2.0"'])
    alone = folded[:folded.index("  - {name: common")]
    text, done = written(text=alone, lock=True)
    equal((done.returncode, text, done.stderr.count("becomes"), "lock" in done.stderr), (1, alone, 0, False))


@test
def an_old_chart_and_a_link():
    url = f"{server().url}/team-a/stable"
    folder = umbrella([], apiVersion="v1")
    fields = json.loads((folder / "Chart.yaml").read_text())
    del fields["dependencies"]
    (folder / "Chart.yaml").write_text(json.dumps(fields))
    (folder / "real.yaml").write_text(f"dependencies:\n- name: redis\n  version: ~17.0.0 # x\n  repository: {url}\n")
    (folder / "requirements.yaml").symlink_to("real.yaml")
    before = (folder / "Chart.yaml").read_bytes()
    must("outdated", folder, "--write")
    contains((folder / "real.yaml").read_text(), "  version: ~18.0.0 # x\n")
    assert (folder / "requirements.yaml").is_symlink()
    equal((folder / "Chart.yaml").read_bytes(), before)


@table(("nothing", ()), ("two", ("a", "b")), ("a wrong kind", (".", "--fail-on", "huge")), ("a wrong step", (".", "-w", "-u", "x")),
       ("up to nothing", (".", "--up-to", "minor")), ("both reports", (".", "-j", "-m")),
       ("both catalogs", (".", "--server", "http://h", "--data", "d")))
def outdated_misused(line):
    done = command("outdated", *line)
    equal((done.returncode, done.stdout), (2, ""), done.stderr)


@test
def outdated_refused():
    folder = temporary()
    (folder / "broken.tgz").write_bytes(b"x")
    (folder / "Chart.yaml").write_text("name: [")
    (folder / "good.tgz").write_bytes(chart("demo", dependencies=[on("redis", "1", UNKNOWN)]))
    for line, said in ((("none",), "none"), ((folder / "broken.tgz",), "broken.tgz"), ((folder / "Chart.yaml",), "Chart.yaml"),
                       ((folder,), "Chart.yaml"), ((folder / "good.tgz", "--data", "nowhere"), "no data directory")):
        done = command("outdated", *line)
        equal((done.returncode, done.stdout), (1, ""), done.stderr)
        contains(done.stderr, said)
    equal(command("outdated", folder / "good.tgz", "--write").returncode, 2)


# ---- Helm's choice ----

RANGES = ("^17.0.0", "17.x.x", "~17.0.0", ">=17.0.1 <17.3.0", "17.0.1", "*", ">17", "17.0.x || 18", "17 - 17.1", "^17.0.0-0")


@table(*EACH)
def helm_resolves_the_same(version):
    """helm dependency update, a dependency a range, against what the catalog says each range gives."""
    url = f"{server().url}/team-a/stable"
    helm = Helm(version).repository(url)
    wanted = [on("redis", text, url, alias=f"r{i}") for i, text in enumerate(RANGES)]
    wanted += [on("common", text, url, alias=f"c{i}") for i, text in enumerate(("^2", "^2-0", "2.1.0-rc.1", "*", ">0-0"))]
    for needs in wanted:
        folder = umbrella([needs])
        helm("dependency", "update", folder, "--skip-refresh")
        lock = (folder / "Chart.lock").read_text()
        answer = server().request("POST", "/api/v1/dependencies", json.dumps({"dependencies": [
            {"name": needs["name"], "range": needs["version"], "repository": url}]}), {"Content-Type": "application/json"})
        [found] = json.loads(answer.body)
        equal(found["resolved"], re.search(r"version: (\S+)", lock)[1], needs["version"])


if __name__ == "__main__":
    main()

"""A data directory that the first release wrote, opened by this one; and the way back."""
import errno
import hashlib
import itertools
import json
import shutil

from inject import FAIL, KILL, STORES, Fault
from changes import catalog, make_catalog, start_fails
from stored_charts import CHARTS_OF_FIRST, PROVS
from same_state import differences
from harness import (LONG, TOP, Server, chart, command, contains, equal, main, must, table,
                     temporary, test)

WITH_BUNDLES = 6
SCHEMAS = sorted((TOP / "indexer/store/schema").glob("*.sql"))
DATA = TOP / "tests/fault/data"
INDEXES = {"": DATA / "schema-1-main.yaml", "team-a/stable": DATA / "schema-1-team-a.yaml"}


def laid(data, repos, folders, *sql):
    """What a release left after a clean end; `repos`: the files of each."""
    for repo, files in repos.items():
        charts = data / "repos" / repo / "charts"
        charts.mkdir(parents=True)
        for file in files:
            (charts / file).write_bytes(CHARTS_OF_FIRST[file])
    for file, content in PROVS.items():
        (data / "repos/main/charts" / file).with_suffix(".tgz.prov").write_bytes(content)
    for folder in folders:
        (data / folder).mkdir()
    make_catalog(data, *sql)
    return data


OF_MAIN = {"main": ("alpha-1.0.0.tgz", "alpha-1.1.0.tgz")}


def first_release():
    data = laid(temporary() / "data", {**OF_MAIN, "team-a/stable": ("beta-2.0.0+build.1.tgz",)},
                ("tmp", "quarantine"), SCHEMAS[0].read_text(), (DATA / "schema-1.sql").read_text())
    for repo, index in INDEXES.items():
        shutil.copy(index, data / "repos" / (repo or "main") / "index.yaml")
    return data


def first_with_bundles():
    """The first release with bundles, on the inner side: a trip of first_release()'s "main"."""
    return laid(temporary() / "inner", OF_MAIN, ("tmp", "quarantine", "icons", "incoming"),
                *(path.read_text() for path in (*SCHEMAS[:WITH_BUNDLES], DATA / "schema-6.sql")))


def version(data):
    with catalog(data) as database:
        return database.execute("PRAGMA user_version").fetchone()[0]


def check_served(data):
    """Every byte that the first release served is served, and its rules still hold."""
    running = Server(data)
    for repo, index in INDEXES.items():
        equal(running.get(f"/{repo}/index.yaml".replace("//", "/")).body, index.read_bytes(), repo)
    for file in ("alpha-1.0.0.tgz", "alpha-1.1.0.tgz"):
        equal(running.get(f"/charts/{file}").body, CHARTS_OF_FIRST[file])
    equal(running.get("/charts/alpha-1.0.0.tgz.prov").body, PROVS["alpha-1.0.0.tgz"])
    equal(running.publish(chart("gone")).status, 409, "a tombstone stays one")
    equal(running.publish(chart("alpha")).status, 409, "written once")
    equal(running.publish(CHARTS_OF_FIRST["alpha-1.0.0.tgz"]).status, 201, "the same bytes")
    running.stop()
    equal(version(data), len(SCHEMAS))
    contains(must("fsck", "--data", data), "all is well")
    contains(must("log", "--data", data, "--verify"), "8 events, all as they were written")


@test
def the_first_schema_is_kept():
    equal(hashlib.sha256(SCHEMAS[0].read_bytes()).hexdigest(), FIRST_SCHEMA)


FIRST_SCHEMA = "f8dc4334ef3e97821590c525827884fe19887c0a84d8ede2f2a839cd79e6b987"


@test
def t_fs_03_upgrade_keeps_the_served_bytes():
    data = first_release()
    equal(version(data), 1)
    check_served(data)


@table(*[(f"schema {number}", number) for number in range(2, len(SCHEMAS))])
def t_fs_03_upgrade_from_each(number):
    data = first_release()
    with catalog(data) as database:
        for path in SCHEMAS[1:number]:
            database.executescript(path.read_text())
    equal(version(data), number)
    check_served(data)
    running = Server(data)
    images = "/api/v1/charts/main/alpha/1.0.0/images"
    equal(running.request("PUT", images, b"redis:7\n").status, 200)
    equal(running.get(f"{images}?format=list").body, b"redis:7\n")
    running.stop()
    contains(must("fsck", "--data", data), "all is well")


@test
def t_fs_03_upgrade_then_change():
    data = first_release()
    running = Server(data)
    equal(running.publish(chart("new")).status, 201)
    equal(running.request("DELETE", "/api/charts/alpha/1.1.0").status, 200)
    running.stop()
    index = Server(data)
    served = index.get("/index.yaml").body
    index.stop()
    must("rebuild", "--data", data)
    contains(must("fsck", "--data", data), "all is well")
    index = Server(data)
    equal(index.get("/index.yaml").body, served, "after a rebuild")


@test
def t_fs_03_readers_wait_for_the_upgrade():
    """A reader changes nothing, so it says what to do."""
    data = first_release()
    for line in (("log", "--data", data), ("backup", "--data", data, data.parent / "backup")):
        done = command(*line)
        equal(done.returncode, 1)
        contains(done.stderr, "open it for writing once")
    equal(version(data), 1)


@test
def t_fs_03_restore_of_a_backup_of_the_first_release():
    """It had no backups; a copy with a manifest is what one would have been."""
    data, restored = first_release(), temporary() / "data"
    events, root = 8, log_root(data)
    (data / "backup.json").write_text(
        f'{{"format":1,"created":"2026-01-01T00:00:00Z","events":{events},"root":"{root}",'
        f'"problems":0}}')
    before = (data / "catalog.db").read_bytes()
    must("restore", data, "--data", restored)
    equal((data / "catalog.db").read_bytes(), before, "the backup")
    check_served(restored)


def log_root(data):
    """The root that a whole tree of eight events has stands in its last node."""
    with catalog(data) as database:
        return database.execute("SELECT hash FROM node WHERE level = 3").fetchone()[0].hex()


@test
def t_fs_03_trips_go_on_after_an_upgrade():
    """What the next bundle stands on is what came before the upgrade."""
    outer, inner = first_release(), first_with_bundles()
    equal(version(inner), WITH_BUNDLES)
    must("keys", "generate", "--data", outer, "--name", "outer.example.org")
    must("keys", "trust", outer / "keys/bundle.pub", "--data", inner)
    running = Server(outer)
    equal(running.publish(chart("new")).status, 201)
    equal(running.request("DELETE", "/api/charts/alpha/1.1.0").status, 200)
    stick = temporary()
    must("bundle", "create", "--repo", "main", "--data", outer, "--parent", 6, "-o", f"{stick}/")
    must("bundle", "import", "--data", inner, stick)
    equal(version(inner), len(SCHEMAS))
    equal(differences(running, Server(inner), "main", ("alpha", "")), [])
    trips = json.loads(must("bundle", "list", "--repo", "main", "--data", inner, "--json"))["trips"]
    equal([(trip["trip"], trip["parent"]) for trip in trips], [(10, 6), (6, 0)])


def everything(data):
    return {str(path.relative_to(data)): path.read_bytes() for path in data.rglob("*")
            if path.is_file() and path.name != "LOCK"}


@table(*[(line[0], line) for line in (("serve", "--listen", "127.0.0.1:0"), ("fsck",), ("rebuild",),
                                      ("log",), ("scrub",), ("backup", "backup"))])
def t_fs_03_downgrade_is_refused(line):
    """A program that is older than the data: it says so and changes nothing."""
    data = first_release()
    with catalog(data) as database:
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute(f"PRAGMA user_version = {len(SCHEMAS) + 1}")
    before = everything(data)
    if line[0] == "serve":
        start_fails(data, "use the newer")
    else:
        done = command(line[0], "--data", data, *[data.parent / word for word in line[1:]])
        equal(done.returncode, 1, done)
        contains(done.stderr, "use the newer version of chartlocker")
    equal(everything(data), before)


def sweep_upgrade(action, error, stride):
    """fsck opens the directory, and so upgrades it; the start and the end count too."""
    seen = set()
    for at in itertools.count(0, 1 if LONG else stride):
        fault, data = Fault(), first_release()
        fault.arm(STORES, at, action, error)
        done = command("fsck", "--data", data, env=fault.env, timeout=60)
        fault.disarm()
        equal(done.returncode in (0, 1) if action == FAIL else True, True, done)
        with catalog(data) as database:
            tables = database.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").fetchone()
        seen.add((version(data), *tables))
        check_served(data)
        shutil.rmtree(data.parent)
        if not fault.hits:
            break
    equal(len(seen), 2, f"old or new, nothing between: {seen}")
    equal({found for found, _ in seen}, {1, len(SCHEMAS)})


@test
def t_crash_01_t_sql_07_upgrade_killed_before_each_call():
    sweep_upgrade(KILL, 0, 17)


@table(("no space", errno.ENOSPC), ("I/O error", errno.EIO))
def t_crash_02_upgrade_each_call_fails(error):
    sweep_upgrade(FAIL, error, 23)


@test
def t_crash_08_killed_while_recovering_from_a_kill():
    """The upgrade is killed, and so is the start that should have made up for it."""
    for first, second in itertools.product(range(3, 40, 6), range(1, 40, 1 if LONG else 19)):
        data = first_release()
        for at in (first, second):
            fault = Fault()
            fault.arm(STORES, at, KILL)
            command("fsck", "--data", data, env=fault.env, timeout=60)
            fault.disarm()
        check_served(data)
        shutil.rmtree(data.parent)


if __name__ == "__main__":
    main()

"""catalog.db and what stands beside it: away for a moment, put back from a backup, replaced under a running server,
on a disk that nobody can write."""
import json
import os
import shutil

from mounts import own_mounts
from changes import DEMO, OLD, OTHER, OTHER_FILE, flip, start_fails
from harness import (Server, as_owner, chart, command, contains, equal, main, must, open_catalog, settled, table,
                     temporary, test)

BESIDE = "catalog.db-wal", "catalog.db-shm"


def killed():
    """A data directory whose last changes are in the WAL alone; the number of its events."""
    running = Server()
    equal(running.publish(OLD).status, 201)
    running.stop()
    running = Server(running.data)
    equal(running.publish(OTHER).status, 201)
    running.kill()
    return running.data, 3


def events(data):
    with open_catalog(data) as database:
        return database.execute("SELECT count(*) FROM event").fetchone()[0]


def tree(data):
    """Everything that is in it but the process id of who had it last, and what SQLite makes for readers."""
    return {str(path.relative_to(data)): path.read_bytes() for path in data.rglob("*")
            if path.is_file() and path.name not in ("LOCK", "catalog.db-shm")}


# ---- away for a moment ----

COMMANDS = [(line[0], line) for line in (
    ("fsck",), ("fsck", "--repair"), ("rebuild",), ("serve", "--listen", "127.0.0.1:0"), ("log",),
    ("import", "FILE"))]


@table(*[(f"{name}, {state}", line, state) for state in ("missing", "empty") for name, line in COMMANDS])
def t_fs_02_away_for_a_moment(line, state):
    """Whoever comes meanwhile changes nothing: SQLite would take catalog.db-wal away."""
    data, count = killed()
    aside = temporary() / "catalog.db"
    shutil.move(data / "catalog.db", aside)
    if state == "empty":
        (data / "catalog.db").touch()
    before = tree(data)
    (aside.parent / "x-1.0.0.tgz").write_bytes(chart("x"))
    done = command(*(aside.parent / "x-1.0.0.tgz" if word == "FILE" else word for word in line), "--data", data)
    equal(done.returncode, 1, done)
    contains(done.stderr, "catalog.db")
    equal(tree(data), before)
    shutil.move(aside, data / "catalog.db")
    equal(events(data), count)
    contains(must("fsck", "--data", data), "all is well")


@test
def t_fs_02_catalog_is_gone():
    running = Server()
    equal(running.publish(OLD).status, 201)
    running.stop()
    (running.data / "catalog.db").unlink()
    (running.data / "search.db").unlink()
    start_fails(running.data, "catalog.db is missing or empty although repos/ holds repositories")
    assert (running.data / "repos/main/charts" / DEMO).exists()


# ---- put back from a backup ----

@table(("of another life", False), ("of the same", True))
def t_fs_02_backup_beside_an_old_wal(same_life):
    running = Server()
    backup = temporary() / "backup"
    equal(running.publish(OLD).status, 201)
    must("backup", "--data", running.data, backup)
    if not same_life:
        running.stop()
        running = Server(running.data)
    equal(running.publish(OTHER).status, 201)
    running.kill()
    shutil.copy(backup / "catalog.db", running.data / "catalog.db")
    before = tree(running.data)
    for line in ("serve", "--listen", "127.0.0.1:0"), ("fsck",), ("rebuild",):
        done = command(*line, "--data", running.data)
        equal(done.returncode, 1, done)
        contains(done.stderr, "catalog.db-wal does not belong to this catalog.db")
    equal(tree(running.data), before)
    for name in BESIDE:              # as it says
        (running.data / name).unlink(missing_ok=True)
    again = Server(running.data)
    equal(list(again.index()["entries"]), ["demo"])
    contains(must("fsck", "--data", running.data), "all is well")


# ---- under a running server ----

def refuses(running):
    answer = running.publish(chart("third"))
    equal(answer.status, 500, answer.body)
    said = json.loads(answer.body)["error"]
    contains(said, "under the running program")
    equal(json.loads(running.publish(chart("fourth")).body)["error"], said)
    equal(running.get("/readyz").status, 503)
    equal(running.get("/livez").status, 200)
    contains(command("fsck", "--data", running.data).stderr, said)
    contains(running.log(), "ingest.stopped")


@table(("removed", False), ("replaced", True))
def t_fs_02_catalog_removed_under_a_server(replaced):
    """What was acknowledged is in the folder that the end leaves."""
    running, backup = Server(), temporary() / "backup"
    equal(running.publish(OLD).status, 201)
    must("backup", "--data", running.data, backup)
    equal(running.publish(OTHER).status, 201)
    (running.data / "catalog.db").unlink()
    if replaced:
        shutil.copy(backup / "catalog.db", running.data / "catalog.db")
    refuses(running)
    equal(running.get(f"/charts/{OTHER_FILE}").body, OTHER)
    running.stop()
    for name in "catalog.db", *BESIDE:
        (running.data / name).unlink(missing_ok=True)
    shutil.move(running.data / "rescued-1/catalog.db", running.data / "catalog.db")
    again = Server(running.data)
    equal(sorted(again.index()["entries"]), ["demo", "other"])
    contains(must("fsck", "--data", running.data), "all is well")


@test
def t_fs_02_catalog_removed_and_nobody_publishes():
    running = Server()
    equal(running.publish(OLD).status, 201)
    (running.data / "catalog.db").unlink()
    assert settled(lambda: running.get("/readyz").status == 503), "it does not notice"
    running.stop()
    equal(os.listdir(running.data / "rescued-1"), ["catalog.db"])


@test
def t_fs_02_wal_removed_under_a_server():
    running = Server()
    equal(running.publish(OLD).status, 201)
    (running.data / "catalog.db-wal").unlink()
    refuses(running)
    running.stop()
    equal([name for name in os.listdir(running.data) if name.startswith("rescued")], [])
    again = Server(running.data)
    equal(list(again.index()["entries"]), ["demo"])
    equal(again.publish(OTHER).status, 201)
    contains(must("fsck", "--data", running.data), "all is well")


# ---- what is said of other files ----

@test
def t_fs_02_control_socket_removed():
    running = Server()
    (running.data / "control.sock").unlink()
    said = command("fsck", "--data", running.data).stderr
    contains(said, f"process {running.pid} uses the data directory")
    contains(said, "control.sock in its data directory. Where that was removed, a restart of the server")


@test
def t_fs_02_search_db_of_another_user():
    running = Server()
    running.stop()
    (running.data / "search.db").chmod(0)
    running = Server(running.data, wrap=as_owner())
    assert settled(lambda: "catalog.stopped" in running.log()), running.log()
    contains(running.log(), 'catalog.stopped reason="search.db: unable to open database file')
    (running.data / "search.db").chmod(0o600)


# ---- the index as a file ----

@table(*[(f"{how}, {where}", how, where == "by a server")
         for how in ("spoiled", "missing", "as YAML") for where in ("by a server", "by the command")])
def t_fs_02_index_file_is_not_the_index(how, serves):
    """Static web servers show it: fsck finds it, and --repair and rebuild write it again."""
    settings = ("--set", "index_format=yaml") if how == "as YAML" else ()
    running = Server(args=settings)
    file = running.data / "repos/main/index.yaml"
    equal(running.publish(OLD).status, 201)
    assert settled(lambda: file.exists() and file.read_bytes() == running.get("/index.yaml").body)
    sound = file.read_bytes()
    if not serves:
        running.stop()
    for line in ("fsck", "--repair"), ("rebuild",):
        contains(must("fsck", "--data", running.data), "all is well")
        file.unlink()
        if how != "missing":
            file.write_bytes(b"spoiled")
        found = command("fsck", "--data", running.data)
        equal(found.returncode, 1, found)
        contains(found.stdout, "index: main/index.yaml: the file for static web servers")
        must(*line, "--data", running.data)
        equal(file.read_bytes(), sound)


@test
def t_fs_02_folder_of_a_repository_removed():
    """Its files are told as missing, not only that there is no folder."""
    running = Server()
    equal(running.publish(OLD).status, 201)
    shutil.rmtree(running.data / "repos/main")
    contains(command("fsck", "--data", running.data).stdout, f"missing: main/{DEMO}")


# ---- on a disk that nobody can write ----

def read_only(data):
    """What goes before a command that sees the directory so."""
    return [*own_mounts(), "sh", "-c", 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"', data]


@table(("as it is", lambda file: None, 0, "all is well"),
       ("with a damaged file", flip, 1, f"damaged: main/{DEMO}"),
       ("with a stranger", lambda file: shutil.copy(file, file.parent / "x-1.0.0.tgz"), 1,
        "orphan: main/x-1.0.0.tgz: the log does not know this file"),
       ("with a spoiled index", lambda file: (file.parents[1] / "index.yaml").write_text("x"), 1,
        "index: main/index.yaml"))
def t_disk_02_fsck_of_what_nobody_can_write(spoil, status, text):
    running = Server()
    for archive in OLD, OTHER:
        equal(running.publish(archive).status, 201)
    running.stop()
    spoil(running.data / "repos/main/charts" / DEMO)
    before = tree(running.data)
    done = command("fsck", "--data", running.data, wrap=read_only(running.data))
    equal(done.returncode, status, done)
    contains(done.stdout, text)
    equal(tree(running.data), before)
    for line in ("fsck", "--repair"), ("rebuild",):
        done = command(*line, "--data", running.data, wrap=read_only(running.data))
        equal(done.returncode, 1, done)
        contains(done.stderr, "Read-only file system")


@test
def t_disk_02_fsck_of_a_read_only_backup():
    """It has no index file, and need not."""
    running, backup = Server(), temporary() / "backup"
    equal(running.publish(OLD).status, 201)
    must("backup", "--data", running.data, backup)
    contains(must("fsck", "--data", backup, wrap=read_only(backup)), "all is well")


if __name__ == "__main__":
    main()

"""Backups and restores: under load, interrupted anywhere, of damaged files, and refused ones.
Long because its rows share the data directories that are backed up."""
import errno
import fcntl
import functools
import itertools
import json
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

from inject import CHANGES, CREATES, FAIL, KILL, READS, STORES, SYNCS, WRITES, Fault, spread
from changes import DEMO, NEW, OLD, OTHER, OTHER_FILE, PROV, catalog, indexed
from harness import (LONG, Server, chart, cleanup, command, contains, digest, equal, form, main, metric, must,
                     provenance, table, temporary, test)

CHARTS = "repos/main/charts"
POINTS_MAX = 2000


@functools.cache
def template():
    running = Server(keep=True)
    equal(running.request("POST", "/api/charts", *form(OLD, provenance(OLD))).status, 201)
    equal(running.publish(OTHER).status, 201)
    equal(running.publish(chart("gone")).status, 201)
    equal(running.request("DELETE", "/api/charts/gone/1.0.0").status, 200)
    equal(running.publish(chart("far"), "team-a/stable").status, 201)
    running.stop()
    return running.data


def filled():
    """A stopped data directory: a chart with its provenance file, another one, a tombstone."""
    return shutil.copytree(template(), temporary() / "data")


def backup(data, to, *more, status=0):
    done = command("backup", "--data", data, to, "--json", *more)
    equal(done.returncode, status, done.stderr)
    return json.loads(done.stdout)


def refused(text, *line):
    done = command(*line)
    equal((done.returncode, done.stdout), (1, ""))
    contains(done.stderr, text)


def tree(data):
    """What must not change: every file with its bytes, but for the ones that opening makes, the
    projections, which come later, and when the last backup was made."""
    return {str(p.relative_to(data)): p.read_bytes() for p in sorted(data.rglob("*"))
            if p.is_file() and p.name not in ("LOCK", "catalog.db-shm", "catalog.db-wal", "backed-up.json") and
            not p.name.startswith("search.db")}


def check_whole(data, wanted):
    """It verifies, fsck likes it, and it serves exactly {file: bytes}."""
    must("log", "--data", data, "--verify")
    contains(must("fsck", "--data", data), "all is well")
    running = Server(data)
    equal(indexed(running), {name: digest(content) for name, content in wanted.items()
                             if name.endswith(".tgz")})
    for name, content in wanted.items():
        equal(running.get(f"/charts/{name}").body, content, name)
    running.stop()


STORED = {DEMO: OLD, PROV: provenance(OLD), OTHER_FILE: OTHER}


# ---- what a backup is ----

@test
def a_server_knows_of_the_last_backup():
    """Of one before its start, too: or a restart would disarm the alert."""
    name = "chartlocker_backup_timestamp_seconds"
    data, begun = filled(), time.time()
    running = Server(data)
    equal(metric(running, name), 0)
    running.stop()
    backup(data, temporary() / "backup")
    running = Server(data)
    first = metric(running, name)
    assert begun - 1 < first < time.time() + 1, first
    backup(data, temporary() / "backup")
    second = metric(running, name)
    assert second > first, (first, second)
    running.stop()
    running = Server(data)
    equal(round(metric(running, name) - second), 0)
    running.stop()
    for text in ("", "[]", '{"events":1,"time":"soon"}'):
        (data / "backed-up.json").write_text(text)
        running = Server(data)
        equal(metric(running, name), 0)
        contains(running.log(), "backup.not_known")
        running.stop()


@test
def a_backup_that_cannot_be_noted_is_one():
    data, to = filled(), temporary() / "backup"
    (data / "backed-up.json").mkdir()
    done = command("backup", "--data", data, to)
    equal(done.returncode, 0)
    contains(done.stderr, "the backup is complete, but the metrics of a server")
    must("restore", to, "--data", temporary() / "restored")


@test
def a_backup_is_a_data_directory():
    data, to = filled(), temporary() / "backup"
    before = tree(data)
    said = backup(data, to)
    equal((said["repositories"], said["versions"], said["files"], said["problems"]), (2, 3, 4, []))
    equal(tree(data), before, "the data directory")
    checked = json.loads(must("fsck", "--data", data, "--json"))
    equal((checked["files"], checked["bytes"]), (said["files"], said["bytes"]), "as fsck counts")
    check_whole(to, STORED)
    server = Server(to)
    equal(server.index("team-a/stable")["entries"].keys(), {"far"})
    equal(server.publish(chart("gone", description="other bytes")).status, 409, "its tombstone")
    server.stop()


@test
def a_backup_says_what_is_in_it():
    data, to = filled(), temporary() / "backup"
    said = backup(data, to)
    manifest = json.loads((to / "backup.json").read_text())
    equal(manifest["format"], 1)
    for field in ("events", "root", "catalog", "repositories", "versions", "files", "bytes", "created"):
        equal(manifest[field], said[field], field)
    contains(must("log", "--data", data, "--verify"), manifest["root"])
    sums = dict(reversed(line.split("  ")) for line in (to / "SHA256SUMS").read_text().splitlines())
    equal(sums, {str(p.relative_to(to)): digest(p.read_bytes())
                 for p in (to / "catalog.db", *(to / "repos").rglob("*")) if p.is_file()})
    equal(manifest["catalog"], digest((to / "catalog.db").read_bytes()))
    contains(must("restore", to, "--data", temporary() / "data"), manifest["catalog"])


@test
def on_one_filesystem_files_are_linked():
    data, to = filled(), temporary() / "backup"
    equal((data / CHARTS / DEMO).stat().st_dev, to.parent.stat().st_dev)
    said = backup(data, to)
    equal((said["linked"], said["copied"]), (4, 0))
    equal((data / CHARTS / DEMO).stat().st_ino, (to / CHARTS / DEMO).stat().st_ino)


@test
def linked_to_an_earlier_backup():
    """Only what came since is read and added; files keep their inode."""
    data = filled()
    first, second = temporary() / "first", temporary() / "second"
    backup(data, first)
    # as if the first one were on another disk: its files are its own
    shutil.copytree(first, second)
    shutil.rmtree(first)
    shutil.move(second, first)
    running = Server(data)
    equal(running.publish(chart("new")).status, 201)
    equal(running.request("DELETE", "/api/charts/other/2.0.0").status, 200)
    said = backup(data, second, "--link", first)
    equal(said["files"], 4)
    equal((second / CHARTS / DEMO).stat().st_ino, (first / CHARTS / DEMO).stat().st_ino)
    equal((second / CHARTS / "new-1.0.0.tgz").stat().st_ino,
          (data / CHARTS / "new-1.0.0.tgz").stat().st_ino)
    check_whole(second, {DEMO: OLD, PROV: provenance(OLD), "new-1.0.0.tgz": chart("new")})
    check_whole(first, STORED)


@test
def incremental_takes_the_place_of_the_earlier_one():
    data, to = filled(), temporary() / "backup"
    backup(data, to)
    inode = (to / CHARTS / DEMO).stat().st_ino
    running = Server(data)
    equal(running.publish(chart("new")).status, 201)
    running.stop()
    backup(data, to, "--incremental")
    equal((to / CHARTS / DEMO).stat().st_ino, inode)
    equal(sorted(os.listdir(to.parent)), ["backup"])
    check_whole(to, {**STORED, "new-1.0.0.tgz": chart("new")})


@test
def incremental_takes_the_place_behind_a_link():
    """The link stays, and what it leads to is the new backup, as if it had been named itself."""
    data, disk, link = filled(), temporary() / "disk", temporary() / "latest"
    disk.mkdir()
    backup(data, disk / "charts")
    link.symlink_to(disk / "charts")
    running = Server(data)
    equal(running.publish(chart("new")).status, 201)
    running.stop()
    for _ in range(2):
        backup(data, link, "--incremental")
        equal((os.listdir(link.parent), os.listdir(disk), link.is_symlink()), (["latest"], ["charts"], True))
    check_whole(disk / "charts", {**STORED, "new-1.0.0.tgz": chart("new")})


@table(("something is there", lambda data, to: (data, data), "exists; name a new directory"),
       ("nothing to bring up to date", lambda data, to: (data, to, "--incremental"),
        "the first backup is made without"),
       ("a link to nothing", lambda data, to: (data, link_to(to)), "is a link to nothing"),
       ("to be brought up to date", lambda data, to: (data, link_to(to), "--incremental"), "is a link to nothing"),
       ("no data directory", lambda data, to: (data / "nowhere", to), "there is no data directory"),
       ("in the data directory", lambda data, to: (data, data / "backup"), "name a place outside of"),
       ("far in it", lambda data, to: (data, data / "tmp/new/backup"), "name a place outside of"),
       ("in it by a link", lambda data, to: (data, link_to(data) / "backup"), "name a place outside of"),
       ("in another backup", lambda data, to: (data, other_backup() / "backup"), "name a place outside of"),
       ("no backup to link", lambda data, to: (data, to, "--link", data), "no complete backup"),
       ("another log", lambda data, to: (data, to, "--link", other_backup()), "of another log"))
def t_ops_09_backup_refused(line, text):
    data, to = filled(), temporary() / "backup"
    before = tree(data)
    refused(text, "backup", "--data", *line(data, to))
    equal(tree(data), before)
    assert not to.exists()


def link_to(place):
    link = temporary() / "link"
    link.symlink_to(place)
    return link


@test
def nothing_else_is_written_into_a_data_directory():
    data = filled()
    before = tree(data)
    source = temporary() / "demo"
    source.mkdir()
    (source / "Chart.yaml").write_text("apiVersion: v2\nname: demo\nversion: 9.0.0\n")
    for line in (("package", source, "-d", data / CHARTS), ("package", source, "-d", data / "tmp/new"),
                 ("index", data / CHARTS), ("bundle", "inventory", "-r", "main", "-d", data, "-o", data / "repos/x"),
                 ("bundle", "create", "-r", "main", "-d", data, "-o", link_to(data) / "tmp/out")):
        refused("name a place outside of", *line)
        equal(tree(data), before)
    refused("name a place outside of", "restore", "--data", data / "tmp/data", other_backup())
    equal(tree(data), before)


@test
def a_data_directory_within_its_backup_is_not_removed():
    to = temporary() / "backup"
    backup(filled(), to)
    data = shutil.copytree(template(), to / "data")
    refused("name a place outside of", "backup", "--data", data, to, "--incremental")
    assert (data / CHARTS / DEMO).exists()


def other_backup():
    running, to = Server(), temporary() / "other"
    equal(running.publish(OTHER).status, 201)
    backup(running.data, to)
    return to


# ---- under load ----

class Load:
    """Publishes and deletes until it is told to end; knows what was acknowledged when. Of each
    writer come CHARTS_AT_ONCE and no more until more(): else a slow disk never gets done with them."""
    CHARTS_AT_ONCE = 60

    def __init__(self, running, writers=4):
        self.running, self.ending, self.room = running, False, 0
        self.more()
        self.there, self.wrong, self.lock = {}, [], threading.Lock()
        self.touched = set()     # deleted, or being deleted
        self.threads = [threading.Thread(target=self.write, args=(f"c{n}",), daemon=True)
                        for n in range(writers)]
        for thread in self.threads:
            thread.start()

    def write(self, name):
        try:
            for number in itertools.count():
                while number >= self.room and not self.ending:
                    time.sleep(0.005)
                if self.ending:
                    return
                archive = chart(name, f"{number}.0.0")
                equal(self.running.publish(archive).status, 201)
                with self.lock:
                    self.there[f"{name}-{number}.0.0.tgz"] = digest(archive)
                if number % 3 == 0:      # at once, so that files go under the backup's hands
                    self.delete(name, number)
        except Exception as error:
            self.wrong.append(error)

    def delete(self, name, number):
        with self.lock:
            self.touched.add(f"{name}-{number}.0.0.tgz")
        equal(self.running.request("DELETE", f"/api/charts/{name}/{number}.0.0").status, 200)

    def more(self):
        self.room += self.CHARTS_AT_ONCE

    def acknowledged(self):
        with self.lock:
            return {f: d for f, d in self.there.items() if f not in self.touched}

    def end(self):
        self.ending = True
        for thread in self.threads:
            thread.join(30)
        equal(self.wrong, [])


@table(("linked", None), ("copied", "/var/tmp"))
def t_fs_01_backup_restore_fsck_serve_under_load(elsewhere):
    """What was acknowledged before the backup began is in it, and so is all that its log names."""
    running, folder = Server(), temporary_in(elsewhere)
    load = Load(running)
    for number in range(20 if LONG else 4):
        wanted = load.acknowledged()
        load.more()
        equal(backup(running.data, folder / f"b{number}")["problems"], [])
        restored = folder / f"r{number}"
        must("restore", folder / f"b{number}", "--data", restored)
        contains(must("fsck", "--data", restored), "all is well")
        served = Server(restored)
        index = indexed(served)
        served.stop()
        with load.lock:
            missing = {f for f in wanted if index.get(f) != wanted[f]} - load.touched
        equal(missing, set(), f"backup {number}")
        equal(index.keys(), set(os.listdir(restored / CHARTS)))
    load.end()
    assert len(load.there) > 20, "there was no load"


def temporary_in(folder):
    """inject.py puts what is temporary on a memory filesystem: there are two here."""
    path = Path(tempfile.mkdtemp(prefix="cl-", dir=folder))
    cleanup(shutil.rmtree, path, True)
    return path


@test
def t_fs_01_fsck_stays_right_under_publishes():
    """fsck looks at what changes under its hands, and finds nothing wrong."""
    running = Server(args=("--set", "overwrite=true"))
    load = Load(running)
    for number in range(40 if LONG else 8):
        archive = chart("again", description=str(number))
        load.more()
        equal(running.request("POST", "/api/charts?force", archive).status, 201)
        contains(must("fsck", "--data", running.data), "all is well")
    load.end()
    assert len(load.there) > 20, "there was no load"


# ---- damaged files ----

def rot(path):
    """Another inode, so that a backup that is linked to it stays as it is."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()
    path.write_bytes(content)


@table(("rotten", rot), ("missing", lambda path: path.unlink()),
       ("a folder", lambda path: (path.unlink(), path.mkdir())))
def t_disk_03_t_disk_04_backup_of_a_damaged_file(damage):
    """It is named, the rest is backed up; a restore needs to be told to go on without it."""
    data, to = filled(), temporary() / "backup"
    damage(data / CHARTS / DEMO)
    said = backup(data, to, status=1)
    equal([(p["repo"], p["file"]) for p in said["problems"]], [("main", DEMO)])
    text = command("backup", "--data", data, to.parent / "again")
    contains(text.stderr, f"damaged: main/{DEMO}: the file ")
    equal(sorted(os.listdir(to / CHARTS)), [PROV, OTHER_FILE])
    must("log", "--data", to, "--verify")
    restored = temporary() / "data"
    refused("1 files of the backup are missing", "restore", to, "--data", restored)
    assert not (restored / "catalog.db").exists()
    equal(command("restore", to, "--data", restored, "--allow-damaged").returncode, 1)
    running = Server(restored)
    equal(running.get(f"/charts/{DEMO}").status, 503)
    equal(running.get(f"/charts/{OTHER_FILE}").body, OTHER)
    equal(running.publish(OLD).status, 201)
    equal(running.get(f"/charts/{DEMO}").body, OLD)


@test
def t_disk_03_an_earlier_backup_helps():
    """What rotted since is linked from the backup that still has it."""
    data, first, second = filled(), temporary() / "first", temporary() / "second"
    backup(data, first)
    rot(data / CHARTS / DEMO)
    equal(backup(data, second, "--link", first)["problems"], [])
    check_whole(second, STORED)


# ---- a damaged catalog ----

PAGE_BYTES = 4096


def spoil(what, source=None):
    """Over the first page of a table or an index: nothing that SQLite knows, or that of another one."""
    def damage(data):
        with catalog(data) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            at = dict(database.execute("SELECT name, (rootpage - 1) * ? FROM sqlite_schema", (PAGE_BYTES,)))
        with open(data / "catalog.db", "r+b") as file:
            page = os.pread(file.fileno(), PAGE_BYTES, at[source]) if source else b"?" * PAGE_BYTES
            os.pwrite(file.fileno(), page, at[what])
    return damage


PAGES = (("a table", spoil("account")), ("an index", spoil("sqlite_autoindex_account_1")),
         ("one index for another", spoil("sqlite_autoindex_account_1", "event_by_repo")))


@table(*PAGES)
def t_sql_06_no_backup_of_a_damaged_catalog(damage):
    """The backup that there is stays: it is what helps now."""
    data, to = filled(), temporary() / "backup"
    backup(data, to)
    before = tree(to)
    damage(data)
    said = command("fsck", "--data", data)
    equal(said.returncode, 1, said)
    found = said.stdout.splitlines()[0]
    found, _, advice = found.partition("; put it back from a backup, ")
    equal((found[:22], found.count("catalog.db"), "***" in found), ("database: catalog.db: ", 1, False), found)
    contains(advice, "with catalog.db-wal and catalog.db-shm moved away first")
    for line in ((to, "--incremental"), (to.parent / "new", "--link", to)):
        refused("put it back from a backup", "backup", "--data", data, *line)
    equal(tree(to), before)
    assert not (to.parent / "new").exists()
    check_whole(to, STORED)


@table(*[(line[0], line) for line in (("fsck",), ("rebuild",), ("log", "--verify"), ("backup", "TO"),
                                      ("serve", "--listen", "127.0.0.1:0"))])
def t_sql_06_the_way_out_of_a_damaged_catalog(line):
    """The same as of a missing one, and not each command's name for the next."""
    data = filled()
    spoil("event")(data)
    done = command(*(data.parent / "to" if word == "TO" else word for word in line), "--data", data)
    equal((done.returncode, done.stdout), (1, ""), done)
    contains(done.stderr, "; put it back from a backup, with catalog.db-wal and catalog.db-shm moved away first, "
             "or import the charts into a new data directory\n")
    assert "chartlocker fsck" not in done.stderr.replace("chartlocker fsck: ", ""), done.stderr


@table(*PAGES)
def t_sql_06_restore_of_a_damaged_catalog(damage):
    """Also where backup.json tells of these bytes."""
    to, restored = temporary() / "backup", temporary() / "data"
    backup(filled(), to)
    damage(to)
    for name in ("catalog.db-wal", "catalog.db-shm"):
        (to / name).unlink(missing_ok=True)
    change_manifest(catalog=digest((to / "catalog.db").read_bytes()))(to)
    refused("damaged: catalog.db: ", "restore", to, "--data", restored)
    assert not restored.exists(), os.listdir(restored)
    equal(command("restore", to, "--data", restored, "--allow-damaged").returncode, 1)
    equal(tree(restored).keys() >= {f"{CHARTS}/{DEMO}", "catalog.db"}, True)


# ---- restores that are refused ----

def edit_log(to):
    with catalog(to) as database:
        database.execute("DROP TRIGGER event_is_never_edited")
        database.execute("UPDATE event SET actor = 'nobody' WHERE seq = 2")


def shorten_log(to):
    with catalog(to) as database:
        database.execute("DROP TRIGGER event_is_never_deleted")
        database.execute("DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)")


def change_manifest(**fields):
    def change(to):
        path = to / "backup.json"
        path.chmod(0o640)
        path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))
    return change


@table(("an edited event", edit_log, "the backup's log is not what was written"),
       ("a removed event", shorten_log, "the backup's log"),
       ("another root", change_manifest(root="0" * 64), "not the root that backup.json names"),
       ("fewer events", change_manifest(events=3), "not the root that backup.json names"),
       ("a newer format", change_manifest(format=2), "newer version"),
       ("no manifest", lambda to: (to / "backup.json").unlink(), "no complete backup"),
       ("no catalog", lambda to: (to / "catalog.db").unlink(), "no catalog.db"))
def t_fs_02_restore_refused(damage, text):
    to, restored = temporary() / "backup", temporary() / "data"
    backup(filled(), to)
    damage(to)
    refused(text, "restore", to, "--data", restored)
    assert not restored.exists(), os.listdir(restored)


ACCOUNT = "INSERT INTO account (name, password, roles, created_ns) VALUES ('eve', '', 'admin:*', 0)"


@table(("an account", ACCOUNT, "damaged: catalog.db: it was changed", None),
       ("settings", "UPDATE repo SET settings = '{}' WHERE name = 'secret'",
        "damaged: secret: its settings are not what the log says", "log: secret/settings"),
       ("a deleted version", f"UPDATE version SET state = 1 WHERE file = '{DEMO}'",
        f"damaged: main/{DEMO}: the row is not what the log says", f"log: main/{DEMO}"),
       ("no row", f"DELETE FROM version WHERE file = '{DEMO}'",
        f"damaged: main/{DEMO}: the log has this version", f"log: main/{DEMO}"),
       ("a row more", "UPDATE version SET file = 'eve-1.0.0.tgz' WHERE chart = 'far'",
        "damaged: team-a/stable/eve-1.0.0.tgz: the log has no such version", "far-1.0.0.tgz"),
       ("an index line", f"UPDATE version SET line = '{{}}' WHERE file = '{DEMO}'",
        "damaged: catalog.db: it was changed", f"metadata: main/{DEMO}"))
def t_fs_02_restore_of_other_rows(sql, text, found):
    """Also where backup.json was changed alike: what follows from the log does not follow any more."""
    data, to = filled(), temporary() / "backup"
    must("repo", "create", "secret", "--private", "--data", data)
    backup(data, to)
    with catalog(to) as database:
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute(sql)
    restored = temporary() / "data"
    refused(text, "restore", to, "--data", restored)
    assert not restored.exists(), os.listdir(restored)
    change_manifest(catalog=digest((to / "catalog.db").read_bytes()))(to)
    alike = "catalog.db" in text
    equal(command("restore", to, "--data", temporary() / "data").returncode, 0 if alike else 1)
    done = command("restore", to, "--data", restored, "--allow-damaged")
    equal(done.returncode, 0 if alike else 1, done.stderr)
    if found:
        contains(command("fsck", "--data", restored).stdout, found)


@test
def t_fs_02_restore_of_what_was_opened():
    """A program that served from the backup has written to its catalog."""
    to, restored = temporary() / "backup", temporary() / "data"
    backup(filled(), to)
    Server(to).stop()
    refused("opened the backup as its data directory", "restore", to, "--data", restored)
    equal(command("restore", to, "--data", restored, "--allow-damaged").returncode, 1)
    check_whole(restored, STORED)


@table(("rotten", rot), ("missing", lambda path: path.unlink()))
def t_fs_02_restore_of_other_digests(damage):
    to, restored = temporary() / "backup", temporary() / "data"
    backup(filled(), to)
    damage(to / CHARTS / DEMO)
    refused(f"damaged: main/{DEMO}", "restore", to, "--data", restored)
    equal(command("serve", "--data", restored, "--listen", "127.0.0.1:0").returncode, 1)


@test
def t_fs_02_nothing_is_served_of_a_restore_that_only_began():
    """Else the next restore would replace what was published meanwhile."""
    data = temporary() / "data"
    (data / ".restoring").mkdir(parents=True)
    for _ in range(2):
        refused("a restore into this directory was interrupted", "serve", "--data", data,
                "--listen", "127.0.0.1:0")
    to = temporary() / "backup"
    backup(filled(), to)
    must("restore", to, "--data", data)
    check_whole(data, STORED)


@test
def t_fs_02_a_backup_is_refused_where_a_restore_began():
    """Another one goes on, and nothing is served meanwhile."""
    to, rotten, data = temporary() / "backup", temporary() / "rotten", temporary() / "data"
    backup(filled(), to)
    shutil.copytree(to, rotten)
    rot(rotten / CHARTS / DEMO)
    refused("files of the backup are missing or have other bytes", "restore", rotten, "--data", data)
    edit_log(rotten)
    refused("the backup's log is not what was written: the log: event 2", "restore", rotten, "--data", data)
    refused("a restore into this directory was interrupted", "serve", "--data", data, "--listen", "127.0.0.1:0")
    must("restore", to, "--data", data)
    check_whole(data, STORED)


@test
def t_fs_02_a_folder_stays_where_a_backup_is_refused():
    to, data = temporary() / "backup", temporary()
    backup(filled(), to)
    edit_log(to)
    refused("the backup's log", "restore", to, "--data", data)
    equal(os.listdir(data), [])


@table(("served", lambda data: Server(data).stop()),
       ("by a command", lambda data: must("repo", "list", "--data", data)),
       ("not at all", None))
def t_fs_02_a_restore_that_was_killed_at_its_end(use):
    """Its catalog has its place and .restoring is there still. Who writes there removes that; the
    next restore is for a directory that nobody wrote to."""
    to, data = temporary() / "backup", temporary() / "data"
    backup(filled(), to)
    must("restore", to, "--data", data)
    (data / ".restoring/tmp").mkdir(parents=True)
    (data / ".restoring/LOCK").touch()
    if use:
        use(data)
        refused("is not empty", "restore", to, "--data", data)
    else:
        must("restore", to, "--data", data)
    assert not (data / ".restoring").exists()
    check_whole(data, STORED)


@test
def t_ops_09_restore_onto_what_is_there():
    to = temporary() / "backup"
    backup(filled(), to)
    running = Server()
    equal(running.publish(NEW).status, 201)
    before = tree(running.data)
    refused("is not empty", "restore", to, "--data", running.data)
    equal(tree(running.data), before)
    equal(running.get(f"/charts/{DEMO}").body, NEW)
    empty = temporary()
    must("restore", to, "--data", empty)
    check_whole(empty, STORED)


@test
def restore_from_where_nothing_may_be_written():
    to, restored = temporary() / "backup", temporary() / "data"
    backup(filled(), to)
    before = tree(to)
    said = json.loads(must("restore", to, "--data", restored, "--json"))
    equal((said["files"], said["copied"], said["linked"]), (4, 4, 0))
    equal(tree(to), before, "the backup")
    assert (to / CHARTS / DEMO).stat().st_ino != (restored / CHARTS / DEMO).stat().st_ino
    equal((to / CHARTS / DEMO).stat().st_mtime_ns, (restored / CHARTS / DEMO).stat().st_mtime_ns)
    check_whole(restored, STORED)


# ---- interrupted ----

def make_backup(data, to):
    return "backup", "--data", data, to


def make_incremental(data, to):
    return "backup", "--data", data, to, "--incremental"


def make_restore(data, to):
    return "restore", data, "--data", to


def chosen(line, data, mask, number, share, prepare=lambda to: None):
    """Some of the calls that the command makes, two at the least; LONG=1: all, and one that it does not."""
    fault, to = Fault(), temporary() / "to"
    prepare(to)
    fault.arm(mask, POINTS_MAX, FAIL)
    equal(command(*line(data, to), env=fault.env).returncode, 0, "without a fault")
    names = [name for _, name in fault.calls]
    return range(len(names) + 1) if LONG else spread(names, number, min(share, -(-len(names) // 3)))


def sweep(line, mask, action, error, number, share):
    """The command at a share of its calls: what has its name is complete, and the next run is."""
    data = filled()
    if line is make_restore:
        backup(data, data.parent / "backup")
        data = data.parent / "backup"
    before = tree(data)
    points = chosen(line, data, mask, number, share)
    for at in points:
        fault, to = Fault(), temporary() / "to"
        fault.arm(mask, at, action, error)
        done = command(*line(data, to), env=fault.env, timeout=60)
        fault.disarm()
        what = f"call {at} ({fault.where}): {done}"
        if action == FAIL:
            assert done.returncode in (0, 1), what
            assert done.returncode == 0 or done.stderr, what
        complete = (to / "catalog.db").exists() and not (to / ".restoring").exists()
        assert fault.hits or (done.returncode == 0 and complete), what
        if complete:
            check_whole(to, STORED)
        elif not (line is make_restore and (to / "catalog.db").exists()):
            done = command(*line(data, to))
            equal(done.returncode, 0, f"the next run, after {what}: {done}")
            check_whole(to, STORED)
        equal(tree(data), before, what)
        shutil.rmtree(to.parent)
    print(f"# {len(points)} points", flush=True)


COMMANDS = (("backup", make_backup), ("restore", make_restore))


@table(*[(name, number, line) for number, (name, line) in enumerate(COMMANDS)])
def t_crash_01_killed_before_each_call(number, line):
    sweep(line, STORES, KILL, 0, number, 24)


@table(*[(f"{what}: {name}", number, line, mask, error) for number, ((name, line),
         (what, mask, error)) in enumerate(itertools.product(COMMANDS, (
             ("no space", CHANGES | WRITES | CREATES, errno.ENOSPC),
             ("I/O error", STORES, errno.EIO), ("sync", SYNCS, errno.EIO),
             ("interrupted", WRITES | READS | CREATES, errno.EINTR))))])
def t_crash_02_each_call_fails(number, line, mask, error):
    sweep(line, mask, FAIL, error, number, 40)


@test
def t_crash_01_incremental_killed_before_each_call():
    """Under the name stands the older backup or the newer one, whole, at every moment."""
    data, older = filled(), temporary() / "older"
    backup(data, older)
    running = Server(data)
    equal(running.publish(chart("new")).status, 201)
    running.stop()
    for at in chosen(make_incremental, data, STORES, 0, 30, lambda to: shutil.copytree(older, to)):
        fault, to = Fault(), temporary() / "to"
        shutil.copytree(older, to)
        fault.arm(STORES, at, KILL)
        command(*make_incremental(data, to), env=fault.env)
        fault.disarm()
        files = set(os.listdir(to / CHARTS))
        check_whole(to, {**STORED, **({"new-1.0.0.tgz": chart("new")}
                                      if "new-1.0.0.tgz" in files else {})})
        shutil.rmtree(to)
        shutil.copytree(older, to)       # it was opened for writing by what checked it
        must(*make_incremental(data, to))
        check_whole(to, {**STORED, "new-1.0.0.tgz": chart("new")})
        equal(os.listdir(to.parent), ["to"])
        shutil.rmtree(to.parent)


@test
def two_backups_to_one_place():
    """The second one is told, and the first one goes on."""
    data, to = filled(), temporary() / "backup"
    (to.parent / "backup.partial").mkdir()
    with open(to.parent / "backup.partial/LOCK", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused("uses the data directory", "backup", "--data", data, to)
    backup(data, to)


if __name__ == "__main__":
    main()

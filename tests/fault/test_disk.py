"""Disks that are full, slow, read-only or lie; too few descriptors; a log that goes nowhere.
Long because its rows share the small disks and what a damaged file looks like."""
import contextlib
import errno
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time

from inject import CHANGES, FAIL, SYNCS, Fault
from mounts import own_mounts
from changes import DEMO, DEMO_BODY, OLD, PROV, flip, start_fails
from following import follow, refresh, refreshed, status
from harness import (PROGRAM, Server, as_owner, chart, chart_of_size, cleanup, command, contains, equal,
                     form, main, metric, must, need, provenance, settled, table, temporary, test)
from upstream import Upstream

KIB, MIB = 1 << 10, 1 << 20
STATE = r" (storage\.\w+)"


# ---- full ----

def on_small_disk(disk, options):
    """What goes before a command for which a folder is a memory filesystem of its own."""
    return [*own_mounts(), "sh", "-c", f'mount -t tmpfs -o {options} tmpfs "$0" && exec "$@"', disk]


class SmallDisk(Server):
    """A server whose data directory is on such a filesystem."""

    def __init__(self, options, args=()):
        disk = temporary()
        super().__init__(disk / "data", args, wrap=on_small_disk(disk, options))

    def seen(self):
        """The data directory as it is in there."""
        return f"/proc/{self.pid}/root{self.data}"


def fill(running, sizes):
    """Publishes ever smaller charts until each is refused; the files that went in."""
    inside = []
    for size in sizes:
        for number in range(10000):
            answer = running.publish(chart_of_size(size, f"c{size}", f"{number}.0.0", number))
            if answer.status != 201:
                equal((answer.status, json.loads(answer.body)["code"]), (507, "storage_full"))
                contains(json.loads(answer.body)["error"], "free some space")
                break
            inside.append(f"c{size}/{number}.0.0")
    return inside


def check_full(running, inside):
    """Reading goes on; deleting works and makes room; all without a restart."""
    equal(sum(len(v) for v in running.index()["entries"].values()), len(inside), "index")
    for path in inside[:3] + inside[-3:]:
        name, version = path.split("/")
        equal(running.get(f"/charts/{name}-{version}.tgz").status, 200)
    for path in inside:
        equal(running.request("DELETE", f"/api/charts/{path}").status, 200, f"delete {path}")
    equal(running.index()["entries"], {})
    equal(running.publish(OLD).status, 201, "after deleting")
    contains(must("fsck", "--data", running.seen()), "all is well")
    equal(os.listdir(f"{running.seen()}/tmp"), [])


@table(*[(f"{size // KIB} KiB", size) for size in (1 * MIB, 2 * MIB, 5 * MIB, 20 * MIB)])
def t_disk_01_full(size):
    running = SmallDisk(f"size={size}")
    check_full(running, fill(running, (size // 3, size // 20, 20 * KIB, 1 * KIB)))


@test
def t_disk_01_filled_by_somebody_else():
    """To the last byte: what is deleted makes room all the same."""
    running = SmallDisk("size=8m")
    for number in range(5):
        archive = chart_of_size(100 * KIB, "demo", f"{number}.0.0", number)
        equal(running.publish(archive).status, 201)
    for _ in range(100):             # what the server was about to give back is taken too
        with contextlib.suppress(OSError), open(f"{running.seen()}/../other", "ab", buffering=0) as other:
            while other.write(bytes(4 * KIB)):
                pass
    equal(os.statvfs(running.seen()).f_bavail, 0)
    equal(running.publish(OLD).status, 507)
    body = '{"chart": "demo", "version": "0.0.0"}'       # until the catalog's own space is used up
    while running.request("POST", "/api/v1/repos/main/yank", body).status == 200:
        if running.request("POST", "/api/v1/repos/main/unyank", body).status != 200:
            break
    for number in range(5):
        equal(running.request("DELETE", f"/api/charts/demo/{number}.0.0").status, 200)
    equal(running.index()["entries"], {})


@test
def t_disk_01_every_size_from_too_small_on():
    """At each size the first start works or says why not; a publish is 201 or 507."""
    outcomes = set()
    for size in range(8 * KIB, 640 * KIB, 40 * KIB):
        disk = temporary()
        small = command("import", "--data", disk / "data", source_of(OLD),
                        wrap=on_small_disk(disk, f"size={size}"))
        equal(small.returncode in (0, 1), True, small)
        if small.returncode:
            contains(small.stderr.lower(), "free some space", f"{size}")
        outcomes.add(small.returncode)
    equal(outcomes, {0, 1})


@test
def t_disk_01_t_ops_05_full_is_a_state_that_ends_by_itself():
    """Health, metrics and one log line tell it; nobody has to do anything once there is room."""
    running = SmallDisk(f"size={2 * MIB}")
    equal(json.loads(running.get("/readyz").body), {"ready": True})
    equal(metric(running, "chartlocker_storage_full"), 0)
    assert settled(lambda: metric(running, "chartlocker_storage_size_bytes") == 2 * MIB)
    equal(re.findall(STATE, running.log()), [])
    inside = fill(running, (MIB // 5, 20 * KIB))
    answer = running.get("/readyz")
    equal((answer.status, json.loads(answer.body)),
          (200, {"ready": True, "degraded": True, "reasons": ["disk_full"]}))
    equal(running.get("/livez").status, 200)
    equal(metric(running, "chartlocker_storage_full"), 1)
    for _ in range(5):
        equal(running.publish(chart("more")).status, 507)
    equal(re.findall(STATE, running.log()), ["storage.full"])
    for path in inside:
        equal(running.request("DELETE", f"/api/charts/{path}").status, 200)
    assert settled(lambda: metric(running, "chartlocker_storage_full") == 0), "it does not recover"
    equal(json.loads(running.get("/readyz").body), {"ready": True})
    equal(re.findall(STATE, running.log()), ["storage.full", "storage.writable"])
    equal(running.publish(chart("more")).status, 201)
    equal(os.listdir(f"{running.seen()}/repos/main/charts"), ["more-1.0.0.tgz"], "the room is not given back")
    assert settled(lambda: shutil.disk_usage(running.seen()).free
                   == metric(running, "chartlocker_storage_free_bytes")), "nor told"


@test
def t_disk_01_full_is_noticed_before_anybody_publishes():
    """Also without index files: another program filled the disk."""
    running = SmallDisk(f"size={2 * MIB}", ("--set", "index_files=false"))
    with open(f"{running.seen()}/ballast", "wb", buffering=0) as ballast:
        with contextlib.suppress(OSError):
            while True:
                ballast.write(bytes(4096))
    assert settled(lambda: metric(running, "chartlocker_storage_full") == 1), "it is not noticed"
    equal(running.publish(OLD).status, 507)
    os.unlink(f"{running.seen()}/ballast")
    assert settled(lambda: metric(running, "chartlocker_storage_full") == 0), "it does not recover"
    equal(running.publish(OLD).status, 201)


@test
def t_disk_01_a_pull_that_found_it_full():
    """The upstream is not to blame, and when there is room, it comes."""
    up, running = Upstream(), SmallDisk(f"size={2 * MIB}")
    data = up.put("demo", "1.0.0", chart_of_size(300 * KIB, "demo", "1.0.0", 1))
    follow(running, up)
    refreshed(running)
    with open(f"{running.seen()}/ballast", "wb", buffering=0) as ballast:
        with contextlib.suppress(OSError):
            while True:
                ballast.write(bytes(4096))
    equal(running.get("/up/charts/demo-1.0.0.tgz").status, 507)
    equal(up.count("/demo-1.0.0.tgz"), 0)
    os.unlink(f"{running.seen()}/ballast")
    equal(running.get("/up/charts/demo-1.0.0.tgz").body, data)


@test
def t_disk_01_a_mirror_that_fills_it():
    """It ends there, and goes on when there is room."""
    up = Upstream()
    for number in range(20):
        up.put("demo", f"1.{number}.0", chart_of_size(300 * KIB, "demo", f"1.{number}.0", number))
    running = SmallDisk(f"size={3 * MIB}")
    follow(running, up, mode="mirror")
    code, said = refresh(running)
    equal((code, said["ok"]), (200, False), said)
    asked = [request.path for request in up.seen if request.path.endswith(".tgz")]
    fetched = status(running)["held"]
    assert 0 < fetched <= len(asked) < 15, (fetched, asked)


def source_of(archive, name=DEMO):
    source = temporary() / name
    source.write_bytes(archive)
    return source


@test
def t_disk_01_what_a_sync_lost_is_not_acknowledged():
    """The kernel tells a lost write once: the next sync of the filesystem succeeds, and promises nothing of it."""
    def begin():
        data = temporary() / "data"
        Server(data).stop()
        return data, Fault(), [source_of(chart(name), f"{name}-1.0.0.tgz") for name in ("demo", "other")]

    data, fault, sources = begin()
    fault.arm(SYNCS, 1000, FAIL)
    must("import", "--data", data, *sources, env=fault.env)
    at = [name for _, name in fault.calls].index("syncfs")
    data, fault, sources = begin()
    fault.arm(SYNCS, at, FAIL, errno.ENOSPC)
    done = command("import", "--data", data, *sources, env=fault.env)
    equal((done.returncode, fault.where), (1, "syncfs"), done)
    contains(done.stdout, "0 imported into main, 0 there already, 2 refused")
    equal(os.listdir(data / "repos/main/charts"), [])
    contains(must("import", "--data", data, *sources), "2 imported into main")


@test
def t_disk_02_no_inodes_for_another_name():
    """Nothing is renamed, nothing else is kept from being written, and it is once there is room."""
    running = SmallDisk("size=50m,nr_inodes=100")
    must("repo", "create", "team", "--data", running.seen())
    equal(running.publish(OLD, "team").status, 201)
    taken = []
    with contextlib.suppress(OSError):
        for number in range(100):
            taken.append(f"{running.seen()}/../taken-{number}")
            with open(taken[-1], "xb"):
                pass
    done = command("repo", "rename", "team", "crew", "--data", running.seen())
    equal(done.returncode, 1, done)
    contains(done.stderr, "The storage is full")
    for path in taken[:-1]:
        os.unlink(path)
    equal(running.get(f"/team/charts/{DEMO}").status, 200)
    equal(running.publish(chart("more"), "team").status, 201)
    must("repo", "rename", "team", "crew", "--data", running.seen())
    equal(sorted(os.listdir(f"{running.seen()}/repos/crew/charts")), [DEMO, "more-1.0.0.tgz"])
    equal("ingest.stopped" in running.log(), False)


@test
def t_disk_02_no_room_to_move_a_folder():
    """It is another repository already: its folder stays behind, and follows at the next start."""
    def begin():
        fault = Fault()
        running = Server(args=("--set", "index_files=false"), env=fault.env)
        must("repo", "create", "team", "--data", running.data)
        equal(running.publish(OLD, "team").status, 201)
        return running, fault

    for at in range(10):             # which call it is depends on what the server does beside
        running, fault = begin()
        fault.arm(CHANGES, at, FAIL, errno.ENOSPC)
        done = command("repo", "rename", "team", "crew", "--data", running.data)
        fault.disarm()
        equal(running.get("/readyz").status, 200)
        equal("ingest.stopped" in running.log(), False, fault.where)
        equal(running.publish(chart("more"), "team" if done.returncode else "crew").status, 201)
        if "ingest.left_behind" in running.log():
            break
        running.stop()
    equal(done.returncode, 0, done)
    equal(sorted(os.listdir(running.data / "repos/team/charts")), [DEMO, "more-1.0.0.tgz"])
    done = command("repo", "create", "team", "--data", running.data)
    equal(done.returncode, 1, done)
    contains(done.stderr, 'repos/team still holds the charts of "crew"')
    running.stop()
    running = Server(running.data)
    equal(sorted(os.listdir(running.data / "repos/crew/charts")), [DEMO, "more-1.0.0.tgz"])
    equal(os.path.exists(running.data / "repos/team"), False)
    must("repo", "create", "team", "--data", running.data)
    equal(running.get(f"/crew/charts/{DEMO}").body, OLD)


@test
def t_disk_02_no_inodes():
    running = SmallDisk("size=50m,nr_inodes=60")
    check_full(running, fill(running, (1 * KIB,)))


@table(("in its folder", False), ("nor for its folder", True))
def t_disk_02_no_room_to_keep_what_is_deleted(lost):
    """Noticed by the deletion itself, which is done: nothing of it is kept, and the server goes on."""
    running = SmallDisk("size=50m,nr_inodes=60")
    equal(running.publish(OLD).status, 201)
    assert settled(lambda: json.loads(running.get("/api/v1/search?q=demo").body)["total"])    # no file is open any more
    taken = []
    if lost:
        os.rmdir(f"{running.seen()}/quarantine")
    with contextlib.suppress(OSError):
        while True:
            taken.append(f"{running.seen()}/../{len(taken)}")
            open(taken[-1], "xb").close()
    equal(running.request("DELETE", "/api/charts/demo/1.0.0").status, 200)
    for name in taken[:-1]:
        os.unlink(name)
    assert settled(lambda: running.publish(chart("other")).status == 201), running.log()
    equal(running.request("POST", "/api/v1/repos/main/undelete", DEMO_BODY).status, 410)
    contains(must("fsck", "--data", running.seen()), "all is well")


# ---- not ours to write ----

def as_nobody():
    """What goes before a command so that file modes count."""
    if os.geteuid() != 0:
        return []
    need("setpriv")
    return ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


@test
def t_disk_02_directory_not_writable():
    parent = temporary()
    parent.chmod(0o555)
    shutil.copy(PROGRAM, parent / "program")
    start_fails(parent / "data", "Permission denied", wrap=as_nobody())


@test
def t_disk_02_read_only_filesystem():
    data = temporary() / "data"
    Server(data).stop()
    start_fails(data, "Read-only file system", wrap=[
        *own_mounts(), "sh", "-c", 'mount --bind -o ro "$0" "$0" && mount -o remount,bind,ro '
        '"$0" && exec "$@"', data])


@table(*[(name, name) for name in ("repos", "tmp", "quarantine", "repos/main",
                                   "repos/main/charts")])
def t_disk_02_a_folder_is_a_symlink(name):
    data = temporary() / "data"
    Server(data).stop()
    (data / name).rename(data.parent / "elsewhere")
    (data / name).symlink_to(data.parent / "elsewhere")
    start_fails(data, "symbolic link")


# ---- damaged files ----

def flip_silently(path):
    """The file is as old as it was."""
    times = path.stat()
    flip(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def truncate(path):
    path.chmod(0o640)
    os.truncate(path, path.stat().st_size - 1)


def grow(path):
    path.chmod(0o640)
    path.write_bytes(path.read_bytes() + b"?")


def replace_by(make):
    def damage(path):
        path.unlink()
        make(path)
    return damage


def make_socket(path):
    folder = os.open(path.parent, os.O_PATH)
    with socket.socket(socket.AF_UNIX) as link:
        link.bind(f"/proc/self/fd/{folder}/{path.name}")
    os.close(folder)


def move_behind_a_link(path):
    there = temporary() / path.name
    shutil.move(path, there)
    path.symlink_to(there)


DAMAGES = (("flip a bit", flip_silently), ("truncate", truncate), ("grow", grow),
           ("remove", replace_by(lambda path: None)),
           ("directory", replace_by(lambda path: path.mkdir())),
           ("fifo", replace_by(os.mkfifo)),
           ("socket", replace_by(make_socket)),
           ("symlink to the same bytes", move_behind_a_link))
# One that is served from memory, and one that is too large for it.
STORED = {DEMO: OLD, "large-1.0.0.tgz": chart_of_size(400 * KIB, "large", "1.0.0")}


def place(running, file):
    return running.data / "repos/main/charts" / file


def damaged(damage):
    """A server with two charts that are, and one that is not."""
    running = Server()
    for archive in (*STORED.values(), chart("other")):
        equal(running.publish(archive).status, 201)
    for file in STORED:
        damage(place(running, file))
    return running


def shown(running):
    return set(running.index()["entries"])


def check_served(running):
    for file, archive in STORED.items():
        equal(running.get(f"/charts/{file}").body, archive, file)
    equal(shown(running), {"demo", "large", "other"})


def check_healed(running):
    for archive in STORED.values():
        answer = running.publish(archive)
        equal(answer.status, 201, answer.body)
    check_served(running)
    contains(must("fsck", "--data", running.data), "all is well")
    running.stop()
    running = Server(running.data)
    check_served(running)
    running.stop()


@table(*DAMAGES)
def t_disk_03_t_disk_04_damaged_file(damage):
    """It is 503, leaves the index, stays so over a restart; the same bytes heal it."""
    running = damaged(damage)
    for file in STORED:
        answer = running.get(f"/charts/{file}")
        equal((answer.status, json.loads(answer.body)["code"]), (503, "chart_damaged"), file)
    assert settled(lambda: shown(running) == {"other"}), "it does not happen"
    equal(running.get("/charts/other-1.0.0.tgz").status, 200)
    equal(metric(running, "chartlocker_versions_damaged"), len(STORED))
    equal(json.loads(running.get("/readyz").body).get("degraded"), True)
    running.stop()
    running = Server(running.data)
    for file in STORED:
        equal(running.get(f"/charts/{file}").status, 503, file)
    equal(shown(running), {"other"})
    equal(running.publish(chart("demo", "1.0.0", {"a": b"b"})).status, 409)
    check_healed(running)


@table(*DAMAGES)
def t_disk_03_healed_before_anybody_asked(damage):
    check_healed(damaged(damage))


@table(*DAMAGES)
def t_disk_03_t_disk_04_fsck_repairs(damage):
    running = damaged(damage)
    were_there = [os.path.lexists(place(running, file)) for file in STORED]
    found = command("fsck", "--data", running.data)
    equal(found.returncode, 1)
    for file in STORED:
        contains(found.stdout, f"main/{file}")
    equal(command("fsck", "--data", running.data, "--repair").returncode, 0)
    equal(shown(running), {"other"})
    equal([file for file in STORED if os.path.lexists(place(running, file))], [])
    kept = os.listdir(running.data / "quarantine")
    equal([sum(file in name for name in kept) for file in STORED], list(map(int, were_there)), "quarantine/")
    equal(running.get("/charts/other-1.0.0.tgz").status, 200)
    check_healed(running)


@test
def t_disk_02_file_not_readable():
    """The rest goes on. It is not damaged, nor the disk read-only: what lets it be read again heals it."""
    wrap = as_owner()
    running = Server(wrap=wrap)
    for archive in (OLD, chart("other"), chart("third")):
        equal(running.publish(archive).status, 201)
    kept = place(running, DEMO)
    running.stop()
    kept.chmod(0)
    place(running, "other-1.0.0.tgz").unlink()
    running = Server(running.data, wrap=wrap)
    for path in (f"/charts/{DEMO}", "/api/v1/charts/main/demo/1.0.0/show/all"):
        answer = running.get(path)
        equal((answer.status, json.loads(answer.body)["code"]), (503, "file_unreadable"), path)
    told = command("fsck", "--data", running.data, "--repair")
    contains(told.stdout, f"damaged: main/{DEMO}: the file cannot be opened: open {DEMO}: Permission denied; chown it")
    contains(told.stdout, "missing: main/other-1.0.0.tgz: the file is missing")
    contains(told.stdout, "problems: 2, repaired: 1")
    scrubbed = command("scrub", "--data", running.data, wrap=wrap)
    contains(scrubbed.stderr, f"damaged: main/{DEMO}: the file cannot be opened")
    assert settled(lambda: shown(running) == {"demo", "third"}), shown(running)
    contains(command("rebuild", "--data", running.data).stdout, "damaged versions 2")
    equal((re.findall(STATE, running.log()), json.loads(running.get("/readyz").body)["reasons"]),
          ([], ["versions_damaged"]))
    equal(running.get("/charts/third-1.0.0.tgz").status, 200)
    kept.chmod(0o440)
    equal(running.get(f"/charts/{DEMO}").body, OLD)
    equal(command("fsck", "--data", running.data, "--repair").returncode, 0)
    equal(shown(running), {"demo", "third"})


@test
def t_disk_02_archive_not_readable():
    """Of an upstream, put there by somebody else: the start goes on, and the archive is fetched."""
    up, wrap = Upstream(), as_owner()
    data = up.put("demo", "1.0.0")
    running = Server(wrap=wrap)
    follow(running, up)
    refreshed(running)
    running.kill()
    kept = running.data / "repos/up/charts" / DEMO
    kept.write_bytes(data)
    kept.chmod(0)
    running = Server(running.data, wrap=wrap)
    equal(running.get(f"/up/charts/{DEMO}").body, data)
    contains(must("fsck", "--data", running.data), "all is well")


@test
def t_disk_02_file_not_readable_published_again():
    running = Server(wrap=as_owner())
    body, headers = form(OLD, provenance(OLD))
    equal(running.publish(body, headers=headers).status, 201)
    for file in (DEMO, PROV):
        place(running, file).chmod(0)
    for _ in range(2):
        equal(running.publish(body, headers=headers).status, 201)
    equal((running.get(f"/charts/{DEMO}").body, running.get(f"/charts/{PROV}").body), (OLD, provenance(OLD)))
    contains(must("fsck", "--data", running.data), "all is well")


@table(("found by a request", True), ("healed before", False))
def t_disk_03_damaged_provenance(asked):
    running = Server()
    body, headers = form(OLD, provenance(OLD))
    equal(running.publish(body, headers=headers).status, 201)
    flip_silently(place(running, PROV))
    if asked:
        equal(running.get(f"/charts/{PROV}").status, 503)
        equal(command("fsck", "--data", running.data).returncode, 1)
    equal(running.request("POST", "/api/prov", provenance(OLD)).status, 201)
    equal(running.get(f"/charts/{PROV}").body, provenance(OLD))
    contains(must("fsck", "--data", running.data), "all is well")


# ---- slow ----

@test
def t_disk_06_slow_sync():
    """Reads do not wait for a disk that takes two seconds; uploads beyond the limit are 503."""
    need("strace")
    running = Server(args=("--set", "upload.max_parallel=4"))
    equal(running.publish(OLD).status, 201)
    tracer = subprocess.Popen(
        ["strace", "-f", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e",
         "inject=fsync,fdatasync:delay_enter=1000000", "-p", str(running.pid)],
        stderr=subprocess.PIPE, text=True)
    contains(tracer.stderr.readline(), "attached")
    time.sleep(0.3)
    statuses = []
    writers = [threading.Thread(target=lambda n=n: statuses.append(
        running.publish(chart(f"slow-{n}")).status)) for n in range(8)]
    for writer in writers:
        writer.start()
    reads = 0
    while 201 not in statuses and reads < 1000:
        equal(running.get("/index.yaml").status, 200)
        equal(running.get(f"/charts/{DEMO}").body, OLD)
        reads += 1
    assert reads > 2, "reads waited for a write"
    for writer in writers:
        writer.join()
    equal(sorted(statuses), [201] * 4 + [503] * 4)
    tracer.terminate()
    tracer.communicate()


# ---- no descriptors ----

def open_files(running):
    found = []
    for name in os.listdir(f"/proc/{running.pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            found.append(os.readlink(f"/proc/{running.pid}/fd/{name}"))
    return found


@test
def t_disk_02_no_descriptors():
    running = Server()
    link, other = running.connection(), running.connection()
    unnamed = lambda: [path for path in open_files(running) if "/tmp/#" in path]
    its_own = unnamed()
    equal(running.publish(OLD, connection=link).status, 201)
    equal(running.get("/index.yaml", connection=other).status, 200)
    # After the answer an upload's own are closed, those of the catalog of charts come, and some are open for a moment.
    assert settled(lambda: unnamed() == its_own and f"{running.data}/search.db-shm" in open_files(running))
    numbers = lambda: {int(name) for name in os.listdir(f"/proc/{running.pid}/fd")}
    assert settled(lambda: [numbers(), time.sleep(0.2)][0] == numbers())
    taken = numbers()
    lowest_free = min(set(range(len(taken) + 1)) - taken)
    before = resource.prlimit(running.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(running.pid, resource.RLIMIT_NOFILE, (lowest_free, before[1]))
    answer = running.publish(chart("more"), connection=link)
    equal((answer.status, json.loads(answer.body)["code"]), (503, "no_file_descriptors"))
    equal(running.get("/index.yaml", connection=other).status, 200)
    resource.prlimit(running.pid, resource.RLIMIT_NOFILE, before)
    equal(running.publish(chart("more"), connection=other).status, 201)


# ---- the log ----

def full_pipe():
    reader, writer = os.pipe()
    cleanup(os.close, reader)
    cleanup(os.close, writer)
    return writer


def full_socket():
    ours, theirs = socket.socketpair()
    cleanup(ours.close)
    cleanup(theirs.close)
    return theirs


def closed():
    """Only for reading: every write to it fails."""
    return open("/dev/null", "rb")


@table(("full disk", lambda: open("/dev/full", "wb")), ("pipe that nobody reads", full_pipe),
       ("socket that nobody reads", full_socket), ("closed for writing", closed))
def t_disk_05_log_destination(make):
    running = Server(stderr=make())
    equal(running.publish(OLD, timeout=30).status, 201)
    for _ in range(3000):
        equal(running.get("/info", timeout=30).status, 200)
    dropped = re.search(r"\nchartlocker_log_lines_dropped_total (\d+)",
                        running.get("/metrics", timeout=30).body.decode())
    assert int(dropped[1]) > 0, "lines were lost and not counted"
    running.process.send_signal(signal.SIGTERM)
    equal(running.process.wait(30), 0)


if __name__ == "__main__":
    main()

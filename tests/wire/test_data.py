#!/usr/bin/env python3
"""The data directory, odd surroundings, and too many of something."""
import contextlib
import http.client
import itertools
import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import time

from wire import EXIT_FAILED, Server, check_refusal, contains, demo_server, equal, no_trace, versions
from harness import (PROGRAM, chart, clean_environment, command, free_port, main, must, need, provenance,
                     settled, table, temporary, test)


@test
def t_idx_06_second_server():
    with no_trace(demo_server()):
        done = command("serve", "--data", demo_server().data, "--listen", "127.0.0.1:0", timeout=30)
        equal(done.returncode, EXIT_FAILED)
        contains(done.stderr, f"process {demo_server().pid} uses the data directory")
        equal((demo_server().data / "control.sock").exists(), True)


@test
def a_new_data_directory_is_told():
    folder = temporary()
    line = f'serve.new data={folder}/srv/typo detail="making the data directory"'
    running = Server(data=folder / "srv/typo")
    contains(running.log(), line)
    running.stop()
    again = Server(data=folder / "srv/typo")
    assert "serve.new" not in again.log(), again.log()


@test
def an_address_in_use_leaves_no_control_socket():
    folder, port = temporary(), free_port()
    taken = socket.create_server(("127.0.0.1", port))
    done = command("serve", "--data", folder, "--listen", f"127.0.0.1:{port}", timeout=30)
    taken.close()
    equal(done.returncode, EXIT_FAILED)
    contains(done.stderr, "another program listens there; end it, or choose another address (--listen)")
    assert not (folder / "control.sock").exists()


@test
def t_fs_03_newer_data_directory():
    running = Server()
    equal(running.publish(chart("x")).status, 201)
    running.stop()
    with contextlib.closing(sqlite3.connect(running.data / "catalog.db")) as db:
        db.execute("PRAGMA user_version = 1000")
    before = (running.data / "catalog.db").read_bytes()
    for arguments in (("serve", "--listen", "127.0.0.1:0"), ("import", running.data), ("fsck",),
                      ("rebuild",)):
        done = command(arguments[0], "--data", running.data, *arguments[1:], timeout=30)
        equal(done.returncode, EXIT_FAILED, arguments)
        contains(done.stderr, "1000")
        contains(done.stderr, "newer")
    equal((running.data / "catalog.db").read_bytes() == before, True)


@table(
    ("T-SQL-06 of another program", lambda d: d.write_bytes(foreign_database())),
    ("T-SQL-06 empty, beside charts", lambda d: d.write_bytes(b"")),
    ("T-SQL-06 missing, beside charts", lambda d: d.unlink()),
    ("T-SQL-06 no database", lambda d: d.write_bytes(b"x" * 8192)))
def catalog_that_is_not_ours(spoil):
    running = Server()
    equal(running.publish(chart("x")).status, 201)
    running.stop()
    for extra in ("-wal", "-shm"):
        (running.data / f"catalog.db{extra}").unlink(missing_ok=True)
    spoil(running.data / "catalog.db")
    done = command("serve", "--data", running.data, "--listen", "127.0.0.1:0", timeout=30)
    equal(done.returncode, EXIT_FAILED, done.stderr)
    contains(done.stderr, "catalog.db")
    equal((running.data / "repos/main/charts/x-1.0.0.tgz").read_bytes(), chart("x"))


def foreign_database():
    path = temporary() / "foreign.db"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA application_id = 77")
        db.execute("CREATE TABLE t (a)")
        db.commit()
    return path.read_bytes()


STATFS = """
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
int fstatfs(int fd, struct statfs *b)
{
	long r = syscall(SYS_fstatfs, fd, b);
	b->f_type = 0x6969;
	return (int)r;
}
int other(int fd, struct statfs *b) __asm__("fstatfs64");
int other(int fd, struct statfs *b) { return fstatfs(fd, b); }
"""


@test
def network_filesystem_is_refused_unless_allowed():
    """The kernel's answer is replaced by NFS's."""
    folder = temporary()
    (folder / "nfs.c").write_text(STATFS)
    subprocess.run([need("gcc"), "-shared", "-fPIC", "-o", folder / "nfs.so", folder / "nfs.c"],
                   check=True)
    env = {"LD_PRELOAD": str(folder / "nfs.so"),
           "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
    data = folder / "data"
    done = command("serve", "--data", data, "--listen", "127.0.0.1:0", env=env, timeout=30)
    equal(done.returncode, EXIT_FAILED, done.stderr)
    contains(done.stderr, "network filesystem (NFS)")
    contains(done.stderr, "--allow-network-filesystem")
    running = Server(data, args=("--allow-network-filesystem",), env=env)
    equal(running.publish(chart("x")).status, 201)
    equal([p.name for p in data.glob("catalog.db-[ws]*")], [])    # no WAL, no shared memory
    running.kill()
    again = Server(data, args=("--allow-network-filesystem",), env=env)
    equal(versions(again, "x"), ["1.0.0"])
    again.stop()
    (folder / "y-1.0.0.tgz").write_bytes(chart("y"))
    for line in (["rebuild"], ["fsck", "--repair"], ["import", folder / "y-1.0.0.tgz"]):
        must(*line, "--data", data, env=env)             # it was accepted once
        done = command(*line, "--data", temporary() / "data", env=env)
        equal(done.returncode != 0, True, line)
    contains(done.stderr, "network filesystem (NFS)")


@test
def data_directory_is_made():
    data = temporary() / "a" / "b"
    running = Server(data)
    equal(stat.S_IMODE(data.stat().st_mode), 0o710)
    equal(stat.S_IMODE((data / "repos").stat().st_mode), 0o750)
    equal(stat.S_IMODE((data / "catalog.db").stat().st_mode), 0o600)
    equal(running.publish(chart("x")).status, 201)
    equal(stat.S_IMODE((data / "repos/main/charts/x-1.0.0.tgz").stat().st_mode), 0o440)
    equal(running.index("main")["entries"]["x"][0]["version"], "1.0.0")


@table(("its charts", "repos/main/charts"), ("the whole of it", "repos/main"))
def t_disk_04_folder_of_a_repository_is_removed(folder):
    """What was in it is gone and told so; what is published next has a place, without a restart."""
    running = Server()
    lost, found, new = chart("lost"), chart("found"), chart("new")
    for archive in (lost, found):
        equal(running.publish(archive).status, 201)
    shutil.rmtree(running.data / folder)
    check_refusal(running, running.get("/charts/lost-1.0.0.tgz"), 503, "chart_damaged")
    equal(running.publish(found).status, 201)
    equal(running.publish(new).status, 201)
    equal(running.request("POST", "/api/prov", provenance(new, "new")).status, 201)
    equal(running.request("PUT", "/main/later-1.0.0.tgz", chart("later")).status, 201)
    for path, data in (("found-1.0.0.tgz", found), ("new-1.0.0.tgz", new),
                       ("new-1.0.0.tgz.prov", provenance(new, "new"))):
        equal(running.get(f"/charts/{path}").body, data)
    check_refusal(running, running.get("/charts/lost-1.0.0.tgz"), 503, "chart_damaged")
    equal(stat.S_IMODE((running.data / "repos/main/charts").stat().st_mode), 0o750)
    assert settled(lambda: versions(running, "lost") == []), "what is lost is in the index"
    index = running.get("/index.yaml").body
    running.kill()
    again = Server(running.data)
    equal(again.get("/index.yaml").body, index)
    equal(again.get("/charts/new-1.0.0.tgz").body, new)
    equal(again.publish(lost).status, 201)
    equal(versions(again, "lost"), ["1.0.0"])


@test
def t_ops_04_odd_surroundings():
    """Descriptors 0 to 2 closed, umask 0, a working directory that is gone, odd variables."""
    folder = temporary()
    gone = folder / "gone"
    gone.mkdir()
    data = folder / "data"
    env = clean_environment({"http_proxy": "http://127.0.0.1:1", "TZ": ":/etc/passwd",
                             "SSLKEYLOGFILE": str(folder / "keys"), "LC_ALL": "xx_YY",
                             "HOME": "/nowhere"})
    port = free_port()

    def prepare():
        os.umask(0)
        os.rmdir(gone)
        for fd in (0, 1, 2):
            os.close(fd)

    process = subprocess.Popen([PROGRAM, "serve", "--data", data, "--listen", f"127.0.0.1:{port}"],
                               cwd=gone, env=env, preexec_fn=prepare)
    try:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        assert settled(lambda: answers(link)), process.poll()
        link.request("POST", "/api/charts", chart("x"), {"Host": f"127.0.0.1:{port}"})
        answer = link.getresponse()
        body = answer.read()
        equal(answer.status, 201, body)
        equal(stat.S_IMODE((data / "catalog.db").stat().st_mode), 0o600)
        equal(stat.S_IMODE((data / "control.sock").stat().st_mode), 0o600)
        equal(stat.S_IMODE(data.stat().st_mode), 0o710)
        for fd in (0, 1, 2):
            equal(os.readlink(f"/proc/{process.pid}/fd/{fd}"), "/dev/null")
        process.terminate()
        equal(process.wait(30), 0)
    finally:
        process.kill()
        process.wait()
    equal((folder / "keys").exists(), False)


def answers(link):
    try:
        link.request("GET", "/readyz")
        answer = link.getresponse()
        answer.read()
        return answer.status == 200
    except OSError:
        link.close()
        return False


@test
def t_http_34_t_ops_03_few_descriptors():
    """More connections than descriptors: it goes on, does not spin, and serves again afterwards."""
    running = Server(wrap=(need("prlimit"), "--nofile=64"))
    links = []
    for _ in range(200):
        link = socket.socket()
        link.settimeout(0.2)
        with contextlib.suppress(OSError):
            link.connect((running.host, running.port))
        links.append(link)
    before = cpu_seconds(running.pid)
    time.sleep(1.5)
    spent = cpu_seconds(running.pid) - before
    for link in links:
        link.close()
    assert spent < 0.75, f"{spent:.2f} s of processor time in 1.5 s of waiting"
    assert settled(lambda: alive(running)), "it does not come back"
    equal(running.publish(chart("x")).status, 201)
    assert len(running.log()) < 100_000


def alive(running):
    try:
        return running.get("/readyz", timeout=5).status == 200
    except (OSError, http.client.HTTPException, AssertionError):
        return False


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@test
def t_http_34_limit_of_connections():
    """Whoever is idle makes room, and a busy client is served."""
    running = Server(args=("--set", "http.connections_max=32"))
    links = [running.connect() for _ in range(28)]
    equal(running.publish(chart("x")).status, 201)
    more = [running.connect() for _ in range(30)]
    assert settled(lambda: alive(running)), "idle connections keep everybody out"
    for link in links + more:
        link.close()
    equal(running.get("/index.yaml").status, 200)


@test
def t_http_17_slow_heads():
    """One byte every now and then: cut at the deadline for a head; others are not disturbed."""
    running = Server()
    began = time.monotonic()
    links = [running.connect(timeout=30) for _ in range(50)]
    for link in links:
        link.sendall(b"GET / HTTP/1.1\r\n")
    open_links, slowest = links, 0.0
    while open_links and time.monotonic() - began < 60:
        for link in open_links:
            with contextlib.suppress(OSError):
                link.sendall(b"X")
        asked = time.monotonic()
        equal(running.get("/livez").status, 200)
        slowest = max(slowest, time.monotonic() - asked)
        time.sleep(0.5)
        open_links = [link for link in open_links if not closed(link)]
    equal(len(open_links), 0)
    assert time.monotonic() - began > 5, time.monotonic() - began
    assert slowest < 30, slowest


def closed(link):
    link.setblocking(False)
    try:
        return link.recv(1000) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        with contextlib.suppress(OSError):
            link.setblocking(True)


# ---- a catalog that somebody else holds ----

WAL_KEPT_BYTES = 8 << 20    # journal_size_limit of indexer/store/connect.c


def held(data, how):
    db = sqlite3.connect(data / "catalog.db", isolation_level=None)
    db.execute(how)
    return contextlib.closing(db)


@test
def t_sql_05_t_ops_05_a_catalog_that_is_locked():
    """A writer waits for some seconds and is told to come again; who reads does not notice."""
    running = Server()
    equal(running.publish(chart("x")).status, 201)
    with no_trace(running):
        with held(running.data, "BEGIN IMMEDIATE"):
            answer = running.publish(chart("y"))
            check_refusal(running, answer, 503)
            assert int(answer.headers["Retry-After"]) > 0
            for path in ("/livez", "/readyz", "/index.yaml", "/charts/x-1.0.0.tgz", "/api/v1/search?q=x", "/packages/main/x"):
                equal(running.get(path).status, 200, path)
    equal(running.publish(chart("y")).status, 201)


@test
def t_sql_05_a_reader_that_does_not_end():
    """What is written meanwhile waits beside the catalog; once it is gone, its place is given back."""
    running = Server()
    numbers = iter(range(1000))
    long = {f"a{n}": "x" * 30_000 for n in range(20)}
    log = running.data / "catalog.db-wal"

    def publish_some():
        for number in itertools.islice(numbers, 20):
            equal(running.publish(chart(f"x{number}", annotations=long)).status, 201)
        return log.stat().st_size

    with held(running.data, "BEGIN") as db:
        db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        assert publish_some() > WAL_KEPT_BYTES
    assert any(publish_some() <= WAL_KEPT_BYTES for _ in range(10)), log.stat()


if __name__ == "__main__":
    main()

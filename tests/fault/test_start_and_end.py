"""How it ends and starts again: signals, another server on the directory, another catalog, the
clock and the place it runs in."""
import json
import os
import shutil
import signal
import subprocess
import time

from inject import READS, SLOW, Fault
from changes import DEMO, NEW, OLD, catalog, start_fails
from harness import (PROGRAM, Server, chart, chart_of_size, command, contains, equal, main, metric, must,
                     responses, settled, table, temporary, test)
from hostile_server import Hostile, whole

MIB = 1 << 20


# ---- signals ----

def begin_upload(running):
    link = running.begin_upload(OLD, 100, "Connection: close\r\n")
    assert settled(lambda: metric(running, "chartlocker_uploads_running") == 1)
    return link


def begin_to_end(running):
    running.process.send_signal(signal.SIGTERM)
    assert settled(lambda: running.get("/readyz").status == 503)


@test
def t_crash_07_sigterm_during_an_upload():
    running = Server()
    link = begin_upload(running)
    begin_to_end(running)
    time.sleep(0.3)
    assert running.process.poll() is None, "it did not wait for the upload"
    link.sendall(OLD[100:])
    received = b""
    while piece := link.recv(65536):
        received += piece
    [answer] = responses(received)
    equal(answer.status, 201, answer.body)
    equal(running.process.wait(60), 0)
    running = Server(running.data)
    equal(running.get(f"/charts/{DEMO}").body, OLD)


@test
def t_crash_07_an_fsck_does_not_hold_it():
    """It reads each of a thousand charts, here for a tenth of a second and more."""
    fault = Fault()
    running = Server(args=("--set", "shutdown.grace=1s"), env=fault.env)
    for number in range(1000):
        equal(running.publish(chart("demo", f"1.0.{number}")).status, 201)
    for _ in range(4):               # the catalog, which it reads to its end, is in memory then
        must("fsck", "--data", running.data)
    fault.arm(READS, 0, SLOW, onwards=True)
    with subprocess.Popen([PROGRAM, "fsck", "--data", running.data], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as checking:
        assert settled(lambda: fault.hits > 1)
        running.stop()
        equal(checking.wait(60), 1)


@test
def t_crash_07_new_uploads_are_refused_while_it_ends():
    running = Server()
    link, other = begin_upload(running), running.connection()
    other.connect()
    equal(running.get("/health", connection=other).status, 200)
    begin_to_end(running)
    answer = running.publish(NEW, connection=other)
    equal(answer.status, 503, answer.body)
    assert answer.headers["Retry-After"]
    link.close()
    equal(running.process.wait(35), 0)


@test
def t_crash_07_second_sigterm():
    running = Server()
    link = begin_upload(running)
    begin_to_end(running)
    running.process.send_signal(signal.SIGTERM)
    equal(running.process.wait(25), 1)      # its grace is 30 s
    link.close()
    running = Server(running.data)
    equal(running.index()["entries"], {})
    equal(os.listdir(running.data / "tmp"), [])


@test
def t_crash_07_sighup_with_bad_settings():
    settings = temporary() / "settings.yaml"
    settings.write_text("upload:\n  max_bytes: 1m\n")
    running = Server(args=("--config", settings))
    settings.write_text("upload:\n  max_bytes: very large\n")
    running.process.send_signal(signal.SIGHUP)
    assert settled(lambda: "config.not_reloaded" in running.log()), "it does not happen"
    equal(running.publish(chart_of_size(2 * MIB)).status, 413)
    settings.write_text("upload:\n  max_bytes: 4m\n")
    running.process.send_signal(signal.SIGHUP)
    assert settled(lambda: "config.reloaded" in running.log()), "it does not happen"
    equal(running.publish(chart_of_size(2 * MIB)).status, 201)


# ---- the data directory ----

@test
def t_ops_second_server_on_the_same_directory():
    running = Server()
    start_fails(running.data, f"process {running.pid} uses the data directory")
    equal(running.publish(OLD).status, 201)


@table(("newer", "PRAGMA user_version = 99", "newer version"),
       ("of another program", "PRAGMA application_id = 7", "another program"))
def t_fs_03_data_directory(statement, text):
    running = Server()
    equal(running.publish(OLD).status, 201)
    running.stop()
    with catalog(running.data) as database:
        database.execute(statement)
    before = (running.data / "catalog.db").read_bytes()
    start_fails(running.data, text)
    equal((running.data / "catalog.db").read_bytes(), before)


@table(("json", "json"), ("yaml", "yaml"))
def a_large_index_is_the_same_after_any_end(index_format):
    """Its lines are let go as it is made of them."""
    args = ("--set", f"index_format={index_format}")
    running = Server(args=args)
    for number in range(60):
        archive = chart(f"demo-{number % 7}", f"1.{number}.0", description=f"{number} " * 8000)
        equal(running.publish(archive).status, 201)
    before = [running.get(path).body for path in ("/index.yaml", "/index.json")]
    assert min(map(len, before)) > MIB
    running.stop()
    for end in ("stop", "kill"):
        running = Server(running.data, args)
        equal([running.get(path).body for path in ("/index.yaml", "/index.json")], before, end)
        getattr(running, end)()
    running = Server(running.data, args)
    equal([running.get(path).body for path in ("/index.yaml", "/index.json")], before)


@test
def t_fs_02_catalog_is_older_than_the_files():
    """A catalog put back from a backup: later charts are unknown, deleted ones are missing."""
    running = Server()
    equal(running.publish(OLD).status, 201)
    running.stop()
    shutil.copytree(running.data, running.data.parent / "backup")
    running = Server(running.data)
    equal(running.publish(chart("later")).status, 201)
    equal(running.request("DELETE", "/api/charts/demo/1.0.0").status, 200)
    running.stop()
    shutil.copy(running.data.parent / "backup/catalog.db", running.data / "catalog.db")
    found = command("fsck", "--data", running.data)
    equal(found.returncode, 1)
    contains(found.stdout, f"missing: main/{DEMO}")
    contains(found.stdout, "orphan: main/later-1.0.0.tgz")
    equal(command("fsck", "--data", running.data, "--repair").returncode, 0)


@test
def t_fs_02_the_last_changes_are_gone():
    """catalog.db-wal was taken away after a crash: what it told is told as missing, and nothing is lost
    that is in the folder."""
    running = Server()
    equal(running.publish(OLD).status, 201)
    running.stop()
    running = Server(running.data)
    equal(running.publish(chart("later")).status, 201)
    running.kill()
    for extra in "-wal", "-shm":
        (running.data / f"catalog.db{extra}").unlink()
    found = command("fsck", "--data", running.data)
    later = [path for path in running.data.rglob("*later-1.0.0.tgz*") if path.is_file()]
    equal([path.read_bytes() for path in later], [chart("later")])
    contains(found.stdout, "later-1.0.0.tgz")
    again = Server(running.data)
    equal(list(again.index()["entries"]), ["demo"])
    equal(again.publish(chart("later")).status, 201)
    contains(must("fsck", "--data", running.data), "all is well")


# ---- time and place ----

@table(("ten years on", 10 * 365 * 86400), ("ten years back", -10 * 365 * 86400))
def t_time_01_clock_jumps(seconds):
    fault = Fault()
    running = Server(env=fault.env)
    equal(running.publish(chart("demo", "1.0.0")).status, 201)
    fault.set_clock(seconds)
    equal(running.publish(chart("demo", "2.0.0")).status, 201)
    equal([v["version"] for v in running.index()["entries"]["demo"]], ["2.0.0", "1.0.0"])
    equal(running.request("DELETE", "/api/charts/demo/1.0.0").status, 200)
    contains(must("fsck", "--data", running.data), "all is well")
    index = running.get("/index.yaml").body
    running.stop()
    running = Server(running.data)
    equal(running.get("/index.yaml").body, index)
    equal(running.publish(chart("demo", "3.0.0")).status, 201)
    contains(must("fsck", "--data", running.data), "all is well")


def hidden(running):
    return [p.name.split("~")[0] for p in (running.data / "quarantine").iterdir()]


TEN_YEARS = 10 * 365 * 86400


@table(("that jumped", TEN_YEARS, ["deleted"]), ("that it began with", 0, []))
def t_time_01_old_by_a_clock(jump, left):
    """What was deleted can be brought back for a while: a clock that jumps does not end it."""
    first, fault = Server(), Fault()
    equal(first.publish(OLD).status, 201)
    equal(first.request("DELETE", "/api/charts/demo/1.0.0").status, 200)
    first.stop()
    fault.set_clock(TEN_YEARS - jump)
    running = Server(first.data, env=fault.env)
    equal(hidden(running), ["deleted"])
    fault.set_clock(TEN_YEARS)
    fault.pass_time(2 * 3600)
    wanted = "clock.jumped" if jump else "sweep.done"
    more = 0 if jump else 2 * 3600       # for who did not wait yet when the first hours passed
    assert settled(lambda: wanted in running.log() or fault.pass_time(more)), running.log()
    equal(hidden(running), left)
    running.stop()


@test
def t_time_01_a_clock_gives_no_delivery_up():
    """Nothing that a webhook waits for is too old because the clock was ahead for a moment."""
    fault, answer = Fault(), [500]
    running, receiver = Server(env=fault.env), Hostile({"*": lambda request: whole(b"", answer[0])(request)})
    made = {"name": "one", "url": receiver.url, "allow_private": True}
    equal(running.request("POST", "/api/v1/hooks", json.dumps(made)).status, 201)

    def states():
        rows = json.loads(running.get("/api/v1/hooks/one/deliveries").body)
        return [row["state"] for row in rows if row["attempts"]]

    for version, ahead in (("1.0.0", 0), ("2.0.0", TEN_YEARS), ("3.0.0", 0)):
        fault.set_clock(ahead)
        equal(running.publish(chart("demo", version)).status, 201)
        assert settled(lambda: json.loads(running.get("/api/v1/hooks/one").body)["waiting"] == int(version[0]))
    assert settled(lambda: "clock.jumped" in running.log()), running.log()
    equal(set(states()), {"waiting"})
    answer[0] = 204
    assert settled(lambda: fault.pass_time(600) or states() == ["delivered"] * 3, 60), running.log()
    equal("hook.given_up" in running.log(), False)
    running.stop()


@test
def what_is_done_once_a_day():
    """Also by a server that no day sees from its beginning to its end."""
    fault = Fault()
    running = Server(env=fault.env)
    must("repo", "set", "main", "keep_last=1", "--data", running.data)
    for archive in (OLD, chart("demo", "2.0.0")):
        equal(running.publish(archive).status, 201)
    fault.pass_time(2 * 3600)
    assert settled(lambda: "retention.done" in running.log() or fault.pass_time(2 * 3600)), running.log()
    equal([v["version"] for v in running.index()["entries"]["demo"]], ["2.0.0"])
    running.stop()


@table(("json", "json"), ("yaml", "yaml"))
def t_time_02_zone_and_locale(index_format):
    first = Server()
    for archive in (OLD, chart("Istanbul", "1.0.0"), chart("istanbul", "1.10.0"), chart("I", "1.9.0")):
        equal(first.publish(archive).status, 201)
    first.stop()
    seen = set()
    for zone, locale in (("UTC", "C"), ("Asia/Kathmandu", "tr_TR.UTF-8"), ("America/St_Johns", "de_DE")):
        running = Server(first.data, env={"TZ": zone, "LC_ALL": locale,
                                          "CHARTLOCKER_INDEX_FORMAT": index_format})
        seen.add(running.get("/index.yaml").body)
        running.stop()
    equal(len(seen), 1)


if __name__ == "__main__":
    main()

"""The world of a soak: a server on a disk of its own, the gate before it, and what is there at first."""
import collections
import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import soak_figures as figures
import soak_ledger as ledgers
from chart_server import ChartServer
from following import follow
from harness import TOP, Server, chart, command, digest, make_repo, must, real_charts, temporary
from soak_load import Over
from tap import Skip

OPTIONS = ("--set", "http.reads_per_second=1000", "--set", "http.reads_burst=10000")
REMEMBERED_SECONDS = 12  # UPSTREAM_FAILURE_SECONDS, and a little
CHURN_MOST = 40          # versions; what is more waits for retention


class Admin(Server):
    """A server that is asked by its administrator, unless a request says who asks."""

    token, killed = None, False

    def request(self, method, path, body=None, headers=None, **options):
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return super().request(method, path, body, {**own, **(headers or {})}, **options)


class World:
    """What all who work on it share: the server that runs now, and the gate before it."""

    def __init__(self, plan, disk):
        self.plan, self.data = plan, disk / "data"
        self.ledger, self.answers, self.machine = ledgers.Ledger(), figures.Answers(), figures.Machine()
        self.turn, self.open, self.inside = threading.Condition(), False, 0
        self.over, self.server, self.lives, self.full, self.was_full = threading.Event(), None, 0, False, False
        self.wrong, self.samples, self.starts, self.fixed, self.had_room = [], [], [], [], -60.0
        self.lines, self.began = collections.Counter(), time.monotonic()
        self.out = TOP / "build/soak"
        self.out.mkdir(parents=True, exist_ok=True)
        for old in self.out.glob("slow-*.txt"):
            old.unlink()
        self.watch = figures.Watch(self.answers, self.out)
        self.some_bytes = chart("spoiled", "1.0.0")

    def say(self, text):
        print(f"[{time.monotonic() - self.began:6.0f} s] {text}", flush=True)

    def fail(self, text):
        self.wrong.append(text)
        self.say(f"WRONG: {text[:1500]}")

    def pulled_first(self):
        """Statuses of a first pull: that it failed is remembered for a moment."""
        return (200, 503, 507) if time.monotonic() - self.had_room < REMEMBERED_SECONDS else (200,)

    # ---- the gate ----

    @contextlib.contextmanager
    def asking(self):
        with self.turn:
            while not self.open:
                if self.over.is_set():
                    raise Over
                self.turn.wait(1)
            if self.over.is_set():
                raise Over
            self.inside += 1
            server = self.server
        try:
            yield server
        finally:
            with self.turn:
                self.inside -= 1
                self.turn.notify_all()

    def let_in(self):
        with self.turn:
            self.open = True
            self.turn.notify_all()

    def close(self):
        """Nobody asks any more when this returns."""
        with self.turn:
            self.open = False
            assert self.turn.wait_for(lambda: self.inside == 0, 120), "a request does not end"

    # ---- lives ----

    def start(self):
        began = time.monotonic()
        self.server = Admin(self.data, OPTIONS, keep=True)
        self.starts.append(time.monotonic() - began)
        self.lives += 1

    def read_log(self):
        for line in self.server.log().splitlines():
            found = re.match(r"\S+ (WARN|ERROR|FATAL) +(\S+)", line)
            if found:
                self.lines[" ".join(found.groups())] += 1
                if self.lines[" ".join(found.groups())] <= 3:
                    self.say(line[:400])

    def kill(self):
        self.read_log()
        self.server.killed = True
        self.server.kill()
        self.close()
        self.start()
        began = time.monotonic()
        events = ledgers.check(self.ledger, self.server)
        checked = time.monotonic() - began
        self.let_in()
        self.say(f"kill -9; ready after {self.starts[-1]:.2f} s; {events} events, {len(self.ledger.may)} things "
                 f"compared in {checked:.1f} s")
        self.fsck()

    def fsck(self):
        began = time.monotonic()
        done = command("fsck", "--data", self.data)
        if done.returncode or "all is well" not in done.stdout:
            self.fail(f"fsck: {done.stdout[-1500:]}{done.stderr[-1500:]}")
        self.say(f"fsck beside the load: {time.monotonic() - began:.1f} s")

    def sample(self):
        with contextlib.suppress(OSError, TypeError):
            versions = len(self.ledger.things("version"))
            self.samples.append((self.lives, figures.sample(self.server, versions)))
        self.machine.tick()
        self.watch.tick(self.server)


# ---- the beginning ----

def fill(world, plan):
    """What is there at first: real charts where they are, and small ones."""
    source = temporary(True)
    with contextlib.suppress(Skip):
        for path in real_charts()[:plan.versions // 2]:
            (source / path.name).write_bytes(path.read_bytes())
    for number in range(plan.versions - len(list(source.iterdir()))):
        name, version = f"made-{number % 80}", f"{number // 80}.1.0"
        (source / f"{name}-{version}.tgz").write_bytes(chart(name, version, description=f"the {number}th"))
    command("import", "--data", world.data, "--repo", "stable", source)     # a few real ones are no charts
    must("keys", "generate", "--data", world.data, "--name", "soak.example.org")
    made = must("token", "create", "soak", "--role", "admin:*", "--data", world.data, "--json")
    Admin.token = json.loads(made)["token"]


def arrange(world, plan):
    """Repositories, upstreams and what the ledger knows of the first versions."""
    make_repo(world.server, "churn", keep_last=ledgers.CHURN_KEPT, undelete_days=0, max_versions=CHURN_MOST)
    make_repo(world.server, "spoiled")
    world.upstreams = {"up-proxy": ChartServer(), "up-mirror": ChartServer()}
    for repo, upstream in world.upstreams.items():
        for number in range(plan.versions // 10):
            name, version = f"{repo}-{number % 40}", f"1.{number // 40}.0"
            data = upstream.put(name, version)
            world.ledger.sent(("upstream", repo, name, version), digest(data))
        upstream.index = upstream.body()
        follow(world.server, upstream, repo, repo.removeprefix("up-"))
    make_repo(world.server, "all", members="stable up-proxy up-mirror churn")
    make_repo(world.server, "prod", members="stable", take_charts="nothing-of-this-name")
    for (name, version), row in ledgers.versions(world.server, "stable").items():
        world.fixed.append((name, version, row["digest"]))
        world.ledger.acknowledged(("version", name, version), (row["state"], row["digest"]))
    world.ledger.touched.clear()


# ---- its disk ----

def mount(disk, size):
    """A filesystem of its own, which can be filled: ext4 in a file where that may be, else memory."""
    image = temporary(True) / "image"
    with open(image, "wb") as file:
        file.truncate(size)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": False}
    if subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], **quiet).returncode == 0 \
            and subprocess.run(["mount", "-o", "loop", image, disk], **quiet).returncode == 0:
        return "ext4"
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], check=True)
    return "a memory filesystem"


def ballast(world):
    """Takes all room there is on the disk, to the last byte; returns how to give it back."""
    path = world.data.parent / "ballast"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    free = os.statvfs(path)
    with contextlib.suppress(OSError):
        os.posix_fallocate(handle, 0, free.f_bavail * free.f_frsize)
    with contextlib.suppress(OSError):
        at = os.lseek(handle, 0, os.SEEK_END)
        while True:
            os.pwrite(handle, bytes(4096), at)
            at += 4096
    os.close(handle)
    return path.unlink

"""Mixed load, good and bad, for a while: nothing of the process may grow with it."""
import contextlib
import http.client
import itertools
import os
import random
import threading
import time

from changes import OLD
from harness import LONG, Server, chart, command, contains, equal, main, must, temporary, test

SECONDS = 3600 if LONG else 12
GARBAGE = (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET /" + b"x" * 9000,
           b"POST /api/charts HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
           b"PUT /charts/a-1.0.0.tgz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n")
WAL_MAX_BYTES = 16 << 20


class Soak:
    """Threads that work until the time is over; the first thing that goes wrong is kept."""

    def __init__(self, running):
        self.running, self.end, self.wrong = running, time.monotonic() + SECONDS, []
        work = [self.write, self.write, self.read, self.read, self.break_http, self.break_charts,
                self.hang_up, self.maintain]
        self.threads = [threading.Thread(target=self._run, args=(function, number), daemon=True)
                        for number, function in enumerate(work)]
        for thread in self.threads:
            thread.start()

    def _run(self, function, number):
        rng = random.Random(number)
        try:
            with contextlib.closing(self.running.connection()) as link:
                for turn in itertools.count():
                    if time.monotonic() > self.end:
                        return
                    function(turn, rng, link, f"c{number}")
        except Exception as error:
            self.wrong.append(error)

    def write(self, turn, _, link, name):
        """What is published goes again, so that the repository stays as large as it was."""
        equal(self.running.publish(chart(name, f"{turn}.0.0"), connection=link).status, 201)
        equal(self.running.request("DELETE", f"/api/charts/{name}/{turn}.0.0",
                                   connection=link).status, 200)

    def read(self, turn, _, link, name):
        equal(self.running.get("/index.yaml", connection=link).status, 200)
        equal(self.running.get("/charts/demo-1.0.0.tgz", connection=link).body, OLD)
        equal(self.running.get(f"/charts/{name}-{turn}.tgz", connection=link).status, 404)
        equal(self.running.get("/metrics", connection=link).status, 200)

    def break_http(self, _, rng, link, name):
        self.running.raw(rng.choice(GARBAGE), finish=True, timeout=2)

    def break_charts(self, _, rng, link, name):
        archive = bytearray(chart(name))
        archive[rng.randrange(len(archive))] ^= 1 << rng.randrange(8)
        with contextlib.suppress(OSError, http.client.HTTPException):
            assert self.running.publish(bytes(archive), repo="spoiled").status in (201, 400, 409)

    def hang_up(self, _, rng, link, name):
        self.running.begin_upload(OLD, rng.randrange(len(OLD))).close()
        time.sleep(0.1)      # it is noticed after a moment, and takes a place until then

    def maintain(self, turn, *_):
        to = temporary() / "backup"
        equal(command("backup", "--data", self.running.data, to).returncode, 0)
        must("scrub", "--data", self.running.data, "--rate", "1g")
        time.sleep(0.3)


def size(running):
    with contextlib.suppress(FileNotFoundError):
        return os.path.getsize(running.data / "catalog.db-wal")
    return 0


def figures(running):
    return running.resident_kib(), running.descriptors(), len(os.listdir(f"/proc/{running.pid}/task"))


@test
def t_ops_07_soak():
    running = Server()
    equal(running.publish(OLD).status, 201)
    soak = Soak(running)
    time.sleep(SECONDS / 3)
    early = [figures(running) for _ in range(20) if time.sleep(0.05) is None]
    for thread in soak.threads:
        thread.join(SECONDS + 60)
        assert not thread.is_alive()
    equal(soak.wrong, [])
    time.sleep(0.5)
    memory, descriptors, threads = figures(running)
    print(f"# resident {max(e[0] for e in early)} KiB, then {memory} KiB", flush=True)
    assert memory < max(e[0] for e in early) * 1.25 + 8192, "memory grows"
    assert descriptors <= max(e[1] for e in early), "descriptors stay open"
    equal(threads, early[0][2], "threads")
    assert size(running) <= WAL_MAX_BYTES, size(running)
    equal(os.listdir(running.data / "tmp"), [])
    contains(must("fsck", "--data", running.data), "all is well")


if __name__ == "__main__":
    main()

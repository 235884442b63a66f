"""What a soak measures: how long answers take, what the process holds, and how busy the machine is."""
import collections
import os
import re
import threading
import time
from pathlib import Path

LIMIT_SECONDS = 2.0
WATCH_SECONDS = 1.0      # a request on its way for so long has the server's threads looked at
STACKS_MAX, STACK_SECONDS = 40, 0.2
MIB = 1 << 20


def percentile(sorted_values, part):
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * part))]


class Answers:
    """Seconds of every answer, by kind."""

    def __init__(self):
        self.lock = threading.Lock()
        self.seconds, self.slow = collections.defaultdict(list), []
        self.on_the_way = {}              # thread → (kind, path, began)

    def add(self, kind, path, began, seconds, request_id):
        with self.lock:
            self.seconds[kind].append(seconds)
            if seconds > LIMIT_SECONDS:
                self.slow.append((kind, path, began, seconds, request_id))

    def number(self):
        with self.lock:
            return sum(map(len, self.seconds.values()))

    def table(self):
        lines = [f"{'answers':34} {'number':>8} {'p50 ms':>9} {'p99 ms':>9} {'max ms':>9}"]
        everything = sorted(s for values in self.seconds.values() for s in values)
        rows = sorted((kind, sorted(values)) for kind, values in self.seconds.items())
        for kind, values in [*rows, ("all", everything)]:
            if values:
                figures = (percentile(values, 0.5), percentile(values, 0.99), values[-1])
                lines.append(f"{kind:34} {len(values):8} " + " ".join(f"{1000 * f:9.1f}" for f in figures))
        return lines


Sample = collections.namedtuple("Sample", "at rss pss anonymous descriptors threads wal catalog temporary versions")


def sample(server, versions):
    rollup = Path(f"/proc/{server.pid}/smaps_rollup").read_text()
    kib = {name: int(re.search(rf"^{name}:\s+(\d+)", rollup, re.M)[1]) for name in ("Rss", "Pss", "Anonymous")}
    size = lambda name: (server.data / name).stat().st_size if (server.data / name).exists() else 0
    return Sample(time.monotonic(), kib["Rss"], kib["Pss"], kib["Anonymous"], server.descriptors(),
                  len(os.listdir(f"/proc/{server.pid}/task")), size("catalog.db-wal"), size("catalog.db"),
                  len(os.listdir(server.data / "tmp")), versions)


def slope(points):
    """Of the line through (x, y) with the least squares."""
    count = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


class Machine:
    """How busy the processors are, second by second, whoever it is."""

    def __init__(self):
        self.seconds = []                 # (at, share stolen, runnable, share of time that somebody waited)
        self._before = self._read()

    @staticmethod
    def _read():
        times = [int(word) for word in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
        with open("/proc/loadavg") as load:
            runnable = int(load.read().split()[3].split("/")[0])
        pressure = 0
        if os.path.exists("/proc/pressure/cpu"):
            pressure = int(re.search(r"^some .*total=(\d+)", Path("/proc/pressure/cpu").read_text(), re.M)[1])
        return time.monotonic(), sum(times), times[7], runnable, pressure

    def tick(self):
        now, before = self._read(), self._before
        if now[1] > before[1]:
            stolen = (now[2] - before[2]) / (now[1] - before[1])
            waited = (now[4] - before[4]) / 1e6 / (now[0] - before[0])
            self.seconds.append((now[0], stolen, now[3], waited))
            self._before = now

    def at(self, began, ended):
        these = [s for s in self.seconds if began - 1 <= s[0] <= ended + 1] or [(0, 0, 0, 0)]
        return (f"stolen {max(s[1] for s in these):.0%}, runnable {max(s[2] for s in these)}, "
                f"waited for a processor {max(s[3] for s in these):.0%}")


def threads(pid):
    """{thread: (its line, ns that it ran, ns that it could have run and waited for a processor)}."""
    found = {}
    for task in sorted(Path(f"/proc/{pid}/task").iterdir()):
        try:
            state = (task / "stat").read_text().rpartition(") ")[2].split()[0]
            ran, waited, _ = map(int, (task / "schedstat").read_text().split())
            line = f"{task.name} {(task / 'comm').read_text().strip()} {state} {(task / 'wchan').read_text()}"
        except (OSError, ValueError):
            continue
        found[task.name] = line, ran, waited
    return found


def processor(pid):
    """ns that all threads ran, and that they could have and waited: where the second is large, others are busy."""
    found = threads(pid).values()
    return sum(ran for _, ran, _ in found), sum(waited for _, _, waited in found)


class Watch:
    """Writes what the server's threads do while a request takes long. Nothing stops them for that."""

    def __init__(self, answers, folder):
        self.answers, self.folder, self.written = answers, folder, 0

    def tick(self, server):
        now = time.monotonic()
        late = [(kind, path, now - began) for kind, path, began in list(self.answers.on_the_way.values())
                if kind and now - began > WATCH_SECONDS]
        if not late or self.written >= STACKS_MAX:
            return
        self.written += 1
        text = [f"{kind} {path}: {seconds:.2f} s" for kind, path, seconds in late]
        before = threads(server.pid)
        time.sleep(STACK_SECONDS)
        for name, (line, ran, waited) in threads(server.pid).items():
            _, ran_before, waited_before = before.get(name, ("", ran, waited))
            if ran > ran_before or waited > waited_before:
                text.append(f"{line}: in {STACK_SECONDS} s ran {(ran - ran_before) / 1e6:.0f} ms, "
                            f"waited for a processor {(waited - waited_before) / 1e6:.0f} ms")
        (self.folder / f"slow-{self.written}.txt").write_text("\n".join(text) + "\n")

"""The order of system calls on every way to write: what is durable before what is said.

A trace (strace -f -y) of a server under one request is read line by line. The rules are those of
trust.md, Appendix A.3: no name for a file whose bytes are not synced, no commit (sync of the
write-ahead log) while a folder has a new name that is not synced, no answer while a commit is not.
Each rule is tried against traces that break it, made from real ones by leaving out lines.
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import Server, chart, equal, form, main, must, need, provenance, settled, table, temporary, test
from changes import NEW, OLD

TRACED = ("pwrite64,write,copy_file_range,ioctl,mkdirat,linkat,renameat,renameat2,unlinkat,fsync,"
          "fdatasync,syncfs,sendmsg,sendto,close")
LINE = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+)")
PIECES = re.compile(r"^(\d+) +(.*) <unfinished \.\.\.>$|^(\d+) +<\.\.\. \w+ resumed>(.*)$")
PATH = re.compile(r"(?:\d+|AT_FDCWD)<([^>]*)>")
SAID = re.compile(r"HTTP/1\.1 20[01]")
TRACED_BY = re.compile(r"TracerPid:\t[1-9]")


def calls(trace):
    """(name, arguments, result) in the order in which the calls ended."""
    begun = {}
    for line in trace.splitlines():
        if found := PIECES.match(line):
            if found[1]:
                begun[found[1]] = found[2]
                continue
            line = f"{found[3]} {begun.pop(found[3], '?(')}{found[4]}"
        if found := LINE.match(line):
            yield found[2], found[3], int(found[4])


class Linter:
    """What is not durable at this point of a trace, and the rules that were broken."""

    def __init__(self, bulk=False):
        self.bulk = bulk    # of a bulk change the files are synced with their folder
        self.files, self.folders, self.log = set(), set(), False
        self.seen, self.broken = [], []

    def rule(self, holds, text):
        if not holds:
            self.broken.append(text)

    def read(self, trace):
        for name, arguments, result in calls(trace):
            if result >= 0:
                self.call(name, arguments)
        return self

    def call(self, name, arguments):
        paths = PATH.findall(arguments)
        first = paths[0] if paths else ""
        if name in ("pwrite64", "write", "copy_file_range", "ioctl"):
            target = paths[-1] if name == "copy_file_range" else first
            if target.endswith("catalog.db-wal"):
                self.log = True
            elif Path(target).parent.name == "tmp":
                self.files.add(self.number(target))
        elif name in ("fsync", "fdatasync"):
            self.sync(first)
        elif name == "syncfs":
            self.files.clear()
            self.folders.clear()
            self.seen.append("everything")
        elif name == "mkdirat":
            made = Path(first, re.search(r'"([^"]*)"', arguments)[1])
            self.folders.add(str(made.parent))
        elif name in ("linkat", "renameat", "renameat2", "unlinkat"):
            self.name(name, arguments, paths)
        elif name in ("sendmsg", "sendto") and SAID.search(arguments):
            self.answer()

    @staticmethod
    def number(path):
        return path.removesuffix("(deleted)").rsplit("/", 1)[-1]

    def sync(self, path):
        if path.endswith("catalog.db-wal"):
            self.rule(not self.folders, f"a commit before the sync of {self.folders}")
            self.rule(not self.files, f"a commit before the sync of {self.files}")
            self.log = False
            self.seen.append("commit")
        elif self.number(path) in self.files:
            self.files.discard(self.number(path))
            self.seen.append("file")
        elif path in self.folders:
            self.folders.discard(path)
            self.seen += ["folder"] if path.endswith("/charts") else []

    def name(self, call, arguments, paths):
        folder = paths[-1]
        if not folder.endswith("/charts"):
            return
        if call == "linkat":
            self.rule(self.bulk or not self.files, f"a name before the sync of {self.files}")
        self.folders.add(folder)
        self.seen.append(call)

    def answer(self):
        self.rule(not (self.files or self.folders or self.log),
                  f"an answer before the sync of {self.files or self.folders or 'the log'}")
        self.seen.append("answer")


# ---- the ways to write ----

def post(path, archive):
    def act(running):
        return running.request("POST", path, *form(archive, provenance(archive)))
    return act


def publish_and_lose(folder):
    def act(running):
        answer = running.publish(chart("lost"))
        running.get("/api/v1/search")    # the catalog of charts has read it
        shutil.rmtree(running.data / folder)
        return answer
    return act


CHART = ["file", "linkat", "folder", "commit", "answer"]
BOTH = ["file", "file", "linkat", "linkat", "folder", "commit"]
WAYS = (
    ("publish", [], lambda s: s.publish(OLD), CHART),
    ("put", [], lambda s: s.request("PUT", "/demo-1.0.0.tgz", OLD), CHART),
    ("publish with provenance", [], post("/api/charts", OLD), BOTH + ["answer"]),
    ("a new repository", [], lambda s: s.publish(OLD, "team/new"), CHART),
    ("a folder that was removed", [publish_and_lose("repos/main/charts")], lambda s: s.publish(OLD), CHART),
    ("a repository that was removed", [publish_and_lose("repos/main")], lambda s: s.publish(OLD), CHART),
    ("all repositories removed", [publish_and_lose("repos")], lambda s: s.publish(OLD), CHART),
    ("tmp/ that was removed", [publish_and_lose("tmp")], lambda s: s.publish(OLD), CHART),
    ("quarantine/ that was removed", [publish_and_lose("quarantine")],
     lambda s: s.request("DELETE", "/api/charts/lost/1.0.0"), ["commit", "unlinkat", "folder", "answer"]),
    ("provenance", [lambda s: s.publish(OLD)],
     lambda s: s.request("POST", "/api/prov", provenance(OLD)), CHART),
    ("overwrite", [post("/api/charts", OLD)], post("/api/charts?force", NEW),
     BOTH + ["renameat", "renameat", "folder", "answer"]),
    ("delete", [post("/api/charts", OLD)],
     lambda s: s.request("DELETE", "/api/charts/demo/1.0.0"),
     ["commit", "unlinkat", "unlinkat", "folder", "answer"]),
    ("undelete", [lambda s: s.publish(OLD),
                  lambda s: s.request("DELETE", "/api/charts/demo/1.0.0")],
     lambda s: s.publish(OLD), CHART),
)


def strace(out):
    return [need("strace"), "-f", "-y", "-s", "64", "-e", f"trace={TRACED}", "-o", out]


def trace_of(before, act):
    running = Server(args=("--set", "overwrite=true", "--set", "index_files=false"))
    out = temporary() / "trace"
    for step in before:
        assert step(running).status < 300
    assert running.get("/api/v1/search").status == 200    # it has caught up: no other file is written
    tracer = subprocess.Popen([*strace(out), "-p", str(running.pid)], stderr=subprocess.PIPE,
                              text=True)
    assert "attached" in tracer.stderr.readline()
    assert settled(lambda: all(TRACED_BY.search((task / "status").read_text())
                               for task in Path(f"/proc/{running.pid}/task").iterdir()))
    answer = act(running)
    assert answer.status in (200, 201), answer
    assert settled(lambda: "answer" in Linter().read(out.read_text()).seen)
    tracer.terminate()
    tracer.communicate()
    running.stop()
    return "".join(line for line in out.read_text().splitlines(keepends=True)
                   if "/search.db" not in line)    # nothing that is promised is in there


@table(*WAYS)
def t_crash_03_order(before, act, expected):
    found = Linter().read(trace_of(before, act))
    equal(found.broken, [])
    equal(found.seen, expected)


def trace_of_import():
    source, out = temporary(), temporary() / "trace"
    for number in range(3):
        (source / f"demo-{number}.tgz").write_bytes(chart("demo", f"{number}.0.0"))
    must("import", "--data", temporary() / "data", source, wrap=strace(out))
    return out.read_text()


@test
def t_crash_03_order_of_an_import():
    found = Linter(bulk=True).read(trace_of_import())
    equal(found.broken, [])
    seen = " ".join(found.seen[found.seen.index("linkat"):])
    # A slow disk makes several commits of one import; each has its names and one sync before it.
    assert re.match(r"((linkat )+everything commit ?)+", seen), seen
    equal(seen.count("linkat"), 3)


# ---- the linter itself ----

def without(trace, pattern, count=1):
    lines = trace.splitlines(keepends=True)
    gone = [line for line in lines if re.search(pattern, line)][:count]
    assert gone, f"nothing matches {pattern}"
    return "".join(line for line in lines if line not in gone)


@table(("the file is not synced", r" fsync\(\d+<[^>]*/tmp/", "a name before the sync"),
       ("the folder is not synced", r" fsync\(\d+<[^>]*/charts>", "a commit before the sync"),
       ("a new folder is not synced", r" fsync\(\d+<[^>]*/repos>", "a commit before the sync"),
       ("the log is not synced", r" fdatasync\(\d+<[^>]*-wal>", "an answer before the sync"))
def t_crash_03_the_linter_sees_it(pattern, text):
    trace = trace_of([], lambda s: s.publish(OLD, "team/new"))
    broken = Linter().read(without(trace, pattern)).broken
    assert any(text in line for line in broken), broken


@test
def t_crash_03_the_linter_sees_a_late_sync():
    """The right calls in the wrong order: the answer first."""
    lines = trace_of([], lambda s: s.publish(OLD)).splitlines(keepends=True)
    answers = [line for line in lines if "HTTP/1.1 201" in line]
    moved = "".join(answers + [line for line in lines if line not in answers])
    assert Linter().read(moved).broken == []    # nothing was written yet
    at = next(i for i, line in enumerate(lines) if " fdatasync(" in line)
    moved = "".join(lines[:at] + answers + lines[at:])
    assert any("an answer" in line for line in Linter().read(moved).broken)


@test
def t_crash_03_the_linter_sees_an_import_without_sync():
    broken = Linter(bulk=True).read(without(trace_of_import(), r" syncfs\(")).broken
    assert any("a commit before" in line for line in broken), broken


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""How fast: every row of the table beside its peer in the same run; writes build/bench.json.

    run.py [ROW…]      import index chart login publish publish_catalog memory start backup waiters
                       used_by chart_page compare follow search suggest index_stream refresh first_load
                       proxied_pulls virtual another bundle_create bundle_import bundle_delta
                       bundle_memory; none: all

Goals are ratios wherever there is a peer, and every measurement alternates with its peer's, so
that a busy machine shows as spread and not as a verdict. What is printed is the median, with the
smallest and the largest of the repetitions behind it; "cpu" is the peer's processor time by ours
for the same work, which tells more than the clock where others use the machine too. QUICK=1
measures smaller repositories; CHARTMUSEUM= names a chartmuseum that is measured beside. What is
needed for it stands below build/bench/ and is gone afterwards, but for the catalog that is searched,
which takes minutes to make.

Long because it is the table of all goals, a function for each row."""
import contextlib
import gzip
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import people
import services
import upstreams
from bundle_sides import Sides
from catalog import catalog
from measure import QUICK, REPETITIONS, Sample, cpu_ratio, interleave, publish, ratio, run, wrk
from services import CHARTMUSEUM, PROGRAM
from harness import CHARTS, TOP, chart, chart_of_size

HELM = TOP / "build/clients/helm-3.22.0"
WORK = TOP / "build/bench/work"
SMALL, LARGE = (1_000, 10_000) if QUICK else (10_000, 100_000)
FEW = 1_000
SEARCHED = (2_000, 30_000) if QUICK else (12_000, 200_000)     # charts, versions
BURST = 400 if QUICK else 3_200
MEMBERS = 10                         # of a virtual repository
UPSTREAM = 8_600                     # versions in an index of 10 MB
FIRST_LOAD = 11_000
CROWD = 1_000
BUNDLED = (2_000, 10_000) if QUICK else (20_000, 100_000)
BUNDLE_MB = 64                       # at any size
FOLLOWED = 100                       # publishes, one after the other
KIB = 1024

_rows = []
_results = []
_museum = {}


def row(function):
    _rows.append(function)
    return function


# ---- what is measured on ----

def repository(versions, members=1):
    """A data directory with that many synthetic versions; made once, never served itself. With members
    as many repositories, and the virtual one `all` of them."""
    data = WORK / f"synthetic-{versions}-{members}"
    if not data.exists():
        subprocess.run([TOP / "build/bench/generate", data, str(versions), str(members)], check=True)
    return data


def imported(name):
    """A data directory with all real charts, made once."""
    data = WORK / name
    if not data.exists():
        shutil.copytree(CHARTS, WORK / "charts", dirs_exist_ok=True)
        run(PROGRAM, "import", "--data", data, WORK / "charts")
    return data


def copy(data, name):
    """A copy to be served: archives are hard links, for they never change."""
    to = WORK / name
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(data, to, copy_function=lambda source, target: (
        os.link if source.endswith(".tgz") else shutil.copy2)(source, target))
    return to


def serve(versions, name="served"):
    return services.chartlocker(copy(repository(versions), name), WORK / f"{name}.log")


def museum(work, measure, versions):
    """What ChartMuseum gives for this row, once, where there is one: measure(service)."""
    if not CHARTMUSEUM:
        return
    folder = WORK / "museum"
    shutil.rmtree(folder, ignore_errors=True)
    with services.chartmuseum(repository(versions) / "repos", folder) as service:
        _museum[work] = measure(service)


def report(work, goal, ours, peer=None, quotient=None, met=None, unit="", cpu=None):
    _results.append({"work": work, "goal": goal, "unit": unit, "ours": ours.as_json(),
                     "peer": peer and peer.as_json(), "chartmuseum": _museum.get(work),
                     "ratio": quotient and quotient.as_json(), "cpu_ratio": cpu,
                     "met": bool(met)})
    print(".", end="", file=sys.stderr, flush=True)


def report_ratio(work, wanted, ours, peer, quotient, unit, cpu):
    report(work, f"≥ {wanted} ×", ours, peer, quotient, quotient.median >= wanted, unit, cpu)


def report_limit(work, limit, ours, unit):
    report(work, f"≤ {limit} {unit}", ours, met=ours.median <= limit, unit=unit)


# ---- the rows ----

@row
def row_import():
    """All real charts, as one command each."""
    charts, data = WORK / "charts", WORK / "imported"
    if not list(CHARTS.rglob("*.tgz")):
        raise SystemExit(f"no charts in {CHARTS} (CHARTS= names the folder)")
    shutil.copytree(CHARTS, charts, dirs_exist_ok=True)
    our_runs, helm_runs = [], []

    def ours():
        shutil.rmtree(data, ignore_errors=True)
        our_runs.append(run(PROGRAM, "import", "--data", data, charts))
        return our_runs[-1].seconds

    def helm():
        helm_runs.append(run(HELM, "repo", "index", charts))
        return helm_runs[-1].seconds

    interleave(ours, helm, repetitions=1)        # the files are in memory from here on
    mine, theirs = interleave(ours, helm)
    cpu = cpu_ratio(*([r.cpu_seconds for r in runs] for runs in (helm_runs, our_runs)))
    report_ratio("import, beside helm repo index", 8, mine, theirs, ratio(theirs, mine), "s", cpu)
    report_limit("import, largest resident size", 100, Sample(r.peak_mb for r in our_runs), "MB")


@row
def row_index():
    """The whole index over 8 connections."""
    work = f"GET index.yaml at {SMALL:,}"
    with serve(SMALL) as server:
        root = WORK / "served/repos/main"
        with services.nginx(root, WORK / "nginx-on", True) as on, \
                services.nginx(root, WORK / "nginx-off", False) as off:
            assert on.first == off.first == server.first
            mine, with_sendfile, without = interleave(
                *(lambda s=s: wrk(s, "/index.yaml", 8) for s in (server, on, off)))
    best, nginx = max((with_sendfile, on), (without, off), key=lambda pair: pair[0].median)
    museum(work, lambda s: wrk(s, "/index.yaml", 8), SMALL)
    report_ratio(work, 1.1, mine, best, ratio(mine, best), "/s",
                 cpu_ratio(nginx.costs, server.costs))


@row
def row_chart():
    """Charts of three sizes over 64 connections."""
    with serve(FEW) as server:
        root = WORK / "served/repos/main"
        with services.nginx(root, WORK / "nginx-on", True) as nginx:
            for size, wanted in ((1, 1.0), (60, 1.0), (256, 0.9)):
                archive = WORK / f"big-{size}.0.0.tgz"
                archive.write_bytes(chart_of_size(size * KIB, version=f"{size}.0.0"))
                subprocess.run(["curl", "-sSf", "-o", "/dev/null", "--data-binary", f"@{archive}",
                                server.url("/api/charts")], check=True)
                path = f"/charts/{archive.name}"
                server.costs, nginx.costs = [], []
                mine, theirs = interleave(*(lambda s=s: wrk(s, path, 64) for s in (server, nginx)))
                report_ratio(f"GET of a chart of {size} KiB", wanted, mine, theirs,
                             ratio(mine, theirs), "/s", cpu_ratio(nginx.costs, server.costs))


@row
def row_login():
    """The same chart with a password, with a token and without a login."""
    copy(repository(FEW), "login")
    with services.chartlocker(WORK / "login", WORK / "login.log"):
        pass                                     # brings the schema up to date
    people.add_user(WORK / "login", "alice", "pull:*")
    token = people.bearer(people.add_token(WORK / "login", "ci", "pull:*"))
    with services.chartlocker(WORK / "login", WORK / "login.log") as server:
        path = json.loads(server.get("/index.json")[1])["entries"]
        path = "/" + next(iter(path.values()))[0]["urls"][0]
        for what, login in (("a password", people.basic("alice", people.PASSWORD)),
                            ("a token", token)):
            status, _ = server.get(path, login)  # the password is hashed here, once
            assert status == 200, status
            headers = [f"{name}: {value}" for name, value in login.items()]
            mine, theirs = interleave(lambda h=headers: wrk(server, path, 64, h),
                                      lambda: wrk(server, path, 64))
            costs = server.costs
            report_ratio(f"GET of a chart with {what}", 0.9, mine, theirs, ratio(mine, theirs),
                         "/s", cpu_ratio(costs[1::2], costs[::2]))
            server.costs = []


def burst(server, present, count, first):
    """Publishes and makes sure that all of it is in the next index."""
    result = publish(server, count, first)
    status, index = server.get("/index.json")
    seen = index.count(b'"digest":')
    assert status == 200 and seen == present + count, f"{seen} versions in the index"
    return result


def bursts(server, present):
    """A function whose every call is one more; its p50. `present[0]` versions are there, before and after."""
    def next_one():
        result = burst(server, present[0], BURST, 2 * SMALL + present[0])
        present[0] += BURST
        return result["p50_ms"]
    return next_one


def fresh_burst(versions, count, name):
    with serve(versions, name) as server:
        publish(server, 80, 10_000)              # threads, statements and pages are there
        return burst(server, versions + 80, count, 20_000)


@row
def row_publish():
    """8 uploaders, on repositories that are as large as it says."""
    work = f"publish at {SMALL:,}, 8 uploaders"
    results = []

    def rate():
        results.append(fresh_burst(SMALL, BURST, "served"))
        return results[-1]["published"] / results[-1]["seconds"]

    mine, = interleave(rate)
    museum(work, lambda s: 40 / publish(s, 40, 20_000)["seconds"], SMALL)
    report(work, "≥ 1,000 /s", mine, met=mine.median >= 1000, unit="/s")
    for name in ("p50_ms", "p99_ms"):
        report(f"publish at {SMALL:,}, {name[:3]}", "", Sample(r[name] for r in results), unit="ms",
               met=True)
    compare_sizes()


def compare_sizes():
    """The large one stays, for a copy of it takes longer than all the bursts."""
    count = 400
    with serve(LARGE, "many") as server:
        publish(server, 80, 10_000)
        present = iter(range(LARGE + 80, 2 * LARGE, count))
        few, many = interleave(
            lambda: fresh_burst(FEW, count, "few")["p50_ms"],
            lambda: burst(server, at := next(present), count, at)["p50_ms"])
    quotient = ratio(many, few)
    report(f"publish p50 at {LARGE:,}, beside {FEW:,}", "≤ 1.2 ×", many, few, quotient,
           quotient.median <= 1.2, "ms")


@row
def row_memory():
    """After the index, its gzip variant, a hundred charts and as many publishes."""
    for versions, limit in ((SMALL, 40), (LARGE, 250)):
        def use(server):
            for number in range(100):
                server.get(f"/charts/chart-00000-1.{number}.0.tgz")
            server.get("/index.yaml", {"Accept-Encoding": "gzip"})
            server.get("/index.yaml")
            publish(server, 100, 10_000)
            return server.memory()[0]

        work = f"resident memory at {versions:,}"
        with serve(versions) as server:
            mine, peak = Sample([use(server)]), Sample([server.memory()[1]])
        if versions == SMALL:
            museum(work, lambda s: (s.get("/index.yaml"), s.memory()[0])[1], versions)
        report_limit(work, limit, mine, "MB")
        report_limit("… and at its highest", limit, peak, "MB")


@row
def row_start():
    """From the start of the program to the last byte of the first index, which must be right."""
    for versions, limit in ((SMALL, 0.1), (LARGE, 1)):
        data = copy(repository(versions), "served")
        wanted = (data / "repos/main/index.yaml").read_bytes()

        def start():
            with services.chartlocker(data, WORK / "served.log") as server:
                assert server.first == wanted, "the first index is another one"
                return server.start_seconds

        work = f"warm start at {versions:,}"
        mine, = interleave(start)
        if versions == SMALL:
            museum(work, lambda s: s.start_seconds, versions)
        report_limit(work, limit, mine, "s")


@row
def row_virtual():
    """Publishing into a member of a virtual repository of ten, and into the same repository alone; both
    grow alike."""
    alone = copy(repository(SMALL), "alone"), iter(range(MEMBERS * SMALL, 10**7, BURST))
    members = copy(repository(SMALL, MEMBERS), "members"), iter(range(MEMBERS * SMALL, 10**7, BURST))

    def p50(data, firsts):
        said = subprocess.run([WORK.parent / "publish", data, "8", str(BURST), str(next(firsts)), "alone"],
                              check=True, capture_output=True, text=True).stdout
        return json.loads(said)["p50_ms"]

    mine, peer = interleave(lambda: p50(*members), lambda: p50(*alone))
    quotient = ratio(mine, peer)
    report(f"publish p50 in one of {MEMBERS} members of {SMALL:,}, beside alone", "≤ 1.5 ×", mine, peer, quotient,
           quotient.median <= 1.5, "ms")


@row
def row_publish_catalog():
    """The same bursts by the library, with the catalog of charts following and with nobody."""
    results = {"catalog": [], "alone": []}

    def burst_with(what):
        data = copy(repository(FEW), "followed")
        said = subprocess.run([WORK.parent / "publish", data, "8", str(BURST), "10000", what], check=True,
                              capture_output=True, text=True).stdout
        results[what].append(json.loads(said))
        return results[what][-1]["p50_ms"]

    mine, alone = interleave(lambda: burst_with("catalog"), lambda: burst_with("alone"))
    quotient = ratio(mine, alone)
    cpu = cpu_ratio(*([r["cpu_seconds"] for r in results[what]] for what in ("alone", "catalog")))
    report("publish p50 with the catalog, beside without", "≤ 1.3 ×", mine, alone, quotient,
           quotient.median <= 1.3, "ms", cpu)
    behind = (r["caught_up_seconds"] - r["seconds"] for r in results["catalog"])
    report("… all of it found after the last answer", "", Sample(behind), unit="s", met=True)


class Backups:
    """One backup after the other, for as long as it is entered; all of them are looked at."""

    def __init__(self, data, known):
        self.data, self.known, self.made = data, known, []
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._work)

    def _work(self):
        while not self.ending.is_set():
            to = WORK / "backups" / str(len(self.made))
            self.made.append((to, run(PROGRAM, "backup", "--data", self.data, to).seconds))

    def __enter__(self):
        shutil.rmtree(WORK / "backups", ignore_errors=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join()
        for to, _ in self.made:
            charts = sum(name.endswith(".tgz") for name in os.listdir(to / "repos/main/charts"))
            said = json.loads((to / "backup.json").read_text())
            assert charts == said["versions"] >= self.known, f"{charts} of {self.known} charts"
        run(PROGRAM, "fsck", "--data", self.made[-1][0])


@row
def row_backup():
    """Publishing while one backup follows the other, and without; nothing is lost."""
    present, backups = [SMALL + 80], []
    with serve(SMALL) as server:
        publish(server, 80, 10_000)
        quiet = bursts(server, present)

        def backed_up():
            with Backups(WORK / "served", present[0]) as made:
                result = quiet()
            backups.extend(seconds for _, seconds in made.made)
            return result

        busy, alone = interleave(backed_up, quiet)
    quotient = ratio(busy, alone)
    report(f"publish p50 at {SMALL:,}, during backups", "≤ 1.3 ×", busy, alone, quotient,
           quotient.median <= 1.3, "ms")
    report(f"backup of {SMALL:,} while publishing", "", Sample(backups), unit="s", met=True)


class Waiters:
    """Readers that wait for events while it is entered; each sees every one."""

    def __init__(self, port, count):
        self.line = ["nice", "-n", "19", WORK.parent / "wait", str(port), str(count)]   # not our cost

    def __enter__(self):
        self.process = subprocess.Popen(self.line, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        assert self.process.stdout.readline() == "waiting\n"
        return self

    def __exit__(self, *_):
        time.sleep(5)                            # the last events are on their way
        answers, _ = self.process.communicate(timeout=60)
        self.seen = json.loads(answers)["events_seen"]


@row
def row_waiters():
    """Publishing while 1,000 readers wait for the next event, and without them."""
    with serve(FEW) as server:
        publish(server, 80, 10_000)
        quiet = bursts(server, [FEW + 80])

        def waited_for():
            with Waiters(server.port, 1_000) as waiters:
                result = quiet()
            newest = json.loads(server.get("/api/v1/events?limit=1&since=" + str(waiters.seen))[1])
            assert not newest["events"], "not every reader saw every event"
            return result

        busy, alone = interleave(waited_for, quiet)
    quotient = ratio(busy, alone)
    report("publish p50 with 1,000 readers waiting", "≤ 1.2 ×", busy, alone, quotient,
           quotient.median <= 1.2, "ms")


def users_of(count):
    """A data directory with that many charts that depend on one library, by a few ranges."""
    charts, data = WORK / "users", WORK / "users-data"
    charts.mkdir()
    (charts / "library-1.4.0.tgz").write_bytes(chart("library", "1.4.0", type="library"))
    for i in range(count):
        needs = {"name": "library", "version": ("1.x.x", "^1.0.0", "~1.2.0", ">=0")[i % 4], "repository": "@main"}
        (charts / f"user-{i}-1.0.0.tgz").write_bytes(chart(f"user-{i}", "1.0.0", dependencies=[needs]))
    run(PROGRAM, "import", "--data", data, charts)
    return data


@row
def row_used_by():
    """Who depends on a library that thousands do: the first page, and a thousand of them."""
    count = FEW if QUICK else 5 * FEW
    with services.chartlocker(users_of(count), WORK / "users.log") as server:
        path = "/api/v1/charts/main/library/latest/used-by"
        while len(json.loads(server.get(f"{path}?limit=1000")[1])) < min(count, 1000):
            time.sleep(0.1)                      # the catalog of charts is being made
        def asked(query):
            return json.loads(subprocess.run(
                [WORK.parent / "ask", str(server.port), "1", "200"], input=f"{path}{query}\n", check=True,
                capture_output=True, text=True).stdout)["p50_ms"]

        page, thousand = interleave(lambda: asked(""), lambda: asked("?limit=1000"))
    report_limit(f"used-by at {count:,} users, a page of 100", 3, page, "ms")
    report(f"used-by at {count:,} users, a page of 1,000", "", thousand, unit="ms", met=True)


# ---- pages ----

@contextlib.contextmanager
def real_charts():
    """A server with all real charts, all of them found, whose contents nobody has read."""
    with services.chartlocker(imported("real"), WORK / "real.log") as server:
        charts = len(json.loads(server.get("/index.json")[1])["entries"])
        while json.loads(server.get("/api/v1/search?limit=1")[1])["total"] < charts:
            time.sleep(0.1)
        yield server


def asked(server, paths, rounds=1):
    return ask(server, paths, 1, rounds, "gzip")


def requests_for(page):
    """How many addresses a browser asks for, besides images out of charts: the page, styles, scripts."""
    tags = re.findall(r"<(?:link|script|img|iframe|source)\b[^>]*>", page)
    wanted = {address[1] for tag in tags
              if re.search(r'rel="stylesheet"|<script|<img|<iframe|<source', tag)
              and (address := re.search(r' (?:href|src)="([^"]*)"', tag))}
    return 1 + len([address for address in wanted if not re.search(r"/file\?path=|/icon\b", address)])


@row
def row_chart_page():
    """The page of every real chart, when nobody has read it and when somebody has."""
    with real_charts() as server:
        found = json.loads(server.get("/api/v1/search?limit=100")[1])
        total, paths = found["total"], []
        while len(paths) < total:
            found = json.loads(server.get(f"/api/v1/search?limit=100&after={len(paths)}")[1])
            paths += [f"/packages/{c['repo']}/{c['name']}" for c in found["results"]]
    cold, warm = [], []
    for _ in range(REPETITIONS):
        with real_charts() as server:
            asked(server, paths[:1] * 20)        # threads and connections are there
            cold.append(asked(server, paths[1:])["p50_ms"])
            warm.append(asked(server, paths, 3)["p50_ms"])
    with real_charts() as server:
        pages = [server.get(path, {"Accept-Encoding": "gzip"})[1] for path in paths]
        texts = [gzip.decompress(page).decode() for page in pages]
    report_limit("chart page, p50", 2, Sample(warm), "ms")
    report_limit("chart page, p50 when read for the first time", 8, Sample(cold), "ms")
    size = sorted(len(page) / 1000 for page in pages)[len(pages) * 95 // 100]
    report_limit("chart page, p95 of its size as sent", 60, Sample([size]), "KB")
    report_limit("chart page, requests at most", 3, Sample([max(map(requests_for, texts))]), "")


def pairs_of(size_kb):
    """Versions of one chart next to each other, both about that large: addresses of comparisons."""
    charts = {}
    for path in sorted(CHARTS.rglob("*.tgz")):
        name, version = re.fullmatch(r"(.+?)-(v?\d+\..*)\.tgz", path.name).groups()
        if 0.9 * size_kb <= path.stat().st_size / 1000 <= 1.2 * size_kb:
            charts.setdefault((path.parent.name, name), []).append(version)
    for (folder, name), versions in charts.items():
        for old, new in zip(versions, versions[1:]):
            yield f"/packages/main/{name}/compare/{old}...{new}"


@row
def row_compare():
    """Real charts of 200 KB beside their next version: all that differs, as a page."""
    paths, cold, warm = list(pairs_of(200)), [], []
    assert len(paths) > 3, paths
    for _ in range(REPETITIONS):
        with real_charts() as server:
            cold += [asked(server, [path])["p50_ms"] for path in paths]
            warm.append(asked(server, paths, 10)["p50_ms"])
    report_limit("comparing two charts of 200 KB, p50", 30, Sample(warm), "ms")
    report("… when they are read for it", "", Sample(cold), unit="ms", met=True)


# ---- searching ----

FOLLOW_SECONDS = 1_200


@contextlib.contextmanager
def searched():
    """A server with the catalog that is searched, when all of it is found."""
    with services.chartlocker(catalog(*SEARCHED), WORK / "searched.log") as server:
        end = time.monotonic() + FOLLOW_SECONDS
        while json.loads(server.get("/api/v1/search?limit=1")[1])["total"] < SEARCHED[0]:
            assert time.monotonic() < end, "charts are missing"
            time.sleep(0.1)
        yield server


def queries(name):
    """Of a file in this folder, as addresses; there pages have numbers."""
    for line in (Path(__file__).parent / name).read_text().splitlines():
        page = re.search(r"&page=(\d+)", line)
        after = f"&after={20 * (int(page[1]) - 1)}" if page else ""
        yield f"/api/v1/search?facets=true&{line.replace(page[0], '') if page else line}{after}"


def ask(server, paths, connections, rounds, *accepted):
    """What tests/bench/ask.c prints of all of them, that often."""
    said = subprocess.run([TOP / "build/bench/ask", str(server.port), str(connections), str(rounds), *accepted],
                          input="\n".join(paths) + "\n", check=True, capture_output=True, text=True).stdout
    result = json.loads(said)
    assert not result["failed"], result
    return result


def report_times(work, results, **limits):
    """`limits` of p50_ms and p99_ms."""
    for name, limit in limits.items():
        report_limit(f"{work}, {name[:3]}", limit, Sample(r[name] for r in results), "ms")


@row
def row_follow():
    """The catalog that is searched, from the log and the archives, until all of it is found."""
    for path in catalog(*SEARCHED).glob("search.db*"):
        path.unlink()
    began = time.monotonic()
    with searched():
        seconds = time.monotonic() - began
    report(f"catalog of {SEARCHED[1]:,} versions made anew", "", Sample([seconds]), unit="s", met=True)


@row
def row_search():
    """The fixed mix with facets, and what somebody types who means no good."""
    mix, hostile = list(queries("queries.txt")), list(queries("hostile_queries.txt"))
    work = f"search in {SEARCHED[0]:,} charts"
    with searched() as server:
        ask(server, mix, 1, 1)                   # pages of the database are in memory from here on
        alone, busy, bad = zip(*((ask(server, mix, 1, 2), ask(server, mix, 8, 4), ask(server, hostile, 1, 4))
                                 for _ in range(REPETITIONS)))
        memory = server.memory()[0]
    report_times(f"{work}, 1 connection", alone, p50_ms=2, p99_ms=10)
    rate = Sample(r["requests"] / r["seconds"] for r in busy)
    report(f"{work}, 8 connections", "≥ 1,000 /s", rate, met=rate.median >= 1000, unit="/s")
    report_times(f"{work}, 8 connections", busy, p99_ms=40)
    report_times(f"{work}, hostile", bad, p99_ms=60)
    report(f"{work}, resident memory", "", Sample([memory]), unit="MB", met=True)


@row
def row_suggest():
    """Names while they are typed, letter by letter."""
    names = ("prometheus", "redis", "certmanager", "kube-state-metrics", "postgers", "longhorn", "xyzzy")
    paths = [f"/api/v1/suggest?q={name[:n]}" for name in names for n in range(1, len(name) + 1)]
    with searched() as server:
        results = [ask(server, paths, 1, 20) for _ in range(REPETITIONS)]
    report_times(f"suggestions from {SEARCHED[0]:,} charts", results, p50_ms=1)


@row
def row_index_stream():
    """Another server's index that is known already, as it comes, beside libyaml's events alone."""
    path, program = WORK / "upstream.yaml", TOP / "build/bench/read_index"
    subprocess.run([program, "make", path, str(UPSTREAM)], check=True)
    peaks = {"known": [], "bare": [], "new": []}

    def read(how):
        said = subprocess.run([program, how, path], check=True, capture_output=True, text=True).stdout
        peaks[how].append(json.loads(said)["peak_mb"])
        return json.loads(said)["seconds"]

    known, bare, new = interleave(lambda: read("known"), lambda: read("bare"), lambda: read("new"))
    work = f"index of {UPSTREAM:,} versions, {path.stat().st_size / 1e6:.0f} MB"
    quotient = ratio(known, bare)
    report(f"{work}, known, beside libyaml", "≤ 2 ×", known, bare, quotient, quotient.median <= 2, "s")
    report("… with every version new", "", new, bare, ratio(new, bare), True, "s")
    mine, theirs = Sample(peaks["known"] + peaks["new"]), Sample(peaks["bare"])
    report("… resident above libyaml's, at its highest", "≤ 8 MB", mine, theirs,
           met=mine.max - theirs.min <= 8, unit="MB")


# ---- upstreams ----

@row
def row_refresh():
    """All of a refresh in which one version changed, beside libyaml's events of the index alone: the
    processor's time, also of asking, unpacking, hashing and storing."""
    index, grown, waited = upstreams.Index(WORK / "far", UPSTREAM), [], []
    with services.nginx(WORK / "far", WORK / "nginx", True) as nginx, \
            services.chartlocker(WORK / "near", WORK / "near.log") as server:
        upstreams.follow(server, nginx.url(""))
        upstreams.refresh(server)

        def changed():
            index.change()
            began = upstreams.thread_seconds(server)
            (seconds, said), above = upstreams.resident_above(server, lambda: upstreams.refresh(server))
            assert said["changed"] == 1 and not said["added"], said
            grown.append(above)
            waited.append(seconds)
            return upstreams.thread_seconds(server) - began

        mine, bare = interleave(changed, lambda: upstreams.bare_seconds(index))
    work = f"refresh of {UPSTREAM:,} versions, {index.path.stat().st_size / 1e6:.0f} MB, one changed"
    quotient = ratio(mine, bare)
    report(f"{work}, beside libyaml", "≤ 2 ×", mine, bare, quotient, quotient.median <= 2, "s")
    report("… as who asked for it waited", "", Sample(waited), unit="s", met=True)
    report_limit("… resident above what was, at its highest", 64, Sample(grown), "MB")


@row
def row_first_load():
    """An upstream that is new, until its index is here and until all of it is found."""
    upstreams.Index(WORK / "far", FIRST_LOAD)
    found, cost = [], []

    def load():
        data = WORK / "near"
        shutil.rmtree(data, ignore_errors=True)
        with services.chartlocker(data, WORK / "near.log") as server:
            began = time.monotonic()
            upstreams.follow(server, nginx.url(""))
            _, said = upstreams.refresh(server)
            assert server.get("/up/index.json")[1].count(b'"digest":') == FIRST_LOAD == said["added"], said
            seconds = time.monotonic() - began
            while json.loads(server.get("/api/v1/search?limit=1")[1])["total"] < FIRST_LOAD // 50:
                time.sleep(0.01)
            found.append(time.monotonic() - began)
            cost.append(upstreams.thread_seconds(server))
        return seconds

    with services.nginx(WORK / "far", WORK / "nginx", True) as nginx:
        mine, = interleave(load)
    report_limit(f"first load of {FIRST_LOAD:,} versions, in the index", 3, mine, "s")
    report_limit("… and all of it found", 3, Sample(found), "s")
    report("… processor time of it all", "", Sample(cost), unit="s", met=True)


@row
def row_proxied_pulls():
    """Everybody wants one chart that is not here yet; beside the same when it is."""
    asked = []

    def crowd(version, upstream, first):
        path = f"/up/charts/big-{version}.tgz"
        pulls = upstreams.Crowd(server, path, CROWD)
        if first:
            upstream.hold.clear()
        began = time.monotonic()
        pulls.ask()
        upstream.hold.set()
        bodies = pulls.bodies()
        seconds = time.monotonic() - began
        assert bodies == {(b"200", upstream.files[f"/big-{version}.tgz"]): CROWD}, bodies.values()
        return seconds

    with upstreams.Held() as upstream, services.chartlocker(WORK / "pulled", WORK / "pulled.log") as server:
        for number in range(REPETITIONS):
            upstream.put("big", f"{number}.0.0", chart_of_size(60 * KIB, version=f"{number}.0.0"))
        upstreams.follow(server, upstream.url, mode="proxy")
        upstreams.refresh(server)
        fresh, again = (iter(f"{n}.0.0" for n in range(REPETITIONS)) for _ in range(2))
        first, cached = interleave(lambda: crowd(next(fresh), upstream, True),
                                   lambda: crowd(next(again), upstream, False))
        asked = [upstream.count(f"/big-{n}.0.0.tgz") for n in range(REPETITIONS)]
    report(f"{CROWD:,} first pulls of 60 KiB at once, beside cached ones", "", first, cached,
           ratio(first, cached), True, "s")
    report("… requests that the upstream got", "1", Sample(asked), met=set(asked) == {1})


@row
def row_another():
    """A publish at one Chartlocker, until it is seen in the virtual repository of one that follows it; the
    publish itself included."""
    times = []
    with services.chartlocker(WORK / "there", WORK / "there.log") as there, \
            services.chartlocker(WORK / "here", WORK / "here.log") as here:
        upstreams.post(there, "/api/charts", chart("app", "0.1.0"))
        upstreams.follow(here, there.url("/main"), "far", "proxy", 60)
        upstreams.post(here, "/api/v1/repos", {"name": "all", "members": "far"})
        upstreams.refresh(here, "far")
        for number in range(FOLLOWED):
            began = time.monotonic()
            upstreams.post(there, "/api/charts", chart("app", f"1.0.{number}"))
            while f'"1.0.{number}"'.encode() not in here.get("/all/index.json")[1]:
                time.sleep(0.0005)
            times.append((time.monotonic() - began) * 1000)
    report_limit("publish there, seen here in a virtual repository", 100, Sample(times), "ms")


# ---- bundles ----

def outer(versions):
    """A data directory to make bundles of; 0: with all real charts."""
    if versions:
        return copy(repository(versions), f"outer-{versions}")
    return imported("outer-real")


def beside_tar(work, wanted, ours, theirs):
    runs = [], []

    def keep(measure, to):
        to.append(measure())
        return to[-1].seconds

    ours(), theirs()                             # the files are in memory from here on
    mine, peer = interleave(lambda: keep(ours, runs[0]), lambda: keep(theirs, runs[1]))
    cpu = cpu_ratio(*([r.cpu_seconds for r in side] for side in (runs[1], runs[0])))
    report_ratio(work, wanted, mine, peer, ratio(peer, mine), "s", cpu)


@row
def row_bundle_create():
    """A whole bundle of all real charts, without the list of their images, which nobody else makes."""
    sides = Sides(WORK / "bundles", outer(0))
    sides.create("--no-images")
    sides.unpack()
    beside_tar("bundle create, beside sha256sum and tar", 0.7, lambda: sides.create("--no-images"), sides.tar)


@row
def row_bundle_import():
    """The same into an empty data directory."""
    sides = Sides(WORK / "bundles", outer(0))
    sides.create()
    beside_tar("bundle import, beside tar and sha256sum -c", 0.4, sides.enter, sides.untar)


@row
def row_bundle_delta():
    """Ten versions that came to a hundred thousand: after a trip, and by the inventory of the other side."""
    versions = BUNDLED[1]
    sides = Sides(WORK / "bundles", outer(versions))
    sides.create("--no-images")
    inner, inventory, trip = sides.inner(), WORK / "inventory", sides.trip()
    sides.enter(inner)
    run(PROGRAM, "bundle", "inventory", "--data", inner, "--repo", "main", "-o", inventory)
    subprocess.run([WORK.parent / "publish", sides.data, "1", "10", str(2 * versions), "alone"], check=True,
                   capture_output=True)
    for what, option in (("a trip", ("--parent", trip)), ("an inventory", ("--inventory", inventory))):
        runs = []

        def delta():
            runs.append(sides.create(*option, to="delta"))
            return runs[-1].seconds

        mine, = interleave(delta)
        report_limit(f"bundle of 10 in {versions:,}, after {what}", 1, mine, "s")
        report_limit("… largest resident size", BUNDLE_MB, Sample(r.peak_mb for r in runs), "MB")
    taken = sides.enter(inner, of="delta")
    report("… and its import", "", Sample([taken.seconds]), unit="s", met=True)


@row
def row_bundle_memory():
    """What making and taking in a whole bundle holds at most; the index that a server shows is its own."""
    for versions in (0, *BUNDLED):
        sides, size = Sides(WORK / "bundles", outer(versions)), f"{versions:,}" if versions else "real charts"

        def limit(work, done):
            report_limit(f"{work} of {size}, largest resident size", BUNDLE_MB, Sample([done.peak_mb]), "MB")

        limit("bundle create", sides.create())
        limit("bundle create --dry-run", sides.dry_run())
        limit("bundle import --dry-run", sides.enter(sides.inner(), "--dry-run"))
        inner = sides.inner()
        with services.chartlocker(inner, WORK / "inner.log") as server:
            before = server.memory()[0]
            limit("bundle import beside a server", sides.enter(inner))
            index = (sides.data / "repos/main/index.yaml").stat().st_size / 1e6
            report(f"… which grows, with an index of {index:.0f} MB, by", "",
                   Sample([server.memory()[1] - before]), unit="MB", met=True)
        inventory = WORK / "inventory"
        limit("bundle inventory", run(PROGRAM, "bundle", "inventory", "--data", inner, "--repo", "main", "-o", inventory))
        limit("bundle import without a server", sides.enter())


# ---- the table ----

def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3f}"


def cells(result):
    def value(sample):
        if sample is None:
            return ""
        return f"{number(sample['median'])} {result['unit']}"

    def spread(sample):
        return f"{number(sample['min'])}–{number(sample['max'])}" if sample else ""

    quotient = result["ratio"]
    found = [result["work"], result["goal"], value(result["ours"]), value(result["peer"]),
             f"{quotient['median']:.2f}" if quotient else "", spread(quotient or result["ours"]),
             f"{result['cpu_ratio']:.2f}" if result["cpu_ratio"] else "",
             "" if not result["goal"] else "met" if result["met"] else "MISSED"]
    museum_value = result["chartmuseum"]
    return found + ([number(museum_value) if museum_value else ""] if CHARTMUSEUM else [])


def print_table():
    heads = ["work", "goal", "ours", "peer", "ratio", "spread", "cpu", ""]
    lines = [heads + (["ChartMuseum"] if CHARTMUSEUM else [])] + [cells(r) for r in _results]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        left = line[0].ljust(widths[0]) + "  " + line[1].ljust(widths[1])
        print(left, *(cell.rjust(width) for cell, width in zip(line[2:], widths[2:])), sep="  ")


def write_json(seconds):
    found = {"machine": {"cores": os.cpu_count(), "kernel": platform.release(),
                         "processor": platform.machine(), "load": os.getloadavg()[0]},
             "quick": QUICK, "seconds": round(seconds, 1), "rows": _results}
    (TOP / "build/bench.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


def main():
    names = {function.__name__.removeprefix("row_"): function for function in _rows}
    unknown = [name for name in sys.argv[1:] if name not in names]
    if unknown:
        sys.exit(f"no row \"{unknown[0]}\"; there are: {' '.join(names)}")
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    began = time.monotonic()
    try:
        for name, function in names.items():
            if not sys.argv[1:] or name in sys.argv[1:]:
                function()
    finally:
        shutil.rmtree(WORK, ignore_errors=True)
        print(file=sys.stderr)
        print_table()
        write_json(time.monotonic() - began)


if __name__ == "__main__":
    main()

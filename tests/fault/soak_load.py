"""Who works on a server during a soak. Each client does one thing at a time, and notes it in the ledger.

Every client owns what it changes, so that what a thing may be depends on its own requests alone; but in the
repository `churn` retention deletes as well.
"""
import contextlib
import http.client
import itertools
import json
import random
import re
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import chart, digest, equal

GARBAGE = (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET /" + b"x" * 9000,
           b"POST /api/charts HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
           b"PUT /charts/a-1.0.0.tgz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n")
WORDS = ("redis", "postgres operator", "ingress", "kafka", "chart", "grafana dashboards", "reids", "a", "backup s3",
         "repo:stable", "life", "\"high availability\"", "monitoring agent", "zzzz", "x y z")
NO_ROOM = (503, 507)
WRITE_TOO = ("health", "pull, first")     # reads that are refused on a full disk
WAIT_SECONDS = 5
GENERATED = re.compile(rb'"generated":"[^"]*"')


class Gone(Exception):
    """The server was killed while it was asked."""


class Over(Exception):
    """The soak is over."""


class Client:
    """Works turn by turn, with `pause` seconds between, until the soak is over."""

    pause = 0.03

    def __init__(self, world, number):
        self.world, self.ledger, self.name = world, world.ledger, f"{type(self).__name__.lower()}-{number}"
        self.rng, self.link, self.of = random.Random(self.name), None, None
        self.thread = threading.Thread(target=self.run, daemon=True, name=self.name)
        self.thread.start()

    def run(self):
        for turn in itertools.count():
            try:
                self.turn(turn)
            except Over:
                return
            except Gone:
                continue
            except Exception as error:    # kept: it fails the soak
                self.world.fail(f"{self.name}: {type(error).__name__}: {error}")
            time.sleep(self.rng.uniform(0, 2 * self.pause))

    def ask(self, kind, path, method="GET", body=None, fine=(200,), **headers):
        """An answer, whose time counts as one of this kind (None: of none). Raises Gone."""
        with self.world.asking() as server:
            if self.of is not server:
                self.link, self.of = server.connection(), server
            began, answers = time.monotonic(), self.world.answers
            answers.on_the_way[self.name] = (kind, path, began)
            try:
                fields = {key.replace("_", "-"): value for key, value in headers.items()}
                answer = server.request(method, path, body, fields, connection=self.link)
            except (OSError, http.client.HTTPException, AssertionError) as error:
                self.of = None
                if server.killed:
                    raise Gone from error
                raise
            finally:
                answers.on_the_way.pop(self.name, None)
            if kind and not server.killed:
                answers.add(kind, path, began, time.monotonic() - began, answer.headers.get("X-Request-Id"))
        excused = self.world.full and answer.status in NO_ROOM and (method != "GET" or kind in WRITE_TOO)
        unswept = self.world.was_full and answer.status == 503 and kind == "purge"      # search.db is tried again later
        if answer.status not in fine and not excused and not unswept:
            raise AssertionError(f"{method} {path}: {answer.status} {answer.body[:300]}")
        return answer

    def change(self, kind, thing, value, path, method="POST", body=None, fine=(200, 201)):
        """A change of one thing. True when it was acknowledged."""
        self.ledger.sent(thing, value)
        answer = self.ask(kind, path, method, body, fine=(*fine, 404, 409, 410))
        if answer.status in fine:
            self.ledger.acknowledged(thing, value)
        elif answer.status not in (500, 503):      # then it may have been done
            self.ledger.refused(thing, value)
        kept = answer.status != 410 or not self.world.was_full      # while the disk is full nothing deleted is
        if answer.status in (404, 409, 410) and kept:
            raise AssertionError(f"{method} {path}: {answer.status} {answer.body[:300]}")
        return answer if answer.status in fine else None


class Publisher(Client):
    """New versions; of those before the last 20 some are deleted again."""

    pause = 0.35

    def turn(self, turn):
        name, version = f"{self.name}-{turn % 7}", f"{turn // 7}.{turn % 3}.0"
        files = {"README.md": f"# {name} {version}\n\n{' '.join(self.rng.choices(WORDS, k=60))}\n".encode()}
        if self.rng.random() < 0.05:
            files["noise.bin"] = self.rng.randbytes(300_000)
        archive = chart(name, version, files, description=" ".join(self.rng.choices(WORDS, k=6)),
                        keywords=self.rng.choices(WORDS, k=3))
        thing = ("version", name, version)
        if self.ledger.value(thing) is not None:
            return
        done = self.change("publish", thing, ("live", digest(archive)), "/api/stable/charts", body=archive)
        if done and self.rng.random() < 0.2:
            index = self.ask("index.json", "/stable/index.json").body
            assert f'"charts/{name}-{version}.tgz"'.encode() in index, f"{thing} is acknowledged and not in the index"
        old = ("version", name, f"{(turn - 140) // 7}.{(turn - 140) % 3}.0")
        value = self.ledger.value(old)
        if turn % 2 and isinstance(value, tuple) and value[0] == "live":
            self.change("delete", old, ("deleted", value[1]), f"/api/stable/charts/{name}/{old[2]}", "DELETE")


class Life(Client):
    """Versions that are yanked, deleted, brought back and purged."""

    pause = 0.2
    STEPS = {"live": ("yank", "delete", "delete"), "yanked": ("unyank", "unyank", "delete"),
             "deleted": ("undelete", "again")}
    BECOMES = {"yank": "yanked", "unyank": "live", "delete": "deleted", "undelete": "live", "purge": "purged"}

    def turn(self, turn):
        name, version = self.name, f"1.{self.rng.randrange(30)}.{turn // 2000}"
        thing, value = ("version", name, version), self.ledger.value(("version", name, version))
        archive = chart(name, version, description="comes and goes")
        if value == "?":
            return
        state = value[0] if value else None
        if value is None:
            self.change("publish", thing, ("live", digest(archive)), "/api/stable/charts", body=archive)
        elif state in self.STEPS:
            step = "purge" if self.rng.random() < 0.01 else self.rng.choice(self.STEPS[state])
            self.step(step, thing, value, archive)

    def step(self, step, thing, value, archive):
        _, name, version = thing
        if step == "again":
            self.ledger.again.add((name, version))
            self.change("publish again", thing, ("live", value[1]), "/api/stable/charts", body=archive)
        elif step == "delete":
            (self.ledger.yanked.add if value[0] == "yanked" else self.ledger.yanked.discard)(thing)
            self.change("delete", thing, ("deleted", value[1]), f"/api/stable/charts/{name}/{version}", "DELETE")
        else:
            if step == "purge":
                self.ledger.purge_begins(thing)
            body = json.dumps({"chart": name, "version": version})
            becomes = "yanked" if step == "undelete" and thing in self.ledger.yanked else self.BECOMES[step]
            done = self.change(step, thing, (becomes, value[1]), f"/api/v1/repos/stable/{step}", body=body)
            if step == "purge" and done:
                self.ledger.purge_ends(thing)


class Churn(Client):
    """A repository with a quota and with retention: published until it is full, then tidied up."""

    pause = 0.2
    CHARTS = 6

    def turn(self, turn):
        name, version = f"churn-{turn % self.CHARTS}", f"{turn // self.CHARTS}.0.0"
        archive = chart(name, version, description="for a day")
        self.ledger.churn[name, version] = digest(archive)
        answer = self.ask("publish", "/api/churn/charts", "POST", archive, fine=(201, 507))
        if answer.status == 201:
            self.ledger.newest[name].append(version)
        elif answer.status == 507 and b"quota_exceeded" in answer.body:
            self.ask("retention", "/api/v1/repos/churn/retention", "POST")


class Settler(Client):
    """Settings, tokens, and promotions to a view that shows nothing else."""

    pause = 0.4

    def turn(self, turn):
        text = f"Changed {turn} times."
        body = json.dumps({"description": text})
        self.change("setting", ("setting", "stable"), text, "/api/v1/repos/stable", "PATCH", body)
        self.promote()
        self.token(turn)

    def promote(self):
        name, version, _ = self.rng.choice(self.world.fixed[:200])
        thing = ("promoted", name, version)
        value = self.ledger.value(thing)
        if value != "?":
            verb, becomes = ("unpromote", None) if value else ("promote", True)
            self.change("promote", thing, becomes, f"/api/v1/repos/prod/{verb}",
                        body=json.dumps({"chart": name, "version": version}))

    def token(self, turn):
        thing = ("token", f"t-{turn}")
        made = self.change("token", thing, True, "/api/v1/tokens", body=json.dumps(
            {"name": thing[1], "roles": ["pull:stable"]}))
        if made:
            said = json.loads(made.body)
            self.ledger.tokens[thing[1]] = (said["token"], said["id"])
        old = ("token", f"t-{turn - 5}")
        if old[1] in self.ledger.tokens and self.ledger.value(old):
            self.change("token", old, None, f"/api/v1/tokens/{self.ledger.tokens[old[1]][1]}", "DELETE")


class Federation(Client):
    """Two upstreams that have something new every few seconds, are refreshed, and are pulled from."""

    pause = 1.0

    def turn(self, turn):
        for repo, upstream in self.world.upstreams.items():
            self.new(repo, upstream, turn)
            known = self.ledger.things("upstream")
            answer = self.ask(None, f"/api/v1/upstreams/{repo}/refresh?wait=60", "POST", "{}")
            self.ask("upstream", f"/api/v1/upstreams/{repo}")
            if answer.status == 200 and json.loads(answer.body)["ok"]:
                for thing in [thing for thing in known if thing[1] == repo]:
                    self.noted(thing, upstream)
        self.pull()

    def new(self, repo, upstream, turn):
        name, version = f"{repo}-{turn % 40}", f"2.{turn // 40}.0"
        data = chart(name, version, description="from elsewhere")
        if f"/{name}-{version}.tgz" not in upstream.files:
            upstream.put(name, version, data)
            upstream.index = json.dumps({"apiVersion": "v1", "entries": upstream.entries}).encode()
            self.ledger.sent(("upstream", repo, name, version), digest(data))

    def noted(self, thing, upstream):
        _, repo, name, version = thing
        if self.ledger.value(thing) == "?":
            self.ledger.acknowledged(thing, digest(upstream.files[f"/{name}-{version}.tgz"]))

    def pull(self):
        known = [thing for thing in self.ledger.things("upstream")
                 if thing[1] == "up-proxy" and self.ledger.value(thing) not in (None, "?")]
        for _, repo, name, version in self.rng.sample(known, min(3, len(known))):
            file = f"{name}-{version}.tgz"
            want = digest(self.world.upstreams[repo].files[f"/{file}"])
            self.ledger.sent(("pulled", repo, file), want)
            answer = self.ask("pull, first", f"/{repo}/charts/{file}", fine=self.world.pulled_first())
            if answer.status == 200:
                equal(digest(answer.body), want, file)
                self.ledger.acknowledged(("pulled", repo, file), want)


class Reader(Client):
    """Indexes and archives, as helm asks for them."""

    def turn(self, turn):
        name, version, sha = self.rng.choice(self.world.fixed)
        equal(digest(self.ask("pull", f"/stable/charts/{name}-{version}.tgz").body), sha, name)
        if turn % 4 == 0:
            purges = self.ledger.purges_so_far()
            index = self.ask("index.json", "/stable/index.json")
            said = dict(part.strip().split("=") for part in index.headers["X-Chartlocker"].split(";"))
            self.past(int(said["event"]), index.body, purges)
        elif turn % 4 == 1:
            index = self.ask("index.yaml", "/stable/index.yaml", Accept_Encoding="gzip")
            self.ask("index, not changed", "/stable/index.yaml", Accept_Encoding="gzip", fine=(200, 304),
                     If_None_Match=index.headers["ETag"])
        elif turn % 4 == 2:
            self.ask("index, virtual", "/all/index.json")
            self.ask("pull, virtual", f"/all/charts/{name}-{version}.tgz")


    def past(self, event, body, purges):
        """An index is not older than the event that it names. When it is that event's, it is kept."""
        past = self.ask("index, past", f"/stable/@{event}/index.json").body
        unchanged = purges is not None and purges == self.ledger.purges_so_far()
        if unchanged and GENERATED.search(past)[0] == GENERATED.search(body)[0]:
            equal(digest(past), digest(body), f"index of event {event}")
        self.ledger.keep_index(event, past, purges)


OF_CHART = {
    "page of a chart": "/packages/stable/{c}", "page of a version": "/packages/stable/{c}/{v}",
    "page of versions": "/packages/stable/{c}/versions", "page of values": "/packages/stable/{c}/{v}/values",
    "page of templates": "/packages/stable/{c}/{v}/templates", "page of dependencies":
    "/packages/stable/{c}/{v}/dependencies", "page of changelog": "/packages/stable/{c}/{v}/changelog",
    "page of a comparison": "/packages/stable/{c}/compare/{w}...{v}", "API chart": "/api/v1/charts/stable/{c}",
    "API version": "/api/v1/charts/stable/{c}/{v}", "API dependencies": "/api/v1/charts/stable/{c}/{v}/dependencies",
    "API used by": "/api/v1/charts/stable/{c}/{v}/used-by", "API outdated": "/api/v1/charts/stable/{c}/{v}/outdated",
    "API images": "/api/v1/charts/stable/{c}/{v}/images", "API readiness": "/api/v1/charts/stable/{c}/{v}/readiness",
    "API comparison": "/api/v1/charts/stable/{c}/compare/{w}...{v}",
    "API show": "/api/v1/charts/stable/{c}/{v}/show/all",
    "ChartMuseum": "/api/stable/charts/{c}", "ChartMuseum values": "/api/stable/charts/{c}/{v}/values",
    "Artifact Hub": "/api/v1/packages/helm/stable/{c}", "Monocular": "/api/chartsvc/v1/charts/stable/{c}",
    "feed": "/feed/stable/{c}", "badge": "/badge/stable/{c}",
}
OF_ALL = {
    "page: home": "/", "page: repositories": "/repos", "page: repository": "/repos/stable", "page: admin": "/admin",
    "page: events": "/admin/events", "feed of all": "/feed", "ChartMuseum list": "/api/stable/charts?limit=50",
    "Monocular list": "/api/chartsvc/v1/charts?size=50", "Artifact Hub stats": "/api/v1/stats",
    "sitemap": "/sitemap.xml",
    "API repositories": "/api/v1/repos", "API versions": "/api/v1/repos/stable/versions?limit=200",
    "API repository images": "/api/v1/repos/stable/images",
    "API repository readiness": "/api/v1/repos/stable/readiness",
    "API conflicts": "/api/v1/repos/all/conflicts", "API audit": "/api/v1/audit", "API upstreams": "/api/v1/upstreams",
    "metrics": "/metrics", "health": "/readyz", "helm-exporter": "/api/v1/helm-exporter", "nova": "/api/v1/nova",
    "ChartMuseum, whole list": "/api/stable/charts", "Harbor": "/api/v1/harbor-replication",
}
SELDOM = ("API repository images", "API repository readiness", "ChartMuseum, whole list", "sitemap", "nova", "Harbor",
          "helm-exporter", "API conflicts")


class Pages(Client):
    """People with a browser, and programs that ask about charts."""

    pause = 0.05

    def turn(self, turn):
        name, version, _ = self.rng.choice(self.world.fixed)
        kind, path = self.rng.choice(list(OF_CHART.items()))
        other = self.rng.choice([v for c, v, _ in self.world.fixed if c == name])
        path = path.format(c=name, v=quote(version), w=quote(other))
        self.ask(kind, path, fine=(200, 302, 404) if "values" in kind else (200, 302))
        kind, path = self.rng.choice(list(OF_ALL.items()))
        if kind not in SELDOM or self.rng.random() < 0.1:
            self.ask(kind, path)


class Searcher(Client):
    def turn(self, turn):
        words = quote(self.rng.choice(WORDS))
        for kind, path in (("search", f"/api/v1/search?q={words}"), ("search, page", f"/search?q={words}"),
                           ("suggest", f"/api/v1/suggest?q={words[:4]}"),
                           ("Artifact Hub search", f"/api/v1/packages/search?ts_query_web={words}")):
            self.ask(kind, path)


class Follower(Client):
    """Is told of every event, once and in order."""

    pause, since = 0.2, 0

    def turn(self, turn):
        said = json.loads(self.ask(None, f"/api/v1/events?since={self.since}&wait={WAIT_SECONDS}").body)
        for event in said["events"]:
            equal(event["seq"], self.since + 1, "events")
            self.ledger.events[event["seq"]], self.since = event["leaf"], event["seq"]


class Spoiler(Client):
    """What is no HTTP, no chart, or hangs up."""

    pause = 0.3

    def turn(self, turn):
        with self.world.asking() as server:
            try:
                server.raw(self.rng.choice(GARBAGE), finish=True, timeout=2)
                server.begin_upload(self.world.some_bytes, self.rng.randrange(len(self.world.some_bytes))).close()
            except OSError as error:
                if server.killed:
                    raise Gone from error
        archive = bytearray(chart("spoiled", f"{turn}.0.0"))
        archive[self.rng.randrange(len(archive))] ^= 1 << self.rng.randrange(8)
        self.ask("publish, spoiled", "/api/spoiled/charts", "POST", bytes(archive), fine=(201, 400, 409))
        with contextlib.suppress(Gone):
            self.ask(None, f"/stable/charts/{self.name}-{turn}.tgz", fine=(404,))


ALL = (Publisher, Publisher, Life, Life, Churn, Settler, Federation, Reader, Reader, Reader, Pages, Pages, Searcher,
       Follower, Spoiler)

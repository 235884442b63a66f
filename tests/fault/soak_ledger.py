"""What was acknowledged to the clients of a soak, and whether a server still has it.

A thing (a version, a setting, a token, …) may have one of several values as long as a change of it was
sent and not answered. After a restart it has one of them, or something was lost.
"""
import collections
import hashlib
import json
import random
import sys
import threading
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import verify_log
from harness import digest, equal

STATES = "live,yanked,deleted,purged"
SHOWN = ("live", "yanked")
INDEXES_KEPT, INDEXES_ASKED, CHARTS_ASKED, TOKENS_ASKED = 200, 5, 60, 20
CHURN_KEPT = 3          # newest versions that retention leaves


class Ledger:
    def __init__(self):
        self.lock = threading.Lock()
        self.may = {}                     # thing → the values that it may have now
        self.touched = set()              # things that changed since the last restart
        self.tokens = {}                  # name → (text, id)
        self.indexes, self.purges = {}, 0     # event → digest of index.json; how often the past changed
        self.purging = set()              # what may be purged at any moment: asked for, not answered
        self.churn, self.newest = {}, collections.defaultdict(list)
        self.checkpoints, self.events = [], {}
        self.yanked = set()               # versions that were, when they were deleted: they come back so
        self.again = set()                # versions that were deleted and published again: created anew
        self.count = collections.Counter()

    # ---- what clients note ----

    def sent(self, thing, value):
        with self.lock:
            self.may.setdefault(thing, {None}).add(value)
            self.touched.add(thing)
            self.count["changes sent"] += 1

    def acknowledged(self, thing, value):
        with self.lock:
            self.may[thing] = {value}
            self.touched.add(thing)
            self.count["changes acknowledged"] += 1

    def refused(self, thing, value):
        with self.lock:
            self.may[thing].discard(value)
            self.count["changes refused"] += 1

    def value(self, thing):
        """What it is, and None when it is not there; a thing of which that is not known says "?"."""
        with self.lock:
            known = self.may.get(thing, {None})
            return next(iter(known)) if len(known) == 1 else "?"

    def things(self, kind):
        with self.lock:
            return {thing: set(values) for thing, values in self.may.items() if thing[0] == kind}

    def settle(self, found):
        """After a restart: what was found is what it is. Returns what is not as it may be."""
        with self.lock:
            wrong = []
            for thing in {*self.may, *found}:
                value, may = found.get(thing), self.may.get(thing, {None})
                if value not in may:
                    wrong.append(f"{' '.join(map(str, thing))}: is {value}, may be {sorted(map(str, may))}")
                if thing[0] == "upstream" and value is None:     # it may come with any refresh
                    continue
                if thing[0] != "upstream" and len(may) > 1:
                    self.count["changes nobody answered"] += 1
                self.may[thing] = {value}
            return wrong

    def keep_index(self, event, body, purges):
        """An index that a client got; a purge changes the past, and nothing else does."""
        with self.lock:
            if purges is None or purges != self._purges():
                return
            got = zlib.compress(body, 1)
            same_index(self.indexes.setdefault(event, got), body, f"two indexes of event {event}")
            if len(self.indexes) > INDEXES_KEPT:
                del self.indexes[random.choice(list(self.indexes))]

    def purge_begins(self, thing):
        with self.lock:
            self.purging.add(thing)
            self.indexes.clear()

    def purge_ends(self, *things):
        with self.lock:
            self.purging.difference_update(things)
            self.purges += 1

    def _purges(self):
        return None if self.purging else self.purges

    def purges_so_far(self):
        """The same at two moments: nothing of the past changed between them. None: something may right now."""
        with self.lock:
            return self._purges()


def same_index(kept, body, what):
    """Lines of an index that was kept and is another now."""
    before, now = (set(text.decode().replace(",\n", "\n").split("\n")) for text in (zlib.decompress(kept), body))
    equal((sorted(before - now)[:3], sorted(now - before)[:3]), ([], []), f"{what}: lines of then and of now")
    equal(digest(body), digest(zlib.decompress(kept)), what)


# ---- what a server has ----

def ask(server, path, status=200):
    answer = server.get(path)
    equal(answer.status, status, (path, answer.body[:300]))
    return answer.body


def versions(server, repo):
    """{(chart, version): row}."""
    found, after = {}, ""
    while after is not None:
        said = json.loads(ask(server, f"/api/v1/repos/{repo}/versions?state={STATES}&limit=1000{after}"))
        found.update({(row["chart"], row["version"]): row for row in said["versions"]})
        after = f"&after={said['next']}" if said.get("next") else None
    return found


def indexed(server, repo):
    entries = json.loads(ask(server, f"/{repo}/index.json"))["entries"]
    return {(name, v["version"]): v.get("digest") for name, lines in entries.items() for v in lines}


def found_now(ledger, server):
    """{thing: value} of everything that a server has."""
    stable = versions(server, "stable")
    found = {("version", *key): (row["state"], row["digest"]) for key, row in stable.items()}
    index = indexed(server, "stable")
    live = {key: row["digest"] for key, row in stable.items() if row["state"] == "live"}
    equal(sorted(set(index.items()) ^ set(live.items()))[:5], [], "index.json of stable against its versions")
    for key in indexed(server, "prod"):
        found["promoted", *key] = True
    for repo in ("up-proxy", "up-mirror"):
        shown = indexed(server, repo)
        found.update({("upstream", repo, *key): value for key, value in shown.items()})
        folder = server.data / "repos" / repo / "charts"
        for _, _, file in [thing for thing in ledger.things("pulled") if thing[1] == repo]:
            if (folder / file).exists():
                found["pulled", repo, file] = digest((folder / file).read_bytes())
    described = json.loads(ask(server, "/api/v1/repos/stable"))["settings"]["description"]
    found["setting", "stable"] = described or None
    made = {row["name"] for row in json.loads(ask(server, "/api/v1/tokens"))}
    found.update({("token", name): True for name in made if name.startswith("t-")})
    return found


def check_versions(ledger, server, everything):
    """The bytes of versions, as clients and the disk have them."""
    shown = {thing: value for thing, value in ledger.things("version").items()}
    recent = set(shown) if everything else {thing for thing in ledger.touched if thing[0] == "version"}
    asked = random.sample(sorted(recent & set(shown)), min(CHARTS_ASKED, len(recent & set(shown))))
    for thing in asked:
        (value,), (_, name, version) = shown[thing], thing
        answer = server.get(f"/stable/charts/{name}-{version}.tgz")
        if value is not None and value[0] in SHOWN:
            equal((answer.status, digest(answer.body)), (200, value[1]), thing)
        else:
            equal(answer.status, 404, thing)
    if everything:
        folder = server.data / "repos/stable/charts"
        here = {path.name: digest(path.read_bytes()) for path in folder.iterdir()}
        want = {f"{name}-{version}.tgz": value[1] for (_, name, version), (value,) in shown.items()
                if value is not None and value[0] in SHOWN}
        equal(sorted(set(here.items()) ^ set(want.items()))[:5], [], "files of stable")


def check_churn(ledger, server):
    """Retention takes old versions at any time; the newest stay, and nothing is there that nobody sent."""
    rows = versions(server, "churn")
    for (name, version), row in rows.items():
        equal(row["digest"], ledger.churn.get((name, version)), f"churn {name} {version}")
    for name, acknowledged in ledger.newest.items():
        for version in acknowledged[-CHURN_KEPT:]:
            equal(rows[name, version]["state"], "live", f"churn {name} {version}")


def check_tokens(ledger, server):
    names = [thing for thing in ledger.touched if thing[0] == "token"]
    for thing in random.sample(names, min(TOKENS_ASKED, len(names))):
        text = ledger.tokens.get(thing[1])
        if text:
            status = server.get("/api/v1/whoami", {"Authorization": f"Bearer {text[0]}"}).status
            equal(status, 200 if ledger.value(thing) else 401, thing)


def check_log(ledger, server):
    """The log begins with every log that was signed before, and past indexes are what they were."""
    key = ask(server, "/api/v1/checkpoint/key").decode().strip()
    note = ask(server, "/api/v1/checkpoint")
    _, size, root = verify_log.checkpoint(note, key)
    for first, old in ledger.checkpoints[-1:] + ledger.checkpoints[:1]:
        proof = json.loads(ask(server, f"/api/v1/log/consistency?first={first}&second={size}"))
        verify_log.consistent(proof, old, root)
    ledger.checkpoints.append((size, root))
    for event in random.sample(sorted(ledger.indexes), min(INDEXES_ASKED, len(ledger.indexes))):
        body = ask(server, f"/stable/@{event}/index.json")
        same_index(ledger.indexes[event], body, f"index of event {event}")
    return size


def check(ledger, server, everything=False):
    """All of it; nobody changes anything meanwhile. Returns the number of events."""
    equal([p.name for p in (server.data / "tmp").iterdir()], [], "tmp/")
    wrong = ledger.settle(found_now(ledger, server))
    equal(wrong[:10], [], f"{len(wrong)} things are not as they were acknowledged")
    check_versions(ledger, server, everything)
    check_churn(ledger, server)
    check_tokens(ledger, server)
    size = check_log(ledger, server)
    ledger.touched.clear()
    ledger.purge_ends(*ledger.purging)
    return size


def check_events(ledger, lines):
    """Events that a client was told are the events of the log, at the same places."""
    equal([seq for seq in ledger.events if seq > len(lines)], [], "events that are not in the log")
    for seq, leaf in ledger.events.items():
        equal(hashlib.sha256(b"\0" + lines[seq - 1]).hexdigest(), leaf, f"event {seq}")

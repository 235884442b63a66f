"""Whether two servers show the same of a repository: where bundles are made, and where they arrive.

    equal(differences(outer, inner, "stable", queries=("redis", "")), [])

The public API, the command line and the files on disk are asked; each difference is one line that names the
topic, the thing and both values. What has to differ is not compared: APART.
"""
import hashlib
import json
from pathlib import Path
from urllib.parse import quote

from server import must

STATES = "live,yanked,deleted,purged"
# Names of fields, and why they are each side's own.
APART = {
    "event": "a number of the own log", "deleted_event": "a number of the own log",
    "pulls": "who asked here", "recent_pulls": "the same", "pulls_by_day": "the same", "last_pull": "the same",
    "url": "an address here", "urls": "addresses here",
    "origin": "an upstream's charts are hosted where they arrive", "upstream": "the same",
    "upstream_digest": "what it says now", "drift_since": "the same", "gone_since": "the same",
}
ENDED = ("deleted", "purged")
SHORT = 100


def without_apart(value):
    if isinstance(value, dict):
        return {key: without_apart(below) for key, below in value.items() if key not in APART}
    return [without_apart(below) for below in value] if isinstance(value, list) else value


def ask(server, path):
    answer = server.get(path)
    assert answer.status == 200, f"{path}: {answer.status} {answer.body[:300]}"
    return json.loads(answer.body)


# ---- what one side shows ----

def rows(server, repo):
    """Every version that ever was, by (chart, version). How long a deleted one was, a side that never had
    it cannot know."""
    found, after = {}, ""
    while after is not None:
        said = ask(server, f"/api/v1/repos/{repo}/versions?state={STATES}&limit=1000{after}")
        for row in said["versions"]:
            if row["state"] in ENDED:
                del row["bytes"]
            found[row["chart"], row["version"]] = row
        after = f"&after={quote(str(said['next']))}" if said.get("next") else None
    return found


def events(server, repo=None):
    """The log as bytes of its lines; of one repository as objects."""
    lines = must("log", "--data", server.data, "--json").encode().splitlines()
    return lines if repo is None else [e for e in map(json.loads, lines) if e["repo"] == repo]


def reasons(server, repo):
    """Why versions are deleted: the log alone knows."""
    return {(e["chart"], e["version"]): e["detail"].get("reason", "")
            for e in events(server, repo) if e["kind"] in ("delete", "purge")}


def files(server, repo):
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest()
            for file in Path(server.data, "repos", repo, "charts").iterdir()}


def index(server, repo):
    """Each line with its place among the versions of its chart."""
    return {(name, line["version"]): {"place": place, **line}
            for name, lines in server.index(repo)["entries"].items() for place, line in enumerate(lines)}


def search(server, repo, queries):
    """Of this repository alone; in their order, which is what was asked for."""
    return {query: [hit for hit in ask(server, f"/api/v1/search?q={quote(query)}&limit=60")["results"]
                    if hit["repo"] == repo] for query in queries}


def pages(server, repo, versions):
    """What the pages of charts and of versions tell."""
    of = f"/api/v1/charts/{repo.replace('/', '~')}"
    shown = [key for key, row in versions.items() if row["state"] in ("live", "yanked")]
    found = {f"{name} {version}": ask(server, f"{of}/{name}/{quote(version)}") for name, version in shown}
    live = {name for name, version in shown if versions[name, version]["state"] == "live"}
    return {**found, **{name: ask(server, f"{of}/{name}") for name in sorted(live)}}


def facts(server, repo, queries):
    versions = rows(server, repo)
    deleted = {key for key, row in versions.items() if row["state"] in ENDED}
    why = reasons(server, repo)
    return without_apart({
        "versions": versions, "reasons": {key: why.get(key, "") for key in deleted},
        "files": files(server, repo), "index": index(server, repo),
        "search": search(server, repo, queries), "pages": pages(server, repo, versions)})


# ---- how the two stand to each other ----

def trips(inner, repo):
    return json.loads(must("bundle", "list", "--repo", repo, "--data", inner.data, "--json"))["trips"]


def inventory(inner, repo):
    lines = must("bundle", "inventory", "--repo", repo, "--data", inner.data, "-o", "-").splitlines()
    return dict(line.split(" ", 1) for line in lines if " " in line)


def root(server, until):
    return json.loads(must("log", "--verify", "--json", "--data", server.data, "--until", until))["root"]


def own_history(outer, inner, repo):
    """The last trip is the log there up to its last event of the repository: event, hash and root; and
    every trip stands on one that is here."""
    log, here = events(outer), inventory(inner, repo)
    trip = int(here["trip"])
    last = max(e["seq"] for e in map(json.loads, log) if e["repo"] == repo)
    if trip < last:
        yield f"history: the outer side's last event is {last}, the inner side knows {trip}"
    if not 0 < trip <= len(log):
        yield f"history: trip {trip} is no event of the outer side, which has {len(log)}"
        return
    if hashlib.sha256(b"\0" + log[trip - 1]).hexdigest() != here["leaf"]:
        yield f"history: event {trip} has another hash"
    if root(outer, trip) != here["root"]:
        yield f"history: the log up to event {trip} has another root"
    all_trips = trips(inner, repo)
    known = {0} | {row["trip"] for row in all_trips}
    for row in all_trips:
        if row["parent"] not in known:
            yield f"history: trip {row['trip']} stands on {row['parent']}, which never came"
        if json.loads(log[row["trip"] - 1])["at"] != row["as_of"]:
            yield f"history: trip {row['trip']} is as of {row['as_of']}, which its event is not"
    must("log", "--verify", "--data", inner.data)        # computes every hash again


def unlike(topic, key, ours, theirs):
    """The fields that differ, or the two values."""
    name = f"{topic}: {' '.join(key) if isinstance(key, tuple) else key}"
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for field in sorted({*ours, *theirs}):
            if ours.get(field) != theirs.get(field):
                yield f"{name}: {field}: {str(ours.get(field))[:SHORT]} / {str(theirs.get(field))[:SHORT]}"
    elif ours is None or theirs is None:
        yield f"{name}: only on the {'inner' if ours is None else 'outer'} side"
    elif ours != theirs:
        yield f"{name}: {str(ours)[:SHORT]} / {str(theirs)[:SHORT]}"


def differences(outer, inner, repo, queries=(), came_along=False):
    """Lines; none: both show the same. `came_along`: it has no trips of its own."""
    ours, theirs = facts(outer, repo, queries), facts(inner, repo, queries)
    found = [line for topic in ours for key in sorted({*ours[topic], *theirs[topic]}, key=str)
             for line in unlike(topic, key, ours[topic].get(key), theirs[topic].get(key))]
    return found if came_along else found + list(own_history(outer, inner, repo))

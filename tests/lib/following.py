"""A server that follows others: what is asked of it, and what it then shows."""
import json

from server import make_repo, must
from tap import equal


def follow(server, upstream, name="up", mode="proxy", **settings):
    make_repo(server, name, **{"upstream": upstream.url, "mode": mode, "allow_private": True,
                               "refresh_minutes": 0, **settings})


def refresh(server, name="up", **options):
    """What became of it: (status of the answer, what it says)."""
    query = "wait=600" + ("&dry_run" if options.pop("dry_run", False) else "")
    answer = server.request("POST", f"/api/v1/upstreams/{name}/refresh?{query}", json.dumps(options), timeout=700)
    return answer.status, json.loads(answer.body)


def refreshed(server, name="up", **options):
    code, said = refresh(server, name, **options)
    equal((code, said["ok"]), (200, True), said)
    return said


def status(server, name="up"):
    answer = server.request("GET", f"/api/v1/upstreams/{name}")
    equal(answer.status, 200, answer.body)
    return json.loads(answer.body)


def shown(server, name="up"):
    """{chart: [versions]} of the index."""
    entries = json.loads(server.request("GET", f"/{name}/index.json").body)["entries"]
    return {key: [v["version"] for v in versions] for key, versions in entries.items()}


def events(server, *kinds):
    log = map(json.loads, must("log", "--json", "-d", server.data).splitlines())
    return [(e["kind"], e["chart"], e["version"]) for e in log if e["kind"] in kinds]

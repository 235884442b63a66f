"""What is done to a version after its publish, as tests of its life ask for it."""
import json

from wire import equal
from harness import must

API = "/api/v1/repos/main"


def post(running, action, body=None, status=200, query="", repo="main"):
    """POST of a change of a version; returns the answer's fields."""
    answer = running.request("POST", f"/api/v1/repos/{repo}/{action}{query}",
                             json.dumps(body).encode() if body else None)
    equal(answer.status, status, answer.body)
    return json.loads(answer.body)


def change(running, action, name, version="1.0.0", status=200, query="", **fields):
    return post(running, action, {"chart": name, "version": version, **fields}, status, query)


def listed(running, query="", repo="main"):
    """{chart version: its entry} of the listing."""
    answer = running.get(f"/api/v1/repos/{repo}/versions{query}")
    equal(answer.status, 200, answer.body)
    return {f"{v['chart']} {v['version']}": v for v in json.loads(answer.body)["versions"]}


def publish(running, *charts):
    for archive in charts:
        answer = running.publish(archive)
        equal(answer.status, 201, answer.body)


def delete(running, name, version="1.0.0"):
    answer = running.request("DELETE", f"/api/charts/{name}/{version}")
    equal(answer.status, 200, answer.body)


def events(running):
    return [line.split()[3] for line in must("log", "--data", running.data).splitlines()[1:]]

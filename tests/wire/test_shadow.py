#!/usr/bin/env python3
"""The setting shadow_hosts: the server answers for the hosts of known_as."""
import functools
import json

from wire import Server, equal, make_repo
from people import add_token, bearer
from harness import chart, main, table, test

HOST = {"Host": "grafana.github.io"}
SETTINGS = {
    "graphs": "https://grafana.github.io/helm-charts",
    "deep": "https://grafana.github.io/helm-charts/deep",
    "root": "https://charts.jetstack.io/index.yaml oci://quay.io/other",
    "own": "https://here.example/old",
}


def patch(server, repo, **settings):
    equal(server.request("PATCH", f"/api/v1/repos/{repo}", json.dumps(settings)).status, 200)


def fill(server):
    for repo, known_as in SETTINGS.items():
        make_repo(server, repo, known_as=known_as)
        equal(server.publish(chart(f"of-{repo}"), repo).status, 201)
    equal(server.publish(chart("of-main")).status, 201)
    return server


@functools.cache
def gap():
    return fill(Server(keep=True, args=("--set", "shadow_hosts=true",
                                        "--set", "public_url=https://here.example")).set_up())


def charts(answer):
    equal(answer.status, 200, answer.body)
    return list(json.loads(answer.body)["entries"])


@table(
    ("index", "grafana.github.io", "/helm-charts/index.yaml", "graphs"),
    ("JSON", "grafana.github.io", "/helm-charts/index.json", "graphs"),
    ("port and case", "Grafana.GitHub.io:443", "/helm-charts/index.yaml", "graphs"),
    ("escapes and slashes", "grafana.github.io", "//helm%2Dcharts//index.yaml", "graphs"),
    ("the longest path", "grafana.github.io", "/helm-charts/deep/index.yaml", "deep"),
    ("it moved", "grafana.github.io", "/loki/charts/index.yaml", "graphs"),
    ("no path", "charts.jetstack.io", "/index.yaml", "root"),
    ("own host", "here.example", "/deep/index.yaml", "deep"),
    ("another host", "other.example", "/index.yaml", "main"))
def index(host, path, repo):
    answer = gap().get(path, {"Host": host})
    equal(charts(answer), [f"of-{repo}"])
    followed = host in ("here.example", "other.example")
    equal(answer.headers["X-Chartlocker"] is not None, followed)


@table(
    ("where the index says", "/helm-charts/charts/of-graphs-1.0.0.tgz", 200),
    ("beside the index", "/helm-charts/of-graphs-1.0.0.tgz", 200),
    ("another folder", "/helm-charts/releases/download/of-graphs-1.0.0.tgz", 200),
    ("another's", "/helm-charts/charts/of-deep-1.0.0.tgz", 404),
    ("no provenance", "/helm-charts/charts/of-graphs-1.0.0.tgz.prov", 404))
def archive(path, status):
    answer = gap().get(path, HOST)
    equal(answer.status, status)
    if status == 200:
        equal(answer.body, chart("of-graphs"))


@table(
    ("a repository here", "GET", "/deep/index.yaml", 404),
    ("the default one", "GET", "/index.yaml", 404),
    ("a page", "GET", "/", 404), ("the API", "GET", "/api/v1/repos", 404),
    ("a longer name", "GET", "/helm-charts2/index.yaml", 404),
    ("below the index", "GET", "/helm-charts/x/index.yaml", 404),
    ("a slash after it", "GET", "/helm-charts/index.yaml/", 404),
    ("publishing", "POST", "/api/graphs/charts", 404),
    ("publishing a file", "PUT", "/helm-charts/charts/x-1.0.0.tgz", 405),
    ("deleting", "DELETE", "/helm-charts/charts/of-graphs-1.0.0.tgz", 405))
def nothing_else(method, path, status):
    before = gap().state()
    answer = gap().request(method, path, chart("x") if method[0] == "P" else None, HOST)
    equal(answer.status, status, answer.body)
    equal(answer.headers["Allow"], "GET, HEAD" if status == 405 else None)
    equal(gap().state(), before)


@test
def off_by_default():
    server = fill(Server())
    equal(charts(server.get("/index.yaml", {"Host": "charts.jetstack.io"})), ["of-main"])
    equal(server.get("/helm-charts/index.yaml", HOST).status, 404)


@test
def with_a_base_path():
    """It stands before the server's own addresses alone, even where a repository has that name."""
    server = fill(Server(args=("--set", "shadow_hosts=true", "--set", "base_path=/graphs")))
    equal(charts(server.get("/helm-charts/index.yaml", HOST)), ["of-graphs"])


def words(answer):
    """All that is the same for everybody who asks so."""
    return answer.body.decode().replace(answer.headers["X-Request-Id"], "").replace("nothing", "helm-charts")


@test
def private_stays_private():
    """Who may not read it learns neither that it is there nor its name."""
    server = fill(Server(args=("--set", "shadow_hosts=true")))
    patch(server, "graphs", private=True)
    patch(server, "deep", private=True, known_as=SETTINGS["graphs"])     # he may not read that one
    token = add_token(server.data, "reader", "pull:graphs")
    for method, path in (("GET", "/helm-charts/index.yaml"), ("GET", "/helm-charts/charts/of-graphs-1.0.0.tgz"),
                         ("GET", "/helm-charts/artifacthub-repo.yml"), ("PUT", "/helm-charts/index.yaml")):
        for headers in (HOST, {**HOST, "Accept": "text/html"}):
            there = server.request(method, path, None, headers)
            nowhere = server.request(method, path.replace("helm-charts", "nothing"), None, headers)
            equal(there.status, 404)
            equal(words(there), words(nowhere))
    for path in ("/helm-charts/index.yaml", "/helm-charts/charts/of-graphs-1.0.0.tgz"):
        equal(server.get(path, {**HOST, **bearer(token)}).status, 200)


@test
def follows_settings():
    """At the next request: known otherwise, renamed, deleted, and of two the one that all may see."""
    server = fill(Server(args=("--set", "shadow_hosts=true")))
    index = lambda: server.get("/helm-charts/index.yaml", HOST)
    equal(charts(index()), ["of-graphs"])
    patch(server, "graphs", known_as="https://new.example")
    equal(index().status, 404)
    equal(charts(server.get("/index.yaml", {"Host": "new.example"})), ["of-graphs"])
    patch(server, "own", known_as="https://grafana.github.io/helm-charts/")
    equal(charts(index()), ["of-own"])
    equal(server.request("POST", "/api/v1/repos/own/rename", '{"to":"x"}').status, 200)
    equal(charts(index()), ["of-own"])
    patch(server, "graphs", known_as="https://grafana.github.io/helm-charts", private=False)
    equal(charts(index()), ["of-graphs"])
    patch(server, "graphs", private=True)
    equal(charts(index()), ["of-own"])


main()

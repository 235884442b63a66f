#!/usr/bin/env python3
"""What ChartMuseum's acceptance suite and clients see (chartmuseum.md, sections 1 and 6), as one table of
transcripts: each line is a method, a path, what is sent, and the whole answer. The table runs for
each place a repository can be at, in this program's own mode and in ChartMuseum's, without and with
a login."""
import functools
import json

from cm_push import cm_push
from museum import Museum
from people import PASSWORD, basic, peopled
from wire import equal
from harness import (Server, chart, chart_yaml, digest, form, main, multipart, provenance, table, temporary,
                     test, tgz)

EVIL = "../../../../charts/org2/repo2/evil"

MYCHART = [chart("mychart", version) for version in ("0.0.1", "0.1.0", "0.2.0")]
OTHER = chart("mychart", "0.2.0", description="other bytes")
SNAPSHOT = chart("mychart2", "0.1.0-SNAPSHOT-1")
SERVICE = chart("mychart-service", "0.1.0")
FORMED = chart("formed", "1.0.0")
BAD = tgz([("bad/Chart.yaml", chart_yaml(EVIL, "1.0.0"))])


def prov(archive, name, version):
    return provenance(archive, name, version)


def bad_prov():
    return provenance(BAD, EVIL, "0.1.0").replace(EVIL.encode() + b"-0.1.0.tgz", b"x-0.1.0.tgz")


MISSING = object()      # of a JSON field: it is there, whatever it says
SAVED, DELETED = {"saved": True}, {"deleted": True}
FILE_EXISTS, CHART_EXISTS = {"error": "file already exists"}, {"error": "chart already exists"}
BOTH = {"digest": digest(OTHER), "stored_digest": digest(MYCHART[2])}
NO_PROV = {"error": "invalid provenance file"}
FORM = {"Content-Type": "multipart/form-data; boundary=chartlocker-test"}


def sent(*parts):
    return multipart(list(parts))[0]


# A transcript: its name, and lines of method, path below the repository, body, headers, status, JSON.
# A path that begins with "api" goes below /api/REPO, "" is the repository itself.
UPLOAD = (
    ("POST", "api/charts", MYCHART[0], {}, 201, {**SAVED, "name": "mychart", "version": "0.0.1",
                                                 "digest": digest(MYCHART[0])}),
    ("POST", "api/charts", MYCHART[1], {"Content-Type": "application/x-www-form-urlencoded"}, 201,
     SAVED),
    ("POST", "api/charts", MYCHART[2], {"Content-Type": "application/gzip"}, 201, SAVED),
    ("POST", "api/charts", SNAPSHOT, {}, 201, {**SAVED, "version": "0.1.0-SNAPSHOT-1"}),
    ("POST", "api/charts", SERVICE, {}, 201, SAVED))

TRANSCRIPTS = {
    "an empty repository": (
        ("GET", "index.yaml", None, {}, 200, {"apiVersion": "v1", "entries": {}}),
        ("HEAD", "index.yaml", None, {}, 200, None),
        ("GET", "api/charts", None, {}, 200, "{}"),
        ("GET", "api/charts/mychart", None, {}, 404, {"error": "chart not found"}),
        ("HEAD", "api/charts/mychart", None, {}, 404, None),
        ("GET", "api/charts/mychart/0.1.0", None, {}, 404, {"error": "no chart name found"}),
        ("HEAD", "api/charts/mychart/0.1.0", None, {}, 404, None),
        ("GET", "charts/mychart-0.1.0.tgz", None, {}, 404, {"error": "object not found"}),
        ("GET", "charts/mychart-0.1.0.tgz.prov", None, {}, 404, {"error": "object not found"}),
        ("DELETE", "api/charts/mychart/0.1.0", None, {}, 404, {"error": MISSING})),
    "charts are pushed and read": (
        *UPLOAD,
        ("GET", "charts/mychart-0.2.0.tgz", None, {}, 200, MYCHART[2]),
        ("GET", "api/charts/mychart", None, {}, 200, ["0.2.0", "0.1.0", "0.0.1"]),
        ("GET", "api/charts/mychart/latest", None, {}, 200, {"version": "0.2.0"}),
        ("GET", "api/charts/mychart2/latest", None, {}, 404,
         {"error": "no chart version found for mychart2-"}),
        ("GET", "api/charts/mychart2/0.1.0-SNAPSHOT-1", None, {}, 200, {"digest": digest(SNAPSHOT)}),
        ("HEAD", "api/charts/mychart/0.0.1", None, {}, 200, None),
        ("GET", "api/charts/mychart/9.9.9", None, {}, 404,
         {"error": "no chart version found for mychart-9.9.9"}),
        ("GET", "api/charts/mychart/foo", None, {}, 404, {"error": "improper constraint: foo"}),
        ("GET", "api/charts/mychart/0.2.0/values", None, {}, 200, b"greeting: hello\n")),
    "a version is written once": (
        *UPLOAD[2:3],
        ("POST", "api/charts", MYCHART[2], {}, 201, {**SAVED, "existing": True}),
        ("POST", "api/charts", sent(("chart", "x", MYCHART[2])), FORM, 201, SAVED),
        ("POST", "api/charts", OTHER, {}, 409, {**FILE_EXISTS, **BOTH, "detail": MISSING}),
        ("POST", "api/charts", sent(("chart", "x", OTHER)), FORM, 409, {**CHART_EXISTS, **BOTH}),
        ("PUT", "mychart-0.2.0.tgz", OTHER, {}, 409, {**FILE_EXISTS, **BOTH}),
        ("PUT", "charts/mychart-0.2.0.tgz", OTHER, {}, 409, FILE_EXISTS),
        ("GET", "charts/mychart-0.2.0.tgz", None, {}, 200, MYCHART[2])),
    "provenance files": (
        *UPLOAD[1:2],
        ("POST", "api/prov", prov(MYCHART[1], "mychart", "0.1.0"), {}, 201, SAVED),
        ("POST", "api/prov", prov(MYCHART[1], "mychart", "0.1.0"), {}, 201, SAVED),
        ("GET", "charts/mychart-0.1.0.tgz.prov", None, {}, 200,
         prov(MYCHART[1], "mychart", "0.1.0")),
        ("POST", "api/prov", prov(MYCHART[1], "mychart", "0.1.0").replace(b"AAAA", b"BBBB"), {}, 409,
         FILE_EXISTS),
        ("POST", "api/prov", b"nothing", {}, 400, {**NO_PROV, "detail": MISSING}),
        ("POST", "api/prov", b"", {}, 400, NO_PROV),
        ("POST", "api/charts", sent(("prov", "x", b"nothing")), FORM, 400, NO_PROV),
        ("POST", "api/charts", sent(("chart", "x", MYCHART[0]), ("prov", "x", b"nothing")), FORM, 400,
         NO_PROV),
        ("PUT", "mychart-0.1.0.tgz.prov", b"nothing", {}, 400, NO_PROV),
        ("PUT", "charts/mychart-0.1.0.tgz.prov", b"nothing", {}, 400, NO_PROV),
        ("POST", "api/prov", prov(FORMED, "formed", "1.0.0"), {}, 404, {"error": MISSING}),
        ("POST", "api/charts", sent(("prov", "x", prov(FORMED, "formed", "1.0.0"))), FORM, 404,
         {"error": MISSING}),
        ("PUT", "formed-1.0.0.tgz.prov", prov(FORMED, "formed", "1.0.0"), {}, 404,
         {"error": MISSING})),
    "forms": (
        ("POST", "api/charts", sent(("prov", "p", prov(FORMED, "formed", "1.0.0")),
                                    ("chart", "c", FORMED)), FORM, 201, SAVED),
        ("GET", "charts/formed-1.0.0.tgz.prov", None, {}, 200, prov(FORMED, "formed", "1.0.0")),
        ("POST", "api/charts", sent(("other", "x", FORMED)), FORM, 400,
         {"error": "no package or provenance file found in form fields chart and prov"}),
        ("POST", "api/charts", sent(("chart", None, FORMED)), FORM, 400,
         {"error": "no package or provenance file found in form fields chart and prov"}),
        ("POST", "api/charts", sent(("chart", "x", b"hello")), FORM, 400, {"error": MISSING})),
    "what is no chart": (
        ("POST", "api/charts", b"", {}, 400, {"error": MISSING}),
        ("POST", "api/charts", b"hello", {}, 400, {"error": MISSING}),
        ("POST", "api/charts", BAD, {}, 400, {"error": MISSING}),
        ("POST", "api/prov", bad_prov(), {}, 400, {"error": MISSING}),
        ("GET", "charts/x.bad", None, {}, 404, {"error": MISSING}),
        ("GET", "api/charts/a/b/c/d", None, {}, 404, {"error": "not found"}),
        ("GET", "index.yaml", None, {}, 200, {"entries": {}})),
    "deleting goes by file name": (
        *UPLOAD,
        ("DELETE", "api/charts/mychart/0.0.1", None, {}, 200, DELETED),
        ("DELETE", "api/charts/mychart2-0.1.0-SNAPSHOT/1", None, {}, 200,
         {**DELETED, "name": "mychart2", "version": "0.1.0-SNAPSHOT-1"}),
        ("DELETE", "api/charts/mychart/service-0.1.0", None, {}, 200, {"name": "mychart-service"}),
        ("DELETE", "api/charts/mychart/0.0.1", None, {}, 404, {"error": MISSING}),
        ("DELETE", "api/charts/mychart", None, {}, 405, {"error": MISSING}),
        ("GET", "api/charts/mychart2-0.1.0-SNAPSHOT/1", None, {}, 404, {"error": MISSING}),
        ("GET", "api/charts/mychart", None, {}, 200, ["0.2.0", "0.1.0"]),
        ("GET", "charts/mychart-0.0.1.tgz", None, {}, 404, {"error": "object not found"})),
}

# The two modes differ here alone.
BY_MODE = {
    ("native", "what was deleted"): (
        *UPLOAD[2:3],
        ("DELETE", "api/charts/mychart/0.2.0", None, {}, 200, DELETED),
        ("POST", "api/charts", OTHER, {}, 409, {"code": "version_deleted"}),
        ("POST", "api/charts", MYCHART[2], {}, 201, SAVED)),
    ("museum", "what was deleted"): (
        *UPLOAD[2:3],
        ("DELETE", "api/charts/mychart/0.2.0", None, {}, 200, DELETED),
        ("POST", "api/charts", OTHER, {}, 201, SAVED)),
    ("native", "force"): (
        *UPLOAD[2:3],
        ("POST", "api/charts?force", OTHER, {}, 409, FILE_EXISTS)),
    ("museum", "force"): (
        *UPLOAD[2:3],
        ("POST", "api/charts?force=false", OTHER, {}, 201, SAVED),
        ("GET", "charts/mychart-0.2.0.tgz", None, {}, 200, OTHER),
        ("POST", "api/charts?force", sent(("chart", "x", MYCHART[2])), FORM, 201, SAVED)),
}

LOGIN = {"plain": {}, "login": basic("me", PASSWORD)}


def start(mode, login, keep=False):
    if mode == "museum":
        flags = ["--basic-auth-user=me", f"--basic-auth-pass={PASSWORD}"] if login == "login" else []
        return Museum(temporary(keep) / "storage", *flags, keep=keep)
    return Server(data=peopled({"me": "admin:*"} if login == "login" else {}, keep), keep=keep)


@functools.cache
def server(mode, login):
    return start(mode, login, keep=True)


def place(mode, login, depth, number):
    """A server and an empty repository of it: nothing ever was in it, or ChartMuseum's way is that it is gone."""
    if not depth:
        return (start(mode, login) if mode == "native" else emptied(server(mode, login), LOGIN[login])), ""
    running, repo = server(mode, login), ("", f"org{number}", f"org/team{number}")[depth]
    if mode == "native":                     # ChartMuseum has every tenant
        answer = running.request("POST", "/api/v1/repos", json.dumps({"name": repo}), LOGIN[login])
        equal(answer.status, 201, answer.body)
    return running, repo


def emptied(running, headers):
    for name, versions in json.loads(running.get("/index.json", headers).body)["entries"].items():
        for one in versions:
            equal(running.request("DELETE", f"/api/charts/{name}/{one['version']}", None, headers).status, 200)
    return running


def check(answer, status, expected, line):
    equal(answer.status, status, f"{line}\n{answer.body}")
    if expected is None:
        equal(answer.body, b"")
    elif isinstance(expected, bytes):
        equal(answer.body, expected)
    elif isinstance(expected, str):
        equal(answer.body.decode(), expected)
    elif isinstance(expected, list):
        equal([entry["version"] for entry in json.loads(answer.body)], expected)
    else:
        found = json.loads(answer.body)
        for key, value in expected.items():
            assert key in found, f"{line}: no {key} in {answer.body}"
            equal(found[key], found[key] if value is MISSING else value, f"{line}: {key}")


def play(running, repo, lines, headers):
    for method, path, body, more, status, expected in lines:
        below = f"/{repo}" if repo else ""
        address = f"/api{below}/{path[4:]}" if path.startswith("api/") else f"{below}/{path}"
        answer = running.request(method, address, body, {**more, **headers})
        check(answer, status, expected, f"{method} {address}")


def rows():
    for mode in ("native", "museum"):
        for login in LOGIN:
            for depth in range(3):
                named = [*TRANSCRIPTS.items(),
                         *((name, lines) for (of, name), lines in BY_MODE.items() if of == mode)]
                for number, (name, lines) in enumerate(named):
                    yield (f"{mode}, {login}, depth {depth}: {name}", mode, login, depth, number,
                           lines)


@table(*rows())
def transcript(mode, login, depth, number, lines):
    running, repo = place(mode, login, depth, number)
    play(running, repo, lines, LOGIN[login])


# ---- helm cm-push, byte for byte (chartmuseum.md, section 3.1) ----

PUSHES = (("depth 0", "/api/charts", ""), ("depth 1", "/api/cm/charts", "cm"),
          ("depth 2", "/api/cm/push/charts", "cm/push"))


@table(*((f"{mode}, {login}, {name}", mode, login, path, repo) for mode in ("native", "museum")
         for login in LOGIN for name, path, repo in PUSHES))
def cm_push_as_it_is_on_the_wire(mode, login, path, repo):
    running, headers = server(mode, login), LOGIN[login]
    archive = chart("pushed", files={"noise": bytes(range(256)) * 500})
    for pieces in ((1 << 15,), (7,)):
        answer = cm_push(running, path, archive, login=headers, pieces=pieces)
        equal(answer.status, 201, answer.body)
        equal(json.loads(answer.body)["saved"], True)
    below = f"/{repo}" if repo else ""
    equal(running.get(f"{below}/charts/pushed-1.0.0.tgz", headers).body, archive)
    other = chart("pushed", description="other")
    answer = cm_push(running, path, other, login=headers)
    equal((answer.status, json.loads(answer.body)["error"]), (409, "chart already exists"))
    answer = cm_push(running, path, other, query="?force", login=headers)
    equal(answer.status, 201 if mode == "museum" else 409, answer.body)


@test
def cm_push_below_a_context_path():
    running = Museum(temporary() / "storage", "--context-path=/helm/v1")
    equal(cm_push(running, "/helm/v1/api/charts", chart("mychart", "0.1.0")).status, 201)
    equal(cm_push(running, "/helm/v1/api/org1/repo1/charts", chart("mychart")).status, 201)
    equal(running.get("/helm/v1/org1/repo1/charts/mychart-1.0.0.tgz").body, chart("mychart"))


# ---- the load test: many tiny charts in forms ----

@test
def charts_of_the_load_test():
    """Nothing but name and version, no apiVersion."""
    for number in range(1, 20):
        tiny = tgz([("x/Chart.yaml", b"name: chartmuseum-loadtest\nversion: 0.0.%d\n" % number)])
        body, headers = form(tiny)
        answer = server("museum", "plain").request("POST", "/api/load/charts", body, headers)
        equal(answer.status, 201, answer.body)
    found = json.loads(server("museum", "plain").get("/api/load/charts/chartmuseum-loadtest").body)
    equal((len(found), found[0]["version"], found[0]["apiVersion"]), (19, "0.0.19", "v1"))


@test
def x_request_id():
    for path in ("/index.yaml", "/api/charts", "/nothing", "/health"):
        running = server("museum", "plain")
        equal(running.get(path, {"X-Request-Id": "mine"}).headers["X-Request-Id"], "mine")
        assert running.get(path).headers["X-Request-Id"]


if __name__ == "__main__":
    main()

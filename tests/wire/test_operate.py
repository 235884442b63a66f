#!/usr/bin/env python3
"""Health, metrics and logs."""
import base64
import contextlib
import json
import os
import re
import subprocess

from wire import Server, contains, demo_server, equal, metric
from hostile_server import Hostile
from harness import chart, cleanup, free_port, main, must, need, responses, settled, table, test


@table(*((path, path, wanted) for path, wanted in (
    ("/health", {"healthy": True}), ("/healthz", {"healthy": True}), ("/livez", {"healthy": True}),
    ("/readyz", {"ready": True}))))
def t_ops_05_health(path, wanted):
    answer = demo_server().get(path)
    equal((answer.status, json.loads(answer.body)), (200, wanted))
    equal(answer.headers["Cache-Control"], "no-store")
    equal(answer.headers["Content-Type"], "application/json; charset=utf-8")


@test
def info():
    answer = json.loads(demo_server().get("/info").body)
    equal(answer["name"], "chartlocker")
    contains(must("version"), answer["version"])


@test
def t_ops_05_an_upstream_that_is_down():
    """It is no failure of this server: ready it is, and says nothing of whom it follows."""
    running = Server()
    body = json.dumps({"name": "up", "url": f"http://127.0.0.1:{free_port()}", "allow_private": True})
    equal(running.request("POST", "/api/v1/upstreams", body).status, 201)
    assert settled(lambda: json.loads(running.get("/api/v1/upstreams/up").body)["state"] == "failing")
    for path in "/livez", "/readyz":
        answer = running.get(path)
        equal((answer.status, b"up" in answer.body), (200, False), answer.body)


@test
def t_ops_05_not_ready_while_draining():
    """While uploads finish, whoever asks is told so: not ready, but alive; reading goes on."""
    running = Server()
    archive = chart("slow")
    with running.begin_upload(archive, 10) as upload:
        assert settled(lambda: metric(running, "chartlocker_uploads_running") == 1)
        running.process.terminate()
        assert settled(lambda: "serve.draining" in running.log())
        assert settled(lambda: running.get("/readyz").status == 503)
        answer = running.get("/readyz")
        assert int(answer.headers["Retry-After"]) > 0
        equal(json.loads(answer.body)["code"], "shutting_down")
        equal(running.get("/livez").status, 200)
        equal(running.get("/index.yaml").status, 200)
        upload.sendall(archive[10:])
        assert upload.recv(65536).startswith(b"HTTP/1.1 201")
    equal(running.process.wait(30), 0)


def exposition(running):
    answer = running.get("/metrics")
    equal((answer.status, answer.headers["Content-Type"]),
          (200, "text/plain; version=0.0.4; charset=utf-8"))
    return answer.body.decode()


@test
def metrics_have_help_and_type():
    text = exposition(demo_server())
    helped = re.findall(r"^# HELP (\S+) \S.*\.$", text, re.M)
    typed = dict(re.findall(r"^# TYPE (\S+) (counter|gauge)$", text, re.M))
    used = set(re.findall(r"^([a-z_]+)(?:\{[^}]*\})? -?[0-9.e+]+$", text, re.M))
    equal(len(helped), len(set(helped)))
    equal(set(helped), set(typed))
    assert used <= set(typed), used - set(typed)
    equal(sorted(n for n, kind in typed.items() if (kind == "counter") != n.endswith("_total")), [])
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    equal(len(lines), len({line.rsplit(" ", 1)[0] for line in lines}))


@test
def metrics_please_promtool():
    text = demo_server().get("/metrics").body
    done = subprocess.run([need("promtool"), "check", "metrics"], input=text, capture_output=True,
                          timeout=300, check=False)
    equal((done.returncode, done.stdout, done.stderr), (0, b"", b""))


@test
def metrics_count():
    running = Server()
    archive = chart("x")
    running.publish(archive)
    running.publish(archive)
    running.publish(b"x")
    running.publish(chart("x", description="y"))
    for _ in range(3):
        running.get("/charts/x-1.0.0.tgz")
    running.request("DELETE", "/api/charts/x/1.0.0")
    for name, value in (("published_total", 1), ("published_existing_total", 1),
                        ("deleted_total", 1), ("refused_total", 2), ("cache_hits_total", 2),
                        ("cache_misses_total", 1), ("uploads_running", 0), ("changes_waiting", 0)):
        equal(metric(running, f"chartlocker_{name}"), value, name)
    assert settled(lambda: metric(running, "chartlocker_connections") == 1), "closed ones count"
    text = exposition(running)
    for status in ("2xx", "4xx"):
        contains(text, 'chartlocker_requests_total{route="/api/{repo?}/charts",methods="POST",'
                       f'status="{status}"}} 2\n')
    contains(text, 'chartlocker_chart_versions{repo="main"} 0\n')


@test
def metrics_of_the_catalog():
    running = Server()
    for name in ("x", "y"):
        equal(running.publish(chart(name)).status, 201)
    for _ in range(3):
        equal(running.get("/api/v1/search?q=x").status, 200)
    for _ in range(2):
        equal(running.get("/packages/main/x/1.0.0/values", {"Accept": "text/html"}).status, 200)
    for name, value in (("catalog_event", metric(running, "chartlocker_events_total")), ("catalog_events_waiting", 0),
                        ("catalog_stopped", 0), ("catalog_unread_total", 0), ("searches_total", 3),
                        ("contents_hits_total", 1), ("contents_misses_total", 1), ("contents_charts", 1)):
        equal(metric(running, f"chartlocker_{name}"), value, name)
    assert metric(running, "chartlocker_contents_bytes") > 0
    assert 0 < metric(running, "chartlocker_search_seconds_total") < 3


@test
def t_ops_06_metrics_do_not_grow():
    running = Server()
    exposition(running)
    with contextlib.closing(running.connection()) as link:
        for number in range(1000):
            running.request(("GET", "POST", "PUT", "DELETE")[number % 4], f"/n{number}/index.yaml",
                            None, {"User-Agent": f"agent {number}"}, connection=link)
            if number % 4 == 1:    # its body was refused
                link.close()
    text = exposition(running)
    assert len(text) <= 65536, len(text)
    assert "n1" not in text and "agent" not in text


def access_lines(running):
    """The lines of the access log; what was answered is logged a moment later."""
    return [line for line in running.log().splitlines() if " access " in line]


@test
def request_ids():
    running = Server()
    ours = running.get("/info").headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{32}", ours), ours
    equal(running.get("/info", {"X-Request-Id": "from-a.proxy_1"}).headers["X-Request-Id"],
          "from-a.proxy_1")
    refused = running.get("/nowhere/index.yaml")
    fields = json.loads(refused.body)
    equal(fields["request_id"], refused.headers["X-Request-Id"])
    for identity in (ours, "from-a.proxy_1", fields["request_id"]):
        assert settled(lambda: f" id={identity} " in running.log()), identity
    ids = {running.get("/info").headers["X-Request-Id"] for _ in range(50)}
    equal(len(ids), 50)


@test
def access_log_as_text():
    running = Server()
    running.get("/nowhere/index.yaml", {"User-Agent": "Helm/3.20.2 of \"mine\"\\"})
    assert settled(lambda: "nowhere" in running.log())
    line = [line for line in access_lines(running) if "nowhere" in line][0]
    assert re.fullmatch(
        r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z INFO access id=[0-9a-f]{32} '
        r'peer=127\.0\.0\.1 method=GET path=/nowhere/index\.yaml status=404 bytes=\d+ us=\d+ '
        r'agent="Helm/3\.20\.2 of \\"mine\\"\\\\" code=repository_not_found', line), line


def head(method="GET", target="/index.yaml", version="1.1", headers=("Host: x",)):
    return "\r\n".join([f"{method} {target} HTTP/{version}", *headers, "", ""]).encode()


@table(
    ("fine", head(headers=("Host: x", "Connection: close")), 200, "-"),
    ("two Hosts", head(headers=("Host: x", "Host: x")), 400, "invalid_request"),
    ("other method", head("BREW"), 501, "not_implemented"),
    ("TRACE", head("TRACE"), 405, "method_not_allowed"),
    ("transfer coding", head("POST", "/api/charts", headers=("Host: x", "Transfer-Encoding: gzip")),
     501, "not_implemented"),
    ("long address", head(target="/" + "x" * 10000), 414, "uri_too_long"),
    ("101 headers", head(headers=("Host: x", *[f"X-{n}: x" for n in range(101)])), 431,
     "headers_too_large"),
    ("expectation", head(headers=("Host: x", "Expect: tea")), 417, "expectation_failed"),
    ("no body here", head(headers=("Host: x", "Content-Length: 5")), 413, "too_large"),
    ("a route's own", head(target="/nowhere/index.yaml", headers=("Host: x", "Connection: close")),
     404, "repository_not_found"))
def access_log_tells_why(request, status, code):
    """Also of a head that was refused before any route saw it."""
    running = demo_server()
    matching = lambda: sum(f" status={status} " in line and line.endswith(f" code={code}")
                           for line in access_lines(running) if status != 200 or " path=/index.yaml " in line)
    before = matching()
    equal(responses(running.raw(request))[0].status, status)
    assert settled(lambda: matching() > before), running.log()


HOSTILE = (b"a\x1b[31mb", b'"}{"x":"y', b"a\tb", b"\xff\xfe\x80", b"\\", b"\\u0000",
           "é \u2028 \u202e".encode(), b"</script>", b"a=b level=error", b"%0d%0a", b"x" * 7000,
           b"\xf0\x9f\x98\x80" * 600, b"\x7f\x01")


@test
def t_log_01_t_log_03_every_line_is_json():
    """Whatever is in a path, a header or a chart: one valid line for each event, cut where long."""
    running = Server(args=("--set", "log.format=json"))
    asked = 0
    for text in HOSTILE:
        for request in (b"GET /" + text + b" HTTP/1.1\r\nHost: x\r\n",
                        b"GET /info?" + text + b" HTTP/1.1\r\nHost: x\r\n",
                        b"GET /info HTTP/1.1\r\nHost: x\r\nUser-Agent: " + text + b"\r\n",
                        b"GET /info HTTP/1.1\r\nHost: x\r\nX-Request-Id: " + text + b"\r\n",
                        b"GET /info HTTP/1.1\r\nHost: " + text + b"\r\n",
                        text[:100].replace(b" ", b"") + b" /info HTTP/1.1\r\nHost: x\r\n"):
            running.raw(request + b"Connection: close\r\n\r\n", timeout=3)
            asked += 1
    for text in HOSTILE[:6]:        # a name that signs in, and an upstream that answers so
        login = base64.b64encode(text[:60] + b":x").decode()
        running.get("/info", {"Authorization": f"Basic {login}"})
        far = Hostile({"*": lambda _, text=text: iter([b"HTTP/1.1 500 " + text[:200] + b"\r\n\r\n" + text])})
        body = json.dumps({"name": f"up-{asked}", "url": far.url, "allow_private": True})
        equal(running.request("POST", "/api/v1/upstreams", body).status, 201)
        assert settled(lambda: far.seen and f'"up-{asked}"' in running.log()), running.log()[-2000:]
        asked += 1
    for text in ("\x1b[31m", '"}\n{"level":"error"}', "\u2028"):
        running.publish(chart("x", description=text, annotations={"a": text}))
        running.publish(chart(text))
    equal(running.get("/info", {"User-Agent": "the end"}).status, 200)
    assert settled(lambda: "the end" in running.log())
    lines = [line for line in running.log().split("\n") if line and not LISTENS.match(line)]
    assert len(lines) > asked // 2
    for line in lines:
        event = json.loads(line)
        assert {"time", "level", "msg"} <= set(event), line
        contains(("debug", "info", "warn", "error"), event["level"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", event["time"]), line
        assert not re.search(r"[\x00-\x1f\x7f]", line), line
        assert len(line) <= 8192
        for value in event.values():
            assert not isinstance(value, str) or len(value.encode()) <= 1024, line


LISTENS = re.compile(r"listening on http://|  there are no users")


@test
def log_level_and_access_can_be_turned_off():
    running = Server(args=("--set", "log.access=false", "--set", "log.level=warn"))
    running.get("/info")
    running.stop()
    equal([line for line in running.log().splitlines() if not LISTENS.match(line)], [])


@table(("said by nobody", "info", []), ("said on request", "debug", ["/livez", "/healthz"]))
def health_checks_that_go_well(level, said):
    """Somebody asks every few seconds; what went wrong is said."""
    running = Server(args=("--set", f"log.level={level}"))
    for path in ("/livez", "/healthz", "/livez/x", "/info"):
        running.get(path)
    running.stop()
    paths = [path for path in re.findall(r" access .* path=(\S+)", running.log()) if path != "/readyz"]
    equal(sorted(paths), sorted([*said, "/livez/x", "/info"]))      # each by its own thread


@test
def t_log_02_no_secrets():
    """Credentials of other systems that a client sends along are not written anywhere."""
    running = Server(args=("--set", "log.level=debug"))
    canary = "canary-5b1d"
    for headers in ({"Authorization": f"Bearer {canary}"}, {"Cookie": f"a={canary}"},
                    {"Proxy-Authorization": canary}):
        running.get("/index.yaml", headers)
        running.request("POST", "/api/charts", chart("x"), headers)
    running.stop()
    for path in [*running.data.rglob("*")]:
        assert not path.is_file() or canary.encode() not in path.read_bytes(), path
    assert canary not in running.log()


@test
def t_disk_05_log_that_nobody_reads():
    """A full pipe on standard error: requests are answered all the same, lines are dropped."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    cleanup(os.close, read_end)
    cleanup(os.close, write_end)
    running = Server(stderr=write_end)
    link = running.connection(30)
    for _ in range(600):
        equal(running.get("/info", {"User-Agent": "x" * 200}, connection=link).status, 200)
    text = running.get("/metrics", connection=link).body.decode()
    dropped = int(re.search(r"^chartlocker_log_lines_dropped_total (\d+)$", text, re.M)[1])
    assert dropped > 0, "no line was dropped"
    running.process.terminate()
    equal(running.process.wait(30), 0)


if __name__ == "__main__":
    main()

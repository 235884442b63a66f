#!/usr/bin/env python3
"""Running it: health, metrics, logs, settings, signals, who may write, and one data directory."""
import contextlib
import functools
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import time

from wire import (SANITIZED, Server, catalog, check_refusal, contains, digest, equal, metric, no_trace,
                  provenance, settled, shared, versions)
from harness import (PROGRAM, chart, chart_of_size, clean_environment, command, main, must, need,
                     responses, table, temporary, test)

EXIT_FAILED, EXIT_MISUSED = 1, 2


@functools.cache
def server():
    running = Server(keep=True)
    equal(running.publish(chart("demo")).status, 201)
    return running


# ---- health ----

@table(*((path, path, wanted) for path, wanted in (
    ("/health", {"healthy": True}), ("/healthz", {"healthy": True}), ("/livez", {"healthy": True}),
    ("/readyz", {"ready": True}))))
def t_ops_05_health(path, wanted):
    answer = server().get(path)
    equal((answer.status, json.loads(answer.body)), (200, wanted))
    equal(answer.headers["Cache-Control"], "no-store")
    equal(answer.headers["Content-Type"], "application/json; charset=utf-8")


@test
def info():
    answer = json.loads(server().get("/info").body)
    equal(answer["name"], "chartlocker")
    contains(must("version"), answer["version"])


@test
def t_ops_05_not_ready_while_draining():
    """/readyz says so on a connection that was there before; /livez stays 200."""
    running = Server()
    archive = chart("slow")
    with running.connect() as upload:
        upload.sendall(f"POST /api/charts HTTP/1.1\r\nHost: {running.host}:{running.port}\r\n"
                       f"Content-Length: {len(archive)}\r\n\r\n".encode() + archive[:10])
        links = [running.connect() for _ in range(2)]
        for link in links:    # a request that is begun keeps its connection for a moment
            link.sendall(b"GET ")
        assert settled(lambda: metric(running, "chartlocker_uploads_running") == 1)
        running.process.terminate()
        assert settled(lambda: "serve.draining" in running.log())
        for link, path, status in zip(links, (b"/readyz", b"/livez"), (503, 200)):
            link.sendall(path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            received = link.recv(65536)
            equal(responses(received)[0].status, status)
            equal(responses(received)[0].headers["Connection"], "close")
            link.close()
        upload.sendall(archive[10:])
        assert upload.recv(65536).startswith(b"HTTP/1.1 201")
    equal(running.process.wait(30), 0)


# ---- metrics ----

def exposition(running):
    answer = running.get("/metrics")
    equal((answer.status, answer.headers["Content-Type"]),
          (200, "text/plain; version=0.0.4; charset=utf-8"))
    return answer.body.decode()


@test
def metrics_have_help_and_type():
    text = exposition(server())
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
    done = subprocess.run([need("promtool"), "check", "metrics"], input=server().get("/metrics").body,
                          capture_output=True, timeout=60, check=False)
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
    for name, value in (("published_total", 1), ("published_existing_total", 1), ("deleted_total", 1),
                        ("refused_total", 2), ("cache_hits_total", 2), ("cache_misses_total", 1),
                        ("uploads_running", 0), ("changes_waiting", 0)):
        equal(metric(running, f"chartlocker_{name}"), value, name)
    assert settled(lambda: metric(running, "chartlocker_connections") == 1), "closed ones count"
    text = exposition(running)
    contains(text, 'chartlocker_requests_total{route="/api/{repo?}/charts",methods="4",status="2xx"} 2\n')
    contains(text, 'chartlocker_requests_total{route="/api/{repo?}/charts",methods="4",status="4xx"} 2\n')
    contains(text, 'chartlocker_chart_versions{repo="main"} 0\n')


@test
def t_ops_06_metrics_do_not_grow():
    running = Server()
    exposition(running)
    with contextlib.closing(running.connection()) as link:
        for number in range(3000):
            running.request(("GET", "POST", "PUT", "DELETE")[number % 4], f"/n{number}/index.yaml",
                            None, {"User-Agent": f"agent {number}"}, connection=link)
            if number % 4 == 1:    # its body was refused
                link.close()
    text = exposition(running)
    assert len(text) <= 65536, len(text)
    assert "n1" not in text and "agent" not in text


# ---- logs ----

def access_lines(running):
    """The lines of the access log; what was answered is logged a moment later."""
    return [line for line in running.log().splitlines() if " access " in line or '"msg":"access"' in line]


@test
def request_ids():
    running = Server()
    ours = running.get("/livez").headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{32}", ours), ours
    equal(running.get("/livez", {"X-Request-Id": "from-a.proxy_1"}).headers["X-Request-Id"],
          "from-a.proxy_1")
    refused = running.get("/nowhere/index.yaml")
    fields = json.loads(refused.body)
    equal(fields["request_id"], refused.headers["X-Request-Id"])
    for identity in (ours, "from-a.proxy_1", fields["request_id"]):
        assert settled(lambda: f" id={identity} " in running.log()), identity
    ids = {running.get("/livez").headers["X-Request-Id"] for _ in range(50)}
    equal(len(ids), 50)


@test
def access_log_as_text():
    running = Server()
    running.get("/nowhere/index.yaml", {"User-Agent": "Helm/3.20.2 of \"mine\"\\"})
    assert settled(lambda: "nowhere" in running.log())
    line = [line for line in access_lines(running) if "nowhere" in line][0]
    assert re.fullmatch(
        r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z INFO access id=[0-9a-f]{32} peer=127\.0\.0\.1 method=GET '
        r'path=/nowhere/index\.yaml status=404 bytes=\d+ us=\d+ agent="Helm/3\.20\.2 of \\"mine\\"\\\\" '
        r'code=repository_not_found', line), line


HOSTILE = (b"a\x1b[31mb", b'"}{"x":"y', b"a\tb", b"\xff\xfe\x80", "é \u2028 \u202e".encode(), b"\\", b"\\u0000",
           b"</script>", b"a=b level=error", b"%0d%0a", b"x" * 7000, b"\xf0\x9f\x98\x80" * 600, b"\x7f\x01")


@test
def t_log_01_t_log_03_every_line_is_json():
    """Whatever is in a path, a header or a chart: one valid line for each event, cut where long."""
    running = Server(args=("--set", "log.format=json"))
    asked = 0
    for text in HOSTILE:
        for request in (b"GET /" + text + b" HTTP/1.1\r\nHost: x\r\n",
                        b"GET /livez?" + text + b" HTTP/1.1\r\nHost: x\r\n",
                        b"GET /livez HTTP/1.1\r\nHost: x\r\nUser-Agent: " + text + b"\r\n",
                        b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Request-Id: " + text + b"\r\n",
                        b"GET /livez HTTP/1.1\r\nHost: " + text + b"\r\n",
                        text[:100].replace(b" ", b"") + b" /livez HTTP/1.1\r\nHost: x\r\n"):
            running.raw(request + b"Connection: close\r\n\r\n", timeout=3)
            asked += 1
    for text in ("\x1b[31m", '"}\n{"level":"error"}', "\u2028"):
        running.publish(chart("x", description=text, annotations={"a": text}))
        running.publish(chart(text))
    equal(running.get("/livez", {"User-Agent": "the end"}).status, 200)
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
    running.get("/livez")
    running.stop()
    equal([line for line in running.log().splitlines() if not LISTENS.match(line)], [])


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
    data = temporary() / "data"
    process = subprocess.Popen([PROGRAM, "serve", "--data", data, "--listen", "127.0.0.1:0"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=write_end,
                               env=clean_environment())
    try:
        port = int(re.search(rb":(\d+)", process.stdout.readline())[1])
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for number in range(2000):
            link.request("GET", "/livez", headers={"User-Agent": "x" * 200})
            equal(link.getresponse().read(), b'{"healthy":true}')
        link.request("GET", "/metrics")
        text = link.getresponse().read().decode()
        dropped = int(re.search(r"^chartlocker_log_lines_dropped_total (\d+)$", text, re.M)[1])
        assert dropped > 0, "no line was dropped"
        process.terminate()
        equal(process.wait(30), 0)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        os.close(read_end)
        os.close(write_end)


# ---- settings ----

def settings_file(text):
    path = temporary() / "settings.yaml"
    path.write_text(text)
    return path


@test
def flag_over_environment_over_file_over_default():
    file = settings_file("upload:\n  max_bytes: 3m\n  max_parallel: 33\ncreate_on_push: false\n")
    env = {"CHARTLOCKER_UPLOAD_MAX_BYTES": "2m", "CHARTLOCKER_UPLOAD_MAX_PARALLEL": "22"}
    running = Server(args=("--config", file, "--set", "upload.max_bytes=1m"), env=env)
    too_large = running.request("POST", "/api/charts", chart_of_size(2 << 20))
    contains(check_refusal(running, too_large, 413)["error"], str(1 << 20))
    check_refusal(running, running.publish(chart("x"), "new"), 404, "repository_not_found")
    running.stop()
    with_environment = Server(args=("--config", file), env=env)
    too_large = with_environment.request("POST", "/api/charts", chart_of_size(3 << 20))
    contains(check_refusal(with_environment, too_large, 413)["error"], str(2 << 20))


@test
def config_print_says_where_from():
    file = settings_file("upload:\n  max_bytes: 3m\n  max_parallel: 33\n")
    text = must("config", "print", "--config", file,
                env={"CHARTLOCKER_UPLOAD_MAX_PARALLEL": "22", "CHARTLOCKER_LOG_LEVEL": "debug"})
    rows = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    for name, value, origin in (("upload.max_bytes", "3145728", f"{file}:2"),
                                ("upload.max_parallel", "22", "CHARTLOCKER_UPLOAD_MAX_PARALLEL"),
                                ("log.level", "debug", "CHARTLOCKER_LOG_LEVEL"),
                                ("listen", "127.0.0.1:8879", "default")):
        contains(rows[name], value)
        contains(rows[name], origin)


@test
def values_from_files():
    secret = temporary() / "value"
    secret.write_text("1m\n")
    running = Server(env={"CHARTLOCKER_UPLOAD_MAX_BYTES_FILE": str(secret)})
    too_large = running.request("POST", "/api/charts", chart_of_size(2 << 20))
    contains(check_refusal(running, too_large, 413)["error"], str(1 << 20))


@table(
    ("unknown", "uplod:\n  max_bytes: 1m\n", ["{file}:1:", '"uplod"']),
    ("nearly right", "upload:\n  max_byte: 1m\n",
     ["{file}:2:", '"upload.max_byte"', 'did you mean "upload.max_bytes"?']),
    ("wrong type", "\n\nupload:\n  max_bytes: many\n", ["{file}:4: upload.max_bytes:", '"many"']),
    ("wrong unit", "shutdown:\n  grace: 30x\n", ["{file}:2: shutdown.grace:"]),
    ("out of range", "upload:\n  max_bytes: 1\n", ["{file}:2: upload.max_bytes:", "1024"]),
    ("too large for a number", "workers: 99999999999999999999999\n", ["{file}:1: workers:"]),
    ("no choice", "index_format: xml\n", ["{file}:1: index_format:", "json yaml"]),
    ("no boolean", "overwrite: maybe\n", ["{file}:1: overwrite:"]),
    ("list for one value", "index_format: [json]\n", ["{file}:1: index_format:"]),
    ("map for one value", "index_format: {a: b}\n", ["{file}:1:"]),
    ("twice", "workers: 1\nworkers: 2\n", ["{file}:2"]),
    ("no map", "- a\n", ["{file}:1:"]),
    ("no YAML", "a: [\n", ["{file}"]),
    ("all of them at once", "a: 1\nworkers: x\nb: 2\n", ["{file}:1:", "{file}:2:", "{file}:3:"]))
def t_ops_01_settings_file(text, wanted):
    file, data = settings_file(text), temporary() / "data"
    for arguments in (("serve", "--data", data), ("config", "check")):
        done = command(*arguments, "--config", file, timeout=30)
        equal(done.returncode, EXIT_MISUSED, done.stderr)
        for part in wanted:
            contains(done.stderr, part.format(file=file))
        equal(data.exists(), False)


@table(
    ("unknown", {"CHARTLOCKER_UPLOD_MAX_BYTES": "1"}, "CHARTLOCKER_UPLOD_MAX_BYTES"),
    ("wrong", {"CHARTLOCKER_UPLOAD_MAX_BYTES": "x"}, "CHARTLOCKER_UPLOAD_MAX_BYTES"),
    ("file that is not there", {"CHARTLOCKER_UPLOAD_MAX_BYTES_FILE": "/nowhere/at/all"},
     "CHARTLOCKER_UPLOAD_MAX_BYTES_FILE"))
def t_ops_01_environment(env, text):
    data = temporary() / "data"
    done = command("serve", "--data", data, env=env, timeout=30)
    equal(done.returncode, EXIT_MISUSED, done.stderr)
    contains(done.stderr, text)
    equal(data.exists(), False)


@table(
    ("file that is not there", ["--config", "/nowhere/settings.yaml"], "/nowhere/settings.yaml"),
    ("unknown setting", ["--set", "uplod=1"], "uplod"),
    ("no value", ["--set", "workers"], "NAME=VALUE"),
    ("wrong value", ["--set", "workers=x"], "workers"),
    ("address without a port", ["--listen", "127.0.0.1"], "127.0.0.1"),
    ("no address", ["--listen", "nowhere.invalid:80"], "nowhere.invalid"),
    ("port too large", ["--listen", "127.0.0.1:99999"], "99999"),
    ("reserved repository", ["--set", "default_repository=api"], "api"),
    ("unknown flag", ["--nothing"], "nothing"),
    ("more arguments", ["more"], "more"))
def t_ops_01_flags(arguments, text):
    data = temporary() / "data"
    done = command("serve", "--data", data, *arguments, timeout=30)
    assert done.returncode in (EXIT_FAILED, EXIT_MISUSED), done
    contains(done.stderr, text)


@test
def t_ops_01_port_in_use():
    data = temporary() / "data"
    done = command("serve", "--data", data, "--listen", f"127.0.0.1:{server().port}", timeout=30)
    equal(done.returncode, EXIT_FAILED)
    contains(done.stderr, f"127.0.0.1:{server().port}")


@test
def t_crash_07_sighup_reloads():
    file = settings_file("upload:\n  max_bytes: 1m\nlog:\n  format: text\nindex_format: json\n")
    running = Server(args=("--config", file, "--set", "upload.max_parallel=7"))
    large = chart_of_size(2 << 20)
    equal(running.publish(large).status, 413)

    def reload(text, wanted):
        seen = running.log().count(wanted)
        file.write_text(text)
        running.process.send_signal(signal.SIGHUP)
        assert settled(lambda: running.log().count(wanted) > seen), running.log()[-2000:]

    reload("upload:\n  max_bytes: 3m\n  max_parallel: 1\nlog:\n  format: json\nindex_format: yaml\n",
           '"msg":"config.reloaded"')
    contains(running.log(), '"needs_restart":"index_format')
    equal(running.publish(large).status, 201)
    equal(running.get("/index.yaml").body[:1], b"{")
    # What is wrong is said, and the old settings stay.
    reload("upload:\n  max_bytes: wrong\n", '"msg":"config.not_reloaded"')
    contains(running.log(), f"{file}:2: upload.max_bytes:")
    equal(running.publish(chart_of_size(2 << 20, "again")).status, 201)
    file.unlink()
    running.process.send_signal(signal.SIGHUP)
    assert settled(lambda: running.log().count('"msg":"config.not_reloaded"') == 2)
    equal(running.publish(chart_of_size(2 << 20, "third")).status, 201)


@test
def t_crash_07_second_signal_ends_at_once():
    running = Server()
    with running.connect() as upload:
        upload.sendall(f"POST /api/charts HTTP/1.1\r\nHost: {running.host}:{running.port}\r\n"
                       "Content-Length: 1000\r\n\r\nx".encode())
        assert settled(lambda: metric(running, "chartlocker_uploads_running") == 1)
        running.process.terminate()
        assert settled(lambda: "serve.draining" in running.log())
        began = time.monotonic()
        running.process.terminate()
        running.stop(expect=EXIT_FAILED)
        assert time.monotonic() - began < 10
    must("fsck", "--data", running.data)


@test
def t_crash_07_grace_ends():
    """An upload that does not come to an end does not hold the program longer than its grace."""
    running = Server(args=("--set", "shutdown.grace=1s"))
    with running.connect() as upload:
        upload.sendall(f"POST /api/charts HTTP/1.1\r\nHost: {running.host}:{running.port}\r\n"
                       "Content-Length: 1000\r\n\r\nx".encode())
        assert settled(lambda: metric(running, "chartlocker_uploads_running") == 1)
        began = time.monotonic()
        running.stop()
        assert 0.5 < time.monotonic() - began < 15
    equal(list((running.data / "tmp").iterdir()), [])


# ---- who may write ----

WRITES = (("POST", "/api/charts"), ("POST", "/api/prov"), ("PUT", "/demo-1.0.0.tgz"),
          ("PUT", "/team/charts/demo-1.0.0.tgz"), ("DELETE", "/api/charts/demo/1.0.0"))


@table(
    ("host of another site", {"Host": "evil.example"}),
    ("host that resolves to us, other port", {"Host": "localhost:1"}),
    ("host without the port", {"Host": "127.0.0.1"}),
    ("other address of this machine", {"Host": "127.0.0.2:{port}"}),
    ("origin of another site", {"Origin": "http://evil.example"}),
    ("origin with our name in front", {"Origin": "http://127.0.0.1:{port}.evil.example"}),
    ("origin null", {"Origin": "null"}),
    ("origin of another port", {"Origin": "http://127.0.0.1:1"}),
    ("origin over https", {"Origin": "https://127.0.0.1:{port}"}),
    ("T-HTTP-36 Forwarded", {"Forwarded": "for=127.0.0.1"}),
    ("T-HTTP-36 empty Forwarded", {"Forwarded": ""}),
    ("T-HTTP-36 X-Forwarded-For", {"X-Forwarded-For": "127.0.0.1"}),
    ("T-HTTP-36 X-Forwarded-Proto", {"X-Forwarded-Proto": "http"}),
    ("T-HTTP-36 any other of them", {"x-forwarded-anything": "1"}),
    ("T-HTTP-36 long", {"X-Forwarded-For": ", ".join(["10.0.0.1"] * 500)}))
def t_imm_06_writes_by_a_detour(headers):
    headers = {k: v.replace("{port}", str(server().port)) for k, v in headers.items()}
    for method, path in WRITES:
        with no_trace(server()):
            answer = server().request(method, path, chart("demo", description="x"), headers)
            check_refusal(server(), answer, 403, "writes_refused")
    equal(server().get("/index.yaml", headers).status, 200)    # reading is for everyone


@table(
    ("localhost", {"Host": "localhost:{port}"}), ("upper case", {"Host": "LOCALHOST:{port}"}),
    ("IPv6 name of it", {"Host": "[::1]:{port}"}),
    ("our origin", {"Origin": "http://127.0.0.1:{port}"}),
    ("our origin by name", {"Origin": "http://localhost:{port}"}))
def writes_that_name_us(headers):
    headers = {k: v.replace("{port}", str(server().port)) for k, v in headers.items()}
    answer = server().request("POST", "/api/charts?dry_run", chart("demo"), headers)
    equal(answer.status, 200, answer.body)


@test
def t_imm_06_no_writes_on_other_addresses():
    """Refused and said at start-up; the loopback address of the same server takes them."""
    running = Server(args=("--listen", "0.0.0.0:0"))
    found = re.search(r"listening on http://0\.0\.0\.0:(\d+)\n  (.*)\n", running.log())
    contains(found[2], "refused")
    contains(running.log(), "anyone on this machine may publish")
    port = int(found[1])
    equal(running.publish(chart("demo")).status, 201)
    for method, path in WRITES:
        for host in (f"127.0.0.1:{port}", f"0.0.0.0:{port}", f"localhost:{port}"):
            with no_trace(running):
                link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                answer = running.request(method, path, chart("demo", description="x"), {"Host": host},
                                         connection=link)
                check_refusal(running, answer, 403, "writes_refused", "there are no users")
                equal(answer.headers["Connection"], "close")
                link.close()
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    equal(running.get("/index.yaml", connection=link).body, running.get("/index.yaml").body)
    link.close()


@test
def control_routes_are_not_on_the_network():
    for path in ("/control/fsck", "/control/rebuild"):
        for method in ("POST", "GET"):
            with no_trace(server()):
                check_refusal(server(), server().request(method, path), 404, "not_found")


# ---- the control socket, and commands beside a server ----

class ControlLink(http.client.HTTPConnection):
    """HTTP through DATA/control.sock."""

    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.path))


def control(running, method, path, body=None, headers=None):
    link = ControlLink(running.data / "control.sock")
    try:
        return running.request(method, path, body, headers, connection=link)
    finally:
        link.close()


@test
def control_socket_is_the_administrators():
    running = Server(args=("--set", "log.format=json"))
    path = running.data / "control.sock"
    found = path.stat()
    equal((stat.S_ISSOCK(found.st_mode), stat.S_IMODE(found.st_mode)), (True, 0o600))
    evil = {"Host": "evil.example", "Origin": "http://evil.example", "X-Forwarded-For": "1"}
    answer = control(running, "POST", "/api/charts?created=2001-02-03T04:05:06Z", chart("x"), evil)
    equal(answer.status, 201, answer.body)
    equal(running.index()["entries"]["x"][0]["created"], "2001-02-03T04:05:06Z")
    equal(control(running, "POST", "/api/charts?created=yesterday", chart("y")).status, 400)
    report = json.loads(control(running, "POST", "/control/fsck").body)
    equal((report["problem_count"], report["versions"]), (0, 1))
    assert settled(lambda: '"peer":"unix"' in running.log())
    running.stop()
    equal(path.exists(), False)


def import_folder():
    folder = temporary()
    for number in range(5):
        (folder / f"c-1.{number}.0.tgz").write_bytes(chart("c", f"1.{number}.0"))
    archive = chart("signed")
    (folder / "signed-1.0.0.tgz").write_bytes(archive)
    (folder / "signed-1.0.0.tgz.prov").write_bytes(provenance(archive, "signed"))
    for number, path in enumerate(sorted(folder.iterdir())):
        os.utime(path, (1_600_000_000 + number, 1_600_000_000 + number))
    return folder


def without_generated(running):
    data = running.index()
    data.pop("generated")
    return data


@test
def t_idx_06_commands_beside_a_server():
    """import, fsck and rebuild through a running server give what they give without one."""
    folder = import_folder()
    running = Server()
    beside = must("import", "--data", running.data, folder)
    assert versions(running, "c")[0] == "1.4.0"
    equal(running.get("/charts/signed-1.0.0.tgz.prov").status, 200)
    data = temporary() / "data"
    alone = must("import", "--data", data, folder)
    other = Server(data)
    equal(without_generated(running), without_generated(other))
    other.stop()
    index = running.get("/index.yaml").body
    for arguments in (("fsck",), ("fsck", "--repair"), ("rebuild",)):
        texts = [strip_numbers(must(*arguments, "--data", where)) for where in (running.data, data)]
        equal(texts[0], texts[1])
        equal(running.get("/index.yaml").body, index)
    equal(strip_numbers(beside), strip_numbers(alone))
    again = must("import", "--data", running.data, folder)
    equal(running.get("/index.yaml").body, index, again)


def strip_numbers(text):
    """Without times, rates and hashes."""
    return re.sub(r"[0-9a-f]{64}|[0-9.]+ ?(s|ms|B/s|[KMG]i?B/s|/s)\b", "N", text)


@test
def import_beside_a_server_refuses_by_name():
    folder = import_folder()
    (folder / "bad-1.0.0.tgz").write_bytes(b"no chart")
    (folder / "c-1.0.0.tgz").write_bytes(chart("c", "1.0.0", description="other"))
    for where in (Server().data, temporary() / "data"):
        must("import", "--data", where, "--repo", "team/a", import_folder())
        done = command("import", "--data", where, "--repo", "team/a", folder)
        equal(done.returncode, EXIT_FAILED)
        lines = [line for line in (done.stdout + done.stderr).splitlines() if str(folder) in line]
        equal(len(lines), 2, done.stdout + done.stderr)
        contains(lines[0] + lines[1], "bad-1.0.0.tgz")
        contains(lines[0] + lines[1], "c-1.0.0.tgz")


@test
def fsck_beside_a_server_finds_damage():
    running = Server()
    equal(running.publish(chart("x")).status, 201)
    path = running.data / "repos/main/charts/x-1.0.0.tgz"
    path.chmod(0o640)
    path.write_bytes(b"spoiled")
    done = command("fsck", "--data", running.data)
    equal(done.returncode, EXIT_FAILED)
    contains(done.stdout + done.stderr, "x-1.0.0.tgz")
    done = command("fsck", "--data", running.data, "--repair")
    equal(len(list((running.data / "quarantine").iterdir())), 1, done.stdout + done.stderr)
    equal(running.index()["entries"], {})
    equal(running.publish(chart("x")).status, 201)
    must("fsck", "--data", running.data)


# ---- the data directory ----

@test
def t_idx_06_second_server():
    with no_trace(server()):
        done = command("serve", "--data", server().data, "--listen", "127.0.0.1:0", timeout=30)
        equal(done.returncode, EXIT_FAILED)
        contains(done.stderr, f"process {server().pid} uses the data directory")
        equal((server().data / "control.sock").exists(), True)


@test
def t_fs_03_newer_data_directory():
    running = Server()
    equal(running.publish(chart("x")).status, 201)
    running.stop()
    with contextlib.closing(sqlite3.connect(running.data / "catalog.db")) as db:
        db.execute("PRAGMA user_version = 1000")
    before = (running.data / "catalog.db").read_bytes()
    for arguments in (("serve", "--listen", "127.0.0.1:0"), ("import", running.data), ("fsck",), ("rebuild",)):
        done = command(arguments[0], "--data", running.data, *arguments[1:], timeout=30)
        equal(done.returncode, EXIT_FAILED, arguments)
        contains(done.stderr, "1000")
        contains(done.stderr, "newer")
    equal((running.data / "catalog.db").read_bytes() == before, True)


@table(
    ("T-SQL-06 of another program", lambda d: d.write_bytes(foreign_database())),
    ("T-SQL-06 empty, beside charts", lambda d: d.write_bytes(b"")),
    ("T-SQL-06 missing, beside charts", lambda d: d.unlink()),
    ("T-SQL-06 no database", lambda d: d.write_bytes(b"x" * 8192)))
def catalog_that_is_not_ours(spoil):
    running = Server()
    equal(running.publish(chart("x")).status, 201)
    running.stop()
    for extra in ("-wal", "-shm"):
        (running.data / f"catalog.db{extra}").unlink(missing_ok=True)
    spoil(running.data / "catalog.db")
    done = command("serve", "--data", running.data, "--listen", "127.0.0.1:0", timeout=30)
    equal(done.returncode, EXIT_FAILED, done.stderr)
    contains(done.stderr, "catalog.db")
    equal((running.data / "repos/main/charts/x-1.0.0.tgz").read_bytes(), chart("x"))


def foreign_database():
    path = temporary() / "foreign.db"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA application_id = 77")
        db.execute("CREATE TABLE t (a)")
        db.commit()
    return path.read_bytes()


STATFS = """
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
int fstatfs(int fd, struct statfs *b)
{
	long r = syscall(SYS_fstatfs, fd, b);
	b->f_type = 0x6969;
	return (int)r;
}
int other(int fd, struct statfs *b) __asm__("fstatfs64");
int other(int fd, struct statfs *b) { return fstatfs(fd, b); }
"""


@test
def network_filesystem_is_refused_unless_allowed():
    """The kernel's answer is replaced by NFS's."""
    folder = temporary()
    (folder / "nfs.c").write_text(STATFS)
    subprocess.run([need("gcc"), "-shared", "-fPIC", "-o", folder / "nfs.so", folder / "nfs.c"], check=True)
    env = {"LD_PRELOAD": str(folder / "nfs.so"),
           "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
    data = folder / "data"
    done = command("serve", "--data", data, "--listen", "127.0.0.1:0", env=env, timeout=30)
    equal(done.returncode, EXIT_FAILED, done.stderr)
    contains(done.stderr, "network filesystem (NFS)")
    contains(done.stderr, "--allow-network-filesystem")
    running = Server(data, args=("--allow-network-filesystem",), env=env)
    equal(running.publish(chart("x")).status, 201)
    equal([p.name for p in data.glob("catalog.db-[ws]*")], [])    # no WAL, no shared memory
    running.kill()
    again = Server(data, args=("--allow-network-filesystem",), env=env)
    equal(versions(again, "x"), ["1.0.0"])


@test
def data_directory_is_made():
    data = temporary() / "a" / "b"
    running = Server(data)
    equal(stat.S_IMODE(data.stat().st_mode), 0o710)
    equal(stat.S_IMODE((data / "repos").stat().st_mode), 0o750)
    equal(stat.S_IMODE((data / "catalog.db").stat().st_mode), 0o600)
    equal(running.publish(chart("x")).status, 201)
    equal(stat.S_IMODE((data / "repos/main/charts/x-1.0.0.tgz").stat().st_mode), 0o440)
    equal(running.index("main")["entries"]["x"][0]["version"], "1.0.0")


@test
def t_ops_04_odd_surroundings():
    """Descriptors 0 to 2 closed, umask 0, a working directory that is gone, a hostile environment."""
    folder = temporary()
    gone = folder / "gone"
    gone.mkdir()
    port_file, data = folder / "out", folder / "data"
    env = clean_environment({"http_proxy": "http://127.0.0.1:1", "SSLKEYLOGFILE": str(folder / "keys"),
                             "TZ": ":/etc/passwd", "LC_ALL": "xx_YY", "HOME": "/nowhere"})
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def prepare():
        os.umask(0)
        os.rmdir(gone)
        for fd in (0, 1, 2):
            os.close(fd)

    process = subprocess.Popen([PROGRAM, "serve", "--data", data, "--listen", f"127.0.0.1:{port}"],
                               cwd=gone, env=env, preexec_fn=prepare)
    try:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        assert settled(lambda: answers(link)), process.poll()
        link.request("POST", "/api/charts", chart("x"), {"Host": f"127.0.0.1:{port}"})
        answer = link.getresponse()
        equal((answer.status, answer.read()[:14]), (201, b'{"saved":true,'))
        equal(stat.S_IMODE((data / "catalog.db").stat().st_mode), 0o600)
        equal(stat.S_IMODE((data / "control.sock").stat().st_mode), 0o600)
        equal(stat.S_IMODE(data.stat().st_mode), 0o710)
        for fd in (0, 1, 2):
            equal(os.readlink(f"/proc/{process.pid}/fd/{fd}"), "/dev/null")
        process.terminate()
        equal(process.wait(30), 0)
    finally:
        process.kill()
        process.wait()
    equal((folder / "keys").exists() or port_file.exists(), False)


def answers(link):
    try:
        link.request("GET", "/readyz")
        return link.getresponse().read() and True
    except OSError:
        link.close()
        return False


@test
def t_http_34_t_ops_03_few_descriptors():
    """More connections than descriptors: it goes on, does not spin, and serves again afterwards."""
    running = Server(wrap=(need("prlimit"), "--nofile=64"))
    links = []
    for _ in range(200):
        link = socket.socket()
        link.settimeout(0.2)
        with contextlib.suppress(OSError):
            link.connect((running.host, running.port))
        links.append(link)
    before = cpu_seconds(running.pid)
    time.sleep(1.5)
    spent = cpu_seconds(running.pid) - before
    for link in links:
        link.close()
    assert spent < 0.75, f"{spent:.2f} s of processor time in 1.5 s of waiting"
    assert settled(lambda: alive(running)), "it does not come back"
    equal(running.publish(chart("x")).status, 201)
    assert len(running.log()) < 100_000


def alive(running):
    try:
        return running.get("/readyz", timeout=5).status == 200
    except (OSError, http.client.HTTPException, AssertionError):
        return False


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@test
def t_http_34_limit_of_connections():
    """Whoever is idle makes room, and a busy client is served."""
    running = Server(args=("--set", "http.connections_max=32"))
    links = [running.connect() for _ in range(28)]
    equal(running.publish(chart("x")).status, 201)
    more = [running.connect() for _ in range(30)]
    assert settled(lambda: alive(running)), "idle connections keep everybody out"
    for link in links + more:
        link.close()
    equal(running.get("/index.yaml").status, 200)


@test
def t_http_17_slow_heads():
    """One byte every now and then: cut at the deadline for a head; others are not disturbed."""
    running = Server()
    began = time.monotonic()
    links = [running.connect(timeout=30) for _ in range(50)]
    for link in links:
        link.sendall(b"GET / HTTP/1.1\r\n")
    open_links, slowest = links, 0.0
    while open_links and time.monotonic() - began < 25:
        for link in open_links:
            with contextlib.suppress(OSError):
                link.sendall(b"X")
        asked = time.monotonic()
        equal(running.get("/livez").status, 200)
        slowest = max(slowest, time.monotonic() - asked)
        time.sleep(0.5)
        open_links = [link for link in open_links if not closed(link)]
    equal(len(open_links), 0)
    assert 5 < time.monotonic() - began < 20, time.monotonic() - began
    assert slowest < 5, slowest


def closed(link):
    link.setblocking(False)
    try:
        return link.recv(1000) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        with contextlib.suppress(OSError):
            link.setblocking(True)


@test
def t_http_19_slow_readers():
    """200 clients that ask for a large chart and read nothing: memory stays flat, others are served."""
    running = Server()
    archive = chart_of_size(8 << 20)
    equal(running.publish(archive).status, 201)
    equal(running.get("/charts/big-1.0.0.tgz").body == archive, True)
    before = running.resident_kib()
    links = [running.connect() for _ in range(200)]
    for link in links:
        link.sendall(b"GET /charts/big-1.0.0.tgz HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(0.5)
    equal(running.get("/charts/big-1.0.0.tgz").body == archive, True)
    grown = running.resident_kib() - before
    for link in links:
        link.close()
    assert SANITIZED or grown < 100_000, f"{grown} KiB for 200 slow readers"


if __name__ == "__main__":
    main()

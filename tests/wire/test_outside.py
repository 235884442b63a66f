#!/usr/bin/env python3
"""How the program looks from outside: base path, proxies, other sites' pages, security headers,
read-only mode, and clients that take their time."""
import contextlib
import re
import signal
import socket
import ssl
import time

from wire import SANITIZED, Server, check_refusal, contains, equal, metric, no_trace, shared
from certificates import authority
from harness import chart, main, settled, table, temporary, test
from uploads import noise

# ---- base path ----

def below():
    return shared("--set", "base_path=/charts")


@table(
    ("health", "/charts/health", 200), ("page", "/charts/", 200),
    ("index", "/charts/index.yaml", 200), ("metrics", "/charts/metrics", 200),
    ("without it", "/health", 200), ("index without it", "/index.yaml", 200),
    ("twice", "/charts/charts/health", 404), ("longer name", "/chartsx/health", 404),
    ("encoded", "/%63harts/health", 404), ("nothing there", "/charts/no/such/thing", 404))
def base_path(path, status):
    equal(below().get(path).status, status)


@test
def base_path_publishes_and_serves():
    archive = chart("based")
    equal(below().request("POST", "/charts/api/charts", archive).status, 201)
    equal(below().get("/charts/charts/based-1.0.0.tgz").body, archive)
    equal(below().request("DELETE", "/charts/api/charts/based/1.0.0").status, 200)
    contains(below().log(), f"listening on {below().url}/charts\n")


@table(("root", "/", "/charts/"), ("without slash", "/charts", "/charts/"),
       ("T-HTTP-20 other host", "//evil.example", None), ("below", "/charts/", None))
def base_path_leads_there(path, location):
    for method in ("GET", "HEAD"):
        answer = below().request(method, path)
        equal(answer.headers["Location"], location)
        equal(answer.status == 308, location is not None)
    equal(below().request("POST", path).headers["Location"], None)


# ---- names ----

@test
def t_http_12_public_url():
    """What the program calls itself; never what a client's Host header says."""
    url = "https://charts.example.com/helm"
    running = Server(args=("--set", f"public_url={url}", "--set", "trusted_proxies=127.0.0.1")).set_up()
    contains(running.log(), f"known as {url}\n")
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    page = running.get("/", evil).body.decode()
    contains(page, url)
    assert "evil" not in page
    equal(running.publish(chart("demo")).status, 201)
    for address in ("/index.yaml", "/index.json", "/info"):
        assert b"evil" not in running.get(address, evil).body, address


@table(
    ("direct", {}, "http://127.0.0.1:{port}"),
    ("as the client calls it", {"Host": "h.example:81"}, "http://h.example:81"),
    ("proxied", {"X-Forwarded-Host": "h.example", "X-Forwarded-Proto": "https"},
     "https://h.example"))
def t_http_36_page_behind_a_trusted_proxy(headers, address):
    running = shared("--set", "trusted_proxies=127.0.0.1")
    contains(running.get("/", headers).body.decode(), address.replace("{port}", str(running.port)))


@test
def t_http_12_a_proxy_that_nobody_trusts():
    page = shared().get("/", {"X-Forwarded-Host": "evil.example"}).body.decode()
    contains(page, f"http://127.0.0.1:{shared().port}")
    assert "evil" not in page


@test
def t_http_36_remote_address_in_the_log():
    trusting, alone = shared("--set", "trusted_proxies=127.0.0.1"), shared()
    for running, wanted in ((trusting, "192.0.2.77"), (alone, "127.0.0.1")):
        running.get("/info", {"X-Forwarded-For": "9.9.9.9, 192.0.2.77", "X-Request-Id": "who-1"})
        assert settled(lambda: "id=who-1" in running.log())
        [line] = re.findall(r".*id=who-1 .*", running.log())
        contains(line, f"peer={wanted} ")


# ---- pages of other origins ----

ORIGIN = "https://portal.example.com"


def cors(origins):
    return shared("--set", f"cors.origins={origins}")


def allowed(answer):
    return answer.headers["Access-Control-Allow-Origin"]


@table(
    ("in the list", ORIGIN, "/index.yaml", ORIGIN),
    ("second in the list", "http://localhost:3000", "/index.yaml", "http://localhost:3000"),
    ("not in the list", "https://evil.example", "/index.yaml", None),
    ("longer", ORIGIN + ".evil.example", "/index.yaml", None),
    ("null", "null", "/index.yaml", None), ("none", None, "/index.yaml", None),
    ("an error as well", ORIGIN, "/charts/absent-1.0.0.tgz", ORIGIN))
def cors_of_listed_origins(origin, path, wanted):
    running = cors(f"{ORIGIN},http://localhost:3000")
    answer = running.get(path, {"Origin": origin} if origin else {})
    equal(allowed(answer), wanted)
    contains(", ".join(answer.headers.get_all("Vary")), "Origin")


@test
def cors_of_anybody():
    answer = cors("*").get("/index.yaml", {"Origin": "https://any.example"})
    equal(allowed(answer), "*")
    for name in "ETag", "Link":
        contains(answer.headers["Access-Control-Expose-Headers"], name)
    equal(answer.headers["Access-Control-Allow-Credentials"], None)


@test
def cors_is_off_unless_set():
    answer = shared().get("/index.yaml", {"Origin": ORIGIN})
    equal([name for name in answer.headers if name.startswith("Access-Control")], [])
    equal(preflight(shared(), ORIGIN, "GET").status, 405)


def preflight(running, origin, method, path="/index.yaml"):
    return running.request("OPTIONS", path, None, {
        "Origin": origin, "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization"})


@table(
    ("reading", ORIGIN, "GET", 204), ("HEAD", ORIGIN, "HEAD", 204),
    ("publishing", ORIGIN, "POST", 405), ("deleting", ORIGIN, "DELETE", 405),
    ("another origin", "https://evil.example", "GET", 405))
def cors_preflight(origin, method, status):
    answer = preflight(cors(f"{ORIGIN},http://localhost:3000"), origin, method)
    equal(answer.status, status)
    equal(allowed(answer), ORIGIN if status == 204 else None)
    if status == 204:
        equal(answer.headers["Access-Control-Allow-Methods"], "GET, HEAD")
        contains(answer.headers["Access-Control-Allow-Headers"], "Authorization")


@test
def cors_never_opens_writing():
    with no_trace(cors("*")):
        answer = cors("*").publish(chart("x"), headers={"Origin": "https://any.example"})
        equal((answer.status, allowed(answer)), (403, None))


# ---- security headers ----

@table(("page", "/", True), ("page's error", "/metrics", True), ("index", "/index.yaml", False),
       ("error", "/nothing/here/at/all", False), ("health", "/health", False))
def t_web_06_security_headers(path, is_text):
    answer = shared().get(path)
    equal(answer.headers["X-Content-Type-Options"], "nosniff")
    equal(answer.headers["Strict-Transport-Security"], None)
    if is_text:
        contains(answer.headers["Content-Security-Policy"], "default-src 'none'")
        contains(answer.headers["Content-Security-Policy"], "frame-ancestors 'none'")
        equal(answer.headers["X-Frame-Options"], "DENY")
        equal(answer.headers["Referrer-Policy"], "no-referrer")
    for name in ("X-Content-Type-Options", "Content-Security-Policy", "X-Frame-Options"):
        assert len(answer.headers.get_all(name) or []) <= 1, name


@test
def security_headers_insist_on_tls():
    """Only where TLS is spoken: to the client, or to the proxy that says so."""
    folder = temporary()
    certificate, key = authority(folder, "server")
    running = Server(args=("--set", f"tls.cert={certificate}", "--set", f"tls.key={key}",
                           "--set", "tls.hsts=24h"),
                     tls=ssl.create_default_context(cafile=str(certificate)))
    equal(running.get("/index.yaml").headers["Strict-Transport-Security"], "max-age=86400")
    running = Server(args=("--set", "tls.hsts=1h", "--set", "trusted_proxies=127.0.0.1"))
    equal(running.get("/").headers["Strict-Transport-Security"], None)
    proxied = running.get("/", {"X-Forwarded-Proto": "https"})
    equal(proxied.headers["Strict-Transport-Security"], "max-age=3600")


# ---- read-only mode ----

@test
def read_only_mode_comes_and_goes():
    settings = temporary() / "c.yaml"
    settings.write_text("read_only: false\n")
    running = Server(args=("--config", settings))
    archive = chart("demo")
    equal(running.publish(archive).status, 201)
    for mode, status in (("true", 503), ("false", 201)):
        settings.write_text(f"read_only: {mode}\n")
        before = running.log().count("config.reloaded")
        running.process.send_signal(signal.SIGHUP)
        assert settled(lambda: running.log().count("config.reloaded") > before)
        equal(running.publish(chart("other")).status, status)
        equal(running.get("/charts/demo-1.0.0.tgz").body, archive)
        equal(running.get("/readyz").status, 200)
    running.stop()


@table(("publish", "POST", "/api/charts"), ("put", "PUT", "/demo-2.0.0.tgz"),
       ("prov", "POST", "/api/prov"), ("delete", "DELETE", "/api/charts/demo/1.0.0"))
def read_only_mode_refuses(method, path):
    running = shared("--set", "read_only=true")
    with no_trace(running):
        answer = running.request(method, path, chart("demo", "2.0.0"))
        check_refusal(running, answer, 503, "read_only", "setting read_only")
        assert answer.headers["Retry-After"]


# ---- clients that take their time ----

SOON = 60               # seconds, on a busy machine; who waited for one of them would wait for minutes


def slow_reader(running, path):
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    link.connect((running.host, running.port))
    link.sendall(f"GET {path} HTTP/1.1\r\nHost: {running.host}:{running.port}\r\n\r\n".encode())
    return link


@test
def t_http_19_slow_clients_cost_no_thread():
    """200 slow readers of a large chart and 100 slow senders, with two threads: others read and
    publish as if they were alone, and memory stays flat."""
    running = Server(args=("--set", "http.threads=2", "--set", "upload.max_parallel=200"))
    big = noise(15_000_000)
    equal(running.publish(big).status, 201)
    before = running.resident_kib()
    with contextlib.ExitStack() as held:
        for _ in range(200):
            held.enter_context(slow_reader(running, "/charts/big-1.0.0.tgz"))
        for number in range(100):
            held.enter_context(running.begin_upload(chart(f"slow-{number}"), 20))
        slowest = 0
        for number in range(20):
            begun = time.monotonic()
            equal(running.publish(chart(f"quick-{number}")).status, 201)
            equal(running.get("/index.yaml").status, 200)
            slowest = max(slowest, time.monotonic() - begun)
        assert slowest < SOON, slowest
        equal(metric(running, "chartlocker_connections") >= 300, True)
        grown = running.resident_kib() - before
        assert SANITIZED or grown < 80_000, grown    # no copy of a chart each
    assert settled(lambda: metric(running, "chartlocker_connections") < 10)
    equal(running.get("/charts/big-1.0.0.tgz").body, big)


if __name__ == "__main__":
    main()

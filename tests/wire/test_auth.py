#!/usr/bin/env python3
"""Signing in. Rows T-AUTH-11 to T-AUTH-14 speak of OIDC, which there is not; T-AUTH-05 and -07 are
test_permissions.py, T-AUTH-15 is auth_grant_test, T-AUTH-16 belongs to provenance."""
import base64
import concurrent.futures
import http.client
import json
import re
import stat
import statistics
import threading
import time
from pathlib import Path

from wire import Server, contains, equal, make_repo
from people import (DAY_NS, PASSWORD, add_token, add_user, basic, bearer, company, create_token, peopled,
                    rows, token, used, until_slowed)
from harness import LONG, chart, main, settled, table, test

CHALLENGE = 'Basic realm="chartlocker"'
PRIVATE_INDEX = "/vault/index.yaml"


def ask(headers, path=PRIVATE_INDEX, method="GET", body=None):
    return company()[0].request(method, path, body, headers)


def raw_basic(data):
    return {"Authorization": "Basic " + base64.b64encode(data).decode()}


# ---- tokens of one's own ----

def own_tokens(server, method="GET", headers=None, number=None, **body):
    path = "/api/v1/account/tokens" + (f"/{number}" if number else "")
    answer = server.request(method, path, json.dumps(body) if body else None,
                            {"Content-Type": "application/json", **headers})
    return answer.status, json.loads(answer.body)


@test
def a_lesser_token_knows_itself_alone():
    data = peopled({"alice": "admin:*", "bob": "pull:*\npush:team-*"})
    texts = {name: add_token(data, name, roles, user="bob") for name, roles in (
        ("whole", "push:team-*\npull:*"), ("other", "pull:*"), ("chart", "push:team-a:demo"))}
    nobodys = add_token(data, "nobodys", "pull:*")
    with rows(data) as db:
        ids = dict(db.execute("SELECT name, id FROM token"))
    running = Server(data=data)
    ci, whole = bearer(texts["chart"]), bearer(texts["whole"])
    for answer in (own_tokens(running, "GET", ci),
                   own_tokens(running, "POST", ci, name="copy", roles=["push:team-a:demo"]),
                   own_tokens(running, "DELETE", ci, ids["other"]),
                   own_tokens(running, "DELETE", ci, 4711)):
        equal((answer[0], answer[1]["code"]), (403, "not_allowed"))
        contains(answer[1]["detail"], "allows less than its user")
    equal(own_tokens(running, "DELETE", ci, ids["chart"]), (200, {"revoked": True}))
    equal(running.get("/api/v1/whoami", ci).status, 401)
    equal(own_tokens(running, "GET", bearer(nobodys))[0], 403)
    equal([x["name"] for x in own_tokens(running, "GET", whole)[1]], ["other", "whole"])
    status, made = own_tokens(running, "POST", whole, name="made", roles=["pull:x"])
    equal((status, made["user"], made["roles"]), (201, "bob", ["pull:x"]))
    equal(own_tokens(running, "DELETE", whole, ids["other"])[0], 200)
    equal(own_tokens(running, "DELETE", basic("bob", PASSWORD), ids["whole"])[0], 200)


@test
def a_user_has_a_hundred_tokens():
    """Expired ones make room; nobody's tokens and declared ones do not count."""
    data = peopled({"alice": "admin:*", "bob": "pull:*"})
    add_token(data, "declared", "pull:*", user="bob")
    with rows(data) as db:
        db.execute("UPDATE token SET declared = 1 WHERE name = 'declared'")
        for number in range(99):
            db.execute("INSERT INTO token (name, digest, account_id, roles, created_ns, expires_ns)"
                       " SELECT ?, ?, id, 'pull:*', 0, 0 FROM account WHERE name = 'bob'",
                       (f"n{number}", number.to_bytes(32, "big")))
    running = Server(data=data)
    bob, body = basic("bob", PASSWORD), {"roles": ["pull:x"]}
    equal(own_tokens(running, "POST", bob, name="hundredth", **body)[0], 201)
    status, refusal = own_tokens(running, "POST", bob, name="more", **body)
    equal((status, refusal["code"]), (409, "too_many_tokens"))
    contains(refusal["detail"], '"bob" has 100 tokens')
    own = {"Content-Type": "application/json", **basic("alice", PASSWORD)}
    for user, expected in (("bob", 409), ("alice", 201), (None, 201)):
        fields = {"name": f"of-{user}", **body, **({"user": user} if user else {})}
        equal(running.request("POST", "/api/v1/tokens", json.dumps(fields), own).status, expected)
    running.stop()
    with rows(data) as db:
        db.execute("UPDATE token SET expires_ns = 1 WHERE name = 'n5' OR name = 'n6'")
    running = Server(data=data)
    equal([own_tokens(running, "POST", bob, name=name, **body)[0] for name in ("a", "b", "c")],
          [201, 201, 409])
    names = {x["name"] for x in own_tokens(running, "GET", bob)[1]}
    assert {"a", "b", "n7"} <= names and not {"n5", "n6"} & names, names


# ---- many ----

@test
def thousands_of_people_and_tokens():
    """More than a request's own memory holds: nobody can make so many that nobody is managed."""
    data = peopled({"root": "admin:*"})
    with rows(data) as db:
        db.execute("BEGIN")
        for number in range(6000):
            db.execute("INSERT INTO account (name, password, roles, created_ns)"
                       " VALUES (?, '', 'pull:team', 0)", (f"user-{number}",))
            db.execute("INSERT INTO token (name, digest, roles, created_ns, expires_ns)"
                       " VALUES (?, ?, 'pull:team', 0, 0)",
                       (f"token-{number}", number.to_bytes(32, "big")))
        db.execute("COMMIT")
    again, root = Server(data=data), basic("root", PASSWORD)
    for path, count in ("users", 6001), ("tokens", 6000):
        answer = again.get(f"/api/v1/{path}", root)
        equal((answer.status, len(json.loads(answer.body))), (200, count))
    equal(json.loads(again.get("/api/v1/whoami", root).body)["name"], "root")
    equal(again.get("/api/v1/account/tokens", root).body, b"[]\n")
    equal(again.request("PATCH", "/api/v1/users/user-1", '{"disabled":true}', root).status, 200)


# ---- the first start ----

def setup_token(running):
    return re.search(r"use the token (clk_\w+)", running.log())


@test
def t_auth_01_setup_token():
    """Only where others reach the server; 0600; until there is an administrator."""
    equal(setup_token(Server()), None)
    running = Server(args=("--listen", "0.0.0.0:0"))
    text, path = setup_token(running)[1], running.data / "setup-token"
    equal((path.read_text().strip(), stat.S_IMODE(path.stat().st_mode)), (text, 0o600))
    body, plain = '{"name":"x","private":true}', {"Content-Type": "application/json"}
    far = {"X-Forwarded-For": "192.0.2.1"}     # so that being on this machine does not help
    equal(running.request("POST", "/api/v1/repos", body, {**plain, **far}).status, 403)
    equal(running.request("POST", "/api/v1/repos", body, {**plain, **far, **bearer(token())}).status,
          401)
    equal(running.request("POST", "/api/v1/repos", body, {**plain, **far, **bearer(text)}).status,
          201)
    running.stop()
    add_user(running.data, "bob", "pull:*")    # no administrator yet: another token
    again = Server(data=running.data, args=("--listen", "0.0.0.0:0"))
    other = setup_token(again)[1]
    assert other != text
    equal(again.get("/x/index.yaml", bearer(text)).status, 401)
    equal(again.get("/x/index.yaml", bearer(other)).status, 200)
    equal(again.get("/x/index.yaml").status, 404)
    again.stop()
    add_user(running.data, "root", "admin:*")
    last = Server(data=running.data, args=("--listen", "0.0.0.0:0"))
    equal((setup_token(last), path.exists()), (None, False))
    equal(last.get("/x/index.yaml", bearer(other)).status, 401)
    assert "there are no users" not in last.log()


@table(("that is trusted", "trusted_proxies=192.0.2.1"), ("by the name it gives", "public_url=https://charts.example.org"))
def t_auth_01_behind_a_proxy(setting):
    """Everybody comes from this machine there, so that being on it does not help."""
    running = Server(args=("--set", setting))
    assert "anyone on this machine" not in running.log()
    answer = running.publish(chart("demo"))
    equal((answer.status, json.loads(answer.body)["code"]), (403, "writes_refused"))
    contains(answer.body.decode(), "make one with chartlocker user add")
    equal(running.publish(chart("demo"), headers=bearer(setup_token(running)[1])).status, 201)


# ---- credentials ----

@table(
    ("not base64", {"Authorization": "Basic !!!"}, 400),
    ("no colon", raw_basic(b"alice"), 400),
    ("NUL in the user", raw_basic(b"al\0ice:x"), 400),
    ("no credentials", {"Authorization": "Basic"}, 400),
    ("empty", {"Authorization": ""}, 400),
    ("neither user nor password", raw_basic(b":"), 401),
    ("no password", raw_basic(b"alice:"), 401),
    ("no user", raw_basic(b":" + PASSWORD.encode()), 401),
    ("NUL in the password", raw_basic(b"alice:" + PASSWORD.encode() + b"\0"), 400),
    ("colon in the password", raw_basic(b"alice:x:" + PASSWORD.encode()), 401),
    ("UTF-8", raw_basic("ålice:pässword".encode()), 401),
    ("not UTF-8", raw_basic(b"\xff\xfe:\xff"), 401),
    ("other case of the user", raw_basic(b"Alice:" + PASSWORD.encode()), 401),
    ("long password", raw_basic(b"alice:" + b"x" * 4000), 401),
    ("longer than a header", raw_basic(b"alice:" + b"x" * 20000), 431))
def t_auth_02_basic(headers, status):
    paths = (PRIVATE_INDEX, "/no/such/address", "/health", "/stable/index.yaml")
    for path in paths[:2] if status == 401 else paths:    # 401 takes a hash
        answer = ask(headers, path)
        equal(answer.status, status, answer.body)
        equal(answer.headers["WWW-Authenticate"], CHALLENGE if status == 401 else None)


@test
def t_auth_02_right_password():
    answer = ask(basic("alice", PASSWORD))
    equal((answer.status, answer.headers["Cache-Control"]), (200, "private, no-cache"))
    assert "Authorization" in ", ".join(answer.headers.get_all("Vary")), answer.headers
    answer = ask(basic("alice", PASSWORD), "/vault/charts/demo-1.0.0.tgz")
    equal(answer.status, 200)
    contains(answer.headers["Cache-Control"], "private")


@test
def t_auth_03_bearer():
    good = company()[1]["pull"]["Authorization"].split()[1]
    for text, status in ((good, 200), (good[:-1], 401), (good[:-1] + "_", 401), (token(), 401),
                         (good.upper(), 401), ("", 400), (good + " " + good, 401)):
        answer = ask({"Authorization": f"Bearer {text}"})
        equal((text, answer.status), (text, status))
    for headers in (basic("whoever", good), basic(good, ""), {"Authorization": f"bearer {good}"}):
        equal(ask(headers).status, 200)
    for role in ("expired", "revoked", "wrong"):
        answer = ask(company()[1][role], "/metrics")
        equal((answer.status, answer.headers["WWW-Authenticate"]), (401, CHALLENGE))
    for query in (f"?token={good}", f"?access_token={good}", f"?private_token={good}"):
        equal(ask({}, PRIVATE_INDEX + query).status, 404)


@test
def t_auth_03_two_headers():
    server, roles = company()
    link = server.connection()
    link.putrequest("GET", PRIVATE_INDEX)
    for _ in range(2):
        link.putheader("Authorization", roles["pull"]["Authorization"])
    link.endheaders()
    equal(link.getresponse().status, 400)
    link.close()


# ---- passwords tried out ----

def with_alice():
    """A data directory with one account."""
    return peopled({"alice": "admin:*"})


@test
def t_auth_04_brute_force():
    data = with_alice()
    ci = add_token(data, "ci", "admin:*")
    running = Server(data=data)
    equal(running.get("/metrics", basic("alice", PASSWORD)).status, 200)
    _, answer = until_slowed(lambda number: running.get("/metrics", basic("alice", f"guess {number}")), 401)
    equal(json.loads(answer.body)["code"], "too_many_requests")
    equal(running.get("/metrics", basic("alice", PASSWORD)).status, 200)    # remembered
    equal(running.get("/metrics", bearer(ci)).status, 200)
    equal(running.get("/metrics", basic("alice", ci)).status, 200)


@test
def t_auth_17_hundred_logins_at_once():
    """The same credentials are one hash; different ones are bounded in number and memory."""
    running = Server(data=with_alice())
    def login(password):
        return running.get("/metrics", basic("alice", password)).status
    with concurrent.futures.ThreadPoolExecutor(100) as threads:
        equal(set(threads.map(login, [PASSWORD] * 100)), {200})
        begun = time.monotonic()
        statuses = list(threads.map(login, [f"wrong {i}" for i in range(100)]))
    equal(set(statuses), {401, 429})
    assert statuses.count(401) <= 11 + (time.monotonic() - begun) / 30, statuses
    for line in Path(f"/proc/{running.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            assert int(line.split()[1]) < 400 * 1024, line


@table(("connections", lambda n: {}),
       ("clients of a proxy", lambda n: {"X-Forwarded-For": "192.0.2.1"}),
       ("an IPv6 network", lambda n: {"X-Forwarded-For": f"2001:db8::{n + 1:x}"}))
def one_address_keeps_nobody_out(forwarded):
    """It sends more passwords than there are places; elsewhere a login waits for few of them."""
    running = Server(data=with_alice(), args=("--set", "trusted_proxies=127.0.0.1"))
    statuses, stop = [], threading.Event()
    def flood(number):
        for guess in range(20):
            headers = {**basic(f"user-{number}", f"guess {guess}"), **forwarded(number)}
            try:
                statuses.append(running.get("/info", headers).status)
            except (AssertionError, ConnectionError, http.client.HTTPException):
                assert stop.is_set()
            if stop.is_set():
                break
    with concurrent.futures.ThreadPoolExecutor(80) as threads:
        flooding = [threads.submit(flood, number) for number in range(80)]
        assert settled(lambda: 429 in statuses)
        before = statuses.count(401)
        link = http.client.HTTPConnection(running.host, running.port, timeout=60,
                                          source_address=("127.0.9.9", 0))
        equal(running.get("/info", basic("alice", PASSWORD), connection=link).status, 200)
        during = statuses.count(401) - before
        link.close()
        stop.set()
        running.kill()    # or it would hash all that are waiting
    assert during < 40, during
    equal([f.exception() for f in flooding if f.exception()], [])
    assert set(statuses) <= {401, 429}, statuses


def welch(a, b):
    spread = (statistics.variance(a) / len(a) + statistics.variance(b) / len(b)) ** 0.5
    return abs(statistics.mean(a) - statistics.mean(b)) / spread


def t_auth_06_timing():
    """A private repository and one that is not there; a known user and an unknown one."""
    server, _ = company()
    link = server.connection()
    def measure(path, headers, count):
        times = []
        for _ in range(count):
            begun = time.perf_counter()
            server.request("GET", path, None, headers, connection=link)
            times.append(time.perf_counter() - begun)
        return sorted(times)[:max(1, count * 9 // 10)]    # without what other programs cost
    private, absent = [], []
    for _ in range(10):
        private += measure("/vault/index.yaml", {}, 1000)
        absent += measure("/nowhr/index.yaml", {}, 1000)
    assert welch(private, absent) < 4.5 or \
        abs(statistics.median(private) / statistics.median(absent) - 1) < 0.02
    known, unknown = [], []
    for i in range(9):
        known += measure("/health", basic("root", f"wrong {i}"), 1)
        unknown += measure("/health", basic("nobody", f"wrong {i}"), 1)
    assert abs(statistics.median(known) / statistics.median(unknown) - 1) < 0.25, (known, unknown)


if LONG:                     # it measures for a minute
    test(t_auth_06_timing)


# ---- publishing ----

@table(
    ("its chart", "ci", "stable", "redis", 201),
    ("another chart", "ci", "stable", "nginx", 403),
    ("another repository", "ci", "tools", "redis", 403),
    ("a private repository", "ci", "vault", "redis", 404),
    ("what is not there", "ci", "new", "redis", 404),
    ("any chart", "push", "tools", "nginx", 201),
    ("into what is private", "push", "vault", "nginx", 201),
    ("into what is not there", "push", "made-by-push", "nginx", 201),
    ("another chart where nothing can be read", "push of a chart", "vault", "nginx", 403),
    ("reader", "pull", "tools", "redis", 403),
    ("nobody", "anonymous", "tools", "redis", 401),
    ("nobody, private", "anonymous", "vault", "redis", 404))
def t_auth_05_charts_by_name(role, repo, name, status):
    headers = company()[1][role]
    answer = ask(headers, f"/api/{repo}/charts", "POST", chart(name, "7.0.0"))
    equal(answer.status, status, answer.body)
    answer = ask(headers, f"/{repo}/{name}-7.0.0.tgz", "PUT", chart(name, "7.0.0"))
    equal(answer.status, status, answer.body)


@test
def events_name_ids():
    server, roles = company()
    answer = server.request("POST", "/api/mirror/charts", chart("acts"), roles["root"])
    equal(answer.status, 201, answer.body)
    with rows(server.data) as db:
        actor = db.execute("SELECT actor FROM event WHERE seq = ?",
                           (json.loads(answer.body)["event"],)).fetchone()[0]
        user = db.execute("SELECT id FROM account WHERE name = 'root'").fetchone()[0]
    equal(actor, f"u{user}")


@test
def other_sites_do_not_write():
    root = basic("root", PASSWORD)
    bearer_root = company()[1]["admin:*"]
    own, foreign = {"Origin": f"http://127.0.0.1:{company()[0].port}"}, {"Origin": "http://evil.example"}     # all that plain HTTP tells
    for site, headers, status in (({"Sec-Fetch-Site": "cross-site"}, root, 403),
                                  ({"Sec-Fetch-Site": "same-site"}, root, 403),
                                  ({"Sec-Fetch-Site": "same-origin"}, root, 200),
                                  ({"Sec-Fetch-Site": "cross-site"}, bearer_root, 200),
                                  (foreign, root, 403), ({"Origin": "null"}, root, 403), (own, root, 200),
                                  (foreign, bearer_root, 200)):
        answer = ask({**headers, **site}, "/api/tools/charts?dry_run", "POST", chart("site"))
        equal((site, answer.status), (site, status), answer.body)
    for site in ({"Sec-Fetch-Site": "cross-site"}, foreign):
        equal(ask({**root, **site}).status, 200)                        # reading is no change


# ---- single sign-on ----

@test
def proxy_says_who_it_is():
    running = Server(args=("--listen", "127.0.0.1:0", "--set", "auth.proxy_user_header=X-User",
                           "--set", "auth.proxy_groups_header=X-Groups",
                           "--set", "auth.proxy_roles=readers=pull:*,platform=admin:*",
                           "--set", "trusted_proxies=127.0.0.1")).set_up()
    make_repo(running, "vault", private=True)
    via = {"X-Forwarded-For": "192.0.2.7"}
    for headers, status in (({**via, "X-User": "zoe", "X-Groups": "readers"}, 200),
                            ({**via, "X-User": "zoe", "X-Groups": "a, platform"}, 200),
                            ({**via, "X-User": "zoe", "X-Groups": "others"}, 404),
                            ({**via, "X-Groups": "readers"}, 404),
                            ({**via}, 404)):
        equal((headers, running.get("/vault/index.yaml", headers).status), (headers, status))
    equal(running.request("POST", "/api/v1/repos", '{"name":"b"}',
                          {**via, "X-User": "zoe", "X-Groups": "readers"}).status, 403)
    equal(running.request("POST", "/api/v1/repos", '{"name":"b"}',
                          {**via, "X-User": "zoe", "X-Groups": "platform"}).status, 201)


@test
def nobody_else_says_who_it_is():
    running = Server(data=peopled({"root": "admin:*"}), args=(
        "--set", "auth.proxy_user_header=X-User", "--set", "auth.proxy_groups_header=X-Groups",
        "--set", "auth.proxy_roles=platform=admin:*", "--set", "trusted_proxies=192.0.2.1"))
    headers = {"X-Forwarded-For": "192.0.2.7", "X-User": "root", "X-Groups": "platform"}
    equal(running.request("POST", "/api/v1/repos", '{"name":"b"}', headers).status, 401)


# ---- what is kept ----

@test
def last_use_is_noted_to_the_hour():
    data = with_alice()
    text = add_token(data, "ci", "admin:*")
    running = Server(data=data)
    equal(used(running.data, "ci"), 0)
    for _ in range(3):
        equal(running.get("/metrics", bearer(text)).status, 200)
    assert settled(lambda: used(running.data, "ci") > 0)
    noted = used(running.data, "ci")
    equal(noted % (3600 * 10**9), 0)
    assert 0 <= time.time_ns() - noted < 2 * 3600 * 10**9 < DAY_NS


@test
def t_log_02_no_credentials_anywhere():
    """Neither right nor wrong ones stand in the log, in an answer, or in a file below DATA."""
    data = with_alice()
    text = create_token(data, "ci", "admin:*")
    running = Server(data=data, args=("--set", "log.level=debug"))
    guess, unknown = "canary-guess-8231", token()
    for headers in (basic("alice", PASSWORD), basic("alice", guess), bearer(text), bearer(unknown),
                    basic("x", text), basic(text, ""), {"Authorization": "Basic " + guess}):
        answer = running.get("/vault/index.yaml", headers)
        for secret in (PASSWORD, guess, text, unknown):
            assert secret.encode() not in answer.body
    running.stop()
    for secret in (PASSWORD, guess, text, unknown):
        for form in (secret, base64.b64encode(f"alice:{secret}".encode()).decode()):
            assert form not in running.log(), form
            for file in running.data.rglob("*"):
                assert not file.is_file() or form.encode() not in file.read_bytes(), file


if __name__ == "__main__":
    main()

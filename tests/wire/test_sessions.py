#!/usr/bin/env python3
"""Browsers that sign in: the cookie, what ends it, and what other sites cannot do with it."""
import functools
import json
import re
import shutil
from urllib.parse import quote

from wire import Server, contains, equal, make_repo
from sessions import BROWSER, COOKIE, OWN, send, sign_in, signed_in
from people import PASSWORD, add_token, add_user, also_slowed, basic, until_slowed
from harness import chart, main, settled, table, temporary, test


@functools.cache
def peopled():
    """A stopped data directory with root, alice, who reads, and a chart in a private repository."""
    stopped = Server(keep=True)
    make_repo(stopped, "vault", private=True)
    equal(stopped.publish(chart("demo"), "vault").status, 201)
    stopped.stop()
    for name, roles in (("root", "admin:*"), ("alice", "pull:*"), ("bob", "pull:*")):
        add_user(stopped.data, name, roles)
    return stopped.data


def fresh(*args, keep=False):
    return Server(args=args, data=shutil.copytree(peopled(), temporary(keep) / "data"), keep=keep)


@functools.cache
def server():
    return fresh(keep=True)


def who(running, cookie):
    answer = running.get("/api/v1/whoami", {"Cookie": f"theme=dark; chartlocker={cookie}"})
    equal(answer.status, 200)
    return json.loads(answer.body)["name"]


def code_of(running, cookie):
    page = running.get("/login", {"Cookie": f"chartlocker={cookie}"}).body.decode()
    return re.search(r'name="code" value="([0-9a-f]{64})"', page)[1]


# ---- signing in ----

@test
def a_session():
    running = server()
    cookie = signed_in(running)
    equal(who(running, cookie), "alice")
    reads = {"Cookie": f"chartlocker={cookie}"}
    equal(running.get("/vault/index.yaml").status, 404)
    equal(running.get("/vault/index.yaml", reads).status, 200)
    page = running.get("/repos", reads)
    contains(page.body.decode(), ">alice</a>")
    contains(page.headers["Cache-Control"], "private")
    equal(running.get("/login", reads).headers["Cache-Control"], "no-store")


@table(("a wrong password", "alice", "wrong password"), ("nobody's name", "eve", PASSWORD),
       ("no password", "alice", ""), ("nothing", "", ""), ("a colon", "a:b", PASSWORD),
       ("a long one", "alice", "x" * 8000), ("no token", "", "clk_" + "0" * 33))
def refused(name, password):
    answer = sign_in(server(), name, password)
    equal(answer.status, 403)
    assert "Set-Cookie" not in answer.headers and "WWW-Authenticate" not in answer.headers
    text = answer.body.decode()
    contains(text, "Not signed in")
    assert PASSWORD not in text and "wrong password" not in text
    contains(text, f'value="{name}"' if len(name) < 9 else "")


@test
def a_token_signs_in():
    running = server()
    text = add_token(running.data, "ci", "pull:vault")
    for name in ("", "whoever"):
        equal(who(running, signed_in(running, name, text)), "ci")


@test
def t_web_07_a_proxy_with_tls_gets_a_cookie_of_its_own():
    running = fresh("--set", "public_url=https://charts.example.org")
    cookie = sign_in(running).headers["Set-Cookie"]
    assert re.fullmatch(r"__Host-chartlocker=[0-9a-f]{64}; Path=/; HttpOnly; SameSite=Lax; Secure",
                        cookie), cookie
    value = cookie.split(";")[0].split("=")[1]
    equal(json.loads(running.get("/api/v1/whoami", {"Cookie": f"__Host-chartlocker={value}"}).body)["name"],
          "alice")
    equal(who(running, value), "", "the plain name counts there")


@test
def a_path_has_a_cookie_of_its_own():
    running = fresh("--set", "base_path=/hub")
    contains(send(running, "/hub/login", {"name": "alice", "password": PASSWORD}).headers["Set-Cookie"],
             "Path=/hub;")


@test
def t_web_07_each_sign_in_has_a_new_id():
    """T-WEB: nobody is led into a session that somebody else knows."""
    running = server()
    planted = "a" * 64
    first = signed_in(running, cookie=planted)
    assert first != planted
    equal(who(running, planted), "")
    second = signed_in(running, cookie=first)
    equal((who(running, first), who(running, second)), ("", "alice"))


@test
def t_web_07_a_cookie_that_another_site_tossed():
    """The first one counts, and it alone: nobody slips a session in behind it or before it unseen."""
    running = server()
    mine, other = signed_in(running), signed_in(running, "bob")
    both = lambda first, second: json.loads(running.get(
        "/api/v1/whoami", {"Cookie": f"chartlocker={first}; chartlocker={second}"}).body)["name"]
    equal((both(mine, other), both(other, mine), both("0" * 64, mine)), ("alice", "bob", ""))


@table(*[(path or "nothing", path, path if good else "/") for path, good in (
    ("/repos?page=1", True), ("/packages/main/demo/1.0.0", True), ("", False), ("//evil.example", False),
    ("/\\evil.example", False), ("https://evil.example/", False), ("https:evil", False), ("///evil", False),
    ("/%2fevil.example", True), ("\\\\evil.example", False),
    ("evil", False), ("/a b", False), ("/\u00e4", False), ("javascript:alert(1)", False))])
def t_web_08_next_is_a_path_of_this_server(path, goes_on):
    answer = sign_in(server(), next=path)
    equal((answer.status, answer.headers["Location"]), (303, goes_on))
    page = server().get("/login?next=" + quote(path, safe="")).body.decode()
    assert ('name="next"' in page) == (path == goes_on), page


@table(("a line end", "/a\r\nSet-Cookie: x=y"), ("a tab", "/\t/evil.example"))
def t_web_08_next_has_no_control_characters(path):
    answer = sign_in(server(), next=path)
    equal((answer.status, answer.headers["Location"]), (303, "/"))
    assert COOKIE.fullmatch(answer.headers["Set-Cookie"])


# ---- what ends it ----

@test
def t_web_07_signing_out():
    running = server()
    cookie = signed_in(running)
    answer = send(running, "/logout", {"code": code_of(running, cookie)}, cookie)
    equal((answer.status, answer.headers["Location"]), (303, "/"))
    contains(answer.headers["Set-Cookie"], "Max-Age=0")
    equal(who(running, cookie), "")


@test
def changes_count_at_once():
    running, as_root = fresh(), basic("root", PASSWORD)
    def change(method, path, fields):
        equal(running.request(method, f"/api/v1/users/bob{path}", json.dumps(fields), as_root).status, 200)
    cookie = signed_in(running, "bob")
    reads = {"Cookie": f"chartlocker={cookie}"}
    equal(running.get("/vault/index.yaml", reads).status, 200)
    change("PATCH", "", {"roles": ["pull:main"]})
    equal((running.get("/vault/index.yaml", reads).status, who(running, cookie)), (404, "bob"))
    change("POST", "/password", {"password": "another horse battery"})
    equal(who(running, cookie), "")
    cookie = signed_in(running, "bob", "another horse battery")
    change("PATCH", "", {"disabled": True})
    equal(sign_in(running, "bob", "another horse battery").status, 403)
    change("PATCH", "", {"disabled": False})
    equal(who(running, cookie), "", "a session outlived its account")
    cookie = signed_in(running, "bob", "another horse battery")
    equal(running.request("DELETE", "/api/v1/users/bob", headers=as_root).status, 200)
    equal(who(running, cookie), "")


@test
def a_revoked_token_ends_its_session():
    running, as_root = fresh(), basic("root", PASSWORD)
    made = json.loads(running.request("POST", "/api/v1/tokens", '{"name":"t","roles":["pull:*"]}',
                                      as_root).body)
    cookie = signed_in(running, "", made["token"])
    equal(running.request("DELETE", f"/api/v1/tokens/{made['id']}", headers=as_root).status, 200)
    equal(who(running, cookie), "")


@test
def too_many_failures():
    running = fresh()
    def wrong(number):
        return sign_in(running, "alice", f"wrong {number}")

    _, answer = until_slowed(wrong, 403)
    contains(answer.body.decode(), "try again in")
    also_slowed(wrong, 403, lambda: sign_in(running, "alice"))
    equal(sign_in(running, "root").status, 303, "somebody else is slowed")


@test
def failures_are_in_the_audit_log():
    running = fresh()
    for name in ("alice", "nobody-here"):
        equal(sign_in(running, name, "wrong password").status, 403)
    def rows():
        answer = running.get("/api/v1/audit?limit=500", basic("root", PASSWORD))
        return [(row["name"], row["verdict"]) for row in json.loads(answer.body)["audit"]
                if row["action"] == "sign-in"]
    assert settled(lambda: len(rows()) == 2), rows()
    equal(rows(), [("alice", "unauthorized"), ("", "unauthorized")])


@test
def nothing_secret_is_written():
    running = fresh()
    cookie = signed_in(running)
    last = sign_in(running, "alice", "a wrong secret").headers["X-Request-Id"]
    audit = lambda: running.get("/api/v1/audit?limit=500", basic("root", PASSWORD)).body.decode()
    assert settled(lambda: last in audit() and last in running.log())
    rows, log = audit(), running.log()
    for secret in (PASSWORD, "a wrong secret", cookie):
        assert secret not in rows and secret not in log
    assert cookie.encode() not in b"".join(p.read_bytes() for p in running.data.rglob("*") if p.is_file())


# ---- other sites ----

FOREIGN = (("another site", {"Sec-Fetch-Site": "cross-site"}), ("a sister site", {"Sec-Fetch-Site": "same-site"}),
           ("no site", {"Sec-Fetch-Site": "none"}), ("nothing said", {}), ("Origin: null", {"Origin": "null"}),
           ("a foreign Origin", {"Origin": "https://evil.example"}),
           ("an own Origin from another site", {"Sec-Fetch-Site": "cross-site", "Origin": "OWN"}))


@table(*FOREIGN)
def t_web_05_another_site(headers):
    running = server()
    if headers.get("Origin") == "OWN":
        headers = headers | {"Origin": running.url}
    cookie = signed_in(running, "root")
    code = code_of(running, cookie)
    equal(send(running, "/login", {"name": "alice", "password": PASSWORD}, None, headers).status, 403)
    equal(send(running, "/logout", {"code": code}, cookie, headers).status, 403)
    text = {"Cookie": f"chartlocker={cookie}", "Content-Type": "text/plain"}
    for method, path, body in (("POST", "/api/v1/repos", '{"name":"evil"}'), ("DELETE", "/api/v1/users/bob", None),
                               ("POST", "/api/charts", chart("evil")), ("PUT", "/evil-1.0.0.tgz", chart("evil")),
                               ("POST", "/api/v1/account/tokens", '{"name":"t","roles":["admin:*"]}')):
        answer = running.request(method, path, body, text | headers)
        equal((answer.status, json.loads(answer.body)["code"]), (403, "not_allowed"), f"{method} {path}")
    equal(who(running, cookie), "root")


@test
def t_web_05_the_own_page():
    """Sec-Fetch-Site, or without it, as over plain HTTP, the own Origin."""
    running = server()
    cookie = signed_in(running, "root")
    for number, headers in enumerate((OWN, {"Origin": running.url})):
        make_repo(running, f"own-{number}", {"Cookie": f"chartlocker={cookie}"} | headers)


@table(("none", None), ("another's", "0" * 64), ("half of it", 32))
def t_web_05_the_code_of_a_form(wrong):
    running = server()
    cookie, other = signed_in(running), signed_in(running)
    good = code_of(running, cookie)
    assert good != code_of(running, other), "two sessions have the same code"
    fields = {} if wrong is None else {"code": good[:wrong] if isinstance(wrong, int) else code_of(running, other)}
    equal(send(running, "/logout", fields, cookie).status, 403)
    equal(who(running, cookie), "alice")


@test
def a_form_that_is_not_taken_says_so():
    """It is no matter of roles."""
    running = server()
    cookie = signed_in(running)
    for path, fields, session, headers in (("/login", {"name": "alice"}, None, {"Sec-Fetch-Site": "cross-site"}),
                                           ("/logout", {}, cookie, {"Sec-Fetch-Site": "cross-site"}),
                                           ("/logout", {"code": "0" * 64}, cookie, OWN)):
        answer = send(running, path, fields, session, headers)
        equal(answer.status, 403)
        for part in ("<h1>This form was not taken.</h1>", "form_refused", "anew and ", "Nothing was changed."):
            contains(answer.body.decode(), part)


@table(("a chart", "/packages/main/demo"), ("a version", "/packages/main/demo/1.0.0/values"),
       ("what is not there", "/packages/nowhere/nothing"), ("a repository", "/repos/vault"), ("repositories", "/repos"),
       ("search", "/search?q=a"))
def closed_server_asks_to_sign_in(path):
    running = closed()
    answer = running.get(path, {"Accept": "text/html"})
    equal((answer.status, answer.headers["WWW-Authenticate"]), (401, None))
    contains(answer.body.decode(), "<h1>Sign in to see this</h1>")
    contains(answer.body.decode(), f'<a class="button primary" href="/login?next={quote(path, safe="")}">Sign in</a>')
    assert "not right" not in answer.body.decode()
    alice = running.get(path, {"Accept": "text/html", **basic("alice", PASSWORD)})
    equal(alice.status, 404 if "nothing" in path or "main" in path else 200)
    wrong = running.get(path, {"Accept": "text/html", **basic("alice", "wrong horse")})
    contains(wrong.body.decode(), "<h1>These credentials are not right.</h1>")


@functools.cache
def closed():
    return fresh("--set", "auth.anonymous_read=false", keep=True)


@test
def who_has_a_token_is_not_asked_to_sign_in():
    running = closed()
    token = add_token(running.data, "reader", "pull:*")
    for headers, asked in (({}, True), (basic("x", token), False)):
        text = running.get("/", {"Accept": "text/html", **headers}).body.decode()
        equal("shows its charts to those who signed in" in text, asked, headers)


@test
def a_link_from_elsewhere_may_lead_here():
    running = server()
    cookie = signed_in(running)
    for path in ("/repos/vault", "/login", "/vault/index.yaml"):
        equal(running.get(path, {"Cookie": f"chartlocker={cookie}", "Sec-Fetch-Site": "cross-site"}).status, 200)


@test
def credentials_come_before_the_cookie():
    running = server()
    cookie = {"Cookie": f"chartlocker={signed_in(running, 'root')}"}
    equal(json.loads(running.get("/api/v1/whoami", basic("alice", PASSWORD) | cookie).body)["name"], "alice")
    equal(running.get("/api/v1/whoami", basic("alice", "wrong password") | cookie).status, 401)


@test
def a_browser_gets_the_page_and_not_its_own_window():
    running = closed()
    answer = running.get("/repos/main?page=1", {"Accept": "text/html"})
    equal((answer.status, answer.headers["WWW-Authenticate"]), (401, None))
    contains(answer.body.decode(), 'href="/login?next=%2Frepos%2Fmain%3Fpage%3D1">Sign in</a>')
    assert running.get("/repos/main").headers["WWW-Authenticate"], "a program is asked as before"
    assert running.get("/index.yaml", {"Accept": "text/html"}).headers["WWW-Authenticate"]


@table(*((path, path, page) for path, page in (    # where a form went, and the page that has it
    ("/account/tokens", "/account"), ("/account/tokens/7/revoke", "/account"), ("/account/password", "/account"),
    ("/admin/users", "/admin/users"), ("/admin/users/bob/remove", "/admin/users/bob"),
    ("/admin/hooks/ci/deliveries/3/resend", "/admin/hooks/ci"),
    ("/admin/quarantine/main", "/admin"),
    ("//evil.example/..//account//tokens", None), ("//admin//users//bob/remove?next=//evil.example", "/admin//users//bob"))))
def a_form_after_the_session_ended(path, page):
    answer = send(server(), path, {"name": "x"}, "0" * 64, OWN | BROWSER)
    body = answer.body.decode()
    if not page:
        equal(answer.status, 400)
        return
    equal(answer.status, 401)
    contains(body, "<h1>You were signed out</h1>\n<p>Nothing was changed.")
    contains(body, f'<a class="button primary" href="/login?next={quote(page, safe="")}">Sign in</a>')


@test
def what_answers_a_form_leads_to_no_other_theme():
    """It can be shown once, and with it the secret of a token."""
    running = server()
    cookie = signed_in(running)
    fields = {"name": "once", "expires": "1d", "code": code_of(running, cookie)}
    body = send(running, "/account/tokens", fields, cookie, OWN | BROWSER).body.decode()
    contains(body, "it is not shown again")
    equal(body.count("theme="), 0)
    equal(running.get("/account", BROWSER | {"Cookie": f"chartlocker={cookie}"}).body.decode().count("theme="), 3)


main()

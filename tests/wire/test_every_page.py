#!/usr/bin/env python3
"""Every address of the route table as a browser sees it: headers, cookies and markup that keep foreign scripts
out, and forms that another site cannot send."""
import functools
import re

from wire import Server, contains, equal, make_repo
from people import PASSWORD, add_user
from route_table import address, methods, routes
from sessions import BROWSER, COOKIE, OWN, POLICY, send, sign_in, signed_in
from harness import chart, main, table, test

INLINE = re.compile(r'<script(?! type="(?:module" src="/|application/ld\+json"))|<style|\sstyle=|\son\w+=|(?:src|action)="(?!/|#)[^"]*"')
DEMO = {"name": "demo", "version": "1.0.0", "file": "demo-1.0.0.tgz"}
KINDS = {"main": DEMO, "vault": DEMO, "nowhere": {}}     # public, private, absent
ICON = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4="
# Markdown, text and XML that no browser shall run; pictures, which may be looked at by themselves.
CLOSED, PICTURE = ("default-src 'none'", "frame-ancestors 'none'"), ("default-src 'none'", "sandbox")


@functools.cache
def server():
    running = Server(keep=True)
    make_repo(running, "vault", private=True)
    for repo in ("", "vault"):
        equal(running.publish(chart("demo", files={"README.md": b"# Demo\n"}, icon=ICON), repo).status, 201)
    running.stop()
    for name in ("alice", "root"):
        add_user(running.data, name, "admin:*")
    return Server(data=running.data, keep=True)


@functools.cache
def session(name):
    return signed_in(server(), name)


def who(name):
    return {"Cookie": f"chartlocker={session(name)}"} if name else {}


def once(answer, name):
    values = answer.headers.get_all(name) or []
    assert len(values) <= 1, f"{name}: {values}"
    return values[0] if values else ""


def check_kind(answer):
    kind, policy = once(answer, "Content-Type").partition(";")[0], once(answer, "Content-Security-Policy")
    if kind == "text/html":
        equal(policy, POLICY)
        equal(INLINE.findall(answer.body.decode()), [])
    elif kind.startswith("text/"):
        for part in CLOSED:
            contains(policy, part)
    elif kind == "image/svg+xml":
        for part in PICTURE:
            contains(policy, part)
    if kind.startswith("text/"):
        equal(once(answer, "X-Frame-Options"), "DENY")
        # A form's page may be told to its own site, which so knows its forms by their Origin.
        assert once(answer, "Referrer-Policy") in ("no-referrer", "same-origin"), answer.headers
    return kind


def check(answer, personal):
    equal(once(answer, "X-Content-Type-Options"), "nosniff")
    kept = once(answer, "Cache-Control")
    assert kept and (not personal or answer.status >= 300 or "private" in kept or "no-store" in kept), kept
    for cookie in answer.headers.get_all("Set-Cookie") or []:
        contains(cookie, "; SameSite=Lax")
        assert cookie.startswith("theme=") or "; HttpOnly" in cookie, cookie
    assert "Server" not in answer.headers and "X-Powered-By" not in answer.headers
    return check_kind(answer)


@table(("anybody", None), ("an administrator", "root"))
def t_web_06_headers_of(name):
    kinds = {}
    for row in routes(server()):
        for repo, named in KINDS.items():
            for method in methods(row):
                if method != "GET" and repo != "nowhere":
                    continue             # of what is nowhere: it has to stay
                path = address(row["pattern"], repo, **named)
                answer = server().request(method, path, b"" if row["body"] else None, BROWSER | OWN | who(name))
                try:
                    kind = check(answer, repo == "vault" and "{repo" in row["pattern"])
                except AssertionError as error:
                    raise AssertionError(f"{method} {path}: {answer.status} {error}") from error
                kinds[kind] = kinds.get(kind, 0) + 1
    assert kinds["text/html"] > 40 and len(kinds) > 8, kinds


@table(("anybody", None, '">Sign in</a>\n<a class="button" href="/">'),
       ("who signed in", "root", "or your roles do not let you see it"))
def where_nothing_is_it_says_what_to_do(name, part):
    contains(server().get("/no/such", BROWSER | who(name)).body.decode(), part)


def forms():
    """(pattern, path) of what pages send."""
    return [(row["pattern"], address(row["pattern"], "main", name="alice", id="1")) for row in routes(server())
            if row["dialect"] == "page" and "POST" in methods(row)]


def code_of(name):
    page = server().get("/account", who(name)).body.decode()
    return re.search(r'name="code" value="(\w+)"', page)[1]


def things():
    headers = who("root")
    return [server().get(f"/api/v1/{what}", headers).body for what in ("repos", "users", "tokens", "hooks")]


FIELDS = {"name": "evil", "roles": "admin:*", "password": PASSWORD, "repo": "evil", "url": "http://127.0.0.1/",
          "to": "evil", "confirm": "main", "allow_private": "on"}


@table(("without its code", OWN, lambda: {}), ("with another's code", OWN, lambda: {"code": code_of("alice")}),
       ("from another site", {"Sec-Fetch-Site": "cross-site"}, lambda: {"code": code_of("root")}),
       ("from nowhere", {}, lambda: {"code": code_of("root")}))
def t_web_05_every_form(site, fields):
    before, sent = things(), 0
    for pattern, path in forms():
        if pattern == "/login" and site is OWN:
            continue                     # who is nobody yet has no code; its own page sends it
        answer = send(server(), path, FIELDS | fields(), session("root"), site)
        wanted = (403, 415) if pattern.startswith("/upload") else (403,)
        assert answer.status in wanted, (path, answer)
        sent += 1
    assert sent > 20, sent
    equal(things(), before)


@test
def t_web_05_no_other_site_changes_anything():
    """With the session of an administrator, by any address that changes something."""
    before, sent = things(), 0
    headers = who("root") | {"Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"}
    for row in routes(server()):
        for method in methods(row):
            if method != "GET" and row["dialect"] != "page" and not row["pattern"].startswith(("/control/", "/hooks/")):
                answer = server().request(method, address(row["pattern"], "main", **DEMO), "{}", headers)
                equal((row["pattern"], method, answer.status), (row["pattern"], method, 403), answer.body)
                sent += 1
    assert sent > 40, sent
    equal(things(), before)


@test
def t_web_07_sign_in_and_out():
    """A cookie that somebody planted is none, and the one that was there before means nothing after."""
    planted = "a" * 64
    answer = sign_in(server(), "alice", cookie=planted)
    fresh = COOKIE.fullmatch(answer.headers["Set-Cookie"])[1]
    assert fresh != planted
    again = signed_in(server(), "alice", cookie=fresh)
    shown = [f"chartlocker={cookie}" for cookie in (planted, fresh, again)]
    equal([server().get("/account", {"Cookie": cookie}).status for cookie in shown], [303, 303, 200])


if __name__ == "__main__":
    main()

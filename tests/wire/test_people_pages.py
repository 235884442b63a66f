#!/usr/bin/env python3
"""Users and tokens in a browser: /account and /admin/users, their forms, and who gets no further.
Long because its rows share one server with people who are signed in."""
import functools
import html
import json
import re
import shutil
from urllib.parse import urlencode

from wire import Server, contains, equal
from people import PASSWORD, add_token, add_user, also_slowed, basic, bearer, until_slowed
from harness import main, settled, table, temporary, test

OTHER = "another horse, as good as the first"
WHO = {"root": "admin:*", "alice": "pull:*\npush:team-a/*", "bob": "pull:*"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}


@functools.cache
def peopled():
    """A stopped data directory with root, alice and bob."""
    stopped = Server(keep=True)
    stopped.stop()
    for name, roles in WHO.items():
        add_user(stopped.data, name, roles)
    return stopped.data


def fresh(*args, **more):
    return Server(data=shutil.copytree(peopled(), temporary(**more) / "data"), args=args, **more)


@functools.cache
def server():
    """For rows that leave nothing behind."""
    return fresh(keep=True)


class Browser:
    """Somebody who signed in with the form, or sends other headers."""

    def __init__(self, running, name=None, password=PASSWORD, headers=None):
        self.server, self.headers = running, headers or {}
        if name is not None:
            answer = running.request("POST", "/login", urlencode({"name": name, "password": password}), FORM)
            equal(answer.status, 303, answer.body)
            self.take(answer)

    def take(self, answer):
        if answer.headers["Set-Cookie"]:
            self.headers = {"Cookie": answer.headers["Set-Cookie"].split(";")[0]}

    def get(self, path):
        return self.server.get(path, self.headers)

    def page(self, path):
        answer = self.get(path)
        equal(answer.status, 200, answer.body)
        return answer.body.decode()

    def code(self, path="/account"):
        return re.search(r'name="code" value="([0-9a-f]{64})"', self.page(path))[1]

    def send(self, path, fields=(), code=None, **more):
        fields = {**dict(fields), "code": self.code() if code is None else code}
        answer = self.server.request("POST", path, urlencode(fields), FORM | self.headers | more)
        self.take(answer)
        return answer

    def done(self, path, fields=(), to="/account"):
        answer = self.send(path, fields)
        equal((answer.status, answer.headers["Location"]), (303, to), answer.body)

    def made(self, **fields):
        """The text of a new token."""
        answer = self.send("/account/tokens", {"roles": "pull:*", "expires": "1d", **fields})
        equal(answer.status, 201, answer.body)
        return re.search(r"clk_\w{33}", answer.body.decode())[0]


@functools.cache
def signed_in(name):
    return Browser(server(), name)


def told(running, path, headers=None):
    return json.loads(running.get(f"/api/v1/{path}", headers or basic("root", PASSWORD)).body)


def audited(running):
    return [(row["name"], row["action"], row["object"], row["verdict"])
            for row in told(running, "audit?limit=500")["audit"] if row["name"] != "admin" and row["action"] != "sign-in"]


def state(running):
    return [[{**row, "last_used": None} for row in told(running, what)] for what in ("users", "tokens")]


def text_of(answer):
    return html.unescape(re.sub(r"\s+", " ", answer.body.decode()))


# ---- the page of one's account ----

@test
def who_is_not_signed_in_is_led_to_the_login():
    answer = server().get("/account")
    equal((answer.status, answer.headers["Location"], answer.headers["Cache-Control"]),
          (303, "/login?next=%2Faccount", "no-store"))
    sent = server().request("POST", "/login", urlencode(
        {"name": "alice", "password": PASSWORD, "next": "/account"}), FORM)
    equal((sent.status, sent.headers["Location"]), (303, "/account"))


@test
def who_one_is():
    page = signed_in("alice").page("/account")
    for part in ('href="/account" aria-current="page">alice</a>', "A session of this browser", "<code>pull:*</code>",
                 "<code>push:team-a/*</code>", 'action="/account/password#password"', 'action="/logout"'):
        contains(page, part)
    assert "/admin/users" not in page, "alice manages nobody"
    contains(signed_in("root").page("/account"), 'href="/admin/users"')
    equal(signed_in("alice").get("/account").headers["Cache-Control"], "no-store")
    contains(Browser(server(), headers=basic("alice", PASSWORD)).page("/account"), "An Authorization header")


@test
def what_a_token_is_shown():
    """What its user is shown if it allows as much, else that it cannot."""
    running = server()
    whole = add_token(running.data, "whole", WHO["bob"], "bob")
    part = add_token(running.data, "part", "pull:stable", "bob")
    nobodys = add_token(running.data, "nobodys", "push:stable")
    for text, has, lacks in ((whole, "in use here", "allows less"), (part, "allows less than its user", ">whole<"),
                             (nobodys, "this one is nobody", 'action="/account/tokens')):
        for browser in (Browser(running, "", text), Browser(running, headers=bearer(text))):
            page = html.unescape(browser.page("/account"))
            contains(page, has)
            contains(page, "You signed in with a token")
            assert lacks not in page and 'action="/account/password' not in page, page


@test
def what_single_sign_on_is_shown():
    running = fresh("--set", "trusted_proxies=127.0.0.1", "--set", "auth.proxy_user_header=X-Forwarded-User",
                    "--set", "auth.proxy_groups_header=X-Forwarded-Groups", "--set",
                    "auth.proxy_roles=developers=pull:team-x,platform=admin:*")
    via = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Groups": "developers"}
    page = Browser(running, headers=via | {"X-Forwarded-User": "zoe"}).page("/account")
    for part in ("Single sign-on", "The proxy before this server signs you in; your password is changed where",
                 "<code>pull:team-x</code>", "there is no user of your name here"):
        contains(page, part)
    assert "/account/password" not in page and "/account/tokens" not in page
    page = Browser(running, headers=via | {"X-Forwarded-User": "alice"}).page("/account")
    for part in ("<code>push:team-a/*</code>", "<code>pull:team-x</code>", "The proxy before this server"):
        contains(page, part)


@test
def what_is_declared_is_changed_elsewhere():
    folder = temporary()
    (folder / "secret").write_text(PASSWORD)
    (folder / "token").write_text("clk_ACBnSZ0BXlWn7S4GGP24IvaARBM4L6ZLM")
    (folder / "settings.yaml").write_text(
        f"users:\n- name: dora\n  roles: [\"admin:*\"]\n  password_file: {folder}/secret\n"
        f"tokens:\n- name: fixed\n  user: dora\n  roles: [\"pull:*\"]\n  token_file: {folder}/token\n")
    for file in ("secret", "token"):
        (folder / file).chmod(0o600)
    running = fresh("--config", str(folder / "settings.yaml"))
    dora = Browser(running, "dora")
    page = dora.page("/account")
    for part in ("declared in the settings file", ">fixed", "in the settings file</span>"):
        contains(page, part)
    assert 'action="/account/password' not in page and "/revoke" not in page
    before = state(running)
    [fixed] = [row["id"] for row in told(running, "tokens") if row["name"] == "fixed"]
    for path, fields in (("/account/password", {"current": PASSWORD, "password": OTHER}),
                         ("/admin/users/dora", {"roles": "pull:*"}), ("/admin/users/dora/password", {"password": OTHER}),
                         ("/admin/users/dora/remove", {}), (f"/account/tokens/{fixed}/revoke", {}),
                         (f"/admin/tokens/{fixed}/revoke", {})):
        answer = dora.send(path, fields)
        equal(answer.status, 409, path)
        contains(text_of(answer), "declared in the settings file")
    equal(state(running), before)
    page = dora.page("/admin/users/dora")
    contains(page, "Declared.")
    assert 'action="/admin/users/dora' not in page, page


# ---- one's own tokens ----

@test
def a_token():
    running = fresh()
    alice = Browser(running, "alice")
    text = alice.made(name="laptop", roles="pull:*\r\n\r\n  push:team-a/x \r\n", expires="12h")
    equal(told(running, "whoami", bearer(text))["roles"], ["pull:*", "push:team-a/x"])
    page = alice.page("/account")
    contains(page, "<td>laptop")
    assert text not in page, "a token is shown once"
    [row] = told(running, "tokens")
    equal((row["name"], row["user"]), ("laptop", "alice"))
    alice.done(f"/account/tokens/{row['id']}/revoke")
    equal(running.get("/api/v1/whoami", bearer(text)).status, 401)
    equal(audited(running), [("alice", "token.create", "token laptop", "ok"),
                             ("alice", "token.revoke", f"token {row['id']}", "ok")])
    assert text not in running.log()


@table(("a name that is none", {"name": "a b"}, 400, 'id="wrong-name">"a b" is not a letter'),
       ("no name", {"name": ""}, 400, 'id="wrong-name"'),
       ("a time that is none", {"expires": "soon"}, 400, 'id="wrong-expires">"soon" is neither a time'),
       ("a role that is none", {"roles": "read:*"}, 400, 'role "read:*": it begins with pull'),
       ("more than one may", {"roles": "admin:*"}, 403, "allows more than he may himself"),
       ("markup", {"name": "<b>x"}, 400, '"<b>x" is not a letter'))
def a_token_that_is_refused(fields, status, says):
    """With what was typed, at the form."""
    typed = {"name": "t", "roles": "pull:*", "expires": "30d", **fields}
    before = state(server())
    answer = signed_in("alice").send("/account/tokens", typed)
    equal(answer.status, status)
    contains(text_of(answer), says)
    for value in typed.values():
        contains(answer.body.decode(), html.escape(value) if value else "")
    assert "<b>x" not in answer.body.decode()
    equal(state(server()), before)


@test
def a_name_that_is_taken():
    alice = signed_in("alice")
    alice.made(name="taken")
    before = state(server())
    answer = alice.send("/account/tokens", {"name": "taken", "roles": "pull:*", "expires": "1d"})
    equal(answer.status, 409)
    contains(text_of(answer), 'there is a token "taken" already')
    equal(state(server()), before)


@test
def tokens_of_others():
    """Their numbers are as unknown as those of none; nobody's, too."""
    alice, bob = signed_in("alice"), signed_in("bob")
    bob.made(name="bobs")
    add_token(server().data, "of-nobody", "pull:*")
    page = alice.page("/account")
    assert "bobs" not in page and "of-nobody" not in page
    before = state(server())
    for number in [row["id"] for row in told(server(), "tokens") if row["user"] != "alice"] + [999]:
        answer = alice.send(f"/account/tokens/{number}/revoke")
        equal(answer.status, 404)
        contains(text_of(answer), f"There is no token {number}")
    equal(state(server()), before)


# ---- one's own password ----

@test
def a_new_password():
    """The browser that set it stays signed in, by another cookie; others do not."""
    running = fresh()
    here, there = Browser(running, "alice"), Browser(running, "alice")
    before, by_token = dict(here.headers), bearer(here.made(name="t"))
    here.done("/account/password", {"current": PASSWORD, "password": OTHER}, "/account?changed=password")
    assert here.headers != before
    contains(here.page("/account?changed=password"), "sign in with the new password")
    for gone in (before, there.headers):
        equal(running.get("/account", gone).status, 303)
    equal([running.get("/api/v1/whoami", one).status for one in
           (basic("alice", PASSWORD), basic("alice", OTHER), by_token)], [401, 200, 200])
    contains(audited(running), ("alice", "user.password", "user alice", "ok"))
    log = running.log()
    assert OTHER not in log and PASSWORD not in log


@table(("a wrong one", "wrong horse", OTHER, 403, 'id="wrong-current">this is not your password'),
       ("none", "", OTHER, 403, 'id="wrong-current">this is not your password'),
       ("a short new one", PASSWORD, "short", 400, 'id="wrong-password">8 to 1024 bytes'),
       ("none", PASSWORD, "", 400, 'id="wrong-password">8 to 1024 bytes'))
def a_password_that_is_refused(current, new, status, says):
    alice = signed_in("alice")
    answer = alice.send("/account/password", {"current": current, "password": new})
    equal((answer.status, answer.headers["Set-Cookie"]), (status, None))
    contains(text_of(answer), says)
    for secret in (current, new):
        assert not secret or secret not in answer.body.decode(), "a password is shown"
    equal(server().get("/api/v1/whoami", basic("alice", PASSWORD)).status, 200)


@test
def wrong_ones_are_slowed():
    running = fresh()
    alice = Browser(running, "alice")
    def wrong(number):
        return alice.send("/account/password", {"current": f"wrong {number}", "password": OTHER})

    refused, answer = until_slowed(wrong, 403)
    contains(text_of(answer), "too many logins failed")
    assert settled(lambda: len([row for row in audited(running) if row[3] == "not_allowed"]) == refused)
    login = urlencode({"name": "alice", "password": "wrong once more"})
    also_slowed(wrong, 403, lambda: running.request("POST", "/login", login, FORM))


# ---- who gets no further ----

POSTS = ("/account/tokens", "/account/tokens/1/revoke", "/account/password", "/admin/users", "/admin/users/bob",
         "/admin/users/bob/password", "/admin/users/bob/remove", "/admin/tokens/1/revoke")
PAGES = ("/admin/users", "/admin/users/bob", "/admin/users/nobody", "/admin/tokens")
FIELDS = {"name": "eve", "roles": "admin:*", "password": OTHER, "current": PASSWORD, "expires": "1d"}


@table(*[(path, path) for path in POSTS])
def t_web_05_forms_of_others(path):
    """Not without signing in, not without the code of this session, not from another site."""
    running, root = server(), signed_in("root")
    before = state(running)
    nobody = Browser(running)
    equal(nobody.send(path, FIELDS, "").status, 401)
    other = signed_in("alice").code()
    for code in ("", "0" * 64, other, root.code()[:32]):
        answer = root.send(path, FIELDS, code)
        equal(answer.status, 403, code)
    for site in ("cross-site", "same-site", "none"):
        equal(root.send(path, FIELDS, **{"Sec-Fetch-Site": site}).status, 403)
    answer = running.request("POST", path, json.dumps(FIELDS), root.headers | {
        "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"})
    equal(answer.status, 415)
    contains(answer.body.decode(), "<p>Nothing was changed.</p>")
    equal(state(running), before)


@table(*[(path, path) for path in PAGES + POSTS[3:]])
def what_is_for_administrators(path):
    """The same to all others, whether there is such a user or not."""
    running, alice = server(), signed_in("alice")
    before = state(running)
    for browser, status in ((Browser(running), 401), (alice, 403)):
        answers = [browser.get(one) if path in PAGES else browser.send(one, FIELDS, "" if status == 401 else None)
                   for one in (path, path.replace("bob", "zoe"))]
        equal([answer.status for answer in answers], [status, status])
        equal(*[text_of(answer).replace("bob", "zoe").replace(answer.headers["X-Request-Id"], "")
                for answer in answers])
    equal(state(running), before)


# ---- users, for administrators ----

@test
def a_life_of_a_user():
    running = fresh()
    root, users = Browser(running, "root"), "/admin/users"
    root.done(users, {"name": "carol", "roles": "pull:*\r\npush:x", "password": OTHER}, users)
    page = root.page(users)
    contains(page, 'href="/admin/users/carol">carol</a>')
    carol = Browser(running, "carol", OTHER)
    root.done(f"{users}/carol", {"roles": "pull:stable"}, f"{users}/carol?changed=roles")
    equal(told(running, "users/carol")["roles"], ["pull:stable"])
    contains(carol.page("/account"), "<code>pull:stable</code>")
    root.done(f"{users}/carol", {"roles": "pull:stable", "disabled": "on"}, f"{users}/carol?changed=roles")
    equal((told(running, "users/carol")["disabled"], carol.get("/account").status), (True, 303))
    contains(root.page(users), ">disabled</span>")
    contains(root.page(f"{users}/carol"), 'name="disabled" value="true" checked>')
    root.done(f"{users}/carol", {"roles": "pull:stable"}, f"{users}/carol?changed=roles")
    root.done(f"{users}/carol/password", {"password": PASSWORD}, f"{users}/carol?changed=password")
    Browser(running, "carol").made(name="carols", roles="pull:stable")
    page = root.page(f"{users}/carol")
    for part in (">carols", "with 1 token."):
        contains(page, part)
    root.done(f"{users}/carol/remove", {}, users)
    equal([row["name"] for row in told(running, "users")], ["alice", "bob", "root"])
    equal(told(running, "tokens"), [])
    equal([row[1:] for row in audited(running)],
          [(action, f"user {name}" if "user" in action else f"token {name}", "ok") for action, name in (
              ("user.add", "carol"), ("user.set", "carol"), ("user.set", "carol"), ("user.set", "carol"),
              ("user.password", "carol"), ("token.create", "carols"), ("user.remove", "carol"))])


@test
def tokens_for_administrators():
    running = fresh()
    root = Browser(running, "root")
    contains(root.page("/admin/tokens"), "No tokens")
    Browser(running, "alice").made(name="laptop")
    text = add_token(running.data, "nightly", "push:stable:redis*")
    page = root.page("/admin/tokens")
    for part in (">laptop", 'href="/admin/users/alice">alice</a>', ">nightly", "<code>push:stable:redis*</code>",
                 ">nobody</span>"):
        contains(page, part)
    [number] = [row["id"] for row in told(running, "tokens") if row["name"] == "nightly"]
    root.done(f"/admin/tokens/{number}/revoke", {}, "/admin/tokens")
    equal(running.get("/api/v1/whoami", bearer(text)).status, 401)
    equal([row["name"] for row in told(running, "tokens")], ["laptop"])


@table(("removed", "/remove", {}, "remove"), ("disabled", "", {"roles": "admin:*", "disabled": "on"}, "settings"),
       ("a reader", "", {"roles": "pull:*"}, "settings"), ("of nothing", "", {"roles": ""}, "settings"))
def the_last_administrator(part, fields, section):
    """Stays one; it is said at the form, which keeps what was typed."""
    before = state(server())
    answer = signed_in("root").send(f"/admin/users/root{part}", fields)
    equal(answer.status, 409)
    text = text_of(answer)
    contains(text[text.index(f'id="{section}"'):], '"root" is the last user with the role admin:*')
    if fields.get("roles"):
        contains(text, f">{fields['roles']}</textarea>")
    assert ('name="disabled" value="true" checked' in text) == ("disabled" in fields)
    equal(state(server()), before)


@table(("a name that is none", {"name": "a/b"}, 400, 'id="wrong-name">"a/b" is not a letter'),
       ("a name that is taken", {"name": "bob"}, 409, 'there is a user "bob" already'),
       ("a role that is none", {"roles": "owner:*"}, 400, 'role "owner:*"'),
       ("charts for a user", {"roles": "push:a:b"}, 400, "only a token can be limited to charts"),
       ("a short password", {"password": "short"}, 400, 'id="wrong-password">8 to 1024 bytes'))
def a_user_that_is_refused(fields, status, says):
    typed = {"name": "eve", "roles": "pull:*", "password": OTHER, **fields}
    before = state(server())
    answer = signed_in("root").send("/admin/users", typed)
    equal(answer.status, status)
    contains(text_of(answer), says)
    for name in ("name", "roles"):
        contains(answer.body.decode(), html.escape(typed[name]))
    assert typed["password"] not in answer.body.decode(), "a password is shown"
    equal(state(server()), before)


@test
def a_password_of_another_that_is_refused():
    answer = signed_in("root").send("/admin/users/bob/password", {"password": "BOB"})
    equal(answer.status, 400)
    contains(text_of(answer), 'id="wrong-password">8 to 1024 bytes')


@table(*[(path or "the page", path) for path in ("", "/password", "/remove")])
def nobody_by_that_name(path):
    root = signed_in("root")
    answer = root.send(f"/admin/users/zoe{path}", {"roles": "pull:*", "password": OTHER}) if path else root.get(
        "/admin/users/zoe")
    equal(answer.status, 404)
    contains(text_of(answer), 'There is no user "zoe"')


@test
def the_first_user_in_a_browser():
    """While there is nobody, on this machine; then the page asks who one is."""
    running = Server()
    local = Browser(running)
    page = local.page("/account")
    contains(page, "Make the first user, with the role admin:*")
    contains(local.page("/admin/users"), "anyone on this machine may change everything")
    answer = local.send("/admin/users", {"name": "root", "roles": "admin:*", "password": PASSWORD},
                        local.code("/admin/users"), Origin=running.url)
    equal(answer.status, 303, answer.body)
    equal(local.get("/admin/users").status, 401)
    contains(Browser(running, "root").page("/admin/users"), ">you</span>")


@test
def long_lists_have_pages():
    running = fresh()
    for number in range(103):
        equal(running.request("POST", "/api/v1/users", json.dumps({"name": f"u{number:03}", "roles": ["pull:*"]}),
                              basic("root", PASSWORD)).status, 201)
    root = Browser(running, "root")
    first, second = root.page("/admin/users"), root.page("/admin/users?page=2")
    contains(first, "1–100 of 106")
    contains(second, "101–106 of 106")
    equal([("u096" in page, "u097" in page) for page in (first, second)], [(True, False), (False, True)])
    equal(root.get("/admin/users?page=0").status, 400)
    for path, none in (("users?page=3", "No users"), ("tokens?page=2", "No tokens")):
        behind = root.page(f"/admin/{path}")
        equal(("There is no such page" in behind, none in behind), ("users" in path, "users" not in path), path)
    equal('class="pager"' in root.page("/admin/tokens?page=2"), False)


@test
def as_many_roles_as_there_may_be():
    running = fresh()
    roles = [f"pull:{number:02}-{'x' * 250}" for number in range(64)]
    equal(running.request("PATCH", "/api/v1/users/bob", json.dumps({"roles": roles}),
                          basic("root", PASSWORD)).status, 200)
    many = [f"push:{number:02}-{'x' * 250}:{'y' * 250}" for number in range(64)]
    text = add_token(running.data, "many", "\n".join(many))
    for page, last in ((Browser(running, "bob").page("/account"), roles[-1]),
                       (Browser(running, headers=bearer(text)).page("/account"), many[-1]),
                       (Browser(running, "root").page("/admin/users/bob"), roles[-1]),
                       (Browser(running, "root").page("/admin/tokens"), many[-1])):
        contains(page, last)


@test
def while_nothing_may_be_changed():
    running = fresh("--set", "read_only=true")
    root = Browser(running, "root")
    for path in ("/account", "/admin/users", "/admin/tokens", "/admin/users/bob"):
        root.page(path)
    for path in POSTS:
        equal(root.send(path, FIELDS).status, 503, path)


@test
def below_a_path():
    running = fresh("--set", "base_path=/hub")
    answer = running.get("/hub/account")
    equal((answer.status, answer.headers["Location"]), (303, "/hub/login?next=%2Fhub%2Faccount"))
    page = Browser(running, headers=basic("root", PASSWORD)).page("/hub/account")
    for part in ('action="/hub/account/tokens#tokens"', 'action="/hub/account/password#password"', 'href="/hub/admin/users"'):
        contains(page, part)


main()

#!/usr/bin/env python3
"""/admin/hooks: what the pages show of webhooks, and what their forms do."""
import functools
import html
import json
import re
from urllib.parse import urlencode

from wire import Server, contains, equal
from people import add_token, bearer, peopled
from receiver import Receiver, hexadecimal, status
from sessions import FORM, OWN, signed_in
from harness import chart, main, settled, table, test


class Browser:
    """Somebody who is signed in."""

    def __init__(self, server, name="root"):
        self.server = server
        self.cookie = {"Cookie": f"chartlocker={signed_in(server, name)}"}

    def page(self, path, code=200):
        answer = self.server.get(path, self.cookie)
        equal(answer.status, code, path)
        return answer.body.decode()

    def code(self):
        return re.search(r'name="code" value="(\w+)"', self.page("/admin/hooks"))[1]

    def send(self, path, fields, code=None, **headers):
        fields = {**fields, "code": self.code() if code is None else code}
        return self.server.request("POST", path, urlencode(fields), FORM | OWN | self.cookie | headers)


def company(keep=False):
    return Server(data=peopled({"root": "admin:*", "alice": "pull:*\npush:*\nadmin:team-*"}, keep), keep=keep)


@functools.cache
def nothing():
    """Root, where no webhook is ever made."""
    return Browser(company(keep=True))


def text_of(answer):
    page = answer if isinstance(answer, str) else answer.body.decode()
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def deliveries(browser, name):
    return re.findall(r'action="(/admin/hooks/%s/deliveries/\d+/resend)#deliveries"' % name, browser.page(f"/admin/hooks/{name}"))


@test
def from_the_first_to_the_last():
    server, receiver = company(), Receiver()
    root = Browser(server)
    contains(text_of(root.page("/admin/hooks")), "No webhooks")
    made = root.send("/admin/hooks", {"name": "one", "url": receiver.url + "/in", "format": "plain",
                                      "repos": "ma*", "charts": "*", "kinds": "publish\r\nyank",
                                      "headers": "X-K: header-canary", "allow_private": "on"})
    equal(made.status, 201, text_of(made))
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", html.unescape(made.body.decode()))[0]
    page = root.page("/admin/hooks/one")
    assert secret not in page and "header-canary" not in page, "shown again"
    contains(page.replace("<wbr>", ""), receiver.url + "/in")
    contains(page, 'value="ma*"')
    contains(root.page("/admin/hooks"), 'href="/admin/hooks/one"')

    tested = root.send("/admin/hooks/one/test", {})
    contains(text_of(tested), "Delivered. It was answered with status 204")
    equal(receiver.sent[0].headers["x-hub-signature-256"], hexadecimal(secret, receiver.sent[0].body))
    equal(receiver.sent[0].headers["x-k"], "header-canary")

    equal(server.request("POST", "/api/charts", chart("demo"), root_token(server)).status, 201)
    receiver.wait(2)
    assert settled(lambda: "delivered" in text_of(root.page("/admin/hooks/one")))
    contains(text_of(root.page("/admin/hooks/one")), "main/demo 1.0.0")
    [again] = deliveries(root, "one")
    answer = root.send(again, {})
    equal((answer.status, answer.headers["Location"]), (303, "/admin/hooks/one?changed=resent"))
    receiver.wait(3)
    equal(receiver.sent[2].body, receiver.sent[1].body)

    answer = root.send("/admin/hooks/one", {"url": "", "format": "flux", "repos": "x", "charts": "y",
                                            "kinds": "*", "headers": "", "allow_private": "on", "paused": "on"})
    equal((answer.status, answer.headers["Location"]), (303, "/admin/hooks/one?changed=settings"))
    hook = json.loads(server.get("/api/v1/hooks/one", root_token(server)).body)
    equal([hook[key] for key in ("url", "format", "repos", "charts", "kinds", "headers", "paused")],
          [receiver.url + "/in", "flux", "x", "y", ["*"], ["X-K"], True])

    turned = root.send("/admin/hooks/one/rotate", {"secret": "", "keep": "1h"})
    equal(turned.status, 200)
    assert "whsec_" in turned.body.decode() and secret not in html.unescape(turned.body.decode())
    answer = root.send("/admin/hooks/one/remove", {})
    equal((answer.status, answer.headers["Location"]), (303, "/admin/hooks"))
    root.page("/admin/hooks/one", 404)


@test
def a_page_of_deliveries_and_no_more():
    """Where there are no older ones, none are offered; one more is on a page of its own."""
    server, receiver = company(), Receiver()
    root = Browser(server)
    equal(root.send("/admin/hooks", {"name": "one", "url": receiver.url, "format": "plain", "repos": "*", "charts": "*",
                                     "kinds": "publish", "allow_private": "on"}).status, 201)
    for number in range(11):
        equal(server.request("POST", "/api/charts", chart("demo", f"1.{number}.0"), root_token(server)).status, 201)
        receiver.wait(number + 1)
        older = re.findall(r'href="(/admin/hooks/one\?before=\d+)', root.page("/admin/hooks/one"))
        equal((len(deliveries(root, "one")), len(older)), (min(number + 1, 10), number // 10), number)
    equal(text_of(root.page(older[0])).count("main/demo 1.0.0"), 1)


@functools.cache
def root_token(server):
    return bearer(add_token(server.data, "boss", "admin:*"))


@test
def a_receiver_that_is_down_and_hostile():
    """What it answers is text."""
    server, receiver = company(), Receiver(status(500, b"<script>alert(1)</script>\x00\x1b[31m"))
    root = Browser(server)
    root.send("/admin/hooks", {"name": "one", "url": receiver.url, "format": "plain", "repos": "*",
                               "charts": "*", "kinds": "*", "allow_private": "on"})
    tested = root.send("/admin/hooks/one/test", {}).body.decode()
    contains(tested, "answered with status 500")
    contains(tested, "&lt;script&gt;alert(1)&lt;/script&gt;")
    equal(server.request("POST", "/api/charts", chart("demo"), root_token(server)).status, 201)
    assert settled(lambda: "failing" in root.page("/admin/hooks"))
    page = root.page("/admin/hooks/one")
    contains(text_of(page), "1 failure in a row, since 20")
    contains(page, "&lt;script&gt;")
    assert "<script>alert" not in page + tested and "\x1b" not in page + tested


@table(("name", {"name": "a/b"}, 400, "wrong-name"), ("url", {"url": "ftp://x/"}, 422, "wrong-url"),
       ("kinds", {"kinds": "a!"}, 400, "wrong-kinds"), ("headers", {"headers": "a"}, 400, "wrong-headers"),
       ("secret", {"secret": "short"}, 400, "wrong-secret"),
       ("format", {"format": "harbor"}, 400, "wrong-format"))
def what_is_wrong_stands_beside_its_field(fields, code, place):
    root = nothing()
    good = {"name": "one", "url": "https://x.example.org/typed", "format": "plain", "repos": "typed-*",
            "charts": "*", "kinds": "*"}
    answer = root.send("/admin/hooks", {**good, **fields})
    equal(answer.status, code, text_of(answer))
    contains(answer.body.decode(), place)
    contains(answer.body.decode(), "typed-*")
    contains(text_of(root.page("/admin/hooks")), "No webhooks")


@test
def what_was_typed_comes_back():
    """Also where the field that is wrong is not the only one that changed."""
    root = Browser(company())
    made = {"name": "one", "url": "https://x.example.org/", "format": "plain", "repos": "stable", "charts": "*",
            "kinds": "publish"}
    equal(root.send("/admin/hooks", made).status, 201)
    answer = root.send("/admin/hooks/one", {"repos": "", "charts": "typed-*", "kinds": "a!", "paused": "on"})
    equal(answer.status, 400, text_of(answer))
    page = answer.body.decode()
    contains(page, "wrong-kinds")
    contains(page, 'value="typed-*"')
    contains(page, 'name="paused" value="true" checked')


@test
def a_time_that_is_none():
    root = Browser(company())
    equal(root.send("/admin/hooks", {"name": "one", "url": "https://x.example.org/", "format": "plain", "repos": "*",
                                     "charts": "*", "kinds": "*"}).status, 201)
    answer = root.send("/admin/hooks/one/rotate", {"secret": "", "keep": "a while"})
    equal(answer.status, 400)
    contains(answer.body.decode(), 'id="wrong-keep">this is not a time')
    contains(answer.body.decode(), 'value="a while"')


@test
def many_deliveries_have_pages():
    server, receiver = company(), Receiver()
    root = Browser(server)
    root.send("/admin/hooks", {"name": "one", "url": receiver.url, "format": "flux", "repos": "*",
                               "charts": "*", "kinds": "*", "allow_private": "on"})
    for number in range(11):
        equal(server.request("POST", "/api/charts", chart("demo", f"1.{number}.0"), root_token(server)).status,
              201)
    assert settled(lambda: len(deliveries(root, "one")) == 10)
    receiver.wait(11)
    older = re.search(r'rel="next" href="([^"]+)"', root.page("/admin/hooks/one"))[1]
    page = root.page(html.unescape(older).partition("#")[0])
    contains(text_of(page), "main/demo 1.0.0")
    equal(page.count("/resend#"), 1)


POSTS = ("/admin/hooks", "/admin/hooks/one", "/admin/hooks/one/test", "/admin/hooks/one/rotate",
         "/admin/hooks/one/remove", "/admin/hooks/one/deliveries/1/resend")


@test
def t_web_05_who_gets_no_further():
    """Not without the role, the code of this session, or from another site."""
    server = company()
    root, alice = Browser(server), Browser(server, "alice")
    root.send("/admin/hooks", {"name": "one", "url": "https://x.example.org/", "format": "plain",
                               "repos": "*", "charts": "*", "kinds": "*"})
    before = server.get("/api/v1/hooks", root_token(server)).body
    for path in ("/admin/hooks", "/admin/hooks/one"):
        alice.page(path, 403)
        equal(server.get(path).status, 401)
    for path in POSTS:
        equal(alice.send(path, {"name": "two"}, "0" * 64).status, 403, path)
        for code in ("", "0" * 64):
            equal(root.send(path, {"name": "two"}, code).status, 403, path)
        equal(root.send(path, {"name": "two"}, **{"Sec-Fetch-Site": "cross-site"}).status, 403, path)
    equal(server.get("/api/v1/hooks", root_token(server)).body, before)


@test
def what_is_not_there():
    root = nothing()
    root.page("/admin/hooks/none", 404)
    for path in ("/admin/hooks/none", "/admin/hooks/none/test", "/admin/hooks/none/rotate",
                 "/admin/hooks/none/remove", "/admin/hooks/none/deliveries/1/resend"):
        equal(root.send(path, {"repos": "*"}).status, 404, path)


if __name__ == "__main__":
    main()

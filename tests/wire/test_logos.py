#!/usr/bin/env python3
"""Icons that charts name elsewhere: asked for once, in the background, and served from here as images
that can do nothing; or not at all."""
import json
import os
import threading
import time

from wire import Server, equal
from chart_server import ChartServer
from following import follow, refreshed
from harness import chart, main, settled, test
from hostile_server import Hostile, redirect, response, whole

HELD = 40    # seconds for which a slow server keeps its answer, if it may
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def logo(server, name="demo", repo="up"):
    return server.request("GET", f"/api/chartsvc/v1/assets/{repo}/{name}/logo")


def shown(server, name="demo", repo="up"):
    """Its page; which is there at once."""
    began = time.monotonic()
    answer = server.request("GET", f"/packages/{repo}/{name}", headers={"Accept": "text/html"})
    equal(answer.status, 200, answer.body)
    assert time.monotonic() - began < HELD / 2, "the page waited"
    return answer


def server_with(icons, upstream, env=None):
    for name, icon in icons.items():
        upstream.put(name, "1.0.0", icon=icon)
    server = Server(env=env)
    follow(server, upstream, mode="catalog")
    refreshed(server)
    return server


def comes(server, name="demo"):
    shown(server, name)
    assert settled(lambda: logo(server, name).status == 200), "it never came"
    return logo(server, name)


@test
def an_icon_is_asked_for_once_and_served_from_here():
    elsewhere = Hostile({"/icon.png": whole(PNG)})
    with ChartServer() as upstream:
        server = server_with({"demo": elsewhere.url + "/icon.png"}, upstream)
        equal(elsewhere.seen, [], "nobody looked")
        answer = comes(server)
        equal((answer.body, answer.headers["Content-Type"]), (PNG, "image/png"))
        assert elsewhere.url.encode() + b"/icon.png\"" not in shown(server).body, "the browser would ask"
        assert b"/logo" in shown(server).body
        server.stop()
        server = Server(data=server.data)
        equal(logo(server).body, PNG, "after a restart")
        equal(elsewhere.paths(), ["/icon.png"])
        equal([h for h in elsewhere.seen[0].headers if h in ("cookie", "authorization", "referer")], [])


def monocular(server, path):
    return json.loads(server.request("GET", f"/api/chartsvc/v1/charts{path}").body)["data"]


@test
def monocular_tells_our_address():
    elsewhere = Hostile({"/icon.png": whole(PNG), "/gone": whole(b"", 404)})
    there = {"demo": elsewhere.url + "/icon.png", "gone": elsewhere.url + "/gone"}
    with ChartServer() as upstream:
        server = server_with(there, upstream)
        body = json.dumps({"name": "all", "members": "up"})
        equal(server.request("POST", "/api/v1/repos", body).status, 201)
        icons = lambda: {c["attributes"]["name"]: c["attributes"]["icon"] for c in monocular(server, "")}
        in_view = lambda name: [v["relationships"]["chart"]["data"]["icon"]
                                for v in monocular(server, f"/all/{name}/versions")]
        equal(icons(), there, "as nobody has asked for them before")
        comes(server)
        equal(icons(), {**there, "demo": "/v1/assets/up/demo/logo"})
        equal([monocular(server, "/up/demo")["attributes"]["icon"],
               monocular(server, "/up/demo/versions/1.0.0")["relationships"]["chart"]["data"]["icon"]],
              ["/v1/assets/up/demo/logo"] * 2)
        equal(in_view("demo"), ["/v1/assets/all/demo/logo"])
        equal(logo(server, repo="all").body, PNG)
        equal(in_view("gone"), [there["gone"]])
        equal((logo(server, "gone", "all").status, logo(server, "nope", "all").status), (404, 404))
        equal(elsewhere.paths().count("/icon.png"), 1)


@test
def hostile_icons_are_none():
    elsewhere = Hostile({
        "/html": whole(b"<!doctype html><svg onload=alert(1)>", Content_Type="image/png"),
        "/huge": whole(PNG + bytes(2 << 20)), "/empty": whole(b""), "/gone": whole(b"", 404),
        "/linklocal": redirect("http://169.254.169.254/latest"),
        "/cycle": redirect("/cycle"),
    })
    names = [path[1:] for path in elsewhere.answers]
    with ChartServer() as upstream:
        server = server_with({name: f"{elsewhere.url}/{name}" for name in names}, upstream)
        for name in names:
            shown(server, name)
        assert settled(lambda: len(os.listdir(f"{server.data}/icons")) == len(names))
        for name in names:
            equal(logo(server, name).status, 404, name)
            assert b"/logo" not in shown(server, name).body, name
        for name in names[:-1]:
            equal(elsewhere.paths().count("/" + name), 1, name)


@test
def an_svg_can_do_nothing():
    elsewhere = Hostile({"/icon": whole(SVG)})
    with ChartServer() as upstream:
        answer = comes(server_with({"demo": elsewhere.url + "/icon"}, upstream))
        equal((answer.body, answer.headers["Content-Type"]), (SVG, "image/svg+xml"))
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "sandbox" in policy, policy


@test
def a_slow_one_holds_nothing_up():
    go = threading.Event()

    def slow(_request):
        go.wait(HELD)
        return response(PNG)
    elsewhere = Hostile({"/icon": slow})
    with ChartServer() as upstream:
        server = server_with({"demo": elsewhere.url + "/icon"}, upstream)
        for _ in range(3):
            assert b"/logo" not in shown(server).body
        equal(logo(server).status, 404)
        go.set()
        equal(comes(server).body, PNG)
        equal(elsewhere.paths(), ["/icon"])


@test
def what_is_published_here_reaches_no_private_address():
    elsewhere = Hostile({"/icon": whole(PNG)})
    for fetch, asked in ("all", 1), ("upstreams", 0):
        server = Server(env={"CHARTLOCKER_ICONS_FETCH": fetch})
        equal(server.publish(chart("demo", icon=elsewhere.url + "/icon")).status, 201)
        shown(server, repo="main")
        if asked:
            assert settled(lambda: len(os.listdir(f"{server.data}/icons")) == 1)
        equal((logo(server, repo="main").status, elsewhere.seen), (404, []))
        equal(len(os.listdir(f"{server.data}/icons")), asked)


@test
def off_asks_nobody():
    elsewhere = Hostile({"/icon": whole(PNG)})
    with ChartServer() as upstream:
        server = server_with({"demo": elsewhere.url + "/icon"}, upstream, {"CHARTLOCKER_ICONS_FETCH": "off"})
        shown(server)
        equal(logo(server).status, 404)
        time.sleep(0.3)
        equal(elsewhere.seen, [])
        assert not os.path.exists(f"{server.data}/icons")


if __name__ == "__main__":
    main()

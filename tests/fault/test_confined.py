#!/usr/bin/env python3
"""What the systemd unit lets the program do is enough for all that it does, and no more than that."""
import json
import signal
import sys

from changes import OLD as ARCHIVE
import confined
from chart_server import ChartServer
from following import follow, refreshed
from harness import (TOP, Server, Skip, command, digest, equal, form, main, must, provenance, settled,
                     temporary, test)

UNITS = TOP / "deploy/systemd/chartlocker.service", TOP / "deploy/airgap/chartlocker-import.service"
DEMO = '{"chart":"demo","version":"1.0.0"}'


def within(unit):
    if confined.missing():
        raise Skip(f"without {confined.missing()}")
    return sys.executable, confined.__file__, unit


def ask(running, method, path, body=None, status=200):
    answer = running.request(method, path, body)
    equal(answer.status, status, (method, path, answer.body))
    return answer.body


@test
def t_ops_08_what_it_forbids_kills():
    probe = "import os, sys; print('here', flush=True); getattr(os, sys.argv[1])('/')"
    for name, status in (("listdir", 0), ("chroot", -signal.SIGSYS)):
        for unit in UNITS:
            done = command(wrap=(*within(unit), sys.executable, "-c", probe, name))
            equal((done.returncode, done.stdout), (status, "here\n"), (name, done.stderr))


@test
def t_ops_08_a_server():
    """Every kind of thing that it does: files, the catalog, threads, others' servers, signals."""
    folder = temporary()
    settings = folder / "settings.yaml"
    settings.write_text("upload:\n  max_bytes: 1m\n")
    confined.give(folder)
    running = Server(folder / "data", wrap=within(UNITS[0]), args=("--config", settings, "--set", "scrub.interval=1s"))
    data = ("--data", running.data)
    equal(running.request("POST", "/api/charts", *form(ARCHIVE, provenance(ARCHIVE))).status, 201)
    ask(running, "POST", "/api/team/charts", ARCHIVE, 201)
    for path in ("/index.yaml", "/charts/demo-1.0.0.tgz", "/", "/search?q=demo", "/packages/main/demo", "/metrics",
                 "/packages/main/demo/1.0.0/templates", "/api/v1/search?q=demo", "/@1/index.yaml", "/api/v1/events"):
        ask(running, "GET", path)
    ask(running, "POST", "/api/v1/repos/main/yank", DEMO)
    ask(running, "POST", "/api/v1/repos/main/unyank", DEMO)
    ask(running, "DELETE", "/api/charts/demo/1.0.0")
    ask(running, "POST", "/api/v1/repos/main/undelete", DEMO)
    ask(running, "POST", "/api/v1/repos/team/rename", '{"to":"other"}')
    ask(running, "DELETE", "/api/v1/repos/other?confirm=other")
    with ChartServer() as upstream:
        upstream.put("far", "1.0.0")
        follow(running, upstream)
        refreshed(running)
        ask(running, "GET", "/up/charts/far-1.0.0.tgz")
    for line in (("fsck",), ("rebuild",), ("scrub",), ("keys", "generate", "--name", "a.example")):
        must(*line, *data, wrap=within(UNITS[0]))
    ask(running, "POST", "/api/v1/bundles?repo=main", status=201)
    must("user", "add", "root", "--role", "admin:*", *data, "--password-stdin", stdin="correct horse battery\n",
         wrap=within(UNITS[0]))
    running.process.send_signal(signal.SIGHUP)
    assert settled(lambda: "config.reloaded" in running.log())
    assert settled(lambda: "\nchartlocker_scrub_timestamp_seconds 0\n" not in
                   running.get("/metrics").body.decode())
    running.stop()


@test
def t_ops_08_an_import():
    """Of the unit that brings in what comes over an air gap."""
    outer, inner, stick = Server(), temporary() / "inner", temporary()
    equal(outer.publish(ARCHIVE).status, 201)
    must("keys", "generate", "--data", outer.data, "--name", "a.example")
    must("bundle", "create", "--repo", "main", "--data", outer.data, "-o", f"{stick}/")
    must("keys", "trust", outer.data / "keys/bundle.pub", "--data", inner)
    confined.give(inner.parent, stick)
    must("bundle", "import", "--data", inner, stick, wrap=within(UNITS[1]))
    equal(Server(inner).index()["entries"]["demo"][0]["digest"], digest(ARCHIVE))


if __name__ == "__main__":
    main()

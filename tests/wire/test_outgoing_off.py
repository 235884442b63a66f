#!/usr/bin/env python3
"""The setting outgoing: a copy of a server that follows and tells others leaves them alone."""
import json
import shutil

from wire import Server, contains, equal
from following import follow, refresh, refreshed
from receiver import Receiver
from harness import chart, main, temporary, test
from upstream import Upstream

NO_OTHERS = "this server asks no others (setting outgoing)"


def publish(server, version):
    equal(server.publish(chart(version=version)).status, 201)


def told(receiver, count):
    return json.loads(receiver.wait(count)[-1].body)["data"]["version"]


@test
def nothing_leaves():
    upstream, receiver, server = Upstream(), Receiver(), Server()
    upstream.put("far", "1.0.0")
    follow(server, upstream)
    refreshed(server)
    made = server.request("POST", "/api/v1/hooks", json.dumps({"name": "one", "url": receiver.url, "allow_private": True}))
    equal(made.status, 201, made.body)
    publish(server, "1.0.0")
    equal(told(receiver, 1), "1.0.0")
    server.stop()
    copy = shutil.copytree(server.data, temporary() / "copy")
    asked = len(upstream.seen)
    server = Server(copy, ("--set", "outgoing=false"))
    publish(server, "2.0.0")
    contains(server.request("POST", "/api/v1/hooks/one/test").body.decode(), NO_OTHERS)
    contains(json.dumps(refresh(server)), NO_OTHERS)
    equal(server.get("/up/charts/far-1.0.0.tgz").status, 502)
    receiver.quiet(1, 1.0)
    equal(len(upstream.seen), asked)
    server.stop()
    Server(copy)
    equal(told(receiver, 2), "2.0.0")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""The pages of charts: of every real one, and of those that would run scripts or ask elsewhere."""
import json

from browser import LONG, Server, import_real, look, publish
import hostile


# Each row looks at so many charts less; LONG=1: at all.
SHARE, HOSTILE_SHARE = 24, 6


def real(server):
    found = []
    for repo in json.loads(server.get("/api/v1/repos").body):
        if repo["name"] != "main":
            found += [[repo["name"], name, entries[0]["version"]]
                      for name, entries in server.index(repo["name"])["entries"].items()]
    return found


def prepare():
    server = Server()
    import_real(server.data)
    found = []
    for name, text, chart, archives in hostile.archives():
        for archive in archives:
            publish(server, archive)
        found.append({"name": name, "text": text, "chart": chart})
    return server, {"real": real(server), "hostile": found, "share": 1 if LONG else SHARE,
                    "hostile_share": 1 if LONG else HOSTILE_SHARE}


look("charts.mjs", prepare)

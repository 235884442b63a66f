#!/usr/bin/env python3
"""What somebody comes for, with the page's script and without it."""
from browser import Server, look
from showcase import fill


def prepare():
    server = Server()
    fill(server)
    return server, {}


look("journeys.mjs", prepare)

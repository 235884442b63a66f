#!/usr/bin/env python3
"""What somebody comes for, with the page's script and without it."""
from browser import Server, look
from showcase import PASSWORD, fill, people


def prepare():
    server = Server()
    fill(server)
    people(server)
    return server, {"password": PASSWORD}


look("journeys.mjs", prepare)

#!/usr/bin/env python3
"""Every kind of page: accessible, on a phone too, by keyboard, in few requests; and pictures of it."""
from browser import Server, look
from showcase import fill, people


def prepare():
    server = Server()
    fill(server, real=40)
    return server, {"sessions": people(server)}


look("pages.mjs", prepare)

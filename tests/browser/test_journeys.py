#!/usr/bin/env python3
"""What somebody comes for, with the page's script and without it."""
import base64

from browser import Server, look
from harness import chart, provenance
from showcase import PASSWORD, fill, people


def files(number):
    """What somebody publishes in the journeys: name → bytes in Base64."""
    fine, signed = chart("fine", f"1.{number}.0"), chart("sealed", f"1.{number}.0")
    made = {f"fine-1.{number}.0.tgz": fine, f"sealed-1.{number}.0.tgz": signed,
            f"sealed-1.{number}.0.tgz.prov": provenance(signed, "sealed", f"1.{number}.0"),
            "broken.tgz": b"no archive"}
    return {name: base64.b64encode(data).decode() for name, data in made.items()}


def prepare():
    server = Server()
    fill(server)
    people(server)
    return server, {"files": [files(number) for number in range(2)], "password": PASSWORD}


look("journeys.mjs", prepare)

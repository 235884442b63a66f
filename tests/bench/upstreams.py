"""Other servers that are followed, for the rows about them."""
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from chart_server import ChartServer
from harness import TOP

READ_INDEX = TOP / "build/bench/read_index"


def post(server, path, body):
    link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    link.request("POST", path, body if isinstance(body, bytes) else json.dumps(body))
    answer = link.getresponse()
    said = answer.read()
    link.close()
    assert answer.status < 300, said
    return json.loads(said)


def follow(server, url, name="up", mode="catalog", refresh_minutes=0):
    post(server, "/api/v1/repos", {"name": name, "upstream": url, "mode": mode, "allow_private": True,
                                   "refresh_minutes": refresh_minutes})


def refresh(server, name="up"):
    """The seconds that it took, as who asked saw them, and what it said."""
    began = time.monotonic()
    said = post(server, f"/api/v1/upstreams/{name}/refresh", {})
    seconds = time.monotonic() - began
    assert said["ok"], said
    return seconds, said


class Index:
    """An index.yaml as `helm repo index` writes it, in a folder of its own, in which one version changes."""

    def __init__(self, folder, versions, names="service-"):
        folder.mkdir(parents=True, exist_ok=True)
        self.path, self.turn = folder / "index.yaml", 0
        subprocess.run([READ_INDEX, "make", self.path, str(versions)], check=True)
        self.text = self.path.read_text().replace("service-", names)
        self.write(self.text)

    def write(self, text):
        """Whole at once: it is served meanwhile."""
        new = self.path.with_suffix(".new")
        new.write_text(text)
        os.replace(new, self.path)

    def change(self):
        """The description of a version in its midst; no two have one size, by which nginx knows them."""
        self.turn += 1
        at = self.text.index("description: ", len(self.text) // 2) + len("description: ")
        self.write(f"{self.text[:at]}{self.turn * 'x'} is a{self.text[at + 1:]}")


def bare_seconds(index):
    said = subprocess.run([READ_INDEX, "bare", index.path], check=True, capture_output=True, text=True).stdout
    return json.loads(said)["seconds"]


def thread_seconds(server):
    """Processor time of its threads so far, finer than the clock's ticks."""
    tasks = Path(f"/proc/{server.process.pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def resident_above(server, action):
    """What it returned, and by how many MB the program grew in it at its highest."""
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")       # the highest is of now
    before = server.memory()[0]
    result = action()
    return result, server.memory()[1] - before


class Crowd:
    """Many who ask for one archive at the same moment, each over a connection of its own."""

    def __init__(self, server, path, count):
        self.request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        self.links = [socket.create_connection(("127.0.0.1", server.port), 60) for _ in range(count)]

    def ask(self):
        for link in self.links:
            link.sendall(self.request)

    def bodies(self):
        """How many got which bytes."""
        found = {}
        for link in self.links:
            with link:
                answer = b"".join(iter(lambda l=link: l.recv(1 << 18), b""))
            head, _, body = answer.partition(b"\r\n\r\n")
            key = head.split(b" ")[1], body
            found[key] = found.get(key, 0) + 1
        return found


class Held(ChartServer):
    """One whose answers wait until they are let go."""

    def __enter__(self):
        self.hold = threading.Event()
        self.hold.set()
        return self

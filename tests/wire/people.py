"""A server with people, a CI token and ten repositories; rows are put into the catalog while it is
not running, so that these tests need nothing but who may do what."""
import base64
import functools
import hashlib
import http.client
import os
import secrets
import socket
import sqlite3
import time
import zlib

from wire import Server, equal
from harness import chart

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DAY_NS = 24 * 3600 * 10**9
PASSWORD = "correct horse battery staple"
PUBLIC = ("stable", "tools", "team-a/public", "team-b/public", "mirror")
PRIVATE = ("secret", "team-a/private", "team-b/private", "vault", "hidden")
ABSENT = "nowhere"
USERS = {"alice": "pull:*\npush:team-a/*", "root": "admin:*"}


def token():
    text = "".join(secrets.choice(DIGITS) for _ in range(27))
    crc, sums = zlib.crc32(text.encode()), ""
    for _ in range(6):
        crc, sums = crc // 62, DIGITS[crc % 62] + sums
    return "clk_" + text + sums


@functools.cache
def password_hash(text):
    salt = os.urandom(16)
    key = hashlib.scrypt(text.encode(), salt=salt, n=2**15, r=8, p=3, maxmem=2**27, dklen=32)
    return "scrypt$15$8$3$" + "$".join(base64.b64encode(x).decode() for x in (salt, key))


def rows(data):
    return sqlite3.connect(data / "catalog.db", isolation_level=None)


def add_user(data, name, roles, password=PASSWORD):
    with rows(data) as db:
        db.execute("INSERT INTO account (name, password, roles, created_ns) VALUES (?, ?, ?, 0)",
                   (name, password_hash(password), roles))


def add_token(data, name, roles, expires_ns=0, user=None):
    text = token()
    with rows(data) as db:
        owner = db.execute("SELECT id FROM account WHERE name = ?", (user,)).fetchone()
        db.execute("INSERT INTO token (name, digest, account_id, roles, created_ns, expires_ns)"
                   " VALUES (?, ?, ?, ?, 0, ?)",
                   (name, hashlib.sha256(text.encode()).digest(), owner and owner[0], roles,
                    expires_ns))
    return text


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


def with_repositories():
    """Ten repositories with a chart each; stopped."""
    running = Server(keep=True)
    for repo in PUBLIC + PRIVATE:
        body = '{"name":"%s","private":%s}' % (repo, str(repo in PRIVATE).lower())
        equal(running.request("POST", "/api/v1/repos", body,
                              {"Content-Type": "application/json"}).status, 201)
        equal(running.publish(chart("demo"), repo).status, 201)
    running.stop()
    return running.data


def credentials(data):
    """Role → headers."""
    for name, roles in USERS.items():
        add_user(data, name, roles)
    made = {"pull": "pull:*", "push": "push:*", "push of a chart": "push:*:redis*",
            "delete": "delete:*", "admin of all teams": "admin:team-a/*\nadmin:team-b/*",
            "admin:*": "admin:*"}
    roles = {name: bearer(add_token(data, name, lines)) for name, lines in made.items()}
    roles["anonymous"] = {}
    roles["wrong"] = bearer(token())
    roles["expired"] = bearer(add_token(data, "expired", "admin:*", time.time_ns() - DAY_NS))
    roles["revoked"] = bearer(add_token(data, "revoked", "admin:*"))
    with rows(data) as db:
        db.execute("DELETE FROM token WHERE name = 'revoked'")
    roles["ci"] = basic("ci", add_token(data, "ci", "push:stable:redis*\npull:stable"))
    roles["alice"] = basic("alice", PASSWORD)
    roles["root"] = basic("root", PASSWORD)
    return roles


@functools.cache
def company():
    """(server, role → headers)"""
    data = with_repositories()
    roles = credentials(data)
    return Server(data=data, keep=True), roles


def used(data, name):
    """When the token was last used, as the catalog says."""
    with rows(data) as db:
        return db.execute("SELECT last_used_ns FROM token WHERE name = ?", (name,)).fetchone()[0]


class ControlLink(http.client.HTTPConnection):
    """The administrator's way in."""

    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.path))

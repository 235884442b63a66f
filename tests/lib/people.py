"""A server with people, a CI token and ten repositories, and the ways to sign in."""
import base64
import contextlib
import functools
import hashlib
import json
import secrets
import shutil
import sqlite3
import time
import zlib

from harness import LONG, Server, chart, equal, make_repo, must, open_catalog, temporary

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


def rows(data):
    return sqlite3.connect(data / "catalog.db", isolation_level=None)


def options(roles):
    return [word for line in roles.split("\n") for word in ("--role", line)]


@functools.cache
def _empty():
    running = Server(keep=True)
    running.stop()
    return running.data


def peopled(users, keep=False):
    """A new data directory with users, {name: roles}, that nobody serves yet."""
    data = shutil.copytree(_empty(), temporary(keep) / "data")
    for name, roles in users.items():
        add_user(data, name, roles)
    return data


def takes_rows(data):
    """There is a catalog that nobody serves. With LONG=1 the program itself makes whoever is added."""
    return not LONG and (data / "catalog.db").exists() and not (data / "control.sock").exists()


def put_row(data, text, *values):
    with contextlib.closing(rows(data)) as db:    # or its files come and go
        db.execute(text, values)


def add_user(data, name, roles, password=PASSWORD):
    """`roles` is a text with a line for each, as in the next one. The hash is of next to no cost where it can
    be: one that the program makes costs a quarter of a second, and as much at the first login of each server."""
    if not takes_rows(data):
        must("user", "add", name, "--data", data, *options(roles), "--password-stdin", stdin=password)
        return
    salt = secrets.token_bytes(16)
    key = hashlib.scrypt(password.encode(), salt=salt, n=2, r=8, p=1, dklen=32)
    stored = "$".join(["scrypt", "1", "8", "1", *(base64.b64encode(x).decode() for x in (salt, key))])
    put_row(data, "INSERT INTO account (name, password, roles, created_ns) VALUES (?, ?, ?, ?)",
            name, stored, roles, time.time_ns())


def create_token(data, name, roles, user=None):
    """By the program."""
    more = ("--user", user) if user else ()
    made = must("token", "create", name, "--data", data, *options(roles), *more, "--expires", "never",
                "--json")
    return json.loads(made)["token"]


def add_token(data, name, roles, user=None):
    if not takes_rows(data):
        return create_token(data, name, roles, user)
    text = token()
    put_row(data, "INSERT INTO token (name, digest, account_id, roles, created_ns, expires_ns)"
            " VALUES (?, ?, (SELECT id FROM account WHERE name = ?), ?, ?, 0)",
            name, hashlib.sha256(text.encode()).digest(), user, roles, time.time_ns())
    return text


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


def until_slowed(attempt, refusal, least=10):
    """Wrong passwords until it is too many of them: ten at once, and one more for every 30 seconds that
    hashing takes. Returns how many were looked at, and the answer to the next one."""
    for number in range(40):
        answer = attempt(number)
        if answer.status != refusal:
            assert number >= least, f"{number} were looked at"
            equal((answer.status, answer.headers["Retry-After"]), (429, "30"))
            return number, answer
    raise AssertionError("nobody is slowed")


def also_slowed(attempt, refusal, other):
    """So is another way in, right after it, unless just then one more was let in."""
    for _ in range(10):
        if other().status == 429:
            return
        until_slowed(attempt, refusal, 0)
    raise AssertionError("the other way is not slowed")


def with_repositories():
    """Ten repositories with a chart each; stopped."""
    running = Server(keep=True)
    for repo in PUBLIC + PRIVATE:
        make_repo(running, repo, private=repo in PRIVATE)
        equal(running.publish(chart("demo"), repo).status, 201)
    running.stop()
    return running.data


def credentials(data):
    """Role → headers."""
    for name, roles in USERS.items():
        add_user(data, name, roles)
    made = {"pull": "pull:*", "push": "push:*", "push of a chart": "push:*:redis*",
            "delete": "delete:*", "admin of all teams": "admin:team-a/*\nadmin:team-b/*",
            "admin:*": "admin:*", "push of the chart": "push:team-a/*:other",
            **{f"{role} of {which}": f"{role}:{where}" for role in ("pull", "push", "delete", "admin")
               for which, where in (("these", "team-a/*"), ("another", "stable"))}}
    roles = {name: bearer(add_token(data, f"t{number}", lines))
             for number, (name, lines) in enumerate(made.items())}
    roles["anonymous"] = {}
    roles["wrong"] = bearer(token())
    roles["expired"] = bearer(add_token(data, "expired", "admin:*"))
    # Time itself cannot be asked for it.
    put_row(data, "UPDATE token SET expires_ns = ? WHERE name = 'expired'", time.time_ns() - DAY_NS)
    roles["revoked"] = bearer(add_token(data, "revoked", "admin:*"))
    tokens = json.loads(must("token", "list", "--data", data, "--json"))
    [number] = [row["id"] for row in tokens if row["name"] == "revoked"]
    must("token", "revoke", number, "--data", data)
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
    with open_catalog(data) as db:
        return db.execute("SELECT last_used_ns FROM token WHERE name = ?", (name,)).fetchone()[0]

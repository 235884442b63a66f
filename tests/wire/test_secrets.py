#!/usr/bin/env python3
"""Secrets stay where they are: a server that has one of each kind is asked for everything, in every way that
there is, and whatever it said, wrote and left is searched for them."""
import base64
import contextlib
import functools
import json
import signal
import ssl
import stat
from urllib.parse import quote

from wire import contains, equal
from certificates import authority
from chart_server import ChartServer
from people import add_user, basic, bearer, create_token, token
from receiver import Receiver, status
from route_table import address, methods, routes
from processes import command_line
from sessions import FORM, OWN, signed_in
from harness import Server, chart, command, main, must, settled, temporary, test

PASSWORD, GUESS = "canary-password-77413", "canary-guess-51890"
ENVIRONMENT = "CANARY_BEARER"
# What of DATA/ may hold what. The catalog has what is sent, because it is sent: hooks sign, and say headers.
IN_THE_CATALOG = ("hook", "hook header", "hook address", "inbound hook")
IN_THEIR_FILES = {"bundle key": "keys/bundle.key", "authority key": "keys/shadow-ca.key"}
WALKS = (("main", {"name": "demo", "version": "1.0.0", "file": "demo-1.0.0.tgz"}), ("up", {"name": "one"}),
         ("nowhere", {"name": "alice"}), ("nowhere", {"name": "chat"}))


def inner(path):
    """A line in the middle of a PEM file: of a key, and of nothing else."""
    return path.read_text().splitlines()[1]


def settings(folder, upstream):
    for name in ("password", "header"):
        (folder / name).write_text(f"canary-upstream-{name}\n")
        (folder / name).chmod(0o600)
    (folder / "c.yaml").write_text(f"""
log: {{level: debug, format: json}}
upstreams:
  - {{name: up, url: "{upstream.url}", allow_private: true, refresh_minutes: 0, mode: proxy, credentials: team}}
  - {{name: two, url: "{upstream.url}", allow_private: true, refresh_minutes: 0, credentials: gate}}
  - {{name: three, url: "{upstream.url}", allow_private: true, refresh_minutes: 0, credentials: other}}
credentials:
  - {{name: team, origin: "{upstream.url}", username: robot, password_file: {folder}/password}}
  - {{name: gate, origin: "{upstream.url}", header: X-Api-Key, header_file: {folder}/header}}
  - {{name: other, origin: "{upstream.url}", bearer_env: {ENVIRONMENT}}}
""")
    return folder / "c.yaml"


class World:
    """server, secrets (what it is → its text), said (where → bytes)."""

    def __init__(self):
        folder = self.folder = temporary(keep=True)
        data = folder / "data"
        self.upstream, self.receiver = ChartServer(), Receiver(status(500))
        self.upstream.put("demo", "2.0.0")
        self.config = settings(folder, self.upstream)
        add_user(data, "alice", "admin:*", PASSWORD)
        self.token = create_token(data, "all", "admin:*", user="alice")
        must("keys", "generate", "--data", data, "--name", "site.example.org")
        must("keys", "shadow-ca", "--data", data)
        self.server = Server(data=data, keep=True, env={ENVIRONMENT: "canary-environment"},
                             args=("--config", self.config))
        self.secrets = {
            "password": PASSWORD, "guess": GUESS, "token": self.token, "unknown token": token(),
            "session": signed_in(self.server, "alice", PASSWORD), "environment": "canary-environment",
            "upstream password": "canary-upstream-password", "upstream header": "canary-upstream-header",
            "hook": "canary-hook-secret-20", "hook header": "canary-hook-header",
            "hook address": "canary-hook-address", "bundle key": inner(data / "keys/bundle.key"),
            "authority key": inner(data / "keys/shadow-ca.key"),
        }
        self.said = {}
        self.fill()
        self.ask_for_everything()
        self.run_commands()

    def send(self, method, path, body=None, headers=None, said=True):
        body = json.dumps(body) if isinstance(body, dict) else body
        answer = self.server.request(method, path, body, bearer(self.token) if headers is None else headers)
        if said:
            self.said[f"{method} {path} {sorted(headers or {})}"] = answer.body + str(answer.headers).encode()
        return answer

    def fill(self):
        """Some of each: charts, refreshes, a hook that fails, an inbound one."""
        equal(self.send("POST", "/api/charts", chart("demo")).status, 201)
        for name in ("up", "two", "three"):
            answer = self.send("POST", f"/api/v1/upstreams/{name}/refresh", {})
            equal(json.loads(answer.body)["ok"], True, answer.body)
        sent = [h for path, h in self.upstream.requests if path == "/index.yaml"]
        equal({h.get("X-Api-Key") or h["Authorization"] for h in sent},
              {basic("robot", "canary-upstream-password")["Authorization"], "canary-upstream-header",
               "Bearer canary-environment"})
        for name, fields in (("one", {"url": self.receiver.url + "/?key=canary-hook-address",
                                      "headers": ["X-K: canary-hook-header"], "secret": self.secrets["hook"]}),
                             ("chat", {"url": self.receiver.url + "/canary-hook-address", "format": "slack"})):
            made = self.send("POST", "/api/v1/hooks", {"name": name, "allow_private": True, **fields}, said=False)
            equal(made.status, 201, made.body)      # tells the secret, this once
            self.send("POST", f"/api/v1/hooks/{name}/test")
        self.receiver.wait(2)
        made = self.send("POST", "/api/v1/upstreams/up/hook", said=False)    # told this once
        self.secrets["inbound hook"] = json.loads(made.body)["secret"]

    def ask_for_everything(self):
        cookie = {"Cookie": f"chartlocker={self.secrets['session']}"}
        ways = ({}, bearer(self.token), cookie)
        for row in routes(self.server):
            for path in {address(row["pattern"], repo, **named) for repo, named in WALKS}:
                for headers in ways if "GET" in methods(row) else ():
                    self.send("GET", path, headers=headers)
            for method in methods(row):      # of what is nowhere, so that all stays as it is
                if method != "GET" and not row["pattern"].startswith("/control/"):
                    self.send(method, address(row["pattern"], "nowhere"), b"{}", bearer(self.token))
        self.be_refused(cookie)

    def be_refused(self, cookie):
        for headers in (basic("alice", GUESS), basic(GUESS, PASSWORD), bearer(self.secrets["unknown token"]),
                        basic("x", self.token + "x"), {"Authorization": "Basic " + GUESS},
                        {"Authorization": f"Digest {PASSWORD}"}, {"Cookie": f"chartlocker={'0' * 64}"}):
            self.send("GET", "/api/v1/audit", headers=headers)
        for path, fields in (("/login", f"name=alice&password={GUESS}"), ("/login", f"name=alice&password=%{GUESS}"),
                             ("/account/password", f"old={GUESS}&new={PASSWORD}"),
                             ("/admin/users", f"name=x&password={PASSWORD}")):
            self.send("POST", path, fields, FORM | OWN | cookie)
        self.send("POST", "/hooks/upstream/up", "{}", {"Authorization": f"Bearer {GUESS}"})
        self.send("POST", "/hooks/upstream/up", "{}", bearer(self.secrets["inbound hook"]))
        self.send("POST", "/api/v1/users", {"name": "bob", "roles": ["nothing"], "password": PASSWORD})
        self.send("POST", "/api/v1/users/alice/password", {"password": "short", "old": PASSWORD})
        self.send("PATCH", "/api/v1/hooks/one", {"headers": ["canary-hook-header"], "secret": GUESS})

    def run_commands(self):
        data = ("--data", self.server.data)
        lines = [("config", "print", "--config", self.config), ("config", "check", "--config", self.config, *data)]
        lines += [(*line, *data) for line in (
            ("hook", "list"), ("hook", "show", "one"), ("hook", "show", "chat"), ("upstream", "list"),
            ("upstream", "show", "up"), ("user", "list"), ("token", "list"), ("keys", "list"), ("audit",), ("log",),
            ("repo", "list"))]
        for line in lines:
            for more in ((), ("--json",)):
                if (line[:2], more) != (("config", "check"), ("--json",)):
                    said = must(*line, *more, env={ENVIRONMENT: "canary-environment"})
                    self.said[" ".join(map(str, line + more))] = said.encode()

    def leaks(self, where, data, allowed=()):
        return [(where, what) for what, secret in self.secrets.items() if what not in allowed
                for form in forms(secret) if form in data]


@functools.cache
def forms(secret):
    """The text itself, and as it is written elsewhere."""
    raw = secret.encode()
    pairs = [base64.b64encode(before + raw)[4 if before else 0:] for before in (b"", b"alice:", b"robot:", b"x:")]
    return {raw, raw.hex().encode(), quote(secret, safe="").encode(), json.dumps(secret)[1:-1].encode(),
            *(pair.rstrip(b"=")[:-1] for pair in pairs)}


@functools.cache
def world():
    return World()


def files(folder):
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]


def content(path):
    try:
        return path.read_bytes()
    except FileNotFoundError:        # of a running server: some come and go
        return b""


def leaks_in(folder, known=IN_THEIR_FILES):
    """Of all files below DATA or what was made of it."""
    found = []
    for path in files(folder):
        name = str(path.relative_to(folder))
        allowed = IN_THE_CATALOG if name.startswith("catalog.db") else \
            [what for what, file in known.items() if file == name]
        found += world().leaks(name, content(path), allowed)
    return found


# ---- what is said ----

@test
def t_log_02_answers_pages_metrics_and_commands():
    said = world().said
    assert len(said) > 700, len(said)
    equal([leak for where, data in said.items() for leak in world().leaks(where, data)], [])


@test
def t_log_02_the_log_at_every_level():
    log = world().server.log()
    contains(log, '"level":"debug"')
    contains(log, "upstream")
    equal(world().leaks("log", log.encode()), [])


@test
def t_log_02_keys_of_tls():
    """Also when the files are exchanged for ones that do not fit."""
    folder = temporary()
    authority(folder, "site")
    authority(folder, "other")
    running = Server(tls=ssl._create_unverified_context(), args=(
        "--set", f"tls.cert={folder}/site.pem", "--set", f"tls.key={folder}/site.key", "--set", "log.level=debug"))
    keys = [inner(folder / "site.key"), inner(folder / "other.key")]
    said = [running.get(path).body.decode() for path in ("/", "/metrics", "/none", "/api/v1/repos")]
    (folder / "other.key").replace(folder / "site.key")
    running.process.send_signal(signal.SIGHUP)
    assert settled(lambda: "tls.not_reloaded" in running.log())
    said += [running.log(), command("serve", "--data", folder / "data", "--set", f"tls.cert={folder}/site.pem",
                                    "--set", f"tls.key={folder}/site.key").stderr]
    contains(said[-1], "key")
    equal([key for key in keys for text in said if key in text], [])


@test
def the_search_finds_what_is_there():
    """Else none of this would be worth anything."""
    for what, secret in world().secrets.items():
        for text in (secret, base64.b64encode(b"alice:" + secret.encode()).decode(), secret.encode().hex()):
            contains(world().leaks("x", f"a {text} b".encode()), ("x", what))
    catalog = b"".join(content(path) for path in files(world().server.data) if "catalog.db" in path.name)
    equal({what for _, what in world().leaks("catalog", catalog)}, set(IN_THE_CATALOG))


# ---- what is written ----

@test
def what_is_kept():
    equal(leaks_in(world().server.data), [])


@test
def a_backup_has_no_keys():
    backup = temporary() / "backup"
    must("backup", "--data", world().server.data, backup)
    assert (backup / "catalog.db").exists() and not (backup / "keys").exists()
    equal(leaks_in(backup, {}), [])
    equal(open_to_others(backup), [])


@test
def a_bundle_has_none_at_all():
    folder = temporary()
    must("bundle", "create", "--repo", "main", "--data", world().server.data, "-o", folder)
    [bundle] = files(folder)
    equal(world().leaks("bundle", bundle.read_bytes()), [])


def open_to_others(folder):
    """What somebody else on this machine may open: nothing."""
    found = []
    for path in [folder, *folder.rglob("*")]:
        with contextlib.suppress(FileNotFoundError):
            mode = path.lstat().st_mode
            found += [(str(path), oct(mode))] if mode & 0o007 and not stat.S_ISLNK(mode) else []
    return found


FOR_EVERYBODY = ("backed-up.json", "keys/shadow-ca.crt")     # root may have written the first, for the server


@test
def modes_of_files():
    data = world().server.data
    equal([path for path, _ in open_to_others(data)], [str(data / file) for file in FOR_EVERYBODY])
    own = [data / "control.sock", *files(data / "keys")]
    equal([path.name for path in own if path.stat().st_mode & 0o077], ["shadow-ca.crt"])
    equal(stat.S_IMODE((data / "keys").stat().st_mode), 0o700)
    assert len(own) >= 5, own


@test
def after_kill_9():
    """While a body comes in and a password is hashed; then it starts again."""
    folder = temporary()
    data = folder / "data"
    add_user(data, "alice", "admin:*", PASSWORD)
    running = Server(data=data)
    link = running.connect()
    authorization = basic("alice", PASSWORD)["Authorization"]
    link.sendall(f"POST /api/charts HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n"
                 "Content-Length: 1000000\r\n\r\n".encode() + b"x" * 500_000)
    running.get("/metrics", basic("alice", GUESS))
    running.kill()
    link.close()
    equal((leaks_in(data), open_to_others(data)), ([], []))
    running = Server(data=data)
    equal(running.get("/metrics", basic("alice", PASSWORD)).status, 200)
    equal((leaks_in(data), open_to_others(data)), ([], []))


@test
def the_setup_token_is_its_owners():
    running = Server(args=("--listen", "0.0.0.0:0"))
    path = running.data / "setup-token"
    equal(stat.S_IMODE(path.stat().st_mode), 0o600)
    equal(open_to_others(running.data), [])


# ---- what ps shows ----

@test
def what_ps_shows_of_a_server():
    equal(world().leaks("command line", command_line(world().server.pid)), [])


if __name__ == "__main__":
    main()

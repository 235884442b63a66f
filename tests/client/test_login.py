#!/usr/bin/env python3
"""chartlocker login and logout, and whose credentials push sends.
Long because its rows share one server with people and what a login left."""
import functools
import json
import os
import pty
import re
import shutil
import stat
import subprocess
import termios
import time

from helm import ALL, Helm
from harness import (PROGRAM, Server, chart, clean_environment, command, contains, equal, main, must,
                     need, settled, table, temporary, test)
from hostile_server import Hostile, redirect, response, whole
from people import PASSWORD, add_user, basic, bearer, token
from terminal import to_the_end

WRONG = "the user or the password is not right"
FILE = "chartlocker/credentials.json"


def post(server, what, fields, headers=None):
    answer = server.request("POST", f"/api/v1/{what}", json.dumps(fields),
                            {"Content-Type": "application/json", **(headers or {})})
    equal(answer.status, 201, answer.body)
    return json.loads(answer.body)


@functools.cache
def peopled():
    """A stopped data directory with a private repository and three people."""
    server = Server(temporary(keep=True) / "data")
    post(server, "repos", {"name": "vault", "private": True})
    server.stop()
    for name, roles in (("root", "admin:*"), ("alice", "pull:*\npush:*"), ("bob", "pull:*")):
        add_user(server.data, name, roles)
    return server.data


class Site:
    """A server with a private repository and three people, and a home to sign in from."""

    def __init__(self):
        self.server = Server(shutil.copytree(peopled(), temporary() / "data", symlinks=True))
        self.home = temporary() / "config"
        self.env = {"XDG_CONFIG_HOME": str(self.home)}
        self.archive = temporary() / "demo-1.0.0.tgz"
        self.archive.write_bytes(chart())

    def post(self, what, fields, headers=None):
        return post(self.server, what, fields, headers)

    def ci(self, roles=("pull:*", "push:vault:demo")):
        return self.post("tokens", {"name": "ci", "roles": list(roles)}, basic("root", PASSWORD))

    def run(self, *arguments, stdin=None, env=None):
        """(exit status, standard output, standard error); no secret is ever in the last two."""
        done = command(*arguments, stdin=stdin, env={**self.env, **(env or {})})
        said = done.stdout + done.stderr
        assert PASSWORD not in said and not re.search(r"clk_\w", said), said
        return done.returncode, done.stdout, done.stderr

    def login(self, user="alice", url=None):
        return self.run("login", "--user", user, "--password-stdin", url or self.server.url,
                        stdin=PASSWORD + "\n")

    def push(self, *more, url=None, **options):
        return self.run("push", "--repo", "vault", *more, self.archive, url or self.server.url,
                        **options)

    def file(self):
        return self.home / FILE

    def kept(self):
        return json.loads(self.file().read_text())["servers"]

    def whoami(self, text):
        return self.server.get("/api/v1/whoami", bearer(text)).status

    def tokens(self):
        answer = self.server.get("/api/v1/tokens", basic("root", PASSWORD))
        return {row["id"]: row for row in json.loads(answer.body)}


def with_user(url, user):
    return url.replace("://", f"://{user}@")


# ---- login and logout ----

@test
def password_becomes_a_token():
    """The user's roles, 90 days, a name that says where; 0600 in 0700; the password is nowhere."""
    site = Site()
    status, out, said = site.login()
    equal((status, said), (0, ""))
    assert re.match(rf"Signed in to {re.escape(site.server.url)} as alice until 20\d\d-\d\d-\d\d; ", out), out
    equal(out.count("\n"), 1)
    [kept] = site.kept()
    row = site.tokens()[kept["id"]]
    equal((kept["url"], kept["user"], kept["made"]), (site.server.url, "alice", True))
    equal((row["user"], row["roles"]), ("alice", ["pull:*", "push:*"]))
    assert re.fullmatch(r"login-[\w-]+-[0-9a-f]{8}", row["name"]), row["name"]
    equal(row["expires"], kept["expires"])
    days = (time.mktime(time.strptime(row["expires"][:19], "%Y-%m-%dT%H:%M:%S")) -
            time.mktime(time.strptime(row["created"][:19], "%Y-%m-%dT%H:%M:%S"))) / 86400
    assert abs(days - 90) < 0.1, days
    equal([stat.S_IMODE(p.stat().st_mode) for p in (site.file(), site.file().parent)],
          [0o600, 0o700])
    equal(os.listdir(site.file().parent), ["credentials.json"])
    assert PASSWORD not in site.file().read_text()
    assert PASSWORD not in site.server.log() and kept["token"] not in site.server.log()
    equal(site.push()[:1], (0,))


@test
def helm_and_curl_take_the_token():
    site = Site()
    equal(site.login()[0], 0)
    equal(site.push()[0], 0)
    text = site.kept()[0]["token"]
    for name, _ in ALL:
        helm, out = Helm(name), temporary()
        helm("repo", "add", "vault", f"{site.server.url}/vault", "--username", "x", "--password", text)
        helm("pull", "vault/demo", "--destination", out)
        equal((out / "demo-1.0.0.tgz").read_bytes(), chart())
        helm("repo", "add", "nobody", f"{site.server.url}/vault", fails=True)
    done = subprocess.run([need("curl"), "-sS", "-H", f"Authorization: Bearer {text}",
                           f"{site.server.url}/vault/charts/demo-1.0.0.tgz"],
                          capture_output=True, check=True)
    equal(done.stdout, chart())


@test
def logout_revokes_at_once():
    site = Site()
    site.login()
    text = site.kept()[0]["token"]
    equal((site.whoami(text), site.push()[0]), (200, 0))
    equal(site.run("logout", site.server.url),
          (0, f"Signed out of {site.server.url}. The token is revoked\n", ""))
    equal((site.whoami(text), site.kept(), site.tokens()), (401, [], {}))
    status, out, said = site.push()
    equal((status, out), (1, ""))
    contains(said, f"chartlocker login {site.server.url}\n")
    status, _, said = site.run("logout", site.server.url)
    equal((status, said), (1, f"chartlocker logout: nothing is kept for {site.server.url}; see "
                           "chartlocker login --list\n"))


@test
def said_as_json():
    """For scripts; the token is in no answer."""
    site = Site()
    status, out, said = site.run("login", "--user", "alice", "--password-stdin", "--json",
                                 site.server.url, stdin=PASSWORD + "\n")
    kept = {"url": site.server.url, "user": "alice", "expires": site.kept()[0]["expires"]}
    equal((status, json.loads(out), said), (0, kept, ""))
    equal(site.run("login", "--list", "--json"), (0, out, ""))
    equal(site.run("logout", "-j", site.server.url),
          (0, f'{{"url":"{site.server.url}","revoked":true}}\n', ""))
    equal(site.run("login", "--list", "--json"), (0, "", ""))
    site.run("login", "--token-stdin", site.server.url,
             stdin=site.ci()["token"] + "\n")
    equal(list(json.loads(site.run("login", "-l", "-j")[1])), ["url", "user", "expires"])


@test
def logout_of_what_was_revoked_already():
    site = Site()
    site.login()
    number = site.kept()[0]["id"]
    equal(site.server.request("DELETE", f"/api/v1/tokens/{number}", None,
                              basic("root", PASSWORD)).status, 200)
    equal(site.run("logout", site.server.url)[0], 0)
    equal(site.kept(), [])


@test
def logout_while_the_server_is_away():
    """The token would live on: it is kept, unless it shall be forgotten all the same."""
    site = Site()
    site.login()
    site.server.stop()
    status, out, said = site.run("logout", site.server.url)
    equal((status, out, len(site.kept())), (1, "", 1))
    contains(said, "--forget")
    status, out, _ = site.run("logout", "--forget", site.server.url)
    equal((status, site.kept()), (0, []))
    contains(out, "still valid")


@test
def login_again_revokes_the_former_token():
    site = Site()
    site.login()
    [first] = site.kept()
    equal(site.login("bob")[0], 0)
    [second] = site.kept()
    equal((second["user"], site.whoami(first["token"]), site.whoami(second["token"])),
          ("bob", 401, 200))
    equal(list(site.tokens()), [second["id"]])


@test
def given_token_is_kept_and_only_forgotten():
    site = Site()
    ci = site.ci()
    equal(site.run("login", "--token-stdin", site.server.url, stdin=ci["token"])[0], 0)
    [kept] = site.kept()
    equal((kept["token"], kept["id"], kept["made"], kept["user"]), (ci["token"], ci["id"], False, "ci"))
    equal(site.push()[0], 0)
    status, out, _ = site.run("logout", site.server.url)
    equal((status, site.kept(), site.whoami(ci["token"])), (0, [], 200))
    contains(out, "still valid")


@test
def token_as_password():
    """What a CI has in its variable works at either door."""
    site = Site()
    ci = site.ci()
    equal(site.run("login", "-u", "x", "--password-stdin", site.server.url, stdin=ci["token"])[0], 0)
    equal([(row["token"], row["made"]) for row in site.kept()], [(ci["token"], False)])


@table(("wrong password", ("--user", "alice", "--password-stdin"), "wrong wrong wrong", WRONG),
       ("unknown user", ("--user", "mallory", "--password-stdin"), PASSWORD, WRONG),
       ("unknown token", ("--token-stdin",), token(), "this token is not known, expired or revoked"),
       ("mistyped token", ("--token-stdin",), token()[:-1] + "_",
        "what is in standard input is not a token (clk_…), or is mistyped"),
       ("header in a token", ("--token-stdin",), token() + "\rX-Evil: 1", "is not a token"),
       ("nothing", ("--token-stdin",), "", "standard input: nothing came"),
       ("an empty line", ("--user", "alice", "--password-stdin"), "\n", "nothing came"),
       ("too long", ("--user", "alice", "--password-stdin"), "x" * 1025, "more than 1024 bytes"))
def refused(options, stdin, sentence):
    site = Site()
    status, out, said = site.run("login", *options, site.server.url, stdin=stdin)
    equal((status, out, site.file().exists()), (1, "", False))
    contains(said, sentence)


@table(("nothing",), ("two addresses", "--token-stdin", "http://a", "http://b"),
       ("no address", "--token-stdin", "charts.example.org"),
       ("a password in the address", "--token-stdin", "http://alice:hunter2@h"),
       ("a query", "--token-stdin", "http://h/?hunter2"),
       ("both", "--token-stdin", "--password-stdin", "-u", "a", "http://h"),
       ("no user", "--password-stdin", "http://h"), ("no terminal", "http://h"),
       ("a list of something", "--list", "http://h"))
def misuse(*arguments):
    done = command("login", *arguments, stdin="x")
    equal((done.returncode, done.stdout), (2, ""))
    contains(done.stderr, "Usage: chartlocker login")
    assert "hunter2" not in done.stderr, done.stderr


@test
def asks_on_a_terminal_without_echo():
    site = Site()
    ours, theirs = pty.openpty()
    process = subprocess.Popen([PROGRAM, "login", site.server.url], stdin=theirs,
                               stdout=subprocess.PIPE, stderr=theirs, env=clean_environment(site.env))
    seen = b""
    for prompt, line in ((b"User: ", "alice"), (b"Password: ", PASSWORD)):
        while not seen.endswith(prompt):
            seen += os.read(ours, 1000)
        if b"Pass" in prompt:    # the prompt comes before the terminal is set
            assert settled(lambda: not termios.tcgetattr(ours)[3] & termios.ECHO)
        os.write(ours, f"{line}\n".encode())
    out, _ = process.communicate(timeout=60)
    os.close(theirs)
    said = seen.decode() + to_the_end(ours)
    equal(process.returncode, 0)
    contains(out.decode(), "as alice")
    assert "alice" in said and PASSWORD not in said, said


@test
def not_encrypted_is_told():
    """From 127.0.0.1 nobody listens; elsewhere without TLS somebody may."""
    site = Site()
    equal(site.login()[2], "")
    for url, warned in (("http://192.0.2.1:1", True), ("http://localhost:1", False),
                        ("http://127.9.9.9:1", False), ("http://[::1]:1", False),
                        ("http://127.0.0.1.example.invalid:1", True),
                        ("https://192.0.2.1:1", False)):
        if url.endswith("192.0.2.1:1"):
            url = url.replace("192.0.2.1", "charts.invalid")
        said = site.login(url=url)[2]
        equal(said.startswith(f"warning: {url} is not encrypted; "), warned, said)


@test
def list_of_servers():
    site = Site()
    equal(site.run("login", "--list"), (0, "SERVER  USER  EXPIRES\n", ""))
    site.login()
    ci = site.post("tokens", {"name": "ci", "roles": ["pull:*"], "expires": "never"},
                   basic("root", PASSWORD))
    site.run("login", "--token-stdin", site.server.url.replace("127.0.0.1", "localhost"),
             stdin=ci["token"])
    lines = site.run("login", "--list")[1].splitlines()
    equal([line.split()[:2] for line in lines[1:]],
          [[row["url"], row["user"]] for row in site.kept()])
    equal(lines[2].split()[2], "never")


@test
def home_without_xdg():
    site = Site()
    home = temporary()
    for config in ("", "relative/path"):
        status, *_ = site.run("login", "--user", "alice", "--password-stdin", site.server.url,
                              stdin=PASSWORD, env={"HOME": str(home), "XDG_CONFIG_HOME": config})
        equal((status, (home / ".config" / FILE).exists()), (0, True))
        (home / ".config" / FILE).unlink()
    status, _, said = site.run("login", "--token-stdin", site.server.url, stdin=token(),
                               env={"HOME": "", "XDG_CONFIG_HOME": ""})
    contains(said, "set HOME or XDG_CONFIG_HOME")


# ---- the file ----

@table(*[(oct(mode), mode) for mode in (0o640, 0o604, 0o660, 0o644, 0o610)])
def t_auth_18_readable_by_others(mode):
    site = Site()
    site.login()
    site.file().chmod(mode)
    before = site.file().read_bytes()
    for line in (("push", "--repo", "vault", site.archive, site.server.url), ("login", "--list"),
                 ("logout", site.server.url)):
        status, out, said = site.run(*line)
        assert status and not out, (status, out)
        contains(said, f"type: chmod 600 {site.file()}\n")
    contains(site.login()[2], f"type: chmod 600 {site.file()}\n")
    equal((site.file().read_bytes(), len(site.tokens())), (before, 1))
    must("push", "--token-stdin", "--repo", "vault", site.archive, site.server.url, env=site.env,
         stdin=site.kept()[0]["token"])
    site.file().chmod(0o600)
    equal(site.push()[0], 0)


@table(("no JSON", "{"), ("no token", '{"servers":[{"url":"http://h","token":"x"}]}'),
       ("a list", "[1]"), ("text", '{"servers":"x"}'))
def file_that_is_none(text):
    site = Site()
    site.file().parent.mkdir(parents=True)
    site.file().write_text(text)
    site.file().chmod(0o600)
    status, _, said = site.push()
    equal((status, said[:len("chartlocker push: ")]), (2, "chartlocker push: "))
    contains(said, f"{site.file()}: ")
    contains(said, "remove the file, and sign in again\n")


@test
def two_at_a_time_lose_nothing():
    site = Site()
    names = [f"http://n{i}.localhost:{site.server.port}" for i in range(8)]
    line = [PROGRAM, "login", "--token-stdin"]
    text = site.ci()["token"]
    running = [subprocess.Popen([*line, url], stdin=subprocess.PIPE, env=clean_environment(site.env),
                                stdout=subprocess.DEVNULL) for url in names]
    for process in running:
        process.communicate(text.encode(), timeout=60)
    equal([process.returncode for process in running], [0] * len(names))
    equal(sorted(row["url"] for row in site.kept()), names)


# ---- push ----

@test
def the_order():
    """The address, then standard input, then the environment, then what is kept."""
    site = Site()
    good, wrong = site.ci()["token"], token()
    kept_wrong = {"CHARTLOCKER_TOKEN": wrong}
    right = {"CHARTLOCKER_TOKEN": good}
    address = with_user(site.server.url, "alice:" + PASSWORD.replace(" ", "%20"))
    site.login("bob")                            # may only read
    equal(site.push()[0], 1)
    equal(site.push(env=right)[0], 0)
    equal(site.push(env=kept_wrong)[0], 1)
    equal(site.push("--token-stdin", stdin=good, env=kept_wrong)[0], 0)
    equal(site.push("--token-stdin", stdin=wrong, env=right)[0], 1)
    equal(site.push("--token-stdin", stdin=wrong, env=kept_wrong, url=address)[0], 0)
    equal(site.push(env=right, url=with_user(site.server.url, "alice:wrong"))[0], 1)
    equal(site.push(url=with_user(site.server.url, good))[0], 0)
    equal(site.push(env={"CHARTLOCKER_TOKEN": "x\r\nX-Evil: 1"})[0], 1)


@table(("nobody", None, "chartlocker login URL\n"),
       ("wrong token", token(), "The credentials of CHARTLOCKER_TOKEN are wrong, expired or revoked. "
        "Sign in again: chartlocker login URL\n"),
       ("reader", "bob", "The credentials of chartlocker login do not allow this. Ask for the role, or "
        "sign in as somebody else: chartlocker login URL\n"))
def refusal_says_what_to_do_next(who, sentence):
    site = Site()
    if who == "bob":
        site.login("bob")
    env = {"CHARTLOCKER_TOKEN": who} if who and who != "bob" else None
    for repo in ("vault", "main") if who else ("main",):
        status, out, said = site.run("push", "--repo", repo, site.archive, site.server.url, env=env)
        equal((status, out), (1, ""))
        contains(said.replace(site.server.url, "URL"), sentence)


@test
def address_never_shows_its_password():
    site = Site()
    url = with_user(site.server.url, "alice:hunter2hunter2")
    for line in (("push", site.archive, url), ("push", site.archive, f"{url}/?x"),
                 ("push", site.archive, url.replace("http", "htps")),
                 ("push", "none.tgz", url), ("push", site.archive, "http://a:hunter2@127.0.0.1:1"),
                 ("login", "--token-stdin", url), ("logout", url)):
        status, out, said = site.run(*line, stdin=token())
        assert status, line
        assert "hunter2" not in out + said, said
    assert "hunter2" not in site.server.log()


@test
def kept_for_its_place_alone():
    """Neither another port, nor another path, nor where a redirect leads."""
    other = Hostile({"*": whole(status=401)})
    here = Hostile({"*": lambda request: redirect(f"{other.url}/elsewhere/api/charts", 307)(request)
                    if request.path.startswith("/moved") else response(status=401)})
    home, text = temporary(), token()
    (home / "chartlocker").mkdir()
    rows = [{"url": f"{here.url}{path}", "user": "x", "token": text, "expires": "", "id": 1,
             "made": False} for path in ("/team-a", "/moved")]
    (home / FILE).touch(0o600)
    (home / FILE).write_text(json.dumps({"servers": rows}))
    archive = temporary() / "demo-1.0.0.tgz"
    archive.write_bytes(chart())
    for path, sent in (("/team-a", True), ("/team-a/below", True), ("/team-a/", True),
                       ("/moved", True), ("", False), ("/team-ab", False), ("/team-a/../b", False),
                       ("/team-a/%2e%2e/b", False), ("/TEAM-A", False)):
        here.seen.clear()
        done = command("push", archive, here.url + path, env={"XDG_CONFIG_HOME": str(home)})
        equal((path, done.returncode, len(here.seen)), (path, 1, 1), done.stderr)
        equal((path, here.seen[0].headers.get("authorization")), (path, f"Bearer {text}" if sent else None))
        assert text not in done.stdout + done.stderr
    equal(other.seen, [])
    command("push", archive, f"{other.url}/team-a", env={"XDG_CONFIG_HOME": str(home)})
    equal([request.headers.get("authorization") for request in other.seen], [None])


@test
def dependencies_of_a_private_repository():
    site = Site()
    site.login()
    equal(site.push()[0], 0)
    folder = temporary() / "parent"
    folder.mkdir()
    (folder / "Chart.yaml").write_text(
        "apiVersion: v2\nname: parent\nversion: 1.0.0\ndependencies:\n- name: demo\n"
        f"  version: 1.x.x\n  repository: {site.server.url}/vault\n")
    equal(site.run("package", "-u", folder, "-d", folder.parent)[0], 0)
    equal((folder / "charts/demo-1.0.0.tgz").read_bytes(), chart())
    site.run("logout", site.server.url)
    status, _, said = site.run("package", "-u", folder, "-d", folder.parent)
    equal(status, 1)
    contains(said, "chartlocker login")


if __name__ == "__main__":
    main()

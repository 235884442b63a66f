#!/usr/bin/env python3
"""A keyring is public keys and nothing else, whichever way it comes in: what else is handed in is refused, and of a
secret key nothing is told and nothing is kept."""
import base64
import functools
import json
import re
import signal
import sqlite3
import subprocess

from wire import Server, contains, equal
import bundles
from openpgp import PUBLIC, key
from sessions import OWN, send
from harness import chart, command, digest, main, must, settled, table, temporary, test

SECRET = "the keyring has a secret key; gpg --export writes the public ones"
NONE = "not a keyring of OpenPGP keys"


def armored(raw, kind="PUBLIC KEY"):
    text = base64.b64encode(raw).decode()
    lines = [text[at:at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN PGP {kind} BLOCK-----", "", *lines, f"-----END PGP {kind} BLOCK-----", ""])


@functools.cache
def certificate():
    folder = temporary(keep=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=x", "-days", "1", "-keyout",
                    folder / "key", "-out", folder / "cert"], check=True, capture_output=True, timeout=60)
    return (folder / "cert").read_text(), (folder / "key").read_text()


def secret():
    return key().secret.read_bytes()


# What is handed in, as text, and what is said of it.
BAD = (("a secret key", lambda: armored(secret(), "PRIVATE KEY"), SECRET),
       ("one that calls itself public", lambda: armored(secret()), SECRET),
       ("one behind a public one", lambda: PUBLIC + armored(secret(), "PRIVATE KEY"), SECRET),
       ("a certificate", lambda: certificate()[0], NONE),
       ("a certificate's key", lambda: certificate()[1], SECRET),
       ("a signature", lambda: armored(b"\xc2\x01s", "SIGNATURE"), NONE),
       ("a text", lambda: "hello\n", NONE),
       ("spaces", lambda: " \n", NONE))


def pieces():
    """Of the secrets, as they might stand somewhere: bytes, and lines of Base64."""
    raw = secret()
    lines = armored(raw).splitlines()[8:-2] + certificate()[1].splitlines()[1:-1]
    return [raw[600:632], *(line.encode() for line in lines)]


def nowhere(data, *said):
    found = [*map(str.encode, said), *(path.read_bytes() for path in data.rglob("*") if path.is_file())]
    for piece in pieces():
        for text in found:
            assert piece not in text, f"a piece of the secret: {piece!r}"


def log_of(data):
    return must("log", "--json", "--data", data)


@table(*BAD)
def by_the_command(make, words):
    data = temporary() / "data"
    must("repo", "create", "s", "--keyring", key().ring, "--data", data)
    before = log_of(data)
    (data.parent / "file").write_text(make())
    for line in (("set", "s", "--keyring", data.parent / "file"), ("create", "t", "--keyring", data.parent / "file"),
                 ("set", "s", f"keyring={make()}"), ("create", "t", "--set", f"keyring={make()}")):
        done = command("repo", *line, "--data", data)
        equal((done.returncode, done.stdout), (1, ""))
        contains(done.stderr, words)
        nowhere(data, done.stderr)
    done = command("upstream", "add", "u", "https://charts.example.org", "--set", f"keyring={make()}", "--data", data)
    equal(done.returncode, 1)
    contains(done.stderr, words)
    equal(log_of(data), before)


@table(("bytes", secret, SECRET), ("bytes behind public ones", lambda: key().public.read_bytes() + secret(),
                                            SECRET),
       ("no file of keys", lambda: b"\x30\x82\x01\x02", NONE),
       ("nothing", lambda: b"", "this file is empty; chartlocker repo set s keyring= removes a keyring"))
def by_a_file_that_is_no_text(make, words):
    data = temporary() / "data"
    must("repo", "create", "s", "--keyring", key().public, "--data", data)
    before = log_of(data)
    (data.parent / "file").write_bytes(make())
    done = command("repo", "set", "s", "--keyring", data.parent / "file", "--data", data)
    equal((done.returncode, done.stdout), (1, ""))
    contains(done.stderr, words)
    nowhere(data, done.stderr)
    equal(log_of(data), before)


@functools.cache
def running():
    server = Server(env={"CHARTLOCKER_LOG_LEVEL": "debug"}, keep=True)
    must("repo", "create", "s", "--keyring", key().ring, "--data", server.data)
    return server


@table(*BAD)
def by_the_api(make, words):
    server, text = running(), make()
    before = log_of(server.data)
    new = {"name": "t", "keyring": text}
    for method, path, body in (("PATCH", "/s", {"keyring": text}), ("PATCH", "/s?dry_run", {"keyring": text}),
                               ("POST", "", new), ("POST", "", new | {"upstream": "https://charts.example.org"})):
        answer = server.request(method, "/api/v1/repos" + path, json.dumps(body))
        equal(answer.status, 400, answer.body)
        contains(answer.body.decode(), words)
        nowhere(server.data, answer.body.decode(), server.log())
    equal(log_of(server.data), before)


@table(*BAD[:3])
def by_the_page(make, words):
    server = running()
    page = server.get("/admin/repos/s").body.decode()
    sealed = re.search(r'name="code" value="(\w+)"', page)[1]
    answer = send(server, "/admin/repos/s", {"code": sealed, "keyring": make().replace("\n", "\r\n")},
                  headers=OWN | {"Origin": server.url})
    equal(answer.status, 400)
    contains(answer.body.decode(), words)
    nowhere(server.data, answer.body.decode(), server.log())


@table(*BAD, ("bytes", secret, SECRET),
       ("nothing", lambda: "", "is empty; without keyring_file there is no keyring"))
def by_the_settings_file(make, words):
    folder, text = temporary(), make()
    (folder / "file").write_bytes(text.encode() if isinstance(text, str) else text)
    (folder / "c.yaml").write_text(f"repositories: [{{name: s, keyring_file: {folder}/file}}]\n")
    for line in (("config", "check"), ("serve", "--data", folder / "data")):
        done = command(*line, "--config", folder / "c.yaml")
        equal((done.returncode, done.stdout), (2, ""))
        contains(done.stderr, words)
        contains(done.stderr, "c.yaml:1: repositories: ")
        nowhere(folder / "data", done.stderr)
    assert not (folder / "data").exists()


def inside(text):
    return "".join(f"      {line}\n" for line in text.splitlines())


@table(("its text", "keyring", SECRET),
       ("its text as a path", "keyring_file", "the path of a file is expected, not what stands in it"))
def by_the_settings_file_itself(name, words):
    folder = temporary()
    (folder / "c.yaml").write_text(f"repositories:\n  - name: s\n    {name}: |\n" + inside(armored(secret())))
    done = command("config", "check", "--config", folder / "c.yaml")
    equal((done.returncode, done.stdout), (2, ""))
    contains(done.stderr, words)
    nowhere(folder / "data", done.stderr)


@test
def by_a_signal():
    folder = temporary()
    (folder / "c.yaml").write_text(f"log: {{format: json}}\nrepositories: [{{name: s, keyring_file: {folder}/file}}]\n")
    (folder / "file").write_text(PUBLIC)
    server = Server(data=folder / "data", args=("--config", folder / "c.yaml"))
    (folder / "file").write_bytes(secret())
    server.process.send_signal(signal.SIGHUP)
    assert settled(lambda: "config.not_reloaded" in server.log()), server.log()
    contains(server.log(), SECRET)
    equal(json.loads(server.get("/api/v1/repos/s").body)["settings"]["keyring"], PUBLIC)
    nowhere(server.data, server.log())


# ---- what was stored before it was asked ----

def old(stored):
    """A data directory whose repository "s" has what is no keyring, as older programs took it."""
    server = Server()
    must("repo", "create", "s", "--set", "provenance=check", "--description", "before", "--keyring", key().ring, "--data",
         server.data)
    server.stop()
    was, now = (json.dumps(text, ensure_ascii=False) for text in (key().ring.read_text(), stored))
    with sqlite3.connect(server.data / "catalog.db") as db:
        triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            db.execute(f"DROP TRIGGER {name}")
        for column in ("repo SET settings", "event SET detail"):
            name = column.split()[-1]
            db.execute(f"UPDATE {column} = replace({name}, ?, ?)", (was, now))
        equal(db.execute("SELECT count(*) FROM event WHERE instr(detail, ?)", (now,)).fetchone()[0], 1)
        for _, text in triggers:
            db.execute(text)
    return server.data


def shown_of(server, name="s"):
    return json.loads(server.get(f"/api/v1/repos/{name}").body)["settings"]


@table(*BAD[:3], BAD[6])
def what_is_stored_is_not_shown(make, _):
    data, text = old(make()), make()
    server = Server(data=data)
    equal([shown_of(server)[name] for name in ("keyring", "description")], ["", "before"])
    said = [server.get(path).body.decode() for path in
            ("/api/v1/repos", "/api/v1/repos/s", "/api/v1/events", "/admin/repos/s", "/admin/events")]
    events = json.loads(said[2])["events"]
    assert any(event.keys() == {"seq", "leaf"} for event in events), events
    lines = [line for line in text.splitlines() if line and not line.startswith("-")]
    for line in lines:
        assert not any(line in page for page in said), line
    must("keys", "generate", "--name", "x", "--data", data)
    must("bundle", "create", "--repo", "s", "--output", data.parent / "bundles", "--data", data)
    made = b"".join(path.read_bytes() for path in (data.parent / "bundles").rglob("*") if path.is_file())
    contains(made.decode(errors="replace"), '"hash":"')
    for line in lines:
        assert line.encode() not in made, line


@test
def what_is_stored_goes_with_the_next_change():
    data = old(armored(secret()))
    server = Server(data=data)
    must("repo", "rename", "s", "t", "--data", data)
    must("repo", "set", "t", "description=after", "--data", data)
    equal([shown_of(server, "t")[name] for name in ("keyring", "description")], ["", "after"])
    with sqlite3.connect(data / "catalog.db") as db:
        said = [*db.execute("SELECT settings FROM repo WHERE name = 't'"),
                *db.execute("SELECT detail FROM event ORDER BY seq DESC LIMIT 2")]
    for (text,) in said:
        assert "keyring" not in text, text


@test
def an_address_with_a_user_is_no_setting_of_a_bundle():
    """Older servers took it as a setting that everybody sees; what their bundles bring is taken without it."""
    outer = bundles.Outer(chart("one"))
    must("repo", "set", "main", "known_as=https://charts.example.org", "--data", outer.data)
    with sqlite3.connect(outer.data / "catalog.db") as db:
        db.execute("UPDATE repo SET settings = replace(settings, 'https://', 'https://ann:word@')")
    outer.stop()
    _, bundle = outer.create()
    inside = bundles.inner(outer)
    bundles.bring(inside, bundle)
    equal(json.loads(must("repo", "show", "main", "--json", "--data", inside))["settings"]["known_as"], "")
    equal(bundles.shown(inside), {("one", "1.0.0"): digest(chart("one"))})


if __name__ == "__main__":
    main()

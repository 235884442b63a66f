#!/usr/bin/env python3
"""chartlocker keys: who signs bundles, and whose are taken."""
import json
import os
import re

from wire import Server
from harness import Skip, command, contains, equal, main, must, table, temporary, test


def data():
    return temporary() / "data"


def keys(folder):
    return json.loads(must("keys", "list", "--data", folder, "--json"))


def generate(folder, *more):
    return must("keys", "generate", "--data", folder, "--name", "outer", *more).strip()


@test
def generate_prints_the_public_half():
    folder = data()
    path = generate(folder)
    equal(path, f"{folder}/keys/bundle.pub")
    text = open(path, encoding="utf-8").read()
    assert re.match(r"outer\+[0-9a-f]{8}\+\S+\n$", text), text
    private = folder / "keys/bundle.key"
    equal(private.stat().st_mode & 0o777, 0o600)
    contains(private.read_text(), "PRIVATE KEY")
    [key] = keys(folder)
    equal((key["use"], key["current"], key["over"], key["public"]), ("signs", True, False, text.strip()))


@test
def a_second_one_is_refused():
    folder = data()
    generate(folder)
    before = (folder / "keys/bundle.key").read_bytes()
    done = command("keys", "generate", "--data", folder)
    equal(done.returncode, 1)
    contains(done.stderr, "rotate")
    equal((folder / "keys/bundle.key").read_bytes(), before)


@test
def beside_a_server():
    running = Server()
    generate(running.data)
    equal(len(keys(running.data)), 1)


@table(("a key", ("keys", "generate")), ("trust", ("keys", "trust", "PUBLIC")),
       ("a bundle", ("bundle", "import", "-")))
def root_beside_the_server_of_another_user(line):
    """Its server could read nothing of what root makes there."""
    if os.getuid():
        raise Skip("only root is told")
    outer, folder = data(), data()
    public = generate(outer)
    must("keys", "trust", public, "--data", folder)
    os.chown(folder / "LOCK", 65534, -1)
    before = sorted(folder.rglob("*"))
    done = command(*(public if word == "PUBLIC" else word for word in line), "--data", folder, stdin="")
    equal((done.returncode, sorted(folder.rglob("*"))), (1, before))
    contains(done.stderr, "sudo -u ")
    equal(len(keys(folder)), 1)


@test
def trust_and_distrust():
    outer, inner = data(), data()
    public = generate(outer)
    contains(must("keys", "trust", public, "--data", inner), "trusted: outer+")
    must("keys", "trust", public, "--data", inner)
    [key] = keys(inner)
    equal((key["use"], key["key"].split("+")[0]), ("trusted", "outer"))
    contains(must("keys", "list", "--data", inner), key["key"])
    contains(must("keys", "list", "--data", inner), key["public"].split("+", 2)[2])
    equal(json.loads(must("keys", "distrust", "outer", "--data", inner, "--json")), {"key": "outer", "trusted": False})
    equal(keys(inner), [])
    equal(command("keys", "distrust", "outer", "--data", inner).returncode, 1)


@test
def what_is_no_key_is_not_trusted():
    path = temporary() / "one-1.0.0.tgz"
    path.write_bytes(bytes(5000))
    contains(command("keys", "trust", path, "--data", data()).stderr, f"{path}: this is no bundle.pub")


@test
def a_private_key_is_not_trusted():
    outer, inner = data(), data()
    generate(outer)
    done = command("keys", "trust", outer / "keys/bundle.key", "--data", inner)
    assert done.returncode != 0
    contains(done.stderr, "private key")
    equal(keys(inner), [])


@test
def rotate_keeps_the_one_before_for_a_while():
    folder = data()
    generate(folder, "--until", "2099-01-01")
    first = keys(folder)[0]
    equal(first["until"], "2099-01-01T00:00:00Z")
    must("keys", "rotate", "--data", folder, "--old-until", "2098-01-01")
    now = keys(folder)
    equal([key["current"] for key in now], [True, False])
    equal([key["use"] for key in now], ["signs", "signs"])
    equal((now[1]["key"], now[1]["until"]), (first["key"], "2098-01-01T00:00:00Z"))


@table(*((line, *line.split()) for line in (
    "keys", "keys burn", "keys trust", "keys list x", "keys list --until 365d",
    "keys generate --old-until 1d")))
def misuse(*arguments):
    equal(command(*arguments, "--data", data()).returncode, 2)


@table(*((text, text) for text in ("tomorrow", "2099-02-30", "2020-01-01", "0d")))
def no_time_is_told(until):
    """And a key that is over when it is made is nobody's wish."""
    folder = data()
    done = command("keys", "generate", "--data", folder, "--until", until)
    equal(done.returncode, 2)
    contains(done.stderr, until)
    assert not folder.exists()


@test
def a_key_that_is_over_is_told():
    folder, path = data(), temporary() / "bundle.pub"
    path.write_text(open(generate(folder), encoding="utf-8").read() + "until 2024-02-29T00:00:00Z\n")
    done = command("keys", "trust", path, "--data", data())
    equal(done.returncode, 0)
    contains(done.stderr, "over since 2024-02-29")


@test
def a_private_key_that_is_not_here():
    folder = data()
    generate(folder)
    (folder / "keys/bundle.key").rename(folder / "elsewhere")
    [key] = keys(folder)
    equal(key["use"], "cannot sign")
    contains(must("keys", "list", "--data", folder), "cannot sign")


if __name__ == "__main__":
    main()

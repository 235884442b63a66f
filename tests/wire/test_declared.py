#!/usr/bin/env python3
"""Repositories that the settings file declares: made and set at start and on SIGHUP, and what
`config check --data` says of them before."""
import json
import re
import signal

from wire import Server, contains, equal
from openpgp import PUBLIC as KEYS
from harness import chart, command, main, must, settled, table, temporary, test



def written(folder, text):
    (folder / "c.yaml").write_text("log: {format: json}\n" + text.replace("FOLDER", str(folder)))
    return folder / "c.yaml"


def serve(folder, text, *args):
    return Server(data=folder / "data", args=("--config", written(folder, text), *args))


def reload(server, folder, text):
    """What the log says from there on, as {message: [repository]}."""
    before = len(server.log())
    written(folder, text)
    server.process.send_signal(signal.SIGHUP)
    assert settled(lambda: "config.reloaded" in server.log()[before:] or
                   "config.not_reloaded" in server.log()[before:]), server.log()
    return logged(server.log()[before:])


def logged(text):
    found = {}
    for line in text.splitlines():
        event = json.loads(line) if line.startswith("{") else {"msg": ""}
        if event["msg"].startswith("repository."):
            found.setdefault(event["msg"], []).append(event.get("repo"))
    return found


def repos(server):
    """{name: settings that differ from the defaults}."""
    listed = json.loads(server.get("/api/v1/repos").body)
    usual = next(repo for repo in listed if repo["name"] == "plain")["settings"]
    return {repo["name"]: {k: v for k, v in repo["settings"].items() if v != usual[k]}
            for repo in listed if repo["name"] != "plain"}


def events(server):
    return [(e["kind"], e["repo"], e["actor"]) for e in
            map(json.loads, must("log", "--json", "-d", server.data).splitlines())]


def check(folder, text, *options):
    done = command("config", "check", "--config", written(folder, text), *options)
    return done.returncode, done.stdout, done.stderr.replace(str(folder), "FOLDER")


TWO = """repositories:
  - name: plain
  - name: team-a/stable
    private: true
    keep_last: 20
    max_bytes: 1g
    keyring_file: FOLDER/keys.asc
    description: "for all: of us"
  - {name: main, provenance: check}
"""
TWO_ARE = {"main": {"provenance": "check"},
           "team-a/stable": {"private": True, "keep_last": 20, "max_bytes": 1 << 30,
                             "keyring": KEYS, "description": "for all: of us"}}


def two():
    folder = temporary()
    (folder / "keys.asc").write_text(KEYS)
    return folder, serve(folder, TWO)


@test
def made_and_set_at_start():
    folder, server = two()
    equal(repos(server), TWO_ARE)
    equal(logged(server.log()), {"repository.made": ["plain", "team-a/stable"],
                                 "repository.set": ["main"]})
    equal(events(server)[1:], [("repo.create", "plain", "config"),
                               ("repo.create", "team-a/stable", "config"),
                               ("repo.set", "main", "config")])
    server.stop()
    again = serve(folder, TWO)
    equal(repos(again), TWO_ARE)
    equal((logged(again.log()), len(events(again))), ({}, 4))


@test
def what_is_not_named_has_its_default():
    folder, server = two()
    must("repo", "set", "team-a/stable", "keep_days=9", "keep_last=3", "-d", server.data)
    server.stop()
    again = serve(folder, TWO)
    equal(repos(again), TWO_ARE)
    equal(logged(again.log()), {"repository.set": ["team-a/stable"]})


@test
def applied_on_reload():
    folder, server = two()
    equal(server.publish(chart(), "team-a/stable").status, 201)
    said = reload(server, folder, """repositories:
  - {name: plain}
  - {name: team-a/stable, keep_last: 5}
  - {name: new}
""")
    equal(said, {"repository.declared_no_more": ["main"], "repository.set": ["team-a/stable"],
                 "repository.made": ["new"]})
    equal(repos(server), {"main": {"provenance": "check"}, "new": {}, "team-a/stable": {"keep_last": 5}})
    equal(server.get("/team-a/stable/charts/demo-1.0.0.tgz").body, chart())
    equal(reload(server, folder, "repositories: [{name: plain}, {name: team-a/stable, keep_last: 5}]\n"),
          {"repository.declared_no_more": ["new"]})
    equal(reload(server, folder, "repositories: [{name: plain}]\n"),
          {"repository.declared_no_more": ["team-a/stable"]})
    equal(reload(server, folder, "repositories:\n"), {"repository.declared_no_more": ["plain"]})
    equal(reload(server, folder, ""), {})


@test
def a_wrong_file_changes_nothing():
    folder, server = two()
    before = events(server)
    equal(reload(server, folder, "repositories: [{name: plain, private: true}, {name: api}]\n"), {})
    contains(server.log(), "config.not_reloaded")
    equal((repos(server), events(server)), (TWO_ARE, before))


@test
def a_renamed_one_is_not_made_again():
    folder, server = two()
    must("repo", "rename", "team-a/stable", "prod", "-d", server.data)
    equal(reload(server, folder, TWO), {"repository.renamed": ["team-a/stable"]})
    equal(check(folder, TWO, "--data", server.data),
          (0, "! leave team-a/stable: it is called prod now\nthe settings are valid\n", ""))
    equal(sorted(repos(server)), ["main", "prod"])


@test
def nothing_while_read_only():
    folder = temporary()
    server = serve(folder, "read_only: true\nrepositories: [{name: plain}]\n")
    equal(logged(server.log()), {"repository.not_applied": [None]})
    equal(len(events(server)), 1)
    equal(reload(server, folder, "repositories: [{name: plain}]\n"), {"repository.made": ["plain"]})


# ---- config check ----

@table(("beside a server", True), ("without one", False))
def the_difference_is_shown_first(running):
    folder, server = two()
    new = TWO.replace("keep_last: 20", "keep_last: 5").replace("    private: true\n", "") \
        .replace("    keyring_file: FOLDER/keys.asc\n", "") + "  - {name: new}\n"
    if not running:
        server.stop()
    before = must("log", "--json", "-d", server.data)
    equal(check(folder, new, "--data", server.data), (0, f"""\
~ change team-a/stable: keep_last: 20 → 5
~ change team-a/stable: keyring: {len(KEYS)} bytes → ""
~ change team-a/stable: private: true → false
+ make new
the settings are valid
""", ""))
    status, out, _ = check(folder, new, "--data", server.data, "--json")
    equal((status, json.loads(out)), (0, {"valid": True, "repositories": [
        {"do": "change", "repo": "team-a/stable", "setting": "keep_last", "from": "20", "to": "5"},
        {"do": "change", "repo": "team-a/stable", "setting": "keyring", "from": KEYS, "to": ""},
        {"do": "change", "repo": "team-a/stable", "setting": "private", "from": "true",
         "to": "false"},
        {"do": "make", "repo": "new"}]}))
    equal(must("log", "--json", "-d", server.data), before)
    equal(check(folder, TWO, "--data", server.data), (0, "the settings are valid\n", ""))


@test
def where_there_is_nothing_all_is_made():
    folder = temporary()
    (folder / "keys.asc").write_text(KEYS)
    (folder / "empty").mkdir()       # as a service manager leaves it before the first start
    for data in ("none", "empty"):
        equal(check(folder, TWO, "--data", folder / data),
              (0, "+ make plain\n+ make team-a/stable\n+ make main\nthe settings are valid\n", ""))
    assert not (folder / "none").exists() and not list((folder / "empty").iterdir())
    equal(check(folder, TWO), (0, "the settings are valid\n", ""))
    equal(check(folder, TWO, "--json"), (0, '{"valid":true}\n', ""))


@test
def the_directory_that_the_file_names():
    folder = temporary()
    text = f"data: {folder}/data\nrepositories: [{{name: plain}}]\n"
    valid = "the settings are valid\n"
    equal(check(folder, text), (0, valid, ""), "a directory that is not there")
    must("repo", "create", "x", "--dry-run", "-d", folder / "data")
    equal(check(folder, text), (0, "+ make plain\n" + valid, ""))
    equal(json.loads(check(folder, text, "--json")[1]),
          {"valid": True, "repositories": [{"do": "make", "repo": "plain"}]})
    (folder / "other").mkdir()
    must("repo", "create", "plain", "-d", folder / "other")
    equal(check(folder, text, "--data", folder / "other"), (0, valid, ""))
    (folder / "data/catalog.db").write_text("somebody else's")
    status, out, said = check(folder, text)
    equal((status, out), (0, valid))
    contains(said, "what would change in FOLDER/data cannot be told: ")
    equal(check(folder, text, "--data", folder / "data")[:2], (1, ""), "what was asked for fails")


@table(("no list", "repositories: stable", 'a list is expected'),
       ("a name alone", "repositories: [stable]", "name: NAME is expected, and settings"),
       ("no name", "repositories: [{private: true}]", 'repository "": a segment is'),
       ("a reserved name", "repositories: [{name: api}]", '"api" is reserved'),
       ("three segments", "repositories: [{name: a/b/c}]", "more than two segments"),
       ("a name that stands twice", "repositories: [{name: a}, {name: a}]", '"a" stands twice'),
       ("an unknown setting", "repositories: [{name: a, privat: true}]", 'no setting "privat"'),
       ("a wrong value", "repositories: [{name: a, private: maybe}]", "neither true nor false"),
       ("a list as a value", "repositories: [{name: a, private: [true]}]", "a single value"),
       ("a keyring that is not there", "repositories: [{name: a, keyring_file: FOLDER/no}]",
        "FOLDER/no does not exist"))
def refused(text, words):
    folder = temporary()
    status, out, said = check(folder, text + "\n")
    equal((status, out), (2, ""))
    assert re.match(r"FOLDER/c.yaml:2: repositories: ", said), said
    contains(said, words)
    done = command("serve", "--config", folder / "c.yaml", "--data", folder / "data")
    equal(done.returncode, 2)
    assert not (folder / "data").exists()


@test
def every_problem_is_told():
    status, _, said = check(temporary(), """repositories:
  - name: api
    privat: true
  - name: stable
    keep_last: many
  - name: stable
    private: 7
""")
    equal((status, said), (2, """\
FOLDER/c.yaml:3: repositories: repository "api": "api" is reserved for addresses of this program; choose another name
FOLDER/c.yaml:4: repositories: a repository has no setting "privat"; chartlocker repo --help lists them
FOLDER/c.yaml:6: repositories: keep_last: "many" is not a number
FOLDER/c.yaml:8: repositories: private: "7" is neither true nor false
chartlocker config: the settings are not valid
"""))


# ---- all of it or nothing ----

UP = "{name: up, url: 'https://charts.example.org', refresh_minutes: 0"
CIRCLE = "upstreams:\n  - " + UP + "}\nvirtual:\n  - {name: a, members: [b, up]}\n  - {name: b, members: [c]}\n" \
         "  - {name: c, members: [a]}\n"


@table(("a circle", CIRCLE, "would have itself as a member"),
       ("no such credentials", "upstreams:\n  - " + UP + ", credentials: nope}\n",
        'credentials: there are none by the name "nope"'),
       ("another kind", "repositories:\n  - {name: plain}\nupstreams:\n  - " + UP.replace("up,", "kept,", 1) + "}\n",
        '"kept" is of the kind hosted and stays so'))
def checked_as_it_is_served(text, told):
    """`config check` refuses what serve would, and serve makes nothing of it."""
    folder = temporary()
    server = serve(folder, "repositories:\n  - {name: kept}\n")
    equal(server.request("POST", "/api/kept/charts", chart("demo", "1.0.0")).status, 201)
    before = sorted(json.loads(server.get("/api/v1/repos").body), key=lambda repo: repo["name"])
    reload(server, folder, text)
    if "credentials" not in told:
        contains(server.log(), told.replace('"', '\\"'))
    server.stop()
    code, out, err = check(folder, text, "--data", folder / "data")
    assert code, out
    contains(err, told)
    if "kind" not in told:
        contains(check(folder, text)[2], told)
    done = command("serve", "--data", folder / "data", "--config", folder / "c.yaml", "--listen", "127.0.0.1:0")
    assert done.returncode, done
    contains(done.stdout + done.stderr, told.split('"')[0])
    after = json.loads(Server(data=folder / "data").get("/api/v1/repos").body)
    if "credentials" not in told:
        equal(sorted(repo["name"] for repo in after), [repo["name"] for repo in before])


if __name__ == "__main__":
    main()

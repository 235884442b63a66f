"""chartlocker repo: every verb, while a server runs and while none does."""
import functools
import itertools
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import (Server, chart, command, contains, equal, main, must, settled, table,
                     temporary, test)
from openpgp import PUBLIC
from repo_settings import KINDS, settings_of
from terminal import rows

BOTH = (("without a server", False), ("beside a server", True))


KEYRING = f"{len(PUBLIC)} bytes"


def start(running):
    """A data directory with the default repository, and what serves it."""
    data = temporary() / "data"
    if running:
        return data, Server(data=data)
    must("repo", "create", "x", "--dry-run", "-d", data)
    return data, None


@functools.cache
def at_rest():
    """One with "stable", which nobody serves or changes."""
    data = temporary(keep=True) / "data"
    must("repo", "create", "stable", "-d", data)
    return data


def shown(data, name):
    """What `repo show` prints, as {name: value}."""
    return {row[0]: row[1] if len(row) > 1 else "" for row in rows(must("repo", "show", name, "-d", data))}


@table(*BOTH)
def every_verb(running):
    data, _ = start(running)
    (data.parent / "keys.asc").write_text(PUBLIC)
    equal(rows(must("repo", "create", "team-a/stable", "--private", "--description", "for all",
                    "--set", "keep_last=20", "--keyring", data.parent / "keys.asc", "-d", data)),
          [["team-a/stable: made; hosted, 0 charts, 0 versions"], ["description", "for all"], ["keep_last", "20"],
           ["keyring", KEYRING], ["private", "true"]])
    made = shown(data, "team-a/stable")
    equal([made[k] for k in ("name", "private", "description", "keep_last", "keyring", "charts")],
          ["team-a/stable", "true", "for all", "20", KEYRING, "0"])
    equal(made["kind"], "hosted")
    equal(sorted(made.keys() - {"name", "kind", "charts", "versions"}), settings_of("hosted"))
    must("import", "-d", data, "-r", "team-a/stable", chart_file(data.parent))
    equal(rows(must("repo", "list", "-d", data)),
          [["NAME", "KIND", "ACCESS", "CHARTS", "VERSIONS", "DESCRIPTION"],
           ["main", "hosted", "public", "0", "0"],
           ["team-a/stable", "hosted", "private", "1", "1", "for all"]])
    equal(rows(must("repo", "set", "team-a/stable", "keep_last=", "max_bytes=1g", "--public", "-d", data)),
          [["team-a/stable: changed; hosted, 1 chart, 1 version"], ["description", "for all"],
           ["keyring", KEYRING], ["max_bytes", "1073741824"]])
    equal(rows(must("repo", "rename", "team-a/stable", "prod", "-d", data))[0],
          ["prod: renamed; hosted, 1 chart, 1 version"])
    equal(shown(data, "prod")["versions"], "1")
    equal(must("repo", "delete", "prod", "--confirm", "prod", "-d", data),
          "prod: deleted; its charts are in quarantine/\n")
    equal(len(rows(must("repo", "list", "-d", data))), 2)
    equal([p.read_bytes() for p in (data / "quarantine").rglob("*.tgz")], [chart()])
    equal(must("repo", "purge", "prod", "--confirm", "prod", "-d", data),
          "prod: purged; nothing is kept of it\n")
    equal([*(data / "quarantine").iterdir()], [])
    log = must("log", "-d", data)
    contains(log, "repo.delete")
    contains(log, "repo.purge")
    equal(command("fsck", "-d", data).returncode, 0)


@table(("an upstream", "upstream=https://charts.example.org", "upstream"),
       ("a virtual one", "members=main", "virtual"))
def settings_of_its_kind_are_shown(setting, kind):
    data, _ = start(False)
    contains(must("repo", "create", "other", "--set", setting, "-d", data), f"other: made; {kind}, ")
    made = shown(data, "other")
    equal((made["kind"], made[setting.split("=")[0]]), (kind, setting.split("=")[1]))
    equal(sorted(made.keys() - {"name", "kind", "charts", "versions"}), settings_of(kind))
    equal([row[:3] for row in rows(must("repo", "list", "-d", data))],
          [["NAME", "KIND", "ACCESS"], ["main", "hosted", "public"], ["other", kind, "public"]])


def chart_file(folder):
    (folder / "demo-1.0.0.tgz").write_bytes(chart())
    return folder / "demo-1.0.0.tgz"


@table(*BOTH)
def json_is_what_the_api_says(running):
    data, server = start(running)
    made = must("repo", "create", "stable", "--json", "-d", data)
    show = json.loads(must("repo", "show", "stable", "-j", "-d", data))
    equal({key: show[key] for key in json.loads(made)}, json.loads(made))
    listed = must("repo", "list", "-j", "-d", data)
    equal([repo["name"] for repo in json.loads(listed)], ["main", "stable"])
    equal(json.loads(must("repo", "delete", "stable", "--confirm", "stable", "-j", "-d", data)),
          {"deleted": True, "name": "stable"})
    if server:
        equal(json.loads(server.get("/api/v1/repos").body), json.loads(listed)[:1])


@table(("create", ("create", "new", "--private"), "new: would be made\n"),
       ("set", ("set", "stable", "private=true"), "stable: would be changed\n"),
       ("rename", ("rename", "stable", "other"), "stable: would be renamed\n"),
       ("delete", ("delete", "stable", "--confirm", "stable"), "stable: would be deleted\n"))
def dry_run(line, said):
    data = at_rest()
    before = must("log", "--json", "-d", data), must("repo", "list", "-j", "-d", data)
    equal(must("repo", *line, "--dry-run", "-d", data), said)
    equal(json.loads(must("repo", *line, "-n", "-j", "-d", data))["dry_run"], True)
    equal((must("log", "--json", "-d", data), must("repo", "list", "-j", "-d", data)), before)


@table(("a reserved name", ("create", "api"), '"api" is reserved'),
       ("three segments", ("create", "a/b/c"), "more than two segments"),
       ("one that is there", ("create", "stable"), 'repository "stable" exists; change it with'),
       ("an unknown setting", ("create", "x", "--set", "privat=true"),
        'has no setting "privat"; chartlocker repo --help lists them'),
       ("an unknown setting that is given back", ("set", "stable", "privat="), 'has no setting'),
       ("a wrong value", ("set", "stable", "provenance=on"), "is not one of: off check require"),
       ("no pair", ("set", "stable", "private"), '"private": KEY=VALUE is expected'),
       ("a keyring that is not there", ("set", "stable", "--keyring", "none.asc"), "none.asc: "),
       ("one that is not there", ("show", "none"), 'there is no repository "none"'),
       ("a path", ("show", "../stable"), "a segment is"),
       ("an escape", ("show", "a%2Fb"), "a segment is"),
       ("renamed to one that is there", ("rename", "stable", "main"), 'repository "main" exists'),
       ("the default renamed", ("rename", "main", "x"), "is the default repository"),
       ("the default deleted", ("delete", "main", "--confirm", "main"), "is the default repository"),
       ("deleted without its name", ("delete", "stable"),
        "chartlocker repo delete stable --confirm stable"),
       ("purged and never deleted", ("purge", "stable", "--confirm", "stable"),
        'no repository "stable" was ever deleted'),
       ("purged without its name", ("purge", "stable"),
        "chartlocker repo purge stable --confirm stable"),
       ("deleted with another name", ("delete", "stable", "--confirm", "main"), "takes its name"))
def refused(line, sentence):
    data = at_rest()
    before = must("log", "--json", "-d", data)
    done = command("repo", *line, "-d", data)
    equal((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1), done.stderr)
    contains(done.stderr, "chartlocker repo: ")
    contains(done.stderr, sentence)
    equal(must("log", "--json", "-d", data), before)


CHANGES = (("repo", "set", "team/x", "keep_last=3"), ("repo", "delete", "team/x", "--confirm", "team/x"),
           ("repo", "rename", "team/x", "z"), ("yank", "-r", "team/x", "demo", "1.0.0"),
           ("unyank", "-r", "team/x", "demo", "1.0.0"), ("delete", "-r", "team/x", "demo", "1.0.0"),
           ("undelete", "-r", "team/x", "demo", "1.0.0"), ("retention", "-r", "team/x"))
READS = (("repo", "show", "team/x"), ("repo", "show", "team/x", "--json"), ("show", "team/x/demo"),
         ("show", "team/x/demo@1.0.0", "values"), ("deps", "team/x/demo"), ("images", "team/x/demo"),
         ("compare", "team/x/demo", "1.0.0", "1.0.0"), ("ready", "team/x/demo"),
         ("ready", "-r", "team/x"))


@table(*BOTH)
def renamed(running):
    """Whoever asks by the old name is told the new one; what only reads goes on with it."""
    data, server = start(running)
    must("repo", "create", "team/x", "-d", data)
    must("import", "-d", data, "-r", "team/x", chart_file(data.parent))
    must("repo", "rename", "team/x", "crew/x", "-d", data)
    before, said = must("log", "--json", "-d", data), 'repository "team/x" is called "crew/x" now\n'
    places = [("-d", data), *([("-s", server.url)] if server else [])]
    for line, place in itertools.product(CHANGES, places):
        done = command(*line, *place)
        equal((done.returncode, done.stdout, done.stderr.splitlines(True)[0]),
              (1, "", f"chartlocker {line[0]}: {said}"), line)
    for line, place in itertools.product(READS, places):
        done = command(*line, *place)
        equal((done.returncode, done.stderr.splitlines(True)[0]), (0, said), line)
        now = command(*(word.replace("team/x", "crew/x") for word in line), *place)
        equal((done.stdout, done.stderr), (now.stdout, said + now.stderr), line)
    if server:
        done = command("push", "-r", "team/x", data.parent / "demo-1.0.0.tgz", server.url)
        equal((done.returncode, done.stdout), (1, ""))
        contains(done.stderr, said.strip())
    equal(must("log", "--json", "-d", data), before)


@table(*BOTH)
def webhooks_that_are_left(running):
    """Patterns stay as they are, and whom a new name leaves out is told with it."""
    data, _ = start(running)
    must("repo", "create", "team/x", "-d", data)
    for name, pattern in (("exact", "team/x"), ("team", "team/*"), ("all", "*"), ("both", "*/x"), ("other", "main")):
        must("hook", "add", name, "http://127.0.0.1:8099/", "--allow-private", "--repo", pattern, "-d", data)
    done = command("repo", "rename", "team/x", "crew/x", "--json", "-d", data)
    equal(json.loads(done.stdout)["left_webhooks"], ["exact", "team"])
    done = command("repo", "rename", "crew/x", "team/x", "-d", data)
    equal((done.returncode, done.stderr), (0, ""))
    done = command("repo", "rename", "team/x", "crew/x", "-d", data)
    equal((done.returncode, done.stdout), (0, "crew/x: renamed; hosted, 0 charts, 0 versions\n"))
    equal(done.stderr, "".join(
        f"the webhook {name} is told of team/x and not of crew/x: chartlocker hook set {name} --repo PATTERN\n"
        for name in ("exact", "team")))


@test
def settings_of_the_environment_that_are_none():
    data, _ = start(False)
    done = command("repo", "list", "-d", data, env={"CHARTLOCKER_ZEBRA": "1",
                                                    "CHARTLOCKER_WORKERS": "x"})
    equal((done.returncode, done.stdout), (2, ""))
    equal(sorted(done.stderr.splitlines()),
          ['CHARTLOCKER_WORKERS: workers: "x" is not a number',
           "chartlocker repo: the settings are not valid; nothing was started",
           'environment: there is no setting "CHARTLOCKER_ZEBRA"'])


@table(("no verb", ()), ("a verb that is none", ("make", "x")), ("create without a name", ("create",)),
       ("create with two", ("create", "a", "b")), ("list with a name", ("list", "a")),
       ("rename with one", ("rename", "a")), ("set of nothing", ("set", "a")),
       ("private and public", ("create", "a", "--private", "--public")),
       ("list with a setting", ("list", "--private")),
       ("rename with a setting", ("rename", "a", "b", "--set", "private=true")),
       ("set with --confirm", ("set", "a", "private=true", "--confirm", "a")),
       ("show with --dry-run", ("show", "a", "--dry-run")))
def misused(line):
    folder = temporary()
    done = command("repo", *line, "-d", folder / "data")
    equal((done.returncode, done.stdout), (2, ""))
    contains(done.stderr, "Usage: chartlocker repo ")
    assert not (folder / "data").exists()


@table(("repo", "repo"), ("virtual", "virtual"))
def nothing_to_try(name):
    done = command(name, "show", "a", "--dry-run", "-d", temporary() / "data")
    equal(done.returncode, 2)
    contains(done.stderr, f"chartlocker {name}: show: changes nothing anyway, without --dry-run")


@test
def help_lists_the_settings():
    said = must("repo", "--help")
    equal([name for name in KINDS if not re.search(rf"\b{name}\b", said)], [])


@test
def a_server_sees_it_at_once():
    data, server = start(True)
    must("repo", "create", "stable", "-d", data)
    equal(server.publish(chart(), "stable").status, 201)
    must("repo", "rename", "stable", "prod", "-d", data)
    equal(server.get("/stable/index.yaml").status, 308)
    assert settled(lambda: (data / "repos/prod/charts/demo-1.0.0.tgz").exists())
    equal(server.get("/prod/charts/demo-1.0.0.tgz").body, chart())
    must("repo", "set", "prod", "--private", "-d", data)
    equal(json.loads(server.get("/api/v1/repos/prod").body)["private"], True)


if __name__ == "__main__":
    main()

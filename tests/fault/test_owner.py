#!/usr/bin/env python3
"""Files of another user: what the server may not remove, and what root would leave to a server of somebody else."""
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import (PROGRAM, Server, Skip, chart, command, contains, equal, free_port, main, must, need, table,
                     temporary, test)

SERVICE = 65534
AS_SERVICE = ["setpriv", "--reuid", str(SERVICE), "--regid", str(SERVICE), "--clear-groups"]
CHARTS = "repos/main/charts"


def give(path, to):
    for one in (path, *path.rglob("*")):
        os.chown(one, to, to, follow_symlinks=False)


class Service:
    """A server of another user, and its data directory."""

    def __init__(self):
        if os.geteuid() != 0:
            raise Skip("only root can be several users")
        need("setpriv")
        place = temporary()
        place.chmod(0o755)
        self.program = Path(shutil.copy(PROGRAM, place / "program"))
        self.data = place / "data"
        self.data.mkdir()
        give(self.data, SERVICE)

    def start(self):
        return Server(self.data, line=[*AS_SERVICE, self.program, "serve", "--data", self.data,
                                       "--listen", "127.0.0.1:0"])


def left_behind(running):
    return [line for line in running.log().splitlines() if " ingest.left_behind " in line]


UNDELETE = b'{"chart":"lost","version":"1.0.0"}'


@table(("of a deleted version", CHARTS, lambda s: s.request("DELETE", "/api/charts/demo/1.0.0"),
        {"demo-1.0.0.tgz": 404}, {"other"}),
       ("of one that came back", "quarantine",
        lambda s: s.request("POST", "/api/v1/repos/main/undelete", UNDELETE),
        {"lost-1.0.0.tgz": 200}, {"demo", "lost", "other"}))
def t_disk_02_what_cannot_be_removed(folder, change, expected, shown):
    """It is nobody's any more: the server goes on, starts again, and removes it when it can."""
    service = Service()
    running = service.start()
    for name in ("demo", "lost", "other"):
        equal(running.publish(chart(name)).status, 201)
    equal(running.request("DELETE", "/api/charts/lost/1.0.0").status, 200)

    def check(left):
        [(file, status)] = expected.items()
        equal([f"file={file}" in line for line in left_behind(running)], [True] * left, running.log())
        equal(running.get("/readyz").status, 200)
        equal(running.get(f"/charts/{file}").status, status)
        equal(set(running.index()["entries"]), shown)

    os.chown(service.data / folder, 0, 0)
    (service.data / folder).chmod(0o755)
    equal(change(running).status, 200)
    check(left=1)
    equal(running.publish(chart("more"), "team/new").status, 201)
    running.stop()
    running = service.start()
    check(left=folder == CHARTS)         # what is kept goes when its time is over
    running.stop()
    give(service.data, SERVICE)
    running = service.start()
    check(left=0)
    running.stop()
    equal({path.name.split("-")[0] for path in (service.data / CHARTS).iterdir()}, shown)
    contains(must("fsck", "--data", service.data, wrap=AS_SERVICE), "all is well")


RENAME, DELETE = ("rename", "team", "crew"), ("delete", "team", "--confirm", "team")


@table(("renamed", RENAME, "repos/team", 0o755), ("deleted", DELETE, "repos/team", 0o755),
       ("nor read", RENAME, "repos/team", 0o750), ("its charts", DELETE, "repos/team/charts", 0o755))
def t_disk_02_a_folder_that_cannot_be_moved_is_not(line, folder, mode):
    """Nothing is done by halves, and the server goes on."""
    service = Service()
    running = service.start()
    must("repo", "create", "team", "--data", service.data)
    equal(running.publish(chart("demo"), "team").status, 201)
    os.chown(service.data / folder, 0, 0)
    (service.data / folder).chmod(mode)
    done = command("repo", *line, "--data", service.data, wrap=AS_SERVICE)
    equal(done.returncode, 1, done)
    contains(done.stderr, "repos/team and its charts may not be moved by the user of this program")
    equal(running.get("/readyz").status, 200)
    equal(running.publish(chart("more")).status, 201)
    os.chown(service.data / folder, SERVICE, SERVICE)
    must("repo", *line, "--data", service.data, wrap=AS_SERVICE)
    equal(running.get("/team/index.yaml").status, 404 if line[0] == "delete" else 308)


@test
def t_disk_02_a_start_that_cannot_move_a_folder():
    """It was renamed right before the power went: it is served from where it is, and so are all others."""
    service = Service()
    running = service.start()
    team, crew = service.data / "repos/team", service.data / "repos/crew"
    must("repo", "create", "team", "--data", service.data)
    equal(running.publish(chart("demo"), "team").status, 201)
    must("repo", "rename", "team", "crew", "--data", service.data)
    running.kill()
    team.mkdir(mode=0o755)
    (crew / "charts").rename(team / "charts")

    def check(charts, left):
        running = service.start()
        equal(len(left_behind(running)), left, running.log())
        for name in charts:
            equal(running.get(f"/crew/charts/{name}-1.0.0.tgz").status, 200)
        equal(set(running.index("crew")["entries"]), charts)
        return running

    running = check({"demo"}, 1)
    equal(running.publish(chart("more"), "crew").status, 201)
    running.kill()                   # so that files and rows are compared
    check({"demo", "more"}, 1).stop()
    give(service.data, SERVICE)
    check({"demo", "more"}, 0).stop()
    equal({path.name.split("-")[0] for path in (crew / "charts").iterdir()}, {"demo", "more"})
    equal(team.exists(), False)
    equal(list((service.data / "quarantine").iterdir()), [])
    contains(must("fsck", "--data", service.data, wrap=AS_SERVICE), "all is well")


@test
def t_disk_02_a_purge_that_cannot_remove():
    """It is in nobody's sight; the server starts without it, and removes it when it can."""
    service = Service()
    running = service.start()
    for name in ("demo", "other"):
        equal(running.publish(chart(name)).status, 201)
    os.chown(service.data / CHARTS, 0, 0)
    (service.data / CHARTS).chmod(0o755)
    purge = ("purge", "demo", "1.0.0", "--data", service.data)
    equal(command(*purge, wrap=AS_SERVICE).returncode, 1)
    running.stop()
    for left in (True, False):
        running = service.start()
        equal(" purge.unfinished " in running.log(), left, running.log())
        equal(running.get("/readyz").status, 200)
        equal(running.get("/charts/demo-1.0.0.tgz").status, 404)
        equal(set(running.index()["entries"]), {"other"})
        equal(running.publish(chart("more"), "team/new").status, 201)
        equal((service.data / CHARTS / "demo-1.0.0.tgz").exists(), left)
        running.stop()
        give(service.data, SERVICE)
    contains(must("fsck", "--data", service.data, wrap=AS_SERVICE), "all is well")


@test
def root_leaves_the_data_of_others_alone():
    service = Service()
    archive = temporary() / "x-1.0.0.tgz"
    archive.write_bytes(chart("x"))
    service.start().stop()
    before = sorted(service.data.rglob("*"))
    for line in (("import", archive), ("rebuild",), ("fsck",), ("repo", "list"), ("user", "list"),
                 ("mirror", f"http://127.0.0.1:{free_port()}", "--to"), ("keys", "generate", "--name", "a.example.org")):
        asked = [*line, service.data] if line[-1] == "--to" else [*line, "--data", service.data]
        done = command(*asked)
        equal(done.returncode, 1, done)
        contains(done.stderr, "sudo -u nobody")
    equal(sorted(service.data.rglob("*")), before)
    running = service.start()
    must("import", archive, "--data", service.data)
    equal(set(running.index()["entries"]), {"x"})


@test
def root_leaves_a_directory_alone_that_was_made_for_another():
    """As a package or a service manager leaves it before the first start: nothing in it says yet whose it is."""
    service = Service()
    archive = temporary() / "x-1.0.0.tgz"
    archive.write_bytes(chart("x"))
    for line in (("import", archive, "--data"), ("repo", "create", "y", "--data"),
                 ("token", "create", "ci", "--role", "pull:*", "--data"),
                 ("mirror", f"http://127.0.0.1:{free_port()}", "--to"),
                 ("keys", "generate", "--name", "a.example.org", "--data")):
        done = command(*line, service.data)
        equal(done.returncode, 1, done)
        contains(done.stderr, "sudo -u nobody")
    equal(list(service.data.iterdir()), [])
    service.start().stop()


@test
def root_is_told_to_give_away_what_it_restored():
    first, service = Service(), Service()
    running, backup = first.start(), temporary() / "backup"
    equal(running.publish(chart("x")).status, 201)
    must("backup", backup, "--data", first.data)
    done = command("restore", backup, "--data", service.data)
    equal(done.returncode, 0, done)
    contains(done.stderr, f": chown -R nobody {service.data}\n")
    give(service.data, SERVICE)
    equal(set(service.start().index()["entries"]), {"x"})
    contains(command("restore", backup, "--data", temporary() / "data").stderr, "chown -R USER ")


if __name__ == "__main__":
    main()

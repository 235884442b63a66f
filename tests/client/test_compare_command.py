"""chartlocker compare: files as a server compares them, and what is too much to be counted."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import CHARTS, Server, Skip, chart, contains, equal, main, must, table, temporary, test
from terminal import rows


def real(name, version):
    path = CHARTS / f"{name}-{version}.tgz"
    if not path.exists():
        raise Skip(f"there is no {path}")
    return path


@table(("images of templates", "stable/spinnaker", "0.3.1", "2.2.1"), ("packed subcharts", "stable/wordpress", "7.6.6", "8.1.6"),
       ("backwards", "stable/redis", "10.3.1", "9.5.4"), ("rights and CRDs", "rancher/rancher-monitoring", "9.4.201", "9.4.203"))
def compare_the_same_both_ways(name, old, new):
    """Real charts of a server and as files: what is rendered for one is for the other."""
    paths, running = [real(name, old), real(name, new)], Server()
    for path in paths:
        equal(running.publish(path.read_bytes()).status, 201)
    here = must("compare", "-j", "-u", *paths)
    there = must("compare", "-j", "-u", name.split("/")[1], old, new, "--server", running.url)
    equal(json.loads(here), {k: v for k, v in json.loads(there).items() if k != "repo"})


@test
def lines_that_are_not_counted():
    """More differs than is compared line by line."""
    folder, running = temporary(), Server()
    paths = [folder / "a.tgz", folder / "b.tgz"]
    for path, version, mark in zip(paths, ("1.0.0", "1.0.1"), (b"x", b"y")):
        lines = b"".join(b"%088d%s\n" % (i, mark) for i in range(20000))
        path.write_bytes(chart("wide", version, {"notes.txt": lines, "small.txt": mark}))
        equal(running.publish(path.read_bytes()).status, 201)
    told = rows(must("compare", *paths))
    contains(told, ["changed", "notes.txt", "about +20000 −20000"])
    contains(told, ["changed", "small.txt", "+1 −1"])
    files = json.loads(must("compare", "-j", *paths))["files"]["changes"]
    equal([(f["name"], f["approximate"]) for f in files], [("Chart.yaml", False), ("notes.txt", True), ("small.txt", False)])
    contains(running.get("/packages/main/wide/compare/1.0.0...1.0.1").body.decode(), '<span class="delta">about <ins>+20')


if __name__ == "__main__":
    main()

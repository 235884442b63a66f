"""A server with charts to look at, and the browser programs (*.mjs) that look: they report the rows.

`make clients` puts the packages of package.json below build/browser; Chromium and Node.js are
Debian's own (a newer Node.js will do).
"""
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from harness import CHARTS, LONG, TOP, Server, Skip, UnixLink, equal, must, need, temporary
from tap import within

MODULES = TOP / "build/browser"
SCREENSHOTS = TOP / "build/screenshots"
VERSION = re.compile(r"(.+)-(\d+)\.(\d+)\.(\d+)(.*)\.tgz")


def newest_real_charts():
    """The newest file of every chart below CHARTS; none where the folder is missing."""
    newest = {}
    for file in CHARTS.rglob("*.tgz"):
        name, major, minor, patch, rest = VERSION.fullmatch(file.name).groups()
        order = (int(major), int(minor), int(patch), "-" not in rest, rest)
        key = (file.parent.name, name)
        newest[key] = max(newest.get(key, ((), None)), (order, file), key=lambda pair: pair[0])
    return [file for _, (_, file) in sorted(newest.items())]


def import_real(data, count=None):
    """Puts them in repositories named after their folders. Copies are imported: a file is never linked."""
    folder = temporary(keep=True)
    files = newest_real_charts()
    for file in files[::max(1, len(files) // count)] if count else files:
        copy = folder / file.parent.name / file.name
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(file, copy)
    for repo in folder.iterdir():
        must("import", "--data", data, "--repo", repo.name, repo)


def routes(server):
    """The addresses of pages, as the program's own table has them."""
    link = UnixLink(server.data / "control.sock")
    link.request("POST", "/control/routes")
    answer = json.loads(link.getresponse().read())
    return [row["pattern"] for row in answer if row["dialect"] == "page" and "GET" in row["methods"]]


def publish(server, archive, repo=""):
    equal(server.publish(archive, repo).status, 201)


def _look(script, prepare):
    chromium, node = need("chromium-headless-shell"), need("node")
    need_packages()
    server, facts = prepare()
    facts = {"url": server.url, "routes": routes(server), "chromium": chromium, **facts}
    status = subprocess.run(
        [node, str(HERE / script), *sys.argv[1:]], input=json.dumps(facts), text=True, check=False,
        env={**os.environ, "MODULES": str(MODULES), "SCREENSHOTS": str(SCREENSHOTS)}).returncode
    server.stop()
    return status


def need_packages():
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]
    for name, version in wanted.items():
        file = MODULES / "node_modules" / name / "package.json"
        there = json.loads(file.read_text())["version"] if file.exists() else "none"
        if there != version:
            raise Skip(f"{name} {version} is not below build/browser (but {there}): make clients")


def look(script, prepare):
    """Runs a browser program on the server that prepare() returns with more facts for it."""
    sys.exit(within(_look, script, prepare))


__all__ = ["LONG", "Server", "look", "import_real", "newest_real_charts", "publish"]

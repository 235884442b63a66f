"""The real helms (build/clients, made by `make clients`), and charts as folders."""
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import LONG, SANITIZED, TOP, Skip, chart, temporary
from openpgp import Key, key

VERSIONS = ("3.22.0", "4.3.1", "3.12.3")
NEWEST = "4.3.1"
# For @table(*ALL) and @table(*EACH). Helms differ in themselves, not in what they ask the program to do: where
# it is built with a sanitizer, one of them exercises it as well as all, and where a test is about the program
# more than about a helm (EACH), LONG=1 alone takes the others.
ALL = [(version, version) for version in VERSIONS if version == NEWEST or not SANITIZED]
EACH = ALL if LONG else [(NEWEST, NEWEST)]


class Helm:
    """One helm with a home of its own: helm("repo", "add", …) returns what it printed."""

    def __init__(self, version, keep=False):
        self.program = TOP / "build/clients" / f"helm-{version}"
        if not self.program.exists():
            raise Skip(f"build/clients/helm-{version} is missing (make clients)")
        home = temporary(keep)
        self.environment = {**os.environ, "HOME": str(home),
                            "HELM_CACHE_HOME": str(home / "cache"),
                            "HELM_CONFIG_HOME": str(home / "config"),
                            "HELM_DATA_HOME": str(home / "data"),
                            "KUBECONFIG": str(home / "no-cluster")}

    def __call__(self, *arguments, fails=False, cwd=None):
        command = [str(self.program), *map(str, arguments)]
        done = subprocess.run(command, env=self.environment, cwd=cwd, capture_output=True,
                              text=True, timeout=300, check=False)
        said = f"helm {' '.join(command[1:])[:500]}: exit {done.returncode}\n{done.stderr}"
        assert (done.returncode != 0) == fails, said
        return done.stderr if fails else done.stdout

    def json(self, *arguments):
        return json.loads(self(*arguments, "--output", "json"))

    def repository(self, url, name="local"):
        """repo add and repo update; neither may have skipped an entry of the index."""
        for line in (("repo", "add", name, url, "--force-update"), ("repo", "update", name)):
            assert "skipping" not in self(*line)
        return self

    def versions(self, name="local"):
        """What `helm search repo` finds: {(chart, version)}, pre-releases too."""
        found = self.json("search", "repo", f"{name}/", "--versions", "--devel")
        return {(hit["name"].removeprefix(f"{name}/"), hit["version"]) for hit in found}


def unpack(archive, into):
    """A packed chart as a folder below `into`; returns the folder."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        members.extractall(into)
        return into / members.getnames()[0].split("/")[0]


def source(name, version, files=None, **metadata):
    """A chart's source folder, as a person would have it."""
    return unpack(chart(name, version, files, **metadata), temporary())


def sign(helm, folder):
    """`helm package --sign`: the archive and its provenance file."""
    out = temporary()
    helm("package", folder, "--destination", out, "--sign", "--key", Key.name,
         "--keyring", key().secret)
    [archive] = out.glob("*.tgz")
    return archive, Path(f"{archive}.prov")

"""Bundles beside tar and sha256sum of the same files: both end with what they made on disk.

    sides = Sides(WORK / "bundles", DATA)        DATA's "main" is the outer side; it gets a key
    sides.create()  sides.tar()                  a Run each (measure.py)
    sides.enter()   sides.untar()                into an empty directory each
"""
import json
import shutil
import subprocess

from measure import run
from services import PROGRAM

TAR = 'cd "$1" && find . -type f -print0 | xargs -0 sha256sum > "$2.sums" && tar cf "$2" . && sync "$2" "$2.sums"'
UNTAR = 'mkdir "$2" && cd "$2" && tar xf "$1" && sha256sum --quiet -c MANIFEST && sync -f .'


class Sides:
    def __init__(self, folder, data):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self.folder, self.data, self.usb = folder, data, folder / "usb"
        if not (data / "keys").exists():
            subprocess.run([PROGRAM, "keys", "generate", "--data", data], check=True, capture_output=True)
        self.key = data / "keys/bundle.pub"

    def create(self, *more, to="usb"):
        shutil.rmtree(self.folder / to, ignore_errors=True)
        return run(PROGRAM, "bundle", "create", "--data", self.data, "--repo", "main", "-o", self.folder / to, *more)

    def dry_run(self, *more):
        return run(PROGRAM, "bundle", "create", "--data", self.data, "--repo", "main", "--dry-run", *more)

    def trip(self):
        """The number of the last event, by a run that writes nothing."""
        said = subprocess.run([PROGRAM, "bundle", "create", "--data", self.data, "--repo", "main", "--dry-run",
                               "--json"], check=True, capture_output=True).stdout
        return json.loads(said)["trip"]

    def bundle(self, of="usb"):
        tar, = (self.folder / of).glob("*.tar")
        return tar

    def unpack(self):
        """The files of the bundle, for those who measure themselves with it."""
        files = self.folder / "files"
        files.mkdir()
        subprocess.run(["tar", "xf", self.bundle(), "-C", files], check=True)
        return files

    def tar(self):
        for old in self.folder.glob("peer.tar*"):
            old.unlink()
        return run("sh", "-c", TAR, "sh", self.folder / "files", self.folder / "peer.tar")

    def untar(self):
        shutil.rmtree(self.folder / "untarred", ignore_errors=True)
        return run("sh", "-c", UNTAR, "sh", self.bundle(), self.folder / "untarred")

    def inner(self, name="inner"):
        """An empty data directory that trusts the key."""
        data = self.folder / name
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir()
        subprocess.run([PROGRAM, "keys", "trust", "--data", data, self.key], check=True, capture_output=True)
        return data

    def enter(self, data=None, *more, of="usb"):
        return run(PROGRAM, "bundle", "import", "--data", data or self.inner(), *more, self.folder / of)

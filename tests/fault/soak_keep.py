"""What an operator does beside: a bundle now and then for the other side, backups, scrubs."""
import json
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import bundles
import same_state
from harness import Server, command, contains, equal, must, temporary

QUERIES = ("redis", "postgres", "life", "")
REPO = "stable"


class Keeper:
    """A bundle every `seconds`, brought to a second data directory; a backup and a scrub in between."""

    def __init__(self, world, seconds):
        self.world, self.seconds = world, seconds
        self.inner, self.trips, self.backups, self.cut = temporary(True) / "inner", 0, 0, 0
        self.inner.mkdir()
        must("keys", "trust", world.data / "keys" / "bundle.pub", "--data", self.inner)
        self.thread = threading.Thread(target=self.run, daemon=True, name="keeper")
        self.thread.start()

    def run(self):
        due = time.monotonic() + self.seconds / 2
        while not self.world.over.wait(0.2):
            if time.monotonic() < due:
                continue
            try:
                if self.bundle() and self.backup():
                    due += self.seconds
            except Exception as error:     # kept: it fails the soak
                self.world.fail(f"keeper: {error}")
                due += self.seconds

    def run_command(self, *arguments):
        """True when it was done, False when the server was killed or had no room meanwhile."""
        lives = self.world.lives
        done = command(*arguments)
        disturbed = self.world.lives != lives or self.world.server.killed or self.world.full
        if done.returncode == 0:
            return True
        assert disturbed, f"{' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stderr[-2000:]}"
        self.cut += 1
        return False

    def bundle(self):
        into, known = temporary(True), ()
        if self.trips:
            inventory = into / "inventory"
            must("bundle", "inventory", "--repo", REPO, "--data", self.inner, "-o", inventory)
            known = ("--inventory", inventory)
        if not self.run_command("bundle", "create", "--repo", REPO, "--data", self.world.data, "-o", f"{into}/",
                                *known):
            return False
        for tar in into.glob("*.tar"):
            bundles.bring(self.inner, tar)
            self.trips += 1
            tar.unlink()
        return True

    def backup(self):
        to = temporary(True) / "backup"
        if not self.run_command("backup", "--data", self.world.data, to):
            return False
        must("log", "--verify", "--data", to)
        self.backups += 1
        return self.run_command("scrub", "--data", self.world.data, "--rate", "1g")

    def known(self, line):
        """A bundle does not say that a version was purged, nor that one which is there was deleted and published
        again in between."""
        topic, name, field = (line.split(": ") + [""])[:3]
        again = any(name in (chart, f"{chart} {version}") for chart, version in self.world.ledger.again) and (
            field == "created" or topic == "pages")
        return again or topic == "search" or " / deleted" in line or (topic == "reasons" and "purged" in line)

    def same(self, outer):
        """After a last trip the other side shows what this one does."""
        assert self.bundle(), "the last bundle"
        inner = Server(self.inner)
        found = [line for line in same_state.differences(outer, inner, REPO, QUERIES) if not self.known(line)]
        equal(found[:10], [], f"the other side: {len(found)} differences")
        inner.stop()
        contains(must("fsck", "--data", self.inner), "all is well")
        trips = json.loads(must("bundle", "list", "--repo", REPO, "--data", self.inner, "--json"))["trips"]
        return len(trips)

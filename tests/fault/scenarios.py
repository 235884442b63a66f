"""What sweep.py sweeps: a data directory and one thing that is done to it, a request to a running server
or a command, and what may be there before and after."""
import collections
import http.client
import shutil

from changes import DEMO, DEMO_BODY, NEW, OLD, OTHER, OTHER_FILE, PROV, SECRET
from chart_server import ChartServer
from following import follow, refresh, refreshed
from harness import (Server, chart, cleanup, command, digest, equal, form, must, provenance,
                     temporary)

Answer = collections.namedtuple("Answer", "status body")


def stored(running, repo, file):
    """The bytes that are served, None when there are none; anything but 200 and 404 is wrong."""
    answer = running.get(f"/{repo}/charts/{file}" if repo else f"/charts/{file}")
    assert answer.status in (200, 404), f"{file}: {answer}"
    return answer.body if answer.status == 200 else None


class Scenario:
    """`before` and `after` are lists of groups {file: bytes or None}: a group is wholly as before
    or wholly as after, and as after once the change was acknowledged."""
    repo = ""
    serve_args = ()
    is_damaged = False
    is_disk_full = False        # sweep.py says what its fault is
    other_bytes_are = 409

    def prepare(self, data):
        running = Server(data, self.serve_args)
        self.fill(running)
        running.stop()

    def fill(self, running):
        pass

    def run(self, data, fault, arm):
        """Does it with the fault armed; True when it was acknowledged, False when refused, None
        when the program died. What else must hold while the server lives is checked here."""
        running = Server(data, self.serve_args, env=fault.env)
        arm()
        try:
            answer = self.act(running)
            acknowledged = 200 <= answer.status < 300
        except (http.client.HTTPException, OSError, AssertionError):
            acknowledged = None
        fault.disarm()
        if acknowledged is None or (fault.hits and fault.kills):
            running.process.wait(60)
        if running.process.poll() is None:
            equal(running.get("/index.yaml").status, 200, "reads go on")
            if acknowledged is False:
                assert answer.status in (500, 503, 507), answer
            running.stop()
        return acknowledged

    def again(self, running):
        answer = self.act(running)
        assert answer.status in self.again_is, f"the same once more: {answer}"
        return running

    again_is = (201,)

    def shown(self, content, acknowledged):
        """Whether the index may say so of a chart with this content."""
        return [content is not None]

    def check_more(self, running, acknowledged):
        pass


class Publish(Scenario):
    before, after = [{DEMO: None}], [{DEMO: OLD}]

    def fill(self, running):
        equal(running.publish(OTHER).status, 201)

    def act(self, running):
        return running.publish(OLD)


class PublishWithProvenance(Publish):
    before = [{DEMO: None, PROV: None}]
    after = [{DEMO: OLD, PROV: provenance(OLD)}]

    def act(self, running):
        return running.request("POST", "/api/charts", *form(OLD, provenance(OLD)))


class Provenance(Scenario):
    before, after = [{DEMO: OLD, PROV: None}], [{DEMO: OLD, PROV: provenance(OLD)}]

    def fill(self, running):
        equal(running.publish(OLD).status, 201)

    def act(self, running):
        return running.request("POST", "/api/prov", provenance(OLD))


class NewRepository(Publish):
    repo = "team-a/stable"

    def act(self, running):
        return running.publish(OLD, self.repo)


class Overwrite(PublishWithProvenance):
    serve_args = ("--set", "overwrite=true")
    before = PublishWithProvenance.after
    after = [{DEMO: NEW, PROV: provenance(NEW)}]

    def fill(self, running):
        equal(PublishWithProvenance.act(self, running).status, 201)

    def act(self, running):
        return running.request("POST", "/api/charts?force", *form(NEW, provenance(NEW)))


class OverwriteProvenance(Overwrite):
    before = PublishWithProvenance.after
    after = [{DEMO: OLD, PROV: provenance(OLD).replace(b"AAAA", b"BBBB")}]

    def act(self, running):
        return running.request("POST", "/api/prov?force", self.after[0][PROV])


class Delete(Overwrite):
    after = [{DEMO: None, PROV: None}]
    again_is = (200, 404)

    def act(self, running):
        return running.request("DELETE", "/api/charts/demo/1.0.0")


class Undelete(Publish):
    def fill(self, running):
        equal(running.publish(OLD).status, 201)
        equal(running.request("DELETE", "/api/charts/demo/1.0.0").status, 200)


class Yank(Scenario):
    """Nothing of it is in the folder: the index alone is another."""
    before = after = [{DEMO: OLD}]
    again_is = (200,)

    def fill(self, running):
        equal(running.publish(OLD).status, 201)

    def act(self, running):
        return running.request("POST", "/api/v1/repos/main/yank", DEMO_BODY)

    def shown(self, content, acknowledged):
        return [False] if acknowledged else [True, False]


class UndeleteKept(PublishWithProvenance):
    """From quarantine/, where the deletion put them."""
    again_is = (200,)

    def fill(self, running):
        equal(PublishWithProvenance.act(self, running).status, 201)
        equal(running.request("DELETE", "/api/charts/demo/1.0.0").status, 200)

    def act(self, running):
        return running.request("POST", "/api/v1/repos/main/undelete", DEMO_BODY)


class DeleteAndUndelete(Delete):
    """Whatever became of the deletion, the version can be brought back: where the disk was full, by its
    publisher, since a deletion is to make room then and keeps nothing that does not fit."""
    serve_args = ()

    def check_more(self, running, acknowledged):
        if stored(running, "", DEMO) is None:
            status = UndeleteKept.act(self, running).status
            if self.is_disk_full and (status == 410 or stored(running, "", PROV) is None):
                status = PublishWithProvenance.act(self, running).status
            assert status in (200, 201), status
        equal((stored(running, "", DEMO), stored(running, "", PROV)), (OLD, provenance(OLD)))


class DeleteAfterCleaning(Delete):
    """Somebody has removed the folder where it is to be kept."""
    serve_args = ()

    def act(self, running):
        shutil.rmtree(running.data / "quarantine", ignore_errors=True)
        return Delete.act(self, running)


class PublishAfterCleaning(Publish):
    def act(self, running):
        shutil.rmtree(running.data / "tmp", ignore_errors=True)
        return Publish.act(self, running)


class Purge(Delete):
    serve_args = ()
    again_is = (200,)

    def act(self, running):
        return running.request("POST", "/api/v1/repos/main/purge", DEMO_BODY)

    def is_out(self, running):
        """The next start went on where it was killed."""
        return stored(running, "", DEMO) is None

    def check_more(self, running, acknowledged):
        if acknowledged or self.is_out(running):
            contents = [p.read_bytes() for p in running.data.rglob("*") if p.is_file()]
            assert not any(SECRET in content for content in contents), "it is not gone"


class PurgeOfDeleted(Purge):
    before = Purge.after

    def fill(self, running):
        Purge.fill(self, running)
        equal(Delete.act(self, running).status, 200)

    def is_out(self, running):
        return False


class Retention(Scenario):
    before, after = [{DEMO: OLD}], [{DEMO: None}]
    again_is = (200,)

    def fill(self, running):
        equal(running.publish(OLD).status, 201)
        equal(running.publish(chart("demo", "2.0.0")).status, 201)
        equal(running.request("PATCH", "/api/v1/repos/main", b'{"keep_last":1}').status, 200)

    def act(self, running):
        answer = running.request("POST", "/api/v1/repos/main/retention")
        return answer._replace(status=503) if b'"error"' in answer.body else answer


class RenameRepository(Scenario):
    repo = "new"
    before, after = [{DEMO: None}], [{DEMO: OLD}]
    again_is = (200, 308)

    def fill(self, running):
        equal(running.publish(OLD, "old").status, 201)

    def act(self, running):
        return running.request("POST", "/api/v1/repos/old/rename", b'{"to":"new"}')

    def check_more(self, running, acknowledged):
        if stored(running, "new", DEMO) is None:
            equal(stored(running, "old", DEMO), OLD)


class DeleteRepository(Scenario):
    repo = "gone"
    before, after = [{DEMO: OLD}], [{DEMO: None}]
    again_is = (200, 404)

    def fill(self, running):
        equal(running.publish(OLD, self.repo).status, 201)

    def act(self, running):
        return running.request("DELETE", "/api/v1/repos/gone?confirm=gone")


class Heal(Publish):
    """The file is gone and the version is known to be damaged: fsck has something to say."""
    is_damaged = True

    def fill(self, running):
        equal(running.publish(OLD).status, 201)
        (running.data / "repos/main/charts" / DEMO).unlink()
        equal(running.get(f"/charts/{DEMO}").status, 503)
        while running.index()["entries"]:
            pass


class Command(Scenario):
    """Everything the program does counts, its start and its end too."""
    def line(self, data):
        raise NotImplementedError

    def run(self, data, fault, arm):
        arm()
        done = command(*self.line(data), env=fault.env, timeout=60)
        fault.disarm()
        died = done.returncode < 0
        assert died or done.returncode in (0, 1), done
        assert died or done.returncode == 0 or done.stderr or "damaged" in done.stdout, done
        if "damaged" in done.stdout + done.stderr and done.returncode == 1:
            self.repair(data)
        return None if died else done.returncode == 0

    def repair(self, data):
        """What could not be read just now was called damaged, and must be healed as one says."""
        raise AssertionError("called damaged")

    def again(self, running):
        running.stop()
        must(*self.line(running.data))
        return Server(running.data)


class Import(Command):
    before = [{DEMO: None, PROV: None}, {OTHER_FILE: None}]
    after = [{DEMO: OLD, PROV: provenance(OLD)}, {OTHER_FILE: OTHER}]

    def prepare(self, data):
        Scenario.prepare(self, data)
        self.source = temporary(keep=True)
        (self.source / DEMO).write_bytes(OLD)
        (self.source / PROV).write_bytes(provenance(OLD))
        (self.source / OTHER_FILE).write_bytes(OTHER)
        (self.source / OTHER_FILE).chmod(0o444)

    def line(self, data):
        return "import", "--data", data, self.source


class FirstImport(Import):
    """The data directory does not exist yet."""
    def prepare(self, data):
        Import.prepare(self, data)
        shutil.rmtree(data)


class Rebuild(Command):
    before = after = PublishWithProvenance.after

    def fill(self, running):
        equal(PublishWithProvenance.act(self, running).status, 201)
        equal(running.publish(OTHER).status, 201)
        equal(running.request("DELETE", "/api/charts/other/2.0.0").status, 200)

    def line(self, data):
        return "rebuild", "--data", data

    def repair(self, data):
        must(*self.line(data))


class Recovery(Command):
    """The start after a crash that left something of every kind (load.c); it is crashed too."""
    before = after = [{DEMO: OLD, PROV: None}, {OTHER_FILE: None}]

    def fill(self, running):
        equal(running.publish(OLD).status, 201)
        equal(running.publish(OTHER).status, 201)
        equal(running.request("DELETE", "/api/charts/other/2.0.0").status, 200)

    def prepare(self, data):
        running = Server(data, self.serve_args)
        self.fill(running)
        running.kill()
        charts = data / "repos/main/charts"
        (charts / "orphan-1.0.0.tgz").write_bytes(chart("orphan", "1.0.0"))
        (charts / "orphan-1.0.0.tgz.prov").write_bytes(b"?")
        (charts / OTHER_FILE).write_bytes(OTHER)
        (charts / f".{digest(NEW)}.new").write_bytes(NEW)
        (charts / DEMO).rename(charts / f".{digest(OLD)}.new")
        (charts / DEMO).write_bytes(NEW)
        (data / "tmp/tmp-1").write_bytes(b"?")
        (charts / ".new-1").write_bytes(b"?")
        (data / "control.sock").unlink()

    def line(self, data):
        return "fsck", "--data", data

    def repair(self, data):
        running = Server(data)
        equal(running.publish(OLD).status, 201)
        running.stop()


class OfUpstream(Scenario):
    """What is asked for in check() comes from the upstream where it is not here."""
    repo = "up"
    other_bytes_are = 400
    again_is = (200, 404)

    def prepare(self, data):
        self.upstream, self.asked = ChartServer(), 0
        cleanup(self.upstream.stop, keep=True)
        Scenario.prepare(self, data)

    def put(self, *archives):
        for archive, name, version in archives:
            self.upstream.put(name, version, archive)


class Refresh(OfUpstream):
    """Three things at once: a chart comes, one goes, one becomes another."""
    before, after = [{DEMO: None}], [{DEMO: OLD}]

    def fill(self, running):
        self.put((OTHER, "other", "2.0.0"), (OTHER, "third", "1.0.0"))
        follow(running, self.upstream, drop_max_percent=100)
        refreshed(running)
        self.upstream.drop("other", "2.0.0")
        self.upstream.put("third", "1.0.0", OTHER, description="another")
        self.put((OLD, "demo", "1.0.0"))

    def act(self, running):
        _, said = refresh(running)
        return Answer(200 if said.get("ok") else 503, said)

    def check_more(self, running, acknowledged):
        index = running.index("up")["entries"]
        told = "demo" in index, "other" not in index, "description" in index["third"][0]
        equal(told, (told[0],) * 3, "half of a refresh")


class FirstPull(OfUpstream):
    before = after = [{DEMO: OLD}]

    def fill(self, running):
        self.put((OLD, "demo", "1.0.0"))
        follow(running, self.upstream)
        refreshed(running)

    def act(self, running):
        answer = running.get(f"/up/charts/{DEMO}")
        self.asked = self.upstream.count(f"/{DEMO}")
        return answer

    def check_more(self, running, acknowledged):
        if acknowledged:
            equal(self.upstream.count(f"/{DEMO}"), self.asked, "it was not kept")


class Accept(FirstPull):
    """Of other bytes; those that are here stay in quarantine/."""
    after = [{DEMO: NEW}]

    def fill(self, running):
        FirstPull.fill(self, running)
        equal(FirstPull.act(self, running).body, OLD)
        self.put((NEW, "demo", "1.0.0"))
        equal(refreshed(running)["drifted"], 1)

    def act(self, running):
        return running.request("POST", "/api/v1/upstreams/up/drift/accept", DEMO_BODY)

    def check_more(self, running, acknowledged):
        pass


SCENARIOS = (Publish, PublishWithProvenance, Provenance, NewRepository, Overwrite,
             OverwriteProvenance, Delete, Undelete, Heal, Import, FirstImport, Rebuild, Recovery,
             Yank, UndeleteKept, DeleteAndUndelete, Purge, PurgeOfDeleted, Retention,
             RenameRepository, DeleteRepository, Refresh, FirstPull, Accept,
             DeleteAfterCleaning, PublishAfterCleaning)

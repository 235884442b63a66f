"""The data directory that each release left (keep_release.py), opened by this one."""
import json
import shutil

from changes import make_catalog
from keep_release import HERE, HOOK, PRIVATE, PUBLIC
from harness import Server, chart, command, contains, equal, main, must, table, temporary
from people import PASSWORD, basic, bearer

RELEASES = sorted(path.parent for path in (HERE / "data").glob("*/facts.json"))


def laid(release):
    """A copy, with the database of its SQL."""
    data = temporary() / "data"
    shutil.copytree(release / "data", data)
    for key in data.rglob("*.key"):
        key.chmod(0o600)    # which Git does not keep
    make_catalog(data, (release / "catalog.sql").read_text())
    return data


def check_bytes(server, release, root):
    for repo in (*PUBLIC, PRIVATE):
        served = (release / "served" / f"{repo.replace('/', '~')}.yaml").read_bytes()
        equal(server.get(f"/{repo}/index.yaml", root).body, served, repo)
    files = list((release / "data/repos").rglob("charts/*"))
    assert len(files) > 8, files
    for file in files:
        repo = str(file.relative_to(release / "data/repos").parent.parent)
        equal(server.get(f"/{repo}/charts/{file.name}", root).body, file.read_bytes(), file)


def check_people(server, token):
    equal(server.get(f"/{PRIVATE}/index.yaml").status, 404)
    equal(server.get(f"/{PRIVATE}/index.yaml", basic("alice", PASSWORD)).status, 200)
    equal(server.publish(chart("new"), PRIVATE, headers=bearer(token)).status, 201)
    equal(server.publish(chart("new"), headers=bearer(token)).status, 403)


def check_rules(server, root):
    other = chart("alpha", "1.0.0", description="other bytes")
    equal(server.publish(other, headers=root).status, 409, "written once")
    equal(server.publish(chart("gone", description="other bytes"), headers=root).status, 409, "a tombstone stays")
    equal([v["version"] for v in server.index("prod")["entries"]["alpha"]], ["1.0.0"], "what was promoted")
    images = server.get("/api/v1/charts/main/alpha/1.1.0/images?format=list")
    equal(images.body, b"registry.example.org/alpha:1.1\n")
    found = json.loads(server.get("/api/v1/search?q=umbrella").body)
    equal(found["results"][0]["name"], "umbrella")


def check_trips(server, trip, root):
    data = server.data
    said = json.loads(must("bundle", "list", "--repo", "carried", "--data", data, "--json"))
    equal(len(said["trips"]), 1)
    equal(server.publish(chart("next"), headers=root).status, 201)
    made = json.loads(must("bundle", "create", "--repo", "main", "--parent", trip, "--data", data, "-n", "--json"))
    equal((made["parent"], made["versions"]), (trip, 1))
    contains(must("hook", "list", "--data", data), HOOK)
    contains(must("virtual", "list", "--data", data), "all")


@table(*[(release.name, release) for release in RELEASES])
def t_fs_03_data_of_a_release_is_opened(release):
    facts, data, root = json.loads((release / "facts.json").read_text()), laid(release), basic("root", PASSWORD)
    server = Server(data)
    check_bytes(server, release, root)
    check_people(server, facts["token"])
    check_rules(server, root)
    check_trips(server, facts["trip"], root)
    server.stop()
    contains(must("fsck", "--data", data), "all is well")
    contains(must("log", "--data", data, "--verify"), f"{facts['events'] + 2} events, all as they were written")
    equal(command("rebuild", "--data", data).returncode, 0)
    contains(must("fsck", "--data", data), "all is well")


if __name__ == "__main__":
    main()

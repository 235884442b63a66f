"""Makes tests/fault/data/VERSION, once for each release: a data directory as this release leaves it, which
every later one has to open (test_releases.py).

Something of each kind is in it: charts, provenance, a deleted, a yanked and a signed one; a private
repository, an account and a token; an upstream of which one version was pulled; a virtual repository and a
view; a webhook; a pushed list of images; a trip that arrived and one that was made. The database is kept as SQL,
which can be read; the passwords and keys in it are good for nothing else.
"""
import json
import shutil
import sqlite3
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from bundles import Outer, trust
from following import follow, refreshed
from harness import Server, chart, equal, main, must, provenance, temporary, test
from people import PASSWORD, add_token, add_user, basic, bearer

UMBRELLA = [{"name": "alpha", "version": "~1.0", "repository": ""}]
PUBLIC = ("main", "far", "all", "prod", "carried")
PRIVATE = "team-a/stable"
HOOK = "https://hooks.example.org/kept"
MADE_AGAIN = ("search.db", "control.sock", "LOCK", "tmp", "setup-token")     # by any start


def published(server, archive, repo="", **options):
    equal(server.publish(archive, repo, **options).status, 201)


def fill(server, upstream, outer):
    """Returns the trip that was made."""
    data, alpha = server.data, chart("alpha", "1.0.0", description="The first chart")
    published(server, alpha)
    equal(server.request("POST", "/api/prov", provenance(alpha, "alpha")).status, 201)
    for version in ("1.0.1", "1.1.0", "2.0.0-rc.1"):
        published(server, chart("alpha", version, keywords=["kept"], appVersion=version))
    published(server, chart("umbrella", "0.3.0", dependencies=UMBRELLA))
    published(server, chart("gone"))
    equal(server.request("DELETE", "/api/charts/gone/1.0.0").status, 200)
    must("yank", "--repo", "main", "alpha", "1.0.1", "--reason", "wrong image", "--yes", "--data", data)
    images = "/api/v1/charts/main/alpha/1.1.0/images"
    equal(server.request("PUT", images, b"registry.example.org/alpha:1.1\n").status, 200)
    follow(server, upstream, "far")
    refreshed(server, "far")
    equal(server.get("/far/charts/elsewhere-1.0.0.tgz").status, 200)
    must("virtual", "add", "all", "main", "far", "--data", data)
    must("virtual", "add", "prod", "main", "--set", "cooldown_days=365", "--data", data)
    must("promote", "main/alpha", "1.0.0", "--to", "prod", "--data", data)
    must("repo", "create", PRIVATE, "--private", "--data", data)
    must("hook", "add", "kept", HOOK, "--pause", "--data", data)
    must("keys", "generate", "--data", data, "--name", "kept.example.org")
    made = must("bundle", "create", "--repo", "main", "--data", data, "-o", f"{temporary()}/", "--json")
    trust(outer, data)
    _, bundle = outer.create(repo="carried")
    must("bundle", "import", bundle, "--data", data)
    return json.loads(made)["trip"]


def close(server):
    """People come last: from then on nothing is done without them. Returns the token of the pipeline."""
    add_user(server.data, "root", "admin:*")
    add_user(server.data, "alice", f"pull:{PRIVATE}")
    token = add_token(server.data, "ci", f"push:{PRIVATE}")
    published(server, chart("secret-chart", "1.0.0"), PRIVATE, headers=bearer(token))
    return token


def keep(server, into, **facts):
    shutil.rmtree(into, ignore_errors=True)
    (into / "served").mkdir(parents=True)
    for repo in (*PUBLIC, PRIVATE):
        served = server.get(f"/{repo}/index.yaml", basic("root", PASSWORD))
        equal(served.status, 200)
        (into / "served" / f"{repo.replace('/', '~')}.yaml").write_bytes(served.body)
    server.stop()
    shutil.copytree(server.data, into / "data", ignore=shutil.ignore_patterns(*MADE_AGAIN, "catalog.db*"))
    database = sqlite3.connect(server.data / "catalog.db")
    pragmas = "".join(f"PRAGMA {name} = {database.execute(f'PRAGMA {name}').fetchone()[0]};\n"
                      for name in ("application_id", "user_version"))
    (into / "catalog.sql").write_text(pragmas + "\n".join(database.iterdump()) + "\n")
    events = database.execute("SELECT max(seq) FROM event").fetchone()[0]
    (into / "facts.json").write_text(json.dumps({"events": events, **facts}, indent=1) + "\n")


def kept():
    server, upstream, outer = Server(), Server(), Outer()
    for version in ("1.0.0", "1.1.0"):
        published(upstream, chart("elsewhere", version))
        published(outer, chart("freight", version), "carried")
    trip = fill(server, upstream, outer)
    keep(server, HERE / "data" / must("version").split()[1], trip=trip, token=close(server))


if __name__ == "__main__":
    test(kept)
    main()

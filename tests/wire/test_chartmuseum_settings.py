#!/usr/bin/env python3
"""What ChartMuseum's options leave behind for who goes on without them: repositories' settings, the
settings file, names."""
import json
import re
import shutil

from wire import contains, equal
from charts import chart_yaml
from museum import Museum
from tap import TOP
from harness import PROGRAM, Server, chart, command, main, must, table, temporary, test

ID, OTHER = "0a1b2c3d-0000-4000-8000-00000000000a", "0a1b2c3d-0000-4000-8000-00000000000b"


def stored(*tenants):
    storage = temporary() / "storage"
    for tenant in tenants:
        (storage / tenant).mkdir(parents=True, exist_ok=True)
        (storage / tenant / "demo-1.0.0.tgz").write_bytes(chart())
    return storage


# ---- --artifact-hub-repo-id ----

def publisher(server, repo=""):
    return server.get(f"/{repo}/artifacthub-repo.yml".replace("//", "/")).body.decode()


@table(("an ID", f"artifact-hub-repo-id: {ID}\n", {}, ()), ("by the environment", "", {"ARTIFACT_HUB_REPO_ID": ID}, ()),
       ("by a flag", "", {}, (f"--artifact-hub-repo-id={ID}",)))
def the_id_at_depth_0(file, environment, flags):
    storage = stored("")
    path = storage.parent / "cm.yaml"
    path.write_text(file)
    server = Museum(storage, f"--config={path}", *flags, env=environment)
    equal(publisher(server), f"repositoryID: {ID}\n")
    server.stop()
    server = Server(data=server.data)                # it stays
    equal(publisher(server), f"repositoryID: {ID}\n")


@table(("flags", "", (f"--artifact-hub-repo-id=org/a={ID}", "--artifact-hub-repo-id", f"new={OTHER}")),
       ("a map", f"artifact-hub-repo-id:\n  org/a: {ID}\n  new: {OTHER}\n", ()))
def the_id_of_a_tenant(file, flags):
    storage = stored("org/a", "org/b")
    path = storage.parent / "cm.yaml"
    path.write_text(file)
    states = []
    for _ in range(2):
        server = Museum(storage, "--depth=2", f"--config={path}", *flags)
        equal([publisher(server, repo) for repo in ("org/a", "new")],
              [f"repositoryID: {one}\n" for one in (ID, OTHER)])
        assert ID not in publisher(server, "org/b")
        contains((server.data / "chartlocker.yaml").read_text(), "chartlocker repo show org/a --data")
        states.append(server.state()[1])
        server.stop()
    equal(states[0], states[1], "a second start sets nothing")


# ---- --disable-api ----

@table(("with charts", ("",)), ("empty", ()))
def nobody_is_told_to_publish(tenants):
    """Neither at the start nor by a page."""
    server = Museum(stored(*tenants), "--disable-api")
    contains(server.log(), "  the API is off: nobody publishes or deletes but by commands with --data\n")
    for said in ("anyone", "serve.open", "there are no users"):
        assert said not in server.log(), server.log()
    for path in ("/", "/search", "/repos/main", "/admin"):
        page = server.get(path, {"Accept": "text/html"})
        equal(page.status, 200, path)
        for said in (b"Publish</h2>", b"chartlocker push", b"The first chart", b"may publish", b'"/upload'):
            assert said not in page.body, (path, said)
    server.stop()
    server = Museum(server.data.parent)
    contains(server.get("/", {"Accept": "text/html"}).body, b"Publish</h2>")


# ---- the index ----

@table(("a path", ("--set", "base_path=/helm"), {"contextPath": "/helm"}), ("none", (), None),
       ("none, as ChartMuseum", ("--set", "chartmuseum=true"), {}))
def where_the_api_is(settings, said):
    """helm cm-push reads it from the index: also when nobody needs ChartMuseum's ways any more."""
    server = Server(args=settings)
    path = (said or {}).get("contextPath", "")
    equal(server.request("POST", f"{path}/api/charts", chart()).status, 201)
    for file in "/index.yaml", "/index.json":
        equal(json.loads(server.get(path + file).body).get("serverInfo"), said, file)


# ---- names that were reserved when tenants had them already ----

OLD = (("one segment", "upload"), ("another", "artifactory"), ("two segments", "repository/x"))


@table(*((name, repo, later) for name, repo in OLD for later in (False, True)))
def a_deleted_tenant_of_a_reserved_name(repo, later):
    """It is purged, made again, declared and pushed to, in the run that deletes it and in the next."""
    server = Museum(stored(repo), "--depth-dynamic")
    equal(list(server.index(repo)["entries"]), ["demo"])
    must("repo", "delete", repo, "--confirm", repo, "--data", server.data)
    if later:
        server.stop()
        shutil.rmtree(server.data.parent / repo)     # or it is adopted anew
        server = Museum(server.data.parent, "--depth-dynamic")
    equal(server.get("/upload", {"Accept": "text/html"}).status, 200)
    contains(must("repo", "purge", repo, "--confirm", repo, "--data", server.data), "purged")
    must("repo", "create", repo, "--data", server.data)
    equal(server.index(repo)["entries"], {})
    must("repo", "delete", repo, "--confirm", repo, "--data", server.data)
    equal(server.publish(chart("again"), repo).status, 201)
    equal(list(server.index(repo)["entries"]), ["again"])
    contains(server.publish(chart(), "outdated").body, b"reserved")
    server.stop()
    config = server.data / "declared.yaml"
    config.write_text(f"repositories: [{{name: {repo}, description: old}}]\n")
    server = Server(data=server.data, args=("--config", config))
    equal(json.loads(server.get(f"/api/v1/repos/{repo}").body)["settings"]["description"], "old")


@table(*OLD)
def a_reserved_name_that_nobody_had(repo):
    server = Server()
    told = f'"{repo.partition("/")[0]}" is reserved'
    contains(command("repo", "create", repo, "--data", server.data).stderr, told)
    contains(command("repo", "purge", repo, "--confirm", repo, "--data", server.data).stderr, told)
    server.stop()
    config = server.data / "declared.yaml"
    config.write_text(f"repositories: [{{name: {repo}, description: new}}]\n")
    for line in ("config", "check", "--config", config), ("serve", "--config", config):
        done = command(*line, "--data", server.data)
        assert done.returncode, line
        contains(done.stdout + done.stderr, f"declared.yaml:1: repository \"{repo}\": {told}")


def documented():
    """The names that the README has tenants not to have: of the first segment, of the second."""
    text = (TOP / "server/README.md").read_text().split("**Tenants.**")[1].split("\n\n")[0]
    first, second = re.search(r"is reserved:(.*?); the second.*?none of(.*?)\. Rename", text, re.S).groups()
    return [re.findall("`(.+?)`", names) for names in (first, second)]


@test
def tenants_of_reserved_names_are_told():
    first, second = documented()
    words = (TOP / "indexer/format/name.c").read_text()
    equal(first, re.findall(r'\{ "([^"]+)", true, \w+, false \}', words))
    equal(second, re.findall(r'\{ "([^"]+)", \w+, true, false \}', words))
    passed = [*first, *(f"org/{name}" for name in second)]
    server = Museum(stored("org/fine", *passed), "--depth-dynamic")
    told = re.findall(r'adopt\.passed_by path=\S*?/storage/(\S+) detail=".*? is reserved for addresses of this '
                      'program; choose another name"', server.log())
    equal(sorted(told), sorted(passed))
    storage = server.data.parent
    must("import", "--data", server.data, "--repo", "team-helm", storage / "helm")
    equal(server.get("/team-helm/charts/demo-1.0.0.tgz").body, chart())


@test
def a_tenant_that_is_a_link_is_told():
    storage = stored("org")
    (storage / "team").symlink_to("org")
    log = Museum(storage, "--depth=1").log()
    contains(log, f'adopt.passed_by path={storage}/team detail="a symbolic link is not followed"')


@test
def a_chart_with_a_key_twice_is_told():
    storage = stored("")
    archive = chart("twice", files={"Chart.yaml": chart_yaml("twice") + b"name: twice\n"})
    (storage / "twice-1.0.0.tgz").write_bytes(archive)
    contains(Museum(storage).log(), f"adopt.passed_by path={storage}/twice-1.0.0.tgz")


@test
def listen_host_localhost():
    storage = stored("")
    server = Server(data=storage / ".chartlocker", line=[PROGRAM, "chartmuseum", "--listen-host=localhost", "--port=0",
                                                          "--storage=local", f"--storage-local-rootdir={storage}"])
    contains(server.log(), "listening on http://127.0.0.1:")


if __name__ == "__main__":
    main()

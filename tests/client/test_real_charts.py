"""Every chart of CHARTS: imported at once, compared byte for byte; a share of them (LONG=1: all) pulled back
by each helm; and an index that means what `helm repo index` says of the same files."""
import functools
import json
from urllib.parse import quote

from helm import ALL, EACH, NEWEST, Helm
from harness import LONG, Server, digest, equal, main, must, real_charts, settled, table, temporary, test

PULLS_PER_PROCESS = 200     # a helm takes 0.1 s to start
SHARE = 16

# How an entry of ours differs from Helm's for the same file, on purpose.
INTENDED = {
    "created": "the time the file has, not the time somebody made an index",
    "urls": "charts are one folder below the index",
}
# And one more: versions that differ in build metadata only have no order in Helm (its sort is not
# stable); ours is by `created`, then by the text.


@functools.cache
def originals():
    return {file.name: file for file in real_charts()}


@functools.cache
def server():
    data = temporary(keep=True) / "data"
    before = {name: (file.stat().st_mode, file.stat().st_mtime_ns, file.stat().st_size)
              for name, file in originals().items()}
    must("import", "--data", data, *{file.parent for file in originals().values()})
    after = {name: (file.stat().st_mode, file.stat().st_mtime_ns, file.stat().st_size)
             for name, file in originals().items()}
    equal(after, before, "import changed a file that was given to it")
    return Server(data=data, keep=True)


def entries(index):
    return {(name, entry["version"]): entry for name, chart in index["entries"].items()
            for entry in chart}


def url_of(file_name):
    return f"{server().url}/charts/{quote(file_name, safe='+')}"


def differing(folder):
    """The names of files below `folder` that are not the original's bytes."""
    return [file.name for file in folder.iterdir()
            if file.read_bytes() != originals()[file.name].read_bytes()]


@test
def every_chart_over_http():
    index = entries(server().index())
    equal(len(index), len(originals()))
    connection = server().connection()
    for (name, version), entry in index.items():
        file_name = f"{name}-{version}.tgz"
        equal(entry["urls"], [f"charts/{quote(file_name, safe='+')}"])
        answer = server().get("/" + entry["urls"][0], connection=connection)
        equal(answer.status, 200, file_name)
        assert answer.body == originals()[file_name].read_bytes(), file_name
        equal(digest(answer.body), entry["digest"], file_name)


@test
def plus_in_either_spelling():
    [*names] = (name for name in originals() if "+" in name)
    assert names, "none of the charts has build metadata"
    for name in names:
        for spelling in (name, name.replace("+", "%2B"), name.replace("+", "%2b")):
            equal(server().get(f"/charts/{spelling}").status, 200, spelling)


def share_of(names):
    return [*names][::1 if LONG else SHARE]


@table(*ALL)
def charts_are_pulled(version):
    names = share_of(originals())
    into, urls = temporary(), [url_of(name) for name in names]
    helm = Helm(version)
    for first in range(0, len(urls), PULLS_PER_PROCESS):
        helm("pull", *urls[first:first + PULLS_PER_PROCESS], "--destination", into)
    equal(sorted(file.name for file in into.iterdir()), sorted(names))
    equal(differing(into), [])


@table(*ALL)
def newest_of_charts_by_name(version):
    index, into = server().index()["entries"], temporary()
    helm = Helm(version).repository(server().url)
    names = share_of(index)
    helm("pull", *(f"local/{name}" for name in names), "--devel", "--destination", into)
    equal(len(list(into.iterdir())), len(names))
    equal(differing(into), [])
    newest = {f"{name}-{index[name][0]['version']}.tgz" for name in names
              if not rivals(index[name])}
    equal(newest - {file.name for file in into.iterdir()}, set())


def precedence(version):
    return version.partition("+")[0]


def rivals(versions):
    """True where another version has the precedence of the first."""
    return [precedence(entry["version"]) for entry in versions].count(
        precedence(versions[0]["version"])) > 1


@table(*ALL)
def every_version_is_found(version):
    helm = Helm(version).repository(server().url)
    equal(helm.versions(), set(entries(server().index())))


@functools.cache
def index_by_helm(version):
    folder = temporary(keep=True)
    for name, file in originals().items():
        (folder / name).symlink_to(file)
    Helm(version)("repo", "index", folder, "--json")
    return json.loads((folder / "index.yaml").read_text())


def compare(ours, theirs):
    """Both indexes as data; INTENDED is all that may differ."""
    equal(ours["apiVersion"], theirs["apiVersion"])
    ours_by_version, theirs_by_version = entries(ours), entries(theirs)
    equal(set(ours_by_version), set(theirs_by_version))
    for key, entry in theirs_by_version.items():
        equal(without_intended(ours_by_version[key]), without_intended(entry), key)
    for name, versions in theirs["entries"].items():
        equal([precedence(entry["version"]) for entry in ours["entries"][name]],
              [precedence(entry["version"]) for entry in versions], f"order of {name}")


def without_intended(entry):
    return {key: value for key, value in entry.items() if key not in INTENDED}


@table(*(row for row in EACH if row[0] != "3.12.3"))      # which writes no JSON index
def index_means_what_helms_means(version):
    compare(server().index(), index_by_helm(version))


@test
def index_command_means_what_helms_means():
    folder = temporary()
    for name, file in originals().items():
        (folder / name).symlink_to(file)
    must("index", folder, "--json", "--url", "http://charts.example.org/x")
    written = json.loads((folder / "index.yaml").read_text())
    compare(written, index_by_helm(NEWEST))
    for (name, version), entry in entries(written).items():
        equal(entry["urls"], [f"http://charts.example.org/x/{name}-{version}.tgz"])


@test
def block_yaml_means_what_json_means():
    """Read by Helm itself: it merges either into an empty index and writes that as JSON."""
    equal(*(read_by_helm(index_as(form)) for form in ("yaml", "json")))


def index_as(form):
    must("repo", "set", "main", f"index_format={form}", "--data", server().data)
    text = server().get("/index.yaml").body
    equal(text.startswith(b"{"), form == "json")
    return text


def read_by_helm(index):
    folder = temporary()
    (folder / "ours.yaml").write_bytes(index)
    (folder / "empty").mkdir()
    Helm(NEWEST)("repo", "index", folder / "empty", "--merge", folder / "ours.yaml", "--json")
    return json.loads((folder / "empty/index.yaml").read_text())["entries"]


@test
def file_on_disk_is_what_is_served():
    served, on_disk = server().get("/index.yaml").body, server().data / "repos/main/index.yaml"
    # It is written at most every 5 s.
    assert settled(lambda: on_disk.exists() and on_disk.read_bytes() == served), \
        "repos/main/index.yaml is not what is served"


@test
def fsck_finds_nothing():
    must("fsck", "--data", server().data)


if __name__ == "__main__":
    main()

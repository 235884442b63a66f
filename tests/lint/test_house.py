"""The house as a newcomer and a packager find it: make's promises, and how the binary was built."""
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import LONG, PROGRAM, TOP, contains, equal, main, need, table, temporary, test


def make(*arguments):
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", "--no-print-directory", *arguments], cwd=TOP, env=plain,
                          capture_output=True, text=True, check=True).stdout


@table(
    ("position independent", "-hW", r"Type:\s+DYN"),
    ("no executable stack", "-lW", r"GNU_STACK .* RW +0x"),
    ("relocations are read-only", "-lW", r"GNU_RELRO"),
    ("bound at start", "-dW", r"BIND_NOW|FLAGS_1.*NOW"),
    ("stack protector", "-sW", r"__stack_chk_fail"),
    ("fortified", "-sW", r"__\w+_chk@"))
def hardening(what, pattern):
    shown = subprocess.run([need("readelf"), what, PROGRAM], capture_output=True, text=True,
                           check=True).stdout
    assert re.search(pattern, shown), f"readelf {what}: no {pattern}"


@test
def dangerous_things_have_one_door():
    """The part of make lint that is a wall."""
    done = subprocess.run([sys.executable, TOP / "tests/lint/check_doors.py"], cwd=TOP, capture_output=True,
                          text=True, check=False)
    equal((done.stdout, done.returncode), ("doors: good\n", 0))


@test
def a_module_of_the_tests_has_a_name_of_its_own():
    """tests/lib is on every program's path, before the program's folder."""
    lib = {path.name for path in (TOP / "tests/lib").glob("*.py")}
    others = [path for path in (TOP / "tests").glob("*/*.py") if path.parent.name != "lib"]
    equal([str(path.relative_to(TOP)) for path in others if path.name in lib], [])


@test
def install_puts_it_where_it_is_told():
    root = temporary() / "a place"
    make("install", f"DESTDIR={root}", "PREFIX=/usr")
    shown = subprocess.run([root / "usr/bin/chartlocker", "version"], capture_output=True,
                           text=True, check=True).stdout
    contains(shown, "hartlocker")
    equal((root / "usr/bin/chartlocker").stat().st_mode & 0o777, 0o755)


@test
def help_lists_every_target():
    shown = make("help")
    for target in ("all", "deps", "run", "check", "lint", "bench", "fuzz", "check-asan",
                   "check-tsan", "check-long", "install", "deb-offline", "clean", "help"):
        assert re.search(rf"^{target} ", shown, re.M), f"make help does not tell of {target}"


@test
def deps_has_nothing_to_do_now():
    equal(make("deps"), "")


# ---- equal sources, equal bytes ----

# What is generated, what states the commit, what has the most text, and something of each floor.
SOME = [f"build/obj/{name}.o" for name in ("gen/schema", "gen/static", "gen/templates", "server/main", "server/routes",
        "server/http/accept", "indexer/base/err", "indexer/store/queries")]


def elsewhere(*targets):
    """A copy of the sources with another name and other times, in which these are built."""
    copy = temporary() / "a copy"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(TOP / name, copy / name)
        shutil.copymode(TOP / name, copy / name)
    commit = re.search('"(.*)"', (TOP / "build/gen/commit.h").read_text())[1]
    make("-C", copy, f"COMMIT={commit}", *targets)
    return copy


@test
def a_build_elsewhere_has_the_same_bytes():
    """With LONG=1 the whole program and the Debian package."""
    copy = elsewhere(*(["all", "deb"] if LONG else SOME))
    for name in ["build/chartlocker"] if LONG else SOME:
        equal(hashlib.sha256((copy / name).read_bytes()).hexdigest(),
              hashlib.sha256((TOP / name).read_bytes()).hexdigest(), name)
    if LONG:
        folder = temporary()
        make("deb", f"DEB={folder}")
        [one], [other] = folder.glob("*.deb"), (copy / "build/deb").glob("*.deb")
        equal(one.name, other.name)
        equal(one.read_bytes() == other.read_bytes(), True, "the packages")


@test
def links_of_the_readme_lead_somewhere():
    for document in ("README.md", "server/README.md", "indexer/README.md", "deploy/README.md",
                     "tests/README.md", "server/SECURITY.md", "deploy/CHANGELOG.md", "deploy/airgap/README.md"):
        folder = (TOP / document).parent
        for link in re.findall(r"\]\(([^)#:]+)\)", (TOP / document).read_text()):
            assert (folder / link).exists(), f"{document}: {link} is not there"


@test
def files_that_a_readme_names_are_there():
    """What stands in `code` with a folder and an ending of ours; capitals (NAME, NNNN) stand for a choice."""
    named = re.compile(r"`([\w-]+(?:/[\w.-]+)*/[\w-]+\.(?:[ch]|def|sql|py|md|tsv))`")
    for document in TOP.glob("*/README.md"):
        places = [document.parent, *(TOP / name for name in (".", "tests", "server", "indexer", "build"))]
        for name in named.findall(document.read_text()):
            there = any((place / name).exists() for place in places)
            assert there or re.search("NAME|NNNN", name), f"{document.relative_to(TOP)}: there is no {name}"


@test
def each_wall_has_its_test():
    """Of the last column of the walls in server/SECURITY.md: files of tests, and rows that stand in them."""
    walls = (TOP / "server/SECURITY.md").read_text().split("## The walls")[1].split("\n## ")[0]
    lines = [line.split(" | ")[-1] for line in walls.splitlines() if line.startswith("| ")][1:]
    assert len(lines) > 25, len(lines)
    for line in lines:
        names, text = re.findall(r"`([^`]+)`", line), ""
        for name in (name for name in names if not name.startswith(("make ", "tests/fuzz"))):
            if name.endswith((".py", ".c")):
                text = "".join(file.read_text() for file in TOP.glob(f"tests/*/{name}"))
                assert text, f"there is no {name}"
            else:
                assert re.search(rf'def {name}|"{name}', text), f"no row {name}: {line}"
        assert names, line


if __name__ == "__main__":
    main()

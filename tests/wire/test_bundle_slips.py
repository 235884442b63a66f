#!/usr/bin/env python3
"""chartlocker bundle in hurried hands, and beside sticks of others: what is meant is done, or it is said what is
wrong, and nothing is harmed."""
import fcntl
import gzip
import os
import pty
import subprocess
import threading

from wire import equal
from harness import (PROGRAM, chart, chart_of_size, clean_environment, command, contains, main, must, table, temporary,
                     test)
from bundles import Outer, bring, inner, one, refused

CONTROL = "\x1b[31m"


def tried(outer, *arguments, stdin=None, status=0):
    """A dry run of bundle create: its standard output, or its standard error."""
    done = command("bundle", "create", "--repo", "main", "--data", outer.data, "-n", *arguments, stdin=stdin)
    equal(done.returncode, status, (done.stdout, done.stderr))
    return done.stderr if status else done.stdout


# ---- what is wanted ----

@table(("a tab", "one\t>=1\n"), ("a mark at its beginning", "\ufeffone >=1\n"))
def a_list_with(text):
    contains(tried(one(), "--from", "-", stdin=text), "one >=1  1 ")


@test
def a_list_that_is_too_long():
    contains(tried(one(), "--from", "-", stdin="one\n" * (5 << 20), status=1), "at most 16777216 bytes")


@test
def a_list_that_is_a_file():
    path = temporary() / "list.txt"
    path.write_text("one >=1\n")
    contains(tried(one(), "--from", path, status=1), "--from - <FILE")


RELEASES = """
apiVersion: v1
kind: List
items:
- kind: HelmRelease
  metadata: {name: plain}
  spec: {chart: {spec: {chart: one, version: 1.x}}}
- kind: HelmRelease
  metadata: {name: by-name}
  spec: {chartRef: {kind: HelmChart, name: two}}
- kind: HelmChart
  metadata: {name: two}
  spec: {chart: two}
- kind: HelmRelease
  metadata: {name: of-git}
  spec: {chart: {spec: {chart: ./charts/x}}}
- kind: HelmRelease
  metadata: {name: elsewhere}
  spec: {chartRef: {kind: OCIRepository, name: x}}
"""


@test
def manifests_that_are_too_deep():
    deepest = (top := temporary()).joinpath(*"x" * 33)
    deepest.mkdir(parents=True)
    (deepest / "release.yaml").write_text(RELEASES)
    contains(tried(one(), "--from", top, status=1), f"{deepest}: more than 32 directories deep")


@test
def an_umbrella_that_is_damaged():
    folder = temporary()
    (folder / "Chart.yaml").write_text("name: [")
    contains(tried(one(), "--from", folder, status=1), f"bundle create: {folder}: cannot load Chart.yaml")


@test
def releases_as_kubectl_prints_them():
    outer, path = Outer(chart("one"), chart("two"), chart("three")), temporary() / "releases.yaml"
    path.write_text(RELEASES)
    done = command("bundle", "create", "--repo", "main", "--data", outer.data, "-n", "--from", path)
    contains(done.stdout, "versions 2 ")
    contains(done.stderr, "HelmRelease of-git: its chart is in Git")
    contains(done.stderr, "HelmRelease elsewhere: which chart")


@table(("closure", ("--set", "take_closure=maybe"), "take_closure=maybe", 2), ("a size", ("--split", "x"), "--split x", 2),
       ("an event", ("--parent", "x"), "--parent x", 2), ("no pair", ("--set", "x"), "KEY=VALUE", 2),
       ("parts that are too many", ("--split", "1"), "more than 999", 1))
def a_dry_run_refuses(arguments, text, status):
    contains(tried(one(), *arguments, status=status), text)


# ---- where it goes ----

@test
def a_file_is_no_directory():
    outer, place = one(), temporary()
    done = command("bundle", "create", "--repo", "main", "--data", outer.data, "-o", place / "main.tar")
    equal((done.returncode, list(place.iterdir())), (1, []))
    contains(done.stderr, "a directory is expected")


@test
def not_onto_a_terminal():
    outer, (terminal, end) = one(), pty.openpty()
    done = subprocess.run([PROGRAM, "bundle", "create", "--repo", "main", "--data", outer.data, "-o", "-"], stdout=end,
                          env=clean_environment(), stderr=subprocess.PIPE, text=True, check=False)
    os.close(end)
    os.close(terminal)
    equal(done.returncode, 2)
    contains(done.stderr, "nothing for a terminal")


@test
def an_inventory_into_what_is_no_file():
    """A device or a pipe is written to, not replaced."""
    outer, place = one(), temporary()
    os.mkfifo(place / "pipe")
    text = []
    reader = threading.Thread(target=lambda: text.append((place / "pipe").read_text()), daemon=True)
    reader.start()
    must("bundle", "inventory", "--repo", "main", "--data", outer.data, "-o", place / "pipe")
    reader.join(20)
    contains(text[0], "chartlocker inventory 1\n")
    assert (place / "pipe").is_fifo()
    (place / "link").symlink_to("/dev/fd/1")
    contains(must("bundle", "inventory", "--repo", "main", "--data", outer.data, "-o", place / "link"), "repo main\n")
    assert (place / "link").is_symlink()
    equal(sorted(p.name for p in place.iterdir()), ["link", "pipe"])


@table(("lines of Windows", lambda text: text.replace("\n", "\r\n"), "no whole inventory", 1),
       ("a digest of others", lambda text: text.replace("trip 0", "trip 1"), "no whole inventory", 1),
       ("a torn signature", lambda text: text[:-30], "its signature is damaged", 0))
def an_inventory_with(change, text, status):
    outer, path = one(), temporary() / "inventory"
    must("bundle", "inventory", "--repo", "main", "--data", outer.data, "-o", path)
    path.write_text(change(path.read_text()), newline="")
    done = command("bundle", "create", "--repo", "main", "--data", outer.data, "-n", "--inventory", path)
    equal(done.returncode, status, done.stderr)
    contains(done.stderr, text)
    assert "fsck" not in done.stderr and "newer" not in done.stderr and "BUNDLE" not in done.stderr, done.stderr


# ---- what is on the stick ----

@test
def any_part_names_the_bundle():
    outer = Outer(chart_of_size(60 << 10, "big"))
    _, path = outer.create("--split", "20K")
    bring(inner(outer), path.with_name(path.name + ".002"))
    for gone in (".parts", ".001"):
        path.with_name(path.name + gone).unlink()
    contains(refused(inner(outer), path.parent), f"{path.name}.parts is missing")


@test
def parts_of_others_beside_it():
    outer = one()
    _, path = outer.create()
    for number in range(3):
        (path.parent / f"images.tar.{number:03}").write_bytes(b"docker/" + bytes(10233))
    done = command("bundle", "import", "--data", inner(outer), path.parent)
    equal((done.returncode, done.stderr), (0, "images.tar.001: is no bundle\n"))


@test
def one_that_was_compressed():
    outer = one()
    _, path = outer.create()
    packed = path.with_name(path.name + ".gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    contains(refused(inner(outer), packed), "it is compressed")


@test
def a_selection_whose_beginning_is_damaged():
    """By its name it is one, and is not passed over like a tar of others."""
    outer = Outer(chart("one"), chart("two"))
    data, (_, one), (_, two) = inner(outer), outer.create("--select", "one"), outer.create("--select", "two")
    two.rename(one.with_name(two.name))
    raw = one.read_bytes()
    one.write_bytes(b"X" + raw[1:])
    contains(refused(data, one.parent), f"{one.name}: BUNDLE")


@test
def a_key_here_that_is_none():
    """The bundle is not to be carried again for that."""
    outer = one()
    data, (_, path) = inner(outer), outer.create()
    (data / "keys/trusted/x.pub").write_text("x")
    said = refused(data, path, status=2)
    contains(said, "keys/trusted/x.pub is no public key")
    assert "arry" not in said and "fsck" not in said, said


@test
def what_killed_runs_left():
    """Hidden files that fill a stick go when the next bundle is written there, but for those of a run that goes on."""
    outer, place = one(), temporary()
    left = [".main-0-1.tar.new", ".main-0-1.tar.002.new", ".a~b-5-9-0459bdc7.tar.parts.new", ".main-0-2.tar.007.new"]
    kept = [".main-0-8.tar.001.new", ".main-0-8.tar.002.new", "main-0-9.tar.001", ".main-0-9.tar.002.new", ".x.tar.new",
            ".main-0-1.tar", ".main-0-1.tar.swp.new", "main-0-1.tar.new"]
    for name in left + kept:
        (place / name).write_bytes(b"x")
    locks = [os.open(place / name, os.O_RDONLY) for name in (kept[0], kept[2])]
    for lock in locks:
        fcntl.flock(lock, fcntl.LOCK_EX)
    for more in ((), ("--split", "4K")):
        must("bundle", "create", "--repo", "main", "--data", outer.data, "-o", place, *more)
        equal(sorted(p.name for p in place.iterdir() if p.name[:9] != "main-0-2."), sorted(kept))
        (place / ".main-0-2.tar.new").write_bytes(b"x")
    for lock in locks:
        os.close(lock)


@test
def names_with_control_characters():
    outer = one()
    data, (_, path) = inner(outer), outer.create()
    (path.parent / f"{CONTROL}other.tar").write_bytes(b"docker/" + bytes(10233))
    path.rename(path.with_name(f"{CONTROL}one.tar"))
    for _ in range(2):
        done = command("bundle", "import", "--data", data, path.parent)
        equal(done.returncode, 0, done.stderr)
        assert "\x1b" not in done.stdout + done.stderr, (done.stdout, done.stderr)
        contains(done.stdout, "[31mone.tar: trip ")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Bundles that were torn, swapped, replayed or tampered with on their way: each is refused with exit status 1,
what is damaged is named and the reason told, and nothing that can be seen has changed.
Long because the table of all that can be done to a bundle is one."""
import functools
import json
import os
import shutil
import subprocess

from wire import Server
from harness import (LONG, PROGRAM, chart, chart_of_size, clean_environment, command, contains, equal, form, main,
                     must, provenance, table, temporary, test)
from bundles import (BLOCK, FIELDS, Member, Outer, bring, entries, header, inner, member, members, mtime_of, packed,
                     reads, refused, resigned, result, shown, state, trust)

BITNAMI = "https://charts.bitnami.com/bitnami"


POD = b"""apiVersion: v1
kind: Pod
metadata: {name: x}
spec: {containers: [{name: x, image: nginx:1.25}]}
"""


class Place:
    """The outer side with three trips, and an inner one that knows it and has something of its own."""

    def __init__(self):
        needs = [{"name": "redis", "version": "^18.0.0", "repository": BITNAMI}]
        one = chart("one", files={"templates/pod.yaml": POD})
        self.outer = Outer(chart_of_size(60 << 10, "big"), chart("umbrella", dependencies=needs), keep=True)
        must("repo", "create", "bitnami", "--data", self.outer.data, "--set", f"known_as={BITNAMI}")
        equal(self.outer.publish(chart("redis", "18.1.0"), "bitnami").status, 201)
        equal(self.outer.request("POST", "/api/charts", *form(one, provenance(one, "one"))).status, 201)
        self.trips, self.paths = [], []
        self.carry()
        _, self.split = self.outer.create("--closure", "--split", "20K", into=temporary(keep=True))
        self.copy = temporary(keep=True) / "copy"         # of the log as it was at the first trip
        shutil.copytree(self.outer.data, self.copy, ignore=shutil.ignore_patterns("*.sock", "LOCK", "search.db*"))
        for name in ("two", "three"):
            equal(self.outer.publish(chart(name)).status, 201)
            self.carry("--parent", str(self.trips[-1]))
        self.template = inner(self.outer, keep=True)
        must("repo", "create", "local", "--data", self.template)
        self.data = self.template.parent / "data"
        self.renew()
        self.before = state(self.data)

    def renew(self):
        shutil.rmtree(self.data, True)
        shutil.copytree(self.template, self.data)

    def carry(self, *arguments):
        said, path = self.outer.create("--closure", *arguments, into=temporary(keep=True))
        self.trips.append(said["trip"])
        self.paths.append(path)

    @functools.cached_property
    def raw(self):
        return self.paths[0].read_bytes()


place = functools.cache(Place)


@functools.cache
def another():
    """A place that nobody here knows."""
    return Outer(chart_of_size(60 << 10, "big", seed=1), key="another.example.org", keep=True)


def fresh(data=None):
    shutil.rmtree((data or place().data) / "incoming", True)


def has(*trips):
    """A data directory that took these trips, and nothing else since."""
    data = temporary() / "inner"
    shutil.copytree(place().template, data)
    for trip in trips:
        bring(data, place().paths[trip])
    return data


def check(said, path, *texts, data=None, before=None):
    """What an import of `path` said is that it is refused, and it changed nothing."""
    for text in (path if isinstance(path, str) else path.name, *texts):
        contains(said, text)
    assert state(data or place().data) == (before or place().before), f"changed: {said}"


def refuse(raw, *texts, what=""):
    """These bytes as a bundle."""
    fresh()
    path = temporary() / "bad.tar"
    path.write_bytes(raw)
    try:
        check(refused(place().data, path), path, *texts)
    except AssertionError as failure:
        place().renew()
        raise AssertionError(f"{what}: {failure}") from failure
    shutil.rmtree(path.parent)


def flipped(raw, at, bit=1):
    at %= len(raw)
    return raw[:at] + bytes([raw[at] ^ bit]) + raw[at + 1:]


# ---- bytes ----

KINDS = ("BUNDLE", "BUNDLE.sig", "MANIFEST", "versions.jsonl", "log.jsonl", "images.txt", "index.yaml",
         "charts/big-1.0.0.tgz", "charts/one-1.0.0.tgz", "charts/one-1.0.0.tgz.prov", "deps/bitnami/index.yaml",
         "deps/bitnami/charts/redis-18.1.0.tgz")


@test
def all_kinds_of_members_are_there():
    equal(set(KINDS) - {m.name for m in members(place().raw)}, set())


@table(*((name, name) for name in KINDS))
def t_bnd_01_a_flipped_bit_of(name):
    raw = place().raw
    m = member(raw, name)
    data = m.at + BLOCK
    end = data + len(m.data)
    places = {data + len(m.data) // 2} | ({m.end - 1} if m.padding else set())
    for at in places | ({data, end - 1, end} if LONG else set()):
        refuse(flipped(raw, at), "BUNDLE" if name == "BUNDLE.sig" else name, what=at)


@table(*((name, name) for name in (KINDS if LONG else (KINDS[0], KINDS[8]))))
def t_bnd_01_a_flipped_bit_of_the_header_of(name):
    """It is told by its own name, or by that of the one before it."""
    raw = place().raw
    m = member(raw, name)
    for field, (at, room) in FIELDS.items():
        for bit in {at, at + room - 1} if LONG else {at + room // 2}:
            refuse(flipped(raw, m.at + bit), what=field)


@test
def t_bnd_01_a_flipped_bit_of_the_end():
    raw = place().raw
    end = members(raw)[-1].end
    equal(len(raw) - end, 2 * BLOCK)
    for at in (end, end + BLOCK - 1, end + BLOCK, len(raw) - 1):
        refuse(flipped(raw, at), what=at)
    refuse(raw + b"\0", "something follows the end")
    refuse(raw + bytes(2 * BLOCK), "something follows the end")
    refuse(raw + raw, "something follows the end")


@test
def t_bnd_01_truncated_at_each_boundary():
    raw = place().raw
    cuts = {0, 1, len(raw) - 1, len(raw) - BLOCK}
    for m in members(raw):
        cuts |= {m.at, m.at + BLOCK} | ({m.at + BLOCK + len(m.data), m.at + 1, m.end - 1} if LONG else set())
    for cut in sorted(cuts):
        refuse(raw[:cut], what=cut)


@test
def t_bnd_01_truncated_at_each_hundredth():
    raw = place().raw
    for hundredth in range(1, 100, 1 if LONG else 7):
        refuse(raw[:len(raw) * hundredth // 100], "ends here", what=hundredth)


@test
def t_bnd_01_the_same_damage_is_found_again():
    """Also where all that is damaged came before, from a bundle that was whole but for its end."""
    raw, name = place().raw, "charts/big-1.0.0.tgz"
    folder = temporary()
    path = folder / "bad.tar"
    m = member(raw, name)
    fresh()
    path.write_bytes(flipped(raw, len(raw) - 1))
    refused(place().data, path)
    for at in (m.at + BLOCK + 100, m.end - 1, m.at + 110):
        path.write_bytes(flipped(raw, at))
        for _ in range(2):
            check(refused(place().data, path), path, name)


# ---- by whom ----

def of_key(change):
    """What an inner side says to the first trip after `change` was done to the keys it trusts."""
    data = temporary() / "inner"
    shutil.copytree(place().data, data)
    change(data)
    fresh(data)
    before = state(data)
    path = place().paths[0]
    said = refused(data, path)
    check(said, path, data=data, before=before)
    return said


def over(data):
    for path in (data / "keys/trusted").iterdir():
        path.write_text(path.read_text().split("\n")[0] + "\nuntil 2024-02-29T00:00:00Z\n")


@test
def t_bnd_02_a_key_that_is_over():
    contains(of_key(over), "over since 2024-02-29")


@test
def t_bnd_02_a_key_that_is_distrusted():
    said = of_key(lambda data: must("keys", "distrust", "outer.example.org", "--data", data))
    contains(said, "outer.example.org")
    contains(said, "is not trusted here")


@test
def t_bnd_02_a_key_that_nobody_knows():
    path = another().create()[1]
    fresh()
    check(refused(place().data, path), path, "another.example.org", "is not trusted here", "keys trust")


@test
def t_bnd_02_another_key_of_the_same_name():
    path = Outer(chart("one"), own_key=True).create()[1]
    fresh()
    check(refused(place().data, path), path, "outer.example.org", "is not trusted here")


def with_signature(text):
    raw = place().raw
    these = members(raw)
    these[1].data = text
    return packed([Member(m.name, m.data) for m in these], mtime_of(raw))


@test
def t_bnd_02_no_signature():
    raw = place().raw
    these = [Member(m.name, m.data) for m in members(raw)]
    refuse(packed(these[:1] + these[2:], mtime_of(raw)), "BUNDLE.sig")
    refuse(with_signature(b""), "BUNDLE.sig")
    refuse(with_signature(b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"), "nobody signed")


@test
def t_bnd_02_the_signature_of_another_bundle():
    refuse(with_signature(member(place().paths[1].read_bytes(), "BUNDLE.sig").data), "outer.example.org", "is wrong")


@test
def a_forged_head_has_no_signature():
    """Whoever changes the head cannot sign it."""
    raw = place().raw
    these = [Member(m.name, m.data) for m in members(raw)]
    these[0].data = these[0].data.replace(b"\nfilter", b"\nfilter x", 1)
    refuse(packed(these, mtime_of(raw)), "BUNDLE")


# ---- mixed and swapped ----

@table(*((name, name) for name in KINDS[1:]))
def t_bnd_03_a_member_of_another_bundle(name):
    path = another().create(*(("--select", "big") if name.startswith("charts") else ()))[1]
    raw, theirs = place().raw, path.read_bytes()
    names = [m.name for m in members(theirs)]
    from_there = member(theirs, name if name in names else "index.yaml").data
    these = [Member(m.name, from_there if m.name == name else m.data) for m in members(raw)]
    refuse(packed(these, mtime_of(raw)), "another.example.org" if name == "BUNDLE.sig" else name)


@test
def t_bnd_03_members_in_another_order():
    raw = place().raw
    for at in range(len(members(raw)) - 1):
        these = [Member(m.name, m.data) for m in members(raw)]
        these[at], these[at + 1] = these[at + 1], these[at]
        refuse(packed(these, mtime_of(raw)), these[at].name, what=at)


@test
def t_bnd_02_a_file_that_is_listed_and_missing():
    raw = place().raw
    for at, gone in enumerate(members(raw)):
        these = [Member(m.name, m.data) for m in members(raw)]
        del these[at]
        refuse(packed(these, mtime_of(raw)), gone.name, what=gone.name)


@test
def t_bnd_02_a_file_that_is_not_listed():
    raw = place().raw
    for name in ("charts/zzz-1.0.0.tgz", "index.html", "deps/bitnami/charts/zzz-1.0.0.tgz", "charts/one-1.0.0.tgz"):
        for at in (3, len(members(raw))):
            these = [Member(m.name, m.data) for m in members(raw)]
            these.insert(at, Member(name, b"x" * 600))
            refuse(packed(these, mtime_of(raw)), name, what=(name, at))


# ---- parts ----

class Stick:
    """The first trip in parts, as it was carried."""

    def __init__(self):
        self.folder = temporary() / "stick"
        shutil.copytree(place().split.parent, self.folder)
        self.name = place().split.name
        self.count = len(list(self.folder.glob("*.0*")))

    def part(self, number):
        return self.folder / f"{self.name}.{number:03}"

    @property
    def list(self):
        return self.folder / f"{self.name}.parts"


def exchange(one, other):
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def flip_in(path, at=None):
    raw = path.read_bytes()
    path.write_bytes(flipped(raw, len(raw) // 2 if at is None else at))


def from_another(stick, file):
    _, path = another().create("--split", "20K")
    shutil.copy(path.with_name(path.name + file), stick.folder / (stick.name + file))


def link(path):
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


PARTS = (
    ("flipped", lambda s: flip_in(s.part(2)), ".002: damaged"),
    ("two flipped", lambda s: [flip_in(s.part(n)) for n in (2, 4)], ".002, ", ".004: damaged"),
    ("flipped at its beginning", lambda s: flip_in(s.part(3), 0), ".003: damaged"),
    ("flipped at its end", lambda s: flip_in(s.part(3), -1), ".003: damaged"),
    ("the first one flipped", lambda s: flip_in(s.part(1)), ".001: damaged"),
    ("the last one flipped", lambda s: flip_in(s.part(s.count), -1), "damaged"),
    ("cut short", lambda s: s.part(2).write_bytes(s.part(2).read_bytes()[:-1]), ".002 has 19999 of 20000 bytes"),
    ("longer", lambda s: s.part(2).write_bytes(s.part(2).read_bytes() + b"x"), ".002 has 20001 of 20000 bytes"),
    ("empty", lambda s: s.part(2).write_bytes(b""), ".002 has 0 of 20000 bytes"),
    ("missing", lambda s: s.part(2).unlink(), ".002 is missing"),
    ("the first one missing", lambda s: s.part(1).unlink(), ".001 is missing"),
    ("the last one missing", lambda s: s.part(s.count).unlink(), "is missing"),
    ("two swapped", lambda s: exchange(s.part(2), s.part(3)), ".002, ", ".003: damaged"),
    ("the first ones swapped", lambda s: exchange(s.part(1), s.part(2)), ".001, ", ".002: damaged"),
    ("of another bundle", lambda s: from_another(s, ".002"), ".002: damaged"),
    ("a link", lambda s: link(s.part(2)), ".002 is not a regular file"),
    ("a bit of the list", lambda s: flip_in(s.list), ".parts: damaged"),
    ("the list cut short", lambda s: s.list.write_bytes(s.list.read_bytes()[:-66]), ".parts: damaged"),
    ("the list missing", lambda s: s.list.unlink(), ".parts is missing"),
    ("the list of another bundle", lambda s: from_another(s, ".parts"), "again"),
)


@table(*PARTS)
def t_bnd_01_parts(change, *texts):
    stick = Stick()
    change(stick)
    fresh()
    said = refused(place().data, stick.folder)
    check(said, stick.name, *texts)
    equal(said.lower().count("carry"), 1, said)
    check(refused(place().data, stick.list), stick.name, *texts)


@test
def each_truncation_of_a_part():
    for number in range(1, Stick().count + 1):
        stick = Stick()
        raw = stick.part(number).read_bytes()
        stick.part(number).write_bytes(raw[:len(raw) // 2])
        fresh()
        check(refused(place().data, stick.folder), stick.name, f".{number:03} has")


@test
def a_part_alone_is_carried_again():
    """What came before it is not read once more, nor is what came and is there."""
    outer = Outer(*(chart_of_size(3 << 20, f"big{i}", seed=i) for i in range(4)))
    _, path = outer.create("--split", "2M")
    data = inner(outer)
    part = [path.with_name(f"{path.name}.{number:03}") for number in range(8)]
    good = part[5].read_bytes()
    flip_in(part[5])
    first = reads(data, path.parent, status=1)
    assert all(first[part[n].name] >= 2_000_000 for n in range(1, 6)), first
    again = reads(data, path.parent, status=1)
    equal([again[part[n].name] for n in (2, 3)], [0, 0], "read again")
    part[5].write_bytes(good)
    last = reads(data, path.parent)
    equal([last[part[n].name] for n in (2, 3)], [0, 0], "read again")
    assert all(last[part[n].name] >= 2_000_000 for n in (5, 6)), last
    equal(shown(data), entries(outer.index()))


@test
def another_part_that_was_damaged_since_is_found():
    """Also where all that it holds had come."""
    stick, data = Stick(), temporary() / "inner"
    shutil.copytree(place().template, data)
    before = state(data)
    last = stick.part(stick.count)
    good = last.read_bytes()
    flip_in(last, -1)
    refused(data, stick.folder)
    last.write_bytes(good)
    flip_in(stick.part(2))
    for _ in range(2):
        said = refused(data, stick.folder)
        check(said, stick.name, ".002: damaged", data=data, before=before)
        equal(said.lower().count("carry"), 1, "it is said once")


# ---- from standard input ----

def piped(raw, as_file, data=None):
    path = temporary() / "bundle"
    path.write_bytes(raw)
    with path.open("rb") as stream:
        line = [PROGRAM, "bundle", "import", "--data", data or place().data, "-"]
        if as_file:
            return subprocess.run(line, stdin=stream, env=clean_environment(), capture_output=True, text=True, check=False)
        with subprocess.Popen(["cat"], stdin=stream, stdout=subprocess.PIPE) as cat:
            return subprocess.run(line, stdin=cat.stdout, env=clean_environment(), capture_output=True, text=True,
                                  check=False)


@table(("a pipe", False), ("a file", True))
def t_bnd_01_from_standard_input(as_file):
    """Once and again: what came is compared where it is read."""
    raw, big = place().raw, member(place().raw, "charts/big-1.0.0.tgz")
    ends = len(raw) - 1
    fresh()
    for at, text in ((ends, "end of the bundle"), (big.at + BLOCK + 9, big.name), (big.at + 110, big.name),
                     (big.at + BLOCK + 9, big.name), (5, ""), (700, "BUNDLE")):
        done = piped(flipped(raw, at), as_file)
        equal(done.returncode, 1, done.stdout)
        check(done.stderr, "standard input", text)
    for cut in (0, 700, big.end, ends):
        done = piped(raw[:cut], as_file)
        equal(done.returncode, 1, done.stdout)
        check(done.stderr, "standard input")


# ---- several in a directory ----

def stick_of(*paths):
    folder = temporary() / "stick"
    folder.mkdir()
    for path in paths:
        shutil.copy(path, folder)
    return folder


@test
def of_several_the_damaged_one_is_named_and_what_came_before_is_whole():
    paths, data = place().paths, has()
    stick = stick_of(*paths)
    raw = paths[1].read_bytes()
    two = member(raw, "charts/two-1.0.0.tgz")
    (stick / paths[1].name).write_bytes(flipped(raw, two.at + BLOCK))
    contains(refused(data, stick), f"{paths[1].name}: charts/two-1.0.0.tgz")
    after_first = result(has(0))
    index, told, stored = result(data)
    equal((index, stored), (after_first[0], after_first[2]))
    equal(json.loads(told[1])["trips"], json.loads(after_first[1][1])["trips"])
    equal([w["trip"] for w in json.loads(told[1])["waiting"]], [place().trips[1]])
    shutil.copy(paths[1], stick)
    equal([s["trip"] for s in bring(data, stick) if "passed" not in s], place().trips[1:])


@test
def of_several_a_head_that_is_damaged_stops_all():
    stick = stick_of(*place().paths)
    flip_in(stick / place().paths[1].name, BLOCK + 30)
    fresh()
    check(refused(place().data, stick), place().paths[1].name, "BUNDLE")


@test
def of_several_none_is_passed_over_for_its_first_byte():
    stick = temporary()
    place().outer.create("--select", "one", into=stick)
    _, path = place().outer.create("--select", "two", into=stick)
    path.write_bytes(flipped(path.read_bytes(), 0))
    fresh()
    check(refused(place().data, stick), path)


@table(("a link", link), ("a pipe", lambda path: [path.unlink(), os.mkfifo(path)]),
       ("a directory", lambda path: [path.unlink(), path.mkdir()]))
def t_bnd_05_a_bundle_is(make):
    stick = stick_of(place().paths[0])
    path = stick / place().paths[0].name
    make(path)
    fresh()
    for given in (stick, path):
        check(refused(place().data, given), path.name)


@test
def a_stick_with_something_else():
    for file, content, text in (("other.tar", b"", "other.tar"), ("other.tar", bytes(10240), "other.tar"),
                                ("other.txt", b"", "there is no bundle")):
        folder = temporary() / "stick"
        folder.mkdir()
        (folder / file).write_bytes(content)
        check(refused(place().data, folder), "", text)


# ---- trips ----

def not_taken(data, *paths, texts=()):
    before = state(data)
    for path in paths:
        check(refused(data, path), path, *texts, data=data, before=before)


@test
def t_bnd_03_a_replayed_one():
    paths, trips = place().paths, place().trips
    data = has(0, 1)
    not_taken(data, paths[0], texts=(f"trip {trips[0]} is older than what is here, which is trip {trips[1]}",))
    before = state(data)
    bring(data, paths[1])                                # is here: nothing to do
    bring(data, stick_of(*paths[:2]))
    equal(state(data), before)
    bring(data, "--force-older", paths[0])
    rows = [json.loads(line) for line in must("audit", "--data", data, "--json").splitlines()]
    equal([(r["action"], r["object"], r["verdict"]) for r in rows if r["action"] == "bundle"],
          [("bundle", "main", "ok")] * 3)


@test
def what_is_here_already_is_compared_where_nothing_is_new():
    path, data = place().paths[1], has(0, 1)
    raw, before = path.read_bytes(), state(data)
    two = member(raw, "charts/two-1.0.0.tgz")
    stick = stick_of(*place().paths[:2])
    for at, text in ((two.at + BLOCK, two.name), (two.at + 110, two.name), (len(raw) - 1, "end of the bundle")):
        (stick / path.name).write_bytes(flipped(raw, at))
        for given in (stick, stick / path.name):
            check(refused(data, given), path, text, data=data, before=before)
        done = piped((stick / path.name).read_bytes(), False, data)
        equal(done.returncode, 1)
        check(done.stderr, "standard input", text, data=data, before=before)
    done = piped(raw, False, data)
    equal((done.returncode, done.stdout), (0, f"standard input: trip {place().trips[1]} is here already\n"))
    equal(state(data), before)


@test
def a_dry_run_finds_it_too():
    raw, stick = place().raw, temporary()
    fresh()
    for name in ("versions.jsonl", "charts/big-1.0.0.tgz"):
        path = stick / "bad.tar"
        path.write_bytes(flipped(raw, member(raw, name).at + BLOCK))
        done = command("bundle", "import", "--dry-run", "--data", place().data, path)
        equal(done.returncode, 1)
        check(done.stderr, path, name)
        equal(list((place().data / "incoming").iterdir()), [])


@test
def a_missing_trip():
    paths, trips = place().paths, place().trips
    not_taken(has(), paths[1], texts=(f"needs trip {trips[0]}, has 0",))
    not_taken(has(0), paths[2], texts=(f"needs trip {trips[1]}, has {trips[0]}",))
    data = has()
    contains(refused(data, stick_of(paths[0], paths[2])), f"needs trip {trips[1]}, has {trips[0]}")
    done = command("bundle", "import", "--data", data, paths[2])
    equal((done.stdout + done.stderr).count("needs trip"), 1, "it is said once")
    equal(result(data), result(has(0)))


class Fork(Outer):
    """The outer side as it was at the first trip, gone on otherwise."""

    def __init__(self):
        Server.__init__(self, data=place().copy, keep=True)
        for number in range(4):
            equal(self.publish(chart("fork", f"{number}.0.0")).status, 201)


fork = functools.cache(Fork)


@test
def a_fork_of_the_log():
    paths, trips = place().paths, place().trips
    _, whole = fork().create("--closure")
    _, delta = fork().create("--closure", "--parent", str(trips[0]))
    _, later = fork().create("--closure", "--parent", str(trips[1]))
    data = has(0, 1)
    for path in (whole, delta):
        not_taken(data, path, texts=(f"its log is not the one that trip {trips[1]} had",))
    not_taken(data, later, texts=(f"its trip {trips[1]} is not the one that came here",))
    here = has(0)
    bring(here, delta)                                   # as far as it knows nothing is wrong
    not_taken(here, paths[1], texts=("older",))
    not_taken(here, paths[2], texts=("older",))


@test
def of_another_repository():
    data = has(0)
    trust(another(), data)
    not_taken(data, another().create()[1], texts=("it is of another place",))


# ---- what tar can do ----

HOSTILE = (
    ("a parent path", {"name": b"charts/../../one-1.0.0.tgz"}, "\"..\""),
    ("an absolute path", {"name": b"/charts/one-1.0.0.tgz"}, "absolute"),
    ("a symbolic link", {"type": b"2", "link": b"/etc/passwd"}, "links are not accepted"),
    ("a hard link", {"type": b"1", "link": b"MANIFEST"}, "links are not accepted"),
    ("a directory", {"type": b"5"}, "directories are not accepted"),
    ("a device", {"type": b"3", "devmajor": b"0000001"}, "is not accepted"),
    ("a pipe", {"type": b"6"}, "is not accepted"),
    ("a sparse file of GNU tar", {"type": b"S"}, "is not accepted"),
    ("a long name of GNU tar", {"type": b"L"}, "is not accepted"),
    ("a terabyte", {"size": b"17777777777"}, "charts/one-1.0.0.tgz"),
    ("a size of GNU tar", {"size": b"\x80" + bytes(5) + b"\xff" * 6}, "charts/one-1.0.0.tgz"),
    ("one byte more", {"size": None}, "charts/one-1.0.0.tgz"),
    ("a program's mode", {"mode": b"0000755"}, "header is damaged"),
    ("an owner", {"uid": b"0001750"}, "header is damaged"),
    ("a backslash", {"name": b"charts\\one-1.0.0.tgz"}, ""),
    ("a longer name", {"name": b"x" * 100, "prefix": b"y" * 155}, "it stands where"),
)


@table(*HOSTILE)
def t_bnd_05_a_member_is(fields, text):
    raw = place().raw
    these = [Member(m.name, m.data) for m in members(raw)]
    victim = next(m for m in these if m.name == "charts/one-1.0.0.tgz")
    fields = {k: b"%011o" % (len(victim.data) + 1) if v is None else v for k, v in fields.items()}
    victim.header = header(victim.name, len(victim.data), mtime_of(raw), fields)
    refuse(packed(these, mtime_of(raw)), text)


@table(("the manifest", "MANIFEST", "and is of"), ("a chart", "charts/big-1.0.0.tgz", "and BUNDLE tells of"))
def t_bnd_05_more_than_was_signed_is_not_read(name, text):
    """Whoever has the stick and no key fills no disk."""
    raw = place().raw
    these = [Member(m.name, m.data) for m in members(raw)]
    for m in these:
        m.data += bytes(8 << 20) if m.name == name else b""
    refuse(packed(these, mtime_of(raw)), name, text)


# ---- signed by who must not have ----

def more(name, data=b"x"):
    return lambda rest: sorted([*rest, Member(name, data)], key=lambda m: (m.name.startswith("deps"), m.name))


def lines(name, change):
    """The lines of a member otherwise."""
    def of(rest):
        for m in rest:
            if m.name == name:
                m.data = b"".join(change(m.data.splitlines(keepends=True)))
        return rest
    return of


def of_version(chart_name, **fields):
    def line(text):
        said = json.loads(text)
        if said["chart"] == chart_name:
            said.update(fields)
        return json.dumps(said, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    return lines("versions.jsonl", lambda all_of: [line(text) for text in all_of])


def without(name):
    return lambda rest: [m for m in rest if m.name != name]


NO_FILE = "is no file of a bundle"
SIGNED = (
    ("t_bnd_06 a database", more("catalog.db", b"SQLite format 3\0"), NO_FILE, "catalog.db"),
    ("t_bnd_06 a page", more("index.html", b"<script>"), NO_FILE, "index.html"),
    ("t_bnd_06 settings", more("config.yaml"), NO_FILE, "config.yaml"),
    ("t_bnd_06 a program", more("charts/run.sh", b"#!/bin/sh"), NO_FILE, "charts/run.sh"),
    ("t_bnd_06 a key", more("keys/trusted/evil.pub"), NO_FILE, "keys/trusted"),
    ("t_bnd_05 a parent path", more("charts/../../x-1.0.0.tgz"), NO_FILE),
    ("t_bnd_05 an absolute path", more("/charts/x-1.0.0.tgz"), NO_FILE),
    ("t_bnd_05 a folder in charts", more("charts/a/x-1.0.0.tgz"), NO_FILE),
    ("t_bnd_05 a hidden file", more("charts/.x-1.0.0.tgz"), NO_FILE),
    ("t_bnd_05 a repository that is a parent", more("deps/../charts/x-1.0.0.tgz"), NO_FILE),
    ("t_bnd_05 a repository without a name", more("deps//charts/x-1.0.0.tgz"), NO_FILE),
    ("t_bnd_05 a name that is too long", more("charts/" + "x" * 600 + "-1.0.0.tgz"), NO_FILE),
    ("t_bnd_05 a chart twice", lambda rest: [*rest, rest[-1]], "is there twice"),
    ("t_bnd_05 an index twice", lambda rest: [*rest[:4], rest[3], *rest[4:]], "is there twice"),
    ("t_bnd_05 a list of images twice", lambda rest: [*rest[:3], *rest[2:]], NO_FILE, "images.txt"),
    ("t_bnd_05 a file's name that leads out", of_version("one", file="../one-1.0.0.tgz"), "versions.jsonl", "one"),
    ("t_bnd_05 a chart's name that leads out", of_version("one", chart="../one"), "versions.jsonl"),
    ("a repository's name that is none", of_version("one", repo="../local"), "versions.jsonl"),
    ("a chart of no version", more("charts/zzz-1.0.0.tgz"), "charts/zzz-1.0.0.tgz", "no version of versions.jsonl"),
    ("a version without its chart", without("charts/big-1.0.0.tgz"), "neither here nor in the bundle", "big-1.0.0"),
    ("a version without its provenance", without("charts/one-1.0.0.tgz.prov"), "neither here nor", "one-1.0.0"),
    ("a version of another digest", of_version("big", digest="0" * 64), "versions.jsonl", "big"),
    ("a version that is not told of", lines("versions.jsonl", lambda all_of: all_of[1:]), "versions.jsonl has"),
    ("a version twice", lines("versions.jsonl", lambda all_of: [all_of[0], *all_of[:-1]]), "versions.jsonl"),
    ("a line cut short", lines("versions.jsonl", lambda all_of: [*all_of[:-1], all_of[-1][:-1]]), "versions.jsonl"),
    ("a log without its last event", lines("log.jsonl", lambda all_of: all_of[:-1]), "log.jsonl"),
    ("a log with an event more", lines("log.jsonl", lambda all_of: [*all_of, all_of[-1]]), "log.jsonl"),
    ("a log in another order", lines("log.jsonl", lambda all_of: all_of[::-1]), "log.jsonl"),
    ("a log that tells otherwise",
     lines("log.jsonl", lambda all_of: [line.replace(b"big", b"bug") for line in all_of]), "log.jsonl"),
    ("a log that is none", lines("log.jsonl", lambda all_of: [b"x\n"]), "log.jsonl"),
    ("an index with a version that is nowhere",
     lines("index.yaml", lambda all_of: [line.replace(b"big", b"bug") for line in all_of]), "index", "bug"),
    ("an index that is none", lines("index.yaml", lambda all_of: [b"- x\n"]), "index.yaml"),
    ("no index", without("index.yaml"), "index.yaml is not in it"),
    ("no versions", without("versions.jsonl"), "versions.jsonl"),
    ("no log", without("log.jsonl"), "log.jsonl"),
    ("nothing", lambda rest: [], "is not in it"),
)


@table(*SIGNED)
def signed_with(change, *texts):
    """A right signature makes no wrong bundle right."""
    refuse(resigned(place().outer, place().raw, change), *texts)


HEADS = (
    ("another format", ("bundle 1", "bundle 2"), "format"),
    ("a file less", ("\nfiles ", "\nfiles 1"), "MANIFEST has"),
    ("a byte more", ("\nbytes ", "\nbytes 1"), "bytes"),
    ("a version more", ("\nversions ", "\nversions 1"), "versions.jsonl has"),
    ("another repository's name", ("\nrepo main", "\nrepo ../main"), "BUNDLE"),
    ("a time that is none", ("\nat 2", "\nat x"), "BUNDLE"),
    ("another time", ("\nat 20", "\nat 21"), "times"),
    ("a line more", ("\nfilter", "\nmore x\nfilter"), "BUNDLE"),
    ("another root", ("\nroot ", "\nroot 0"), "BUNDLE"),
)


@table(*HEADS)
def a_signed_head_with(change, text):
    def head(of):
        made = of.replace(*change, 1)
        assert made != of
        return made
    refuse(resigned(place().outer, place().raw, lambda rest: rest, head), text)


if __name__ == "__main__":
    main()

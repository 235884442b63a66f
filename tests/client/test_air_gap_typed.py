#!/usr/bin/env python3
"""Every command that our documents have for an air gap, typed between two data directories; and what
deploy/airgap/ runs by itself, the lines of its units and of its pipeline."""
import json
import re

import yaml
from helm import NEWEST, Helm
from typed import Hand, blocks, section, steps
from harness import TOP, Server, chart, contains, equal, main, must, table, temporary, test

AIRGAP = TOP / "deploy/airgap"
# Tools that move images, of which Debian has none: what they read has to be what they take.
READS_IMAGES = """python3 - "$@" <<'END'
import sys, yaml
name = [word for word in sys.argv if word.endswith(".yaml")]
text = yaml.safe_load(open(name[0] if name else "zarf.yaml"))
found = text["components"][0] if "components" in text else text.get("spec") or next(iter(text.values()))
assert "nginx/ingress" in str(found["images"]), text
END"""
STUBS = {"skopeo": READS_IMAGES, "zarf": READS_IMAGES, "hauler": f'[ "$2" = save ] || {{ {READS_IMAGES}\n}}'}
POD = b"apiVersion: v1\nkind: Pod\nspec:\n  containers: [{name: a, image: {{ .Values.image }}}]\n"
INGRESS = {"templates/pod.yaml": POD, "values.yaml": b"image: registry.example.org/nginx/ingress:1.0\n"}


def entries(server, repo="stable"):
    index = server.index(repo)["entries"]
    return {(name, v["version"]): v["digest"] for name, versions in index.items() for v in versions}


class Gap:
    """A server on both sides, and somebody who types."""

    def __init__(self):
        self.folder = temporary()
        self.outside, self.inside = Server(), Server(args=("--set", "shadow_hosts=true"))
        self.hand = Hand(self.folder, STUBS)
        self.count = 0
        self.publish("ingress-nginx", "4.0.0", INGRESS)
        for name in ("usb", "srv", "spool/bundles", "spool/inventories"):
            (self.folder / name).mkdir(parents=True)

    def publish(self, name="more", version=None, files=None):
        """A new version outside; the file of it."""
        self.count += 1
        version = version or f"{self.count}.0.0"
        archive = self.folder / f"{name}-{version}.tgz"
        archive.write_bytes(chart(name, version, files))
        equal(self.outside.publish(archive.read_bytes(), "stable").status, 201)
        return archive

    def trips(self):
        said = must("bundle", "list", "--repo", "stable", "--data", self.inside.data, "--json")
        return json.loads(said)["trips"]

    def next_trip(self):
        said = must("bundle", "create", "--repo", "stable", "--data", self.outside.data, "-n", "--json")
        return json.loads(said)["trip"]

    def places(self, side, **more):
        server = getattr(self, side)
        return {"/var/lib/chartlocker-bundle": self.folder, "/var/lib/chartlocker": server.data,
                "/media/usb": self.folder / "usb", "/srv/bundles": self.folder / "srv",
                "/var/spool/chartlocker": self.folder / "spool", "/dev/diode": self.folder / "diode",
                "127.0.0.1:8879": f"127.0.0.1:{server.port}", **more}

    def damage(self):
        [part] = (self.folder / "usb").glob("*.tar.001")
        bytes_ = bytearray(part.read_bytes())
        bytes_[len(bytes_) // 2] ^= 1
        part.write_bytes(bytes_)

    def same(self):
        equal(entries(self.inside), entries(self.outside))


# What a number in a paragraph is here; before these there is something new to carry.
NUMBERS = {"Only what is new": lambda gap: {},
           "One way": lambda gap: {"57": gap.trips()[0]["trip"]},
           "In parts": lambda gap: {"-57.": f"-{gap.next_trip()}."}}


@test
def every_command_of_the_page():
    """The section "Air gap" of server/README.md; the part that is carried first arrives damaged."""
    gap, seen = Gap(), []
    (_, first), *rest = blocks(section("server/README.md", "Air gap"))
    for words, lines in rest:
        seen.append(words)
        if words in NUMBERS:
            gap.publish()
        numbers, arrives = NUMBERS.get(words, lambda gap: {})(gap), words != "In parts"
        for side, script in steps(lines):
            if side == "inside" and not arrives:
                gap.damage()
            said = gap.hand("\n".join([*first, script]), gap.places(side, **numbers),
                            0 if side == "outside" or arrives else 1)
            if side == "inside" and not arrives:
                contains(said, ".tar.001: damaged")
                arrives = True
            elif "bundle import" in script:
                gap.same()
    equal(seen, ["Keys", "The first trip", "Only what is new", "One way", "In parts", "Images",
                 "Addresses outside"])
    equal(len(gap.trips()), 4)
    contains((gap.folder / "values.yaml").read_text(), "registry.inner:5000")
    helm = Helm(NEWEST).repository(f"{gap.inside.url}/stable")
    equal(helm.versions(), set(entries(gap.outside)))


@test
def every_command_of_the_first_page():
    """README.md: the same in one breath, on the default repository."""
    folder, gap = temporary(), Gap()
    must("import", "--data", folder / "data", gap.publish())
    lines = [line for words, block in blocks(section("README.md", "Eleven things to do"))
             if words == "Cross an air gap" for line in block]
    equal(lines.pop(), "chartlocker serve --data inner")
    Hand(folder)("\n".join(lines), {})
    equal(entries(Server(data=folder / "inner"), "main"), entries(Server(data=folder / "data"), "main"))


# ---- the units ----

def unit(gap, side, name):
    """What systemd would run, to be called with the exit status that is expected."""
    template, _, instance = name.removesuffix(".service").partition("@")
    text = (AIRGAP / f"{template}{'@' if instance else ''}.service").read_text()
    said = dict(re.findall(r"^(ExecStart|Environment|StateDirectory)=(.*)$", text, re.M))
    script = [f"export {said['Environment']}", said["ExecStart"].replace("%I", instance)]
    if "StateDirectory" in said:
        script.insert(0, f"export STATE_DIRECTORY=/var/lib/{said['StateDirectory']}")
    places = {"/usr/lib/chartlocker": AIRGAP, **gap.places(side)}
    return lambda status=0: gap.hand("\n".join(script), places, status)


def carried(gap):
    return sorted(path.name for path in (gap.folder / "spool/bundles").glob("*.tar"))


def paired():
    gap = Gap()
    must("keys", "generate", "--data", gap.outside.data, "--name", "outside")
    must("keys", "trust", gap.outside.data / "keys/bundle.pub", "--data", gap.inside.data)
    return gap, unit(gap, "outside", "chartlocker-bundle@stable.service"), \
        unit(gap, "inside", "chartlocker-import.service")


@test
def units_of_both_sides_keep_them_the_same():
    gap, make, take = paired()
    take()
    for _ in range(3):
        gap.publish()
        make()
        take()
        gap.same()
    equal([name.split("-")[1] for name in carried(gap)], ["0", *[str(t["trip"]) for t in gap.trips()[:0:-1]]])
    before = carried(gap)
    take()
    make()
    equal(carried(gap), before, "a quiet night")


def nothing_came_back(gap):
    for inventory in (gap.folder / "spool/inventories").iterdir():
        inventory.unlink()


@test
def one_way_each_bundle_begins_where_the_last_one_ended():
    gap, make, take = paired()
    for turn in range(3):
        nothing_came_back(gap)
        gap.publish()
        make()
        if turn != 1:
            take()
        nothing_came_back(gap)
        make()
    gap.same()
    spans = [name.removesuffix(".tar").split("-")[1:] for name in carried(gap)]
    equal([begins for begins, _ in spans], ["0", *[ends for _, ends in spans[:-1]]])


@test
def what_was_lost_one_way_is_asked_for_and_made_again():
    gap, make, take = paired()
    gap.publish()
    make()
    take()
    for _ in range(2):
        nothing_came_back(gap)
        gap.publish()
        make()
    has = gap.trips()[0]["trip"]
    next((gap.folder / "spool/bundles").glob(f"stable-{has}-*.tar")).unlink()
    contains(take(1), f"has {has}")
    assert (gap.folder / "spool/inventories/stable.inventory").exists(), "a refusal hides what is inside"
    make()
    take()
    gap.same()


@test
def repositories_in_two_parts():
    gap, _, take = paired()
    equal(gap.outside.publish(chart("queue", "1.0.0"), "team-a/stable").status, 201)
    unit(gap, "outside", "chartlocker-bundle@team-a/stable.service")()
    take()
    equal(entries(gap.inside, "team-a/stable"), entries(gap.outside, "team-a/stable"))
    assert (gap.folder / "spool/inventories/team-a~stable.inventory").exists()


# ---- the pipeline ----

@table(("whole", {}, None), ("after a trip", {"PARENT": "trip"}, None),
       ("after an inventory", {}, "inventories/stable.inventory"))
def gitlab_makes_a_bundle(variables, inventory):
    gap, make, take = paired()
    make()
    take()
    jobs = yaml.safe_load((AIRGAP / "gitlab-ci.yml").read_text())
    parent = gap.trips()[0]["trip"]
    if inventory:
        must("bundle", "inventory", "--repo", "stable", "--data", gap.inside.data,
             "-o", gap.folder / "spool" / inventory)
        (gap.folder / "inventories").symlink_to(gap.folder / "spool/inventories")
    gap.publish()
    lines = [f"export {name}='{value}'" for name, value in
             {**jobs["variables"], **{name: parent for name in variables}}.items()]
    gap.hand("\n".join([*lines, *jobs["bundle"]["script"]]), gap.places("outside"))
    [folder] = jobs["bundle"]["artifacts"]["paths"]
    [bundle] = (gap.folder / folder).glob("*.tar")
    contains(bundle.name, f"stable-{parent if variables or inventory else 0}-")
    contains((gap.folder / folder / "SHA256SUMS").read_text(), bundle.name)
    must("bundle", "import", gap.folder / folder, "--data", gap.inside.data)
    gap.same()


@test
def gitlab_has_nothing_new():
    """No bundle is made then, and the job does not fail of it, as GitLab runs it."""
    gap, make, take = paired()
    make()
    take()
    jobs = yaml.safe_load((AIRGAP / "gitlab-ci.yml").read_text())
    must("bundle", "inventory", "--repo", "stable", "--data", gap.inside.data,
         "-o", gap.folder / "spool/inventories/stable.inventory")
    (gap.folder / "inventories").symlink_to(gap.folder / "spool/inventories")
    lines = ["set -eo pipefail", *[f"export {name}='{value}'" for name, value in jobs["variables"].items()]]
    gap.hand("\n".join([*lines, *jobs["bundle"]["script"]]), gap.places("outside"))
    equal([file.name for file in (gap.folder / "bundles").iterdir()], ["SHA256SUMS"])


# ---- deploy/airgap/README.md ----

# What only root may, or only a machine with systemd can: told to a file, and then done here.
ROOTS = {
    "systemctl": 'echo "$@" >> systemctl', "journalctl": "true",
    "install": """while [ $# -gt 0 ]; do case $1 in -o|-g) shift;; *) words="$words $1";; esac; shift; done
exec /usr/bin/install $words""",
    "make": """mkdir -p build/deb-offline/chartlocker-offline_1_amd64 && cd build/deb-offline
echo deb > chartlocker-offline_1_amd64/chartlocker_1_amd64.deb
(cd chartlocker-offline_1_amd64 && sha256sum *.deb > SHA256SUMS)
tar cf chartlocker-offline_1_amd64.tar chartlocker-offline_1_amd64""",
    "dpkg": '[ "$*" = "-iEG chartlocker_1_amd64.deb" ]', "systemd-escape": "echo team"}


def started(gap):
    """The services that were to be started since the last call; what was enabled has to be there."""
    told = gap.folder / "systemctl"
    words = told.read_text().split() if told.exists() else []
    told.unlink(missing_ok=True)
    units = [re.sub("@.*[.]", "@.", word) for word in words if re.search("[.](service|timer|path)$", word)]
    equal([name for name in units if not (AIRGAP / name).exists()], [])
    return [word for word in words if word.endswith(".service")]


@test
def every_command_of_its_readme():
    gap, typed = Gap(), 0
    gap.hand = Hand(gap.folder, ROOTS)
    titles = re.findall("^## (.*)$", (AIRGAP / "README.md").read_text(), re.M)
    for title in titles:
        for _, lines in blocks(section("deploy/airgap/README.md", title)):
            for side, script in steps(lines, title.lower() if title == "Inside" else "outside"):
                if title == "Outside" and script.startswith("echo 42"):
                    continue
                gap.hand(script, gap.places(side))
                typed += 1
                for name in started(gap):
                    unit(gap, side, name)()
    equal((titles[-2:], typed), (["Outside", "Inside"], 9))
    gap.same()
    trip = gap.trips()[0]["trip"]
    _, lost = blocks(section("deploy/airgap/README.md", "Outside"))[1]
    gap.hand("\n".join(lost), {**gap.places("outside"), "42": trip})
    nothing_came_back(gap)
    gap.publish()
    unit(gap, "outside", "chartlocker-bundle@stable.service")()
    contains("".join(carried(gap)), f"stable-{trip}-")


if __name__ == "__main__":
    main()

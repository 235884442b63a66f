#!/usr/bin/env python3
"""A catalog to search: charts whose names, keywords, descriptions, people, READMEs and values are
drawn from the real ones of $CHARTS, in forty repositories. Made once, below build/bench/, by the
program's own import; the same numbers give the same catalog.

    catalog.py CHARTS VERSIONS          prints where it is
"""
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from charts import CHARTS, TEMPLATE, chart_yaml, tgz
from harness import PROGRAM, TOP

try:
    import yaml
except ImportError:    # a Python that is not Debian's
    sys.path.append("/usr/lib/python3/dist-packages")
    import yaml

REPOS = {"stable": 12, "incubator": 9, "rancher": 6, **{f"team-{n}/apps": 1 for n in range(37)}}
CATEGORIES = ("ai-machine-learning", "database", "integration-delivery", "monitoring-logging",
              "networking", "security", "storage", "streaming-messaging", "skip-prediction")
LICENSES = ("Apache-2.0", "MIT", "GPL-3.0", "BSD-3-Clause", "MPL-2.0", "AGPL-3.0")
KUBE = (">=1.19.0-0", ">=1.21.0-0", ">=1.23.0-0", ">=1.25.0-0", ">=1.28.0-0 <1.32.0-0", "<1.25.0-0",
        ">=1.30.0-0", ">= 1.16.0-0 < 1.29.0-0")
NEWEST = 1795132800                      # 2026-11-20
YEARS = 7
DAY = 86400


# ---- what is drawn from ----

def newest_archives():
    """Of each real chart one archive, the last by the text of its file's name."""
    found = {}
    for path in sorted(CHARTS.rglob("*.tgz")):
        found[re.sub(r"-v?\d+\..*", "", path.name)] = path
    if not found:
        raise SystemExit(f"no charts in {CHARTS} (CHARTS= names the folder)")
    return found.values()


def read(path):
    """(Chart.yaml as data, README, values) of an archive."""
    with tarfile.open(path) as archive:
        files = {name.split("/", 1)[1]: archive.extractfile(name).read().decode(errors="replace")
                 for name in archive.getnames() if name.count("/") == 1}
    return yaml.safe_load(files["Chart.yaml"]), files.get("README.md", ""), files.get("values.yaml", "")


class Source:
    def __init__(self):
        self.metas, readmes, self.values = zip(*map(read, newest_archives()))
        self.names = [meta["name"] for meta in self.metas]
        self.paragraphs = [[p for p in text.split("\n\n") if p.strip()] for text in readmes]
        self.keywords = sorted({str(k) for meta in self.metas for k in meta.get("keywords") or ()})
        self.people = sorted({p["name"] for meta in self.metas for p in meta.get("maintainers") or ()})
        parts = {part for name in self.names for part in name.split("-")}
        parts |= {word.lower() for key in self.keywords for word in re.findall(r"\w+", key)}
        self.parts = sorted(part for part in parts if len(part) > 2)


# ---- one chart ----

class Chart:
    def __init__(self, source, repo, name, base, versions, dice):
        self.repo, self.name, self.versions = repo, name, versions
        self.dice, self.source, self.base = dice, source, base
        self.prerelease = dice.random() < 0.03
        self.last = NEWEST - int(dice.expovariate(1 / 400) * DAY) % (YEARS * 365 * DAY)
        self.meta = self.metadata(source.metas[base])

    def metadata(self, real):
        dice, source = self.dice, self.source
        meta = {"description": str(real.get("description") or ""), "appVersion": str(real.get("appVersion") or "1"),
                "keywords": [str(k) for k in real.get("keywords") or ()],
                "maintainers": [{"name": p} for p in dice.sample(source.people, dice.randint(1, 3))]}
        if dice.random() < 0.5:
            meta["description"] += " " + str(dice.choice(source.metas).get("description") or "")
        meta["keywords"] += dice.sample(source.keywords, dice.randint(0, 4))
        if dice.random() < 0.5:
            meta["kubeVersion"] = dice.choice(KUBE)
        if dice.random() < 0.08:
            meta["deprecated"] = True
        if dice.random() < 0.03:
            meta["type"] = "library"
        notes = {"artifacthub.io/category": dice.choice(CATEGORIES)} if dice.random() < 0.7 else {}
        if dice.random() < 0.6:
            notes["artifacthub.io/license"] = dice.choices(LICENSES, (9, 5, 2, 1, 1, 1))[0]
        if notes:
            meta["annotations"] = notes
        if dice.random() < 0.25:
            meta["dependencies"] = [
                {"name": other, "version": ">=0", "repository": dice.choice(("@stable", "@incubator",
                                                                            "https://charts.example.com"))}
                for other in dice.sample(source.names, dice.randint(1, 3))]
        return meta

    def readme(self):
        dice, all_of_them = self.dice, self.source.paragraphs
        own, other = all_of_them[self.base], dice.choice(all_of_them)
        wanted = int(dice.lognormvariate(8.6, 0.9))      # bytes: half have more than 5 KB
        taken = [f"# {self.name}"]
        pool = dice.sample(own, len(own)) + dice.sample(other, len(other))
        while pool and sum(map(len, taken)) < wanted:
            taken.append(pool.pop(0))
        return "\n\n".join(taken).encode()

    def archives(self):
        """(version, seconds, bytes), the newest first, which alone has a README and long values."""
        for age in range(self.versions):
            number = self.versions - age
            version = f"{1 + number // 40}.{number // 4 % 10}.{number % 4}" + ("-rc.1" if self.prerelease else "")
            files = {"Chart.yaml": chart_yaml(self.name, version, **self.meta),
                     "values.yaml": b"replicas: 2\n", "templates/map.yaml": TEMPLATE}
            if age == 0:
                files["README.md"] = self.readme()
                files["values.yaml"] = self.source.values[self.base].encode() or b"{}\n"
                if self.dice.random() < 0.1:
                    files["crds/thing.yaml"] = b"kind: CustomResourceDefinition\n"
                if self.dice.random() < 0.15:
                    files["values.schema.json"] = b'{"type":"object"}'
            yield version, self.last - age * 9 * DAY, tgz([(f"{self.name}/{path}", data)
                                                           for path, data in files.items()])


# ---- all of them ----

def make_name(source, base, dice):
    real, part = source.names[base], dice.choice(source.parts)
    return dice.choices((real, f"{real}-{part}", f"{part}-{dice.choice(source.parts)}", f"{part}-{real}"),
                        (25, 45, 20, 10))[0]


def plan(charts, versions):
    source, dice, taken = Source(), random.Random(2026), set()
    weights = [dice.lognormvariate(0, 1.2) for _ in range(charts)]
    scale = (versions - charts) / sum(weights)
    counts = [1 + int(weight * scale) for weight in weights]
    counts[0] += versions - sum(counts)
    for count in counts:
        while True:
            repo = dice.choices(list(REPOS), REPOS.values())[0]
            base = dice.randrange(len(source.names))
            name = make_name(source, base, dice)
            if (repo, name) not in taken:
                break
        taken.add((repo, name))
        yield Chart(source, repo, name, base, count, dice)


def write(chart, folder):
    for version, seconds, data in chart.archives():
        path = folder / f"{chart.name}-{version}.tgz"
        path.write_bytes(data)
        path.chmod(0o440)                # so that the import links it
        os.utime(path, (seconds, seconds))


def make(data, charts, versions):
    files = data / "files"
    for chart in plan(charts, versions):
        folder = files / chart.repo.replace("/", "~")
        folder.mkdir(parents=True, exist_ok=True)
        write(chart, folder)
    for folder in sorted(files.iterdir()):
        subprocess.run([PROGRAM, "import", "--data", data / "data", "--repo", folder.name.replace("~", "/"),
                        folder], check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(folder)
    files.rmdir()


def catalog(charts, versions):
    """Its data directory."""
    made = TOP / f"build/bench/catalog-{charts}-{versions}"
    if not made.exists():
        began = time.monotonic()
        unfinished = made.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        make(unfinished, charts, versions)
        (unfinished / "made.json").write_text(json.dumps({"seconds": time.monotonic() - began}))
        unfinished.rename(made)
    return made / "data"


if __name__ == "__main__":
    print(catalog(int(sys.argv[1]), int(sys.argv[2])))

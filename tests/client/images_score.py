"""How well `chartlocker images` finds what `helm template` of the same charts shows.

    python3 tests/client/images_score.py [--truth DIR] [--every N] [CHART.tgz]…

The truth are all texts behind `image:` in what the newest helm prints with a chart's defaults, with what a
reference leaves out put in ("redis" is docker.io/library/redis:latest). Counted twice, per chart name and
per version; what helm refuses is listed by name. DIR keeps what helm printed."""
import argparse
import collections
import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import Skip, must, real_charts
from helm import NEWEST, Helm

IMAGE = re.compile(r"""^[ \t-]*image:[ \t]*['"]?([^\s'"#]+)""", re.M)
TAG = re.compile(r"(.*?)(:[^/:]*)?", re.S)


def normal(image):
    """With registry, library/ and tag; None for what is no reference, such as ":"."""
    name, at, digest = image.partition("@")
    path, tag = TAG.fullmatch(name).groups(default="")
    host, slash, rest = path.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        host, rest = "docker.io", path
    if host == "index.docker.io":
        host = "docker.io"
    if host == "docker.io" and "/" not in rest:
        rest = f"library/{rest}"
    if not re.fullmatch(r"[a-z0-9][a-z0-9._/-]*", rest.removeprefix("library/")):
        return None
    return f"{host}/{rest}{tag or ('' if digest else ':latest')}{at}{digest}"


def normals(images):
    return {found for found in map(normal, images) if found}


def chart_name(archive):
    return re.sub(r"-v?\d.*", "", archive.name)


class Truth:
    """What helm prints of an archive; None where it refuses it."""

    def __init__(self, folder=None):
        self.helm, self.folder = Helm(NEWEST), folder and Path(folder)

    def __call__(self, archive):
        kept = self.folder and self.folder / archive.parent.name / f"{archive.name}.yaml"
        status = kept and kept.with_suffix(".rc")
        if kept and kept.exists() and status.exists():
            return kept.read_text(errors="replace") if status.read_text().strip() == "0" else None
        try:
            text = self.helm("template", archive)
        except AssertionError:
            text = None
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(text or "")
            status.write_text("1" if text is None else "0")
        return text


def compare(archive, truth):
    """The archive, what helm shows (None: refused) and what is found, of the default list and of --all."""
    text = truth(archive)
    if text is None:
        return archive, None, set(), set()
    [said] = json.loads(must("images", archive, "--all", "--json"))["charts"]
    lists = ([one["image"] for one in said["images"] if one["certain"] or every] for every in (False, True))
    return archive, normals(IMAGE.findall(text)), *map(normals, lists)


class Score:
    def __init__(self, archives, truth):
        with ThreadPoolExecutor(2) as pool:
            self.rows = list(pool.map(lambda archive: compare(archive, truth), archives))
        self.refused = [row[0].stem for row in self.rows if row[1] is None]
        self.rows = [row for row in self.rows if row[1] is not None]

    def of(self, key, which=2):
        """(recall, precision), each image counted once per `key` of the archive."""
        wanted = {(key(row[0]), image) for row in self.rows for image in row[1]}
        found = {(key(row[0]), image) for row in self.rows for image in row[which]}
        both = len(wanted & found)
        return both / max(len(wanted), 1), both / max(len(found), 1)

    def by_name(self, which=2):
        return self.of(chart_name, which)

    def by_version(self, which=2):
        return self.of(str, which)

    def report(self):
        lines = []
        for label, which in (("certain", 2), ("--all", 3)):
            for counted, (recall, precision) in (("chart name", self.by_name(which)), ("version", self.by_version(which))):
                lines.append(f"{label}, per ({counted}, image): recall {recall:.4f}, precision {precision:.4f}")
        wrong = collections.defaultdict(set)
        for archive, wanted, found, _ in self.rows:
            wrong[chart_name(archive)] |= {f"- {image}" for image in wanted - found} | {f"+ {image}" for image in found - wanted}
        worst = sorted(((name, images) for name, images in wrong.items() if images), key=lambda x: (-len(x[1]), x[0]))
        for name, images in worst[:20]:
            lines += [f"{name}: {len(images)}", *(f"    {image}" for image in sorted(images))]
        lines.append(f"helm {NEWEST} refuses {len(self.refused)} of {len(self.refused) + len(self.rows)}: {', '.join(self.refused)}")
        return "\n".join(lines)


def arguments():
    parser = argparse.ArgumentParser(description="Recall and precision of chartlocker images.")
    parser.add_argument("--truth", help="a folder that keeps what helm printed")
    parser.add_argument("--every", type=int, default=1, help="one archive of so many")
    parser.add_argument("charts", nargs="*", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    chosen = arguments()
    try:
        print(Score((chosen.charts or real_charts())[::chosen.every], Truth(chosen.truth)).report())
    except Skip as why:
        sys.exit(str(why))

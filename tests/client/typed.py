"""Commands of our documents, run as they are typed: indented blocks of Markdown, in which the lines
`# outside` and `# inside` say on which side of an air gap the next ones are."""
import os
import re
import subprocess

from harness import PROGRAM, TOP, clean_environment, equal, temporary

SIDE = re.compile(r"# (outside|inside)$")


def section(document, title):
    """The text below a heading, up to the next one of its kind."""
    text = (TOP / document).read_text()
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^\1 |\Z)", text, re.M | re.S)
    assert found, f"{document} has no section {title!r}"
    return found[2].strip("\n")


def blocks(text):
    """The indented blocks, each with the words in bold that begin the paragraph of it or one before it:
    [(words, lines)]."""
    found, words = [], ""
    for paragraph in text.split("\n\n"):
        bold = re.match(r"\*\*(.*?)\.?\*\*", paragraph)
        words = bold[1] if bold else words
        lines = paragraph.rstrip("\n").split("\n")
        if lines[0] and all(line.startswith("    ") for line in lines):
            found.append((words, [line[4:] for line in lines]))
    return found


def steps(lines, side="outside"):
    """[(side, script)] of a block."""
    found = []
    for line in lines:
        told = SIDE.match(line)
        side = told[1] if told else side
        if told or not found:
            found.append((side, []))
        if not told:
            found[-1][1].append(line)
    return [(side, "\n".join(script)) for side, script in found]


class Hand:
    """Types into a bash of its own in `folder`, where `chartlocker` and the programs of `stubs` (name:
    script) are found; `places` is what stands for what in the text."""

    def __init__(self, folder, stubs=None):
        self.folder, self.bin = folder, temporary()
        (self.bin / "chartlocker").symlink_to(PROGRAM)
        for name, script in (stubs or {}).items():
            (self.bin / name).write_text(f"#!/bin/sh\n{script}\n")
            (self.bin / name).chmod(0o755)

    def __call__(self, script, places, status=0):
        for place, there in places.items():
            script = script.replace(place, str(there))
        path = f"{self.bin}:{os.environ['PATH']}"
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=self.folder, timeout=300,
                              env=clean_environment({"PATH": path}), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        equal(done.returncode, status, f"{script}\n{done.stdout}")
        return done.stdout

"""What the checks of this folder share: the files of the project, and how to complain."""
import os
import shlex
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
FLAGS = shlex.split(os.environ.get("LINT_FLAGS", "-std=c17 -I. -Ibuild -D_GNU_SOURCE"))


def tracked():
    """Every file of the project, with the new ones git does not know yet."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=TOP, check=True, capture_output=True, text=True).stdout
    return sorted(name for name in listed.split("\0") if name and (TOP / name).is_file())


def product(*endings):
    """The C of the program itself."""
    return [name for name in tracked()
            if name.startswith(("indexer/", "server/")) and name.endswith(endings)]


def text(name):
    return (TOP / name).read_text(encoding="utf-8", errors="replace")


def folder(name):
    return name.rpartition("/")[0]


def run(*command):
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)


def finish(title, problems):
    """Prints the problems, one per line, and ends the program."""
    for problem in problems:
        print(problem)
    print(f"{title}: " + (f"{len(problems)} problems" if problems else "good"), flush=True)
    sys.exit(1 if problems else 0)

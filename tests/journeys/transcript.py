"""A transcript: Markdown that tells a journey, in whose indented blocks stand terminal sessions.

    # First minutes                    the head: what stands before the first section
    Names: team-a/stable = apps/prod   the document's name = what is typed for it; with commas between several
    Hosts: charts.example.org = 127.0.0.1
    Hosts of inside: …                 of one machine alone
    ## A section                       one row of the test
    Machine: inside                    what follows is there (else on `here`), in its first terminal
    Terminal: server                   what follows is typed in the terminal of that name

In a block:

    $ command          typed as it stands in a document or in a help; or as something printed before it says
    % command          typed by somebody of his own
    > line             goes on with a here-document, or after a backslash
    < text             typed as the answer to a question, once what stands before it was printed
    ^C                 typed
    @ verb words       in a browser: open URL, click Text, type Label = text, see text, picture name
    anything else      what is printed then; `...` stands for any characters, alone for any number of lines
    [1]                the exit status, unless it is 0

A command before `^C`, or the last one of a terminal that is not the first, need not end: once the last expected line
was printed the person goes on.
"""
import itertools
import re
from dataclasses import dataclass, field

PROMPT = re.compile(r"([$%]) (.*)")
HERE, FIRST = "here", "first"
SHOWN_MAX = 60           # lines of what was seen instead


@dataclass
class Step:
    """Something typed, and what is to be printed then. `at` is the line of the first expected one."""
    kind: str
    text: str
    machine: str
    terminal: str
    at: int
    expected: list = field(default_factory=list)
    stays: bool = False


@dataclass
class Section:
    title: str
    steps: list = field(default_factory=list)


class Transcript:
    def __init__(self, text):
        self.lines = text.split("\n")
        self.names, self.hosts, self.sections = [], {}, []
        self._machine, self._terminal, self._block = HERE, FIRST, False
        for number, line in enumerate(self.lines):
            self._read(number, line)
        for steps in by_terminal(self.steps()):
            for step, after in itertools.zip_longest(steps, steps[1:]):
                step.stays = after.kind in "^<" if after else step.terminal != FIRST
        for step in self.steps():
            while step.expected and not step.expected[-1]:
                step.expected.pop()

    def steps(self):
        return [step for section in self.sections for step in section.steps]

    def _read(self, number, line):
        if line.startswith("    ") and self.sections:
            self._block = True
            self._in_block(number, line[4:])
        elif not line.strip():
            if self._block and self.sections[-1].steps:
                self.sections[-1].steps[-1].expected.append("")
        else:
            self._block = False
            self._in_prose(line)

    def _in_prose(self, line):
        if found := re.match("## (.*)", line):
            self.sections.append(Section(found[1]))
        elif found := re.match(r"(Names|Hosts(?: of (\w+))?): (.*)", line):
            pairs = [tuple(map(str.strip, pair.split(" = "))) for pair in found[3].split(", ")]
            if found[1] == "Names":
                self.names += pairs
            else:
                self.hosts.setdefault(found[2], {}).update(pairs)
        elif found := re.fullmatch(r"Machine: (\w+)", line):
            self._machine, self._terminal = found[1], FIRST
        elif found := re.fullmatch(r"Terminal: (\w+)", line):
            self._terminal = found[1]

    def _in_block(self, number, line):
        steps = self.sections[-1].steps
        last = steps[-1] if steps else None
        goes_on = last and last.kind in "$%" and last.at == number
        if found := PROMPT.fullmatch(line):
            kind, text = found.groups()
        elif goes_on and (line.startswith("> ") or line == ">" or last.text.endswith("\\")):
            last.text += "\n" + re.sub("^> ?", "", line)
            last.at = number + 1
            return
        elif line[:2] in ("< ", "@ "):
            kind, text = line[0], line[2:]
        elif line == "^C":
            kind, text = "^", "C"
        else:
            if last:
                last.expected.append(line)
            return
        steps.append(Step(kind, text, self._machine, self._terminal, number + 1))


def by_terminal(steps):
    found = {}
    for step in steps:
        if step.kind != "@":
            found.setdefault((step.machine, step.terminal), []).append(step)
    return found.values()


# ---- what was seen, beside what was expected ----

def is_like(seen, expected):
    return re.fullmatch(".*".join(map(re.escape, expected.rstrip().split("..."))), seen.rstrip()) is not None


def _places(seen, expected):
    """How many lines of `seen` the expected ones may have taken."""
    places = {0}
    for line in expected:
        if line == "...":
            places = set(range(min(places, default=len(seen) + 1), len(seen) + 1))
        else:
            places = {at + 1 for at in places if at < len(seen) and is_like(seen[at], line)}
    return places


def matches(seen, expected, begins=False):
    """Whether the lines are the expected ones; with `begins`, whether they begin so."""
    places = _places(seen, expected)
    return bool(places) if begins else len(seen) in places


def as_written(seen, expected):
    """The seen lines in the words of the expected ones where they agree."""
    known = [line for line in expected if line != "..."]
    return [next((line for line in known if is_like(text, line)), text) for text in seen]


def difference(seen, expected):
    """What is as in the transcript, then lines of it that were not seen (-) and lines that were (+)."""
    good = max(count for count in range(len(expected) + 1) if _places(seen, expected[:count]))
    at = min(_places(seen, expected[:good]))
    lines = [f"  {line}" for line in expected[:good]] + [f"- {line}" for line in expected[good:]]
    more = [f"+ … and {len(seen) - at - SHOWN_MAX} more"] if len(seen) - at > SHOWN_MAX else []
    return "\n".join(lines + [f"+ {line}" for line in seen[at:at + SHOWN_MAX]] + more)

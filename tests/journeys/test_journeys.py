#!/usr/bin/env python3
"""The journeys (*.md, in the form that transcript.py tells): a row for each section of each.

    test_journeys.py [NAME…]             those journeys alone
    test_journeys.py --write NAME…       puts what was seen where something else was expected, to be read then
    test_journeys.py --text NAME…        only says which lines no document has
"""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / name) for name in ("lib", "client", "browser")]
from harness import LONG, TOP, Skip, cleanup, main, need, temporary
import tap
import documents
from helm import NEWEST, VERSIONS
from typist import Machine, Terminal
from transcript import Transcript, as_written, difference, matches

TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( UTC|Z|)")
WRITE = "--write" in sys.argv
MODULES, PICTURES = TOP / "build/browser", TOP / "build/screenshots"


class Browser:
    def __init__(self, machine):
        if not (MODULES / "package.json").exists():
            raise Skip("build/browser is missing (make clients)")
        environment = {**os.environ, "HOME": "/root", "MODULES": str(MODULES), "SCREENSHOTS": str(PICTURES),
                       "CHROMIUM": need("chromium-headless-shell")}
        self.process = subprocess.Popen([*machine.enter, need("node"), HERE / "browser.mjs"], env=environment,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, line):
        verb, _, words = line.partition(" ")
        self.process.stdin.write(json.dumps({"verb": verb, "words": words}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        return json.loads(answer)["problem"] if answer else "the browser is gone"


class Journey:
    """Whoever is on it, with all machines, terminals and browsers."""

    def __init__(self, file, helm):
        self.file, self.helm = file, TOP / f"build/clients/helm-{helm}"
        if not self.helm.exists():
            raise Skip(f"build/clients/helm-{helm} is missing (make clients)")
        self.transcript = Transcript(file.read_text())
        self.lines, self.printed = documents.typed(), ""
        self.stick = temporary(keep=True)
        self.machines, self.terminals, self.browsers = {}, {}, {}
        self.differences = []        # (step, what was seen)
        cleanup(self.end, keep=True)

    def machine(self, name):
        if name not in self.machines:
            hosts = {**self.transcript.hosts.get(None, {}), **self.transcript.hosts.get(name, {})}
            machine = Machine(self.helm, self.stick, hosts)
            if not machine.said.isdigit():
                raise Skip(machine.process.stdout.read().partition("# SKIP ")[2].strip() or "no machine")
            self.machines[name] = machine
        return self.machines[name]

    def take(self, section):
        problems = [problem for step in section.steps for problem in [self.step(step)] if problem]
        assert not problems, "\n" + "\n".join(problems)

    def step(self, step):
        where = f"{self.file.name}:{step.at}: {step.kind} {step.text}"
        if step.kind == "$" and not self.stands_somewhere(step.text):
            return f"{where}\n  stands in no document, in no help, and was not printed before"
        if step.kind == "@":
            if step.machine not in self.browsers:
                self.browsers[step.machine] = Browser(self.machine(step.machine))
            problem = self.browsers[step.machine](step.text)
            return f"{where}\n  {problem}" if problem else None
        problem = self.in_terminal(step)
        return f"{where}\n{problem}" if problem else None

    def stands_somewhere(self, text):
        printed = {documents.plain(line) for line in self.printed.split("\n")}
        return documents.known(text, self.lines | printed, self.transcript.names)

    def in_terminal(self, step):
        key = (step.machine, step.terminal)
        if key not in self.terminals:
            self.terminals[key] = Terminal(self.machine(step.machine))
        terminal = self.terminals[key]
        if step.kind in "$%" and terminal.busy:
            return "  the command before has not ended:\n" + "\n".join(terminal.so_far()[-20:])
        if step.kind in "$%":
            terminal.command(step.text)
        else:
            terminal.type("\x03" if step.kind == "^" else step.text + "\n")
        expected = step.expected
        seen = terminal.read(None if WRITE else expected, step.stays)
        if seen is None:
            return "  has not ended, or not printed that, in time:\n" + difference(terminal.so_far(), expected)
        while step.kind == "<" and seen and not seen[0]:
            seen.pop(0)
        self.printed += "\n".join(seen) + "\n"
        if matches(seen, expected, begins=step.stays and terminal.busy) and (expected or not WRITE):
            return None
        self.differences.append((step, seen))
        return difference(seen, expected)

    def write(self):
        """The transcript with what was seen."""
        lines = list(self.transcript.lines)
        for step, seen in reversed(self.differences):
            end = step.at + len(step.expected)
            lines[step.at:end] = [f"    {TIME.sub('...', line)}".rstrip() for line in as_written(seen, step.expected)]
        self.file.write_text("\n".join(lines))

    def end(self):
        for browser in self.browsers.values():
            browser.process.stdin.close()
            browser.process.wait()
        for machine in self.machines.values():
            machine.end()
        for terminal in self.terminals.values():
            terminal.end()


def untyped(files):
    lines = documents.typed()
    for file in files:
        told = Transcript(file.read_text())
        for step in told.steps():
            if step.kind == "$" and not documents.known(step.text, lines, told.names):
                print(f"{file.name}:{step.at}: {step.text}")


def rows(file, helm):
    """Registers them; the journey begins with the first one."""
    journey = []

    def begun():
        if not journey:
            journey.append(Journey(file, helm))
        return journey[0]
    for section in Transcript(file.read_text()).sections:
        def row(section=section):
            [same] = [other for other in begun().transcript.sections if other.title == section.title]
            begun().take(same)
        row.__name__ = f"{file.stem}: {section.title}" + (f" with helm {helm}" if helm != NEWEST else "")
        tap.test(row)
    return journey


def run():
    options = [word for word in sys.argv[1:] if word.startswith("--")]
    wanted = [word for word in sys.argv[1:] if not word.startswith("--")]
    files = [file for file in sorted(HERE.glob("*.md")) if not wanted or file.stem in wanted]
    if "--text" in options:
        return untyped(files)
    begun = [rows(file, helm) for file in files for helm in (VERSIONS if LONG else (NEWEST,))]
    if WRITE:
        cleanup(lambda: [journey.write() for [journey] in begun], keep=True)
    sys.argv[1:] = []
    return main()


if __name__ == "__main__":
    run()

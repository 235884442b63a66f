"""Every line that our documents tell a person to type."""
import re

from harness import TOP, must

DOCUMENTS = ("README.md", "server/README.md", "deploy/**/README.md")


def joined(text):
    """A command that goes on after backslashes is one line."""
    return re.sub(r"\\\n\s*", " ", text)


def plain(line):
    return re.sub(r"\s+", " ", re.sub(r"\s{2,}#.*", "", line)).strip()


def helps():
    """What --help prints, of each command and of theirs."""
    text = must("--help")
    for name in re.findall(r"^  (\w+) ", text, re.M):
        text += "\n" + must(name, "--help")
    return text


def typed():
    lines = set()
    for pattern in DOCUMENTS:
        for file in TOP.glob(pattern):
            text = joined(file.read_text())
            lines.update(plain(line) for line in re.findall(r"^ {4,}(.*)$", text, re.M))
            lines.update(plain(code) for code in re.findall(r"`([^`]+)`", text))
    for line in map(str.strip, joined(helps()).split("\n")):
        form = re.split(r"\s{2,}", line.removeprefix("Usage: "))[0]    # beside what it means
        lines.update((form, f"chartlocker {form}", plain(line)))
    return lines - {""}


def known(line, lines, names):
    """Whether one of the lines is this one, where each of the names may stand for another."""
    line = plain(joined(line))
    if line in lines:
        return True
    choices = {}
    for there, typed_instead in names:
        choices.setdefault(there, [there]).append(typed_instead)
    if not choices:
        return False
    longest_first = "|".join(map(re.escape, sorted(choices, key=len, reverse=True)))
    word = re.compile(rf"(?<![\w-])(?:{longest_first})(?![\w-])")

    def alternatives(text):
        end, pattern = 0, ""
        for found in word.finditer(text):
            pattern += re.escape(text[end:found.start()]) + "(?:" + "|".join(map(re.escape, choices[found[0]])) + ")"
            end = found.end()
        return pattern + re.escape(text[end:])
    return any(word.search(text) and re.fullmatch(alternatives(text), line) for text in lines)

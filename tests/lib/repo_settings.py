"""The settings of a repository, as the program's table has them."""
import re

from harness import TOP

TABLE = (TOP / "indexer/format/repo_setting.def").read_text()
KINDS = dict(re.findall(r"^X\((\w+), +\w+, +(\w+),", TABLE, re.M))


def settings_of(kind):
    """The sorted names of those that a "hosted", "upstream" or "virtual" repository has."""
    return sorted(name for name, of in KINDS.items() if of == "ANY" or kind.upper() in of.split("_"))

"""ChartMuseum's place, taken by the program."""
from pathlib import Path

from harness import PROGRAM, Server


class Museum(Server):
    """`chartlocker chartmuseum` on a storage directory; `name` is what the program is called."""

    def __init__(self, storage, *flags, name=None, **options):
        line = [name] if name else [PROGRAM, "chartmuseum"]
        line += ["--listen-host=127.0.0.1", "--port", "0", "--storage=local",
                 f"--storage-local-rootdir={storage}", *flags]
        super().__init__(data=Path(storage) / ".chartlocker", line=line, **options)

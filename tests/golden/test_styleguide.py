#!/usr/bin/env python3
"""Every component as HTML, byte for byte: the page that shows them all, and an error page.

    UPDATE=1 tests/golden/test_styleguide.py     writes what comes out as what is expected
"""
import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import Server, equal, main, table

HERE = Path(__file__).parent
BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@table(("styleguide", "/styleguide", 200, "styleguide.html"),
       ("error", "/<no>/such/page/at/all?q='", 404, "error.html"))
def page(path, status, name):
    answer = Server().get(path.replace("<", "%3C").replace(">", "%3E"), BROWSER)
    equal(answer.status, status)
    got = re.sub(r"/static/[0-9a-f]{12}/", "/static/VERSION/", answer.body.decode())
    got = got.replace(answer.headers["X-Request-Id"], "REQUEST-ID")
    expected = HERE / name
    if os.environ.get("UPDATE"):
        expected.write_text(got)
    equal(got.splitlines(), expected.read_text().splitlines(), name)


if __name__ == "__main__":
    main()

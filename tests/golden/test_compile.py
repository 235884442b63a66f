#!/usr/bin/env python3
"""The template compiler: what it makes of a hostile view, byte for byte, and what it refuses where.

    UPDATE=1 tests/golden/test_compile.py        writes what comes out as what is expected
"""
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import TOP, contains, equal, main, table, temporary, test

HERE = Path(__file__).parent
COMPILE = TOP / "build/host/compile"
CC = ["cc", "-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-I."]
LIBRARIES = ["build/libserver.a", "build/libchartindex.a"]


def run(*command):
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)


def compiled(folder, *templates):
    return run(COMPILE, folder, *templates)


def golden(name, got):
    expected = HERE / name
    if os.environ.get("UPDATE"):
        expected.write_text(got)
    equal(got, expected.read_text(), name)


@test
def hostile_view():
    folder = temporary()
    equal(compiled(folder, "tests/golden/fixture.html").stderr, "")
    made = run(*CC, f"-I{folder}", "tests/golden/fixture.c", folder / "templates.c", *LIBRARIES,
               "-o", folder / "fixture")
    equal(made.stderr, "")
    golden("fixture.out.html", run(folder / "fixture").stdout)


def template(text):
    """In a file of its own, on its second line."""
    folder = temporary()
    path = folder / "bad.html"
    path.write_text("{{ template bad(const struct view *v) }}\n" + text + "\n{{ end }}\n")
    return folder, path


@table(    # what stands in line 2, and what is said of which line
    ("unquoted value", "<a id={{ v->title }}>x</a>", 2, "in a tag, a value stands within"),
    ("unquoted literal", "<a id=x>x</a>", 2, "double quotes"),
    ("single quotes", "<a id='x'>x</a>", 2, "double quotes"),
    ("value as attribute", "<a {{ v->title }}>x</a>", 2, "in a tag, a value stands within"),
    ("value as a part of a name", "<a da{{ v->title }}=\"x\">x</a>", 2, "in a tag, a value"),
    ("value as tag", "<{{ v->title }}>", 2, "write &lt;"),
    ("value in a closing tag", "<a></a{{ v->title }}>", 2, "in a tag, a value"),
    ("script", "<script>\nx()</script>", 3, "a script stands in static/"),
    ("value in a script", "<script>{{ v->title }}</script>", 2, "a value has no place in a script"),
    ("module with a value", '<script type="module">{{ v->json }}</script>', 2, "no place in a script"),
    ("style element", "<style>", 2, "<style> has no place"),
    ("iframe", "\n<iframe>", 3, "<iframe> has no place"),
    ("style attribute", '<p style="x"></p>', 2, "style= has no place"),
    ("handler", '<p onclick="x"></p>', 2, "onclick= has no place"),
    ("handler in capitals", '<p onClick="x"></p>', 2, "onclick= has no place"),
    ("handler without value", "<p onx></p>", 2, "onx= has no place"),
    ("srcdoc", '<p srcdoc="x"></p>', 2, "srcdoc= has no place"),
    ("refresh", '<meta http-equiv="refresh">', 2, "http-equiv= has no place"),
    ("URL in pieces", '<a href="/x/{{ v->link }}">x</a>', 2, "a URL is one value"),
    ("URL with an end", '<a href="{{ v->link }}/x">x</a>', 2, "a URL is one value"),
    ("URL of two values", '<a href="{{ v->link }}{{ v->link }}">x</a>', 2, "a URL is one value"),
    ("URL behind a host", '<a href="https://x/{{ v->link }}">x</a>', 2, "a URL is one value"),
    ("literal path", '<a href="/x">x</a>', 2, 'href="/x": make it with a function'),
    ("literal script", '<a href="javascript:x">x</a>', 2, "make it with a function"),
    ("action", '<form action="/x"></form>', 2, 'action="/x": make it with'),
    ("empty URL", '<a href="">x</a>', 2, 'href="": make it'),
    ("URL of a branch", '<a href="{{ if v->on }}{{ v->link }}{{ end }}">x</a>', 2, "the if of line 2"),
    ("fragment of a branch", '<a href="{{ if v->on }}#{{ end }}{{ v->link }}">x</a>', 2, "the if of line 2"),
    ("wrong end", "<b>\n</i>", 3, "</i>, but open is /b/"),
    ("end without begin", "</i>", 2, "</i>, but open is /"),
    ("not closed", "<b>", 3, "the template of line 1: open at an end are /b/, else /"),
    ("branches differ", "{{ if v->on }}\n<b>\n{{ else }}\n<i>\n{{ end }}\n</b>", 6,
     "the if of line 2: open at an end are /i/, else /b/"),
    ("open in a branch", "{{ if v->on }}<b>{{ end }}</b>", 2, "the if of line 2"),
    ("open in elif", "{{ if 1 }}{{ elif 2 }}\n<b>{{ end }}</b>", 3, "the if of line 2"),
    ("open in a loop", "{{ for r in v->rows, v->row_count }}<b>{{ end }}", 2, "the for of line 2"),
    ("tag cut by a branch", "<b{{ if v->on }}>{{ end }}</b>", 2, "the if of line 2"),
    ("quote cut by a branch", '<b id="{{ if v->on }}">{{ else }}">{{ end }}</b>'.replace("else", "elif 1"),
     2, "the if of line 2"),
    ("attribute without a space", '<b{{ if v->on }}id="x"{{ end }}></b>', 2, "a space has to come before"),
    ("attributes without a space", '<b id="x"class="y"></b>', 2, "a space has to come before"),
    ("slash that closes nothing", "<div/>", 2, "write </div>"),
    ("element in a title", "<title><b></b></title>", 2, "<b> in <title>"),
    ("HTML comment", "<!-- x -->", 2, "write a comment as {{#"),
    ("bare <", "a < b", 2, "write &lt;"),
    ("else twice", "{{ if 1 }}{{ else }}{{ else }}{{ end }}", 2, "there is no if for this"),
    ("else of a loop", "{{ for r in v->rows, 1 }}{{ else }}{{ end }}", 2, "there is no if"),
    ("for without count", "{{ for r in v->rows }}{{ end }}", 2, "write {{ for NAME in ARRAY, COUNT }}"),
    ("template in a template", "{{ template x() }}", 2, "the template of line 1 has no end"),
    ("include in a template", '{{ include "x" }}', 2, "include stands outside"),
    ("call in an attribute", '<b id="{{ call bad(v) }}"></b>', 2, "a template is called where text"),
    ("call without brackets", "{{ call bad }}", 2, "write NAME(…)"),
    ("no end of a tag", "{{ v->title", 2, "{{ without }}"),
    ("nothing in a tag", "{{ }}", 2, "{{ }} is empty"),
    ("end too many", "{{ end }}\n{{ end }}", 3, "this stands outside of any template"),
    ("text outside", "{{ end }}\n\nx", 4, "this stands outside of any template"))
def refused(text, line, says):
    folder, path = template(text)
    result = compiled(folder, path)
    equal(result.returncode, 1)
    contains(result.stderr, f"{path}:{line}: ")
    contains(result.stderr, says)


@test
def template_without_end():
    path = temporary() / "bad.html"
    path.write_text("{{ template bad() }}\n{{ if 1 }}\nx\n")
    contains(compiled(path.parent, path).stderr, f"{path}:4: the if of line 2 has no end")


@table(    # what the C compiler says of line 2
    ("unknown field", "{{ v->nmae }}", "nmae"),
    ("unknown field in a condition", "{{ if v->nmae }}{{ end }}", "nmae"),
    ("unknown field of a row", "{{ for r in v->rows, v->row_count }}{{ r->x }}{{ end }}", "has no member"),
    ("unknown template", "{{ call missing(v) }}", "missing"),
    ("markup in an attribute", '<b id="{{ v->markup }}"></b>', "struct html"),
    ("markup in a title", "<title>{{ v->markup }}</title>", "struct html"),
    ("markup in a URL", '<a href="{{ v->markup }}"></a>', "struct html"),
    ("markup as JSON", '<script type="application/ld+json">{{ v->markup }}</script>', "struct html"),
    ("number as URL", '<a href="{{ v->number }}"></a>', "int"),
    ("structure", "{{ *v->rows }}", "struct row"),
    ("bool", "{{ v->on }}", "_Bool"))
def refused_by_c(text, says):
    folder, path = template(text)
    source = path.read_text()
    path.write_text('{{ include "tests/golden/fixture.h" }}' + source)
    equal(compiled(folder, path).stderr, "")
    result = run(*CC, "-fsyntax-only", f"-I{folder}", folder / "templates.c")
    contains(result.stderr, f"{path}:2:")
    contains(result.stderr, says)


if __name__ == "__main__":
    main()

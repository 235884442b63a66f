#!/usr/bin/env python3
"""What all pages have: the headers that keep foreign scripts out, compression, validators, the theme;
their assets; and errors, which are pages for browsers alone."""
import base64
import gzip
import json
import re

from wire import Server, contains, equal, shared
from sessions import BROWSER, POLICY
from harness import command, main, table, temporary, test


def page(path="/styleguide", headers=None, server=None):
    return (server or shared()).get(path, {**BROWSER, **(headers or {})})


@table(("a page", "/styleguide", 200), ("an error", "/no/such/page/at/all", 404))
def headers_of(path, status):
    answer = page(path)
    equal(answer.status, status)
    for name, value in (("Content-Type", "text/html; charset=utf-8"), ("X-Content-Type-Options", "nosniff"),
                        ("Content-Security-Policy", POLICY), ("Referrer-Policy", "no-referrer"),
                        ("X-Frame-Options", "DENY"),
                        ("Vary", "Accept-Encoding, Cookie" + (", Authorization" if status == 200 else "")),
                        ("Cache-Control", "private, no-cache" if status == 200 else "no-store")):
        equal(", ".join(answer.headers.get_all(name)), value, name)


@test
def nothing_comes_from_elsewhere():
    """Neither addresses of other hosts, nor what the policy would stop."""
    body = page().body.decode()
    equal(re.findall(r'(?:src|action|data-suggest|<link[^>]* href)="(?!/|#)[^"]*"', body), [])
    equal(re.findall(r'<script(?! type="module" src=)|<style|\sstyle=|\son\w+=', body), [])


@test
def compressed():
    plain, packed = page(), page(headers={"Accept-Encoding": "gzip"})
    equal(packed.headers["Content-Encoding"], "gzip")
    equal(gzip.decompress(packed.body), plain.body)
    assert len(packed.body) < len(plain.body) / 3
    assert packed.headers["ETag"] != plain.headers["ETag"]


@table(("plain", {}), ("gzip", {"Accept-Encoding": "gzip"}))
def not_modified(encoding):
    first = page(headers=encoding)
    again = page(headers={**encoding, "If-None-Match": first.headers["ETag"]})
    equal((again.status, again.body), (304, b""))
    equal(again.headers["ETag"], first.headers["ETag"])
    other = page(headers={**encoding, "If-None-Match": first.headers["ETag"], "Cookie": "theme=dark"})
    equal(other.status, 200)


@test
def head_has_the_head():
    get, head = page(), shared().request("HEAD", "/styleguide", None, BROWSER)
    equal((head.status, head.body), (200, b""))
    equal(head.headers["Content-Length"], get.headers["Content-Length"])


# ---- theme ----

@table(    # query, cookie, what the page says, what is kept
    ("none", "", None, None, None), ("cookie", "", "theme=dark", "dark", None),
    ("among other cookies", "", "a=b; theme=light;c", "light", None),
    ("asked for", "?theme=dark", None, "dark", "dark"),
    ("asked for otherwise", "?theme=light", "theme=dark", "light", "light"),
    ("the system's", "?theme=system", "theme=dark", None, "system"),
    ("a theme that is none", "?theme=%22%3E", "theme=x", None, None),
    ("a cookie like it", "", "mytheme=dark", None, None))
def theme(query, cookie, shown, kept):
    answer = page("/styleguide" + query, {"Cookie": cookie} if cookie else {})
    found = re.search(r'<html lang="en"(?: data-theme="(\w+)")?>', answer.body.decode())
    equal(found[1], shown)
    equal(answer.headers["Set-Cookie"],
          f"theme={kept}; Path=/; Max-Age=31536000; SameSite=Lax" if kept else None)


# ---- assets ----

def assets(server):
    return re.findall(r'"(/[^"]*static/[^"]*)"', page(server=server).body.decode())


@table(("stylesheet", "site.css", "text/css; charset=utf-8"),
       ("script", "site.js", "text/javascript; charset=utf-8"),
       ("icon", "favicon.svg", "image/svg+xml"))
def asset(name, kind):
    (path,) = [path for path in assets(shared()) if path.endswith(name)]
    plain, packed = shared().get(path), shared().get(path, {"Accept-Encoding": "gzip"})
    equal((plain.status, plain.headers["Content-Type"]), (200, kind))
    equal(plain.headers["Cache-Control"], "public, max-age=31536000, immutable")
    equal(gzip.decompress(packed.body), plain.body)
    equal(shared().get(path, {"If-None-Match": plain.headers["ETag"]}).status, 304)
    old = shared().get(re.sub(r"/[0-9a-f]{12}/", "/0123456789ab/", path))
    equal((old.status, old.headers["Location"], old.headers["Cache-Control"]), (302, path, "no-cache"))


@test
def script_is_small():
    (path,) = [path for path in assets(shared()) if path.endswith(".js")]
    assert len(shared().get(path).body) < 20_000


@test
def asset_that_is_none():
    equal(page("/static/0123456789ab/x.css").status, 404)


@test
def icon():
    answer = shared().get("/favicon.ico")
    equal((answer.status, answer.headers["Content-Type"]), (200, "image/svg+xml"))


@test
def base_path_is_in_every_address():
    server = Server(args=("--set", "base_path=/charts"))
    body = page("/charts/styleguide?theme=dark", server=server)
    equal(re.findall(r'(?:href|src|action)="/(?!charts/)[^"]*"', body.body.decode()), [])
    contains(body.headers["Set-Cookie"], "Path=/charts/;")
    for path in assets(server):
        equal(server.get(path).status, 200)


@test
def pages_of_an_organisation():
    logo = temporary() / "logo.svg"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    server = Server(args=("--set", "site.name=Charts of <ours>", "--set", f"site.logo={logo}", "--set",
                          "site.accent=#7a3c91", "--set", "site.message=Moving on Friday & Saturday"))
    body = page(server=server).body.decode()
    contains(body, "<title>Style guide · Charts of &lt;ours&gt;</title>")
    contains(server.get("/opensearch.xml").body.decode(), "<ShortName>Charts of &lt;our")
    contains(server.get("/feed").body.decode(), "<title>Charts of &lt;ours&gt;</title>")
    contains(body, '<p class="banner message">Moving on Friday &amp; Saturday</p>')
    (path,) = [path for path in assets(server) if path.endswith("/logo")]
    answer = server.get(path)
    equal((answer.status, answer.headers["Content-Type"]), (200, "image/svg+xml"))
    contains(answer.headers["Content-Security-Policy"], "sandbox")
    (path,) = [path for path in assets(server) if path.endswith(".css")]
    contains(server.get(path).body.decode(), "--accent:light-dark(#7a3c91,#7db8e0)")
    assert assets(shared())[0] != path, "the old stylesheet would be kept"


@table(("no colour", "site.accent=blue", 'site.accent: "blue" is not a colour like #1f5f8b'),
       ("cannot be read", "site.accent_dark=#1f5f8b", "cannot be read on the page in the dark theme"),
       ("no logo", "site.logo=/etc/hostname", "is no SVG, PNG, JPEG or WebP"))
def organisation_is_refused(setting, says):
    result = command("serve", "--data", temporary() / "data", "--listen", "127.0.0.1:0", "--set", setting)
    assert result.returncode != 0
    contains(result.stderr, says)


# ---- errors ----

@table(("browser", BROWSER, "text/html; charset=utf-8"), ("curl", {"Accept": "*/*"}, "application/json; charset=utf-8"),
       ("helm", {}, "application/json; charset=utf-8"))
def not_found_for(headers, kind):
    answer = shared().get("/no/such/page/at/all", headers)
    equal((answer.status, answer.headers["Content-Type"]), (404, kind))


@table(("browser", BROWSER, "text/plain; charset=utf-8"), ("curl", {"Accept": "*/*"}, "application/yaml"),
       ("program", {"Accept": "application/yaml"}, "application/yaml"), ("nothing said", {}, "application/yaml"))
def description_of_the_api_for(headers, kind):
    """A browser saves what it does not know, and the footer leads there."""
    answer = shared().get("/api/v1/openapi.yaml", headers)
    equal((answer.status, answer.headers["Content-Type"]), (200, kind))
    contains(", ".join(answer.headers.get_all("Vary")), "Accept")


@test
def error_names_the_request():
    answer = page("/no/such/page/at/all")
    contains(answer.body.decode(), f"<code>{answer.headers['X-Request-Id']}</code>")
    contains(answer.body.decode(), 'name="q"')


@test
def error_of_an_api_stays_json():
    equal(json.loads(page("/api/v1/repos/nowhere").body)["code"], "repository_not_found")


@test
def error_shows_no_markup_of_strangers():
    body = page("/%3Cscript%3Ealert(1)%3C/script%3E/x/y/z?q=%3Cb%3E").body.decode()
    assert "<script>alert" not in body and "<b>" not in body, body


FORM = b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@table(("a long body", FORM + b"Content-Length: 200000\r\n", b"", 413, "larger than"),
       ("one whose length is not told", FORM + b"Transfer-Encoding: chunked\r\n", b"30d40\r\n" + b"a" * 200000, 413,
        "larger than"),
       ("many parameters", b"GET /search?" + b"a&" * 65 + b" HTTP/1.1\r\nHost: x\r\n", b"", 400, "more than 64 parameters"),
       ("a long address", b"GET /search?q=" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n", b"", 414, "fewer words"),
       ("a very long one", b"GET /" + b"a" * 50000 + b" HTTP/1.1\r\nHost: x\r\n", b"", 414, "fewer words"),
       ("a bad escape", b"GET /search?theme=%zz HTTP/1.1\r\nHost: x\r\n", b"", 400, "malformed percent-escape"),
       ("another host", b"GET //evil.example/x HTTP/1.1\r\nHost: x\r\n", b"", 404, "nothing here by that name"),
       ("a wrong method", b"POST /search HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n", b"", 405, "GET, HEAD"),
       ("no method", b"BREW / HTTP/1.1\r\nHost: x\r\n", b"", 501, "GET, HEAD"))
def refusals_are_pages(head, body, status, says):
    """For browsers, also where the request was refused before its address was looked at."""
    for accept, kind in ((b"text/html,*/*", "text/html"), (b"*/*", None)):
        answer = shared().raw(head + b"Accept: " + accept + b"\r\nConnection: close\r\n\r\n" + body)
        lines, text = answer.split(b"\r\n\r\n", 1)
        contains(lines.decode(), f"HTTP/1.1 {status} ")
        if kind:
            contains(lines.decode(), f"Content-Type: {kind}")
            for part in ("<h1>", says, "</html>"):
                contains(text.decode(), part)
            equal(text.decode().count("theme=dark"), 0 if head.startswith(b"POST") else 1)
            assert '"//' not in text.decode(), text
        else:
            assert b"text/html" not in lines or head.startswith(FORM), lines


@test
def wrong_credentials():
    wrong = base64.b64encode(b"nobody:wrong").decode()
    answer = page(headers={"Authorization": f"Basic {wrong}"})
    equal((answer.status, answer.headers["Content-Type"]), (401, "text/html; charset=utf-8"))
    contains(answer.body.decode(), "Sign in")


if __name__ == "__main__":
    main()

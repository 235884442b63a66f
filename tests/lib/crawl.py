"""A reader of all pages: follows every link within the site, and notes what a browser would load from elsewhere
without being asked."""
import re
from collections import Counter, deque
from html.parser import HTMLParser
from urllib.parse import quote, urldefrag, urljoin, urlsplit

BROWSER = {"Accept": "text/html,*/*;q=0.8"}
# Of links that differ in names alone, so many are followed.
ALIKE = 40      # unless more are asked for
# Of <link rel=…>: what is named for others, and fetched by no browser on its own.
NAMED = {"canonical", "alternate", "next", "prev", "author", "license", "help"}
LOADING = ("src", "srcset", "poster", "data", "background", "manifest")
SENDING = ("action", "formaction")
IN_STYLE = re.compile(r"""(?:url\(\s*|@import\s+)["']?([^"')\s]+)""")
# A source of a Content-Security-Policy that is no host and no scheme of the network.
LOCAL_SOURCE = re.compile(r"'[^']*'|data:|blob:")
POLICY_SOURCES = re.compile(r"-src|-uri|form-action|frame-ancestors|manifest")


class Page(HTMLParser):
    def __init__(self, body):
        super().__init__()
        self.links, self.loads, self.sends, self.in_style = [], [], [], False
        self.feed(body)

    def handle_starttag(self, tag, attributes):
        found = {name: value or "" for name, value in attributes}
        rel = set(found.get("rel", "").lower().split())
        if tag in ("a", "area") or (tag == "link" and rel & NAMED):
            self.links.append(found.get("href", ""))
        elif "href" in found:
            self.loads.append(found["href"])
        for name in LOADING:
            if name in found:
                self.loads += [part.split()[0] for part in found[name].split(",") if part.strip()] \
                    if name == "srcset" else [found[name]]
        self.sends += [found[name] for name in SENDING if name in found]
        if tag == "meta" and found.get("http-equiv", "").lower() == "refresh":
            self.loads.append(found.get("content", "").partition("=")[2])
        self.loads += IN_STYLE.findall(found.get("style", ""))
        self.in_style = tag == "style"

    def handle_data(self, data):
        if self.in_style:
            self.loads += IN_STYLE.findall(data)


def shape(path):
    """The same for addresses that differ in names of charts, versions and files alone."""
    parts = urlsplit(path)
    words = [word if word.isalpha() else "x" for word in parts.path.split("/")]
    if "theme=" in parts.query:           # the same page in other colours
        return ("theme",)
    return (tuple(words[:2]), len(words), words[-1] if len(words) > 4 else "",
            tuple(sorted(pair.split("=")[0] for pair in parts.query.split("&"))))


def wide_policy(policy):
    """The sources that are other hosts, of a Content-Security-Policy; without one: everything."""
    directives = [line.split() for line in policy.split(";") if line.strip()]
    if "default-src" not in {words[0] for words in directives}:
        return ["everything"]
    return [word for words in directives if POLICY_SOURCES.search(words[0])
            for word in words[1:] if not LOCAL_SOURCE.fullmatch(word)]


class Crawl:
    """answers {path: status}; pages; failed: those of them with an error; loads_of_others {page: addresses};
    policies_that_allow_others {page: sources}."""

    def __init__(self, server, most=1000, alike=ALIKE):
        self.server, self.most, self.alike = server, most, alike
        self.answers, self.pages, self.failed = {}, set(), {}
        self.loads_of_others, self.policies_that_allow_others = {}, {}
        self.waiting, self.shapes = deque(), Counter()
        self.connection = server.connection()

    def follow(self, *paths):
        for path in paths:
            self._add("/", path)
        while self.waiting and len(self.answers) < self.most:
            self._read(self.waiting.popleft())

    def _add(self, base, address):
        there = urlsplit(urljoin(self.server.url + base, urldefrag(address)[0]))
        if f"{there.scheme}://{there.netloc}" != self.server.url:
            return
        path = there.path + (f"?{there.query}" if there.query else "")
        if path in self.answers or self.shapes[shape(path)] >= self.alike:
            return
        self.shapes[shape(path)] += 1
        self.answers[path] = None
        self.waiting.append(path)

    def _read(self, path):
        answer = self.server.get(quote(path, safe="/?&=%+~@:,;!*'()[]$-_.#|"), BROWSER, connection=self.connection)
        self.answers[path] = answer.status
        kind = answer.headers.get("Content-Type", "")
        if answer.status >= 400:
            self.failed[path] = answer.status
        if answer.headers.get("Location"):
            self._add(path, answer.headers["Location"])
        if kind.startswith("text/html"):
            self._read_page(path, answer)
        elif kind.startswith("text/css"):
            self._note_loads(path, IN_STYLE.findall(answer.body.decode()))
        elif kind.startswith("text/javascript"):
            self._note_loads(path, re.findall(r"""["'`](https?://[^"'`]+)""", answer.body.decode()))
        elif path.endswith("sitemap.xml"):
            for found in re.findall(r"<loc>([^<]*)</loc>", answer.body.decode()):
                self._add(path, found)

    def _read_page(self, path, answer):
        self.pages.add(path)
        page = Page(answer.body.decode())
        self._note_loads(path, page.loads)
        self._note_loads(path, page.sends, follow=False)
        wide = wide_policy(answer.headers.get("Content-Security-Policy", ""))
        if wide:
            self.policies_that_allow_others[path] = wide
        for link in page.links:
            self._add(path, link)

    def _note_loads(self, path, addresses, follow=True):
        for address in addresses:
            there = urljoin(self.server.url + path, address)
            if there.startswith("data:") or there.startswith("http://www.w3.org/"):
                continue
            if there.startswith(self.server.url + "/"):
                if follow:
                    self._add(path, address)
            else:
                self.loads_of_others.setdefault(path, []).append(there)

    # ---- the description of the API ----

    def api(self, spec, **parameters):
        """{path: status} of each GET of an OpenAPI text; parameters that are not given are a "1"."""
        found = {}
        for block in re.split(r"\n  (?=/)", spec)[1:]:
            address = block.split(":\n")[0]
            if "\n    get:" not in block:
                continue
            path = re.sub(r"\{(\w+)[?~]*\}", lambda word: quote(parameters.get(word[1], "1"), safe="+"), address)
            found[address] = self.server.get(path, connection=self.connection).status
        return found

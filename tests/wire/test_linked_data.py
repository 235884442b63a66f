#!/usr/bin/env python3
"""What search engines read of a page: JSON that strangers' words cannot leave."""
import functools
import json
from html.parser import HTMLParser

from wire import Server, equal
from harness import main, test
from chart_page import notes, page, publish


# ---- what search engines read ----

HOSTILE = "</script><script>alert(1)</script><!-- \"'\\ \u2028\u2029 & \t"


def linked_data(body):
    class Scripts(HTMLParser):
        found, within = [], False
        scripts = 0

        def handle_starttag(self, tag, attributes):
            self.scripts += tag == "script"
            self.within = tag == "script" and dict(attributes).get("type") == "application/ld+json"

        def handle_data(self, data):
            if self.within:
                self.found = self.found + [data]
                self.within = False
    parser = Scripts()
    parser.feed(body)
    equal((len(parser.found), parser.scripts), (1, 2))
    return parser.found[0]


@functools.cache
def described():
    server = Server(keep=True)
    publish(server, "full", "1.2.3+b", description="What it is", maintainers=[{"name": "Ann"}],
            annotations=notes(license="MIT", maintainers=[{"name": "Bob"}, {"url": "https://x.example"}]))
    publish(server, "bad", description=HOSTILE, maintainers=[{"name": HOSTILE}], annotations=notes(license=HOSTILE))
    return server


@test
def chart_is_linked_data():
    found = json.loads(linked_data(page(described(), "/packages/main/full")))
    origin = f"http://{described().host}:{described().port}"
    created = described().index()["entries"]["full"][0]["created"]
    equal(found.pop("dateModified")[:19], created[:19])
    equal(found, {"@context": "https://schema.org", "@type": "SoftwareApplication", "name": "full",
                  "softwareVersion": "1.2.3+b", "description": "What it is", "license": "MIT",
                  "url": origin + "/packages/main/full", "applicationCategory": "DeveloperApplication",
                  "operatingSystem": "Kubernetes",
                  "author": [{"@type": "Person", "name": "Ann"}, {"@type": "Person", "name": "Bob"}]})


@test
def hostile_words_stay_data():
    text = linked_data(page(described(), "/packages/main/bad"))
    for char in "<>&\u2028\u2029":
        assert char not in text, char
    found = json.loads(text)
    said = " ".join(HOSTILE.split())
    equal([" ".join(one.split()) for one in (found["description"], found["license"], found["author"][0]["name"])],
          [said] * 3)


@test
def site_is_linked_data():
    origin = f"http://{described().host}:{described().port}"
    equal(json.loads(linked_data(page(described(), "/"))), {
        "@context": "https://schema.org", "@type": "WebSite", "name": "Chartlocker", "url": origin + "/",
        "potentialAction": {"@type": "SearchAction", "target": origin + "/search?q={search_term_string}",
                            "query-input": "required name=search_term_string"}})


if __name__ == "__main__":
    main()

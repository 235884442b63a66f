"""The page of a chart as these tests read it, and charts with annotations to publish."""
import json
import re

from wire import equal
from harness import chart
from people import PASSWORD, basic

BROWSER = {"Accept": "text/html"}


def shown(html):
    return " ".join(re.sub(r"<[^>]*>", "", html.replace("<br>", " ")).split())


def root():
    return basic("root", PASSWORD)


def page(server, path, **headers):
    answer = server.get(path, {**BROWSER, **headers})
    equal(answer.status, 200, path)
    return answer.body.decode()


def side(body):
    return body[body.index('<aside class="side"'):]


def section(body, title):
    """From a heading of the facts to the end of its section."""
    at = side(body).index(f"<h2>{title}")
    return side(body)[at:].split("</section>")[0]


def notes(**values):
    return {f"artifacthub.io/{key}": value if isinstance(value, str) else json.dumps(value)
            for key, value in values.items()}


def publish(server, name, version="1.0.0", files=None, repo="", headers=None, **metadata):
    equal(server.publish(chart(name, version, files, **metadata), repo, headers=headers).status, 201, name)

"""A server with a few charts in it, and strict readers of its index."""
import functools
import json

from wire import Server, equal, yaml
from harness import chart, chart_of_size, provenance, settled

SMALL = chart("small", description="a small one")
BIG = chart_of_size(400_000, "big")        # by sendfile
PLUS = chart("plus", "1.0.0+build.7")
TEAM = chart("team", "2.0.0")


@functools.cache
def server():
    running = Server(keep=True)
    for archive, repo in ((SMALL, ""), (BIG, ""), (PLUS, ""), (TEAM, "team-a"),
                          (TEAM, "team-a/stable")):
        equal(running.publish(archive, repo).status, 201)
    equal(running.request("POST", "/api/prov", provenance(SMALL, "small")).status, 201)
    # The date of what came last is told when its second is over.
    assert settled(lambda: running.get("/charts/small-1.0.0.tgz.prov").headers["Last-Modified"])
    return running


def unique(pairs):
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"a key stands twice: {keys}"
    return dict(pairs)


def strict_json(text):
    return json.loads(text, object_pairs_hook=unique)


def strict_yaml(text):
    """As YAML 1.1, where a key that stands twice is an error and nothing but strings is implied."""
    class Loader(yaml.SafeLoader):
        pass
    def mapping(loader, node):
        pairs = [(loader.construct_object(k, True), loader.construct_object(v, True))
                 for k, v in node.value]
        return unique(pairs)
    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    return yaml.load(text, Loader)

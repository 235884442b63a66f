#!/usr/bin/env python3
"""`helm search hub --endpoint URL` of both majors, as a person asks and as a script does."""
import json

import yaml

from helm import EACH, Helm
from harness import Server, contains, equal, main, table
from hub import PASSWORD, PUBLIC, copied, fill, server

OLDEST = "3.12.3"    # does not know --fail-on-no-result


def hub(helm, *words, endpoint=None, **options):
    return helm("search", "hub", "--endpoint", endpoint or server().url, *words, **options)


def found(helm, *words, endpoint=None):
    """{URL: version}"""
    said = json.loads(hub(helm, *words, "-o", "json", endpoint=endpoint))
    return {one["url"]: one["version"] for one in said}


def pages(charts, url=None):
    return {f"{url or server().url}/packages/{repo}/{name}": version
            for (repo, name), version in charts.items()}


def only(*names):
    return {key: version for key, version in PUBLIC.items() if key[1] in names}


@table(*EACH)
def all_charts(version):
    helm = Helm(version)
    equal(found(helm), pages(PUBLIC))
    equal(found(helm, ""), pages(PUBLIC))
    lines = hub(helm).splitlines()
    equal([cell.strip() for cell in lines[0].split("\t")],
          ["URL", "CHART VERSION", "APP VERSION", "DESCRIPTION"])
    equal(len(lines), 1 + len(PUBLIC))


@table(*EACH)
def words(version):
    helm = Helm(version)
    equal(found(helm, "plus"), pages(only("plus")))
    equal(found(helm, "only", "before"), pages(only("edge")))
    [row] = [line for line in hub(helm, "plus").splitlines() if "plus" in line]
    equal([cell.strip() for cell in row.split("\t")],
          [f"{server().url}/packages/team-a~stable/plus", "1.0.0+build.7", "", "More letters"])


@table(*EACH)
def whole_answers(version):
    helm = Helm(version)
    wanted = [{"url": f"{server().url}/packages/main/edge", "version": "0.1.0-beta.1", "app_version": "7",
               "description": "Only before its release",
               "repository": {"url": server().url, "name": "main"}}]
    equal(json.loads(hub(helm, "edge", "-o", "json")), wanted)
    equal(yaml.safe_load(hub(helm, "edge", "-o", "yaml")), wanted)
    equal(json.loads(hub(helm, "zzzqqqxxx", "-o", "json")), [])


@table(*EACH)
def repositories_that_helm_can_add(version):
    helm = Helm(version)
    lines = hub(helm, "plus", "--list-repo-url", "--max-col-width", "0").splitlines()
    equal(lines[0].split("\t")[-1].strip(), "REPO URL")
    url = lines[1].split("\t")[-1].strip()
    equal(url, f"{server().url}/team-a/stable")
    [one] = json.loads(hub(helm, "plus", "--list-repo-url", "-o", "json"))
    equal(one["repository"], {"url": url, "name": "team-a~stable"})
    helm.repository(url, one["repository"]["name"])
    contains(helm.versions(one["repository"]["name"]), ("plus", "1.0.0+build.7"))


@table(*EACH)
def nothing_found(version):
    helm = Helm(version)
    contains(hub(helm, "zzzqqqxxx"), "No results found")
    if version != OLDEST:
        contains(hub(helm, "zzzqqqxxx", "--fail-on-no-result", fails=True), "no results found")


@table(*EACH)
def slashes_in_the_endpoint(version):
    for end in ("/", "//"):
        equal(found(Helm(version), "edge", endpoint=server().url + end), pages(only("edge")))


@table(*EACH)
def below_a_path(version):
    running = Server(args=("--set", "base_path=/hub"))
    fill(running)
    for endpoint in (f"{running.url}/hub", f"{running.url}/hub/"):
        equal(found(Helm(version), "edge", endpoint=endpoint),
              pages(only("edge"), f"{running.url}/hub"))


@table(*EACH)
def who_signs_in_sees_more(version):
    helm = Helm(version)
    place = f"{server().host}:{server().port}"
    private = {f"http://{place}/packages/vault/secret": "1.0.0"}
    user = f"http://root:{PASSWORD.replace(' ', '%20')}@{place}"
    equal(found(helm, "secret"), {})
    equal(found(helm, "secret", endpoint=user), private)
    equal(found(helm, endpoint=user), {**pages(PUBLIC), **private})
    contains(hub(helm, endpoint=f"http://root:wrong@{place}", fails=True), "unable to perform search")


@table(*EACH)
def nobody_reads_without_signing_in(version):
    running = Server(data=copied(), args=("--set", "auth.anonymous_read=false"))
    equal(found(Helm(version), endpoint=running.url), {})
    user = f"http://root:{PASSWORD.replace(' ', '%20')}@{running.host}:{running.port}"
    equal(len(found(Helm(version), endpoint=user)), len(PUBLIC) + 1)


if __name__ == "__main__":
    main()

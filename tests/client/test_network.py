#!/usr/bin/env python3
"""The real helms over TLS, with a client's certificate, below a base path, and with ChartMuseum's login."""
import ssl

from helm import ALL, EACH, NEWEST, Helm
from certificates import authority, client
from harness import Server, chart, contains, equal, main, table, temporary, test
from museum import Museum
from people import basic


def secure(folder, *args):
    certificate, key = authority(folder, "server")
    running = Server(args=("--set", f"tls.cert={certificate}", "--set", f"tls.key={key}", *args),
                     tls=ssl.create_default_context(cafile=str(certificate)), ready=False)
    return running, certificate


@table(*ALL)
def over_tls(version):
    running, certificate = secure(temporary())
    archive = chart("demo")
    equal(running.publish(archive).status, 201)
    helm, out = Helm(version), temporary()
    contains(helm("repo", "add", "local", running.url, fails=True), "certificate")
    helm("repo", "add", "local", running.url, "--ca-file", certificate)
    helm("repo", "update", "local")
    equal(helm.versions(), {("demo", "1.0.0")})
    helm("pull", "local/demo", "--destination", out, "--ca-file", certificate)
    equal((out / "demo-1.0.0.tgz").read_bytes(), archive)


@test
def with_a_clients_certificate():
    folder = temporary()
    authority(folder, "ca")
    cert, key = client(folder, "ci-bot", by="ca")
    running, certificate = secure(folder, "--set", "tls.client_auth=require", "--set",
                                  f"tls.client_ca={folder / 'ca.pem'}")
    helm = Helm(NEWEST)
    contains(helm("repo", "add", "local", running.url, "--ca-file", certificate, fails=True), "403")
    helm("repo", "add", "local", running.url, "--ca-file", certificate, "--cert-file", cert,
         "--key-file", key)


@table(*EACH)
def below_a_base_path(version):
    running = Server(args=("--set", "base_path=/team/charts"))
    archive = chart("demo")
    equal(running.request("POST", "/team/charts/api/charts", archive).status, 201)
    helm, out = Helm(version), temporary()
    helm.repository(f"{running.url}/team/charts")
    helm("pull", "local/demo", "--destination", out)
    equal((out / "demo-1.0.0.tgz").read_bytes(), archive)


@table(*EACH)
def in_chartmuseums_place_with_a_login(version):
    running = Museum(temporary() / "storage", "--basic-auth-user=me", "--basic-auth-pass=pass")
    for repo in ("", "made/later"):
        equal(running.publish(chart(), repo, headers=basic("me", "pass")).status, 201)
    helm, out, login = Helm(version), temporary(), ("--username", "me", "--password", "pass")
    contains(helm("repo", "add", "m", running.url, fails=True), "401")
    helm("repo", "add", "m", running.url, *login)
    contains(helm("search", "repo", "m/"), "demo")
    helm("pull", "m/demo", "--destination", out)
    equal((out / "demo-1.0.0.tgz").read_bytes(), chart())
    helm("repo", "add", "two", f"{running.url}/made/later", *login)


if __name__ == "__main__":
    main()

"""The program's own table of routes, and an address of each row."""
import json

from harness import UnixLink

FILL = {"{file}": "other-9.9.9.tgz", "{name}": "other", "{version}": "9.9.9"}


def over_control(server, method, path, body=None, headers=None):
    link = UnixLink(server.data / "control.sock")
    try:
        return server.request(method, path, body, headers, connection=link)
    finally:
        link.close()


def routes(server):
    """Dicts: pattern, methods, permission, dialect, body, …"""
    return json.loads(over_control(server, "POST", "/control/routes").body)


def methods(row):
    """Without HEAD, which is GET's."""
    return [method for method in row["methods"].split(", ") if method != "HEAD"]


def address(pattern, repo, **other):
    """`other`: what stands for {name}, {version}, {file} and the like instead of what is nowhere."""
    fill = {**FILL, **{f"{{{name}}}": text for name, text in other.items()}}
    for name, value in {**fill, "{repo?}": repo, "{repo}": repo, "{repo~}": repo.replace("/", "~")}.items():
        pattern = pattern.replace(name, value)
    return pattern

"""static/openapi.yaml describes what the program does: every row of the route table, with its
method, summary and kind of error, and nothing that is not there. The rows are read as the compiler
sees them."""
import re

import source
import yaml

FILE = "static/openapi.yaml"
ROW = re.compile(r"\{\s*\.methods\s*=(.*?)(?=\{\s*\.methods\s*=|\{\s*\.pattern\s*=\s*(?:NULL|\())", re.S)
ANSWERS = {"CHARTMUSEUM": "Error", "PROBLEM": "Problem", "PAGE": "Page",
           "MONOCULAR": "MonocularError", "HUB": "HubError"}
METHODS = ("get", "post", "put", "patch", "delete")
REF = "#/components/"


def text_of(row, field):
    """Its string, which may be several in a row."""
    return "".join(re.findall(r'"([^"]*)"', re.search(rf'\.{field}\s*=\s*((?:"[^"]*"\s*)+)', row)[1]))


def routes():
    """{(method, address): (summary, dialect, whether there are dry runs)} of the rows that are not the control
    socket's."""
    text = source.run("cc", *source.FLAGS, "-E", "-P", "server/routes.c").stdout
    found = {}
    for row in ROW.findall(text[text.index("const struct route routes["):]):
        address = text_of(row, "pattern")
        dialect = re.search(r"\.dialect\s*=\s*DIALECT_(\w+)", row)[1]
        for method in re.findall(r"HTTP_(\w+)", row[:row.index(".pattern")]):
            if not address.startswith("/control/"):
                found[method.lower(), address] = (text_of(row, "summary"), dialect, ".dry_run" in row)
    return found


def described(document):
    return {(method, address): operation for address, item in document["paths"].items()
            for method, operation in item.items() if method in METHODS}


def check_routes(document):
    rows, operations = routes(), described(document)
    yield from [] if rows else ["server/routes.c: no rows found; has the table moved?"]
    for key in rows.keys() - operations.keys():
        yield f"{key[0].upper()} {key[1]} is not described"
    for key in operations.keys() - rows.keys():
        yield f"{key[0].upper()} {key[1]} is described, but not in server/routes.c"
    for key in rows.keys() & operations.keys():
        yield from (f"{key[0].upper()} {key[1]}: {problem}"
                    for problem in check_operation(*rows[key], operations[key]))


def check_operation(summary, dialect, dry_run, operation):
    if ({"$ref": f"{REF}parameters/dry_run"} in operation.get("parameters", ())) != dry_run:
        yield "dry_run is described and not in the row, or the other way round"
    if operation.get("summary") != summary:
        yield f'the summary is not "{summary}"'
    if "operationId" not in operation:
        yield "it has no operationId"
    answers = operation["responses"]
    wanted = f"{REF}responses/{ANSWERS[dialect]}"
    if answers.get("default", {}).get("$ref") != wanted:
        yield f"the default answer is not {wanted}"
    for status, answer in answers.items():
        other = answer.get("$ref", wanted).removeprefix(f"{REF}responses/")
        if other in ANSWERS.values() and answer.get("$ref", wanted) != wanted:
            yield f"answer {status} is not {wanted}"


def references(value):
    if isinstance(value, dict):
        yield from [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        value = list(value.values())
    for part in value if isinstance(value, list) else []:
        yield from references(part)


def check_references(document):
    """What is used is there, and what is there is used; the parameters of addresses by their
    names."""
    there = {f"{REF}{kind}/{name}" for kind, parts in document["components"].items()
             for name in parts if kind != "securitySchemes"}
    used = {f"{REF}responses/Renamed", *references(document)}    # the build adds that one
    for address in document["paths"]:
        names = [name.rstrip("?~") for name in re.findall(r"\{([^}]*)\}", address)]
        used |= {f"{REF}parameters/{name}" for name in [*names, *(["team"] if "repo" in names else [])]}
    yield from (f"{ref} is not there" for ref in sorted(used - there))
    yield from (f"{ref} is not used" for ref in sorted(there - used))


def main():
    document = yaml.safe_load(source.text(FILE))
    problems = [*check_routes(document), *check_references(document)]
    source.finish("openapi", [f"{FILE}: {problem}" for problem in problems])


main()

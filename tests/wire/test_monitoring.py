#!/usr/bin/env python3
"""Alert rules and dashboard: they are valid, they fire when they should, and every metric they use
is one that a running server has."""
import json
import re
import subprocess

from wire import demo_server
from harness import TOP, contains, equal, main, need, table, temporary, test

ALERTS = TOP / "deploy/prometheus/alerts.yaml"
DASHBOARD = TOP / "deploy/grafana/chartlocker.json"
MANUAL = TOP / "server/README.md"
TESTED = TOP / "tests/wire/alerts_test.yaml", TOP / "tests/wire/alerts_days_test.yaml"
METRIC = re.compile(r"\bchartlocker_\w+")


def has():
    """The metrics of a server, with their labels."""
    text = demo_server().get("/metrics").body.decode()
    return {name: set() for name in re.findall(r"^# TYPE (\S+) ", text, re.M)} | {
        name: set(re.findall(r'(\w+)="', labels))
        for name, labels in re.findall(r"^([a-z_]+)\{([^}]*)\} ", text, re.M)}


def promtool(*arguments):
    done = subprocess.run([need("promtool"), *map(str, arguments)], capture_output=True, text=True,
                          timeout=300, check=False)
    equal(done.returncode, 0, done.stdout + done.stderr)
    return done.stdout


def expressions():
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", ())]


@test
def alerts_are_valid():
    promtool("check", "rules", "--lint=all", "--lint-fatal", ALERTS)


@test
def alerts_fire_when_they_should():
    promtool("test", "rules", *TESTED)


@test
def every_alert_is_tested():
    names = set(re.findall(r"- alert: (\w+)", ALERTS.read_text()))
    tested = "".join(file.read_text() for file in TESTED)
    equal({name for name in names if f'alertname="{name}"' not in tested}, set())


@test
def every_alert_says_what_to_do():
    text = ALERTS.read_text()
    equal(text.count("- alert: "), text.count("runbook: >-"))
    sections = set(re.findall(r"^## (.+)$", MANUAL.read_text(), re.M))
    named = set(re.findall(r'See "([^"]+)"', " ".join(text.split())))
    assert named, "no section is named"
    equal(named - sections, set(), "sections that server/README.md does not have")


@table(("alerts", lambda: ALERTS.read_text()), ("dashboard", lambda: "\n".join(expressions())))
def only_metrics_that_exist(text):
    used = set(METRIC.findall(text()))
    assert len(used) > 5, used
    equal(used - set(has()), set())


@test
def only_labels_that_exist():
    """`by (…)`, selectors and legends; what a scrape adds counts too."""
    scraped = {"instance", "job"}
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", ()):
            known = scraped.union(*(has()[name] for name in METRIC.findall(target["expr"])))
            used = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            used |= set(re.findall(r'(\w+)=~?"', target["expr"]))
            used |= {word for words in re.findall(r"by \(([^)]*)\)", target["expr"])
                     for word in words.split(", ")}
            equal(used - known, set(), panel["title"])


@test
def dashboard_expressions_are_valid():
    """As rules, which is what promtool can judge; Grafana's variables become what they stand for."""
    lines = ["groups:", "- name: dashboard", "  rules:"]
    for number, text in enumerate(expressions()):
        text = text.replace("$__rate_interval", "5m").replace("$instance", ".*")
        lines += [f"  - record: panel:{number}", f"    expr: {json.dumps(text)}"]
    rules = temporary() / "rules.yaml"
    rules.write_text("\n".join(lines) + "\n")
    contains(promtool("check", "rules", "--lint=none", rules), f"{len(expressions())} rules found")


@test
def the_dashboard_can_be_imported():
    """Panels do not overlap and have identities; the data source is asked for."""
    dashboard = json.loads(DASHBOARD.read_text())
    contains([v["type"] for v in dashboard["templating"]["list"]], "datasource")
    ids = [panel["id"] for panel in dashboard["panels"]]
    equal(len(ids), len(set(ids)))
    taken = set()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                 for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells


if __name__ == "__main__":
    main()

"""The dashboard and the alert rules that ship ask for metrics, labels and values that exist."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from backend.app import METRICS, create_app
from backend.attack_log import KINDS
from backend.figures.intake import OUTCOMES as BATCH_OUTCOMES
from backend.metrics import Metrics
from backend.settings import Settings
from backend.ws.departures import REASONS
from pylib.protocol import figures
from tests.support.import_graph import TOP

FOLDER = TOP / "docs" / "operations"
ALERTS = FOLDER / "alerts.yml"
DASHBOARD = json.loads((FOLDER / "grafana-dashboard.json").read_text("utf-8"))
PROMTOOL = shutil.which("promtool")

NAME = re.compile(r"\b(?:lectern|process)_[a-z_]+\b")
SELECTOR = re.compile(r"\b((?:lectern|process)_[a-z_]+)\{([^}]*)\}")
MATCHER = re.compile(r'(\w+)=~?"([^"]*)"')
GROUPING = re.compile(r"\b(?:by|without|ignoring|on) ?\(([^)]*)\)")

BY_PROMETHEUS = {"instance", "job", "le"}
VALUES = {
    "action": set(figures.ACTIONS),
    "outcome": {*figures.OUTCOMES, *BATCH_OUTCOMES, "accepted", "refused"},
    "mode": set(figures.MODES),
    "reached": {"created", "live"},
    "reason": REASONS,
    "kind": set(KINDS),
    "status": {"500"},
}


def dashboard_expressions() -> list[str]:
    return [
        target["expr"].replace("$__rate_interval", "5m")
        for panel in DASHBOARD["panels"]
        for target in panel.get("targets", ())
    ]


def alert_expressions() -> list[str]:
    """The rules' expressions; a file as plain as this one needs no YAML library."""
    rules = ALERTS.read_text("utf-8").split("- alert: ")[1:]
    return [re.findall(r"expr:(.*?)\n        (?:for|labels):", rule, re.DOTALL)[0] for rule in rules]


@pytest.fixture
def metrics(tmp_path: Path) -> Metrics:
    return create_app(Settings(data_dir=tmp_path))[METRICS]


def labels_of(metrics: Metrics) -> dict[str, set[str]]:
    """Every series' name that a server can have, with its labels."""
    samples = (sample for family in metrics.registry.collect() for sample in family.samples)
    found = {sample.name: set(sample.labels) for sample in samples}
    known = {**metrics.registry._collector_to_names, **metrics.gauges._collector_to_names}
    for collector, names in known.items():
        labels = set(getattr(collector, "_labelnames", ()) or getattr(collector, "_labels", ()))
        found |= dict.fromkeys(names, labels)
    return found


def test_everything_that_is_asked_for_exists(metrics: Metrics) -> None:
    labels = labels_of(metrics)
    asked = [*dashboard_expressions(), *alert_expressions()]
    assert len(asked) > 50
    for expression in asked:
        names = NAME.findall(expression)
        assert names, expression
        assert set(names) <= labels.keys(), expression
        known = set().union(*(labels[name] for name in names)) | BY_PROMETHEUS
        for group in GROUPING.findall(expression):
            assert {label.strip() for label in group.split(",")} <= known, expression
        for name, selector in SELECTOR.findall(expression):
            for label, values in MATCHER.findall(selector):
                assert label in labels[name] | BY_PROMETHEUS, expression
                assert label in BY_PROMETHEUS or set(values.split("|")) <= VALUES[label], expression


def test_everything_of_ours_is_on_the_dashboard(metrics: Metrics) -> None:
    shown = " ".join(dashboard_expressions())
    ends = ("_total", "_bucket")
    counted = {name for name in labels_of(metrics) if name.startswith("lectern_") and name.endswith(ends)}
    assert len(counted) >= 25
    assert {name for name in counted if name not in shown} == set()


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert taken.isdisjoint(cells), panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian: prometheus) is not installed")


def promtool(*arguments: str, text: str = "") -> str:
    """What it complains of; empty when nothing."""
    assert PROMTOOL is not None
    done = subprocess.run(
        [PROMTOOL, *arguments], input=text, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stderr if done.returncode or done.stderr else ""


@needs_promtool
def test_promtool_where_installed_takes_the_alert_rules() -> None:
    assert promtool("check", "rules", str(ALERTS)) == ""


@needs_promtool
def test_promtool_where_installed_takes_the_dashboards_expressions(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": expression}
        for number, expression in enumerate(dashboard_expressions())
    ]
    file = tmp_path / "panels.yml"
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    assert promtool("check", "rules", str(file)) == ""


@needs_promtool
def test_promtool_where_installed_finds_nothing_to_say_of_the_metrics(metrics: Metrics) -> None:
    """Names, units and help texts; each metric has at least one series."""
    for counter in (*vars(metrics).values(), *vars(metrics.pages).values()):
        if getattr(counter, "_labelnames", None):
            counter.labels(*("x" for _ in counter._labelnames))
    text = metrics.render().decode()
    assert "lectern_first_start_seconds_bucket" in text
    assert promtool("check", "metrics", text=text) == ""

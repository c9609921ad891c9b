import asyncio
import re
import socket
import threading
import tomllib

import pytest
from prometheus_client import Counter, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from backend.figures.histogram import BUCKETS
from backend.metrics import Metrics
from tests.support.import_graph import TOP


def test_answers_are_counted_by_route_method_and_status() -> None:
    metrics = Metrics()
    for status in (201, 201, 429):
        metrics.count_request("/sessions", "POST", status, 0.004)
    asked = {"route": "/sessions", "method": "POST"}
    assert series(metrics, "lectern_http_requests_total", **asked, status="201") == 2
    assert series(metrics, "lectern_http_requests_total", **asked, status="429") == 1
    assert series(metrics, "lectern_http_request_seconds_count", **asked) == 3
    assert series(metrics, "lectern_http_request_seconds_sum", **asked) == pytest.approx(0.012)


@pytest.mark.parametrize(
    ("seconds", "first"), [(0.0, "0.001"), (0.0011, "0.0012"), (99.0, "100.0"), (101.0, "+Inf")]
)
def test_a_duration_falls_into_its_bucket_and_all_wider_ones(seconds: float, first: str) -> None:
    metrics = Metrics()
    metrics.count_creation("http", seconds)
    buckets = {
        labels["le"]: value
        for name, labels, value in scraped(metrics)
        if name == "lectern_session_creation_seconds_bucket"
    }
    assert len(buckets) == BUCKETS
    assert [le for le, count in buckets.items() if count] == [
        le for le in buckets if float(le) >= float(first)
    ]


def test_servers_of_one_process_count_each_for_itself() -> None:
    one, other = Metrics(), Metrics()
    one.frames_out.inc(500)
    assert series(one, "lectern_audio_frames_sent_total") == 500
    assert series(other, "lectern_audio_frames_sent_total") == 0


def test_gauges_are_read_at_each_scrape() -> None:
    people: dict[tuple[str, ...], float] = {("speaker",): 1.0, ("listener",): 2.0}
    metrics = Metrics()
    metrics.add_gauge("lectern_connected", "People.", ("role",), lambda: people)
    assert series(metrics, "lectern_connected", role="listener") == 2
    people["listener",] = 3.0
    assert series(metrics, "lectern_connected", role="listener") == 3


async def test_talks_do_not_wait_for_hundreds_of_series() -> None:
    """Seen: 40 ms on a busy server. What is looked up belongs to the event loop, and is little."""
    metrics, threads = Metrics(), dict[str, int]()

    class Counted(Collector):
        def collect(self) -> list[Metric]:
            threads["counted"] = threading.get_ident()
            return []

    def look_up() -> dict[tuple[str, ...], float]:
        threads["looked up"] = threading.get_ident()
        return {(): 7.0}

    metrics.registry.register(Counted())
    metrics.add_gauge("lectern_looked_up", "Looked up.", (), look_up)
    threads.clear()
    assert b"\nlectern_looked_up 7.0\n" in await metrics.render_aside()
    assert threads["looked up"] == threading.get_ident() != threads["counted"]


def test_no_series_tells_when_it_was_created() -> None:
    metrics = Metrics()
    metrics.errors.labels("http", "NOT_FOUND").inc()
    assert not [name for name, _, _ in scraped(metrics) if name.endswith("_created")]


async def test_the_process_tells_its_memory_its_open_files_and_its_tasks() -> None:
    metrics = Metrics()
    assert series(metrics, "process_resident_memory_bytes") > 1e6
    files, tasks = series(metrics, "process_open_fds"), series(metrics, "lectern_tasks")
    waiting = asyncio.create_task(asyncio.Event().wait())
    with socket.socket():
        assert series(metrics, "process_open_fds") == files + 1
    assert series(metrics, "lectern_tasks") == tasks + 1
    waiting.cancel()


def test_without_a_loop_there_are_no_tasks_to_count() -> None:
    assert "lectern_tasks" not in {name for name, _, _ in scraped(Metrics())}


def scraped(metrics: Metrics) -> list[tuple[str, dict[str, str], float]]:
    """Name, labels and value of every series, as a Prometheus server reads them."""
    families = text_string_to_metric_families(metrics.render().decode())
    return [(one.name, one.labels, one.value) for family in families for one in family.samples]


def series(metrics: Metrics, name: str, **labels: str) -> float:
    [value] = [value for found, marks, value in scraped(metrics) if (found, marks) == (name, labels)]
    return value


def test_every_counter_and_histogram_is_counted_somewhere() -> None:
    files = [file for file in (TOP / "backend").rglob("*.py") if file.parent.name != "metrics"]
    code = "\n".join(file.read_text() for file in files)
    counted_inside = {"requests", "request_seconds", "creations", "creation_seconds"}
    metrics = _names(Metrics()) - counted_inside
    assert len(metrics) >= 10
    assert {name for name in metrics if not re.search(rf"metrics\.{name}\b", code)} == set()
    assert {name for name in _names(Metrics().pages) if not re.search(rf"pages\.{name}\b", code)} == set()
    assert "metrics.count_request(" in code
    assert code.count("metrics.count_creation(") == 2


def _names(counts: object) -> set[str]:
    return {name for name, metric in vars(counts).items() if isinstance(metric, (Counter, Histogram))}


def test_the_version_is_that_of_the_program() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
    assert series(Metrics(), "lectern_build_info", version=project["version"]) == 1

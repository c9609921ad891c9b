import asyncio
import socket

from backend.metrics import Metrics


def test_counters_gauges_and_histograms_read_as_prometheus_text() -> None:
    metrics = Metrics()
    metrics.requests.add("/sessions", "POST", "201")
    metrics.requests.add("/sessions", "POST", "201")
    metrics.errors.add("http", 'odd"\\\n')
    metrics.frames_out.add(count=1_234_567)
    metrics.request_seconds.observe(0.004, "/sessions", "POST")
    metrics.request_seconds.observe(99, "/sessions", "POST")
    metrics.add_gauge(
        "lectern_connected", "People.", ("role",), lambda: {("speaker",): 2, ("listener",): 0.5}
    )
    lines = metrics.render().splitlines()
    assert 'lectern_http_requests_total{route="/sessions",method="POST",status="201"} 2' in lines
    assert 'lectern_errors_total{transport="http",code="odd\\"\\\\\\n"} 1' in lines
    assert "lectern_audio_frames_sent_total 1234567" in lines
    assert "lectern_audio_frames_received_total 0" in lines
    assert 'lectern_http_request_seconds_bucket{route="/sessions",method="POST",le="0.0025"} 0' in lines
    assert 'lectern_http_request_seconds_bucket{route="/sessions",method="POST",le="0.005"} 1' in lines
    assert 'lectern_http_request_seconds_bucket{route="/sessions",method="POST",le="10.0"} 1' in lines
    assert 'lectern_http_request_seconds_bucket{route="/sessions",method="POST",le="+Inf"} 2' in lines
    assert 'lectern_http_request_seconds_count{route="/sessions",method="POST"} 2' in lines
    assert 'lectern_connected{role="speaker"} 2' in lines
    assert 'lectern_connected{role="listener"} 0.5' in lines
    assert metrics.requests.value("/sessions", "POST", "201") == 2


def test_every_metric_is_explained() -> None:
    lines = Metrics().render().splitlines()
    helped = [line.split()[2] for line in lines if line.startswith("# HELP")]
    typed = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert helped == typed
    assert len(set(helped)) == len(helped)


async def test_the_process_tells_its_memory_its_open_files_and_its_tasks() -> None:
    metrics = Metrics()
    before = process_figures(metrics)
    assert before["process_resident_memory_bytes"] > 1e6
    waiting = asyncio.create_task(asyncio.Event().wait())
    with socket.socket():
        after = process_figures(metrics)
    assert after["process_open_fds"] == before["process_open_fds"] + 1
    assert after["lectern_tasks"] == before["lectern_tasks"] + 1
    waiting.cancel()


def test_without_a_loop_there_are_no_tasks_to_count() -> None:
    assert "lectern_tasks" not in process_figures(Metrics())


def process_figures(metrics: Metrics) -> dict[str, float]:
    lines = metrics.render().splitlines()
    return {
        name: float(value)
        for name, value in (line.split() for line in lines if line[0] != "#" and "{" not in line)
    }

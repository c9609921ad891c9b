from typing import cast

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from backend.http.operations_api import METRICS_KEPT_S, OperationsApi
from backend.metrics import Metrics
from backend.service import SessionService
from tests.support.server_clock import ServerClock


async def test_metrics_that_are_asked_for_all_the_time_are_written_now_and_then() -> None:
    """Seen: ten connections that asked for nothing else made sound 265 ms late."""
    clock, metrics = ServerClock(), Metrics()
    api = OperationsApi(cast(SessionService, None), metrics, "", clock)

    async def shown() -> bytes:
        answer = await api._show_metrics(make_mocked_request("GET", "/metrics"))
        assert isinstance(answer, web.Response)
        assert isinstance(answer.body, bytes)
        return answer.body

    first = await shown()
    metrics.attacks.labels("http-flood").inc()
    assert await shown() == first
    await clock.advance(METRICS_KEPT_S)
    assert b'lectern_attacks_total{kind="http-flood"} 1.0' in await shown()

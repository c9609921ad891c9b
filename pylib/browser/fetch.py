"""HttpTransport, by fetch with an AbortController."""

import asyncio
from typing import Any

import js

from pylib.browser.bridge import Callbacks, JsException, js_object
from pylib.errors import NetworkError, RequestTimeout
from pylib.ports import HttpRequest, HttpResponse

MAX_BODY_CHARACTERS = 1_000_000
"""Answers are cut here. Those of our server are far shorter; a longer one comes from another server."""


OMIT = "omit"
SAME_ORIGIN = "same-origin"
"""Credentials that the browser adds: none, or to requests of its own origin those that were given there."""


class FetchTransport:
    """Sends requests by `fetch`, without the browser's cache; `credentials` is OMIT or SAME_ORIGIN."""

    def __init__(self, credentials: str = OMIT) -> None:
        self._credentials = credentials

    async def send(self, request: HttpRequest) -> HttpResponse:
        """See HttpTransport.send."""
        abort = js.AbortController.new()
        timer = js.setTimeout(abort.abort.bind(abort), int(request.timeout_s * 1000))
        callbacks = Callbacks()
        try:
            response = await js.fetch(request.url, _options(request, abort.signal, self._credentials))
            headers = _headers(response, callbacks)
            body = await response.text()
        except asyncio.CancelledError:
            abort.abort()
            raise
        except JsException:
            if abort.signal.aborted:
                raise RequestTimeout("This site took too long to answer. Please try again.")
            raise NetworkError("This site cannot be reached. Please check your connection and try again.")
        finally:
            js.clearTimeout(timer)
            callbacks.release()
        return HttpResponse(int(response.status), headers, str(body)[:MAX_BODY_CHARACTERS])


def _options(request: HttpRequest, signal: Any, credentials: str) -> Any:
    headers = js.Object.new()
    for name, value in request.headers.items():
        js.Reflect.set(headers, name, value)
    options = js_object(
        method=request.method, headers=headers, signal=signal, cache="no-store", credentials=credentials
    )
    if request.body:
        options.body = request.body
    return options


def _headers(response: Any, callbacks: Callbacks) -> dict[str, str]:
    headers: dict[str, str] = {}

    def note(value: str, name: str, *_rest: Any) -> None:
        headers[str(name).lower()] = str(value)

    response.headers.forEach(callbacks.lend(note))
    return headers

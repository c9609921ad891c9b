"""The HTTP requests of one user action: url, body, and the ids by which logs trace them.

Portable: runs on MicroPython.
"""

from typing import Any, Callable

from pylib.ports import HttpRequest

_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


def percent_encode(text: str) -> str:
    """A text as one path segment or query value (RFC 3986, section 2)."""
    encoded = ""
    for byte in text.encode("utf-8", "replace"):
        encoded += chr(byte) if chr(byte) in _UNRESERVED else f"%{byte:02X}"
    return encoded


class ApiCall:
    """One user action. Each try is a request of its own under one correlation id and one trace.

    `new_id` makes a UUID's text. `needs_token` says whether the server wants an id token. An `older` server
    lets pages of other origins send two headers, Content-Type and Authorization, and no other.
    """

    def __init__(
        self,
        method: str,
        url: str,
        new_id: Callable[[], str],
        *,
        body: str = "",
        correlation_id: str = "",
        needs_token: bool = True,
        headers: "dict[str, str] | None" = None,
        older: bool = False,
    ) -> None:
        self.method = method
        self.url = url
        self.needs_token = needs_token
        self.correlation_id = correlation_id or new_id()
        self.request_id = ""
        self.lost_answers = 0
        self._new_id = new_id
        self._body = body
        self._trace_id = new_id().replace("-", "")
        self._headers = headers or {}
        self._older = older

    def request(self, token: str, timeout_s: float) -> HttpRequest:
        """The next request of this call, with a request id of its own."""
        self.request_id = self._new_id()
        headers: dict[str, str] = {} if self._older else self._traced()
        if self._body:
            headers["Content-Type"] = "application/json"
        if token:
            headers["Authorization"] = "Bearer " + token
        return HttpRequest(self.method, self.url, headers, self._body, timeout_s)

    def _traced(self) -> dict[str, str]:
        """The headers of this call, and the ids by which a server's log finds it."""
        headers = dict(self._headers)
        headers["Accept"] = "application/json"
        headers["X-Request-ID"] = self.request_id
        headers["X-Correlation-ID"] = self.correlation_id
        # W3C Trace Context: version, trace, this request's span, "sampled".
        headers["traceparent"] = "-".join(("00", self._trace_id, self._new_id().replace("-", "")[:16], "01"))
        return headers


def query(parameters: "dict[str, Any]") -> str:
    """`?a=1&b=2` of the parameters that are not empty."""
    pairs = [name + "=" + percent_encode(str(value)) for name, value in parameters.items() if value != ""]
    return "?" + "&".join(pairs) if pairs else ""

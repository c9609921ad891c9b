"""What is refused as an attack is counted by kind and logged; the log writes a line a minute of each kind."""

import logging

from backend.metrics import Metrics

ENCODED_BODY = "encoded-body"
SLOW_REQUEST = "slow-request"
MALFORMED_HTTP = "malformed-http"
TOO_MANY_SOCKETS = "too-many-sockets"
GUESSED_CODES = "guessed-codes"
MESSAGE_FLOOD = "message-flood"
REQUEST_FLOOD = "request-flood"
HTTP_FLOOD = "http-flood"
PLACES_TAKEN = "places-taken"
FOREIGN_PAGE = "foreign-page"
NO_OPERATOR = "no-operator"
MALFORMED_FIGURES = "malformed-figures"

KINDS = {
    ENCODED_BODY: "compressed bodies are refused",
    SLOW_REQUEST: "requests that arrive too slowly are given up",
    MALFORMED_HTTP: "requests that are no HTTP are refused",
    TOO_MANY_SOCKETS: "connections that are in no room give way",
    GUESSED_CODES: "wrong session codes are refused for a while",
    MESSAGE_FLOOD: "connections that send too much are closed",
    REQUEST_FLOOD: "requests that come too fast are refused",
    # Not always an attack: behind a proxy that changes the Host header, the site's own pages are foreign.
    FOREIGN_PAGE: "pages of other sites are refused; if they are yours, pass on Host or name their --origin",
    HTTP_FLOOD: "an address asks so much over HTTP that it waits for its turns",
    NO_OPERATOR: "wrong tokens and foreign names are refused where operators look",
    MALFORMED_FIGURES: "figures that no page of ours would send are left out",
    PLACES_TAKEN: "listeners who play nothing give way in a full session",
}
"""Each kind, and what the server does about it."""

log = logging.getLogger("lectern.attacks")


class AttackLog:
    """Counts attacks by kind, and logs them."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def note(self, kind: str, address: str = "") -> None:
        """Something of a kind in `KINDS` came, from this address where it is known."""
        self._metrics.attacks.labels(kind).inc()
        log.warning(KINDS[kind], extra={"kind": kind})
        # An address was parsed as one before it came here: no other text of a request is logged.
        log.debug("an attack came from this address", extra={"kind": kind, "address": address})

"""The listeners, as the server counts them."""

from speaker.model import Audience
from speaker.talk.audience import audience_of


def test_the_audience_is_what_the_server_says() -> None:
    hearing = {"audible": 3, "blocked": 1, "medianEarDelayMs": 90}
    status = {"listenerCount": 4, "hearing": hearing, "languageDistribution": {"es": 1, "de": 3}}
    assert audience_of(status) == Audience(4, 3, 100, (("de", 3), ("es", 1)))


def test_while_nobody_hears_there_is_no_delay() -> None:
    assert audience_of({"listenerCount": 5}) == Audience(5, 0, None, counts_hearing=False)

"""Portable: dates of HTTP headers."""

from pylib.session.responses import http_date_ms


def test_dates_are_read_in_every_kind_of_year_and_month() -> None:
    for text, seconds in (
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784111777),
        ("Tue, 29 Feb 2000 23:59:59 GMT", 951868799),
        ("Wed, 01 Mar 2000 00:00:00 GMT", 951868800),
        ("Wed, 31 Jan 2024 12:00:00 GMT", 1706702400),
        ("Thu, 29 Feb 2024 12:00:00 GMT", 1709208000),
        ("Tue, 31 Dec 2024 23:59:59 GMT", 1735689599),
        ("Mon, 01 Mar 2100 00:00:00 GMT", 4107542400),
    ):
        assert http_date_ms(text) == seconds * 1000.0, text


def test_what_is_no_date_is_none() -> None:
    for text in (
        "",
        "now",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37",
    ):
        assert http_date_ms(text) is None, text

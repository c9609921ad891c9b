"""Numbers as people read them, with their units. Portable."""

import time

NONE = "\u2013"
"""What is not known."""

MINUS = "\u2212"
DURATIONS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def count(value: float) -> str:
    """A whole number, its digits in threes: 12,345."""
    digits = str(int(value))
    parts: list[str] = []
    while len(digits) > 3:
        parts.insert(0, digits[-3:])
        digits = digits[:-3]
    return ",".join([digits] + parts)


def decimal(value: float, places: int = 1) -> str:
    """With a true minus, and without one before zero."""
    text = ("{:." + str(places) + "f}").format(abs(value))
    return MINUS + text if value < 0 and float(text) != 0 else text


def share(value: "float | None") -> str:
    """0.982 as 98.2 %. What is not quite all is never rounded up to all, nor down to none."""
    if value is None:
        return NONE
    if 0.9995 <= value < 1:
        return "over 99.9 %"
    if 0 < value < 0.0005:
        return "under 0.1 %"
    percent = value * 100
    return (str(round(percent)) if abs(percent - round(percent)) < 1e-9 else decimal(percent)) + " %"


def points(value: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    text = decimal(value * 100)
    return "+" + text if value > 0 and text != "0.0" else text


def seconds(value: "float | None") -> str:
    """Milliseconds below one second."""
    if value is None:
        return NONE
    if value < 0.9995:
        milliseconds = value * 1000
        return (str(round(milliseconds)) if milliseconds >= 10 else plain(milliseconds)) + " ms"
    return (decimal(value, 2) if value < 9.995 else decimal(value)) + " s"


def plain(value: float) -> str:
    """As few digits as it takes: 0.5, 2, 20."""
    return str(int(value)) if value == int(value) else decimal(value)


def tick_seconds(value: float) -> str:
    """A round time on an axis: 200 ms, 5 s."""
    return plain(value) + " s" if value >= 0.9995 else plain(round(value * 1000, 1)) + " ms"


def megabytes(value: float) -> str:
    """Bytes in MB of a million bytes."""
    return count(round(value / 1_000_000)) + " MB"


def duration(value_s: float) -> str:
    """The two largest units: 3 days 4 hours."""
    rest = int(value_s)
    parts: list[tuple[int, str]] = []
    for size, name in DURATIONS:
        amount, rest = rest // size, rest % size
        if amount or (parts and len(parts) < 2):
            parts.append((amount, name))
    shown = [_amount(amount, name) for amount, name in parts[:2] if amount]
    return " ".join(shown) if shown else "0 seconds"


def utc(at_ms: float) -> str:
    """Date and time of a moment in milliseconds since the Unix epoch."""
    moment = time.gmtime(int(at_ms // 1000))
    return str(moment[0]) + "-" + day_time(at_ms) + ":" + _two(moment[5]) + " UTC"


def day_time(at_ms: float) -> str:
    """Day and time, without year and seconds: 11-30 23:40."""
    _, month, day, hour, minute = time.gmtime(int(at_ms // 1000))[:5]
    return _two(month) + "-" + _two(day) + " " + _two(hour) + ":" + _two(minute)


def _amount(amount: int, name: str) -> str:
    return str(amount) + " " + name + ("" if amount == 1 else "s")


def _two(value: int) -> str:
    return ("0" + str(value))[-2:]

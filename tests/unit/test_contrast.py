"""The colours of the stylesheets: WCAG 2.2 AA, 4.5 to 1 for text and 3 to 1 for controls, light and dark."""

import re
from itertools import chain

import pytest

from tests.support.import_graph import TOP

ROOMS = ("assets", "speaker", "listener", "backend/status_page")
TEXT = 4.5
CONTROL = 3.0
DARK = "@media (prefers-color-scheme: dark)"
ROOT = re.compile(r":root\s*{([^}]*)}")
TOKEN = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6});")

PAIRS = [
    ("ink", "ground", TEXT),
    ("quiet", "ground", TEXT),
    ("accent", "ground", TEXT),
    ("on-accent", "accent", TEXT),
    ("alert-ink", "alert-ground", TEXT),
    ("good", "ground", TEXT),
    ("warn-ink", "warn-ground", TEXT),
    ("air-ink", "air-ground", TEXT),
    ("rest-ink", "rest-ground", TEXT),
    ("second", "ground", TEXT),
    ("line", "ground", CONTROL),
    ("good", "faint", CONTROL),
    ("warn", "faint", CONTROL),
]
"""What stands on what, as the stylesheets use it."""


def tokens() -> dict[str, dict[str, str]]:
    """Both schemes; what the dark one does not name is as in the light one."""
    light: dict[str, str] = {}
    dark: dict[str, str] = {}
    for sheet in chain.from_iterable(sorted((TOP / room).glob("*.css")) for room in ROOMS):
        before, _, after = sheet.read_text().partition(DARK)
        for found, text in ((light, before), (dark, after)):
            for block in ROOT.findall(text):
                found.update(TOKEN.findall(block))
    return {"light": light, "dark": {**light, **dark}}


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, 0 to 1 (WCAG 2.2, definitions)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Of two colours, 1 to 21 (WCAG 2.2, definitions)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_contrast_of_known_colours_is_what_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_people_can_tell_one_colour_from_the_other(front: str, back: str, least: float, scheme: str) -> None:
    colours = tokens()[scheme]
    assert contrast(colours[front], colours[back]) >= least


def test_every_colour_of_the_stylesheets_is_judged() -> None:
    assert set(tokens()["light"]) == set(chain.from_iterable(pair[:2] for pair in PAIRS))

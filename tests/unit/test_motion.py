"""Nothing moves for people who asked for less motion (WCAG 2.2, 2.3.3)."""

import re
from pathlib import Path

import pytest

from tests.support.import_graph import TOP

ROOMS = ("assets", "speaker", "listener", "backend/status_page")
SHEETS = sorted(sheet for room in ROOMS for sheet in (TOP / room).glob("*.css"))
WANTED = "@media (prefers-reduced-motion: no-preference)"
MOVES = re.compile(
    r"\b(animation|transition|scroll-behavior)(-[a-z]+)?\s*:(?! (none|[a-z-]+ 0s [\d.]+s forwards);)"
)
"""An animation that takes no time moves nothing: it waits, and then the end is there."""


def moves_always(css: str) -> bool:
    """Whether something moves outside the blocks for people who did not ask for less."""
    for block in css.split(WANTED)[1:]:
        css = css.replace(WANTED + block[: end_of_block(block)], "")
    return MOVES.search(css) is not None


def end_of_block(text: str) -> int:
    """Where the block that begins with the first brace ends."""
    depth = 0
    for at, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if depth == 0 and character == "}":
            return at + 1
    raise AssertionError("a block has no end")


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.relative_to(TOP).as_posix())
def test_what_moves_moves_only_where_motion_is_welcome(sheet: Path) -> None:
    assert not moves_always(sheet.read_text())


def test_the_rule_would_notice() -> None:
    assert moves_always("button { transition: color 1s; }")
    assert moves_always(f"{WANTED} {{ a {{ color: red; }} }} b {{ animation: x 1s; }}")
    assert moves_always("b { animation: x 1s 15s forwards; }")
    assert not moves_always("b { animation: x 0s 15s forwards; }")
    assert not moves_always(f"{WANTED} {{ b {{ animation: x 1s; }} }} a {{ color: red; }}")

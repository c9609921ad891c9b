"""Session ids a person can read out: adjective-noun-427."""

import re
import secrets
from collections.abc import Mapping
from typing import Any

from coolname.data import config

_UNFIT = frozenset(
    re.findall(
        r"\w+",
        """
        bald chubby crazy curvy demonic fat gay girlish hairy illegal kickass macho naughty sexy skinny
        anger ape atheism attack boobook booby domination feminism fury leech opposition pig rat slug swine
        """,
    )
)
"""Words one would rather not see on a slide in front of a school or a congregation."""


_LISTS: Mapping[str, Any] = config


def _words(*names: str) -> tuple[str, ...]:
    return tuple(sorted({word for name in names for word in _LISTS[name]["words"]} - _UNFIT))


ADJECTIVES = _words(
    "adjective", "adjective_near", "adjective_first", "noun_adjective", "of_modifier", "prefix", "size"
)
NOUNS = _words("animal", "animal_breed", "animal_legendary", "of_noun", "of_noun_no_mod")


def draw_session_id() -> str:
    """A random id with at least 29 bits; whether it is still free only the database knows."""
    return f"{secrets.choice(ADJECTIVES)}-{secrets.choice(NOUNS)}-{secrets.randbelow(1000):03d}"

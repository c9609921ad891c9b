"""Session ids a person can read out and type with a thumb: silver-otter-427."""

import secrets

from backend.sessions import words

NOUNS = words.NOUNS
ADJECTIVES = words.ADJECTIVES + NOUNS
"""What may stand first; also nouns, as in lantern-river: calm adjectives alone are too few for 29 bits."""


def draw_session_id() -> str:
    """A random id with at least 29 bits; whether it is still free only the database knows."""
    first = secrets.choice(ADJECTIVES)
    second = secrets.choice([noun for noun in NOUNS if noun != first])
    return f"{first}-{second}-{secrets.randbelow(1000):03d}"

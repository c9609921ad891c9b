"""Codes as people type them, and the nearest of those that this browser has found before. Portable."""

DIGIT_ZEROS = (0x660, 0x6F0, 0x966, 0xFF10)
"""The zeros of Arabic, Persian, Hindi and full-width digits in Unicode; nine digits follow each."""

MAX_MISTAKES = 3
"""Two unrelated codes differ in more places; a code typed by ear or in haste seldom does."""


def tidy(typed: str) -> str:
    """A code in the form of golden-eagle-427, from whatever was typed or pasted, also a whole link.

    Spaces, capitals, other dashes, underscores, and digits of other scripts are forgiven.
    """
    text = typed.strip().lower()
    for parameter in text.partition("#")[0].partition("?")[2].split("&"):
        if parameter.startswith("s="):
            text = parameter[2:]
    words: list[str] = []
    before = ""
    for character in text:
        kind = _kind(_digit(character))
        if kind and kind == before:
            words[-1] += _digit(character)
        elif kind:
            words.append(_digit(character))
        before = kind
    return "-".join(words)


def nearest(typed: str, recent: "list[str]") -> str:
    """The code among `recent` that a tidy code is nearest to; empty when none is near or two equally are."""
    bare = typed.replace("-", "")
    ranked = sorted([(mistakes(bare, code.replace("-", "")), code) for code in recent if code != typed])
    if not ranked or ranked[0][0] > MAX_MISTAKES:
        return ""
    return "" if len(ranked) > 1 and ranked[1][0] == ranked[0][0] else ranked[0][1]


def mistakes(one: str, other: str) -> int:
    """How many letters were left out, added, changed or swapped with their neighbour.

    The optimal string alignment distance: Damerau, "A technique for computer detection and
    correction of spelling errors", CACM 7 (1964), by Wagner and Fischer's table, row by row.
    """
    older: list[int] = []
    above: list[int] = []
    row = list(range(len(other) + 1))
    for i in range(1, len(one) + 1):
        older, above, row = above, row, [i]
        for j in range(1, len(other) + 1):
            changed = above[j - 1] + (one[i - 1] != other[j - 1])
            row.append(min(changed, above[j] + 1, row[j - 1] + 1))
            if older and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                row[j] = min(row[j], older[j - 2] + 1)
    return row[-1]


def _digit(character: str) -> str:
    """A digit of any of these scripts as 0 to 9; any other character as it is."""
    for zero in DIGIT_ZEROS:
        if zero <= ord(character) <= zero + 9:
            return chr(ord("0") + ord(character) - zero)
    return character


def _kind(character: str) -> str:
    if "0" <= character <= "9":
        return "digit"
    return "letter" if "a" <= character <= "z" else ""

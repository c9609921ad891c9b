"""Codes as people type and paste them, and the nearest of those that this browser has found. Portable."""

import re

from listener.typed_text import kind_of, plain, with_digits_for_words

MAX_MISTAKES = 3
"""Two unrelated codes differ in more places; a code typed by ear or in haste seldom does."""

_DASHED = re.compile("[a-z]+-[a-z]+-[0-9][0-9][0-9]")

DIGITS = 3
"""At the end of a code."""

SHORTEST_WORD = 3
"""Letters: no word of a code has fewer."""

FILLERS = ("and", "code", "num", "number", "numero", "nummer", "und")
"""What people put before a code's digits."""

_SEEN_FOR_DIGITS = {"o": "0", "i": "1", "l": "1", "z": "2", "s": "5", "b": "8"}
_SEEN_FOR_LETTERS = {"0": "o", "1": "l", "5": "s"}
"""What cameras and eyes take for each other."""


def tidy(typed: str) -> str:
    """A code in the form of golden-eagle-427, from whatever was typed or pasted.

    The code may stand anywhere: in a link, a chat message, after "Code:". A link's own parameter comes
    first, then what is written with dashes, then two words before three digits, then two words and three
    digits in another order, then digits that are spoken (four two seven), then characters that look like
    others (4O7). Text without a code comes back as its words, joined by dashes.
    """
    text = plain(typed)
    for parameter in text.replace("?", "&").replace("#", "&").split("&")[1:]:
        found = _code_in(parameter[2:]) if parameter.startswith("s=") else ""
        if found:
            return found
    return _code_in(text) or "-".join(_words(text))


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


def _code_in(text: str) -> str:
    """The code in a plain text, however it is written; empty without one."""
    found = (
        _dashed(text)
        or _two_words_and_digits(_words(text))
        or _two_words_and_digits(_words(with_digits_for_words(text)))
    )
    misread = _misread(text)
    # Of g0lden-eagle-427 the ways above find the end alone, lden-eagle-427.
    return misread if misread.endswith(found) else found


def _dashed(text: str) -> str:
    """The first code that is written with dashes; empty without one."""
    found = _DASHED.search(text)
    while found:
        rest = text[text.index(found.group(0)) + len(found.group(0)) :]
        if not rest or kind_of(rest[0]) != "digit":
            return found.group(0)
        text = rest
        found = _DASHED.search(text)
    return ""


def _two_words_and_digits(words: "list[str]") -> str:
    """The code among words and numbers; empty without one. Its digits may stand apart, as in 4 2 7."""
    told = [
        word for word in _with_numbers_joined(words) if kind_of(word[0]) == "digit" or _may_be_a_word(word)
    ]
    for i in range(2, len(told)):
        if _is_code(told[i - 2 : i + 1]):
            return "-".join(told[i - 2 : i + 1])
    letters = [word for word in told if kind_of(word[0]) == "letter"]
    numbers = [word for word in told if kind_of(word[0]) == "digit"]
    return "-".join(letters + numbers) if _is_code(letters + numbers) else ""


def _is_code(parts: "list[str]") -> bool:
    kinds = [kind_of(part[0]) for part in parts]
    return kinds == ["letter", "letter", "digit"] and len(parts[2]) == DIGITS


def _may_be_a_word(word: str) -> bool:
    return len(word) >= SHORTEST_WORD and word not in FILLERS


def _with_numbers_joined(words: "list[str]") -> "list[str]":
    """The words, with neighbouring numbers as one, as long as it has no more digits than a code."""
    joined: list[str] = []
    for word in words:
        before = joined[-1] if joined else ""
        both_numbers = kind_of(before[:1]) == kind_of(word[0]) == "digit"
        if both_numbers and len(before) + len(word) <= DIGITS:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _misread(text: str) -> str:
    """The code among characters of which some were taken for others, as in g0lden-eagle-4O7; or empty."""
    parts = "".join([character if kind_of(character) else " " for character in text]).split()
    for i in range(2, len(parts)):
        code = [_read_as(part, "letter", _SEEN_FOR_LETTERS) for part in parts[i - 2 : i]]
        code.append(_read_as(parts[i], "digit", _SEEN_FOR_DIGITS))
        if all(code) and all(map(_may_be_a_word, code[:2])) and len(code[2]) == DIGITS:
            return "-".join(code)
    return ""


def _read_as(part: str, kind: str, meant: "dict[str, str]") -> str:
    """A word or a number with what was misread set right; empty if it cannot be one."""
    right = sum([kind_of(character) == kind for character in part])
    read = "".join(
        [character if kind_of(character) == kind else meant.get(character, "") for character in part]
    )
    return read if right and len(read) == len(part) else ""


def _words(text: str) -> "list[str]":
    """Runs of letters and runs of digits, in order; all else separates."""
    words: list[str] = []
    before = ""
    for character in text:
        kind = kind_of(character)
        if kind and kind == before:
            words[-1] += character
        elif kind:
            words.append(character)
        before = kind
    return words
